"""Where an engine's CPU time goes: of each thread, to the innermost of the functions that are told.

`python -m bench.waying.accounts HOME` is the engine with its accounts: at SIGUSR2 it writes them
into HOME/accounts.json, in CPU seconds since it began.
"""

from __future__ import annotations

import functools
import inspect
import json
import signal
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FILE = "accounts.json"
HTTP = "HTTP and its event loop"
REST = "other threads: hand-over to the functions, and starting and ending threads"


class Accounts:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds: defaultdict[tuple[str, bool], float] = defaultdict(float)
        self._here = threading.local()

    @contextmanager
    def _on(self, name: str) -> Iterator[None]:
        """What this thread spends meanwhile is `name`'s, but for what is told within."""
        within: list[float] = getattr(self._here, "within", [])
        self._here.within = within
        within.append(0.0)
        begun = time.thread_time()
        try:
            yield
        finally:
            spent = time.thread_time() - begun
            own = spent - within.pop()
            if within:
                within[-1] += spent
            with self._lock:
                self._seconds[name, threading.current_thread() is threading.main_thread()] += own

    def tell(self, name: str, owner: Any, function: str) -> None:
        """Have `owner.function` tell what it spends."""
        original = getattr(owner, function)

        @functools.wraps(original)
        def told(*arguments: Any, **options: Any) -> Any:
            with self._on(name):
                return original(*arguments, **options)

        @functools.wraps(original)
        async def told_in_turns(*arguments: Any, **options: Any) -> Any:
            return await _Turns(original(*arguments, **options), lambda: self._on(name))

        awaited = inspect.iscoroutinefunction(original)
        setattr(owner, function, told_in_turns if awaited else told)

    def read(self) -> dict[str, float]:
        """By name, largest first; what was told nowhere is HTTP in the main thread, else REST."""
        with self._lock:
            seconds = dict(self._seconds)
        names: defaultdict[str, float] = defaultdict(float)
        for (name, _), spent in seconds.items():
            names[name] += spent
        main = time.thread_time()
        names[HTTP] = main - sum(spent for (_, in_main), spent in seconds.items() if in_main)
        names[REST] = time.process_time() - main
        names[REST] -= sum(spent for (_, in_main), spent in seconds.items() if not in_main)
        return dict(sorted(names.items(), key=lambda item: -item[1]))


class _Turns:
    """A coroutine, each of whose turns on the event loop is told; what others do between is not."""

    def __init__(self, coroutine: Any, told: Callable[[], Any]) -> None:
        self._coroutine = coroutine
        self._told = told

    def __await__(self) -> Generator[Any, Any, Any]:
        value: Any = None
        error: BaseException | None = None
        while True:
            try:
                with self._told():
                    waits = (
                        self._coroutine.send(value)
                        if error is None
                        else self._coroutine.throw(error)
                    )
            except StopIteration as stop:
                return stop.value
            value, error = None, None
            try:
                value = yield waits
            except BaseException as thrown:
                error = thrown


def install(home: Path) -> None:
    from ministack.services import dynamodb, eventbridge, lambda_svc, s3, sns, sqs, stepfunctions

    from cli.embedded import keeping

    accounts = Accounts()
    accounts.tell("JSONata", stepfunctions, "_evaluate_jsonata")
    for function in ("_run_execution", "_run_sub_machine", "_execute_task", "handle_request"):
        accounts.tell("Step Functions", stepfunctions, function)
    accounts.tell("Lambda", lambda_svc, "_execute_function")
    for name, service in (("S3", s3), ("DynamoDB", dynamodb), ("SNS and SQS", sns)):
        accounts.tell(name, service, "handle_request")
    accounts.tell("SNS and SQS", sqs, "handle_request")
    accounts.tell("EventBridge", eventbridge, "_put_events")
    accounts.tell("EventBridge", eventbridge, "handle_request")
    accounts.tell("forking for the snapshots", keeping.Keeper, "save")

    def write(*_: Any) -> None:
        new = home / f"{FILE}.tmp"
        new.write_text(json.dumps(accounts.read()))
        new.replace(home / FILE)

    signal.signal(signal.SIGUSR2, write)


if __name__ == "__main__":
    from cli.embedded.__main__ import run

    install(Path(sys.argv[1]))
    run(Path(sys.argv[1]))
