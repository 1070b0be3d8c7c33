"""Optimize: one master in every format of the recipe."""

from __future__ import annotations

import functools
from typing import Any

import msgspec
from aws_lambda_powertools.utilities.typing import LambdaContext

from darkroom.animation import is_animated
from darkroom.contracts import MadeFile, MadeVariant, Mastered, Upload, parse, plain
from darkroom.keys import masters_key, published_key, waiting_key
from darkroom.observability import correlate, logged, report
from darkroom.settings import load_settings
from darkroom.storage import fetch, s3_client
from darkroom.storing import storing
from optimize.files import encoded_files


class Settings(msgspec.Struct, frozen=True):
    work_bucket: str
    published_bucket: str


@functools.cache
def settings() -> Settings:
    return load_settings(Settings)


@logged
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Any:
    upload = parse(Upload, event["upload"])
    variant = parse(Mastered, event["variant"])
    correlate(upload.image, upload.version, upload.execution)

    # A flagged picture's files wait where nobody can fetch them; a clean one's go straight out,
    # under a key that nothing points to until its manifest is written.
    if event["waiting"]:
        bucket, key_of = settings().work_bucket, waiting_key
    else:
        bucket, key_of = settings().published_bucket, published_key

    own = variant.master
    key = masters_key(upload.image, upload.version, upload.attempt, own.batch)
    master = fetch(s3_client(), settings().work_bucket, key, own.offset, own.bytes)
    files = []
    with storing(s3_client()) as stored:
        for format, data in encoded_files(
            master, event["formats"], event["quality"], event.get("copyright")
        ):
            published = key_of(upload.image, upload.version, variant.name, format)
            stored.put(bucket, published, data, format)
            files.append(MadeFile(format, len(data), is_animated(data) or None))

    measured = {"BytesOut": sum(file.bytes for file in files)}
    report("encoded", measured=measured, variant=variant.name, files=len(files))
    return plain(
        MadeVariant(
            variant.name, variant.kind, variant.width, variant.height, tuple(files), variant.filter
        )
    )
