"""The time, as records, links and messages have it."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)


def stamp(at: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, as Step Functions writes it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def epoch(iso: str) -> int:
    """Seconds since 1970, rounded down."""
    return int(datetime.fromisoformat(iso).timestamp())
