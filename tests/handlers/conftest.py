"""The handlers against a simulated AWS, with what template.yaml gives them."""

from __future__ import annotations

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
import resize.handler
import review.clients
import validate.handler
import validate.rejections
from cli.places import TEMPLATE
from darkroom import storage

VERSION = "0123456789abcdef"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:darkroom-pipeline:1"
DRAWN_SIZE = (96, 64)

Handler = Callable[[dict[str, Any]], Any]

PER_PROCESS = (
    storage.s3_client,
    validate.rejections.dynamodb_client,
    validate.handler.settings,
    resize.handler.settings,
    filter.handler.settings,
    optimize.handler.settings,
    publish.handler.settings,
    review.clients.settings,
    review.clients.records,
    review.clients.sns,
    review.clients._stepfunctions,
    review.clients.link_secret,
)

# What create_table calls otherwise, or not at all.
TABLE_EXTRAS = ("PointInTimeRecoverySpecification", "SSESpecification")


class Aws:
    """The template's buckets, table, topics and secret; and its functions, to be called."""

    def __init__(self, template: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
        self._template = template
        self._monkeypatch = monkeypatch
        self.s3 = boto3.client("s3")
        self.dynamodb = boto3.client("dynamodb")
        self._physical = {
            name: create(name, resource.get("Properties", {}))
            for name, resource in template["Resources"].items()
            if (create := self._creators().get(resource["Type"]))
        }

    def __getitem__(self, resource: str) -> str:
        """What !Ref gives for a resource of the template."""
        return self._physical[resource]

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
        }

    def put(self, bucket: str, key: str, data: bytes, **headers: Any) -> None:
        self.s3.put_object(Bucket=self[bucket], Key=key, Body=data, **headers)

    def keys(self, bucket: str) -> list[str]:
        listed = self.s3.list_objects_v2(Bucket=self[bucket])
        return [item["Key"] for item in listed.get("Contents", [])]

    def read(self, bucket: str, key: str) -> bytes:
        return bytes(self.s3.get_object(Bucket=self[bucket], Key=key)["Body"].read())

    def head(self, bucket: str, key: str) -> dict[str, Any]:
        return dict(self.s3.head_object(Bucket=self[bucket], Key=key))

    def _creators(self) -> dict[str, Callable[[str, dict[str, Any]], str]]:
        return {
            "AWS::S3::Bucket": self._bucket,
            "AWS::DynamoDB::Table": self._table,
            "AWS::SNS::Topic": lambda name, _: str(
                boto3.client("sns").create_topic(Name=name)["TopicArn"]
            ),
            "AWS::SecretsManager::Secret": lambda name, _: str(
                boto3.client("secretsmanager").create_secret(
                    Name=name, SecretString="a secret of the tests, 32 letters"
                )["ARN"]
            ),
        }

    def _bucket(self, name: str, properties: dict[str, Any]) -> str:
        bucket = name.lower()
        self.s3.create_bucket(Bucket=bucket)
        if "VersioningConfiguration" in properties:
            self.s3.put_bucket_versioning(
                Bucket=bucket, VersioningConfiguration=properties["VersioningConfiguration"]
            )
        return bucket

    def _table(self, name: str, properties: dict[str, Any]) -> str:
        wanted = {key: value for key, value in properties.items() if key not in TABLE_EXTRAS}
        self.dynamodb.create_table(TableName=name, **wanted)
        return name

    def _variables(self, properties: dict[str, Any]) -> dict[str, Any]:
        everywhere = self._template["Globals"]["Function"]["Environment"]["Variables"]
        return dict(everywhere) | dict(properties.get("Environment", {}).get("Variables", {}))

    def _resolved(self, value: Any, parameters: dict[str, str]) -> str:
        if not isinstance(value, dict):
            return str(value)
        name = value["Ref"]
        if name in self._physical:
            return self._physical[name]
        return str(parameters.get(name, self._template["Parameters"][name]["Default"]))


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
