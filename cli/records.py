"""Records of the images table, as the command shows them."""

from __future__ import annotations

import difflib
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
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
# Image and version.
Key = tuple[str, str]

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
BATCH = 100
PAUSE_SECONDS = 0.5
# Megabytes to look through for a name that was mistyped.
PAGES = 4


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


def some(stack: Stack, keys: Iterable[Key], also: Collection[str] = ()) -> dict[Key, Record]:
    """Those of the records that there are; a request for each hundred. `also`: as in `public`."""
    found: dict[Key, Record] = {}
    left = [{"image": {"S": image}, "version": {"S": version}} for image, version in keys]
    table = stack.outputs["ImagesTable"]
    while left:
        asked: Any = {table: {"Keys": left[:BATCH], "ConsistentRead": True}}
        answer = stack.dynamodb.batch_get_item(RequestItems=asked)
        for item in answer["Responses"].get(table, []):
            record = public(item, also)
            found[record["image"], record["version"]] = record
        unprocessed: Any = answer.get("UnprocessedKeys", {})
        again = unprocessed[table]["Keys"] if table in unprocessed else []
        if len(again) == len(left[:BATCH]):
            time.sleep(PAUSE_SECONDS)
        left = [*again, *left[BATCH:]]
    return found


def version_of_upload(stack: Stack, image: str, etag: str) -> Key | None:
    """The version of an image that is of the upload with that ETag; the newest, if of several."""
    pages = stack.dynamodb.get_paginator("query").paginate(
        TableName=stack.outputs["ImagesTable"],
        KeyConditionExpression="image = :image",
        FilterExpression="upload.etag = :etag",
        ExpressionAttributeValues={":image": {"S": image}, ":etag": {"S": etag}},
    )
    found = [public(item) for page in pages for item in page["Items"]]
    newest = max(found, key=lambda record: str(record["created_at"]), default=None)
    return None if newest is None else (image, newest["version"])


def known_versions(stack: Stack, image: str) -> list[Record]:
    """All records of an image, or of an upload's key. Raises CommandError where there is none."""
    found = versions(stack, image_of(image))
    if not found:
        near = difflib.get_close_matches(image_of(image), _some_names(stack))
        meant = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise CommandError(
            f"No record of {image!r}.{meant}",
            "An image is named as its key in the upload bucket, without raw/. "
            "`darkroom status` shows all that there are.",
        )
    return found


def _some_names(stack: Stack) -> set[str]:
    """Of a large table, those of its first records."""
    pages = stack.dynamodb.get_paginator("scan").paginate(
        TableName=stack.outputs["ImagesTable"], ProjectionExpression="image"
    )
    return {str(item["image"]["S"]) for page in islice(pages, PAGES) for item in page["Items"]}


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


def public(item: Mapping[str, Any], also: Collection[str] = ()) -> Record:
    """A record as plain values, without what is not meant to be seen, but for what is named."""
    hidden = INTERNAL.difference(also)
    return {name: value for name, value in plain_item(item).items() if name not in hidden}
