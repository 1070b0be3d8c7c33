"""A deployed Darkroom: the embedded one, or one in AWS. Everything else asks this."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.config import Config

from cli import engine
from cli.calls import note_calls
from cli.deployment import STACK, VARIABLES, Outputs, outputs
from cli.errors import CommandError
from cli.link_secret import LinkSecret
from darkroom.keyring import Keyring
from darkroom.moments import now

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_stepfunctions import SFNClient


@dataclass(frozen=True)
class Stack:
    """`config`: how its clients try again, where that is not boto3's own way."""

    name: str
    session: boto3.Session
    endpoint: str | None
    outputs: dict[str, str]
    config: Config | None = None

    def client(self, service: str) -> Any:
        return self.session.client(  # type: ignore[call-overload]
            service, endpoint_url=self.endpoint, config=self.config
        )

    @functools.cached_property
    def s3(self) -> S3Client:
        client: S3Client = self.client("s3")
        return client

    @functools.cached_property
    def dynamodb(self) -> DynamoDBClient:
        client: DynamoDBClient = self.client("dynamodb")
        return client

    @functools.cached_property
    def stepfunctions(self) -> SFNClient:
        client: SFNClient = self.client("stepfunctions")
        return client

    @functools.cached_property
    def link_secret(self) -> LinkSecret:
        """Where the keys lie that sign links; asked for only where a link is."""
        resource = self.client("cloudformation").describe_stack_resource(
            StackName=self.name, LogicalResourceId="LinkSecret"
        )
        # An ARN on AWS, a name on the engine: Secrets Manager takes both.
        id = resource["StackResourceDetail"]["PhysicalResourceId"]
        return LinkSecret(self.client("secretsmanager"), id)

    @functools.cached_property
    def link_keys(self) -> Keyring:
        """What signs links. Raises CommandError."""
        return self.link_secret.read(now()).keyring

    def output(self, name: str) -> str:
        """An output of the stack. Raises CommandError where it is older than the output."""
        return Outputs(self.name, self.outputs)[name]

    def variables(self) -> dict[str, str]:
        return {name: self.outputs[output] for name, output in VARIABLES.items()}


def connect(home: Path, stack_name: str | None, config: Config | None = None) -> Stack:
    """The stack in AWS of that name, by the usual profile and region; without a name, ours.

    `config`: of all its clients. Raises CommandError where there is none.
    """
    if stack_name is not None:
        # The AWS CLI and all other SDKs read AWS_REGION; botocore does not.
        session = _session(config, region_name=os.environ.get("AWS_REGION") or None)
        return Stack(stack_name, session, None, outputs(session, None, stack_name))
    running = engine.running(home)
    if running is None or not running.answers():
        raise CommandError(
            "No embedded engine is running.",
            "`darkroom up` starts one; --stack-name NAME speaks to a stack in AWS.",
        )
    session = local_session(config)
    return Stack(STACK, session, running.endpoint, outputs(session, running.endpoint, STACK))


def local_session(config: Config | None = None) -> boto3.Session:
    """A session for the embedded engine, whatever profile the shell has."""
    return _session(
        config,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name=engine.REGION,
    )


def _session(config: Config | None, **settings: str | None) -> boto3.Session:
    core = botocore.session.get_session()
    if config is not None:
        core.set_default_client_config(config)
    return note_calls(boto3.Session(botocore_session=core, **settings))
