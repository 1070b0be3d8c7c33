"""A rendition that moves: every frame cut, padded and scaled like the first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import msgspec
from PIL import Image

from darkroom.animation import Frame, open_animation
from darkroom.contracts import Variant
from darkroom.masters import pack_animation
from darkroom.scaling import scale
from resize.renditions import crop_box, make_rendition, rendition_master


def resized_master(data: bytes, variant: Variant) -> bytes:
    """The rendition of an upload's `data` that `variant` plans, still or moving, as a lossless
    master. Raises ImageError."""
    animation = open_animation(data) if variant.animated else None
    if animation is None:
        return rendition_master(data, variant)
    return pack_animation(replace(animation, frames=_resized(animation.frames, variant)))


def _resized(frames: Iterator[Frame], variant: Variant) -> Iterator[Frame]:
    first = next(frames)
    whole = (0, 0, *first.image.size)
    box = crop_box(first.image, variant, whole) if variant.fit == "cover" else None
    if variant.fit == "contain" and variant.pad is None:
        pad = "transparent" if first.image.mode == "RGBA" else "#ffffff"
        variant = msgspec.structs.replace(variant, pad=pad)

    def resize(image: Image.Image) -> Image.Image:
        if box is not None:
            return scale(image, variant.width, variant.height, box)
        return make_rendition(image, variant)

    yield replace(first, image=resize(first.image))
    for frame in frames:
        yield replace(frame, image=resize(frame.image))
