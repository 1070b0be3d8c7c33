"""Single states of the deployed pipeline, each cut out and run by itself on the engine."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cli import records
from darkroom import statuses
from tests.conftest import Darkroom, wait_for

pytestmark = pytest.mark.engine

State = dict[str, Any]
Run = Callable[..., dict[str, Any]]


def cut_out(definition: State, name: str, variables: dict[str, Any]) -> State:
    """A state machine of one state: before it the variables that it finds, after it a stop.

    Its output names the state that would have come next.
    """
    state = definition["States"][name]
    targets = [state.get("Next"), state.get("Default")]
    targets += [rule["Next"] for rule in state.get("Choices", []) + state.get("Catch", [])]
    stops = {
        target: {"Type": "Pass", "Output": {"next": target}, "End": True}
        for target in targets
        if target
    }
    given = {"Type": "Pass", "Assign": variables, "Next": name}
    return {
        "QueryLanguage": "JSONata",
        "StartAt": "Given",
        "States": {"Given": given, name: state, **stops},
    }


@pytest.fixture
def run_state(darkroom: Darkroom) -> Iterator[Run]:
    client = darkroom.stepfunctions
    pipeline = client.describe_state_machine(stateMachineArn=darkroom.stack.outputs["PipelineArn"])
    made = []

    def run(name: str, event: dict[str, Any], **variables: Any) -> dict[str, Any]:
        definition = cut_out(json.loads(pipeline["definition"]), name, variables)
        machine = client.create_state_machine(
            name=f"only-{name}-{uuid.uuid4().hex[:8]}",
            definition=json.dumps(definition),
            roleArn=pipeline["roleArn"],
        )["stateMachineArn"]
        made.append(machine)
        arn = client.start_execution(stateMachineArn=machine, input=json.dumps(event))[
            "executionArn"
        ]

        def ended() -> dict[str, Any] | None:
            execution = dict(client.describe_execution(executionArn=arn))
            return None if execution["status"] == "RUNNING" else execution

        return wait_for(ended, lambda: f"{name} did not end")

    yield run
    for machine in made:
        client.delete_state_machine(stateMachineArn=machine)


def event_of(key: str, etag: str = "0123456789abcdef", **extra: Any) -> dict[str, Any]:
    """What EventBridge says of an upload, and more."""
    detail = {"bucket": {"name": "uploads"}, "object": {"key": key, "etag": etag}}
    return {"detail": detail, **extra}


def next_of(execution: dict[str, Any]) -> str:
    assert execution["status"] == "SUCCEEDED", execution
    return str(json.loads(execution["output"])["next"])


def test_claim_admits_one_run_per_upload(darkroom: Darkroom, run_state: Run) -> None:
    event = event_of("raw/claimed/ü + é.jpg")

    assert next_of(run_state("Claim", event)) == "Process"
    assert next_of(run_state("Claim", event)) == "Duplicate"
    assert next_of(run_state("Claim", event_of("raw/claimed/ü + é.jpg", "another"))) == "Process"

    first, second = records.versions(darkroom.stack, "claimed/ü + é.jpg")
    assert first["status"] == second["status"] == statuses.PROCESSING
    assert first["version"] != second["version"]
    assert len(first["version"]) == 16


def test_claim_admits_an_operator_who_forces_it(darkroom: Darkroom, run_state: Run) -> None:
    event = event_of("raw/claimed/forced.jpg")
    run_state("Claim", event)

    assert next_of(run_state("Claim", event | {"force": True})) == "Process"


def test_claim_takes_a_key_that_is_nothing_but_the_prefix(run_state: Run) -> None:
    assert next_of(run_state("Claim", event_of("raw/"))) == "Process"


def test_a_failed_upload_can_be_claimed_again(darkroom: Darkroom, run_state: Run) -> None:
    event = event_of("raw/claimed/failed.jpg")
    claim = run_state("Claim", event)
    [record] = records.versions(darkroom.stack, "claimed/failed.jpg")
    assert record["execution"] == claim["executionArn"]
    darkroom.stack.dynamodb.update_item(
        TableName=darkroom.stack.outputs["ImagesTable"],
        Key={"image": {"S": record["image"]}, "version": {"S": record["version"]}},
        UpdateExpression="SET #status = :failed, #error = :error",
        ExpressionAttributeNames={"#status": "status", "#error": "error"},
        ExpressionAttributeValues={":failed": {"S": statuses.FAILED}, ":error": {"S": "it broke"}},
    )

    assert next_of(run_state("Claim", event)) == "Process"
    [record] = records.versions(darkroom.stack, "claimed/failed.jpg")
    assert record["status"] == statuses.PROCESSING
    assert "error" not in record


def test_a_run_that_was_taken_over_records_nothing(darkroom: Darkroom, run_state: Run) -> None:
    run_state("Claim", event_of("raw/taken/over.jpg"))
    [before] = records.versions(darkroom.stack, "taken/over.jpg")
    names = {"image": before["image"], "version": before["version"]}

    ended = run_state("Record", {}, outcome={"status": "PUBLISHED", "recipe": "default"}, **names)
    failed = run_state(
        "RecordFailure", {}, failure={"step": "Resize", "error": "E", "cause": "C"}, **names
    )

    assert next_of(ended) == next_of(failed) == "Superseded"
    assert records.versions(darkroom.stack, "taken/over.jpg") == [before]


def test_a_failure_before_there_is_a_record_makes_one(darkroom: Darkroom, run_state: Run) -> None:
    failure = {"step": "Claim", "error": "DynamoDB.ThrottlingException", "cause": "slow down"}

    execution = run_state(
        "RecordFailure", {}, image="never/claimed.jpg", version="0" * 16, failure=failure
    )

    assert next_of(execution) == "NotifyFailure"
    [record] = records.versions(darkroom.stack, "never/claimed.jpg")
    assert record["status"] == statuses.FAILED
    assert record["error"] == failure


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ({"verdict": "failed"}, "RecordFailure"),
        ({"verdict": "invalid", "recipe": "default", "reason": {"code": "empty"}}, "Record"),
        (
            {"verdict": "accepted", "recipe": "default", "source": {}, "flags": [{"rule": "x"}]},
            "Request",
        ),
        ({"verdict": "accepted", "recipe": "default", "source": {}, "flags": []}, "Publish"),
        (
            {
                "verdict": "accepted",
                "recipe": "default",
                "source": {},
                "flags": [],
                "manifest_key": "a.jpg/manifest.json",
            },
            "Record",
        ),
    ],
)
def test_the_outcome_leads_where_it_should(
    run_state: Run, made: dict[str, Any], expected: str
) -> None:
    child = {"Status": "FAILED", "Error": "Lambda.Unknown", "Cause": "Resize: it broke"}

    assert next_of(run_state("Outcome", child, made=made)) == expected


@pytest.mark.parametrize(
    ("decision", "expected"),
    [("approve", "Publish"), ("reject", "Discard"), ("Approve", "Discard"), ("", "Discard")],
)
def test_only_the_word_approve_publishes(run_state: Run, decision: str, expected: str) -> None:
    execution = run_state(
        "Decision", {}, review={"decision": decision}, outcome={"recipe": "default"}, made={}
    )

    assert next_of(execution) == expected
