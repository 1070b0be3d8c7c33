"""Who has a picture open, so that two reviewers do not work on the same one unawares."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from darkroom.moments import stamp
from darkroom.trail import OPENED
from review.records import Lease, Records
from review.trail import Trail

# The page renews it every 40 seconds; without its script a picture is somebody's for this long.
LEASE_SECONDS = 120


def holder(record: Mapping[str, Any], now: datetime) -> str | None:
    """The reviewer who has the picture open."""
    lease = record.get("lease")
    return str(lease["reviewer"]) if lease and lease["until"] > stamp(now) else None


def open_picture(
    records: Records,
    trail: Trail,
    record: Mapping[str, Any],
    reviewer: str,
    now: datetime,
    *,
    take_over: bool = False,
) -> bool:
    """Take or renew the reviewer's lease; True where they have it. Who opens it is put on record,
    who keeps it open is not."""
    until = stamp(now + timedelta(seconds=LEASE_SECONDS))
    taken = records.take_lease(record, Lease(reviewer, until), stamp(now), take_over=take_over)
    if taken and holder(record, now) != reviewer:
        trail.append(record["image"], record["version"], OPENED, stamp(now), by=reviewer)
    return taken
