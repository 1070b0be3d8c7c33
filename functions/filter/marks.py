"""The watermark's mark: a line of text or a PNG, and where on the picture it goes."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageStat

from darkroom import watermarks
from darkroom.errors import RecipeError
from darkroom.framing import PLACES
from darkroom.images import load_upright_srgb
from darkroom.recipes import RECIPES_FILE, Watermark
from darkroom.scaling import scale

WATERMARKS = RECIPES_FILE.with_name(watermarks.FOLDER)

# Shares of the picture's shorter side, of its height, of the letters' size and of a PNG's shorter
# side.
MARGIN = 0.03
MAX_HEIGHT = 0.8
OUTLINE = 0.06
HALO = 0.03

TRIAL_PX = 100
# Small letters are drawn twice as large and scaled down: as they stand on whole px, they would
# otherwise look different from size to size.
LARGE_PX = 400
SMALL_PX = 8


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
            (size[0] - mark[0], size[1] - mark[1]), PLACES[position], strict=True
        )
    )
    return across, down


def _text_mark(text: str, width: int, height: int) -> Image.Image:
    """RGBA, at most width x height px: white with a dark outline, for light and dark pictures."""
    trial = _drawn(text, TRIAL_PX)
    size = TRIAL_PX * min(width / trial.width, height / trial.height)
    drawn = _drawn(text, max(size, min(2 * size, LARGE_PX), SMALL_PX))
    return _fitted(drawn, width, height)


def _drawn(text: str, size: float) -> Image.Image:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise RecipeError("expected Pillow with FreeType for a watermark's text, got one without")
    outline = max(1.0, size * OUTLINE)
    left, top, right, bottom = font.getbbox(text, stroke_width=outline)
    mark = Image.new("RGBA", (int(right - left) + 1, int(bottom - top) + 1), (0, 0, 0, 0))
    ImageDraw.Draw(mark).text(
        (-left, -top), text, "white", font, stroke_width=outline, stroke_fill="black"
    )
    ink = mark.getbbox()
    return mark.crop(ink) if ink else mark


def _image_mark(name: str, width: int, height: int) -> Image.Image:
    """RGBA, at most width x height px: the PNG, and around what is not transparent of it a thin
    halo, dark around a light mark and light around a dark one."""
    path = WATERMARKS / name
    if not path.is_file():
        raise RecipeError(f"expected a PNG in {WATERMARKS.name}/ for a watermark, got {name!r}")
    source = load_upright_srgb(path.read_bytes()).convert("RGBA")
    share = min(width / source.width, height / source.height)
    halo = max(1, round(HALO * share * min(source.size)))
    room = [side - 2 * halo for side in (width, height)]
    if min(room) < 1:
        return _within(source, width, height)
    mark = _fitted(source, *room)
    around = Image.new("RGBA", (mark.width + 2 * halo, mark.height + 2 * halo), (0, 0, 0, 0))
    around.paste(mark, (halo, halo))
    shade = around.getchannel("A").filter(ImageFilter.GaussianBlur(halo / 2))
    ground = Image.new("RGBA", around.size, (0, 0, 0, 0) if _is_light(mark) else (255, 255, 255, 0))
    ground.putalpha(shade.point([min(255, 3 * level) for level in range(256)]))
    return Image.alpha_composite(ground, around)


def _is_light(mark: Image.Image) -> bool:
    seen = mark.getchannel("A").point([0] * 128 + [255] * 128)
    stat = ImageStat.Stat(mark.convert("L"), seen)
    return stat.count[0] == 0 or stat.mean[0] >= 128


def _within(mark: Image.Image, width: int, height: int) -> Image.Image:
    return mark if mark.width <= width and mark.height <= height else _fitted(mark, width, height)


def _fitted(mark: Image.Image, width: int, height: int) -> Image.Image:
    """In its proportions, as large as it can be within width x height px."""
    share = min(width / mark.width, height / mark.height)
    return scale(mark, max(1, round(mark.width * share)), max(1, round(mark.height * share)))
