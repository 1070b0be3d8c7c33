"""Walks through the small state machines: taking a version back, and reminding of a review."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from botocore.session import Session
from botocore.validate import ParamValidator

from darkroom import statuses
from darkroom.items import plain_item
from darkroom.keys import manifest_key, published_key
from darkroom.trail import trail_entry
from tests.statemachine.counting import counted
from tests.statemachine.definitions import (
    REMINDER,
    REVIEW_URL,
    WITHDRAW,
    WITHDRAW_DELIVERED,
    StateMachine,
    tasks,
)
from tests.statemachine.test_expressions import claiming
from tests.statemachine.walk import CONTEXT, ENTERED, Failure, Json, Walk

IMAGE = "trip/a b+ü.jpg"
VERSION = "0123456789abcdef"
EXECUTION = CONTEXT["Execution"]["Id"]
SEEN = "arn:aws:states:us-east-1:123456789012:execution:pipeline:the-one-that-ended"
ORDER = {
    "action": "reopen",
    "image": IMAGE,
    "version": VERSION,
    "execution": SEEN,
    "by": "Ann",
    "reason": 'a "complaint"',
    "at": "2025-12-01T08:00:00.000Z",
}
UPLOAD = {"key": f"raw/{IMAGE}", "etag": "e", "version_id": "3HL4", "sequencer": "0055"}
FLAG = {"rule": "keyword", "detail": "a word"}
REVIEW = {"requested_at": "2025-11-20T06:00:00.000Z", "decision": "approve", "reviewer": "Bo"}
RECORD: Json = {
    "upload": {"M": {name: {"S": value} for name, value in UPLOAD.items()}},
    "recipe": {"S": "default"},
    "flags": {
        "L": [
            {
                "M": {
                    **{name: {"S": value} for name, value in FLAG.items()},
                    "resembles": {"M": {"image": {"S": "another.jpg"}}},
                }
            }
        ]
    },
    "review": {"M": {name: {"S": value} for name, value in REVIEW.items()}},
}
REFUSED = Failure("DynamoDB.ConditionalCheckFailedException", "")
CLAIMS = {"reopen": "Reopen", "retract": "Retract"}
LAST = {"reopen": "Restart", "retract": "Notify"}
EVENTS = {"reopen": "reopened", "retract": "retracted"}

every_action = pytest.mark.parametrize("action", CLAIMS)


def run(
    action: str,
    *,
    record: Json = RECORD,
    failing: dict[str, Failure] | None = None,
    machine: StateMachine = WITHDRAW,
    **more: Any,
) -> Walk:
    """A walk to the end or to the Fail state."""

    def services(name: str, arguments: Any) -> Any:
        if failing and name in failing:
            raise failing[name]
        return {"Attributes": record} if name in CLAIMS.values() else {}

    order = {**ORDER, "action": action, **more}
    execution = {**CONTEXT["Execution"], "Input": order}
    walk = Walk(services, {**CONTEXT, "Execution": execution})
    try:
        walk.run(machine.definition, order)
    except Failure as failure:
        assert walk.path[-1] == "Failed", failure
    return walk


def updated(walk: Walk, step: str) -> tuple[Json, set[str]]:
    """What an update sets, as plain values, and what it removes.

    Fails as DynamoDB does where a name or a value is missing or unused.
    """
    arguments = walk.called(step)
    update, condition = arguments["UpdateExpression"], arguments["ConditionExpression"]
    names, values = arguments["ExpressionAttributeNames"], arguments["ExpressionAttributeValues"]
    for sign, given in (("#", names), (":", values)):
        assert set(re.findall(rf"{sign}\w+", f"{update} {condition}")) == set(given)
    plain = plain_item(values)
    sets, _, removes = update.partition(" REMOVE ")
    assignments = re.findall(r"(#?\w+) = (:\w+)", sets)
    removed = {names.get(field, field) for field in removes.split(", ") if field}
    return {names.get(field, field): plain[value] for field, value in assignments}, removed


def message(walk: Walk, step: str) -> Json:
    told: Json = json.loads(walk.called(step)["Message"])
    return told


# ── The way ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("action", "path"),
    [
        ("reopen", ["Reopen", "Withdraw", "Delivery", "Trail", "Purpose", "Restart"]),
        ("retract", ["Retract", "Withdraw", "Delivery", "Trail", "Purpose", "Notify"]),
    ],
)
def test_what_is_taken_back_goes_the_way_of_what_is_wanted(action: str, path: list[str]) -> None:
    assert run(action).path == ["Order", *path]


@pytest.mark.parametrize("action", ["", "Reopen", "delete"])
def test_any_other_word_changes_nothing(action: str) -> None:
    assert run(action).path == ["Order", "Failed"]


@every_action
def test_twice_is_once(action: str) -> None:
    walk = run(action, failing={CLAIMS[action]: REFUSED})
    assert walk.path == ["Order", CLAIMS[action], "Duplicate"]


@every_action
def test_a_repeat_finds_its_entry_in_the_trail_and_goes_on(action: str) -> None:
    walk = run(action, failing={"Trail": REFUSED})
    assert walk.path[-1] == {"reopen": "Restart", "retract": "Notify"}[action]


def test_a_run_that_was_started_already_is_not_started_again() -> None:
    there = Failure("StepFunctions.ExecutionAlreadyExistsException", "")
    assert run("reopen", failing={"Restart": there}).path[-2:] == ["Restart", "Duplicate"]


# ── The record ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("action", "ended"),
    [
        (
            "reopen",
            {statuses.PUBLISHED, statuses.REJECTED, statuses.EXPIRED, statuses.FAILED},
        ),
        ("retract", {statuses.PUBLISHED, statuses.RETRACTED, statuses.FAILED}),
    ],
)
def test_only_what_has_ended_and_is_still_as_it_was_seen_is_taken_back(
    action: str, ended: set[str]
) -> None:
    arguments = run(action).called(CLAIMS[action])
    values = plain_item(arguments["ExpressionAttributeValues"])
    condition = arguments["ConditionExpression"]
    # Its own write, whose answer was lost, is none that another did first.
    found = re.fullmatch(
        r"\(execution = :seen AND #status IN \((.+?)\).*\) OR execution = :execution", condition
    )
    assert found
    listed = found[1].split(", ")
    assert values[":execution"] == EXECUTION
    assert {values[name] for name in listed} == ended
    assert values[":seen"] == SEEN
    assert arguments["Key"] == {"image": {"S": IMAGE}, "version": {"S": VERSION}}
    assert arguments["ReturnValues"] == "ALL_NEW"


@every_action
def test_a_repair_takes_any_status_from_the_run_that_was_seen(action: str) -> None:
    """Unused values are an error to DynamoDB, so that the statuses are still named."""
    walk = run(action, repair=True)
    condition = walk.called(CLAIMS[action])["ConditionExpression"]
    assert re.match(
        r"\(execution = :seen AND \(#status IN \([^)]+\) OR attribute_exists\(image\)\)", condition
    )
    updated(walk, CLAIMS[action])
    assert " OR attribute_exists" not in run(action).called(CLAIMS[action])["ConditionExpression"]


def test_only_what_can_be_processed_again_is_reopened() -> None:
    """A record without its upload would be withdrawn and never come back."""
    condition = run("reopen").called("Reopen")["ConditionExpression"]
    assert " AND attribute_exists(upload)) OR " in condition


# Also of a review, where a repair takes a record out of the queue.
OF_BEFORE = {
    *("superseded_by", "error", "manifest_key"),
    *("review_queue", "review_requested_at", "lease", "task_token", "outline"),
}


def test_a_reopened_record_is_being_processed() -> None:
    fields, removed = updated(run("reopen"), "Reopen")
    assert fields.pop("updated_at")
    assert fields == {
        "status": statuses.PROCESSING,
        "execution": EXECUTION,
        "reopened": {name: ORDER[name] for name in ("by", "at", "reason")},
    }
    # What was decided counts no more, even where another run goes on with it.
    assert removed == {*OF_BEFORE, "review"}


def test_a_retracted_record_never_looks_published_again() -> None:
    fields, removed = updated(run("retract"), "Retract")
    assert fields.pop("updated_at")
    assert fields == {
        "status": statuses.RETRACTED,
        "execution": EXECUTION,
        "retraction": {name: ORDER[name] for name in ("by", "at", "reason")},
    }
    assert removed == OF_BEFORE


# ── What else is called ──────────────────────────────────────────────────────────────────────────


@every_action
def test_the_publish_function_is_told_what_to_withdraw(action: str) -> None:
    assert run(action).called("Withdraw") == {
        "FunctionName": "PublishFunction.Arn",
        "Payload": {
            "action": "withdraw",
            "image": IMAGE,
            "version": VERSION,
            "execution": EXECUTION,
            "retract": action == "retract",
            "recipe": "default",
        },
    }


@every_action
def test_the_trail_says_who_when_and_why(action: str) -> None:
    arguments = run(action).called("Trail")
    assert arguments["ConditionExpression"] == "attribute_not_exists(image)"
    assert plain_item(arguments["Item"]) == trail_entry(
        IMAGE,
        VERSION,
        EVENTS[action],
        ORDER["at"],
        by=ORDER["by"],
        reason=ORDER["reason"],
        execution=EXECUTION,
    )


def test_the_pipeline_is_started_with_the_uploads_event_as_it_was() -> None:
    arguments = run("reopen").called("Restart")
    assert arguments["StateMachineArn"] == "Pipeline"
    assert arguments["Input"] == {
        "detail": {
            "bucket": {"name": "UploadBucket"},
            "object": {
                "key": f"raw/{IMAGE}",
                "etag": "e",
                "version-id": "3HL4",
                "sequencer": "0055",
            },
        },
        "force": True,
        "version": VERSION,
        "reopened": {name: ORDER[name] for name in ("by", "at", "reason")},
    }


def test_the_event_has_no_more_than_the_upload_had() -> None:
    bare = {"M": {name: RECORD["upload"]["M"][name] for name in ("key", "etag")}}
    arguments = run("reopen", record={**RECORD, "upload": bare}).called("Restart")
    assert arguments["Input"]["detail"]["object"] == {"key": f"raw/{IMAGE}", "etag": "e"}


def test_the_pipeline_claims_the_same_version_by_force() -> None:
    claim = claiming(run("reopen").called("Restart")["Input"]).called("Claim")
    assert claim["Key"] == {"image": {"S": IMAGE}, "version": {"S": VERSION}}
    values = plain_item(claim["ExpressionAttributeValues"])
    assert values[":before"] == CONTEXT["Execution"]["StartTime"]
    assert values[":upload"] == UPLOAD


def test_a_repeated_start_has_the_name_of_the_first() -> None:
    """Of this execution alone, and within the 80 characters that a name may have."""
    name = run("reopen").called("Restart")["Name"]
    assert name == hashlib.sha256(EXECUTION.encode()).hexdigest()


def test_one_message_tells_of_a_retraction() -> None:
    walk = run("retract")
    assert message(walk, "Notify") == {
        "image": IMAGE,
        "version": VERSION,
        "status": statuses.RETRACTED,
        "recipe": "default",
        "flags": [FLAG],
        "review": REVIEW,
        "retraction": {name: ORDER[name] for name in ("by", "at", "reason")},
    }
    given = walk.called("Notify")["MessageAttributes"]
    assert {name: one["StringValue"] for name, one in given.items()} == {
        "status": statuses.RETRACTED,
        "recipe": "default",
    }


def test_a_record_of_a_run_that_failed_early_can_be_retracted() -> None:
    told = message(run("retract", record={}), "Notify")
    assert (told["recipe"], told["flags"]) == ("unknown", [])
    assert "review" not in told


# ── The cache before the bucket ──────────────────────────────────────────────────────────────────


@every_action
def test_what_is_gone_from_the_bucket_leaves_the_cache_before_anybody_is_told(action: str) -> None:
    walk = run(action, machine=WITHDRAW_DELIVERED)
    assert walk.path[2:6] == ["Withdraw", "Delivery", "Invalidate", "Trail"]
    assert walk.path[-1] == LAST[action]


def invalidated(image: str) -> str:
    """The path that CloudFront is asked to forget."""
    arguments = run("retract", machine=WITHDRAW_DELIVERED, image=image).called("Invalidate")
    assert arguments["DistributionId"] == "E2QWRUHAPOMQZL"
    paths = arguments["InvalidationBatch"]["Paths"]
    assert paths["Quantity"] == len(paths["Items"]) == 1
    return str(paths["Items"][0])


@pytest.mark.parametrize(
    ("image", "path"),
    [
        ("sea.jpg", "/sea.jpg/*"),
        ("trip/a b ü%2F.jpg", "/trip/a%20b%20%C3%BC%252F.jpg/*"),
        ("trip/IMG (1).jpg", "/trip/IMG%20*"),
        ("a+b,c.jpg", "/a*"),
        ("~ann/a.jpg", "/*"),
        ("a*b.jpg", "/a*"),
        ("manifest.json", "/manifest.json/*"),
        ("//evil.example/x.jpg", "/*"),
        ("a//b.jpg", "/a*"),
        ("a/./b/../c.jpg", "/a*"),
        ("trip/", "/trip*"),
        ("/", "/*"),
        ("\U0001f469\x07.jpg", "/%F0%9F%91%A9%07.jpg/*"),
    ],
)
def test_the_path_is_encoded_where_everybody_encodes_it_and_ends_where_they_differ(
    image: str, path: str
) -> None:
    assert invalidated(image) == path


@pytest.mark.parametrize(
    "image",
    [
        IMAGE,
        "x",
        "a=b&c;d@e:f.jpg",
        "o'hara$!.png",
        "~",
        "ü" * 330,
        *(chr(code) + "a" for code in range(1, 128)),
    ],
)
def test_the_path_covers_every_address_of_the_image(image: str) -> None:
    """As the manifest's markup has it, and as CloudFront's guide wants it: encoded only where
    RFC 1738 calls a character unsafe."""
    path = invalidated(image)
    assert path.startswith("/") and path.endswith("*") and "*" not in path[:-1]
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-objects.html
    assert path.isascii() and len(path) <= 4000
    for key in (manifest_key(image), published_key(image, VERSION, "w320", "avif")):
        for address in (quote(key), quote(key, safe="/!$&'()*+,:;=@~").replace("~", "%7E")):
            assert f"/{address}".startswith(path[:-1])


def test_cloudfront_is_asked_in_the_words_of_its_api() -> None:
    model = Session().get_service_model("cloudfront").operation_model("CreateInvalidation")
    arguments = run("retract", machine=WITHDRAW_DELIVERED).called("Invalidate")
    assert ParamValidator().validate(arguments, model.input_shape).generate_report() == ""


def test_an_invalidation_that_is_tried_again_is_the_same_and_a_later_one_is_another() -> None:
    """CloudFront answers a reference that it knows with what it did then."""
    arguments = run("retract", machine=WITHDRAW_DELIVERED).called("Invalidate")
    assert arguments["InvalidationBatch"]["CallerReference"] == f"run-1 {ENTERED}"


@every_action
def test_where_the_cache_keeps_it_nobody_is_told_that_it_is_gone(action: str) -> None:
    refused = Failure("CloudFront.AccessDeniedException", "no")
    walk = run(action, machine=WITHDRAW_DELIVERED, failing={"Invalidate": refused})
    assert walk.path[-5:] == [
        *("Invalidate", "RecordFailure", "Count", "NotifyFailure", "Failed"),
    ]
    fields, _ = updated(walk, "RecordFailure")
    assert fields["error"]["step"] == "Invalidate"
    assert message(walk, "NotifyFailure")["status"] == statuses.FAILED


@every_action
def test_a_withdrawal_whose_cache_was_kept_can_be_asked_for_again(action: str) -> None:
    """What it leaves in the record is what the claim takes."""
    refused = Failure("CloudFront.AccessDeniedException", "no")
    walk = run(action, machine=WITHDRAW_DELIVERED, failing={"Invalidate": refused})
    left = updated(walk, "RecordFailure")[0]["status"]
    arguments = run(action, machine=WITHDRAW_DELIVERED).called(CLAIMS[action])
    [listed] = re.findall(r"#status IN \((.+?)\)", arguments["ConditionExpression"])
    values = plain_item(arguments["ExpressionAttributeValues"])
    assert left in {values[name] for name in listed.split(", ")}


# ── Failures ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("cause", ["boom", None], ids=["cause", "none"])
@pytest.mark.parametrize(
    ("action", "name"),
    [
        (action, name)
        for action in CLAIMS
        for name in (
            CLAIMS[action],
            "Withdraw",
            "Trail",
            {"reopen": "Restart"}.get(action, "Notify"),
        )
    ],
)
def test_what_breaks_is_recorded_and_announced(action: str, name: str, cause: str | None) -> None:
    walk = run(action, failing={name: Failure("Some.Error", cause)})
    failure = {"step": name, "error": "Some.Error", "cause": cause or ""}
    assert walk.path[-4:] == ["RecordFailure", "Count", "NotifyFailure", "Failed"]
    # Without a claim nobody knows the recipe.
    recipe = "unknown" if name == CLAIMS[action] else "default"
    assert walk.called("Count") == counted(statuses.FAILED, recipe)
    fields, _ = updated(walk, "RecordFailure")
    assert fields["error"] == failure
    assert fields["status"] == {"reopen": statuses.FAILED, "retract": statuses.RETRACTED}[action]
    assert walk.called("RecordFailure")["ConditionExpression"] == "execution = :execution"
    told = message(walk, "NotifyFailure")
    assert (told["status"], told["error"]) == (statuses.FAILED, failure)
    assert {"image": IMAGE, "version": VERSION}.items() <= told.items()


@every_action
def test_a_claim_that_breaks_says_nothing_of_a_record_that_is_anothers(action: str) -> None:
    walk = run(
        action,
        failing={CLAIMS[action]: Failure("Some.Error", "boom"), "RecordFailure": REFUSED},
    )
    assert walk.path[-3:] == [CLAIMS[action], "RecordFailure", "Failed"]


@every_action
def test_where_nothing_can_be_written_the_execution_says_what_failed_first(action: str) -> None:
    broken = Failure("Some.Error", "boom")
    walk = run(action, failing={CLAIMS[action]: broken, "RecordFailure": Failure("Other", "")})
    assert walk.path[-2:] == ["RecordFailure", "Failed"]
    assert walk.variables["failure"]["error"] == "Some.Error"


def test_a_failure_after_the_claim_is_announced_with_recipe_and_flags() -> None:
    told = message(
        run("retract", failing={"Withdraw": Failure("Some.Error", "boom")}), "NotifyFailure"
    )
    assert (told["recipe"], told["flags"]) == ("default", [FLAG])


# ── The reminder ─────────────────────────────────────────────────────────────────────────────────


def test_a_reminder_waits_then_asks_once() -> None:
    given = {"image": IMAGE, "version": VERSION, "execution": SEEN}
    context = {**CONTEXT, "Execution": {**CONTEXT["Execution"], "Input": given}}
    walk = Walk(lambda name, arguments: {}, context)
    walk.run(REMINDER.definition, given)
    assert walk.path == ["Wait", "Remind"]
    arguments = walk.called("Remind")
    assert arguments["FunctionName"] == "ReviewFunction.Arn"
    assert arguments["Payload"] == {
        "action": "remind",
        "review_url": REVIEW_URL,
        "reminded_at": ENTERED,
        **given,
    }


def test_a_reminder_that_is_tried_again_has_its_first_time() -> None:
    """So that the trail has one entry, however often the call is repeated."""
    assert list(tasks(REMINDER)) == ["Remind"]
    assert "$now()" not in json.dumps(REMINDER.definition)
