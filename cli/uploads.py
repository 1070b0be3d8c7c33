"""Putting pictures into the upload bucket."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable, Iterator
from pathlib import Path

from cli.errors import CommandError
from cli.stack import Stack
from darkroom.keys import RAW_PREFIX


def find_files(paths: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """Each file with the image name it gets: its own, below the name of the folder that was given.

    Hidden files are left out of folders. Raises CommandError for a path that is not there.
    """
    for path in paths:
        if path.is_file():
            yield path, path.name
        elif path.is_dir():
            for file in sorted(path.rglob("*")):
                below = file.relative_to(path)
                if file.is_file() and not any(part.startswith(".") for part in below.parts):
                    yield file, (Path(path.resolve().name) / below).as_posix()
        else:
            raise CommandError(f"Expected a file or a folder, found nothing at {path}.")


def upload(stack: Stack, file: Path, image: str) -> None:
    kind, _ = mimetypes.guess_type(file.name)
    stack.s3.upload_file(
        str(file),
        stack.outputs["UploadBucket"],
        RAW_PREFIX + image,
        ExtraArgs={"ContentType": kind or "application/octet-stream"},
    )
