"""`darkroom contact-sheet`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.progress import Progress

from cli.browser import no_open_option, show
from cli.options import console, json_option, stack_option
from cli.places import home
from cli.sheets.folder import opened
from cli.sheets.making import make_sheet, named, newest
from cli.stack import connect
from cli.style import json_text


@click.command("contact-sheet")
@click.argument("images", nargs=-1, metavar="[IMAGE]...")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="Without IMAGE: how many, the newest.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="The sheet's own folder. Without it, .darkroom/contact-sheet.",
)
@no_open_option
@stack_option
@json_option
def contact_sheet(
    images: Sequence[str],
    limit: int,
    output: Path | None,
    no_open: bool,
    stack_name: str | None,
    as_json: bool,
) -> None:
    """A page with the real pictures: each original beside what was made of it.

    The newest version of each IMAGE, or of the newest images. What waits for a reviewer is shown
    as it waits, and of what was rejected or retracted no picture. Files that are there from last
    time are not fetched again.
    """
    stack = connect(home(), stack_name)
    chosen, left_out = (named(stack, images), 0) if images else newest(stack, limit)
    folder = opened(output or home() / "contact-sheet")
    quiet = as_json or not console.is_terminal
    with Progress(console=console, transient=True, disable=quiet) as progress:
        task = progress.add_task("Fetching", total=len(chosen))
        sheet = make_sheet(
            stack, chosen, left_out, folder, lambda done: progress.update(task, completed=done)
        )
    if as_json:
        click.echo(json_text(sheet.plain()))
        return
    if not chosen:
        console.print("No image has been uploaded yet.")
        return
    console.print(sheet.summary(), soft_wrap=True)
    if left_out:
        console.print(f"{left_out} older left out: --limit {limit + left_out} shows all.")
    show(sheet.page, "Contact sheet", not no_open)


COMMANDS: tuple[click.Command, ...] = (contact_sheet,)
