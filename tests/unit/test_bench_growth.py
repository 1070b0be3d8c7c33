"""The measure of growth tells linear from more, and a leak from none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.growing.fitting import fit
from bench.growing.measuring import COUNTS, MEGAPIXELS, Grown
from bench.growing.plot import Series
from bench.growth import problems_of

MB = 2**20


def grown(places: tuple[int, ...], power: float = 1.0) -> list[Grown]:
    return [Grown(x, 0.5 + 0.1 * x**power, 90 * MB + x * MB, 80 * MB, 50_000) for x in places]


def series(name: str, measured: list[Grown]) -> Series:
    places = [one.x for one in measured]
    time = fit(places, [one.cpu_seconds for one in measured])
    memory = fit(places, [one.peak_mb for one in measured])
    return {name: (measured, time, memory)}


def test_a_line_is_found_as_it_is() -> None:
    line = fit([1, 2, 4, 8], [5, 7, 11, 19])
    assert (line.slope, line.intercept) == pytest.approx((2, 3))
    assert (line.r_squared, line.worst) == pytest.approx((1, 0))
    assert line.at(10) == pytest.approx(23)


def test_the_worst_deviation_is_a_share_of_what_was_measured() -> None:
    assert fit([1, 2, 3, 4], [1, 2, 3, 6]).worst == pytest.approx(0.4)


@pytest.mark.parametrize(("power", "expected"), [(0.5, 0.5), (1, 1), (2, 2)])
def test_the_exponent_is_that_of_the_upper_half(power: float, expected: float) -> None:
    places = [1, 2, 4, 8, 16, 32]
    values = [100.0, 1.0, 50.0] + [x**power for x in places[3:]]
    assert fit(places, values).exponent == pytest.approx(expected)


def test_what_grows_linearly_is_no_problem() -> None:
    assert list(problems_of(series("fixed", grown(MEGAPIXELS)))) == []
    assert list(problems_of(series("images", grown(COUNTS)))) == []


def test_what_grows_faster_is_a_problem() -> None:
    [problem] = problems_of(series("whole", grown(MEGAPIXELS, 1.5)))
    assert problem.startswith("expected time of whole to grow with a power of at most 1.1, got 1.4")


@pytest.mark.parametrize("what", ["memory", "objects"])
def test_what_a_process_keeps_of_many_pictures_is_a_problem(what: str) -> None:
    measured = grown(COUNTS)
    more = {"memory": {"held_bytes": 100 * MB}, "objects": {"objects": 60_000}}[what]
    measured[-1] = replace(measured[-1], **more)  # type: ignore[arg-type]
    [problem] = problems_of(series("images", measured))
    assert f"the {what} after 1000 pictures that there were after 100, got 1.2" in problem
