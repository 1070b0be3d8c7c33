"""One quality for all: the setting with which an encoder brings a picture to a SSIMULACRA2.

How much a picture loses by a setting is a matter of the picture. So a sample of it is encoded at a
first guess, compared with itself (`closeness`), and the guess is corrected along the curve that
most pictures follow. What the pictures have in common was fitted: `bench/quality`.
"""

from __future__ import annotations

import functools
import io
import itertools
import json
import math
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image

from optimize.closeness import Features, Original
from optimize.encoders import LOSSLESS, Setting, encode
from optimize.sample import Sample

# Of a format and its setting.
Estimate = Callable[[str, Setting], float]

FIT_FILE = Path(__file__).with_name("quality.json")

# Above these numbers it is the halved resolution of colour that keeps a file from being better: at
# the full one it takes fewer bytes. Measured: docs/performance.md.
MOST_HALVED = {"jpeg": 79, "avif": 75, "webp": 100}
# What the fit calls a format with colour at the full resolution.
FULL_COLOUR = " 4:4:4"
# A guess that was this far off (in the logarithm of what is missing to 100) is made again.
FAR = {"jpeg": 0.15, "webp": 0.1, "avif": 0.15}
TRIES = 2
# The cheapest to try first.
LOSSY = ("jpeg", "webp", "avif")
COSTLY = "avif"
# So that nothing has no logarithm.
LEAST_FEATURE = 1e-4
# Under so many px a side there is nothing to compare; then the usual setting has to do.
LEAST_SIDE_PX = 80


def find_settings(image: Image.Image, formats: Iterable[str], quality: int) -> dict[str, Setting]:
    """For each of `formats` the setting with which `image` (RGB; hidden colours have no say, so
    without alpha) reaches the `quality`, a SSIMULACRA2 from 30 to 95."""
    wanted = set(formats)
    found = {"png": LOSSLESS} if "png" in wanted else {}
    comparable = wanted != {"png"} and min(image.size) >= LEAST_SIDE_PX
    compared = _Compared(image) if comparable else None
    goal = math.log(100 - quality)
    # How much more than usual the picture loses, as the last format said.
    loss, told = 0.0, False
    for format in LOSSY:
        if format not in wanted:
            continue
        if compared is None or (told and _is_dear(format, compared)):
            found[format], loss = _found(format, loss, goal)
        else:
            found[format], loss = _found(format, loss, goal, compared.estimate)
            told = True
    return found


def _is_dear(format: str, compared: _Compared) -> bool:
    """A small picture is its own sample: trying would cost as much as the file."""
    return format == COSTLY and compared.is_whole


def _found(
    format: str, loss: float, goal: float, estimate: Estimate | None = None
) -> tuple[Setting, float]:
    """The setting that reaches the `goal`, tried by `estimate` where there is one, and by how much
    more than usual the picture loses; `loss`: the same in the format before."""
    curve = curves()[format]
    loss *= curve.follows
    setting = Setting(curve.number(goal - loss))
    if estimate is not None and setting.number <= MOST_HALVED[format]:
        setting, loss = _tried(curve, format, estimate, setting, goal)
    if setting.number <= MOST_HALVED[format]:
        return setting, loss
    curve = curves()[format + FULL_COLOUR]
    setting = Setting(curve.number(goal - loss * curve.follows), full_colour=True)
    if estimate is not None:
        setting, _ = _tried(curve, format, estimate, setting, goal)
    return setting, loss


def _tried(
    curve: Curve, format: str, estimate: Estimate, setting: Setting, goal: float
) -> tuple[Setting, float]:
    """`setting`, corrected by what it comes to, and once more where that is far from the `goal`;
    and by how much more than usual the picture loses there."""
    tried: list[tuple[int, float]] = []
    for _ in range(TRIES):
        missing = estimate(format, setting)
        tried.append((setting.number, missing))
        setting = replace(setting, number=curve.corrected(tried, goal))
        if abs(missing - goal) < FAR[format]:
            break
    if curve.has_room(setting.number):
        return setting, goal - curve.missing(setting.number)
    nearest, missing = min(tried, key=lambda one: abs(one[1] - goal))
    return setting, missing - curve.missing(nearest)


class _Compared:
    """A sample of a picture, to be encoded and compared."""

    def __init__(self, image: Image.Image) -> None:
        self._sample = Sample(image)
        self._original = Original(self._sample.inner(self._sample.image))
        self.is_whole = self._sample.image is image

    def estimate(self, format: str, setting: Setting) -> float:
        """The logarithm of 100 - SSIMULACRA2, estimated."""
        data = encode(self._sample.image, format, setting)
        with Image.open(io.BytesIO(data), formats=(format.upper(),)) as opened:
            features = self._original.compare(self._sample.inner(opened.convert("RGB")))
        return missing(features, format + FULL_COLOUR * setting.full_colour)


class Curve:
    """How much most pictures miss, as the logarithm of 100 - SSIMULACRA2, by an encoder's number:
    straight lines between `points`, falling. `follows`: by how much a picture's loss in the format
    before (of FULL_COLOUR: in the same one without) tells its loss in this one."""

    def __init__(self, points: Sequence[tuple[float, float]], follows: float) -> None:
        self._points = points
        self.follows = follows

    def has_room(self, number: int) -> bool:
        """Whether there is more and less than this `number`."""
        return self._points[0][0] < number < self._points[-1][0]

    def missing(self, number: float) -> float:
        return _between(self._points, number)

    def number(self, missing: float) -> int:
        turned = [(-loss, number) for number, loss in self._points]
        return round(_between(turned, -missing))

    def corrected(self, tried: Sequence[tuple[int, float]], goal: float) -> int:
        """The number for the `goal`, after what was `tried`, each a number and what was missing:
        on a line between two that have it in their middle, otherwise along the curve."""
        (below, more), (above, less) = min(tried), max(tried)
        if less < goal < more:
            return round(below + (above - below) * (more - goal) / (more - less))
        number, missing = min(tried, key=lambda one: abs(one[1] - goal))
        return self.number(goal - missing + self.missing(number))


def _between(points: Sequence[tuple[float, float]], at: float) -> float:
    """On the line through `points` (by rising x); beyond its ends, what is there."""
    if at <= points[0][0]:
        return points[0][1]
    for (left, low), (right, high) in itertools.pairwise(points):
        if at <= right:
            return low + (high - low) * (at - left) / (right - left)
    return points[-1][1]


def missing(features: Features, kind: str) -> float:
    """The logarithm of 100 - SSIMULACRA2 that `features` of a file tell. `kind`: its format, with
    FULL_COLOUR where it has that."""
    fit = _fit()["missing"]
    weighted = zip(terms(features), fit["weights"], strict=True)
    return float(sum(term * weight for term, weight in weighted) + fit["kinds"][kind])


def terms(features: Iterable[float]) -> list[float]:
    """What the estimate weighs: the features' logarithms, and each two of them multiplied."""
    logs = [math.log(feature + LEAST_FEATURE) for feature in features]
    return [1.0, *logs, *itertools.starmap(operator.mul, _pairs(logs))]


def _pairs(values: list[float]) -> Iterator[tuple[float, float]]:
    return itertools.combinations_with_replacement(values, 2)


@functools.cache
def curves() -> dict[str, Curve]:
    """By kind, as in `missing`."""
    return {
        kind: Curve([(x, y) for x, y in entry["points"]], entry["follows"])
        for kind, entry in _fit()["curves"].items()
    }


@functools.cache
def _fit() -> dict[str, Any]:
    fit: dict[str, Any] = json.loads(FIT_FILE.read_bytes())
    return fit
