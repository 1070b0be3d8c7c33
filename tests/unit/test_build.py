"""What `sam build` made: our source in each function, arm64 wheels for Python 3.13 in the layer."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from samcli.lib.package.utils import (  # type: ignore[import-untyped]
    make_zip_with_lambda_permissions,
    zip_folder,
)

PROJECT = Path(__file__).parents[2]
BUILT = PROJECT / ".aws-sam/build"
LAYER_SOURCE = PROJECT / "layers/dependencies"
STEPS = ["darkroom", "filter", "optimize", "publish", "resize", "review", "validate"]
FUNCTIONS = ["Validate", "Resize", "Filter", "Optimize", "Review", "Publish"]
# Readable for any CPython 3, or for 3.13 on arm64.
EXTENSION = re.compile(r"\.(cpython-313-aarch64-linux-gnu|abi3)\.so$")
AARCH64 = 183  # e_machine: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
# Of a function and its layers: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
UNZIPPED_LIMIT_BYTES = 250 * 1024 * 1024


def built(name: str) -> Path:
    folder = BUILT / name
    if not folder.is_dir():
        missing = "nothing is built: `make build` does it"
        if os.environ.get("EXPECT_BUILD"):
            pytest.fail(missing)
        pytest.skip(missing)
    return folder


@pytest.fixture(params=FUNCTIONS)
def function(request: pytest.FixtureRequest) -> Path:
    return built(f"{request.param}Function")


@pytest.fixture
def layer() -> Path:
    return built("DependenciesLayer")


def test_a_function_is_our_source_as_it_is_and_nothing_else(function: Path) -> None:
    ours = {
        path.relative_to(PROJECT / "functions")
        for step in STEPS
        for path in (PROJECT / "functions" / step).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {path.relative_to(function) for path in files(function)} == ours


def test_every_compiled_module_is_for_python_3_13_on_arm64(layer: Path) -> None:
    modules = [path for path in layer.rglob("*.so") if ".libs" not in str(path.parent)]
    assert {"PIL", "msgspec"} <= {path.parent.name for path in modules}
    assert [path.name for path in modules if not EXTENSION.search(path.name)] == []
    for path in layer.rglob("*.so*"):
        header = path.read_bytes()[:20]
        assert (header[:4], int.from_bytes(header[18:20], "little")) == (b"\x7fELF", AARCH64)


def test_the_layer_has_what_is_pinned_and_nothing_that_the_lambda_runtime_has(layer: Path) -> None:
    pins = re.findall(
        r"^([\w.-]+)==([\w.]+)", (PROJECT / "functions/requirements.txt").read_text(), re.MULTILINE
    )
    there = [path.name.removesuffix(".dist-info") for path in layer.glob("python/*.dist-info")]
    assert sorted(there) == sorted(f"{name.replace('-', '_')}-{version}" for name, version in pins)
    assert not {"boto3", "botocore", "s3transfer"} & {path.name for path in layer.glob("python/*")}


def test_a_function_with_its_layer_stays_far_below_what_lambda_takes(
    function: Path, layer: Path
) -> None:
    size = sum(path.stat().st_size for folder in (function, layer) for path in files(folder))
    # A fifth of the limit is a package that starts fast.
    assert size < UNZIPPED_LIMIT_BYTES / 5


def test_the_layer_tells_nothing_of_who_built_it_when_and_where(layer: Path) -> None:
    assert [path.name for path in layer.iterdir()] == ["python"]
    packages = layer / "python"
    modes = {True: 0o755, False: 0o644}
    for path in (packages, *packages.rglob("*")):
        status = path.stat()
        # 2000-01-01T00:00:00Z
        assert (status.st_mode & 0o7777, status.st_mtime) == (modes[path.is_dir()], 946_684_800)
    bookkeeping = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "__pycache__", "bin"}
    assert not bookkeeping & {path.name for path in packages.rglob("*")}
    here = [bytes(folder) for folder in (PROJECT, Path(sys.prefix), Path(sys.base_prefix))]
    named = [path for path in files(layer) if any(one in path.read_bytes() for one in here)]
    assert named == []


def test_the_layer_built_again_elsewhere_is_the_same_and_so_is_what_sam_uploads(
    layer: Path, tmp_path: Path
) -> None:
    if not os.environ.get("EXPECT_BUILD"):
        pytest.skip("EXPECT_BUILD=1 builds the layer again, from the package index")
    again = tmp_path / "again"
    subprocess.run(
        [
            *("make", "--silent", "--makefile", str(LAYER_SOURCE / "Makefile")),
            *("build-DependenciesLayer", f"ARTIFACTS_DIR={again}", f"PYTHON={sys.executable}"),
        ],
        cwd=LAYER_SOURCE,
        env=os.environ | {"TZ": "Asia/Tokyo"},
        umask=0o077,
        check=True,
        capture_output=True,
    )
    assert contents(again) == contents(layer)
    # SAM writes files in the order in which the file system lists them, and names the zip after its
    # sorted content: only that name decides whether there is a new version.
    assert uploaded(again)[0] == uploaded(layer)[0]
    if listed(again) == listed(layer):
        assert uploaded(again) == uploaded(layer)


def test_the_layers_source_is_two_small_files_of_which_one_is_the_functions_manifest() -> None:
    assert sorted(path.name for path in LAYER_SOURCE.iterdir()) == ["Makefile", "requirements.txt"]
    manifest = LAYER_SOURCE / "requirements.txt"
    assert manifest.resolve() == PROJECT / "functions/requirements.txt"


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def contents(folder: Path) -> dict[str, tuple[int, float, bytes]]:
    """Mode, time and SHA-256 of everything under `folder`."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mode,
            path.stat().st_mtime,
            hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b"",
        )
        for path in folder.rglob("*")
    }


def listed(folder: Path) -> list[str]:
    return [
        os.path.relpath(os.path.join(root, name), folder)
        for root, _, names in os.walk(folder)
        for name in names
    ]


def uploaded(folder: Path) -> tuple[str, str]:
    """What SAM uploads of a folder: its name, and the SHA-256 of the zip."""
    with zip_folder(str(folder), make_zip_with_lambda_permissions) as (file, name):
        return str(name), hashlib.sha256(Path(file).read_bytes()).hexdigest()
