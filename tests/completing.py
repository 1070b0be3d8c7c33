"""Completion as bash does it."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from pathlib import Path

BIN = Path(sys.executable).parent

# What readline does before and after; `compopt` is for it alone.
SCRIPT = """
compopt() { echo "compopt $*"; }
eval "$COMPLETION"
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
_darkroom_completion "$1"
printf '%s\n' "${COMPREPLY[@]}"
"""


def completed(home: Path, *words: str) -> list[str]:
    """What bash offers for the last of `words`, and what it is told to do (`compopt -o …`)."""
    environment = {"DARKROOM_HOME": str(home), "COMPLETION": _completion()}
    command = ["bash", "--norc", "-euc", SCRIPT, "bash", "darkroom", *words]
    return _said(command, environment).split()


@functools.cache
def _completion() -> str:
    return _said(["darkroom", "completion", "bash"], {})


def _said(command: list[str], environment: dict[str, str]) -> str:
    answer = subprocess.run(
        command,
        env=os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"} | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode, answer.stderr) == (0, "")
    return answer.stdout
