"""Bringing a version into the published bucket, or removing what waited."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from darkroom.contracts import MadeVariant
from darkroom.errors import DarkroomError, ObjectMissing
from darkroom.keys import manifest_key, published_key, rejected_preview_key, waiting_key
from darkroom.storage import CHANGED, SHORT_LIVED, copy, error_code, remove
from publish.manifest import Made, build_manifest
from publish.order import Order

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ATTEMPTS = 5

# On the longer side: a phone shows it across half its width, and nothing smaller tells much.
LEAST_PREVIEW_PX = 200


class Unapproved(DarkroomError):
    """A flagged picture was to be published, and nobody had approved it."""


class ManifestContended(DarkroomError):
    """Other runs kept replacing the manifest while this one tried to."""


class Publisher:
    """Writes for one image and version."""

    def __init__(
        self, client: S3Client, work_bucket: str, published_bucket: str, image: str, version: str
    ) -> None:
        self._client = client
        self._work = work_bucket
        self._published = published_bucket
        self._image = image
        self._version = version

    def publish(self, made: Made, order: Order, review: dict[str, Any]) -> str | None:
        """Publish this version unless a newer upload's is there; then that one's version.

        Repeatable: what waits is removed last, and a run that finds its own manifest is done.

        Raises Unapproved, ManifestContended.
        """
        if made.flags and (decision := review.get("decision")) != "approve":
            raise Unapproved(f"{self._image}: expected approve for decision, got {decision!r}")
        found = self._manifest_head()
        if found is not None and not order.follows(Order.from_metadata(found["Metadata"])):
            superseded_by = _version(found)
        elif found is not None and self._is_mine(found, order):
            superseded_by = None
        else:
            if made.flags:
                self._bring_in(made.variants)
            manifest = build_manifest(self._image, self._version, made, review)
            superseded_by = self._put_manifest(manifest, order, found)
        if made.flags:
            self.discard(made.variants)
        return superseded_by

    def keep_preview(self, variants: tuple[MadeVariant, ...]) -> None:
        """Copy one small file of a rejected picture out of what waits; before `discard`.

        Repeatable: what is no longer there was copied and removed the first time.
        """
        name, format = preview_file(variants)
        waiting = waiting_key(self._image, self._version, name, format)
        kept = rejected_preview_key(self._image, self._version)
        with suppress(ObjectMissing):
            copy(self._client, (self._work, waiting), (self._work, kept))

    def discard(self, variants: tuple[MadeVariant, ...]) -> None:
        """Remove what waits."""
        keys = [
            waiting_key(self._image, self._version, variant.name, file.format)
            for variant in variants
            for file in variant.files
        ]
        remove(self._client, self._work, keys)

    def _is_mine(self, found: dict[str, Any], order: Order) -> bool:
        return (_version(found), Order.from_metadata(found["Metadata"])) == (self._version, order)

    def _bring_in(self, variants: tuple[MadeVariant, ...]) -> None:
        for variant in variants:
            for file in variant.files:
                name = (self._image, self._version, variant.name, file.format)
                copy(
                    self._client,
                    (self._work, waiting_key(*name)),
                    (self._published, published_key(*name)),
                )

    def _put_manifest(
        self, manifest: dict[str, Any], order: Order, found: dict[str, Any] | None
    ) -> str | None:
        """Written only over what was compared with, so that of two runs the newer wins."""
        for _ in range(ATTEMPTS):
            condition: dict[str, Any] = {"IfNoneMatch": "*"}
            if found is not None:
                if not order.follows(Order.from_metadata(found["Metadata"])):
                    return _version(found)
                condition = {"IfMatch": found["ETag"]}
            try:
                self._client.put_object(
                    Bucket=self._published,
                    Key=manifest_key(self._image),
                    Body=json.dumps(manifest, ensure_ascii=False, indent=1).encode(),
                    ContentType="application/json; charset=utf-8",
                    CacheControl=SHORT_LIVED,
                    Metadata={"version": self._version, **order.to_metadata()},
                    **condition,
                )
                return None
            except ClientError as error:
                if error_code(error) not in CHANGED:
                    raise
            found = self._manifest_head()
        raise ManifestContended(f"{self._image}: the manifest changed {ATTEMPTS} times in a row")

    def _manifest_head(self) -> dict[str, Any] | None:
        try:
            return dict(
                self._client.head_object(Bucket=self._published, Key=manifest_key(self._image))
            )
        except ClientError as error:
            # 403 is S3's word for "not there" to a role that may not list the bucket.
            if error_code(error) in {"404", "NoSuchKey", "403", "AccessDenied"}:
                return None
            raise


def preview_file(variants: tuple[MadeVariant, ...]) -> tuple[str, str]:
    """Name and format of the smallest rendition that shows enough, in its fallback format."""
    renditions = sorted(
        (variant for variant in variants if variant.kind == "rendition"),
        key=lambda variant: variant.width * variant.height,
    )
    large = (one for one in renditions if max(one.width, one.height) >= LEAST_PREVIEW_PX)
    chosen = next(large, renditions[-1])
    return chosen.name, chosen.files[-1].format


def _version(found: dict[str, Any]) -> str:
    return str(found["Metadata"].get("version", ""))
