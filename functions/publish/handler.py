"""Publish and Discard: makes a reviewed picture public, or removes what waited."""

from __future__ import annotations

import functools
from typing import Any

import msgspec
from aws_lambda_powertools.utilities.typing import LambdaContext

from darkroom.contracts import MadeVariant, parse
from darkroom.keys import manifest_key
from darkroom.observability import correlate, logger, tracer
from darkroom.settings import load_settings
from darkroom.storage import s3_client
from publish.manifest import Made
from publish.order import Order
from publish.publishing import Publisher


class Settings(msgspec.Struct, frozen=True):
    work_bucket: str
    published_bucket: str


@functools.cache
def settings() -> Settings:
    return load_settings(Settings)


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Any:
    image, version = event["image"], event["version"]
    correlate(image, version, event["execution"])
    publisher = Publisher(
        s3_client(), settings().work_bucket, settings().published_bucket, image, version
    )

    if event["action"] == "discard":
        publisher.discard(parse(tuple[MadeVariant, ...], event["variants"]))
        logger.info("discarded")
        return {}

    made = parse(Made, event["made"])
    order = Order(made.source["uploaded_at"], event["sequencer"], event["started_at"])
    superseded_by = publisher.publish(made, order, event["review"])
    logger.info("published", extra={"superseded_by": superseded_by})
    outcome = {"manifest_key": manifest_key(image)}
    return outcome | ({"superseded_by": superseded_by} if superseded_by else {})
