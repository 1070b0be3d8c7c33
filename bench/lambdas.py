"""How long an invocation takes on Lambda, and what it costs, by its memory size: a model.

A function gets processor time in proportion to its memory, one whole vCPU at 1,769 MB:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
What needs one thread gains nothing beyond that. While it waits for other services its memory is
paid for all the same.
"""

from __future__ import annotations

from bench.invoking import Invocation

VCPU_MB = 1769
SIZES_MB = (512, 768, 1024, 1280, 1769, 3008)

# US East (N. Virginia), arm64, 2026-11-20: https://aws.amazon.com/lambda/pricing/
DOLLARS_PER_GB_SECOND = 0.0000133334
DOLLARS_PER_REQUEST = 0.0000002

# Assumed: a request to S3 or DynamoDB in the same region, and 600 Mbit/s.
REQUEST_SECONDS = 0.05
BYTES_PER_SECOND = 75_000_000

# Of the measured peak, which is the same at each run, for the libraries of another system; and what
# Lambda's own runtime holds.
HEADROOM = 1.05
RUNTIME_MB = 48


def needed_mb(peak_mb: float) -> int:
    return round(peak_mb * HEADROOM + RUNTIME_MB)


def waiting_seconds(invocation: Invocation) -> float:
    return invocation.requests * REQUEST_SECONDS + invocation.bytes / BYTES_PER_SECOND


def seconds_at(memory_mb: int, invocation: Invocation) -> float:
    """Of a warm invocation. With a `cpu_seconds` of this machine's processor, whose speed Lambda's
    may not have."""
    share = min(1.0, memory_mb / VCPU_MB)
    return invocation.cpu_seconds / share + waiting_seconds(invocation)


def dollars_at(memory_mb: int, invocation: Invocation) -> float:
    gb_seconds = seconds_at(memory_mb, invocation) * memory_mb / 1024
    return gb_seconds * DOLLARS_PER_GB_SECOND + DOLLARS_PER_REQUEST
