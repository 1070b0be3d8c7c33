"""Clients of AWS's services.

From botocore, which boto3 wraps: resources and managed transfers, which no step uses, take boto3 a
fifth longer to import and to make a client.
"""

from __future__ import annotations

import functools
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

import botocore.session
import msgspec
from botocore.config import Config
from botocore.loaders import JSONFileLoader, Loader

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_stepfunctions import SFNClient

Attempts = int | None


@overload
def aws_client(service: Literal["s3"], attempts: Attempts = None) -> S3Client: ...
@overload
def aws_client(service: Literal["dynamodb"], attempts: Attempts = None) -> DynamoDBClient: ...
@overload
def aws_client(
    service: Literal["secretsmanager"], attempts: Attempts = None
) -> SecretsManagerClient: ...
@overload
def aws_client(service: Literal["sns"], attempts: Attempts = None) -> SNSClient: ...
@overload
def aws_client(service: Literal["stepfunctions"], attempts: Attempts = None) -> SFNClient: ...
def aws_client(service: str, attempts: Attempts = None) -> Any:
    """A client in the region and with the credentials that the process was given. `attempts`: how
    often a call is tried at most, where that is not botocore's own number."""
    retries: Any = {"mode": "standard", "total_max_attempts": attempts}
    config = None if attempts is None else Config(retries=retries)
    return _session().create_client(service, config=config)


@functools.cache
def _session() -> botocore.session.Session:
    """One for all clients: it keeps what it has read about AWS, which is most of the work."""
    session = botocore.session.get_session()
    session.register_component("data_loader", Loader(file_loader=ModelFiles()))
    return session


class ModelFiles(JSONFileLoader):
    """What botocore has in files about AWS, read by msgspec: a third less CPU for a client.

    botocore parses megabytes of JSON into `OrderedDict`, from when a dict had no order.
    """

    def load_file(self, file_path: str) -> Any:
        """What is in the file, whose suffix is not given; None where there is none."""
        for suffix, unpack in SUFFIXES.items():
            if (path := Path(file_path + suffix)).is_file():
                return msgspec.json.decode(unpack(path.read_bytes()))
        return None


SUFFIXES: dict[str, Callable[[bytes], bytes]] = {".json": bytes, ".json.gz": gzip.decompress}
