"""Whether bytes are a picture that Darkroom takes: what it is, how large, and that it decodes."""

from __future__ import annotations

from dataclasses import dataclass, field

from PIL import Image
from PIL.AvifImagePlugin import AvifImageFile
from PIL.JpegImagePlugin import JpegImageFile

from darkroom.errors import ImageError
from darkroom.images import Reduced, decode, open_image, quiet
from darkroom.orientation import LYING_DOWN, orientation
from darkroom.reducing import reduced_copy
from validate.cut_jpeg import fingerprint, lacks_components, stuffed
from validate.limits import (
    SEND_AGAIN,
    Limits,
    check_bytes,
    check_complexity,
    check_frames,
    check_packed,
    check_size,
)
from validate.outline import Outline, outline
from validate.png import lacks_rows
from validate.sniff import ACCEPTED, sniff

WANTED = "JPEG, PNG, WebP, GIF, AVIF or HEIC"
# Enough for a placeholder and a likeness: with more, none of 168 pictures has another likeness by
# over two bits.
SMALL_PX = 256


@dataclass(frozen=True)
class Inspected:
    """`width` x `height`: px of the upright picture. `has_alpha`: whether some pixels may be
    transparent. `frames`: of an animation, otherwise 1. `small`: a copy, upright, in sRGB, RGB or
    RGBA. `image`: one pixel with all that the file says beside its own, which would take up to
    800 MB for as long as anybody holds them."""

    format: str
    width: int
    height: int
    bytes: int
    has_alpha: bool
    frames: int
    small: Reduced = field(repr=False, compare=False)
    image: Image.Image = field(repr=False, compare=False)


def inspect(data: bytes, limits: Limits, small_px: int = SMALL_PX) -> Inspected:
    """Measure and fully decode the picture in `data`; its small copy has `small_px` on the shorter
    side, or all that there are.

    Raises ImageError with the code `empty`, `too_many_bytes`, `not_an_image`,
    `unsupported_format`, `too_many_pixels`, `too_many_frames`, `too_complex`, `truncated` or
    `corrupt`; all but the last two before a pixel is decoded.
    """
    check_bytes(len(data), limits)
    format = _accepted_format(data)
    shape = outline(format, data)
    if shape.size is not None:
        check_size(shape.size, limits)
        check_frames(shape.frames, shape.size, limits)
    check_complexity(shape, limits)
    check_packed(data, format, limits)
    _check_undamaged(shape, format)
    image = _open(data, format, shape)
    frames = image.n_frames if isinstance(image, AvifImageFile) else shape.frames
    check_size(image.size, limits)
    check_frames(frames, image.size, limits)
    _check_whole(data, shape, format)
    _check_primary(image)
    _check_components(data, format)
    expected = _expected_pixels(data, format)
    _decode(image, format)
    check_size(image.size, limits)
    _check_filled(data, image, format, expected)
    width, height = _upright_size(image)
    has_alpha = image.has_transparency_data
    small = _small(image, small_px, format)
    return Inspected(format, width, height, len(data), has_alpha, frames, small, _words(image))


def _small(image: Image.Image, least_px: int, format: str) -> Reduced:
    try:
        return reduced_copy(image, least_px)
    except Exception as error:  # as in `_decode`; converting finds broken palettes, for one
        raise _damaged(format) from error


def _words(image: Image.Image) -> Image.Image:
    words = Image.new("1", (1, 1))
    words.info = image.info
    if isinstance(image, JpegImageFile):
        words.applist = image.applist  # type: ignore[attr-defined]
    return words


def _accepted_format(data: bytes) -> str:
    format = sniff(data)
    if format is None:
        raise ImageError(
            "not_an_image",
            f"the file's content is no image that is known here: send {WANTED}",
            limit=", ".join(ACCEPTED),
        )
    if format not in ACCEPTED:
        raise ImageError(
            "unsupported_format",
            f"the file's content is {format.upper()}, which is not accepted: send {WANTED}",
            measured=format,
            limit=", ".join(ACCEPTED),
        )
    return format


def _check_whole(data: bytes, shape: Outline, format: str) -> None:
    if not shape.complete:
        known = shape.announced
        raise _truncated(format, measured=len(data) if known else None, limit=known)


def _check_undamaged(shape: Outline, format: str) -> None:
    """Before a decoder sees it, which may read the file in another way than it was measured."""
    if shape.damage:
        raise ImageError(
            "corrupt", f"the {format.upper()} is damaged, {shape.damage}: {SEND_AGAIN}"
        )


def _truncated(format: str, *, measured: int | None = None, limit: int | None = None) -> ImageError:
    return ImageError(
        "truncated",
        f"the {format.upper()} ends before its picture does: {SEND_AGAIN}",
        measured=measured,
        limit=limit,
    )


def _check_components(data: bytes, format: str) -> None:
    if format == "jpeg" and lacks_components(data):
        raise _truncated(format)


def _expected_pixels(data: bytes, format: str) -> tuple[int, ...] | None:
    """What a JPEG has to decode to unless data is missing; None where that cannot be said."""
    if format != "jpeg" or (probe := stuffed(data)) is None:
        return None
    try:
        image = open_image(probe)
        with quiet():
            image.load()
    except Exception:  # then the file itself cannot be decoded either, and gets its verdict for it
        return None
    return fingerprint(image)


def _check_filled(
    data: bytes, image: Image.Image, format: str, expected: tuple[int, ...] | None
) -> None:
    """Decoders fill in what is missing, and say nothing."""
    missing = expected is not None and fingerprint(image) != expected
    if missing or (format == "png" and lacks_rows(data, image)):
        raise _truncated(format)


def _check_primary(image: Image.Image) -> None:
    """A HEIC names its main picture; where that is missing, libheif offers another one."""
    if image.info.get("primary") is False:
        raise ImageError("corrupt", f"the HEIC lacks the picture that it names: {SEND_AGAIN}")


def _open(data: bytes, format: str, shape: Outline) -> Image.Image:
    try:
        return open_image(data)
    except ImageError as error:
        _check_whole(data, shape, format)
        raise ImageError(
            "corrupt", f"the file begins like {format.upper()}, but cannot be read: {SEND_AGAIN}"
        ) from error


def _decode(image: Image.Image, format: str) -> None:
    try:
        decode(image)
    except Exception as error:  # Pillow's decoders raise whatever broken bytes lead them to
        if "truncated" in str(error).lower():
            raise _truncated(format) from error
        raise _damaged(format) from error
    if image.mode == "P" and image.palette is None:
        # Pillow decodes a PNG without its PLTE, and stumbles over it afterwards.
        raise ImageError("corrupt", f"the {format.upper()} lacks its palette: {SEND_AGAIN}")


def _damaged(format: str) -> ImageError:
    return ImageError(
        "corrupt", f"the {format.upper()} is damaged and cannot be decoded: {SEND_AGAIN}"
    )


def _upright_size(image: Image.Image) -> tuple[int, int]:
    """Width x height once the picture is turned as its metadata asks."""
    width, height = image.size
    return (height, width) if orientation(image) in LYING_DOWN else (width, height)
