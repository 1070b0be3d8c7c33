"""What documents, help texts and errors call a command is one."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.documents import DOCUMENTS, PROJECT, code_spans
from tests.docs.programs import problems

# Begins like a command, and is none.
OTHER = {"darkroom link key:<key>"}
COMMAND = re.compile(r"(?:\.venv/bin/)?darkroom [a-z-]|(?:\w+=\S+ )*make [a-z]|\.venv/bin/\w+ ")
MODULE = re.compile(r"(?:\.venv/bin/)?python -m (?:bench|darkroom)\.")
SOURCES = sorted((PROJECT / "cli").rglob("*.py"))


def wrong(mention: str, *, to_paste: bool = False) -> list[str]:
    """What is wrong with a mention. It may leave out what a command needs besides, but not where it
    has options and is there `to_paste`."""
    words = shlex.split(mention.replace("'", ""), comments=True)
    has_options = any(word.startswith("-") for word in words)
    return problems(words, is_whole=to_paste and has_options)


def mentions(text: str) -> Iterator[str]:
    """Commands within a program's text: in backticks, or on a line of their own."""
    yield from (span for span in re.findall(r"`([^`]+)`", text) if COMMAND.match(span))
    yield from re.findall(r"^ *((?:\.venv/bin/|make )[^`\n]+)$", text, re.M)
    yield from re.findall(r"\$\((darkroom [^)]+)\)", text)


def strings(path: Path) -> Iterator[str]:
    """Every text of a module; what an f-string puts in is X."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
        if part is not node
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values
            )
        elif isinstance(node, ast.Constant) and id(node) not in inside:
            yield str(node.value)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_command_that_a_document_mentions_exists(document: str) -> None:
    spans = [span for span in code_spans(document) if COMMAND.match(span) or MODULE.match(span)]
    assert [problem for span in spans if span not in OTHER for problem in wrong(span)] == []


@pytest.mark.parametrize(
    "path", SOURCES, ids=[path.relative_to(PROJECT).as_posix() for path in SOURCES]
)
def test_a_command_that_is_printed_exists(path: Path) -> None:
    found = [mention for text in strings(path) for mention in mentions(text)]
    assert [problem for mention in found for problem in wrong(mention, to_paste=True)] == []


def test_mentions_are_found_in_both_kinds_of_texts() -> None:
    assert sum(len(list(mentions(text))) for path in SOURCES for text in strings(path)) > 30
    assert sum(bool(COMMAND.match(span)) for name in DOCUMENTS for span in code_spans(name)) > 60


@pytest.mark.parametrize(
    "mention",
    [
        "darkroom reviewrs",
        "darkroom rerun --faild",
        "darkroom reviewers add|list|drop",
        "make storms",
        ".venv/bin/darkrooms status",
        "python -m bench.nothing FOLDER",
    ],
)
def test_a_misspelt_mention_is_found(mention: str) -> None:
    assert wrong(mention) != []


@pytest.mark.parametrize(
    "mention",
    [
        "darkroom reviewers add|list|remove",
        "darkroom cost [IMAGE…]",
        "darkroom retract IMAGE --reason …",
        "darkroom env --stack-name NAME",
        "make demo IMAGES=~/Pictures/holiday",
        "TESTS=tests/unit make test",
    ],
)
def test_a_placeholder_is_let_through(mention: str) -> None:
    assert wrong(mention) == []


def test_a_next_step_that_lacks_something_is_found() -> None:
    assert wrong("darkroom retract --version V", to_paste=True)
    assert wrong("darkroom retract IMAGE --version V --reason …", to_paste=True) == []
    assert wrong("darkroom retract", to_paste=True) == []
