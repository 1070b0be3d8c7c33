"""What is made of a picture, as data: `recipes.json`, checked as it is read.

A recipe names renditions, filtered versions, formats and one quality. The bounds of every
filter's parameters stand here, beside the shape of the file; the pixels are in `filter/`.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta

from darkroom.errors import RecipeError

DEFAULT = "default"
RECIPES_FILE = Path(__file__).with_name("recipes.json")

# WebP cannot hold more: https://developers.google.com/speed/webp/faq#what_is_the_maximum_size_a_webp_image_can_be
MAX_SIDE_PX = 16_383
MAX_VARIANTS = 40
# What is made may be no larger than what is taken (`MaxPixels`): a canvas for `contain` could be.
MAX_CANVAS_PIXELS = 50_000_000

Format = Literal["avif", "webp", "jpeg", "png"]
Fit = Literal["cover", "contain"]
Gravity = Literal[
    "center",
    "north",
    "north-east",
    "east",
    "south-east",
    "south",
    "south-west",
    "west",
    "north-west",
    "auto",
]
Position = Literal["north-west", "north-east", "south-west", "south-east", "center"]
Animation = Literal["first_frame", "keep"]
Kept = Literal["copyright"]
Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}\Z")]
Side = Annotated[int, Meta(ge=1, le=MAX_SIDE_PX)]
Share = Annotated[float, Meta(ge=0, le=1)]
Factor = Annotated[float, Meta(ge=0, le=4)]
Colour = Annotated[str, Meta(pattern=r"^#[0-9a-fA-F]{6}\Z")]
Pad = Annotated[str, Meta(pattern=r"^(#[0-9a-fA-F]{6}|transparent)\Z")]


class Rendition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A size of the picture: width alone keeps the proportions; with a height, `fit` decides.

    `gravity`: which part a "cover" keeps. `pad`: what a "contain" puts around the picture; where
    it is not given, white, or nothing around a picture with alpha.
    """

    name: Name
    width: Side
    height: Side | None = None
    fit: Fit = "cover"
    gravity: Gravity = "center"
    pad: Pad | None = None

    def __post_init__(self) -> None:
        covers = self.height is not None and self.fit == "cover"
        contains = self.height is not None and self.fit == "contain"
        if self.fit == "contain" and not contains:
            raise ValueError("expected a height beside `fit: contain`, got none")
        if self.gravity != "center" and not covers:
            raise ValueError("expected `gravity` only beside a height and `fit: cover`")
        if self.pad is not None and not contains:
            raise ValueError("expected `pad` only beside a height and `fit: contain`")
        if self.width * (self.height or 1) > MAX_CANVAS_PIXELS:
            raise ValueError(
                f"expected at most {MAX_CANVAS_PIXELS:,} pixels, got {self.width} x {self.height}"
            )


class FilterSpec(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="filter", kw_only=True
):
    """A filtered version: `filter` names the operation, the rest are its parameters."""

    name: Name
    width: Side

    @property
    def filter(self) -> str:
        return str(self.__struct_config__.tag)


class Grayscale(FilterSpec, tag="grayscale", frozen=True):
    amount: Share = 1.0


class Sepia(FilterSpec, tag="sepia", frozen=True):
    amount: Share = 1.0


class Blur(FilterSpec, tag="blur", frozen=True):
    """`radius` in thousandths of the longer side, so that every size looks alike."""

    radius: Annotated[float, Meta(gt=0, le=100)] = 8.0


class Sharpen(FilterSpec, tag="sharpen", frozen=True):
    """Unsharp mask: `radius` in px of the output, `percent` strength, `threshold` in levels."""

    radius: Annotated[float, Meta(gt=0, le=20)] = 1.5
    percent: Annotated[int, Meta(ge=1, le=500)] = 120
    threshold: Annotated[int, Meta(ge=0, le=255)] = 2


class Autocontrast(FilterSpec, tag="autocontrast", frozen=True):
    """`cutoff`: percent of the darkest and of the lightest pixels that may clip."""

    cutoff: Annotated[float, Meta(ge=0, le=40)] = 1.0


class Adjust(FilterSpec, tag="adjust", frozen=True):
    """Factors: 1 leaves as it is, 0 is black, grey or colourless."""

    brightness: Factor = 1.0
    contrast: Factor = 1.0
    saturation: Factor = 1.0


class Vignette(FilterSpec, tag="vignette", frozen=True):
    amount: Share = 0.5


class Pixelate(FilterSpec, tag="pixelate", frozen=True):
    """`blocks`: how many along the longer side."""

    blocks: Annotated[int, Meta(ge=2, le=512)] = 48


class Border(FilterSpec, tag="border", frozen=True):
    """`size`: share of the shorter side. The picture shrinks into it: the stated size is kept."""

    size: Annotated[float, Meta(gt=0, le=0.25)] = 0.04
    colour: Colour = "#ffffff"


