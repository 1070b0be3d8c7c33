"""What `process` would cost as a part of one Standard workflow, against walks through it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cli.costing import one_workflow
from tests.statemachine.definitions import PROCESS
from tests.statemachine.walk import CONTEXT, Failure, Walk

DEFINITION = json.dumps(PROCESS.definition)
UPLOAD = {
    "bucket": "b",
    "key": "raw/a.jpg",
    "etag": "e",
    "image": "a.jpg",
    "version": "0" * 16,
    "execution": "e",
    "started_at": "2026-11-20T06:00:00.000Z",
    "sequencer": "",
}


def batches(kind: str, count: int) -> list[dict[str, Any]]:
    """Of two variants each."""
    return [
        {"name": f"{kind}-{number}", "variants": [{"name": f"{number}{a}"} for a in "ab"]}
        for number in range(count)
    ]


def walked(verdict: dict[str, Any]) -> Walk:
    """A run of `process` in which Validate gives that verdict, and each step what it was given."""

    def services(name: str, arguments: Any) -> Any:
        if name == "Recall":
            return {"Items": []}
        if name == "Claim":
            return {"Attributes": arguments["Key"]}
        if name == "Validate":
            return {"Payload": verdict}
        if name == "Publish":
            return {"Payload": {"manifest_key": "a.jpg/manifest.json"}}
        if name == "TidyOne":
            return {}
        payload = arguments["Payload"]
        made = payload["variant"] if "variant" in payload else payload["batch"]
        return {"Payload": made}

    return Walk(services, CONTEXT)


@pytest.mark.parametrize("flags", [[], [{"rule": "keyword", "detail": "x"}]])
@pytest.mark.parametrize(("renditions", "filters"), [(5, 2), (1, 0), (0, 3)])
def test_each_state_of_a_run_counts_and_each_iteration_of_a_map(
    renditions: int, filters: int, flags: list[dict[str, Any]]
) -> None:
    walk = walked(
        {
            "verdict": "accepted",
            "recipe": "default",
            "flags": flags,
            "formats": ["avif"],
            "quality": 72,
            "renditions": batches("renditions", renditions),
            "filters": batches("filters", filters),
        }
    )
    made = walk.run(PROCESS.definition, UPLOAD)

    found = {"resize": renditions, "filter": filters}
    assert one_workflow.transitions(DEFINITION, made, found) == len(walk.path)


def test_an_invalid_picture_ends_early() -> None:
    walk = walked({"verdict": "invalid", "recipe": "default", "reason": {"code": "empty"}})
    made = walk.run(PROCESS.definition, UPLOAD)

    assert one_workflow.transitions(DEFINITION, made, {}) == len(walk.path) == 7


def test_a_duplicate_ends_earlier() -> None:
    def refuse(name: str, arguments: Any) -> Any:
        if name == "Recall":
            return {"Items": []}
        raise Failure("DynamoDB.ConditionalCheckFailedException", "")

    walk = Walk(refuse, CONTEXT)
    made = walk.run(PROCESS.definition, UPLOAD)

    assert one_workflow.transitions(DEFINITION, made, {}) == len(walk.path) == 4


def test_what_was_retracted_before_ends_earlier() -> None:
    said = {"by": {"S": "Ann"}, "at": {"S": "2026-11-20T07:00:00.000Z"}, "reason": {"S": "asked"}}
    taken = {"version": {"S": "1" * 16}, "status": {"S": "RETRACTED"}, "retraction": {"M": said}}

    def services(name: str, arguments: Any) -> Any:
        return {"Items": [taken]} if name == "Recall" else {"Attributes": arguments["Key"]}

    walk = Walk(services, CONTEXT)
    made = walk.run(PROCESS.definition, UPLOAD)

    assert one_workflow.transitions(DEFINITION, made, {}) == len(walk.path) == 5


def test_of_a_failed_run_nothing_is_known() -> None:
    assert one_workflow.transitions(DEFINITION, {}, {}) == 0
