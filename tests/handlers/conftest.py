"""The handlers against a simulated AWS, with what template.yaml gives them."""

from __future__ import annotations

import functools
import importlib
import io
import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from PIL import Image, ImageDraw
from samtranslator.yaml_helper import yaml_parse

import filter.handler
import optimize.handler
import publish.handler
import publish.rejections
import resize.handler
import review.clients
import validate.handler
import validate.rejections
from cli.places import TEMPLATE
from darkroom import observability, storage
from darkroom.keys import waiting_key
from tests.handlers.reviewing import IMAGE, Executions, Reviewer

VERSION = "0123456789abcdef"
ATTEMPT = "0a1b2c3d"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:darkroom-pipeline:1"
DRAWN_SIZE = (96, 64)

Handler = Callable[[dict[str, Any]], Any]
Metrics = Callable[[], list[dict[str, Any]]]

PER_PROCESS = (
    storage.s3_client,
    validate.rejections.dynamodb_client,
    publish.rejections.dynamodb_client,
    validate.handler.settings,
    resize.handler.settings,
    filter.handler.settings,
    optimize.handler.settings,
    publish.handler.settings,
    review.clients.settings,
    review.clients.records,
    review.clients.trail,
    review.clients.reviewers,
    review.clients.pictures,
    review.clients.sns,
    review.clients._dynamodb,
    review.clients._stepfunctions,
    review.clients.link_keys,
    review.clients._secretsmanager,
    observability.settings,
)

# What create_table calls otherwise, or not at all.
TABLE_EXTRAS = (
    "PointInTimeRecoverySpecification",
    "SSESpecification",
    "TimeToLiveSpecification",
)


