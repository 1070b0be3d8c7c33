"""Looking again and again, at a bounded number of requests each time."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable
from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError

from cli.records import Key, Record
from cli.stack import Stack
from cli.watching.asking import Lines, began, is_running, places
from cli.watching.snapshot import Snapshot, snapshot
from cli.watching.table import Table
from darkroom.moments import now

# Lines of logs are dearer than records.
LINES_SECONDS = 3


class Watcher:
    """A look is at most 4 scans and 4 requests for records by name; while anything runs, each other
    look is also at most 3 requests to the log group of each of five functions."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._table = Table(stack)
        self._lines: Lines | None = None
        self._asked: datetime | None = None

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
        if running and (self._asked is None or (at - self._asked).seconds >= LINES_SECONDS):
            self._asked = at
            # Whoever is throttled sees the steps of before.
            with contextlib.suppress(BotoCoreError, ClientError):
                self._ask(began(running, at), at)
        logged = self._lines.by_key if self._lines else {}
        return snapshot(known, places(self._stack, running, logged), at)

    def _ask(self, start: datetime, at: datetime) -> None:
        self._lines = self._lines or Lines(self._stack)
        self._lines.look(start, at)
        known = self._table.known
        keys: Iterable[Key] = list(self._lines.by_key)
        self._lines.forget(key for key in keys if key in known and not is_running(known[key]))
