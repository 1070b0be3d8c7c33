"""A function's process that dies at its work: on AWS out of memory, or with its host."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from cli import records
from darkroom import statuses
from tests.conftest import Darkroom, wait_for
from tests.engine.conftest import Freeze, decide, small

pytestmark = pytest.mark.engine


def assert_published_once(
    darkroom: Darkroom, image: str, messages: list[dict[str, object]]
) -> None:
    [record] = records.versions(darkroom.stack, image)
    assert record["status"] == statuses.PUBLISHED
    assert [one["status"] for one in messages if one["image"] == image] == [statuses.PUBLISHED]
    [execution] = darkroom.executions(image)
    assert execution["status"] == "SUCCEEDED"
    manifest = darkroom.manifest(image)
    assert manifest["version"] == record["version"]
    listed = {file["key"]: file for variant in manifest["variants"] for file in variant["files"]}
    assert set(darkroom.keys("PublishedBucket", f"{image}/")) == {
        *listed,
        f"{image}/manifest.json",
    }
    for key, file in listed.items():
        data = darkroom.read(darkroom.stack.outputs["PublishedBucket"], key)
        assert len(data) == file["bytes"]
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()


def deaths(darkroom: Darkroom, image: str) -> list[str]:
    """In which states of its own the image's run met a process that died."""
    [execution] = darkroom.executions(image)
    pages = darkroom.stepfunctions.get_paginator("get_execution_history").paginate(
        executionArn=execution["executionArn"]
    )
    found, state = [], ""
    for event in (event for page in pages for event in page["events"]):
        state = event.get("stateEnteredEventDetails", {}).get("name", state)
        if event.get("taskFailedEventDetails", {}).get("error") == "Runtime.ExitError":
            found.append(state)
    return found


def test_a_worker_killed_at_each_step_still_ends_in_published(
    darkroom: Darkroom, freeze: Freeze
) -> None:
    messages = darkroom.listen("OutcomeTopicArn")
    image = "killed/clean.jpg"
    frozen = [
        freeze(f"{step}Function")
        for step in ("Validate", "Resize", "Filter", "Optimize", "Publish")
    ]

    darkroom.upload(image, small(image))
    for workers in frozen:
        workers.kill_at_work()

    darkroom.wait(image, *statuses.ENDED)
    wait_for(messages, lambda: "no outcome message")
    assert deaths(darkroom, image) == []  # the Express workflow retried them all
    assert_published_once(darkroom, image, messages())


def test_a_worker_killed_while_asking_and_after_the_answer_still_ends_in_published(
    darkroom: Darkroom, freeze: Freeze
) -> None:
    messages, requests = darkroom.listen("OutcomeTopicArn"), darkroom.listen("ReviewTopicArn")
    image = "killed/forbidden.jpg"
    asking, publishing = freeze("ReviewFunction"), freeze("PublishFunction")

    darkroom.upload(image, small(image))
    asking.kill_at_work()
    decide(darkroom, image, "approve")
    publishing.kill_at_work()

    darkroom.wait(image, *statuses.ENDED)
    wait_for(messages, lambda: "no outcome message")
    assert deaths(darkroom, image) == ["Request", "Publish"]
    assert_published_once(darkroom, image, messages())
    assert len([one for one in requests() if image in one["text"]]) == 1
    assert darkroom.keys("WorkBucket", f"waiting/{image}") == []
