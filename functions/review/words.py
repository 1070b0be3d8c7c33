"""Numbers, times and rules, in words for a person."""

from __future__ import annotations

from datetime import UTC, datetime

UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))
SIZES = ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB"))

RULES = {
    "keyword": "Word on the review list",
    "low_resolution": "Low resolution",
    "extreme_aspect_ratio": "Extreme proportions",
    "resembles_rejected": "Resembles a rejected picture",
    "moderation_label": "Moderation label",
}


def duration(seconds: float) -> str:
    """The two largest units, rounded down: "6 days 3 hours". Seconds only below a minute."""
    left = max(0, int(seconds))
    if left < 60:
        return _count(left, "second")
    amounts = []
    for unit, length in UNITS:
        amount, left = divmod(left, length)
        amounts.append((amount, unit))
    first = next(index for index, (amount, _) in enumerate(amounts) if amount)
    return " ".join(_count(*pair) for pair in amounts[first : first + 2] if pair[0])


def size(count: int) -> str:
    """Bytes in decimal units, two digits or more: "512 bytes", "4.2 MB", "38 kB"."""
    for unit, name in SIZES:
        amount = count / unit
        if amount >= 0.9995:  # would be rounded up to 1000 of the smaller unit
            return f"{amount:.1f} {name}" if amount < 9.95 else f"{amount:.0f} {name}"
    return _count(count, "byte")


def moment(iso: str) -> str:
    """An ISO 8601 time as "27 November 2025, 06:04 UTC". Without an offset it is UTC."""
    at = _utc(iso)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def instant(iso: str) -> str:
    """The same time for `<time datetime>`, which takes no microseconds."""
    return f"{_utc(iso):%Y-%m-%dT%H:%M:%SZ}"


def rule_title(rule: str) -> str:
    """The rule for people; an unknown one as it is."""
    return RULES.get(rule, rule)


def _count(amount: int, noun: str) -> str:
    return f"{amount} {noun}" if amount == 1 else f"{amount} {noun}s"


def _utc(iso: str) -> datetime:
    at = datetime.fromisoformat(iso)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
