"""Where the facts are: clients and names of a stack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.config import Config

from cli.errors import CommandError
from cli.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_stepfunctions import SFNClient


@dataclass(frozen=True)
class Source:
    """The clients, and where to ask."""

    s3: S3Client
    dynamodb: DynamoDBClient
    stepfunctions: SFNClient
    uploads: str
    published: str
    table: str
    pipeline: str
    withdraw: str


def source(stack: Stack) -> Source:
    # AWS answers 15 describe_execution a second for long: adaptive clients wait for their turn.
    patient = Config(retries={"mode": "adaptive", "total_max_attempts": 20})

    def client(service: str) -> Any:
        return stack.session.client(  # type: ignore[call-overload]
            service, endpoint_url=stack.endpoint, config=patient
        )

    return Source(
        client("s3"),
        client("dynamodb"),
        client("stepfunctions"),
        stack.output("UploadBucket"),
        stack.output("PublishedBucket"),
        stack.output("ImagesTable"),
        stack.output("PipelineArn"),
        stack.output("WithdrawArn"),
    )


def recipe_revision(stack: Stack) -> str:
    """The stack's parameter. Raises CommandError where it has none."""
    [described] = stack.client("cloudformation").describe_stacks(StackName=stack.name)["Stacks"]
    for parameter in described.get("Parameters", []):
        if parameter["ParameterKey"] == "RecipeRevision":
            return str(parameter["ParameterValue"])
    raise CommandError(
        f"The stack {stack.name!r} has no parameter RecipeRevision.",
        "Deploy template.yaml to it again.",
    )
