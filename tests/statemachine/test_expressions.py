"""The expressions of the state machines, evaluated on what comes in real runs."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from darkroom import statuses
from darkroom.contracts import Upload, parse
from darkroom.items import plain_item
from darkroom.keys import image_of
from tests.statemachine.definitions import PARAMETERS, PIPELINE, PROCESS, REVIEW_URL, tasks
from tests.statemachine.walk import CONTEXT, Failure, Json, NoResult, Walk, evaluate, fill

KEY = "raw/trip/a b+ü.jpg"
IMAGE = "trip/a b+ü.jpg"
VERSION = "0123456789abcdef"
EXECUTION = CONTEXT["Execution"]["Id"]

EVENT: Json = {
    "detail": {
        "bucket": {"name": "uploads"},
        "object": {
            "key": KEY,
            "etag": "d41d8cd98f00b204e9800998ecf8427e",
            "sequencer": "0055AED6DCD90281E5",
        },
    }
}
FLAG = {"rule": "keyword", "detail": 'the word "forbidden" is in the file name'}
OTHER_FLAG = {"rule": "low_resolution", "detail": "9 px"}
SOURCE = {"key": KEY, "format": "jpeg", "width": 300, "height": 200, "bytes": 26_214_400}
REASON = {"code": "too_many_pixels", "detail": 'it\'s "too" large', "measured": 4.01, "limit": 4}
MADE: Json = {
    "verdict": "accepted",
    "recipe": "default",
    "source": SOURCE,
    "flags": [],
    "likeness": "00000000000000ff",
    "placeholder": "data:image/webp;base64,AAAA",
    "variants": [
        {
            "name": "w320",
            "kind": "rendition",
            "width": 300,
            "height": 200,
            "files": [{"format": "webp", "bytes": 12}],
        }
    ],
}
INVALID = {"verdict": "invalid", "recipe": "default", "source": {"key": KEY}, "reason": REASON}
APPROVED = {
    "decision": "approve",
    "reviewer": "Ada",
    "note": "",
    "decided_at": "2025-11-20T07:00:00.000Z",
}
REJECTED = {**APPROVED, "decision": "reject"}


class Services:
    """Answers every Task of the pipeline; `made` is the Express workflow's output."""

    def __init__(
        self,
        made: Json,
        decision: Json | None = None,
        failing: dict[str, Failure] | None = None,
        recorded: Json | None = None,
    ) -> None:
        self.made = made
        self.decision = decision
        self.failing = failing or {}
        self.recorded = recorded

    def __call__(self, name: str, arguments: Any) -> Any:
        if name in self.failing:
            raise self.failing[name]
        match name:
            case "Claim":
                return {"Attributes": arguments["Key"]}
            case "Process":
                return {"Status": "SUCCEEDED", "Output": json.dumps(self.made)}
            case "Review":
                if self.decision is None:
                    raise Failure("States.Timeout", "")
                return self.decision
            case "LastLook":
                fields = self.recorded or {}
                return {"Item": {"review": {"M": {key: {"S": fields[key]} for key in fields}}}}
            case "Publish":
                return {
                    "Payload": {"manifest_key": f"{arguments['Payload']['image']}/manifest.json"}
                }
            case "Discard":
                return {"Payload": {}}
        return {}


def run(services: Any, event: Json | None = None) -> Walk:
    """A walk through the pipeline, to its end or to its Fail state."""
    event = event or EVENT
    context = {**CONTEXT, "Execution": {**CONTEXT["Execution"], "Input": event}}
    walk = Walk(services, context)
    try:
        walk.run(PIPELINE.definition, event)
    except Failure as failure:
        assert walk.path[-1] == "Failed", failure
    return walk


