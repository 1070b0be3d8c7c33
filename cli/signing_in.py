"""The commands about reviewers: who may sign in."""

from __future__ import annotations

import click
from rich.table import Table

from cli import reviewers
from cli.errors import CommandError
from cli.names import name_of_reviewer
from cli.options import console, json_option, stack_option
from cli.places import home
from cli.stack import connect
from cli.style import json_text, plain
from darkroom.keyring import KEPT_FOR
from darkroom.moments import now, stamp


@click.group("reviewers")
def reviewers_group() -> None:
    """Who may sign in to the review queue."""


@reviewers_group.command("add")
@click.argument("name")
@stack_option
def add_reviewer(name: str, stack_name: str | None) -> None:
    """Print a personal sign-in link for NAME. A link from before ends."""
    name = name_of_reviewer(name)
    link, again = reviewers.add(connect(home(), stack_name), name, stamp(now()))
    click.echo(link)
    if again:
        click.echo(f"{name} had a link before: that one and its sessions have ended.")
    click.echo(
        f"The link is personal to {name} and works until they are removed or added anew "
        f"(after `darkroom rotate-secret`: {KEPT_FOR.days} days more). "
        "Send it whichever way you like: whoever has it decides under that name."
    )


@reviewers_group.command("list")
@stack_option
@json_option
def list_reviewers(stack_name: str | None, as_json: bool) -> None:
    """All reviewers, and since when."""
    found = reviewers.everyone(connect(home(), stack_name))
    if as_json:
        click.echo(json_text(found))
    elif not found:
        console.print("There is no reviewer yet. `darkroom reviewers add NAME` adds one.")
    else:
        table = Table("Name", "Since", box=None, padding=(0, 2, 0, 0))
        for one in found:
            table.add_row(plain(one["name"]), one["added_at"])
        console.print(table)


@reviewers_group.command("remove")
@click.argument("name")
@stack_option
def remove_reviewer(name: str, stack_name: str | None) -> None:
    """End the sign-in link and all sessions of NAME at once."""
    name = name_of_reviewer(name)
    if not reviewers.remove(connect(home(), stack_name), name):
        raise CommandError(
            f"There is no reviewer {name!r}.", "`darkroom reviewers list` shows them all."
        )
    click.echo(f"{name} is removed: the sign-in link and every session have ended.")
