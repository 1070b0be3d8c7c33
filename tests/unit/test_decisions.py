"""Deciding: what a form says, and which decision counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from darkroom import statuses
from review import decisions
from review.decisions import Decision, NotWaitingYet, UnreadableDecision, decide, read_decision

TOKEN, EXECUTION = "a task token", "a run"
AT = "2025-11-21T10:15:00.000Z"
ANA = Decision("approve", "Ana Ruiz", "Only the word.")
BO = Decision("reject", "Bo Lee", "")


class Table:
    """One record, as `Records` keeps it; `early`: how often it is read before the token comes."""

    def __init__(self, early: int = 0, **changes: Any) -> None:
        self.early = early
        self.record: dict[str, Any] | None = {
            "image": "a.jpg",
            "version": "0" * 16,
            "status": statuses.IN_REVIEW,
            "execution": EXECUTION,
            "review": {"requested_at": "2025-11-20T06:04:20.000Z"},
            **changes,
        }

    def get(self, image: str, version: str) -> dict[str, Any] | None:
        self.early -= 1
        if self.record is None or self.early >= 0:
            return self.record
        return {**self.record, "task_token": TOKEN}

    def decide(self, image: str, version: str, execution: str, decision: Mapping[str, str]) -> bool:
        if (
            self.record is None
            or self.record["status"] != statuses.IN_REVIEW
            or self.record["execution"] != execution
            or "decision" in self.record["review"]
        ):
            return False
        self.record["review"] |= decision
        return True


class Waiting:
    """The execution that waits: it takes one answer."""

    def __init__(self, open: bool = True) -> None:
        self.open = open
        self.heard: list[tuple[str, dict[str, str]]] = []

    def __call__(self, task_token: str) -> Any:
        self._token = task_token
        return self

    def hand_in(self, decision: Mapping[str, str]) -> bool:
        self.heard.append((self._token, dict(decision)))
        taken, self.open = self.open, False
        return taken


def decided(table: Table, waiting: Waiting, decision: Decision, **seen: Any) -> str:
    """`seen`: where the reviewer's page had an older look at the record."""
    record = {**(table.record or {}), **seen}
    return decide(table, waiting, record, decision, AT)  # type: ignore[arg-type]


@pytest.mark.parametrize("word", ["approve", "reject"])
def test_a_form_with_a_decision_and_a_name_is_one(word: str) -> None:
    form = {"decision": word, "reviewer": " Ana \t Ruiz ", "note": "  Two\n lines \n"}

    assert read_decision(form) == Decision(word, "Ana Ruiz", "Two\n lines")


def test_a_note_is_optional() -> None:
    assert read_decision({"decision": "reject", "reviewer": "Bo Lee"}) == BO


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({}, "decision"),
        ({"reviewer": "Ana"}, "decision"),
        ({"decision": "", "reviewer": "Ana"}, "decision"),
        ({"decision": "APPROVE", "reviewer": "Ana"}, "decision"),
        ({"decision": "approve ", "reviewer": "Ana"}, "decision"),
        ({"decision": "yes", "reviewer": "Ana"}, "decision"),
        ({"decision": "approve"}, "reviewer"),
        ({"decision": "approve", "reviewer": "\n \u00a0"}, "reviewer"),
        ({"decision": "approve", "reviewer": "n" * 101}, "reviewer"),
        ({"decision": "approve", "reviewer": "Ana", "note": "n" * 1001}, "note"),
    ],
    ids=str,
)
def test_what_is_no_decision_names_its_field(form: dict[str, str], field: str) -> None:
    with pytest.raises(UnreadableDecision) as caught:
        read_decision(form)

    assert caught.value.field == field
    assert caught.value.text


def test_the_longest_name_and_note_are_accepted() -> None:
    longest = Decision("approve", "n" * 100, "n" * 1000)

    assert read_decision(vars(longest)) == longest


def test_a_record_holds_a_note_only_where_there_is_one() -> None:
    assert BO.to_record(AT) == {"decision": "reject", "reviewer": "Bo Lee", "decided_at": AT}
    assert ANA.to_record(AT)["note"] == "Only the word."


def test_the_first_decision_is_recorded_and_taken() -> None:
    table, waiting = Table(), Waiting()

    assert decided(table, waiting, ANA) == "taken"
    assert table.record is not None
    assert table.record["review"]["reviewer"] == "Ana Ruiz"
    assert waiting.heard == [(TOKEN, ANA.to_record(AT))]


def test_the_second_hands_in_the_first_and_nothing_else() -> None:
    table, waiting = Table(), Waiting()
    decided(table, waiting, ANA)

    assert decided(table, waiting, BO) == "second"
    assert waiting.heard == [(TOKEN, ANA.to_record(AT))] * 2


def test_a_decision_that_was_never_handed_in_is_brought_by_the_second() -> None:
    table, waiting = Table(), Waiting()
    table.decide("a.jpg", "0" * 16, EXECUTION, ANA.to_record(AT))

    assert decided(table, waiting, BO) == "second"
    assert waiting.heard == [(TOKEN, ANA.to_record(AT))]
    assert not waiting.open


def test_a_decision_that_nobody_waits_for_does_not_count() -> None:
    assert decided(Table(), Waiting(open=False), ANA) == "closed"


@pytest.mark.parametrize("status", [*statuses.ENDED, statuses.PROCESSING])
def test_outside_of_a_review_nothing_is_handed_in(status: str) -> None:
    waiting = Waiting()

    assert decided(Table(status=status), waiting, ANA) == "second"
    assert waiting.heard == []


@pytest.mark.parametrize("meanwhile", [{"status": statuses.EXPIRED}, {"execution": "the next run"}])
def test_a_record_that_changed_under_the_page_is_left_alone(meanwhile: dict[str, str]) -> None:
    table, waiting = Table(0, **meanwhile), Waiting()

    answer = decided(table, waiting, ANA, status=statuses.IN_REVIEW, execution=EXECUTION)

    assert answer == "second"
    assert table.record is not None and "decision" not in table.record["review"]
    assert waiting.heard == []


def test_a_record_that_is_gone_under_the_page_is_no_trouble() -> None:
    table, waiting = Table(), Waiting()
    seen, table.record = dict(table.record or {}), None

    assert decided(table, waiting, ANA, **seen) == "second"
    assert waiting.heard == []


def test_a_quick_decision_is_handed_in_as_soon_as_the_execution_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(decisions, "PAUSE_SECONDS", 0)
    table, waiting = Table(early=3), Waiting()

    assert decided(table, waiting, ANA) == "taken"
    assert waiting.heard == [(TOKEN, ANA.to_record(AT))]


def test_a_decision_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "PAUSE_SECONDS", 0)
    table, waiting = Table(early=1000), Waiting()

    with pytest.raises(NotWaitingYet, match="expected a task token"):
        decided(table, waiting, ANA)

    assert waiting.heard == []
    assert table.record is not None and table.record["review"]["decision"] == "approve"
