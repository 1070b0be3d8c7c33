"""Single states of the deployed workflows, each cut out and run by itself on the engine."""

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
    whole = {
        output: client.describe_state_machine(stateMachineArn=darkroom.stack.outputs[output])
        for output in ("PipelineArn", "ProcessArn")
    }
    made = []

    def run(name: str, event: dict[str, Any], **variables: Any) -> dict[str, Any]:
        definitions = {output: json.loads(one["definition"]) for output, one in whole.items()}
        of = "ProcessArn" if name == "Claim" else "PipelineArn"
        definition = cut_out(definitions[of], name, variables)
        machine = client.create_state_machine(
            name=f"only-{name}-{uuid.uuid4().hex[:8]}",
            definition=json.dumps(definition),
            roleArn=whole[of]["roleArn"],
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


EARLY, LATE = "2026-11-20T06:00:00.000Z", "2026-11-20T06:05:00.000Z"


def upload_of(image: str, execution: str, **extra: Any) -> dict[str, Any]:
    """What a run of the pipeline hands over."""
    return {
        "key": f"raw/{image}",
        "etag": "e",
        "sequencer": "",
        "image": image,
        "version": "0" * 16,
        "execution": execution,
        "started_at": EARLY,
        **extra,
    }


def next_of(execution: dict[str, Any]) -> str:
    assert execution["status"] == "SUCCEEDED", execution
    return str(json.loads(execution["output"])["next"])


@pytest.fixture
def is_claimed(run_state: Run) -> Callable[..., bool]:
    def claims(image: str, execution: str, **extra: Any) -> bool:
        found = next_of(run_state("Claim", upload_of(image, execution, **extra)))
        assert found in ("Withdrawn", "Duplicate")
        return found == "Withdrawn"

    return claims


Claims = Callable[..., bool]


def record_of(darkroom: Darkroom, image: str) -> dict[str, Any]:
    [record] = records.versions(darkroom.stack, image)
    return record


BROKE = {name: {"S": "it broke"} for name in ("step", "error", "cause")}


def become(darkroom: Darkroom, image: str, status: str) -> None:
    record = record_of(darkroom, image)
    darkroom.stack.dynamodb.update_item(
        TableName=darkroom.stack.outputs["ImagesTable"],
        Key={"image": {"S": record["image"]}, "version": {"S": record["version"]}},
        UpdateExpression="SET #status = :status, #error = :error",
        ExpressionAttributeNames={"#status": "status", "#error": "error"},
        ExpressionAttributeValues={":status": {"S": status}, ":error": {"M": BROKE}},
    )


def test_claim_admits_one_run_per_upload(darkroom: Darkroom, is_claimed: Claims) -> None:
    image = "claimed/ü + é.jpg"
    assert is_claimed(image, "one")
    assert not is_claimed(image, "two")
    assert is_claimed(image, "two", version="1" * 16)

    first, second = records.versions(darkroom.stack, image)
    assert first["status"] == second["status"] == statuses.PROCESSING
    assert (first["execution"], second["execution"]) == ("one", "two")


def test_a_run_that_is_tried_again_finds_its_claim(darkroom: Darkroom, is_claimed: Claims) -> None:
    image = "claimed/again.jpg"
    assert is_claimed(image, "one") and is_claimed(image, "one")
    assert record_of(darkroom, image)["claimed_at"] == EARLY


@pytest.mark.parametrize(
    "status", sorted({*statuses.ENDED, statuses.IN_REVIEW} - {statuses.FAILED})
)
def test_a_call_that_comes_late_claims_nothing_that_its_run_has_ended(
    darkroom: Darkroom, is_claimed: Claims, status: str
) -> None:
    image = f"claimed/{status}.jpg"
    is_claimed(image, "one")
    become(darkroom, image, status)

    assert not is_claimed(image, "one")
    assert not is_claimed(image, "two")
    assert record_of(darkroom, image)["status"] == status


def test_an_operator_may_force_a_claim_and_keeps_it(darkroom: Darkroom, is_claimed: Claims) -> None:
    """From a run that pauses, too, even if that one was forced itself."""
    image = "claimed/forced.jpg"
    assert is_claimed(image, "one", force=True)
    assert is_claimed(image, "two", force=True, started_at=LATE)
    assert not is_claimed(image, "one", force=True)
    assert is_claimed(image, "two", force=True, started_at=LATE)
    assert record_of(darkroom, image)["execution"] == "two"


def test_a_run_takes_over_from_the_one_that_it_names(
    darkroom: Darkroom, is_claimed: Claims
) -> None:
    image = "claimed/after.jpg"
    is_claimed(image, "one")
    assert not is_claimed(image, "three", after="two")
    assert is_claimed(image, "two", after="one") and is_claimed(image, "two", after="one")
    assert not is_claimed(image, "one")


def test_a_failed_upload_can_be_claimed_again(darkroom: Darkroom, is_claimed: Claims) -> None:
    image = "claimed/failed.jpg"
    is_claimed(image, "one")
    become(darkroom, image, statuses.FAILED)

    assert is_claimed(image, "two")
    record = record_of(darkroom, image)
    assert record["status"] == statuses.PROCESSING
    assert "error" not in record


def test_a_run_that_was_taken_over_records_nothing(darkroom: Darkroom, run_state: Run) -> None:
    run_state("Claim", upload_of("taken/over.jpg", "another"))
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

    assert next_of(execution) == "Count"
    [record] = records.versions(darkroom.stack, "never/claimed.jpg")
    assert record["status"] == statuses.FAILED
    assert record["error"] == failure


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ({"verdict": "duplicate"}, "Duplicate"),
        ({"verdict": "failed"}, "RecordFailure"),
        ({"verdict": "invalid", "recipe": "default", "reason": {"code": "empty"}}, "Record"),
        (
            {"verdict": "accepted", "recipe": "default", "source": {}, "flags": [{"rule": "x"}]}
            | {"decided": False},
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
