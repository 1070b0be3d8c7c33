"""Commands that documents and messages name, against the command as it is."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import click

from cli.main import main

FENCE = re.compile(r"^```sh[a-z ]*\n(.*?)^```", re.M | re.S)
CODE = re.compile(r"`([^`\n]+)`")


def commands(text: str) -> Iterator[str]:
    """Each `darkroom …` in blocks of shell and in code within a line, from its first word on."""
    for block in FENCE.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith(".venv/bin/darkroom "):
                yield line.removeprefix(".venv/bin/")
    for code in CODE.findall(FENCE.sub("", text)):
        if re.match(r"darkroom [a-z]", code):
            yield code


def missing(command: str) -> str | None:
    """What the command does not know of such a line; None where it knows it all."""
    _, *words = shlex.split(command, comments=True)
    at: click.Command = main
    for word in words:
        if word.startswith("-"):
            option = word.partition("=")[0]
            if not any(option in one.opts for one in at.params):
                return f"{at.name} {option}"
        elif isinstance(at, click.Group):
            if word not in at.commands:
                return word
            at = at.commands[word]
    return None
