"""What happens while nobody decides: a reminder, then the end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from cli import trail
from darkroom import statuses
from tests.conftest import Darkroom, wait_for
from tests.engine.test_review import link_in, post
from tests.pictures import jpeg

pytestmark = pytest.mark.engine

LATE, REMINDED, UNHEARD = (
    f"ladder/forbidden {name}.jpg" for name in ("late", "reminded", "unheard")
)


@pytest.fixture(scope="module")
def messages(impatient: Darkroom) -> dict[str, Any]:
    """Three pictures that wait at the same time, and what is heard of them."""
    heard = {topic: impatient.listen(topic) for topic in ("ReviewTopicArn", "OutcomeTopicArn")}
    decide_unheard(impatient)
    for image in (LATE, REMINDED):
        impatient.upload(image, jpeg(image))
    return heard


def decide_unheard(darkroom: Darkroom) -> None:
    """Record a decision, and tell nobody."""
    waiting = darkroom.run(UNHEARD, jpeg(UNHEARD))
    darkroom.stack.dynamodb.update_item(
        TableName=darkroom.stack.outputs["ImagesTable"],
        Key={"image": {"S": UNHEARD}, "version": {"S": waiting["version"]}},
        UpdateExpression="SET review.decision = :approve, review.reviewer = :ann,"
        " review.decided_at = :now REMOVE review_queue, review_requested_at",
        ConditionExpression="review_queue = :in_review",
        ExpressionAttributeValues={
            ":approve": {"S": "approve"},
            ":ann": {"S": "Ann"},
            ":now": {"S": waiting["review"]["requested_at"]},
            ":in_review": {"S": statuses.IN_REVIEW},
        },
    )


def reminder(messages: dict[str, Any], image: str) -> dict[str, Any]:
    """The message that reminds of a picture, once it has come."""

    def found() -> list[dict[str, Any]]:
        return [
            message
            for message in messages["ReviewTopicArn"]()
            if image in message["text"] and "still waits" in message["text"]
        ]

    [message] = wait_for(found, lambda: f"no reminder of {image}")
    return message


def request(messages: dict[str, Any], image: str) -> dict[str, Any]:
    def found() -> list[dict[str, Any]]:
        return [
            message
            for message in messages["ReviewTopicArn"]()
            if image in message["text"] and "still waits" not in message["text"]
        ]

    [message] = wait_for(found, lambda: f"no request for {image}")
    return message


def events(darkroom: Darkroom, image: str) -> list[str]:
    return [entry["event"] for entry in trail.entries(darkroom.stack, image)]


def seconds(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


def test_a_reminder_is_sent_and_the_first_link_still_decides(
    impatient: Darkroom, messages: dict[str, Any]
) -> None:
    first = link_in([request(messages, REMINDED)], REMINDED)

    assert link_in([reminder(messages, REMINDED)], REMINDED) == first
    status, _ = post(f"{first}/decision", decision="approve", reviewer="Ann")

    assert status == 200
    record = impatient.wait(REMINDED, *statuses.ENDED)
    assert (record["status"], record["review"]["reviewer"]) == (statuses.PUBLISHED, "Ann")
    assert events(impatient, REMINDED) == ["requested", "reminded", "decided"]


def test_a_decision_that_was_recorded_but_never_handed_in_counts_at_the_deadline(
    impatient: Darkroom, messages: dict[str, Any]
) -> None:
    record = impatient.wait(UNHEARD, *statuses.ENDED)

    assert record["status"] == statuses.PUBLISHED
    assert record["review"]["reviewer"] == "Ann"
    assert impatient.manifest(UNHEARD)["review"]["decided_at"] == record["review"]["decided_at"]


def test_what_nobody_decides_in_time_expires_unpublished(
    impatient: Darkroom, messages: dict[str, Any]
) -> None:
    record = impatient.wait(LATE, statuses.EXPIRED)

    assert record["review"].keys() == {"requested_at", "deadline_at"}
    assert seconds(record["review"]["requested_at"], record["review"]["deadline_at"]) == 10
    assert impatient.keys("PublishedBucket", LATE) == []
    assert impatient.keys("WorkBucket", f"waiting/{LATE}") == []

    def outcome() -> list[dict[str, Any]]:
        return [message for message in messages["OutcomeTopicArn"]() if message["image"] == LATE]

    [message] = wait_for(outcome, lambda: "no outcome message")
    assert message["status"] == statuses.EXPIRED
    assert message["review"] == record["review"]
    requested, reminded, expired = trail.entries(impatient.stack, LATE)
    assert [one["event"] for one in (requested, reminded, expired)] == [
        "requested",
        "reminded",
        "expired",
    ]
    assert 3 <= seconds(requested["at"], reminded["at"]) < seconds(requested["at"], expired["at"])
    assert seconds(requested["at"], expired["at"]) >= 10
    status, page = post(
        f"{link_in([request(messages, LATE)], LATE)}/decision", decision="approve", reviewer="Ann"
    )
    assert (status, "Nobody decided in time" in page) == (410, True)
