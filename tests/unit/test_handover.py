"""What a function logs belongs to the call that it was logged in, and nobody waits for more."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from ministack.core import lambda_runtime

from cli.embedded import handover
from tests.workers import Call, ended_with_pipes, function

HANDLER = """
import os, sys

def handler(event, context):
    if event == "die":
        print("last words", file=sys.stderr, flush=True)
        os._exit(3)
    if event == "raise":
        print("before", file=sys.stderr)
        raise ValueError("no")
    for number in range(int(event)):
        print("line", number, file=sys.stderr)
    if event == 2:
        sys.stderr.write("unended")
    return event
"""


@pytest.fixture
def step(monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    script = lambda_runtime._PYTHON_WORKER_SCRIPT
    monkeypatch.setattr(lambda_runtime, "_PYTHON_WORKER_SCRIPT", script)
    drain = lambda_runtime.Worker._drain_stderr_bounded
    monkeypatch.setattr(lambda_runtime.Worker, "_drain_stderr_bounded", drain)
    handover.install()
    with ended_with_pipes(monkeypatch):
        yield function(HANDLER)


def test_each_call_has_its_own_log_and_all_of_it(step: Call) -> None:
    logs = [step(number)["log"] for number in (0, 1, 2, 0, 3000)]

    assert logs[:4] == ["", "line 0", "line 0\nline 1\nunended", ""]
    assert logs[4].splitlines() == [f"line {number}" for number in range(3000)]


def test_an_exception_and_a_death_have_their_log(step: Call) -> None:
    raised, died = step("raise")["log"], step("die")["log"]

    assert raised.startswith("before\nTraceback")
    assert died.startswith("last words\n")
    assert step(1)["log"] == "line 0"


def test_what_comes_after_the_mark_is_the_next_calls() -> None:
    lines: Any = queue.Queue()
    worker = SimpleNamespace(config={"Runtime": "python3.13"}, _proc=1, _stderr_queue=lines)
    for line in ("one", handover.END, "two", f"three{handover.END}"):
        lines.put(line)

    assert [handover.drain(worker), handover.drain(worker)] == ["one", "two\nthree"]


def test_a_script_that_calls_otherwise_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 'handler_fn"):
        handover.script("result = handle(event)")