def recorded(walk: Walk, step: str = "Record") -> Json:
    """The fields that an update sets, as plain values.

    Fails as DynamoDB does where a name or a value is missing or unused.
    """
    arguments = walk.called(step)
    update, condition = arguments["UpdateExpression"], arguments["ConditionExpression"]
    names, values = arguments["ExpressionAttributeNames"], arguments["ExpressionAttributeValues"]
    for sign, given in (("#", names), (":", values)):
        assert set(re.findall(rf"{sign}\w+", f"{update} {condition}")) == set(given)
    plain = plain_item(values)
    assignments = re.findall(r"(#?\w+) = (?:if_not_exists\(\w+, )?(:\w+)", update)
    return {names.get(field, field): plain[value] for field, value in assignments}


def message(walk: Walk, step: str = "Notify") -> Json:
    found: Json = json.loads(walk.called(step)["Message"])
    return found


def attributes(walk: Walk, step: str = "Notify") -> dict[str, str]:
    given = walk.called(step)["MessageAttributes"]
    assert {one["DataType"] for one in given.values()} == {"String"}
    return {name: one["StringValue"] for name, one in given.items()}


def flagged(*flags: Json) -> Json:
    return {**MADE, "flags": list(flags)}


def clean() -> Walk:
    return run(Services(MADE))


# Every end of a run but FAILED, with the path to it.
ENDS: dict[str, tuple[Services, str]] = {
    statuses.PUBLISHED: (Services(MADE), "Publish"),
    statuses.INVALID: (Services(INVALID), "Outcome"),
    statuses.REJECTED: (Services(flagged(FLAG), REJECTED), "Discard"),
    statuses.EXPIRED: (Services(flagged(FLAG)), "Discard"),
}
every_end = pytest.mark.parametrize("status", ENDS)


# ── Claim ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "key",
    [KEY, "raw/raw/x.jpg", "raw/%20.jpg", 'raw/it\'s "quoted".jpg', "raw/👩‍🚀/\\{%x%}", "raw/ "],
)
def test_the_image_is_the_key_without_its_prefix(key: str) -> None:
    event = {"detail": {"object": {"key": key, "etag": "e"}}}
    claimed = fill(PIPELINE.state("Claim")["Arguments"]["Key"], {"input": event})
    assert claimed["image"] == {"S": image_of(key)}


def test_an_upload_without_a_name_has_one_that_dynamodb_takes() -> None:
    event = {"detail": {"object": {"key": "raw/", "etag": "e"}}}
    claimed = fill(PIPELINE.state("Claim")["Arguments"]["Key"], {"input": event})
    assert claimed["image"] == {"S": "/"}


def test_the_version_is_a_hash_of_etag_and_recipe_revision() -> None:
    claimed = clean().called("Claim")["Key"]
    revision = PARAMETERS["RecipeRevision"]["Default"]
    text = f"{EVENT['detail']['object']['etag']}/{revision}"
    assert claimed["version"] == {"S": hashlib.sha256(text.encode()).hexdigest()[:16]}


@pytest.mark.parametrize("force", [None, False, "true", 1, []])
def test_an_upload_that_has_a_run_is_claimed_again_only_after_a_failure(force: Any) -> None:
    condition = _claim_condition({} if force is None else {"force": force})
    assert condition == "attribute_not_exists(image) OR #status = :failed OR execution = :execution"


def test_an_operator_may_force_a_claim() -> None:
    condition = _claim_condition({"force": True})
    assert condition.endswith("execution = :execution OR attribute_exists(image)")


def _claim_condition(extra: Json) -> str:
    walk = run(Services(MADE), {**EVENT, **extra})
    return str(walk.called("Claim")["ConditionExpression"])


def test_a_claim_sets_a_record_that_is_being_processed() -> None:
    walk = clean()
    assert recorded(walk, "Claim") | {"created_at": "", "updated_at": ""} == {
        "status": statuses.PROCESSING,
        "execution": EXECUTION,
        "created_at": "",
        "updated_at": "",
    }


