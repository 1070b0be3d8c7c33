"""What our launcher changes of the embedded engine."""

from __future__ import annotations

import functools
import importlib
import pkgutil
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from cli import embedded
from cli.embedded import __main__ as launcher
from cli.embedded import messages, turns


def test_whatever_there_is_to_install_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []
    there = []
    for module in pkgutil.iter_modules(embedded.__path__):
        found = importlib.import_module(f"cli.embedded.{module.name}")
        if hasattr(found, "install"):
            there.append(module.name)
            note = functools.partial(lambda name, *_: installed.append(name), module.name)
            monkeypatch.setattr(found, "install", note)
    monkeypatch.setattr(launcher, "main", lambda: installed.append("and off it goes"))
    monkeypatch.setattr(sys, "argv", ["cli.embedded", "home"])

    launcher.run(Path("home"))

    assert installed == [*sorted(there), "and off it goes"]


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
