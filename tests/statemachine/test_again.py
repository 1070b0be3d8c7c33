"""Runs that are tried again, taken over, or ended by others, walked through without an engine."""

from __future__ import annotations

import json
from typing import Any

import pytest

from darkroom import statuses
from darkroom.contracts import Raised, Upload, parse
from tests.statemachine.counting import counted
from tests.statemachine.definitions import PIPELINE, SETTLE
from tests.statemachine.test_expressions import (
    APPROVED,
    EVENT,
    EXECUTION,
    FLAG,
    IMAGE,
    INVALID,
    MADE,
    OTHER_EXECUTION,
    OTHER_FLAG,
    PUBLISHED,
    REASON,
    REJECTED,
    VERDICT,
    Services,
    Steps,
    claiming,
    flagged,
    given,
    message,
    process,
    recorded,
    run,
)
from tests.statemachine.walk import Failure, Json, Walk, fill

BROKE = {"Status": "FAILED", "Error": "Lambda.Unknown", "Cause": "Resize: out of memory"}
STARVED = {
    "Status": "FAILED",
    "Error": "Lambda.TooManyRequestsException",
    "Cause": "Resize: Rate Exceeded.",
}
CROWDED = {**BROKE, "Cause": 'Resize: {"message": "Rate Exceeded: account concurrency cap 4"}'}
SLOW = {"Status": "TIMED_OUT"}
MODERATED = {**BROKE, "Error": "Rekognition.ThrottlingException", "Cause": "Moderate: slow"}
S3_BUSY = {**BROKE, "Error": "ClientError", "Cause": "Optimize: (SlowDown) Reduce your rate"}

REVIEW = {"requested_at": "2025-11-20T06:00:00Z", "deadline_at": "2025-11-27T06:00:00Z"}


# ── Trying again ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("child", [BROKE, STARVED, CROWDED, SLOW, MODERATED, S3_BUSY])
def test_what_others_got_in_the_way_of_is_tried_again_later(child: Json) -> None:
    walk = run(Services(MADE, children=[child]))
    assert walk.path[:4] == ["Process", "Outcome", "Pause", "Process"]
    assert recorded(walk)["status"] == statuses.PUBLISHED


@pytest.mark.parametrize(
    ("child", "pauses"),
    [(BROKE, 3), (SLOW, 6), (STARVED, 10), (CROWDED, 10), (MODERATED, 10), (S3_BUSY, 10)],
)
def test_it_is_tried_for_long_where_it_was_throttled_and_a_few_times_otherwise(
    child: Json, pauses: int
) -> None:
    walk = run(Services(MADE, children=[child] * 20))
    assert walk.path.count("Pause") == pauses
    assert walk.path[-1] == "Failed"
    assert recorded(walk, "RecordFailure")["status"] == statuses.FAILED


def test_a_run_whose_record_another_took_while_it_paused_ends_in_silence() -> None:
    walk = run(Services({"verdict": "duplicate"}, children=[STARVED]))
    assert walk.path == ["Process", "Outcome", "Pause", "Process", "Outcome", "Duplicate"]


def test_a_picture_that_is_published_twice_by_one_run_is_published_as_the_same() -> None:
    """The Express workflow broke behind its manifest, or its answer was lost: PublishFunction
    knows a manifest of its own by the version, and by when the upload came and the run began."""
    walk = run(Services(PUBLISHED, children=[{**BROKE, "Cause": "Publish: out of memory"}]))
    first, second = (
        json.loads(step.arguments["Input"]) for step in walk.steps if step.name == "Process"
    )
    assert first == second
    assert recorded(walk)["status"] == statuses.PUBLISHED


def test_the_pauses_double_up_to_ten_minutes_with_full_jitter() -> None:
    seconds = PIPELINE.state("Pause")["Seconds"]
    for pauses, longest in ((1, 10), (2, 20), (6, 320), (7, 600), (10, 600)):
        drawn = {fill(seconds, {"input": {"pauses": pauses}}) for _ in range(400)}
        assert min(drawn) >= 1 and max(drawn) <= longest, pauses
        assert min(drawn) < longest * 0.1 + 1 and max(drawn) > longest * 0.9, pauses
        assert all(isinstance(one, int) for one in drawn), drawn  # AWS takes no fractions


def test_what_would_fail_in_the_same_way_is_not_tried_again() -> None:
    child = {"Status": "FAILED", "Error": "SettingError", "Cause": "Resize: expected a value"}
    walk = run(Services(MADE, children=[child]))
    assert walk.path == [
        *("Process", "Outcome", "RecordFailure", "Count", "NotifyFailure", "Failed")
    ]


