"""ICC profiles for colour that a file describes in numbers instead of by a profile.

ICC.1:2001-04 (version 2), matrix/TRC and monochrome profiles.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

Triple = tuple[float, float, float]
Matrix = tuple[Triple, Triple, Triple]
Point = tuple[float, float]
# From a coded level to light, both 0 to 1.
Curve = Callable[[float], float]

D65: Point = (0.3127, 0.3290)
# The white of the profile connection space: ICC.1:2001-04, 6.2.2, as XYZ.
D50: Triple = (0.9642, 1.0, 0.8249)
# http://www.brucelindbloom.com/Eqn_ChromAdapt.html
BRADFORD: Matrix = (
    (0.8951, 0.2664, -0.1614),
    (-0.7502, 1.7135, 0.0367),
    (0.0389, -0.0685, 1.0296),
)
CURVE_STEPS = 4096


@dataclass(frozen=True)
class Primaries:
    """Chromaticities (CIE 1931 x and y) of white, red, green and blue."""

    white: Point
    red: Point
    green: Point
    blue: Point


def rgb_profile(primaries: Primaries, curve: Curve) -> bytes:
    """A profile of RGB with these primaries. Raises ValueError where they span no space."""
    red, green, blue = _columns(_to_d50(primaries))
    trc = _curve_tag(curve)
    return _profile(
        b"RGB ",
        {
            b"rXYZ": _xyz_tag(red),
            b"gXYZ": _xyz_tag(green),
            b"bXYZ": _xyz_tag(blue),
            b"rTRC": trc,
            b"gTRC": trc,
            b"bTRC": trc,
        },
    )


def grey_profile(curve: Curve) -> bytes:
    return _profile(b"GRAY", {b"kTRC": _curve_tag(curve)})


def _to_d50(primaries: Primaries) -> Matrix:
    """Linear RGB to XYZ, adapted to D50: http://www.brucelindbloom.com/Eqn_RGB_XYZ_Matrix.html"""
    columns = _columns((_xyz(primaries.red), _xyz(primaries.green), _xyz(primaries.blue)))
    white = _xyz(primaries.white)
    share = _apply(_inverse(columns), white)
    to_xyz = _scaled(columns, share)
    cone, cone_d50 = _apply(BRADFORD, white), _apply(BRADFORD, D50)
    if not all(cone):
        raise ValueError(f"expected a white that eyes can see, got {primaries.white}")
    gain = (cone_d50[0] / cone[0], cone_d50[1] / cone[1], cone_d50[2] / cone[2])
    adapt = _product(_scaled(_inverse(BRADFORD), gain), BRADFORD)
    return _product(adapt, to_xyz)


def _xyz(point: Point) -> Triple:
    x, y = point
    if y <= 0:
        raise ValueError(f"expected a y over 0 for a chromaticity, got {y}")
    return (x / y, 1.0, (1 - x - y) / y)


def _columns(m: Matrix) -> Matrix:
    """Rows for columns."""
    (a, b, c), (d, e, f), (g, h, i) = m
    return ((a, d, g), (b, e, h), (c, f, i))


def _apply(m: Matrix, v: Triple) -> Triple:
    x, y, z = (row[0] * v[0] + row[1] * v[1] + row[2] * v[2] for row in m)
    return (x, y, z)


def _product(m: Matrix, n: Matrix) -> Matrix:
    a, b, c = (_apply(m, column) for column in _columns(n))
    return _columns((a, b, c))


def _scaled(m: Matrix, share: Triple) -> Matrix:
    """Each column of `m` times its share."""
    a, b, c = ((x * share[0], y * share[1], z * share[2]) for x, y, z in m)
    return (a, b, c)


def _inverse(m: Matrix) -> Matrix:
    (a, b, c), (d, e, f), (g, h, i) = m
    minors = (
        (e * i - f * h, c * h - b * i, b * f - c * e),
        (f * g - d * i, a * i - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )
    determinant = a * minors[0][0] + b * minors[1][0] + c * minors[2][0]
    if abs(determinant) < 1e-9:
        raise ValueError("expected three primaries that span a space, got some on one line")
    share = 1 / determinant
    return _scaled(minors, (share, share, share))


def _xyz_tag(xyz: Triple) -> bytes:
    limit = 32_767.0
    fixed = (round(max(-limit, min(limit, value)) * 65_536) for value in xyz)
    return struct.pack(">4s4x3i", b"XYZ ", *fixed)


def _curve_tag(curve: Curve) -> bytes:
    levels = (curve(step / (CURVE_STEPS - 1)) for step in range(CURVE_STEPS))
    table = [round(max(0.0, min(1.0, level)) * 65_535) for level in levels]
    return struct.pack(f">4s4xI{CURVE_STEPS}H", b"curv", CURVE_STEPS, *table)


def _profile(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    tags = {b"wtpt": _xyz_tag(D50), **tags}
    start = at = 128 + 4 + 12 * len(tags)
    table, body = b"", b""
    for name, content in tags.items():
        table += struct.pack(">4sII", name, at, len(content))
        body += content
        at = start + len(body)
    header = struct.pack(
        ">I4xI4s4s4s12x4s28x12s48x",
        *(at, 0x0210_0000, b"mntr", space, b"XYZ ", b"acsp", _xyz_tag(D50)[8:]),
    )
    return header + struct.pack(">I", len(tags)) + table + body
