"""A repair: MiniStack's Distributed Map reads no JSONata and writes no results (1.5.33).

What the state's fields say is evaluated before it runs; its results are written as AWS does:
https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

from __future__ import annotations

import json
from typing import Any

from ministack.core.responses import new_uuid
from ministack.services import s3, stepfunctions

Json = dict[str, Any]

EVALUATED = ("MaxConcurrency", "ToleratedFailurePercentage", "ToleratedFailureCount")
# Of a child's execution, what AWS writes of one that failed: by its own names.
WRITTEN = {
    "executionArn": "ExecutionArn",
    "name": "Name",
    "status": "Status",
    "startDate": "StartDate",
    "stopDate": "StopDate",
    "stateMachineArn": "StateMachineArn",
    "input": "Input",
    "error": "Error",
    "cause": "Cause",
}

_run_distributed_map = stepfunctions._run_distributed_map


def run_distributed_map(
    state: Json, raw_input: Any, effective: Any, iterator: Json, execution: Json, ctx: Json
) -> Any:
    """The state's result: the children's, or where they were written. Raises _ExecutionError."""
    if stepfunctions._state_query_language(state, ctx) != "JSONata":
        return _run_distributed_map(state, raw_input, effective, iterator, execution, ctx)
    evaluated = dict(state)
    for field in (*EVALUATED, "ItemReader", "ResultWriter"):
        if field in state:
            value = stepfunctions._apply_jsonata_template(state[field], raw_input, ctx)
            evaluated[field] = value
    writer = evaluated.pop("ResultWriter", None)
    before = set(stepfunctions._map_runs)
    try:
        result, following = _run_distributed_map(
            evaluated, raw_input, effective, iterator, execution, ctx
        )
    except stepfunctions._ExecutionError:
        if writer:
            _write(writer, _run_of(execution, before))
        raise
    return (_write(writer, _run_of(execution, before)) if writer else result), following


def _run_of(execution: Json, before: set[str]) -> str:
    """The ARN of the Map Run that this execution has made since."""
    for arn, run in stepfunctions._map_runs.items():
        if arn not in before and run["executionArn"] == execution["executionArn"]:
            return str(arn)
    raise LookupError(f"expected a Map Run of {execution['executionArn']}, found none")


def _write(writer: Json, arn: str) -> Json:
    """Put the children's ends into files, and a manifest beside them; where that lies."""
    arguments = writer["Arguments"]
    bucket, prefix = arguments["Bucket"], f"{arguments['Prefix']}/{new_uuid()}"
    ends: dict[str, list[Any]] = {"SUCCEEDED": [], "FAILED": [], "PENDING": []}
    for child in list(stepfunctions._executions.values()):
        if child.get("mapRunArn") == arn:
            ends[child["status"]].append(_line(child))
    files: dict[str, list[Json]] = {}
    for status, lines in ends.items():
        key = f"{prefix}/{status}_0.json"
        files[status] = [{"Key": key, "Size": _put(bucket, key, lines)}] if lines else []
    manifest = f"{prefix}/manifest.json"
    _put(bucket, manifest, {"DestinationBucket": bucket, "MapRunArn": arn, "ResultFiles": files})
    return {"MapRunArn": arn, "ResultWriterDetails": {"Bucket": bucket, "Key": manifest}}


def _line(child: Json) -> Any:
    """COMPACT: the output of one that succeeded; of another, all there is."""
    if child["status"] == "SUCCEEDED":
        return json.loads(child["output"])
    return {name: child[field] for field, name in WRITTEN.items() if field in child}


def _put(bucket: str, key: str, value: Any) -> int:
    body = json.dumps(value).encode()
    s3._put_object(bucket, key, body, {})
    return len(body)


def install() -> None:
    stepfunctions._run_distributed_map = run_distributed_map
