"""The one logger, tracer and metrics; named by POWERTOOLS_SERVICE_NAME, which is the step."""

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger()
tracer = Tracer()
metrics = Metrics(namespace="Darkroom")

__all__ = ["correlate", "logger", "measure_bytes", "tracer"]


def correlate(image: str, version: str, execution: str) -> None:
    """Put the picture and its run on every line that is logged from here on in this invocation."""
    logger.append_keys(image=image, version=version, execution=execution)


def measure_bytes(name: str, count: int) -> None:
    """A metric, written at once: Powertools' decorator warns of every call that has none."""
    metrics.add_metric(name, MetricUnit.Bytes, count)
    metrics.flush_metrics()
