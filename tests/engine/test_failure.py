"""What happens when it is we who break: FAILED, recorded, told once, and run again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from cli import records
from darkroom import statuses
from tests.conftest import Darkroom, wait_for
from tests.engine.breaking import calling_nobody, without_settings
from tests.engine.conftest import Operator, decide, small
from tests.statemachine.definitions import PIPELINE, PROCESS, WITHDRAW, tasks

pytestmark = pytest.mark.engine

Messages = Callable[[], list[dict[str, Any]]]

# Tasks that a run gets to by itself, and the step that is recorded; with a flag; after a decision.
CLEAN = [
    *(("ProcessArn", state, state) for state in ("Recall", "Claim", "Validate")),
    ("ProcessArn", "ResizeOne", "Resize"),
    ("ProcessArn", "FilterOne", "Filter"),
    ("ProcessArn", "OptimizeOne", "Optimize"),
    ("ProcessArn", "Publish", "Publish"),
    *(("PipelineArn", state, state) for state in ("Process", "Record", "Notify")),
]
ASKING = ("Request", "Review")
DECIDED = {"Answer": "approve", "Trail": "approve", "Publish": "approve", "Discard": "reject"}
OUTCOMES = {"approve": statuses.PUBLISHED, "reject": statuses.REJECTED}
# What no run depends on, what has the last word itself, and what expires.
OTHERS = {"Remind", "RecordFailure", "Count", "NotifyFailure", "Expire"}


def told(messages: Messages, image: str, count: int) -> list[str]:
    """The statuses that were announced of an image, in order, once there are so many."""

    def reached() -> list[str] | None:
        found = [message["status"] for message in messages() if message["image"] == image]
        return found if len(found) >= count else None

    return wait_for(reached, lambda: f"{image}: expected {count} messages, got {messages()}")


def assert_failed(darkroom: Darkroom, image: str, step: str) -> dict[str, Any]:
    record = darkroom.wait(image, statuses.FAILED)
    assert record["error"]["step"] == step, record
    assert record["error"]["error"] and record["error"]["cause"]
    newest = max(darkroom.executions(image), key=lambda one: one["startDate"])
    wait_for(
        lambda: (
            darkroom.stepfunctions.describe_execution(executionArn=newest["executionArn"])["status"]
            == "FAILED"
        ),
        lambda: "the execution did not fail",
    )
    return record


def test_a_function_that_fails_is_recorded_announced_and_can_run_again(
    darkroom: Darkroom, operator: Operator
) -> None:
    messages = darkroom.listen("OutcomeTopicArn")
    image = "failing/function.jpg"

    with without_settings(darkroom, "ValidateFunction"):
        darkroom.upload(image, small(image))
        record = assert_failed(darkroom, image, "Validate")

    assert "expected a value for" in record["error"]["cause"]
    [message] = wait_for(messages, lambda: "no outcome message")
    assert (message["image"], message["error"]) == (image, record["error"])
    operator("rerun", image)
    [repaired] = records.versions(darkroom.stack, image)
    assert (repaired["status"], repaired["version"]) == (statuses.PUBLISHED, record["version"])
    assert "error" not in repaired


@pytest.mark.parametrize(("machine", "state", "step"), CLEAN, ids=[case[1] for case in CLEAN])
def test_any_state_that_fails_for_good_is_recorded_announced_and_repaired_by_a_rerun(
    darkroom: Darkroom, operator: Operator, machine: str, state: str, step: str
) -> None:
    messages = darkroom.listen("OutcomeTopicArn")
    image = f"broken/{state}.jpg"

    with calling_nobody(darkroom, machine, state):
        darkroom.upload(image, small(image))
        failed = assert_failed(darkroom, image, step)
    assert told(messages, image, 1) == [statuses.FAILED]

    operator("rerun", image)
    [repaired] = records.versions(darkroom.stack, image)
    assert (repaired["status"], repaired["version"]) == (statuses.PUBLISHED, failed["version"])
    assert darkroom.manifest(image)["version"] == repaired["version"]
    assert told(messages, image, 2) == [statuses.FAILED, statuses.PUBLISHED]


@pytest.mark.parametrize("state", ASKING)
def test_where_nobody_could_be_asked_a_rerun_asks(
    darkroom: Darkroom, operator: Operator, state: str
) -> None:
    image = f"broken/forbidden {state}.jpg"

    with calling_nobody(darkroom, "PipelineArn", state):
        darkroom.upload(image, small(image))
        assert_failed(darkroom, image, state)

    assert statuses.IN_REVIEW in operator("rerun", image).output
    decide(darkroom, image, "approve")
    darkroom.wait(image, statuses.PUBLISHED)


def test_a_reminder_that_cannot_be_started_fails_nothing(darkroom: Darkroom) -> None:
    image = "broken/forbidden Remind.jpg"
    with calling_nobody(darkroom, "PipelineArn", "Remind"):
        assert darkroom.run(image, small(image))["status"] == statuses.IN_REVIEW
    decide(darkroom, image, "approve")
    darkroom.wait(image, statuses.PUBLISHED)


def test_masters_that_cannot_be_removed_fail_nothing(darkroom: Darkroom) -> None:
    image = "broken/TidyOne.jpg"
    with calling_nobody(darkroom, "ProcessArn", "TidyOne"):
        assert darkroom.run(image, small(image))["status"] == statuses.PUBLISHED
    assert len(darkroom.keys("WorkBucket", f"masters/{image}/")) == 2


@pytest.mark.parametrize(("state", "decision"), DECIDED.items())
def test_what_was_decided_before_it_broke_is_carried_out_by_a_rerun_without_asking_again(
    darkroom: Darkroom, operator: Operator, state: str, decision: str
) -> None:
    messages, requests = darkroom.listen("OutcomeTopicArn"), darkroom.listen("ReviewTopicArn")
    image = f"decided/forbidden {state}.jpg"

    with calling_nobody(darkroom, "PipelineArn", state):
        darkroom.run(image, small(image))
        decide(darkroom, image, decision)
        failed = assert_failed(darkroom, image, state)

    assert failed["review"]["decision"] == decision
    assert darkroom.keys("PublishedBucket", f"{image}/") == []
    operator("rerun", image)
    [ended] = records.versions(darkroom.stack, image)
    assert ended["status"] == OUTCOMES[decision]
    assert ended["review"] == failed["review"]
    assert told(messages, image, 2) == [statuses.FAILED, OUTCOMES[decision]]
    assert len([one for one in requests() if image in one["text"]]) == 1
    trail = json.loads(operator("history", image, "--json").output)
    assert [entry["event"] for entry in trail] == ["requested", "decided"]
    assert bool(darkroom.keys("PublishedBucket", f"{image}/")) == (decision == "approve")
    assert darkroom.keys("WorkBucket", f"waiting/{image}/") == []


def test_a_review_whose_end_broke_is_asked_for_again(
    darkroom: Darkroom, operator: Operator
) -> None:
    image = "broken/forbidden Expire.jpg"
    with calling_nobody(darkroom, "PipelineArn", "Expire", review_seconds=1):
        darkroom.upload(image, small(image))
        assert_failed(darkroom, image, "Expire")

    assert statuses.IN_REVIEW in operator("rerun", image).output
    decide(darkroom, image, "reject")
    darkroom.wait(image, statuses.REJECTED)


@pytest.mark.parametrize(
    ("machine", "state"), [("PipelineArn", "Process"), ("ProcessArn", "Claim")]
)
def test_a_rerun_that_never_comes_to_its_claim_is_told_of_too(
    darkroom: Darkroom, operator: Operator, machine: str, state: str
) -> None:
    messages = darkroom.listen("OutcomeTopicArn")
    image = f"broken/{state} again.jpg"

    with calling_nobody(darkroom, "ProcessArn", "ResizeOne"):
        darkroom.upload(image, small(image))
        assert_failed(darkroom, image, "Resize")
    with calling_nobody(darkroom, machine, state):
        operator("rerun", image, fails=True)
        assert_failed(darkroom, image, state)
    assert told(messages, image, 2) == [statuses.FAILED] * 2

    operator("rerun", image)
    darkroom.wait(image, statuses.PUBLISHED)


def test_every_task_is_made_to_fail_here() -> None:
    fails_nothing = {"TidyOne", "Count"}
    broken = {
        "PipelineArn": {*ASKING, *DECIDED, *OTHERS},
        "ProcessArn": {"Moderate", *fails_nothing},
    }
    for machine, state, _ in CLEAN:
        broken[machine].add(state)
    # Moderate: tests/engine/test_moderation.py
    assert broken == {"PipelineArn": set(tasks(PIPELINE)), "ProcessArn": set(tasks(PROCESS))}


def test_what_a_run_cannot_record_itself_is_settled_by_its_end(
    darkroom: Darkroom, operator: Operator
) -> None:
    messages = darkroom.listen("OutcomeTopicArn")
    image = "broken/twice.jpg"

    with calling_nobody(darkroom, "PipelineArn", "Record", "RecordFailure"):
        darkroom.upload(image, small(image))
        record = darkroom.wait(image, statuses.FAILED)

    assert record["error"]["step"] == "Record"
    assert told(messages, image, 1) == [statuses.FAILED]
    operator("rerun", image)
    darkroom.wait(image, statuses.PUBLISHED)


# ── Withdrawals ──────────────────────────────────────────────────────────────────────────────────

REOPENING = ("Reopen", "Withdraw", "Trail", "Restart")
RETRACTING = ("Retract", "Withdraw", "Trail", "Notify")


def test_a_reopening_that_fails_anywhere_is_gone_on_with_by_the_same_command(
    darkroom: Darkroom, operator: Operator
) -> None:
    messages = darkroom.listen("OutcomeTopicArn")
    image = "withdrawn/reopened.jpg"
    darkroom.run(image, small(image))

    for state in REOPENING:
        with calling_nobody(darkroom, "WithdrawArn", state):
            said = operator("reopen", image, fails=True).output
        assert f"FAILED: {state}: " in said
        if state == "Reopen":
            assert darkroom.wait(image, statuses.PUBLISHED)  # as it was: nothing was claimed
        else:
            assert darkroom.wait(image, statuses.FAILED)["error"]["step"] == state
            assert "darkroom reopen" in operator("rerun", image, fails=True).output
            assert "darkroom reopen" in operator("rerun", image, "--force", fails=True).output
    assert statuses.IN_REVIEW in operator("reopen", image).output

    assert darkroom.keys("PublishedBucket", f"{image}/") == []
    assert told(messages, image, 4) == [statuses.PUBLISHED] + [statuses.FAILED] * 3
    decide(darkroom, image, "approve")
    darkroom.wait(image, statuses.PUBLISHED)


def test_a_take_down_that_fails_anywhere_is_retracted_and_gone_on_with_by_the_same_command(
    darkroom: Darkroom, operator: Operator
) -> None:
    messages = darkroom.listen("OutcomeTopicArn")
    image = "withdrawn/retracted.jpg"
    darkroom.run(image, small(image))

    for state in RETRACTING:
        with calling_nobody(darkroom, "WithdrawArn", state):
            said = operator("retract", image, "--reason", "a test", fails=True).output
        assert f"FAILED: {state}: " in said
        if state == "Retract":
            assert darkroom.wait(image, statuses.PUBLISHED)
        else:
            assert darkroom.wait(image, statuses.RETRACTED)["error"]["step"] == state
            assert "darkroom retract" in operator("rerun", image, fails=True).output
    operator("retract", image, "--reason", "a test")

    assert "error" not in darkroom.wait(image, statuses.RETRACTED)
    assert darkroom.keys("PublishedBucket", f"{image}/") == []
    assert told(messages, image, 5) == [
        *(statuses.PUBLISHED, *[statuses.FAILED] * 3, statuses.RETRACTED)
    ]


def test_every_task_of_a_withdrawal_is_made_to_fail_here() -> None:
    assert set(tasks(WITHDRAW)) == {
        *REOPENING,
        *RETRACTING,
        *("RecordFailure", "Count", "NotifyFailure"),
        "Invalidate",  # tests/engine/test_delivery.py
    }
