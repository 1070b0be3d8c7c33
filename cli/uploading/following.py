"""What became of uploads: the record of each, which its ETag names."""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence
from threading import Event

from rich.console import Console

from cli import records
from cli.progress import follow_all
from cli.reconciling.facts import version_of
from cli.records import Key, Record
from cli.stack import Stack
from cli.uploading.files import File
from cli.uploading.pool import side_by_side
from darkroom import statuses


def keys_of(files: Sequence[File], revision: str) -> dict[str, Key]:
    """Image and version by image, as the pipeline will name them."""
    return {file.image: (file.image, version_of(file.etag, revision)) for file in files}


def failed_before(stack: Stack, keys: Collection[Key]) -> dict[Key, str]:
    """The executions of those that are FAILED: an upload starts them again."""
    return {
        key: record["execution"]
        for key, record in records.some(stack, keys).items()
        if record["status"] == statuses.FAILED
    }


def follow_files(
    stack: Stack,
    keys: Collection[Key],
    failed: Mapping[Key, str],
    idle_seconds: float,
    console: Console,
) -> dict[Key, Record]:
    """The records, once all have ended or none has changed for so long."""
    look = functools.partial(_look, stack, failed)
    return follow_all(look, list(keys), idle_seconds, console)


def _look(stack: Stack, failed: Mapping[Key, str], keys: Collection[Key]) -> dict[Key, Record]:
    return {
        key: record
        for key, record in records.some(stack, keys).items()
        if failed.get(key) != record["execution"]
    }


def as_recorded(stack: Stack, files: Sequence[File], keys: Mapping[str, Key]) -> dict[str, Key]:
    """`keys`, where the files have none with the version that they had under an earlier
    RecipeRevision: what was there then is not processed again."""
    found = records.some(stack, [keys[file.image] for file in files])
    unknown = [file for file in files if keys[file.image] not in found]

    def look(file: File) -> Key | None:
        return records.version_of_upload(stack, file.image, file.etag)

    earlier = {}
    for file, key in side_by_side(look, unknown, Event()):
        if isinstance(key, Exception):
            raise key
        if key is not None:
            earlier[file.image] = key
    return dict(keys) | earlier
