"""What the functions measure, in CloudWatch's embedded metric format (EMF).

A metric costs by the month for each set of dimensions that it is sent with, so there are few. Those
that no function sends (FAILED images, the review queue) come from the state machines, under the
same names: statemachine/measure.asl.json and the Count states.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NAMESPACE = "Darkroom"

BY_STEP = ("stack", "service")
BY_OUTCOME = ("stack", "status", "recipe")
BY_STACK = ("stack",)


@dataclass(frozen=True)
class Metric:
    unit: str
    dimensions: tuple[str, ...]


METRICS = {
    "Seconds": Metric("Seconds", BY_STEP),
    "BytesIn": Metric("Bytes", BY_STEP),
    "BytesOut": Metric("Bytes", BY_STEP),
    "Images": Metric("Count", BY_OUTCOME),
    "ReviewSeconds": Metric("Seconds", BY_STACK),
    "ReviewQueue": Metric("Count", BY_STACK),
    "OldestReviewSeconds": Metric("Seconds", BY_STACK),
}


def embedded(values: Mapping[str, float], at_ms: int) -> dict[str, Any]:
    """The fields that make a JSON log line carry `values`, by metric; those of the dimensions are
    the line's own. `at_ms`: milliseconds since 1970.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    sets: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for name in values:
        metric = METRICS[name]
        sets.setdefault(metric.dimensions, []).append({"Name": name, "Unit": metric.unit})
    directives = [
        {"Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": metrics}
        for dimensions, metrics in sets.items()
    ]
    return {"_aws": {"Timestamp": at_ms, "CloudWatchMetrics": directives}, **values}
