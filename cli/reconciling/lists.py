"""Lists of everything, each read once: what a run writes before what it was claimed by.

First the published bucket, then the uploads, then the records, then what is running. Whatever is in
a bucket because of a run then has its record in the list, and an open record that is seen has its
run still to be seen. The other way round, every run that begins meanwhile would be a suspect.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from cli.executions import BROKEN, RUNNING
from cli.reconciling.facts import Upload, image_name
from cli.reconciling.published import parse_key
from cli.reconciling.source import Source
from cli.reconciling.suspects import Listed
from cli.reconciling.tables import scan
from darkroom.keys import RAW_PREFIX


def list_everything(source: Source, prefix: str) -> dict[str, Listed]:
    """Images whose name begins with `prefix`, in the order of this module's docstring."""
    found: dict[str, Listed] = defaultdict(Listed)
    for item in _objects(source.s3, source.published, prefix):
        parsed = parse_key(item["Key"])
        if parsed is not None and parsed.version is None:
            found[parsed.image].manifest_at = item["LastModified"]
        elif parsed is not None and parsed.version is not None:
            found[parsed.image].files.add(parsed.version)
    for item in _objects(source.s3, source.uploads, RAW_PREFIX + prefix):
        upload = Upload(
            item["Key"], item["ETag"].strip('"'), item["LastModified"], size=item["Size"]
        )
        found[image_name(upload.key)].uploads.append(upload)
    for record in scan(source, prefix):
        found[record.image].records.append(record)
    return dict(found)


def list_running(source: Source) -> set[str]:
    """Executions of both machines that may have a record."""
    machines = (source.pipeline, source.withdraw)
    return {arn for machine in machines for arn in _executions(source, machine, RUNNING)}


def list_broken_withdrawals(source: Source) -> set[str]:
    return {arn for status in BROKEN for arn in _executions(source, source.withdraw, status)}


def _objects(client: Any, bucket: str, prefix: str) -> Iterator[Mapping[str, Any]]:
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    for page in pages:
        yield from page.get("Contents", [])


def _executions(source: Source, machine: str, status: Any) -> Iterator[str]:
    pages = source.stepfunctions.get_paginator("list_executions").paginate(
        stateMachineArn=machine, statusFilter=status
    )
    for page in pages:
        yield from (execution["executionArn"] for execution in page["executions"])
