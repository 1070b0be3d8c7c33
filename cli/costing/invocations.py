"""Invocations of a function, from its log: what each took, and what it said that it did."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cli.costing.functions import Function
from cli.costing.logs import Line

# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
START = re.compile(r"START RequestId: (\S+)")
END = re.compile(r"END RequestId: ")
REPORT = re.compile(
    r"REPORT RequestId: (\S+)\s.*?Billed Duration: (\d+) ms.*?Memory Size: (\d+) MB"
    r"(?:.*?Init Duration: ([\d.]+) ms)?",
    re.DOTALL,
)


@dataclass
class Invocation:
    """`billed_ms`: None where Lambda has not reported. `start_ms`: of it, the time that a new
    environment took, where Lambda says so. `said`: the last line of ours, by its fields."""

    function: Function
    request: str
    billed_ms: int | None = None
    memory_mb: int = 0
    start_ms: float | None = None
    said: Mapping[str, Any] = field(default_factory=dict)
    log_bytes: int = 0
    metrics: set[tuple[str, ...]] = field(default_factory=set)

    @property
    def gb(self) -> float:
        return self.memory_mb / 1024

    @property
    def is_cold(self) -> bool:
        return self.start_ms is not None or bool(self.said.get("cold_start"))


def read_invocations(function: Function, lines: Iterable[Line]) -> list[Invocation]:
    """The invocations that the lines tell of, in the order in which they began.

    An environment has one log stream and does one thing at a time, so a line that names no
    request belongs to the one that its stream is at.
    """
    found: dict[str, Invocation] = {}
    at: dict[str, Invocation] = {}
    for line in lines:
        fields = _fields(line.message)
        started, reported = _started(line.message, fields), _report(line.message, fields)
        request = started or (reported and reported[0]) or fields.get("function_request_id")
        if request:
            at[line.stream] = found.setdefault(request, Invocation(function, request))
        invocation = at.get(line.stream)
        if invocation is None:
            continue
        invocation.log_bytes += _billed_bytes(function, line.message, invocation.request, fields)
        if reported:
            _, invocation.billed_ms, invocation.memory_mb, invocation.start_ms = reported
        if "_aws" in fields:
            invocation.metrics |= _metrics(fields)
        if "function_request_id" in fields:
            invocation.said = fields
    return list(found.values())


def _fields(message: str) -> dict[str, Any]:
    if not message.startswith("{"):
        return {}
    try:
        fields: dict[str, Any] = json.loads(message)
    except ValueError:
        return {}
    return fields


def _started(message: str, fields: Mapping[str, Any]) -> str | None:
    if fields.get("type") == "platform.start":
        return str(fields["record"]["requestId"])
    found = START.match(message)
    return found[1] if found else None


def _report(message: str, fields: Mapping[str, Any]) -> tuple[str, int, int, float | None] | None:
    """Request, billed ms, MB, and ms of initialization where there was any."""
    if fields.get("type") == "platform.report":
        metrics = fields["record"]["metrics"]
        start = metrics.get("initDurationMs")
        return (
            fields["record"]["requestId"],
            metrics["billedDurationMs"],
            metrics["memorySizeMB"],
            start,
        )
    found = REPORT.match(message)
    if found is None:
        return None
    return found[1], int(found[2]), int(found[3]), float(found[4]) if found[4] else None


def _billed_bytes(function: Function, message: str, request: str, fields: Mapping[str, Any]) -> int:
    """What CloudWatch bills of a line: its UTF-8.

    The engine writes Lambda's own lines as text always. Where the function is set to JSON, they
    count as long as AWS's are, which then has no END.
    """
    if function.logs_json and not fields:
        if END.match(message):
            return 0
        if START.match(message):
            return len(_json_start(request))
        if REPORT.match(message):
            return len(_json_report(request, function.is_traced))
    return len(message.encode())


def _json_start(request: str) -> str:
    return (
        '{"time":"2026-11-20T06:00:00.000Z","type":"platform.start",'
        f'"record":{{"requestId":"{request}","version":"$LATEST"}}}}'
    )


def _json_report(request: str, is_traced: bool) -> str:
    tracing = (
        '"tracing":{"spanId":"0123456789abcdef","type":"X-Amzn-Trace-Id","value":"Root=1-'
        '6b007d77-5df4e7bd5c606094851e164b;Parent=0123456789abcdef;Sampled=1"},'
        if is_traced
        else ""
    )
    return (
        '{"time":"2026-11-20T06:00:00.000Z","type":"platform.report",'
        f'"record":{{"requestId":"{request}","metrics":{{"durationMs":123.456,'
        '"billedDurationMs":124,"memorySizeMB":1769,"maxMemoryUsedMB":123},'
        f'{tracing}"status":"success"}}}}'
    )


def _metrics(fields: Mapping[str, Any]) -> set[tuple[str, ...]]:
    """What CloudWatch counts as metrics of their own in a line of its embedded format."""
    return {
        (directive["Namespace"], metric["Name"], *(str(fields.get(name)) for name in dimensions))
        for directive in fields["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
        for dimensions in directive["Dimensions"]
    }
