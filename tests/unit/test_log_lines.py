"""What a line of a function's log says: CloudWatch bills each byte of it."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace
from typing import Any

import pytest

from darkroom.observability import correlate, logged, logger

EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:darkroom-pipeline:run"
# What `darkroom cost` reads, and what a picture, its run and an invocation of it are found by.
ALWAYS = {
    *("level", "message", "timestamp", "service"),
    *("image", "version", "execution"),
    *("function_request_id", "cold_start"),
}
CONTEXT = SimpleNamespace(
    function_name="darkroom-OptimizeFunction-1",
    memory_limit_in_mb=1769,
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:darkroom-Optimize",
    aws_request_id="52fdfc07-2182-454f-963f-5f0f9a621d72",
)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    log = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", log)
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-6b007d77-5df4e7bd5c606094851e164b;Sampled=0")
    return log


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], _: Any) -> None:
    correlate("trip/a b+ü.jpg", "0" * 16, EXECUTION)
    logger.info("encoded", extra={"files": 3})
    if "error" in event:
        try:
            raise OSError(event["error"])
        except OSError:
            logger.exception("it broke")


def test_a_line_says_what_is_read_and_what_the_step_adds_and_no_more(log: io.StringIO) -> None:
    lambda_handler({}, CONTEXT)
    lambda_handler({}, CONTEXT)

    first, second = lines(log)
    assert set(first) == set(second) == {*ALWAYS, "files"}
    assert (second["image"], second["execution"]) == ("trip/a b+ü.jpg", EXECUTION)
    assert second["function_request_id"] == CONTEXT.aws_request_id
    assert second["cold_start"] is False


def test_an_exception_says_where_it_came_from(log: io.StringIO) -> None:
    lambda_handler({"error": "no space"}, CONTEXT)

    _, broken = lines(log)
    assert {*ALWAYS, "exception"} <= set(broken)
    assert "OSError: no space" in broken["exception"] and __file__ in broken["exception"]


def test_what_breaks_a_handler_is_logged_with_its_picture_and_raised(log: io.StringIO) -> None:
    @logged
    def breaks(event: dict[str, Any], _: Any) -> None:
        correlate("trip/a b+ü.jpg", "0" * 16, EXECUTION)
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        breaks({}, CONTEXT)

    [line] = lines(log)
    assert (line["level"], line["image"], line["execution"]) == (
        "ERROR",
        "trip/a b+ü.jpg",
        EXECUTION,
    )
    assert "OSError: no space" in line["exception"]
