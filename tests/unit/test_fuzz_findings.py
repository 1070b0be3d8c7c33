"""What the fuzz found (`make fuzz`), each as few bytes as it takes: now a verdict, as it should."""

import io
import itertools
import struct
import zlib
from typing import Any, NoReturn

import pytest
from PIL import Image

from bench.fuzzing.target import SETTINGS, check
from darkroom.errors import ImageError
from darkroom.images import load_upright_srgb
from validate import inspect as inspecting
from validate.inspect import inspect
from validate.outline import MAX_PARTS, outline


def reason(data: bytes) -> dict[str, Any]:
    verdict = check(data, follow=True)
    assert verdict["verdict"] == "invalid"
    return dict(verdict["reason"])


def gif(place: tuple[int, int, int, int], before: bytes = b"", control: bytes = b"") -> bytes:
    """A canvas of 4 x 4 px with two colours and one frame at `place`: left, top, width, height."""
    head = b"GIF89a" + struct.pack("<HHBBB", 4, 4, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    # Codes of 3 bits: two pixels of colour 0, and all forgotten (4), so that codes stay that short.
    codes = [4, 0, 0] * 10 + [5]
    packed = sum(code << 3 * at for at, code in enumerate(codes)).to_bytes(12, "little")
    frame = b"," + struct.pack("<HHHHB", *place, 0) + b"\2\x0c" + packed + b"\0"
    return head + before + control + frame + b";"


# Its frame is to be cleared (disposal 2) before the next, for which Pillow reserves memory early.
CLEARED = b"!\xf9\4\x08\0\0\0\0"


# By colour type: grey, RGB, palette.
SAMPLES = {0: 1, 2: 3, 3: 1}


def png(colour: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """8 x 8 px of 8 bit, all 0."""
    header = struct.pack(">IIBBBBB", 8, 8, 8, colour, 0, 0, 0)
    pixels = zlib.compress(bytes((1 + 8 * SAMPLES[colour]) * 8))
    chunks = ((b"IHDR", header), *chunks, (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(itertools.starmap(chunk, chunks))


def chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


@pytest.fixture
def unopened(monkeypatch: pytest.MonkeyPatch) -> None:
    def open_image(data: bytes) -> NoReturn:
        raise AssertionError("the decoder was reached")

    monkeypatch.setattr(inspecting, "open_image", open_image)


@pytest.mark.parametrize("stray", [b"", b"\0", b"stray bytes"])
@pytest.mark.usefixtures("unopened")
def test_a_gif_frame_beyond_its_canvas_is_measured_before_pillow_reserves_memory(
    stray: bytes,
) -> None:
    """300 bytes that took 4 GB to open."""
    data = gif((65_535, 65_535, 65_535, 65_535), stray, CLEARED)
    found = reason(data)
    assert (found["code"], found["measured"]) == ("too_many_pixels", 131_070**2)


def test_a_gif_frame_a_little_beyond_its_canvas_is_taken_as_pillow_takes_it() -> None:
    data = gif((2, 3, 4, 5), control=CLEARED)
    assert outline("gif", data).size == (6, 8)
    source = check(data, follow=True)["source"]
    assert (source["width"], source["height"]) == (6, 8)


@pytest.mark.parametrize(
    "extension",
    [
        pytest.param(b"!\x2b\0", id="empty"),
        pytest.param(b"!\xf9\0", id="empty control"),
        pytest.param(b"!\xff\x0bNETSCAPE2.0\0", id="no number of plays"),
        pytest.param(b"!\xff\x0cNETSCAPE2.0x\0", id="none behind a longer name"),
    ],
)
def test_a_gif_that_pillow_reads_otherwise_than_it_is_written_never_reaches_it(
    extension: bytes, unopened: None
) -> None:
    """Pillow reads a block beyond the end, and then found a frame of 56,128 x 51,941 px."""
    assert reason(gif((0, 0, 4, 4), extension))["code"] == "corrupt"


@pytest.mark.parametrize(
    "extension", [b"!\xfe\0", b"!\xff\x0bNETSCAPE2.0\3\1\0\0\0", b"!\xff\x03ABC\0"]
)
def test_a_gif_s_empty_comment_or_its_application_s_word_is_no_damage(extension: bytes) -> None:
    assert check(gif((0, 0, 4, 4), extension), follow=True)["verdict"] == "accepted"


@pytest.mark.usefixtures("unopened")
def test_stray_bytes_before_a_gif_s_first_frame_are_counted_as_pillow_reads_them() -> None:
    """25 MiB of them took seconds each time that the file was opened."""
    limits = SETTINGS.limits()
    for after in (b"", gif((0, 0, 4, 4))[19:]):
        data = gif((0, 0, 4, 4))[:19] + bytes(MAX_PARTS + 1) + after
        with pytest.raises(ImageError) as caught:
            inspect(data, type(limits)(**(vars(limits) | {"max_bytes": len(data)})))
        assert caught.value.code == "too_complex"


def test_a_palette_png_without_a_palette_is_corrupt() -> None:
    """Pillow decoded it, and Validate failed an assertion of Pillow's afterwards."""
    assert reason(png(3))["code"] == "corrupt"
    assert check(png(3, (b"PLTE", b"\0\0\0")), follow=True)["verdict"] == "accepted"


def test_a_palette_with_more_transparency_than_colours_is_corrupt() -> None:
    """Pillow decoded it, and could not convert it afterwards."""
    palette = (b"PLTE", bytes(range(6)))
    assert reason(png(3, palette, (b"tRNS", bytes(257))))["code"] == "corrupt"
    with pytest.raises(ImageError) as caught:
        load_upright_srgb(png(3, palette, (b"tRNS", bytes(257))))
    assert caught.value.code == "corrupt"
    assert check(png(3, palette, (b"tRNS", bytes(256))), follow=True)["verdict"] == "accepted"


@pytest.mark.parametrize("first", [b"IHDR", b"tEXt"])
def test_a_png_whose_header_does_not_stand_once_and_first_is_corrupt(first: bytes) -> None:
    """Pillow took the last header, and Validate measured the rows that the first one stood for."""
    header = struct.pack(">IIBBBBB", 8, 8, 8, 99, 0, 0, 0)
    whole = png(2)
    for at in (8, whole.index(b"IDAT") - 4):
        data = whole[:at] + chunk(first, header) + whole[at:]
        is_damaged = at == 8 or first == b"IHDR"
        verdict = check(data, follow=False)
        assert verdict.get("reason", {}).get("code") == ("corrupt" if is_damaged else None)


def test_an_ordinary_picture_goes_through_every_step() -> None:
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((60, 40)).convert("RGB").save(buffer, "JPEG")
    assert check(buffer.getvalue(), follow=True)["verdict"] == "accepted"