class Watermark(FilterSpec, tag="watermark", frozen=True):
    """A text, or a PNG beside `recipes.json` (in `watermarks/`), across `size` of the width."""

    text: Annotated[str, Meta(min_length=1, max_length=80)] | None = None
    image: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]*\.png\Z")] | None = None
    size: Annotated[float, Meta(ge=0.05, le=1)] = 0.35
    opacity: Annotated[float, Meta(gt=0, le=1)] = 0.6
    position: Position = "south-east"

    def __post_init__(self) -> None:
        if (self.text is None) == (self.image is None):
            raise ValueError("expected either `text` or `image` for a watermark, got both or none")


AnyFilter = (
    Grayscale
    | Sepia
    | Blur
    | Sharpen
    | Autocontrast
    | Adjust
    | Vignette
    | Pixelate
    | Border
    | Watermark
)


# What may stand in a field where msgspec only says that something else stands there.
CHOICES: dict[str, tuple[str, ...]] = {
    "fit": get_args(Fit),
    "gravity": get_args(Gravity),
    "position": get_args(Position),
    "animation": get_args(Animation),
    "keep": get_args(Kept),
    "formats": get_args(Format),
    "filter": tuple(kind.__struct_config__.tag for kind in get_args(AnyFilter)),
}
# msgspec's wording and ours.
WORDINGS = (
    (r"Object missing required field `(.*)`", r"expected a value for \1, got none"),
    (r"Object contains unknown field `(.*)`", r"expected a field that exists, got \1"),
    (r"Expected (.*?)(?:, got .*)?", r"expected \1"),
)


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`formats`: "jpeg" stands for the fallback: JPEG, or PNG where the picture has alpha.

    `animation`: whether renditions of an animation move, as WebP. `keep`: what of the source's
    metadata goes into the files. `quality` is what a viewer should see, on the scale of
    SSIMULACRA2 (90 hardly to be told from the source, 70 good, 50 visibly compressed), the same
    for every format.
    """

    renditions: Annotated[tuple[Rendition, ...], Meta(min_length=1)]
    filters: tuple[AnyFilter, ...] = ()
    formats: Annotated[tuple[Format, ...], Meta(min_length=1)] = ("avif", "webp", "jpeg")
    quality: Annotated[int, Meta(ge=30, le=95)] = 72
    animation: Animation = "first_frame"
    keep: tuple[Kept, ...] = ()

    def __post_init__(self) -> None:
        names = [variant.name for variant in (*self.renditions, *self.filters)]
        doubles = sorted({name for name in names if names.count(name) > 1})
        if doubles:
            raise ValueError(f"expected each variant's name once, got {doubles[0]!r} twice")
        if len(names) > MAX_VARIANTS:
            raise ValueError(f"expected at most {MAX_VARIANTS} variants, got {len(names)}")


def parse_recipes(text: bytes | str) -> dict[str, Recipe]:
    """Read and check a whole `recipes.json`.

    Raises RecipeError, which names the recipe, the field and what was expected there.
    """
    try:
        raw = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise RecipeError(f"expected JSON for recipes.json, got: {error}") from error
    if not isinstance(raw, dict) or DEFAULT not in raw:
        raise RecipeError('expected an object with a recipe "default" for recipes.json')
    return {name: _parse_recipe(name, value) for name, value in raw.items()}


def _parse_recipe(name: str, value: Any) -> Recipe:
    try:
        msgspec.convert(name, Name)
    except msgspec.ValidationError as error:
        raise RecipeError(
            f"expected small letters, digits and hyphens for a recipe's name, got {name!r}"
        ) from error
    try:
        return msgspec.convert(value, Recipe)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at ")
        field = path.strip("`$")
        raise RecipeError(
            f"{name}{field}: {_in_our_words(message, field)}{_found_at(value, field)}"
        ) from error


def parse_filter(value: Any) -> AnyFilter:
    """A filter's entry of a recipe, as Validate planned it."""
    spec: AnyFilter = msgspec.convert(value, AnyFilter)
    return spec


def _in_our_words(message: str, path: str) -> str:
    if message.startswith("Invalid "):
        return f"expected one of {', '.join(CHOICES[re.findall(r'[a-z]+', path)[-1]])}"
    for pattern, ours in WORDINGS:
        if match := re.fullmatch(pattern, message):
            return match.expand(ours)
    return message


def _found_at(value: Any, path: str) -> str:
    """The offending value in words, or nothing where it is an object too long to show."""
    for attribute, index in re.findall(r"\.(\w+)|\[(\d+)\]", path):
        try:
            value = value[int(index)] if index else value[attribute]
        except (KeyError, IndexError, TypeError):
            return ""
    return "" if isinstance(value, dict | list) else f", got {value!r}"


@functools.cache
def load_recipes() -> dict[str, Recipe]:
    """The recipes that were deployed with the code."""
    return parse_recipes(RECIPES_FILE.read_bytes())


def recipe_name(image: str, known: dict[str, Recipe]) -> str:
    """The recipe named as the image's first folder, or `default`."""
    folder, slash, _ = image.partition("/")
    return folder if slash and folder in known else DEFAULT
