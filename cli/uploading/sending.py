"""From files to objects: what is there stays, the rest goes up."""

from __future__ import annotations

import functools
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from cli.stack import Stack
from cli.uploading.files import File, problem_of, read_file
from cli.uploading.meter import Meter, metered
from cli.uploading.pool import side_by_side
from cli.uploads import upload


class Stopped(Exception):
    """Nothing more is to go."""


@dataclass
class Batch:
    """`files`: those that could be read, by image; `sent`: the images of those that went up;
    `problems`: what stood in the way of the others."""

    files: dict[str, File] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def there(self) -> list[File]:
        """What was in the upload bucket already."""
        return [file for file in self.files.values() if file.is_there]

    @property
    def missing(self) -> list[File]:
        return [file for file in self.files.values() if not file.is_there]

    @property
    def up(self) -> list[File]:
        """What is in the upload bucket now."""
        return [one for one in self.files.values() if one.is_there or one.image in self.sent]


def read_files(stack: Stack, paths: Mapping[str, Path], batch: Batch, console: Console) -> None:
    """Fill `batch` with the files, by image."""
    # Made here: threads that came at once would each make one.
    client, bucket = stack.s3, stack.output("UploadBucket")

    def read(image: str) -> File:
        return read_file(client, bucket, image, paths[image])

    found: dict[str, File] = {}
    with console.status("Comparing with what is there") as status:
        for image, result in side_by_side(read, paths, threading.Event()):
            if isinstance(result, Exception):
                batch.problems[image] = problem_of(result)
            else:
                found[image] = result
            status.update(f"Comparing with what is there: {len(found)} of {len(paths)} files")
    batch.files |= {image: found[image] for image in paths if image in found}


def send(stack: Stack, batch: Batch, console: Console) -> None:
    """Upload what is missing; on Ctrl-C, what is on its way ends within a piece."""
    missing, stop = batch.missing, threading.Event()
    with metered(console, len(missing), sum(file.bytes for file in missing)) as meter:
        work = functools.partial(_send, stack, batch, meter, stop)
        for file, result in side_by_side(work, missing, stop):
            if isinstance(result, Exception):
                batch.problems[file.image] = problem_of(result)


def _send(stack: Stack, batch: Batch, meter: Meter, stop: threading.Event, file: File) -> None:
    gone = 0

    def tell(count: int) -> None:
        nonlocal gone
        gone += count
        # Of a small file, boto3 tells only when all of it is there.
        if stop.is_set() and gone < file.bytes:
            raise Stopped
        meter.bytes_went(count)

    try:
        upload(stack, file.path, file.image, tell)
        if not file.is_unchanged():
            raise ValueError("it changed while it was uploaded: upload it again")
    except Exception:
        meter.bytes_went(-gone)
        meter.file_ended(file.bytes)
        raise
    batch.sent.add(file.image)
    meter.file_went()
