"""What executions and logs tell of a run: on AWS, and on the embedded engine."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cli.costing.express import gb_seconds
from cli.costing.functions import Function
from cli.costing.gathering import invocations_of
from cli.costing.histories import called, read_run, transitions
from cli.costing.invocations import read_invocations
from cli.costing.logs import MARGIN, Line, joined, read_lines
from cli.costing.starts import start_gb_seconds
from cli.logs.reading import PAGE
from cli.stack import Stack

START = datetime(2026, 11, 20, 6, tzinfo=UTC)
ARN = "arn:aws:states:us-east-1:123456789012:execution:darkroom-pipeline:1"
UPLOAD = {
    "version": "0",
    "source": "aws.s3",
    "detail": {"object": {"key": "raw/trip/a b.jpg", "etag": "e", "size": 1234}},
}
RECORDED = {"Attributes": {"image": {"S": "trip/a b.jpg"}, "version": {"S": "1" * 16}}}
ANSWER = {
    "Status": "SUCCEEDED",
    "Input": json.dumps({"image": "trip/a b.jpg", "version": "1" * 16}),
    "Output": json.dumps({"verdict": "accepted", "variants": []}),
    "StartDate": "2026-11-20T06:00:01.000Z",
    "StopDate": "2026-11-20T06:00:02.101Z",
}
ON_AWS = Function("resize", "group", 1769, "arm64", True, True, {})
AS_TEXT = Function("resize", "group", 1769, "arm64", True, False, {})


# ── Histories ────────────────────────────────────────────────────────────────────────────────────


class History:
    """Events one second apart, with the names that AWS or the engine gives to a Task's call."""

    def __init__(self, given: Any, is_aws: bool) -> None:
        self.events: list[dict[str, Any]] = []
        self._is_aws = is_aws
        self.add("ExecutionStarted", executionStartedEventDetails={"input": json.dumps(given)})

    def add(self, kind: str, **details: Any) -> None:
        at = START + timedelta(seconds=len(self.events))
        self.events.append({"type": kind, "timestamp": at, **details})

    def enter(self, kind: str, name: str) -> None:
        self.add(f"{kind}StateEntered", stateEnteredEventDetails={"name": name})

    def schedule(self, service: str, operation: str) -> None:
        self.add("TaskScheduled", taskScheduledEventDetails=self._resource(service, operation))

    def succeed(self, service: str, operation: str, result: Any) -> None:
        details = self._resource(service, operation) | {"output": json.dumps(result)}
        self.add("TaskSucceeded", taskSucceededEventDetails=details)

    def fail(self) -> None:
        self.add("TaskFailed", taskFailedEventDetails={"error": "E"})

    def _resource(self, service: str, operation: str) -> dict[str, str]:
        if self._is_aws:
            return {"resourceType": service, "resource": operation}
        return {
            "resourceType": "states",
            "resource": f"arn:aws:states:::{service}:{operation}",
        }


@pytest.fixture(params=[True, False], ids=["AWS", "engine"])
def history(request: pytest.FixtureRequest) -> History:
    history = History(UPLOAD, request.param)
    history.enter("Task", "Process")
    history.schedule("aws-sdk:sfn", "startSyncExecution")
    history.succeed("aws-sdk:sfn", "startSyncExecution", ANSWER)
    history.enter("Task", "Record")
    history.schedule("dynamodb", "updateItem")
    history.succeed("dynamodb", "updateItem", {})
    history.enter("Succeed", "Superseded")
    history.add("ExecutionSucceeded")
    return history


def test_a_history_tells_the_same_on_aws_and_on_the_engine(history: History) -> None:
    run = read_run(ARN, history.events)

    assert (run.image, run.version) == ("trip/a b.jpg", "1" * 16)
    assert run.transitions == 3
    assert run.calls == {"dynamodb:updateItem": 1, "sfn:startSyncExecution": 1}
    assert run.upload_bytes == 1234
    assert run.made == {"verdict": "accepted", "variants": []}
    assert run.windows == ((START + timedelta(seconds=2), START + timedelta(seconds=3)),)


def test_a_retry_is_a_transition_more(history: History) -> None:
    before = transitions(history.events)
    history.enter("Task", "Publish")
    history.schedule("lambda", "invoke")
    history.fail()
    history.schedule("lambda", "invoke")
    assert transitions(history.events) == before + 2


