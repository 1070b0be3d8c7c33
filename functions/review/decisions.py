"""Deciding: the first decision wins, is recorded before it is handed in, and stays what it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from darkroom import statuses
from darkroom.errors import DarkroomError
from darkroom.reviewers import MAX_NAME, MAX_REASON
from darkroom.trail import DECIDED
from darkroom.versions import is_replaced
from review.pages import APPROVE, MAX_NOTE, REJECT

DECISIONS = (APPROVE, REJECT)
FIELDS = ("decision", "reviewer", "via", "decided_at", "reason", "note")
# A name that was typed on the page of a message's link is anybody's word.
QUEUE, LINK = "queue", "link"

# What became of a decision: it counts; another one came before it; nothing waits for one any more;
# a newer upload has taken the picture's place.
Answer = Literal["taken", "second", "closed", "replaced"]


class UnreadableDecision(DarkroomError):
    """No decision can be read from a form: `field` is where, `text` is for the reviewer."""

    def __init__(self, field: Literal["decision", "reviewer", "reason", "note"], text: str) -> None:
        super().__init__(text)
        self.field = field
        self.text = text


@dataclass(frozen=True)
class Decision:
    decision: str
    reviewer: str
    reason: str = ""
    note: str = ""
    via: str = LINK

    def to_record(self, decided_at: str) -> dict[str, str]:
        fields = {
            "decision": self.decision,
            "reviewer": self.reviewer,
            "via": self.via,
            "decided_at": decided_at,
        }
        more = {"reason": self.reason, "note": self.note}
        return fields | {name: text for name, text in more.items() if text}


class Table(Protocol):
    def get(self, image: str, version: str) -> dict[str, Any] | None: ...
    def newest(self, image: str) -> tuple[str, str] | None: ...
    def decide(
        self, record: Mapping[str, Any], decision: Mapping[str, str]
    ) -> dict[str, Any] | None: ...


class Story(Protocol):
    def append(self, image: str, version: str, event: str, at: str, **more: str | None) -> None: ...


class Waiting(Protocol):
    def hand_in(self, decision: Mapping[str, str]) -> bool: ...


def read_decision(form: Mapping[str, str], signed_in: str | None = None) -> Decision:
    """The decision in a form's fields; raises UnreadableDecision, and guesses nothing.

    Whoever is signed in decides under that name, whatever the form says.
    """
    decision = form.get("decision", "")
    reviewer = signed_in or _one_line(form.get("reviewer", ""))
    reason = _one_line(form.get("reason", ""))
    note = form.get("note", "").strip()
    if decision not in DECISIONS:
        raise UnreadableDecision("decision", "Expected approve or reject as the decision.")
    if not reviewer:
        raise UnreadableDecision(
            "reviewer", "Please give your name: it is recorded with the decision."
        )
    if len(reviewer) > MAX_NAME:
        raise UnreadableDecision(
            "reviewer", f"Please give a name of at most {MAX_NAME} characters."
        )
    if len(reason) > MAX_REASON:
        raise UnreadableDecision("reason", f"Please keep the reason to {MAX_REASON} characters.")
    if len(note) > MAX_NOTE:
        raise UnreadableDecision("note", f"Please keep the note to {MAX_NOTE} characters.")
    return Decision(decision, reviewer, reason, note, QUEUE if signed_in else LINK)


def decide(
    records: Table,
    trail: Story,
    waiting: Callable[[str], Waiting],
    record: Mapping[str, Any],
    decision: Decision,
    decided_at: str,
) -> tuple[Answer, dict[str, Any]]:
    """What became of `decision`, and the record as it is now.

    It is recorded by the one write that takes the picture out of the queue; then the execution is
    woken. Where that breaks, or where the execution does not wait yet, the decision still counts:
    the execution reads the record before it waits, and after; and it appends the same entry to the
    trail. Pressing again wakes it again.
    """
    if is_open(record) and is_replaced(record, records.newest(record["image"])):
        return "replaced", dict(record)
    decided = records.decide(record, decision.to_record(decided_at))
    first = decided is not None
    now = decided or records.get(record["image"], record["version"]) or dict(record)
    recorded = {name: now["review"][name] for name in FIELDS if name in now.get("review", {})}
    if "decision" not in recorded or now["execution"] != record["execution"]:
        return "closed", now
    if first:
        _append(trail, now)
    if now["status"] == statuses.IN_REVIEW and "task_token" in now:
        waiting(now["task_token"]).hand_in(recorded)
    if first or _is_the_same(recorded, decision):
        return "taken", now
    return "second", now


def _append(trail: Story, record: Mapping[str, Any]) -> None:
    """What the state machine appends too: at once, and even if another run takes over meanwhile."""
    review = record["review"]
    more = {name: review.get(name) for name in ("decision", "via", "reason", "note")}
    trail.append(
        record["image"],
        record["version"],
        DECIDED,
        review["decided_at"],
        by=review["reviewer"],
        execution=record["execution"],
        **more,
    )


def is_open(record: Mapping[str, Any]) -> bool:
    """True while somebody may decide."""
    return record["status"] == statuses.IN_REVIEW and "review_queue" in record


def _is_the_same(recorded: Mapping[str, str], decision: Decision) -> bool:
    """A reviewer who presses twice has decided once."""
    return (recorded["decision"], recorded["reviewer"]) == (decision.decision, decision.reviewer)


def _one_line(text: str) -> str:
    return " ".join(text.split())
