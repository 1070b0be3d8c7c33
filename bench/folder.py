"""The files of a folder, and what its INDEX.tsv expects of them."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

INDEX = "INDEX.tsv"
COLUMNS = {"path", "expected"}
Expected = Literal["accept", "reject", "either"]


class FolderError(Exception):
    """The folder, or its index, is nothing to run on; says what was expected."""


@dataclass(frozen=True)
class Entry:
    """`name`: the path within the folder. `why` and `invariant` are for people, and empty where
    there is no index."""

    name: str
    path: Path
    expected: Expected = "either"
    why: str = ""
    invariant: str = ""


def entries(folder: Path) -> list[Entry]:
    """What is to be run: what the index names, or every file at any depth, by name.

    Links to files count, links to folders are not followed. Raises FolderError where there is
    no such folder, nothing in it, or an index that cannot be understood.
    """
    if not folder.is_dir():
        raise FolderError(f"expected a folder for FOLDER, got {str(folder)!r}")
    index = folder / INDEX
    found = list(_indexed(index)) if index.is_file() else list(_all(folder))
    if not found:
        raise FolderError(f"expected at least one file in {str(folder)!r}, got none")
    return found


def unnamed(folder: Path, named: list[Entry]) -> int:
    """How many files of a folder its index leaves out, the index itself not counted."""
    known = {entry.name for entry in named} | {INDEX}
    return sum(entry.name not in known for entry in _all(folder))


def _all(folder: Path) -> Iterator[Entry]:
    for parent, folders, names in os.walk(folder, onerror=_refused):
        folders.sort()
        for name in sorted(names):
            path = Path(parent) / name
            yield Entry(path.relative_to(folder).as_posix(), path)


def _refused(error: OSError) -> None:
    raise FolderError(
        f"expected folders that can be read, got: {error.strerror} at {error.filename!r}"
    ) from error


def _indexed(index: Path) -> Iterator[Entry]:
    try:
        text = index.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FolderError(f"expected UTF-8 text in {index}, got: {error}") from error
    # No quoting: a name may hold any character but a tab and a line's end.
    lines = text.split("\n")
    rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    if not COLUMNS.issubset(rows.fieldnames or ()):
        raise FolderError(
            f"expected the columns {' and '.join(sorted(COLUMNS))} in {index}, "
            f"got {', '.join(rows.fieldnames or ()) or 'none'}"
        )
    for row in rows:
        if row["expected"] not in get_args(Expected):
            raise FolderError(
                f"expected one of {', '.join(get_args(Expected))} in line {rows.line_num} of "
                f"{index}, got {row['expected']!r}"
            )
        yield Entry(
            row["path"],
            index.parent / row["path"],
            cast(Expected, row["expected"]),
            row.get("why") or "",
            row.get("invariant") or "",
        )
