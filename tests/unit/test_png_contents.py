"""A PNG's texts and profile unpacked, and whether its rows are all there."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from PIL import Image, PngImagePlugin

from darkroom.colour import MAX_PROFILE_BYTES
from darkroom.errors import ImageError
from tests.statemachine.definitions import PARAMETERS
from tests.unit.test_inspect import LIMITS, drawn, encoded, png_chunk
from validate import png
from validate.inspect import inspect
from validate.png import lacks_rows, text_sizes

CHUNK, TOTAL = LIMITS.max_png_text_chunk_bytes, LIMITS.max_png_text_bytes
SIGNATURE = b"\x89PNG\r\n\x1a\n"


TEXTS: dict[str, Callable[[bytes], tuple[bytes, bytes]]] = {
    "tEXt": lambda text: (b"tEXt", b"Comment\0" + text),
    "zTXt": lambda text: (b"zTXt", b"Comment\0\0" + zlib.compress(text)),
    "iTXt": lambda text: (b"iTXt", b"Comment\0\0\0\0\0" + text),
    "iTXt packed": lambda text: (b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(text)),
    "iTXt language": lambda text: (b"iTXt", b"Comment\0\0\0" + text + b"\0\0"),
    "iTXt translated": lambda text: (b"iTXt", b"Comment\0\0\0\0" + text + b"\0"),
    "keyword": lambda text: (b"tEXt", b"k" * 79 + text),
}


def with_chunks(*chunks: tuple[bytes, bytes], behind_pixels: bool = False) -> bytes:
    """A PNG with further chunks, behind its IHDR or before its IEND."""
    data = encoded(drawn(), "png")
    at = len(data) - 12 if behind_pixels else 33
    return data[:at] + b"".join(png_chunk(*chunk) for chunk in chunks) + data[at:]


def refused(data: bytes, limits: object = LIMITS) -> ImageError:
    with pytest.raises(ImageError) as caught:
        inspect(data, limits)  # type: ignore[arg-type]
    return caught.value


@pytest.mark.parametrize("made", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("behind_pixels", [False, True])
def test_a_text_of_exactly_the_limit_passes_and_a_byte_more_does_not(
    made: Callable[[bytes], tuple[bytes, bytes]], behind_pixels: bool
) -> None:
    data = with_chunks(made(b"x" * CHUNK), behind_pixels=behind_pixels)
    assert inspect(data, LIMITS).format == "png"
    error = refused(with_chunks(made(b"x" * (CHUNK + 1)), behind_pixels=behind_pixels))
    assert (error.code, error.measured, error.limit) == ("too_complex", CHUNK + 1, CHUNK)


@pytest.mark.parametrize("made", TEXTS.values(), ids=TEXTS)
def test_texts_of_exactly_the_limit_together_pass_and_a_byte_more_does_not(
    made: Callable[[bytes], tuple[bytes, bytes]],
) -> None:
    parts = [made(b"x" * 100), made(b"x" * 100)]
    assert inspect(with_chunks(*parts, made(b"x" * 50)), LIMITS).format == "png"
    error = refused(with_chunks(*parts, made(b"x" * 51)))
    assert (error.code, error.measured, error.limit) == ("too_complex", TOTAL + 1, TOTAL)


def test_texts_before_and_behind_the_pixels_are_counted_together() -> None:
    before = with_chunks(*[TEXTS["tEXt"](b"x" * 100)] * 2)
    behind = png_chunk(*TEXTS["zTXt"](b"x" * 51))
    assert refused(before[:-12] + behind + before[-12:]).measured == TOTAL + 1


def test_no_more_than_the_limit_and_a_byte_is_ever_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    class Counting:
        def __init__(self) -> None:
            self._stream = real()

        def decompress(self, packed: bytes, most: int) -> bytes:
            unpacked = self._stream.decompress(packed, most)
            asked.append((most, len(unpacked)))
            return unpacked

    real = zlib.decompressobj
    monkeypatch.setattr(png.zlib, "decompressobj", Counting)
    bomb = with_chunks(TEXTS["zTXt"](b"x" * 10_000_000), TEXTS["iTXt packed"](b"x" * 10_000_000))
    assert refused(bomb).measured == CHUNK + 1
    assert asked == [(CHUNK + 1, CHUNK + 1)]
    assert list(text_sizes(bomb, CHUNK)) == [CHUNK + 1, CHUNK + 1]


def test_text_that_cannot_be_unpacked_counts_nothing_and_is_no_fault() -> None:
    broken = with_chunks((b"zTXt", b"Comment\0\0no zlib"), (b"iTXt", b"Comment\0\1\0\0\0no zlib"))
    assert list(text_sizes(broken, CHUNK)) == [0, 0]
    assert inspect(broken, LIMITS).format == "png"


@pytest.mark.parametrize("content", [b"", b"k", b"k\0", b"k\0\1", b"k\0\1\0", b"\0\0\0"])
@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt", b"iTXt"])
def test_the_shortest_texts_are_counted(kind: bytes, content: bytes) -> None:
    assert sum(text_sizes(with_chunks((kind, content)), CHUNK)) <= len(content)


def test_text_behind_the_end_is_never_read() -> None:
    data = encoded(drawn(), "png") + png_chunk(*TEXTS["zTXt"](b"x" * 10_000))
    assert inspect(data, LIMITS).format == "png"


def test_our_limits_on_text_come_before_pillows() -> None:
    """Otherwise it would say "corrupt" of what is only large."""
    assert PARAMETERS["MaxPngTextChunkBytes"]["MaxValue"] < PngImagePlugin.MAX_TEXT_CHUNK
    assert PARAMETERS["MaxPngTextBytes"]["MaxValue"] < PngImagePlugin.MAX_TEXT_MEMORY
    assert MAX_PROFILE_BYTES < PngImagePlugin.MAX_TEXT_CHUNK
    most = PARAMETERS["MaxPngTextChunkBytes"]["MaxValue"]
    limits = replace(
        LIMITS, max_bytes=10**8, max_png_text_chunk_bytes=most, max_png_text_bytes=10**8
    )
    for made in TEXTS.values():
        data = with_chunks(made(b"x" * most), behind_pixels=True)
        assert inspect(data, limits).format == "png"
        assert refused(with_chunks(made(b"x" * (most + 1))), limits).code == "too_complex"


def test_a_profile_of_exactly_the_limit_passes_and_a_byte_more_does_not() -> None:
    def profiled(count: int) -> bytes:
        return with_chunks((b"iCCP", b"icc\0\0" + zlib.compress(bytes(count))))

    most = MAX_PROFILE_BYTES
    assert inspect(profiled(most), LIMITS).format == "png"
    error = refused(profiled(most + 1))
    assert (error.code, error.measured, error.limit) == ("too_complex", most + 1, most)
    assert refused(profiled(50_000_000)).measured == most + 1


# Bit depth and colour type, and the mode that Pillow makes of it.
LAYOUTS = [(1, 0), (2, 0), (8, 0), (16, 0), (8, 2), (16, 2), (4, 3), (8, 4), (16, 6)]


def png_of(
    depth: int, colour: int, size: tuple[int, int], rows: list[bytes], interlaced: bool = False
) -> bytes:
    header = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, interlaced)
    palette = png_chunk(b"PLTE", bytes(range(48))) if colour == 3 else b""
    return (
        SIGNATURE
        + png_chunk(b"IHDR", header)
        + palette
        + png_chunk(b"IDAT", zlib.compress(b"".join(rows)))
        + png_chunk(b"IEND", b"")
    )


def rows_of(
    depth: int, colour: int, size: tuple[int, int], interlaced: bool, level: int
) -> list[bytes]:
    """All rows, unfiltered, of samples that are `level`."""
    bits = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    rows = []
    for left, top, right, down in png.PASSES if interlaced else png.WHOLE:
        columns, count = len(range(left, size[0], right)), len(range(top, size[1], down))
        if columns:
            rows += [b"\0" + bytes([level]) * ((columns * bits + 7) // 8)] * count
    return rows


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("level", [0, 1, 255])
@pytest.mark.parametrize(("depth", "colour"), LAYOUTS)
@pytest.mark.parametrize("size", [(9, 1), (1, 9), (13, 12), (1, 1), (3, 2)])
def test_a_png_that_lacks_a_row_is_truncated_though_pillow_reads_it(
    depth: int, colour: int, size: tuple[int, int], level: int, interlaced: bool
) -> None:
    rows = rows_of(depth, colour, size, interlaced, level)
    assert inspect(png_of(depth, colour, size, rows, interlaced), LIMITS).width == size[0]
    for missing in {1, len(rows) // 2, len(rows) - 1} - {0, len(rows)}:
        cut = png_of(depth, colour, size, rows[:-missing], interlaced)
        assert refused(cut).code == "truncated", missing


def test_pillow_alone_fills_what_is_missing() -> None:
    rows = rows_of(8, 2, (8, 8), False, 255)[:4]
    image = Image.open(io.BytesIO(png_of(8, 2, (8, 8), rows)), formats=("PNG",))
    assert [image.getpixel((0, y)) for y in (3, 4)] == [(255,) * 3, (0,) * 3]


def test_pixels_are_unpacked_again_only_where_the_last_row_is_all_zeros(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(png, "_brings", lambda *_: pytest.fail("unpacked"))
    for interlaced in (False, True):
        rows = rows_of(8, 2, (6, 5), interlaced, 7)
        assert inspect(png_of(8, 2, (6, 5), rows, interlaced), LIMITS).width == 6


def test_pixels_in_many_parts_with_stray_bytes_behind_are_whole() -> None:
    rows = rows_of(8, 0, (40, 40), False, 0)
    data = png_of(8, 0, (40, 40), rows)
    packed = zlib.compress(b"".join(rows)) + b"stray"
    parts = b"".join(png_chunk(b"IDAT", packed[at : at + 5]) for at in range(0, len(packed), 5))
    split = data[:33] + parts + data[-12:]
    assert inspect(split, LIMITS).width == 40


def test_what_follows_the_end_of_the_pixels_is_not_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """zlib would keep all of it, piece after piece."""
    rows = rows_of(8, 0, (40, 40), False, 0)[:-1]
    data = png_of(8, 0, (40, 40), rows)
    stray = data[:-12] + png_chunk(b"IDAT", bytes(1000)) * 5 + data[-12:]
    looked: list[bytes] = []
    real = png._pieces
    monkeypatch.setattr(png, "_pieces", lambda data: (looked.append(p) or p for p in real(data)))
    assert refused(stray).code == "truncated"
    assert len(looked) == 1


def test_the_first_frame_of_an_animation_may_be_smaller_than_its_canvas() -> None:
    image = Image.new("L", (8, 8))
    image.info["bbox"] = (0, 0, 4, 4)
    assert not lacks_rows(b"", image)
