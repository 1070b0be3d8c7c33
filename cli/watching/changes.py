"""Changes from one look to the next, a line for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.text import Text

from cli.listing import failure, why
from cli.records import Key, Record
from cli.style import plain, styled
from cli.watching.board import summary
from cli.watching.snapshot import Snapshot
from darkroom import statuses

# Status, and what explains it.
State = tuple[str, str]


class Changes:
    def __init__(self) -> None:
        self._last: dict[Key, State] = {}

    def first(self, seen: Snapshot, known: Iterable[Record]) -> Iterator[Text]:
        """The counts, then what runs, waits and failed."""
        nothing = "No image has been uploaded yet."
        yield Text.assemble(seen["at"], "  ", summary(seen) if seen["counts"] else nothing)
        failed = {_key(row) for row in seen["failed"]}
        self._last = {key: state for key, state in _ended(known) if key not in failed}
        yield from self.since(seen, known)

    def since(self, seen: Snapshot, known: Iterable[Record]) -> Iterator[Text]:
        for key, state in (*_ended(known), *_open(seen)):
            if self._last.get(key) == state:
                continue
            self._last[key] = state
            status, explained = state
            gap = " " * max(1, 11 - len(status))
            because = plain(f"  {explained}" if explained else "")
            yield Text.assemble(seen["at"], "  ", styled(status), gap, plain(key[0]), because)


def _key(row: Mapping[str, Any]) -> Key:
    return row["image"], row["version"]


def _ended(known: Iterable[Record]) -> list[tuple[Key, State]]:
    """Those that have, the first first."""
    ended = [record for record in known if record["status"] in statuses.ENDED]
    ended.sort(key=lambda record: str(record["updated_at"]))
    return [(_key(record), (record["status"], _why(record))) for record in ended]


def _why(record: Record) -> str:
    return failure(record) if record["status"] == statuses.FAILED else why(record)


def _open(seen: Snapshot) -> Iterator[tuple[Key, State]]:
    for row in seen["waiting"]:
        whom = f"{row['open_by']} has it open" if row["open_by"] else ", ".join(row["rules"])
        yield _key(row), (statuses.IN_REVIEW, whom)
    for row in seen["running"]:
        broken = row["detail"] if row["detail"].startswith("breaks") else ""
        yield _key(row), (statuses.PROCESSING, f"{row['step']} {broken}".rstrip())