class Aws:
    """The template's buckets, table, topics and secret; and its functions, to be called."""

    def __init__(self, template: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
        self._template = template
        self._monkeypatch = monkeypatch
        self._physical: dict[str, str] = {}
        self.s3 = client("s3")
        self.dynamodb = client("dynamodb")

    def __getitem__(self, name: str) -> str:
        """What !Ref gives for a resource of the template, which exists from the first call on."""
        if name not in self._physical:
            resource = self._template["Resources"][name]
            create = CREATORS[resource["Type"]]
            self._physical[name] = create(name, resource.get("Properties", {}))
        return self._physical[name]

    def function(self, name: str, **parameters: str) -> Handler:
        """A function of the template in a fresh process: its handler, its environment.

        Events and answers pass through JSON, as they do on Lambda.
        """
        own = self._variables(self._template["Resources"][name]["Properties"])
        for resource in self._template["Resources"].values():
            if resource["Type"] == "AWS::Serverless::Function":
                for variable in self._variables(resource["Properties"]):
                    self._monkeypatch.delenv(variable, raising=False)
        for variable, value in own.items():
            self._monkeypatch.setenv(variable, self._resolved(value, parameters))
        forget()
        module, _, attribute = self._template["Resources"][name]["Properties"][
            "Handler"
        ].rpartition(".")
        handler = getattr(importlib.import_module(module), attribute)
        context = SimpleNamespace(
            function_name=name,
            function_version="$LATEST",
            memory_limit_in_mb=512,
            invoked_function_arn=f"arn:aws:lambda:us-east-1:123456789012:function:{name}",
            aws_request_id="6f747f83-1f26-4b2b-9b1e-7b6a4b6d9c11",
            get_remaining_time_in_millis=lambda: 60_000,
        )

        def call(event: dict[str, Any]) -> Any:
            return json.loads(json.dumps(handler(json.loads(json.dumps(event)), context)))

        return call

    def upload(
        self, image: str, data: bytes, metadata: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """Put an upload; what the pipeline tells every step of it."""
        bucket, key = self["UploadBucket"], f"raw/{image}"
        answer = self.s3.put_object(Bucket=bucket, Key=key, Body=data, Metadata=metadata or {})
        return {
            "bucket": bucket,
            "key": key,
            "etag": answer["ETag"].strip('"'),
            "image": image,
            "version": VERSION,
            "execution": EXECUTION,
            "started_at": "2026-11-20T06:00:00.000Z",
            "sequencer": "",
            "attempt": ATTEMPT,
        }

    def put(self, bucket: str, key: str, data: bytes, **headers: Any) -> None:
        self.s3.put_object(Bucket=self[bucket], Key=key, Body=data, **headers)

    @staticmethod
    def client(service: str) -> Any:
        return client(service)

    def keys(self, bucket: str) -> list[str]:
        listed = self.s3.list_objects_v2(Bucket=self[bucket])
        return [item["Key"] for item in listed.get("Contents", [])]

    def read(self, bucket: str, key: str) -> bytes:
        return bytes(self.s3.get_object(Bucket=self[bucket], Key=key)["Body"].read())

    def head(self, bucket: str, key: str) -> dict[str, Any]:
        return dict(self.s3.head_object(Bucket=self[bucket], Key=key))

    def _variables(self, properties: dict[str, Any]) -> dict[str, Any]:
        everywhere = self._template["Globals"]["Function"]["Environment"]["Variables"]
        return dict(everywhere) | dict(properties.get("Environment", {}).get("Variables", {}))

    def _resolved(self, value: Any, parameters: dict[str, str]) -> str:
        if not isinstance(value, dict):
            return str(value)
        if "Fn::Sub" in value:
            return str(value["Fn::Sub"])
        if value == {"Ref": "AWS::StackName"}:
            return "darkroom"
        # What a secret's Id gives on AWS, its Ref gives as well; the engine tells them apart.
        name = value["Ref"] if "Ref" in value else value["Fn::GetAtt"][0]
        if name in self._template["Resources"]:
            return self[name]
        return str(parameters.get(name, self._template["Parameters"][name]["Default"]))


@functools.cache
def client(service: str) -> Any:
    """The tests' own, one for all tests: to make one takes long."""
    return boto3.client(service)  # type: ignore[call-overload]


def create_bucket(name: str, properties: dict[str, Any]) -> str:
    bucket = name.lower()
    client("s3").create_bucket(Bucket=bucket)
    if "VersioningConfiguration" in properties:
        client("s3").put_bucket_versioning(
            Bucket=bucket, VersioningConfiguration=properties["VersioningConfiguration"]
        )
    return bucket


def create_table(name: str, properties: dict[str, Any]) -> str:
    wanted = {key: value for key, value in properties.items() if key not in TABLE_EXTRAS}
    client("dynamodb").create_table(TableName=name, **wanted)
    return name


def create_topic(name: str, _: dict[str, Any]) -> str:
    return str(client("sns").create_topic(Name=name)["TopicArn"])


def create_secret(name: str, _: dict[str, Any]) -> str:
    answer = client("secretsmanager").create_secret(Name=name, SecretString=f"{name} of the tests")
    return str(answer["ARN"])


CREATORS: dict[str, Callable[[str, dict[str, Any]], str]] = {
    "AWS::S3::Bucket": create_bucket,
    "AWS::DynamoDB::Table": create_table,
    "AWS::SNS::Topic": create_topic,
    "AWS::SecretsManager::Secret": create_secret,
}


def forget() -> None:
    for cached in PER_PROCESS:
        cached.cache_clear()


@pytest.fixture(scope="session")
def template() -> dict[str, Any]:
    """template.yaml, with !Ref X as {"Ref": "X"}."""
    parsed: dict[str, Any] = yaml_parse(TEMPLATE.read_text())
    return parsed


@pytest.fixture
def aws(template: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    # The session is kept because it has read the services' models.
    with mock_aws(config={"core": {"reset_boto3_session": False}}):
        yield Aws(template, monkeypatch)
    forget()


@pytest.fixture
def drawn() -> Image.Image:
    """RGB, 96 x 64 px: nowhere flat, everywhere different."""
    image = Image.merge(
        "RGB",
        [Image.linear_gradient("L").rotate(turn).resize(DRAWN_SIZE) for turn in (0, 90, 180)],
    )
    ImageDraw.Draw(image).ellipse((10, 8, 60, 50), fill=(200, 30, 60), outline="white")
    return image


@pytest.fixture
def encoded() -> Callable[..., bytes]:
    """A picture as a file."""

    def encode(image: Image.Image, format: str = "JPEG", **options: Any) -> bytes:
        buffer = io.BytesIO()
        image.save(buffer, format, **options)
        return buffer.getvalue()

    return encode


@pytest.fixture
def jpeg(drawn: Image.Image, encoded: Callable[..., bytes]) -> bytes:
    return encoded(drawn, quality=95)


@pytest.fixture
def refusing() -> Callable[[str], ClientError]:
    """The error with which boto3 reports an answer of AWS."""

    def error(code: str) -> ClientError:
        return ClientError({"Error": {"Code": code, "Message": "as the test wants it"}}, "Call")

    return error


@pytest.fixture
def metrics(monkeypatch: pytest.MonkeyPatch) -> Metrics:
    """The log lines that carry metrics so far."""
    log = io.StringIO()
    monkeypatch.setattr(observability.logger.registered_handler, "stream", log)

    def lines() -> list[dict[str, Any]]:
        return [json.loads(line) for line in log.getvalue().splitlines() if "_aws" in line]

    return lines


@pytest.fixture
def executions(refusing: Callable[[str], ClientError]) -> Executions:
    return Executions(refusing)


@pytest.fixture
def reviewer(aws: Aws, executions: Executions, monkeypatch: pytest.MonkeyPatch) -> Reviewer:
    """Behind the function's URL, with a claimed record and nothing asked yet."""
    reviewer = Reviewer(aws, executions)
    monkeypatch.setattr(review.clients, "_stepfunctions", lambda: executions)
    reviewer.claim()
    return reviewer


@pytest.fixture
def path(reviewer: Reviewer) -> str:
    """The page of a picture that waits for its reviewer."""
    reviewer.request()
    reviewer.wait()
    for format, data in (("avif", b"AVIF."), ("jpeg", b"\xff\xd8JPEG")):
        reviewer.aws.put("WorkBucket", waiting_key(IMAGE, VERSION, "w320", format), data)
    return reviewer.link()
