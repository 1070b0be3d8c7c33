"""Taking back what was decided or published: the state machine `withdraw`, started and watched."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from botocore.exceptions import ClientError

from cli.errors import CommandError
from cli.records import Record
from cli.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

SUCCEEDED = "SUCCEEDED"
BROKEN = ("FAILED", "TIMED_OUT", "ABORTED")
MAX_CAUSE = 500


def start(
    stack: Stack,
    action: Literal["reopen", "retract"],
    record: Record,
    by: str,
    reason: str,
    now: str,
) -> str:
    """The ARN of the execution. Twice is once: it claims the record from the run seen here."""
    order = {name: record[name] for name in ("image", "version", "execution")}
    order |= {"action": action, "by": by, "reason": reason, "at": now}
    answer = stack.stepfunctions.start_execution(
        stateMachineArn=stack.output("WithdrawArn"), input=json.dumps(order, ensure_ascii=False)
    )
    return answer["executionArn"]


def has_succeeded(stack: Stack, arn: str) -> bool:
    """False while it runs. Raises CommandError where it broke."""
    found = _described(stack, arn)
    if found and found["status"] in BROKEN:
        cause = found.get("cause") or found.get("error") or "no cause was given"
        raise CommandError(
            f"The withdrawal has {found['status']}: {cause[:MAX_CAUSE]}",
            f"The same command goes on with it. The execution: {arn}",
        )
    return found is not None and found["status"] == SUCCEEDED


def is_broken(stack: Stack, arn: str) -> bool:
    found = _described(stack, arn)
    return found is not None and found["status"] in BROKEN


def _described(stack: Stack, arn: str) -> DescribeExecutionOutputTypeDef | None:
    """None where there is none yet, or none any more: AWS forgets executions after 90 days."""
    try:
        return stack.stepfunctions.describe_execution(executionArn=arn)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ExecutionDoesNotExist":
            return None
        raise
