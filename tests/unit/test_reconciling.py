"""What `darkroom reconcile` says of an image, from what was seen of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cli.reconciling import kinds
from cli.reconciling.buckets import older_recipe
from cli.reconciling.facts import (
    Execution,
    Manifest,
    Recorded,
    Seen,
    Terms,
    Upload,
    image_name,
    version_of,
)
from cli.reconciling.findings import examine
from cli.reconciling.information import for_information
from cli.reconciling.kinds import Finding
from cli.reconciling.published import Published, parse_key
from cli.reconciling.repairing import Done
from cli.reconciling.repairs import Start, Wake, Withdraw
from cli.reconciling.report import as_json, is_left
from cli.reconciling.suspects import Listed, is_suspect
from darkroom import statuses
from darkroom.keys import EXTENSIONS, manifest_key, published_key

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SECONDS_AGO = NOW - timedelta(seconds=9)
LONG_AGO = "2026-11-20T06:00:00.000Z"
LATER = "2026-11-20T06:01:00.000Z"
JUST_NOW = "2026-11-20T11:59:30.000Z"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:darkroom-"
RUN = "arn:aws:states:us-east-1:123456789012:execution:darkroom-pipeline:run"
WITHDRAWAL = "arn:aws:states:us-east-1:123456789012:execution:darkroom-withdraw:w"
TERMS = Terms(NOW, timedelta(seconds=60), "1", "uploads", "published", f"{MACHINE}withdraw")
IMAGE = "trip/a b+ü.jpg"
ETAG = "etag-a"
VERSION = version_of(ETAG, "1")
OTHER = version_of("etag-b", "1")
SAID = {"by": "Ann", "at": LONG_AGO, "reason": "a complaint"}
STOPPED = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)

RUNNING = Execution("RUNNING")
WAITING = Execution("RUNNING", state="Review")
ABORTED = Execution("ABORTED", STOPPED)
UPLOAD = Upload(f"raw/{IMAGE}", ETAG, datetime(2026, 11, 20, 5, 0, tzinfo=UTC), "v1", 5)
MANIFEST = Manifest(VERSION, "2026-11-20T05:00:00Z")


def record(status: str, **more: Any) -> Recorded:
    upload = {"key": f"raw/{IMAGE}", "etag": ETAG, "version_id": "v1", "sequencer": "0055"}
    whole = Recorded(IMAGE, VERSION, status, RUN, LONG_AGO, LONG_AGO, LATER, upload)
    return replace(whole, **more)


def in_review(**more: Any) -> Recorded:
    fields = {"requested_at": LONG_AGO, "queued": True, "task_token": "token"}
    return record(statuses.IN_REVIEW, **{**fields, **more})


def decided(**more: Any) -> Recorded:
    fields = {"queued": False, "decision": "approve", "decided_at": LONG_AGO}
    return replace(in_review(), **{**fields, **more})


def seen(*records: Recorded, execution: Execution | None = None, **more: Any) -> Seen:
    runs = {one.execution: execution for one in records} if execution else {}
    fields = {"uploads": (UPLOAD,), "kept": frozenset({one.version for one in records})}
    return Seen(IMAGE, records, executions=runs, **{**fields, **more})


def published(*records: Recorded, **more: Any) -> Seen:
    return seen(*records, **{"manifest": MANIFEST, "files": frozenset({VERSION}), **more})


def only(what: Seen, terms: Terms = TERMS) -> Finding:
    [finding] = examine(what, terms)
    return finding


def is_a_restart(finding: Finding) -> bool:
    return isinstance(finding.repair, Start) and finding.repair.input["after"] == RUN


# ── Nothing is wrong ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "healthy",
    [
        seen(record(statuses.PROCESSING), execution=RUNNING),
        published(record(statuses.PROCESSING), execution=RUNNING),  # a forced run
        seen(record(statuses.PROCESSING, execution=WITHDRAWAL), execution=RUNNING),
        seen(in_review(), execution=RUNNING),
        seen(in_review(), execution=WAITING),
        seen(in_review(task_token=""), execution=Execution("RUNNING", state="Remind")),
        seen(in_review(task_token="", requested_at=JUST_NOW), execution=WAITING),
        seen(decided(), execution=Execution("RUNNING", state="Publish")),
        published(decided(), execution=Execution("RUNNING", state="Publish")),
        seen(in_review(queued=False), execution=Execution("RUNNING", state="Expire")),
        published(in_review(queued=False), execution=Execution("RUNNING", state="Discard")),
        published(record(statuses.PUBLISHED)),
        published(record(statuses.PUBLISHED), uploads=(), kept=frozenset()),  # upload removed since
        seen(record(statuses.REJECTED)),
        seen(record(statuses.EXPIRED)),
        seen(record(statuses.INVALID, reason="corrupt")),
        seen(record(statuses.INVALID, reason="deleted"), uploads=(), kept=frozenset()),
        seen(record(statuses.FAILED, failed_step="Resize"), execution=ABORTED),
        seen(record(statuses.FAILED, failed_step="Resize"), files=frozenset({VERSION})),
        seen(record(statuses.RETRACTED), execution=RUNNING),
        published(record(statuses.RETRACTED), execution=RUNNING),
        seen(record(statuses.RETRACTED), execution=Execution("SUCCEEDED", STOPPED)),
        seen(record(statuses.RETRACTED)),  # AWS has forgotten the execution
        seen(uploads=()),
    ],
)
def test_what_runs_waits_or_has_ended_is_no_finding(healthy: Seen) -> None:
    assert examine(healthy, TERMS) == []


@pytest.mark.parametrize(
    "young",
    [
        seen(record(statuses.PROCESSING, updated_at=JUST_NOW), execution=ABORTED),
        seen(record(statuses.PROCESSING), execution=Execution("FAILED", SECONDS_AGO)),
        seen(decided(decided_at=JUST_NOW), execution=WAITING),
        seen(uploads=(replace(UPLOAD, uploaded_at=SECONDS_AGO),)),
        seen(record(statuses.PUBLISHED, updated_at=JUST_NOW)),
        published(record(statuses.REJECTED, updated_at=JUST_NOW)),
        seen(record(statuses.INVALID, reason="replaced", updated_at=JUST_NOW)),
    ],
)
def test_what_is_young_may_be_on_its_way(young: Seen) -> None:
    assert examine(young, TERMS) == []
    assert len(examine(young, replace(TERMS, grace=timedelta(0)))) == 1


def test_what_came_before_the_engine_began_is_not_on_its_way() -> None:
    claimed = record(statuses.PROCESSING, updated_at=JUST_NOW)
    cut_off = seen(claimed, execution=Execution("FAILED"))

    assert examine(cut_off, TERMS) == []
    [finding] = examine(cut_off, replace(TERMS, began=SECONDS_AGO))
    assert finding.kind == kinds.STOPPED


# ── Records and executions ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED", "SUCCEEDED", "UNKNOWN"])
def test_claimed_and_not_running_runs_again_in_place_of_that_run(status: str) -> None:
    finding = only(seen(record(statuses.PROCESSING), execution=Execution(status, STOPPED)))

    assert (finding.kind, finding.version) == (kinds.STOPPED, VERSION)
    assert isinstance(finding.repair, Start)
    assert finding.repair.input == {
        "detail": {
            "bucket": {"name": "uploads"},
            "object": {"key": f"raw/{IMAGE}", "etag": ETAG, "size": 5, "version-id": "v1"},
        },
        "after": RUN,
    }


def test_a_run_that_was_ended_from_outside_runs_again_although_it_was_recorded() -> None:
    finding = only(seen(record(statuses.FAILED, failed_step="pipeline"), execution=ABORTED))
    assert finding.kind == kinds.STOPPED
    assert is_a_restart(finding)


def test_of_a_replaced_upload_the_very_one_runs_again() -> None:
    """With its version id and its place in the order of events."""
    newer = replace(UPLOAD, etag="etag-b")
    stuck = record(statuses.PROCESSING)
    finding = only(seen(stuck, record(statuses.REJECTED, version=OTHER), uploads=(newer,)))
    assert finding.kind == kinds.STOPPED
    assert isinstance(finding.repair, Start)
    assert finding.repair.input["detail"]["object"] == {
        "key": f"raw/{IMAGE}",
        "etag": ETAG,
        "version-id": "v1",
        "sequencer": "0055",
    }


def test_a_version_keeps_its_name_where_the_revision_was_raised() -> None:
    stuck = seen(record(statuses.PROCESSING), kept=frozenset())
    finding = only(stuck, replace(TERMS, revision="2"))
    assert finding.kind == kinds.STOPPED
    assert isinstance(finding.repair, Start)
    assert finding.repair.input["version"] == VERSION
    assert finding.repair.input["reopened"] == {}


def test_what_lost_its_upload_is_named_and_ends() -> None:
    finding = only(seen(record(statuses.PROCESSING), uploads=(), kept=frozenset()))
    assert finding.kind == kinds.LOST
    assert is_a_restart(finding)
    assert "upload" in finding.next


def test_what_lost_its_upload_and_is_published_stays_so() -> None:
    """A run would end INVALID, and what was rightly public would be so against its record."""
    finding = only(published(record(statuses.PROCESSING), uploads=(), kept=frozenset()))
    assert (finding.kind, finding.repair) == (kinds.LOST, None)


def test_nobody_knows_the_upload_of_a_run_that_could_not_claim() -> None:
    unclaimed = record(statuses.FAILED, failed_step="pipeline", upload={})
    assert is_a_restart(only(seen(unclaimed)))
    lost = only(seen(unclaimed, uploads=(), kept=frozenset()))
    assert (lost.kind, lost.repair) == (kinds.LOST, None)


def test_in_review_and_not_running_is_asked_again() -> None:
    finding = only(seen(in_review(), execution=ABORTED))
    assert finding.kind == kinds.NOT_WAITING
    assert is_a_restart(finding)


def test_in_review_without_a_token_is_asked_again() -> None:
    finding = only(seen(in_review(task_token=""), execution=WAITING))
    assert finding.kind == kinds.NOT_WAITING
    assert is_a_restart(finding)


def test_a_decision_that_woke_nobody_wakes_again() -> None:
    finding = only(seen(decided(), execution=WAITING))
    assert (finding.kind, finding.repair) == (kinds.UNDELIVERED, Wake("token"))
    assert "token" not in repr(finding) + str(as_json([(finding, Done("x"))]))


@pytest.mark.parametrize(
    "stuck",
    [
        seen(decided(), execution=ABORTED),
        published(decided(), execution=ABORTED),
        seen(decided(task_token=""), execution=WAITING),
        seen(decided(status=statuses.FAILED, failed_step="pipeline"), execution=ABORTED),
    ],
)
def test_a_decision_that_no_run_can_hear_is_carried_out_by_another(stuck: Seen) -> None:
    finding = only(stuck)
    assert finding.kind == kinds.UNDELIVERED
    assert is_a_restart(finding)


def test_a_withdrawal_that_died_is_started_again_as_it_was() -> None:
    died = record(statuses.PROCESSING, execution=WITHDRAWAL, reopened=SAID)
    finding = only(seen(died, execution=ABORTED))
    assert finding.kind == kinds.WITHDRAWAL
    assert finding.repair == Withdraw(
        SAID
        | {"action": "reopen", "image": IMAGE, "version": VERSION}
        | {"execution": WITHDRAWAL, "repair": True},
        "reopen",
    )


@pytest.mark.parametrize(
    "broken",
    [
        seen(record(statuses.RETRACTED, failed_step="Withdraw", retraction=SAID)),
        seen(record(statuses.RETRACTED, retraction=SAID), execution=ABORTED),
    ],
)
def test_a_take_down_that_broke_goes_on(broken: Seen) -> None:
    finding = only(broken)
    assert finding.kind == kinds.WITHDRAWAL
    assert isinstance(finding.repair, Withdraw)
    assert finding.repair.input["action"] == "retract"
    assert {name: finding.repair.input[name] for name in SAID} == SAID


# ── What is public ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("against", "word"),
    [
        (record(statuses.RETRACTED), "retract"),
        (record(statuses.INVALID, reason="corrupt"), "retract"),
        (record(statuses.INVALID, reason="deleted"), "restart"),
        (record(statuses.REJECTED, decision="reject"), "restart"),
        (record(statuses.EXPIRED), "reopen"),
        (in_review(), "reopen"),
        (record(statuses.FAILED, failed_step="Notify"), "restart"),
        (record(statuses.FAILED, failed_step="Withdraw", reopened=SAID), "reopen"),
    ],
)
def test_what_is_public_against_its_record_is_the_worst(
    against: Recorded, word: str | None
) -> None:
    finding = only(published(against, execution=Execution("SUCCEEDED", STOPPED)))
    assert finding.kind == kinds.PUBLIC
    assert (finding.repair.word if finding.repair else None) == word
    assert finding.rank < (1, "", "")


@pytest.mark.parametrize(
    ("against", "word"),
    [
        (record(statuses.REJECTED), "retract"),
        (record(statuses.INVALID, reason="deleted"), None),
        (record(statuses.FAILED, failed_step="Notify"), None),
    ],
)
def test_what_cannot_run_again_is_taken_down_only_where_somebody_said_no(
    against: Recorded, word: str | None
) -> None:
    finding = only(published(against, uploads=(), kept=frozenset()))
    assert finding.kind == kinds.PUBLIC
    assert (finding.repair.word if finding.repair else None) == word
    assert ("darkroom retract" in finding.next) == (against.status == statuses.FAILED)
    assert ("upload the same" in finding.next) == (against.status == statuses.INVALID)


def test_files_alone_are_found_as_well() -> None:
    assert only(published(in_review(), manifest=None, execution=WAITING)).kind == kinds.PUBLIC


def test_what_nobody_recorded_is_recorded_by_a_run() -> None:
    finding = only(published())
    assert finding.kind == kinds.UNRECORDED
    assert isinstance(finding.repair, Start)
    assert "after" not in finding.repair.input


def test_what_nobody_recorded_and_nobody_can_make_again_is_named() -> None:
    findings = examine(published(uploads=(replace(UPLOAD, etag="etag-b"),)), TERMS)
    assert {one.kind: one.repair is None for one in findings} == {
        kinds.UNRECORDED: True,
        kinds.UNCLAIMED: False,
    }
    assert "s3://published/trip/a b+ü.jpg/" in findings[0].next


# ── Uploads and manifests ────────────────────────────────────────────────────────────────────────


def test_an_upload_without_a_record_is_started_as_s3_would() -> None:
    finding = only(seen())
    assert (finding.kind, finding.version) == (kinds.UNCLAIMED, VERSION)
    assert isinstance(finding.repair, Start)
    assert list(finding.repair.input) == ["detail"]


def test_what_was_gone_and_is_there_again_runs() -> None:
    finding = only(seen(record(statuses.INVALID, reason="replaced")))
    assert finding.kind == kinds.UNCLAIMED
    assert is_a_restart(finding)


def test_an_earlier_revisions_record_is_no_orphan() -> None:
    terms = replace(TERMS, revision="2")
    done = record(statuses.PUBLISHED)
    assert examine(published(done), terms) == []
    [told] = for_information((done,), (UPLOAD,), terms)
    assert (told.kind, told.version, told.is_orphan) == (kinds.OLDER_RECIPE, VERSION, False)
    assert older_recipe(UPLOAD, (done,), TERMS) is None


@pytest.mark.parametrize(
    "missing",
    [
        {"manifest": None, "files": frozenset({VERSION})},
        {"manifest": None, "files": frozenset()},
        {"manifest": MANIFEST, "files": frozenset()},
    ],
)
def test_published_and_not_there_runs_again(missing: dict[str, Any]) -> None:
    finding = only(seen(record(statuses.PUBLISHED), **missing))
    assert finding.kind == kinds.MISSING
    assert is_a_restart(finding)
    gone = only(seen(record(statuses.PUBLISHED), **{"uploads": (), "kept": frozenset()}, **missing))
    assert (gone.kind, gone.repair) == (kinds.MISSING, None)


@pytest.mark.parametrize("status", [statuses.RETRACTED, statuses.REJECTED, statuses.PUBLISHED])
def test_an_older_version_needs_no_manifest(status: str) -> None:
    newer = record(status, version=OTHER, claimed_at=LATER)
    shown = Manifest(OTHER, "") if status == statuses.PUBLISHED else None
    files = frozenset({OTHER}) if shown else frozenset()
    current = (replace(UPLOAD, etag="etag-b"),)
    both = seen(record(statuses.PUBLISHED), newer, manifest=shown, files=files, uploads=current)
    assert examine(both, TERMS) == []


def test_a_version_that_ended_late_needs_no_manifest() -> None:
    late = record(statuses.PUBLISHED, version=OTHER, claimed_at=LATER, superseded=True)
    assert examine(published(record(statuses.PUBLISHED), late), TERMS) == []
    assert only(seen(record(statuses.PUBLISHED), late)).version == VERSION


def test_a_broken_upload_that_came_since_changes_nothing_about_it() -> None:
    broken = record(statuses.INVALID, version=OTHER, claimed_at=LATER, reason="corrupt")
    assert examine(published(record(statuses.PUBLISHED), broken), TERMS) == []
    assert only(seen(record(statuses.PUBLISHED), broken)).kind == kinds.MISSING


def a_b_a(**more: Any) -> Seen:
    """The second A is there, and B's manifest is shown."""
    newer = record(statuses.PUBLISHED, version=OTHER, claimed_at=LATER)
    shown = Manifest(OTHER, "2026-11-20T05:00:00Z")
    fields = {"manifest": shown, "files": frozenset({VERSION, OTHER}), **more}
    return seen(record(statuses.PUBLISHED), newer, **fields)


