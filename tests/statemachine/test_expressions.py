"""The expressions of the state machines, evaluated on what comes in real runs."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer
from botocore.session import Session
from botocore.validate import ParamValidator

from darkroom import statuses
from darkroom.contracts import Reopened, Upload, parse
from darkroom.items import plain_item
from darkroom.keys import image_of, masters_key
from darkroom.trail import DECIDED, EXPIRED, trail_entry
from tests.statemachine.counting import counted
from tests.statemachine.definitions import PARAMETERS, PIPELINE, PROCESS, REVIEW_URL, tasks
from tests.statemachine.walk import CONTEXT, Failure, Json, NoResult, Walk, evaluate
from validate.flags import MAX_DETAIL

KEY = "raw/trip/a b+ü.jpg"
IMAGE = "trip/a b+ü.jpg"
VERSION = "0123456789abcdef"
EXECUTION = CONTEXT["Execution"]["Id"]

EVENT: Json = {
    "version": "0",  # EventBridge's, of the event; no version of ours
    "detail": {
        "bucket": {"name": "uploads"},
        "object": {
            "key": KEY,
            "etag": "d41d8cd98f00b204e9800998ecf8427e",
            "sequencer": "0055AED6DCD90281E5",
        },
    },
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
    "decided": False,
}
# What the Express workflow hands over of a picture that it has published.
PUBLISHED: Json = {**MADE, "manifest_key": f"{IMAGE}/manifest.json"}
INVALID = {"verdict": "invalid", "recipe": "default", "source": {"key": KEY}, "reason": REASON}
APPROVED = {
    "decision": "approve",
    "reviewer": "Ada",
    "note": "",
    "decided_at": "2025-11-20T07:00:00.000Z",
}
REJECTED = {**APPROVED, "decision": "reject", "reason": "Copyright"}

REFUSED = "ConditionalCheckFailedException"
OTHER_EXECUTION = f"{EXECUTION}-of-an-operator"


_serialize = TypeSerializer().serialize


class Services:
    """Answers every Task of the pipeline; `made` is the Express workflow's output.

    `decision` is what a reviewer decides while the run waits, `late` what one decides as the time
    ends, `owner` whose the record is by then; `kept` what the record has from before, `children`
    how the first Express workflows end before one succeeds.
    """

    def __init__(
        self,
        made: Json,
        decision: Json | None = None,
        failing: dict[str, Failure] | None = None,
        late: Json | None = None,
        owner: str = EXECUTION,
        kept: Json | None = None,
        children: Sequence[Json] = (),
    ) -> None:
        self.made = made
        self.decision = decision
        self.failing = failing or {}
        self.late = late
        self.owner = owner
        self.kept = kept or {}
        self.children = list(children)
        self.asked: Json = {}

    def __call__(self, name: str, arguments: Any) -> Any:
        if name in self.failing:
            raise self.failing[name]
        match name:
            case "Process" if self.children:
                return {"Input": arguments["Input"], **self.children.pop(0)}
            case "Process":
                decided = {"decided": "decision" in self.kept.get("review", {})}
                output = json.dumps(self.made | (decided if "decided" in self.made else {}))
                return {"Status": "SUCCEEDED", "Input": arguments["Input"], "Output": output}
            case "Review" if self.decision is None:
                raise Failure("States.Timeout", "")
            case "Review":
                return {}
            case "Expire" if self.late is not None or self.owner != EXECUTION:
                raise Failure(f"DynamoDB.{REFUSED}", "")
            case "Request":
                self.asked = arguments["Payload"]["review"]
            case "Answer":
                decided = self.decision or self.late or {}
                review = {**self.kept.get("review", {}), **self.asked, **decided}
                return {
                    "Item": {
                        "execution": {"S": self.owner},
                        "review": {"M": {name: {"S": value} for name, value in review.items()}},
                    }
                }
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


def handed(event: Json | None = None) -> Json:
    """What the Express workflow is given of an upload."""
    given: Json = json.loads(run(Services(MADE), event).called("Process")["Input"])
    return given


def claiming(event: Json | None = None, kept: Json | None = None) -> Walk:
    """A walk through the Express workflow from that event on; `kept`: as Services has it."""
    return process(Steps(VERDICT, kept=kept), handed(event))[0]


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
    return run(Services(PUBLISHED))


# Every end of a run but FAILED, with the path to it.
ENDS: dict[str, tuple[Services, str]] = {
    statuses.PUBLISHED: (Services(PUBLISHED), "Outcome"),
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
    assert handed(event_of(key))["image"] == image_of(key)


def test_an_upload_without_a_name_has_one_that_dynamodb_takes() -> None:
    assert handed(event_of("raw/"))["image"] == "/"


def test_the_version_is_a_hash_of_etag_and_recipe_revision() -> None:
    revision = PARAMETERS["RecipeRevision"]["Default"]
    text = f"{EVENT['detail']['object']['etag']}/{revision}"
    assert handed()["version"] == hashlib.sha256(text.encode()).hexdigest()[:16]


def test_what_is_claimed_is_what_the_pipeline_records() -> None:
    walk = clean()
    key = claiming().called("Claim")["Key"]
    assert key == walk.called("Record")["Key"]
    assert key == {"image": {"S": IMAGE}, "version": {"S": walk.variables["version"]}}


def test_an_upload_that_has_a_run_is_claimed_by_itself_or_after_a_failure() -> None:
    """Or where it says so: by the run that it takes over from, or by force."""
    assert claiming().called("Claim")["ConditionExpression"] == (
        "attribute_not_exists(image) OR #status = :failed"
        " OR (#status = :processing AND execution = :execution)"
        " OR execution = :after OR claimed_at < :before"
    )


def test_the_run_that_claims_is_the_pipelines() -> None:
    """So that it finds its own claim when it tries the Express workflow again."""
    values = plain_item(claiming().called("Claim")["ExpressionAttributeValues"])
    assert values[":execution"] == EXECUTION
    assert values[":began"] == CONTEXT["Execution"]["StartTime"]


@pytest.mark.parametrize("force", [None, False, "true", 1, []])
def test_without_force_a_claim_is_taken_from_nobody_who_began_before(force: Any) -> None:
    before = _forced({} if force is None else {"force": force})
    assert before < "2"  # no moment is


def test_an_operator_may_force_a_claim_over_a_run_that_began_before() -> None:
    """And not over one that began since: a run that paused takes nothing back from it."""
    assert _forced({"force": True}) == CONTEXT["Execution"]["StartTime"]


REOPENED = {"by": "Ann", "reason": "a complaint", "at": "2025-12-01T08:00:00.000Z"}
REOPENING = {**EVENT, "version": VERSION, "reopened": REOPENED, "force": True}


def test_a_reopened_run_keeps_its_version() -> None:
    assert handed(REOPENING)["version"] == VERSION


@pytest.mark.parametrize("event", [REOPENING, EVENT], ids=["reopened", "run again after a failure"])
def test_the_steps_learn_who_reopened_a_picture_and_why(event: Json) -> None:
    [upload] = given(claiming(event, kept={"reopened": REOPENED}), "Validate", "upload")
    assert parse(Upload, upload).reopened == Reopened(**REOPENED)
    [upload] = given(claiming(), "Validate", "upload")
    assert "reopened" not in upload


def test_what_was_reopened_stays_so_until_its_review_has_ended() -> None:
    claim = claiming().called("Claim")["UpdateExpression"]
    failure = PIPELINE.state("RecordFailure")["Arguments"]["UpdateExpression"]
    assert "reopened" not in claim and "reopened" not in failure


def event_of(key: str, **more: str) -> Json:
    """What EventBridge says of an upload."""
    return {"detail": {**EVENT["detail"], "object": {"key": key, "etag": "e", **more}}}


def _forced(extra: Json) -> str:
    claim = claiming({**EVENT, **extra}).called("Claim")
    return str(claim["ExpressionAttributeValues"][":before"]["S"])


def test_a_claim_sets_a_record_that_is_being_processed() -> None:
    began = CONTEXT["Execution"]["StartTime"]
    assert recorded(claiming(), "Claim") | {"updated_at": ""} == {
        "status": statuses.PROCESSING,
        "execution": EXECUTION,
        "upload": {name: EVENT["detail"]["object"][name] for name in ("key", "etag", "sequencer")},
        "created_at": began,
        "claimed_at": began,
        "updated_at": "",
    }


def test_a_claim_keeps_of_the_event_what_it_has() -> None:
    for extra, more in (
        ({}, {}),
        ({"version-id": "3HL4"}, {"version_id": "3HL4"}),
        ({"sequencer": "00", "size": 5}, {"sequencer": "00"}),
    ):
        kept = recorded(claiming(event_of(KEY, **extra)), "Claim")["upload"]
        assert kept == {"key": KEY, "etag": "e", **more}


def test_a_claim_removes_whatever_an_earlier_run_may_have_left() -> None:
    _, _, removed = claiming().called("Claim")["UpdateExpression"].partition(" REMOVE ")
    # Found again by what is published, and written over; and what a reviewer may have decided.
    kept = {"manifest_key", "review"}
    outcomes = [set(run(services).variables["outcome"]) for services, _ in ENDS.values()]
    outcomes.append({*outcomes[0], "superseded_by"})
    sometimes = set.union(*outcomes) - set.intersection(*outcomes) - kept
    of_review = {"review_queue", "review_requested_at", "lease", "task_token", "outline"}
    assert set(removed.split(", ")) == {*sometimes, *of_review, "#error", "retraction"}

    forced = claiming({**EVENT, "force": True}).called("Claim")["UpdateExpression"]
    assert forced.partition(" REMOVE ")[2] == f"{removed}, review"


def test_what_another_run_has_is_a_duplicate_and_ends_in_silence() -> None:
    refused = (f"DynamoDB.{REFUSED}", "")
    walk, output = process(Steps(VERDICT, failing="Claim", failure=refused))
    assert walk.path == ["Recall", "Recalled", "Claim", "Duplicate"]
    assert run(Services(output)).path == ["Process", "Outcome", "Duplicate"]


# ── Process and Outcome ──────────────────────────────────────────────────────────────────────────


def test_the_express_workflow_gets_a_string_that_is_an_upload() -> None:
    assert isinstance(clean().called("Process")["Input"], str)
    assert parse(Upload, handed()) == Upload(
        bucket="uploads",
        key=KEY,
        etag=EVENT["detail"]["object"]["etag"],
        image=IMAGE,
        version=clean().variables["version"],
        execution=EXECUTION,
        version_id=None,
    )


def test_the_express_workflow_gets_the_version_id_where_s3_gives_one() -> None:
    assert handed(event_of(KEY, **{"version-id": "3HL4"}))["version_id"] == "3HL4"
    assert "version_id" not in handed()


ASKED = ("Request", "Remind", "Review")
ANSWERED = ("Answer", "Owner", "Trail", "Decision")
TOLD = ["Record", "Notify"]


@pytest.mark.parametrize(
    ("services", "path"),
    [
        (Services(PUBLISHED), TOLD),
        (Services(MADE), ["Publish", *TOLD]),
        (Services(INVALID), TOLD),
        (Services(flagged(FLAG), APPROVED), [*ASKED, *ANSWERED, "Publish", *TOLD]),
        (Services(flagged(FLAG), REJECTED), [*ASKED, *ANSWERED, "Discard", *TOLD]),
        (
            Services(flagged(FLAG)),
            [*ASKED, "Expire", *ANSWERED, "Expired", "Discard", *TOLD],
        ),
        (
            Services(flagged(FLAG), late=REJECTED),
            [*ASKED, "Expire", *ANSWERED, "Discard", *TOLD],
        ),
        (
            Services(flagged(FLAG), APPROVED, {"Review": Failure(f"DynamoDb.{REFUSED}", "")}),
            [*ASKED, *ANSWERED, "Publish", *TOLD],
        ),
    ],
    ids=[
        *("clean", "clean, and made before a deploy", "invalid"),
        *("approved", "rejected", "expired", "in the last moment", "early"),
    ],
)
def test_a_picture_goes_the_way_of_what_it_is(services: Services, path: list[str]) -> None:
    assert run(services).path == ["Process", "Outcome", *path]


@pytest.mark.parametrize("decision", ["reject", "Approve", "approved", ""])
def test_whatever_is_not_approve_publishes_nothing(decision: str) -> None:
    walk = run(Services(flagged(FLAG), {**APPROVED, "decision": decision}))
    assert "Publish" not in walk.path


def test_a_record_without_a_decision_publishes_nothing() -> None:
    walk = run(Services(flagged(FLAG), {"reviewer": "Ada"}))
    assert "Publish" not in walk.path
    assert recorded(walk)["status"] == statuses.EXPIRED


def test_only_what_the_record_says_counts() -> None:
    """Whoever has the token may wake the run, and can say nothing with it."""
    services = Services(flagged(FLAG))
    walk = run(lambda name, given: APPROVED if name == "Review" else services(name, given))
    assert recorded(walk)["status"] == statuses.EXPIRED


@pytest.mark.parametrize(
    ("decision", "status"), [(APPROVED, statuses.PUBLISHED), (REJECTED, statuses.REJECTED)]
)
def test_a_decision_of_the_last_moment_still_counts(decision: Json, status: str) -> None:
    walk = run(Services(flagged(FLAG), late=decision))
    assert recorded(walk)["status"] == status
    assert recorded(walk)["review"] == walk.variables["review"]
    assert walk.variables["review"]["reviewer"] == decision["reviewer"]


@pytest.mark.parametrize("failure", [None, f"DynamoDb.{REFUSED}"], ids=["timed out", "refused"])
def test_a_run_whose_record_was_taken_over_goes_in_silence(failure: str | None) -> None:
    failing = {"Review": Failure(failure, "")} if failure else {}
    services = Services(flagged(FLAG), failing=failing, late=APPROVED, owner=OTHER_EXECUTION)
    walk = run(services)
    assert walk.path[-3:] == ["Answer", "Owner", "Superseded"]
    said = {"Trail", "Publish", "Discard", "Record", "Notify", "RecordFailure", "NotifyFailure"}
    assert said.isdisjoint(walk.path)


@pytest.mark.parametrize("answer", [{}, {"Item": {"execution": {"S": EXECUTION}}}])
def test_a_record_that_is_gone_or_was_never_asked_about_is_no_decision(answer: Json) -> None:
    services = Services(flagged(FLAG))
    walk = run(lambda name, given: answer if name == "Answer" else services(name, given))
    assert "Publish" not in walk.path
    assert ("Superseded" in walk.path) is (answer == {})


def test_a_review_ends_after_the_seconds_of_the_parameter() -> None:
    review = run(Services(flagged(FLAG), APPROVED)).called("Request")["Payload"]["review"]
    asked, ends = (datetime.fromisoformat(review[key]) for key in ("requested_at", "deadline_at"))
    assert ends - asked == timedelta(seconds=PARAMETERS["ReviewTimeoutSeconds"]["Default"])


def test_the_review_function_gets_all_that_it_needs() -> None:
    walk = run(Services(flagged(FLAG), APPROVED))
    assert walk.called("Request") == {
        "FunctionName": "ReviewFunction.Arn",
        "Payload": {
            "action": "request",
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


def test_a_reminder_is_started_under_the_runs_own_name() -> None:
    walk = run(Services(flagged(FLAG), APPROVED))
    assert walk.called("Remind") == {
        "StateMachineArn": "Reminder",
        "Name": CONTEXT["Execution"]["Name"],
        "Input": {"image": IMAGE, "version": walk.variables["version"], "execution": EXECUTION},
    }


OPEN_AND_MINE = "execution = :execution AND attribute_exists(review_queue)"


def test_the_wait_puts_its_token_into_the_record_while_the_review_is_open() -> None:
    arguments = run(Services(flagged(FLAG), APPROVED)).called("Review")
    assert arguments["UpdateExpression"] == "SET task_token = :task_token"
    assert arguments["ConditionExpression"] == OPEN_AND_MINE
    assert arguments["ExpressionAttributeValues"] == {
        ":execution": {"S": EXECUTION},
        ":task_token": {"S": CONTEXT["Task"]["Token"]},
    }


def test_a_review_whose_time_is_over_leaves_the_queue_if_nobody_decided() -> None:
    arguments = run(Services(flagged(FLAG))).called("Expire")
    assert arguments["ConditionExpression"] == OPEN_AND_MINE
    assert arguments["ExpressionAttributeValues"] == {":execution": {"S": EXECUTION}}
    removed = "review_queue, review_requested_at, lease, task_token"
    assert arguments["UpdateExpression"] == f"REMOVE {removed}"


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    ("decision", "said"),
    [
        (APPROVED, {"decision": "approve", "note": ""}),
        (REJECTED, {"decision": "reject", "note": "", "reason": "Copyright"}),
    ],
)
def test_a_decision_is_appended_to_the_trail(decision: Json, said: Json, late: bool) -> None:
    services = Services(flagged(FLAG), late=decision) if late else Services(flagged(FLAG), decision)
    walk = run(services)
    at, version = decision["decided_at"], walk.variables["version"]
    assert appended(walk) == {
        **trail_entry(IMAGE, version, DECIDED, at, by="Ada", execution=EXECUTION),
        **said,
    }


def test_that_nobody_decided_is_appended_to_the_trail_without_a_name() -> None:
    walk = run(Services(flagged(FLAG)))
    entry = appended(walk)
    version, at = walk.variables["version"], entry["at"]
    assert entry == trail_entry(IMAGE, version, EXPIRED, at, execution=EXECUTION)
    assert abs(datetime.fromisoformat(at) - datetime.now(UTC)) < timedelta(minutes=1)


def test_an_entry_that_is_there_stays_and_the_run_goes_on() -> None:
    there = {"Trail": Failure(f"DynamoDB.{REFUSED}", "")}
    walk = run(Services(flagged(FLAG), APPROVED, there))
    assert recorded(walk)["status"] == statuses.PUBLISHED


def appended(walk: Walk) -> Json:
    """The trail's new entry, as plain values."""
    arguments = walk.called("Trail")
    assert arguments["TableName"] == "TrailTable"
    assert arguments["ConditionExpression"] == "attribute_not_exists(image)"
    return plain_item(arguments["Item"])


