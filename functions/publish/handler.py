"""Publish and Discard: makes a reviewed picture public, or removes what waited."""

from __future__ import annotations

import functools
from typing import Any

import msgspec
from aws_lambda_powertools.utilities.typing import LambdaContext

from darkroom import statuses
from darkroom.contracts import MadeVariant, parse
from darkroom.keys import manifest_key
from darkroom.likeness import Rejected
from darkroom.moments import epoch
from darkroom.observability import correlate, logged, report
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
        # Reopened, it gets its status from the run that follows.
        ended = (statuses.RETRACTED, _recipe(event)) if event.get("retract") else None
        report("withdrawn", ended=ended)
        return {}

    publisher = Publisher(
        s3_client(), settings().work_bucket, settings().published_bucket, image, version
    )

    if event["action"] == "discard":
        variants = parse(tuple[MadeVariant, ...], event["variants"])
        # An earlier run may have published this version.
        unpublish(s3_client(), settings().published_bucket, image, version)
        rejected = event.get("rejected")
        if rejected:
            if "likeness" in rejected:
                known = Rejected(image, version, rejected["likeness"], rejected["at"])
                remember_rejection(dynamodb_client(), settings().rejections_table, known)
            publisher.keep_preview(variants)
        publisher.discard(variants)
        ended = (statuses.REJECTED if rejected else statuses.EXPIRED, _recipe(event))
        report("discarded", ended=ended, measured=_deciding(event.get("review", {})))
        return {}

    made = parse(Made, event["made"])
    order = Order(made.source["uploaded_at"], event["sequencer"], event["started_at"])
    if event["review"]:  # of a version that was rejected in an earlier run, for all we know
        forget_rejection(dynamodb_client(), settings().rejections_table, image, version)
    superseded_by = publisher.publish(made, order, event["review"])
    report(
        "published",
        ended=(statuses.PUBLISHED, made.recipe),
        measured=_deciding(event["review"]),
        superseded_by=superseded_by,
    )
    outcome = {"manifest_key": manifest_key(image)}
    return outcome | ({"superseded_by": superseded_by} if superseded_by else {})


def _recipe(event: dict[str, Any]) -> str:
    """A run that waited for its review while a newer version was deployed does not say."""
    return str(event.get("recipe", "unknown"))


def _deciding(review: dict[str, Any]) -> dict[str, float]:
    """How long the reviewers took, where somebody decided."""
    if "decided_at" not in review:
        return {}
    return {"ReviewSeconds": epoch(review["decided_at"]) - epoch(review["requested_at"])}
