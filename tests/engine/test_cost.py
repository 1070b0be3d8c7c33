"""`darkroom cost`: what really ran, priced."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from darkroom import statuses
from tests.conftest import Darkroom
from tests.engine.conftest import Operator, decide, small

pytestmark = pytest.mark.engine


def bill(operator: Operator, *images: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(operator("cost", "--json", *images).output)
    return found


def each(found: dict[str, Any]) -> dict[str, float]:
    return {item["name"]: item["each"] for item in found["items"]}


def test_what_a_clean_picture_used_is_what_is_there_of_it(
    darkroom: Darkroom, operator: Operator
) -> None:
    image = darkroom.upload("cost/clean.jpg", small("cost"))
    record = darkroom.wait(image, statuses.PUBLISHED)
    variants = darkroom.manifest(image)["variants"]
    published = darkroom.keys("PublishedBucket", f"{image}/")

    found = bill(operator, image)

    used = each(found)
    history = darkroom.stepfunctions.get_execution_history(executionArn=record["execution"])
    entered = [one for one in history["events"] if one["type"].endswith("StateEntered")]
    assert (found["images"], found["runs"]) == (1, 1)
    assert used["Standard transitions"] == len(entered)
    # One batch of renditions and one of filtered versions.
    assert used["S3 PUT, COPY, LIST"] == 2 + len(published)
    assert darkroom.keys("WorkBucket", f"masters/{image}/") == []
    assert used["EventBridge events of S3"] == used["S3 PUT of the upload"] == 1
    # Validate, Resize, Filter, Publish.
    assert used["Lambda requests"] == 4 + len(variants)
    assert used["SNS messages"] == 1
    assert found["dollars_per_million"] > 0
    assert not [note for note in found["notes"] if "invocations" in note]


def test_functions_have_the_memory_that_they_are_deployed_with(
    darkroom: Darkroom, operator: Operator
) -> None:
    image = darkroom.upload("cost/memory.jpg", small("memory"))
    darkroom.wait(image, statuses.PUBLISHED)
    client = darkroom.stack.client("lambda")
    deployed = {
        one["FunctionName"]: one["MemorySize"]
        for page in client.get_paginator("list_functions").paginate()
        for one in page["Functions"]
        if one["FunctionName"].startswith(f"{darkroom.stack.name}-")
    }

    memory = {one["step"]: one["memory_mb"] for one in bill(operator, image)["functions"]}

    assert set(memory) == {"validate", "resize", "filter", "optimize", "publish"}
    for step, mb in memory.items():
        assert [mb] == [
            size for name, size in deployed.items() if f"-{step.title()}Function-" in name
        ]


def test_a_review_is_part_of_what_a_picture_costs(darkroom: Darkroom, operator: Operator) -> None:
    clean = darkroom.upload("cost/unflagged.jpg", small("unflagged"))
    darkroom.wait(clean, statuses.PUBLISHED)
    image = darkroom.upload("cost/forbidden.jpg", small("review"))
    decide(darkroom, image, "approve")
    darkroom.wait(image, statuses.PUBLISHED)
    files = [key for key in darkroom.keys("PublishedBucket", f"{image}/") if "manifest" not in key]

    found = bill(operator, image)

    used = each(found)
    # The reminder waits, and has done so from its first state on.
    assert found["runs"] == 2
    assert used["SNS messages"] == 2
    assert used["S3 PUT, COPY, LIST"] == 2 * len(files) + 2 + 1
    assert used["DynamoDB writes"] > each(bill(operator, clean))["DynamoDB writes"]


def test_everything_that_ran_is_the_sum_of_all_images(
    darkroom: Darkroom, operator: Operator
) -> None:
    for name in ("cost/one.jpg", "cost/two.jpg"):
        darkroom.wait(darkroom.upload(name, small(name)), statuses.PUBLISHED)

    both, whole = bill(operator, "cost/one.jpg", "cost/two.jpg"), bill(operator)

    assert both["images"] == 2
    assert whole["images"] >= both["images"]
    assert (
        each(both)["Standard transitions"]
        == each(bill(operator, "cost/one.jpg"))["Standard transitions"]
    )
    assert Counter(item["known"] for item in both["items"])["measured locally"] >= 3


def test_a_person_gets_a_table_with_its_total_and_what_it_rests_on(
    darkroom: Darkroom, operator: Operator
) -> None:
    image = darkroom.upload("cost/[bold]shown.jpg", small("shown"))
    darkroom.wait(image, statuses.PUBLISHED)

    text = operator("cost", image).output

    for words in ("Total", "The three largest", "In one Standard workflow", "us-east-1"):
        assert words in text
    assert "free tiers left out" in text and "Measured locally" in text


def test_an_image_that_nobody_knows_is_an_error(operator: Operator) -> None:
    assert (
        "No record of 'cost/nobody.jpg'" in operator("cost", "cost/nobody.jpg", fails=True).output
    )