def test_a_flagged_picture_is_asked_about_even_if_it_were_published() -> None:
    walk = run(Services({**PUBLISHED, "flags": [FLAG]}, REJECTED))
    assert {"Request", "Review", "Discard"} <= set(walk.path)
    assert recorded(walk)["status"] == statuses.REJECTED
    assert "manifest_key" not in recorded(walk)


def both_published(event: Json) -> list[Json]:
    """What PublishFunction is given for an upload: by the Express workflow, and by the pipeline
    once it is approved."""
    within = [
        step.arguments["Payload"]
        for step in process(Steps(VERDICT), handed(event))[0].steps
        if step.name == "Publish"
    ]
    approved = run(Services(flagged(FLAG), APPROVED), event)
    return [*within, approved.called("Publish")["Payload"]]


NO_SEQUENCER = {k: v for k, v in EVENT["detail"]["object"].items() if k != "sequencer"}


@pytest.mark.parametrize(
    ("event", "sequencer"),
    [
        (EVENT, EVENT["detail"]["object"]["sequencer"]),
        ({"detail": {**EVENT["detail"], "object": NO_SEQUENCER}}, ""),
    ],
    ids=["a sequencer", "none"],
)
def test_both_ways_to_publish_say_alike_whose_run_it_is_and_when_it_began(
    event: Json, sequencer: str
) -> None:
    """So that of two runs the newer one wins, whichever way each came."""
    within, approved = both_published(event)
    assert within.keys() == approved.keys()
    different = {"made", "review"}
    assert {key: within[key] for key in within.keys() - different} == {
        key: approved[key] for key in approved.keys() - different
    }
    assert within["action"] == "publish" and within["sequencer"] == sequencer
    assert within["started_at"] == CONTEXT["Execution"]["StartTime"]
    assert within["execution"] == EXECUTION
    assert (within["review"], approved["made"]) == ({}, flagged(FLAG))


