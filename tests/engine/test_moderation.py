"""Rekognition's answers, and what becomes of a picture: all but Rekognition itself is real.

The engine has no Rekognition, but can be told what a Task answers in a test case, and a workflow
that is started as `<ARN>#<case>` is one: https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-mock-cfg-file.html
So the deployed pipeline is pointed at its Express workflow by that name for a while.
"""

from __future__ import annotations

import io
import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cli.engine import Engine
from darkroom import statuses
from tests.conftest import Darkroom, deployed
from tests.pictures import jpeg

pytestmark = pytest.mark.engine

Json = dict[str, Any]

WEAPONS = {"Name": "Weapons", "ParentName": "Violence", "Confidence": 91.3, "TaxonomyLevel": 2}
VIOLENCE = {"Name": "Violence", "ParentName": "", "Confidence": 91.3, "TaxonomyLevel": 1}
UNSURE = {"Name": "Alcohol", "ParentName": "", "Confidence": 64.9, "TaxonomyLevel": 1}
REFUSED = {"Error": "Rekognition.AccessDeniedException", "Cause": "not authorized"}


@pytest.fixture(scope="module")
def moderated(engine: Engine, engine_home: Path) -> Darkroom:
    """The template with Rekognition looking at every picture, flagging from 70 % on."""
    return deployed(
        engine,
        engine_home,
        "moderated",
        Moderation="rekognition",
        ModerationMinConfidence="70",
    )


@contextmanager
def answering(darkroom: Darkroom, **answer: Json) -> Iterator[None]:
    """Moderate gets `Return`, or fails with `Throw`."""
    pipeline, process = (darkroom.stack.outputs[name] for name in ("PipelineArn", "ProcessArn"))
    client = darkroom.stepfunctions
    definition = client.describe_state_machine(stateMachineArn=pipeline)["definition"]
    assert definition.count(process) == 1
    tell_engine(
        darkroom,
        {
            "StateMachines": {
                process.rpartition(":")[2]: {"TestCases": {"Mocked": {"Moderate": "Answer"}}}
            },
            "MockedResponses": {"Answer": {"0": answer}},
        },
    )
    client.update_state_machine(
        stateMachineArn=pipeline, definition=definition.replace(process, f"{process}#Mocked")
    )
    try:
        yield
    finally:
        client.update_state_machine(stateMachineArn=pipeline, definition=definition)
        tell_engine(darkroom, {})


def tell_engine(darkroom: Darkroom, mocks: Json) -> None:
    request = urllib.request.Request(
        f"{darkroom.stack.endpoint}/_ministack/config",
        json.dumps({"stepfunctions._sfn_mock_config": mocks}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert "stepfunctions._sfn_mock_config" in json.load(answer)["applied"]


def test_a_label_above_the_threshold_sends_a_picture_to_review(moderated: Darkroom) -> None:
    with answering(moderated, Return={"ModerationLabels": [VIOLENCE, WEAPONS, UNSURE]}):
        record = moderated.run("moderated/seen.jpg", jpeg("seen", (1400, 900)))

    assert record["status"] == statuses.IN_REVIEW
    assert record["flags"] == [
        {"rule": "moderation_label", "detail": "Weapons (Violence) 91 % (at least 70 %)"}
    ]
    assert moderated.keys("PublishedBucket", "moderated/seen.jpg") == []
    assert moderated.keys("WorkBucket", "waiting/moderated/seen.jpg")


def test_rekognition_gets_a_small_jpeg(moderated: Darkroom) -> None:
    """It stays where Rekognition refuses us, and goes with the masters otherwise."""
    with answering(moderated, Throw=REFUSED):
        record = moderated.run("moderated/small.jpg", jpeg("small", (1400, 900)))

    prefix = f"masters/moderated/small.jpg/{record['version']}/"
    [key] = moderated.keys("WorkBucket", prefix)
    assert key.endswith("/moderation.jpg")
    image = Image.open(io.BytesIO(moderated.read(moderated.stack.outputs["WorkBucket"], key)))
    assert (image.format, image.size) == ("JPEG", (1024, 658))


@pytest.mark.parametrize("labels", [[], [UNSURE]], ids=["no label", "a label below"])
def test_a_picture_without_a_label_above_is_published(
    moderated: Darkroom, labels: list[Json]
) -> None:
    image = f"moderated/clean{len(labels)}.jpg"

    with answering(moderated, Return={"ModerationLabels": labels}):
        record = moderated.run(image, jpeg(image))

    assert (record["status"], record["flags"]) == (statuses.PUBLISHED, [])
    assert moderated.manifest(image)["flags"] == []
    assert moderated.keys("WorkBucket", f"masters/{image}/") == []


def test_a_person_looks_at_what_rekognition_cannot_read(moderated: Darkroom) -> None:
    error = {
        "Error": "Rekognition.InvalidImageFormatException",
        "Cause": "Request has invalid image format (Service: Rekognition, Status Code: 400)",
    }
    with answering(moderated, Throw=error):
        record = moderated.run("moderated/unreadable.jpg", jpeg("unreadable"))

    assert record["status"] == statuses.IN_REVIEW
    [flag] = record["flags"]
    assert flag["rule"] == "moderation_label"
    assert flag["detail"].endswith("could not read the picture: Request has invalid image format")
    assert moderated.keys("PublishedBucket", "moderated/unreadable.jpg") == []


def test_where_rekognition_refuses_us_nothing_is_published(moderated: Darkroom) -> None:
    with answering(moderated, Throw=REFUSED):
        record = moderated.run("moderated/refused.jpg", jpeg("refused"))

    assert record["status"] == statuses.FAILED
    assert (record["error"]["step"], record["error"]["error"]) == (
        *("Moderate", "Rekognition.AccessDeniedException"),
    )
    assert moderated.keys("PublishedBucket", "moderated/refused.jpg") == []
