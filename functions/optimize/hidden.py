"""The colour of pixels that nobody sees. Lossy encoders mix it into those that somebody does."""

from __future__ import annotations

from PIL import Image

SHOWN = [0] + [255] * 255


def spread(image: Image.Image) -> Image.Image:
    """`image` (RGBA) with the colours around in place of those under wholly transparent pixels:
    no edge, where none is seen, that an encoder would smear over the ones that are.

    Halved, with colours weighed by alpha, until no gap is left; then filled from there.
    """
    halves = [image]
    while max(halves[-1].size) > 1 and _has_gaps(halves[-1]):
        halves.append(halves[-1].reduce(2))
    filled = blacken(halves.pop()).convert("RGB")
    for half in reversed(halves):
        filled = filled.resize(half.size, Image.Resampling.BILINEAR)
        # By alpha, since what is hardly seen has hardly a colour; but what is seen stays as it is.
        mask = _shown(half) if half is image else half.getchannel("A")
        filled.paste(half.convert("RGB"), mask=mask)
    filled.putalpha(image.getchannel("A"))
    return filled


def blacken(image: Image.Image) -> Image.Image:
    """`image` (RGBA) with black in place of those colours: nothing hidden, and fewer bytes in
    formats without loss."""
    result = Image.new("RGBA", image.size)
    result.paste(image, mask=_shown(image))
    return result


def _shown(image: Image.Image) -> Image.Image:
    return image.getchannel("A").point(SHOWN)


def _has_gaps(image: Image.Image) -> bool:
    return image.getchannel("A").getextrema()[0] == 0
