"""The folder of a contact sheet: the page, its pictures, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.contact_sheet import Entry, render, size, totals
from cli.contact_sheet import change as in_percent
from cli.errors import CommandError

# What tells such a folder from others, and the figures of the sheet for programs.
NOTE = "contact-sheet.json"
PAGE = "index.html"
# Of the folder of one picture: what `card_name` gives, and no name that somebody would choose.
CARD = re.compile(r"[0-9a-f]{16}\Z")


def opened(path: Path) -> Path:
    """The absolute path of a folder for a sheet, made if it is not there.

    Raises CommandError where it holds anything else: what a sheet no longer shows is removed.
    """
    path = path.expanduser().resolve()
    if path.is_dir() and any(path.iterdir()) and not (path / NOTE).is_file():
        raise CommandError(
            f"Expected an empty folder or one with a contact sheet for --output, got {path}.",
            "Name a folder that is not there yet.",
        )
    if path.exists() and not path.is_dir():
        raise CommandError(f"Expected a folder for --output, got a file: {path}.")
    path.mkdir(parents=True, exist_ok=True)
    if not (path / NOTE).is_file():
        (path / NOTE).write_text("{}\n")  # now, so that the next call may go on with it
    return path


@dataclass(frozen=True)
class Sheet:
    """`left_out`: how many pictures there are beyond those that it shows."""

    page: Path
    entries: Sequence[Entry]
    left_out: int = 0

    def plain(self) -> dict[str, Any]:
        found = totals(self.entries)
        return {
            "page": str(self.page),
            "url": self.page.as_uri(),
            "pictures": found.pictures,
            "left_out": self.left_out,
            "by_status": dict(found.by_status),
            "compared": found.compared,
            "before_bytes": found.before,
            "after_bytes": found.after,
            "files": found.files,
            "all_bytes": found.all_bytes,
        }

    def summary(self) -> str:
        found = totals(self.entries)
        counts = ", ".join(f"{count} {status}" for status, count in found.by_status)
        said = f"{found.pictures} picture{'s'[: found.pictures != 1]}: {counts or 'none'}."
        if not found.compared:
            return said
        return (
            f"{said} {found.compared} original{'s'[: found.compared != 1]}, {size(found.before)}, "
            f"against the largest rendition of each: {size(found.after)} "
            f"({in_percent(found.after, found.before)}); all {found.files} files: "
            f"{size(found.all_bytes)}."
        )


def finished(folder: Path, title: str, entries: Sequence[Entry], left_out: int = 0) -> Sheet:
    """The page over the files of `entries`; all others of an earlier sheet are removed."""
    _keep(folder, {href for entry in entries for href in _shown(entry)})
    sheet = Sheet(folder / PAGE, entries, left_out)
    _write(sheet.page, render(entries, title))
    _write(folder / NOTE, json.dumps(sheet.plain(), indent=2) + "\n")
    return sheet


def _shown(entry: Entry) -> Iterator[str]:
    if entry.original:
        yield entry.original.href
    for variant in entry.variants:
        yield from (file.href for file in variant.files)


def _keep(folder: Path, hrefs: Collection[str]) -> None:
    for card in [path for path in folder.iterdir() if path.is_dir() and CARD.match(path.name)]:
        for file in card.iterdir():
            if f"{card.name}/{file.name}" not in hrefs:
                file.unlink()
        if not any(card.iterdir()):
            card.rmdir()


def _write(path: Path, text: str) -> None:
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)
