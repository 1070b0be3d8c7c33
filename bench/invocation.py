"""One invocation of a function in a process of its own, which has done nothing before.

Run as `python -m bench.invocation HANDLER`, with the event on standard input and the function's
environment; what it costs comes as JSON on the last line of standard error. It imports nothing
that the function does not, so that its memory is the function's.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from types import SimpleNamespace
from typing import Any

from bench.meter import peak_bytes

ARN = "arn:aws:lambda:us-east-1:123456789012:function:measured"


def main() -> None:
    handler = sys.argv[1]
    event = json.load(sys.stdin)
    module, _, attribute = handler.rpartition(".")
    function = getattr(importlib.import_module(module), attribute)
    context = SimpleNamespace(
        function_name="measured",
        function_version="$LATEST",
        memory_limit_in_mb=1769,
        invoked_function_arn=ARN,
        aws_request_id="6f747f83-1f26-4b2b-9b1e-7b6a4b6d9c11",
        get_remaining_time_in_millis=lambda: 60_000,
    )
    imported: dict[str, Any] = {"import_seconds": time.process_time(), "idle_bytes": peak_bytes()}
    began, start = time.perf_counter(), time.process_time()
    answer = function(event, context)
    cost = {
        "answer": answer,
        "cpu_seconds": time.process_time() - start,
        "seconds": time.perf_counter() - began,
        "peak_bytes": peak_bytes(),
    }
    print(json.dumps(imported | cost), file=sys.stderr)


if __name__ == "__main__":
    main()
