"""Every error is a sentence and a next step."""

from __future__ import annotations

import errno
from typing import Any

import boto3
import pytest
from boto3.exceptions import S3UploadFailedError
from botocore import exceptions as botocore
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from cli.calls import Call, call_of, note_calls
from cli.errors import CommandError
from cli.explaining import explained
from darkroom.errors import SettingError


def refused(code: str, message: str = "No.", operation: str = "GetItem") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


SEEN: list[tuple[BaseException, str]] = [
    (refused("AccessDeniedException"), "does not let you do this: GetItem was denied"),
    (refused("403", operation="HeadObject"), "HeadObject was denied"),
    (refused("ExpiredToken"), "credentials have expired"),
    (refused("ExpiredTokenException"), "credentials have expired"),
    (refused("UnrecognizedClientException"), "does not know your credentials"),
    (refused("InvalidClientTokenId"), "does not know your credentials"),
    (refused("SignatureDoesNotMatch"), "refused the request's signature"),
    (refused("ThrottlingException"), "throttles GetItem"),
    (refused("ProvisionedThroughputExceededException"), "throttles GetItem"),
    (refused("SlowDown"), "throttles GetItem"),
    (refused("ResourceNotFoundException", "no table"), "found nothing for GetItem: no table."),
    (refused("NoSuchBucket"), "found nothing for GetItem"),
    (refused("OddException", "Odd\n  words"), "refused GetItem: OddException: Odd words."),
    (botocore.NoCredentialsError(), "no AWS credentials in this shell"),
    (botocore.PartialCredentialsError(provider="env", cred_var="x"), "cannot be used"),
    (botocore.UnauthorizedSSOTokenError(), "not signed in to AWS any more"),
    (botocore.ProfileNotFound(profile="x"), "The config profile (x) could not be found."),
    (botocore.ConfigParseError(path="/x"), "configuration cannot be read"),
    (botocore.NoRegionError(), "No AWS region is set."),
    (botocore.InvalidRegionError(region_name="?"), "That is no AWS region"),
    (botocore.EndpointConnectionError(endpoint_url="http://x"), "AWS cannot be reached"),
    (botocore.ConnectTimeoutError(endpoint_url="http://x"), "AWS cannot be reached"),
    (botocore.ReadTimeoutError(endpoint_url="http://x"), "AWS cannot be reached"),
    (botocore.SSLError(endpoint_url="http://x", error="certificate"), "AWS cannot be reached"),
    (botocore.ParamValidationError(report="odd"), "could not ask"),
    (OSError(errno.ENOSPC, "No space left on device", "/x/y"), "The disk is full: /x/y."),
    (OSError(errno.EDQUOT, "Quota exceeded"), "The disk is full."),
    (PermissionError(errno.EACCES, "Permission denied", "/x"), "Permission denied: /x."),
    (FileNotFoundError(errno.ENOENT, "No such file or directory", "/x"), "directory: /x."),
    (SettingError("expected a key, got none"), "expected a key, got none."),
    (KeyError("image"), "Darkroom itself broke: KeyError: 'image'."),
    (RecursionError(), "Darkroom itself broke: RecursionError"),
]


@pytest.mark.parametrize(
    ("error", "sentence"), SEEN, ids=[f"{type(e).__name__} {s[:30]}" for e, s in SEEN]
)
def test_an_error_is_a_sentence_and_a_next_step(error: BaseException, sentence: str) -> None:
    said = explained(error)

    first, *rest = said.message.splitlines()
    assert sentence in first
    assert first.endswith(".") and not first.endswith("..")
    assert len(rest) == 1 and rest[0].endswith(".")
    assert said.exit_code == 1


def test_what_was_said_already_stays() -> None:
    error = CommandError("No.", "Try yes.")

    assert explained(error) is error


def test_an_upload_that_failed_is_told_by_its_cause() -> None:
    with pytest.raises(S3UploadFailedError) as raised:
        try:
            raise refused("AccessDenied", operation="PutObject")
        except ClientError as error:
            raise S3UploadFailedError(f"Failed to upload: {error}")  # noqa: B904, as boto3 does

    assert "PutObject was denied" in explained(raised.value).message


# The client's service and method, what is asked, and what is to be allowed.
CALLS: list[tuple[str, str, dict[str, Any], Call]] = [
    (
        "s3",
        "get_object",
        {"Bucket": "uploads", "Key": "raw/a.jpg"},
        Call("s3:GetObject", "s3://uploads/raw/a.jpg"),
    ),
    (
        "s3",
        "head_object",
        {"Bucket": "uploads", "Key": "raw/a.jpg"},
        Call("s3:GetObject", "s3://uploads/raw/a.jpg"),
    ),
    ("s3", "list_objects_v2", {"Bucket": "uploads"}, Call("s3:ListBucket", "s3://uploads")),
    ("dynamodb", "scan", {"TableName": "images"}, Call("dynamodb:Scan", "images")),
    (
        "stepfunctions",
        "describe_execution",
        {"executionArn": "arn:aws:states:us-east-1:1:execution:p:1"},
        Call("states:DescribeExecution", "arn:aws:states:us-east-1:1:execution:p:1"),
    ),
    (
        "cloudformation",
        "describe_stacks",
        {"StackName": "darkroom"},
        Call("cloudformation:DescribeStacks", "darkroom"),
    ),
    (
        "secretsmanager",
        "get_secret_value",
        {"SecretId": "link"},
        Call("secretsmanager:GetSecretValue", "link"),
    ),
]


@pytest.mark.parametrize(("service", "method", "asked", "call"), CALLS, ids=[c[1] for c in CALLS])
def test_a_refusal_names_the_permission_and_the_resource(
    service: str, method: str, asked: dict[str, Any], call: Call
) -> None:
    session = note_calls(boto3.Session(region_name="us-east-1"))
    client = session.client(service)  # type: ignore[call-overload]
    with Stubber(client) as stubber:
        stubber.add_client_error(method, "AccessDenied", "Access Denied", http_status_code=403)
        with pytest.raises(ClientError) as raised:
            getattr(client, method)(**asked)

    assert call_of(raised.value) == call
    assert f"{call} was denied." in explained(raised.value).message
    assert f"Have {call.action} allowed" in explained(raised.value).message


def test_awss_own_words_on_who_may_not_do_what_count_most() -> None:
    words = (
        "User: arn:aws:iam::1:user/ann is not authorized to perform: dynamodb:Query on resource: "
        "arn:aws:dynamodb:us-east-1:1:table/images/index/review-queue because no identity-based "
        "policy allows the dynamodb:Query action"
    )

    call = call_of(refused("AccessDeniedException", words, "Query"))

    resource = "arn:aws:dynamodb:us-east-1:1:table/images/index/review-queue"
    assert call == Call("dynamodb:Query", resource)
