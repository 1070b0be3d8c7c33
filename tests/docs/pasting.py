"""Blocks of the documents as one script for each: what a person's terminal would be given."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.docs.documents import PROJECT, Block
from tests.docs.programs import BIN
from tests.docs.shell import statements

# What is not run here, by how it begins, and why. All of it is looked at in test_blocks.py.
NOT_RUN = {
    "make test": "this test is part of it",
    "make check": "it is run beside the tests",
    "TESTS=": "this test may be part of it",
    "make clean": "it removes the environment that runs this",
    "make lock": "it asks the package index",
    "make audit": "it asks the package index",
    "make bench": "takes many minutes",
    "make fuzz": "takes many minutes",
    "make storm": "takes many minutes",
    "make corpus": "needs a folder of pictures",
    "make goldens": "it changes the documents",
    "make screenshots": "it changes the documents",
    "make build": "tests/unit/test_build.py looks at what it builds",
    "sam build": "tests/unit/test_build.py looks at what it builds",
    "sam deploy": "needs an AWS account",
    "sam delete": "needs an AWS account",
    ".venv/bin/darkroom watch": "runs until Ctrl-C",
    "darkroom watch": "runs until Ctrl-C",
    "git clone": "asks the network",
    "apt-get": "changes the machine",
}
# Where a document says this, a shell finds `darkroom` by its name.
BY_NAME = "`darkroom` is `.venv/bin/darkroom`"
MARK = "@@@ block"


@dataclass(frozen=True)
class Part:
    """A block, and what came of it: both streams, in order."""

    block: Block
    output: str


def reason(statement: str) -> str | None:
    """Why a statement is not run, None where it is."""
    found = [why for start, why in NOT_RUN.items() if statement.strip().startswith(start)]
    return found[0] if found else None


def runnable(block: Block) -> list[str]:
    """Its statements that are run."""
    if block.marks:
        return []
    return [one for one in statements(block.text) if reason(one) is None]


def clone(folder: Path) -> Path:
    """A folder that looks like a clone that is set up, and into which nothing of the project's own
    is written."""
    folder.mkdir()
    for path in PROJECT.iterdir():
        if path.name not in (".git", ".venv", ".darkroom", ".aws-sam"):
            (folder / path.name).symlink_to(path)
    environment = Path(sys.prefix)
    assert (environment / ".ready").exists(), "expected an environment that `make` has set up"
    (folder / ".venv").symlink_to(environment)
    return folder


def script(blocks: Sequence[Block]) -> str:
    """All that is run of a document, as one shell."""
    lines = ["set -eo pipefail", "exec 2>&1"]
    for number, block in enumerate(blocks):
        lines += [f"echo '{MARK} {number}'", *runnable(block)]
    return "\n".join(lines) + "\n"


def paste(
    text: str, folder: Path, home: Path, *, by_name: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run in a shell in `folder`. What does not take the engine's endpoint reaches nobody."""
    (folder / ".curlrc").write_text("fail-with-body\n")
    path = os.environ["PATH"].replace(f"{BIN}{os.pathsep}", "")
    # What `make test` tells its children is not for a make that somebody types.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    environment = inherited | {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "COLUMNS": "200",
        "CURL_HOME": str(folder),
        "DARKROOM_HOME": str(home),
        "PATH": f"{BIN}{os.pathsep}{path}" if by_name else path,
    }
    return subprocess.run(
        ["bash", "-c", text],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def parts(blocks: Sequence[Block], output: str) -> Iterator[Part]:
    """What each block put out, of those that were reached."""
    for piece in output.split(f"{MARK} ")[1:]:
        number, _, rest = piece.partition("\n")
        yield Part(blocks[int(number)], rest)


def missing(shown: str, output: str) -> list[str]:
    """Lines of `shown` that are not in `output`, whatever the days, ids, numbers and gaps."""
    lines = [" ".join(line.split()) for line in output.splitlines()]
    return [
        line
        for line in shown.splitlines()
        if line.strip() and not any(re.fullmatch(_pattern(line), one) for one in lines)
    ]


def _pattern(line: str) -> str:
    words = []
    for word in line.split():
        if "…" in word:
            words.append(".*".join(map(re.escape, word.split("…"))))
        elif re.search(r"\d", word):
            words.append(re.sub(r"[0-9a-f]*\\?[\d.,:]+[0-9a-f]*", r"\\S+", re.escape(word)))
        else:
            words.append(re.escape(word))
    return " ".join(words)


def next_steps(output: str) -> list[str]:
    """The lines that a command prints to be typed next."""
    found = re.search(r"Next:\n((?:  .*\n?)+)", output)
    assert found, f"expected `Next:` and steps, got {output!r}"
    return [line.strip() for line in found[1].splitlines()]
