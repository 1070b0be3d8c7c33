"""What waits for a decision, and which picture comes next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from darkroom.versions import is_replaced
from review.leases import holder, open_picture
from review.records import Record, Records
from review.trail import Trail

# Enough to find a free picture; a longer walk would keep a reviewer waiting.
MAX_LOOKED_AT = 200


def matching(
    records: Records, rule: str, after: Record | None = None, *, backwards: bool = False
) -> Iterator[Record]:
    """The queue, oldest first; of a `rule`, only what it flagged ("" for all)."""
    for record in islice(records.queue(after, backwards=backwards), MAX_LOOKED_AT):
        if has_rule(record, rule):
            yield record


def has_rule(record: Record, rule: str) -> bool:
    return not rule or rule in {flag["rule"] for flag in record.get("flags", [])}


class Newer:
    """Whether a newer upload has taken a picture's place; each image is asked for once."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._newest: dict[str, tuple[str, str] | None] = {}

    def than(self, record: Record) -> bool:
        image = record["image"]
        if image not in self._newest:
            self._newest[image] = self._records.newest(image)
        return is_replaced(record, self._newest[image])


def neighbour(
    records: Records, reviewer: str, rule: str, record: Record, now: datetime, *, backwards: bool
) -> Record | None:
    """The picture before or behind this one that nobody else has open."""
    newer = Newer(records)
    for other in matching(records, rule, record, backwards=backwards):
        if holder(other, now) in (None, reviewer) and not newer.than(other):
            return other
    return None


def open_next(
    records: Records,
    trail: Trail,
    reviewer: str,
    rule: str,
    after: Record,
    now: datetime,
    *,
    around: bool,
) -> Record | None:
    """The next picture, opened for the reviewer; `around`: from the beginning behind the last."""
    newer = Newer(records)
    for start in (after, None) if around else (after,):
        for record in matching(records, rule, start):
            if (record["image"], record["version"]) == (after["image"], after["version"]):
                continue
            if holder(record, now) not in (None, reviewer) or newer.than(record):
                continue
            if open_picture(records, trail, record, reviewer, now):
                return record
    return None
