"""`darkroom rerun`: what failed is processed again."""

from __future__ import annotations

import json

import pytest

from cli import records
from darkroom import statuses
from tests.conftest import Darkroom
from tests.engine.breaking import calling_nobody
from tests.engine.conftest import Operator, decide, small

pytestmark = pytest.mark.engine


def fail(darkroom: Darkroom, *images: str) -> None:
    """Each is uploaded, and its run breaks."""
    with calling_nobody(darkroom, "PipelineArn", "Process"):
        for image in images:
            darkroom.upload(image, small(image))
        for image in images:
            darkroom.wait(image, statuses.FAILED)


def test_everything_that_failed_runs_again_but_for_versions_that_were_replaced(
    darkroom: Darkroom, operator: Operator
) -> None:
    fail(darkroom, "all/replaced.jpg")
    [replaced] = records.versions(darkroom.stack, "all/replaced.jpg")
    darkroom.upload("all/replaced.jpg", small("newer"))
    assert darkroom.wait("all/replaced.jpg", statuses.PUBLISHED) != replaced
    fail(darkroom, "all/one.jpg", "all/forbidden.jpg", "all/ü <b>.jpg")
    darkroom.stack.s3.delete_object(
        Bucket=darkroom.stack.outputs["UploadBucket"], Key="raw/all/one.jpg"
    )

    ended = json.loads(operator("rerun", "--failed", "--json").output)

    # Other tests may have left some of theirs.
    became = {
        record["image"]: record["status"] for record in ended if record["image"][:4] == "all/"
    }
    assert became == {
        "all/one.jpg": statuses.INVALID,
        "all/forbidden.jpg": statuses.IN_REVIEW,
        "all/ü <b>.jpg": statuses.PUBLISHED,
    }
    assert darkroom.wait("all/one.jpg", statuses.INVALID)["reason"]["code"] == "deleted"
    old, new = records.versions(darkroom.stack, "all/replaced.jpg")
    assert (old["status"], new["status"]) == (statuses.FAILED, statuses.PUBLISHED)
    assert "Nothing is FAILED" in operator("rerun", "--failed").output
    said = operator("rerun", "all/replaced.jpg", fails=True).output
    assert "is PUBLISHED" in said and f"Version {old['version']} is FAILED: --version" in said
    operator("rerun", "all/replaced.jpg", "--version", old["version"])
    [gone] = [one for one in records.versions(darkroom.stack, "all/replaced.jpg") if one != new]
    assert (gone["status"], gone["reason"]["code"]) == (statuses.INVALID, "replaced")
    decide(darkroom, "all/forbidden.jpg", "reject")


def test_what_fails_again_is_said_with_an_exit_code(darkroom: Darkroom, operator: Operator) -> None:
    fail(darkroom, "again/a.jpg")

    with calling_nobody(darkroom, "PipelineArn", "Record"):
        said = operator("rerun", "again/a.jpg", fails=True).output

    assert "1 of 1 FAILED again: `darkroom status again/a.jpg` shows why." in said
    assert darkroom.wait("again/a.jpg", statuses.FAILED)["error"]["step"] == "Record"
    operator("rerun", "again/a.jpg")


def test_what_was_forced_asks_its_reviewers_again(darkroom: Darkroom, operator: Operator) -> None:
    image = "forced/forbidden.jpg"
    darkroom.run(image, small(image))
    waiting = operator("rerun", image, fails=True).output
    assert "is IN_REVIEW" in waiting and "darkroom reconcile" in waiting and "--force" in waiting
    decide(darkroom, image, "approve")
    before = darkroom.wait(image, statuses.PUBLISHED)

    assert "--force" in operator("rerun", image, fails=True).output
    assert statuses.IN_REVIEW in operator("rerun", image, "--force").output

    [record] = records.versions(darkroom.stack, image)
    assert record["review"].keys() == {"requested_at", "deadline_at"}
    assert record["execution"] != before["execution"]
    decide(darkroom, image, "approve")
    darkroom.wait(image, statuses.PUBLISHED)


def test_a_reopened_version_stays_reopened_and_keeps_its_name(
    darkroom: Darkroom, operator: Operator
) -> None:
    image = "again/reopened.jpg"
    before = darkroom.run(image, small(image))
    with calling_nobody(darkroom, "PipelineArn", "Process"):
        operator("reopen", image, "--as", "Ann", "--reason", "why not", fails=True)
    assert darkroom.wait(image, statuses.FAILED)["error"]["step"] == "Process"

    operator("rerun", image)

    [record] = records.versions(darkroom.stack, image)
    assert (record["status"], record["version"]) == (statuses.IN_REVIEW, before["version"])
    assert [flag["rule"] for flag in record["flags"]] == ["reopened"]
    assert darkroom.keys("PublishedBucket", f"{image}/") == []
    decide(darkroom, image, "approve")
    darkroom.wait(image, statuses.PUBLISHED)
