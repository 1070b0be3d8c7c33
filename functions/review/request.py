"""The request: the record goes into the queue, the link to the reviewers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from darkroom.errors import DarkroomError
from darkroom.links import sign
from review.message import request_message
from review.records import Records

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


class TakenOver(DarkroomError):
    """Another run owns the record: this one has nothing to ask for."""


def request_review(
    event: Mapping[str, Any], records: Records, sns: SNSClient, topic_arn: str, secret: str
) -> None:
    """Queue the picture and send the link. Repeatable, at the price of a second message."""
    image, version, made, review = (event[name] for name in ("image", "version", "made", "review"))
    if not records.request_review(image, version, event["execution"], made, review):
        raise TakenOver(f"{image} {version} belongs to another execution")
    expires_at = int(datetime.fromisoformat(review["deadline_at"]).timestamp())
    link = f"{event['review_url'].rstrip('/')}/reviews/{sign(secret, image, version, expires_at)}"
    flags = [(flag["rule"], flag["detail"]) for flag in made["flags"]]
    subject, body = request_message(image, flags, review["deadline_at"], link)
    sns.publish(TopicArn=topic_arn, Subject=subject, Message=body)