def test_a_clean_picture_of_before_a_deploy_is_published_from_the_pipeline() -> None:
    payload = run(Services(MADE)).called("Publish")["Payload"]
    assert (payload["made"], payload["review"]) == (MADE, {})


def test_discarding_gets_the_list_of_what_waits() -> None:
    walk = run(Services(flagged(FLAG), REJECTED))
    payload = walk.called("Discard")["Payload"]
    assert payload.pop("rejected")
    assert payload == {
        "action": "discard",
        "image": IMAGE,
        "version": walk.variables["version"],
        "execution": EXECUTION,
        "variants": MADE["variants"],
        "recipe": MADE["recipe"],
        "review": walk.variables["review"],
    }
    assert payload["review"]["requested_at"] and payload["review"]["decided_at"]


def test_a_rejected_one_is_remembered_by_its_likeness() -> None:
    payload = run(Services(flagged(FLAG), REJECTED)).called("Discard")["Payload"]
    assert payload["rejected"] == {"likeness": MADE["likeness"], "at": REJECTED["decided_at"]}


def test_a_rejected_one_without_a_likeness_keeps_its_preview() -> None:
    made = {key: value for key, value in flagged(FLAG).items() if key != "likeness"}
    payload = run(Services(made, REJECTED)).called("Discard")["Payload"]
    assert payload["rejected"] == {"at": REJECTED["decided_at"]}
    assert payload["variants"] == MADE["variants"]


