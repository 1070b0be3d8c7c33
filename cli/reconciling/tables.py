"""Records, read consistently: only the fields that reconciling asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cli.reconciling.facts import Recorded
from cli.reconciling.source import Source
from darkroom.items import plain_item

FIELDS = (
    *("image", "version", "status", "execution", "created_at", "claimed_at", "updated_at"),
    *("upload", "review", "review_queue", "task_token", "superseded_by", "error", "reason"),
    *("reopened", "retraction"),
)


def scan(source: Source, prefix: str) -> Iterator[Recorded]:
    narrow: dict[str, Any] = {}
    if prefix:
        narrow["FilterExpression"] = "begins_with(#image, :prefix)"
        narrow["ExpressionAttributeValues"] = {":prefix": {"S": prefix}}
    pages = source.dynamodb.get_paginator("scan").paginate(
        TableName=source.table, **_projection(), **narrow
    )
    for page in pages:
        yield from map(recorded, page["Items"])


def query(source: Source, image: str) -> tuple[Recorded, ...]:
    pages = source.dynamodb.get_paginator("query").paginate(
        TableName=source.table,
        KeyConditionExpression="#image = :image",
        ExpressionAttributeValues={":image": {"S": image}},
        **_projection(),
    )
    return tuple(recorded(item) for page in pages for item in page["Items"])


def recorded(item: Mapping[str, Any]) -> Recorded:
    """A typed item of the table."""
    plain = plain_item(item)
    review = plain.get("review", {})
    return Recorded(
        image=plain["image"],
        version=plain["version"],
        status=plain["status"],
        execution=plain.get("execution", ""),
        created_at=plain["created_at"],
        claimed_at=plain.get("claimed_at", ""),
        updated_at=plain["updated_at"],
        upload=plain.get("upload", {}),
        requested_at=review.get("requested_at", ""),
        decision=review.get("decision", ""),
        decided_at=review.get("decided_at", ""),
        queued="review_queue" in plain,
        task_token=plain.get("task_token", ""),
        superseded="superseded_by" in plain,
        failed_step=plain.get("error", {}).get("step", ""),
        reason=plain.get("reason", {}).get("code", ""),
        reopened=plain.get("reopened", {}),
        retraction=plain.get("retraction", {}),
    )


def _projection() -> dict[str, Any]:
    return {
        "ProjectionExpression": ", ".join(f"#{name}" for name in FIELDS),
        "ExpressionAttributeNames": {f"#{name}": name for name in FIELDS},
        "ConsistentRead": True,
    }
