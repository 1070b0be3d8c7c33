"""Work on files, each in a process of its own that may die without harm."""

from __future__ import annotations

import math
import multiprocessing
import resource
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess
from typing import Any, Generic, TypeVar

T = TypeVar("T")

# Hard stops, for what has gone far beyond any bound that is measured. Address space is more than
# memory: decoders reserve what they never touch.
STOP_CPU_SECONDS = 30
STOP_SECONDS = 300
STOP_ADDRESS_SPACE = 6 << 30


@dataclass(frozen=True)
class Ending(Generic[T]):
    """`answer` is None where the process did not live to give one; then `death` says how it
    ended, in words, and `stage` what it had come to."""

    answer: T | None
    stage: str
    death: str | None


# Told what it is to work on, and whom to tell what it has come to; the stop for CPU counts anew
# from there.
Work = Callable[[Any, Callable[[str], None]], T]


@dataclass
class _Running(Generic[T]):
    number: int
    process: ForkServerProcess
    started: float
    stage: str = "start"
    answer: T | None = None


def each(
    work: Work[T], tasks: Iterable[Any], at_once: int, preload: Iterable[str] = ()
) -> Iterator[tuple[int, Ending[T]]]:
    """(number of the task, how it ended), in the order in which they end.

    `work` has to be a function of a module, and tasks and answers are pickled. `preload`: modules
    that every process starts with, imported once.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preload))
    waiting = enumerate(tasks)
    running: dict[Connection, _Running[T]] = {}
    try:
        while True:
            while len(running) < at_once and (task := next(waiting, None)) is not None:
                listening, speaking = context.Pipe(duplex=False)
                process = context.Process(target=_child, args=(work, task[1], speaking))
                process.start()
                # The child's copy is then the only one, and its end is heard here.
                speaking.close()
                running[listening] = _Running(task[0], process, time.monotonic())
            if not running:
                return
            for connection in _spoke(running):
                yield from _hear(connection, running)
    finally:
        for left in running.values():
            left.process.kill()


def _spoke(running: dict[Connection, _Running[T]]) -> list[Connection]:
    spoke = [item for item in wait(list(running), timeout=1) if isinstance(item, Connection)]
    for child in running.values():
        if time.monotonic() - child.started > STOP_SECONDS:
            child.process.kill()
    return spoke


def _hear(
    connection: Connection, running: dict[Connection, _Running[T]]
) -> Iterator[tuple[int, Ending[T]]]:
    child = running[connection]
    try:
        kind, value = connection.recv()
    except EOFError:
        connection.close()
        child.process.join()
        del running[connection]
        death = None if child.answer is not None else _death(child.process.exitcode)
        yield child.number, Ending(child.answer, child.stage, death)
        return
    if kind == "stage":
        child.stage = value
    else:
        child.answer = value


def _death(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return f"ended by {signal.Signals(-exit_code).name}"
    return f"ended with exit code {exit_code}"


def _child(work: Work[T], task: Any, speaking: Connection) -> None:
    with suppress(ValueError):  # macOS has no such limit
        resource.setrlimit(resource.RLIMIT_AS, (STOP_ADDRESS_SPACE, STOP_ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def tell(stage: str) -> None:
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        stop = math.ceil(time.process_time()) + STOP_CPU_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (stop, hard))
        speaking.send(("stage", stage))

    speaking.send(("answer", work(task, tell)))
    speaking.close()
