"""Other people's text, made safe to show: on a page, in a message, at a terminal."""

from __future__ import annotations

import re
import unicodedata

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"

# Embeddings, overrides and isolates. A stray closing isolate ends a <bdi> as well, so the element
# alone does not hold them: https://www.unicode.org/reports/tr9/#Explicit_Directional_Isolates
BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Control, surrogate, line separator, paragraph separator.
UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})


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


def _is_unprintable(letter: str) -> bool:
    return letter in BIDI_CONTROLS or unicodedata.category(letter) in UNPRINTABLE
