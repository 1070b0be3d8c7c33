"""Runs that could not have the last word themselves. The engine sends their events as AWS does."""

from __future__ import annotations

import json

import pytest

from cli import records
from darkroom import statuses
from tests.conftest import Darkroom, wait_for
from tests.engine.breaking import physical
from tests.engine.conftest import Freeze, Operator, decide, small

pytestmark = pytest.mark.engine


def stop(darkroom: Darkroom, image: str) -> str:
    """As an operator would in the console; the execution's ARN."""
    [execution] = darkroom.executions(image)
    darkroom.stepfunctions.stop_execution(executionArn=execution["executionArn"])
    return str(execution["executionArn"])


def settled(darkroom: Darkroom, execution: str) -> None:
    """Wait until the execution of `settle` that was started for another has ended."""
    client = darkroom.stepfunctions

    def reached() -> bool:
        pages = client.get_paginator("list_executions").paginate(
            stateMachineArn=physical(darkroom, "Settle"), statusFilter="SUCCEEDED"
        )
        inputs = (
            client.describe_execution(executionArn=one["executionArn"])["input"]
            for page in pages
            for one in page["executions"]
        )
        return any(json.loads(text)["detail"]["executionArn"] == execution for text in inputs)

    wait_for(reached, lambda: f"{execution} was not settled")


def test_a_run_that_is_aborted_while_it_waits_is_failed_and_told_once(
    darkroom: Darkroom, operator: Operator
) -> None:
    messages = darkroom.listen("OutcomeTopicArn")
    image = "aborted/forbidden.jpg"
    before = darkroom.run(image, small(image))

    settled(darkroom, stop(darkroom, image))

    record = darkroom.wait(image, statuses.FAILED)
    assert record["error"] == {
        "step": "pipeline",
        "error": "ABORTED",
        "cause": "the execution ended ABORTED",
    }
    assert image not in [one["image"] for one in records.in_review(darkroom.stack)]
    [message] = wait_for(messages, lambda: "no outcome message")
    assert (message["image"], message["status"]) == (image, statuses.FAILED)
    assert message["flags"] == before["flags"]
    assert statuses.IN_REVIEW in operator("rerun", image).output
    decide(darkroom, image, "approve")
    darkroom.wait(image, statuses.PUBLISHED)


def test_a_run_that_is_aborted_at_work_is_failed_and_what_it_made_since_counts_no_more(
    darkroom: Darkroom, operator: Operator, freeze: Freeze
) -> None:
    messages = darkroom.listen("OutcomeTopicArn")
    image = "aborted/at work.jpg"
    publishing = freeze("PublishFunction")
    darkroom.upload(image, small(image))
    publishing.hold_at_work()

    settled(darkroom, stop(darkroom, image))
    publishing.thaw()

    assert darkroom.wait(image, statuses.FAILED)["error"]["error"] == "ABORTED"
    operator("rerun", image)
    assert (
        darkroom.manifest(image)["version"] == darkroom.wait(image, statuses.PUBLISHED)["version"]
    )
    wait_for(lambda: len(messages()) == 2, lambda: str(messages()))
    assert [one["status"] for one in messages()] == [statuses.FAILED, statuses.PUBLISHED]


def test_a_run_that_had_its_last_word_is_left_as_it_is(darkroom: Darkroom) -> None:
    image = "aborted/afterwards.jpg"
    record = darkroom.run(image, small(image))
    messages = darkroom.listen("OutcomeTopicArn")
    execution = darkroom.stepfunctions.describe_execution(executionArn=record["execution"])
    detail = {name: execution[name] for name in ("executionArn", "stateMachineArn", "input")}
    event = {"detail": detail | {"status": "ABORTED", "error": None, "cause": None}}

    darkroom.stepfunctions.start_execution(
        stateMachineArn=physical(darkroom, "Settle"), input=json.dumps(event)
    )
    settled(darkroom, record["execution"])

    assert darkroom.wait(image, statuses.PUBLISHED) == record
    assert messages() == []
