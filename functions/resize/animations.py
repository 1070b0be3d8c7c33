"""Renditions; of one that moves, every frame is cut, padded and scaled like the first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import msgspec
from PIL import Image

from darkroom.animation import Frame, open_animation
from darkroom.contracts import Variant
from darkroom.halves import load_for
from darkroom.masters import pack, pack_animation
from darkroom.scaling import scale
from resize.renditions import crop_box, make_rendition


def resized_masters(data: bytes, variants: Sequence[Variant]) -> Iterator[bytes]:
    """The renditions of an upload's `data` that `variants` plan, still or moving, in their order,
    each as a lossless master. Raises ImageError."""
    stills = None
    for variant in variants:
        animation = open_animation(data) if variant.animated else None
        if animation is not None:
            yield pack_animation(replace(animation, frames=_resized(animation.frames, variant)))
            continue
        if stills is None:
            stills = load_for(data, {(each.width, each.height) for each in variants})
        still = stills[variant.width, variant.height]
        yield pack(make_rendition(still.image, variant, still.box))


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
