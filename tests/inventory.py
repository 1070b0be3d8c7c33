"""All that a stack holds, to compare before and after."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from darkroom.items import plain_item
from tests.conftest import Darkroom, wait_for

Lines = Iterator[str]


def everything(darkroom: Darkroom) -> set[str]:
    """A line for each item, object and execution: where it is, what it is, how it is.

    Tables, buckets and state machines are those of the deployed template, whichever they are.
    """
    pages = darkroom.stack.client("cloudformation").get_paginator("list_stack_resources")
    return {
        f"{resource['LogicalResourceId']} {line}"
        for page in pages.paginate(StackName=darkroom.stack.name)
        for resource in page["StackResourceSummaries"]
        if (read := READERS.get(resource["ResourceType"]))
        for line in read(darkroom, resource["PhysicalResourceId"])
    }


def at_rest(darkroom: Darkroom) -> set[str]:
    """Everything, once every run that goes on waits for a reviewer, with its token on record."""

    def found() -> set[str] | None:
        lines = everything(darkroom)
        waiting = [line for line in lines if '"review_queue"' in line and '"task_token"' in line]
        running = [line for line in lines if line.endswith(" RUNNING")]
        busy = [line for line in running if not line.startswith("Reminder ")]
        return lines if len(busy) == len(waiting) else None

    return wait_for(found, lambda: "the stack did not come to rest")


def _items(darkroom: Darkroom, table: str) -> Lines:
    pages = darkroom.stack.dynamodb.get_paginator("scan")
    for page in pages.paginate(TableName=table, ConsistentRead=True):
        for item in page["Items"]:
            yield json.dumps(plain_item(item), sort_keys=True)


def _objects(darkroom: Darkroom, bucket: str) -> Lines:
    for page in darkroom.stack.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for one in page.get("Contents", []):
            yield f"{one['Key']} {one['ETag']} {one['LastModified']}"


def _executions(darkroom: Darkroom, machine: str) -> Lines:
    pages = darkroom.stepfunctions.get_paginator("list_executions")
    for page in pages.paginate(stateMachineArn=machine):
        for one in page["executions"]:
            yield f"{one['name']} {one['status']}"


READERS: dict[str, Callable[[Darkroom, Any], Lines]] = {
    "AWS::DynamoDB::Table": _items,
    "AWS::S3::Bucket": _objects,
    "AWS::StepFunctions::StateMachine": _executions,
}
