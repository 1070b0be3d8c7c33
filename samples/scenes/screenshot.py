from __future__ import annotations

from PIL import Image, ImageDraw, ImageFilter

from scenes.paint.encode import png
from scenes.paint.lettering import font

Rgb = tuple[int, int, int]

SIZE = 1600, 1000
# Today's screens have two px to a point; what follows is in points.
K = 2
WINDOW = (40, 34, 760, 462)
INK, GREY, LINE, PAPER = (32, 34, 40), (128, 132, 142), (228, 230, 235), (252, 252, 253)
GREEN, AMBER, RED, BLUE = (46, 139, 87), (196, 128, 24), (190, 58, 52), (70, 110, 190)
BOLD = 0.6

BUTTONS = ((236, 106, 94), (245, 191, 79), (98, 197, 84))
SHELVES = (("All uploads", "128"), ("Published", "119"), ("In review", "3"), ("Invalid", "6"))
RECIPES = ("default", "portrait", "press")
COLUMNS = ((218, "Name"), (440, "Size"), (560, "Status"))
ROWS = (
    ("dusk-mountains.jpg", "2400 x 1500", "published", GREEN),
    ("sea-glitter.jpg", "2000 x 1334", "published", GREEN),
    ("forbidden-harbour.jpg", "1600 x 1000", "in review", AMBER),
    ("still-life.jpg", "1680 x 1200", "published", GREEN),
    ("broken.jpg", "unreadable", "invalid", RED),
    ("forest-path.jpg", "1200 x 1800", "published", GREEN),
    ("city-rain.jpg", "1800 x 1200", "processing", BLUE),
)


def picture() -> bytes:
    """A window full of small text and hairlines, at the density of today's screens."""
    image = _desktop()
    pen = Pen(image)
    pen.box(WINDOW, PAPER, 11)
    _sidebar(pen)
    _list(pen)
    return png(image)


class Pen:
    """Draws in points."""

    def __init__(self, image: Image.Image) -> None:
        self._draw = ImageDraw.Draw(image)

    def box(
        self,
        box: tuple[float, float, float, float],
        fill: Rgb | int | None = None,
        radius: float = 0,
        outline: Rgb | None = None,
    ) -> None:
        px = tuple(value * K for value in box)
        self._draw.rounded_rectangle(px, radius * K, fill, outline, width=K)

    def disc(self, left: float, top: float, across: float, fill: Rgb) -> None:
        self._draw.circle(((left + across / 2) * K, (top + across / 2) * K), across / 2 * K, fill)

    def write(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        colour: Rgb = INK,
        *,
        anchor: str = "lm",
        weight: float = 0.0,
    ) -> None:
        face = font(size * K)
        self._draw.text((x * K, y * K), text, colour, face, anchor, stroke_width=weight)

    def width(self, text: str, size: float) -> float:
        return self._draw.textlength(text, font(size * K)) / K


def _desktop() -> Image.Image:
    """With the shadow of the window."""
    image = Image.new("RGB", SIZE, (64, 78, 108))
    ramp = Image.linear_gradient("L").resize(SIZE)
    image.paste((138, 98, 112), (0, 0), ramp)
    shadow = Image.new("L", SIZE)
    left, top, right, foot = WINDOW
    Pen(shadow).box((left, top + 12, right, foot + 12), 130, 11)
    image.paste((8, 8, 16), (0, 0), shadow.filter(ImageFilter.GaussianBlur(15 * K)))
    return image


def _sidebar(pen: Pen) -> None:
    left, top, _, foot = WINDOW
    pen.box((left, top, 210, foot), (240, 241, 244), 11)
    pen.box((195, top, 210, foot), PAPER)
    pen.box((194, top, 194.5, foot), LINE)
    for number, colour in enumerate(BUTTONS):
        pen.disc(56 + number * 20, 49, 12, colour)
    pen.write(56, 92, "LIBRARY", 9.5, GREY)
    for number, (name, count) in enumerate(SHELVES):
        y = 114 + number * 27
        if number == 0:
            pen.box((48, y - 12, 187, y + 12), (216, 226, 244), 6)
        pen.write(60, y, name, 12.5, weight=0.0 if number else BOLD)
        pen.write(179, y, count, 11.5, GREY, anchor="rm")
    pen.write(56, 236, "RECIPES", 9.5, GREY)
    for number, name in enumerate(RECIPES):
        pen.write(60, 258 + number * 25, name, 12.5)


def _list(pen: Pen) -> None:
    pen.write(218, 60, "All uploads", 17, weight=BOLD)
    pen.box((560, 47, 740, 73), radius=7, outline=LINE)
    pen.write(572, 60, "Search by name", 11.5, GREY)
    for left, title in COLUMNS:
        pen.write(left, 104, title, 10.5, GREY)
    pen.box((210, 119, 748, 119), LINE)
    for number, (name, size, status, colour) in enumerate(ROWS):
        y = 139 + number * 38
        pen.write(218, y, name, 13)
        pen.write(440, y, size, 12, GREY)
        pen.box((560, y - 10, 576 + pen.width(status, 11), y + 10), _tint(colour), 10)
        pen.write(568, y, status, 11, colour)
        pen.box((218, y + 19, 740, y + 19), (238, 239, 243))
    pen.write(218, 430, "A picture is published once, under a name that never changes.", 11.5, GREY)
    pen.box((662, 417, 740, 443), (206, 62, 36), 7)
    pen.write(701, 430, "Upload", 12, (255, 255, 255), anchor="mm", weight=0.4)


def _tint(colour: Rgb) -> Rgb:
    red, green, blue = (255 - (255 - level) // 7 for level in colour)
    return red, green, blue
