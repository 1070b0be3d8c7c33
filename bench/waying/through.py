"""Pictures through an embedded engine of their own, from the first upload to the last record."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.waying import accounts
from bench.waying.cpu import between, spent
from bench.waying.pictures import Picture
from bench.waying.side import Side, Watch
from cli import engine as engines
from cli import records
from cli.deployment import STACK, deploy, outputs
from cli.engine import Engine
from cli.places import PROJECT
from cli.stack import Stack, local_session
from darkroom.keys import RAW_PREFIX
from darkroom.statuses import PUBLISHED

PATIENCE_SECONDS = 900


class NotPublished(Exception):
    """A picture did not go all the way: nothing was measured."""


@dataclass(frozen=True)
class Stage:
    """`queue`: the address of one that hears every outcome. `accounted`: the engine keeps
    accounts."""

    home: Path
    engine: Engine
    stack: Stack
    queue: str
    accounted: bool

    def through(self, pictures: Sequence[Picture]) -> Side:
        """All at once, one upload after the other. Raises NotPublished."""
        told = self._accounts()
        before, own, watch = spent(self.engine.pid), time.process_time(), Watch()
        for name, data in pictures:
            self.stack.s3.put_object(
                Bucket=self.stack.outputs["UploadBucket"], Key=RAW_PREFIX + name, Body=data
            )
        names = {name for name, _ in pictures}
        self._wait(set(names))
        seconds, idle = watch.read()
        client, cpu = time.process_time() - own, between(before, spent(self.engine.pid))
        self._check(names)
        return Side(
            len(pictures),
            seconds,
            {
                "functions": sum(cpu.steps.values()),
                "engine": cpu.engine,
                "saving its state": cpu.saving,
                "forking functions' processes": cpu.starting,
                "client": client,
            },
            cpu.steps,
            idle,
            cpu.started,
            {name: s - told.get(name, 0.0) for name, s in self._accounts().items()},
        )

    def _wait(self, names: set[str]) -> None:
        """By the outcome messages: asking for records would be work for the engine."""
        sqs, until = self.stack.client("sqs"), time.monotonic() + PATIENCE_SECONDS
        while names:
            if time.monotonic() > until:
                raise NotPublished(f"expected an outcome of {min(names)!r}, got none in time")
            found = sqs.receive_message(
                QueueUrl=self.queue, MaxNumberOfMessages=10, WaitTimeSeconds=5
            ).get("Messages", [])
            names -= {json.loads(message["Body"])["image"] for message in found}
            if found:
                entries = [
                    {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                    for number, message in enumerate(found)
                ]
                sqs.delete_message_batch(QueueUrl=self.queue, Entries=entries)

    def _check(self, names: set[str]) -> None:
        found = {record["image"]: record["status"] for record in records.everything(self.stack)}
        if other := {name: found.get(name) for name in names if found.get(name) != PUBLISHED}:
            raise NotPublished(f"expected {PUBLISHED} for every picture, got {other}")

    def _accounts(self) -> dict[str, float]:
        if not self.accounted:
            return {}
        file = self.home / accounts.FILE
        file.unlink(missing_ok=True)
        os.kill(self.engine.pid, signal.SIGUSR2)
        until = time.monotonic() + PATIENCE_SECONDS
        while not file.exists() and time.monotonic() < until:
            time.sleep(0.01)
        told: dict[str, float] = json.loads(file.read_text())
        return told


@contextmanager
def stage(accounted: bool = False) -> Iterator[Stage]:
    """A new engine with the stack, as `darkroom up` makes them."""
    module, settings = engines.MODULE, {}
    with tempfile.TemporaryDirectory(prefix="darkroom-way-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        try:
            if accounted:
                engines.MODULE = accounts.__name__
                settings = {
                    "PYTHONPATH": os.pathsep.join((str(PROJECT), str(PROJECT / "functions")))
                }
            engine = engines.start(home, settings)
            deploy(engine, home, {})
            session = local_session()
            stack = Stack(STACK, session, engine.endpoint, outputs(session, engine.endpoint, STACK))
            yield Stage(home, engine, stack, _outcomes(stack), accounted)
        finally:
            engines.stop(home)
            engines.MODULE = module


def _outcomes(stack: Stack) -> str:
    sqs: Any = stack.client("sqs")
    url: str = sqs.create_queue(QueueName=f"way-{uuid.uuid4().hex}")["QueueUrl"]
    attributes: Mapping[str, Any] = sqs.get_queue_attributes(
        QueueUrl=url, AttributeNames=["QueueArn"]
    )
    stack.client("sns").subscribe(
        TopicArn=stack.outputs["OutcomeTopicArn"],
        Protocol="sqs",
        Endpoint=attributes["Attributes"]["QueueArn"],
        Attributes={"RawMessageDelivery": "true"},
    )
    return url
