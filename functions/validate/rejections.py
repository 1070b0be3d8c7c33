"""What reviewers rejected, for the rule `resembles_rejected`."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# One page of the index, about 150 kB: older rejections no longer count.
NEWEST = 1000


@functools.cache
def dynamodb_client() -> DynamoDBClient:
    return boto3.client("dynamodb")


def rejected_likenesses(client: DynamoDBClient, table: str) -> list[tuple[str, str]]:
    """(image, 64-bit likeness as 16 hex digits) of the newest rejections, newest first."""
    answer = client.query(
        TableName=table,
        IndexName="rejected",
        KeyConditionExpression="rejected = :rejected",
        ExpressionAttributeValues={":rejected": {"S": "rejected"}},
        ScanIndexForward=False,
        Limit=NEWEST,
    )
    return [(item["image"]["S"], item["likeness"]["S"]) for item in answer["Items"]]
