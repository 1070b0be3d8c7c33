"""Opening pictures. The one place that calls `Image.open`, and only with the decoders we accept."""

from __future__ import annotations

import io

import pillow_heif
from PIL import ExifTags, Image, ImageChops, ImageCms

from darkroom.errors import ImageError

# Pillow's names. MPO (a JPEG with more pictures behind the first) has none of its own here: the
# JPEG decoder hands it out, with `format` "MPO"; the first picture is the one that counts.
DECODERS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIF")

# Limits are checked from the header by Validate, against settings; Pillow's own warning is in the way.
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

SRGB = ImageCms.createProfile("sRGB")
# An ICC profile's colour space, and the Pillow modes that it can describe.
PROFILE_MODES = {
    "RGB": ("RGB", "RGBA"),
    "CMYK": ("CMYK",),
    "GRAY": ("L",),
    "Lab": ("LAB",),
}

# Nine steps of each channel in all combinations: what a transform leaves alone here, it leaves alone.
_STEPS = [round(step * 255 / 8) for step in range(9)]
PROBE = Image.frombytes(
    "RGB", (81, 9), bytes(v for r in _STEPS for g in _STEPS for b in _STEPS for v in (r, g, b))
)

SIXTEEN_TO_EIGHT_BITS = [(level * 255 + 32_767) // 65_535 for level in range(65_536)]
# Pillow spreads a PNG's 2 and 4 bit levels over 8 bits, but not its transparent level.
PNG_LEVEL_STEPS = {"L;2": 85, "L;4": 17}


def open_image(data: bytes) -> Image.Image:
    """The picture in `data`, its header read and its pixels not yet.

    Raises ImageError `not_an_image` where no accepted decoder knows the bytes.
    """
    try:
        return Image.open(io.BytesIO(data), formats=DECODERS)
    except Exception as error:  # Pillow's decoders raise whatever broken bytes lead them to
        raise ImageError("not_an_image", "no accepted decoder reads these bytes") from error


def load_upright_srgb(data: bytes, at_least: tuple[int, int] | None = None) -> Image.Image:
    """The first frame in `data`, turned upright, in sRGB and without metadata.

    "RGBA" where some pixel is not opaque, otherwise "RGB". With `at_least`, an upright
    width x height in px, a JPEG may come out smaller than it is, yet no side below twice that.

    Raises ImageError `not_an_image` or `broken_image`.
    """
    image = open_image(data)
    try:
        _scale_while_decoding(image, at_least)
        _put_png_key_on_8_bits(image)
        image.load()
    except Exception as error:  # as in open_image
        raise ImageError("broken_image", "the pixels cannot be decoded") from error
    profile = image.info.get("icc_profile")
    image = _to_srgb(_to_8_bits(_upright(image)), profile)
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")
    image.info = {}
    return image


def _scale_while_decoding(image: Image.Image, at_least: tuple[int, int] | None) -> None:
    if at_least is None or image.format not in ("JPEG", "MPO"):
        return
    width, height = at_least
    if _orientation(image) in LYING_DOWN:
        width, height = height, width
    # Twice, because the scaled decoding averages like a box: a proper resampling has to follow.
    image.draft(None, (2 * width, 2 * height))


def _orientation(image: Image.Image) -> int:
    if image.format in ("AVIF", "HEIF"):
        # Their container says it, and the plugins have answered with it; XMP has no say.
        image.info.pop("xmp", None)
    try:
        value = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # a broken EXIF block raises whatever it leads Pillow to
        return 1
    return value if isinstance(value, int) else 1


def _upright(image: Image.Image) -> Image.Image:
    turn = UPRIGHT_BY.get(_orientation(image))
    return image if turn is None else image.transpose(turn)


def _put_png_key_on_8_bits(image: Image.Image) -> None:
    """PNG's one transparent colour comes in the file's depth, the pixels in Pillow's: align them."""
    key = image.info.get("transparency")
    raw_mode = image.tile[0].args if image.format == "PNG" and image.tile else None
    if isinstance(key, int) and raw_mode in PNG_LEVEL_STEPS:
        image.info["transparency"] = key * PNG_LEVEL_STEPS[raw_mode]
    elif isinstance(key, tuple) and raw_mode == "RGB;16B":
        image.info["transparency"] = tuple(level >> 8 for level in key)


def _to_8_bits(image: Image.Image) -> Image.Image:
    """The same colours as L, RGB, RGBA, CMYK or LAB."""
    if image.mode.startswith("I"):
        return _grey_to_8_bits(image)
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image if image.mode in ("L", "RGB", "CMYK", "LAB") else image.convert("RGB")


def _grey_to_8_bits(image: Image.Image) -> Image.Image:
    # Pillow's own conversion clips at 255.
    levels = image.convert("I")
    grey = levels.point(SIXTEEN_TO_EIGHT_BITS, "L")
    key = image.info.get("transparency")
    if not isinstance(key, int):
        return grey
    opaque = levels.point([0 if level == key else 255 for level in range(65_536)], "L")
    return Image.merge("RGBA", (grey, grey, grey, opaque))


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB or RGBA. A profile that is broken, or that is for another kind of picture, has no say."""
    if profile:
        try:
            return _through_profile(image, profile)
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    return image.convert("RGBA" if image.mode == "RGBA" else "RGB")


def _through_profile(image: Image.Image, data: bytes) -> Image.Image:
    profile = ImageCms.getOpenProfile(io.BytesIO(data))
    space = profile.profile.xcolor_space.strip()
    if space == "GRAY" and image.mode == "RGBA" and _is_grey(image):
        result = _through_profile(image.getchannel("R"), data)
        result.putalpha(image.getchannel("A"))
        return result
    if image.mode not in PROFILE_MODES.get(space, ()):
        raise ValueError(f"expected {PROFILE_MODES.get(space)} for {space}, got {image.mode}")
    transform = ImageCms.buildTransform(
        profile,
        SRGB,
        image.mode,
        mode := "RGBA" if image.mode == "RGBA" else "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    if image.mode == mode and _changes_nothing(transform, mode):
        return image.copy()  # the many names of sRGB
    return transform.apply(image)


def _changes_nothing(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Within one level of 255: about 5 ms, where the picture would take 25 ms for each megapixel."""
    before = PROBE.convert(mode)
    difference = ImageChops.difference(transform.apply(before), before)
    return all(highest <= 1 for _, highest in difference.convert("RGB").getextrema())


def _is_grey(image: Image.Image) -> bool:
    red, green, blue = image.convert("RGB").split()
    return not (
        ImageChops.difference(red, green).getbbox() or ImageChops.difference(red, blue).getbbox()
    )
