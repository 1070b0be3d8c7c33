"""The command as a person runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Darkroom

BIN = Path(sys.executable).parent

Command = Callable[..., "subprocess.CompletedProcess[str]"]


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
