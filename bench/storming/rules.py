"""What must hold when a storm is over. Each rule gives a sentence for each breach."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from bench.storming.state import Name, Recorded, State
from darkroom import statuses
from darkroom.keys import MANIFEST_NAME

RUNNING = "RUNNING"
# The states in which a run announces what came of it.
ANNOUNCING = ("Notify", "Failed")
DUPLICATE = "Duplicate"


def is_over(state: State) -> Iterator[str]:
    if state.late:
        yield state.late


def every_upload_has_one_record(state: State) -> Iterator[str]:
    uploads = Counter(upload.name for upload in state.uploads)
    records = Counter(record.name for record in state.records)
    for name in uploads.keys() | records.keys():
        if records[name] != uploads[name]:
            yield f"{_said(name)}: expected {uploads[name]} records, got {records[name]}"


def nothing_is_left_open(state: State) -> Iterator[str]:
    for record in state.records:
        if record.status not in (statuses.IN_REVIEW, *statuses.ENDED):
            yield f"{_said(record.name)} is {record.status}"


def nothing_failed(state: State) -> Iterator[str]:
    failures = {run.arn: run.failures for run in state.runs}
    for record in state.records:
        if record.status == statuses.FAILED:
            last = failures.get(record.execution, ())[-1:]
            why = f"{last[0].error}: {last[0].cause[:200]}" if last else "no step of it failed"
            yield f"{_said(record.name)} is FAILED, {why}"


def each_ends_as_its_file_deserves(state: State) -> Iterator[str]:
    newest = {upload.image: upload.place for upload in state.uploads}
    for upload in state.uploads:
        newest[upload.image] = max(newest[upload.image], upload.place)
    records = _records(state)
    for upload in state.uploads:
        record = records.get(upload.name)
        if record is None or record.status == statuses.FAILED:
            continue
        replaced = newest[upload.image] > upload.place
        if replaced and (record.status, record.reason) == (statuses.INVALID, "replaced"):
            continue
        if upload.kind == "broken":
            fits = record.status == statuses.INVALID and record.reason != "replaced"
        elif upload.kind == "flagged":
            fits = "keyword" in record.flags and _fits_flagged(record)
        else:
            # A picture may resemble one that was rejected meanwhile.
            fits = set(record.flags) <= {"resembles_rejected"} and (
                _fits_flagged(record) if record.flags else record.status == statuses.PUBLISHED
            )
        if not fits:
            yield (
                f"{_said(record.name)} was {upload.kind} and is {record.status}"
                f" {record.reason or record.decision} {list(record.flags)}"
            )


def _fits_flagged(record: Recorded) -> bool:
    return (record.status, record.decision) in {
        (statuses.IN_REVIEW, ""),
        (statuses.PUBLISHED, "approve"),
        (statuses.REJECTED, "reject"),
    }


def decisions_hold(state: State) -> Iterator[str]:
    """What a reviewer was told counts does; nothing is decided that nobody meant."""
    records = _records(state)
    for name, decision in state.decided.items():
        record = records.get(name)
        if record is None or record.decision != decision:
            found = record.decision if record else "no record"
            yield f"{_said(name)}: a reviewer's {decision} was taken, the record says {found!r}"
    for record in state.records:
        if record.decision and record.decision != state.meant.get(record.name):
            yield f"{_said(record.name)}: nobody meant to {record.decision} it"


def one_run_does_the_work(state: State) -> Iterator[str]:
    """Every other start of the same upload ended as a Duplicate."""
    working = defaultdict(list)
    for run in state.runs:
        if run.state != DUPLICATE:
            working[run.name].append(run.arn)
    records = _records(state)
    for name in working.keys() | records.keys():
        owner = records[name].execution if name in records else "no record"
        if working[name] != [owner]:
            yield f"{_said(name)}: {working[name]} worked on it, the record is of {owner}"


def one_message_tells_of_each_end(state: State) -> Iterator[str]:
    ends = Counter(run.name for run in state.runs if run.state in ANNOUNCING)
    sent = Counter(message.name for message in state.messages)
    records = _records(state)
    ended = {record.name for record in state.records if record.status in statuses.ENDED}
    for name in ends.keys() | sent.keys() | ended:
        expected = max(ends[name], name in ended)
        if sent[name] != expected:
            yield f"{_said(name)}: expected {expected} messages, got {sent[name]}"
    for message in state.messages:
        record = records.get(message.name)
        if record is None or message.status != record.status:
            found = record.status if record else "no record"
            yield f"{_said(message.name)}: a message says {message.status}, the record {found}"


def nothing_unapproved_is_public(state: State) -> Iterator[str]:
    records = _records(state)
    for key in state.published:
        if key.endswith(f"/{MANIFEST_NAME}"):
            image = key.removesuffix(f"/{MANIFEST_NAME}")
            manifest = state.manifests.get(image)
            name = (image, manifest.version if manifest else "unread")
        else:
            image, version, _ = key.rsplit("/", 2)
            name = (image, version)
        record = records.get(name)
        if record is None:
            yield f"{key} is public, and there is no record {_said(name)}"
        elif record.status != statuses.PUBLISHED:
            yield f"{key} is public, and the record {record.status}"
        elif record.flags and record.decision != "approve":
            yield f"{key} is public, flagged {list(record.flags)}, and nobody approved it"


def manifests_show_the_newest(state: State) -> Iterator[str]:
    """Of each image the newest upload that was published, with all its files."""
    records = _records(state)
    newest = {}
    for upload in sorted(state.uploads, key=lambda upload: upload.place):
        record = records.get(upload.name)
        if record is not None and record.status == statuses.PUBLISHED:
            newest[upload.image] = upload.version
    for image in newest.keys() | state.manifests.keys():
        manifest = state.manifests.get(image)
        found = manifest.version if manifest else None
        if found != newest.get(image):
            yield f"{image}: expected a manifest of {newest.get(image)}, got one of {found}"
        if manifest is None:
            continue
        if manifest.labelled != manifest.version:
            yield f"{image}: its manifest is {manifest.version}, labelled {manifest.labelled}"
        if missing := manifest.files - state.published:
            yield f"{image}: its manifest names {sorted(missing)}, which are not there"
        if not manifest.files:
            yield f"{image}: its manifest names no file"
        if found is not None and (record := records.get((image, found))) and record.superseded:
            yield f"{image}: its manifest is of {found}, whose record says that it was superseded"


def what_waits_is_what_is_in_review(state: State) -> Iterator[str]:
    waiting: Counter[Name] = Counter()
    for key in state.waiting:
        image, version, _ = key.rsplit("/", 2)
        waiting[image, version] += 1
    in_review = {
        record.name: record.files for record in state.records if record.status == statuses.IN_REVIEW
    }
    for name in waiting.keys() | in_review.keys():
        if waiting[name] != in_review.get(name, 0) or waiting[name] == 0:
            expected = in_review.get(name, 0)
            yield f"{_said(name)}: expected {expected} files that wait, got {waiting[name]}"


def only_reviews_run_on(state: State) -> Iterator[str]:
    running = {run.arn for run in state.runs if run.status == RUNNING}
    waiting = {
        record.execution: record for record in state.records if record.status == statuses.IN_REVIEW
    }
    for arn in running - waiting.keys():
        yield f"{arn} runs, and no record waits for it"
    for arn, record in waiting.items():
        if arn not in running:
            yield f"{_said(record.name)} is IN_REVIEW, and its run is not there"
        if not record.waits:
            yield f"{_said(record.name)} is IN_REVIEW without a task token, or not in the queue"
    for machine, found in state.others.items():
        if found.get(RUNNING):
            yield f"{found[RUNNING]} executions of {machine} run"


def every_run_is_of_an_upload(state: State) -> Iterator[str]:
    uploads = {upload.name for upload in state.uploads}
    for run in state.runs:
        if run.name not in uploads:
            yield f"{run.arn} is of {_said(run.name)}, which was never uploaded"


RULES: tuple[Callable[[State], Iterator[str]], ...] = (
    is_over,
    every_upload_has_one_record,
    nothing_is_left_open,
    nothing_failed,
    each_ends_as_its_file_deserves,
    decisions_hold,
    one_run_does_the_work,
    one_message_tells_of_each_end,
    nothing_unapproved_is_public,
    manifests_show_the_newest,
    what_waits_is_what_is_in_review,
    only_reviews_run_on,
    every_run_is_of_an_upload,
)


def violations(state: State) -> list[str]:
    """Every breach of every rule, each with the rule's name before it."""
    return [
        f"{rule.__name__.replace('_', ' ')}: {breach}"
        for rule in RULES
        for breach in sorted(rule(state))
    ]


def _records(state: State) -> dict[Name, Recorded]:
    return {record.name: record for record in state.records}


def _said(name: Name) -> str:
    return f"{name[0]} ({name[1]})"