def test_a_claim_removes_whatever_an_earlier_run_may_have_left() -> None:
    _, _, removed = PIPELINE.state("Claim")["Arguments"]["UpdateExpression"].partition(" REMOVE ")
    # These are found again by what is published or by the picture, and written over.
    kept = {"manifest_key", "likeness"}
    outcomes = [set(run(services).variables["outcome"]) for services, _ in ENDS.values()]
    outcomes.append({*outcomes[0], "superseded_by"})
    sometimes = set.union(*outcomes) - set.intersection(*outcomes) - kept
    of_review = {"review_queue", "review_requested_at", "task_token", "outline"}
    assert set(removed.split(", ")) == {*sometimes, *of_review, "#error"}


# ── Process and Outcome ──────────────────────────────────────────────────────────────────────────


def test_the_express_workflow_gets_a_string_that_is_an_upload() -> None:
    given = clean().called("Process")["Input"]
    assert parse(Upload, json.loads(given)) == Upload(
        bucket="uploads",
        key=KEY,
        etag=EVENT["detail"]["object"]["etag"],
        image=IMAGE,
        version=clean().variables["version"],
        execution=EXECUTION,
        version_id=None,
    )


def test_the_express_workflow_gets_the_version_id_where_s3_gives_one() -> None:
    announced = {**EVENT["detail"]["object"], "version-id": "3HL4"}
    walk = run(Services(MADE), {"detail": {**EVENT["detail"], "object": announced}})
    assert json.loads(walk.called("Process")["Input"])["version_id"] == "3HL4"
    assert "version_id" not in json.loads(clean().called("Process")["Input"])


@pytest.mark.parametrize(
    ("services", "path"),
    [
        (Services(MADE), ["Publish", "Record", "Notify", "Done"]),
        (Services(INVALID), ["Record", "Notify", "Done"]),
        (
            Services(flagged(FLAG), APPROVED),
            ["Request", "Review", "Decision", "Publish", "Record", "Notify", "Done"],
        ),
        (
            Services(flagged(FLAG), REJECTED),
            ["Request", "Review", "Decision", "Discard", "Record", "Notify", "Done"],
        ),
        (
            Services(flagged(FLAG)),
            [
                *("Request", "Review", "LastLook", "Decision", "Expired", "Discard"),
                *("Record", "Notify", "Done"),
            ],
        ),
    ],
    ids=["clean", "invalid", "approved", "rejected", "expired"],
)
def test_a_picture_goes_the_way_of_what_it_is(services: Services, path: list[str]) -> None:
    assert run(services).path == ["Claim", "Process", "Outcome", *path]


@pytest.mark.parametrize("decision", ["reject", "Approve", "approved", "", None, True])
def test_whatever_is_not_approve_publishes_nothing(decision: Any) -> None:
    walk = run(Services(flagged(FLAG), {**APPROVED, "decision": decision}))
    assert "Publish" not in walk.path


def test_an_answer_without_a_decision_publishes_nothing() -> None:
    walk = run(Services(flagged(FLAG), {"reviewer": "Ada"}))
    assert "Publish" not in walk.path
    assert recorded(walk)["status"] == statuses.EXPIRED


@pytest.mark.parametrize(
    ("decision", "status"), [(APPROVED, statuses.PUBLISHED), (REJECTED, statuses.REJECTED)]
)
def test_a_decision_that_was_recorded_but_not_handed_in_still_counts(
    decision: Json, status: str
) -> None:
    walk = run(Services(flagged(FLAG), recorded=decision))
    assert recorded(walk)["status"] == status
    assert recorded(walk)["review"] == walk.variables["review"]
    assert walk.variables["review"]["reviewer"] == decision["reviewer"]


def test_a_last_look_at_a_record_without_a_review_finds_nothing() -> None:
    services = Services(flagged(FLAG))
    walk = run(lambda name, given: {} if name == "LastLook" else services(name, given))
    assert recorded(walk)["status"] == statuses.EXPIRED


def test_a_review_ends_after_the_seconds_of_the_parameter() -> None:
    review = run(Services(flagged(FLAG), APPROVED)).called("Request")["Payload"]["review"]
    asked, ends = (datetime.fromisoformat(review[key]) for key in ("requested_at", "deadline_at"))
    assert ends - asked == timedelta(seconds=PARAMETERS["ReviewTimeoutSeconds"]["Default"])


