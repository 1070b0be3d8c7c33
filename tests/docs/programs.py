"""What a command names has to exist: programs, commands, options, targets, modules, files."""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from awscli.clidriver import create_clidriver

from cli.main import main
from tests.docs.documents import PROJECT
from tests.docs.shell import Words

BIN = Path(sys.executable).parent
PROGRAMS = {
    *(
        "apt-get",
        "cat",
        "cd",
        "chromium",
        "cp",
        "curl",
        "date",
        "echo",
        "eval",
        "export",
        "git",
        "grep",
    ),
    *("head", "ls", "mkdir", "open", "python3", "rm", "sed", "sleep", "source", "tail", "true"),
}
# Of placeholders in the text: `[IMAGE…]`, `PATH…`, `add|list|remove`, `--reason …`.
PLACEHOLDER = re.compile(r"[…<>\[\]]|\.\.\.")
ASSIGNMENT = re.compile(r"(\w+)=")
ROOTS = {path.name for path in PROJECT.iterdir() if path.name != ".git"}


def problems(words: Words, *, is_whole: bool = True) -> list[str]:
    """What is wrong with a command, nothing where it is right; not `is_whole`: only mentioned, so
    that what it needs besides may be left out."""
    words = list(words)
    assigned = []
    while words and ASSIGNMENT.match(words[0]):
        assigned.append(words.pop(0))
    if not words:
        return []
    name = Path(words[0]).name
    checked = {
        "darkroom": lambda: _darkroom(words[1:], is_whole),
        "make": lambda: _make([*assigned, *words[1:]]),
        "aws": lambda: _aws(words[1:]),
        "sam": lambda: _sam(words[1:]),
        "python": lambda: _python(words[1:]),
    }.get(name)
    found = [] if "/" not in words[0] or _exists(words[0]) else [f"there is no {words[0]}"]
    if checked:
        found += checked()
    elif name not in PROGRAMS and not found:
        found.append(f"{name} is no command that is known here")
    return [f"{shlex.join(words)}: {problem}" for problem in [*found, *_files(words[1:])]]


def _darkroom(words: Words, is_whole: bool) -> list[str]:
    command: click.Command = main
    context = click.Context(main, info_name="darkroom")
    while words and isinstance(command, click.Group) and not words[0].startswith("-"):
        name = words[0]
        if PLACEHOLDER.search(name) or name.isupper():
            return []
        choices = [command.get_command(context, one) for one in name.split("|")]
        if None in choices:
            return [f"there is no command {name!r}"]
        command, words = choices[0] or command, words[1:]
        context = click.Context(command, info_name=name, parent=context)
    unknown = [word for word in words if _option(word) and not _takes(command, word)]
    if unknown:
        return [f"there is no option {word}" for word in unknown]
    if is_whole:
        try:
            command.make_context(command.name, list(words), parent=context.parent)
        except click.exceptions.Exit:
            return []
        except click.ClickException as error:
            return [error.format_message()]
    return []


def _option(word: str) -> bool:
    return bool(re.match(r"--?[a-z]", word))


def _takes(command: click.Command, word: str) -> bool:
    known = {"-h", "--help"}
    for parameter in command.params:
        known |= {*parameter.opts, *parameter.secondary_opts}
    if command is main:
        known.add("--version")
    return word.partition("=")[0] in known


@functools.cache
def makefile() -> str:
    return (PROJECT / "Makefile").read_text(encoding="utf-8")


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", makefile(), re.M))


def _make(words: Words) -> list[str]:
    found = []
    for word in words:
        if assigned := ASSIGNMENT.match(word):
            if not re.search(rf"\b{assigned[1]}\b", makefile()):
                found.append(f"the Makefile reads no {assigned[1]}")
        elif not word.startswith("-") and word not in targets():
            found.append(f"there is no target {word!r}")
    return found


@functools.cache
def _aws_driver() -> Any:
    return create_clidriver()


def _aws(words: Words) -> list[str]:
    """By the AWS CLI's own tables of commands and options."""
    table, options, path = _aws_driver()._get_command_table(), set(), []
    for word in words:
        if word.startswith("-") or word not in table:
            break
        command = table[word]
        path.append(word)
        options = set(getattr(command, "arg_table", {}))
        table = getattr(command, "subcommand_table", None) or _operations(command)
    alone = path == ["configure"]  # asks for what there is to know
    if table and not alone:
        wrong = words[len(path)] if len(words) > len(path) else "nothing"
        return [f"expected a command of aws {' '.join(path)}, got {wrong}"]
    options |= set(_aws_driver()._get_argument_table())
    given = [word[2:].partition("=")[0] for word in words if word.startswith("--")]
    return [f"there is no option --{name}" for name in given if name not in options]


def _operations(command: Any) -> dict[str, Any]:
    return command._get_command_table() if hasattr(command, "_get_command_table") else {}


@functools.cache
def sam_help(*path: str) -> str | None:
    """What `sam … --help` says, None where there is no such command."""
    answer = subprocess.run(
        [str(BIN / "sam"), *path, "--help"],
        env=os.environ | {"SAM_CLI_TELEMETRY": "0", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.stdout if answer.returncode == 0 else None


def _sam(words: Words) -> list[str]:
    path = [words[0]] if words else []
    text = sam_help(*path)
    if text is None:
        return [f"there is no sam command {path}"]
    given = [word.partition("=")[0] for word in words if word.startswith("--")]
    return [f"there is no option {name}" for name in given if not re.search(rf"{name}\b", text)]


def _python(words: Words) -> list[str]:
    if words[:1] == ["-m"] and len(words) > 1:
        try:
            found = importlib.util.find_spec(words[1])
        except ModuleNotFoundError:
            found = None
        return [] if found else [f"there is no module {words[1]}"]
    return []


def _files(words: Sequence[str]) -> list[str]:
    """Words that are paths in the project."""
    paths = [word for word in words if re.fullmatch(r"[\w.-]+(/[\w.-]+)+", word)]
    return [
        f"there is no {word}" for word in paths if word.split("/")[0] in ROOTS and not _exists(word)
    ]


def _exists(word: str) -> bool:
    # Wherever the environment is that runs this, the project has it at .venv.
    if word.startswith(".venv/bin/"):
        return (BIN / Path(word).name).exists()
    return (PROJECT / word).exists() or Path(word).is_absolute()