def test_a_callback_is_the_call_that_it_waits_for() -> None:
    history = History(UPLOAD, True)
    history.schedule("aws-sdk:dynamodb", "updateItem.waitForTaskToken")
    assert called(history.events[-1]) == "dynamodb:updateItem"


@pytest.mark.parametrize(
    ("given", "image"),
    [
        ({"image": "a.jpg", "version": "1" * 16}, "a.jpg"),
        ({"detail": {"input": json.dumps(UPLOAD)}}, "trip/a b.jpg"),
        ({"detail": {"object": {"key": "raw/", "etag": "e"}}}, "/"),
    ],
    ids=["an order", "an end", "an upload without a name"],
)
def test_whose_run_it_is_stands_in_its_input(given: Any, image: str) -> None:
    run = read_run(ARN, History(given, True).events)
    assert run.image == image
    assert run.upload_bytes is None


@pytest.mark.parametrize("answer", [{}, {"Status": "FAILED"}, {"Status": "TIMED_OUT"}], ids=str)
def test_whatever_became_of_a_run_its_version_is_known(answer: Any) -> None:
    history = History(UPLOAD, True)
    history.enter("Task", "Process")
    history.schedule("aws-sdk:sfn", "startSyncExecution")
    history.succeed("aws-sdk:sfn", "startSyncExecution", ANSWER | answer)
    assert read_run(ARN, history.events).version == "1" * 16


def test_of_the_end_of_a_run_that_never_began_its_work_the_record_says_the_version() -> None:
    history = History({"detail": {"input": json.dumps(UPLOAD)}}, True)
    history.enter("Task", "Settle")
    history.schedule("dynamodb", "updateItem")
    history.succeed("dynamodb", "updateItem", RECORDED)
    assert read_run(ARN, history.events).version == "1" * 16


# ── Express ──────────────────────────────────────────────────────────────────────────────────────


def test_what_aws_says_that_it_bills_counts() -> None:
    billed = {"BilledDurationInMilliseconds": 2000, "BilledMemoryUsedInMB": 128}
    assert gb_seconds(ANSWER | {"BillingDetails": billed}, "{}") == 2 * 128 / 1024


def test_elsewhere_duration_and_memory_are_rounded_up() -> None:
    assert gb_seconds(ANSWER, "{}") == pytest.approx(1.2 * 64 / 1024)


def test_data_counts_for_each_step_that_runs_beside_others() -> None:
    output = {"verdict": "accepted", "variants": [{"name": "x" * 150_000}] * 10}
    answer = ANSWER | {"Output": json.dumps(output)}
    assert gb_seconds(answer, "{}") == pytest.approx(1.2 * 128 / 1024)


# ── Logs ─────────────────────────────────────────────────────────────────────────────────────────


def said(request: str, **more: Any) -> str:
    return json.dumps({"message": "made", "function_request_id": request, **more})


METRICS = json.dumps(
    {
        "_aws": {
            "CloudWatchMetrics": [
                {"Namespace": "D", "Dimensions": [["service"]], "Metrics": [{"Name": "BytesIn"}]}
            ]
        },
        "service": "resize",
        "BytesIn": [1],
    }
)
TEXT = [
    "START RequestId: r1 Version: $LATEST",
    METRICS,
    said("r1", cold_start=True, image="ü"),
    "END RequestId: r1",
    "REPORT RequestId: r1\tDuration: 99.5 ms\tBilled Duration: 300 ms\tMemory Size: 1769 MB\t"
    "Max Memory Used: 103 MB\tInit Duration: 200.5 ms\t",
]
JSON = [
    json.dumps({"type": "platform.start", "record": {"requestId": "r1"}}),
    METRICS,
    said("r1", cold_start=True, image="ü"),
    json.dumps(
        {
            "type": "platform.report",
            "record": {
                "requestId": "r1",
                "metrics": {"billedDurationMs": 300, "memorySizeMB": 1769, "initDurationMs": 200.5},
            },
        }
    ),
]


@pytest.mark.parametrize(("function", "lines"), [(AS_TEXT, TEXT), (ON_AWS, JSON)])
def test_an_invocation_is_what_lambda_reports_and_what_we_said(
    function: Function, lines: list[str]
) -> None:
    [one] = read_invocations(function, [Line("s", line) for line in lines])

    assert (one.billed_ms, one.memory_mb, one.start_ms) == (300, 1769, 200.5)
    assert one.said["image"] == "ü"
    assert one.metrics == {("D", "BytesIn", "resize")}
    assert one.log_bytes == sum(len(line.encode()) for line in lines)


