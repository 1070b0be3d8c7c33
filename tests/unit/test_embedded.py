"""What our launcher changes of the embedded engine."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from cli.embedded import messages, turns


def test_message_attributes_of_a_state_machine_are_kept() -> None:
    attributes = {"status": {"DataType": "String", "StringValue": "PUBLISHED"}}

    assert messages.parse_message_attributes({"MessageAttributes": attributes}) == attributes


def test_message_attributes_of_everybody_else_are_read_as_before() -> None:
    form = {
        "MessageAttributes.entry.1.Name": "status",
        "MessageAttributes.entry.1.Value.DataType": "String",
        "MessageAttributes.entry.1.Value.StringValue": "FAILED",
    }

    assert messages.parse_message_attributes(form) == {
        "status": {"DataType": "String", "StringValue": "FAILED"}
    }


def test_express_workflows_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, may_end = threading.Semaphore(0), threading.Event()
    running: list[str] = []

    def work(data: dict[str, Any]) -> str:
        running.append(data["name"])
        begun.release()
        may_end.wait(10)
        return str(data["name"])

    monkeypatch.setattr(turns, "_start_sync_execution", work)
    threads = [
        threading.Thread(target=turns.start_sync_execution, args=({"name": str(number)},))
        for number in range(turns.AT_ONCE + 3)
    ]
    for thread in threads:
        thread.start()
    for _ in range(turns.AT_ONCE):
        assert begun.acquire(timeout=10)

    assert not begun.acquire(blocking=False)
    assert len(running) == turns.AT_ONCE
    may_end.set()
    for thread in threads:
        thread.join(10)
    assert len(running) == len(threads)


def test_whoever_waits_too_long_for_a_turn_is_throttled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_turns", threading.BoundedSemaphore(1))
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 0)
    monkeypatch.setattr(
        turns,
        "_start_sync_execution",
        lambda data: turns.start_sync_execution(data | {"within": True}),
    )

    status, _, body = turns.start_sync_execution({})

    assert (status, b"ExecutionLimitExceededException" in body) == (400, True)


def test_a_workflow_that_breaks_gives_its_turn_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_turns", threading.BoundedSemaphore(1))
    monkeypatch.setattr(turns, "_start_sync_execution", lambda data: 1 / 0)

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            turns.start_sync_execution({})
