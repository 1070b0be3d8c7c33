"""The dead-letter queue: what EventBridge could not deliver, and which machine it was for."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from cli.stack import Stack
from darkroom.keys import RAW_PREFIX, image_of

# Time for starting what was received; a message is there again after it, whatever happens here.
VISIBILITY_SECONDS = 120
# Asks all of the queue's servers, where 0 would ask a few of them and could find nothing.
WAIT_SECONDS = 1
MAX_SHOWN = 500


class NotOurs(Exception):
    """A message that nothing is started for; says why."""


@dataclass(frozen=True)
class Letter:
    """`body`: the event, as EventBridge got it. `attributes`: why it is here.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/rule-dlq.html
    """

    id: str
    receipt: str
    body: str
    attributes: Mapping[str, str]

    @property
    def why(self) -> str:
        """Why it was not delivered, as far as EventBridge says."""
        said = (self.attributes.get(name, "") for name in ("ERROR_CODE", "ERROR_MESSAGE"))
        return ": ".join(text for text in said if text)[:MAX_SHOWN]


@dataclass(frozen=True)
class Delivery:
    """The state machine that a letter was for, and the image that it is about."""

    machine: str
    image: str


class Targets:
    """The state machines that our rules start."""

    def __init__(self, stack: Stack) -> None:
        resource = stack.client("cloudformation").describe_stack_resource(
            StackName=stack.name, LogicalResourceId="Settle"
        )
        self.settle: str = resource["StackResourceDetail"]["PhysicalResourceId"]
        self.pipeline = stack.output("PipelineArn")
        self._withdraw = stack.output("WithdrawArn")
        self._bucket = stack.output("UploadBucket")

    def of(self, letter: Letter) -> Delivery:
        """Raises NotOurs."""
        try:
            event = json.loads(letter.body)
        except ValueError as error:
            raise NotOurs("expected an event as JSON, got other text") from error
        delivery = self._upload(event) or self._ended(event)
        if delivery is None:
            raise NotOurs("expected an upload's event or that of a run that ended, got another")
        target = letter.attributes.get("TARGET_ARN", delivery.machine)
        if target != delivery.machine:
            raise NotOurs(f"expected {delivery.machine} for TARGET_ARN, got {target[:MAX_SHOWN]}")
        return delivery

    def _upload(self, event: Any) -> Delivery | None:
        match event:
            case {"detail": {"bucket": {"name": self._bucket}, "object": {"key": str(key)}}} if (
                key.startswith(RAW_PREFIX)
                and isinstance(event["detail"]["object"].get("etag"), str)
            ):
                return Delivery(self.pipeline, image_of(key) or "/")
        return None

    def _ended(self, event: Any) -> Delivery | None:
        match event:
            case {
                "detail": {"stateMachineArn": machine, "executionArn": str(), "input": str(given)}
            }:
                if machine in (self.pipeline, self._withdraw):
                    return Delivery(self.settle, _image_in(given))
        return None


class Queue:
    def __init__(self, stack: Stack) -> None:
        self._sqs = stack.client("sqs")
        self._url = stack.output("DeadLetterQueueUrl")

    def letters(self) -> Iterator[Letter]:
        """Each message once, however often it comes, until nothing new does."""
        seen: set[str] = set()
        stale = 0
        # Those that stay come again in time, and may come before the rest.
        while stale <= len(seen):
            answer = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=10,
                WaitTimeSeconds=WAIT_SECONDS,
                VisibilityTimeout=VISIBILITY_SECONDS,
                MessageAttributeNames=["All"],
            )
            messages = answer.get("Messages", [])
            if not messages:
                return
            new = [message for message in messages if message["MessageId"] not in seen]
            stale = 0 if new else stale + 1
            for message in new:
                seen.add(message["MessageId"])
                yield _letter(message)

    def delete(self, letter: Letter) -> None:
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=letter.receipt)

    def put_back(self, letter: Letter) -> None:
        """At once, so that the alarm, which counts what is visible, goes on."""
        with contextlib.suppress(ClientError):  # it is visible again by itself
            self._sqs.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=letter.receipt, VisibilityTimeout=0
            )


def deliver(stack: Stack, letter: Letter, delivery: Delivery) -> str:
    """Start what EventBridge would have started; the execution's ARN."""
    answer = stack.stepfunctions.start_execution(
        stateMachineArn=delivery.machine, input=letter.body
    )
    return answer["executionArn"]


def _letter(message: Mapping[str, Any]) -> Letter:
    attributes = {
        name: attribute.get("StringValue", "")
        for name, attribute in message.get("MessageAttributes", {}).items()
    }
    return Letter(message["MessageId"], message["ReceiptHandle"], message["Body"], attributes)


def _image_in(given: str) -> str:
    """The image that an execution of ours is about, by its input."""
    try:
        order = json.loads(given)
        if "detail" in order:
            return image_of(order["detail"]["object"]["key"]) or "/"
        return str(order["image"])
    except (ValueError, KeyError, TypeError) as error:
        raise NotOurs("expected a run's input that names its image, got another") from error
