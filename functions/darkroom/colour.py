"""From whatever mode and colour space a file has to RGB or RGBA in sRGB."""

from __future__ import annotations

import io

from PIL import Image, ImageChops, ImageCms
from PIL.PngImagePlugin import PngImageFile

SRGB = ImageCms.createProfile("sRGB")
# Nine steps of each channel, in all combinations: a transform that changes nothing here changes
# nothing anywhere.
_STEPS = [round(step * 255 / 8) for step in range(9)]
PROBE = Image.frombytes(
    "RGB", (81, 9), bytes(v for r in _STEPS for g in _STEPS for b in _STEPS for v in (r, g, b))
)

SIXTEEN_TO_EIGHT_BITS = [(level * 255 + 32_767) // 65_535 for level in range(65_536)]
# Pillow spreads a PNG's 2 and 4 bit levels over 8 bits, but not its transparent level.
PNG_LEVEL_STEPS = {"L;2": 85, "L;4": 17}


def align_png_key(image: Image.Image) -> None:
    """Put a PNG's one transparent colour, given in the file's depth, on the depth of the pixels.

    To be called before they are decoded: then Pillow forgets what the file's depth was.
    """
    key = image.info.get("transparency")
    tiles = image.tile if isinstance(image, PngImageFile) else ()
    raw_mode = tiles[0].args if tiles else None
    if isinstance(key, int) and raw_mode in PNG_LEVEL_STEPS:
        image.info["transparency"] = key * PNG_LEVEL_STEPS[raw_mode]
    elif isinstance(key, tuple) and raw_mode == "RGB;16B":
        image.info["transparency"] = tuple(level >> 8 for level in key)


def to_8_bits(image: Image.Image) -> Image.Image:
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


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB or RGBA. A profile that is broken, or that is for another kind of picture, has no say."""
    if profile:
        try:
            return _through_profile(image, profile)
        except (ImageCms.PyCMSError, OSError):
            pass
    return image.convert("RGBA" if image.mode == "RGBA" else "RGB")


def _through_profile(image: Image.Image, data: bytes) -> Image.Image:
    profile = ImageCms.getOpenProfile(io.BytesIO(data))
    for_grey = profile.profile.xcolor_space.strip() == "GRAY"
    if for_grey and image.mode == "RGBA" and _is_grey(image):
        result = _through_profile(image.getchannel("R"), data)
        result.putalpha(image.getchannel("A"))
        return result
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    transform = ImageCms.buildTransform(  # fails where the profile is not for this mode
        profile,
        SRGB,
        image.mode,
        mode,
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    if image.mode == mode and _changes_nothing(transform, mode):
        return image.copy()  # the many names of sRGB
    return transform.apply(image)


def _changes_nothing(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """To within one level of 255. A few ms, where the picture takes 25 ms for each megapixel."""
    before = PROBE.convert(mode)
    difference = ImageChops.difference(transform.apply(before), before)
    return max(difference.tobytes()) <= 1


def _is_grey(image: Image.Image) -> bool:
    red, green, blue = image.convert("RGB").split()
    return not (
        ImageChops.difference(red, green).getbbox() or ImageChops.difference(red, blue).getbbox()
    )
