"""Metrics as they come to be: the queue measured, failures counted, and each line of an image."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cli import records
from darkroom import statuses
from darkroom.metrics import METRICS, NAMESPACE
from tests.conftest import Darkroom, wait_for
from tests.engine.breaking import physical, without_settings
from tests.engine.conftest import Operator, decide, small
from tests.statemachine.definitions import FUNCTIONS

pytestmark = pytest.mark.engine


def points(
    darkroom: Darkroom, metric: str, since: datetime | None = None, **dimensions: str
) -> list[dict[str, Any]]:
    """What CloudWatch has of a metric of the stack; by default since yesterday."""
    given = {"stack": darkroom.stack.name, **dimensions}
    now = datetime.now(UTC)
    found = darkroom.stack.client("cloudwatch").get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": given[name]} for name in METRICS[metric].dimensions],
        StartTime=since or now - timedelta(days=1),
        EndTime=now + timedelta(minutes=1),
        Period=86_400,
        Statistics=["Maximum", "Sum", "SampleCount"],
    )
    return list(found["Datapoints"])


def total(darkroom: Darkroom, metric: str, **dimensions: str) -> float:
    return sum(point["Sum"] for point in points(darkroom, metric, **dimensions))


def measured(darkroom: Darkroom) -> tuple[float, float]:
    """How many wait, and for how long the oldest, by a measurement of now."""
    began = datetime.now(UTC)
    darkroom.stepfunctions.start_execution(stateMachineArn=physical(darkroom, "Measure"))
    [oldest] = wait_for(
        lambda: points(darkroom, "OldestReviewSeconds", began), lambda: "nothing was measured"
    )
    [queue] = points(darkroom, "ReviewQueue", began)
    return queue["Maximum"], oldest["Maximum"]


def lines(darkroom: Darkroom, image: str) -> list[dict[str, Any]]:
    """All that the functions logged of an image, in the order of time."""
    logs = darkroom.stack.client("logs")
    found = []
    for name in FUNCTIONS:
        group = physical(darkroom, name.replace("Function", "LogGroup"))
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group):
            for event in page["events"]:
                if f'"image":{json.dumps(image)}' in event["message"]:
                    line = json.loads(event["message"])
                    if line.get("image") == image:
                        found.append((event["timestamp"], line))
    return [line for _, line in sorted(found, key=lambda one: one[0])]


def test_the_queue_is_measured_and_what_was_replaced_makes_nobody_late(desk: Darkroom) -> None:
    replaced = "measured/forbidden, replaced.jpg"
    desk.run(replaced, small("first"))
    waiting, before = measured(desk)
    desk.upload(replaced, small("second"))
    wait_for(
        lambda: (
            len(records.versions(desk.stack, replaced)) == 2
            and desk.wait(replaced, statuses.IN_REVIEW)
        ),
        lambda: "the second was not processed",
    )

    now_waiting, oldest = measured(desk)

    assert now_waiting >= waiting + 1
    open_now = [one["review"]["requested_at"] for one in records.in_review(desk.stack)]
    waited = datetime.now(UTC) - datetime.fromisoformat(min(open_now))
    assert 0 < oldest <= waited.total_seconds()
    assert before > 0


def test_a_failure_is_counted_once_by_the_run_or_by_what_settles_it(
    darkroom: Darkroom, operator: Operator
) -> None:
    image, failed = "counted/failure.jpg", {"status": statuses.FAILED, "recipe": "unknown"}
    before = total(darkroom, "Images", **failed)

    with without_settings(darkroom, "ValidateFunction"):
        darkroom.run(image, small(image))
        wait_for(
            lambda: total(darkroom, "Images", **failed) == before + 1, lambda: "nothing was counted"
        )
    operator("rerun", image)

    known = failed | {"recipe": "default"}
    others = total(darkroom, "Images", **known)
    stopped = "counted/forbidden.jpg"
    darkroom.run(stopped, small(stopped))
    [execution] = darkroom.executions(stopped)
    darkroom.stepfunctions.stop_execution(executionArn=execution["executionArn"])
    darkroom.wait(stopped, statuses.FAILED)
    wait_for(
        lambda: total(darkroom, "Images", **known) == others + 1, lambda: "nothing was counted"
    )
    assert total(darkroom, "Images", **failed) == before + 1


def test_each_line_of_an_image_names_it_and_its_run_and_each_end_is_counted(
    darkroom: Darkroom, operator: Operator
) -> None:
    image = "story/forbidden.jpg"
    record = darkroom.run(image, small(image))
    decide(darkroom, image, "approve")
    darkroom.wait(image, statuses.PUBLISHED)
    operator("retract", image, "--reason", "a test", "--yes")

    story = wait_for(
        lambda: (
            found
            if (found := lines(darkroom, image)) and found[-1]["message"] == "withdrawn"
            else None
        ),
        lambda: str(lines(darkroom, image)),
    )

    assert {line["version"] for line in story} == {record["version"]}
    executions = [line["execution"] for line in story]
    withdrawals = [one for one in executions if ":darkroom-withdraw:" in one]
    assert set(executions) - set(withdrawals) == {record["execution"]}
    assert [line["message"] for line in story if line["execution"] in withdrawals] == ["withdrawn"]
    said = [line["message"] for line in story]
    assert (said[0], said[-3:]) == ("accepted", ["decided", "published", "withdrawn"])
    ends = [(line["status"], line["recipe"]) for line in story if "Images" in line]
    assert ends == [
        (status, "default")
        for status in (statuses.IN_REVIEW, statuses.PUBLISHED, statuses.RETRACTED)
    ]
    [took] = [line["ReviewSeconds"] for line in story if "ReviewSeconds" in line]
    assert 0 <= took < 600
    assert {line["stack"] for line in story if "_aws" in line} == {"darkroom"}


def test_the_dashboard_is_there_with_what_the_stack_is_called(darkroom: Darkroom) -> None:
    client = darkroom.stack.client("cloudwatch")
    body = json.loads(client.get_dashboard(DashboardName="darkroom")["DashboardBody"])
    named = json.dumps(body)
    assert physical(darkroom, "ValidateFunction") in named
    assert darkroom.stack.outputs["PipelineArn"] in named
    assert "${" not in named
