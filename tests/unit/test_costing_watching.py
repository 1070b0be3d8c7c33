"""Alarms and metrics, counted as CloudWatch bills them."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from cli.costing.watching import Watching, watching
from cli.stack import Stack
from darkroom.metrics import METRICS, NAMESPACE


@pytest.fixture
def stack() -> Iterator[Stack]:
    with mock_aws():
        yield Stack("darkroom", boto3.Session(region_name="us-east-1"), None, {})


def put(at: Stack, name: str, **dimensions: str) -> None:
    assert set(dimensions) == set(METRICS[name].dimensions)
    given = [
        {"Name": dimension, "Value": dimensions[dimension]} for dimension in sorted(dimensions)
    ]
    at.client("cloudwatch").put_metric_data(
        Namespace=NAMESPACE, MetricData=[{"MetricName": name, "Dimensions": given, "Value": 1}]
    )


def test_an_alarm_counts_as_many_as_the_metrics_that_it_looks_at(stack: Stack) -> None:
    looking = {"EvaluationPeriods": 1, "Threshold": 0, "ComparisonOperator": "GreaterThanThreshold"}
    client = stack.client("cloudwatch")
    one = {"Namespace": "AWS/SQS", "MetricName": "M", "Statistic": "Sum", "Period": 60}
    client.put_metric_alarm(AlarmName="one", **one, **looking)
    metric = {"Namespace": "AWS/States", "MetricName": "ExecutionsFailed"}
    of_it = {"Metric": metric, "Period": 300, "Stat": "Sum"}
    client.put_metric_alarm(
        AlarmName="two",
        Metrics=[
            {"Id": "sum", "Expression": "SUM(METRICS())", "ReturnData": True},
            {"Id": "a", "MetricStat": of_it, "ReturnData": False},
            {"Id": "b", "MetricStat": of_it, "ReturnData": False},
        ],
        **looking,
    )
    client.put_metric_alarm(AlarmName="somebody else's", **one, **looking)

    assert watching(stack, ["one", "two"]).alarm_metrics == 3


def test_metrics_are_this_stacks_and_are_spelled_as_in_log_lines(stack: Stack) -> None:
    put(stack, "ReviewQueue", stack="darkroom")
    put(stack, "ReviewQueue", stack="another")
    put(stack, "Images", stack="darkroom", status="FAILED", recipe="default")

    assert watching(stack, []).metrics == {
        (NAMESPACE, "ReviewQueue", "darkroom"),
        (NAMESPACE, "Images", "darkroom", "FAILED", "default"),
    }


def test_a_stack_without_alarms_has_none(stack: Stack) -> None:
    """And not those of the whole account, which no name would ask for."""
    looking = {"EvaluationPeriods": 1, "Threshold": 0, "ComparisonOperator": "GreaterThanThreshold"}
    stack.client("cloudwatch").put_metric_alarm(
        AlarmName="other", Namespace="N", MetricName="M", Statistic="Sum", Period=60, **looking
    )
    assert watching(stack, []) == Watching()
