"""Pictures and recipes that nobody thought of, for hypothesis."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass
from typing import Any, get_args

import msgspec
from hypothesis import strategies as st
from msgspec import inspect
from PIL import ExifTags, Image

from darkroom import recipes
from darkroom.recipes import AnyFilter, Fit, Format, Gravity, Recipe

# What each format can hold. PNG: all of its colour types, with and without a transparent colour.
MODES = {
    "PNG": ("1", "L", "LA", "P", "P+", "L+", "RGB", "RGB+", "RGBA", "I;16"),
    "JPEG": ("L", "RGB", "CMYK"),
    "WEBP": ("RGB", "RGBA"),
    "GIF": ("1", "L", "P", "P+"),
    "AVIF": ("RGB", "RGBA"),
    "HEIF": ("RGB", "RGBA"),
}
NAMES = {"HEIF": "heic"}
SIDEWAYS = range(5, 9)
# x265, with which the test encodes, takes nothing smaller.
LEAST_SIDE = {"HEIF": 16}


@dataclass(frozen=True)
class Source:
    """A file. `width` x `height`: px, upright. `may_be_transparent`: whether its mode says so."""

    data: bytes
    format: str
    width: int
    height: int
    may_be_transparent: bool
    said: str

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What hypothesis shows of it: not the bytes."""
        printer.text(f"Source({self.said})")


def sides(format: str) -> st.SearchStrategy[tuple[int, int]]:
    least = LEAST_SIDE.get(format, 1)
    small, any_side = st.integers(least, 40), st.integers(least, 300)
    sizes = st.tuples(small, small) | st.tuples(any_side, any_side) | st.tuples(any_side, small)
    if least > 1:
        return sizes
    thin, long = st.integers(1, 3), st.integers(300, 10_000)
    return sizes | st.tuples(thin, long) | st.tuples(long, thin)


@st.composite
def sources(draw: st.DrawFn) -> Source:
    format = draw(st.sampled_from(list(MODES)))
    mode = draw(st.sampled_from(MODES[format]))
    size = draw(sides(format))
    seed = draw(st.integers(0, 9))
    moves = format in ("GIF", "WEBP", "PNG") and mode != "I;16"
    frames = draw(st.integers(1, 3)) if moves else 1
    options: dict[str, Any] = {}
    turned = None
    if format != "GIF":
        turned = draw(st.none() | st.integers(1, 8) | st.sampled_from((0, 9, 65_535)))
    if turned is not None:
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = turned
        options["exif"] = exif
    if frames > 1:
        more = [picture(mode, size, seed + number) for number in range(1, frames)]
        options |= {"save_all": True, "append_images": more, "duration": 70}
    buffer = io.BytesIO()
    picture(mode, size, seed).save(buffer, format, **options)
    # A HEIC turns by what its container says; its Exif has no say.
    sideways = turned in SIDEWAYS and format != "HEIF"
    width, height = reversed(size) if sideways else size
    return Source(
        buffer.getvalue(),
        NAMES.get(format, format.lower()),
        width,
        height,
        mode.endswith(("A", "+")),
        f"{format} {mode} {size} seed={seed} orientation={turned} frames={frames}",
    )


def picture(mode: str, size: tuple[int, int], seed: int) -> Image.Image:
    """Blotches in `mode`, as saved by Pillow; with "+", one colour of it is transparent."""
    dice = random.Random(f"{seed}")
    kind = mode.rstrip("+")
    if kind in ("1", "I;16"):
        grey = blotches("L", size, dice)
        twice = bytes(byte for level in grey.tobytes() for byte in (level, level))
        return grey.convert("1") if kind == "1" else Image.frombytes("I;16", size, twice)
    image = blotches("L" if kind == "P" else kind, size, dice)
    if kind == "P":
        image.putpalette(dice.randbytes(768))
    if mode.endswith("+"):
        image.info["transparency"] = image.getpixel((size[0] // 2, size[1] // 2))
    return image


def blotches(mode: str, size: tuple[int, int], dice: random.Random) -> Image.Image:
    bands = len(Image.new(mode, (1, 1)).getbands())
    small = [Image.frombytes("L", (4, 3), dice.randbytes(12)) for _ in range(bands)]
    return Image.merge(mode, [band.resize(size, Image.Resampling.BICUBIC) for band in small])


# Recipes


def names(many: int) -> list[str]:
    return [f"v{number}" for number in range(many)]


@st.composite
def renditions(draw: st.DrawFn, name: str) -> recipes.Rendition:
    width = draw(st.integers(1, 400) | st.sampled_from((1, 2, 16_383)))
    if draw(st.booleans()):
        return recipes.Rendition(name, width)
    # Not too large a canvas: what is padded may be as large as it is asked for.
    height = draw(st.integers(1, max(1, min(400, 200_000 // width))))
    fit = draw(st.sampled_from(get_args(Fit)))
    if fit == "cover":
        return recipes.Rendition(name, width, height, fit, draw(st.sampled_from(get_args(Gravity))))
    pad = draw(st.sampled_from((None, "transparent", "#000000", "#fe8019")))
    return recipes.Rendition(name, width, height, fit, pad=pad)


@st.composite
def filters(draw: st.DrawFn, name: str) -> Any:
    kind = draw(st.sampled_from(get_args(AnyFilter)))
    fields: dict[str, Any] = {"name": name, "width": draw(st.integers(1, 400))}
    for info in inspect.type_info(kind).fields:
        if info.encode_name not in fields and draw(st.booleans()):
            fields[info.encode_name] = draw(parameter(info))
    if kind is recipes.Watermark:
        fields.pop("image", None)
        fields["text"] = draw(st.sampled_from(("x", "© Darkroom", "W" * 80, "·", "_", " ' ")))
    return msgspec.convert({"filter": kind.__struct_config__.tag, **fields}, AnyFilter)


def parameter(parameter: Any) -> st.SearchStrategy[Any]:
    info = parameter.type
    if isinstance(info, inspect.IntType):
        return st.integers(info.ge, info.le)
    if isinstance(info, inspect.FloatType):
        least = info.gt if info.ge is None else info.ge
        return st.floats(least, info.le, exclude_min=info.gt is not None)
    if isinstance(info, inspect.LiteralType):
        return st.sampled_from(info.values)
    return st.just("#0080ff") if parameter.encode_name == "colour" else st.none()


@st.composite
def any_recipe(draw: st.DrawFn) -> Recipe:
    named = names(4)
    shown = [draw(renditions(name)) for name in named[: draw(st.integers(1, 3))]]
    filtered = [draw(filters(f"f{name}")) for name in named[: draw(st.integers(0, 2))]]
    formats = draw(st.lists(st.sampled_from(get_args(Format)), min_size=1, unique=True))
    moves = "webp" in formats and draw(st.booleans())
    return Recipe(
        renditions=tuple(shown),
        filters=tuple(filtered),
        formats=tuple(formats),
        quality=draw(st.integers(30, 95)),
        animation="keep" if moves else "first_frame",
        keep=draw(st.sampled_from(((), ("copyright",)))),
    )
