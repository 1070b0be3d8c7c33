"""Dollars as metric math, by the prices of `darkroom cost`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bench.dashboarding.series import STEPS, Series, hidden, math, of_function, of_machine
from cli.costing.express import BILLED_MB
from cli.costing.prices import price_table

# States of `pipeline` on the way of a clean picture (tests/statemachine/test_dashboard.py). What is
# reviewed passes more.
CLEAN_TRANSITIONS = 4
GIB = 1024**3


def price(name: str) -> str:
    """Dollars for one unit, as CloudWatch reads numbers."""
    return f"{price_table().prices[name].each:.12f}".rstrip("0")


def dollars(memory_mb: Mapping[str, int]) -> Iterator[Series]:
    """What the metrics tell of the bill; `memory_mb`: by step."""
    yield hidden(of_machine("ExecutionsStarted", "Pipeline"), "starts")
    yield math("standard", f"starts*{CLEAN_TRANSITIONS}*{price('transition')}", "Transitions")

    yield hidden(of_machine("ExecutionsStarted", "Process"), "calls")
    yield hidden(of_machine("ExpressExecutionBilledDuration", "Process"), "billed")
    gb_seconds = f"billed/1000*{BILLED_MB}/1024"
    express = f"calls*{price('express_request')}+{gb_seconds}*{price('express_gb_s')}"
    yield math("express", express, "Express workflow")

    for step in STEPS:
        yield hidden(of_function("Duration", step), f"ms_{step.lower()}")
        yield hidden(of_function("Invocations", step), f"n_{step.lower()}")
    yield math("lambda", "+".join(_lambda(step, memory_mb[step]) for step in STEPS), "Lambda")

    yield hidden(_of_table("ConsumedWriteCapacityUnits"), "writes")
    yield hidden(_of_table("ConsumedReadCapacityUnits"), "reads")
    table = f"FILL(writes,0)*{price('dynamodb_write')}+FILL(reads,0)*{price('dynamodb_read')}"
    yield math("dynamodb", table, "Records")

    for step in STEPS:
        group = f"${{{step}LogGroup}}"
        yield hidden(_metric("AWS/Logs", "IncomingBytes", "LogGroupName", group), f"log_{step[:3]}")
    logged = "+".join(f"FILL(log_{step[:3]},0)" for step in STEPS)
    yield math("logs", f"({logged})/{GIB}*{price('log_gb')}", "Log lines")


def total() -> Series:
    """The sum of the expressions of `dollars`."""
    parts = ("standard", "express", "lambda", "dynamodb", "logs")
    return math("total", "+".join(f"FILL({part},0)" for part in parts), "Dollars")


def storage() -> Iterator[Series]:
    """Dollars a month for what lies in the buckets."""
    for bucket in ("Upload", "Published", "Work"):
        name = bucket.lower()
        series = _metric("AWS/S3", "BucketSizeBytes", "BucketName", f"${{{bucket}Bucket}}")
        *metric, options = series
        yield hidden([*metric, "StorageType", "StandardStorage", options], f"in_{name}")
        yield math(name, f"in_{name}/{GIB}*{price('s3_gb_month')}", bucket)


def gb_seconds(memory_mb: Mapping[str, int]) -> Iterator[Series]:
    for step in STEPS:
        name = step.lower()
        yield hidden(of_function("Duration", step), f"ms_{name}")
        yield math(f"gb_{name}", _gb_seconds(step, memory_mb[step]), step)


def _lambda(step: str, memory_mb: int) -> str:
    computing = f"{_gb_seconds(step, memory_mb)}*{price('lambda_gb_s_arm64')}"
    return f"{computing}+FILL(n_{step.lower()},0)*{price('lambda_request')}"


def _gb_seconds(step: str, memory_mb: int) -> str:
    return f"FILL(ms_{step.lower()},0)/1000*{memory_mb}/1024"


def _of_table(metric: str) -> Series:
    return _metric("AWS/DynamoDB", metric, "TableName", "${ImagesTable}")


def _metric(namespace: str, name: str, dimension: str, value: str) -> list[Any]:
    return [namespace, name, dimension, value, {}]
