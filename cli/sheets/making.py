"""A contact sheet of records: which, and their pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from cli import records
from cli.contact_sheet import Entry
from cli.records import Record
from cli.sheets.cards import fetched, planned
from cli.sheets.fetching import side_by_side
from cli.sheets.folder import Sheet, finished
from cli.stack import Stack

TITLE = "Darkroom contact sheet"


def named(stack: Stack, images: Sequence[str]) -> list[Record]:
    """The newest version of each, once. Raises CommandError for one that is not known."""
    found: Mapping[str, Record] = {
        record["image"]: record
        for record in (records.known_versions(stack, image)[-1] for image in images)
    }
    return list(found.values())


def newest(stack: Stack, limit: int) -> tuple[list[Record], int]:
    """The newest versions of the `limit` images that came last, those first; how many are left."""
    last: dict[str, Record] = {}
    for record in records.everything(stack):
        other = last.get(record["image"])
        if other is None or _age(record) > _age(other):
            last[record["image"]] = record
    found = sorted(last.values(), key=_age, reverse=True)
    return found[:limit], max(0, len(found) - limit)


def make_sheet(
    stack: Stack,
    chosen: Sequence[Record],
    left_out: int,
    folder: Path,
    told: Callable[[int], object] = lambda done: None,
) -> Sheet:
    """Fetch what the sheet shows into `folder`; `told` hears of how many pictures it is there."""
    entries: list[Entry] = []
    with side_by_side(stack) as run:
        cards = list(run(partial(planned, stack, folder=folder), chosen))
        for entry in run(partial(fetched, stack), cards):
            entries.append(entry)
            told(len(entries))
    return finished(folder, TITLE, entries, left_out)


def _age(record: Record) -> tuple[str, str]:
    return record["created_at"], record["version"]
