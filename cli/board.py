"""The live board of `darkroom watch`."""

from __future__ import annotations

import time
from collections import Counter

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from cli import records
from cli.stack import Stack
from cli.style import plain, styled
from darkroom import statuses

REFRESH_SECONDS = 1.0
LAST = 10


def show_board(stack: Stack, console: Console) -> None:
    """Until interrupted: counts by status, what is in work, what ended last."""
    try:
        with Live(console=console, refresh_per_second=4) as live:
            while True:
                live.update(board(list(records.everything(stack))))
                time.sleep(REFRESH_SECONDS)
    except KeyboardInterrupt:
        return


def board(found: list[records.Record]) -> Group:
    counts = Counter(record["status"] for record in found)
    summary = Text("  ").join(
        styled(status).append(f" {counts[status]}")
        for status in (*statuses.OPEN, *statuses.ENDED)
        if counts[status]
    )
    newest = sorted(found, key=lambda record: record["updated_at"], reverse=True)
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for record in newest[:LAST]:
        table.add_row(record["updated_at"], styled(record["status"]), plain(record["image"]))
    return Group(summary if found else Text("No image has been uploaded yet."), table)
