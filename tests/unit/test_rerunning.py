"""Which version runs again, which does not and why, and with which event."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from boto3.dynamodb.types import TypeSerializer
from botocore.exceptions import ClientError
from click.testing import CliRunner
from moto import mock_aws

from cli import candidates, restarting
from cli.errors import CommandError
from cli.main import main
from cli.reconciling.facts import version_of
from cli.stack import Stack
from darkroom import statuses
from tests.statemachine.definitions import RESOURCES

PREFIX = "arn:aws:states:us-east-1:123456789012"
RUN, WITHDRAWAL = f"{PREFIX}:execution:pipeline:1", f"{PREFIX}:execution:withdraw:1"
IMAGE = "trip/a b.jpg"
OLD, NEW = "0" * 16, "1" * 16
UPLOAD = {"key": f"raw/{IMAGE}", "etag": "e", "version_id": "v", "sequencer": "0A"}
ANNOUNCED = {"key": f"raw/{IMAGE}", "etag": "e", "version-id": "v", "sequencer": "0A"}


def record(status: str, version: str = NEW, **more: Any) -> dict[str, Any]:
    return {"image": IMAGE, "version": version, "status": status, "execution": RUN, **more}


def chosen(
    *found: dict[str, Any], version: str | None = None, force: bool = False
) -> dict[str, Any]:
    return candidates.to_rerun(
        found, version, force, lambda record: record["execution"] == WITHDRAWAL
    )


def refusal(*found: dict[str, Any], **options: Any) -> str:
    with pytest.raises(CommandError) as raised:
        chosen(*found, **options)
    return str(raised.value.message)


# ── Which ────────────────────────────────────────────────────────────────────────────────────────


def test_the_newest_version_runs_again_if_it_failed_or_another_that_is_named() -> None:
    old, new = record(statuses.FAILED, OLD), record(statuses.FAILED)
    assert chosen(old, new) == new
    assert chosen(old, new, version=OLD) == old


@pytest.mark.parametrize(
    "status", [statuses.PUBLISHED, statuses.REJECTED, statuses.EXPIRED, statuses.INVALID]
)
def test_what_ended_runs_again_by_force_only(status: str) -> None:
    said = refusal(record(status))
    assert f"version {NEW}, is {status}" in said
    assert f"`darkroom rerun '{IMAGE}' --force` processes it again and asks" in said
    assert chosen(record(status), force=True)["status"] == status


@pytest.mark.parametrize("status", statuses.OPEN)
def test_what_is_under_way_is_looked_at_first(status: str) -> None:
    said = refusal(record(status))
    assert f"is {status}" in said
    assert "`darkroom reconcile` looks whether it is stuck. --force " in said
    assert chosen(record(status), force=True)["status"] == status


def test_an_older_version_that_failed_is_named() -> None:
    said = refusal(record(statuses.FAILED, OLD), record(statuses.PUBLISHED))
    assert f"Version {OLD} is FAILED: --version names it." in said


@pytest.mark.parametrize("force", [True, False])
def test_a_withdrawal_is_gone_on_with_by_its_own_command(force: bool) -> None:
    broken = record(statuses.FAILED, execution=WITHDRAWAL)
    under_way = record(statuses.PROCESSING, execution=WITHDRAWAL)
    taken_down = record(statuses.RETRACTED, execution=WITHDRAWAL, error={"step": "Withdraw"})
    assert f"`darkroom reopen '{IMAGE}'` goes on" in refusal(broken, force=force)
    assert "`darkroom reconcile` looks" in refusal(under_way, force=force)
    assert f"`darkroom retract '{IMAGE}' --reason …` goes on" in refusal(taken_down, force=force)


@pytest.mark.parametrize("force", [True, False])
def test_what_was_withdrawn_for_good_stays_so(force: bool) -> None:
    assert "withdrawn for good" in refusal(record(statuses.RETRACTED), force=force)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Expected images to run again, or --failed"),
        (["a.jpg", "--failed"], "Expected images to run again, or --failed"),
        (["a.jpg", "b.jpg", "--version", NEW], "Expected one image for --version, got 2"),
        (["--failed", "--version", NEW], "Expected one image for --version, got 0"),
        (["--failed", "--force"], "Expected images for --force"),
    ],
)
def test_options_that_do_not_go_together_are_refused(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(main, ["rerun", *arguments])
    assert (result.exit_code, said in result.output) == (1, True), result.output


# ── With which event ─────────────────────────────────────────────────────────────────────────────


class Executions:
    """Step Functions, as far as starting and describing go."""

    def __init__(self) -> None:
        self.inputs = {RUN: json.dumps({"detail": {"object": ANNOUNCED | {"size": 7}}})}
        self.started: list[dict[str, Any]] = []

    def start_execution(self, *, stateMachineArn: str, input: str) -> dict[str, Any]:
        assert stateMachineArn == f"{PREFIX}:stateMachine:pipeline"
        self.started.append(json.loads(input))
        return {"executionArn": RUN.replace(":1", ":2")}

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:
        if executionArn not in self.inputs:
            answer = {"Error": {"Code": "ExecutionDoesNotExist", "Message": ""}}
            raise ClientError(answer, "DescribeExecution")
        return {"status": "FAILED", "input": self.inputs[executionArn]}


@functools.cache
def session() -> boto3.Session:
    return boto3.Session(region_name="us-east-1")


@pytest.fixture
def stack() -> Iterator[Stack]:
    outputs = {"ImagesTable": "ImagesTable", "UploadBucket": "uploads"}
    outputs |= {"PipelineArn": f"{PREFIX}:stateMachine:pipeline"}
    outputs |= {"WithdrawArn": f"{PREFIX}:stateMachine:withdraw"}
    stack = Stack("tests", session(), None, outputs)
    stack.__dict__.update(stepfunctions=Executions())
    with mock_aws(config={"core": {"reset_boto3_session": False}}):
        properties = RESOURCES["ImagesTable"]["Properties"]
        names = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "BillingMode")
        wanted = {name: properties[name] for name in names}
        stack.dynamodb.create_table(TableName="ImagesTable", **wanted)
        stack.s3.create_bucket(Bucket="uploads")
        yield stack


def restarted(
    stack: Stack, force: bool = False, status: str = statuses.FAILED, **fields: Any
) -> dict[str, Any]:
    """The input of the run that is started for a record with these fields."""
    found = record(status, **fields)
    stack.dynamodb.put_item(
        TableName="ImagesTable",
        Item={name: TypeSerializer().serialize(value) for name, value in found.items()},
    )
    restarting.start(stack, restarting.order_of(stack, found, force))
    [order] = stack.stepfunctions.started  # type: ignore[attr-defined]
    return dict(order)


def test_the_event_is_the_uploads_and_the_version_keeps_its_name(stack: Stack) -> None:
    assert restarted(stack, upload=UPLOAD) == {
        "detail": {"bucket": {"name": "uploads"}, "object": ANNOUNCED},
        "version": NEW,
        "reopened": {},
    }


def test_what_was_reopened_stays_so_and_force_is_passed_on(stack: Stack) -> None:
    reopened = {"by": "Ann", "at": "2026", "reason": ""}
    order = restarted(stack, True, upload=UPLOAD, reopened=reopened)
    assert (order["reopened"], order["force"]) == (reopened, True)


def test_a_record_that_was_never_claimed_runs_with_what_its_execution_was_told(
    stack: Stack,
) -> None:
    assert restarted(stack)["detail"]["object"] == ANNOUNCED


def test_where_nothing_else_says_it_the_upload_that_is_there_runs(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restarting, "recipe_revision", lambda stack: "1")
    stack.s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})
    put = stack.s3.put_object(Bucket="uploads", Key=f"raw/{IMAGE}", Body=b"x")
    etag = put["ETag"].strip('"')
    order = restarted(stack, execution=f"{RUN}-forgotten", version=version_of(etag, "1"))
    assert order["detail"]["object"] == {
        "key": f"raw/{IMAGE}",
        "etag": etag,
        "version-id": put["VersionId"],
    }


def test_other_bytes_than_the_versions_never_run_under_its_name(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What somebody decided about the one would count for the other."""
    monkeypatch.setattr(restarting, "recipe_revision", lambda stack: "1")
    stack.s3.put_object(Bucket="uploads", Key=f"raw/{IMAGE}", Body=b"other bytes")
    with pytest.raises(CommandError, match="is not what lies under its name"):
        restarted(stack, execution=f"{RUN}-forgotten")


def test_what_is_published_and_has_no_upload_any_more_stays_as_it_is(stack: Stack) -> None:
    put = stack.s3.put_object(Bucket="uploads", Key=f"raw/{IMAGE}", Body=b"x")
    there = {"key": f"raw/{IMAGE}", "etag": put["ETag"].strip('"')}
    assert restarted(stack, True, statuses.PUBLISHED, upload=there)["force"]
    for gone in (there | {"etag": "e"}, there | {"key": "raw/gone"}):
        with pytest.raises(CommandError, match="is gone: it would be INVALID"):
            restarted(stack, True, statuses.PUBLISHED, upload=gone)


def test_where_there_is_no_upload_either_it_says_so(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restarting, "recipe_revision", lambda stack: "1")
    with pytest.raises(CommandError, match="Nothing says which upload"):
        restarted(stack, execution=WITHDRAWAL)


def test_an_execution_of_withdraw_is_known_by_its_name(stack: Stack) -> None:
    assert restarting.is_withdrawal(stack, WITHDRAWAL)
    assert not restarting.is_withdrawal(stack, RUN)
    assert not restarting.is_withdrawal(stack, f"{PREFIX}:execution:withdraw-2:1")
