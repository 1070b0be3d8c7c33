"""The watermark's mark: a line of text or a PNG, and where on the picture it goes."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFont

from darkroom.errors import RecipeError
from darkroom.images import load_upright_srgb
from darkroom.recipes import RECIPES_FILE, Watermark

WATERMARKS = RECIPES_FILE.with_name("watermarks")

# Shares of the picture's shorter side, of its height, and of the letters' size.
MARGIN = 0.03
MAX_HEIGHT = 0.8
OUTLINE = 0.06
# In neither text nor font: what a font shows for a character that it does not have.
NO_CHARACTER = "\uffff"

# Where the room that the mark leaves goes: before it, across and down.
POSITIONS = {
    "north-west": (0.0, 0.0),
    "north-east": (1.0, 0.0),
    "south-west": (0.0, 1.0),
    "south-east": (1.0, 1.0),
    "center": (0.5, 0.5),
}


def draw_mark(image: Image.Image, spec: Watermark) -> Image.Image:
    """`image` (RGB) with the mark on it. Raises RecipeError where there is no such mark."""
    width = max(1, round(image.width * spec.size))
    height = max(1, round(image.height * MAX_HEIGHT))
    if spec.text is not None:
        mark = _text_mark(spec.text, width, height)
    else:
        mark = _image_mark(str(spec.image), width, height)
    opacity = mark.getchannel("A").point([round(a * spec.opacity) for a in range(256)])
    result = image.copy()
    result.paste(mark.convert("RGB"), _place(image.size, mark.size, spec.position), opacity)
    return result


def _place(size: tuple[int, int], mark: tuple[int, int], position: str) -> tuple[int, int]:
    margin = round(MARGIN * min(size))
    across, down = (
        (min(margin, room // 2) + round(share * max(0, room - 2 * margin)))
        for room, share in zip(
            (size[0] - mark[0], size[1] - mark[1]), POSITIONS[position], strict=True
        )
    )
    return across, down


def _text_mark(text: str, width: int, height: int) -> Image.Image:
    """RGBA, at most width x height px: white with a dark outline, for light and dark pictures."""
    missing = missing_characters(text)
    if missing:
        raise RecipeError(
            f"expected only characters of the built-in font for a watermark's text, got {missing!r}"
        )
    trial = _drawn(text, 100)
    return _drawn(text, max(1, 100 * min(width / trial.width, height / trial.height)))


def _drawn(text: str, size: float) -> Image.Image:
    font = _font(size)
    outline = max(1, round(size * OUTLINE))
    left, top, right, bottom = font.getbbox(text, stroke_width=outline)
    mark = Image.new("RGBA", (int(right - left) + 1, int(bottom - top) + 1), (0, 0, 0, 0))
    ImageDraw.Draw(mark).text(
        (-left, -top), text, "white", font, stroke_width=outline, stroke_fill="black"
    )
    ink = mark.getbbox()
    return mark.crop(ink) if ink else mark


def missing_characters(text: str) -> str:
    """Those characters of `text` that the built-in font cannot draw. It has little but ASCII."""
    font = _font(20)
    none = bytes(font.getmask(NO_CHARACTER))
    return "".join(c for c in dict.fromkeys(text) if bytes(font.getmask(c)) == none)


def _font(size: float) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise RecipeError("expected Pillow with FreeType for a watermark's text, got one without")
    return font


def _image_mark(name: str, width: int, height: int) -> Image.Image:
    path = WATERMARKS / name
    if not path.is_file():
        raise RecipeError(f"expected a PNG in {WATERMARKS.name}/ for a watermark, got {name!r}")
    mark = load_upright_srgb(path.read_bytes()).convert("RGBA")
    scale = min(width / mark.width, height / mark.height)
    size = (max(1, round(mark.width * scale)), max(1, round(mark.height * scale)))
    return mark.resize(size, Image.Resampling.LANCZOS)
