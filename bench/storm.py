"""Many uploads at once, and everything goes wrong that may: is anything lost, or done twice?

`python -m bench.storm`, or `make storm`. On an engine of its own, on the loopback, bounded. Exit
code 1 where a rule of bench/storming/rules.py does not hold.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import click

from bench.storming.plan import make_plan
from bench.storming.plot import draw
from bench.storming.report import keep, table
from bench.storming.running import run
from cli.engine import log_file
from cli.places import PROJECT

DOCUMENT = PROJECT / "docs" / "reliability.md"
PLOT = PROJECT / "docs" / "images" / "storm.webp"
OWN = PROJECT / ".darkroom" / "storm"
# A rule that breaks once breaks for hundreds.
SHOWN = 50


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--uploads", default=1000, show_default=True, help="With those that replace others.")
@click.option("--seed", default=1, show_default=True, help="What is drawn by lot.")
@click.option("--seconds", default=2400, show_default=True, help="It ends then, quiet or not.")
@click.option("--docs", is_flag=True, help="Keep table and plot in docs/reliability.md.")
def main(uploads: int, seed: int, seconds: int, docs: bool) -> None:
    """A storm; its table on the screen, its plot in .darkroom/storm/."""
    try:
        plan = make_plan(uploads, seed)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    click.echo(f"{uploads} uploads, seed {seed}, {seconds} seconds at most.")
    with tempfile.TemporaryDirectory(
        prefix="darkroom-storm-", ignore_cleanup_errors=True
    ) as folder:
        ended = run(Path(folder), plan, seconds, click.echo)
        OWN.mkdir(parents=True, exist_ok=True)
        shutil.copy(log_file(Path(folder)), OWN)
    plot = PLOT if docs else OWN / PLOT.name
    plot.parent.mkdir(parents=True, exist_ok=True)
    draw(ended, plot)
    click.echo(f"\n{table(ended)}\n\nThe plot is {plot}, the engine's log is in {OWN}.")
    if docs:
        keep(ended, DOCUMENT, PLOT)
    if ended.violations:
        click.echo(f"\n{len(ended.violations)} violations.")
        for violation in ended.violations[:SHOWN]:
            click.echo(f"- {violation}")
    sys.exit(1 if ended.violations else 0)


if __name__ == "__main__":
    main()
