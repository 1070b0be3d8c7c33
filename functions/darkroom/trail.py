"""The trail beside the records: who did what, and when. It is appended to and never rewritten."""

from __future__ import annotations

from typing import Any

REQUESTED = "requested"
REMINDED = "reminded"
OPENED = "opened"
DECIDED = "decided"
EXPIRED = "expired"
REOPENED = "reopened"
RETRACTED = "retracted"

EVENTS = (REQUESTED, REMINDED, OPENED, DECIDED, EXPIRED, REOPENED, RETRACTED)


def trail_entry(
    image: str, version: str, event: str, at: str, **more: str | None
) -> dict[str, Any]:
    """An entry as plain values; `at` is ISO 8601, and of `more` what is None stays out.

    The same event at the same time is the same entry, so that a repeated step adds nothing.
    """
    entry = {
        "image": image,
        "entry": f"{at}#{version}#{event}",
        "version": version,
        "event": event,
        "at": at,
    }
    return entry | {name: value for name, value in more.items() if value is not None}
