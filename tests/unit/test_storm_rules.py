"""The storm's harness can fail: each rule sees what it is for, planted into a state that holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bench.storming.rules import RULES, violations
from bench.storming.state import (
    Failure,
    Manifest,
    Message,
    Recorded,
    Run,
    State,
    Uploaded,
    version_of,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OLD, NEW = "0" * 16, "1" * 16


def record(image: str, status: str, version: str = NEW, **more: object) -> Recorded:
    base = Recorded(image, version, status, f"run of {image} {version}")
    return replace(base, **more)  # type: ignore[arg-type]


def run(image: str, version: str = NEW, state: str = "Notify", status: str = "SUCCEEDED") -> Run:
    return Run(f"run of {image} {version}", image, version, status, state, NOW)


def published(image: str, version: str) -> set[str]:
    return {f"{image}/{version}/w320.jpg", f"{image}/{version}/w320.webp"}


def manifest(image: str, version: str = NEW) -> Manifest:
    return Manifest(version, version, frozenset(published(image, version)))


def whole() -> State:
    """Published over an older one, invalid, waiting, approved, rejected, replaced unread."""
    ends = [
        record("a", "PUBLISHED", OLD, superseded=True),
        record("a", "PUBLISHED"),
        record("broken", "INVALID", reason="truncated"),
        record("waits", "IN_REVIEW", flags=("keyword",), waits=True, files=2),
        record("yes", "PUBLISHED", flags=("keyword",), decision="approve"),
        record("no", "REJECTED", flags=("keyword",), decision="reject"),
        record("b", "INVALID", OLD, reason="replaced"),
        record("b", "PUBLISHED"),
    ]
    kinds = {"broken": "broken", "waits": "flagged", "yes": "flagged", "no": "flagged"}
    return State(
        uploads=tuple(
            Uploaded(one.image, one.version, kinds.get(one.image, "plain"), int(one.version[0]))  # type: ignore[arg-type]
            for one in ends
        ),
        records=tuple(ends),
        runs=(
            *(run(*one.name) for one in ends if one.image != "waits"),
            run("waits", state="Review", status="RUNNING"),
            replace(run("a", state="Duplicate"), arn="again"),
        ),
        messages=tuple(
            Message(one.image, one.version, one.status) for one in ends if one.image != "waits"
        ),
        published=frozenset(
            {
                *published("a", OLD),
                *published("a", NEW),
                *published("yes", NEW),
                *published("b", NEW),
                *(f"{image}/manifest.json" for image in ("a", "yes", "b")),
            }
        ),
        waiting=frozenset(published("waits", NEW)),
        manifests={image: manifest(image) for image in ("a", "yes", "b")},
        decided={("yes", NEW): "approve"},
        meant={("yes", NEW): "approve", ("no", NEW): "reject"},
        others={"process": {"SUCCEEDED": 7, "FAILED": 1}, "settle": {}},
    )


def changed(state: State, image: str, version: str = NEW, **more: object) -> State:
    return replace(
        state,
        records=tuple(
            replace(one, **more) if one.name == (image, version) else one  # type: ignore[arg-type]
            for one in state.records
        ),
    )


def without(state: State, image: str, version: str = NEW) -> State:
    return replace(
        state, records=tuple(one for one in state.records if one.name != (image, version))
    )


def test_a_storm_that_went_well_breaks_no_rule() -> None:
    assert violations(whole()) == []


HELD = whole()
MINE, THEIRS = ("a", NEW), ("yes", NEW)
PLANTED = {
    "a storm that never got quiet": ("is over", replace(HELD, late="still moving")),
    "an upload without a record": ("every upload has one record", without(HELD, "a")),
    "a record without an upload": (
        "every upload has one record",
        replace(HELD, uploads=HELD.uploads[1:]),
    ),
    "a record twice": (
        "every upload has one record",
        replace(HELD, records=(*HELD.records, HELD.records[0])),
    ),
    "a record left PROCESSING": (
        "nothing is left open",
        changed(HELD, "a", status="PROCESSING"),
    ),
    "a FAILED record": ("nothing failed", changed(HELD, "a", status="FAILED")),
    "a broken file that was published": (
        "each ends as its file deserves",
        changed(HELD, "broken", status="PUBLISHED", reason=""),
    ),
    "a good picture that is INVALID": (
        "each ends as its file deserves",
        changed(HELD, "a", status="INVALID", reason="corrupt"),
    ),
    "a picture called replaced that was not": (
        "each ends as its file deserves",
        changed(HELD, "a", status="INVALID", reason="replaced"),
    ),
    "a flagged picture without its flag": (
        "each ends as its file deserves",
        changed(HELD, "waits", flags=()),
    ),
    "a flagged picture that went through undecided": (
        "each ends as its file deserves",
        changed(HELD, "waits", status="PUBLISHED"),
    ),
    "a plain picture that was flagged": (
        "each ends as its file deserves",
        changed(HELD, "a", flags=("low_resolution",), decision="approve"),
    ),
    "a decision that was taken and lost": (
        "decisions hold",
        replace(HELD, decided={("waits", NEW): "approve"}),
    ),
    "a decision that nobody meant": ("decisions hold", replace(HELD, meant={THEIRS: "approve"})),
    "a second run that did the work too": (
        "one run does the work",
        replace(HELD, runs=(*HELD.runs, replace(run("a"), arn="another"))),
    ),
    "an end without a message": (
        "one message tells of each end",
        replace(HELD, messages=HELD.messages[1:]),
    ),
    "a message twice": (
        "one message tells of each end",
        replace(HELD, messages=(*HELD.messages, HELD.messages[0])),
    ),
    "a message of what still waits": (
        "one message tells of each end",
        replace(HELD, messages=(*HELD.messages, Message("waits", NEW, "IN_REVIEW"))),
    ),
    "a message that says something else": (
        "one message tells of each end",
        replace(HELD, messages=(Message("a", OLD, "INVALID"), *HELD.messages[1:])),
    ),
    "a file of what waits": (
        "nothing unapproved is public",
        replace(HELD, published=HELD.published | {f"waits/{NEW}/w320.jpg"}),
    ),
    "a file of what was rejected": (
        "nothing unapproved is public",
        replace(HELD, published=HELD.published | {f"no/{NEW}/w320.jpg"}),
    ),
    "a file that was flagged and never approved": (
        "nothing unapproved is public",
        changed(HELD, "yes", decision=""),
    ),
    "a file of nothing known": (
        "nothing unapproved is public",
        replace(HELD, published=HELD.published | {f"a/{'9' * 16}/w320.jpg"}),
    ),
    "a manifest of the older upload": (
        "manifests show the newest",
        replace(HELD, manifests=HELD.manifests | {"a": manifest("a", OLD)}),
    ),
    "a published picture without a manifest": (
        "manifests show the newest",
        replace(HELD, manifests={"yes": manifest("yes"), "b": manifest("b")}),
    ),
    "a manifest of what waits": (
        "manifests show the newest",
        replace(HELD, manifests=HELD.manifests | {"waits": manifest("waits")}),
    ),
    "a manifest whose file is gone": (
        "manifests show the newest",
        replace(HELD, published=HELD.published - {f"a/{NEW}/w320.jpg"}),
    ),
    "a manifest that is labelled as another": (
        "manifests show the newest",
        replace(HELD, manifests=HELD.manifests | {"a": replace(manifest("a"), labelled=OLD)}),
    ),
    "a manifest of a superseded version": (
        "manifests show the newest",
        changed(HELD, "a", superseded=True),
    ),
    "a manifest without files": (
        "manifests show the newest",
        replace(HELD, manifests=HELD.manifests | {"a": Manifest(NEW, NEW, frozenset())}),
    ),
    "waiting files that were lost": (
        "what waits is what is in review",
        replace(HELD, waiting=frozenset()),
    ),
    "one waiting file that was lost": (
        "what waits is what is in review",
        replace(HELD, waiting=frozenset({f"waits/{NEW}/w320.jpg"})),
    ),
    "files that wait for nobody": (
        "what waits is what is in review",
        replace(HELD, waiting=HELD.waiting | {f"no/{NEW}/w320.jpg"}),
    ),
    "a run that goes on for nobody": (
        "only reviews run on",
        replace(HELD, runs=(*HELD.runs, replace(HELD.runs[-1], status="RUNNING", arn="orphan"))),
    ),
    "a review whose run is gone": (
        "only reviews run on",
        replace(HELD, runs=tuple(one for one in HELD.runs if one.status != "RUNNING")),
    ),
    "a review that nobody can wake": ("only reviews run on", changed(HELD, "waits", waits=False)),
    "an Express workflow that goes on": (
        "only reviews run on",
        replace(HELD, others={"process": {"RUNNING": 1}}),
    ),
    "a run of what was never uploaded": (
        "every run is of an upload",
        replace(HELD, runs=(*HELD.runs, replace(run("ghost", state="Duplicate"), arn="ghost"))),
    ),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_violation_is_seen_by_its_rule(planted: str) -> None:
    rule, state = PLANTED[planted]
    assert rule in {violation.partition(": ")[0] for violation in violations(state)}


def test_every_rule_has_a_violation_planted() -> None:
    assert {rule for rule, _ in PLANTED.values()} == {
        rule.__name__.replace("_", " ") for rule in RULES
    }


def test_a_failed_record_says_which_step_broke_last() -> None:
    broke = Failure(NOW, "Lambda.Unknown", "no memory")
    state = changed(HELD, "a", status="FAILED")
    runs = tuple(replace(one, failures=(broke,)) for one in state.runs)
    assert any("Lambda.Unknown: no memory" in one for one in violations(replace(state, runs=runs)))


def test_a_version_is_computed_as_the_contract_says() -> None:
    # printf 'd41d8cd98f00b204e9800998ecf8427e/1' | sha256sum
    assert version_of("d41d8cd98f00b204e9800998ecf8427e", "1") == "976177aaa6ba0d59"
