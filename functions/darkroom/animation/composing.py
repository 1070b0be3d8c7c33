"""Whole frames from parts: GIF and APNG store, of most frames, what differs from the one before.

Pillow composes them as well, but not as browsers do: it lets a GIF's disposal outlast its frame,
clears to the background colour, and blends half-transparent APNG frames to less than opaque.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from PIL import Image

from darkroom.errors import ImageError
from darkroom.images import load_upright_srgb

NOTHING = (0, 0, 0, 0)


@dataclass(frozen=True)
class Part:
    """A picture of `width` x `height` px for a place on the canvas, `left` and `top` px from its
    corner; it may reach over the edge.

    `picture` gives it as a file of its own. `over`: whether its transparent pixels let through
    what was there. `then`: what becomes of its place once it was shown.
    """

    left: int
    top: int
    width: int
    height: int
    duration_ms: float
    over: bool
    then: Literal["keep", "clear", "restore"]
    picture: Callable[[], bytes]


def compose(size: tuple[int, int], parts: Iterable[Part]) -> Iterator[Image.Image]:
    """A frame of `size` for each of the parts: RGBA, in sRGB. The next one changes it.

    Raises ImageError.
    """
    canvas = Image.new("RGBA", size, NOTHING)
    for part in parts:
        if part.width * part.height > canvas.width * canvas.height:
            raise ImageError("corrupt", "a frame is larger than the animation")
        right = min(part.left + part.width, canvas.width)
        bottom = min(part.top + part.height, canvas.height)
        box = (part.left, part.top, right, bottom)
        if part.left >= right or part.top >= bottom:
            yield canvas
            continue
        before = canvas.crop(box)
        canvas.paste(_painted(before, part), box)
        yield canvas
        if part.then == "clear":
            canvas.paste(NOTHING, box)
        elif part.then == "restore":
            canvas.paste(before, box)


def _painted(before: Image.Image, part: Part) -> Image.Image:
    picture = load_upright_srgb(part.picture())
    if picture.size != before.size:
        picture = picture.crop((0, 0, *before.size))
    if part.over and picture.mode == "RGBA":
        return Image.alpha_composite(before, picture)
    return picture
