"""The state of a stack, read through its own APIs when a storm is over."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from bench.storming.log import Log
from bench.storming.plan import Plan
from bench.storming.state import (
    Failure,
    Manifest,
    Name,
    Recorded,
    Run,
    State,
    Uploaded,
    version_of,
)
from cli.stack import Stack
from darkroom.items import plain_item
from darkroom.keys import MANIFEST_NAME, RAW_PREFIX, WAITING_PREFIX

READERS = 4


def collect(stack: Stack, plan: Plan, log: Log, late: str) -> State:
    published = frozenset(_keys(stack, "PublishedBucket", ""))
    waiting = _keys(stack, "WorkBucket", WAITING_PREFIX)
    return State(
        uploads=tuple(_uploads(stack, plan, log.revision)),
        records=records(stack),
        runs=_runs(stack, log.revision),
        messages=tuple(log.messages),
        published=published,
        waiting=frozenset(key.removeprefix(WAITING_PREFIX) for key in waiting),
        manifests=_manifests(stack, published),
        decided=dict(log.decided),
        meant={log.name(upload): upload.decision for upload in plan if upload.decision},
        others=_others(stack),
        late=late,
    )


def _uploads(stack: Stack, plan: Plan, revision: str) -> Iterator[Uploaded]:
    """Every version in the upload bucket, as the bucket says it: what was put is not asked."""
    kinds = {(upload.image, upload.etag): upload.kind for upload in plan}
    pages = stack.s3.get_paginator("list_object_versions").paginate(
        Bucket=stack.outputs["UploadBucket"]
    )
    found = [item for page in pages for item in page.get("Versions", [])]
    places: Counter[str] = Counter()
    # S3 lists a key's newest version first.
    for item in reversed(found):
        image, etag = item["Key"].removeprefix(RAW_PREFIX), item["ETag"].strip('"')
        place = places[image]
        places[image] += 1
        yield Uploaded(image, version_of(etag, revision), kinds[image, etag], place)


def records(stack: Stack) -> tuple[Recorded, ...]:
    pages = stack.dynamodb.get_paginator("scan").paginate(
        TableName=stack.outputs["ImagesTable"], ConsistentRead=True
    )
    return tuple(_recorded(plain_item(item)) for page in pages for item in page["Items"])


def _recorded(item: Mapping[str, Any]) -> Recorded:
    review = item.get("review", {})
    variants = json.loads(item.get("outline", "{}")).get("variants", [])
    return Recorded(
        image=item["image"],
        version=item["version"],
        status=item["status"],
        execution=item["execution"],
        flags=tuple(flag["rule"] for flag in item.get("flags", [])),
        reason=item.get("reason", {}).get("code", ""),
        decision=review.get("decision", ""),
        superseded="superseded_by" in item,
        waits="task_token" in item and "review_queue" in item,
        files=sum(len(variant["files"]) for variant in variants),
        claimed_at=_moment(item.get("claimed_at")),
        requested_at=_moment(review.get("requested_at")),
        updated_at=_moment(item.get("updated_at")),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _runs(stack: Stack, revision: str) -> tuple[Run, ...]:
    listed = list(_executions(stack, stack.outputs["PipelineArn"]))
    made = {
        execution["name"]: execution
        for execution in _executions(stack, stack.outputs["ProcessArn"])
    }
    with ThreadPoolExecutor(READERS) as readers:
        whole = list(readers.map(lambda one: _whole(stack, one), listed))
        children = list(readers.map(lambda one: _child(stack, one), made.values()))
    failures: dict[Name, list[Failure]] = {}
    for name, found in children:
        failures.setdefault(name, []).extend(found)
    return tuple(_run(one, failures, revision) for one in whole)


def _executions(stack: Stack, machine: str) -> Iterator[Mapping[str, Any]]:
    for page in stack.stepfunctions.get_paginator("list_executions").paginate(
        stateMachineArn=machine
    ):
        yield from page["executions"]


def _whole(stack: Stack, execution: Mapping[str, Any]) -> tuple[Any, list[Any]]:
    arn = execution["executionArn"]
    return stack.stepfunctions.describe_execution(executionArn=arn), _history(stack, arn)


def _child(stack: Stack, execution: Mapping[str, Any]) -> tuple[Name, list[Failure]]:
    """An Express workflow has a history on the engine only."""
    arn = execution["executionArn"]
    asked = json.loads(stack.stepfunctions.describe_execution(executionArn=arn)["input"])
    return (asked["image"], asked["version"]), list(_failures(_history(stack, arn)))


def _history(stack: Stack, arn: str) -> list[Any]:
    pages = stack.stepfunctions.get_paginator("get_execution_history").paginate(
        executionArn=arn, includeExecutionData=False, PaginationConfig={"PageSize": 1000}
    )
    return [event for page in pages for event in page["events"]]


def _failures(history: list[Any]) -> Iterator[Failure]:
    for event in history:
        if event["type"] == "TaskFailed":
            details = event["taskFailedEventDetails"]
            yield Failure(event["timestamp"], details["error"], details.get("cause", ""))


def _run(
    whole: tuple[Any, list[Any]], failures: Mapping[Name, list[Failure]], revision: str
) -> Run:
    execution, history = whole
    announced = json.loads(execution["input"])["detail"]["object"]
    image = announced["key"].removeprefix(RAW_PREFIX)
    version = version_of(announced["etag"], revision)
    states = [
        event["stateEnteredEventDetails"]["name"]
        for event in history
        if event["type"].endswith("StateEntered")
    ]
    own = tuple(_failures(history))
    # What failed in Process belongs to the one run of these that did the work.
    works = bool(states) and states[-1] != "Duplicate"
    return Run(
        arn=execution["executionArn"],
        image=image,
        version=version,
        status=execution["status"],
        state=states[-1] if states else "",
        started_at=execution["startDate"],
        stopped_at=execution.get("stopDate"),
        failures=own + tuple(failures.get((image, version), ()) if works else ()),
        pauses=states.count("Pause"),
    )


def _others(stack: Stack) -> dict[str, dict[str, int]]:
    """Of the other state machines: how many executions there are, by status.

    A reminder sleeps until its time, whatever became of the picture.
    """
    client = stack.stepfunctions
    found = {}
    for machine in client.list_state_machines()["stateMachines"]:
        name = machine["name"].rpartition("-")[2]
        if machine["stateMachineArn"] != stack.outputs["PipelineArn"] and name != "reminder":
            executions = _executions(stack, machine["stateMachineArn"])
            found[name] = dict(Counter(one["status"] for one in executions))
    return found


def _manifests(stack: Stack, published: frozenset[str]) -> dict[str, Manifest]:
    keys = [key for key in published if key.endswith(f"/{MANIFEST_NAME}")]
    with ThreadPoolExecutor(READERS) as readers:
        found = list(readers.map(lambda key: _manifest(stack, key), keys))
    names = [key.removesuffix(f"/{MANIFEST_NAME}") for key in keys]
    return dict(zip(names, found, strict=True))


def _manifest(stack: Stack, key: str) -> Manifest:
    answer = stack.s3.get_object(Bucket=stack.outputs["PublishedBucket"], Key=key)
    manifest = json.loads(answer["Body"].read())
    files = {file["key"] for variant in manifest["variants"] for file in variant["files"]}
    return Manifest(manifest["version"], answer["Metadata"]["version"], frozenset(files))


def _keys(stack: Stack, output: str, prefix: str) -> list[str]:
    pages = stack.s3.get_paginator("list_objects_v2").paginate(
        Bucket=stack.outputs[output], Prefix=prefix
    )
    return [item["Key"] for page in pages for item in page.get("Contents", [])]
