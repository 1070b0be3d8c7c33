"""The command."""

from __future__ import annotations

from datetime import timedelta

import click
from rich.console import Console

from cli import engine
from cli.options import console, json_option, stack_option
from cli.places import home
from cli.reconciling import report
from cli.reconciling.comparing import Compared, compare
from cli.reconciling.facts import Terms
from cli.reconciling.repairing import repair_all
from cli.reconciling.report import Row, is_left, rows, tables
from cli.reconciling.source import Source, recipe_revision, source
from cli.stack import Stack, connect
from cli.style import json_text
from darkroom.keys import RAW_PREFIX
from darkroom.moments import now

# Events and executions follow each other within seconds, and on the embedded engine at once.
GRACE_SECONDS = 60
ENGINE_GRACE_SECONDS = 5


@click.command()
@click.option("--repair", is_flag=True, help="Start again what can be.")
@click.option(
    "--grace",
    "grace_seconds",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Leave alone what is younger: it may be on its way. 60; on the embedded engine 5.",
)
@click.option("--prefix", default="", help="Only images whose name begins so, such as trip/.")
@stack_option
@json_option
def reconcile(
    repair: bool, grace_seconds: float | None, prefix: str, stack_name: str | None, as_json: bool
) -> None:
    """Compare records, executions and buckets, and say what nothing takes care of any more.

    Exit code 0 where nothing is wrong or all that was has been started again, 1 where something
    is left.
    """
    stack = connect(home(), stack_name)
    asked = source(stack)
    if grace_seconds is None:
        grace_seconds = GRACE_SECONDS if stack.endpoint is None else ENGINE_GRACE_SECONDS
    quiet = Console(quiet=True) if as_json else console
    with quiet.status("Comparing") as status:
        terms = _terms(stack, asked, grace_seconds)
        compared = compare(asked, terms, prefix.removeprefix(RAW_PREFIX), status.update)
        done = repair_all(asked, compared.findings) if repair else None
    found = rows(compared.findings, done)
    if as_json:
        _print_json(found)
    else:
        console.print(tables(found))
        console.print(_summary(compared, found, repair), soft_wrap=True)
    if any(map(is_left, found)):
        raise click.exceptions.Exit(1)


COMMANDS: tuple[click.Command, ...] = (reconcile,)


def _terms(stack: Stack, asked: Source, grace_seconds: float) -> Terms:
    return Terms(
        now=now(),
        began=engine.started_at(home()) if stack.endpoint else None,
        grace=timedelta(seconds=grace_seconds),
        revision=recipe_revision(stack),
        upload_bucket=asked.uploads,
        published_bucket=asked.published,
        withdraw_arn=asked.withdraw,
    )


def _print_json(found: list[Row]) -> None:
    click.echo(json_text(report.as_json(found)))


def _summary(compared: Compared, found: list[Row], repair: bool) -> str:
    orphans = sum(finding.is_orphan for finding, _ in found)
    left = sum(map(is_left, found))
    seen = f"{compared.images} images and {compared.records} records"
    if not orphans:
        return f"Nothing is stuck in {seen}."
    if not repair:
        startable = sum(finding.repair is not None for finding, _ in found)
        hint = "`darkroom reconcile --repair` does so." if startable else ""
        return f"{orphans} found in {seen}; {startable} can be started again. {hint}"
    return (
        f"{orphans - left} started, {left} left. `darkroom watch` shows how they end; then "
        "`darkroom reconcile` looks again."
    )
