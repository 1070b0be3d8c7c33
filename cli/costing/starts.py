"""What new environments of functions cost: cold starts, which a busy stack hardly has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from statistics import fmean

from cli.costing.invocations import Invocation


def start_gb_seconds(invocations: Iterable[Invocation]) -> float:
    """GB-s of initialization where Lambda tells it, which has billed it since August 2025:
    https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/

    Elsewhere, what a first call took beyond the mean of its function's others; 0 without others.
    """
    by_step: dict[str, list[Invocation]] = defaultdict(list)
    for one in invocations:
        if one.billed_ms is not None:
            by_step[one.function.step].append(one)
    return sum(_of_one_function(own) for own in by_step.values())


def _of_one_function(invocations: list[Invocation]) -> float:
    warm = [one.billed_ms or 0 for one in invocations if not one.is_cold]
    total = 0.0
    for one in invocations:
        if not one.is_cold:
            continue
        if one.start_ms is not None:
            milliseconds = one.start_ms
        else:
            milliseconds = max(0.0, (one.billed_ms or 0) - fmean(warm)) if warm else 0.0
        total += milliseconds / 1000 * one.gb
    return total
