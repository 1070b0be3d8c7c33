"""What a file may have: each limit with its verdict, none of which needs a decoder."""

from __future__ import annotations

from dataclasses import dataclass

from darkroom.colour import MAX_PROFILE_BYTES
from darkroom.errors import ImageError, too_many_bytes
from validate.outline import MAX_EXIF_SEGMENTS, MAX_PARTS, Outline
from validate.png import profile_size, text_sizes

SEND_AGAIN = "export it again or send the original file"


@dataclass(frozen=True)
class Limits:
    """`max_side_px`: the longer side. `max_frame_pixels`: frames x pixels of the canvas;
    `max_scan_pixels`: scans of a JPEG x its pixels, where there are several."""

    max_bytes: int
    max_pixels: int
    max_side_px: int
    max_frames: int
    max_frame_pixels: int
    max_jpeg_scans: int
    max_scan_pixels: int
    max_png_text_chunk_bytes: int
    max_png_text_bytes: int


def check_bytes(count: int, limits: Limits) -> None:
    if count == 0:
        raise ImageError(
            "empty", "the file is empty (0 bytes): upload it again", measured=0, limit=1
        )
    if count > limits.max_bytes:
        raise too_many_bytes(count, limits.max_bytes)


def check_size(size: tuple[int, int], limits: Limits) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise ImageError(
            "corrupt",
            f"the picture says it is {width} x {height} px: {SEND_AGAIN}",
            measured=min(size),
            limit=1,
        )
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


def check_complexity(shape: Outline, limits: Limits) -> None:
    _check_amount("is made of", shape.scans, limits.max_jpeg_scans, "scans")
    _check_amount("is made of", shape.parts, MAX_PARTS, "parts")
    _check_amount("has", shape.exif_segments, MAX_EXIF_SEGMENTS, "parts with Exif data")
    if shape.size is not None and shape.scans > 1:
        pixels = shape.scans * shape.size[0] * shape.size[1]
        _check_amount("takes", pixels, limits.max_scan_pixels, "pixels in all its scans")


def check_packed(data: bytes, format: str, limits: Limits) -> None:
    """What a PNG has beside its pixels, unpacked: before Pillow does the same with other limits."""
    if format != "png":
        return
    total = 0
    for size in text_sizes(data, limits.max_png_text_chunk_bytes):
        _check_amount("has", size, limits.max_png_text_chunk_bytes, "bytes in one of its texts")
        total += size
        _check_amount("has", total, limits.max_png_text_bytes, "bytes in its texts")
    profile = profile_size(data, MAX_PROFILE_BYTES)
    _check_amount("has", profile, MAX_PROFILE_BYTES, "bytes in its colour profile")


def _check_amount(verb: str, measured: int, limit: int, unit: str) -> None:
    if measured > limit:
        raise ImageError(
            "too_complex",
            f"the file {verb} {measured:,} {unit}, at most {limit:,} are accepted: "
            "save it again with an ordinary program",
            measured=measured,
            limit=limit,
        )


def check_frames(frames: int, size: tuple[int, int], limits: Limits) -> None:
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
