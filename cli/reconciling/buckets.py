"""What the buckets have and no record says, and what records say and the buckets have not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cli.reconciling import kinds
from cli.reconciling.facts import Recorded, Seen, Terms, Upload, latest, moment, version_of
from cli.reconciling.kinds import UPLOAD_AGAIN, Finding, finding_of
from cli.reconciling.repairs import restart, start
from darkroom import statuses
from darkroom.moments import stamp

GONE = ("deleted", "replaced")


def older_recipe(upload: Upload, records: Sequence[Recorded], terms: Terms) -> Recorded | None:
    """The same upload's record under another RecipeRevision, where there is none under ours."""
    version = version_of(upload.etag, terms.revision)
    if any(one.version == version for one in records):
        return None
    return next((one for one in records if one.upload.get("etag") == upload.etag), None)


def was_gone(record: Recorded) -> bool:
    """Before it was read. The same bytes again are the same version, whose event does nothing."""
    return record.status == statuses.INVALID and record.reason in GONE


def unrecorded(seen: Seen, terms: Terms) -> Iterator[Finding]:
    recorded = {record.version for record in seen.records}
    public = set(seen.files)
    if seen.manifest is not None and seen.manifest.version:
        public.add(seen.manifest.version)
    current = {version_of(one.etag, terms.revision): one for one in seen.uploads}
    for version in public - recorded:
        upload = current.get(version)
        detail = "files of it are there" if version in seen.files else "its manifest is there"
        again = start(upload, terms) if upload is not None else None
        hint = "" if again else _remove_by_hand(seen, version, terms)
        yield Finding(kinds.UNRECORDED, seen.image, version, detail, again, hint)


def _remove_by_hand(seen: Seen, version: str, terms: Terms) -> str:
    return (
        "Its upload is gone: upload the same picture again, or remove "
        f"s3://{terms.published_bucket}/{seen.image}/{version}/."
    )


def unclaimed(seen: Seen, upload: Upload, terms: Terms) -> Iterator[Finding]:
    version = version_of(upload.etag, terms.revision)
    record = next((one for one in seen.records if one.version == version), None)
    if record is None:
        if older_recipe(upload, seen.records, terms) is None:
            detail = f"uploaded at {stamp(upload.uploaded_at)}"
            again = start(upload, terms)
            yield Finding(kinds.UNCLAIMED, seen.image, version, detail, again)
    elif was_gone(record) and not terms.is_young(record.updated_at):
        detail = f"recorded as {record.reason}, and there again"
        yield finding_of(kinds.UNCLAIMED, record, detail, restart(seen, record, terms))


def out_of_date(seen: Seen, upload: Upload, terms: Terms) -> Iterator[Finding]:
    """A → B → A: the second A is a known version, so that its event did nothing."""
    version = version_of(upload.etag, terms.revision)
    record = next((one for one in seen.records if one.version == version), None)
    if record is None or record.status != statuses.PUBLISHED or seen.manifest is None:
        return
    if seen.manifest.version == version or terms.is_young(record.updated_at):
        return
    # Else the manifest's upload is the newer one, and was removed since; a run would not win.
    if not seen.manifest.uploaded_at or moment(seen.manifest.uploaded_at) <= upload.uploaded_at:
        detail = f"version {seen.manifest.version} is shown, and this one was uploaded since"
        yield finding_of(kinds.OUT_OF_DATE, record, detail, restart(seen, record, terms))


def missing(seen: Seen, terms: Terms) -> Iterator[Finding]:
    record = latest(seen.records)
    if record is None or record.status != statuses.PUBLISHED or terms.is_young(record.updated_at):
        return
    if seen.manifest is None:
        detail = "its manifest is not there"
    elif seen.manifest.version == record.version and record.version not in seen.files:
        detail = "its manifest is there, and none of its files"
    else:
        return
    if seen.is_readable(record, terms):
        yield finding_of(kinds.MISSING, record, detail, restart(seen, record, terms))
    else:
        yield finding_of(kinds.MISSING, record, detail, None, UPLOAD_AGAIN)
