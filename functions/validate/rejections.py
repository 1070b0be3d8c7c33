"""What reviewers rejected, for the rule `resembles_rejected`."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from darkroom.clients import aws_client
from darkroom.likeness import Rejected, bands
from darkroom.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Of one band. Up to 250,000 rejections, evenly spread, none is left out.
MAX_ENTRIES = 3000


@functools.cache
def dynamodb_client() -> DynamoDBClient:
    return aws_client("dynamodb")


def rejected_near(client: DynamoDBClient, table: str, likeness: str) -> list[Rejected]:
    """Every rejected picture that differs from `likeness` (16 hex digits) in at most MAX_BITS
    bits, none twice, and others that merely share a band with it."""
    found = {
        (entry.image, entry.version): entry
        for band in bands(likeness)
        for entry in _under(client, table, band)
    }
    return list(found.values())


def _under(client: DynamoDBClient, table: str, band: str) -> Iterator[Rejected]:
    left, start = MAX_ENTRIES, dict[str, Any]()
    while left > 0:
        answer = client.query(
            TableName=table,
            KeyConditionExpression="band = :band",
            ExpressionAttributeValues={":band": {"S": band}},
            Limit=left,
            **start,
        )
        yield from map(Rejected.from_item, answer["Items"])
        left -= len(answer["Items"])
        if not answer.get("LastEvaluatedKey"):
            return
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
    logger.warning("more rejected pictures than are read", extra={"band": band})
