"""What the history of an execution tells: transitions, calls, and what `process` answered."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from darkroom.keys import image_of

Event = Mapping[str, Any]
Window = tuple[datetime, datetime]

EXPRESS = "sfn:startSyncExecution"
# In these our functions run.
LAMBDA_WORKS = {EXPRESS, "lambda:invoke"}


@dataclass(frozen=True)
class Run:
    """One execution of a Standard workflow.

    `transitions`: as AWS bills them. `calls`: how often each service was called, such as
    `dynamodb:updateItem`. `answers`: of `process`, as startSyncExecution gives them; each begins
    with a claim, which is one more `dynamodb:updateItem`.
    `upload_bytes`: of what S3 announced, None where the run began otherwise. `windows`: when
    functions ran.
    """

    arn: str
    image: str
    version: str | None
    transitions: int
    states: Counter[str]
    calls: Counter[str]
    answers: tuple[dict[str, Any], ...]
    upload_bytes: int | None
    windows: tuple[Window, ...]

    @property
    def made(self) -> dict[str, Any]:
        """The last output of `process`, empty where there is none."""
        outputs = [output_of(answer) for answer in self.answers]
        return next((output for output in reversed(outputs) if output), {})


def output_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What `process` put out; empty where it failed."""
    if answer.get("Status") != "SUCCEEDED":
        return {}
    output: dict[str, Any] = json.loads(answer["Output"])
    return output


def read_run(arn: str, events: Sequence[Event]) -> Run:
    """A run as its history has it, oldest event first."""
    given = json.loads(events[0]["executionStartedEventDetails"]["input"])
    calls = [(called(event), event) for event in events if event["type"] == "TaskScheduled"]
    answers = tuple(results(events, EXPRESS))
    version = _version(events, answers) or given.get("version")
    is_upload = given.get("source") == "aws.s3"
    return Run(
        arn=arn,
        image=_image(given),
        version=None if version == "0" else version,
        transitions=transitions(events),
        states=Counter(_entered(events)),
        calls=Counter(call for call, _ in calls),
        answers=answers,
        upload_bytes=given["detail"]["object"].get("size", 0) if is_upload else None,
        windows=tuple(_windows(events)),
    )


def transitions(events: Iterable[Event]) -> int:
    """How many AWS bills: each state that is entered, each retry, each redrive.

    https://aws.amazon.com/step-functions/pricing/
    """
    kinds = Counter(event["type"] for event in events)
    entered = sum(count for kind, count in kinds.items() if kind.endswith("StateEntered"))
    retries = max(0, kinds["TaskScheduled"] - kinds["TaskStateEntered"])
    return entered + retries + kinds["ExecutionRedriven"]


def called(event: Event) -> str:
    """Service and operation of a Task's event: `dynamodb:updateItem`, `lambda:invoke`.

    AWS tells them apart (`aws-sdk:sfn`, `startSyncExecution`); the engine gives the state's ARN.
    """
    details = next(value for name, value in event.items() if name.endswith("EventDetails"))
    resource = str(details["resource"])
    if resource.startswith("arn:"):
        name = resource.partition(":::")[2]
    else:
        name = f"{details['resourceType']}:{resource}"
    return name.removeprefix("aws-sdk:").partition(".")[0]


def _entered(events: Iterable[Event]) -> list[str]:
    return [
        event["stateEnteredEventDetails"]["name"]
        for event in events
        if event["type"].endswith("StateEntered")
    ]


def results(events: Iterable[Event], call: str) -> list[dict[str, Any]]:
    """The outputs of the tasks that made such a call."""
    return [
        json.loads(event["taskSucceededEventDetails"]["output"])
        for event in events
        if event["type"] == "TaskSucceeded" and called(event) == call
    ]


def _version(events: Sequence[Event], answers: Sequence[Mapping[str, Any]]) -> str | None:
    """As `process` was given it, or as a record says that was claimed here."""
    asked = (json.loads(answer["Input"])["version"] for answer in answers)
    found = (
        result["Attributes"]["version"]["S"]
        for result in results(events, "dynamodb:updateItem")
        if "version" in result.get("Attributes", {})
    )
    return next(chain(asked, found), None)


def _windows(events: Iterable[Event]) -> list[Window]:
    """From the call of a function to whatever became of it, or to the end of what is known."""
    found: list[Window] = []
    start: datetime | None = None
    last: datetime | None = None
    for event in events:
        last = event["timestamp"]
        if (
            start is not None
            and event["type"].startswith(("Task", "Execution"))
            and (event["type"] not in ("TaskScheduled", "TaskStarted", "TaskSubmitted"))
        ):
            found.append((start, event["timestamp"]))
            start = None
        if event["type"] == "TaskScheduled" and called(event) in LAMBDA_WORKS:
            start = event["timestamp"]
    if start is not None and last is not None:
        found.append((start, last))
    return found


def _image(given: Mapping[str, Any]) -> str:
    """Whose run it is, by its input: an event of S3, one of an execution's end, or an order."""
    if "image" in given:
        return str(given["image"])
    detail = given.get("detail", {})
    if "object" in detail:
        return image_of(str(detail["object"]["key"])) or "/"
    return _image(json.loads(detail["input"])) if "input" in detail else ""
