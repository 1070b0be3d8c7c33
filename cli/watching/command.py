"""The command."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Callable, Iterator

import click
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console, Group
from rich.live import Live

from cli.options import console, json_option, stack_option
from cli.places import home
from cli.stack import connect
from cli.style import json_text
from cli.watching.board import board, rows_for
from cli.watching.changes import Changes
from cli.watching.snapshot import Snapshot
from cli.watching.watcher import Watcher
from darkroom.moments import now, stamp

REFRESH_SECONDS = 2.0
# Whoever is throttled, or has lost the stack, asks less often.
MAX_PAUSE_SECONDS = 30.0
# boto3 alone would ask DynamoDB ten times, for half a minute, and nobody would know why.
QUICK = Config(
    retries={"mode": "standard", "total_max_attempts": 2}, connect_timeout=5, read_timeout=20
)


@click.command()
@click.option("--once", is_flag=True, help="Print one board, and end.")
@stack_option
@json_option
def watch(once: bool, stack_name: str | None, as_json: bool) -> None:
    """What runs, waits, failed and ended: a live board, until Ctrl-C.

    Where the output is no terminal, a line for each change. --json prints one board, as --once.
    """
    watcher = Watcher(dataclasses.replace(connect(home(), stack_name), config=QUICK))
    with contextlib.suppress(KeyboardInterrupt):
        quiet = Console(quiet=True) if as_json else console
        with quiet.status("Reading the table"):
            first = watcher.begin()
        if as_json:
            click.echo(json_text(first))
        elif once:
            console.print(board(first))
        elif console.is_terminal:
            _live(watcher, first)
        else:
            _lines(watcher, first)


COMMANDS: tuple[click.Command, ...] = (watch,)


def _live(watcher: Watcher, first: Snapshot) -> None:
    def shown(seen: Snapshot, notice: str = "") -> Group:
        return board(seen, notice, rows_for(console.height))

    with Live(shown(first), console=console, auto_refresh=False) as live:
        for seen, notice in _looks(watcher.look, first):
            live.update(shown(seen, notice), refresh=True)


def _lines(watcher: Watcher, first: Snapshot) -> None:
    changes, told = Changes(), ""
    for line in changes.first(first, watcher.known):
        console.print(line, soft_wrap=True)
    for seen, notice in _looks(watcher.look, first):
        if notice and notice != told:
            console.print(notice, soft_wrap=True)
        told = notice
        for line in changes.since(seen, watcher.known):
            console.print(line, soft_wrap=True)


def _looks(
    look: Callable[[], Snapshot], last: Snapshot, pause: Callable[[float], None] = time.sleep
) -> Iterator[tuple[Snapshot, str]]:
    """For ever, what is seen; the last that was, and why, while the stack does not answer."""
    seconds, failing = REFRESH_SECONDS, ""
    while True:
        pause(seconds)
        try:
            last = look()
        except (BotoCoreError, ClientError) as error:
            failing = failing or stamp(now())
            seconds = min(2 * seconds, MAX_PAUSE_SECONDS)
            yield last, f"No answer since {failing}, asking again: {error}"
        else:
            seconds, failing = REFRESH_SECONDS, ""
            yield last, ""
