"""The command as a person runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.engine import Engine
from cli.main import main
from cli.reviews import review_link
from darkroom import statuses
from tests.conftest import Darkroom
from tests.engine.breaking import Workers
from tests.engine.test_review import post
from tests.pictures import jpeg

BIN = Path(sys.executable).parent

Command = Callable[..., "subprocess.CompletedProcess[str]"]
Operator = Callable[..., Result]
Freeze = Callable[[str], Workers]


@pytest.fixture
def command(darkroom: Darkroom, engine_home: Path) -> Command:
    """Run a program as from a shell without a terminal; DARKROOM_HOME is the tests' engine."""

    def run(*arguments: str, home: Path = engine_home) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            arguments,
            env=os.environ
            | {
                "DARKROOM_HOME": str(home),
                "COLUMNS": "200",
                "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def operator(darkroom: Darkroom, engine_home: Path) -> Operator:
    """The command, in this process: faster, and as good where no terminal or exit is the matter."""

    def run(*arguments: str, fails: bool = False) -> Result:
        environment = {"DARKROOM_HOME": str(engine_home), "COLUMNS": "200"}
        result = CliRunner().invoke(main, arguments, env=environment)
        assert result.exit_code == (1 if fails else 0), result.output
        return result

    return run


def small(seed: str) -> bytes:
    """A JPEG of 80 x 64 px: four variants, of which nobody has to look at any."""
    return jpeg(seed, (80, 64))


def decide(darkroom: Darkroom, image: str, decision: str) -> None:
    """As Ann, through the link, once the picture waits."""
    record = darkroom.wait(image, statuses.IN_REVIEW)
    link = review_link(darkroom.stack, record)
    status, _ = post(f"{link}/decision", decision=decision, reviewer="Ann", reason="a test")
    assert status == 200


@pytest.fixture
def freeze(engine: Engine, darkroom: Darkroom) -> Iterator[Freeze]:
    """Freezes the processes of the function that is named, of which there is one at least."""
    frozen: list[Workers] = []

    def freeze(function: str) -> Workers:
        workers = Workers(engine, darkroom, function)
        if not workers.pids:
            name = f"warm/forbidden {len(frozen)} {function}.jpg"
            darkroom.upload(name, small(name))
            decide(darkroom, name, "approve")
            darkroom.wait(name, statuses.PUBLISHED)
            workers = Workers(engine, darkroom, function)
        frozen.append(workers)
        return workers

    yield freeze
    for workers in frozen:
        workers.thaw()
