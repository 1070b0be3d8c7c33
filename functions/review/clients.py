"""The review function's settings and clients, each made once a process, when first needed."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import boto3
import msgspec

from darkroom.settings import load_settings
from review.records import Records
from review.waiting import WaitingExecution

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_stepfunctions import SFNClient


class Settings(msgspec.Struct, frozen=True):
    images_table: str
    work_bucket: str
    review_topic_arn: str
    link_secret_arn: str


@functools.cache
def settings() -> Settings:
    return load_settings(Settings)


@functools.cache
def records() -> Records:
    return Records(boto3.client("dynamodb"), settings().images_table)


@functools.cache
def sns() -> SNSClient:
    return boto3.client("sns")


@functools.cache
def _stepfunctions() -> SFNClient:
    return boto3.client("stepfunctions")


def waiting(task_token: str) -> WaitingExecution:
    return WaitingExecution(_stepfunctions(), task_token)


@functools.cache
def link_secret() -> str:
    return str(
        boto3.client("secretsmanager").get_secret_value(SecretId=settings().link_secret_arn)[
            "SecretString"
        ]
    )
