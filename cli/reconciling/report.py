"""What was found, for a person and for a program."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.reconciling.kinds import TITLES, Finding
from cli.reconciling.repairing import Done
from cli.style import plain

# Of each kind; all are in --json.
MAX_LINES = 50

WILL = {
    "start": "process it",
    "restart": "run it again",
    "retract": "take it down",
    "reopen": "withdraw it and ask again",
    "wake": "wake its run",
}
DID = {
    "start": "started",
    "restart": "started again",
    "retract": "being taken down",
    "reopen": "being withdrawn, to be asked again",
    "wake": "woken",
}

Row = tuple[Finding, Done | None]


def rows(findings: Sequence[Finding], done: Sequence[Done] | None) -> list[Row]:
    return [(finding, done[at] if done else None) for at, finding in enumerate(findings)]


def is_left(row: Row) -> bool:
    """Whether an orphan is still one."""
    finding, done = row
    return finding.is_orphan and (done is None or not done.execution)


def tables(found: Sequence[Row]) -> RenderableType:
    """A table for each kind."""
    parts: list[RenderableType] = []
    for kind, group in groupby(found, key=lambda row: row[0].kind):
        lines = list(group)
        parts.append(Text(f"{TITLES[kind]}: {len(lines)}", style="bold"))
        table = Table(box=None, padding=(0, 2, 0, 2), show_header=False)
        table.add_column(overflow="fold")
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        table.add_column(overflow="fold")
        for row in lines[:MAX_LINES]:
            finding, _ = row
            table.add_row(
                plain(finding.image), finding.version, plain(finding.detail), plain(_repair(row))
            )
        parts.append(table)
        if len(lines) > MAX_LINES:
            parts.append(f"  and {len(lines) - MAX_LINES} more; --json has all")
    return Group(*parts)


def _repair(row: Row) -> str:
    finding, done = row
    if not finding.is_orphan:
        return ""
    if finding.repair is None:
        return finding.next
    if done is None:
        return f"--repair: {WILL[finding.repair.word]}"
    return f"not repaired: {done.problem}" if done.problem else DID[finding.repair.word]


def as_json(found: Sequence[Row]) -> list[dict[str, Any]]:
    return [_one(finding, done) for finding, done in found]


def _one(finding: Finding, done: Done | None) -> dict[str, Any]:
    said: dict[str, Any] = {
        "kind": finding.kind,
        "image": finding.image,
        "version": finding.version,
        "detail": finding.detail,
        "repair": finding.repair.word if finding.repair else None,
    }
    more = {"execution": finding.execution, "next": finding.next}
    if done is not None:
        more |= {"started": done.execution, "problem": done.problem}
    return said | {name: text for name, text in more.items() if text}
