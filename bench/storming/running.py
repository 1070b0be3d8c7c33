"""A whole storm: from the first upload until nothing moves, and then all rules."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench.storming.actors import Storm
from bench.storming.collecting import collect, records
from bench.storming.log import Log
from bench.storming.plan import Plan
from bench.storming.processes import Start, measure_start
from bench.storming.rules import violations
from bench.storming.stage import REVISION, stage
from bench.storming.state import State
from darkroom.statuses import IN_REVIEW

# Nothing moves if it is so at two looks in a row.
LOOK_SECONDS = 1.5


@dataclass(frozen=True)
class Ended:
    """`begun`, `quiet`: seconds since the epoch, of the first upload and of the last movement."""

    plan: Plan
    log: Log
    state: State
    violations: list[str]
    begun: float
    quiet: float


def run(home: Path, plan: Plan, seconds: float, tell: Callable[[str], None]) -> Ended:
    """Bounded: after `seconds` it is over, quiet or not."""
    with stage(home) as scene:
        tell(f"The engine listens on {scene.engine.endpoint}.")
        log = Log(REVISION)
        storm = Storm(scene, plan, log)
        start = measure_start()
        begun = time.time()
        late, quiet = _rage(storm, start, begun + seconds, tell)
        tell("Reading what there is now.")
        state = collect(scene.stack, plan, log, late)
    return Ended(plan, log, state, violations(state), begun, quiet)


def _rage(
    storm: Storm, start: Start, until: float, tell: Callable[[str], None]
) -> tuple[str, float]:
    """Why it was ended before it was quiet, empty if it was; and since when it is quiet."""
    with ThreadPoolExecutor(16) as threads:
        finite = [
            threads.submit(part) for part in (storm.upload, storm.overwrite, storm.start_again)
        ]
        endless = [
            threads.submit(storm.listen),
            threads.submit(storm.review),
            threads.submit(storm.kill, start),
            threads.submit(storm.measure),
        ]
        try:
            return _wait(storm, finite, endless, until, tell)
        finally:
            storm.over.set()
            for part in (*finite, *endless):
                part.result()


def _wait(
    storm: Storm,
    finite: list[Future[None]],
    endless: list[Future[None]],
    until: float,
    tell: Callable[[str], None],
) -> tuple[str, float]:
    calm_since: float | None = None
    told = 0.0
    while time.time() < until:
        broken = [part for part in (*finite, *endless) if part.done() and part.exception()]
        if broken:
            return f"the storm itself broke: {broken[0].exception()!r}", time.time()
        if time.time() - told > 10:
            told = time.time()
            tell(_progress(storm))
        calm = all(part.done() for part in finite) and _is_quiet(storm)
        if calm and calm_since is not None:
            return "", calm_since
        calm_since = time.time() if calm else None
        time.sleep(LOOK_SECONDS)
    return "expected quiet in the time that was given, and something still moved", time.time()


def _is_quiet(storm: Storm) -> bool:
    """Whether only those run that wait for a reviewer, and no reviewer is about to decide."""
    stack = storm.stage.stack
    pages = stack.stepfunctions.get_paginator("list_executions").paginate(
        stateMachineArn=stack.outputs["PipelineArn"], statusFilter="RUNNING"
    )
    running = {one["executionArn"] for page in pages for one in page["executions"]}
    if len(running) > sum(upload.kind == "flagged" for upload in storm.plan):
        return False
    found = {record.execution: record for record in records(stack)}
    meant = {storm.log.name(upload) for upload in storm.plan if upload.decision}
    for arn in running:
        record = found.get(arn)
        if record is None or record.status != IN_REVIEW or not record.waits:
            return False
        if record.name in meant and storm.is_undecided(record.name):
            return False
    return True


def _progress(storm: Storm) -> str:
    log = storm.log
    return (
        f"{len(log.puts)} of {len(storm.plan)} uploaded, {log.ended} ended,"
        f" {len(log.seen)} seen in review, {len(log.decided)} decided,"
        f" {len(log.again)} started again, {len(log.kills)} killed"
    )