def test_the_review_function_gets_all_that_it_needs() -> None:
    walk = run(Services(flagged(FLAG), APPROVED))
    assert walk.called("Request") == {
        "FunctionName": "ReviewFunction.Arn",
        "Payload": {
            "image": IMAGE,
            "version": walk.variables["version"],
            "execution": EXECUTION,
            "review_url": REVIEW_URL,
            "review": {
                key: walk.variables["review"][key] for key in ("requested_at", "deadline_at")
            },
            "made": flagged(FLAG),
        },
    }


def test_the_wait_puts_its_token_into_the_record_that_this_run_owns() -> None:
    arguments = run(Services(flagged(FLAG), APPROVED)).called("Review")
    assert arguments["UpdateExpression"] == "SET task_token = :task_token"
    assert arguments["ConditionExpression"] == "execution = :execution"
    assert arguments["ExpressionAttributeValues"] == {
        ":execution": {"S": EXECUTION},
        ":task_token": {"S": CONTEXT["Task"]["Token"]},
    }


def test_publishing_gets_what_was_made_and_no_review_where_nobody_was_asked() -> None:
    payload = clean().called("Publish")["Payload"]
    assert (payload["made"], payload["review"], payload["action"]) == (MADE, {}, "publish")
    assert payload["started_at"] == CONTEXT["Execution"]["StartTime"]
    assert payload["sequencer"] == EVENT["detail"]["object"]["sequencer"]


def test_publishing_does_without_a_sequencer() -> None:
    announced = {k: v for k, v in EVENT["detail"]["object"].items() if k != "sequencer"}
    walk = run(Services(MADE), {"detail": {**EVENT["detail"], "object": announced}})
    assert walk.called("Publish")["Payload"]["sequencer"] == ""


def test_discarding_gets_the_list_of_what_waits() -> None:
    walk = run(Services(flagged(FLAG), REJECTED))
    assert walk.called("Discard")["Payload"]["variants"] == MADE["variants"]


# ── Record ───────────────────────────────────────────────────────────────────────────────────────


def test_a_published_picture_is_recorded() -> None:
    record = recorded(clean())
    assert record.pop("updated_at")
    assert record == {
        "status": statuses.PUBLISHED,
        "recipe": "default",
        "source": SOURCE,
        "flags": [],
        "manifest_key": f"{IMAGE}/manifest.json",
    }


def test_an_invalid_one_is_recorded_with_its_reason_in_numbers_and_words() -> None:
    record = recorded(run(Services(INVALID)))
    assert record.pop("updated_at")
    assert record == {
        "status": statuses.INVALID,
        "recipe": "default",
        "source": {"key": KEY},
        "flags": [],
        "reason": REASON,
    }


def test_a_rejected_one_is_recorded_with_who_when_and_why() -> None:
    walk = run(Services(flagged(FLAG), {**REJECTED, "note": "it's\n“dark”"}))
    record = recorded(walk)
    assert record["status"] == statuses.REJECTED
    assert record["review"] == walk.variables["review"]
    assert set(record["review"]) == {
        *("requested_at", "deadline_at", "decided_at"),
        *("decision", "reviewer", "note"),
    }
    assert record["review"]["note"] == "it's\n“dark”"


def test_a_rejected_one_is_remembered_by_its_likeness() -> None:
    record = recorded(run(Services(flagged(FLAG), REJECTED)))
    assert (record["likeness"], record["rejected"]) == (MADE["likeness"], "rejected")


def test_a_rejected_one_without_a_likeness_is_not_in_the_index() -> None:
    made = {key: value for key, value in flagged(FLAG).items() if key != "likeness"}
    record = recorded(run(Services(made, REJECTED)))
    assert record["status"] == statuses.REJECTED
    assert {"likeness", "rejected"}.isdisjoint(record)


@pytest.mark.parametrize("decision", [APPROVED, None], ids=["approved", "expired"])
def test_only_a_rejection_is_remembered(decision: Json | None) -> None:
    record = recorded(run(Services(flagged(FLAG), decision)))
    assert {"likeness", "rejected"}.isdisjoint(record)


