"""`darkroom rerun`: what failed is processed again, and what became of it shown."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click
from rich.console import Console

from cli import candidates, records, restarting
from cli.errors import CommandError
from cli.listing import listing
from cli.options import console, json_option, stack_option
from cli.places import home
from cli.progress import follow_by
from cli.records import Record
from cli.stack import Stack, connect
from cli.style import json_text
from darkroom import statuses

TIMEOUT_SECONDS = 600
# So many at once: each asks Lambda for several functions, and is looked at twice a second.
AT_ONCE = 100

Key = tuple[str, str]
# A record, and the input of its run.
Chosen = tuple[Record, dict[str, Any]]


@click.command()
@click.argument("images", nargs=-1, metavar="[IMAGE]...")
@click.option("--failed", is_flag=True, help="Everything whose newest version is FAILED.")
@click.option("--version", metavar="V", help="Another version of IMAGE than the newest.")
@click.option("--force", is_flag=True, help="Even what is not FAILED; its reviewers decide again.")
@stack_option
@json_option
def rerun(
    images: Sequence[str],
    failed: bool,
    version: str | None,
    force: bool,
    stack_name: str | None,
    as_json: bool,
) -> None:
    """Process IMAGE again, as it was uploaded, and wait for what becomes of it."""
    _check(images, failed, version, force)
    stack = connect(home(), stack_name)
    chosen, problems = _failed(stack) if failed else (_named(stack, images, version, force), [])
    quiet = Console(quiet=True) if as_json else console
    ended = _run(stack, chosen, quiet)
    if as_json:
        click.echo(json_text(ended))
    elif ended:
        console.print(listing(ended))
    elif not problems:
        console.print("Nothing is FAILED.")
    _say_what_is_left(ended, problems)


COMMANDS: tuple[click.Command, ...] = (rerun,)


def _check(images: Sequence[str], failed: bool, version: str | None, force: bool) -> None:
    if bool(images) == failed:
        raise CommandError("Expected images to run again, or --failed for all that failed.")
    if version is not None and len(images) != 1:
        raise CommandError(f"Expected one image for --version, got {len(images)}.")
    if failed and force:
        raise CommandError(
            "Expected images for --force: what is FAILED needs none, and it would ask reviewers "
            "again who have decided."
        )


def _named(stack: Stack, images: Sequence[str], version: str | None, force: bool) -> list[Chosen]:
    """Each image's record. Raises CommandError for the first that must not run again."""
    chosen: dict[Key, Record] = {}
    for image in images:
        found = records.known_versions(stack, image)
        record = candidates.to_rerun(
            found, version, force, lambda one: restarting.is_withdrawal(stack, one["execution"])
        )
        chosen[_key(record)] = record
    return [(record, restarting.order_of(stack, record, force)) for record in chosen.values()]


def _failed(stack: Stack) -> tuple[list[Chosen], list[str]]:
    """What can run again of all that is FAILED, and a sentence for each that cannot.

    Only the newest version of an image: an older one was replaced since, and would be published
    for nobody.
    """
    chosen, problems = [], []
    for record in sorted(_newest(stack), key=lambda one: str(one["created_at"])):
        if record["status"] != statuses.FAILED:
            continue
        if restarting.is_withdrawal(stack, record["execution"]):
            goes_on = candidates.command("reopen", record)
            problems.append(f"It was being reopened: {goes_on} goes on.")
            continue
        try:
            chosen.append((record, restarting.order_of(stack, record, force=False)))
        except CommandError as error:
            problems.append(error.message)
    return chosen, problems


def _newest(stack: Stack) -> Iterator[Record]:
    """Each image's newest version."""
    versions: dict[str, list[Record]] = defaultdict(list)
    for record in records.everything(stack):
        versions[record["image"]].append(record)
    for found in versions.values():
        yield max(found, key=lambda one: (one["created_at"], one["version"]))


def _run(stack: Stack, chosen: Sequence[Chosen], quiet: Console) -> list[Record]:
    """Start them, a number at a time, and wait; the records as they are then."""
    ended = []
    for first in range(0, len(chosen), AT_ONCE):
        batch = chosen[first : first + AT_ONCE]
        before = {record["image"]: record for record, _ in batch}
        started = {record["image"]: restarting.start(stack, order) for record, order in batch}
        look = functools.partial(_claimed, stack, before, started)
        found = follow_by(look, list(before), TIMEOUT_SECONDS, quiet)
        ended += [found.get(image, record) for image, record in before.items()]
    return ended


def _claimed(
    stack: Stack, before: Mapping[str, Record], started: Mapping[str, str], image: str
) -> Record | None:
    """The record, once another run than before has it, or the one that was started has ended."""
    record = before[image]
    current = _current(stack, record)
    if current["execution"] != record["execution"]:
        return current
    return None if restarting.is_running(stack, started[image]) else _current(stack, record)


def _current(stack: Stack, record: Record) -> Record:
    found = records.versions(stack, record["image"])
    return next((one for one in found if _key(one) == _key(record)), record)


def _say_what_is_left(ended: Sequence[Record], problems: Sequence[str]) -> None:
    again = [record for record in ended if record["status"] == statuses.FAILED]
    slow = [record for record in ended if record["status"] == statuses.PROCESSING]
    if again:
        problems = [
            f"{len(again)} of {len(ended)} FAILED again: "
            f"{candidates.command('status', again[0])} shows why.",
            *problems,
        ]
    if slow:
        problems = [
            f"{len(slow)} still being processed after {TIMEOUT_SECONDS} seconds: "
            f"{candidates.command('status', slow[0])} shows what becomes of it.",
            *problems,
        ]
    if problems:
        raise CommandError("\n".join(problems))


def _key(record: Record) -> Key:
    return record["image"], record["version"]
