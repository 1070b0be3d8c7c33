"""S3, as the steps need it."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from darkroom.clients import aws_client
from darkroom.errors import ImageError, ObjectMissing, too_many_bytes
from darkroom.keys import CONTENT_TYPES

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

# Published and waiting files never change under their key: the key holds the version.
IMMUTABLE = "public, max-age=31536000, immutable"
# A manifest does change; a site may be this late.
SHORT_LIVED = "public, max-age=60"

GONE = {"404", "NoSuchKey", "NoSuchVersion"}
CHANGED = {"412", "PreconditionFailed", "ConditionalRequestConflict"}

# S3 takes in a key what XML 1.0 cannot say, and a list of keys to delete is XML; in a key's own
# address it is encoded: https://www.w3.org/TR/xml/#charsets
UNWRITABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@functools.cache
def s3_client() -> S3Client:
    """One client a process; ten tries, because a throttle is cheaper to wait out here."""
    return aws_client("s3", attempts=10)


def error_code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


@dataclass(frozen=True)
class Fetched:
    data: bytes
    metadata: Mapping[str, str]
    uploaded_at: datetime


def fetch_upload(
    client: S3Client,
    bucket: str,
    key: str,
    *,
    etag: str,
    version_id: str | None = None,
    max_bytes: int | None = None,
) -> Fetched:
    """The very bytes that were announced, or none.

    Raises ImageError `deleted` or `replaced` where they are no longer there, and
    `too_many_bytes` before reading a body that is said to be larger than `max_bytes`, or as soon
    as more than that has come.
    """
    arguments: dict[str, Any] = {"Bucket": bucket, "Key": key, "IfMatch": f'"{etag}"'}
    if version_id:
        arguments["VersionId"] = version_id
    try:
        answer = client.get_object(**arguments)
    except ClientError as error:
        if error_code(error) in GONE:
            raise ImageError("deleted", "the upload was deleted before it was read") from error
        if error_code(error) in CHANGED:
            raise ImageError("replaced", "the upload was replaced before it was read") from error
        raise
    with answer["Body"] as body:
        if max_bytes is None:
            data = body.read()
        else:
            size = answer.get("ContentLength", 0)
            if size > max_bytes:
                raise too_many_bytes(size, max_bytes)
            data = _read_at_most(body, max_bytes)
    return Fetched(data, answer["Metadata"], answer["LastModified"])


def _read_at_most(body: StreamingBody, max_bytes: int) -> bytes:
    """All of `body`. Raises ImageError `too_many_bytes` once it has given a byte too many."""
    pieces: list[bytes] = []
    left = max_bytes + 1
    # Up to an empty piece, with which botocore checks that nothing is missing.
    while left and (piece := body.read(left)):
        pieces.append(piece)
        left -= len(piece)
    if not left:
        raise too_many_bytes(max_bytes + 1, max_bytes)
    return b"".join(pieces)


def fetch(client: S3Client, bucket: str, key: str, offset: int, size: int) -> bytes:
    """`size` bytes of an object, from its `offset` on. Raises ObjectMissing where there is none."""
    part = f"bytes={offset}-{offset + size - 1}"
    try:
        return client.get_object(Bucket=bucket, Key=key, Range=part)["Body"].read()
    except ClientError as error:
        if error_code(error) in GONE:
            raise ObjectMissing(f"expected an object at s3://{bucket}/{key}, got none") from error
        raise


def store(client: S3Client, bucket: str, key: str, data: bytes, format: str) -> None:
    client.put_object(
        Bucket=bucket,
        Key=key,
        Body=data,
        ContentType=CONTENT_TYPES[format],
        CacheControl=IMMUTABLE,
    )


def store_masters(client: S3Client, bucket: str, key: str, data: bytes) -> None:
    """For the steps alone: neither a type that a browser knows nor how long it may keep them."""
    client.put_object(Bucket=bucket, Key=key, Body=data)


def copy(client: S3Client, source: tuple[str, str], target: tuple[str, str]) -> None:
    """Copy within S3, headers and all. Raises ObjectMissing where the source is gone."""
    try:
        client.copy_object(
            CopySource={"Bucket": source[0], "Key": source[1]}, Bucket=target[0], Key=target[1]
        )
    except ClientError as error:
        if error_code(error) in GONE:
            raise ObjectMissing(
                f"expected an object at s3://{'/'.join(source)}, got none"
            ) from error
        raise


def remove(client: S3Client, bucket: str, keys: list[str]) -> None:
    """Delete what is there of `keys`; S3 takes a thousand at once."""
    for key in filter(UNWRITABLE.search, keys):
        client.delete_object(Bucket=bucket, Key=key)
    writable = [key for key in keys if not UNWRITABLE.search(key)]
    for start in range(0, len(writable), 1000):
        batch = writable[start : start + 1000]
        answer = client.delete_objects(
            Bucket=bucket, Delete={"Objects": [{"Key": key} for key in batch], "Quiet": True}
        )
        if errors := answer.get("Errors"):
            raise OSError(
                f"expected to delete s3://{bucket}/{errors[0]['Key']}, got {errors[0]['Code']}"
            )
