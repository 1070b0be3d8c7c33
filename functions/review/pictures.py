"""The pictures that a page shows, from where they lie."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from darkroom import storage
from darkroom.errors import ObjectMissing
from darkroom.keys import (
    CONTENT_TYPES,
    manifest_key,
    published_key,
    rejected_preview_key,
    waiting_key,
)
from darkroom.storage import error_code

# S3 says 403 of what is not there to a role that may not list the bucket.
GONE = storage.GONE | {"403", "AccessDenied"}

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Pictures:
    def __init__(self, client: S3Client, work_bucket: str, published_bucket: str) -> None:
        self._client = client
        self._work = work_bucket
        self._published = published_bucket

    def waiting(self, image: str, version: str, variant: str, format: str) -> bytes:
        """A file that waits for the decision. Raises ObjectMissing."""
        data, _ = self._get(self._work, waiting_key(image, version, variant, format))
        return data

    def rejected(self, image: str, version: str) -> tuple[bytes, str]:
        """What was kept of a rejected picture, and its type. Raises ObjectMissing."""
        key = rejected_preview_key(image, version)
        data, type = self._get(self._work, key)
        if type not in CONTENT_TYPES.values():
            raise ObjectMissing(f"expected a picture at s3://{self._work}/{key}, got {type}")
        return data, type

    def published(self, image: str, version: str, variant: str, format: str) -> bytes:
        """A published file. Raises ObjectMissing."""
        data, _ = self._get(self._published, published_key(image, version, variant, format))
        return data

    def manifest(self, image: str, version: str) -> dict[str, Any]:
        """The published manifest of a version. Raises ObjectMissing, too where it is another's."""
        data, _ = self._get(self._published, manifest_key(image))
        manifest: dict[str, Any] = json.loads(data)
        if manifest.get("version") != version:
            raise ObjectMissing(f"expected {image}'s manifest of {version}, got another version's")
        return manifest

    def _get(self, bucket: str, key: str) -> tuple[bytes, str]:
        try:
            answer = self._client.get_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if error_code(error) in GONE:
                raise ObjectMissing(f"expected s3://{bucket}/{key}, got nothing") from error
            raise
        return answer["Body"].read(), answer["ContentType"]
