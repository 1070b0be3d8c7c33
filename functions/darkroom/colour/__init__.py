"""From whatever mode and colour space a file has to RGB or RGBA in sRGB."""

from __future__ import annotations

import functools
import io
import struct

from PIL import Image, ImageChops, ImageCms
from PIL.PngImagePlugin import PngImageFile

SRGB = ImageCms.createProfile("sRGB")
# The only one that has the patches of a ColorChecker within 2 % through a profile of a press (SWOP)
# whether its colours were made with black point compensation, as Photoshop does, or without it.
# Into this sRGB, which is of version 4, lcms makes black of what is darkest without being asked.
INTENT = ImageCms.Intent.PERCEPTUAL
# Nine steps of each channel, in all combinations: a transform that changes nothing here changes
# nothing anywhere.
_STEPS = [round(step * 255 / 8) for step in range(9)]
PROBE = Image.frombytes(
    "RGB", (81, 9), bytes(v for r in _STEPS for g in _STEPS for b in _STEPS for v in (r, g, b))
)

# Profiles of presses have about 2 MB; more takes lcms longer than any picture does.
MAX_PROFILE_BYTES = 8_000_000
# Scanners and cameras, displays, presses, colour spaces; and lcms's own Lab, an abstract one. Not
# links between two devices, nor named colours: ICC.1:2022, 7.2.5.
SOURCE_CLASSES = (b"scnr", b"mntr", b"prtr", b"spac", b"abst")
# Colour spaces and the modes that have just their samples.
FITTING = {(b"RGB ", "RGB"), (b"RGB ", "RGBA"), (b"CMYK", "CMYK")}

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
    """The same colours as L, RGB, RGBA or CMYK."""
    if _is_deep(image):
        grey = image.convert("I").point(_sixteen_to_eight_bits(), "L")
        return _with_alpha(grey, _key_alpha(image))
    if image.has_transparency_data and image.mode != "RGBA":
        return image.convert("RGBA")
    return image if image.mode in ("L", "RGB", "RGBA", "CMYK") else image.convert("RGB")


# Not at import: few pictures are that deep, and these take 10 ms and 2.5 MB.
@functools.cache
def _sixteen_to_eight_bits() -> list[int]:
    return [(level * 255 + 32_767) // 65_535 for level in range(65_536)]


@functools.cache
def _every_level() -> Image.Image:
    return Image.frombytes("I;16", (256, 256), struct.pack("<65536H", *range(65_536)))


def _is_deep(image: Image.Image) -> bool:
    """Whether `image` is grey of 16 bits, which Pillow's own conversion would clip at 255."""
    return image.mode.startswith("I")


def _key_alpha(image: Image.Image) -> Image.Image | None:
    """The alpha of 16 bit grey of which one level is transparent."""
    key = image.info.get("transparency")
    if not isinstance(key, int):
        return None
    return image.convert("I").point([0 if level == key else 255 for level in range(65_536)], "L")


def _with_alpha(image: Image.Image, alpha: Image.Image | None) -> Image.Image:
    if alpha is None:
        return image
    return Image.merge("RGBA", (*image.convert("RGB").split(), alpha))


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """`image` of any mode as RGB or RGBA; its own pixels where nothing is to be done.

    A profile that is broken, or that is for another kind of picture, has no say. CMYK without one
    is what browsers make of it: light is what the inks leave, (1 - C)(1 - K) for red.
    """
    if profile:
        try:
            return _through_profile(image, profile)
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    image = to_8_bits(image)
    return image if image.mode in ("RGB", "RGBA") else image.convert("RGB")


def _through_profile(image: Image.Image, data: bytes) -> Image.Image:
    """Raises ValueError, OSError or PyCMSError where that profile is not for this picture."""
    space = _colour_space(data)
    if space == b"GRAY":
        return _through_grey_profile(image, data)
    image = _samples(image, space)
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    transform = _transform(data, image.mode, mode)
    if image.mode == mode and _changes_nothing(transform, mode):
        return image  # the many names of sRGB
    return transform.apply(image)


def _transform(
    data: bytes, mode: str, result: str, flags: ImageCms.Flags = ImageCms.Flags.NONE
) -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(
        ImageCms.getOpenProfile(io.BytesIO(data)),
        SRGB,
        mode,
        result,
        INTENT,
        flags,
    )


def _colour_space(data: bytes) -> bytes:
    """What the profile's samples are, from its header: ICC.1:2022, 7.2. Raises ValueError."""
    if len(data) > MAX_PROFILE_BYTES:
        raise ValueError(f"expected at most {MAX_PROFILE_BYTES} bytes of profile, got {len(data)}")
    kind, space = data[12:16], data[16:20]
    if kind not in SOURCE_CLASSES:
        raise ValueError(f"expected a profile of an input, display or output, got {kind!r}")
    return space


def _through_grey_profile(image: Image.Image, data: bytes) -> Image.Image:
    """By tables of all levels: lcms itself takes short cuts that are coarse for what is dark."""
    transform = _transform(data, "I;16", "RGB", ImageCms.Flags.NOOPTIMIZE)
    tables = [list(band.tobytes()) for band in transform.apply(_every_level()).split()]
    if _is_deep(image):
        grey, alpha = image.convert("I"), _key_alpha(image)
    else:
        grey, alpha = _grey_and_alpha(to_8_bits(image))
        tables = [table[::257] for table in tables]
    return _with_alpha(Image.merge("RGB", [grey.point(table, "L") for table in tables]), alpha)


def _grey_and_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """The bands of a grey picture, in whatever mode. Raises ValueError for a coloured one."""
    if image.mode == "L":
        return image, None
    if image.mode not in ("RGB", "RGBA"):
        raise ValueError(f"expected grey for a profile of grey, got {image.mode}")
    red, green, blue, *alpha = image.split()
    for other in (green, blue):
        if ImageChops.difference(red, other).getbbox():
            raise ValueError("expected grey for a profile of grey, got colours")
    return red, alpha[0] if alpha else None


def _samples(image: Image.Image, space: bytes) -> Image.Image:
    """`image` in the mode that a profile of this colour space works on. Raises ValueError."""
    as_lab = space == b"Lab " and image.info.get("adobe_transform") == 0
    image = to_8_bits(image)
    if (space, image.mode) in FITTING:
        return image
    if space == b"RGB " and image.mode == "L":
        return image.convert("RGB")
    if as_lab and image.mode == "RGB":
        # A JPEG whose samples were stored as they are, and are not red, green and blue.
        return Image.merge("LAB", image.split())
    raise ValueError(f"expected a profile for {image.mode}, got one for {space!r}")


def _changes_nothing(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """To within one level of 255. A few ms, where the picture takes 25 ms for each megapixel."""
    before = PROBE.convert(mode)
    difference = ImageChops.difference(transform.apply(before), before)
    return max(difference.tobytes()) <= 1
