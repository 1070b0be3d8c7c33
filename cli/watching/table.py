"""The images table as a board knows it: all of it, at so many requests a look."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

from cli.records import Key, Record, public, some
from cli.stack import Stack
from cli.watching.asking import is_running
from darkroom import statuses

# Megabytes: a few thousand records. A larger table is gone through bit by bit.
PAGES = 4
# Of a larger table, so many of what is open are asked for by name at each look.
OPEN = 300
# And of what somebody has heard of, so many.
WANTED = 100
# Who has it open is no secret here.
ALSO = ("lease",)


class Table:
    """`known`: the records, with `lease` where somebody has one open."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._table = stack.output("ImagesTable")
        self._place: dict[str, Any] = {}
        self.known: dict[Key, Record] = {}

    def look(self, wanted: Iterable[Key] = ()) -> None:
        """On from where the last look ended, and at what is open or `wanted`."""
        if self._go_on(PAGES):
            return
        opened = [key for key, record in self.known.items() if record["status"] in statuses.OPEN]
        opened.sort(
            key=lambda key: (not is_running(self.known[key]), self.known[key]["updated_at"])
        )
        by_name = {*islice(wanted, WANTED), *opened[:OPEN]}
        self.known |= some(self._stack, by_name, ALSO)

    def whole(self) -> None:
        """To the table's end, however large it is."""
        while not self._go_on(PAGES):
            pass

    def _go_on(self, pages: int) -> bool:
        """Whether that was the end; the next look begins anew."""
        for _ in range(pages):
            page = self._stack.dynamodb.scan(TableName=self._table, **self._place)
            for item in page["Items"]:
                record = public(item, ALSO)
                self.known[record["image"], record["version"]] = record
            if "LastEvaluatedKey" not in page:
                self._place = {}
                return True
            self._place = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        return False
