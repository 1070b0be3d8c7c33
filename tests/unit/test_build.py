"""What `sam build` made: the functions, arm64 wheels for Python 3.13, nothing else of ours."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
BUILT = PROJECT / ".aws-sam/build"
STEPS = ["darkroom", "filter", "optimize", "publish", "resize", "review", "validate"]
FUNCTIONS = ["Validate", "Resize", "Filter", "Optimize", "Review", "Publish"]
# Readable for any CPython 3, or for 3.13 on arm64.
EXTENSION = re.compile(r"\.(cpython-313-aarch64-linux-gnu|abi3)\.so$")
AARCH64 = 183  # e_machine: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html


@pytest.fixture(params=FUNCTIONS)
def built(request: pytest.FixtureRequest) -> Path:
    folder = BUILT / f"{request.param}Function"
    if not folder.is_dir():
        missing = "nothing is built: `make build` does it"
        if os.environ.get("EXPECT_BUILD"):
            pytest.fail(missing)
        pytest.skip(missing)
    return folder


def test_the_built_tree_has_our_source_as_it_is_and_no_tests_or_command(built: Path) -> None:
    ours = {
        path.relative_to(PROJECT / "functions")
        for step in STEPS
        for path in (PROJECT / "functions" / step).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    there = {
        path.relative_to(built)
        for step in STEPS
        for path in (built / step).rglob("*")
        if path.is_file()
    }
    assert there == ours
    strangers = ("tests", "cli", "samples", "docs", "bin")
    assert [name for name in strangers if (built / name).exists()] == []
    assert list(built.rglob("__pycache__")) == []


def test_every_compiled_module_is_for_python_3_13_on_arm64(built: Path) -> None:
    modules = [path for path in built.rglob("*.so") if ".libs" not in str(path.parent)]
    assert {"PIL", "msgspec"} <= {path.parent.name for path in modules}
    assert [path.name for path in modules if not EXTENSION.search(path.name)] == []
    for path in built.rglob("*.so*"):
        header = path.read_bytes()[:20]
        assert (header[:4], int.from_bytes(header[18:20], "little")) == (b"\x7fELF", AARCH64)


def test_what_the_lambda_runtime_has_is_not_in_the_package(built: Path) -> None:
    assert [name for name in ("boto3", "botocore", "s3transfer") if (built / name).exists()] == []
    size = sum(path.stat().st_size for path in built.rglob("*") if path.is_file())
    # Lambda takes 250 MB unzipped; a fifth of that is a package that starts fast.
    assert size < 50_000_000
