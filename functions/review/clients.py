"""The review function's settings and clients, each made once a process, when first needed."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec

from darkroom.clients import aws_client
from darkroom.moments import now
from darkroom.settings import load_settings
from darkroom.storage import s3_client
from review.link_keys import LinkKeys
from review.pictures import Pictures
from review.records import Records
from review.reviewers import Reviewers
from review.trail import Trail
from review.waiting import WaitingExecution
from review.withdrawals import Withdrawals

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_stepfunctions import SFNClient


class Settings(msgspec.Struct, frozen=True):
    images_table: str
    trail_table: str
    reviewers_table: str
    work_bucket: str
    published_bucket: str
    review_topic_arn: str
    link_secret_arn: str
    withdraw_arn: str
    review_session_seconds: int
    rejection_reasons: tuple[str, ...]


@functools.cache
def settings() -> Settings:
    return load_settings(Settings)


@functools.cache
def records() -> Records:
    return Records(_dynamodb(), settings().images_table)


@functools.cache
def trail() -> Trail:
    return Trail(_dynamodb(), settings().trail_table)


@functools.cache
def reviewers() -> Reviewers:
    return Reviewers(_dynamodb(), settings().reviewers_table)


@functools.cache
def pictures() -> Pictures:
    return Pictures(s3_client(), settings().work_bucket, settings().published_bucket)


@functools.cache
def sns() -> SNSClient:
    return aws_client("sns")


def withdrawals() -> Withdrawals:
    return Withdrawals(_stepfunctions(), settings().withdraw_arn)


def waiting(task_token: str) -> WaitingExecution:
    return WaitingExecution(_stepfunctions(), task_token)


@functools.cache
def link_keys() -> LinkKeys:
    return LinkKeys(_link_secret, now)


def _link_secret(label: str) -> str | None:
    """The secret's value under a label; None where nothing has it."""
    client = _secretsmanager()
    try:
        answer = client.get_secret_value(SecretId=settings().link_secret_arn, VersionStage=label)
    except client.exceptions.ResourceNotFoundException:
        return None
    return answer["SecretString"]


@functools.cache
def _secretsmanager() -> SecretsManagerClient:
    return aws_client("secretsmanager")


@functools.cache
def _dynamodb() -> DynamoDBClient:
    return aws_client("dynamodb")


@functools.cache
def _stepfunctions() -> SFNClient:
    # Ten tries, because a decision that nobody hears of is worse than one that takes a second.
    return aws_client("stepfunctions", attempts=10)
