"""All documents that people read, as what they are: Markdown."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

PROJECT = Path(__file__).parents[2]
DOCUMENTS = [
    "README.md",
    "CONTRIBUTING.md",
    *sorted(path.relative_to(PROJECT).as_posix() for path in (PROJECT / "docs").glob("*.md")),
    "examples/site/README.md",
]

# Words behind ```sh: why a block is not run here. GitHub shows none of them.
MARKS = {
    "aws": "needs an AWS account",
    "person": "needs somebody who looks or decides",
    "folder": "needs pictures of your own, or a name in place of a placeholder",
    "long": "takes many minutes",
}


@dataclass(frozen=True)
class Block:
    """What stands to be pasted; `line` of its fence, from 1. `shown`: the ```text block right
    behind it, with what comes of it."""

    document: str
    line: int
    marks: tuple[str, ...]
    text: str
    shown: str | None = None

    @property
    def place(self) -> str:
        return f"{self.document}:{self.line}"


@dataclass(frozen=True)
class Picture:
    document: str
    target: str
    alt: str


def blocks(document: str) -> list[Block]:
    """Every ```sh block, whatever stands behind the word."""
    return blocks_of((PROJECT / document).read_text(encoding="utf-8"), document)


def blocks_of(text: str, document: str) -> list[Block]:
    tokens = _parsed(text)
    found = []
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        language, *marks = [*token.info.split(), ""] if token.type == "fence" else [""]
        if language not in ("sh", "bash", "shell", "console"):
            continue
        shown = None
        if following and following.type == "fence" and following.info.split()[:1] == ["text"]:
            shown = following.content
        line = token.map[0] + 1 if token.map else 0
        found.append(Block(document, line, tuple(marks[:-1]), token.content, shown))
    return found


def code_spans(document: str) -> list[str]:
    """What stands in the text as code, in tables as well."""
    text = (PROJECT / document).read_text(encoding="utf-8")
    return [one.content for one in _inline(text) if one.type == "code_inline"]


def pictures(document: str) -> list[Picture]:
    text = (PROJECT / document).read_text(encoding="utf-8")
    return [
        Picture(document, str(one.attrs["src"]), one.content)
        for one in _inline(text)
        if one.type == "image"
    ]


def links(document: str) -> list[str]:
    text = (PROJECT / document).read_text(encoding="utf-8")
    return [str(one.attrs["href"]) for one in _inline(text) if one.type == "link_open"]


def headings(file: Path) -> list[str]:
    """As they read, without the signs of code."""
    tokens = _parsed(file.read_text(encoding="utf-8"))
    return [
        inline.content.replace("`", "")
        for opened, inline in itertools.pairwise(tokens)
        if opened.type == "heading_open"
    ]


def _inline(text: str) -> Iterator[Token]:
    for token in _parsed(text):
        yield from token.children or ()


@functools.cache
def _parsed(text: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(text)
