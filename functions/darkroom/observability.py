"""The one logger, and the line with which a step ends; named by POWERTOOLS_SERVICE_NAME, which is
the step."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from aws_lambda_powertools.utilities.typing import LambdaContext

from darkroom.metrics import embedded
from darkroom.settings import load_settings

# The log group is one function's alone, Lambda's report beside each line has the trace, and an
# exception its place. CloudWatch bills by the byte: these are half of a line.
LEFT_OUT = frozenset(
    {"location", "function_name", "function_memory_size", "function_arn", "xray_trace_id"}
)


class Settings(msgspec.Struct, frozen=True):
    # No step fails for want of a metric's dimension.
    stack_name: str = "unknown"


class Formatter(LambdaPowertoolsFormatter):
    """Powertools' own lines, without what nobody reads."""

    def serialize(self, log: Any) -> str:
        return super().serialize({name: log[name] for name in log if name not in LEFT_OUT})


logger = Logger(logger_formatter=Formatter())
_began: ContextVar[float] = ContextVar("began")

__all__ = ["Settings", "correlate", "logged", "logger", "report", "settings"]


@functools.cache
def settings() -> Settings:
    return load_settings(Settings)


Handler = Callable[[dict[str, Any], LambdaContext], Any]


def logged(handler: Handler) -> Handler:
    """A handler whose lines name its invocation, and the picture even where something broke it:
    Lambda's own line of an exception names no picture."""

    @functools.wraps(handler)
    def telling(event: dict[str, Any], context: LambdaContext) -> Any:
        try:
            return handler(event, context)
        except Exception:
            logger.exception("it broke")
            raise

    wrapped: Handler = logger.inject_lambda_context(telling, clear_state=True)
    return wrapped


def correlate(image: str, version: str, execution: str) -> None:
    """Put the picture and its run on every line that is logged from here on in this invocation;
    the step's seconds count from here."""
    logger.append_keys(image=image, version=version, execution=execution)
    _began.set(time.perf_counter())


def report(
    message: str,
    *,
    ended: tuple[str, str] | None = None,
    measured: Mapping[str, float] | None = None,
    **said: Any,
) -> None:
    """The line with which a step ends: what it did, and its metrics in the same line, since
    CloudWatch bills lines by the byte.

    `ended`: where a picture got a new status by this, that and its recipe. `measured`: by metric.
    """
    values = {"Seconds": round(time.perf_counter() - _began.get(), 3), **(measured or {})}
    if ended is not None:
        values["Images"] = 1
        said |= {"status": ended[0], "recipe": ended[1]}
    fields = embedded(values, time.time_ns() // 1_000_000)
    logger.info(message, extra={**said, "stack": settings().stack_name, **fields})
