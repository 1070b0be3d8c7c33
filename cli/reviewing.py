"""The commands of a review: deciding, taking back, and who did what."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import quote

import click

from cli import candidates, records, withdrawals
from cli.decisions import post_decision
from cli.errors import CommandError
from cli.listing import description, why
from cli.names import login_name, name_of_reviewer, reason_of
from cli.options import console, json_option, stack_option
from cli.places import home
from cli.progress import wait_until
from cli.records import Record
from cli.reviews import review_link
from cli.rotating import rotate_secret
from cli.signing_in import reviewers_group
from cli.stack import Stack, connect
from cli.style import json_text, plain, styled
from cli.trail import entries, trail_table
from darkroom import statuses
from darkroom.keys import image_of
from darkroom.moments import now, stamp
from darkroom.text import line

T = TypeVar("T")

TIMEOUT_SECONDS = 300
OUTCOMES = {"approve": statuses.PUBLISHED, "reject": statuses.REJECTED}

image_argument = click.argument("image")
as_option = click.option(
    "--as", "name", metavar="NAME", help="Whom to record. Without it, your login name."
)
version_option = click.option("--version", metavar="V", help="Another version than the newest.")
note_option = click.option("--note", default="", help="More words for the record.")


@click.command()
@image_argument
@click.option("--reason", help="Why, in a few words.")
@note_option
@as_option
@version_option
@stack_option
def approve(image: str, reason: str | None, note: str, **more: str | None) -> None:
    """Approve IMAGE, and wait until it is published."""
    _decide("approve", image, reason_of(reason) if reason else "", note, **more)


@click.command()
@image_argument
@click.option("--reason", required=True, help="Why, in a few words.")
@note_option
@as_option
@version_option
@stack_option
def reject(image: str, reason: str, note: str, **more: str | None) -> None:
    """Reject IMAGE, and wait until what waited is removed."""
    _decide("reject", image, reason_of(reason), note, **more)


@click.command()
@image_argument
@click.option("--reason", help="Why, in a few words; reviewers see it.")
@as_option
@version_option
@stack_option
def reopen(
    image: str, reason: str | None, name: str | None, version: str | None, stack_name: str | None
) -> None:
    """Withdraw at once what is published of IMAGE, and ask for a decision again."""
    by, why_again = _name(name), reason_of(reason) if reason else ""
    stack = connect(home(), stack_name)
    link = functools.partial(review_link, stack)
    record = candidates.to_reopen(records.known_versions(stack, image), version, link)
    arn = withdrawals.start(stack, "reopen", record, by, why_again, stamp(now()))

    def reached() -> Record | None:
        if not withdrawals.has_succeeded(stack, arn):
            return None
        current = _current(stack, record)
        if current["execution"] == record["execution"]:
            raise CommandError(
                "Nothing was reopened: the record does not say which upload it is of.",
                "Upload the picture again.",
            )
        return current if current["status"] != statuses.PROCESSING else None

    reopened = _wait("Reopening", reached, record)
    if reopened["status"] != statuses.IN_REVIEW:
        raise CommandError(
            f"It was withdrawn, and is {reopened['status']} instead of IN_REVIEW: {why(reopened)}.",
            f"{candidates.command('status', record)} shows more.",
        )
    _describe(stack, reopened, link(reopened))


@click.command()
@image_argument
@click.option("--reason", required=True, help="Why, in a few words; kept in the record.")
@as_option
@click.option("--version", metavar="V", help="This version only.")
@click.option("--yes", is_flag=True, help="Do not ask at a terminal.")
@stack_option
def retract(
    image: str,
    reason: str,
    name: str | None,
    version: str | None,
    yes: bool,
    stack_name: str | None,
) -> None:
    """Withdraw all published versions of IMAGE for good: a take-down."""
    by, reason = _name(name), reason_of(reason)
    stack = connect(home(), stack_name)
    found = records.known_versions(stack, image)
    taken = [
        record for record in candidates.to_retract(found, version) if not _is_done(stack, record)
    ]
    if not taken:
        console.print("It is retracted already, and nothing is left to do.")
        return
    if not yes and _is_at_a_terminal():
        versions = ", ".join(f"{one['version']} ({one['status']})" for one in taken)
        shown = line(taken[0]["image"], candidates.MAX_SHOWN)
        click.confirm(f"Withdraw {shown} for good, version {versions}?", abort=True)
    started = [
        (record, withdrawals.start(stack, "retract", record, by, reason, stamp(now())))
        for record in taken
    ]
    for record, arn in started:
        _await_retraction(stack, record, arn)
    _say_what_may_be_left(found, taken)


@click.command()
@image_argument
@stack_option
@json_option
def history(image: str, stack_name: str | None, as_json: bool) -> None:
    """Who did what about IMAGE, and when: requests, decisions, what was taken back."""
    stack = connect(home(), stack_name)
    trail = entries(stack, image_of(image))
    if not trail:
        records.known_versions(stack, image)  # says so where there is no such image
    if as_json:
        click.echo(json_text(trail))
    elif trail:
        console.print(trail_table(trail))
    else:
        console.print("No reviewer was asked, and nothing was taken back.")


COMMANDS: tuple[click.Command, ...] = (
    *(approve, reject, reopen, retract, history),
    *(reviewers_group, rotate_secret),
)


def _decide(
    decision: str,
    image: str,
    reason: str,
    note: str,
    name: str | None,
    version: str | None,
    stack_name: str | None,
) -> None:
    reviewer = _name(name)
    stack = connect(home(), stack_name)
    record = candidates.to_decide(records.known_versions(stack, image), version)
    said = post_decision(
        review_link(stack, record),
        {"decision": decision, "reviewer": reviewer, "reason": reason, "note": note},
    )
    at = said.get("decided_at", "this moment")
    console.print(plain(f"Recorded: {decision} by {said.get('reviewer', reviewer)} at {at}."))

    def reached() -> Record | None:
        current = _current(stack, record)
        ended = current["status"] not in statuses.OPEN
        return current if ended or current["execution"] != record["execution"] else None

    ended = _wait("Carrying it out", reached, record)
    _describe(stack, ended)
    if ended["status"] != OUTCOMES[decision]:
        raise CommandError(
            f"The decision is recorded, and the picture is {ended['status']}: {why(ended)}.",
            f"{candidates.command('history', record)} shows who did what.",
        )


def _await_retraction(stack: Stack, record: Record, arn: str) -> None:
    _wait("Withdrawing", lambda: withdrawals.has_succeeded(stack, arn) or None, record)
    current = _current(stack, record)
    if current["status"] != statuses.RETRACTED:
        raise CommandError(
            f"Version {record['version']} was not retracted: it is {current['status']} meanwhile.",
            "The same command looks again.",
        )
    console.print(styled(current["status"]), plain(f"{record['image']} {record['version']}"))


def _is_done(stack: Stack, record: Record) -> bool:
    """Whether a version is retracted to the last file."""
    if record["status"] != statuses.RETRACTED or "error" in record:
        return False
    return not withdrawals.is_broken(stack, record["execution"])


def _say_what_may_be_left(found: list[Record], taken: list[Record]) -> None:
    click.echo(
        "Browsers and CDNs may still have the files, which never change: invalidate "
        f"/{quote(taken[0]['image'])}/* in your CDN. What a browser keeps, nobody can take back."
    )
    for record in found:
        if record["status"] in statuses.OPEN:
            click.echo(
                f"Version {record['version']} is {record['status']} and not part of this: "
                f"{candidates.command('reject', record, ' --reason …')} once it is IN_REVIEW."
            )


def _current(stack: Stack, record: Record) -> Record:
    """The record as it is now."""
    found = records.versions(stack, record["image"])
    return next(one for one in found if one["version"] == record["version"])


def _wait(doing: str, reached: Callable[[], T | None], record: Record) -> T:
    """What `reached` gives. Raises CommandError where it takes too long."""
    with console.status(doing):
        found = wait_until(reached, TIMEOUT_SECONDS)
    if found is None:
        raise CommandError(
            f"Not done after {TIMEOUT_SECONDS} seconds, and still under way.",
            f"{candidates.command('status', record)} shows what becomes of it.",
        )
    return found


def _describe(stack: Stack, record: Record, link: str | None = None) -> None:
    console.print(description(record, stack.outputs["PublishedBucket"], link), soft_wrap=True)


def _name(name: str | None) -> str:
    return login_name() if name is None else name_of_reviewer(name)


def _is_at_a_terminal() -> bool:
    return sys.stdin.isatty()
