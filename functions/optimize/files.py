"""One master in every format: what a recipe's formats and quality make of a picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PIL import Image, ImageChops

from darkroom.animation import Animation
from darkroom.animation.film import write_webp
from darkroom.masters import unpack, unpack_animation
from optimize.encoders import Setting, encode
from optimize.hidden import blacken, spread
from optimize.quality import find_settings
from optimize.rights import copyright_exif


def encoded_files(
    master: bytes, formats: Iterable[str], quality: int, copyright: str | None = None
) -> Iterator[tuple[str, bytes]]:
    """(format, file) for each of a recipe's `formats`, in their order; with alpha, "png" stands
    in for "jpeg". Of an animation WebP has all frames, the others the first. Colours that nobody
    sees are in none of them.

    `quality`: the SSIMULACRA2 to reach, 30 to 95. `copyright`, where given, is all that a file says
    beside its picture.
    """
    image = unpack(master)
    has_alpha = image.mode == "RGBA"
    wanted = output_formats(formats, has_alpha)
    if has_alpha and wanted != ("png",):
        image = spread(image)  # once for all that are lossy
    settings = find_settings(image.convert("RGB"), wanted, quality)
    still = image.convert("L") if is_grey(image) else image
    for format in wanted:
        animation = unpack_animation(master) if format == "webp" else None
        if animation is None:
            shown = blacken(image) if has_alpha and format == "png" else still
            yield format, encode(shown, format, settings[format], copyright)
        else:
            yield format, encode_animation(animation, settings[format], copyright)


def encode_animation(animation: Animation, setting: Setting, copyright: str | None = None) -> bytes:
    """All frames as WebP; the rest as in `encode`."""
    exif = copyright_exif(copyright) if copyright else b""
    # Mixed: frames of few colours are smaller and better without loss.
    return write_webp(animation, quality=setting.number, method=4, allow_mixed=True, exif=exif)


def output_formats(formats: Iterable[str], has_alpha: bool) -> tuple[str, ...]:
    """A recipe's formats, each once and in their order; with alpha, "png" stands in for "jpeg"."""
    wanted = ("png" if has_alpha and format == "jpeg" else format for format in formats)
    return tuple(dict.fromkeys(wanted))


def is_grey(image: Image.Image) -> bool:
    """Whether `image` is RGB and has no colour in it."""
    if image.mode != "RGB":
        return False
    # Most pictures show some at once.
    glance = image.resize((16, 16), Image.Resampling.NEAREST)
    return _lacks_colour(glance) and _lacks_colour(image)


def _lacks_colour(image: Image.Image) -> bool:
    red, green, blue = image.split()
    return all(ImageChops.difference(green, other).getextrema() == (0, 0) for other in (red, blue))