def test_what_nobody_decided_about_is_not_remembered() -> None:
    assert "rejected" not in run(Services(flagged(FLAG))).called("Discard")["Payload"]


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
        *("decision", "reviewer", "reason", "note"),
    }
    assert record["review"]["note"] == "it's\n“dark”"


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

    within = Services({**PUBLISHED, "superseded_by": "fedcba9876543210"})
    for services in (within, Superseded(flagged(FLAG), APPROVED)):
        walk = run(services)
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
    made = {**PUBLISHED, "source": {"field": value}}
    assert recorded(run(Services(made)))["source"] == {"field": value}


@every_end
def test_a_record_is_written_by_the_run_that_owns_it_and_leaves_the_queue(status: str) -> None:
    arguments = run(ENDS[status][0]).called("Record")
    assert arguments["ConditionExpression"] == "execution = :execution"
    assert arguments["ExpressionAttributeValues"][":execution"] == {"S": EXECUTION}
    _, _, removed = arguments["UpdateExpression"].partition(" REMOVE ")
    of_review = "review_queue, review_requested_at, lease, task_token, outline"
    is_open = status == statuses.EXPIRED  # what was reopened is, until somebody has decided
    of_review += "" if is_open else ", reopened"
    assert removed == of_review + ("" if "review" in recorded(run(ENDS[status][0])) else ", review")


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


def test_a_message_says_of_a_flag_what_was_found_and_not_where_else() -> None:
    flag = FLAG | {"resembles": {"image": "another upload.jpg", "version": VERSION}}
    told = message(run(Services(flagged(flag, OTHER_FLAG), REJECTED)))
    assert told["flags"] == [FLAG, OTHER_FLAG]
    failing = {"Publish": Failure("Lambda.Unknown", "boom")}
    broken = run(Services(flagged(flag), APPROVED, failing))
    assert message(broken, "NotifyFailure")["flags"] == [FLAG]


def test_a_message_names_the_manifest_by_its_address() -> None:
    assert message(clean())["manifest"] == f"s3://PublishedBucket/{IMAGE}/manifest.json"


