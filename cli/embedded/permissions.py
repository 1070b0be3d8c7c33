"""A repair: with IAM on, MiniStack checks SendTask* against `*` (1.5.33), AWS against the machine.

AWS's service authorization reference names no resource for these three actions, but its own denials
do: "is not authorized to perform: states:SendTaskFailure on resource: arn:…:stateMachine:…". So a
policy that names the state machine works there, as the AWS CDK's `grantTaskResponse` writes it, and
must work here. A token that no state machine has given out since the start is checked against `*`
as before, which allows less.
"""

from __future__ import annotations

import json
import threading
from typing import Any

from ministack.core import iam_actions
from ministack.services import stepfunctions

TARGETS = {f"AWSStepFunctions.SendTask{end}".lower() for end in ("Success", "Failure", "Heartbeat")}

_execute_task = stepfunctions._execute_task
_invoke_with_callback = stepfunctions._invoke_with_callback
_extract_resource_arn = iam_actions.extract_resource_arn

_here = threading.local()
# Of tokens that are closed as well: AWS finds the state machine in the token itself.
_machines: dict[str, str] = {}


def execute_task(state: Any, data: Any, execution: dict[str, Any], context: Any) -> Any:
    _here.machine = execution["stateMachineArn"]
    return _execute_task(state, data, execution, context)


def invoke_with_callback(resource: Any, data: Any, token: str, state: Any) -> Any:
    """In the thread of `execute_task`, with the token that the task goes out with."""
    _machines[token] = _here.machine
    return _invoke_with_callback(resource, data, token, state)


def extract_resource_arn(
    service: str, method: str, path: str, headers: dict[str, str], body: bytes, *rest: Any
) -> str:
    """The ARN that policies are asked about: of SendTask*, the state machine that waits."""
    if service == "states" and headers.get("x-amz-target", "").lower() in TARGETS:
        return _machines.get(_token(body), "*")
    return str(_extract_resource_arn(service, method, path, headers, body, *rest))


def _token(body: bytes) -> str:
    try:
        return str(json.loads(body)["taskToken"])
    except (ValueError, KeyError, TypeError):
        return ""


def install() -> None:
    stepfunctions._execute_task = execute_task
    stepfunctions._invoke_with_callback = invoke_with_callback
    iam_actions.extract_resource_arn = extract_resource_arn
