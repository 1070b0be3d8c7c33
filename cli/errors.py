"""What the command says when it cannot go on: a sentence, and a next step."""

import click


class CommandError(click.ClickException):
    """`message` says what is wrong, `hint` what to type or look at."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message}\n{hint}" if hint else message)
