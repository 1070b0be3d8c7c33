"""What people said of a picture stands when another recipe revision makes a new version of it."""

from __future__ import annotations

from typing import Any

import pytest

from darkroom import statuses
from darkroom.contracts import Raised, Reopened, Upload, parse
from tests.statemachine.definitions import PROCESS
from tests.statemachine.test_expressions import (
    APPROVED,
    EVENT,
    EXECUTION,
    FLAG,
    MADE,
    PUBLISHED,
    REJECTED,
    UPLOAD,
    VERDICT,
    VERSION,
    Services,
    Steps,
    flagged,
    given,
    handed,
    message,
    process,
    recorded,
    run,
)
from tests.statemachine.walk import Json, Walk

BEFORE, LONG_BEFORE = "1" * 16, "2" * 16
MORNING, NOON = "2025-11-20T08:00:00.000Z", "2025-11-20T12:00:00.000Z"
ASKED = {"requested_at": "2025-11-20T06:00:00Z", "deadline_at": "2025-11-27T06:00:00Z"}


def decided(decision: Json = APPROVED, version: str = BEFORE, at: str = MORNING) -> Json:
    review = ASKED | decision | {"decided_at": at}
    status = statuses.PUBLISHED if decision is APPROVED else statuses.REJECTED
    return {"version": version, "status": status, "flags": [FLAG], "review": review}


def reopened(version: str = BEFORE, at: str = NOON) -> Json:
    said = {"by": "Ann", "reason": "a complaint", "at": at}
    return {"version": version, "status": statuses.IN_REVIEW, "flags": [], "reopened": said}


def retracted(version: str = BEFORE, at: str = NOON) -> Json:
    said = {"by": "Ann", "reason": "a court order", "at": at}
    return {
        **decided(version=version),
        "status": statuses.RETRACTED,
        "recipe": "products",
        "retraction": said,
    }


def recalling(*known: Json, **more: Any) -> Walk:
    """A walk through the Express workflow where Recall finds these records."""
    return process(Steps(VERDICT, known=known), {**UPLOAD, **more})[0]


def claimed(walk: Walk) -> Json:
    return recorded(walk, "Claim")


def test_the_records_of_the_same_bytes_are_asked_for_a_page_at_a_time() -> None:
    walk = recalling(reopened(), decided())
    first, second = (step.arguments for step in walk.steps if step.name == "Recall")
    assert first["ExpressionAttributeValues"] == {
        ":image": {"S": UPLOAD["image"]},
        ":etag": {"S": UPLOAD["etag"]},
    }
    assert first["FilterExpression"] == "#upload.etag = :etag"
    assert second == first | {"ExclusiveStartKey": {"page": {"N": "1"}}}
    assert walk.path[:5] == ["Recall", "Recalled", "Recall", "Recalled", "Claim"]


@pytest.mark.parametrize("decision", [APPROVED, REJECTED], ids=["approved", "rejected"])
def test_a_decision_about_the_same_bytes_is_the_new_versions_own(decision: Json) -> None:
    kept = claimed(recalling(decided(decision)))
    assert kept["flags"] == [FLAG]
    assert kept["review"] == {
        **ASKED,
        **decision,
        "decided_at": MORNING,
        "recalled_from": BEFORE,
    }


def test_a_decision_that_was_recalled_before_names_the_version_that_was_looked_at() -> None:
    chained = decided()
    chained["review"]["recalled_from"] = LONG_BEFORE
    assert claimed(recalling(chained))["review"]["recalled_from"] == LONG_BEFORE


def test_where_it_was_decided_reviewers_are_not_asked_again() -> None:
    """Claim hands back what it wrote: from there on it is as after a run that broke."""
    kept = {name: value for name, value in decided().items() if name in ("review", "flags")}
    walk, _ = process(Steps(VERDICT, known=[decided()], kept=kept))
    [upload] = given(walk, "Validate", "upload")
    assert parse(Upload, upload).flags == (Raised(**FLAG),)
    assert walk.variables["decided"] is True

    path = run(Services(flagged(FLAG), kept=kept)).path
    assert "Request" not in path and "Publish" in path


@pytest.mark.parametrize(
    ("known", "field"),
    [
        ([decided(at=MORNING), reopened(LONG_BEFORE, at=NOON)], "reopened"),
        ([reopened(LONG_BEFORE, at=MORNING), decided(at=NOON)], "review"),
        ([decided(REJECTED, at=NOON), decided(APPROVED, LONG_BEFORE, at=MORNING)], "review"),
    ],
    ids=["reopened since", "decided since", "decided anew since"],
)
@pytest.mark.parametrize("turn", [1, -1])
def test_the_last_word_counts(known: list[Json], field: str, turn: int) -> None:
    kept = claimed(recalling(*known[::turn]))
    assert {"review", "reopened"} & set(kept) == {field}
    if field == "review":
        assert kept["review"]["decided_at"] == NOON


