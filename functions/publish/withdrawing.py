"""Taking a version back: what is published of it, and what its rejection left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from darkroom.errors import DarkroomError
from darkroom.keys import EXTENSIONS, manifest_key, rejected_preview_key
from darkroom.storage import CHANGED, GONE, error_code, remove

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ATTEMPTS = 5


class ManifestKept(DarkroomError):
    """Other runs kept replacing the manifest while this version's was to be removed."""


def withdraw(
    client: S3Client, work_bucket: str, published_bucket: str, image: str, version: str
) -> None:
    """Remove what is published of this version, and its preview; repeatable at every point."""
    unpublish(client, published_bucket, image, version)
    remove(client, work_bucket, [rejected_preview_key(image, version)])


def unpublish(client: S3Client, bucket: str, image: str, version: str) -> None:
    """The manifest goes first, so that no page is built on files that are gone."""
    _remove_manifest(client, bucket, image, version)
    remove(client, bucket, _files(client, bucket, image, version))


def _remove_manifest(client: S3Client, bucket: str, image: str, version: str) -> None:
    """Removed only as it was seen: another version's that comes in between stays."""
    for _ in range(ATTEMPTS):
        found = _manifest_head(client, bucket, image)
        if found is None or found["Metadata"].get("version") != version:
            return
        try:
            client.delete_object(Bucket=bucket, Key=manifest_key(image), IfMatch=found["ETag"])
            return
        except ClientError as error:
            if error_code(error) not in CHANGED | GONE:
                raise
    raise ManifestKept(f"{image}: the manifest changed {ATTEMPTS} times in a row")


def _manifest_head(client: S3Client, bucket: str, image: str) -> dict[str, Any] | None:
    try:
        return dict(client.head_object(Bucket=bucket, Key=manifest_key(image)))
    except ClientError as error:
        if error_code(error) in GONE:
            return None
        raise


def _files(client: S3Client, bucket: str, image: str, version: str) -> list[str]:
    """The keys of this version's files: recipes change, so S3 is asked what there is.

    An image may itself be called `<image>/<version>`. Its manifest lies here and its files in
    folders below; neither is a picture directly here.
    """
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=f"{image}/{version}/", Delimiter="/"
    )
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    return [key for key in keys if key.rpartition(".")[2] in EXTENSIONS.values()]
