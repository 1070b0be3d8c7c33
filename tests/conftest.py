"""Fixtures that more than one layer uses."""

from __future__ import annotations

import functools
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pillow_heif
import pytest

from cli import engine as engines
from cli import records
from cli.deployment import deploy, outputs
from cli.engine import Engine
from cli.stack import Stack, local_session
from darkroom import statuses

T = TypeVar("T")

WAIT_SECONDS = 90

# With IAM on, a topic needs to be let in.
FROM_TOPICS = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": "*",
            }
        ],
    }
)

# Nothing that a test does may reach somebody's account.
os.environ |= {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": engines.REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "POWERTOOLS_SERVICE_NAME": "test",
}
for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
    os.environ.pop(name, None)

# Tests draw HEIC files before anything has opened one.
pillow_heif.register_heif_opener()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Side by side (`pytest -n`), the tests of one engine stay with one process. Those of
    tests/engine take longest: two halves, file by file, each with an engine."""
    files = sorted({item.path.name for item in items if item.path.parent.name == "engine"})
    for item in items:
        group = item.path.parent.name
        if "engine" in getattr(item, "fixturenames", ()) or group in ("browser", "iam"):
            half = f"-{files.index(item.path.name) % 2}" if group == "engine" else ""
            item.add_marker(pytest.mark.xdist_group(f"{group}{half}"))
        elif item.get_closest_marker("engine"):  # one of its own
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


@dataclass
class Darkroom:
    """A deployed stack on the embedded engine, in the words of a test."""

    stack: Stack

    @functools.cached_property
    def stepfunctions(self) -> Any:
        return self.stack.client("stepfunctions")

    def upload(self, name: str, data: bytes, metadata: dict[str, str] | None = None) -> str:
        """Put `data` under raw/; the image's name."""
        self.stack.s3.put_object(
            Bucket=self.stack.outputs["UploadBucket"],
            Key=f"raw/{name}",
            Body=data,
            Metadata=metadata or {},
        )
        return name

    def wait(self, image: str, *wanted: str, version: str | None = None) -> dict[str, Any]:
        """The newest record of `image`, or that of `version`, once it has a `wanted` status."""

        def reached() -> dict[str, Any] | None:
            found = records.versions(self.stack, image)
            if version is not None:
                found = [record for record in found if record["version"] == version]
            return found[-1] if found and found[-1]["status"] in wanted else None

        def seen() -> str:
            return f"{image}: expected {wanted}, got {records.versions(self.stack, image)}"

        return wait_for(reached, seen)

    def run(self, name: str, data: bytes, metadata: dict[str, str] | None = None) -> dict[str, Any]:
        """Upload, and wait until the pipeline has done what it can do alone."""
        self.upload(name, data, metadata)
        return self.wait(name, statuses.IN_REVIEW, *statuses.ENDED)

    def manifest(self, image: str) -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads(
            self.read(self.stack.outputs["PublishedBucket"], f"{image}/manifest.json")
        )
        return manifest

    def read(self, bucket: str, key: str) -> bytes:
        return self.stack.s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    def keys(self, output: str, prefix: str = "") -> list[str]:
        """The keys in one of the stack's buckets."""
        pages = self.stack.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.stack.outputs[output], Prefix=prefix
        )
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def listen(self, topic: str, **subscription: Any) -> Callable[[], list[dict[str, Any]]]:
        """Subscribe a queue of its own to a topic; call the answer for what has come since."""
        sqs, sns = self.stack.client("sqs"), self.stack.client("sns")
        url = sqs.create_queue(
            QueueName=f"test-{uuid.uuid4().hex}", Attributes={"Policy": FROM_TOPICS}
        )["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        sns.subscribe(
            TopicArn=self.stack.outputs[topic],
            Protocol="sqs",
            Endpoint=arn["QueueArn"],
            Attributes={"RawMessageDelivery": "true", **subscription},
        )
        received: list[str] = []

        def read_all() -> list[dict[str, Any]]:
            while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get(
                "Messages"
            ):
                for message in messages:
                    received.append(message["Body"])
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return [_body(text) for text in received]

        return read_all

    def executions(self, image: str) -> list[dict[str, Any]]:
        """All executions of the pipeline that were started for `image`."""
        found = []
        for page in self.stepfunctions.get_paginator("list_executions").paginate(
            stateMachineArn=self.stack.outputs["PipelineArn"]
        ):
            for execution in page["executions"]:
                whole = self.stepfunctions.describe_execution(
                    executionArn=execution["executionArn"]
                )
                if json.loads(whole["input"])["detail"]["object"]["key"] == f"raw/{image}":
                    found.append(dict(whole))
        return found


def _body(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except ValueError:
        body = None
    return body if isinstance(body, dict) else {"text": text}


def wait_for(reached: Callable[[], T | None], seen: Callable[[], str]) -> T:
    """What `reached` gives as soon as that is anything; fails with `seen` after WAIT_SECONDS."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        found = reached()
        if found:
            return found
        if time.monotonic() > deadline:
            pytest.fail(seen())
        time.sleep(0.1)


@pytest.fixture(scope="session")
def engine_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("engine")


@pytest.fixture(scope="session")
def engine(engine_home: Path) -> Iterator[Engine]:
    try:
        yield engines.start(engine_home)
    finally:
        engines.stop(engine_home)


def deployed(engine: Engine, home: Path, name: str, **parameters: str) -> Darkroom:
    deploy(engine, home, parameters, name)
    session = local_session()
    return Darkroom(Stack(name, session, engine.endpoint, outputs(session, engine.endpoint, name)))


@pytest.fixture(scope="session")
def darkroom(engine: Engine, engine_home: Path) -> Darkroom:
    """The template with its defaults."""
    return deployed(engine, engine_home, "darkroom")


@pytest.fixture(scope="session")
def impatient(engine: Engine, engine_home: Path) -> Darkroom:
    """The template with a reminder after three seconds and an end after ten."""
    return deployed(
        engine, engine_home, "impatient", ReviewReminderSeconds="3", ReviewTimeoutSeconds="10"
    )


@pytest.fixture(scope="session")
def desk(engine: Engine, engine_home: Path) -> Darkroom:
    """A stack whose queue holds only what the tests of the queue put there."""
    return deployed(engine, engine_home, "desk")
