"""Deciding: the first decision wins, is recorded before it is handed in, and stays what it was."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from darkroom import statuses
from darkroom.errors import DarkroomError
from review.pages import APPROVE, MAX_NOTE, MAX_REVIEWER, REJECT
from review.records import Records
from review.waiting import WaitingExecution

DECISIONS = (APPROVE, REJECT)
FIELDS = ("decision", "reviewer", "decided_at", "note")

TRIES = 25
PAUSE_SECONDS = 0.2


class NotWaitingYet(DarkroomError):
    """The decision is recorded, and the execution does not wait yet: pressing again helps."""


# What became of a decision: it counts, another one came before it, or nothing waits for one.
Answer = Literal["taken", "second", "closed"]


class UnreadableDecision(DarkroomError):
    """No decision can be read from a form: `field` is where, `text` is for the reviewer."""

    def __init__(self, field: Literal["decision", "reviewer", "note"], text: str) -> None:
        super().__init__(text)
        self.field = field
        self.text = text


@dataclass(frozen=True)
class Decision:
    decision: str
    reviewer: str
    note: str

    def to_record(self, decided_at: str) -> dict[str, str]:
        fields = {"decision": self.decision, "reviewer": self.reviewer, "decided_at": decided_at}
        return fields | ({"note": self.note} if self.note else {})


def read_decision(form: Mapping[str, str]) -> Decision:
    """The decision in a form's fields; raises UnreadableDecision, and guesses nothing."""
    decision = form.get("decision", "")
    reviewer = " ".join(form.get("reviewer", "").split())
    note = form.get("note", "").strip()
    if decision not in DECISIONS:
        raise UnreadableDecision("decision", "Expected approve or reject as the decision.")
    if not reviewer:
        raise UnreadableDecision(
            "reviewer", "Please give your name: it is recorded with the decision."
        )
    if len(reviewer) > MAX_REVIEWER:
        raise UnreadableDecision(
            "reviewer", f"Please give a name of at most {MAX_REVIEWER} characters."
        )
    if len(note) > MAX_NOTE:
        raise UnreadableDecision("note", f"Please keep the note to {MAX_NOTE} characters.")
    return Decision(decision, reviewer, note)


def decide(
    records: Records,
    waiting: Callable[[str], WaitingExecution],
    record: Mapping[str, Any],
    decision: Decision,
    decided_at: str,
) -> Answer:
    """What became of `decision`.

    It is recorded first, on the condition that none was; then the recorded one is handed in. So a
    reviewer who comes second, or presses twice, hands in the first decision once more, which also
    mends a first attempt that broke between the two.
    """
    if record["status"] != statuses.IN_REVIEW:
        return "second"
    image, version, execution = record["image"], record["version"], record["execution"]
    first = records.decide(image, version, execution, decision.to_record(decided_at))
    recorded = _with_task_token(records, image, version, execution)
    taken = recorded is not None and waiting(recorded["task_token"]).hand_in(
        {name: recorded["review"][name] for name in FIELDS if name in recorded["review"]}
    )
    if not first:
        return "second"
    return "taken" if taken else "closed"


def _with_task_token(
    records: Records, image: str, version: str, execution: str
) -> Mapping[str, Any] | None:
    """The decided record once its execution waits; None where it no longer does.

    The link is sent a moment before the wait begins, and somebody may be faster.
    """
    for _ in range(TRIES):
        record = records.get(image, version)
        if (
            record is None
            or record["status"] != statuses.IN_REVIEW
            or record["execution"] != execution
        ):
            return None
        if "task_token" in record:
            return record
        time.sleep(PAUSE_SECONDS)
    raise NotWaitingYet(f"{image} {version}: expected a task token within a few seconds, got none")
