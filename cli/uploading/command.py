"""The command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import click
from rich.console import Console

from cli.options import console, json_option, stack_option
from cli.places import home
from cli.reconciling.source import recipe_revision
from cli.records import Key, Record
from cli.stack import Stack, connect
from cli.style import json_text
from cli.uploading.following import as_recorded, failed_before, follow_files, keys_of
from cli.uploading.sending import Batch, read_files, send
from cli.uploading.summary import complain, plain_list, summary
from cli.uploads import named_files

# So long may nothing change: a folder as a whole takes as long as it takes.
IDLE_SECONDS = 600
INTERRUPTED = 130  # 128 + SIGINT, as shells have it


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@stack_option
@json_option
def upload(paths: Sequence[Path], stack_name: str | None, as_json: bool) -> None:
    """Upload files and folders, and wait for what becomes of them.

    What is in the upload bucket already, with the same content under the same name, is not uploaded
    again. After Ctrl-C the same command goes on with the rest.
    """
    stack = connect(home(), stack_name)
    files = named_files(paths)
    quiet = Console(quiet=True) if as_json else console
    batch = Batch()
    try:
        became = _upload(stack, files, batch, quiet)
    except KeyboardInterrupt:
        _interrupted(batch, len(files))
    if as_json:
        click.echo(json_text(plain_list(files, batch, became)))
    else:
        console.print(summary(batch, became), highlight=False)
    complain(files, batch, became, IDLE_SECONDS)


COMMANDS: tuple[click.Command, ...] = (upload,)


def _upload(
    stack: Stack, paths: Mapping[str, Path], batch: Batch, quiet: Console
) -> dict[str, tuple[Key, Record | None]]:
    """By image: which version the file is, and its record."""
    read_files(stack, paths, batch, quiet)
    revision = recipe_revision(stack)
    failed = failed_before(stack, keys_of(batch.missing, revision).values())
    send(stack, batch, quiet)
    keys = keys_of(batch.up, revision)
    keys |= as_recorded(stack, batch.there, keys)
    found = follow_files(stack, keys.values(), failed, IDLE_SECONDS, quiet)
    return {image: (key, found.get(key)) for image, key in keys.items()}


def _interrupted(batch: Batch, total: int) -> NoReturn:
    count = len(batch.up)
    if not batch.files:
        said = "Interrupted before anything was uploaded. The same command begins again."
    elif count < total:
        said = f"Interrupted: {count} of {total} files are up. The same command uploads the rest."
    else:
        said = f"Interrupted: all {total} files are up. The same command waits for them again."
    click.echo(f"\n{said}" if console.is_terminal else said, err=True)
    raise click.exceptions.Exit(INTERRUPTED)
