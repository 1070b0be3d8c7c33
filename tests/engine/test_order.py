"""Events that come twice, late or out of order, and uploads that go while they are worked on."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from cli import records
from darkroom import statuses
from tests.conftest import Darkroom, wait_for
from tests.engine.conftest import Freeze, small

pytestmark = pytest.mark.engine


def test_of_five_events_at_once_one_runs(darkroom: Darkroom) -> None:
    messages = darkroom.listen("OutcomeTopicArn")
    image = "order/five.jpg"
    darkroom.run(image, small(image))
    [first] = darkroom.executions(image)
    [record] = records.versions(darkroom.stack, image)
    key = {name: {"S": record[name]} for name in ("image", "version")}
    darkroom.stack.dynamodb.delete_item(TableName=darkroom.stack.outputs["ImagesTable"], Key=key)

    with ThreadPoolExecutor(5) as senders:
        for _ in range(5):
            senders.submit(
                darkroom.stepfunctions.start_execution,
                stateMachineArn=darkroom.stack.outputs["PipelineArn"],
                input=first["input"],
            )

    def ended() -> bool:
        runs = darkroom.executions(image)
        return len(runs) == 6 and all(run["status"] == "SUCCEEDED" for run in runs)

    wait_for(ended, lambda: str(darkroom.executions(image)))
    darkroom.wait(image, statuses.PUBLISHED)
    assert [one["image"] for one in messages()].count(image) == 2, "the first, and one of five"


def test_an_older_version_that_ends_late_does_not_replace_the_newer_manifest(
    darkroom: Darkroom, freeze: Freeze
) -> None:
    messages = darkroom.listen("OutcomeTopicArn")
    image = "order/late.jpg"
    publishing = freeze("PublishFunction")
    darkroom.upload(image, small("older"))
    publishing.hold_at_work()
    [older] = records.versions(darkroom.stack, image)
    darkroom.upload(image, small("newer"))
    newer = darkroom.wait(image, statuses.PUBLISHED)
    assert newer["version"] != older["version"]

    publishing.thaw()

    late = darkroom.wait(image, *statuses.ENDED, version=older["version"])
    assert (late["status"], late["superseded_by"]) == (statuses.PUBLISHED, newer["version"])
    assert darkroom.manifest(image)["version"] == newer["version"]
    wait_for(lambda: len(messages()) == 2, lambda: str(messages()))


@pytest.mark.parametrize("code", ["deleted", "replaced"])
def test_an_upload_that_goes_after_validate_is_invalid(
    darkroom: Darkroom, freeze: Freeze, code: str
) -> None:
    messages = darkroom.listen("OutcomeTopicArn")
    image = f"order/{code}.jpg"
    steps = [freeze("ResizeFunction"), freeze("FilterFunction")]
    darkroom.upload(image, small(image))
    for workers in steps:
        workers.hold_at_work()
    [before] = records.versions(darkroom.stack, image)

    if code == "deleted":
        darkroom.stack.s3.delete_object(
            Bucket=darkroom.stack.outputs["UploadBucket"], Key=f"raw/{image}"
        )
    else:
        darkroom.upload(image, small("another"))
    for workers in steps:
        workers.thaw()

    record = darkroom.wait(image, *statuses.ENDED, version=before["version"])
    assert (record["status"], record["reason"]["code"]) == (statuses.INVALID, code)
    ends = wait_for(
        lambda: [one for one in messages() if one["version"] == before["version"]],
        lambda: str(messages()),
    )
    assert [one["status"] for one in ends] == [statuses.INVALID]
    if code == "replaced":
        darkroom.wait(image, statuses.PUBLISHED)
    else:
        assert darkroom.keys("PublishedBucket", f"{image}/") == []


def test_the_event_of_an_older_upload_that_comes_last_is_answered_and_publishes_nothing(
    darkroom: Darkroom,
) -> None:
    image = "order/last.jpg"
    older = darkroom.run(image, small("one"))
    [first] = darkroom.executions(image)
    darkroom.upload(image, small("two"))
    newer = wait_for(
        lambda: next(
            (
                one
                for one in records.versions(darkroom.stack, image)
                if one["version"] != older["version"] and one["status"] == statuses.PUBLISHED
            ),
            None,
        ),
        lambda: "the newer one is not published",
    )
    key = {name: {"S": older[name]} for name in ("image", "version")}
    darkroom.stack.dynamodb.delete_item(TableName=darkroom.stack.outputs["ImagesTable"], Key=key)

    darkroom.stepfunctions.start_execution(
        stateMachineArn=darkroom.stack.outputs["PipelineArn"],
        input=json.dumps(json.loads(first["input"])),
    )

    late = darkroom.wait(image, *statuses.ENDED, version=older["version"])
    assert (late["status"], late["reason"]["code"]) == (statuses.INVALID, "replaced")
    assert darkroom.manifest(image)["version"] == newer["version"]