# ── Failures ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("cause", ["boom", "", None], ids=["cause", "empty", "none"])
@pytest.mark.parametrize(
    "name",
    [
        name
        for name in tasks(PIPELINE)
        if name not in ("RecordFailure", "Count", "NotifyFailure", "Remind")
    ],
)
def test_a_task_that_fails_for_good_is_recorded_and_announced(name: str, cause: str | None) -> None:
    decision = {"Discard": REJECTED, "Expire": None}.get(name, APPROVED)
    walk = run(Services(flagged(FLAG), decision, {name: Failure("Some.Error", cause)}))
    failure = {"step": name, "error": "Some.Error", "cause": cause or ""}
    assert walk.path[-4:] == ["RecordFailure", "Count", "NotifyFailure", "Failed"]
    record = recorded(walk, "RecordFailure")
    assert (record["status"], record["error"]) == (statuses.FAILED, failure)
    assert message(walk, "NotifyFailure")["error"] == failure
    assert attributes(walk, "NotifyFailure")["status"] == statuses.FAILED


@pytest.mark.parametrize(
    ("step", "recipe"), [("Process", "unknown"), ("Publish", MADE["recipe"])], ids=["early", "late"]
)
def test_what_failed_is_counted_by_its_recipe(step: str, recipe: str) -> None:
    walk = run(Services(flagged(FLAG), APPROVED, {step: Failure("Some.Error", "boom")}))
    assert walk.called("Count") == counted(statuses.FAILED, recipe)


def test_a_metric_that_is_refused_changes_nothing() -> None:
    failing = {"Publish": Failure("Some.Error", "boom"), "Count": Failure("Other.Error", "bang")}
    walk = run(Services(flagged(FLAG), APPROVED, failing))
    assert walk.path[-4:] == ["RecordFailure", "Count", "NotifyFailure", "Failed"]
    assert message(walk, "NotifyFailure")["error"]["error"] == "Some.Error"


def test_nothing_is_counted_by_the_pipeline_but_what_failed() -> None:
    """A transition costs, and functions count what they end."""
    for services, _ in ENDS.values():
        assert "Count" not in run(services).path


def test_a_reminder_that_cannot_be_started_keeps_nobody_from_deciding() -> None:
    walk = run(Services(flagged(FLAG), APPROVED, {"Remind": Failure("Some.Error", "boom")}))
    assert walk.path[-2:] == ["Record", "Notify"]
    assert recorded(walk, "Record")["status"] == statuses.PUBLISHED


@pytest.mark.parametrize("name", ["RecordFailure", "NotifyFailure"])
def test_where_even_recording_fails_the_execution_says_what_failed_first(name: str) -> None:
    failing = {"Publish": Failure("Some.Error", "boom"), name: Failure("Other.Error", "bang")}
    walk = run(Services(MADE, failing=failing))
    assert walk.path[-2:] == [name, "Failed"]
    assert walk.variables["failure"] == {"step": "Publish", "error": "Some.Error", "cause": "boom"}


def test_a_failure_before_anything_was_made_is_announced() -> None:
    walk = run(Services(MADE, failing={"Process": Failure("Some.Error", "boom")}))
    assert message(walk, "NotifyFailure") == {
        "image": IMAGE,
        "version": handed()["version"],
        "status": statuses.FAILED,
        "recipe": "unknown",
        "flags": [],
        "error": {"step": "Process", "error": "Some.Error", "cause": "boom"},
    }
    assert attributes(walk, "NotifyFailure")["recipe"] == "unknown"


@pytest.mark.parametrize(
    "event", [EVENT, REOPENING, event_of("raw/"), event_of("raw/raw/x.jpg")], ids=str
)
@pytest.mark.parametrize("is_called", [True, False], ids=["it failed", "it could not be called"])
def test_a_failure_of_the_express_workflow_is_recorded_under_the_name_it_was_given(
    event: Json, is_called: bool
) -> None:
    broken = {"Status": "FAILED", "Error": "OSError", "Cause": "Claim: no"}
    failing = {} if is_called else {"Process": Failure("Some.Error", "boom")}
    walk = run(Services(MADE, failing=failing, children=[broken]), event)
    given = handed(event)
    assert walk.path[-4:] == ["RecordFailure", "Count", "NotifyFailure", "Failed"]
    assert walk.called("RecordFailure")["Key"] == {
        name: {"S": given[name]} for name in ("image", "version")
    }


@pytest.mark.parametrize("extra", [{}, {"after": OTHER_EXECUTION}, {"force": True}], ids=str)
def test_a_failure_is_recorded_wherever_the_run_might_have_claimed(extra: Json) -> None:
    """So that one that could not even be called is no silence."""
    event = {**EVENT, **extra}
    failing = {"Process": Failure("Some.Error", "boom")}
    failure = run(Services(MADE, failing=failing), event).called("RecordFailure")
    assert failure["ConditionExpression"] == (
        "attribute_not_exists(image) OR #status = :failed"
        " OR execution IN (:execution, :after) OR claimed_at < :before"
    )
    claim = claiming(event).called("Claim")["ExpressionAttributeValues"]
    values = failure["ExpressionAttributeValues"]
    for name in (":failed", ":execution", ":after", ":before"):
        assert values[name] == claim[name]


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
            {"Status": "FAILED", "Error": "OSError", "Cause": "Resize: no space"},
            {"step": "Resize", "error": "OSError", "cause": "Resize: no space"},
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
            if name == "Process":
                return {"Input": arguments["Input"], **answer}
            return super().__call__(name, arguments)

    walk = run(Broken(MADE))
    assert recorded(walk, "RecordFailure")["error"] == failure
    assert message(walk, "NotifyFailure")["recipe"] == "unknown"


def test_a_run_that_lost_its_record_to_another_ends_in_silence() -> None:
    refused = Failure(f"DynamoDB.{REFUSED}", "")
    walk = run(Services(MADE, failing={"Record": refused}))
    assert walk.path[-1] == "Superseded"
    assert {"Notify", "NotifyFailure", "RecordFailure"}.isdisjoint(walk.path)