# ── Taking over ──────────────────────────────────────────────────────────────────────────────────


def test_a_claim_takes_over_from_the_run_that_it_names() -> None:
    claim = claiming({**EVENT, "after": OTHER_EXECUTION}).called("Claim")
    assert claim["ExpressionAttributeValues"][":after"] == {"S": OTHER_EXECUTION}


def test_without_a_name_a_claim_takes_over_from_nobody() -> None:
    claim = claiming().called("Claim")
    assert not claim["ExpressionAttributeValues"][":after"]["S"].startswith("arn:")


@pytest.mark.parametrize(
    ("decision", "end"),
    [(APPROVED, "Publish"), (REJECTED, "Discard")],
    ids=["approved", "rejected"],
)
def test_what_was_decided_before_a_run_broke_counts_in_the_next(decision: Json, end: str) -> None:
    kept = {"review": REVIEW | decision, "flags": [FLAG]}
    walk = run(Services(flagged(FLAG), kept=kept))
    assert walk.path == [
        *("Process", "Outcome", "Answer", "Owner", "Trail", "Decision"),
        *(end, "Record", "Notify"),
    ]
    assert recorded(walk)["review"] == REVIEW | decision


def test_a_review_without_a_decision_is_asked_for_anew() -> None:
    walk = run(Services(flagged(FLAG), APPROVED, kept={"review": REVIEW, "flags": [FLAG]}))
    assert "Request" in walk.path


@pytest.mark.parametrize("flags", [[FLAG], [FLAG, OTHER_FLAG]])
def test_what_was_decided_about_stays_flagged(flags: list[Json]) -> None:
    """So that its files wait, even where the rules would let it pass today."""
    walk = claiming(kept={"review": REVIEW | REJECTED, "flags": flags})
    [upload] = given(walk, "Validate", "upload")
    assert parse(Upload, upload).flags == tuple(Raised(**flag) for flag in flags)


@pytest.mark.parametrize("review", [{}, REVIEW, REVIEW | APPROVED, REVIEW | REJECTED])
def test_the_pipeline_learns_whether_somebody_decided(review: Json) -> None:
    _, made = process(Steps({**VERDICT, "flags": [FLAG]}, kept={"review": review, "flags": [FLAG]}))
    assert made["decided"] is ("decision" in review)


def test_flags_that_nobody_decided_about_are_found_anew() -> None:
    [upload] = given(claiming(kept={"review": REVIEW, "flags": [FLAG]}), "Validate", "upload")
    assert "flags" not in upload


def gone(code: str) -> Json:
    return {**INVALID, "reason": {"code": code, "detail": "the upload was deleted"}}


@pytest.mark.parametrize(
    ("made", "kept"),
    [(gone("deleted"), True), (gone("replaced"), True), (INVALID, False)],
    ids=["deleted", "replaced", "no picture"],
)
def test_what_was_reopened_or_decided_stays_so_where_the_upload_is_gone(
    made: Json, kept: bool
) -> None:
    """The same bytes may come back, and must not be published unasked then."""
    removed = run(Services(made)).called("Record")["UpdateExpression"].partition(" REMOVE ")[2]
    assert ("reopened" not in removed and "review" not in removed.split(", ")) is kept


# ── An upload that goes while it is worked on ────────────────────────────────────────────────────


class Leaving(Steps):
    """The upload is gone when these steps look for it."""

    def __init__(self, *steps: str, **more: Any) -> None:
        super().__init__(VERDICT, **more)
        self.leaving = steps

    def __call__(self, name: str, arguments: Any) -> Any:
        return (
            {"Payload": {"gone": REASON}}
            if name in self.leaving
            else super().__call__(name, arguments)
        )


@pytest.mark.parametrize(
    "steps", [("ResizeOne",), ("FilterOne",), ("ResizeOne", "FilterOne")], ids="+".join
)
def test_an_upload_that_goes_meanwhile_is_invalid(steps: tuple[str, ...]) -> None:
    walk, output = process(Leaving(*steps))
    assert walk.path[-3:] == ["Kept", "Count", "Gone"]
    assert walk.called("Count") == counted(statuses.INVALID, "default")
    assert output == {
        "verdict": "invalid",
        "recipe": VERDICT["recipe"],
        "source": VERDICT["source"],
        "reason": REASON,
    }
    assert "OptimizeOne" not in walk.path


