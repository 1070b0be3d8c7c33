"""Asking for a review: the record goes into the queue, the link to the reviewers; and once more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from darkroom.errors import DarkroomError
from darkroom.keyring import Keys
from darkroom.links import message_link
from darkroom.trail import REMINDED, REQUESTED
from darkroom.versions import is_replaced
from review.decisions import is_open
from review.message import reminder_message, request_message
from review.records import Records
from review.trail import Trail

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


class TakenOver(DarkroomError):
    """Another run owns the record: this one has nothing to ask for."""


class Asking:
    """What asking takes: where to write, whom to tell, what to sign with."""

    def __init__(
        self, records: Records, trail: Trail, sns: SNSClient, topic_arn: str, keys: Keys
    ) -> None:
        self._records = records
        self._trail = trail
        self._sns = sns
        self._topic_arn = topic_arn
        self._keys = keys

    def request(self, event: Mapping[str, Any]) -> None:
        """Queue the picture and send the link. Repeatable, at the price of a second message.

        Raises TakenOver.
        """
        image, version, execution = (event[name] for name in ("image", "version", "execution"))
        made, review = event["made"], event["review"]
        if not self._records.request_review(image, version, execution, made, review):
            record = self._records.get(image, version)
            if record is None or record["execution"] != execution:
                raise TakenOver(f"{image} {version} belongs to another execution")
            return  # a repeat, and somebody has decided meanwhile
        self._trail.append(image, version, REQUESTED, review["requested_at"], execution=execution)
        link = self._link(event, review["deadline_at"])
        self._send(
            "request", link, *request_message(image, made["flags"], review["deadline_at"], link)
        )

    def remind(self, event: Mapping[str, Any]) -> bool:
        """Send the link once more where somebody can still decide; True where it was sent."""
        image, version, execution = (event[name] for name in ("image", "version", "execution"))
        record = self._records.get(image, version)
        if record is None or not is_open(record) or record["execution"] != execution:
            return False
        if is_replaced(record, self._records.newest(image)):
            return False
        deadline_at = record["review"]["deadline_at"]
        link = self._link(event, deadline_at)
        self._send("reminder", link, *reminder_message(image, record["flags"], deadline_at, link))
        self._trail.append(image, version, REMINDED, event["reminded_at"], execution=execution)
        return True

    def _link(self, event: Mapping[str, Any], deadline_at: str) -> str:
        return message_link(
            self._keys, event["review_url"], event["image"], event["version"], deadline_at
        )

    def _send(self, kind: str, link: str, subject: str, body: str) -> None:
        """`kind` and `link` go along as attributes, for programs that decide."""
        self._sns.publish(
            TopicArn=self._topic_arn,
            Subject=subject,
            Message=body,
            MessageAttributes={
                "kind": {"DataType": "String", "StringValue": kind},
                "link": {"DataType": "String", "StringValue": link},
            },
        )
