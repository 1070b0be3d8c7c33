"""The tables and plots of the comparison with peers."""

from pathlib import Path

import msgspec
import pytest
from PIL import Image
from rich.console import Console

from bench.peers.figures import Equal, FormatRow, Point, Results, Row
from bench.peers.plot import draw_bytes, draw_cpu
from bench.peers.report import (
    BEGIN,
    END,
    MarkerError,
    between_markers,
    markdown,
    show,
    tables,
    write_between,
)

OURS = Row("darkroom", "Pillow 13", 10.0, 1.0, {}, 200 << 20, 4_000_000, 72.0, 60.0)
PEER = Row("sharp", "sharp 0.35", 80.0, 0.0, {}, 400 << 20, 5_000_000, 71.5, 41.0)
EQUAL = Equal("sharp", "webp", 73, 900_000, 71.6, 1_000_000, 71.5)
RESULTS = Results(
    pictures=2,
    megapixels=8.04,
    rounds=3,
    rows=(OURS, PEER),
    missing={"libvips": "no pyvips"},
    filtered=(70.0, 65.0),
    formats=(
        FormatRow("darkroom", "webp", 800_000, 72.0, 60.0),
        FormatRow("sharp", "webp", 1_000_000, 71.5, 41.0),
    ),
    equal=(EQUAL, msgspec.structs.replace(EQUAL, peer="pillow", quality=None)),
    points=tuple(
        Point(contender, format, number, 1000.0 * number, number / 100, float(number))
        for contender in ("darkroom", "sharp")
        for format in ("avif", "webp", "jpeg")
        for number in (50, 70, 90)
    ),
    untold=("sb-size",),
    drawn=False,
)


def test_ratios_are_ours_to_the_peers() -> None:
    contenders, formats, equal = tables(RESULTS)
    sharp = dict(zip(contenders.head[:5], contenders.body[1], strict=False))

    assert sharp["CPU, s"] == "80.00"
    assert sharp["ours/it"] == "0.12"
    assert sharp["target"] == "≤ 0.15"
    assert sharp["with Validate/it"] == "0.14"
    assert contenders.body[1][5:] == ("400", "0.50", "5000", "0.80", "71.5", "+0.5", "41.0")
    assert formats.body[1] == ("webp", "sharp", "1000", "0.80", "71.5", "+0.5", "41.0")
    assert equal.body[0] == ("webp", "sharp", "71.50", "73", "71.60", "1000", "900", "0.900")


def test_what_validate_takes_stands_beside_our_own_row() -> None:
    assert tables(RESULTS)[0].body[0][:5] == ("darkroom", "10.00", "", "", "11.00 s")


def test_what_was_not_measured_has_a_row_that_says_so() -> None:
    row = tables(RESULTS)[0].body[2]

    assert row[:2] == ("libvips", "not measured")
    assert len(row) == len(tables(RESULTS)[0].head)
    assert "NOT MEASURED: libvips: no pyvips." in markdown(RESULTS)


def test_bytes_that_no_quality_is_good_for_have_no_ratio() -> None:
    row = tables(RESULTS)[2].body[1]

    assert row[3] == "none reaches it" and row[-1] == ""


def test_the_tables_are_markdown_with_as_many_cells_in_each_row() -> None:
    blocks = [
        [line for line in block.splitlines() if line.startswith("|")]
        for block in markdown(RESULTS).split("\n\n")
    ]

    for lines in filter(None, blocks):
        assert len({line.count("|") for line in lines}) == 1
        assert set(lines[1]) == set("|-:")


def test_the_terminal_shows_the_same_figures(capsys: pytest.CaptureFixture[str]) -> None:
    show(RESULTS, Console(width=200))

    shown = capsys.readouterr().out
    assert all(cell in shown for table in tables(RESULTS) for row in table.body for cell in row)


def test_what_libvips_could_not_be_told_of_is_said() -> None:
    assert "libvips, our settings: it cannot be told of sb-size (AVIF)." in markdown(RESULTS)
    same = msgspec.structs.replace(RESULTS, untold=())
    assert "cannot be told" not in markdown(same)


def test_drawn_pictures_are_called_so() -> None:
    drawn = msgspec.structs.replace(RESULTS, drawn=True)

    assert "2 drawn sample pictures of 8.0 megapixels" in markdown(drawn)


def test_only_what_is_between_the_markers_is_replaced() -> None:
    text = f"before\n{BEGIN}\nold\n{END}\nafter\n"

    once = between_markers(text, "new")

    assert once == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
    assert between_markers(once, "new") == once


@pytest.mark.parametrize("text", ["", BEGIN, END, f"{END} {BEGIN}"])
def test_a_text_without_both_markers_is_left_alone(text: str, tmp_path: Path) -> None:
    file = tmp_path / "performance.md"
    file.write_text(text)

    with pytest.raises(MarkerError, match="add them"):
        write_between(file, "new")

    assert file.read_text() == text


def test_a_document_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MarkerError, match=r"expected performance\.md .* got no such file"):
        write_between(tmp_path / "performance.md", "new")


def test_the_plots_are_pictures_of_moderate_size(tmp_path: Path) -> None:
    for number, draw in enumerate((draw_bytes, draw_cpu)):
        target = tmp_path / f"{number}.webp"
        draw(RESULTS.points, target)
        with Image.open(target) as image:
            assert image.width > 1000
        assert target.stat().st_size < 150_000
