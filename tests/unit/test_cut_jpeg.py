"""JPEGs that were cut off and closed with an end marker, and those that only look so."""

from __future__ import annotations

import io
import random
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from darkroom.errors import ImageError
from tests.pictures import draw, encoded
from tests.unit import test_inspect
from validate import cut_jpeg
from validate.cut_jpeg import FILLING, fingerprint, lacks_components, stuffed
from validate.inspect import inspect
from validate.jpeg import frame_and_scans

LIMITS = replace(test_inspect.LIMITS, max_jpeg_scans=18)
EOI = b"\xff\xd9"
KINDS: dict[str, dict[str, Any]] = {
    "baseline": {},
    "optimised": {"optimize": True},
    "progressive": {"progressive": True},
    "4:4:4": {"subsampling": 0},
    "restarts": {"restart_marker_blocks": 3},
}
CUTS = 20


def picture(mode: str = "RGB") -> Image.Image:
    """Of 80 x 60 px, whose blocks all differ."""
    noise = Image.frombytes("RGB", (80, 60), random.Random(3).randbytes(80 * 60 * 3))
    return Image.blend(draw("cut", (80, 60)), noise, 0.3).convert(mode)


def jpeg(mode: str = "RGB", **options: Any) -> bytes:
    return encoded(picture(mode), "JPEG", quality=85, **options)


def closed(data: bytes, at: int) -> bytes:
    """Cut off at `at`, and closed. Half a marker is none."""
    return data[:at].rstrip(b"\xff") + EOI


def code(data: bytes) -> str | None:
    try:
        inspect(data, LIMITS)
    except ImageError as error:
        return error.code
    return None


def decoded(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data), formats=("JPEG",))
    image.load()
    return image


