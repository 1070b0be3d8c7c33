"""The pictures that a page shows, from where they lie."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from darkroom.errors import ObjectMissing
from darkroom.keys import CONTENT_TYPES, manifest_key, rejected_preview_key, waiting_key
from darkroom.storage import GONE, error_code, fetch

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Pictures:
    def __init__(self, client: S3Client, work_bucket: str, published_bucket: str) -> None:
        self._client = client
        self._work = work_bucket
        self._published = published_bucket

    def waiting(self, image: str, version: str, variant: str, format: str) -> bytes:
        """A file that waits for the decision. Raises ObjectMissing."""
        return fetch(self._client, self._work, waiting_key(image, version, variant, format))

    def rejected(self, image: str, version: str) -> tuple[bytes, str]:
        """What was kept of a rejected picture, and its type. Raises ObjectMissing."""
        key = rejected_preview_key(image, version)
        try:
            answer = self._client.get_object(Bucket=self._work, Key=key)
        except ClientError as error:
            if error_code(error) in GONE:
                raise ObjectMissing(f"expected s3://{self._work}/{key}, got nothing") from error
            raise
        type = answer["ContentType"]
        if type not in CONTENT_TYPES.values():
            raise ObjectMissing(f"expected a picture at s3://{self._work}/{key}, got {type}")
        return answer["Body"].read(), type

    def published(self, key: str) -> bytes:
        """A published file. Raises ObjectMissing."""
        try:
            return fetch(self._client, self._published, key)
        except ClientError as error:
            # S3's word for "not there" to a role that may not list the bucket.
            if error_code(error) in {"403", "AccessDenied"}:
                raise ObjectMissing(f"expected s3://{self._published}/{key}, got none") from error
            raise

    def manifest(self, image: str) -> dict[str, Any]:
        """The published manifest of an image. Raises ObjectMissing."""
        manifest: dict[str, Any] = json.loads(self.published(manifest_key(image)))
        return manifest
