"""Which images deserve a closer look, from lists alone; plain values in and out.

Everything that is wrong is a suspect. Not every suspect is wrong: the lists are of different
moments, and a list does not say whose a manifest is.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cli.reconciling.buckets import older_recipe, was_gone
from cli.reconciling.facts import Recorded, Terms, Upload, latest, moment, version_of
from cli.reconciling.findings import was_interrupted
from darkroom import statuses

# S3's clock and that of Step Functions, and S3's whole seconds.
SLACK = timedelta(seconds=2)


@dataclass(slots=True)
class Listed:
    """One image, as the lists have it. `manifest_at`: when its manifest was written."""

    records: list[Recorded] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)
    files: set[str] = field(default_factory=set)
    manifest_at: datetime | None = None


def is_suspect(listed: Listed, running: Set[str], broken: Set[str], terms: Terms) -> bool:
    """`running`, `broken`: executions of pipeline and withdraw; of withdraw."""
    recorded = {record.version for record in listed.records}
    return (
        not listed.files <= recorded
        or any(_record(one, listed, running, broken) for one in listed.records)
        or any(_upload(one, listed, terms) for one in listed.uploads)
        or _manifest(listed, terms)
    )


def _record(record: Recorded, listed: Listed, running: Set[str], broken: Set[str]) -> bool:
    if record.status in statuses.OPEN and record.execution not in running:
        return True
    if record.status == statuses.IN_REVIEW and (record.decision or not record.task_token):
        return True
    if record.status == statuses.RETRACTED and (record.failed_step or record.execution in broken):
        return True
    if was_interrupted(record):
        return True
    may_be_public = record.status in (statuses.PUBLISHED, statuses.PROCESSING)
    return record.version in listed.files and not may_be_public


def _upload(upload: Upload, listed: Listed, terms: Terms) -> bool:
    if terms.is_young(upload.uploaded_at):
        return False
    version = version_of(upload.etag, terms.revision)
    record = next((one for one in listed.records if one.version == version), None)
    if record is None:
        return older_recipe(upload, listed.records, terms) is None
    return was_gone(record)


def _manifest(listed: Listed, terms: Terms) -> bool:
    """Whether it is not plain that the manifest is the one that should be there."""
    last = latest(tuple(listed.records))
    expected = last is not None and last.status == statuses.PUBLISHED
    if listed.manifest_at is None:
        return expected
    if last is not None and expected and last.version not in listed.files:
        return True
    written_by = [one for one in listed.records if _has_written(one, listed.manifest_at, terms)]
    if len(written_by) != 1 or written_by[0].status != statuses.PUBLISHED:
        return True
    current = {version_of(one.etag, terms.revision) for one in listed.uploads}
    published = {one.version for one in listed.records if one.status == statuses.PUBLISHED}
    return bool(current & published) and written_by[0].version not in current


def _has_written(record: Recorded, at: datetime, terms: Terms) -> bool:
    """Whether a manifest of that moment may be this record's last run's."""
    began = moment(record.claimed_at or record.created_at) - SLACK
    ended = terms.now if record.status in statuses.OPEN else moment(record.updated_at) + SLACK
    return began <= at <= ended
