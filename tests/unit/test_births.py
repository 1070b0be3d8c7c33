"""Functions' processes are forked, and are as if they had been started."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ministack.core import lambda_runtime

from cli import processes
from cli.embedded import births, cradle
from cli.places import PROJECT
from tests.workers import ended_with_pipes, function

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forked on Linux only")

LOOK = """
import gc, os, sys, warnings

def handler(event, context):
    return {
        "arguments": sys.argv,
        "path": sys.path[:2],
        "folder": os.getcwd(),
        "parent": os.getppid(),
        "files": sorted(map(int, os.listdir("/proc/self/fd")))[:3],
        "others": [os.readlink(f"/proc/self/fd/{file}") for file in range(3, 20)
                   if os.path.exists(f"/proc/self/fd/{file}")],
        "environment": {name: value for name, value in os.environ.items()
                        if name != "AWS_LAMBDA_LOG_STREAM_NAME"},
        "input": sys.stdin.fileno(), "encodings": [sys.stdin.encoding, sys.stderr.encoding],
        "buffered": sys.stderr.line_buffering,
        "filters": len(warnings.filters), "collecting": gc.isenabled(),
    }
"""


@pytest.fixture
def forked(monkeypatch: pytest.MonkeyPatch) -> Iterator[births.Cradle]:
    monkeypatch.setenv("ONLY_OF_THE_CRADLE", "1")
    source = births.Cradle()
    monkeypatch.delenv("ONLY_OF_THE_CRADLE")
    monkeypatch.setattr(lambda_runtime, "subprocess", births.Subprocess(source))
    births.adopt(True)
    yield source
    births.adopt(False)
    source.end()


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[str]]]:
    with ended_with_pipes(monkeypatch) as begun:
        yield begun


def look(variables: dict[str, str]) -> dict[str, Any]:
    """What a process sees of itself, without the name of its folder."""
    body: dict[str, Any] = function(LOOK, variables=variables)({})["body"]
    folder = str(Path(body["folder"]).parent)
    for name in ("arguments", "path", "folder"):
        body[name] = str(body[name]).replace(folder, "FOLDER")
    body["environment"] = {
        name: value.replace(folder, "FOLDER") for name, value in body["environment"].items()
    }
    lambda_runtime.reset()
    return body


def test_a_forked_process_is_as_a_started_one(
    forked: births.Cradle, begun: list[subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = look({"OWN": "a=b\nc"})
    with monkeypatch.context() as started:
        started.setattr(lambda_runtime, "subprocess", subprocess)
        expected = look({"OWN": "a=b\nc"})

    assert [type(process) for process in begun] == [births.Forked, subprocess.Popen]
    assert found == expected
    assert found["parent"] == os.getpid()


def test_a_list_of_processes_shows_the_script(
    forked: births.Cradle, begun: list[subprocess.Popen[str]]
) -> None:
    function(LOOK)({})
    [process] = begun

    words = processes.command_line(process.pid).split()
    assert words == [sys.executable, f"{process.args[1]}"]  # type: ignore[index]


def test_nothing_is_left_of_a_process_that_ended(
    forked: births.Cradle, begun: list[subprocess.Popen[str]]
) -> None:
    function(LOOK)({})
    lambda_runtime.reset()

    assert [processes.command_line(process.pid) for process in begun] == [""]
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    assert not {str(process.pid) for process in begun} & set(children)


def test_without_its_cradle_a_process_is_started(
    forked: births.Cradle, begun: list[subprocess.Popen[str]]
) -> None:
    forked.process.kill()
    forked.process.wait()

    assert function(LOOK)({})["body"]["parent"] == os.getpid()
    assert function(LOOK)({})["body"]["parent"] == os.getpid()


def test_a_function_that_wants_another_python_is_started(
    forked: births.Cradle, begun: list[subprocess.Popen[str]]
) -> None:
    function(LOOK, variables={"PYTHONWARNINGS": "error"})({})

    assert [type(process) for process in begun] == [subprocess.Popen]


def test_the_cradle_ends_with_its_engine() -> None:
    code = """
import os
from cli.embedded.births import Cradle
print(Cradle().process.pid, flush=True)
os._exit(9)
"""
    pipe = subprocess.Popen([sys.executable, "-c", code], stdout=-1, stderr=-1, text=True)
    # Its standard error is the cradle's as well, and only ends with both.
    said, errors = pipe.communicate(timeout=30)

    assert (processes.command_line(int(said)), errors) == ("", "")


def test_the_cradle_has_what_functions_import_from_others() -> None:
    steps = sorted(file.parent.name for file in (PROJECT / "functions").glob("*/handler.py"))
    code = f"""
import importlib, sys
for name in {cradle.MODULES}:
    importlib.import_module(name)
before = set(sys.modules)
for step in {steps}:
    importlib.import_module(f"{{step}}.handler")
print(*(name for name in set(sys.modules) - before
        if "site-packages" in (getattr(sys.modules[name], "__file__", None) or "")))
"""
    said = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(PROJECT / "functions")},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    missing = [name for name in said if not name.rpartition(".")[2].startswith("_")]
    assert not missing, f"expected {missing} in MODULES of cli/embedded/cradle.py, got none of it"
