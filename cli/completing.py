"""Shell completion: the script for a shell, and words that click cannot know."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click
from botocore.config import Config
from click.shell_completion import CompletionItem, get_completion_class

from cli import parameters
from cli.places import home
from cli.stack import connect
from darkroom import statuses
from darkroom.keys import RAW_PREFIX, image_of
from darkroom.recipes import RECIPES_FILE, parse_recipes

NAME = "darkroom"
VARIABLE = "_DARKROOM_COMPLETE"
SHELLS = ("bash", "zsh", "fish")

# Whoever presses a key does not wait longer.
PATIENCE_SECONDS = 2.0
MAX_NAMES = 200
HASTY = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 1})
# A shell would take other names apart.
PLAIN_NAME = re.compile(r"[\w./+@%][\w./+@%-]*\Z")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print what makes SHELL complete commands, options and image names.

    \b
    bash  eval "$(darkroom completion bash)"           in ~/.bashrc
    zsh   eval "$(darkroom completion zsh)"            in ~/.zshrc, after compinit
    fish  darkroom completion fish | source            in ~/.config/fish/config.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None
    script = kind(click.get_current_context().find_root().command, {}, NAME, VARIABLE).source()
    # A value is to follow at once.
    value = "COMPREPLY+=($value)"
    click.echo(script.replace(value, f"{value}; [[ $value == *= ]] && compopt -o nospace"))


class Word(click.types.StringParamType):
    """A text of which some are known."""

    def __init__(self, known: Callable[[click.Context, str], Iterable[str]]) -> None:
        self._known = known

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        words = _in_time(lambda: list(self._known(ctx, incomplete)))
        return [CompletionItem(word) for word in words if word.startswith(incomplete)]


def _in_time(known: Callable[[], list[str]]) -> list[str]:
    """What `known` gives, or nothing: a shell has no place for an error."""
    found: list[str] = []

    def ask() -> None:
        try:
            found.extend(known())
        except Exception:
            return

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(PATIENCE_SECONDS)
    return list(found)


def images(ctx: click.Context, incomplete: str) -> list[str]:
    """By the keys of their uploads, of which S3 lists those that begin so; a table would be read
    from its first record to its last."""
    name = ctx.params.get("stack_name") or os.environ.get("DARKROOM_STACK")
    stack = connect(home(), name, HASTY)
    answer = stack.s3.list_objects_v2(
        Bucket=stack.outputs["UploadBucket"], Prefix=RAW_PREFIX + incomplete, MaxKeys=MAX_NAMES
    )
    found = [image_of(one["Key"]) for one in answer.get("Contents", [])]
    return [image for image in found if PLAIN_NAME.match(image)]


def recipes(ctx: click.Context, incomplete: str) -> list[str]:
    # Behind an option without its value, click has not yet taken the arguments.
    file = ctx.params.get("file") or Path(next(iter(ctx.args), RECIPES_FILE))
    return list(parse_recipes(file.read_bytes(), file.resolve().parent))


def template_parameters(ctx: click.Context, incomplete: str) -> list[str]:
    return [f"{name}=" for name in parameters.declared()]


def all_statuses(ctx: click.Context, incomplete: str) -> list[str]:
    return [*statuses.OPEN, *statuses.ENDED]


# By the name of a command's parameter; one that says its words itself is left as it is.
KNOWN: dict[str, Callable[[click.Context, str], Iterable[str]]] = {
    "image": images,
    "images": images,
    "recipe_names": recipes,
    "parameter_words": template_parameters,
    "status": all_statuses,
    "statuses": all_statuses,
}


def complete(command: click.Command) -> None:
    """Have the parameters of `command`, and of those below it, complete what is known."""
    for parameter in command.params:
        if parameter.name in KNOWN and isinstance(parameter.type, click.types.StringParamType):
            parameter.type = Word(KNOWN[parameter.name])
    below: dict[str, Any] = getattr(command, "commands", {})
    for one in below.values():
        complete(one)


COMMANDS: tuple[click.Command, ...] = (completion,)
