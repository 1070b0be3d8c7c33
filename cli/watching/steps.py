"""In which step a run is, by the last lines that its functions have logged.

An Express workflow keeps no history on AWS, and the record is written at a run's ends. A function
logs one line when its part is done, and one for what broke it: so the last line says which step
comes next, or which is in trouble.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cli.logs.entries import Entry
from darkroom import statuses
from darkroom.moments import stamp

MADE = ("Resize", "Filter")


@dataclass(frozen=True)
class Place:
    """`step`: a state's name. `since`: ISO 8601. `detail`: how far in it, or what breaks there."""

    step: str
    since: str
    detail: str = ""

    def line(self) -> str:
        return f"{self.step} ({self.detail})" if self.detail else self.step


def place_of(record: Mapping[str, Any], entries: Sequence[Entry], withdrawal: bool) -> Place:
    """Where a record's run is. `entries`: what was logged about the version, in order of time."""
    began = str(record.get("claimed_at", record["updated_at"]))
    own = [entry for entry in entries if entry.execution == record.get("execution")]
    if record["status"] == statuses.IN_REVIEW:
        step = "Publish" if record["review"].get("decision") == "approve" else "Discard"
        return _place(step, own[-1:], str(record["updated_at"]))
    if withdrawal:
        return _place("Withdraw", own[-1:], str(record["updated_at"]))
    # A run whose claim is tried again begins anew: only what came since its last Validate counts.
    first = max((n for n, one in enumerate(own) if one.step == "Validate"), default=0)
    own = own[first:]
    if own and own[-1].is_error:
        return _place(own[-1].step, own[-1:], began)
    return _next(own, began)


def _next(own: Sequence[Entry], began: str) -> Place:
    by_step: dict[str, list[Entry]] = {}
    for entry in own:
        if not entry.is_error:
            by_step.setdefault(entry.step, []).append(entry)
    since = stamp(own[-1].at) if own else began
    if "Publish" in by_step:
        return Place("Record", since)
    # By batch: a call that is tried again makes the same one.
    made = {
        (step, entry.fields.get("batch")): int(entry.fields.get("variants", 0))
        for step in MADE
        for entry in by_step.get(step, [])
    }
    encoded = {entry.fields.get("variant") for entry in by_step.get("Optimize", [])}
    if encoded or all(step in by_step for step in MADE):
        total = sum(made.values())
        if encoded and len(encoded) >= total:
            return Place("Publish", since)
        return Place("Optimize", since, f"{len(encoded)} of {total} variants")
    if made:
        [left] = [step for step in MADE if step not in by_step]
        return Place(left, since)
    if "Validate" in by_step:
        return Place("Resize", since)
    return Place("Validate", began)


def _place(step: str, last: Sequence[Entry], began: str) -> Place:
    """At `step`, with what breaks there if the last line says so."""
    for entry in last:
        if entry.is_error:
            return Place(step, stamp(entry.at), f"breaks: {entry.what_broke}")
        return Place(step, stamp(entry.at))
    return Place(step, began)
