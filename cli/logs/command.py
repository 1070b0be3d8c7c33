"""The command."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import click
from rich.console import Console

from cli import candidates, records
from cli.errors import CommandError
from cli.logs.showing import plain_entry, shown
from cli.logs.story import story
from cli.options import console, json_option, stack_option
from cli.places import home
from cli.stack import connect
from cli.style import json_text, plain
from darkroom.moments import now

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@click.command()
@click.argument("image")
@click.option("--version", metavar="V", help="Only this version of IMAGE.")
@click.option(
    "--since", metavar="TIME", help="Only from then on: 90s, 15m, 2h, 3d, or 2026-11-20T06:00:00Z."
)
@stack_option
@json_option
def logs(
    image: str, version: str | None, since: str | None, stack_name: str | None, as_json: bool
) -> None:
    """What was logged about IMAGE, over all functions and `process`, in order of time."""
    start = since_when(since, now()) if since else None
    stack = connect(home(), stack_name)
    found = candidates.of_version(records.known_versions(stack, image), version)
    quiet = Console(quiet=True) if as_json else console
    with quiet.status("Reading logs"):
        entries = story(stack, found, start)
    if as_json:
        click.echo(json_text([plain_entry(entry) for entry in entries]))
        return
    for line in shown(entries):
        console.print(line, soft_wrap=True)
    if not entries:
        image = found[-1]["image"]
        console.print(
            plain(f"Nothing is logged about {image!r}. Lines are kept for LogRetentionDays.")
        )


COMMANDS: tuple[click.Command, ...] = (logs,)


def since_when(text: str, at: datetime) -> datetime:
    """A time, or so long before `at`. Raises CommandError."""
    if (found := re.fullmatch(r"(\d{1,5})([smhd])", text)) is not None:
        return at - timedelta(**{UNITS[found[2]]: int(found[1])})
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(
            f"Expected a time such as 15m, 2h or 2026-11-20T06:00:00Z for --since, got {text!r}."
        ) from error
    return moment if moment.tzinfo else moment.astimezone()
