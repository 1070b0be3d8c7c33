"""A close look at one image, which decides.

It reads the records, then executions, uploads and the published bucket, and the records once more:
only if they are the same, all of it was true of them at one time. An image that moves meanwhile is
left alone; the next time it will have come to its end or stopped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from cli.executions import RUNNING
from cli.reconciling.facts import (
    UNKNOWN,
    Execution,
    Manifest,
    Recorded,
    Seen,
    Upload,
    upload_key,
)
from cli.reconciling.source import Source
from cli.reconciling.tables import query
from darkroom import statuses
from darkroom.keys import EXTENSIONS, RAW_PREFIX, manifest_key

GONE = ("404", "NoSuchKey", "NoSuchVersion", "NotFound", "405", "MethodNotAllowed")
LAST_EVENTS = 100
# The embedded engine says so, at its start, of what ran when it ended.
CUT_OFF = "States.ServiceRestart"


def look(source: Source, image: str, versions: set[str]) -> Seen | None:
    """One image as it is; None where its records change meanwhile. `versions`: with files."""
    records = query(source, image)
    versions = versions | {record.version for record in records}
    executions = {one.execution: _describe(source, one) for one in records if _matters(one)}
    keys = {record.upload["key"] for record in records if "key" in record.upload}
    if image == "/":
        keys |= {RAW_PREFIX, RAW_PREFIX + "/"}  # both are called so
    uploads = [_head_upload(source, key) for key in sorted(keys or {upload_key(image)})]
    current = tuple(upload for upload in uploads if upload is not None)
    kept = frozenset(one.version for one in records if _is_kept(source, one))
    manifest = _head_manifest(source, image)
    if manifest is not None and manifest.version:
        versions = versions | {manifest.version}
    files = frozenset(one for one in versions if _has_files(source, image, one))
    if query(source, image) != records:
        return None
    return Seen(image, records, current, kept, manifest, files, executions)


def _matters(record: Recorded) -> bool:
    """A run that ended PUBLISHED or INVALID has nothing left to do."""
    return record.status not in (statuses.PUBLISHED, statuses.INVALID)


def _describe(source: Source, record: Recorded) -> Execution:
    try:
        found = source.stepfunctions.describe_execution(executionArn=record.execution)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("ExecutionDoesNotExist", "InvalidArn"):
            return Execution(UNKNOWN)
        raise
    stuck = found["status"] == RUNNING and record.status == statuses.IN_REVIEW
    if stuck and (record.decision or not record.task_token):
        return Execution(RUNNING, state=_state(source, record.execution))
    if found.get("error") == CUT_OFF:
        return Execution(found["status"])
    return Execution(found["status"], found.get("stopDate"))


def _state(source: Source, execution: str) -> str:
    """The state that was entered last, unless it has had many retries since."""
    answer = source.stepfunctions.get_execution_history(
        executionArn=execution,
        reverseOrder=True,
        maxResults=LAST_EVENTS,
        includeExecutionData=False,
    )
    entered = (event.get("stateEnteredEventDetails") for event in answer["events"])
    return next((details["name"] for details in entered if details), "")


def _head(source: Source, bucket: str, key: str, **more: str) -> Mapping[str, Any] | None:
    try:
        return source.s3.head_object(Bucket=bucket, Key=key, **more)  # type: ignore[arg-type]
    except ClientError as error:
        if error.response["Error"]["Code"] in GONE:
            return None
        raise


def _head_upload(source: Source, key: str) -> Upload | None:
    found = _head(source, source.uploads, key)
    if found is None:
        return None
    version_id = found.get("VersionId", "")
    return Upload(
        key,
        found["ETag"].strip('"'),
        found["LastModified"],
        "" if version_id == "null" else version_id,  # uploaded before versioning was on
        found["ContentLength"],
    )


def _is_kept(source: Source, record: Recorded) -> bool:
    version_id = record.upload.get("version_id")
    return version_id is not None and bool(
        _head(source, source.uploads, record.upload["key"], VersionId=version_id)
    )


def _head_manifest(source: Source, image: str) -> Manifest | None:
    found = _head(source, source.published, manifest_key(image))
    if found is None:
        return None
    metadata = found["Metadata"]
    return Manifest(metadata.get("version", ""), metadata.get("uploaded-at", ""))


def _has_files(source: Source, image: str, version: str) -> bool:
    """Pictures directly there; below may lie another image's, called `<image>/<version>`."""
    pages = source.s3.get_paginator("list_objects_v2").paginate(
        Bucket=source.published, Prefix=f"{image}/{version}/", Delimiter="/"
    )
    found = (item["Key"] for page in pages for item in page.get("Contents", []))
    return any(key.rpartition(".")[2] in EXTENSIONS.values() for key in found)
