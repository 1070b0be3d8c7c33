"""Who signs wrongly, or not at all, or not over TLS, gets nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from cli.engine import Engine
from tests.conftest import Darkroom
from tests.iam import guarded
from tests.iam.guarded import Caller

pytestmark = pytest.mark.engine

Call = Callable[[Any, dict[str, str]], Any]

CALLS: dict[str, Call] = {
    "s3": lambda s3, ids: s3.list_objects_v2(Bucket=ids["UploadBucket"]),
    "dynamodb": lambda dynamodb, ids: dynamodb.scan(TableName=ids["ImagesTable"]),
    "stepfunctions": lambda sfn, ids: sfn.list_executions(stateMachineArn=ids["Pipeline"]),
    "secretsmanager": lambda secrets, ids: secrets.get_secret_value(SecretId=ids["LinkSecret"]),
    "lambda": lambda functions, ids: functions.invoke(FunctionName=ids["PublishFunction"]),
    "sns": lambda sns, ids: sns.publish(TopicArn=ids["OutcomeTopic"], Message="x"),
}
REFUSALS = {
    *("AccessDenied", "AccessDeniedException", "MissingAuthenticationToken"),
    *("MissingAuthenticationTokenException", "SignatureDoesNotMatch"),
    *("InvalidSignatureException", "InvalidClientTokenId", "UnrecognizedClientException"),
    *("InvalidAccessKeyId",),
}

every_service = pytest.mark.parametrize("service", CALLS)


def refusal(call: Callable[[], Any]) -> str:
    """The error's code."""
    with pytest.raises(ClientError) as refused:
        call()
    return str(refused.value.response["Error"]["Code"])


@every_service
def test_an_unsigned_request_is_refused(
    service: str, operator: Caller, ids: dict[str, str]
) -> None:
    client = operator.session.client(
        service, endpoint_url=operator.engine.endpoint, config=Config(signature_version=UNSIGNED)
    )
    assert refusal(lambda: CALLS[service](client, ids)) in REFUSALS


@every_service
def test_a_request_signed_with_another_secret_is_refused(
    service: str, operator: Caller, ids: dict[str, str]
) -> None:
    forger = replace(operator, secret_access_key="x" * 40, clients={})
    assert refusal(lambda: CALLS[service](forger.client(service), ids)) in REFUSALS


@every_service
def test_a_key_that_was_deleted_is_refused(
    service: str, operator: Caller, ids: dict[str, str]
) -> None:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    gone = guarded.user(operator, f"gone-{service}", everything)
    CALLS[service](gone.client(service), ids)
    key = {"UserName": gone.name, "AccessKeyId": gone.access_key_id}

    operator.client("iam").delete_access_key(**key)

    assert refusal(lambda: CALLS[service](gone.client(service), ids)) in REFUSALS


@every_service
def test_a_functions_key_without_its_session_token_is_refused(
    service: str, guarded_engine: Engine, ids: dict[str, str]
) -> None:
    keys = guarded.in_the_place_of_a_service(guarded_engine, ids["ReviewFunctionRole"])
    bare = replace(keys, session_token=None, clients={})
    assert refusal(lambda: CALLS[service](bare.client(service), ids)) in REFUSALS


@pytest.mark.parametrize("bucket", ["UploadBucket", "WorkBucket", "PublishedBucket"])
def test_a_bucket_refuses_what_did_not_come_over_tls(
    bucket: str, operator: Caller, guarded_darkroom: Darkroom, ids: dict[str, str]
) -> None:
    client = operator.session.client("s3", endpoint_url=operator.engine.endpoint)
    client.list_objects_v2(Bucket=ids[bucket])

    # As a balancer says that took it over plain http; the engine believes it.
    client.meta.events.register(
        "before-sign.s3",
        lambda request, **_: request.headers.add_header("X-Forwarded-Proto", "http"),
    )

    assert refusal(lambda: client.list_objects_v2(Bucket=ids[bucket])) == "AccessDenied"
    with pytest.raises(ClientError, match="explicit deny"):
        client.put_object(Bucket=ids[bucket], Key="raw/plain.jpg", Body=b"")
