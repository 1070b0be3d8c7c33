"""Who may sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Reviewers:
    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def has(self, name: str, key: str) -> bool:
        """True while the reviewer is there and has not been given another key."""
        answer = self._client.get_item(
            TableName=self._table, Key={"name": {"S": name}}, ConsistentRead=True
        )
        return answer.get("Item", {}).get("key", {}).get("S") == key
