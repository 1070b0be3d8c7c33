"""Log events of CloudWatch, all of them and each once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

# CloudWatch and the engine give so many at once; the engine then gives no token.
PAGE = 10_000

Event = dict[str, Any]


def read_events(
    client: Any,
    group: str,
    start: datetime,
    end: datetime | None = None,
    pattern: str = "",
    pages: int | None = None,
) -> Iterator[Event]:
    """The events of a log group, oldest first; of at most so many `pages`, if that is given.

    `pattern`: which. The engine gives all, whatever a pattern for JSON says (MiniStack 1.5.33).
    """
    seen: set[tuple[str, str]] = set()
    arguments: dict[str, Any] = {"logGroupName": group, "startTime": milliseconds(start)}
    if end is not None:
        arguments["endTime"] = milliseconds(end)
    if pattern:
        arguments["filterPattern"] = pattern
    while pages is None or pages > 0:
        answer = client.filter_log_events(**arguments)
        events = answer["events"]
        for event in events:
            if (event["logStreamName"], event["message"]) not in seen:
                yield event
        pages = None if pages is None else pages - 1
        if "nextToken" in answer:
            arguments["nextToken"] = answer["nextToken"]
            continue
        if len(events) < PAGE:
            return
        # From the last moment on: what was seen of it, comes again.
        last = events[-1]["timestamp"]
        seen = {
            (event["logStreamName"], event["message"])
            for event in events
            if event["timestamp"] == last
        }
        arguments["startTime"] = last


def milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
