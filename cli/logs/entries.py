"""What a log line says."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cli.logs.groups import PROCESS

# Powertools', which milliseconds follow.
TIME = "%Y-%m-%d %H:%M:%S,%f%z"
ERROR = "ERROR"
# Before the name of an exception.
MODULE = re.compile(r"^(?:\w+\.)+(?=\w+(?::|$))")
# What every line has, or nobody reads.
COMMON = {
    *("level", "message", "timestamp", "service", "image", "version", "execution"),
    *("function_request_id", "cold_start", "exception", "exception_name", "stack_trace"),
    *("_aws", "stack"),  # how CloudWatch reads the metrics in it
}
# A line's fields of `process`, as Step Functions writes them.
DETAILS = ("error", "cause", "name", "resource")


@dataclass(frozen=True)
class Entry:
    """One line. `step`: whose, such as `Validate`. `fields`: what that step adds. `exception`: a
    traceback, empty where there is none."""

    at: datetime
    step: str
    level: str
    message: str
    image: str
    version: str
    execution: str
    fields: Mapping[str, Any]
    exception: str = ""

    @property
    def what_broke(self) -> str:
        """The exception on one line: `SettingError: expected a value for WORK_BUCKET, got none`."""
        lines = self.exception.splitlines()
        last = max((n for n, text in enumerate(lines) if text[:1].isspace()), default=-1)
        said = "; ".join(text.strip() for text in lines[last + 1 :] if text.strip())
        return MODULE.sub("", said) or self.message

    @property
    def is_error(self) -> bool:
        return self.level in (ERROR, "CRITICAL")


def entry_of(step: str, event: Mapping[str, Any]) -> Entry | None:
    """A function's own line; None for what is about no image, such as Lambda's report."""
    said = _said(event)
    if not isinstance(said.get("image"), str) or not isinstance(said.get("version"), str):
        return None
    return Entry(
        at=_time(said.get("timestamp"), event),
        step=step,
        level=str(said.get("level", "INFO")),
        message=str(said.get("message", "")),
        image=said["image"],
        version=said["version"],
        execution=str(said.get("execution", "")),
        fields={name: value for name, value in said.items() if name not in COMMON},
        exception=str(said.get("exception", "")),
    )


def process_entry(event: Mapping[str, Any], of: Mapping[str, tuple[str, str, str]]) -> Entry | None:
    """A line of `process`; None for another execution's. `of`: image, version and run by the ARN
    of an execution of `process`.

    https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
    """
    said = _said(event)
    named = of.get(str(said.get("execution_arn")))
    if named is None:
        return None
    image, version, run = named
    details = said.get("details") or {}
    return Entry(
        at=_moment(int(said.get("event_timestamp", event["timestamp"]))),
        step=PROCESS,
        level=ERROR,
        message=str(said.get("type", "")),
        image=image,
        version=version,
        execution=run,
        fields={name: details[name] for name in DETAILS if details.get(name)},
    )


def _said(event: Mapping[str, Any]) -> dict[str, Any]:
    try:
        said = json.loads(event["message"])
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _time(text: Any, event: Mapping[str, Any]) -> datetime:
    """When the line was written; the engine takes it in at the end of the call."""
    try:
        return datetime.strptime(str(text), TIME)
    except ValueError:
        return _moment(event["timestamp"])


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
