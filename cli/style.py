"""How statuses and other people's words look at a terminal."""

from __future__ import annotations

import json
import re
from typing import Any

from rich.text import Text

from darkroom import statuses
from darkroom.text import line

MAX_SHOWN = 2000
STYLES = {
    statuses.PUBLISHED: "green",
    statuses.IN_REVIEW: "yellow",
    statuses.PROCESSING: "cyan",
    statuses.REJECTED: "magenta",
    statuses.EXPIRED: "magenta",
    statuses.RETRACTED: "magenta",
    statuses.INVALID: "red",
    statuses.FAILED: "bold red",
}

# What JSON leaves as it is and a terminal may obey: C1 controls, separators, text directions, half
# letters.
OBEYED = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def json_text(value: Any) -> str:
    """JSON for programs, which somebody may look at: readable, and nothing a terminal obeys."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def styled(status: str) -> Text:
    return Text(status, style=STYLES.get(status, "dim"))


def plain(text: str, style: str = "") -> Text:
    """Somebody's text: no markup, and nothing that a terminal would obey."""
    return Text(line(text, MAX_SHOWN), style=style)
