"""Functions of the engine's Lambda, without the engine."""

from __future__ import annotations

import contextlib
import io
import subprocess
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from ministack.core import lambda_runtime
from ministack.services import lambda_svc

Call = Callable[[Any], dict[str, Any]]


def function(source: str, timeout: int = 30, variables: Mapping[str, str] | None = None) -> Call:
    """Call what is answered with an event. `source` has a `handler`."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("step.py", source)
    config = {
        "FunctionName": "step",
        "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:step",
        "Runtime": "python3.13",
        "Handler": "step.handler",
        "Timeout": timeout,
        "Environment": {"Variables": dict(variables or {})},
    }
    deployed = {"config": config, "code_zip": archive.getvalue()}
    return lambda event: lambda_svc._execute_function_warm(deployed, event, "request-1")


@contextmanager
def ended_with_pipes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[str]]]:
    """The processes that begin within; at the end they are over, and their pipes closed."""
    begun: list[subprocess.Popen[str]] = []
    begin = subprocess.Popen.__init__

    def remember(process: Any, *arguments: Any, **options: Any) -> None:
        begin(process, *arguments, **options)
        begun.append(process)

    monkeypatch.setattr(subprocess.Popen, "__init__", remember)
    yield begun
    lambda_runtime.reset()
    for process in begun:
        # MiniStack leaves that to the garbage collector, whose warnings would hit any test.
        process.wait(10)
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
