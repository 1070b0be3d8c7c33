"""What a state machine sends to CloudWatch of an image that no function counts."""

from __future__ import annotations

from darkroom.metrics import METRICS, NAMESPACE
from tests.statemachine.walk import Json


def counted(status: str, recipe: str) -> Json:
    """The arguments of a Count state: named as the functions name theirs."""
    given = {"stack": "AWS::StackName", "status": status, "recipe": recipe}
    images = METRICS["Images"]
    assert set(given) == set(images.dimensions)
    dimensions = [{"Name": name, "Value": value} for name, value in given.items()]
    datum = {"MetricName": "Images", "Dimensions": dimensions, "Value": 1, "Unit": images.unit}
    return {"Namespace": NAMESPACE, "MetricData": [datum]}
