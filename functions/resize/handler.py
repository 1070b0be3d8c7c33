"""Resize: one rendition of an upload, as a lossless master."""

from __future__ import annotations

import functools
from typing import Any

import msgspec
from aws_lambda_powertools.utilities.typing import LambdaContext

from darkroom.contracts import Upload, Variant, parse, plain, reason
from darkroom.errors import ImageError
from darkroom.keys import master_key
from darkroom.observability import correlate, logger, tracer
from darkroom.settings import load_settings
from darkroom.storage import fetch_upload, s3_client, store
from resize.animations import resized_master


class Settings(msgspec.Struct, frozen=True):
    work_bucket: str


@functools.cache
def settings() -> Settings:
    return load_settings(Settings)


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Any:
    upload = parse(Upload, event["upload"])
    variant = parse(Variant, event["variant"])
    correlate(upload.image, upload.version, upload.execution)

    try:
        fetched = fetch_upload(
            s3_client(), upload.bucket, upload.key, etag=upload.etag, version_id=upload.version_id
        )
    except ImageError as error:
        logger.info("gone", extra={"code": error.code})
        return {"gone": plain(reason(error))}
    key = master_key(upload.image, upload.version, variant.name)
    store(s3_client(), settings().work_bucket, key, resized_master(fetched.data, variant), "webp")
    logger.info("made", extra={"variant": variant.name})
    return plain(variant)
