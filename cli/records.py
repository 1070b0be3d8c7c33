"""Records of the images table, as the command shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cli.errors import CommandError
from cli.stack import Stack
from darkroom.items import plain_item
from darkroom.keys import image_of
from darkroom.versions import is_replaced

# The task token stays in the table; the rest is for the index, the page and the state machines.
INTERNAL = {
    *("task_token", "review_queue", "review_requested_at", "lease", "upload"),
    *("outline", "preview", "likeness", "rejected"),
}

Record = dict[str, Any]


def newest(stack: Stack, image: str) -> Record | None:
    """The record of the image's version that was claimed last."""
    found = versions(stack, image)
    return found[-1] if found else None


def versions(stack: Stack, image: str) -> list[Record]:
    """All records of an image, oldest first."""
    pages = stack.dynamodb.get_paginator("query").paginate(
        TableName=stack.outputs["ImagesTable"],
        KeyConditionExpression="image = :image",
        ExpressionAttributeValues={":image": {"S": image}},
        ConsistentRead=True,
    )
    found = [public(item) for page in pages for item in page["Items"]]
    return sorted(found, key=lambda record: record["created_at"])


def known_versions(stack: Stack, image: str) -> list[Record]:
    """All records of an image, or of an upload's key. Raises CommandError where there is none."""
    found = versions(stack, image_of(image))
    if not found:
        raise CommandError(
            f"No record of {image!r}.",
            "An image is named as its key in the upload bucket, without raw/.",
        )
    return found


def everything(stack: Stack) -> Iterator[Record]:
    """Every record of the table, in no order."""
    pages = stack.dynamodb.get_paginator("scan").paginate(TableName=stack.outputs["ImagesTable"])
    for page in pages:
        yield from (public(item) for item in page["Items"])


def in_review(stack: Stack) -> Iterator[Record]:
    """What waits for a reviewer, oldest first; without what a newer upload has replaced."""
    pages = stack.dynamodb.get_paginator("query").paginate(
        TableName=stack.outputs["ImagesTable"],
        IndexName="review-queue",
        KeyConditionExpression="review_queue = :waiting",
        ExpressionAttributeValues={":waiting": {"S": "IN_REVIEW"}},
    )
    for page in pages:
        waiting = [public(item) for item in page["Items"]]
        yield from (record for record in waiting if not _is_replaced(stack, record))


def _is_replaced(stack: Stack, record: Record) -> bool:
    found = versions(stack, record["image"])
    own = next((one for one in found if one["version"] == record["version"]), None)
    return own is None or is_replaced(own, (found[-1]["created_at"], found[-1]["version"]))


def public(item: Mapping[str, Any]) -> Record:
    """A record as plain values, without what is not meant to be seen."""
    return {name: value for name, value in plain_item(item).items() if name not in INTERNAL}
