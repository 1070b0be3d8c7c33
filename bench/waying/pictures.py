"""The pictures that take the way: a folder's, again and again under other names."""

from __future__ import annotations

from itertools import cycle, islice
from pathlib import Path

from bench.folder import FolderError, entries
from bench.steps import run
from cli.places import SAMPLES

# The name that it is uploaded under, and its bytes.
Picture = tuple[str, bytes]


def pictures(folder: Path | None, count: int) -> list[Picture]:
    """`count` of them, each of the folder's as often as any other, give or take one.

    None: the samples of the project. What Validate refuses or flags is left out: it does not go
    all the way. Raises FolderError where nothing is left.
    """
    found = [(entry.path.name, entry.path.read_bytes()) for entry in entries(folder or SAMPLES)]
    whole = [picture for picture in found if _is_published(*picture)]
    if not whole:
        raise FolderError(f"expected a picture that is published in {str(folder)!r}, got none")
    return [
        (f"{number:03} {name}", data)
        for number, (name, data) in enumerate(islice(cycle(whole), count))
    ]


def _is_published(name: str, data: bytes) -> bool:
    outcome = run(data, name)
    return outcome.accepted and not outcome.verdict["flags"]
