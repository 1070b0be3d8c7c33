"""Deciding: what a form says, and which decision counts."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pytest

from darkroom import statuses
from review.decisions import Decision, UnreadableDecision, decide, read_decision

TOKEN, EXECUTION = "a task token", "a run"
AT = "2025-11-21T10:15:00.000Z"
ANA = Decision("approve", "Ana Ruiz", note="Only the word.")
BO = Decision("reject", "Bo Lee", "Copyright")


class Table:
    """One record, as `Records` keeps it, and the trail; `last`: the version of the image that came
    last, and when it `came`."""

    def __init__(
        self, last: str = "0" * 16, came: str = "2025-11-20T06:05:00.000Z", **changes: Any
    ) -> None:
        self.last, self.came = last, came
        self.record: dict[str, Any] | None = {
            "image": "a.jpg",
            "version": "0" * 16,
            "status": statuses.IN_REVIEW,
            "review_queue": statuses.IN_REVIEW,
            "execution": EXECUTION,
            "review": {"requested_at": "2025-11-20T06:04:20.000Z"},
            "task_token": TOKEN,
            "created_at": "2025-11-20T06:04:11.000Z",
            **changes,
        }
        self.told: list[tuple[str, ...]] = []

    def get(self, image: str, version: str) -> dict[str, Any] | None:
        return copy.deepcopy(self.record)

    def newest(self, image: str) -> tuple[str, str] | None:
        return self.came, self.last

    def decide(
        self, record: Mapping[str, Any], decision: Mapping[str, str]
    ) -> dict[str, Any] | None:
        if (
            self.record is None
            or "review_queue" not in self.record
            or self.record["execution"] != record["execution"]
        ):
            return None
        self.record["review"] |= decision
        del self.record["review_queue"]
        return copy.deepcopy(self.record)

    def append(self, image: str, version: str, event: str, at: str, **more: str | None) -> None:
        self.told.append(
            (event, at, *sorted(f"{name}: {more[name]}" for name in more if more[name]))
        )


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
    answer, _ = decide(table, table, waiting, record, decision, AT)
    return answer


@pytest.mark.parametrize("word", ["approve", "reject"])
def test_a_form_with_a_decision_and_a_name_is_one(word: str) -> None:
    form = {
        "decision": word,
        "reviewer": " Ana \t Ruiz ",
        "reason": " Not \n ours ",
        "note": "  Two\n lines \n",
    }

    assert read_decision(form) == Decision(word, "Ana Ruiz", "Not ours", "Two\n lines")


def test_reason_and_note_are_optional() -> None:
    bare = {"decision": "reject", "reviewer": "Bo Lee"}

    assert read_decision(bare) == Decision("reject", "Bo Lee")


def test_who_is_signed_in_decides_under_that_name_whatever_the_form_says() -> None:
    form = {"decision": "approve", "reviewer": "Somebody Else"}

    decision = read_decision(form, "Ana Ruiz")
    assert (decision.reviewer, decision.via) == ("Ana Ruiz", "queue")
    assert read_decision(form).via == "link"
    assert read_decision({"decision": "approve"}, "Ana Ruiz").reviewer == "Ana Ruiz"


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
        ({"decision": "approve", "reviewer": "Ana", "reason": "r" * 201}, "reason"),
    ],
    ids=str,
)
def test_what_is_no_decision_names_its_field(form: dict[str, str], field: str) -> None:
    with pytest.raises(UnreadableDecision) as caught:
        read_decision(form)

    assert caught.value.field == field
    assert caught.value.text


def test_the_longest_name_reason_and_note_are_accepted() -> None:
    longest = Decision("approve", "n" * 100, "r" * 200, "n" * 1000)

    assert read_decision(vars(longest)) == longest


def test_a_record_holds_reason_and_note_only_where_there_are_some() -> None:
    decided = {"decided_at": AT}
    assert BO.to_record(AT) == decided | {
        "via": "link",
        "decision": "reject",
        "reviewer": "Bo Lee",
        "reason": "Copyright",
    }
    assert ANA.to_record(AT) == decided | {
        "via": "link",
        "decision": "approve",
        "reviewer": "Ana Ruiz",
        "note": "Only the word.",
    }


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
    table.decide(table.record or {}, ANA.to_record(AT))

    assert decided(table, waiting, BO) == "second"
    assert waiting.heard == [(TOKEN, ANA.to_record(AT))]
    assert not waiting.open


def test_pressing_twice_is_pressing_once() -> None:
    table, waiting = Table(), Waiting()

    assert decided(table, waiting, ANA) == "taken"
    before = copy.deepcopy(table.record)
    assert decided(table, waiting, Decision("approve", "Ana Ruiz", note="Once more.")) == "taken"
    assert table.record == before


def test_a_reviewer_who_changes_their_mind_is_told_what_they_decided() -> None:
    table, waiting = Table(), Waiting()
    decided(table, waiting, ANA)

    assert decided(table, waiting, Decision("reject", "Ana Ruiz")) == "second"


def test_a_decision_counts_where_nobody_can_be_woken() -> None:
    table = Table()

    assert decided(table, Waiting(open=False), ANA) == "taken"
    assert table.record is not None and table.record["review"]["decision"] == "approve"


def test_a_decision_that_comes_before_the_execution_waits_counts() -> None:
    table, waiting = Table(), Waiting()
    assert table.record is not None
    del table.record["task_token"]

    assert decided(table, waiting, ANA) == "taken"
    assert waiting.heard == []


def test_a_decision_is_void_where_a_newer_upload_has_taken_the_pictures_place() -> None:
    table, waiting = Table(last="f" * 16), Waiting()
    before = copy.deepcopy(table.record)

    assert decided(table, waiting, ANA) == "replaced"
    assert (table.record, waiting.heard, table.told) == (before, [], [])


def test_a_version_that_was_reopened_after_a_newer_one_came_can_be_decided() -> None:
    table = Table(last="f" * 16, claimed_at="2025-11-20T06:06:00.000Z")

    assert decided(table, Waiting(), ANA) == "taken"


def test_a_decision_is_on_the_trail_once_and_at_once() -> None:
    table = Table()

    decided(table, Waiting(), ANA)
    decided(table, Waiting(), ANA)
    decided(table, Waiting(), BO)

    said = ("by: Ana Ruiz", "decision: approve", "execution: a run", "note: Only the word.")
    assert table.told == [("decided", AT, *said, "via: link")]


@pytest.mark.parametrize("status", [*statuses.ENDED, statuses.PROCESSING])
def test_outside_of_a_review_nothing_is_handed_in(status: str) -> None:
    waiting, table = Waiting(), Table(status=status)
    assert table.record is not None
    del table.record["review_queue"]

    assert decided(table, waiting, ANA) == "closed"
    assert waiting.heard == []


def test_whoever_comes_after_the_end_is_told_of_the_decision() -> None:
    table, waiting = Table(status=statuses.PUBLISHED), Waiting()
    assert table.record is not None
    del table.record["review_queue"], table.record["task_token"]
    table.record["review"] |= ANA.to_record(AT)

    assert decided(table, waiting, BO) == "second"
    assert waiting.heard == []


def test_a_record_that_another_run_took_over_under_the_page_is_left_alone() -> None:
    table, waiting = Table(execution="the next run"), Waiting()
    before = copy.deepcopy(table.record)

    assert decided(table, waiting, ANA, execution=EXECUTION) == "closed"
    assert (table.record, waiting.heard) == (before, [])


def test_a_record_that_is_gone_under_the_page_is_no_trouble() -> None:
    table, waiting = Table(), Waiting()
    seen, table.record = dict(table.record or {}), None

    assert decided(table, waiting, ANA, **seen) == "closed"
    assert waiting.heard == []
