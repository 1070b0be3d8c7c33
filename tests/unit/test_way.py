"""The measuring of the way through the pipeline: what is counted, and for whom."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.folder import FolderError
from bench.waying import cpu, report
from bench.waying.accounts import HTTP, REST, Accounts
from bench.waying.cpu import Idle, Spent
from bench.waying.pictures import pictures
from bench.waying.side import CORES, Side
from tests.pictures import jpeg

Clock = Callable[[float], None]


@pytest.fixture
def spend(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Have CPU time pass: for this thread, and so for the process."""
    spent: dict[int, float] = {}

    def spend(seconds: float) -> None:
        here = threading.get_ident()
        spent[here] = spent.get(here, 0.0) + seconds

    monkeypatch.setattr(time, "thread_time", lambda: spent.get(threading.get_ident(), 0.0))
    monkeypatch.setattr(time, "process_time", lambda: sum(spent.values()))
    return spend


def test_the_pictures_are_the_folders_again_under_other_names(tmp_path: Path) -> None:
    a, b = jpeg("a", (640, 480)), jpeg("b", (640, 480))
    (tmp_path / "a.jpg").write_bytes(a)
    (tmp_path / "b.jpg").write_bytes(b)
    (tmp_path / "forbidden.jpg").write_bytes(a)
    (tmp_path / "README").write_text("no picture")

    found = pictures(tmp_path, 5)

    assert [data for _, data in found] == [a, b, a, b, a]
    assert len({name for name, _ in found}) == 5


def test_a_folder_of_which_nothing_is_published_is_refused(tmp_path: Path) -> None:
    (tmp_path / "README").write_text("no picture")

    with pytest.raises(FolderError, match="expected a picture that is published"):
        pictures(tmp_path, 5)


def test_what_is_told_within_is_not_told_twice(spend: Clock) -> None:
    accounts = Accounts()
    service = SimpleNamespace()

    def inner() -> None:
        spend(2)

    def outer() -> None:
        spend(1)
        service.inner()
        spend(4)

    service.inner, service.outer = inner, outer
    accounts.tell("inner", service, "inner")
    accounts.tell("outer", service, "outer")
    service.outer()
    spend(8)

    assert accounts.read() == {HTTP: 8, "outer": 5, "inner": 2, REST: 0}


def test_another_threads_time_is_not_the_event_loops(spend: Clock) -> None:
    accounts, service = Accounts(), SimpleNamespace(work=lambda: spend(2))
    accounts.tell("work", service, "work")

    def thread() -> None:
        service.work()
        spend(1)

    other = threading.Thread(target=thread)
    other.start()
    other.join()

    assert accounts.read() == {"work": 2, REST: 1, HTTP: 0}


def test_of_a_coroutine_only_its_own_turns_are_told(spend: Clock) -> None:
    accounts, service = Accounts(), SimpleNamespace()

    async def answer(value: Any) -> Any:
        spend(1)
        await asyncio.sleep(0)
        spend(2)
        if isinstance(value, Exception):
            raise value
        return value

    async def others() -> None:
        spend(16)

    async def both(value: Any) -> Any:
        found, _ = await asyncio.gather(service.answer(value), others(), return_exceptions=True)
        return found

    service.answer = answer
    accounts.tell("answer", service, "answer")
    error = ValueError("no")

    # In threads of their own: Playwright's loop runs in this one where browser tests came before.
    with ThreadPoolExecutor() as threads:
        assert threads.submit(lambda: asyncio.run(both("yes"))).result() == "yes"
        assert threads.submit(lambda: asyncio.run(both(error))).result() is error
    assert accounts.read() == {REST: 32, "answer": 6, HTTP: 0}


def test_a_process_that_began_meanwhile_counts_from_its_beginning() -> None:
    before = Spent(1.0, 0.5, {10: 3.0}, {20: 1.0}, {10: "Resize"})
    after = Spent(
        2.0,
        1.0,
        {10: 5.0, 11: 1.5, 12: 0.25},
        {20: 1.25},
        {10: "Resize", 11: "Resize", 12: "Filter"},
    )

    found = cpu.between(before, after)

    assert (found.engine, found.saving, found.starting, found.started) == (1.0, 0.5, 0.25, 2)
    assert found.steps == {"Resize": 3.5, "Filter": 0.25}
    assert found.total == 5.5


def side(seconds: float, spent: dict[str, float], idle: float = 0.0) -> Side:
    return Side(2, seconds, spent, {"Resize": 1.0}, Idle(idle, 0.0), accounts={"S3": 0.5})


def test_ratios_are_of_the_clock_and_the_overhead_is_of_the_processor() -> None:
    way, pool = side(6.0, {"functions": 4.0, "engine": 1.0}), side(4.0, {"pool": 3.0})

    found = report.figures(
        side(8.0, {"functions": 5.0, "engine": 1.0}), [way, way], [pool, pool], way
    )

    assert (found["ratio"], found["ratio_without_warming_up"]) == (1.5, 2.0)
    assert found["overhead_cpu_seconds"] == 1.0
    assert found["engine"]["cpu"] == {"functions": 2.0, "engine": 0.5}
    assert found["accounts"] == {"S3": 0.25}


def test_a_machine_that_others_have_as_well_is_told() -> None:
    alone = side(4.0, {"functions": 4.0 * CORES - 1.0}, idle=1.0)
    shared = side(4.0, {"functions": 2.0 * CORES}, idle=1.0)
    pool = side(4.0, {"pool": 3.0})

    assert not report.busy(report.figures(alone, [alone], [pool], alone))
    assert report.busy(report.figures(alone, [shared], [pool], alone))
