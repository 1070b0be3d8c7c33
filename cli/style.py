"""How statuses and other people's words look at a terminal."""

from __future__ import annotations

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


def styled(status: str) -> Text:
    return Text(status, style=STYLES.get(status, "dim"))


def plain(text: str, style: str = "") -> Text:
    """Somebody's text: no markup, and nothing that a terminal would obey."""
    return Text(line(text, MAX_SHOWN), style=style)
