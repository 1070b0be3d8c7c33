"""A repair: MiniStack reports a function's process that died as an exception of its handler.

Both are `Runtime.HandlerError` there (1.5.33), and a process that dies while it starts makes
MiniStack end all others of its function. On AWS it is `Runtime.ExitError`, for the one call only:
{"errorType": "Runtime.ExitError", "errorMessage": "RequestId: … Error: Runtime exited with error:
signal: killed"}. State machines retry it, and no exception of a handler; so the two must differ.
"""

from __future__ import annotations

import re
import signal
import subprocess
from typing import Any

from ministack.core.lambda_runtime import Worker
from ministack.services import lambda_svc

ERROR = "Runtime.ExitError"
# A handler's exception has a trace; these two have none either.
_LIVING = re.compile(r"Task timed out after .* seconds|No JSON response from worker after .* lines")

_invoke = Worker.invoke
_spawn = Worker._spawn
_execute = lambda_svc._execute_function_warm


class Death(str):
    """The message of a call whose process died, told apart from all others by its type."""


def spawn(worker: Any) -> None:
    """Keeps the process as `started`: MiniStack forgets it as soon as it died."""
    try:
        _spawn(worker)
    except (RuntimeError, OSError) as error:
        if not _died_starting(error):
            raise
        raise ProcessDied(worker._proc) from error
    worker.started = worker._proc


class ProcessDied(Exception):
    """A function's process ended before it was ready; carries the `process`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        super().__init__(f"expected a running process, got one that ended: {_ending(process)}")
        self.process = process


def invoke(worker: Any, event: Any, request_id: str, **context: Any) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = _invoke(worker, event, request_id, **context)
    except ProcessDied as death:
        return {"status": "error", "error": _message(request_id, death.process), "log": ""}
    if answer["status"] == "error" and not _lived(answer):
        answer["error"] = _message(request_id, worker.started)
    return answer


def execute(function: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = _execute(function, event, request_id)
    body = answer.get("body")
    if isinstance(body, dict) and isinstance(body.get("errorMessage"), Death):
        body["errorType"] = ERROR
    return answer


def install() -> None:
    Worker._spawn = spawn
    Worker.invoke = invoke
    lambda_svc._execute_function_warm = execute


def _lived(answer: dict[str, Any]) -> bool:
    return "trace" in answer or _LIVING.fullmatch(str(answer["error"])) is not None


def _died_starting(error: Exception) -> bool:
    """False for a handler that cannot be imported: its process lives to say so."""
    return isinstance(error, BrokenPipeError) or "exited immediately" in str(error)


def _message(request_id: str, process: subprocess.Popen[str]) -> Death:
    return Death(f"RequestId: {request_id} Error: Runtime exited with error: {_ending(process)}")


def _ending(process: subprocess.Popen[str]) -> str:
    """In AWS's words: `signal: killed` or `exit status 1`."""
    try:
        code = process.wait(timeout=1)
    except subprocess.TimeoutExpired:
        process.kill()
        code = process.wait()
    return f"signal: {signal.strsignal(-code)}".lower() if code < 0 else f"exit status {code}"
