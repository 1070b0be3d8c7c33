"""The one logger and metrics; named by POWERTOOLS_SERVICE_NAME, which is the step."""

import functools
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

# The log group is one function's alone, Lambda's report beside each line has the trace, and an
# exception its place. CloudWatch bills by the byte: these are half of a line.
LEFT_OUT = frozenset(
    {"location", "function_name", "function_memory_size", "function_arn", "xray_trace_id"}
)


class Formatter(LambdaPowertoolsFormatter):
    """Powertools' own lines, without what nobody reads."""

    def serialize(self, log: Any) -> str:
        return super().serialize({name: log[name] for name in log if name not in LEFT_OUT})


logger = Logger(logger_formatter=Formatter())
metrics = Metrics(namespace="Darkroom")

__all__ = ["correlate", "logged", "logger", "measure_bytes"]

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
    """Put the picture and its run on every line that is logged from here on in this invocation."""
    logger.append_keys(image=image, version=version, execution=execution)


def measure_bytes(name: str, count: int) -> None:
    """A metric, written at once: Powertools' decorator warns of every call that has none."""
    metrics.add_metric(name, MetricUnit.Bytes, count)
    metrics.flush_metrics()
