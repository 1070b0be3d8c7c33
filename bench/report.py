"""What a run over a folder found: for people, and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.judging import ACCEPTED, MAX_BYTES, MAX_CPU_SECONDS, Result
from bench.meter import Cost
from cli.style import plain

SHOWN_PROBLEMS = 8  # of one file
SHOWN_STEPS = 5
MB = 1_000_000


@dataclass(frozen=True)
class Spent:
    name: str
    cost: Cost


def show(console: Console, results: Sequence[Result], left_out: int, seconds: float) -> None:
    wrong = [result for result in results if result.problems]
    if wrong:
        console.print(_problem_table(wrong))
    spent = [Spent(result.entry.name, cost) for result in results for cost in result.examined.costs]
    slowest = sorted(spent, key=lambda one: -one.cost.cpu_seconds)[:SHOWN_STEPS]
    largest = sorted(spent, key=lambda one: -one.cost.peak_bytes)[:SHOWN_STEPS]
    if spent:
        console.print(_cost_table(f"Slowest steps (at most {MAX_CPU_SECONDS:g} s of CPU)", slowest))
        console.print(_cost_table(f"Largest steps (at most {MAX_BYTES // MB:,} MB)", largest))
    idle = max((result.examined.idle_bytes for result in results), default=0)
    console.print(f"Memory is the whole process's; idle, it holds {idle / MB:,.0f} MB.")
    for got, count in _counts(results):
        console.print(f"{count:6,}  {plain(got)}")
    files = sum(result.examined.files for result in results)
    cpu = sum(result.examined.cpu_seconds for result in results)
    console.print(
        f"{len(results):6,}  in all, {files:,} files made, in {seconds:,.0f} s, {cpu:,.0f} s of CPU"
    )
    if left_out:
        console.print(f"{left_out:6,}  not named in the index and left out")
    console.print(f"{len(wrong):6,}  with something that does not hold")


def _counts(results: Iterable[Result]) -> list[tuple[str, int]]:
    """Accepted first, then refusals and deaths, the most frequent first."""
    counts = Counter(result.got for result in results)
    return sorted(counts.items(), key=lambda item: (item[0] != ACCEPTED, -item[1], item[0]))


def _problem_table(wrong: Iterable[Result]) -> Table:
    table = Table(
        "file", "expected", "got", "what does not hold", title="Failures", show_lines=True
    )
    for result in wrong:
        problems = [plain(problem) for problem in result.problems[:SHOWN_PROBLEMS]]
        if len(result.problems) > SHOWN_PROBLEMS:
            problems.append(plain(f"and {len(result.problems) - SHOWN_PROBLEMS} more"))
        table.add_row(
            plain(result.entry.name),
            result.entry.expected,
            plain(result.got),
            Text("\n").join(problems),
        )
    return table


def _cost_table(title: str, spent: Iterable[Spent]) -> Table:
    table = Table("file", "step", "CPU s", "MB", title=title)
    for one in spent:
        table.add_row(
            plain(one.name),
            plain(one.cost.step),
            f"{one.cost.cpu_seconds:.2f}",
            f"{one.cost.peak_bytes / MB:,.0f}",
        )
    return table


def as_json(results: Iterable[Result], seconds: float) -> str:
    listed = [_as_plain(result) for result in results]
    return msgspec.json.format(
        msgspec.json.encode({"seconds": round(seconds, 1), "files": listed}), indent=1
    ).decode()


def _as_plain(result: Result) -> dict[str, Any]:
    examined = result.examined
    return {
        "path": _writable(result.entry.name),
        "expected": result.entry.expected,
        "got": result.got,
        "problems": [_writable(problem) for problem in result.problems],
        "files": examined.files,
        "looked_for": examined.planted,
        "idle_bytes": examined.idle_bytes,
        "cpu_seconds": round(examined.cpu_seconds, 2),
        "steps": [
            {"step": cost.step, "cpu_seconds": round(cost.cpu_seconds, 3), "bytes": cost.peak_bytes}
            for cost in examined.costs
        ],
    }


def _writable(text: str) -> str:
    """File names may hold bytes that are no text."""
    return text.encode("utf-8", "backslashreplace").decode()