def test_an_approved_one_is_recorded_with_its_review() -> None:
    record = recorded(run(Services(flagged(FLAG), APPROVED)))
    assert record["status"] == statuses.PUBLISHED
    assert record["review"].items() >= APPROVED.items()


def test_an_expired_one_is_recorded_with_its_deadline_and_no_decision() -> None:
    record = recorded(run(Services(flagged(FLAG))))
    assert record["status"] == statuses.EXPIRED
    assert set(record["review"]) == {"requested_at", "deadline_at"}


@pytest.mark.parametrize("flags", [[], [FLAG], [FLAG, OTHER_FLAG]])
def test_flags_are_a_list_however_many(flags: list[Json]) -> None:
    walk = run(Services(flagged(*flags), APPROVED))
    assert recorded(walk)["flags"] == flags
    assert message(walk)["flags"] == flags


def test_what_a_newer_upload_superseded_is_recorded_as_such() -> None:
    class Superseded(Services):
        def __call__(self, name: str, arguments: Any) -> Any:
            answer = super().__call__(name, arguments)
            if name == "Publish":
                answer["Payload"]["superseded_by"] = "fedcba9876543210"
            return answer

    walk = run(Superseded(MADE))
    assert recorded(walk)["superseded_by"] == "fedcba9876543210"
    assert "superseded_by" not in message(walk)


@pytest.mark.parametrize(
    "value",
    [
        *("", "text", '"\\\n\u0000é', 0, -1, 2.5, 10_000_000_000, True, False),
        *([], {}, [1], [[]], [{"a": []}], {"a": {"b": [1, "2", False]}}),
    ],
)
def test_any_value_is_recorded_as_what_it_is(value: Any) -> None:
    made = {**MADE, "source": {"field": value}}
    assert recorded(run(Services(made)))["source"] == {"field": value}


@every_end
def test_a_record_is_written_by_the_run_that_owns_it_and_leaves_the_queue(status: str) -> None:
    arguments = run(ENDS[status][0]).called("Record")
    assert arguments["ConditionExpression"] == "execution = :execution"
    assert arguments["ExpressionAttributeValues"][":execution"] == {"S": EXECUTION}
    _, _, removed = arguments["UpdateExpression"].partition(" REMOVE ")
    assert removed == "review_queue, review_requested_at, task_token, outline"


# ── Notify ───────────────────────────────────────────────────────────────────────────────────────


@every_end
def test_one_message_tells_each_end(status: str) -> None:
    walk = run(ENDS[status][0])
    assert walk.path.count("Notify") == 1
    assert (
        message(walk).items()
        >= {
            "image": IMAGE,
            "version": walk.variables["version"],
            "status": status,
            "recipe": "default",
        }.items()
    )
    assert attributes(walk) == {"status": status, "recipe": "default"}


@every_end
def test_a_message_has_the_fields_of_its_end(status: str) -> None:
    own = {
        statuses.PUBLISHED: {"manifest"},
        statuses.INVALID: {"reason"},
        statuses.REJECTED: {"review"},
        statuses.EXPIRED: {"review"},
    }
    always = {"image", "version", "status", "recipe", "flags"}
    assert set(message(run(ENDS[status][0]))) == always | own[status]


def test_a_message_names_the_manifest_by_its_address() -> None:
    assert message(clean())["manifest"] == f"s3://PublishedBucket/{IMAGE}/manifest.json"


# ── Failures ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("cause", ["boom", "", None], ids=["cause", "empty", "none"])
@pytest.mark.parametrize(
    "name", [name for name in tasks(PIPELINE) if name not in ("RecordFailure", "NotifyFailure")]
)
def test_a_task_that_fails_for_good_is_recorded_and_announced(name: str, cause: str | None) -> None:
    decision = {"Discard": REJECTED, "LastLook": None}.get(name, APPROVED)
    walk = run(Services(flagged(FLAG), decision, {name: Failure("Some.Error", cause)}))
    failure = {"step": name, "error": "Some.Error", "cause": cause or ""}
    assert walk.path[-3:] == ["RecordFailure", "NotifyFailure", "Failed"]
    record = recorded(walk, "RecordFailure")
    assert (record["status"], record["error"]) == (statuses.FAILED, failure)
    assert message(walk, "NotifyFailure")["error"] == failure
    assert attributes(walk, "NotifyFailure")["status"] == statuses.FAILED


