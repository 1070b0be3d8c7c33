"""Whether bytes are a picture that Darkroom takes: what it is, how large, and that it decodes."""

from __future__ import annotations

from dataclasses import dataclass, field

from PIL import ExifTags, Image
from PIL.AvifImagePlugin import AvifImageFile

from darkroom.errors import ImageError, too_many_bytes
from darkroom.images import open_image
from validate.outline import MAX_PARTS, Outline, outline
from validate.sniff import ACCEPTED, sniff

# Exif orientations that lay the picture on its side: CIPA DC-008, 4.6.5.1.
SIDEWAYS = (5, 6, 7, 8)

WANTED = "JPEG, PNG, WebP, GIF, AVIF or HEIC"
SEND_AGAIN = "export it again or send the original file"


@dataclass(frozen=True)
class Limits:
    """`max_side_px`: the longer side. `max_frame_pixels`: frames x pixels of the canvas."""

    max_bytes: int
    max_pixels: int
    max_side_px: int
    max_frames: int
    max_frame_pixels: int
    max_jpeg_scans: int


@dataclass(frozen=True)
class Inspected:
    """`width` x `height`: px of the upright picture. `has_alpha`: whether some pixels may be
    transparent. `frames`: of an animation, otherwise 1. `image`: the first frame, decoded, as it
    was stored (not turned, in any mode), so that nobody has to decode it twice."""

    format: str
    width: int
    height: int
    bytes: int
    has_alpha: bool
    frames: int
    image: Image.Image = field(repr=False, compare=False)


def inspect(data: bytes, limits: Limits) -> Inspected:
    """Measure and fully decode the picture in `data`.

    Raises ImageError with the code `empty`, `too_many_bytes`, `not_an_image`,
    `unsupported_format`, `too_many_pixels`, `too_many_frames`, `too_complex`, `truncated` or
    `corrupt`; all but the last two before a pixel is decoded.
    """
    _check_bytes(len(data), limits)
    format = _accepted_format(data)
    shape = outline(format, data)
    if shape.size is not None:
        _check_size(shape.size, limits)
        _check_frames(shape.frames, shape.size, limits)
    _check_complexity(shape, limits)
    image = _open(data, format, shape)
    frames = image.n_frames if isinstance(image, AvifImageFile) else shape.frames
    _check_size(image.size, limits)
    _check_frames(frames, image.size, limits)
    _check_whole(shape, format)
    _check_primary(image)
    _decode(image, format)
    _check_size(image.size, limits)
    width, height = _upright_size(image, format)
    return Inspected(format, width, height, len(data), image.has_transparency_data, frames, image)


def _check_bytes(count: int, limits: Limits) -> None:
    if count == 0:
        raise ImageError("empty", "the file is empty (0 bytes): upload it again")
    if count > limits.max_bytes:
        raise too_many_bytes(count, limits.max_bytes)


def _accepted_format(data: bytes) -> str:
    format = sniff(data)
    if format is None:
        raise ImageError(
            "not_an_image", f"the file's content is no image that is known here: send {WANTED}"
        )
    if format not in ACCEPTED:
        raise ImageError(
            "unsupported_format",
            f"the file's content is {format.upper()}, which is not accepted: send {WANTED}",
        )
    return format


def _check_size(size: tuple[int, int], limits: Limits) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise ImageError("corrupt", f"the picture says it is {width} x {height} px: {SEND_AGAIN}")
    if width * height > limits.max_pixels:
        raise ImageError(
            "too_many_pixels",
            f"the picture is {width} x {height} px, {width * height:,} pixels, at most "
            f"{limits.max_pixels:,} are accepted: scale it down",
            measured=width * height,
            limit=limits.max_pixels,
        )
    if max(size) > limits.max_side_px:
        raise ImageError(
            "too_many_pixels",
            f"the picture is {width} x {height} px, at most {limits.max_side_px:,} px are "
            "accepted on a side: scale it down or crop it",
            measured=max(size),
            limit=limits.max_side_px,
        )


def _check_complexity(shape: Outline, limits: Limits) -> None:
    bounds = (
        ("scans", shape.scans, limits.max_jpeg_scans),
        ("parts", shape.parts, MAX_PARTS),
    )
    for name, measured, limit in bounds:
        if measured > limit:
            raise ImageError(
                "too_complex",
                f"the file is made of {measured:,} {name}, at most {limit:,} are accepted: "
                "save it again with an ordinary program",
                measured=measured,
                limit=limit,
            )


def _check_frames(frames: int, size: tuple[int, int], limits: Limits) -> None:
    if frames > limits.max_frames:
        raise ImageError(
            "too_many_frames",
            f"the animation has {frames:,} frames, at most {limits.max_frames:,} are "
            "accepted: shorten it",
            measured=frames,
            limit=limits.max_frames,
        )
    pixels = frames * size[0] * size[1]
    if frames > 1 and pixels > limits.max_frame_pixels:
        raise ImageError(
            "too_many_frames",
            f"the animation has {frames:,} frames of {size[0]} x {size[1]} px, {pixels:,} pixels "
            f"in all, at most {limits.max_frame_pixels:,} are accepted: shorten it or scale it "
            "down",
            measured=pixels,
            limit=limits.max_frame_pixels,
        )


def _check_whole(shape: Outline, format: str) -> None:
    if not shape.complete:
        raise ImageError(
            "truncated", f"the {format.upper()} ends before its picture does: {SEND_AGAIN}"
        )
    if shape.damage:
        raise ImageError(
            "corrupt", f"the {format.upper()} is damaged, {shape.damage}: {SEND_AGAIN}"
        )


def _check_primary(image: Image.Image) -> None:
    """A HEIC names its main picture; where that is missing, libheif offers another one."""
    if image.info.get("primary") is False:
        raise ImageError("corrupt", f"the HEIC lacks the picture that it names: {SEND_AGAIN}")


def _open(data: bytes, format: str, shape: Outline) -> Image.Image:
    try:
        return open_image(data)
    except ImageError as error:
        _check_whole(shape, format)
        raise ImageError(
            "corrupt", f"the file begins like {format.upper()}, but cannot be read: {SEND_AGAIN}"
        ) from error


def _decode(image: Image.Image, format: str) -> None:
    try:
        image.load()
    except Exception as error:  # Pillow's decoders raise whatever broken bytes lead them to
        if "truncated" in str(error).lower():
            raise ImageError(
                "truncated", f"the {format.upper()} ends before its picture does: {SEND_AGAIN}"
            ) from error
        raise ImageError(
            "corrupt", f"the {format.upper()} is damaged and cannot be decoded: {SEND_AGAIN}"
        ) from error


def _upright_size(image: Image.Image, format: str) -> tuple[int, int]:
    """Width x height once the picture is turned as its metadata asks."""
    try:
        orientation = _exif(image, format).get(ExifTags.Base.Orientation)
    except Exception:  # broken Exif data is no reason to refuse a picture
        orientation = None
    width, height = image.size
    return (height, width) if orientation in SIDEWAYS else (width, height)


def _exif(image: Image.Image, format: str) -> Image.Exif:
    if format not in ("avif", "heic"):
        return image.getexif()
    # The plugins put there how their container says to turn; `getexif` would ask XMP as well.
    exif = Image.Exif()
    exif.load(image.info.get("exif") or b"")
    return exif
