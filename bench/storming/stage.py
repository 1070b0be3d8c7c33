"""An engine and a stack for one storm, with queues that hear what comes in and what comes out."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli import engine as engines
from cli.deployment import STACK, deploy, outputs
from cli.engine import Engine
from cli.stack import Stack, local_session

CONCURRENCY = 4
REVISION = "1"


@dataclass(frozen=True)
class Queue:
    client: Any
    url: str
    arn: str

    def receive(self) -> list[str]:
        """What has come, each message once; waits up to a second for it."""
        found = self.client.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=1
        ).get("Messages", [])
        if found:
            entries = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(found)
            ]
            self.client.delete_message_batch(QueueUrl=self.url, Entries=entries)
        return [message["Body"] for message in found]


@dataclass(frozen=True)
class Stage:
    """`events`: a copy of each event of an upload; `outcomes`: each outcome message."""

    engine: Engine
    stack: Stack
    events: Queue
    outcomes: Queue


@contextmanager
def stage(home: Path) -> Iterator[Stage]:
    """An engine of its own in `home`, on which at most CONCURRENCY functions run at once."""
    home.mkdir(parents=True, exist_ok=True)
    engine = engines.start(home, {"LAMBDA_ACCOUNT_CONCURRENCY": str(CONCURRENCY)})
    try:
        deploy(engine, home, {"RecipeRevision": REVISION})
        session = local_session()
        stack = Stack(STACK, session, engine.endpoint, outputs(session, engine.endpoint, STACK))
        yield Stage(engine, stack, _events(stack), _outcomes(stack))
    finally:
        engines.stop(home)


def _events(stack: Stack) -> Queue:
    """By a rule beside the stack's own, so that what is started again is the very same event."""
    queue, events = _queue(stack), stack.client("events")
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [stack.outputs["UploadBucket"]]}},
    }
    events.put_rule(Name="storm", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="storm", Targets=[{"Id": "storm", "Arn": queue.arn}])
    return queue


def _outcomes(stack: Stack) -> Queue:
    queue = _queue(stack)
    stack.client("sns").subscribe(
        TopicArn=stack.outputs["OutcomeTopicArn"],
        Protocol="sqs",
        Endpoint=queue.arn,
        Attributes={"RawMessageDelivery": "true"},
    )
    return queue


def _queue(stack: Stack) -> Queue:
    client = stack.client("sqs")
    url = client.create_queue(QueueName=f"storm-{uuid.uuid4().hex}")["QueueUrl"]
    attributes = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return Queue(client, url, attributes["Attributes"]["QueueArn"])
