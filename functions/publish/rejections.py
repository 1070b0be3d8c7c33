"""The table of what reviewers rejected, by which Validate finds pictures that look like it."""

from __future__ import annotations

import functools
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from darkroom.clients import aws_client
from darkroom.errors import DarkroomError
from darkroom.likeness import Rejected, entry_keys, own_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# DynamoDB takes no more at once:
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
BATCH = 25
# With the pauses between them, 6 s.
ATTEMPTS = 7
FIRST_PAUSE_SECONDS = 0.1


class EntriesLeft(DarkroomError):
    """DynamoDB kept leaving some of a batch undone."""


@functools.cache
def dynamodb_client() -> DynamoDBClient:
    return aws_client("dynamodb")


def remember_rejection(client: DynamoDBClient, table: str, rejected: Rejected) -> None:
    """Write the entries by which a picture is found from now on; repeatable.

    Raises EntriesLeft.
    """
    _write(client, table, [{"PutRequest": {"Item": item}} for item in rejected.to_items()])


def forget_rejection(client: DynamoDBClient, table: str, image: str, version: str) -> None:
    """Remove the entries of a picture, if it has any; repeatable.

    Its own goes last, as it came first: whatever else is there can be told from it.

    Raises EntriesLeft.
    """
    answer = client.get_item(TableName=table, Key=own_key(image, version), ConsistentRead=True)
    if "Item" not in answer:
        return
    keys = entry_keys(image, version, answer["Item"]["likeness"]["S"])
    _write(client, table, [{"DeleteRequest": {"Key": key}} for key in reversed(keys)])


def _write(client: DynamoDBClient, table: str, requests: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(requests), BATCH):
        left: Any = {table: requests[start : start + BATCH]}
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
            left = client.batch_write_item(RequestItems=left).get("UnprocessedItems")
            if not left:
                break
        else:
            raise EntriesLeft(
                f"expected all entries written to {table}, got {len(left[table])} left"
            )