@pytest.mark.parametrize("name", ["RecordFailure", "NotifyFailure"])
def test_where_even_recording_fails_the_first_failure_is_told(name: str) -> None:
    broken = Failure("Some.Error", "boom")
    walk = run(Services(MADE, failing={"Publish": broken, name: Failure("Other.Error", "bang")}))
    assert walk.path[-3:] == ["RecordFailure", "NotifyFailure", "Failed"]
    assert message(walk, "NotifyFailure")["error"]["step"] == "Publish"


def test_a_failure_before_anything_was_made_is_announced() -> None:
    walk = run(Services(MADE, failing={"Claim": Failure("Some.Error", "boom")}))
    assert message(walk, "NotifyFailure") == {
        "image": IMAGE,
        "version": walk.variables["version"],
        "status": statuses.FAILED,
        "recipe": "unknown",
        "flags": [],
        "error": {"step": "Claim", "error": "Some.Error", "cause": "boom"},
    }
    assert attributes(walk, "NotifyFailure")["recipe"] == "unknown"


def test_a_failure_after_that_is_announced_with_recipe_and_flags() -> None:
    walk = run(Services(flagged(FLAG), APPROVED, {"Publish": Failure("Some.Error", "boom")}))
    told = message(walk, "NotifyFailure")
    assert (told["recipe"], told["flags"]) == ("default", [FLAG])


def test_a_long_cause_is_shortened() -> None:
    walk = run(Services(MADE, failing={"Publish": Failure("Some.Error", "x" * 30_000)}))
    assert len(message(walk, "NotifyFailure")["error"]["cause"]) == 2000


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (
            {"Status": "FAILED", "Error": "Lambda.Unknown", "Cause": "Resize: out of memory"},
            {"step": "Resize", "error": "Lambda.Unknown", "cause": "Resize: out of memory"},
        ),
        (
            {"Status": "FAILED", "Error": "States.Runtime", "Cause": "an unexpected: error"},
            {"step": "Process", "error": "States.Runtime", "cause": "an unexpected: error"},
        ),
        (
            {"Status": "TIMED_OUT"},
            {
                "step": "Process",
                "error": "TIMED_OUT",
                "cause": "the Express workflow ended TIMED_OUT",
            },
        ),
    ],
    ids=["a step", "no step", "timed out"],
)
def test_a_failure_within_the_express_workflow_names_its_step(answer: Json, failure: Json) -> None:
    class Broken(Services):
        def __call__(self, name: str, arguments: Any) -> Any:
            return answer if name == "Process" else super().__call__(name, arguments)

    walk = run(Broken(MADE))
    assert recorded(walk, "RecordFailure")["error"] == failure
    assert message(walk, "NotifyFailure")["recipe"] == "unknown"


@pytest.mark.parametrize("name", ["Claim", "Record"])
def test_a_run_that_lost_its_record_to_another_ends_in_silence(name: str) -> None:
    refused = Failure("DynamoDB.ConditionalCheckFailedException", "")
    walk = run(Services(MADE, failing={name: refused}))
    assert walk.path[-1] in ("Duplicate", "Superseded")
    assert {"Notify", "NotifyFailure", "RecordFailure"}.isdisjoint(walk.path)


# ── The Express workflow ─────────────────────────────────────────────────────────────────────────

UPLOAD = {"bucket": "uploads", "key": KEY, "etag": "e", "image": IMAGE, "version": VERSION}
RENDITION = {"name": "w320", "kind": "rendition", "width": 320, "height": 200, "fit": "scale"}
FILTER = {"name": "noir", "kind": "filter", "width": 96, "height": 60, "filter": "grayscale"}
VERDICT: Json = {
    "verdict": "accepted",
    "recipe": "default",
    "source": SOURCE,
    "flags": [],
    "placeholder": "data:",
    "renditions": [RENDITION],
    "filters": [FILTER],
    "formats": ["avif"],
    "quality": 72,
}


