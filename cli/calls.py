"""Which call of AWS an error is about: botocore's own errors say the operation and no more."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError

# Where the note lies, in botocore's context of a request and in its error.
NOTE = "darkroom-call"
# The IAM actions that are not called as the operation is.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
ACTIONS = {
    "s3:HeadObject": "s3:GetObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "s3:UploadPart": "s3:PutObject",
    "s3:CompleteMultipartUpload": "s3:PutObject",
    "s3:CopyObject": "s3:PutObject",
    "s3:DeleteObjects": "s3:DeleteObject",
}
PREFIXES = {"stepfunctions": "states"}
# What names a resource in the parameters of the calls that the command makes.
RESOURCES = (
    *("TableName", "StackName", "SecretId", "QueueUrl", "TopicArn", "FunctionName"),
    *("stateMachineArn", "executionArn", "logGroupName"),
)
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
REFUSAL = re.compile(r"not authorized to perform:? ([\w-]+:\w+)(?: on resource:? (\S+))?")


@dataclass(frozen=True)
class Call:
    """`action` is IAM's name, such as s3:GetObject; `resource` is empty where none is known."""

    action: str
    resource: str = ""

    def __str__(self) -> str:
        return f"{self.action} on {self.resource}" if self.resource else self.action


def note_calls(session: boto3.Session) -> boto3.Session:
    """`session`, whose clients put the call into each error."""
    session.events.register("provide-client-params.*.*", _begin)
    session.events.register("after-call.*.*", _end)
    return session


def call_of(error: ClientError) -> Call:
    """What AWS's own words say, else what was noted, else the operation."""
    noted: Call | None = error.response.get("Error", {}).get(NOTE)  # type: ignore[assignment]
    words = REFUSAL.search(str(error))
    if words:
        resource = (words[2] or "").strip('".,')
        return Call(words[1], resource or (noted.resource if noted else ""))
    return noted or Call(error.operation_name)


def _begin(params: Mapping[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
    service = model.service_model.service_name
    action = f"{PREFIXES.get(service, service)}:{model.name}"
    context[NOTE] = Call(ACTIONS.get(action, action), _resource(params))


def _end(parsed: dict[str, Any], context: Mapping[str, Any], **_: Any) -> None:
    if "Error" in parsed and NOTE in context:
        parsed["Error"][NOTE] = context[NOTE]


def _resource(params: Mapping[str, Any]) -> str:
    if "Bucket" in params:
        key = params.get("Key") or params.get("Prefix") or ""
        return f"s3://{params['Bucket']}/{key}".rstrip("/")
    return str(next((params[name] for name in RESOURCES if name in params), ""))
