"""`darkroom logs`: which lines are an image's, and how they are shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from cli.errors import CommandError
from cli.logs import story as stories
from cli.logs.command import since_when
from cli.logs.entries import Entry, entry_of, process_entry
from cli.logs.reading import PAGE, read_events
from cli.logs.showing import plain_entry, shown
from cli.logs.story import story
from cli.stack import Stack

IMAGE, VERSION = 'we "ird" ü*.jpg', "0123456789abcdef"
PREFIX = "arn:aws:states:us-east-1:123456789012"
RUN = f"{PREFIX}:execution:pipeline:run"
EXPRESS = f"{PREFIX}:express:process:one:two"
AT = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
TRACE = """Traceback (most recent call last):
  File "/var/task/optimize/handler.py", line 42, in lambda_handler
    raise SettingError(text)
darkroom.errors.SettingError: expected a value for A, got none
expected a value for B, got none"""


def event(said: Any, seconds: float = 0, stream: str = "s") -> dict[str, Any]:
    message = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
    at = int((AT.timestamp() + seconds) * 1000)
    return {"timestamp": at, "message": message, "logStreamName": stream}


def line(message: str, **fields: Any) -> dict[str, Any]:
    own = {"level": "INFO", "message": message, "image": IMAGE, "version": VERSION}
    return own | {"execution": RUN, "service": "step", "cold_start": False} | fields


def entry(**fields: Any) -> Entry:
    given = {"at": AT, "step": "Optimize", "level": "ERROR", "message": "it broke", "image": IMAGE}
    return Entry(**given | {"version": VERSION, "execution": RUN, "fields": {}} | fields)


class Logs:
    """CloudWatch Logs, as the engine has it (a pattern for JSON finds everything) or AWS."""

    def __init__(self, **events: list[dict[str, Any]]) -> None:
        self.events = events
        self.asked: list[dict[str, Any]] = []

    def filter_log_events(self, **arguments: Any) -> dict[str, Any]:
        self.asked.append(arguments)
        found = self.events.get(arguments["logGroupName"], [])
        return {"events": [one for one in found if one["timestamp"] >= arguments["startTime"]]}


def a_stack(logs: Logs, answer: dict[str, Any] | None = None) -> Stack:
    """A stack with two functions and `process`, and one run whose `process` answered so."""
    summaries = [
        {
            "LogicalResourceId": f"{step}LogGroup",
            "PhysicalResourceId": step.lower(),
            "ResourceType": "AWS::Logs::LogGroup",
        }
        for step in ("Validate", "Optimize", "Process")
    ]
    cloudformation = SimpleNamespace(
        get_paginator=lambda _: SimpleNamespace(
            paginate=lambda **_: [{"StackResourceSummaries": summaries}]
        )
    )
    details = {"resource": "startSyncExecution", "resourceType": "aws-sdk:sfn"}
    ended = details | {"output": json.dumps(answer)}
    events = [{"type": "TaskSucceeded", "taskSucceededEventDetails": ended}] if answer else []
    histories = SimpleNamespace(
        get_paginator=lambda _: SimpleNamespace(
            paginate=lambda executionArn: [{"events": events if executionArn == RUN else []}]
        )
    )
    clients = {"logs": logs, "cloudformation": cloudformation, "stepfunctions": histories}
    session: Any = SimpleNamespace(client=lambda service, **_: clients[service])
    return Stack("tests", session, None, {"PipelineArn": f"{PREFIX}:stateMachine:pipeline"})


RECORD = {"image": IMAGE, "version": VERSION, "created_at": AT.isoformat(), "execution": RUN}
FAILED = {
    **{
        "ExecutionArn": EXPRESS,
        "Status": "FAILED",
        "Error": "Lambda.Unknown",
        "Cause": "Optimize: x",
    },
    **{"StartDate": AT.isoformat(), "StopDate": (AT + timedelta(seconds=9)).isoformat()},
}


def test_an_images_lines_over_all_functions_come_in_order_of_time_and_no_others() -> None:
    logs = Logs(
        validate=[
            event("START RequestId: 1"),
            event(line("accepted", timestamp="2026-11-20 06:00:01,500+0000"), seconds=9),
            event(line("another's", image="other.jpg")),
            event(line("another version's", version="f" * 16)),
            event('"a word"'),
        ],
        optimize=[event(line("encoded", variant="w320", timestamp="2026-11-20 06:00:02,250+0000"))],
    )

    found = story(a_stack(logs), [RECORD], None)

    assert [(one.step, one.message) for one in found] == [
        ("Validate", "accepted"),
        ("Optimize", "encoded"),
    ]
    # As the line says it; the engine takes lines in at the end of a call.
    assert found[0].at == AT + timedelta(seconds=1.5)
    assert found[1].fields == {"variant": "w320"}


def test_each_function_is_asked_from_the_records_beginning_by_what_needs_no_escapes() -> None:
    logs = Logs()
    story(a_stack(logs), [RECORD, RECORD | {"version": "f" * 16}], None)

    assert {one["logGroupName"] for one in logs.asked} == {"validate", "optimize"}
    for one in logs.asked:
        assert one["filterPattern"] == f'{{ $.version = "{VERSION}" || $.version = "{"f" * 16}" }}'
        assert one["startTime"] == AT.timestamp() * 1000 - 60_000


def test_patterns_stay_within_what_cloudwatch_takes() -> None:
    logs = Logs()
    story(a_stack(logs), [RECORD | {"version": f"{number:016x}"} for number in range(50)], None)

    assert len(logs.asked) == 6
    assert max(len(one["filterPattern"]) for one in logs.asked) <= 1024
    most = stories.IN_A_PATTERN_OF_ARNS
    [pattern] = stories._patterns("$.execution_arn", [f"{EXPRESS}{'x' * 200}"] * most, most)
    assert len(pattern) <= 1024


def test_the_lines_of_process_are_found_by_the_executions_that_the_runs_name() -> None:
    said = {
        **{"type": "TaskFailed", "execution_arn": EXPRESS, "event_timestamp": "1795154408000"},
        **{"details": {"error": "Lambda.Unknown", "cause": "boom", "resource": "invoke"}},
    }
    others = said | {"execution_arn": EXPRESS.replace("two", "three")}
    logs = Logs(process=[event(said), event(others)])

    [found] = story(a_stack(logs, FAILED), [RECORD], None)

    assert (found.step, found.level, found.message) == ("Process", "ERROR", "TaskFailed")
    assert (found.image, found.version, found.execution) == (IMAGE, VERSION, RUN)
    assert found.fields["cause"] == "boom"
    assert logs.asked[-1]["filterPattern"] == f'{{ $.execution_arn = "{EXPRESS}" }}'


def test_what_process_answered_is_told_where_no_line_does() -> None:
    [found] = story(a_stack(Logs(), FAILED), [RECORD], None)

    assert (found.step, found.message, found.at) == ("Process", "FAILED", AT + timedelta(seconds=9))
    assert found.fields == {"error": "Lambda.Unknown", "cause": "Optimize: x"}
    assert story(a_stack(Logs(), FAILED | {"Status": "SUCCEEDED"}), [RECORD], None) == []
    assert story(a_stack(Logs(), FAILED), [RECORD], AT + timedelta(seconds=10)) == []


def test_a_line_about_no_image_is_left_out() -> None:
    assert entry_of("Validate", event({"type": "platform.report"})) is None
    assert entry_of("Validate", event("REPORT RequestId: 1")) is None
    assert process_entry(event({"execution_arn": EXPRESS}), {}) is None


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────


def test_how_metrics_are_read_out_of_a_line_is_no_part_of_it() -> None:
    said = line("encoded", Seconds=0.4, stack="darkroom", _aws={"CloudWatchMetrics": []})
    found = entry_of("Optimize", {"timestamp": 0, "message": json.dumps(said)})
    assert found is not None and found.fields == {"Seconds": 0.4}


def test_an_empty_page_with_a_token_is_not_the_end() -> None:
    pages = [{"events": [], "nextToken": "1"}, {"events": [event("a")]}]
    client = SimpleNamespace(filter_log_events=lambda **_: pages.pop(0))

    assert [one["message"] for one in read_events(client, "group", AT)] == ["a"]


def test_so_many_pages_at_most_are_asked_for() -> None:
    asked = []

    def answer(**arguments: Any) -> dict[str, Any]:
        asked.append(arguments)
        return {"events": [event(str(len(asked)))], "nextToken": "more"}

    client = SimpleNamespace(filter_log_events=answer)

    assert len(list(read_events(client, "group", AT, pages=3))) == len(asked) == 3


def test_a_full_page_without_a_token_is_gone_on_from_its_last_moment() -> None:
    every = [event(str(number), seconds=number // 2) for number in range(PAGE + 3)]

    def answer(*, startTime: int, **_: Any) -> dict[str, Any]:
        return {"events": [one for one in every if one["timestamp"] >= startTime][:PAGE]}

    client = SimpleNamespace(filter_log_events=answer)

    assert [one["message"] for one in read_events(client, "group", AT)] == [
        one["message"] for one in every
    ]


# ── Showing ──────────────────────────────────────────────────────────────────────────────────────


def printed(*entries: Entry) -> str:
    console = Console(width=80, no_color=True)
    with console.capture() as capture:
        for text in shown(entries):
            console.print(text, soft_wrap=True)
    return capture.get()


def test_an_exception_is_named_on_its_line_and_its_traceback_is_told_once() -> None:
    broke = entry(exception=TRACE)

    text = printed(broke, broke)

    said = "it broke: SettingError: expected a value for A, got none; expected a value for B"
    assert text.count(said) == 2
    assert text.count("Traceback") == 1
    assert 'File "optimize/handler.py", line 42' in text


@pytest.mark.parametrize(
    ("exception", "what"),
    [
        (TRACE, "SettingError: expected a value for A, got none; expected a value for B, got none"),
        ("Traceback:\n  File x\nKeyError: 'a'", "KeyError: 'a'"),
        ("Traceback:\n  File x\nValueError", "ValueError"),
        ("Traceback:\n  File x\nbotocore.exceptions.X: a.b: c", "X: a.b: c"),
        ("", "it broke"),
    ],
)
def test_what_broke_is_one_line(exception: str, what: str) -> None:
    assert entry(exception=exception).what_broke == what


def test_a_line_shows_when_where_how_bad_what_and_the_fields() -> None:
    text = printed(entry(level="INFO", message="encoded", fields={"variant": "w 1", "files": 3}))

    assert text == "2026-11-20T06:00:00.000Z  Optimize  INFO     encoded  variant=w 1  files=3\n"


def test_of_several_versions_each_line_says_which() -> None:
    text = printed(entry(), entry(version="f" * 16))

    assert f"version={VERSION}" in text and f"version={'f' * 16}" in text
    assert "version=" not in printed(entry(), entry())


def test_log_lines_cannot_steer_the_terminal() -> None:
    text = printed(entry(message="\x1b[2J", fields={"a": "\x9b1m"}, exception="  \x1b]0;x\x07\nE"))

    assert not {"\x1b", "\x9b", "\x07"} & set(text)


def test_for_programs_a_line_has_its_fields_apart() -> None:
    found = plain_entry(entry(fields={"variant": "w320"}, exception=TRACE))

    assert found["fields"] == {"variant": "w320"} and found["exception"] == TRACE
    assert (found["at"], found["step"]) == ("2026-11-20T06:00:00.000Z", "Optimize")


# ── Since when ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("2h", timedelta(hours=2)),
        ("3d", timedelta(days=3)),
        ("2026-11-20T05:59:00Z", timedelta(minutes=1)),
        ("2026-11-20T06:59:00+01:00", timedelta(minutes=1)),
    ],
)
def test_since_is_a_time_or_so_long_ago(text: str, ago: timedelta) -> None:
    assert since_when(text, AT) == AT - ago


@pytest.mark.parametrize("text", ["", "m", "yesterday", "5 m", "-5m", "999999d"])
def test_another_word_for_since_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match="Expected a time such as 15m"):
        since_when(text, AT)