class Steps:
    """Answers every Task of the Express workflow as its function does."""

    def __init__(
        self, verdict: Json, labels: list[Json] | None = None, failing: str | None = None
    ) -> None:
        self.verdict = verdict
        self.labels = labels or []
        self.failing = failing

    def __call__(self, name: str, arguments: Any) -> Any:
        if name == self.failing:
            raise Failure("Lambda.Unknown", "boom")
        match name:
            case "Validate":
                return {"Payload": self.verdict}
            case "Moderate":
                return {"ModerationLabels": self.labels}
            case "OptimizeOne":
                return {"Payload": {"name": arguments["Payload"]["variant"]["name"], "files": []}}
        return {"Payload": arguments["Payload"]["variant"]}


def process(steps: Steps) -> tuple[Walk, Any]:
    walk = Walk(steps, {})
    return walk, walk.run(PROCESS.definition, UPLOAD)


def moderated(*labels: Json, flags: tuple[Json, ...] = ()) -> list[Json]:
    verdict = {**VERDICT, "flags": list(flags), "moderation_key": "masters/x/moderation.jpg"}
    walk, output = process(Steps(verdict, list(labels)))
    assert "Moderate" in walk.path
    found: list[Json] = output["flags"]
    return found


def test_an_invalid_verdict_is_the_answer() -> None:
    walk, output = process(Steps(INVALID))
    assert walk.path == ["Validate", "Verdict", "Invalid"]
    assert output == INVALID


def test_what_was_made_is_put_together_without_what_was_planned() -> None:
    _, output = process(Steps(VERDICT))
    planned = {"renditions", "filters", "formats", "quality"}
    assert output == {
        **{key: value for key, value in VERDICT.items() if key not in planned},
        "variants": [{"name": "w320", "files": []}, {"name": "noir", "files": []}],
    }


def test_the_picture_for_rekognition_is_no_part_of_the_answer() -> None:
    _, output = process(Steps({**VERDICT, "moderation_key": "masters/x/moderation.jpg"}))
    assert "moderation_key" not in output


def test_a_recipe_without_filters_makes_the_renditions() -> None:
    walk, output = process(Steps({**VERDICT, "filters": []}))
    assert "FilterOne" not in walk.path
    assert output["variants"] == [{"name": "w320", "files": []}]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_rendition_and_filter_is_made_and_encoded_once(count: int) -> None:
    renditions = [{**RENDITION, "name": f"w{number}"} for number in range(count)]
    filters = [{**FILTER, "name": f"f{number}"} for number in range(count)]
    walk, output = process(Steps({**VERDICT, "renditions": renditions, "filters": filters}))
    for name, wanted in {
        "ResizeOne": renditions,
        "FilterOne": filters,
        "OptimizeOne": renditions + filters,
    }.items():
        steps = [step for step in walk.steps if step.name == name]
        assert [step.arguments["Payload"]["variant"] for step in steps] == wanted
        assert all(step.arguments["Payload"]["upload"] == UPLOAD for step in steps)
    assert [one["name"] for one in output["variants"]] == [
        one["name"] for one in renditions + filters
    ]


@pytest.mark.parametrize("flags", [[], [FLAG], [FLAG, OTHER_FLAG]])
def test_the_files_of_a_flagged_picture_wait(flags: list[Json]) -> None:
    walk, output = process(Steps({**VERDICT, "flags": flags}))
    payloads = [step.arguments["Payload"] for step in walk.steps if step.name == "OptimizeOne"]
    assert {payload["waiting"] for payload in payloads} == {bool(flags)}
    assert output["flags"] == flags
    assert payloads[0]["formats"] == VERDICT["formats"]


