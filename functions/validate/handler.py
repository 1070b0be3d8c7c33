"""Validate: what is it, is it safe, is it flagged, and what is to be made of it."""

from __future__ import annotations

import functools
from typing import Annotated, Any

import msgspec
from aws_lambda_powertools.utilities.typing import LambdaContext

from darkroom import statuses
from darkroom.contracts import Upload, parse
from darkroom.errors import ImageError
from darkroom.images import Reduced
from darkroom.keys import moderation_key
from darkroom.likeness import MAX_BITS, Rejected
from darkroom.observability import correlate, logged, report
from darkroom.recipes import load_recipes
from darkroom.settings import load_settings
from darkroom.storage import fetch_upload, s3_client, store
from validate.flags import Thresholds
from validate.limits import Limits
from validate.moderation import moderation_jpeg
from validate.rejections import dynamodb_client, rejected_near
from validate.verdict import accept, refuse


class Settings(msgspec.Struct, frozen=True):
    rejections_table: str
    work_bucket: str
    max_upload_bytes: int
    max_pixels: int
    max_side_pixels: int
    max_frames: int
    max_frame_pixels: int
    max_jpeg_scans: int
    max_scan_pixels: int
    max_png_text_chunk_bytes: int
    max_png_text_bytes: int
    review_keywords: tuple[str, ...]
    low_resolution_pixels: int
    extreme_aspect_ratio: float
    # Beyond it the look-up would miss some.
    resembles_rejected_bits: Annotated[int, msgspec.Meta(le=MAX_BITS)]
    # "rekognition": it gets to see every picture that is accepted.
    moderation: Annotated[str, msgspec.Meta(pattern="^(off|rekognition)$")]

    def limits(self) -> Limits:
        return Limits(
            max_bytes=self.max_upload_bytes,
            max_pixels=self.max_pixels,
            max_side_px=self.max_side_pixels,
            max_frames=self.max_frames,
            max_frame_pixels=self.max_frame_pixels,
            max_jpeg_scans=self.max_jpeg_scans,
            max_scan_pixels=self.max_scan_pixels,
            max_png_text_chunk_bytes=self.max_png_text_chunk_bytes,
            max_png_text_bytes=self.max_png_text_bytes,
        )

    def thresholds(self) -> Thresholds:
        return Thresholds(
            keywords=self.review_keywords,
            low_resolution_px=self.low_resolution_pixels,
            extreme_aspect_ratio=self.extreme_aspect_ratio,
            resembles_rejected_bits=self.resembles_rejected_bits,
        )


@functools.cache
def settings() -> Settings:
    return load_settings(Settings)


@logged
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    upload = parse(Upload, event["upload"])
    correlate(upload.image, upload.version, upload.execution)
    recipes = load_recipes()

    fetched = None
    try:
        fetched = fetch_upload(
            s3_client(),
            upload.bucket,
            upload.key,
            etag=upload.etag,
            version_id=upload.version_id,
            max_bytes=settings().max_upload_bytes,
        )
        shown: list[Reduced] = []
        verdict = accept(
            upload,
            fetched,
            settings().limits(),
            settings().thresholds(),
            recipes,
            _rejected,
            look=shown.append if settings().moderation == "rekognition" else None,
        )
    except ImageError as error:
        verdict = refuse(upload, recipes, error, fetched)
        report("invalid", ended=(statuses.INVALID, verdict["recipe"]), code=error.code)
        return verdict

    for picture in shown:
        key = moderation_key(upload.image, upload.version, upload.attempt)
        shown_jpeg = moderation_jpeg(picture.image, picture.box)
        store(s3_client(), settings().work_bucket, key, shown_jpeg, "jpeg")
        verdict["moderation_key"] = key
    measured = {"BytesIn": len(fetched.data)}
    report("accepted", measured=measured, flags=len(verdict["flags"]))
    return verdict


def _rejected(likeness: str) -> list[Rejected]:
    return rejected_near(dynamodb_client(), settings().rejections_table, likeness)
