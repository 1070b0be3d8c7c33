"""Colour spaces as their standards publish them: as ICC profiles, and as sums done by hand.

The sums use neither ImageCms nor anything of the code under test.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Curve = Callable[[Floats], Floats]

# XYZ of the profile connection space's white: ICC.1:2022, 6.3.1.
D50 = np.array([0.9642, 1.0, 0.8249])
# ISO/CIE 11664-2; RGB working spaces state their whites as these x, y.
D65_XY = (0.3127, 0.3290)
D50_XY = (0.3457, 0.3585)
# ICC.1:2022, annex E.1.
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


def srgb_light(level: Floats) -> Floats:
    """IEC 61966-2-1, 5.2"""
    return np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)


def srgb_level(light: Floats) -> Floats:
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def romm_light(level: Floats) -> Floats:
    """ISO 22028-2 (ROMM RGB), 4.4"""
    return np.where(level < 16 / 512, level / 16, level**1.8)


def rec_2020_light(level: Floats) -> Floats:
    """ITU-R BT.2020-2, table 4, turned round"""
    alpha, beta = 1.09929682680944, 0.018053968510807
    bright = ((level + alpha - 1) / alpha) ** (1 / 0.45)
    return np.where(level < 4.5 * beta, level / 4.5, bright)


def gamma(exponent: float) -> Curve:
    return lambda level: level**exponent


@dataclass(frozen=True)
class Space:
    """White and primaries as CIE 1931 x, y, and how levels become light."""

    white: tuple[float, float]
    primaries: tuple[tuple[float, float], ...]
    light: Curve

    def to_xyz(self) -> Floats:
        """Linear RGB to XYZ under the space's own white: SMPTE RP 177."""
        columns = np.array([_xyz(point) for point in self.primaries]).T
        return columns * np.linalg.solve(columns, _xyz(self.white))

    def to_d50(self) -> Floats:
        return adaptation(_xyz(self.white), D50) @ self.to_xyz()


SRGB_PRIMARIES = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
SRGB = Space(D65_XY, SRGB_PRIMARIES, srgb_light)
LINEAR = Space(D65_XY, SRGB_PRIMARIES, gamma(1))
# SMPTE EG 432-1 with D65 and the curve of sRGB: https://www.color.org/chardata/rgb/DisplayP3.xalter
DISPLAY_P3 = Space(D65_XY, ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)), srgb_light)
# https://www.adobe.com/digitalimag/pdfs/AdobeRGB1998.pdf, 4.3.1
ADOBE_RGB = Space(D65_XY, ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)), gamma(2.19921875))
PROPHOTO = Space(D50_XY, ((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001)), romm_light)
REC_2020 = Space(D65_XY, ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)), rec_2020_light)


def _xyz(point: tuple[float, float]) -> Floats:
    x, y = point
    return np.array([x / y, 1.0, (1 - x - y) / y])


def adaptation(white: Floats, wanted: Floats) -> Floats:
    gain = (BRADFORD @ wanted) / (BRADFORD @ white)
    return np.linalg.inv(BRADFORD) @ np.diag(gain) @ BRADFORD


def in_srgb(space: Space, levels: Floats) -> Floats:
    """Levels of `space`, 0 to 1 in rows of three, as sRGB's, 0 to 255; what lies beyond is cut."""
    light = space.light(levels) @ space.to_d50().T @ np.linalg.inv(SRGB.to_d50()).T
    return srgb_level(light) * 255


def lab_in_srgb(lab: Floats) -> Floats:
    """CIELAB under D50 in rows of three as sRGB, 0 to 255."""
    return srgb_level(xyz_of(lab) @ np.linalg.inv(SRGB.to_d50()).T) * 255


def xyz_of(lab: Floats) -> Floats:
    """ISO/CIE 11664-4, turned round"""
    y = (lab[:, 0] + 16) / 116
    f = np.stack([y + lab[:, 1] / 500, y, y - lab[:, 2] / 200], axis=1)
    return np.where(f > 6 / 29, f**3, (f - 4 / 29) * 3 * (6 / 29) ** 2) * D50


def lab_of(xyz: Floats) -> Floats:
    """ISO/CIE 11664-4"""
    t = xyz / D50
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack(
        [116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1
    )


# Profiles


def matrix_profile(space: Space) -> bytes:
    columns = space.to_d50().T
    trc = curve_tag(space.light)
    names = (b"rXYZ", b"gXYZ", b"bXYZ")
    tags = {name: xyz_tag(xyz) for name, xyz in zip(names, columns, strict=True)}
    return profile(b"RGB ", tags | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), trc))


def grey_profile(light: Curve) -> bytes:
    return profile(b"GRAY", {b"kTRC": curve_tag(light)})


def lut_profile(
    space: bytes, inks: int, to_d50: Callable[[Floats], Floats], steps: int = 9, bits: int = 16
) -> bytes:
    """A profile that is a table (A2B0, lut8Type or lut16Type, to Lab): ICC.1:2022, 10.10 and 10.11.

    `to_d50`: from samples, 0 to 1 in rows, to XYZ.
    """
    grid = np.array(list(itertools.product(np.linspace(0, 1, steps), repeat=inks)))
    lab = lab_of(to_d50(grid))
    # In lut16Type, L* = 100 is 0xFF00: table 41 there.
    full = np.array([255, 1, 1]) if bits == 8 else np.array([65_280, 256, 256])
    zero = np.array([0, 128, 128]) * (1 if bits == 8 else 256)
    coded = np.clip(np.round(lab / [100, 1, 1] * full + zero), 0, 2**bits - 1)
    kind, unit = (b"mft1", ">u1") if bits == 8 else (b"mft2", ">u2")
    ramp = np.arange(256) if bits == 8 else np.array([0, 65_535])
    content = struct.pack(">4s4x4B", kind, inks, 3, steps, 0)
    content += b"".join(struct.pack(">i", v) for v in np.eye(3, dtype=int).ravel() * 65_536)
    if bits == 16:
        content += struct.pack(">HH", 2, 2)
    content += np.tile(ramp, inks).astype(unit).tobytes() + coded.astype(unit).tobytes()
    content += np.tile(ramp, 3).astype(unit).tobytes()
    return profile(space, {b"A2B0": content}, kind=b"prtr", connection=b"Lab ")


def xyz_tag(xyz: Floats) -> bytes:
    return struct.pack(">4s4x3i", b"XYZ ", *(round(value * 65_536) for value in xyz))


def curve_tag(light: Curve, points: int = 1024) -> bytes:
    levels = np.clip(light(np.linspace(0, 1, points)), 0, 1)
    table = np.round(levels * 65_535).astype(">u2").tobytes()
    return struct.pack(">4s4xI", b"curv", points) + table


def profile(
    space: bytes,
    tags: dict[bytes, bytes],
    kind: bytes = b"mntr",
    connection: bytes = b"XYZ ",
) -> bytes:
    tags = {b"wtpt": xyz_tag(D50), **tags}
    tags = {name: content + bytes(-len(content) % 4) for name, content in tags.items()}
    offset = 128 + 4 + 12 * len(tags)
    table = struct.pack(">I", len(tags))
    for name, content in tags.items():
        table += struct.pack(">4sII", name, offset, len(content))
        offset += len(content)
    header = struct.pack(
        ">I4xI4s4s4s12x4s28x12s48x",
        *(offset, 0x0240_0000, kind, space, connection, b"acsp", xyz_tag(D50)[8:]),
    )
    return header + table + b"".join(tags.values())