@pytest.mark.parametrize("line", ["© 2026 Ana", "\"'<b>\\", "true", "0"])
def test_the_copyright_that_was_kept_goes_to_every_encoding_and_into_the_answer(line: str) -> None:
    walk, output = process(Steps({**VERDICT, "copyright": line}))
    payloads = [step.arguments["Payload"] for step in walk.steps if step.name == "OptimizeOne"]
    assert {payload["copyright"] for payload in payloads} == {line}
    assert output["copyright"] == line


def test_where_no_copyright_was_kept_none_is_passed_on() -> None:
    walk, output = process(Steps(VERDICT))
    payloads = [step.arguments["Payload"] for step in walk.steps if step.name == "OptimizeOne"]
    assert [payload["copyright"] for payload in payloads] == [None, None]
    assert "copyright" not in output


def test_what_is_planned_to_move_is_handed_on_as_such() -> None:
    verdict = {**VERDICT, "renditions": [{**RENDITION, "animated": True}]}
    walk, _ = process(Steps(verdict))
    for step in walk.steps:
        if step.name in ("ResizeOne", "OptimizeOne"):
            variant = step.arguments["Payload"]["variant"]
            assert variant.get("animated", False) is (variant["kind"] == "rendition")


def test_no_label_leaves_the_flags_as_they_were() -> None:
    assert moderated() == []
    assert moderated(flags=(FLAG,)) == [FLAG]


@pytest.mark.parametrize("flags", [(), (FLAG,), (FLAG, OTHER_FLAG)])
def test_labels_become_one_flag_behind_the_others(flags: tuple[Json, ...]) -> None:
    label = {"Name": "Violence", "Confidence": 87.6, "ParentName": ""}
    other = {"Name": "Weapons", "Confidence": 60, "ParentName": "Violence"}
    least = PARAMETERS["ModerationMinConfidence"]["Default"]
    *before, one = moderated(label, flags=flags)
    assert before == list(flags)
    assert one == {"rule": "moderation_label", "detail": f"Violence 88 % (at least {least} %)"}
    *before, two = moderated(label, other, flags=flags)
    assert before == list(flags)
    assert two["detail"] == f"Violence 88 %, Weapons 60 % (at least {least} %)"


def test_a_label_makes_the_files_wait() -> None:
    verdict = {**VERDICT, "moderation_key": "masters/x/moderation.jpg"}
    walk, _ = process(Steps(verdict, [{"Name": "Violence", "Confidence": 87.6}]))
    payloads = [step.arguments["Payload"] for step in walk.steps if step.name == "OptimizeOne"]
    assert {payload["waiting"] for payload in payloads} == {True}


def test_rekognition_is_asked_only_where_it_is_on() -> None:
    walk, _ = process(Steps(VERDICT))
    assert "Moderate" not in walk.path


@pytest.mark.parametrize(
    ("task", "step"),
    [
        ("Validate", "Validate"),
        ("Moderate", "Moderate"),
        ("ResizeOne", "Resize"),
        ("FilterOne", "Filter"),
        ("OptimizeOne", "Optimize"),
    ],
)
def test_a_step_that_fails_for_good_is_named_in_the_pipelines_record(task: str, step: str) -> None:
    verdict = {**VERDICT, "moderation_key": "masters/x/moderation.jpg"}
    with pytest.raises(Failure) as failed:
        process(Steps(verdict, failing=task))
    child = {"Status": "FAILED", **failed.value.output}

    class Broken(Services):
        def __call__(self, name: str, arguments: Any) -> Any:
            return child if name == "Process" else super().__call__(name, arguments)

    assert recorded(run(Broken(MADE)), "RecordFailure")["error"] == {
        "step": step,
        "error": "Lambda.Unknown",
        "cause": f"{step}: boom",
    }


# ── The tool itself ──────────────────────────────────────────────────────────────────────────────


def test_an_expression_without_a_result_is_an_error() -> None:
    with pytest.raises(NoResult):
        evaluate("{% $states.input.missing %}", {"input": {}})
    assert evaluate("{% $states.input.there %}", {"input": {"there": None}}) is None
