"""What a storm consists of, and whom it may kill."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.storming.plan import make_plan
from bench.storming.processes import Start, is_ready, kill, workers


def test_a_plan_has_the_shares_that_are_promised() -> None:
    plan = make_plan(1000, 1)
    uploads = list(plan)
    assert len(uploads) == len(plan) == 1000
    assert len(plan.overwrites) == 50
    assert {one.over for one in plan.overwrites} == {"at once", "during", "after"}
    assert sum(one.kind == "broken" for one in uploads) == 30
    assert sum(bool(one.again) for one in uploads) == 100
    assert sum(one.again == "late" for one in uploads) == 50
    assert sum(one.kind == "flagged" for one in plan.firsts) == 80
    assert all(("forbidden" in one.image) == (one.kind == "flagged") for one in plan.firsts)
    assert len({(one.image, one.etag) for one in uploads}) == 1000
    decisions = [one.decision for one in uploads if one.kind == "flagged"]
    assert {"", "approve", "reject"} == set(decisions)
    assert all(one.kind == "flagged" for one in uploads if one.decision)


def test_the_same_seed_gives_the_same_plan_and_another_seed_another() -> None:
    assert make_plan(40, 7) == make_plan(40, 7)
    assert make_plan(40, 7) != make_plan(40, 8)


def test_a_plan_too_small_for_its_shares_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 20"):
        make_plan(19, 1)


@pytest.fixture
def children(tmp_path: Path) -> Iterator[dict[str, int]]:
    """Processes of this one, by what they run: as MiniStack starts functions, and others."""
    names = {
        "worker": "ministack-lambda-darkroom-ResizeFunction-0A1B2C-x_y1/_worker.py",
        "other": "ministack-lambda-darkroom-ResizeFunction-0A1B2C-x_y1/other.py",
        "engine": "engine/cli/embedded.py",
    }
    started = {}
    for name, path in names.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("import sys; print(flush=True); sys.stdin.read()")
        started[name] = subprocess.Popen(
            [sys.executable, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
    for process in started.values():
        assert process.stdout
        process.stdout.readline()
    yield {name: process.pid for name, process in started.items()}
    for process in started.values():
        process.kill()
        process.communicate()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_only_processes_that_run_functions_of_this_engine_are_found(
    children: dict[str, int],
) -> None:
    assert workers(os.getpid()) == {children["worker"]: "Resize"}
    assert workers(children["engine"]) == {}


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_who_was_killed_is_found_no_more(children: dict[str, int]) -> None:
    assert kill(children["worker"])

    deadline = time.monotonic() + 10
    while workers(os.getpid()) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert workers(os.getpid()) == {}


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_a_process_is_ready_once_it_has_had_the_time_that_a_start_takes(
    children: dict[str, int],
) -> None:
    assert is_ready(children["worker"], Start(1.0, 0.0))
    assert not is_ready(children["worker"], Start(1.0, 3600.0))
