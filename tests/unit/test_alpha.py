"""What is transparent stays so to the last file, and no hidden colour shows at its edges."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import Any, get_args

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from darkroom.contracts import Variant
from darkroom.images import load_upright_srgb, open_image
from darkroom.masters import pack
from darkroom.recipes import AnyFilter, FilterSpec, parse_filter
from filter.filters import apply_filter, filtered_masters
from optimize.files import encoded_files
from optimize.hidden import blacken, spread
from resize.animations import resized_masters
from resize.renditions import make_rendition
from tests.pictures import encoded, noise

SIZE = (48, 32)
RECIPE_FORMATS = ("avif", "webp", "jpeg")
YELLOW, GREEN, BLACK = (235, 200, 20), (0, 255, 0), (0, 0, 0)

FILTERS = {kind.__struct_config__.tag: kind for kind in get_args(AnyFilter)}
MORE: dict[str, dict[str, Any]] = {
    "adjust": {"brightness": 1.2, "contrast": 0.8},
    "blur": {"radius": 60.0},
    "pixelate": {"blocks": 5},
    "watermark": {"text": "Darkroom", "size": 0.5},
}


def spec(name: str) -> dict[str, Any]:
    return {"filter": name, "name": "x", "width": SIZE[0], **MORE.get(name, {})}


def ring(size: tuple[int, int] = SIZE) -> Image.Image:
    """Opaque in the middle, transparent around, half transparent in the upper right corner."""
    alpha = Image.new("L", size, 0)
    draw = ImageDraw.Draw(alpha)
    draw.rectangle((size[0] // 4, size[1] // 4, size[0] * 3 // 4, size[1] * 3 // 4), fill=255)
    draw.rectangle((size[0] * 3 // 4, 0, size[0], size[1] // 4), fill=128)
    return alpha


def stamp(hidden: tuple[int, ...], alpha: Image.Image, colour: Any = YELLOW) -> Image.Image:
    """`colour` wherever something is seen, `hidden` where nothing is."""
    image = Image.new("RGB", alpha.size, hidden)
    image.paste(colour, mask=alpha.point([0] + [255] * 255))
    image.putalpha(alpha)
    return image


def binary(alpha: Image.Image) -> Image.Image:
    return alpha.point([0] * 200 + [255] * 56)


def png(depth: int, colour_type: int, rows: npt.NDArray[np.uint8], key: bytes) -> bytes:
    """A PNG with one colour that is transparent. `rows`: the packed bytes of each row."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        tail = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + tail

    header = struct.pack(">IIBBBBB", *SIZE, depth, colour_type, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    parts = chunk(b"IHDR", header) + chunk(b"tRNS", key) + chunk(b"IDAT", body)
    return b"\x89PNG\r\n\x1a\n" + parts + chunk(b"IEND", b"")


def seen() -> npt.NDArray[np.bool_]:
    return np.asarray(binary(ring())) > 0


def palette() -> Image.Image:
    image = Image.fromarray(seen().astype(np.uint8)).convert("P")
    image.putpalette([*GREEN, *YELLOW])
    return image


# Name: the file, and whether it can be half transparent.
SOURCES: dict[str, tuple[Callable[[], bytes], bool]] = {
    "rgba png": (lambda: encoded(stamp(GREEN, ring()), "PNG"), True),
    "grey with alpha": (lambda: encoded(stamp(GREEN, ring()).convert("LA"), "PNG"), True),
    "palette": (lambda: encoded(palette(), "PNG", transparency=0), False),
    "palette of half tones": (
        lambda: encoded(stamp(GREEN, ring()).quantize(8), "PNG"),
        True,
    ),
    "1 bit with a key": (lambda: png(1, 0, np.packbits(seen(), axis=1), b"\0\0"), False),
    "grey with a key": (lambda: png(8, 0, seen() * np.uint8(200) + 9, b"\0\x09"), False),
    "16 bit grey with a key": (
        lambda: png(16, 0, np.repeat(seen() * np.uint8(200) + 9, 2, axis=1), b"\x09\x09"),
        False,
    ),
    "rgb with a key": (
        lambda: png(8, 2, np.repeat(seen() * np.uint8(200) + 9, 3, axis=1), b"\0\x09" * 3),
        False,
    ),
    "gif": (lambda: encoded(palette(), "GIF", transparency=0), False),
    "lossless webp": (
        lambda: encoded(stamp(GREEN, ring()), "WEBP", lossless=True, exact=True),
        True,
    ),
    "lossy webp": (lambda: encoded(stamp(GREEN, ring()), "WEBP", quality=90), True),
    "avif": (lambda: encoded(stamp(GREEN, ring()), "AVIF", quality=90), True),
    "heic": (lambda: encoded(stamp(GREEN, ring()), "HEIF", quality=90), True),
}


def alpha_of(image: Image.Image) -> npt.NDArray[np.float64]:
    return np.asarray(image.getchannel("A"), dtype=float)


def assert_alpha(got: Image.Image, expected: Image.Image, limit: float) -> None:
    error = np.abs(alpha_of(got) - np.asarray(expected, dtype=float))
    assert error.max() <= limit, f"expected alpha within {limit}, got {error.max()} apart"


def published(image: Image.Image, format: str) -> bytes:
    """What Optimize makes of the picture's master."""
    [(_, data)] = encoded_files(pack(image), (format,), 72)
    return data


def visible_error(got: Image.Image, colours: Image.Image) -> npt.NDArray[np.float64]:
    """By how many levels each pixel of `got` looks other than in `colours` (RGB), with its own
    alpha: that is the difference over white, over black, and over anything else."""
    apart = np.abs(
        np.asarray(got.convert("RGB"), dtype=float) - np.asarray(colours, dtype=float)
    ).max(axis=2)
    return apart * alpha_of(got) / 255


@pytest.mark.parametrize("name", SOURCES)
def test_alpha_survives_from_any_source_to_every_file(name: str) -> None:
    make, half_tones = SOURCES[name]
    expected = ring() if half_tones else binary(ring())
    data = make()
    assert_alpha(load_upright_srgb(data), expected, 6)
    master = next(resized_masters(data, [Variant("x", "rendition", *SIZE)]))
    files = dict(encoded_files(master, RECIPE_FORMATS, 72))
    assert list(files) == ["avif", "webp", "png"]
    for format, file in files.items():
        back = open_image(file)
        assert (back.format, back.mode, back.size) == (format.upper(), "RGBA", SIZE)
        assert_alpha(back, expected, 12 if format == "avif" else 6)


@pytest.mark.parametrize("name", FILTERS)
def test_alpha_survives_every_filter(name: str) -> None:
    data = SOURCES["rgba png"][0]()
    master = next(
        filtered_masters(data, [Variant("x", "filter", *SIZE, filter=name, spec=spec(name))])
    )
    files = dict(encoded_files(master, RECIPE_FORMATS, 72))
    assert list(files) == ["avif", "webp", "png"]
    for file in files.values():
        alpha = alpha_of(open_image(file))
        assert alpha[16, 24] >= 253 and alpha[10, 4] <= 12, (alpha[16, 24], alpha[10, 4])


@pytest.mark.parametrize("format", ["PNG", "WEBP", "AVIF", "HEIF"])
def test_an_alpha_that_is_opaque_throughout_is_dropped(format: str) -> None:
    data = encoded(Image.new("RGBA", SIZE, (*YELLOW, 255)), format)
    assert load_upright_srgb(data).mode == "RGB"
    master = next(resized_masters(data, [Variant("x", "rendition", 24, 16)]))
    files = dict(encoded_files(master, RECIPE_FORMATS, 72))
    assert list(files) == ["avif", "webp", "jpeg"]
    assert {open_image(file).mode for file in files.values()} == {"RGB"}


@pytest.mark.parametrize("key", [b"\1\1", b"\1\1\1\1\1\1"], ids=["grey", "rgb"])
def test_a_key_that_no_pixel_has_makes_nothing_transparent(key: bytes) -> None:
    channels = len(key) // 2
    rows = np.full((SIZE[1], SIZE[0] * channels), 77, np.uint8)
    assert load_upright_srgb(png(8, 0 if channels == 1 else 2, rows, key)).mode == "RGB"


@pytest.mark.parametrize("hidden", [BLACK, GREEN], ids=["black", "green"])
@pytest.mark.parametrize("size", [(100, 80), (333, 266), (37, 30)])
def test_resizing_makes_no_fringe(size: tuple[int, int], hidden: tuple[int, ...]) -> None:
    image = stamp(hidden, ring((400, 320)))
    small = make_rendition(image, Variant("x", "rendition", *size))
    error = visible_error(small, Image.new("RGB", size, YELLOW))
    # A tenth of an alpha has few levels of colour: some of them are lost.
    assert error.max() <= 10 and error.mean() <= 0.2, (error.max(), error.mean())


@pytest.mark.parametrize("hidden", [BLACK, GREEN], ids=["black", "green"])
@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_makes_no_fringe(name: str, hidden: tuple[int, ...]) -> None:
    """A colour alone looks the same through a filter, whatever is cut out of it."""
    soft = make_rendition(stamp(hidden, ring((400, 320))), Variant("x", "rendition", 100, 80))
    soft = stamp(hidden, soft.getchannel("A"))
    filter_spec: FilterSpec = parse_filter(spec(name))
    expected = apply_filter(Image.new("RGB", soft.size, YELLOW), filter_spec)
    error = visible_error(apply_filter(soft, filter_spec), expected)
    assert error.max() <= 5, f"expected at most 5 levels, got {error.max():.1f}"


@pytest.mark.parametrize("hidden", [BLACK, GREEN], ids=["black", "green"])
@pytest.mark.parametrize("format", ["avif", "webp", "png"])
@pytest.mark.parametrize("soft", [True, False])
def test_a_file_shows_no_fringe(soft: bool, format: str, hidden: tuple[int, ...]) -> None:
    image = stamp(hidden, ring((400, 320)))
    if soft:
        image = make_rendition(image, Variant("x", "rendition", 200, 160))
    back = open_image(published(image, format)).convert("RGBA")
    error = visible_error(back, Image.new("RGB", image.size, YELLOW))
    # Without `spread`, AVIF is more than 100 levels off here and there, WebP 60.
    assert error.max() <= 20 and error.mean() <= 1, (error.max(), error.mean())


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (37, 20), (64, 64)])
def test_hidden_colours_give_way_and_seen_ones_stay(size: tuple[int, int]) -> None:
    grain = Image.merge("RGB", [noise(size, 90, band) for band in "RGB"])
    alpha = noise(size, 200).point([0] * 128 + list(range(128, 256)))
    image = grain.copy()
    image.putalpha(alpha)
    image.paste((*GREEN, 0), mask=alpha.point([255] + [0] * 255))
    shown = np.asarray(alpha) > 0
    for result in (spread(image), blacken(image)):
        assert (result.mode, result.size, result.info) == ("RGBA", size, {})
        assert (np.asarray(result)[shown] == np.asarray(image)[shown]).all()
        assert (np.asarray(result)[..., 3] == np.asarray(alpha)).all()
        assert not (np.asarray(result)[~shown][:, :3] == GREEN).all(axis=1).any()
    assert not np.asarray(blacken(image))[~shown].any()


def test_what_is_spread_is_the_colour_beside() -> None:
    image = stamp(GREEN, ring((64, 64)))
    apart = np.abs(np.asarray(spread(image), dtype=int)[..., :3] - YELLOW)
    assert apart.max() <= 6, f"expected at most 6 levels from the colour, got {apart.max()}"


def test_a_picture_of_nothing_is_a_picture_all_the_same() -> None:
    nothing = Image.new("RGBA", SIZE, (*GREEN, 0))
    assert spread(nothing).getextrema() == ((0, 0),) * 4
    for format in ("avif", "webp", "png"):
        back = open_image(published(nothing, format))
        assert (back.mode, back.getchannel("A").getextrema()) == ("RGBA", (0, 0))


@pytest.mark.parametrize("format", ["webp", "png", "avif"])
def test_no_file_holds_the_colours_of_what_cannot_be_seen(format: str) -> None:
    """Somebody may have cut a face out of a picture by making it transparent."""
    face = Image.merge("RGB", [noise(SIZE, 90, band) for band in "RGB"])
    face.putalpha(0)
    back = np.asarray(open_image(published(face, format)))
    assert not back.any()
