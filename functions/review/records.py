"""The images table, as a review needs it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeSerializer
from botocore.exceptions import ClientError

from darkroom import statuses
from darkroom.items import plain_item
from darkroom.storage import error_code

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

REFUSED = "ConditionalCheckFailedException"

_serialize = TypeSerializer().serialize


class Records:
    """Reads consistently and writes conditionally: two reviewers may be at it at once."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def get(self, image: str, version: str) -> dict[str, Any] | None:
        answer = self._client.get_item(
            TableName=self._table, Key=_key(image, version), ConsistentRead=True
        )
        item = answer.get("Item")
        return None if item is None else plain_item(item)

    def request_review(
        self,
        image: str,
        version: str,
        execution: str,
        made: Mapping[str, Any],
        review: Mapping[str, str],
    ) -> bool:
        """Put the record into the review queue; False where another run has taken it over."""
        return self._update(
            image,
            version,
            "SET #status = :in_review, updated_at = :requested_at, review_queue = :in_review,"
            " review_requested_at = :requested_at, #recipe = :recipe, #source = :source,"
            " flags = :flags, outline = :outline,"
            # A repeat of the request may come after a quick decision.
            " review = if_not_exists(review, :review)",
            "execution = :execution",
            {"#status": "status", "#source": "source", "#recipe": "recipe"},
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

    def decide(self, image: str, version: str, execution: str, decision: Mapping[str, str]) -> bool:
        """Write the first decision for this execution; False where it comes later."""
        return self._update(
            image,
            version,
            "SET "
            + ", ".join(f"review.#{name} = :{name}" for name in decision)
            + ", updated_at = :decided_at",
            "#status = :in_review AND execution = :execution"
            " AND attribute_not_exists(review.#decision)",
            {"#status": "status", **{f"#{name}": name for name in decision}},
            {
                ":in_review": statuses.IN_REVIEW,
                ":execution": execution,
                **{f":{name}": value for name, value in decision.items()},
            },
        )

    def _update(
        self,
        image: str,
        version: str,
        update: str,
        condition: str,
        names: dict[str, str],
        values: Mapping[str, Any],
    ) -> bool:
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(image, version),
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={
                    name: _serialize(_stored(value)) for name, value in values.items()
                },
            )
        except ClientError as error:
            if error_code(error) == REFUSED:
                return False
            raise
        return True


def _key(image: str, version: str) -> dict[str, Any]:
    return {"image": {"S": image}, "version": {"S": version}}


def _stored(value: Any) -> Any:
    """DynamoDB takes no floats."""
    return json.loads(json.dumps(value), parse_float=Decimal)
