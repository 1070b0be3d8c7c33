"""Opening pictures. The one place that calls `Image.open`, and only with the decoders we accept."""

from __future__ import annotations

import io
import warnings

import pillow_heif
from PIL import ExifTags, Image

from darkroom.colour import align_png_key, to_8_bits, to_srgb
from darkroom.errors import ImageError

# Pillow's names. MPO (a JPEG with more pictures behind the first) has none of its own here: the
# JPEG decoder hands it out, with `format` "MPO"; the first picture is the one that counts.
DECODERS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIF")

# Validate checks limits from the header, against settings; Pillow's own warning is in the way.
Image.MAX_IMAGE_PIXELS = None

pillow_heif.register_heif_opener(thumbnails=False)

# EXIF 2.32, tag 0x0112; 1 and everything undefined stay as they are.
UPRIGHT_BY = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
LYING_DOWN = (5, 6, 7, 8)


def _quiet() -> warnings.catch_warnings[None]:
    """Pillow warns of oddities in files that it reads all the same: nothing for our log."""
    return warnings.catch_warnings(action="ignore", category=UserWarning)


def open_image(data: bytes) -> Image.Image:
    """The picture in `data`, its header read and its pixels not yet.

    Raises ImageError `not_an_image` where no accepted decoder knows the bytes.
    """
    try:
        with _quiet():
            return Image.open(io.BytesIO(data), formats=DECODERS)
    except Exception as error:  # Pillow's decoders raise whatever broken bytes lead them to
        raise ImageError("not_an_image", "no accepted decoder reads these bytes") from error


def load_upright_srgb(data: bytes, at_least: tuple[int, int] | None = None) -> Image.Image:
    """The first frame in `data`, turned upright, in sRGB and without metadata.

    "RGBA" where some pixel is not opaque, otherwise "RGB". With `at_least`, an upright
    width x height in px, a JPEG may come out smaller than it is, yet no side below twice that.

    Raises ImageError `not_an_image` or `corrupt`.
    """
    image = open_image(data)
    try:
        with _quiet():
            _scale_while_decoding(image, at_least)
            align_png_key(image)
            image.load()
    except Exception as error:  # as in open_image
        raise ImageError("corrupt", "the pixels cannot be decoded") from error
    return upright_srgb(image)


def upright_srgb(image: Image.Image) -> Image.Image:
    """A decoded `image` in any mode as a new one: upright, sRGB, RGB or RGBA, nothing but pixels.

    "RGBA" where some pixel is not opaque.
    """
    profile = image.info.get("icc_profile")
    image = to_srgb(to_8_bits(_upright(image)), profile)
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")
    image.info = {}
    return image


def _scale_while_decoding(image: Image.Image, at_least: tuple[int, int] | None) -> None:
    if at_least is None or image.format not in ("JPEG", "MPO"):
        return
    width, height = at_least
    if orientation(image) in LYING_DOWN:
        width, height = height, width
    # Twice, because the scaled decoding averages like a box: a proper resampling has to follow.
    image.draft(None, (2 * width, 2 * height))


def orientation(image: Image.Image) -> int:
    """EXIF's number, 1 where there is none; for AVIF and HEIF what their container says."""
    if image.format in ("AVIF", "HEIF"):
        # Their container says it, and the plugins have answered with it; XMP has no say.
        image.info.pop("xmp", None)
    try:
        with _quiet():
            value = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # a broken EXIF block raises whatever it leads Pillow to
        return 1
    return value if isinstance(value, int) else 1


def _upright(image: Image.Image) -> Image.Image:
    turn = UPRIGHT_BY.get(orientation(image))
    return image if turn is None else image.transpose(turn)
