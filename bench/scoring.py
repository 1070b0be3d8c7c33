"""SSIMULACRA2 of many pictures against one: the side of the reference is computed once.

The measure is that of the package ssimulacra2, function by function; 100 is the picture itself,
90 hard to tell from it even when flickered, 70 good, 50 middling, below 30 poor.
https://github.com/cloudinary/ssimulacra2
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from ssimulacra2 import ssimulacra2 as package  # type: ignore[import-untyped]

Planes = NDArray[np.float64]

# Below, the measure is not defined.
LEAST_PX = 8
# cloudinary/ssimulacra2, ssimulacra2_main.cc: what is transparent is seen on dark and on light,
# and the worse score counts. Shares of white, in sRGB's own levels.
GROUNDS = (0.1, 0.9)

# The package's own curve, once for each level there is.
LINEAR: Planes = package.srgb_to_linear(np.arange(256))


@dataclass(frozen=True)
class _Scale:
    """The reference at one of the six resolutions: itself, blurred, and its square blurred."""

    image: Planes
    mean: Planes
    square: Planes


class Reference:
    """A picture (RGB or RGBA, at least 8 px a side) that others of its size are scored against.

    Holds some 250 bytes a pixel, with alpha twice as many.
    """

    def __init__(self, image: Image.Image) -> None:
        if min(image.size) < LEAST_PX:
            raise ValueError(f"expected at least {LEAST_PX} px a side, got {_sides(image)}")
        self.size = image.size
        self._grounds: Sequence[float | None] = GROUNDS if image.has_transparency_data else (None,)
        self._sides = [list(_reference_scales(image, ground)) for ground in self._grounds]

    def score(self, image: Image.Image) -> float:
        """At most 100, which only the same pixels have; may fall below 0. Where the reference or
        `image` has alpha, the worse of what is seen on dark and on light ground."""
        if image.size != self.size:
            raise ValueError(f"expected {self.size} for a scored picture's size, got {image.size}")
        if image.has_transparency_data and None in self._grounds:
            raise ValueError("expected a picture without alpha, as its reference, got one with it")
        return min(
            _score(scales, image, ground)
            for scales, ground in zip(self._sides, self._grounds, strict=True)
        )


def _score(scales: Sequence[_Scale], image: Image.Image, ground: float | None) -> float:
    found = package.Msssim()
    for reference, planes in zip(scales, _scales(image, ground), strict=True):
        mean = package.blur_image(planes)
        square = package.blur_image(planes * planes)
        product = package.blur_image(reference.image * planes)
        scale = package.MsssimScale()
        scale.avg_ssim = package.ssim_map(reference.mean, mean, reference.square, square, product)
        scale.avg_edgediff = package.edge_diff_map(reference.image, reference.mean, planes, mean)
        found.scales.append(scale)
    return float(found.score())


def _reference_scales(image: Image.Image, ground: float | None) -> Iterator[_Scale]:
    for planes in _scales(image, ground):
        yield _Scale(planes, package.blur_image(planes), package.blur_image(planes * planes))


def _scales(image: Image.Image, ground: float | None) -> Iterator[Planes]:
    """The picture in positive XYB at each resolution, halved from one to the next."""
    linear = _linear(image, ground)
    for scale in range(package.kNumScales):
        if min(linear.shape[:2]) < LEAST_PX:
            return
        yield package.make_positive_xyb(package.linear_rgb_to_xyb(linear))
        if scale < package.kNumScales - 1:
            linear = package.downsample(linear, 2, 2)


def _linear(image: Image.Image, ground: float | None) -> Planes:
    """Linear light, on the ground if one is given."""
    if ground is None:
        linear: Planes = LINEAR[np.asarray(image.convert("RGB"))]
        return linear
    levels = np.asarray(image.convert("RGBA"), dtype=np.float64)
    alpha = levels[:, :, 3:] / 255
    linear = package.srgb_to_linear(alpha * levels[:, :, :3] + (1 - alpha) * ground * 255)
    return linear


def _sides(image: Image.Image) -> str:
    return f"{image.width} x {image.height}"