# ── The Express workflow ─────────────────────────────────────────────────────────────────────────

UPLOAD = {
    "bucket": "uploads",
    "key": KEY,
    "etag": "e",
    "image": IMAGE,
    "version": VERSION,
    "execution": EXECUTION,
    "started_at": CONTEXT["Execution"]["StartTime"],
    "sequencer": "0055AED6DCD90281E5",
}
RENDITION = {"name": "w320", "kind": "rendition", "width": 320, "height": 200, "fit": "scale"}
FILTER = {"name": "noir", "kind": "filter", "width": 96, "height": 60, "filter": "grayscale"}


def batch(name: str, *variants: Json) -> Json:
    return {"name": name, "variants": list(variants)}


def mastered(name: str, *variants: Json) -> list[Json]:
    """As Resize and Filter hand them on."""
    return [
        {**variant, "master": {"batch": name, "offset": number, "bytes": 1}}
        for number, variant in enumerate(variants)
    ]


VERDICT: Json = {
    "verdict": "accepted",
    "recipe": "default",
    "source": SOURCE,
    "flags": [],
    "placeholder": "data:",
    "renditions": [batch("renditions-1", RENDITION)],
    "filters": [batch("filters-1", FILTER)],
    "formats": ["avif"],
    "quality": 72,
}


class Steps:
    """Answers every Task of the Express workflow as its function does; `kept`: what the record has
    from before; `known`: the records that Recall finds, one on a page."""

    def __init__(
        self,
        verdict: Json,
        labels: list[Json] | None = None,
        failing: str | None = None,
        failure: tuple[str, str | None] = ("Lambda.Unknown", "boom"),
        published: Json | None = None,
        kept: Json | None = None,
        known: Sequence[Json] = (),
    ) -> None:
        self.verdict = verdict
        self.known = known
        self.kept = kept or {}
        self.published = published or {}
        self.labels = labels or []
        self.failing = failing
        self.failure = failure

    def __call__(self, name: str, arguments: Any) -> Any:
        if name == self.failing:
            raise Failure(*self.failure)
        match name:
            case "Recall":
                page = int(arguments.get("ExclusiveStartKey", {}).get("page", {"N": "0"})["N"])
                more = {"LastEvaluatedKey": {"page": {"N": str(page + 1)}}}
                found = [_serialize(record)["M"] for record in self.known[page : page + 1]]
                return {"Items": found} | (more if page + 1 < len(self.known) else {})
            case "Claim":
                return {"Attributes": arguments["Key"] | _serialize(self.kept)["M"]}
            case "Validate":
                return {"Payload": self.verdict}
            case "Moderate":
                return {"ModerationLabels": self.labels}
            case "OptimizeOne":
                return {"Payload": {"name": arguments["Payload"]["variant"]["name"], "files": []}}
            case "Publish":
                image = arguments["Payload"]["image"]
                return {"Payload": {"manifest_key": f"{image}/manifest.json", **self.published}}
            case "TidyOne" | "Count":
                return {}
        given = arguments["Payload"]["batch"]
        return {"Payload": {"variants": mastered(given["name"], *given["variants"])}}


def process(steps: Steps, upload: Json = UPLOAD) -> tuple[Walk, Any]:
    walk = Walk(steps, CONTEXT)
    return walk, walk.run(PROCESS.definition, upload)


def moderated(*labels: Json, flags: tuple[Json, ...] = ()) -> list[Json]:
    walk, output = process(Steps(to_moderate(*flags), list(labels)))
    assert "Moderate" in walk.path
    found: list[Json] = output["flags"]
    return found


def to_moderate(*flags: Json) -> Json:
    return {**VERDICT, "flags": list(flags), "moderation_key": "masters/x/moderation.jpg"}


def label(name: str, confidence: float, within: str = "") -> Json:
    return {"Name": name, "Confidence": confidence, "ParentName": within, "TaxonomyLevel": 1}


def test_an_invalid_verdict_is_the_answer() -> None:
    walk, output = process(Steps(INVALID))
    assert walk.path[-3:] == ["Validate", "Verdict", "Invalid"]
    assert output == INVALID


def test_what_was_made_is_put_together_without_what_was_planned() -> None:
    _, output = process(Steps(VERDICT))
    planned = {"renditions", "filters", "formats", "quality"}
    assert output == {
        **{key: value for key, value in VERDICT.items() if key not in planned},
        "variants": [{"name": "w320", "files": []}, {"name": "noir", "files": []}],
        "decided": False,
        "manifest_key": f"{IMAGE}/manifest.json",
    }


# ── What is published at once, and what never is ─────────────────────────────────────────────────


def test_a_clean_picture_is_published_last_with_all_that_was_made() -> None:
    walk, output = process(Steps(VERDICT))
    assert walk.path[-3:] == ["Assemble", "Clean", "Publish"]
    assembled = {key: value for key, value in output.items() if key != "manifest_key"}
    assert walk.called("Publish") == {
        "FunctionName": "PublishFunction.Arn",
        "Payload": {
            "action": "publish",
            **{key: UPLOAD[key] for key in ("image", "version", "execution")},
            **{key: UPLOAD[key] for key in ("started_at", "sequencer")},
            "made": assembled,
            "review": {},
        },
    }


def test_what_a_newer_upload_superseded_is_part_of_the_answer() -> None:
    _, output = process(Steps(VERDICT, published={"superseded_by": "fedcba9876543210"}))
    assert output["superseded_by"] == "fedcba9876543210"
    assert "superseded_by" not in process(Steps(VERDICT))[1]


REOPENED_FLAG = {"rule": "reopened", "detail": "Ann took it back: a complaint"}
RESEMBLING_FLAG = {**FLAG, "rule": "resembles_rejected", "resembles": {"image": "b.jpg"}}


