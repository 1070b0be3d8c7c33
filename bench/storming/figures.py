"""The figures of a storm: what there was of everything, and how long it took."""

from __future__ import annotations

import os
import platform
import statistics
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from bench.storming.log import Put
from bench.storming.rules import DUPLICATE
from bench.storming.running import Ended
from bench.storming.stage import CONCURRENCY
from bench.storming.state import Failure, Recorded
from darkroom import statuses

DIED = "Runtime.ExitError"
MEGABYTE = 1_000_000

Row = tuple[str, str]


def rows(ended: Ended) -> list[Row]:
    """What is measured and the figure, in words, for a table."""
    return [*_sent(ended), *_weather(ended), *_ends(ended), *_durations(ended), *_memory(ended)]


def _sent(ended: Ended) -> list[Row]:
    plan, puts = ended.plan, ended.log.puts
    stretch = [put for put in puts if not put.upload.over]
    speed = len(stretch) / (_span(stretch) or 1)
    again = Counter(upload.again for upload in plan)
    refused = "; ".join(f"{count} {why}" for why, count in ended.log.refused.most_common())
    over = Counter(upload.over for upload in plan.overwrites)
    kinds = Counter(upload.kind for upload in plan)
    return [
        ("Uploads", f"{len(puts)}, {speed:.0f} a second; the last after {_span(puts):.0f} s"),
        (
            "of them over another picture of that name",
            f"{len(plan.overwrites)}: {over['at once']} at once, {over['during']} while the first"
            f" was worked on, {over['after']} when it had ended",
        ),
        ("of them broken", str(kinds["broken"])),
        ("of them with a forbidden word in the name", str(kinds["flagged"])),
        (
            "Events started again",
            f"{len(ended.log.again)}: {again['at once']} at once, {again['late']} late and in"
            " another order",
        ),
        (
            "Decisions of reviewers",
            f"{len(ended.log.decided)} taken; tries refused: {refused or 'none'}",
        ),
    ]


def _span(puts: list[Put]) -> float:
    """Seconds from the first to the last of them."""
    return max((put.answered for put in puts), default=0) - min(
        (put.asked for put in puts), default=0
    )


def _weather(ended: Ended) -> list[Row]:
    failures = [failure for run in ended.state.runs for failure in run.failures]
    died = sum(failure.error == DIED for failure in failures)
    throttled = sum(failure.throttled for failure in failures)
    other = Counter(
        failure.error for failure in failures if failure.error != DIED and not failure.throttled
    )
    # An answer and no failure: another run has the upload, the trail has the entry.
    other.pop("DynamoDB.ConditionalCheckFailedException", 0)
    taken = sum(run.state == DUPLICATE for run in ended.state.runs)
    pauses = sum(run.pauses for run in ended.state.runs)
    rest = ", ".join(f"{count} {error}" for error, count in other.most_common()) or "none"
    functions = Counter(kill.function for kill in ended.log.kills)
    named = ", ".join(f"{name} {count}" for name, count in functions.most_common())
    return [
        (
            "Processes killed",
            f"{len(ended.log.kills)}, one every {_pause(ended):.1f} s ({named})",
        ),
        ("Calls that died with them, and were made again", str(died)),
        (f"Calls refused beyond {CONCURRENCY} at once, and made again", str(throttled)),
        ("Other failed calls", rest),
        ("Starts that found the upload taken", str(taken)),
        ("Runs that gave up for a while (Pause)", str(pauses)),
    ]


def _pause(ended: Ended) -> float:
    """Seconds between two kills, on average."""
    times = [kill.at for kill in ended.log.kills]
    return (times[-1] - times[0]) / (len(times) - 1) if len(times) > 1 else 0.0


def _ends(ended: Ended) -> list[Row]:
    state = ended.state
    found = Counter(record.status for record in state.records)
    reasons = Counter(
        record.reason for record in state.records if record.status == statuses.INVALID
    )
    named = ", ".join(f"{reason} {count}" for reason, count in reasons.most_common())
    superseded = sum(record.superseded for record in state.records)
    said = {
        statuses.INVALID: f" ({named})",
        statuses.PUBLISHED: f" ({superseded} after a newer upload's)",
    }
    return [
        ("Records", str(len(state.records))),
        *((status, f"{found[status]}{said.get(status, '')}") for status in _order(found)),
        ("Messages", str(len(state.messages))),
        ("Manifests", str(len(state.manifests))),
        ("Violated rules", str(len(ended.violations)) if ended.violations else "none"),
    ]


def _order(found: Counter[str]) -> list[str]:
    wanted = {statuses.PUBLISHED, statuses.INVALID, statuses.FAILED, *found}
    return sorted(wanted, key=lambda status: (status == statuses.FAILED, -found[status], status))


def _durations(ended: Ended) -> list[Row]:
    seconds = sorted(waits(ended.log.puts, ended))
    whole = ended.quiet - ended.begun
    rate = len(ended.state.records) / whole
    return [
        ("First upload until nothing moved", f"{whole:.0f} s; {rate:.2f} pictures a second"),
        (
            "Upload until its end or the reviewers' queue",
            f"median {statistics.median(seconds):.0f} s, 95 % within"
            f" {_quantile(seconds, 0.95):.0f} s, the longest {seconds[-1]:.0f} s"
            if seconds
            else "none ended",
        ),
    ]


def waits(puts: Iterable[Put], ended: Ended) -> Iterable[float]:
    """Seconds from each upload until its run ended; until it was asked about, where a reviewer
    is: people take their time.
    """
    records = {record.name: record for record in ended.state.records}
    for put in puts:
        record = records.get(ended.log.name(put.upload))
        end = ended_at(record) if record else None
        if end is not None:
            yield end - put.asked


def ended_at(record: Recorded) -> float | None:
    """When the machine was done with it, in seconds since the epoch."""
    moment = record.requested_at or (record.updated_at if record.status in statuses.ENDED else None)
    return moment.timestamp() if moment else None


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _memory(ended: Ended) -> list[Row]:
    loads = ended.log.loads
    if not loads:
        return []
    cpu = loads[-1].engine_cpu - loads[0].engine_cpu
    return [
        (
            "Memory of the engine, at most",
            f"{max(one.engine_bytes for one in loads) / MEGABYTE:.0f} MB",
        ),
        (
            "Memory of the functions' processes, at most",
            f"{max(one.workers_bytes for one in loads) / MEGABYTE:.0f} MB in"
            f" {max(one.workers for one in loads)} processes",
        ),
        ("CPU of the engine and of the processes that ended", f"{cpu:.0f} s"),
    ]


def failures(ended: Ended) -> list[Failure]:
    return [failure for run in ended.state.runs for failure in run.failures]


def machine() -> str:
    """Processor, cores, memory, system and Python, as far as the system tells."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text(encoding="utf-8").splitlines()
        model = next((line.partition(": ")[2] for line in lines if "model name" in line), model)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return (
        f"{model}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}"
        f" {platform.machine()}, Python {platform.python_version()}"
    )
