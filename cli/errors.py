"""What the command says when it cannot go on: a sentence, and a next step."""

import contextlib

import click

from cli.pasting import pasted

# docs/command.md says them to people. Click's own are 1 and 2.
DONE, FAILED, WRONG_USAGE = 0, 1, 2
# As a shell has it of a program that ends by a signal: 128 and the signal's number.
INTERRUPTED, OUTPUT_CLOSED = 130, 141


class CommandError(click.ClickException):
    """`message` says what is wrong, `hint` what to type or look at."""

    exit_code = FAILED

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message}\n{hint}" if hint else message)
        self.context = click.get_current_context(silent=True)

    def format_message(self) -> str:
        """As it is shown, which is when the command has been left."""
        with self.context.scope(cleanup=False) if self.context else contextlib.nullcontext():
            return pasted(self.message)
