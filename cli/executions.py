"""Executions of the state machines: whose one is, and what Step Functions says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cli.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.type_defs import (
        DescribeExecutionOutputTypeDef,
        HistoryEventTypeDef,
    )

RUNNING = "RUNNING"
BROKEN = ("FAILED", "TIMED_OUT", "ABORTED")


def is_of(machine: str, execution: str) -> bool:
    """Whether an execution is one of the state machine, both by ARN."""
    return execution.startswith(machine.replace(":stateMachine:", ":execution:") + ":")


def described(stack: Stack, arn: str) -> DescribeExecutionOutputTypeDef | None:
    """None where there is none yet, or none any more: AWS forgets executions after 90 days."""
    try:
        return stack.stepfunctions.describe_execution(executionArn=arn)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ExecutionDoesNotExist":
            return None
        raise


def whole_history(stack: Stack, arn: str) -> list[HistoryEventTypeDef]:
    """All events of an execution, oldest first; none where AWS has forgotten it."""
    pages = stack.stepfunctions.get_paginator("get_execution_history").paginate(executionArn=arn)
    try:
        return [event for page in pages for event in page["events"]]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ExecutionDoesNotExist":
            return []
        raise
