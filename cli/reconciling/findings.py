"""What is wrong with one image, from what was seen of it; plain values in and out.

Here: records against executions and against what is public. In buckets.py: what is missing.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from cli.executions import BROKEN, RUNNING
from cli.reconciling import kinds
from cli.reconciling.buckets import missing, out_of_date, unclaimed, unrecorded, was_gone
from cli.reconciling.facts import Execution, Recorded, Seen, Terms
from cli.reconciling.kinds import UPLOAD_AGAIN, Finding, finding_of
from cli.reconciling.repairs import Wake, reopen, restart, retract
from cli.style import MAX_SHOWN
from darkroom import statuses
from darkroom.moments import stamp
from darkroom.text import line

# A record that `settle` wrote names no step, but the state machine whose run was ended.
MACHINES = ("pipeline", "withdraw")


def examine(seen: Seen, terms: Terms) -> list[Finding]:
    """At most one finding a version: what is wrong with its record, before what is missing."""
    found: dict[str, Finding] = {}
    for finding in _all(seen, terms):
        found.setdefault(finding.version, finding)
    return sorted(found.values(), key=lambda finding: finding.rank)


def _all(seen: Seen, terms: Terms) -> Iterator[Finding]:
    for record in seen.records:
        if not terms.is_young(record.updated_at):
            finding = _of_record(seen, record, terms)
            if finding is not None:
                yield finding
    yield from unrecorded(seen, terms)
    for upload in seen.uploads:
        if not terms.is_young(upload.uploaded_at):
            yield from unclaimed(seen, upload, terms)
            yield from out_of_date(seen, upload, terms)
    yield from missing(seen, terms)


def _of_record(seen: Seen, record: Recorded, terms: Terms) -> Finding | None:
    execution = seen.execution(record)
    if execution.status != RUNNING and terms.is_young(execution.stopped_at):
        return None  # its successor, or the machine that records its end, is on its way
    if record.status == statuses.PROCESSING:
        return None if execution.status == RUNNING else _stopped(seen, record, terms)
    if record.status == statuses.IN_REVIEW:
        over = execution.status == RUNNING and not record.queued  # it is being discarded
        if seen.is_public(record.version) and not record.decision and not over:
            return _public(seen, record, terms)
        if execution.status == RUNNING:
            return _stuck(seen, record, execution, terms)
        return _stopped(seen, record, terms)
    if record.status == statuses.PUBLISHED or execution.status == RUNNING:
        return None
    if was_interrupted(record):
        return _stopped(seen, record, terms)
    if _is_public_against(seen, record):
        return _public(seen, record, terms)
    if record.status == statuses.RETRACTED and (record.failed_step or execution.status in BROKEN):
        detail = f"the take-down has {execution.status}"
        return finding_of(kinds.WITHDRAWAL, record, detail, retract(record, stamp(terms.now)))
    return None


def was_interrupted(record: Recorded) -> bool:
    """Ended from outside, by an operator or with an engine: no step of ours has failed."""
    return record.status == statuses.FAILED and record.failed_step in MACHINES


def _is_public_against(seen: Seen, record: Recorded) -> bool:
    """A clean picture's files may stay of a run that FAILED: no manifest points to them."""
    if record.status == statuses.FAILED and not record.reopened:
        return seen.manifest is not None and seen.manifest.version == record.version
    return seen.is_public(record.version)


def _stopped(seen: Seen, record: Recorded, terms: Terms) -> Finding:
    """No run of ours has it any more, and it has not come to an end."""
    detail = f"its execution is {seen.execution(record).status}"
    if terms.is_withdrawal(record.execution):
        detail = f"reopened, and {detail}"
        return finding_of(kinds.WITHDRAWAL, record, detail, reopen(record, stamp(terms.now)))
    again = restart(seen, record, terms)
    if not seen.is_readable(record, terms):
        if again is None or seen.is_public(record.version):  # it must not become INVALID
            return finding_of(kinds.LOST, record, detail, None, UPLOAD_AGAIN)
        detail += "; it can only end INVALID"
        return finding_of(kinds.LOST, record, detail, again, UPLOAD_AGAIN)
    if record.decision:
        said = f"{record.decision} at {record.decided_at}, and {detail}"
        return finding_of(kinds.UNDELIVERED, record, said, again)
    kind = kinds.NOT_WAITING if record.status == statuses.IN_REVIEW else kinds.STOPPED
    return finding_of(kind, record, detail, again)


def _stuck(seen: Seen, record: Recorded, execution: Execution, terms: Terms) -> Finding | None:
    """In review, and running. Elsewhere than in Review it goes on by itself, retries and all."""
    if execution.state != "Review":
        return None
    if record.decision:
        if terms.is_young(record.decided_at):
            return None
        detail = f"{record.decision} at {record.decided_at}, and the run still waits"
        again = Wake(record.task_token) if record.task_token else restart(seen, record, terms)
        return finding_of(kinds.UNDELIVERED, record, detail, again)
    if record.task_token or terms.is_young(record.requested_at):
        return None
    detail = "the run waits, and the record has no token to wake it"
    return finding_of(kinds.NOT_WAITING, record, detail, restart(seen, record, terms))


def _public(seen: Seen, record: Recorded, terms: Terms) -> Finding:
    manifest = seen.manifest is not None and seen.manifest.version == record.version
    detail = f"{'its manifest is' if manifest else 'files of it are'} there while {record.status}"
    at = stamp(terms.now)
    if record.status in (statuses.IN_REVIEW, statuses.EXPIRED) or (
        record.status == statuses.FAILED and record.reopened
    ):
        return finding_of(kinds.PUBLIC, record, detail, reopen(record, at))
    refused = record.status == statuses.INVALID and not was_gone(record)
    if record.status == statuses.RETRACTED or refused:
        return finding_of(kinds.PUBLIC, record, detail, retract(record, at))
    if seen.is_readable(record, terms):  # what was REJECTED is discarded again, unasked
        return finding_of(kinds.PUBLIC, record, detail, restart(seen, record, terms))
    if was_gone(record):
        return finding_of(kinds.PUBLIC, record, detail, None, UPLOAD_AGAIN)
    if record.status == statuses.REJECTED:
        return finding_of(kinds.PUBLIC, record, detail, retract(record, at))
    image = shlex.quote(line(record.image, MAX_SHOWN))
    down = f"`darkroom retract {image} --version {record.version} --reason …`"
    hint = f"Its upload is gone: {down} takes it down."
    return finding_of(kinds.PUBLIC, record, detail, None, hint)
