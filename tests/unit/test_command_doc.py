"""docs/command.md and the command say the same, both ways."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from cli import errors
from cli.completing import SHELLS
from cli.main import main

DOCUMENT = (Path(__file__).parents[2] / "docs/command.md").read_text(encoding="utf-8")
USAGE = re.compile(r"\A```text\ndarkroom (.*)\n```\n")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
CODE = re.compile(r"`([^`\n]+)`")

# They do something and say what they did; all others list something.
DOING = {
    *("up", "down", "demo", "completion"),
    *("approve", "reject", "reopen", "retract", "rotate-secret"),
    *("reviewers add", "reviewers remove"),
}


def commands(group: click.Command = main, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """All that can be called, by what is typed."""
    for name, command in getattr(group, "commands", {}).items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path}{name} ")
        else:
            yield f"{path}{name}", command


COMMANDS = dict(commands())


@dataclass(frozen=True)
class Section:
    usage: str
    text: str  # on one line


def sections() -> dict[str, Section]:
    """Those that begin with a usage, by their heading."""
    found = {}
    for part in re.split(r"^### ", DOCUMENT, flags=re.M)[1:]:
        heading, _, rest = part.partition("\n")
        rest = re.split(r"^## ", rest, flags=re.M)[0].strip("\n")
        usage = USAGE.match(rest + "\n")
        assert usage, f"expected a usage below {heading!r}"
        found[heading] = Section(usage[1], " ".join(rest[usage.end() :].split()))
    return found


SECTIONS = sections()


def options(command: click.Command) -> dict[str, click.Option]:
    return {
        word: parameter
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for word in parameter.opts
        if word.startswith("--")
    }


def in_code(text: str) -> set[str]:
    """The options that `text` names."""
    return {word for code in CODE.findall(text) for word in OPTION.findall(code)}


SHARED = in_code(DOCUMENT.partition("## Exit codes")[0].partition("| option of several")[2])


def test_every_command_is_documented_and_exists() -> None:
    assert sorted(SECTIONS) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented_and_exists(name: str) -> None:
    usage = SECTIONS[name].usage
    own = options(COMMANDS[name])

    assert usage.partition(" [")[0].startswith(name)
    assert sorted(OPTION.findall(usage)) == sorted(own)
    for word, option in own.items():
        assert (f"[{word}" in usage) is not option.required, word


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_is_documented_and_exists(name: str) -> None:
    words = re.sub(r"\[--[^]]*\]|--\S+ \S+", "", SECTIONS[name].usage.removeprefix(name)).split()
    arguments = [p for p in COMMANDS[name].params if isinstance(p, click.Argument)]
    own = [
        "SHELL" if argument.name == "shell" else argument.make_metavar() for argument in arguments
    ]

    assert words == own


@pytest.mark.parametrize("name", COMMANDS)
def test_what_an_option_does_is_said_where_it_is_or_once_for_several(name: str) -> None:
    own = set(options(COMMANDS[name]))

    assert own - SHARED <= in_code(SECTIONS[name].text)


def test_every_option_that_is_named_exists_and_what_is_shared_is() -> None:
    taking = [word for command in COMMANDS.values() for word in options(command)]

    assert in_code(DOCUMENT) <= {*taking, "--help"}
    assert {word for word in SHARED if taking.count(word) < 2} == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_listing_takes_json_and_says_of_what_shape(name: str) -> None:
    takes = "--json" in options(COMMANDS[name])

    assert takes is (name not in DOING)
    assert ("`--json`: " in SECTIONS[name].text) is takes


@pytest.mark.parametrize("name", COMMANDS)
def test_what_speaks_to_a_stack_says_what_it_needs_on_aws(name: str) -> None:
    speaks = "--stack-name" in options(COMMANDS[name])
    says = "On AWS " in SECTIONS[name].text or "permissions" in SECTIONS[name].text

    assert says is speaks


def test_every_exit_code_is_documented_and_exists() -> None:
    [codes] = re.findall(r"^## Exit codes\n(.*?)^## ", DOCUMENT, re.M | re.S)
    listed = {int(code) for code in re.findall(r"^\| `(\d+)` \|", codes, re.M)}

    assert listed == {
        errors.DONE,
        errors.FAILED,
        errors.WRONG_USAGE,
        errors.INTERRUPTED,
        errors.OUTPUT_CLOSED,
    }
    assert click.UsageError.exit_code == errors.WRONG_USAGE
    assert errors.FAILED == click.ClickException.exit_code == errors.CommandError.exit_code


def test_every_shell_is_documented() -> None:
    assert set(CODE.findall(SECTIONS["completion"].text)) == set(SHELLS)


def test_every_permission_is_one_of_iam() -> None:
    named = re.findall(r"`([a-z0-9]+:[A-Z]\w+)`", DOCUMENT)

    assert len(set(named)) > 10
    assert {name.partition(":")[0] for name in named} <= {
        *("cloudformation", "dynamodb", "logs", "s3", "secretsmanager", "sqs", "states"),
    }


def test_every_link_leads_to_a_heading() -> None:
    for file, anchor in re.findall(r"\]\(([\w.]*)#([\w-]+)\)", DOCUMENT):
        text = (Path(__file__).parents[2] / "docs" / (file or "command.md")).read_text()
        headings = re.findall(r"^#+ (.*)$", text, re.M)
        slugs = {re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in headings}
        assert anchor in slugs, anchor
