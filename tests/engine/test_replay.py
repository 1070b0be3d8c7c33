"""`darkroom replay`. The engine delivers no dead letters: they are put here as EventBridge does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cli import records
from darkroom import statuses
from tests.conftest import Darkroom, wait_for
from tests.engine.breaking import physical
from tests.engine.conftest import Operator, small

pytestmark = pytest.mark.engine

NO_PERMISSIONS = {"ERROR_CODE": "NO_PERMISSIONS", "ERROR_MESSAGE": "not <b>authorized</b>"}


def send(darkroom: Darkroom, body: str, **attributes: str) -> None:
    darkroom.stack.client("sqs").send_message(
        QueueUrl=darkroom.stack.outputs["DeadLetterQueueUrl"],
        MessageBody=body,
        MessageAttributes={
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
        },
    )


def event_of(darkroom: Darkroom, image: str) -> dict[str, Any]:
    """What S3 said of an upload."""
    [execution] = darkroom.executions(image)
    event: dict[str, Any] = json.loads(execution["input"])
    return event


def letters(darkroom: Darkroom) -> list[str]:
    """What is in the queue; it is emptied."""
    sqs, url = darkroom.stack.client("sqs"), darkroom.stack.outputs["DeadLetterQueueUrl"]
    found = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def test_an_upload_whose_event_was_not_delivered_is_processed_once(
    darkroom: Darkroom, operator: Operator
) -> None:
    image = "dead/ü <b>.jpg"
    messages = darkroom.listen("OutcomeTopicArn")
    darkroom.run(image, small(image))
    event = event_of(darkroom, image)
    [record] = records.versions(darkroom.stack, image)
    key = {name: {"S": record[name]} for name in ("image", "version")}
    darkroom.stack.dynamodb.delete_item(TableName=darkroom.stack.outputs["ImagesTable"], Key=key)
    pipeline = darkroom.stack.outputs["PipelineArn"]
    for _ in range(2):
        send(darkroom, json.dumps(event), TARGET_ARN=pipeline, **NO_PERMISSIONS)
    send(darkroom, json.dumps(event))

    said = operator("replay").output

    assert said.count(image) == 3
    assert said.count("NO_PERMISSIONS: not <b>authorized</b>") == 2
    assert letters(darkroom) == []
    darkroom.wait(image, statuses.PUBLISHED)
    wait_for(
        lambda: all(one["status"] == "SUCCEEDED" for one in darkroom.executions(image)),
        lambda: str(darkroom.executions(image)),
    )
    assert len(darkroom.executions(image)) == 4
    assert [one["status"] for one in messages() if one["image"] == image] == [
        *(statuses.PUBLISHED, statuses.PUBLISHED)
    ]
    assert "There are no dead letters" in operator("replay").output


def test_the_end_of_a_run_that_was_not_delivered_is_settled(
    darkroom: Darkroom, operator: Operator
) -> None:
    image = "dead/ended.jpg"
    record = darkroom.run(image, small(image))
    darkroom.stack.dynamodb.update_item(
        TableName=darkroom.stack.outputs["ImagesTable"],
        Key={name: {"S": record[name]} for name in ("image", "version")},
        UpdateExpression="SET #status = :processing",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":processing": {"S": statuses.PROCESSING}},
    )
    execution = darkroom.stepfunctions.describe_execution(executionArn=record["execution"])
    detail = {name: execution[name] for name in ("executionArn", "stateMachineArn", "input")}
    event = {"source": "aws.states", "detail": detail | {"status": "TIMED_OUT"}}
    send(darkroom, json.dumps(event), TARGET_ARN=physical(darkroom, "Settle"), **NO_PERMISSIONS)

    [told] = json.loads(operator("replay", "--json").output)

    assert told["image"] == image
    assert darkroom.wait(image, statuses.FAILED)["error"]["error"] == "TIMED_OUT"


def test_what_nothing_is_started_by_stays_and_is_named(
    darkroom: Darkroom, operator: Operator
) -> None:
    image = "dead/other.jpg"
    darkroom.run(image, small(image))
    event = event_of(darkroom, image)
    elsewhere = {"bucket": {"name": "another"}, "object": event["detail"]["object"]}
    strange = [
        "no JSON",
        '"text"',
        "{}",
        json.dumps(event | {"detail": elsewhere}),
        json.dumps({"detail": {"bucket": event["detail"]["bucket"], "object": {"key": "raw/x"}}}),
        json.dumps({"detail": {"bucket": event["detail"]["bucket"], "object": {"key": "x"}}}),
    ]
    for body in strange:
        send(darkroom, body, TARGET_ARN=darkroom.stack.outputs["PipelineArn"])
    send(darkroom, json.dumps(event), TARGET_ARN="arn:aws:lambda:us-east-1:1:function:other")

    said = operator("replay", fails=True).output

    assert said.count("left ") == 7
    assert "expected an event as JSON, got other text" in said
    assert "for TARGET_ARN, got arn:aws:lambda:us-east-1:1:function:other" in said
    assert "7 stay in the queue" in said
    assert sorted(letters(darkroom)) == sorted([*strange, json.dumps(event)])
    assert len(darkroom.executions(image)) == 1
