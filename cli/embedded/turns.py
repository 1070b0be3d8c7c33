"""A bound: MiniStack starts a process for every concurrent call of a function.

A folder of pictures would start hundreds and end with the machine's memory; so Express workflows
take turns.
"""

from __future__ import annotations

import os
import threading
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import stepfunctions

# Each keeps two functions busy, Resize beside Filter.
AT_ONCE = 2 * (os.cpu_count() or 1)
# Less than the TimeoutSeconds of Process in pipeline.asl.json, which runs meanwhile.
PATIENCE_SECONDS = 240

_turns = threading.BoundedSemaphore(AT_ONCE)
_start_sync_execution = stepfunctions._start_sync_execution


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


def install() -> None:
    stepfunctions._start_sync_execution = start_sync_execution
