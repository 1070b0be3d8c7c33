"""What an operator may want to know although nothing is broken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cli.reconciling import kinds
from cli.reconciling.buckets import older_recipe
from cli.reconciling.facts import Recorded, Terms, Upload
from cli.reconciling.kinds import Finding, finding_of
from darkroom import statuses
from darkroom.versions import is_replaced


def for_information(
    records: Sequence[Recorded], uploads: Iterable[Upload], terms: Terms
) -> Iterator[Finding]:
    """Of one image."""
    yield from _replaced(records)
    for upload in uploads:
        older = older_recipe(upload, records, terms)
        if older is not None:
            detail = f"{older.status} under an earlier RecipeRevision than {terms.revision}"
            yield finding_of(kinds.OLDER_RECIPE, older, detail)


def _replaced(records: Sequence[Recorded]) -> Iterator[Finding]:
    """What waits although a newer upload has come: it expires by itself."""
    newest = max(((one.created_at, one.version) for one in records), default=None)
    for record in records:
        if record.status == statuses.IN_REVIEW and record.queued:
            fields = {"version": record.version, "created_at": record.created_at}
            fields["claimed_at"] = record.claimed_at or record.created_at
            if is_replaced(fields, newest):
                yield finding_of(kinds.REPLACED, record, "it ends when the review's time is over")
