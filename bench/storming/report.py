"""What is kept of a storm: a table and a plot, in docs/reliability.md."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bench.storming.figures import machine, rows
from bench.storming.running import Ended

BEGIN, END = "<!-- storm -->", "<!-- /storm -->"
ALT = "Uploads over time, the calls that failed, and memory"


def table(ended: Ended) -> str:
    """In Markdown, with the machine, the day and the seed."""
    day = datetime.fromtimestamp(ended.begun, UTC).date().isoformat()
    lines = [
        f"One run, on {day}, of seed {ended.plan.seed}, on {machine()}; other runs differ.",
        "",
        "| | |",
        "|---|---|",
        *(f"| {what} | {figure} |" for what, figure in rows(ended)),
    ]
    return "\n".join(lines)


def keep(ended: Ended, document: Path, plot: Path) -> None:
    """Put table and plot between the document's marks. Raises ValueError where it has none."""
    text = document.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"expected {BEGIN} and {END} in {document}, got neither or one")
    shown = f"![{ALT}]({plot.relative_to(document.parent).as_posix()})"
    kept = f"{before}{begin}\n{table(ended)}\n\n{shown}\n{end}{after}"
    document.write_text(kept, encoding="utf-8")
