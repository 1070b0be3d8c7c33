"""Fit what `optimize.quality` knows, from `data.csv`.

    python -m bench.quality.fit [--write]

Prints how far the estimate of a score is off, on the pictures that it was fitted on and on those
that it was not; `--write` puts the fit where Optimize reads it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.quality.data import UNSEEN, Measured, read
from optimize.quality import FIT_FILE, FULL_COLOUR, terms

Vector = NDArray[np.float64]
# A picture and its width.
Key = tuple[str, int]

# What each kind of file follows: whose loss tells its own.
FOLLOWED = {
    "jpeg": None,
    "webp": "jpeg",
    "avif": "webp",
    "jpeg" + FULL_COLOUR: "jpeg",
    "avif" + FULL_COLOUR: "avif",
}
# What counts in full; what lies further off counts less. Nobody asks for less than 30.
SCORES = (25, 95)
CENTRE, SPREAD = 72, 16
RIDGE = 0.3
# Where the curves have their points.
JPEG = (10, 20, 30, 40, 50, 58, 66, 74, 80, 85, 90, 94, 98)
WEBP = (5, 15, 25, 35, 45, 55, 65, 74, 80, 86, 90, 94, 100)
AVIF = (8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 94, 100)
NUMBERS = {
    "jpeg": JPEG,
    "webp": WEBP,
    "avif": AVIF,
    "jpeg" + FULL_COLOUR: JPEG,
    "avif" + FULL_COLOUR: AVIF,
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Fit what Optimize knows of quality.")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    rows = [row for row in read() if SCORES[0] <= row.score <= SCORES[1]]
    seen = [row for row in rows if not row.picture.startswith(UNSEEN)]
    fit = {"missing": fit_missing(seen), "curves": fit_curves(seen)}
    for title, part in (
        ("fitted on", seen),
        ("not seen", [row for row in rows if row.picture.startswith(UNSEEN)]),
    ):
        _report(title, part, fit)
    if arguments.write:
        FIT_FILE.write_text(json.dumps(fit, indent=1) + "\n", encoding="utf-8")


def fit_missing(rows: Sequence[Measured]) -> dict[str, Any]:
    """Weights of `terms` for the logarithm of 100 - score, and what each kind adds; least
    squares with a ridge on standardised terms."""
    design = np.array([[*terms(row.features)[1:], *_indicators(row.kind)] for row in rows])
    goal = np.log(100 - np.array([row.score for row in rows]))
    weight = np.sqrt([0.15 + np.exp(-(((row.score - CENTRE) / SPREAD) ** 2)) for row in rows])
    mean, spread = design.mean(0), design.std(0) + 1e-12
    scaled = np.c_[np.ones(len(rows)), (design - mean) / spread] * weight[:, None]
    ridge = RIDGE * np.eye(scaled.shape[1])
    ridge[0, 0] = 0
    found = np.linalg.solve(scaled.T @ scaled + ridge, scaled.T @ (goal * weight))
    slopes = found[1:] / spread
    constant = found[0] - slopes @ mean
    of_terms, of_kinds = slopes[: -len(FOLLOWED)], slopes[-len(FOLLOWED) :]
    return {
        "weights": [_short(value) for value in (constant, *of_terms)],
        "kinds": {kind: _short(value) for kind, value in zip(FOLLOWED, of_kinds, strict=True)},
    }


def fit_curves(rows: Sequence[Measured]) -> dict[str, Any]:
    """The median picture's loss by number, and how one kind's loss tells another's."""
    curves: dict[str, Any] = {}
    losses: dict[str, dict[Key, float]] = {}
    for kind, followed in FOLLOWED.items():
        pictures = {key: line for key, line in _lines(rows, kind) if len(line) > 2}
        points = [
            (number, float(np.median([_at(line, number) for line in pictures.values()])))
            for number in NUMBERS[kind]
        ]
        falling = np.minimum.accumulate([loss for _, loss in points]) - 1e-4 * np.arange(
            len(points)
        )
        numbers = [number for number, _ in points]
        losses[kind] = {key: _loss(line, numbers, falling) for key, line in pictures.items()}
        curves[kind] = {
            "points": [[n, round(float(y), 4)] for n, y in zip(numbers, falling, strict=True)],
            "follows": _follows(losses[kind], losses[followed]) if followed else 0.0,
        }
    return curves


def _follows(losses: Mapping[Key, float], followed: Mapping[Key, float]) -> float:
    both = [key for key in losses if key in followed]
    x = np.array([followed[key] for key in both])
    y = np.array([losses[key] for key in both])
    return round(float(x @ y / (x @ x)), 3)


def _lines(rows: Sequence[Measured], kind: str) -> list[tuple[Key, list[tuple[int, float]]]]:
    """(picture and width, its numbers and losses by rising number)."""
    of_kind = sorted(
        (row for row in rows if row.kind == kind),
        key=lambda row: (row.picture, row.width, row.number),
    )
    return [
        (key, [(row.number, float(np.log(100 - row.score))) for row in group])
        for key, group in groupby(of_kind, key=lambda row: (row.picture, row.width))
    ]


def _at(line: list[tuple[int, float]], number: float) -> float:
    """On the line, or on what goes on from its ends."""
    x, y = zip(*line, strict=True)
    if number < x[0]:
        return float(y[0] + (y[1] - y[0]) * (number - x[0]) / (x[1] - x[0]))
    if number > x[-1]:
        return float(y[-1] + (y[-1] - y[-2]) * (number - x[-1]) / (x[-1] - x[-2]))
    return float(np.interp(number, x, y))


def _loss(line: list[tuple[int, float]], numbers: Sequence[int], curve: Vector) -> float:
    """By how much the picture loses more than the curve says, near the usual quality."""
    near = sorted(line, key=lambda point: abs(point[1] - np.log(100 - CENTRE)))[:2]
    return float(np.mean([y - np.interp(x, numbers, curve) for x, y in near]))


def _indicators(kind: str) -> list[float]:
    return [float(kind == one) for one in FOLLOWED]


def _short(value: float) -> float:
    return float(f"{value:.5g}")


def _report(title: str, rows: Sequence[Measured], fit: dict[str, Any]) -> None:
    print(f"{title}: {len({row.picture for row in rows})} pictures, scores of 62 to 82")
    for kind in FOLLOWED:
        errors = np.array(
            [
                100 - np.exp(estimate(row, fit)) - row.score
                for row in rows
                if row.kind == kind and 62 <= row.score <= 82
            ]
        )
        print(
            f"  {kind:10} {len(errors):4} files, mean {errors.mean():5.2f}, standard deviation "
            f"{errors.std():.2f}, within 3: {100 * (abs(errors) <= 3).mean():.1f} %"
        )


def estimate(row: Measured, fit: dict[str, Any]) -> float:
    missing = fit["missing"]
    weighted = np.dot(terms(row.features), missing["weights"])
    return float(weighted + missing["kinds"][row.kind])


if __name__ == "__main__":
    main()
