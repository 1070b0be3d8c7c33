"""Taking back what was decided or published: the state machine `withdraw`, started and watched."""

from __future__ import annotations

import json
from typing import Literal

from cli.errors import CommandError
from cli.executions import BROKEN, described
from cli.records import Record
from cli.stack import Stack

SUCCEEDED = "SUCCEEDED"
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
    found = described(stack, arn)
    if found and found["status"] in BROKEN:
        cause = found.get("cause") or found.get("error") or "no cause was given"
        raise CommandError(
            f"The withdrawal has {found['status']}: {cause[:MAX_CAUSE]}",
            f"The same command goes on with it. The execution: {arn}",
        )
    return found is not None and found["status"] == SUCCEEDED


def is_broken(stack: Stack, arn: str) -> bool:
    found = described(stack, arn)
    return found is not None and found["status"] in BROKEN