@pytest.mark.parametrize("options", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_whole_jpeg_is_accepted(mode: str, options: dict[str, Any]) -> None:
    assert code(jpeg(mode, **options)) is None


@pytest.mark.parametrize("options", KINDS.values(), ids=KINDS)
def test_a_jpeg_cut_within_its_scans_and_closed_is_truncated(options: dict[str, Any]) -> None:
    data = jpeg(**options)
    _, scans = frame_and_scans(data)
    dice = random.Random(7)
    # Not between two scans: see below.
    places = [at for scan in scans for at in range(scan.begin, scan.end - 2)]
    for at in dice.sample(places, CUTS):
        cut = closed(data, at)
        assert code(cut) == "truncated", f"cut at {at} of {len(data)}"
        assert code(cut.removesuffix(EOI) + b"\xff\xff" + EOI) == "truncated", "padded"


def test_pillow_alone_says_nothing_of_it() -> None:
    data = jpeg()
    _, [scan] = frame_and_scans(data)
    image = decoded(closed(data, (scan.begin + scan.end) // 2))
    assert image.getpixel((79, 59)) == (128, 128, 128)


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_grey_and_cmyk_are_seen_as_well(mode: str) -> None:
    data = jpeg(mode)
    assert code(closed(data, len(data) - 40)) == "truncated"


def test_a_hole_before_a_restart_is_truncated() -> None:
    data = jpeg(restart_marker_blocks=3)
    at = data.index(b"\xff\xd2")
    assert code(data[: at - 6] + data[at:]) == "truncated"
    assert code(data) is None


def test_a_jpeg_cut_between_two_intervals_and_closed_is_truncated() -> None:
    data = jpeg(restart_marker_blocks=1)
    markers = [data.index(bytes((0xFF, 0xD0 + number))) for number in range(8)]
    for at in markers:
        assert code(data[:at] + EOI) == "truncated"
        assert code(data[: at + 2] + EOI) == "truncated"


def test_so_many_restarts_are_not_filled_that_the_file_would_grow_beyond_bounds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = jpeg(restart_marker_blocks=3)
    restarts = sum(data.count(bytes((0xFF, 0xD0 + number))) for number in range(8))
    monkeypatch.setattr(cut_jpeg, "MAX_RESTARTS", restarts)
    filled = stuffed(data)
    monkeypatch.setattr(cut_jpeg, "MAX_RESTARTS", restarts - 1)
    ends = stuffed(data)
    assert filled is not None and ends is not None
    assert len(ends) - len(data) == 2 * len(FILLING) + 2
    assert len(filled) - len(ends) == restarts * 64


def test_what_stands_before_the_end_and_belongs_to_nothing_is_no_fault() -> None:
    """Cameras pad there; FF before a marker is padding by the standard."""
    data = jpeg()
    for padding in (b"\0" * 50, b"\xff" * 3, b"camera", b"\0\xff\0"):
        assert code(data.removesuffix(EOI) + padding + EOI) is None, padding


def test_what_follows_the_picture_is_left_alone() -> None:
    other = jpeg()
    assert code(jpeg() + other[: len(other) // 2] + EOI) is None


def test_a_jpeg_in_several_scans_needs_one_for_each_component() -> None:
    """Baseline, one scan a component: what a cut between two of them leaves."""
    whole = separate_scans(3)
    assert code(whole) is None
    for kept in (1, 2):
        assert code(separate_scans(kept)) == "truncated"


def separate_scans(kept: int) -> bytes:
    """A grey JPEG's scan three times over as Y, Cb and Cr, of which `kept` remain."""
    grey = jpeg("L")
    _, [scan] = frame_and_scans(grey)
    frame = grey.index(b"\xff\xc0")
    header = grey[frame + 4 : frame + 9]
    components = b"".join(bytes((number, 0x11, 0)) for number in (1, 2, 3))
    start = grey[:frame] + b"\xff\xc0\0\x11" + header + b"\3" + components
    tables = grey[frame + 13 : scan.begin - 10]
    scans = [
        b"\xff\xda\0\x08\1" + bytes((number, 0)) + b"\0\x3f\0" + grey[scan.begin : scan.end]
        for number in (1, 2, 3)
    ]
    return start + tables + b"".join(scans[:kept]) + EOI


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_progressive_jpeg_may_leave_out_scans_that_refine_it(mode: str) -> None:
    """By the standard; a cut exactly between two scans looks the same."""
    data = jpeg(mode, progressive=True)
    _, scans = frame_and_scans(data)
    assert len(scans) >= 6
    for scan in scans:
        assert code(data[: scan.end] + EOI) is None


def test_a_progressive_jpeg_needs_coefficient_0_of_each_component() -> None:
    frame = b"\xff\xd8\xff\xc2\0\x11\x08\0\x08\0\x08\3\1\x11\0\2\x11\0\3\x11\0"

    def scan(component: int, first: int) -> bytes:
        return b"\xff\xda\0\x08\1" + bytes((component, 0, first, first, 0)) + b"data"

    lacking = frame + scan(1, 0) + scan(2, 0) + scan(3, 1)
    assert lacks_components(lacking + EOI)
    assert not lacks_components(lacking + scan(3, 0) + EOI)


def test_components_of_one_name_are_not_judged_by_their_scans() -> None:
    data = bytearray(separate_scans(1))
    frame = data.index(b"\xff\xc0")
    data[frame + 13] = 1  # Cb is called as Y
    assert not lacks_components(bytes(data))


def test_arithmetic_coding_may_leave_out_zeros_and_is_not_judged() -> None:
    data = bytearray(jpeg())
    data[data.index(b"\xff\xc0") + 1] = 0xC9
    assert stuffed(bytes(data)) is None
    assert not lacks_components(bytes(data))


def test_the_filling_holds_no_marker_and_does_not_begin_like_what_libjpeg_fills_in() -> None:
    assert len(FILLING) == 256
    assert 0xFF not in FILLING
    assert FILLING[0] & 0x80


def test_a_broken_scan_header_is_none() -> None:
    data = jpeg()
    at = data.index(b"\xff\xda")
    for content in (b"", b"\x03", b"\x03\1\0\2\x11\3\x11\0"):
        header = (len(content) + 2).to_bytes(2, "big") + content
        _, scans = frame_and_scans(data[: at + 2] + header + EOI)
        assert scans == []


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (200, 100)])
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_fingerprint_tells_pictures_apart_by_any_pixel(
    mode: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cut_jpeg, "STRIP_PIXELS", 1000)
    image = Image.new(mode, size)
    before = fingerprint(image)
    assert fingerprint(image.copy()) == before
    black = image.getpixel((0, 0))
    for place in ((0, 0), (size[0] - 1, size[1] - 1), (size[0] // 2, size[1] // 2)):
        image.putpixel(place, 1 if mode == "L" else (0,) * (len(mode) - 1) + (1,))
        assert fingerprint(image) != before, place
        image.putpixel(place, black)
