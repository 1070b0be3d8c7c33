"""What can be wrong, each with a stable word for programs, the worst first."""

from __future__ import annotations

from dataclasses import dataclass

from cli.reconciling.facts import Recorded
from cli.reconciling.repairs import Repair

PUBLIC = "public-against-record"
UNRECORDED = "public-without-record"
WITHDRAWAL = "withdrawal-broken"
LOST = "upload-lost"
STOPPED = "run-stopped"
UNDELIVERED = "decision-not-carried-out"
NOT_WAITING = "review-not-waiting"
UNCLAIMED = "upload-not-claimed"
MISSING = "manifest-missing"
OUT_OF_DATE = "manifest-out-of-date"
REPLACED = "review-replaced"
OLDER_RECIPE = "recipe-older"

TITLES = {
    PUBLIC: "Public, against its record",
    UNRECORDED: "Public, and nothing is recorded",
    WITHDRAWAL: "A withdrawal broke half-way",
    LOST: "The run stopped, and its upload is gone",
    STOPPED: "The run stopped before its end",
    UNDELIVERED: "Decided, and not carried out",
    NOT_WAITING: "In review, and nothing waits for the decision",
    UNCLAIMED: "Uploaded, and nothing is recorded",
    MISSING: "Recorded as published, and not there",
    OUT_OF_DATE: "An older upload's manifest",
    REPLACED: "In review, and replaced by a newer upload",
    OLDER_RECIPE: "Made under an earlier RecipeRevision",
}
# Nothing is broken there.
FOR_INFORMATION = (REPLACED, OLDER_RECIPE)


UPLOAD_AGAIN = "Its upload is gone: upload the same picture again, then --repair."


@dataclass(frozen=True)
class Finding:
    """`next`: what a person can do where nothing can be started."""

    kind: str
    image: str
    version: str
    detail: str
    repair: Repair | None = None
    next: str = ""
    execution: str = ""

    @property
    def is_orphan(self) -> bool:
        return self.kind not in FOR_INFORMATION

    @property
    def rank(self) -> tuple[int, str, str]:
        return list(TITLES).index(self.kind), self.image, self.version


def finding_of(
    kind: str, record: Recorded, detail: str, repair: Repair | None = None, next: str = ""
) -> Finding:
    return Finding(
        kind,
        record.image,
        record.version,
        detail,
        repair,
        next,
        record.execution,
    )
