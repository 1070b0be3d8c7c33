"""Numbers, times and other people's text, in words for a person."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"

UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))
SIZES = ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB"))

# Embeddings, overrides and isolates. A stray closing isolate ends a <bdi> as well, so the element
# alone does not hold them: https://www.unicode.org/reports/tr9/#Explicit_Directional_Isolates
BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Control, surrogate, line separator, paragraph separator.
UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})

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


def line(text: str, limit: int) -> str:
    """`text` on one line of at most `limit` characters, beginning and end kept.

    What would break the line or turn its direction shows as U+FFFD.
    """
    clean = "".join(REPLACEMENT if _is_unprintable(letter) else letter for letter in text)
    if len(clean) <= limit:
        return clean
    tail = (limit - 1) // 3
    head = limit - 1 - tail
    return clean[:head] + ELLIPSIS + clean[len(clean) - tail :]


def block(text: str, limit: int) -> str:
    """`text` of at most `limit` characters with its line breaks, never two blank lines running."""
    breaks = re.sub(r"\r\n?|[\u2028\u2029]", "\n", text)
    clean = "".join(
        REPLACEMENT if _is_unprintable(letter) and letter not in "\n\t" else letter
        for letter in breaks
    )
    short = re.sub(r"\n\s*\n", "\n\n", clean).strip()
    return short if len(short) <= limit else short[: limit - 1] + ELLIPSIS


def _count(amount: int, noun: str) -> str:
    return f"{amount} {noun}" if amount == 1 else f"{amount} {noun}s"


def _utc(iso: str) -> datetime:
    at = datetime.fromisoformat(iso)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _is_unprintable(letter: str) -> bool:
    return letter in BIDI_CONTROLS or unicodedata.category(letter) in UNPRINTABLE
