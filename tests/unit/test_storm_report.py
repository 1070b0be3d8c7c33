"""Table, plot and document of a storm."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from bench.storm import DOCUMENT, PLOT
from bench.storming.log import Kill, Load, Log
from bench.storming.plan import make_plan
from bench.storming.plot import draw
from bench.storming.report import BEGIN, END, keep
from bench.storming.running import Ended
from tests.unit.test_storm_rules import NOW, whole


@pytest.fixture(scope="module")
def ended() -> Ended:
    begun = NOW.timestamp()
    log, plan = Log("1"), make_plan(20, 1)
    for upload in plan:
        log.put(upload, begun)
    log.kills += [Kill(begun + 1, "Resize"), Kill(begun + 3, "Resize")]
    log.loads += [Load(begun + n, 1_000_000 * n, 2_000_000 * n, n, n) for n in range(1, 4)]
    return Ended(plan, log, whole(), ["nothing failed: one did"], begun, begun + 5)


def test_the_table_is_kept_between_its_marks_and_nothing_else_is_touched(
    ended: Ended, tmp_path: Path
) -> None:
    document = tmp_path / "reliability.md"
    document.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")

    keep(ended, document, tmp_path / "images" / "storm.webp")
    keep(ended, document, tmp_path / "images" / "storm.webp")

    text = document.read_text()
    assert text.startswith(f"before\n{BEGIN}\nOne run, on 2026-11-20, of seed 1, on ")
    assert text.endswith(f"\n{END}\nafter\n")
    assert "| Violated rules | 1 |" in text
    assert "| Processes killed | 2, one every 2.0 s (Resize 2) |" in text
    assert text.count("](images/storm.webp)") == 1
    assert "old" not in text


def test_a_document_without_marks_is_left_alone(ended: Ended, tmp_path: Path) -> None:
    document = tmp_path / "other.md"
    document.write_text("nothing here")
    with pytest.raises(ValueError, match="expected <!-- storm --> and"):
        keep(ended, document, tmp_path / "images" / "storm.webp")
    assert document.read_text() == "nothing here"


def test_the_plot_is_a_picture_of_a_size_for_a_page(ended: Ended, tmp_path: Path) -> None:
    target = tmp_path / "storm.webp"
    draw(ended, target)
    with Image.open(target) as picture:
        assert picture.size == (1600, 1280)
    assert target.stat().st_size < 150_000


def test_the_document_has_the_marks_and_the_plot_its_place_beside_it() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text.index(BEGIN) < text.index(END)
    assert PLOT.is_relative_to(DOCUMENT.parent)
