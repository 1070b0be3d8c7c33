"""Measuring functions: a process each, the stand-in for services, and the model of Lambda."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest
from samtranslator.yaml_helper import yaml_parse

from bench.invoking import FUNCTIONS, Failed, Invocation, invocations
from bench.lambdas import SIZES_MB, VCPU_MB, dollars_at, needed_mb, seconds_at
from bench.memory import Measured, beyond_limits
from bench.stand_in import Objects, Traffic, serving
from bench.steps import TEMPLATE
from bench.subjects import photograph, png_with_alpha, size_of
from darkroom.recipes import Recipe, Rendition
from tests.pictures import draw, encoded

ONE = Invocation("Resize", "w320", 0.5, 0.3, 1.0, 200 * 2**20, requests=2, bytes=7_500_000)


def test_every_function_that_a_picture_takes_is_invoked_once_a_variant() -> None:
    recipe = Recipe(renditions=(Rendition(name="small", width=40),), formats=("webp",))
    data = encoded(draw("measured", (120, 80)), "JPEG")
    found = list(invocations(data, recipe))
    assert [(one.function, one.variant) for one in found] == [
        ("Validate", ""),
        ("Resize", "renditions-1"),
        ("Optimize", "small"),
    ]
    # Resize reads the upload and writes a master; Optimize reads that and writes one file.
    assert [one.requests for one in found[1:]] == [2, 2]
    assert all(one.peak_mb > 20 and one.bytes > 0 for one in found)


def test_a_picture_that_is_refused_is_not_measured() -> None:
    with pytest.raises(ValueError, match=r"expected an accepted picture, got .*not_an_image"):
        list(invocations(b"no picture"))


def test_a_function_that_breaks_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.invoking.FUNCTIONS", {"Validate": "ResizeFunction"})
    with pytest.raises(Failed, match="Validate"):
        list(invocations(b""))


def test_the_stand_in_keeps_objects_and_counts() -> None:
    objects: Objects = {("a", "raw/one two"): b"12345"}
    traffic = Traffic()
    with serving(objects, traffic) as address:
        with urllib.request.urlopen(f"{address}/a/raw/one%20two") as answer:
            assert answer.read() == b"12345"
        put = urllib.request.Request(f"{address}/b/c", data=b"xyz", method="PUT")
        urllib.request.urlopen(put).close()
        with pytest.raises(urllib.error.HTTPError, match="404") as caught:
            urllib.request.urlopen(f"{address}/b/d")
        caught.value.close()
    assert objects["b", "c"] == b"xyz"
    assert traffic.requests == 3
    assert traffic.bytes >= 8


def test_below_a_whole_processor_time_grows_and_above_it_stays() -> None:
    waiting = 2 * 0.05 + 0.1
    assert seconds_at(1769, ONE) == pytest.approx(0.5 + waiting)
    assert seconds_at(3538, ONE) == pytest.approx(0.5 + waiting)
    assert seconds_at(885, ONE) == pytest.approx(1.0 + waiting, rel=1e-3)


def test_computing_costs_the_same_at_any_size_and_waiting_less_in_a_smaller_one() -> None:
    busy = Invocation("Resize", "w320", 1.0, 0.3, 1.0, 2**20, requests=0, bytes=0)
    assert dollars_at(512, busy) == pytest.approx(dollars_at(1769, busy))
    assert dollars_at(512, ONE) < dollars_at(1769, ONE)
    # 1,769 MB for a second on arm64, and the request.
    assert dollars_at(1769, busy) == pytest.approx(1769 / 1024 * 0.0000133334 + 0.0000002)


@pytest.mark.parametrize("function", FUNCTIONS.values())
def test_no_function_has_more_memory_than_one_thread_has_use_for(function: str) -> None:
    resources = yaml_parse(TEMPLATE.read_text(encoding="utf-8"))["Resources"]
    size = resources[function]["Properties"]["MemorySize"]
    assert size in SIZES_MB
    assert size <= VCPU_MB


def test_more_is_needed_than_was_measured() -> None:
    assert needed_mb(400) == 468


@pytest.mark.parametrize(
    ("picture", "peak_mb", "problems"),
    [("jpeg-24", 350, 0), ("jpeg-24", 351, 1), ("png-24-alpha", 700, 0), ("webp-24", 900, 0)],
)
def test_a_limit_that_is_passed_is_said(picture: str, peak_mb: int, problems: int) -> None:
    invocation = Invocation("Resize", "w320", 1.0, 0.3, 1.0, peak_mb * 2**20, 0, 0)
    lines = list(beyond_limits([Measured(picture, invocation)]))
    assert len(lines) == problems
    assert all("for Resize w320 of jpeg-24, got 351 MB" in line for line in lines)


def test_subjects_are_the_same_each_time_and_no_larger_than_they_are_called() -> None:
    assert photograph(120, 80).tobytes() == photograph(120, 80).tobytes()
    assert photograph(120, 80, seed=2).tobytes() != photograph(120, 80).tobytes()
    for megapixels in (1, 24, 50):
        width, height = size_of(megapixels)
        assert 0.99 < width * height / (megapixels * 1_000_000) <= 1
    assert png_with_alpha(0.1) == png_with_alpha(0.1)
