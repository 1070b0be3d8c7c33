"""What a board shows, as plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from cli.listing import said
from cli.records import Key, Record
from cli.watching.asking import is_running
from cli.watching.steps import Place
from darkroom import statuses
from darkroom.moments import stamp
from darkroom.text import line
from darkroom.versions import is_replaced

Snapshot = dict[str, Any]

LAST = 10
MAX_CAUSE = 300


def snapshot(known: Mapping[Key, Record], places: Mapping[Key, Place], at: datetime) -> Snapshot:
    """Counts by status; `running`, `waiting` and `failed`, that for longest first; `ended`, the
    last first. `failed`: newest versions only; an older one was replaced since."""
    newest = _newest(known.values())
    found = list(known.values())
    counts = Counter(record["status"] for record in found)
    order = (*statuses.OPEN, *statuses.ENDED)
    waiting = [
        record
        for record in found
        if record["status"] == statuses.IN_REVIEW
        and not is_running(record)
        and not is_replaced(record, newest[record["image"]])
    ]
    failed = [
        record
        for record in found
        if record["status"] == statuses.FAILED and newest[record["image"]][1] == record["version"]
    ]
    ended = [record for record in found if record["status"] in statuses.ENDED]
    ended.sort(key=lambda record: str(record["updated_at"]), reverse=True)
    return {
        "at": stamp(at),
        "counts": {status: counts[status] for status in order if counts[status]},
        "running": _sorted([_running(known[key], places[key]) for key in places], "since"),
        "waiting": _sorted([_waiting(record, stamp(at)) for record in waiting], "requested_at"),
        "failed": _sorted([_failed(record) for record in failed], "at"),
        "ended": [_ended(record) for record in ended[:LAST]],
    }


def _newest(found: Iterable[Record]) -> dict[str, tuple[str, str]]:
    """By image, when its newest version came, and which it is."""
    newest: dict[str, tuple[str, str]] = {}
    for record in found:
        own = (str(record["created_at"]), str(record["version"]))
        newest[record["image"]] = max(own, newest.get(record["image"], own))
    return newest


def _sorted(rows: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: str(row[name]))


def _named(record: Record) -> dict[str, Any]:
    return {"image": record["image"], "version": record["version"]}


def _running(record: Record, place: Place) -> dict[str, Any]:
    return _named(record) | {"step": place.step, "since": place.since, "detail": place.detail}


def _waiting(record: Record, now: str) -> dict[str, Any]:
    lease = record.get("lease") or {}
    is_open = bool(lease) and lease["until"] > now
    return _named(record) | {
        "rules": [flag["rule"] for flag in record.get("flags", [])],
        "requested_at": record["review"]["requested_at"],
        "deadline_at": record["review"]["deadline_at"],
        "open_by": lease["reviewer"] if is_open else None,
        "open_until": lease["until"] if is_open else None,
    }


def _failed(record: Record) -> dict[str, Any]:
    error = record["error"]
    return _named(record) | {
        "at": record["updated_at"],
        "step": error["step"],
        "error": error["error"],
        "cause": line(said(str(error["cause"])), MAX_CAUSE),
    }


def _ended(record: Record) -> dict[str, Any]:
    return _named(record) | {"at": record["updated_at"], "status": record["status"]}
