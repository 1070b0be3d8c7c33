"""A board for a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.text import Text

from cli.candidates import command
from cli.pasting import pasted
from cli.style import plain, styled
from cli.watching.snapshot import Snapshot
from darkroom import statuses
from darkroom.text import line

ROWS = 8
SECTIONS = 4
# Lines that are none of a section's rows: titles, gaps, counts and hints.
OTHERS = 16
NAME = 40
SPANS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))

Row = Sequence[str | Text]


def board(seen: Snapshot, notice: str = "", rows: int = ROWS) -> Group:
    """`rows`: of each section, so many at most."""
    at = datetime.fromisoformat(seen["at"])
    parts: list[RenderableType] = [_counts(seen)]
    if notice:
        parts.append(Text(notice, style="bold yellow"))
    running = [_running(row, at) for row in seen["running"]]
    waiting = [_waits(row, at) for row in seen["waiting"]]
    failed = [_failed(row, at) for row in seen["failed"]]
    ended = [_ended(row, at) for row in seen["ended"][:rows]]
    parts += _section("Running", "cyan", running, rows)
    parts += _section("Waiting for reviewers", "yellow", waiting, rows)
    parts += _section("FAILED", "bold red", failed, rows)
    if failed:
        steps = command("logs", seen["failed"][0]), "`darkroom rerun --failed`"
        parts.append(plain("  Next: " + " / ".join(pasted(one).strip("`") for one in steps), "dim"))
    parts += _section("Last ends", "", ended, rows)
    return Group(*parts)


def rows_for(height: int) -> int:
    """How many rows of each section a terminal has room for."""
    return max(1, min(ROWS, (height - OTHERS) // SECTIONS))


def summary(seen: Snapshot) -> Text:
    """How many there are of each status."""
    return Text("  ").join(
        Text.assemble(styled(status), f" {count}") for status, count in seen["counts"].items()
    )


def span(start: str, end: datetime) -> str:
    """From an ISO 8601 time to another: `3 min`, in the largest unit of which there is one."""
    seconds = max(0, int((end - datetime.fromisoformat(start)).total_seconds()))
    for length, unit in SPANS:
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return "0 s"


def _counts(seen: Snapshot) -> Text:
    return summary(seen) if seen["counts"] else Text("No image has been uploaded yet.")


def _section(title: str, style: str, rows: Sequence[Row], most: int) -> Iterable[RenderableType]:
    if not rows:
        return
    yield Text.assemble("\n", (title, style), f" {len(rows)}" if title != "Last ends" else "")
    widths = [max(cell_len(str(row[n])) for row in rows[:most]) for n in range(len(rows[0]))]
    for row in rows[:most]:
        # What does not fit is cut at the end, where the reason is.
        text = Text("  ", no_wrap=True, overflow="ellipsis")
        for cell, width in zip(row, widths, strict=True):
            text.append(cell).append(" " * (width - cell_len(str(cell)) + 2))
        text.rstrip()
        yield text
    if len(rows) > most:
        yield Text(f"  and {len(rows) - most} more", style="dim")


def _name(row: dict[str, Any]) -> Text:
    """The image; of a long one, beginning and end."""
    return Text(line(row["image"], NAME))


def _running(row: dict[str, Any], at: datetime) -> Row:
    step = Text.assemble((row["step"], "cyan"))
    style = "red" if row["detail"].startswith("breaks") else "dim"
    return _name(row), step, span(row["since"], at), plain(row["detail"], style)


def _waits(row: dict[str, Any], at: datetime) -> Row:
    whom = f"{row['open_by']} has it open" if row["open_by"] else "any reviewer"
    left = span(at.isoformat(), datetime.fromisoformat(row["deadline_at"]))
    return (
        _name(row),
        plain(whom),
        f"for {span(row['requested_at'], at)}, {left} left",
        plain(", ".join(row["rules"]), "dim"),
    )


def _failed(row: dict[str, Any], at: datetime) -> Row:
    why = plain(f"{row['error']}: {row['cause']}", "dim")
    return _name(row), f"at {row['step']}", f"{span(row['at'], at)} ago", why


def _ended(row: dict[str, Any], at: datetime) -> Row:
    since = f"{span(row['at'], at)} ago"
    style = styled(row["status"]) if row["status"] in statuses.ENDED else row["status"]
    return _name(row), style, since
