"""Log lines of CloudWatch, all of them and each once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cli.costing.histories import Window

# The clocks of Step Functions and of Lambda may differ, and Lambda reports after it has answered.
MARGIN = timedelta(seconds=5)
# CloudWatch and the engine give so many at once; the engine then gives no token.
PAGE = 10_000


@dataclass(frozen=True)
class Line:
    stream: str
    message: str


def joined(windows: Iterable[Window]) -> list[Window]:
    """The windows with their margins, in order, those that overlap as one."""
    found: list[Window] = []
    for start, end in sorted((start - MARGIN, end + MARGIN) for start, end in windows):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def read_lines(client: Any, group: str, windows: Iterable[Window]) -> Iterator[Line]:
    """The lines of a log group within windows that do not overlap, as they were written."""
    for start, end in windows:
        yield from _between(client, group, _milliseconds(start), _milliseconds(end))


def _between(client: Any, group: str, start: int, end: int) -> Iterator[Line]:
    seen: set[tuple[str, str]] = set()
    arguments: dict[str, Any] = {"logGroupName": group, "startTime": start, "endTime": end}
    while True:
        answer = client.filter_log_events(**arguments)
        events = answer["events"]
        for event in events:
            if (key := (event["logStreamName"], event["message"])) not in seen:
                yield Line(*key)
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


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