def test_the_newest_uploads_manifest_is_shown() -> None:
    finding = only(a_b_a())
    assert (finding.kind, finding.version) == (kinds.OUT_OF_DATE, VERSION)
    assert isinstance(finding.repair, Start)
    assert "sequencer" not in finding.repair.input["detail"]["object"]


def test_a_run_that_has_just_ended_may_have_been_overtaken() -> None:
    moment_ago, newer = a_b_a().records
    moment_ago = replace(moment_ago, updated_at=JUST_NOW)
    assert examine(replace(a_b_a(), records=(moment_ago, newer)), TERMS) == []


def test_an_upload_that_came_back_by_a_removal_is_not_newer() -> None:
    """A run of it would not win the manifest, and would be found again for ever."""
    assert examine(a_b_a(manifest=Manifest(OTHER, "2026-11-20T05:00:01Z")), TERMS) == []


# ── Names ────────────────────────────────────────────────────────────────────────────────────────

NAMES = [
    "a.jpg",
    "/",
    "trip/",
    "//",
    "a%2Fb 100%.jpg",
    "line\nbreak.jpg",
    "a/manifest.json",
    "manifest.json",
    "a/0123456789abcdef/b.jpg",
    "a/0123456789abcdef",
    "a/0123456789abcdef/w320.jpg",
    "u\u0308.jpg",
    "\u00fc.jpg",
]


