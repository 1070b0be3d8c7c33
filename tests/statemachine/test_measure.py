"""The review queue, measured: how many wait, over all pages, and how long the oldest does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from darkroom import statuses
from darkroom.items import plain_item
from darkroom.metrics import METRICS, NAMESPACE
from darkroom.moments import stamp
from darkroom.versions import is_replaced
from tests.statemachine.definitions import MEASURE, of_type, tasks
from tests.statemachine.walk import CONTEXT, Failure, Json, Walk

VERSION, OTHER = "1" * 16, "9" * 16
HOUR = timedelta(hours=1)


class Queue:
    """The index `review-queue`, in pages of so many items; the first items have waited so long.

    `newer`: by the image's name, how long ago another version of it came.
    """

    def __init__(
        self, waited: Sequence[timedelta], *pages: int, newer: dict[str, timedelta] | None = None
    ) -> None:
        self.now = datetime.now(UTC)
        self.waited = waited
        self.pages = list(pages)
        self.newer = newer or {}

    def __call__(self, name: str, arguments: Any) -> Json:
        if name == "Measure":
            return {}
        if name == "AgeOne":
            return {"Items": self.versions(arguments["ExpressionAttributeValues"][":image"]["S"])}
        assert arguments["ExpressionAttributeValues"] == {":in_review": {"S": statuses.IN_REVIEW}}
        if name == "Oldest":
            return {"Items": [self.asked(*one) for one in enumerate(self.waited)]}
        assert arguments["Select"] == "COUNT"
        number = int(arguments.get("ExclusiveStartKey", {}).get("image", {}).get("S", 0))
        last = number + 1 == len(self.pages)
        after = {} if last else {"LastEvaluatedKey": {"image": {"S": str(number + 1)}}}
        return {"Count": self.pages[number], **after}

    def versions(self, image: str) -> list[Json]:
        """As the table has them; the run began a minute before it asked for the review."""
        began = self.now - self.waited[int(image)] - timedelta(minutes=1)
        found = [_version(VERSION, began - timedelta(hours=1), claimed_at={"S": stamp(began)})]
        if image in self.newer:
            found.append(_version(OTHER, self.now - self.newer[image]))
        return found

    def asked(self, number: int, waited: timedelta) -> Json:
        return {
            "image": {"S": str(number)},
            "version": {"S": VERSION},
            "review_requested_at": {"S": stamp(self.now - waited)},
        }


def _version(version: str, created_at: datetime, **more: Json) -> Json:
    return {"version": {"S": version}, "created_at": {"S": stamp(created_at)}, **more}


def measured(queue: Queue) -> dict[str, float]:
    walk = Walk(queue, CONTEXT)
    walk.run(MEASURE.definition, {})
    put = walk.called("Measure")
    assert put["Namespace"] == NAMESPACE
    for datum in put["MetricData"]:
        metric = METRICS[datum["MetricName"]]
        assert datum["Unit"] == metric.unit
        assert [one["Name"] for one in datum["Dimensions"]] == list(metric.dimensions)
        assert [one["Value"] for one in datum["Dimensions"]] == ["AWS::StackName"]
    return {datum["MetricName"]: datum["Value"] for datum in put["MetricData"]}


def test_an_empty_queue_is_measured_as_nothing() -> None:
    assert measured(Queue((), 0)) == {"ReviewQueue": 0, "OldestReviewSeconds": 0}


@pytest.mark.parametrize("pages", [(3,), (2, 1), (1, 0, 1, 1)])
def test_all_that_wait_are_counted_page_by_page(pages: tuple[int, ...]) -> None:
    assert measured(Queue((HOUR,), *pages))["ReviewQueue"] == 3


def test_an_empty_key_to_go_on_from_is_none() -> None:
    """As an SDK may give it on the last page."""

    class Java(Queue):
        def __call__(self, name: str, arguments: Any) -> Json:
            return {"LastEvaluatedKey": {}, **super().__call__(name, arguments)}

    assert measured(Java((HOUR,), 2, 1))["ReviewQueue"] == 3


def test_the_oldest_is_measured_from_when_its_review_was_asked_for() -> None:
    waited = timedelta(days=3, seconds=7)
    found = measured(Queue((waited, HOUR), 2))["OldestReviewSeconds"]
    assert found == pytest.approx(waited.total_seconds(), abs=60)


@pytest.mark.parametrize(
    ("newer", "oldest"),
    [
        ({"0": timedelta()}, HOUR),
        ({"0": timedelta(), "1": timedelta()}, timedelta()),
        # An older version, which somebody has reopened since.
        ({"0": timedelta(days=3, minutes=2)}, timedelta(days=3)),
    ],
    ids=["one", "all", "reopened"],
)
def test_what_nobody_can_decide_about_any_more_ages_nobody(
    newer: dict[str, timedelta], oldest: timedelta
) -> None:
    """By the rule of the review page."""
    queue = Queue((timedelta(days=3), HOUR), 2, newer=newer)
    assert measured(queue)["OldestReviewSeconds"] == pytest.approx(oldest.total_seconds(), abs=60)
    assert measured(queue)["ReviewQueue"] == 2
    for number in range(2):
        versions = [plain_item(one) for one in queue.versions(str(number))]
        newest = max((one["created_at"], one["version"]) for one in versions)
        assert is_replaced(versions[0], newest) is (str(number) in newer and oldest.days == 0)


def test_a_clock_that_is_ahead_gives_no_negative_age() -> None:
    assert measured(Queue((-timedelta(minutes=10),), 1))["OldestReviewSeconds"] == 0


def test_what_cannot_be_measured_is_not_measured_as_nothing() -> None:
    def refuse(name: str, arguments: Any) -> Json:
        raise Failure("DynamoDb.ThrottlingException", "")

    with pytest.raises(Failure):
        measured(refuse)  # type: ignore[arg-type]


def test_it_asks_the_index_that_lists_what_waits() -> None:
    [index] = of_type("AWS::DynamoDB::Table")["ImagesTable"]["GlobalSecondaryIndexes"]
    named = {
        name
        for name, state in tasks(MEASURE).items()
        if state["Arguments"].get("IndexName") == index["IndexName"]
    }
    assert named == {"Oldest", "Queue", "Further"}
