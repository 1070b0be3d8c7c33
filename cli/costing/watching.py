"""What watching a stack costs by the month: its alarms, and its metrics."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cli.stack import Stack
from darkroom.metrics import METRICS, NAMESPACE


@dataclass(frozen=True)
class Watching:
    """`alarm_metrics`: an alarm costs for each metric that it looks at. `metrics`: each with its
    dimensions' values; those that state machines put are in no function's log."""

    alarm_metrics: int = 0
    metrics: set[tuple[str, ...]] = field(default_factory=set)


def watching(stack: Stack, alarms: Iterable[str]) -> Watching:
    """`alarms`: names of those of the stack."""
    return Watching(_alarm_metrics(stack, list(alarms)), _metrics(stack))


def _alarm_metrics(stack: Stack, names: list[str]) -> int:
    if not names:
        return 0
    pages = stack.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNames=names)
    return sum(
        sum("MetricStat" in one for one in alarm.get("Metrics", ())) or 1
        for page in pages
        for alarm in page["MetricAlarms"]
    )


def _metrics(stack: Stack) -> set[tuple[str, ...]]:
    """Those that CloudWatch got within two weeks."""
    pages = (
        stack.client("cloudwatch")
        .get_paginator("list_metrics")
        .paginate(Namespace=NAMESPACE, Dimensions=[{"Name": "stack", "Value": stack.name}])
    )
    found = set()
    for page in pages:
        for metric in page["Metrics"]:
            values = {one["Name"]: one["Value"] for one in metric["Dimensions"]}
            known = METRICS.get(metric["MetricName"])
            order = known.dimensions if known else sorted(values)
            found.add((NAMESPACE, metric["MetricName"], *(values.get(name, "") for name in order)))
    return found
