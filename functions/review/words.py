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
    "reopened": "Reopened",
}

# What an entry of the trail says; "by Ann" follows where somebody did it.
EVENTS = {
    "requested": "Review requested",
    "reminded": "Reminder sent",
    "opened": "Opened",
    "expired": "Expired: nobody decided in time",
    "reopened": "Reopened",
    "retracted": "Withdrawn for good",
}
DECISIONS = {"approve": "Approved", "reject": "Rejected"}


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


def roughly(seconds: float) -> str:
    """The largest unit alone, rounded down: "3 hours"."""
    left = max(0, int(seconds))
    for unit, length in UNITS:
        if left >= length:
            return _count(left // length, unit)
    return _count(left, "second")


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


def known_rule(rule: str) -> str:
    """A rule of ours, "" for any other: it goes into addresses."""
    return rule if rule in RULES else ""


def happening(event: str, decision: str | None) -> str:
    """An event of the trail for people; an unknown one as it is."""
    if event == "decided":
        return DECISIONS.get(decision or "", "Decided")
    return EVENTS.get(event, event)


def initials(name: str) -> str:
    """The first letters of the first and the last word, "?" where there is none: "AR"."""
    first = [next((letter for letter in word if letter.isalnum()), "") for word in name.split()]
    letters = [letter for letter in first if letter]
    return "".join(letters[:1] + letters[1:][-1:]).upper() or "?"


def _count(amount: int, noun: str) -> str:
    return f"{amount} {noun}" if amount == 1 else f"{amount} {noun}s"


def _utc(iso: str) -> datetime:
    at = datetime.fromisoformat(iso)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
