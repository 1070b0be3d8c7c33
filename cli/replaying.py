"""`darkroom replay`: what EventBridge could not deliver is delivered."""

from __future__ import annotations

from typing import Any

import click

from cli.dead_letters import Letter, NotOurs, Queue, Targets, deliver
from cli.errors import CommandError
from cli.options import console, json_option, stack_option
from cli.places import home
from cli.stack import Stack, connect
from cli.style import json_text, plain


@click.command()
@stack_option
@json_option
def replay(stack_name: str | None, as_json: bool) -> None:
    """Start what lies in the dead-letter queue: uploads whose event could not be delivered.

    Twice is once: an upload that has a run by now gets no other.
    """
    stack = connect(home(), stack_name)
    started, left = _replay(stack, as_json)
    if as_json:
        click.echo(json_text([*started, *left]))
    elif started:
        console.print("`darkroom status` shows what becomes of them.")
    elif not left:
        console.print("There are no dead letters.")
    if left:
        raise CommandError(
            f"{len(left)} stay in the queue: nothing of this stack is started by them.",
            f"Look at them, and delete them there: {stack.output('DeadLetterQueueUrl')}",
        )


COMMANDS: tuple[click.Command, ...] = (replay,)

Told = dict[str, Any]


def _replay(stack: Stack, quiet: bool) -> tuple[list[Told], list[Told]]:
    """What was started, and what stays: {"message", "why"} and "image", "execution" or "left"."""
    queue, targets = Queue(stack), Targets(stack)
    started: list[Told] = []
    left: list[Told] = []
    held: list[Letter] = []
    try:
        for letter in queue.letters():
            held.append(letter)
            told: Told = {"message": letter.id, "why": letter.why}
            try:
                delivery = targets.of(letter)
            except NotOurs as reason:
                left.append(told | {"left": str(reason)})
                _say(quiet, "left", f"{letter.id}: {reason}")
                continue
            execution = deliver(stack, letter, delivery)
            queue.delete(letter)
            held.remove(letter)
            started.append(told | {"image": delivery.image, "execution": execution})
            _say(quiet, "started", f"{delivery.image}  {letter.why}")
    finally:
        # And not before: it would only come again.
        for letter in held:
            queue.put_back(letter)
    return started, left


def _say(quiet: bool, word: str, text: str) -> None:
    if not quiet:
        console.print(f"{word:8}", plain(text), soft_wrap=True)