@pytest.mark.parametrize("image", NAMES)
@pytest.mark.parametrize("format", EXTENSIONS)
def test_a_published_key_says_whose_it_is(image: str, format: str) -> None:
    key = published_key(image, VERSION, "w320", format)
    assert parse_key(key) == Published(image, VERSION)
    assert parse_key(manifest_key(image)) == Published(image, None)


@pytest.mark.parametrize("key", ["a.html", "a/b/w320.jpg", "manifest.json", f"a/{VERSION}/w.js"])
def test_what_others_put_there_is_left_alone(key: str) -> None:
    assert parse_key(key) is None


@pytest.mark.parametrize(
    ("key", "image"), [("raw/", "/"), ("raw/trip/", "trip/"), ("raw/raw/a", "raw/a")]
)
def test_an_upload_is_called_as_claim_calls_it(key: str, image: str) -> None:
    assert image_name(key) == image


# ── Suspects ─────────────────────────────────────────────────────────────────────────────────────

WRITTEN = datetime(2026, 11, 20, 6, 0, 59, tzinfo=UTC)


def listed(what: Seen, manifest_at: datetime = WRITTEN) -> Listed:
    shown = manifest_at if what.manifest else None
    return Listed(list(what.records), list(what.uploads), set(what.files), shown)


@pytest.mark.parametrize(
    "plain",
    [
        seen(record(statuses.PROCESSING)),
        seen(in_review()),
        published(record(statuses.PUBLISHED)),
        seen(record(statuses.REJECTED)),
        seen(record(statuses.RETRACTED)),
        seen(record(statuses.FAILED, failed_step="Resize")),
        seen(record(statuses.INVALID, reason="corrupt")),
    ],
)
def test_what_is_plain_costs_no_further_look(plain: Seen) -> None:
    assert not is_suspect(listed(plain), {RUN}, set(), TERMS)


