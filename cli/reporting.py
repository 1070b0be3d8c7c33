"""`darkroom status` and `reviews`: what became of everything, and what waits."""

from __future__ import annotations

from collections.abc import Sequence

import click

from cli import records
from cli.listing import description, listing
from cli.options import console, json_option, stack_option
from cli.places import home
from cli.reviews import review_link
from cli.stack import Stack, connect
from cli.style import json_text, plain
from cli.watching.asking import places_of
from darkroom import statuses


@click.command()
@click.argument("image", required=False)
@click.option(
    "--status",
    "wanted",
    multiple=True,
    type=click.Choice((*statuses.OPEN, *statuses.ENDED), case_sensitive=False),
    help="Without IMAGE: only what has this status. May be given again.",
)
@stack_option
@json_option
def status(image: str | None, wanted: Sequence[str], stack_name: str | None, as_json: bool) -> None:
    """What became of IMAGE, or of everything."""
    if image is not None and wanted:
        raise click.UsageError("--status is for a listing: leave IMAGE out, or --status.")
    stack = connect(home(), stack_name)
    if image is None:
        _list(stack, wanted, as_json)
        return
    found = records.known_versions(stack, image)
    if as_json:
        click.echo(json_text(found))
        return
    places = places_of(stack, found)
    for record in found:
        link = review_link(stack, record) if record["status"] == statuses.IN_REVIEW else None
        place = places.get((record["image"], record["version"]))
        at = place.line() if place else None
        text = description(record, stack.outputs["PublishedBucket"], link, at)
        console.print(text, soft_wrap=True)


@click.command()
@stack_option
@json_option
def reviews(stack_name: str | None, as_json: bool) -> None:
    """What waits for a reviewer, oldest first, with the links."""
    stack = connect(home(), stack_name)
    waiting = [record | {"link": review_link(stack, record)} for record in records.in_review(stack)]
    if as_json:
        click.echo(json_text(waiting))
        return
    if not waiting:
        console.print("Nothing waits for a reviewer.")
    for record in waiting:
        console.print(plain(record["image"], "bold"))
        console.print(f"  until {record['review']['deadline_at']}")
        for flag in record["flags"]:
            console.print(plain(f"  {flag['rule']}: {flag['detail']}"))
        console.print(plain(f"  {record['link']}"), soft_wrap=True)


COMMANDS: tuple[click.Command, ...] = (status, reviews)


def _list(stack: Stack, wanted: Sequence[str], as_json: bool) -> None:
    found = [one for one in records.everything(stack) if not wanted or one["status"] in wanted]
    found.sort(key=lambda record: str(record["created_at"]))
    if as_json:
        click.echo(json_text(found))
    elif found:
        console.print(listing(found))
    else:
        what = " or ".join(wanted)
        console.print(f"Nothing is {what}." if wanted else "No image has been uploaded yet.")
