"""The embedded engine's process: MiniStack, with one repair and one bound.

Its argument is the folder of its state, so that a list of processes tells engines apart.

The repair: MiniStack's `sns:publish` from a state machine drops MessageAttributes (1.5.33), so
that no filter policy on `status` or `recipe` could be tried here. tests/engine/test_publishing.py
tells once a release keeps them.

The bound: MiniStack starts a process for every concurrent call of a function. A folder of pictures
would start hundreds and end with the machine's memory; so Express workflows take turns.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

from ministack.app import main
from ministack.core.responses import error_response_json
from ministack.services import sns, stepfunctions

# Each keeps two functions busy, Resize beside Filter.
AT_ONCE = 2 * (os.cpu_count() or 1)
# Less than the TimeoutSeconds of Process in pipeline.asl.json, which runs meanwhile.
PATIENCE_SECONDS = 240

_turns = threading.BoundedSemaphore(AT_ONCE)
_parse_form = sns._parse_message_attributes
_start_sync_execution = stepfunctions._start_sync_execution


def parse_message_attributes(params: dict[str, Any]) -> dict[str, Any]:
    """A state machine gives them as JSON; everybody else as numbered form fields."""
    attributes = params.get("MessageAttributes")
    return attributes if isinstance(attributes, dict) else _parse_form(params)


def start_sync_execution(data: dict[str, Any]) -> Any:
    """In turn. Whoever waits too long is throttled, as AWS would, and retries."""
    if not _turns.acquire(timeout=PATIENCE_SECONDS):
        return error_response_json(
            "ExecutionLimitExceededException",
            f"expected a turn within {PATIENCE_SECONDS} seconds: {AT_ONCE} workflows run at once",
            400,
        )
    try:
        return _start_sync_execution(data)
    finally:
        _turns.release()


if __name__ == "__main__":
    sns._parse_message_attributes = parse_message_attributes
    stepfunctions._start_sync_execution = start_sync_execution
    sys.argv = sys.argv[:1]
    main()
