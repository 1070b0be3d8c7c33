"""Putting pictures into the upload bucket."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from boto3.s3.transfer import TransferConfig

from cli.errors import CommandError
from cli.stack import Stack
from darkroom.keys import RAW_PREFIX

# Whatever the size: of one piece the ETag is the content's MD5, and so can be compared. S3 takes no
# more at once: https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html
MAX_BYTES = 5 * 1024**3
IN_ONE_PIECE = TransferConfig(
    multipart_threshold=MAX_BYTES + 1, use_threads=False, preferred_transfer_client="classic"
)


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


def named_files(paths: Iterable[Path]) -> Mapping[str, Path]:
    """The files by image, each once. Raises CommandError where two would be the same image."""
    found: dict[str, Path] = {}
    for file, image in find_files(paths):
        other = found.setdefault(image, file)
        if other != file and not other.samefile(file):
            raise CommandError(
                f"Expected a name of its own for each image, got {image!r} for {other} and {file}.",
                "Upload the folders that they are in, or rename one.",
            )
    if not found:
        raise CommandError("Expected files to upload, found none.")
    return found


def upload(stack: Stack, file: Path, image: str, tell: Callable[[int], None] | None = None) -> None:
    """`tell`: called with the number of bytes of each piece that goes; negative where it has to go
    again."""
    kind, _ = mimetypes.guess_type(file.name)
    stack.s3.upload_file(
        str(file),
        stack.outputs["UploadBucket"],
        RAW_PREFIX + image,
        ExtraArgs={"ContentType": kind or "application/octet-stream"},
        Callback=tell,
        Config=IN_ONE_PIECE,
    )
