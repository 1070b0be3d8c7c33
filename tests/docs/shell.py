"""Text for a shell, taken apart into commands, each a list of words."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator

from cli.deployment import VARIABLES
from cli.engine import Engine

OPERATORS = set("();<>|&")
KEYWORDS = {"do", "done", "then", "fi", "else", "time", "!", "{", "}"}
ENVIRONMENT = {*VARIABLES, *Engine(0, 0).environment(), "HOME", "PATH", "PWD", "USER"}

Words = list[str]


def statements(text: str) -> list[str]:
    """A block's lines, each with what goes on below it: a backslash, an open quote, a loop."""
    found: list[str] = []
    held = ""
    for line in text.splitlines():
        held = f"{held}\n{line}" if held else line
        if held.rstrip().endswith("\\") or not _is_whole(held):
            continue
        if held.strip() and not held.strip().startswith("#"):
            found.append(held)
        held = ""
    if held:
        raise ValueError(f"expected the end of a command, got {held!r}")
    return found


def _is_whole(text: str) -> bool:
    answer = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
    return answer.returncode == 0


def commands(statement: str) -> Iterator[Words]:
    """Each simple command of it, those within $(…) too, assignments first."""
    for inner in re.findall(r"\$\(([^()]*(?:\([^()]*\)[^()]*)*)\)", statement):
        yield from commands(inner)
    statement = statement.replace("\\\n", " ")
    words: Words = []
    for line in [statement] if "'" in statement else statement.split("\n"):
        lexer = shlex.shlex(_flat(line), posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        found = [*lexer, ";"]
        for before, word in zip(["", *found], found, strict=False):
            if before == ">":
                continue  # what is written
            if set(word) <= OPERATORS:
                if words := _without_keywords(words):
                    yield words
                words = []
            else:
                words.append(word)


def _flat(text: str) -> str:
    """Without what stands in $(…), which is looked at by itself."""
    return re.sub(r"\$\(([^()]*(?:\([^()]*\)[^()]*)*)\)", "SUBSTITUTED", text)


def _without_keywords(words: Words) -> Words:
    if words[:1] == ["for"]:
        return []
    while words and words[0] in KEYWORDS:
        words = words[1:]
    return words


def unknown_variables(text: str, known: set[str]) -> set[str]:
    """Of the shell, which neither `darkroom env` prints nor the text sets."""
    bare = re.sub(r"'[^']*'", "", text)
    used = set(re.findall(r"\$\{?(\w+)", bare)) - {"1"}
    return used - known - ENVIRONMENT - assigned(text)


def assigned(text: str) -> set[str]:
    """Variables that a block sets, a loop's too."""
    return {*re.findall(r"\b(\w+)=", text), *re.findall(r"\bfor (\w+) in\b", text)}
