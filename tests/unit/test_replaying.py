"""Dead letters: each is started once a turn, and none is lost where that breaks."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result
from moto import mock_aws

from cli import dead_letters, replaying
from cli.dead_letters import Delivery, Letter, NotOurs, Queue, Targets
from cli.main import main
from cli.stack import Stack

PREFIX = "arn:aws:states:us-east-1:123456789012:stateMachine:"
PIPELINE, SETTLE, WITHDRAW = (f"{PREFIX}{name}" for name in ("pipeline", "settle", "withdraw"))


class Executions:
    """Step Functions, as far as starting goes; `refused`: of so many starts the last is."""

    def __init__(self) -> None:
        self.started: list[tuple[str, Any]] = []
        self.refused = 0

    def start_execution(self, *, stateMachineArn: str, input: str) -> dict[str, Any]:
        if self.refused and len(self.started) + 1 == self.refused:
            raise RuntimeError("throttled")
        self.started.append((stateMachineArn, json.loads(input)))
        return {"executionArn": "arn"}


class Stacks:
    """CloudFormation, as far as it names `settle`."""

    def describe_stack_resource(self, **_: str) -> dict[str, Any]:
        return {"StackResourceDetail": {"PhysicalResourceId": SETTLE}}


class TestStack(Stack):
    __test__ = False

    def client(self, service: str) -> Any:
        return Stacks() if service == "cloudformation" else super().client(service)


@dataclass
class Operator:
    stack: Stack
    executions: Executions

    def send(self, body: str, **attributes: str) -> None:
        self.stack.client("sqs").send_message(
            QueueUrl=self.stack.outputs["DeadLetterQueueUrl"],
            MessageBody=body,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": text}
                for name, text in attributes.items()
            },
        )

    def run(self) -> Result:
        return CliRunner().invoke(main, ["replay"])

    def waiting(self) -> tuple[int, int]:
        """How many letters can be seen, and how many come again later."""
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        found = self.stack.client("sqs").get_queue_attributes(
            QueueUrl=self.stack.outputs["DeadLetterQueueUrl"], AttributeNames=names
        )["Attributes"]
        seen, later = (int(found[name]) for name in names)
        return seen, later


@functools.cache
def session() -> boto3.Session:
    return boto3.Session(region_name="us-east-1")


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Operator]:
    outputs = {"PipelineArn": PIPELINE, "WithdrawArn": WITHDRAW, "UploadBucket": "uploads"}
    stack = TestStack("tests", session(), None, outputs)
    executions = Executions()
    stack.__dict__.update(stepfunctions=executions)
    monkeypatch.setattr(replaying, "connect", lambda home, name: stack)
    monkeypatch.setattr(dead_letters, "WAIT_SECONDS", 0)
    with mock_aws(config={"core": {"reset_boto3_session": False}}):
        outputs["DeadLetterQueueUrl"] = stack.client("sqs").create_queue(QueueName="dead")[
            "QueueUrl"
        ]
        yield Operator(stack, executions)


def uploaded(key: str = "raw/a.jpg", bucket: str = "uploads") -> dict[str, Any]:
    return {"detail": {"bucket": {"name": bucket}, "object": {"key": key, "etag": "e"}}}


def ended(given: Any, machine: str = PIPELINE) -> dict[str, Any]:
    detail = {"stateMachineArn": machine, "executionArn": "arn", "input": json.dumps(given)}
    return {"detail": detail}


def of(operator: Operator, event: Any, **attributes: str) -> Delivery:
    return Targets(operator.stack).of(Letter("id", "receipt", json.dumps(event), attributes))


# ── What is whose ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("event", "delivery"),
    [
        (uploaded(), Delivery(PIPELINE, "a.jpg")),
        (uploaded("raw/"), Delivery(PIPELINE, "/")),
        (ended(uploaded()), Delivery(SETTLE, "a.jpg")),
        (ended({"image": "b.jpg", "action": "reopen"}, WITHDRAW), Delivery(SETTLE, "b.jpg")),
    ],
)
def test_an_event_is_for_the_machine_that_its_rule_starts(
    operator: Operator, event: Any, delivery: Delivery
) -> None:
    assert of(operator, event) == of(operator, event, TARGET_ARN=delivery.machine) == delivery


@pytest.mark.parametrize(
    "event",
    [
        *("text", 7, None, [], {}, {"detail": "text"}, {"detail": {"bucket": {}, "object": {}}}),
        uploaded(bucket="another"),
        uploaded("elsewhere/a.jpg"),
        {"detail": {"bucket": {"name": "uploads"}, "object": {"key": "raw/a.jpg"}}},
        ended(uploaded(), f"{PREFIX}another"),
        ended("text"),
        ended({}),
        ended({"detail": {}}),
    ],
)
def test_no_other_event_starts_anything(operator: Operator, event: Any) -> None:
    with pytest.raises(NotOurs, match="expected "):
        of(operator, event)


@pytest.mark.parametrize("target", [SETTLE, f"{PREFIX}another", ""])
def test_an_event_for_somebody_else_is_left_to_them(operator: Operator, target: str) -> None:
    with pytest.raises(NotOurs, match="for TARGET_ARN"):
        of(operator, uploaded(), TARGET_ARN=target)


def test_why_it_was_not_delivered_is_what_eventbridge_says() -> None:
    said = {"ERROR_CODE": "NO_PERMISSIONS", "ERROR_MESSAGE": "not authorized"}
    assert Letter("id", "receipt", "", said).why == "NO_PERMISSIONS: not authorized"
    assert Letter("id", "receipt", "", {}).why == ""


# ── None lost, none for ever ─────────────────────────────────────────────────────────────────────


def test_what_comes_again_at_once_is_looked_at_once(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_letters, "VISIBILITY_SECONDS", 0)
    for number in range(7):
        operator.send(f"no JSON {number}")

    found = [letter.body for letter in Queue(operator.stack).letters()]

    assert sorted(found) == [f"no JSON {number}" for number in range(7)]


def test_a_start_that_fails_leaves_its_letter_in_the_queue(operator: Operator) -> None:
    for number in range(3):
        operator.send(json.dumps(uploaded(f"raw/{number}.jpg")))
    operator.executions.refused = 1

    assert operator.run().exit_code == 1
    assert (operator.executions.started, operator.waiting()) == ([], (1, 2))


def test_what_was_started_is_deleted_and_what_is_not_ours_can_be_seen_at_once(
    operator: Operator,
) -> None:
    operator.send(json.dumps(uploaded()), TARGET_ARN=PIPELINE)
    operator.send("no JSON")
    operator.send(json.dumps(ended(uploaded())))

    result = operator.run()

    assert result.exit_code == 1
    assert "1 stay in the queue" in result.output
    assert operator.executions.started == [(PIPELINE, uploaded()), (SETTLE, ended(uploaded()))]
    assert operator.waiting() == (1, 0)


def test_a_letter_that_can_be_seen_again_by_now_is_put_back_already(operator: Operator) -> None:
    """Starting many takes longer than SQS hides what was received first."""
    operator.send("not ours")
    queue = Queue(operator.stack)
    [letter] = queue.letters()
    queue.delete(letter)

    queue.put_back(letter)
