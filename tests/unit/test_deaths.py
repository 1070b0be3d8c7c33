"""A function's process that dies is told apart from a handler that raises."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from cli.embedded import births, deaths
from tests.workers import ended_with_pipes, function

HANDLER = """
import os, signal, sys, time

def handler(event, context):
    if event == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if event == "exit":
        sys.exit(3)
    if event == "raise":
        raise RuntimeError("Worker process died")
    if event == "sleep":
        time.sleep(60)
    return event
"""


@pytest.fixture(scope="module")
def cradle() -> Iterator[births.Cradle]:
    cradle = births.Cradle()
    yield cradle
    cradle.end()


@pytest.fixture(autouse=True, params=["started", "forked"])
def repaired(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, cradle: births.Cradle
) -> Iterator[None]:
    for owner, name in (
        (lambda_runtime.Worker, "_spawn"),
        (lambda_runtime.Worker, "invoke"),
        (lambda_svc, "_execute_function_warm"),
    ):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    deaths.install()
    if request.param == "forked":
        monkeypatch.setattr(lambda_runtime, "subprocess", births.Subprocess(cradle))
        births.adopt(True)
    with ended_with_pipes(monkeypatch):
        yield
    births.adopt(False)


def error(answer: dict[str, Any]) -> tuple[str, str]:
    assert answer["error"] is True
    return answer["body"]["errorType"], answer["body"]["errorMessage"]


@pytest.mark.parametrize(
    ("event", "ending"), [("die", "signal: killed"), ("exit", "exit status 3")]
)
def test_a_process_that_dies_at_work_is_an_exit_error(event: str, ending: str) -> None:
    message = f"RequestId: request-1 Error: Runtime exited with error: {ending}"

    assert error(function(HANDLER)(event)) == ("Runtime.ExitError", message)


def test_the_next_call_finds_a_new_process() -> None:
    step = function(HANDLER)
    step("die")

    assert step("alive")["body"] == "alive"


def test_a_process_that_died_idle_harms_no_call() -> None:
    step = function(HANDLER)
    step("alive")
    [[worker]] = lambda_runtime._workers.values()
    worker._proc.kill()
    worker._proc.wait()

    assert step("again")["body"] == "again"


@pytest.mark.parametrize("source", ["import os; os.kill(os.getpid(), 9)", "raise SystemExit(9)"])
def test_a_process_that_dies_while_it_starts_is_an_exit_error(source: str) -> None:
    kind, message = error(function(source)({}))

    assert kind == "Runtime.ExitError"
    assert re.search("signal: killed|exit status 9", message)


def test_a_process_that_dies_while_it_starts_ends_no_other() -> None:
    step = function(HANDLER)
    answers: list[Any] = []
    at_work = threading.Thread(target=lambda: answers.append(step("sleep")))
    at_work.start()
    while not (found := next(iter(lambda_runtime._workers.values()), [])) or found[0]._cold:
        at_work.join(0.01)
    function("import os; os.kill(os.getpid(), 9)")({})
    alive = found[0]._proc.poll() is None
    found[0]._proc.kill()
    at_work.join(10)

    assert alive
    assert [error(answer)[0] for answer in answers] == ["Runtime.ExitError"]


def test_an_exception_of_the_handler_is_none_whatever_it_says() -> None:
    assert error(function(HANDLER)("raise")) == ("Runtime.HandlerError", "Worker process died")


def test_a_handler_that_cannot_be_imported_is_none() -> None:
    kind, message = error(function("import nowhere")({}))

    assert (kind == "Runtime.ExitError", "nowhere" in message) == (False, True)


def test_a_call_that_takes_too_long_is_none() -> None:
    assert error(function(HANDLER, timeout=1)("sleep"))[0] == "Sandbox.Timedout"
