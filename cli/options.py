"""What the commands share: options, and the console they speak through."""

from __future__ import annotations

import sys

import click

from cli.pasting import PastingConsole

# Without a terminal there is no width to keep to: a log wants whole lines.
console = PastingConsole(highlight=False, width=None if sys.stdout.isatty() else 120)

stack_option = click.option(
    "--stack-name",
    envvar="DARKROOM_STACK",
    help="A stack in AWS, by the usual profile and region. Without it, the embedded engine.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="For programs.")
