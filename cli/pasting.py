"""Commands in what is printed, as they have to be typed here."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource
from rich.console import Console

COMMAND = re.compile(r"`darkroom ([a-z][a-z-]*)([^`]*)`")
# They speak to the embedded engine alone.
LOCAL = ("up", "down", "demo", "completion")


class PastingConsole(Console):
    """What it prints as plain text can be pasted."""

    def print(self, *objects: Any, **options: Any) -> None:
        super().print(*(pasted(one) if isinstance(one, str) else one for one in objects), **options)


def pasted(text: str) -> str:
    """Each `darkroom …` with the name under which this command was called, and about its stack."""
    program, stack = _program(), _stack()

    def typed(found: re.Match[str]) -> str:
        name, rest = found.groups()
        return f"`{program} {name}{rest}{'' if name in LOCAL else stack}`"

    return COMMAND.sub(typed, text)


def _program() -> str:
    """How a shell in this folder finds the command."""
    called = Path(sys.argv[0])
    if called.name != "darkroom" or shutil.which("darkroom") == str(called):
        return "darkroom"
    here = Path.cwd()
    near = called.relative_to(here) if called.is_relative_to(here) else called
    return shlex.quote(str(near))


def _stack() -> str:
    """The option that named the stack, unless the shell names it anyway."""
    context = click.get_current_context(silent=True)
    name = context.params.get("stack_name") if context else None
    if context is None or name is None:
        return ""
    if context.get_parameter_source("stack_name") is not ParameterSource.COMMANDLINE:
        return ""
    return f" --stack-name {shlex.quote(name)}"
