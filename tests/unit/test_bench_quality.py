"""What the quality knob was fitted on, what was made of it, and how it is measured."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.quality import fit, measure, reach
from bench.quality.data import FILE, UNSEEN, Measured, read, write
from bench.quality.ideal import compare
from bench.quality.reach import FIXED, Reached, fixed_bytes
from optimize import quality
from optimize.closeness import Original
from tests.pictures import draw, encoded

# Of figures with five digits, by another order of additions.
CLOSE = 2e-4


@pytest.fixture(scope="module")
def rows() -> list[Measured]:
    return read()


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each figure of nested dicts and lists, and where it is."""
    if isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(one, f"{path}/{key}")
    else:
        yield path, value


# ── The data ─────────────────────────────────────────────────────────────────────────────────────


def test_what_is_read_can_be_written_as_it_was(rows: list[Measured], tmp_path: Path) -> None:
    write(rows, tmp_path / "data.csv")
    assert (tmp_path / "data.csv").read_bytes() == FILE.read_bytes()


def test_no_picture_is_both_fitted_on_and_unseen(rows: list[Measured]) -> None:
    pictures = {row.picture for row in rows}
    unseen = {name.removeprefix(UNSEEN) for name in pictures if name.startswith(UNSEEN)}
    fitted = {name.partition("/")[2] for name in pictures if not name.startswith(UNSEEN)}
    assert len(unseen) > 20 and len(fitted) > 50
    assert unseen & fitted == set()


def test_nothing_is_measured_twice(rows: list[Measured]) -> None:
    keys = [(row.picture, row.width, row.kind, row.number) for row in rows]
    assert len(set(keys)) == len(keys)


def test_the_data_have_the_features_that_are_compared_today(rows: list[Measured]) -> None:
    image = draw("a", (80, 80))
    assert {len(row.features) for row in rows} == {len(Original(image).compare(image))}


def test_every_kind_was_measured_with_all_its_numbers(rows: list[Measured]) -> None:
    assert set(measure.NUMBERS) == {row.kind for row in rows} == set(quality.curves())
    for kind, numbers in measure.NUMBERS.items():
        assert {row.number for row in rows if row.kind == kind} == set(numbers)


# ── The fit ──────────────────────────────────────────────────────────────────────────────────────


