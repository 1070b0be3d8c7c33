"""Metrics within a log line: what CloudWatch makes of it."""

from __future__ import annotations

import io
import json
import time
from types import SimpleNamespace
from typing import Any

import pytest

from cli.costing.functions import Function
from cli.costing.invocations import read_invocations
from cli.costing.logs import Line
from darkroom import observability
from darkroom.metrics import BY_OUTCOME, BY_STACK, BY_STEP, METRICS, NAMESPACE
from darkroom.observability import correlate, logger, report

CONTEXT = SimpleNamespace(
    function_name="f", memory_limit_in_mb=512, invoked_function_arn="arn", aws_request_id="r1"
)


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The one line of an invocation that reports what it is told."""
    log = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", log)
    monkeypatch.setenv("STACK_NAME", "darkroom")
    observability.settings.cache_clear()

    def logged(message: str, **more: Any) -> dict[str, Any]:
        @logger.inject_lambda_context(clear_state=True)
        def lambda_handler(event: Any, context: Any) -> None:
            correlate("a.jpg", "0" * 16, "arn:run")
            report(message, **more)

        lambda_handler({}, CONTEXT)
        [text] = log.getvalue().splitlines()
        fields: dict[str, Any] = json.loads(text)
        return fields

    yield logged
    observability.settings.cache_clear()


def directives(line: dict[str, Any]) -> dict[tuple[str, ...], list[str]]:
    """Names of metrics by their dimensions; each of the format's rules is checked.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    assert set(line["_aws"]) == {"Timestamp", "CloudWatchMetrics"}
    found = {}
    for directive in line["_aws"]["CloudWatchMetrics"]:
        assert directive["Namespace"] == NAMESPACE
        [dimensions] = directive["Dimensions"]
        for name in dimensions:
            assert isinstance(line[name], str) and line[name].isascii() and line[name]
        for metric in directive["Metrics"]:
            assert isinstance(line[metric["Name"]], int | float)
            assert metric["Unit"] == METRICS[metric["Name"]].unit
        found[tuple(dimensions)] = [metric["Name"] for metric in directive["Metrics"]]
    return found


def test_one_line_says_what_was_done_and_how_long_it_took(line: Any) -> None:
    found = line("encoded", measured={"BytesOut": 12}, files=3)

    assert directives(found) == {BY_STEP: ["Seconds", "BytesOut"]}
    assert (found["message"], found["files"], found["image"]) == ("encoded", 3, "a.jpg")
    assert (found["stack"], found["service"], found["BytesOut"]) == ("darkroom", "test", 12)
    assert 0 <= found["Seconds"] < 60
    assert abs(found["_aws"]["Timestamp"] - time.time() * 1000) < 60_000


def test_an_image_is_counted_by_what_became_of_it(line: Any) -> None:
    found = line("published", ended=("PUBLISHED", "default"), measured={"ReviewSeconds": 60})

    assert directives(found) == {
        BY_STEP: ["Seconds"],
        BY_STACK: ["ReviewSeconds"],
        BY_OUTCOME: ["Images"],
    }
    assert (found["Images"], found["status"], found["recipe"]) == (1, "PUBLISHED", "default")


def test_without_an_end_no_image_is_counted(line: Any) -> None:
    assert {"Images", "status", "recipe"}.isdisjoint(line("accepted"))


def test_the_bill_reads_the_line_and_its_metrics(line: Any) -> None:
    found = line("encoded", measured={"BytesOut": 12}, files=3)
    function = Function("optimize", "g", 512, "arm64", True, True, {})
    [one] = read_invocations(function, [Line("s", json.dumps(found))])

    assert (one.said["message"], one.said["files"]) == ("encoded", 3)
    assert one.metrics == {
        (NAMESPACE, "Seconds", "darkroom", "test"),
        (NAMESPACE, "BytesOut", "darkroom", "test"),
    }


def test_a_function_that_does_not_know_its_stack_does_its_work_all_the_same(
    line: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STACK_NAME")
    assert line("made")["stack"] == "unknown"
