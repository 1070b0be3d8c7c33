"""Looking again and again, at a bounded number of requests each time."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from cli.records import Key, Record
from cli.stack import Stack
from cli.watching.asking import Lines, began, is_running, places
from cli.watching.snapshot import Snapshot, snapshot
from cli.watching.table import Table
from darkroom.moments import now


class Watcher:
    """A look is at most 8 requests to DynamoDB, and 4 to each function's log group while anything
    runs."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._table = Table(stack)
        self._lines: Lines | None = None

    @property
    def known(self) -> Collection[Record]:
        return self._table.known.values()

    def begin(self) -> Snapshot:
        """The first look, at the whole table."""
        self._table.whole()
        return self._snapshot()

    def look(self) -> Snapshot:
        logged = self._lines.by_key if self._lines else {}
        self._table.look(key for key in logged if key not in self._table.known)
        return self._snapshot()

    def _snapshot(self) -> Snapshot:
        at, known = now(), self._table.known
        running = [record for record in known.values() if is_running(record)]
        if running:
            self._lines = self._lines or Lines(self._stack)
            self._lines.look(began(running, at), at)
            keys: Iterable[Key] = list(self._lines.by_key)
            ended = (key for key in keys if key in known and not is_running(known[key]))
            self._lines.forget(ended)
        logged = self._lines.by_key if self._lines else {}
        return snapshot(known, places(self._stack, running, logged), at)
