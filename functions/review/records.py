"""The images table, as a review needs it.

A picture is open for a decision while its record has `review_queue`: whoever removes that has
decided, so that of two at the same instant one does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from darkroom import statuses
from darkroom.items import plain_item, typed_item
from darkroom.storage import error_code

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

REFUSED = "ConditionalCheckFailedException"
QUEUE_INDEX = "review-queue"
OPEN = "review_queue = :in_review AND execution = :execution"
# DynamoDB gives at most a hundred at once.
BATCH = 25

Record = dict[str, Any]


@dataclass(frozen=True)
class Lease:
    """`reviewer` has the picture open until `until` (ISO 8601)."""

    reviewer: str
    until: str


class Records:
    """Reads consistently and writes conditionally: two reviewers may be at it at once."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def get(self, image: str, version: str) -> Record | None:
        answer = self._client.get_item(
            TableName=self._table, Key=_key(image, version), ConsistentRead=True
        )
        item = answer.get("Item")
        return None if item is None else plain_item(item)

    def newest(self, image: str) -> tuple[str, str] | None:
        """When the image's newest version came (ISO 8601), and which it is."""
        versions: list[tuple[str, str]] = []
        start: dict[str, Any] = {}
        while True:
            page = self._client.query(
                TableName=self._table,
                KeyConditionExpression="image = :image",
                ProjectionExpression="version, created_at",
                ExpressionAttributeValues={":image": {"S": image}},
                ConsistentRead=True,
                **start,
            )
            versions += [(item["created_at"]["S"], item["version"]["S"]) for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                return max(versions, default=None)
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def queue(self, after: Record | None = None, *, backwards: bool = False) -> Iterator[Record]:
        """What is open for a decision, oldest first, as it is at this moment.

        `after`: begin behind this record, which need not be in the queue any more.
        """
        place = _place(after) if after else None
        start: dict[str, Any] = {"ExclusiveStartKey": place} if place else {}
        while True:
            page = self._client.query(
                TableName=self._table,
                IndexName=QUEUE_INDEX,
                KeyConditionExpression="review_queue = :in_review",
                ExpressionAttributeValues={":in_review": {"S": statuses.IN_REVIEW}},
                ScanIndexForward=not backwards,
                Limit=BATCH,
                **start,
            )
            yield from self._open([(item["image"], item["version"]) for item in page["Items"]])
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def request_review(
        self,
        image: str,
        version: str,
        execution: str,
        made: Mapping[str, Any],
        review: Mapping[str, str],
    ) -> bool:
        """Put the record into the review queue.

        False where another run has taken it over, or where a quick reviewer has decided already.
        """
        return (
            self._update(
                image,
                version,
                "SET #status = :in_review, updated_at = :requested_at, review_queue = :in_review,"
                " review_requested_at = :requested_at, #recipe = :recipe, #source = :source,"
                " flags = :flags, outline = :outline, review = :review",
                "execution = :execution AND attribute_not_exists(review.#decision)",
                {
                    "#status": "status",
                    "#source": "source",
                    "#recipe": "recipe",
                    "#decision": "decision",
                },
                {
                    ":in_review": statuses.IN_REVIEW,
                    ":requested_at": review["requested_at"],
                    ":recipe": made["recipe"],
                    ":source": made["source"],
                    ":flags": made["flags"],
                    ":review": dict(review),
                    ":outline": json.dumps(
                        {"caption": made.get("caption"), "variants": made["variants"]}
                    ),
                    ":execution": execution,
                },
            )
            is not None
        )

    def decide(self, record: Mapping[str, Any], decision: Mapping[str, str]) -> Record | None:
        """Write the first decision for this run: the record with it; None where it comes later."""
        return self._update(
            record["image"],
            record["version"],
            "SET "
            + ", ".join(f"review.#{name} = :{name}" for name in decision)
            + ", updated_at = :decided_at REMOVE review_queue, review_requested_at, lease",
            OPEN,
            {f"#{name}": name for name in decision},
            {
                ":in_review": statuses.IN_REVIEW,
                ":execution": record["execution"],
                **{f":{name}": value for name, value in decision.items()},
            },
        )

    def take_lease(
        self, record: Mapping[str, Any], lease: Lease, now: str, *, take_over: bool = False
    ) -> bool:
        """True where the reviewer has it now; False where somebody else does or it is decided."""
        free = "attribute_not_exists(lease) OR lease.#until < :now OR lease.#reviewer = :reviewer"
        values = {
            ":in_review": statuses.IN_REVIEW,
            ":execution": record["execution"],
            ":lease": {"reviewer": lease.reviewer, "until": lease.until},
        }
        if take_over:
            condition, names = OPEN, {}
        else:
            condition = f"{OPEN} AND ({free})"
            names = {"#until": "until", "#reviewer": "reviewer"}
            values |= {":now": now, ":reviewer": lease.reviewer}
        taken = self._update(
            record["image"], record["version"], "SET lease = :lease", condition, names, values
        )
        return taken is not None

    def give_back(self, record: Mapping[str, Any], reviewer: str) -> None:
        """End the reviewer's own lease; somebody else's stays."""
        self._update(
            record["image"],
            record["version"],
            "REMOVE lease",
            "lease.#reviewer = :reviewer",
            {"#reviewer": "reviewer"},
            {":reviewer": reviewer},
        )

    def _open(self, keys: Iterable[tuple[Any, Any]]) -> Iterator[Record]:
        """Of what an index listed, which may be late, what is still open: whole, in that order."""
        wanted = [{"image": image, "version": version} for image, version in keys]
        found: dict[tuple[str, str], Record] = {}
        asked: list[Any] = wanted
        while asked:
            answer = self._client.batch_get_item(
                RequestItems={self._table: {"Keys": asked, "ConsistentRead": True}}
            )
            for item in answer["Responses"].get(self._table, []):
                record = plain_item(item)
                found[record["image"], record["version"]] = record
            left = answer.get("UnprocessedKeys", {})
            asked = list(left[self._table]["Keys"]) if self._table in left else []
        for key in wanted:
            listed = found.get((key["image"]["S"], key["version"]["S"]))
            if listed is not None and "review_queue" in listed:
                yield listed

    def _update(
        self,
        image: str,
        version: str,
        update: str,
        condition: str,
        names: dict[str, str],
        values: Mapping[str, Any],
    ) -> Record | None:
        """The whole record after the update; None where the condition does not hold."""
        optional: dict[str, Any] = {"ExpressionAttributeNames": names} if names else {}
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=_key(image, version),
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues=typed_item(values),
                ReturnValues="ALL_NEW",
                **optional,
            )
        except ClientError as error:
            if error_code(error) == REFUSED:
                return None
            raise
        return plain_item(answer["Attributes"])


def _key(image: str, version: str) -> dict[str, Any]:
    return {"image": {"S": image}, "version": {"S": version}}


def _place(record: Record) -> dict[str, Any] | None:
    """Where a record stands, or stood, in the queue; None where another run has it by now."""
    if "requested_at" not in record.get("review", {}):
        return None
    return _key(record["image"], record["version"]) | {
        "review_queue": {"S": statuses.IN_REVIEW},
        "review_requested_at": {"S": record["review"]["requested_at"]},
    }
