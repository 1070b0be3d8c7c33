"""Golden pictures: what each filter, fit, gravity, pad and orientation makes, by the steps' own
functions. They stand in docs/recipes.md, and a test compares them.

    python -m bench.goldens [FOLDER]
"""

from __future__ import annotations

import functools
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args
from unittest import mock

import msgspec
from PIL import ExifTags, Image, ImageDraw, ImageFont

from darkroom.contracts import Variant
from darkroom.masters import unpack
from darkroom.recipes import AnyFilter, Gravity, Recipe, Rendition, parse_filter
from filter import marks
from filter.filters import filtered_masters
from resize.animations import resized_masters
from validate.plan import Planned, plan

PROJECT = Path(__file__).parents[1]
FOLDER = PROJECT / "docs/images/goldens"
SAMPLES = PROJECT / "samples"
PHOTO, LOGO, BOAT = "still-life.jpg", "logo.png", "sea-glitter.jpg"
WIDTH = 240

# Another setting than the default, for each filter; a watermark has no default text.
OTHER: dict[str, dict[str, Any]] = {
    "grayscale": {"amount": 0.5},
    "sepia": {"amount": 0.5},
    "blur": {"radius": 40},
    "sharpen": {"radius": 3, "percent": 400, "threshold": 0},
    "autocontrast": {"cutoff": 20},
    "adjust": {"brightness": 1.2, "contrast": 1.4, "saturation": 1.8},
    "vignette": {"amount": 1},
    "pixelate": {"blocks": 12},
    "border": {"size": 0.12, "colour": "#fe8019"},
    "watermark": {"text": "© 2026 Harbour", "size": 0.8, "opacity": 0.9, "position": "center"},
}
NEEDED: dict[str, dict[str, Any]] = {"watermark": {"text": "Darkroom"}}
PADS = {"default": None, "transparent": "transparent", "colour": "#fe8019"}

# How upright pixels are stored under each of EXIF's numbers: CIPA DC-008, 4.6.5.1.
TURN_BY = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}

Draw = Callable[[], Image.Image]


def goldens() -> dict[str, Draw]:
    """Each golden picture by its name: how it is made, RGB or RGBA."""
    found: dict[str, Draw] = {}
    for kind in get_args(AnyFilter):
        tag = str(kind.__struct_config__.tag)
        found[f"filter-{tag}"] = _filter(tag, PHOTO, NEEDED.get(tag, {}))
        found[f"filter-{tag}-other"] = _filter(tag, PHOTO, OTHER[tag])
        found[f"filter-{tag}-alpha"] = _filter(tag, LOGO, OTHER[tag])
    found["filter-watermark-image"] = _filter("watermark", BOAT, {"image": LOGO, "size": 0.6})
    found["fit-scale"] = _rendition(BOAT, width=WIDTH)
    found["fit-cover"] = _rendition(BOAT, width=160, height=160, fit="cover")
    found["fit-contain"] = _rendition(BOAT, width=160, height=160, fit="contain")
    for gravity in get_args(Gravity):
        found[f"gravity-{gravity}"] = functools.partial(_both_ways, gravity)
    for name, pad in PADS.items():
        for suffix, sample in (("", BOAT), ("-alpha", LOGO)):
            found[f"pad-{name}{suffix}"] = _rendition(
                sample, width=160, height=160, fit="contain", pad=pad
            )
    for number in range(1, 9):
        found[f"orientation-{number}"] = functools.partial(_turned, number)
    return found


def read(path: Path) -> Image.Image:
    """A golden picture as it was kept, RGB or RGBA."""
    return unpack(path.read_bytes())


def keep(image: Image.Image, path: Path) -> None:
    """Lossless, and small."""
    image.save(path, "WEBP", lossless=True, quality=75, method=4, exact=True)


