"""Lines of a graph, as CloudWatch writes them: a metric's namespace, name and dimensions, or an
expression over others.

`${…}` is what CloudFormation puts in.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

from typing import Any

from darkroom.metrics import NAMESPACE

Series = list[Any]

STEPS = ("Validate", "Resize", "Filter", "Optimize", "Review", "Publish")
MACHINES = ("Pipeline", "Process", "Reminder", "Withdraw", "Settle", "Backfill", "Measure")
STACK = "${AWS::StackName}"


def of_function(metric: str, step: str, **more: Any) -> Series:
    return ["AWS/Lambda", metric, "FunctionName", f"${{{step}Function}}", _labelled(step, more)]


def of_machine(metric: str, machine: str, **more: Any) -> Series:
    name = "StateMachineArn"
    return ["AWS/States", metric, name, f"${{{machine}}}", _labelled(machine, more)]


def ours(metric: str, label: str, **more: Any) -> Series:
    """One of the stack's own; with `service`, of that step."""
    service = more.pop("service", None)
    by_step = ["service", service] if service else []
    return [NAMESPACE, metric, "stack", STACK, *by_step, _labelled(label, more)]


def of_status(status: str) -> Series:
    """Images of a status, of all recipes."""
    found = (
        f'SEARCH(\'{{{NAMESPACE},stack,status,recipe}} MetricName="Images" '
        f'stack="{STACK}" status="{status}"\', \'Sum\', 300)'
    )
    return [{"expression": f"SUM({found})", "label": status, "id": status.lower()}]


def math(id: str, expression: str, label: str) -> Series:
    return [{"expression": expression, "label": label, "id": id}]


def hidden(series: Series, id: str) -> Series:
    """For expressions alone."""
    *metric, options = series
    return [*metric, {**options, "id": id, "visible": False}]


def _labelled(label: str, more: dict[str, Any]) -> dict[str, Any]:
    return {"label": label, **more}
