"""Log lines of CloudWatch, all of them and each once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cli.costing.histories import Window
from cli.logs.reading import read_events

# The clocks of Step Functions and of Lambda may differ, and Lambda reports after it has answered.
MARGIN = timedelta(seconds=5)


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
        for event in read_events(client, group, start, end):
            yield Line(event["logStreamName"], event["message"])