@pytest.mark.parametrize(
    "wrong",
    [
        seen(record(statuses.PROCESSING), execution=ABORTED),
        seen(record(statuses.FAILED, failed_step="pipeline"), execution=ABORTED),
        seen(in_review(), execution=ABORTED),
        seen(in_review(task_token=""), execution=WAITING),
        seen(decided(), execution=WAITING),
        published(in_review(), execution=WAITING),
        published(in_review(), manifest=None, execution=WAITING),
        published(record(statuses.RETRACTED)),
        published(record(statuses.RETRACTED), files=frozenset()),
        seen(record(statuses.RETRACTED, failed_step="Withdraw")),
        seen(record(statuses.RETRACTED), execution=ABORTED),
        published(record(statuses.EXPIRED)),
        published(record(statuses.FAILED, failed_step="Notify"), files=frozenset()),
        published(),
        published(files=frozenset()),
        published(manifest=None, uploads=()),
        seen(),
        seen(record(statuses.INVALID, reason="deleted")),
        seen(record(statuses.PUBLISHED)),
        published(record(statuses.PUBLISHED), files=frozenset()),
        a_b_a(),
    ],
)
def test_everything_wrong_is_a_suspect(wrong: Seen) -> None:
    assert examine(wrong, TERMS)
    running = {arn for arn, run in wrong.executions.items() if run.status == "RUNNING"}
    broken = {arn for arn, run in wrong.executions.items() if run == ABORTED}
    assert is_suspect(listed(wrong), running, broken, TERMS)