def test_a_line_without_a_request_belongs_to_what_its_stream_is_at() -> None:
    lines = [
        Line("a", "START RequestId: r1 Version: $LATEST"),
        Line("b", "START RequestId: r2 Version: $LATEST"),
        Line("a", METRICS),
        Line("b", "Traceback"),
        Line("c", "of nobody"),
    ]
    first, second = read_invocations(AS_TEXT, lines)
    assert first.log_bytes - second.log_bytes == len(METRICS) - len("Traceback")


def test_what_the_engine_writes_as_text_counts_as_long_as_the_json_of_aws() -> None:
    request = "2b785a64-102b-4a4e-95bb-d8ddf1704a98"
    text = [line.replace("r1", request) for line in TEXT]
    [one] = read_invocations(ON_AWS, [Line("s", line) for line in text])
    own = sum(len(line.encode()) for line in text if line.startswith("{"))
    # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
    assert 450 < one.log_bytes - own < 650

    [without] = read_invocations(ON_AWS, [Line("s", line) for line in text if line[:3] != "END"])
    assert without.log_bytes == one.log_bytes


def test_windows_that_overlap_with_their_margins_are_one() -> None:
    second = timedelta(seconds=1)
    early, late = (START, START + second), (START + 3 * MARGIN, START + 4 * MARGIN)
    close = (START + second, START + 2 * second)
    assert joined([late, close, early]) == [
        (START - MARGIN, START + 2 * second + MARGIN),
        (START + 2 * MARGIN, START + 5 * MARGIN),
    ]


class Logs:
    """As the engine gives them: so many at once, and no token."""

    def __init__(self, events: list[dict[str, Any]]) -> None:
        self._events = events

    def filter_log_events(self, startTime: int, endTime: int, **_: Any) -> dict[str, Any]:
        within = [one for one in self._events if startTime <= one["timestamp"] <= endTime]
        return {"events": within[:PAGE]}


def test_more_lines_than_come_at_once_are_read_each_once() -> None:
    first = int(START.timestamp() * 1000)
    events = [
        {"logStreamName": "s", "message": str(number), "timestamp": first + number // 7}
        for number in range(2 * PAGE + 5)
    ]
    window = (START, START + timedelta(hours=1))
    found = [line.message for line in read_lines(Logs(events), "group", [window])]
    assert found == [event["message"] for event in events]


def test_of_everything_all_lines_since_the_first_run_are_read_and_of_images_theirs() -> None:
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    visit = {
        "logStreamName": "s",
        "message": said("r1"),
        "timestamp": int((long_ago + timedelta(days=1)).timestamp() * 1000),
    }
    stack = cast(Stack, SimpleNamespace(client=lambda _: Logs([visit])))
    run = replace(read_run(ARN, History(UPLOAD, True).events), windows=((long_ago, long_ago),))
    assert len(invocations_of(stack, [ON_AWS], [run], is_whole=True)) == 1
    assert invocations_of(stack, [ON_AWS], [run], is_whole=False) == []


# ── Cold starts ──────────────────────────────────────────────────────────────────────────────────


def timed(*calls: tuple[bool, int]) -> float:
    lines = []
    for number, (is_cold, ms) in enumerate(calls):
        lines += [
            Line("s", said(f"r{number}", cold_start=is_cold)),
            Line(
                "s", f"REPORT RequestId: r{number}\tBilled Duration: {ms} ms\tMemory Size: 1024 MB"
            ),
        ]
    return start_gb_seconds(read_invocations(AS_TEXT, lines))


def test_a_start_is_what_a_first_call_took_beyond_the_others() -> None:
    assert timed((True, 900), (False, 100), (False, 300)) == pytest.approx(0.7)


def test_a_start_without_others_to_compare_with_is_not_told_apart() -> None:
    assert timed((True, 900)) == 0


def test_where_lambda_tells_the_start_that_counts() -> None:
    [one] = read_invocations(ON_AWS, [Line("s", line) for line in JSON])
    assert start_gb_seconds([one]) == pytest.approx(0.2005 * 1769 / 1024)
