"""`backfill`: each child walked through, and what its Distributed Map asks for."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from cli.backfilling import UNCLAIMED
from darkroom import statuses
from darkroom.keys import RAW_PREFIX, image_of
from tests.statemachine.definitions import (
    BACKFILL,
    BUCKETS,
    PARAMETERS,
    RESOURCES,
    grants,
    statements,
)
from tests.statemachine.test_expressions import PIPELINE, handed
from tests.statemachine.walk import CONTEXT, Failure, Json, Walk, fill

MAP = BACKFILL.state("Backfill")
ITEM = {"Key": "raw/trip/a b+ü.jpg", "Etag": '"d41d8cd98f00b204e9800998ecf8427e"', "Size": 5}
STARTED = "arn:aws:states:us-east-1:123456789012:execution:darkroom-pipeline:started"
ERROR = {"step": {"S": "Optimize"}, "cause": {"S": "boom"}, "error": {"S": "E"}}


def seen(status: str | None, execution: str = "another") -> Json:
    """What Look finds; None: no record."""
    if status is None:
        return {}
    item: Json = {"status": {"S": status}, "execution": {"S": execution}}
    return {"Item": item | ({"error": {"M": ERROR}} if status == statuses.FAILED else {})}


def child(*records: Json, item: Json | None = None) -> tuple[Walk, Any]:
    """A walk through a child that finds these records one after the other, the last for good."""
    left = list(records)

    def services(name: str, arguments: Any) -> Any:
        if name == "Start":
            return {"ExecutionArn": STARTED}
        return left.pop(0) if len(left) > 1 else left[0]

    walk = Walk(services, CONTEXT)
    return walk, walk.run(MAP["ItemProcessor"], item or ITEM)


PROCESSING = seen(statuses.PROCESSING, STARTED)


def test_an_upload_is_named_as_the_pipeline_names_it() -> None:
    walk, line = child(seen(statuses.PUBLISHED))
    etag = ITEM["Etag"].strip('"')
    event = {
        "detail": {"bucket": {"name": "uploads"}, "object": {"key": ITEM["Key"], "etag": etag}}
    }
    upload = handed(event)
    assert (line["image"], line["version"]) == (upload["image"], upload["version"])
    assert walk.called("Look")["Key"] == {
        "image": {"S": upload["image"]},
        "version": {"S": upload["version"]},
    }
    assert image_of(ITEM["Key"]) == line["image"]


def test_an_upload_without_a_name_has_one_that_dynamodb_takes() -> None:
    assert child(seen(statuses.INVALID), item={**ITEM, "Key": "raw/"})[1]["image"] == "/"


def test_the_version_is_of_the_recipes_as_they_are() -> None:
    text = f"{ITEM['Etag'].strip(chr(34))}/{PARAMETERS['RecipeRevision']['Default']}"
    assert (
        child(seen(None), PROCESSING, seen(statuses.PUBLISHED))[1]["version"]
        == (hashlib.sha256(text.encode()).hexdigest()[:16])
    )


@pytest.mark.parametrize(
    "status", sorted({*statuses.ENDED, statuses.IN_REVIEW} - {statuses.FAILED})
)
def test_what_is_done_is_left_alone(status: str) -> None:
    walk, line = child(seen(status))
    assert walk.path == ["Upload", "Look", "Progress", "Done"]
    assert (line["status"], line["started"]) == (status, False)


@pytest.mark.parametrize("before", [None, statuses.FAILED])
def test_what_is_missing_or_failed_goes_through_the_pipeline(before: str | None) -> None:
    walk, line = child(seen(before), PROCESSING, PROCESSING, seen(statuses.IN_REVIEW, STARTED))
    looking = ["Look", "Progress"]
    assert walk.path == [
        *("Upload", *looking, "Start", "Pause", *looking, "Pause", *looking, "Pause"),
        *(*looking, "Done"),
    ]
    assert (line["status"], line["started"]) == (statuses.IN_REVIEW, True)


def test_the_pipeline_can_read_what_it_is_started_with() -> None:
    walk, _ = child(seen(None), seen(statuses.PUBLISHED))
    started = walk.called("Start")
    assert started["StateMachineArn"] == "Pipeline"
    assert handed(started["Input"])["image"] == image_of(ITEM["Key"])
    assert PIPELINE.name == "Pipeline"


def test_an_old_failure_is_waited_out_until_the_new_run_has_the_record() -> None:
    old = seen(statuses.FAILED, "before")
    assert child(old, old, old, seen(statuses.PUBLISHED, STARTED))[1]["status"] == (
        statuses.PUBLISHED
    )


def test_what_fails_again_is_a_failure_and_says_where_and_why() -> None:
    with pytest.raises(Failure) as failed:
        child(seen(None), PROCESSING, seen(statuses.FAILED, STARTED))
    assert failed.value.output["Cause"] == f"{image_of(ITEM['Key'])}: Optimize: boom"


@pytest.mark.parametrize("record", [seen(None), PROCESSING], ids=["unclaimed", "at work"])
def test_what_takes_long_is_not_waited_for_longer_than_a_child_may_run(record: Json) -> None:
    """Five minutes: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""
    walk, line = child(seen(None), record)
    looks = walk.path.count("Look")
    waits = walk.path.count("Pause") * MAP["ItemProcessor"]["States"]["Pause"]["Seconds"]
    assert looks == 100 and waits + looks * 0.5 < 290
    assert line["status"] in (UNCLAIMED, statuses.PROCESSING)


