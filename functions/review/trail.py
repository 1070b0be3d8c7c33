"""Appending to the trail, and reading it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from darkroom.items import plain_item, typed_item
from darkroom.storage import error_code
from darkroom.trail import trail_entry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

REFUSED = "ConditionalCheckFailedException"
# More than a picture's story ever has; the page shows the last of them.
MAX_READ = 100


class Trail:
    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def append(self, image: str, version: str, event: str, at: str, **more: str | None) -> None:
        """Add an entry; the same one again changes nothing."""
        entry = trail_entry(image, version, event, at, **more)
        try:
            self._client.put_item(
                TableName=self._table,
                Item=typed_item(entry),
                ConditionExpression="attribute_not_exists(image)",
            )
        except ClientError as error:
            if error_code(error) != REFUSED:
                raise

    def of(self, image: str, version: str) -> list[dict[str, Any]]:
        """The last entries about a version, oldest first."""
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="image = :image",
            ExpressionAttributeValues={":image": {"S": image}},
            ScanIndexForward=False,
            Limit=MAX_READ,
        )
        entries = [plain_item(item) for item in reversed(answer["Items"])]
        return [entry for entry in entries if entry["version"] == version]
