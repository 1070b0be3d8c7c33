"""Opening pictures. The one place that calls `Image.open`, and only with the decoders we accept."""

from __future__ import annotations

import functools
import io
import warnings
from dataclasses import dataclass

from PIL import (
    AvifImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)
from PIL.GifImagePlugin import GifImageFile

from darkroom.colour import MAX_PROFILE_BYTES, align_png_key, to_srgb
from darkroom.colour.coded import adopt_coded_colour
from darkroom.errors import ImageError
from darkroom.orientation import LYING_DOWN, UPRIGHT_BY, orientation
from darkroom.scaling import Box

# By Pillow's names. Each registers itself as it is imported, for encoding too: for a format that is
# not registered, Pillow imports all of its forty. MPO (a JPEG with more pictures behind the first)
# has no name of its own here: the JPEG decoder hands it out, with `format` "MPO"; the first picture
# is the one that counts.
PLUGINS = {
    "JPEG": JpegImagePlugin,
    "PNG": PngImagePlugin,
    "WEBP": WebPImagePlugin,
    "GIF": GifImagePlugin,
    "AVIF": AvifImagePlugin,
}
DECODERS = (*PLUGINS, "HEIF")

# Validate checks limits from the header, against settings; Pillow's own warning is in the way.
Image.MAX_IMAGE_PIXELS = None
# Pillow counts a PNG's profile as text, and refuses the picture where it is no shorter than this.
# Texts have limits of their own, which Validate checks before a picture is opened.
PngImagePlugin.MAX_TEXT_CHUNK = MAX_PROFILE_BYTES + 1

# Those whose stored top left corner comes to lie on the right, and at the bottom.
FROM_RIGHT = (2, 3, 6, 7)
FROM_BELOW = (3, 4, 7, 8)

PixelBox = tuple[int, int, int, int]


@dataclass(frozen=True)
class Reduced:
    """`image`: an upright picture that may have been decoded smaller than it is.

    `box`: where in it the picture lies (left, top, right, bottom in px). What is made smaller by
    whole numbers is rounded up to whole px, so that it may end within the last column or row.
    """

    image: Image.Image
    box: Box


def quiet() -> warnings.catch_warnings[None]:
    """Pillow warns of oddities in files that it reads all the same: nothing for our log, where one
    file could write tens of thousands of lines."""
    return warnings.catch_warnings(action="ignore", category=UserWarning)


def decoders(data: bytes) -> tuple[str, ...]:
    """Those of DECODERS that `data` may be for, ready to be used.

    The last one, of pillow_heif, only where it would take the bytes: its libraries take as long to
    load as all of Pillow, and few uploads are HEIC.
    """
    if data[4:8] != b"ftyp" or data[8:12] in (b"avif", b"avis"):
        return tuple(PLUGINS)
    _register_heif()
    return DECODERS


@functools.cache
def _register_heif() -> None:
    import pillow_heif

    pillow_heif.register_heif_opener(thumbnails=False)


def open_image(data: bytes) -> Image.Image:
    """The picture in `data`, its header read and its pixels not yet.

    Raises ImageError `not_an_image` where no accepted decoder knows the bytes.
    """
    formats = decoders(data)
    try:
        with quiet():
            image = Image.open(io.BytesIO(data), formats=formats)
    except Exception as error:  # Pillow's decoders raise whatever broken bytes lead them to
        raise ImageError("not_an_image", "no accepted decoder reads these bytes") from error
    adopt_coded_colour(image, data)
    return image


def load_upright_srgb(data: bytes) -> Image.Image:
    """The first frame in `data`, turned upright, in sRGB and without metadata.

    "RGBA" where some pixel is not opaque, otherwise "RGB".

    Raises ImageError `not_an_image` or `corrupt`.
    """
    return _decode(data, None).image


def load_reduced(data: bytes, at_least: tuple[int, int]) -> Reduced:
    """As `load_upright_srgb`, for a picture of which no more than `at_least` is needed, an upright
    width x height in px: a JPEG is decoded smaller, yet no side below twice that.

    Raises ImageError `not_an_image` or `corrupt`.
    """
    return _decode(data, at_least)


