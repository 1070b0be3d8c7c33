"""Publish and Discard: makes a reviewed picture public, or removes what waited."""

from __future__ import annotations

import functools
from typing import Any

import msgspec
from aws_lambda_powertools.utilities.typing import LambdaContext

from darkroom.contracts import MadeVariant, parse
from darkroom.keys import manifest_key
from darkroom.likeness import Rejected
from darkroom.observability import correlate, logged, logger
from darkroom.settings import load_settings
from darkroom.storage import s3_client
from publish.manifest import Made
from publish.order import Order
from publish.publishing import Publisher
from publish.rejections import dynamodb_client, forget_rejection, remember_rejection
from publish.withdrawing import unpublish, withdraw


class Settings(msgspec.Struct, frozen=True):
    work_bucket: str
    published_bucket: str
    rejections_table: str


@functools.cache
def settings() -> Settings:
    return load_settings(Settings)


@logged
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Any:
    image, version = event["image"], event["version"]
    correlate(image, version, event["execution"])

    if event["action"] == "withdraw":
        withdraw(s3_client(), settings().work_bucket, settings().published_bucket, image, version)
        forget_rejection(dynamodb_client(), settings().rejections_table, image, version)
        logger.info("withdrawn")
        return {}

    publisher = Publisher(
        s3_client(), settings().work_bucket, settings().published_bucket, image, version
    )

    if event["action"] == "discard":
        variants = parse(tuple[MadeVariant, ...], event["variants"])
        # An earlier run may have published this version.
        unpublish(s3_client(), settings().published_bucket, image, version)
        if rejected := event.get("rejected"):
            if "likeness" in rejected:
                known = Rejected(image, version, rejected["likeness"], rejected["at"])
                remember_rejection(dynamodb_client(), settings().rejections_table, known)
            publisher.keep_preview(variants)
        publisher.discard(variants)
        logger.info("discarded")
        return {}

    made = parse(Made, event["made"])
    order = Order(made.source["uploaded_at"], event["sequencer"], event["started_at"])
    if event["review"]:  # of a version that was rejected in an earlier run, for all we know
        forget_rejection(dynamodb_client(), settings().rejections_table, image, version)
    superseded_by = publisher.publish(made, order, event["review"])
    logger.info("published", extra={"superseded_by": superseded_by})
    outcome = {"manifest_key": manifest_key(image)}
    return outcome | ({"superseded_by": superseded_by} if superseded_by else {})