@pytest.mark.parametrize(
    "flags",
    [[FLAG], [OTHER_FLAG], [REOPENED_FLAG], [RESEMBLING_FLAG], [FLAG, OTHER_FLAG]],
    ids=["a keyword", "small", "reopened", "resembling", "several"],
)
def test_a_flagged_picture_is_never_published_by_the_express_workflow(flags: list[Json]) -> None:
    walk, output = process(Steps({**VERDICT, "flags": flags}))
    assert walk.path[-3:] == ["Assemble", "Clean", "Waiting"]
    assert waits(walk) and "manifest_key" not in output
    assert output["flags"] == flags


@pytest.mark.parametrize(
    "steps",
    [
        lambda: Steps(to_moderate(), [label("Violence", 99)]),
        lambda: Steps(
            to_moderate(),
            failing="Moderate",
            failure=("Rekognition.InvalidImageFormatException", "no"),
        ),
    ],
    ids=["a label", "unreadable"],
)
def test_what_moderation_flags_is_never_published_by_the_express_workflow(steps: Any) -> None:
    walk, output = process(steps())
    assert "Publish" not in walk.path
    assert waits(walk) and [flag["rule"] for flag in output["flags"]] == ["moderation_label"]


def test_what_moderation_lets_pass_is_published() -> None:
    walk, _ = process(Steps(to_moderate()))
    assert not waits(walk) and walk.path[-1] == "Publish"


@pytest.mark.parametrize("flags", [[], [FLAG]])
def test_files_are_public_exactly_where_the_manifest_may_be(flags: list[Json]) -> None:
    walk, _ = process(Steps({**VERDICT, "flags": flags}))
    assert ("Publish" in walk.path) is not waits(walk)


def test_the_picture_for_rekognition_is_no_part_of_the_answer() -> None:
    _, output = process(Steps(to_moderate()))
    assert "moderation_key" not in output


def test_a_recipe_without_filters_makes_the_renditions() -> None:
    walk, output = process(Steps({**VERDICT, "filters": []}))
    assert "FilterOne" not in walk.path
    assert output["variants"] == [{"name": "w320", "files": []}]


def given(walk: Walk, name: str, what: str) -> list[Any]:
    """What every call of a Task was given."""
    return [step.arguments["Payload"][what] for step in walk.steps if step.name == name]


@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_batch_is_made_and_everything_in_it_encoded_once(count: int, size: int) -> None:
    kinds = {
        kind: [
            batch(f"{kind}-{number}", *({**one, "name": f"{number}{a}"} for a in range(size)))
            for number in range(count)
        ]
        for kind, one in (("renditions", RENDITION), ("filters", FILTER))
    }
    walk, output = process(Steps({**VERDICT, **kinds}))

    assert given(walk, "ResizeOne", "batch") == kinds["renditions"]
    assert given(walk, "FilterOne", "batch") == kinds["filters"]
    variants = [
        variant
        for one in kinds["renditions"] + kinds["filters"]
        for variant in mastered(one["name"], *one["variants"])
    ]
    assert given(walk, "OptimizeOne", "variant") == variants
    assert [one["name"] for one in output["variants"]] == [one["name"] for one in variants]


def test_every_step_of_a_run_has_the_same_attempt_and_another_run_another() -> None:
    """So that a run removes its own masters and no other's."""
    attempts = []
    for execution in ("first", "second"):
        walk = Walk(Steps(VERDICT), {"Execution": {"Id": execution}})
        walk.run(PROCESS.definition, UPLOAD)
        [attempt] = {
            upload["attempt"]
            for name in ("Validate", "ResizeOne", "FilterOne", "OptimizeOne")
            for upload in given(walk, name, "upload")
        }
        assert re.fullmatch("[0-9a-f]{8}", attempt)
        attempts.append(attempt)
    assert len(set(attempts)) == 2


@pytest.mark.parametrize("filters", [[], [batch("filters-1", FILTER)]])
@pytest.mark.parametrize("moderated", [False, True])
def test_the_masters_are_removed_once_everything_is_encoded(
    filters: list[Json], moderated: bool
) -> None:
    key = f"masters/{IMAGE}/{VERSION}/attempt/moderation.jpg"
    more = {"moderation_key": key} if moderated else {}
    walk, output = process(Steps({**VERDICT, "filters": filters, **more}))
    removed = [step.arguments for step in walk.steps if step.name == "TidyOne"]
    attempt = given(walk, "OptimizeOne", "upload")[0]["attempt"]
    names = ["renditions-1", *(one["name"] for one in filters)]
    keys = [masters_key(IMAGE, VERSION, attempt, name) for name in names]
    assert removed == [{"Bucket": "WorkBucket", "Key": key} for key in [*keys, *more.values()]]
    assert walk.path.index("TidyOne") > len(walk.path) - walk.path[::-1].index("OptimizeOne") - 1
    assert len(output["variants"]) == len(names)


def test_masters_that_cannot_be_removed_keep_nothing_from_being_published() -> None:
    refused = ("S3.S3Exception", "Access Denied")
    _, output = process(Steps(VERDICT, failing="TidyOne", failure=refused))
    assert output == process(Steps(VERDICT))[1]
    assert "manifest_key" in output


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
    moving = batch("renditions-1", {**RENDITION, "animated": True})
    walk, _ = process(Steps({**VERDICT, "renditions": [moving]}))
    assert given(walk, "ResizeOne", "batch") == [moving]
    for variant in given(walk, "OptimizeOne", "variant"):
        assert variant.get("animated", False) is (variant["kind"] == "rendition")


LEAST = PARAMETERS["ModerationMinConfidence"]["Default"]


def test_rekognition_is_asked_as_its_model_wants_it() -> None:
    walk, _ = process(Steps(to_moderate()))
    asked = walk.called("Moderate")
    model = Session().get_service_model("rekognition").operation_model("DetectModerationLabels")
    report = ParamValidator().validate(asked, model.input_shape)
    assert not report.has_errors(), report.generate_report()
    assert asked == {
        "Image": {"S3Object": {"Bucket": "WorkBucket", "Name": "masters/x/moderation.jpg"}},
        "MinConfidence": LEAST,
    }


