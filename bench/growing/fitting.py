"""A line through what was measured, and how steeply it grows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean


@dataclass(frozen=True)
class Fit:
    """The line y = `slope` x + `intercept` of least squares. `r_squared`: the share of y's variance
    that it explains. `worst`: the largest deviation from it, as a share of the measured value.
    `exponent`: of the upper half of x, the p in y ~ x to the power p; 1 is linear, less is what a
    fixed amount beside it leads to."""

    slope: float
    intercept: float
    r_squared: float
    worst: float
    exponent: float

    def at(self, x: float) -> float:
        return self.slope * x + self.intercept


def fit(x: Sequence[float], y: Sequence[float]) -> Fit:
    """Through at least four points, in rising order of positive `x` and `y`."""
    slope, intercept = _line(x, y)
    errors = [value - (slope * place + intercept) for place, value in zip(x, y, strict=True)]
    spread = sum((value - mean(y)) ** 2 for value in y)
    upper = len(x) // 2
    exponent, _ = _line(
        [math.log(place) for place in x[upper:]], [math.log(value) for value in y[upper:]]
    )
    return Fit(
        slope,
        intercept,
        1 - sum(error**2 for error in errors) / spread if spread else 1.0,
        max(abs(error) / value for error, value in zip(errors, y, strict=True)),
        exponent,
    )


def _line(x: Sequence[float], y: Sequence[float]) -> tuple[float, float]:
    middle, level = mean(x), mean(y)
    slope = sum((a - middle) * (b - level) for a, b in zip(x, y, strict=True)) / sum(
        (a - middle) ** 2 for a in x
    )
    return slope, level - slope * middle
