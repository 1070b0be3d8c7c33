"""Files of the stack's buckets, side by side; what is there already is not fetched again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import ClientError

from cli.stack import Stack
from darkroom.storage import CHANGED, GONE, error_code

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

T = TypeVar("T")
R = TypeVar("R")

# No more than botocore keeps connections for.
AT_ONCE = 10


@dataclass(frozen=True)
class Wanted:
    """An object that never changes, of so many `bytes`: by its S3 version id or, without one, its
    ETag, or because its key holds its version."""

    bucket: str
    key: str
    target: Path
    bytes: int
    version_id: str = ""
    etag: str = ""

    @property
    def is_there(self) -> bool:
        return self.target.is_file() and self.target.stat().st_size == self.bytes


def fetch(s3: S3Client, wanted: Wanted) -> bool:
    """Whether the file is at its target now; False where S3 has no such object any more."""
    if wanted.is_there:
        return True
    arguments: dict[str, Any] = {"Bucket": wanted.bucket, "Key": wanted.key}
    if wanted.version_id:
        arguments["VersionId"] = wanted.version_id
    elif wanted.etag:
        arguments["IfMatch"] = f'"{wanted.etag}"'
    try:
        body = s3.get_object(**arguments)["Body"]
    except ClientError as error:
        if error_code(error) in GONE | CHANGED:
            return False
        raise
    wanted.target.parent.mkdir(parents=True, exist_ok=True)
    # Whole or not at all: what is there of the right size is believed the next time.
    new = wanted.target.with_name(f".{wanted.target.name}.{os.getpid()}")
    with body, new.open("wb") as file:
        for piece in body.iter_chunks(1 << 20):
            file.write(piece)
    new.replace(wanted.target)
    return True


@contextmanager
def side_by_side(stack: Stack) -> Iterator[Callable[[Callable[[T], R], Iterable[T]], Iterator[R]]]:
    """A `map` whose calls run at the same time. The first that raises ends all that wait."""
    # Clients may be shared by threads, but not made in several at once.
    assert stack.s3 and stack.dynamodb
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            yield pool.map
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