def _decode(data: bytes, at_least: tuple[int, int] | None) -> Reduced:
    image = open_image(data)
    try:
        extent = decode(image, at_least)
        turned = orientation(image)
        profile = image.info.get("icc_profile")
        # One step after the other, so that no more than two pictures are held at once.
        image = _upright(image)
        image = _srgb(image, profile)
    except Exception as error:  # as in open_image; converting finds broken palettes, for one
        raise ImageError("corrupt", "the pixels cannot be decoded") from error
    return Reduced(image, upright_box(extent, turned, image.size))


def decode(image: Image.Image, at_least: tuple[int, int] | None = None) -> tuple[float, float]:
    """Load the pixels of an `image` just opened, a JPEG's smaller as in `load_reduced`: the width
    and height in px that the picture fills of them. Raises whatever Pillow's decoders do."""
    with quiet():
        extent = _scale_while_decoding(image, at_least)
        align_png_key(image)
        drawn = _drawn_box(image)
        image.load()
        _let_go(image)
        _clear_around(image, drawn)
        _cover_padding(image, extent or image.size)
    return extent or image.size


def upright_srgb(image: Image.Image) -> Image.Image:
    """A decoded `image` in any mode as a new one: upright, sRGB, RGB or RGBA, nothing but pixels.

    "RGBA" where some pixel is not opaque.
    """
    result = _srgb(_upright(image), image.info.get("icc_profile"))
    return result.copy() if result.im is image.im else result


def _srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB or RGBA, nothing but pixels: those of `image` itself where they can stay as they are,
    since a second copy of a large picture is a lot of memory."""
    image = to_srgb(image, profile)
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")
    plain = image._new(image.im)  # Pillow has no public way without a copy
    plain.info = {}
    return plain


def _scale_while_decoding(
    image: Image.Image, at_least: tuple[int, int] | None
) -> tuple[float, float] | None:
    """The picture's width and height in the px that will be decoded, or None for all of them."""
    if at_least is None or image.format not in ("JPEG", "MPO"):
        return None
    width, height = at_least
    if orientation(image) in LYING_DOWN:
        width, height = height, width
    # Twice, because the scaled decoding averages like a box: a proper resampling has to follow.
    drafted = image.draft(None, (2 * width, 2 * height))
    return drafted[1][2:] if drafted else None


def _drawn_box(image: Image.Image) -> PixelBox | None:
    """Where on its canvas a GIF draws its first frame; to be asked before that is decoded."""
    return image.tile[0].extents if isinstance(image, GifImageFile) and image.tile else None


def _clear_around(image: Image.Image, drawn: PixelBox | None) -> None:
    """Nothing is where a GIF draws nothing, as in browsers; Pillow has its first colour there."""
    if drawn is None or drawn == (0, 0, *image.size) or image.has_transparency_data:
        return
    opaque = Image.new("L", image.size)
    opaque.paste(255, drawn)
    image.putalpha(opaque)


def _let_go(image: Image.Image) -> None:
    """Pillow's WebP and AVIF readers keep the whole picture twice more beside its pixels, which
    are all that is needed from here on: 400 MB at 50 megapixels."""
    for name in ("_decoder", "fp"):
        if hasattr(image, name):
            setattr(image, name, None)


def _cover_padding(image: Image.Image, extent: tuple[float, float]) -> None:
    """Where no more than half of the last column or row is the picture's, put the one before over
    it. The rest is what the JPEG's last blocks were filled up with: most encoders go on with the
    edge, some with black, and what was cut off without encoding anew is still there."""
    width, height = image.size
    if 0 < extent[0] % 1 <= 0.5:
        image.paste(image.crop((width - 2, 0, width - 1, height)), (width - 1, 0))
    if 0 < extent[1] % 1 <= 0.5:
        image.paste(image.crop((0, height - 2, width, height - 1)), (0, height - 1))


def upright_box(extent: tuple[float, float], turned: int, size: tuple[int, int]) -> Box:
    """Where a picture that filled `extent` px from the top left, as it was stored, lies in the
    `size` px that it has since it was `turned`."""
    width, height = reversed(extent) if turned in LYING_DOWN else extent
    left = size[0] - width if turned in FROM_RIGHT else 0
    top = size[1] - height if turned in FROM_BELOW else 0
    return (left, top, left + width, top + height)


def _upright(image: Image.Image) -> Image.Image:
    turn = UPRIGHT_BY.get(orientation(image))
    return image if turn is None else image.transpose(turn)
