"""Filter: filtered versions of an upload, as lossless masters."""

from __future__ import annotations

import functools
from typing import Any

import msgspec
from aws_lambda_powertools.utilities.typing import LambdaContext

from darkroom.contracts import Batch, Upload, parse, plain, reason
from darkroom.errors import ImageError
from darkroom.keys import masters_key
from darkroom.masters import joined
from darkroom.observability import correlate, logged, report
from darkroom.settings import load_settings
from darkroom.storage import fetch_upload, s3_client, store_masters
from filter.filters import filtered_masters


class Settings(msgspec.Struct, frozen=True):
    work_bucket: str


@functools.cache
def settings() -> Settings:
    return load_settings(Settings)


@logged
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Any:
    upload = parse(Upload, event["upload"])
    batch = parse(Batch, event["batch"])
    correlate(upload.image, upload.version, upload.execution)

    try:
        fetched = fetch_upload(
            s3_client(), upload.bucket, upload.key, etag=upload.etag, version_id=upload.version_id
        )
    except ImageError as error:
        report("gone", code=error.code)
        return {"gone": plain(reason(error))}
    masters, variants = joined(batch, filtered_masters(fetched.data, batch.variants))
    key = masters_key(upload.image, upload.version, upload.attempt, batch.name)
    store_masters(s3_client(), settings().work_bucket, key, masters)
    report("made", batch=batch.name, variants=len(variants))
    return {"variants": plain(variants)}