def test_no_label_leaves_the_flags_as_they_were() -> None:
    assert moderated() == []
    assert moderated(flags=(FLAG,)) == [FLAG]


@pytest.mark.parametrize("confidence", [0, LEAST - 20, LEAST - 0.001])
def test_a_label_below_the_threshold_is_none(confidence: float) -> None:
    assert moderated(label("Violence", confidence)) == []
    [flag] = moderated(label("Violence", confidence), label("Explicit", LEAST))
    assert flag["detail"] == f"Explicit {LEAST} % (at least {LEAST} %)"


@pytest.mark.parametrize("flags", [(), (FLAG,), (FLAG, OTHER_FLAG)])
def test_labels_become_one_flag_behind_the_others(flags: tuple[Json, ...]) -> None:
    *before, one = moderated(label("Violence", 87.6), flags=flags)
    assert before == list(flags)
    assert one == {"rule": "moderation_label", "detail": f"Violence 88 % (at least {LEAST} %)"}
    *before, two = moderated(label("Alcohol", 81.2), label("Violence", 99.97), flags=flags)
    assert before == list(flags)
    assert two["detail"] == f"Violence 100 %, Alcohol 81 % (at least {LEAST} %)"


def test_a_category_is_named_only_beside_what_was_seen_of_it() -> None:
    [flag] = moderated(
        label("Explicit", 97.5),
        label("Explicit Nudity", 97.5, "Explicit"),
        label("Exposed Buttocks or Anus", 97.5, "Explicit Nudity"),
        label("Violence", 90.2),
        label("Weapons", LEAST - 1, "Violence"),
    )
    assert flag["detail"] == (
        f"Exposed Buttocks or Anus (Explicit Nudity) 98 %, Violence 90 % (at least {LEAST} %)"
    )


def test_however_many_labels_make_one_detail_that_ends_with_the_threshold() -> None:
    [flag] = moderated(*[label(f"Label {number}", 99 - number / 10) for number in range(60)])
    assert len(flag["detail"]) <= MAX_DETAIL
    assert flag["detail"].startswith("Label 0 99 %, Label 1 99 %, ")
    assert flag["detail"].endswith(f"… (at least {LEAST} %)")


def test_a_label_makes_the_files_wait() -> None:
    walk, _ = process(Steps(to_moderate(), [label("Violence", 87.6)]))
    assert waits(walk)


@pytest.mark.parametrize(
    "error", ["ImageTooLargeException", "InvalidImageFormatException", "InvalidParameterException"]
)
@pytest.mark.parametrize("flags", [(), (FLAG,)])
def test_a_person_looks_at_what_rekognition_cannot_read(
    error: str, flags: tuple[Json, ...]
) -> None:
    cause = "Request has Invalid Parameters (Service: Rekognition, Status Code: 400, ...)"
    steps = Steps(to_moderate(*flags), failing="Moderate", failure=(f"Rekognition.{error}", cause))
    walk, output = process(steps)
    *before, flag = output["flags"]
    assert before == list(flags)
    assert flag == {
        "rule": "moderation_label",
        "detail": "Rekognition could not read the picture: Request has Invalid Parameters",
    }
    assert waits(walk)


@pytest.mark.parametrize("cause", ["x" * 500, "", None])
def test_whatever_rekognition_says_is_a_detail(cause: str | None) -> None:
    failure = ("Rekognition.ImageTooLargeException", cause)
    _, output = process(Steps(to_moderate(), failing="Moderate", failure=failure))
    [flag] = output["flags"]
    assert 40 <= len(flag["detail"]) <= MAX_DETAIL


@pytest.mark.parametrize(
    "error", ["AccessDeniedException", "InvalidS3ObjectException", "ThrottlingException"]
)
def test_where_rekognition_cannot_be_asked_nothing_is_made(error: str) -> None:
    failure = (f"Rekognition.{error}", "no")
    with pytest.raises(Failure) as failed:
        process(Steps(to_moderate(), failing="Moderate", failure=failure))
    assert failed.value.output == {"Error": f"Rekognition.{error}", "Cause": "Moderate: no"}


def waits(walk: Walk) -> bool:
    [waiting] = {
        step.arguments["Payload"]["waiting"] for step in walk.steps if step.name == "OptimizeOne"
    }
    return bool(waiting)


def test_rekognition_is_asked_only_where_it_is_on() -> None:
    walk, _ = process(Steps(VERDICT))
    assert "Moderate" not in walk.path


every_step = pytest.mark.parametrize(
    ("task", "step"),
    [
        ("Claim", "Claim"),
        ("Validate", "Validate"),
        ("Moderate", "Moderate"),
        ("ResizeOne", "Resize"),
        ("FilterOne", "Filter"),
        ("OptimizeOne", "Optimize"),
        ("Publish", "Publish"),
    ],
)


@every_step
def test_the_log_of_the_express_workflow_says_which_picture_a_step_failed_on(
    task: str, step: str
) -> None:
    """What a Fail state is given is logged, and StoryQuery looks for the image in it."""
    walk = Walk(Steps(to_moderate(), failing=task), CONTEXT)
    with pytest.raises(Failure):
        walk.run(PROCESS.definition, UPLOAD)
    [failed] = [one for one in walk.steps if one.name.endswith("Failed")]
    assert failed.input == {
        "step": step,
        "error": "Lambda.Unknown",
        "cause": "boom",
        **{name: UPLOAD[name] for name in ("image", "version", "execution")},
    }


@every_step
def test_a_step_that_fails_for_good_is_named_in_the_pipelines_record(task: str, step: str) -> None:
    with pytest.raises(Failure) as failed:
        process(Steps(to_moderate(), failing=task))
    child = {"Status": "FAILED", **failed.value.output}

    class Broken(Services):
        def __call__(self, name: str, arguments: Any) -> Any:
            if name == "Process":
                return {"Input": arguments["Input"], **child}
            return super().__call__(name, arguments)

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
