"""Starting the pipeline again for a record, with the upload's event as it was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from cli.errors import CommandError
from cli.executions import RUNNING, described, is_of
from cli.reconciling.facts import NAMES, announced_as, upload_key, version_of
from cli.reconciling.source import recipe_revision
from cli.records import Record
from cli.stack import Stack
from darkroom import statuses
from darkroom.items import plain_item


def order_of(stack: Stack, record: Record, force: bool) -> dict[str, Any]:
    """The input of a run for that record. Raises CommandError where there is no sense in one."""
    item = _item(stack, record)
    announced = _announced(stack, record, item)
    if record["status"] == statuses.PUBLISHED and not _is_there(stack, announced):
        raise CommandError(
            f"The upload of {record['image']!r}, version {record['version']}, is gone: it would "
            "be INVALID though it is published.",
            "`darkroom retract` takes down what is published.",
        )
    order = {
        "detail": {"bucket": {"name": stack.output("UploadBucket")}, "object": announced},
        # Named like this, a version keeps its name though RecipeRevision was raised since.
        "version": record["version"],
        "reopened": item.get("reopened", {}),
    }
    return order | ({"force": True} if force else {})


def start(stack: Stack, order: Mapping[str, Any]) -> str:
    """The execution's ARN. Twice is once: Claim admits one run of a FAILED record."""
    answer = stack.stepfunctions.start_execution(
        stateMachineArn=stack.output("PipelineArn"), input=json.dumps(order, ensure_ascii=False)
    )
    return answer["executionArn"]


def is_running(stack: Stack, execution: str) -> bool:
    found = described(stack, execution)
    return found is not None and found["status"] == RUNNING


def is_withdrawal(stack: Stack, execution: str) -> bool:
    """Whether an execution is one of the state machine `withdraw`."""
    return is_of(stack.output("WithdrawArn"), execution)


def _item(stack: Stack, record: Record) -> dict[str, Any]:
    """The record with the fields for our own use."""
    answer = stack.dynamodb.get_item(
        TableName=stack.output("ImagesTable"),
        Key={name: {"S": record[name]} for name in ("image", "version")},
        ConsistentRead=True,
    )
    return plain_item(answer.get("Item", {}))


def _announced(stack: Stack, record: Record, item: Mapping[str, Any]) -> dict[str, str]:
    """The object as S3 announced it: by the record, by the run's own input, or as it is now."""
    upload = item.get("upload") or {}
    if "key" in upload and "etag" in upload:
        return announced_as(upload)
    return _given(stack, record["execution"]) or _present(stack, record)


def _given(stack: Stack, execution: str) -> dict[str, str] | None:
    """What that execution was told, if anybody still knows."""
    found = described(stack, execution)
    if found is None:
        return None
    try:
        given = json.loads(found["input"])["detail"]["object"]
    except (KeyError, TypeError, ValueError):
        return None
    return {name: given[name] for name in NAMES.values() if name in given}


def _is_there(stack: Stack, announced: Mapping[str, str]) -> bool:
    """Whether that very upload can still be read."""
    named = {"VersionId": announced["version-id"]} if "version-id" in announced else {}
    head = _head(stack, announced["key"], **named)
    return head is not None and head["ETag"].strip('"') == announced["etag"]


def _present(stack: Stack, record: Record) -> dict[str, str]:
    image = record["image"]
    key = upload_key(image)
    head = _head(stack, key)
    etag = head["ETag"].strip('"') if head else ""
    # Other bytes than the version's: what somebody decided about those is no word on these.
    if head is None or version_of(etag, recipe_revision(stack)) != record["version"]:
        raise CommandError(
            f"Nothing says which upload version {record['version']} of {image!r} is of: "
            "neither its record nor its run does, and it is not what lies under its name.",
            "Upload the picture again.",
        )
    announced = {"key": key, "etag": etag}
    if head.get("VersionId", "null") != "null":
        announced["version-id"] = head["VersionId"]
    return announced


def _head(stack: Stack, key: str, **named: Any) -> Mapping[str, Any] | None:
    """What S3 says of an upload; None where there is none."""
    try:
        return stack.s3.head_object(Bucket=stack.output("UploadBucket"), Key=key, **named)
    except ClientError as error:
        # 405: a delete marker. 403: missing, to whom may not list.
        if error.response["Error"]["Code"] in ("403", "404", "405"):
            return None
        raise