# ── The Distributed Map ──────────────────────────────────────────────────────────────────────────


def filled(field: str, given: Json) -> Any:
    return fill(MAP[field], {"input": given, "context": CONTEXT})


@pytest.mark.parametrize("prefix", ["", "trip/", "a b+ü"])
def test_it_lists_the_uploads_whose_names_begin_so(prefix: str) -> None:
    arguments = filled("ItemReader", {"prefix": prefix})["Arguments"]
    assert arguments == {"Bucket": "UploadBucket", "Prefix": RAW_PREFIX + prefix}


def test_concurrency_and_tolerance_are_the_callers_and_have_bounds_of_their_own() -> None:
    asked = {"prefix": "", "concurrency": 3, "tolerated_failure_percentage": 0}
    assert filled("MaxConcurrency", asked) == 3
    assert filled("ToleratedFailurePercentage", asked) == 0
    assert filled("MaxConcurrency", {"prefix": ""}) == 20
    assert filled("ToleratedFailurePercentage", {"prefix": ""}) == 5


def test_its_children_are_cheap_and_short() -> None:
    assert MAP["ItemProcessor"]["ProcessorConfig"] == {
        "Mode": "DISTRIBUTED",
        "ExecutionType": "EXPRESS",
    }


def test_results_are_written_where_they_expire() -> None:
    writer = filled("ResultWriter", {})
    rules = BUCKETS["WorkBucket"]["LifecycleConfiguration"]["Rules"]
    [rule] = [rule for rule in rules if writer["Arguments"]["Prefix"].startswith(rule["Prefix"])]
    assert rule["Prefix"] == "backfills/" and writer["Arguments"]["Bucket"] == "WorkBucket"


def test_the_role_may_do_what_a_distributed_map_needs() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html"""
    name = "AWS::StackName-backfill"
    account = "arn:AWS::Partition:states:AWS::Region:AWS::AccountId"
    assert RESOURCES["Backfill"]["Properties"]["Name"] == {"Fn::Sub": "${AWS::StackName}-backfill"}
    results = "WorkBucket.Arn/backfills/*"
    of_map = {
        ("s3:ListBucket", "UploadBucket.Arn"),
        ("states:StartExecution", f"{account}:stateMachine:{name}"),
        ("states:DescribeExecution", f"{account}:execution:{name}*"),
        ("states:StopExecution", f"{account}:execution:{name}*"),
        ("s3:PutObject", results),
        ("s3:GetObject", results),
        ("s3:ListMultipartUploadParts", results),
        ("s3:AbortMultipartUpload", results),
    }
    of_tasks = {("dynamodb:GetItem", "ImagesTable.Arn"), ("states:StartExecution", "Pipeline")}
    of_traces = {
        grant for one in statements("Backfill") if one.sid == "Trace" for grant in one.grants()
    }
    assert grants("Backfill") == of_map | of_tasks | of_traces