def test_the_answer_is_the_same_where_it_cannot_be_counted() -> None:
    refused = ("CloudWatch.CloudWatchException", "no")
    walk, output = process(Leaving("ResizeOne", failing="Count", failure=refused))
    assert walk.path[-2:] == ["Count", "Gone"]
    assert (output["verdict"], output["reason"]) == ("invalid", REASON)


# ── Settle ───────────────────────────────────────────────────────────────────────────────────────


def ended(given: Json, status: str = "ABORTED", **detail: Any) -> Json:
    """What Step Functions tells of an execution of ours."""
    return {
        "detail-type": "Step Functions Execution Status Change",
        "detail": {
            "executionArn": EXECUTION,
            "stateMachineArn": "arn:aws:states:us-east-1:1:stateMachine:my-stack-pipeline",
            "status": status,
            "input": json.dumps(given),
            "error": None,
            "cause": None,
            **detail,
        },
    }


def settle(event: Json, *, refused: bool = False) -> Walk:
    def services(name: str, arguments: Any) -> Any:
        if name == "Settle" and refused:
            raise Failure("DynamoDB.ConditionalCheckFailedException", "")
        return (
            {
                "Attributes": arguments["Key"]
                | {"error": arguments["ExpressionAttributeValues"][":error"]}
            }
            if name == "Settle"
            else {}
        )

    walk = Walk(services, {})
    walk.run(SETTLE.definition, event)
    return walk


@pytest.mark.parametrize(
    "event",
    [EVENT, {**EVENT, "detail": {**EVENT["detail"], "object": {"key": "raw/", "etag": "e"}}}],
    ids=["an upload", "a key that is nothing but the prefix"],
)
def test_it_settles_the_record_that_the_run_claimed(event: Json) -> None:
    assert settle(ended(event)).called("Settle")["Key"] == claiming(event).called("Claim")["Key"]


def test_it_settles_the_version_that_was_reopened() -> None:
    event = {**EVENT, "version": "f" * 16, "reopened": {"by": "Ann"}}
    assert settle(ended(event)).called("Settle")["Key"]["version"] == {"S": "f" * 16}


def test_it_settles_what_a_withdrawal_left() -> None:
    order = {"action": "reopen", "image": IMAGE, "version": "f" * 16}
    arguments = settle(ended(order)).called("Settle")
    assert arguments["Key"] == {"image": {"S": IMAGE}, "version": {"S": "f" * 16}}
    assert "attribute_not_exists" not in arguments["ConditionExpression"]


@pytest.mark.parametrize(
    ("detail", "error"),
    [
        (
            {},
            {"step": "pipeline", "error": "ABORTED", "cause": "the execution ended ABORTED"},
        ),
        (
            {"error": "States.Runtime", "cause": "x" * 5000},
            {"step": "pipeline", "error": "States.Runtime", "cause": "x" * 2000},
        ),
        (
            {"error": "Lambda.Unknown", "cause": "Publish: out of memory"},
            {"step": "Publish", "error": "Lambda.Unknown", "cause": "Publish: out of memory"},
        ),
    ],
)
def test_the_record_and_the_message_say_what_ended_the_run(detail: Json, error: Json) -> None:
    walk = settle(ended(EVENT, **detail))
    assert walk.path == ["Settle", "Count", "Notify"]
    assert walk.called("Count") == counted(statuses.FAILED, message(walk)["recipe"])
    record = recorded(walk, "Settle")
    assert (record["status"], record["error"]) == (statuses.FAILED, error)
    told = message(walk)
    assert (told["image"], told["status"], told["error"]) == (IMAGE, statuses.FAILED, error)


def test_a_run_that_had_its_last_word_is_left_alone() -> None:
    assert settle(ended(EVENT, "FAILED"), refused=True).path == ["Settle", "Settled"]


def test_only_what_still_is_that_runs_is_settled() -> None:
    arguments = settle(ended(EVENT)).called("Settle")
    assert arguments["ConditionExpression"] == (
        "attribute_not_exists(image) OR"
        " (execution = :execution AND #status IN (:processing, :in_review))"
    )
    values = arguments["ExpressionAttributeValues"]
    assert (values[":processing"], values[":in_review"]) == (
        {"S": statuses.PROCESSING},
        {"S": statuses.IN_REVIEW},
    )
    assert values[":execution"] == {"S": EXECUTION}


def test_a_failure_leaves_a_record_as_settling_does() -> None:
    failure = PIPELINE.state("RecordFailure")["Arguments"]
    settled = SETTLE.state("Settle")["Arguments"]
    assert failure["UpdateExpression"] == settled["UpdateExpression"]
    assert failure["ExpressionAttributeNames"] == settled["ExpressionAttributeNames"]
