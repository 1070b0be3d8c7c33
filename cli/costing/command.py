"""The command."""

from __future__ import annotations

from collections.abc import Sequence

import click
from rich.console import Console

from cli.costing.bill import make_bill
from cli.costing.gathering import gather
from cli.costing.showing import plain_bill, shown
from cli.options import console, json_option, stack_option
from cli.places import home
from cli.stack import connect
from cli.style import json_text


@click.command()
@click.argument("images", nargs=-1, metavar="[IMAGE]...")
@stack_option
@json_option
def cost(images: Sequence[str], stack_name: str | None, as_json: bool) -> None:
    """What IMAGEs cost, or everything that ran, in dollars for a million like them.

    Of an image, the runs are read that its records and its trail name. A run that failed before
    another took over, a call that broke before it said whose it was, and visits to the review
    page are in the bill of everything only.
    """
    stack = connect(home(), stack_name)
    quiet = Console(quiet=True) if as_json else console
    with quiet.status("Reading") as status:
        gathered = gather(stack, images, status.update)
    bill = make_bill(gathered)
    if as_json:
        click.echo(json_text(plain_bill(bill, gathered)))
    else:
        console.print(shown(bill, gathered))


COMMANDS: tuple[click.Command, ...] = (cost,)