def test_optimize_has_what_the_fit_makes_of_the_data(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Otherwise: `python -m bench.quality.fit --write`."""
    monkeypatch.setattr(fit, "FIT_FILE", tmp_path / "quality.json")
    monkeypatch.setattr(sys, "argv", ["fit", "--write"])
    fit.main()

    made = dict(leaves(json.loads((tmp_path / "quality.json").read_text())))

    kept = dict(leaves(json.loads(quality.FIT_FILE.read_text())))
    assert kept == pytest.approx(made, rel=CLOSE, abs=1e-4)


def test_what_is_fitted_knows_nothing_of_the_unseen(rows: list[Measured]) -> None:
    """The report would else praise itself."""
    usual = [row for row in rows if fit.SCORES[0] <= row.score <= fit.SCORES[1]]
    seen = [row for row in usual if not row.picture.startswith(UNSEEN)]
    kept = json.loads(quality.FIT_FILE.read_text())
    assert dict(leaves(fit.fit_curves(seen))) == pytest.approx(
        dict(leaves(kept["curves"])), rel=CLOSE
    )
    assert dict(leaves(fit.fit_curves(usual))) != pytest.approx(
        dict(leaves(kept["curves"])), rel=CLOSE
    )


def test_curves_fall_from_the_lowest_number_to_the_highest() -> None:
    kept = json.loads(quality.FIT_FILE.read_text())
    assert list(kept["curves"]) == list(fit.FOLLOWED)
    for kind, curve in kept["curves"].items():
        numbers, missing = zip(*curve["points"], strict=True)
        assert list(numbers) == sorted(set(numbers)) and 0 <= numbers[0] < numbers[-1] <= 100
        assert list(missing) == sorted(set(missing), reverse=True), kind


def test_the_estimate_of_the_fit_is_that_of_optimize(rows: list[Measured]) -> None:
    kept = json.loads(quality.FIT_FILE.read_text())
    for row in rows[::500]:
        assert fit.estimate(row, kept) == pytest.approx(quality.missing(row.features, row.kind))


# ── Measuring ────────────────────────────────────────────────────────────────────────────────────


def test_a_folder_is_measured_by_picture_width_format_and_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure, "WIDTHS", (96, 128, 4000))
    monkeypatch.setattr(measure, "NUMBERS", {"jpeg": (20, 90), "jpeg 4:4:4": (20,)})
    (tmp_path / "fitted").mkdir()
    (tmp_path / "fitted/a.png").write_bytes(encoded(draw("a", (128, 96)), "PNG"))
    (tmp_path / "notes.txt").write_text("no picture")

    found = list(measure.measured_folder(tmp_path))

    assert [(row.picture, row.width, row.height, row.kind, row.number) for row in found] == [
        ("fitted/a", width, height, kind, number)
        for width, height in ((96, 72), (128, 96))
        for kind, number in (("jpeg", 20), ("jpeg", 90), ("jpeg 4:4:4", 20))
    ]
    low, high, full = found[3:]
    assert low.score < full.score and low.bytes < full.bytes
    assert low.score < high.score <= 100 and low.bytes < high.bytes
    assert min(low.features) >= 0 and sum(low.features) > sum(high.features)
    write(found, tmp_path / "data.csv")
    assert [row.picture for row in read(tmp_path / "data.csv")] == ["fitted/a"] * 6


def reached(score: float, size: int, slope: float = 1) -> Reached:
    """Of a picture whose score is its number's and whose bytes grow tenfold in 20 numbers."""
    fixed = tuple((number, slope * number, round(10 ** (number / 20))) for number in FIXED["jpeg"])
    return Reached("a", "w640", "jpeg", score, size, fixed)


def test_bytes_are_set_beside_those_of_one_number_with_the_same_mean_score() -> None:
    assert fixed_bytes([reached(70, 1)]) == pytest.approx(10**3.5, rel=1e-3)
    # The number of both is 70, where they have 70 and 77.
    both = [reached(70, 1), reached(77, 1, slope=1.1)]
    assert fixed_bytes(both) == pytest.approx(2 * 10**3.5, rel=1e-3)


def test_the_report_counts_what_is_near() -> None:
    files = (reached(72, 3000), reached(69, 3000), reached(75.1, 3000), reached(60, 3000))
    made = reach.Made(files, seconds=3, searching=1)

    report = reach.summary([made, made], 72)

    assert report["pictures"] == 2
    assert report["all"] == report["jpeg"]
    assert report["jpeg"] == {"files": 8, "within_3": 0.5, "mean": 69.03, "worst": 60}
    assert report["search_by_the_rest"] == 0.5
    assert report["bytes_by_fixed"] == pytest.approx({"jpeg": 0.999, "all": 0.999}, rel=0.2)


def test_a_perfect_search_is_compared_with_the_number_of_the_same_mean() -> None:
    hard = np.array([[40, 50, 60], [50, 60, 70], np.log([1000, 2000, 4000])], dtype=float)
    easy = np.array([[40, 50, 60], [70, 80, 90], np.log([50, 100, 200])], dtype=float)
    easy_too = np.array([[30, 40, 50], [60, 70, 80], np.log([25, 50, 100])], dtype=float)
    own, one, spread = compare([hard, easy_too], 70)
    assert own == pytest.approx(4000 + 50)
    assert one == pytest.approx(2000 + 100, rel=0.02)
    assert spread == pytest.approx(10, abs=0.2)
    assert compare([easy], 80)[:2] == pytest.approx((100, 100), rel=0.02)