def test_what_was_reopened_is_reviewed_in_the_new_version_too() -> None:
    kept = claimed(recalling(reopened()))
    assert Reopened(**kept["reopened"]) == Reopened("Ann", NOON, "a complaint")
    assert "review" not in kept


def test_what_was_retracted_is_not_made_again() -> None:
    walk = recalling(retracted())
    assert walk.path[-3:] == ["Claim", "Withdrawn", "Retracted"]
    assert claimed(walk)["retraction"]["reason"] == "a court order"
    _, _, removed = walk.called("Claim")["UpdateExpression"].partition(" REMOVE ")
    assert "retraction" not in removed.split(", ")  # DynamoDB takes a field once
    assert walk.steps[-1].output == {"verdict": "retracted", "recipe": "products"}


def test_what_was_retracted_is_recorded_and_announced() -> None:
    walk = run(Services({"verdict": "retracted", "recipe": "products"}))
    assert walk.path == ["Process", "Outcome", "Record", "Notify"]
    kept = recorded(walk)
    assert (kept["status"], kept["recipe"]) == (statuses.RETRACTED, "products")
    assert message(walk)["status"] == statuses.RETRACTED
    # Claim wrote by whom and why, and nothing after it takes that away.
    removed = walk.called("Record")["UpdateExpression"].partition(" REMOVE ")[2]
    assert "retraction" not in removed.split(", ")


def test_a_record_of_before_its_recipe_was_known_can_be_retracted() -> None:
    record = retracted()
    del record["recipe"]
    assert recalling(record).steps[-1].output["recipe"] == "unknown"


@pytest.mark.parametrize(
    "known",
    [
        [],
        [{"version": BEFORE, "status": statuses.PUBLISHED, "flags": []}],
        [{"version": BEFORE, "status": statuses.IN_REVIEW, "flags": [FLAG], "review": ASKED}],
        [decided(version=VERSION)],
        [reopened(version=VERSION)],
    ],
    ids=["nothing", "clean", "waiting", "its own decision", "itself reopened"],
)
def test_what_nobody_said_or_the_record_says_itself_is_not_recalled(known: list[Json]) -> None:
    assert set(claimed(recalling(*known))) == set(claimed(recalling()))


def test_the_records_own_last_word_outweighs_an_earlier_one_about_another_version() -> None:
    kept = claimed(recalling(decided(at=MORNING), reopened(VERSION, at=NOON)))
    assert {"review", "flags", "reopened"}.isdisjoint(kept)


@pytest.mark.parametrize("known", [decided(), reopened(), retracted()])
def test_a_forced_run_recalls_nothing(known: Json) -> None:
    """An operator wants it decided again, or reopened it just now."""
    walk = recalling(known, force=True)
    assert "Retracted" not in walk.path
    assert {"review", "flags", "reopened", "retraction"}.isdisjoint(claimed(walk))


def test_the_steps_are_not_told_what_was_said() -> None:
    [upload] = given(recalling(decided()), "Validate", "upload")
    assert "said" not in upload and "page" not in upload


def test_the_pipeline_gives_all_that_recall_needs() -> None:
    walk, _ = process(Steps(VERDICT), handed(EVENT))
    asked = walk.called("Recall")["ExpressionAttributeValues"]
    assert asked[":etag"]["S"] == EVENT["detail"]["object"]["etag"]


def test_an_expired_picture_that_was_reopened_stays_so() -> None:
    """Nobody has passed it since: the next version must not be published unseen."""
    removed = run(Services(flagged(FLAG))).called("Record")["UpdateExpression"]
    assert "reopened" not in removed
    for services in (Services(flagged(FLAG), APPROVED), Services(flagged(FLAG), REJECTED)):
        assert "reopened" in run(services).called("Record")["UpdateExpression"]


def test_what_cannot_be_recalled_fails_before_anything_is_claimed() -> None:
    services = Services(MADE, children=[{"Status": "FAILED", "Cause": "Recall: boom"}])
    assert recorded(run(services), "RecordFailure")["error"]["step"] == "Recall"
    assert PROCESS.state("Recall")["Catch"][0]["Next"] == "Failed"


def test_a_clean_picture_passes_as_many_states_of_the_standard_workflow_as_before() -> None:
    walk = run(Services(PUBLISHED))
    assert walk.path == ["Process", "Outcome", "Record", "Notify"]
    assert recorded(walk)["status"] == statuses.PUBLISHED
    assert EXECUTION in str(walk.called("Record"))
