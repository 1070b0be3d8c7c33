"""The table of reviewers: who may sign in, by a key that ends with them."""

from __future__ import annotations

from cli.records import Record
from cli.stack import Stack
from darkroom.items import plain_item
from darkroom.reviewers import new_key, sign_in_token


def add(stack: Stack, name: str, now: str) -> tuple[str, bool]:
    """The sign-in link of `name`, and whether it takes the place of one from before."""
    key, keys = new_key(), stack.link_keys
    answer = stack.dynamodb.put_item(
        TableName=stack.output("ReviewersTable"),
        Item={"name": {"S": name}, "key": {"S": key}, "added_at": {"S": now}},
        ReturnValues="ALL_OLD",
    )
    token = sign_in_token(keys, name, key)
    return f"{stack.output('ReviewUrl').rstrip('/')}/sign-in/{token}", "Attributes" in answer


def everyone(stack: Stack) -> list[Record]:
    """All reviewers {name, added_at} by name. The keys stay in the table."""
    pages = stack.dynamodb.get_paginator("scan").paginate(
        TableName=stack.output("ReviewersTable"), ConsistentRead=True
    )
    found = [plain_item(item) for page in pages for item in page["Items"]]
    return sorted(
        ({"name": one["name"], "added_at": one["added_at"]} for one in found),
        key=lambda one: (one["name"].casefold(), one["name"]),
    )


def remove(stack: Stack, name: str) -> bool:
    """Whether there was a reviewer of that name; there is none any more."""
    answer = stack.dynamodb.delete_item(
        TableName=stack.output("ReviewersTable"),
        Key={"name": {"S": name}},
        ReturnValues="ALL_OLD",
    )
    return "Attributes" in answer
