"""What bench/scale.json says of a picture is what a real one takes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bench.scale import Picture, read
from cli.places import SAMPLES
from darkroom import statuses
from tests.conftest import Darkroom
from tests.engine.conftest import Operator, decide

pytestmark = pytest.mark.engine

# Of 2,000 x 1,334 px: every variant of the recipe `default` is made of it.
SAMPLE = (SAMPLES / "sea-glitter.jpg").read_bytes()


def used(operator: Operator, image: str) -> tuple[dict[str, float], int]:
    """What each line of the bill counts, and executions of Standard workflows."""
    found: dict[str, Any] = json.loads(operator("cost", "--json", image).output)
    return {item["name"]: item["each"] for item in found["items"]}, found["runs"]


def counts(picture: Picture) -> dict[str, float]:
    """The same, as scale.json has it."""
    return {
        "S3 PUT of the upload": picture.upload.put,
        "S3 PUT, COPY, LIST": picture.work.put + picture.published.put,
        "S3 GET, HEAD": picture.upload.get + picture.work.get + picture.published.get,
        "DynamoDB writes": picture.writes,
        "DynamoDB reads": picture.reads,
        "SNS messages": picture.messages,
        "EventBridge events of S3": picture.events,
    }


def test_a_clean_picture_takes_what_is_reckoned_with(
    darkroom: Darkroom, operator: Operator
) -> None:
    image = darkroom.upload("scale/clean.jpg", SAMPLE)
    darkroom.wait(image, statuses.PUBLISHED)
    clean = read().pictures["clean"]

    found, runs = used(operator, image)

    assert {name: found[name] for name in counts(clean)} == counts(clean)
    assert (runs, found["Standard transitions"]) == (clean.starts, clean.transitions)
    assert found["Lambda requests"] == clean.invocations
    assert len(darkroom.keys("PublishedBucket", f"{image}/")) == clean.published.put


def test_an_approved_picture_takes_what_is_reckoned_with(
    darkroom: Darkroom, operator: Operator
) -> None:
    image = darkroom.upload("scale/forbidden.jpg", SAMPLE)
    decide(darkroom, image, "approve")
    darkroom.wait(image, statuses.PUBLISHED)
    flagged = read().pictures["flagged"]

    found, runs = used(operator, image)

    assert {name: found[name] for name in counts(flagged)} == counts(flagged)
    assert runs == flagged.starts
    # The reminder has one state before it, and one function to call.
    assert found["Standard transitions"] == flagged.transitions - 1
    assert found["Lambda requests"] == flagged.invocations - 1
    assert len(darkroom.keys("PublishedBucket", f"{image}/")) == flagged.published.put
