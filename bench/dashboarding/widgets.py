"""Widgets, and laying them out: rows of 24 columns, from left to right and from top to bottom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bench.dashboarding.series import Series

Widget = dict[str, Any]

COLUMNS = 24
REGION = "${AWS::Region}"


@dataclass(frozen=True)
class Box:
    """A widget without its place; `width` and `height` in units of the grid."""

    type: str
    width: int
    height: int
    properties: dict[str, Any]


def heading(question: str, answer: str) -> Box:
    return Box("text", COLUMNS, 2, {"markdown": f"## {question}\n{answer}"})


def graph(title: str, series: Iterable[Series], *, width: int = 6, **options: Any) -> Box:
    """By default sums over five minutes, from zero."""
    properties = {
        "title": title,
        "region": REGION,
        "view": "timeSeries",
        "stat": "Sum",
        "period": 300,
        "yAxis": {"left": {"min": 0, "showUnits": False}},
        "metrics": list(series),
    }
    return Box("metric", width, 6, properties | options)


def number(title: str, series: Iterable[Series], *, width: int = 6) -> Box:
    """One figure for all of the time that is shown."""
    properties = {
        "title": title,
        "region": REGION,
        "view": "singleValue",
        "stat": "Sum",
        "setPeriodToTimeRange": True,
        "metrics": list(series),
    }
    return Box("metric", width, 6, properties)


def alarms(title: str, arns: Sequence[str]) -> Box:
    return Box("alarm", COLUMNS, 3, {"title": title, "alarms": list(arns)})


def laid_out(boxes: Iterable[Box]) -> list[Widget]:
    """Each where there is room in its row, else in the next, below the highest of the last."""
    found: list[Widget] = []
    x = y = below = 0
    for box in boxes:
        if x + box.width > COLUMNS:
            x, y = 0, below
        size = {"x": x, "y": y, "width": box.width, "height": box.height}
        found.append({"type": box.type, **size, "properties": box.properties})
        x, below = x + box.width, max(below, y + box.height)
    return found
