"""Every step repeated with the same event: Express workflows run a step at least once.

The whole answer, and every object and item that is left, have to be the same after the second time.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import validate.handler
from darkroom.recipes import parse_recipes
from tests.pictures import draw, encoded
from tests.statemachine.definitions import PROCESS
from tests.statemachine.walk import CONTEXT, Walk

if TYPE_CHECKING:
    from tests.handlers.conftest import Aws

IMAGE = "trip/a b+ü.jpg"
VERSION, NEWER = "0123456789abcdef", "f" * 16
FUNCTIONS = {
    "Validate": "ValidateFunction",
    "ResizeOne": "ResizeFunction",
    "FilterOne": "FilterFunction",
    "OptimizeOne": "OptimizeFunction",
}
BUCKETS = ("UploadBucket", "WorkBucket", "PublishedBucket")
TABLES = ("ImagesTable", "TrailTable", "RejectionsTable")
# What S3 says of an object that is not of its bytes.
HEADERS = ("Metadata", "ContentType", "CacheControl", "ContentEncoding", "TagCount")
PICTURE = encoded(draw("repeated", (400, 300)), quality=90)
RECIPE = {
    "renditions": [{"name": "small", "width": 48}, {"name": "square", "width": 16, "height": 16}],
    "filters": [{"name": "noir", "filter": "grayscale", "width": 24}],
}
REVIEW = {
    "requested_at": "2025-11-20T06:04:20.000Z",
    "deadline_at": "2025-11-27T06:04:20.000Z",
    "decision": "approve",
    "reviewer": "Ana Ruiz",
    "decided_at": "2025-11-21T10:15:00.000Z",
}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three small files of each picture are enough here."""
    recipes = parse_recipes(json.dumps({"default": RECIPE}))
    monkeypatch.setattr(validate.handler, "load_recipes", lambda: recipes)


def kept(aws: Aws) -> dict[Any, Any]:
    """All that there is: objects with their bytes and headers, and items."""
    found: dict[Any, Any] = {}
    for bucket in BUCKETS:
        for key in aws.keys(bucket):
            head = aws.head(bucket, key)
            headers = {name: head.get(name) for name in HEADERS}
            found[bucket, key] = (aws.read(bucket, key), headers)
    for table in TABLES:
        items = aws.dynamodb.scan(TableName=aws[table])["Items"]
        found[table] = sorted(items, key=str)
    return found


def twice(aws: Aws, function: str, event: dict[str, Any], **parameters: str) -> Any:
    """What the function answers, both times."""
    handler = aws.function(function, **parameters)
    answer = handler(event)
    before = kept(aws)
    assert handler(event) == answer
    after = kept(aws)
    assert [key for key in before | after if before.get(key) != after.get(key)] == []
    return answer


def processed(aws: Aws, image: str, data: bytes = PICTURE) -> dict[str, Any]:
    """What `process` answers, with each of its steps done twice."""

    def call(name: str, arguments: Any) -> Any:
        if name == "Recall":
            return {"Items": []}
        if name == "Claim":
            return {"Attributes": arguments["Key"]}
        if name == "Publish":  # by hand, below
            return {"Payload": {}}
        if name == "TidyOne":
            return aws.s3.delete_object(Bucket=aws[arguments["Bucket"]], Key=arguments["Key"])
        return {"Payload": twice(aws, FUNCTIONS[name], arguments["Payload"])}

    answer: dict[str, Any] = Walk(call, CONTEXT).run(PROCESS.definition, aws.upload(image, data))
    return answer


def publish(
    aws: Aws, made: dict[str, Any], version: str = VERSION, sequencer: str = "0A"
) -> dict[str, Any]:
    answer: dict[str, Any] = twice(
        aws,
        "PublishFunction",
        {
            "action": "publish",
            "image": IMAGE,
            "version": version,
            "execution": "e",
            "started_at": "2025-11-20T06:04:12.500Z",
            "sequencer": sequencer,
            "made": made,
            "review": REVIEW if made["flags"] else {},
        },
    )
    return answer


def flagged(aws: Aws) -> dict[str, Any]:
    made = processed(aws, "forbidden.jpg")
    assert [flag["rule"] for flag in made["flags"]] == ["keyword"]
    return made


def test_each_step_of_a_clean_picture(aws: Aws) -> None:
    made = processed(aws, IMAGE)
    assert made["flags"] == []
    assert publish(aws, made) == {"manifest_key": f"{IMAGE}/manifest.json"}


def test_validate_with_a_picture_for_rekognition(aws: Aws) -> None:
    upload = aws.upload(IMAGE, PICTURE)
    answer = twice(aws, "ValidateFunction", {"upload": upload}, Moderation="rekognition")
    assert answer["moderation_key"] in aws.keys("WorkBucket")


@pytest.mark.parametrize("data", [b"", b"no picture", PICTURE[:-900]])
def test_validate_of_what_is_no_picture(aws: Aws, data: bytes) -> None:
    assert processed(aws, IMAGE, data)["verdict"] == "invalid"


def test_steps_whose_upload_is_gone(aws: Aws) -> None:
    upload = aws.upload(IMAGE, PICTURE)
    verdict = aws.function("ValidateFunction")({"upload": upload})
    aws.s3.delete_object(Bucket=aws["UploadBucket"], Key=f"raw/{IMAGE}")
    for function, kind in (("ResizeFunction", "renditions"), ("FilterFunction", "filters")):
        event = {"upload": upload, "batch": verdict[kind][0]}
        assert twice(aws, function, event)["gone"]["code"] == "deleted"
    assert twice(aws, "ValidateFunction", {"upload": upload})["reason"]["code"] == "deleted"


def order(action: str, **more: Any) -> dict[str, Any]:
    names = {"image": "forbidden.jpg", "version": VERSION, "execution": "e"}
    return {"action": action, **names, **more}


def test_publishing_what_was_approved(aws: Aws) -> None:
    made = flagged(aws)
    waiting = [key for key in aws.keys("WorkBucket") if key.startswith("waiting/")]
    event = order("publish", made=made, review=REVIEW, sequencer="0A", started_at="2025")
    twice(aws, "PublishFunction", event)
    left = [key for key in aws.keys("WorkBucket") if key.startswith("waiting/")]
    assert (len(waiting) > 0, left) == (True, [])


@pytest.mark.parametrize("rejected", [True, False])
def test_discarding_what_was_rejected_or_expired(aws: Aws, rejected: bool) -> None:
    made = flagged(aws)
    remembered = {"likeness": made["likeness"], "at": REVIEW["decided_at"]}
    more = {"rejected": remembered} if rejected else {}
    event = order("discard", variants=made["variants"], **more)
    assert twice(aws, "PublishFunction", event) == {}
    assert bool(aws.dynamodb.scan(TableName=aws["RejectionsTable"])["Items"]) is rejected


def test_an_older_version_that_comes_late(aws: Aws) -> None:
    made = processed(aws, IMAGE)
    publish(aws, made, NEWER, sequencer="0B")
    assert publish(aws, made)["superseded_by"] == NEWER


def test_withdrawing(aws: Aws) -> None:
    publish(aws, processed(aws, IMAGE))
    event = {"action": "withdraw", "image": IMAGE, "version": VERSION, "execution": "e"}
    assert twice(aws, "PublishFunction", event) == {}
    assert aws.keys("PublishedBucket") == []
