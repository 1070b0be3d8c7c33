"""What waits for a decision, and which picture comes next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

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


def is_replaced(records: Records, record: Record) -> bool:
    """True where a newer upload has taken the picture's place: a decision on it would be void."""
    return records.newest_version(record["image"]) not in (None, record["version"])


def neighbour(
    records: Records, reviewer: str, rule: str, record: Record, now: datetime, *, backwards: bool
) -> Record | None:
    """The picture before or behind this one that nobody else has open."""
    for other in matching(records, rule, record, backwards=backwards):
        if holder(other, now) in (None, reviewer) and not is_replaced(records, other):
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
    for start in (after, None) if around else (after,):
        for record in matching(records, rule, start):
            if (record["image"], record["version"]) == (after["image"], after["version"]):
                continue
            if is_replaced(records, record):
                continue
            if open_picture(records, trail, record, reviewer, now):
                return record
    return None
