"""What is made of a picture, as data: `recipes.json`, checked as it is read.

A recipe names renditions, filtered versions, formats and one quality. The bounds of every
filter's parameters stand here, beside the shape of the file; the pixels are in `filter/`.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from darkroom import watermarks
from darkroom.checking import FieldError, problems
from darkroom.contracts import Gravity as Gravity
from darkroom.errors import RecipeError
from darkroom.strict_json import parse_json

DEFAULT = "default"
RECIPES_FILE = Path(__file__).with_name("recipes.json")

# WebP cannot hold more: https://developers.google.com/speed/webp/faq#what_is_the_maximum_size_a_webp_image_can_be
MAX_SIDE_PX = 16_383
MAX_VARIANTS = 40
# What is made may be no larger than what is taken (`MaxPixels`): a canvas for `contain` could be.
MAX_CANVAS_PIXELS = 50_000_000

Format = Literal["avif", "webp", "jpeg", "png"]
Fit = Literal["cover", "contain"]
Position = Literal["north-west", "north-east", "south-west", "south-east", "center"]
Animation = Literal["first_frame", "keep"]
Kept = Literal["copyright"]
Name = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9-]{0,39}\Z",
        description="small letters, digits and hyphens, at most 40",
    ),
]
Side = Annotated[int, Meta(ge=1, le=MAX_SIDE_PX)]
Share = Annotated[float, Meta(ge=0, le=1)]
Factor = Annotated[float, Meta(ge=0, le=4)]
Colour = Annotated[
    str, Meta(pattern=r"^#[0-9a-fA-F]{6}\Z", description="a colour written as #rrggbb")
]
Pad = Annotated[
    str,
    Meta(
        pattern=r"^(#[0-9a-fA-F]{6}|transparent)\Z",
        description='a colour written as #rrggbb, or "transparent"',
    ),
]
FileName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9-]*\.png\Z",
        description="the name of a PNG, in small letters, digits and hyphens",
    ),
]


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
            raise FieldError("height", "expected one beside `fit: contain`, got none")
        if self.gravity != "center" and not covers:
            raise FieldError(
                "gravity",
                f"expected it only beside a height and `fit: cover`, got {self.gravity!r}",
            )
        if self.pad is not None and not contains:
            raise FieldError(
                "pad", f"expected it only beside a height and `fit: contain`, got {self.pad!r}"
            )
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
    image: FileName | None = None
    size: Annotated[float, Meta(ge=0.05, le=1)] = 0.35
    opacity: Annotated[float, Meta(gt=0, le=1)] = 0.6
    position: Position = "south-east"

    def __post_init__(self) -> None:
        if (self.text is None) == (self.image is None):
            got = "none" if self.text is None else "both"
            raise ValueError(f"expected either `text` or `image` for a watermark, got {got}")
        if self.text is not None and (problem := watermarks.text_problem(self.text)):
            raise FieldError("text", problem)


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


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`formats`: "jpeg" stands for the fallback: JPEG, or PNG where the picture has alpha.

    `animation`: whether renditions of an animation move; those in WebP do. `keep`: what of the
    source's metadata goes into the files. `quality` is what a viewer should see, on the scale of
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
        if double := _double(names):
            raise ValueError(f"expected each variant's name once, got {double!r} twice")
        if len(names) > MAX_VARIANTS:
            raise ValueError(f"expected at most {MAX_VARIANTS} variants, got {len(names)}")
        for field, words in (("formats", self.formats), ("keep", self.keep)):
            if double := _double(words):
                raise FieldError(field, f"expected each once, got {double!r} twice")
        if self.animation == "keep" and "webp" not in self.formats:
            raise FieldError("animation", "expected it only beside the format webp, got 'keep'")


def _double(words: tuple[str, ...] | list[str]) -> str | None:
    return next((word for word in words if words.count(word) > 1), None)


def parse_recipes(text: bytes | str, folder: Path = RECIPES_FILE.parent) -> dict[str, Recipe]:
    """Read and check a whole `recipes.json`, which stands in `folder`.

    Raises RecipeError, with one line for each problem: the recipe, the field, what was expected
    there and what was found.
    """
    try:
        raw = parse_json(text)
    except ValueError as error:
        raise RecipeError(f"expected JSON for recipes.json, got: {error}") from error
    if not isinstance(raw, dict) or DEFAULT not in raw:
        raise RecipeError('expected an object with a recipe "default" for recipes.json')
    found = [line for name, value in raw.items() for line in _problems(name, value, folder)]
    if found:
        raise RecipeError("\n".join(found))
    return msgspec.convert(raw, dict[str, Recipe])


def _problems(name: str, value: Any, folder: Path) -> Iterator[str]:
    if any(problems(name, Name, "")):
        yield (
            "expected small letters, digits and hyphens, at most 40, for a recipe's name, "
            f"got {name[:80]!r}"
        )
        return
    found = list(problems(value, Recipe, name))
    yield from found
    if found:
        return
    for index, spec in enumerate(msgspec.convert(value, Recipe).filters):
        if isinstance(spec, Watermark) and spec.image is not None:
            problem = watermarks.picture_problem(spec.image, folder / watermarks.FOLDER)
            if problem:
                yield f"{name}.filters[{index}].image: {problem}"


def parse_filter(value: Any) -> AnyFilter:
    """A filter's entry of a recipe, as Validate planned it."""
    spec: AnyFilter = msgspec.convert(value, AnyFilter)
    return spec


@functools.cache
def load_recipes() -> dict[str, Recipe]:
    """The recipes that were deployed with the code."""
    return parse_recipes(RECIPES_FILE.read_bytes())


def recipe_name(image: str, known: dict[str, Recipe]) -> str:
    """The recipe named as the image's first folder, or `default`."""
    folder, slash, _ = image.partition("/")
    return folder if slash and folder in known else DEFAULT


def main(arguments: list[str]) -> int:
    """Check the file that is named, or the one here. 0 where it is fine, otherwise 1."""
    path = Path(arguments[0]) if arguments else RECIPES_FILE
    try:
        found = parse_recipes(path.read_bytes(), path.parent)
    except OSError as error:
        print(f"{path}: expected a file, got: {error.strerror}", file=sys.stderr)
        return 1
    except RecipeError as error:
        for line in str(error).splitlines():
            print(f"{path}: {line}", file=sys.stderr)
        return 1
    print(f"{path}: {', '.join(found)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
