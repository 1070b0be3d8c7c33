"""What the embedded engine asks policies about, where ours differs from MiniStack's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cli.embedded import permissions
from cli.engine import Engine

MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:darkroom-pipeline"


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Of a task that has gone out."""

    def run(state: Any, data: Any, execution: Any, context: Any) -> Any:
        return permissions.invoke_with_callback("resource", data, "the token", state)

    monkeypatch.setattr(permissions, "_machines", {})
    monkeypatch.setattr(permissions, "_execute_task", run)
    monkeypatch.setattr(permissions, "_invoke_with_callback", lambda *_: "done")
    assert permissions.execute_task({}, {}, {"stateMachineArn": MACHINE}, {}) == "done"
    yield "the token"


def asked(action: str, **body: str) -> str:
    headers = {"x-amz-target": f"AWSStepFunctions.{action}"}
    return permissions.extract_resource_arn(
        *("states", "POST", "/", headers, json.dumps(body).encode(), {}),
        *("us-east-1", "000000000000"),
    )


@pytest.mark.parametrize("action", ["SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat"])
def test_the_end_of_a_task_is_checked_against_its_state_machine(action: str, token: str) -> None:
    assert asked(action, taskToken=token) == MACHINE


def test_a_token_of_nobodys_is_checked_against_everything(token: str) -> None:
    assert asked("SendTaskSuccess", taskToken="another") == "*"
    assert asked("SendTaskSuccess") == "*"


def test_a_token_opens_no_other_action(token: str) -> None:
    assert asked("StopExecution", taskToken=token) == "*"
    assert asked("StartExecution", stateMachineArn="arn", taskToken=token) == "arn"


def test_an_engine_with_a_certificate_speaks_tls_and_is_to_be_trusted_by_it() -> None:
    plain, tls = Engine(1, 4566), Engine(1, 4566, "/tls.crt")

    assert (plain.endpoint, tls.endpoint) == ("http://127.0.0.1:4566", "https://127.0.0.1:4566")
    assert tls.function_url_prefix.startswith("https://localhost:4566/")
    assert "AWS_CA_BUNDLE" not in plain.environment()
    assert tls.environment()["AWS_CA_BUNDLE"] == "/tls.crt"
