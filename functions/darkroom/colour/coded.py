"""What a file says of its colour in numbers, beside or instead of an ICC profile.

PNG: cICP, gAMA and cHRM (https://www.w3.org/TR/png-3/#11addnlcolinfo). AVIF and HEIF: the `nclx`
of their primary picture (ISO/IEC 14496-12, 12.1.5). The numbers are those of ITU-T H.273.
"""

from __future__ import annotations

import functools
import math
from itertools import islice
from typing import Any

from PIL import Image

from darkroom.colour.profiles import D65, Curve, Primaries, grey_profile, rgb_profile
from darkroom.containers import iso_boxes, png_chunks

Code = tuple[int, int]  # primaries, transfer

REC_709 = Primaries(D65, (0.640, 0.330), (0.300, 0.600), (0.150, 0.060))
# H.273, table 2; all that are missing here look like Rec. 709.
PRIMARIES = {
    9: Primaries(D65, (0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    11: Primaries((0.314, 0.351), (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    12: Primaries(D65, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}

UNSPECIFIED = (2, 2)

# White of paper in an HDR picture, in cd/m2: ITU-R BT.2408-7, 2.1. It becomes sRGB's white, but
# for the room that lights brighter than that need.
PAPER_NITS = 203
# From here on, shares of that white are pressed together, so that what is brighter still differs.
KNEE = 0.5

# gAMA is 1 / 2.2 in all the files that mean sRGB. libpng takes 5 % for no difference.
USUAL_GAMMA = 2.2
GAMMA_TOLERANCE = 0.05
CHROMATICITY_TOLERANCE = 0.01
GAMMAS = (0.2, 5.0)

# Chunks that are looked at before the picture starts, and entries of a box.
MAX_PARTS = 4096


def adopt_coded_colour(image: Image.Image, data: bytes) -> None:
    """Where the file `data` of `image`, just opened, gives its colour as a code, put that into its
    `info` as the ICC profile that means the same.

    A PNG's cICP comes before its iCCP, its gAMA after that and after sRGB; in AVIF and HEIF, an ICC
    profile comes first.
    """
    grey = image.mode in ("1", "L", "LA", "I;16")
    icc = image.info.get("icc_profile")
    profile = None
    if image.format == "PNG":
        code = _png_code(data)
        if code and code != UNSPECIFIED:
            image.info.pop("icc_profile", None)
            profile = _code_profile(code, grey)
        elif not icc and "srgb" not in image.info:
            profile = _gamma_profile(image.info.get("gamma"), image.info.get("chromaticity"), grey)
    elif image.format in ("AVIF", "HEIF") and not icc:
        code = _iso_code(data)
        profile = _code_profile(code, grey) if code else None
    if profile:
        image.info["icc_profile"] = profile


@functools.lru_cache(maxsize=16)
def _code_profile(code: Code, grey: bool) -> bytes | None:
    primaries, transfer = code
    curve = CURVES.get(transfer)
    if primaries not in PRIMARIES and curve is None:
        return None
    if grey:
        return grey_profile(curve or _srgb)
    return rgb_profile(PRIMARIES.get(primaries, REC_709), curve or _srgb)


def _gamma_profile(gamma: Any, points: Any, grey: bool) -> bytes | None:
    if not gamma or not GAMMAS[0] <= 1 / gamma <= GAMMAS[1]:
        return None
    exponent = 1 / gamma
    primaries = REC_709
    if points:
        white, red, green, blue = (points[i : i + 2] for i in (0, 2, 4, 6))
        given = Primaries(white, red, green, blue)
        primaries = REC_709 if _is_near_rec_709(points) else given
    if primaries == REC_709 and abs(gamma * USUAL_GAMMA - 1) < GAMMA_TOLERANCE:
        return None
    curve = functools.partial(_power, exponent)
    try:
        return grey_profile(curve) if grey else rgb_profile(primaries, curve)
    except ValueError:  # primaries of no colours
        return None


def _is_near_rec_709(points: tuple[float, ...]) -> bool:
    usual = (*REC_709.white, *REC_709.red, *REC_709.green, *REC_709.blue)
    return all(abs(a - b) < CHROMATICITY_TOLERANCE for a, b in zip(points, usual, strict=True))


def _power(exponent: float, level: float) -> float:
    return math.pow(level, exponent)


def _srgb(level: float) -> float:
    """IEC 61966-2-1, 5.2"""
    return level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4


def _pq(level: float) -> float:
    """SMPTE ST 2084, as in ITU-R BT.2100-2, table 4"""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    power = level ** (1 / m2)
    nits = 10_000 * (max(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1)
    return _toned(nits)


def _hlg(level: float) -> float:
    """ITU-R BT.2100-2, table 5, on a screen of 1,000 cd/m2; its gamma here a channel by itself"""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = level**2 / 3 if level <= 0.5 else (math.exp((level - c) / a) + b) / 12
    return _toned(1000 * scene**1.2)


def _toned(nits: float) -> float:
    """HDR light as a share of sRGB's white: a soft knee of our own, each channel by itself."""
    light = nits / PAPER_NITS
    room = 1 - KNEE
    return light if light <= KNEE else KNEE + room * (1 - math.exp((KNEE - light) / room))


# H.273, table 3. Those of cameras (1, 6, 14, 15) are shown by sRGB's, as browsers do.
CURVES: dict[int, Curve] = {
    4: functools.partial(_power, 2.2),
    5: functools.partial(_power, 2.8),
    8: functools.partial(_power, 1.0),
    16: _pq,
    18: _hlg,
}


def _png_code(data: bytes) -> Code | None:
    for chunk in islice(png_chunks(data), MAX_PARTS):
        if chunk.kind == b"cICP" and chunk.end - chunk.begin == 4:
            return data[chunk.begin], data[chunk.begin + 1]
        if chunk.kind == b"IDAT":
            break
    return None


def _iso_code(data: bytes) -> Code | None:
    """Primaries and transfer of the primary item's `nclx`, None where the boxes name none."""
    try:
        meta = _child(data, b"meta")[4:]
        properties = _child(meta, b"iprp")
        boxes = list(iso_boxes(_child(properties, b"ipco")))
        numbers = _associated(_child(properties, b"ipma"), _primary(_child(meta, b"pitm")))
        for kind, body in (boxes[number - 1] for number in numbers if number):
            if kind == b"colr" and body[:4] == b"nclx":
                return int.from_bytes(body[4:6], "big"), int.from_bytes(body[6:8], "big")
    except (IndexError, KeyError):
        pass
    return None


def _child(data: bytes, wanted: bytes) -> bytes:
    """The content of the first box of that type. Raises KeyError."""
    for kind, body in iso_boxes(data):
        if kind == wanted:
            return body
    raise KeyError(wanted)


def _primary(pitm: bytes) -> int:
    return int.from_bytes(pitm[4:6] if pitm[0] == 0 else pitm[4:8], "big")


def _associated(ipma: bytes, item: int) -> list[int]:
    """Numbers, from 1 on, of the properties of `item`: ISO/IEC 23008-12, 9.3.1"""
    id_bytes = 2 if ipma[0] == 0 else 4
    wide = ipma[3] & 1
    at = 8
    for _ in range(min(MAX_PARTS, int.from_bytes(ipma[4:8], "big"))):
        found = int.from_bytes(ipma[at : at + id_bytes], "big")
        count, at = ipma[at + id_bytes], at + id_bytes + 1
        size = count * (2 if wide else 1)
        entries, at = ipma[at : at + size], at + size
        if found == item:
            pairs = range(0, len(entries) - 1, 2)
            return (
                [(entries[i] & 0x7F) << 8 | entries[i + 1] for i in pairs]
                if wide
                else [entry & 0x7F for entry in entries]
            )
    return []
