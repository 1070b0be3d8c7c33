"""The group of all commands: how each of them ends, and what completes its parameters."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from typing import Any

import click

from cli.completing import complete
from cli.errors import INTERRUPTED, OUTPUT_CLOSED
from cli.explaining import DEBUG, explained


class Group(click.Group):
    """Whatever is raised ends in a sentence and an exit code; DARKROOM_DEBUG=1 shows the rest."""

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        complete(cmd)
        super().add_command(cmd, name)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.UsageError):
            raise
        except (Exception, KeyboardInterrupt, SystemExit) as error:
            if os.environ.get(DEBUG):
                click.echo("".join(traceback.format_exception(error)), err=True)
            if _is_interrupt(error):
                click.echo("Interrupted.", err=True)
                ctx.exit(INTERRUPTED)
            if _is_closed_output(error):
                _leave_output()
                ctx.exit(OUTPUT_CLOSED)
            if isinstance(error, click.ClickException | click.Abort | SystemExit):
                raise
            raise explained(error) from error


def _is_interrupt(error: BaseException) -> bool:
    """Ctrl-C; at a question, click makes it an Abort."""
    return isinstance(error, KeyboardInterrupt) or (
        isinstance(error, click.Abort) and isinstance(error.__context__, KeyboardInterrupt)
    )


def _is_closed_output(error: BaseException) -> bool:
    """Whoever read the output has gone, as `head` does; rich makes it an exit."""
    return isinstance(error, BrokenPipeError) or (
        isinstance(error, SystemExit) and isinstance(error.__context__, BrokenPipeError)
    )


def _leave_output() -> None:
    """Python would complain of what is left to be written as it ends."""
    with contextlib.suppress(OSError, ValueError):
        output = sys.stdout.fileno()
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), output)