@functools.cache
def sample(name: str) -> bytes:
    """A sample at the goldens' width, as a PNG."""
    buffer = io.BytesIO()
    _rendition_of((SAMPLES / name).read_bytes(), width=WIDTH).save(buffer, "PNG")
    return buffer.getvalue()


def _filter(tag: str, name: str, parameters: dict[str, Any]) -> Draw:
    def draw() -> Image.Image:
        spec = parse_filter({"filter": tag, "name": "golden", "width": WIDTH, **parameters})
        size = Image.open(io.BytesIO(sample(name)), formats=("PNG",)).size
        variant = Variant("golden", "filter", *size, filter=tag, spec=msgspec.to_builtins(spec))
        with mock.patch.object(marks, "WATERMARKS", SAMPLES):
            return unpack(next(filtered_masters(sample(name), [variant])))

    return draw


def _rendition(name: str, **fields: Any) -> Draw:
    return lambda: _rendition_of((SAMPLES / name).read_bytes(), **fields)


def _rendition_of(data: bytes, **fields: Any) -> Image.Image:
    """As Validate plans it and Resize makes it."""
    with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as opened:
        width, height = opened.size
        turned = opened.getexif().get(ExifTags.Base.Orientation, 1) > 4
    recipe = Recipe(renditions=(Rendition("golden", **fields),))
    size = (height, width) if turned else (width, height)
    [planned] = plan(recipe, *size).renditions
    return unpack(next(resized_masters(data, [_variant(planned)])))


def _variant(planned: Planned) -> Variant:
    return msgspec.convert(msgspec.to_builtins(planned), Variant)


def _both_ways(gravity: str) -> Image.Image:
    """What is kept of a wide and of a tall chart; for "auto", of two photographs."""
    if gravity == "auto":
        wide, tall = ((SAMPLES / name).read_bytes() for name in (BOAT, "forest-path.jpg"))
    else:
        wide, tall = _chart(WIDTH, 120), _chart(120, WIDTH)
    box = {"width": 120, "height": 120, "fit": "cover", "gravity": gravity}
    return _beside(_rendition_of(wide, **box), _rendition_of(tall, **box))


def _chart(width: int, height: int) -> bytes:
    """A PNG of nine fields, each in a colour of its own with the side that it lies on."""
    image = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(22)
    fields = ["NW", "N", "NE", "W", "C", "E", "SW", "S", "SE"]
    for index, text in enumerate(fields):
        row, column = divmod(index, 3)
        box = (width * column // 3, height * row // 3)
        end = (width * (column + 1) // 3, height * (row + 1) // 3)
        draw.rectangle((*box, *end), fill=f"hsl({index * 40}, 60%, {35 + 10 * column}%)")
        middle = ((box[0] + end[0]) / 2, (box[1] + end[1]) / 2)
        draw.text(middle, text, "white", font, anchor="mm")
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _turned(number: int) -> Image.Image:
    """How the pixels are stored, and what comes out, of a JPEG with this EXIF orientation."""
    upright = _rendition_of((SAMPLES / BOAT).read_bytes(), width=120)
    turn = TURN_BY.get(number)
    stored = upright if turn is None else upright.transpose(turn)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = number
    buffer = io.BytesIO()
    stored.save(buffer, "JPEG", quality=95, exif=exif)
    return _beside(stored, _rendition_of(buffer.getvalue(), width=120))


def _beside(left: Image.Image, right: Image.Image) -> Image.Image:
    """Both, in the middle of cells of 120 x 120 px."""
    sheet = Image.new("RGBA", (248, 120), (0, 0, 0, 0))
    for image, middle in ((left, 60), (right, 188)):
        sheet.paste(image, (middle - image.width // 2, 60 - image.height // 2))
    return sheet


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    made = goldens()
    for name, draw in made.items():
        keep(draw(), folder / f"{name}.webp")
    for path in folder.glob("*.webp"):
        if path.stem not in made:
            path.unlink()
    print(f"{len(made)} pictures in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else FOLDER)
