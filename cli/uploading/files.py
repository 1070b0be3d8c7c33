"""The files of an upload, and whether the upload bucket has them already."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import ClientError

from cli.uploads import MAX_BYTES
from darkroom.keys import RAW_PREFIX

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PIECE_BYTES = 1024 * 1024
# As the AWS CLI and boto3 make parts, other SDKs, and programs of others.
PART_BYTES = [mebibytes * 1024**2 for mebibytes in (8, 5, 10, 15, 16, 32, 64)]
MISSING = {"403", "404", "405"}  # 403: missing, to whom may not list; 405: a delete marker


@dataclass(frozen=True)
class File:
    """A file as it was read. `etag`: that of its object. `is_there`: that object is in the upload
    bucket already."""

    image: str
    path: Path
    bytes: int
    changed_ns: int
    etag: str
    is_there: bool

    def is_unchanged(self) -> bool:
        now = self.path.stat()
        return (now.st_size, now.st_mtime_ns) == (self.bytes, self.changed_ns)


def read_file(client: S3Client, bucket: str, image: str, path: Path) -> File:
    """Raises OSError where the file cannot be read, ValueError where S3 would not take it."""
    stat = path.stat()
    if stat.st_size > MAX_BYTES:
        raise ValueError(f"expected at most {MAX_BYTES:,} bytes, got {stat.st_size:,}")
    try:
        image.encode()
    except UnicodeEncodeError as error:
        raise ValueError("expected a name in UTF-8") from error
    md5 = _md5(path, stat.st_size or 1)[0].hex()
    there = _etag(client, bucket, RAW_PREFIX + image, path, stat.st_size, md5)
    return File(image, path, stat.st_size, stat.st_mtime_ns, there or md5, there is not None)


def _etag(client: S3Client, bucket: str, key: str, path: Path, size: int, md5: str) -> str | None:
    """The object's ETag if it has the file's content, however it was uploaded; else None."""
    try:
        head = client.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            return None
        raise
    etag = head["ETag"].strip('"')
    if head["ContentLength"] != size:
        return None
    if "-" not in etag:
        return etag if etag == md5 else None
    # In parts: the ETag is made of the MD5 of each, and ends in how many there are.
    possible = (part for part in PART_BYTES if etag.endswith(f"-{-(-size // part)}"))
    return etag if any(etag == etag_of_parts(path, part) for part in possible) else None


def etag_of_parts(path: Path, part_bytes: int) -> str:
    """As S3 makes it for an upload in parts of `part_bytes`."""
    parts = _md5(path, part_bytes)
    return f"{hashlib.md5(b''.join(parts), usedforsecurity=False).hexdigest()}-{len(parts)}"


def _md5(path: Path, part_bytes: int) -> list[bytes]:
    """The MD5 of each `part_bytes` of a file; of an empty one, that of nothing."""
    parts: list[bytes] = []
    with path.open("rb") as file:
        while True:
            part, left = hashlib.md5(usedforsecurity=False), part_bytes
            while left and (piece := file.read(min(PIECE_BYTES, left))):
                part.update(piece)
                left -= len(piece)
            if parts and left == part_bytes:
                return parts
            parts.append(part.digest())
            if left:
                return parts


def problem_of(error: BaseException) -> str:
    """What stood in the way of one file, in a few words."""
    if isinstance(error, S3UploadFailedError):
        error = error.__cause__ or error.__context__ or error
    if isinstance(error, ClientError):
        said = error.response["Error"]
        return f"{said['Code']}: {said['Message']}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