def test_a_manifest_that_another_run_plainly_wrote_is_looked_at() -> None:
    first, second = a_b_a().records
    second = replace(second, claimed_at="2026-11-20T06:05:00Z", updated_at="2026-11-20T06:06:00Z")
    written = datetime(2026, 11, 20, 6, 5, 30, tzinfo=UTC)
    both = replace(a_b_a(), records=(first, second))
    assert is_suspect(listed(both, written), set(), set(), TERMS)
    newest = replace(both, uploads=(replace(UPLOAD, etag="etag-b"),))
    assert not is_suspect(listed(newest, written), set(), set(), TERMS)


def test_a_manifest_of_another_moment_is_looked_at() -> None:
    other = datetime(2026, 11, 20, 6, 2, tzinfo=UTC)
    assert is_suspect(listed(published(record(statuses.PUBLISHED)), other), set(), set(), TERMS)


# ── For information, and what is left ────────────────────────────────────────────────────────────


def test_a_review_that_a_newer_upload_has_replaced_is_told_of() -> None:
    newer = record(statuses.PUBLISHED, version=OTHER, created_at=LATER)
    [finding] = for_information((in_review(), newer), (), TERMS)
    assert (finding.kind, finding.version, finding.is_orphan) == (kinds.REPLACED, VERSION, False)
    assert list(for_information((in_review(),), (UPLOAD,), TERMS)) == []


def test_an_orphan_is_left_until_something_was_started() -> None:
    stuck = only(seen(record(statuses.PROCESSING)))
    assert is_left((stuck, None))
    assert is_left((stuck, Done(problem="ThrottlingException")))
    assert not is_left((stuck, Done("arn")))
    assert not is_left((Finding(kinds.REPLACED, IMAGE, VERSION, ""), None))


def test_every_kind_has_a_title() -> None:
    said = {value for name, value in vars(kinds).items() if name.isupper() and type(value) is str}
    assert said - {kinds.UPLOAD_AGAIN} == set(kinds.TITLES)
