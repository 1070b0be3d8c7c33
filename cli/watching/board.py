"""A board for a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli.style import plain, styled
from cli.watching.snapshot import Snapshot
from darkroom import statuses

ROWS = 8
MIN_WIDTH = 40
SPANS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))

Row = Sequence[str | Text]


def board(seen: Snapshot, notice: str = "") -> Group:
    at = datetime.fromisoformat(seen["at"])
    parts: list[RenderableType] = [_counts(seen)]
    parts += _section("Running", "cyan", [_running(row, at) for row in seen["running"]])
    parts += _section(
        "Waiting for reviewers", "yellow", [_waits(row, at) for row in seen["waiting"]]
    )
    parts += _section("FAILED", "bold red", [_failed(row, at) for row in seen["failed"]])
    if seen["failed"]:
        parts.append(Text("  Next: darkroom logs IMAGE / darkroom rerun --failed", style="dim"))
    parts += _section("Last ends", "", [_ended(row, at) for row in seen["ended"][:ROWS]])
    if notice:
        parts.append(Text(f"\n{notice}", style="bold yellow"))
    return Group(*parts)


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


def _section(title: str, style: str, rows: Sequence[Row]) -> Iterable[RenderableType]:
    if not rows:
        return
    yield Text.assemble("\n", (title, style), f" {len(rows)}" if title != "Last ends" else "")
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    # The last column is cut first, and is the one that may be long.
    for column in range(len(rows[0]) - 1):
        widest = max(cell_len(str(row[column])) for row in rows[:ROWS])
        table.add_column(no_wrap=True, overflow="ellipsis", min_width=min(widest, MIN_WIDTH))
    table.add_column(no_wrap=True, overflow="ellipsis")
    for row in rows[:ROWS]:
        table.add_row(*row)
    yield Padding(table, (0, 0, 0, 2))
    if len(rows) > ROWS:
        yield Text(f"  and {len(rows) - ROWS} more", style="dim")


def _running(row: dict[str, Any], at: datetime) -> Row:
    step = Text.assemble((row["step"], "cyan"))
    style = "red" if row["detail"].startswith("breaks") else "dim"
    return plain(row["image"]), step, span(row["since"], at), plain(row["detail"], style)


def _waits(row: dict[str, Any], at: datetime) -> Row:
    whom = f"{row['open_by']} has it open" if row["open_by"] else "any reviewer"
    left = span(at.isoformat(), datetime.fromisoformat(row["deadline_at"]))
    return (
        plain(row["image"]),
        plain(whom),
        f"for {span(row['requested_at'], at)}, {left} left",
        plain(", ".join(row["rules"]), "dim"),
    )


def _failed(row: dict[str, Any], at: datetime) -> Row:
    why = plain(f"{row['error']}: {row['cause']}", "dim")
    return plain(row["image"]), f"at {row['step']}", f"{span(row['at'], at)} ago", why


def _ended(row: dict[str, Any], at: datetime) -> Row:
    since = f"{span(row['at'], at)} ago"
    style = styled(row["status"]) if row["status"] in statuses.ENDED else row["status"]
    return plain(row["image"]), style, since
