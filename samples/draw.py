"""Draws the sample pictures: `python samples/draw.py [FOLDER] [NAME…]`, by default beside itself.

Seeded, so that every run gives the same pixels; Pillow and the standard library only. Scenes are
computed in linear light, one float per pixel and channel, and developed like a film at the end.
"""

from __future__ import annotations

import io
import math
import operator
import os
import random
import sys
from array import array
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont, TiffImagePlugin
from PIL.ImageMath import lambda_eval

Size = tuple[int, int]
Colour = tuple[float, float, float]

BICUBIC, BOX = Image.Resampling.BICUBIC, Image.Resampling.BOX
LANCZOS, NEAREST = Image.Resampling.LANCZOS, Image.Resampling.NEAREST


# --- Fields: arithmetic on whole pictures ------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Field:
    """One or three planes (mode F, one size) with arithmetic; one plane goes with three."""

    planes: tuple[Image.Image, ...]

    @property
    def size(self) -> Size:
        return self.planes[0].size

    def _with(self, other: Any, name: str) -> Field:
        theirs: tuple[Any, ...] = (other,)
        if isinstance(other, Field):
            theirs = other.planes
        elif isinstance(other, tuple):
            theirs = other
        count = max(len(self.planes), len(theirs))
        ours = self.planes * (count // len(self.planes))
        theirs = theirs * (count // len(theirs))
        return Field(tuple(_apply(name, a, b) for a, b in zip(ours, theirs, strict=True)))

    def __add__(self, other: Any) -> Field:
        return self._with(other, "add")

    def __sub__(self, other: Any) -> Field:
        return self._with(other, "sub")

    def __mul__(self, other: Any) -> Field:
        return self._with(other, "mul")

    def __truediv__(self, other: Any) -> Field:
        return self._with(other, "truediv")

    def __rtruediv__(self, other: float) -> Field:
        return self**-1.0 * other

    def __pow__(self, other: float) -> Field:
        return self._with(other, "pow")

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: Any) -> Field:
        return (-self)._with(other, "add")

    def __neg__(self) -> Field:
        return self * -1.0

    def above(self, other: Any) -> Field:
        """The larger of both, per pixel."""
        return self._with(other, "max")

    def below(self, other: Any) -> Field:
        """The smaller of both, per pixel."""
        return self._with(other, "min")

    def clip(self) -> Field:
        return self.above(0.0).below(1.0)

    def less(self, other: Any) -> Field:
        """1 where smaller than `other`, else 0."""
        return self._with(other, "lt").each(lambda p: p.convert("F"))

    def root(self) -> Field:
        return self.above(0.0) ** 0.5

    def exp(self) -> Field:
        return self.each(lambda p: lambda_eval(lambda v: math.e ** v["p"], p=p))

    def each(self, change: Callable[[Image.Image], Image.Image]) -> Field:
        return Field(tuple(change(plane) for plane in self.planes))

    def resize(self, size: Size, resample: Image.Resampling = BICUBIC) -> Field:
        return self.each(lambda p: p.resize(size, resample))

    def stretch(self, box: tuple[float, float, float, float]) -> Field:
        """The part within `box`, at the whole's size."""
        return self.each(lambda p: p.resize(p.size, BICUBIC, box=box))

    def crop(self, box: tuple[int, int, int, int]) -> Field:
        return self.each(lambda p: p.crop(box))

    def offset(self, right: int, down: int) -> Field:
        """Moved, what leaves at one side coming in at the other."""
        return self.each(lambda p: ImageChops.offset(p, right, down))

    def blur(self, radius: float) -> Field:
        """Nearly Gaussian: made small and large again. Pillow's own filters do not read floats."""
        width, height = self.size
        small = (max(2, round(width / radius)), max(2, round(height / radius)))
        return self.resize(small).resize(self.size)


_BY_NAME: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "truediv": operator.truediv,
    "pow": operator.pow,
    "lt": operator.lt,
}


def _apply(name: str, a: Image.Image, b: Image.Image | float) -> Image.Image:
    plain = _BY_NAME.get(name)
    result: Image.Image = lambda_eval(
        lambda v: plain(v["a"], v["b"]) if plain else v[name](v["a"], v["b"]), a=a, b=b
    )
    return result


def row(values: Iterable[float], height: int) -> Field:
    """The values along x, the same in every row."""
    line = array("f", values)
    image = Image.frombytes("F", (len(line), 1), line.tobytes())
    return Field((image.resize((len(line), height), NEAREST),))


def column(values: Iterable[float], width: int) -> Field:
    """The values along y, the same in every column."""
    line = array("f", values)
    image = Image.frombytes("F", (1, len(line)), line.tobytes())
    return Field((image.resize((width, len(line)), NEAREST),))


def coordinates(size: Size) -> tuple[Field, Field]:
    """x from 0 to width/height and y from 0 to 1, down: squares stay square."""
    width, height = size
    across = row(((x + 0.5) / height for x in range(width)), height)
    return across, column(((y + 0.5) / height for y in range(height)), width)


def from_mask(mask: Image.Image) -> Field:
    """An L picture as 0 to 1."""
    return Field((mask.convert("F"),)) * (1 / 255)


def mix(a: Any, b: Any, share: Any) -> Field:
    """`a` where share is 0, `b` where it is 1."""
    if not isinstance(share, Field):
        either: Field = a if isinstance(a, Field) else b
        share = Field((Image.new("F", either.size, share),))
    mixed: Field = share * b + (1.0 - share) * a
    return mixed


def square(value: Field) -> Field:
    return value * value


def smooth(low: float, high: float, value: Field) -> Field:
    t = ((value - low) * (1 / (high - low))).clip()
    return t * t * (3.0 - t * 2.0)


def dot(a: Any, b: Any) -> Any:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


# --- Chance --------------------------------------------------------------------------------------


def speckle(rng: random.Random, size: Size) -> Field:
    """An even chance between -1 and 1 for every pixel."""
    image = Image.frombytes("L", size, rng.randbytes(size[0] * size[1]))
    return Field((image.convert("F"),)) * (1 / 127.5) - 1.0


def noise(
    rng: random.Random, size: Size, cells: tuple[float, float], octaves: int, gain: float = 0.5
) -> Field:
    """Clouds, about -1 to 1: value noise, each octave twice as fine and `gain` times as strong."""
    total = Field((Image.new("F", size, 0.0),))
    strength, weight = 1.0, 0.0
    for octave in range(octaves):
        grid = tuple(max(2, round(c * 2**octave)) for c in cells)
        fine = speckle(rng, (min(grid[0], size[0]), min(grid[1], size[1])))
        total += fine.resize(size) * strength
        weight += strength * strength
        strength *= gain
    return total * (1 / math.sqrt(weight))


def tile(
    rng: random.Random, side: int, cells: tuple[int, int], octaves: int, gain: float = 0.5
) -> Field:
    """The same, its left edge going on at the right and its foot at the head."""
    total = Field((Image.new("F", (side, side), 0.0),))
    strength, weight = 1.0, 0.0
    for octave in range(octaves):
        across, down = (cells[0] << octave, cells[1] << octave)
        grid = speckle(rng, (across, down))
        wide = Image.new("F", (across * 3, down * 3))
        for place in range(9):
            wide.paste(grid.planes[0], (place % 3 * across, place // 3 * down))
        box = (across, down, across * 2, down * 2)
        total += Field((wide.resize((side, side), BICUBIC, box=box),)) * strength
        weight += strength * strength
        strength *= gain
    return total * (1 / math.sqrt(weight))


def wander(rng: random.Random, count: int, cells: float, octaves: int, gain: float) -> list[float]:
    """Noise along a line, about -1 to 1."""
    line = noise(rng, (count, 1), (cells, 1), octaves, gain) if count > 1 else None
    assert line is not None
    return array("f", line.planes[0].tobytes()).tolist()


# --- The film -----------------------------------------------------------------------------------


def develop(
    light: Field, rng: random.Random, *, grain: float = 0.012, vignette: float = 0.25
) -> Image.Image:
    """Linear light to sRGB: fall-off to the corners, a film's curve, grain, and no banding."""
    width, height = light.size
    x, y = coordinates(light.size)
    middle = width / height / 2
    reach = (square(x - middle) + square(y - 0.5)) * (1 / (middle**2 + 0.25))
    light = (light * (1.0 - reach * vignette)).above(0.0)
    # The fit of the ACES curve by Krzysztof Narkowicz.
    # https://knarkowicz.wordpress.com/2016/01/06/aces-filmic-tone-mapping-curve/
    light = light * 0.8
    film = (light * (light * 2.51 + 0.03)) / (light * (light * 2.43 + 0.59) + 0.14)
    shown = film.clip() ** (1 / 2.2)
    if grain:
        clump = speckle(rng, (width * 2 // 3, height * 2 // 3)).resize((width, height))
        shown = shown + clump * grain
    shown = shown * 255.0 + speckle(rng, (width, height)) * 0.5 + 0.5
    bands = [plane.convert("L") for plane in (shown * (3 // len(shown.planes))).planes]
    return Image.merge("RGB", bands)


def jpeg(picture: Image.Image, quality: int = 84, **extra: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True, **({"progressive": True} | extra))
    return out.getvalue()


def png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def font(size: float) -> ImageFont.FreeTypeFont:
    """The one that Pillow carries, so that no system's fonts and shapers make a difference."""
    face = ImageFont.load_default(size)
    assert isinstance(face, ImageFont.FreeTypeFont)
    return face.font_variant(layout_engine=ImageFont.Layout.BASIC)


# --- Scenes -------------------------------------------------------------------------------------


def dusk_sky(rng: random.Random, size: Size, sun: tuple[float, float]) -> Field:
    """Sunset over `sun` (in coordinates), with clouds lit from beneath."""
    x, y = coordinates(size)
    down = (y * (1 / sun[1])).clip()
    sky = mix((0.055, 0.085, 0.20), (0.34, 0.23, 0.34), smooth(0.0, 0.72, down))
    sky = mix(sky, (1.05, 0.36, 0.13), smooth(0.45, 1.05, down) ** 1.4)
    dx, dy = (x - sun[0]) * 0.62, y - sun[1]
    away = (dx * dx + dy * dy).root()
    near = (away * -4.2).exp()
    sky = sky + near * (1.5, 0.62, 0.17) + (away * -22.0).exp() * (3.2, 2.1, 0.9)
    disc = 1.0 - smooth(0.028, 0.031, (away * away + dx * dx * 1.6).root())
    sky = sky + disc * (9.0, 6.5, 3.4)

    stretch = noise(rng, size, (3.2, 8.0), 6, 0.56)
    fine = noise(rng, size, (9.0, 36.0), 4, 0.55)
    cover = smooth(0.02, 0.95, stretch + fine * 0.30 + (0.34 - down * 0.55))
    cover = cover * smooth(1.0, 0.75, down)
    lit = smooth(-0.8, 0.9, fine - stretch * 0.8)
    shade = mix((0.11, 0.095, 0.17), (1.05, 0.36, 0.24), lit * (0.16 + near * 1.5).below(1.0))
    return mix(sky, shade + near * (0.5, 0.22, 0.05), cover * 0.82)


def ridge_line(rng: random.Random, width: int, cells: float, rough: float) -> list[float]:
    """Peaks rather than hills: noise folded at its middle."""
    broad = wander(rng, width, cells, 3, 0.5)
    sharp = wander(rng, width, cells * 2.6, 7, 0.53)
    return [b * 0.55 + (0.5 - abs(s)) * rough for b, s in zip(broad, sharp, strict=True)]


def fir(draw: ImageDraw.ImageDraw, rng: random.Random, x: float, foot: float, tall: float) -> None:
    """A fir's silhouette, `tall` px high."""
    draw.line((x, foot + tall * 0.2, x, foot - tall), fill=255, width=max(1, int(tall * 0.018)))
    tiers = int(11 + tall / 22)
    for tier in range(tiers):
        share = tier / tiers
        y = foot - tall * (1 - share) * 0.98
        half = tall * 0.205 * share**0.85 * rng.uniform(0.65, 1.15) + 1
        drop = tall * (0.05 + 0.055 * share)
        for side in (-1, 1):
            tip = x + side * half * rng.uniform(0.8, 1.1)
            draw.polygon(
                [(x, y - drop * 0.9), (tip, y + drop * rng.uniform(0.5, 1.1)), (x, y + drop * 0.6)],
                fill=255,
            )


def forest_mask(
    rng: random.Random, size: Size, line: list[float], tall: float, gap: float
) -> Image.Image:
    """Firs along a line of heights (px from the top), all beneath it filled."""
    width, height = size
    mask = Image.new("L", (width * 2, height * 2))
    draw = ImageDraw.Draw(mask)
    ground = [(i * 2, y * 2 + tall * 0.12) for i, y in enumerate(line)]
    draw.polygon([*ground, (width * 2, height * 2), (0, height * 2)], fill=255)
    x = -tall / 4
    while x < width + tall / 4:
        foot = line[min(width - 1, max(0, int(x)))]
        size_now = tall * rng.uniform(0.45, 1.0) * (1.3 if rng.random() < 0.08 else 1.0)
        fir(draw, rng, x * 2, foot * 2 + tall * 0.2, size_now * 2)
        x += gap * rng.uniform(0.35, 1.7)
    return mask.reduce(2)


def dusk_mountains() -> bytes:
    rng = random.Random(11)
    size = width, height = 2400, 1500
    sun = (1.02, 0.515)
    x, y = coordinates(size)
    light = dusk_sky(rng, size, sun)

    toward = (square(x - sun[0]) * -3.2).exp()
    rough = noise(rng, size, (14.0, 7.0), 7, 0.66)
    lit = (rough - rough.offset(-7, 5)) * 3.2
    mist = noise(rng, size, (2.6, 9.0), 6, 0.54)
    reliefs = (0.085, 0.125, 0.10, 0.15, 0.075, 0.06, 0.065, 0.07, 0.10)
    for layer, relief in enumerate(reliefs):
        near = layer / (len(reliefs) - 1)
        wooded = layer > 3
        base = 0.535 + 0.475 * near**1.2
        line = ridge_line(rng, width, 1.7 + 0.5 * (layer % 3), 0.9 - 0.55 * near)
        top = [base - value * relief for value in line]
        haze = mix((0.235, 0.17, 0.30), (1.35, 0.50, 0.19), toward * (1.0 - near * 0.45))
        own = mix((0.014, 0.019, 0.040), (0.085, 0.036, 0.028), toward * (1.0 - near))
        rock = 0.08 if wooded else 0.6 + near
        face = own * (0.85 + lit * rock).above(0.10)
        veil = 0.88 - 0.87 * near**0.5
        fog = smooth(-0.045, 0.105, y - base + mist * 0.035) * (0.85 * (1 - near**3))
        face = mix(face, haze * (0.86 - 0.45 * near), (fog * (1 - veil) + veil).clip())
        if wooded:
            tall = 26 + 420 * (near - 0.5) ** 1.6
            pixels = [value * height for value in top]
            mask = from_mask(forest_mask(rng, size, pixels, tall, tall * 0.14))
        else:
            mask = ((y - row(top, height)) * height + 0.5).clip()
        light = mix(light, face, mask)
    light = light + (((x - sun[0]) ** 2.0 + (y - sun[1]) ** 2.0).root() * -3.4).exp() * (
        0.16,
        0.07,
        0.022,
    )
    return jpeg(develop(light, rng, grain=0.011), 86)


def lay_out(pattern: Field, size: Size, horizon: float, eye: float, per_unit: float) -> Field:
    """A repeating pattern on level ground, seen from `eye` units above it.

    `horizon` in px from the top; `per_unit`: px of the pattern in a unit. Every row is one strip of
    the pattern, averaged over what a pixel covers there, so that the distance does not shimmer.
    """
    width, height = size
    side = pattern.size[0]
    planes = []
    for plane in pattern.planes:
        wide = Image.new("F", (side * 4, side * 2))
        for place in range(8):
            wide.paste(plane, (place % 4 * side, place // 4 * side))
        image = Image.new("F", size)
        for y in range(max(0, math.ceil(horizon)), height):
            far, close = (eye * height / (y + d - horizon + 0.02) * per_unit for d in (0, 1))
            span = min(eye * width / (y + 0.5 - horizon) * per_unit, side * 3.0)
            deep = min(max(far - close, 1.0), side * 1.0)
            left, top = (side * 2 - span / 2), (side - close) % side
            strip = wide.resize((width, 1), BICUBIC, box=(left, top, left + span, top + deep))
            image.paste(strip, (0, y))
        planes.append(image)
    return Field(tuple(planes))


def sea_glitter() -> bytes:
    rng = random.Random(5)
    size = width, height = 2000, 1334
    horizon, sun = 0.40, (0.93, 0.275)
    x, y = coordinates(size)

    def heaven(dx: Field, up: Field) -> Field:
        """The sky's light in a direction: `dx` beside the sun, `up` above the horizon."""
        high = smooth(0.0, 0.5, up)
        base = mix((0.62, 0.30, 0.17), (0.10, 0.17, 0.30), high**0.55)
        away = (dx * dx * 0.7 + square(up - 0.125)).root()
        glow = (away * -4.6).exp() * (1.25, 0.66, 0.27)
        return base + glow + (away * -16.0).exp() * (4.0, 2.6, 1.3)

    up = horizon - y
    sky = heaven(x - sun[0], up)
    away = (square(x - sun[0]) + square(y - sun[1])).root()
    sky = sky + (1.0 - smooth(0.022, 0.026, away)) * (14.0, 11.0, 8.0)
    streak = noise(rng, size, (2.6, 6.0), 7, 0.56)
    puff = noise(rng, size, (8.0, 15.0), 7, 0.6)
    body = streak + puff * 0.55
    cover = smooth(0.10, 1.0, body + smooth(0.1, 0.42, up) * 0.35) * smooth(0.012, 0.10, up)
    warm = (away * -2.6).exp()
    lower = body.offset(0, -14)
    rim = smooth(-0.25, 0.45, body - lower)
    shade = mix((0.085, 0.075, 0.105), (0.95, 0.50, 0.30), (rim * 0.75 + warm * 0.45).below(1.0))
    sky = mix(sky, shade + warm * (0.75, 0.36, 0.13) * rim, cover * 0.9)

    tilt_x, tilt_z = Field((Image.new("F", size),)), Field((Image.new("F", size),))
    rows = horizon * height
    for cells, octaves, per_unit, strength in (
        ((5, 9), 3, 26.0, 1.1),
        ((9, 15), 4, 130.0, 1.25),
        ((14, 22), 4, 620.0, 0.8),
    ):
        swell = tile(rng, 768, cells, octaves, 0.6)
        crest = swell - (swell * swell) * 0.28
        for axis, move in (("x", (-1, 0)), ("z", (0, 1))):
            slope = (crest - crest.offset(*move)) * (strength * (1.5 if axis == "x" else 1.0))
            seen = lay_out(slope, size, rows, 1.0, per_unit)
            if axis == "x":
                tilt_x += seen
            else:
                tilt_z += seen

    down = (y - horizon).above(0.0006)
    ruffle = 0.030 + 0.10 * (1.0 - smooth(0.0, 0.22, down))
    tilt_z = tilt_z * 1.1 + speckle(rng, size) * ruffle * 0.55
    tilt_x = tilt_x + speckle(rng, size) * ruffle
    # A wave that leans by a mirrors light from 2a higher up; far ones hide the side turned away.
    lifted = (down * 0.95 + tilt_z * 2.0).above(-0.25)
    mirrored_up = (lifted * lifted + 0.0016).root()
    side = x - sun[0] + tilt_x * 1.5
    facing = (down * 1.25 + tilt_z).above(0.03)
    grazing = (1.0 - facing * 0.95).clip() ** 4.0
    fresnel = (grazing * 0.9 + 0.03).below(1.0)
    deep = mix((0.008, 0.030, 0.046), (0.022, 0.068, 0.076), smooth(-0.12, 0.22, tilt_z))
    water = mix(deep, heaven(side, mirrored_up.below(0.75)) * 0.80, fresnel)
    sharp = 0.0016 + 0.0028 * (1.0 - smooth(0.0, 0.3, down))
    miss = side * side * 0.55 + square(mirrored_up - 0.125)
    water = water + (miss / sharp * -1.0).exp() * (17.0, 12.2, 7.2) * (fresnel * 0.8 + 0.2)
    haze = (down * -26.0).exp()
    water = mix(water, heaven(x - sun[0], down * 0.0 + 0.02) * 0.8, haze * 0.55)
    light = mix(sky, water, ((y - horizon) * height + 0.5).clip())
    boat = Image.new("L", (width * 2, height * 2))
    draw = ImageDraw.Draw(boat)
    left, foot = 0.42 * height * 2, (horizon + 0.012) * height * 2
    for shape in (
        ((-34, -9), (40, -10), (30, 2), (-26, 2)),
        ((1, -13), (3, -150), (-40, -17)),
        ((5, -14), (6, -134), (46, -16)),
    ):
        draw.polygon([(left + dx, foot + dy) for dx, dy in shape], fill=255)
    light = mix(light, (0.075, 0.045, 0.040), from_mask(boat.reduce(2)) * 0.93)
    glow = light.below(12.0).blur(60) * 0.10 + light.below(12.0).blur(14) * 0.06
    return jpeg(develop(light * 0.86 + glow, rng, grain=0.010), 84)


Vector = tuple[Any, ...]  # x to the right, y up, z away from the viewer


@dataclass(frozen=True)
class Ball:
    """`mirror`: how much of what it reflects head-on is seen; a metal colours its reflections."""

    middle: Colour
    radius: float
    colour: Colour
    mirror: float
    metal: bool = False

    def meet(self, start: Vector, way: Vector) -> tuple[Field, Field]:
        """(how far along `way`, how nearly it passes: positive is a hit)."""
        to = self.towards(start)
        along = dot(to, way)
        room = along * along - (dot(to, to) - self.radius**2)
        return along * 1.0 - room.root(), room

    def towards(self, start: Vector) -> Vector:
        x, y, z = (m - s for m, s in zip(self.middle, start, strict=True))
        return x, y, z


# Light falls in through a window at the left, in front of the table.
WINDOW = (-0.60, 0.62, -0.505)
BALLS = (
    Ball((-1.02, 0.86, 0.55), 0.86, (0.80, 0.33, 0.20), 0.02),
    Ball((0.62, 1.06, 1.15), 1.06, (0.025, 0.085, 0.115), 0.07),
    Ball((0.18, 0.40, -0.78), 0.40, (0.93, 0.66, 0.30), 0.80, metal=True),
    Ball((-0.50, 0.245, -1.10), 0.245, (0.78, 0.75, 0.68), 0.025),
    Ball((1.72, 0.52, -0.18), 0.52, (0.76, 0.71, 0.62), 0.03),
    Ball((1.16, 0.19, -1.22), 0.19, (0.60, 0.055, 0.065), 0.06),
    Ball((-1.95, 0.33, -0.35), 0.33, (0.10, 0.20, 0.13), 0.05),
)


def shade_from(balls: Iterable[Ball], place: Vector) -> Field:
    """The share of the window's light that arrives.

    Soft shadows of spheres in closed form: https://iquilezles.org/articles/spherefunctions/
    """
    left = Field((Image.new("F", place[0].size, 1.0),))
    for ball in balls:
        x, y, z = ball.towards(place)
        along = x * WINDOW[0] + y * WINDOW[1] + z * WINDOW[2]
        miss = ((x * x + y * y + z * z) - along * along).root() - ball.radius
        open_sky = smooth(-0.17, 0.17, miss / along.above(0.05))
        left = left * mix(1.0, open_sky, smooth(0.0, 0.10, along))
    return left


def nearness(balls: Iterable[Ball], place: Vector, normal: Vector) -> Field:
    """How much of the room's light the others leave, from the same source."""
    left = Field((Image.new("F", place[0].size, 1.0),))
    for ball in balls:
        x, y, z = ball.towards(place)
        far2 = (x * x + y * y + z * z).above(ball.radius**2)
        facing = ((x * normal[0] + y * normal[1] + z * normal[2]) / far2.root()).above(0.0)
        left = left * (1.0 - facing * (ball.radius**2) / far2)
    return left


def room_light(way: Vector) -> Field:
    """What a mirror sees past the table: a dim room, and a window with four panes."""
    x, y, z = way
    dim = mix((0.050, 0.043, 0.040), (0.17, 0.165, 0.17), smooth(-0.3, 0.9, y - x * 0.5))
    along = (x * WINDOW[0] + y * WINDOW[1] + z * WINDOW[2]).above(0.05)
    # The window's own right and up, for where a ray crosses its plane.
    across = (x * 0.644 - z * 0.765) / along
    above = (y * 0.785 + x * 0.474 + z * 0.399) / along
    inside = Field((Image.new("F", x.size, 1.0),))
    for value, half, bar in ((across, 0.36, 0.022), (above, 0.46, 0.022)):
        size = (value * value).root()
        inside = inside * smooth(half, half - 0.035, size) * smooth(bar * 0.5, bar * 1.5, size)
    ahead = smooth(0.2, 0.3, x * WINDOW[0] + y * WINDOW[1] + z * WINDOW[2])
    return dim + inside * ahead * (6.6, 6.4, 6.0)


def reflected(place: Vector, normal: Vector, bounced: Vector) -> Field:
    """The light from direction `bounced`: the room, the table or another ball."""
    zero = place[0] * 0.0
    seen = room_light(bounced)
    far = place[1] / (-bounced[1]).above(1e-3)
    spot = (place[0] + bounced[0] * far, zero, place[2] + bounced[2] * far)
    fall = ((spot[0] * spot[0] + spot[2] * spot[2]) * -0.02).exp()
    table = (shade_from(BALLS, spot) * fall * 1.1 + 0.10) * (0.19, 0.10, 0.052)
    seen = mix(seen, table, (bounced[1] * -60.0).clip() * (place[1] * 40.0).clip())
    nearest = zero + 50.0
    lifted = tuple(p + n * 0.004 for p, n in zip(place, normal, strict=True))
    for ball in BALLS:
        reach, room = ball.meet(lifted, bounced)
        hit = (room * (60.0 / ball.radius)).clip() * (1.0 - reach.less(0.01)) * reach.less(nearest)
        own = tuple(
            (s + b * reach - m) * (1 / ball.radius)
            for s, b, m in zip(lifted, bounced, ball.middle, strict=True)
        )
        lit = (dot(own, WINDOW) * 1.5).above(0.0) + 0.10 + own[1] * 0.05
        seen = mix(seen, lit * ball.colour, hit)
        nearest = mix(nearest, reach, hit)
    return seen


def surface(
    way: Vector, place: Vector, normal: Vector, colour: Any, mirror: float, metal: bool = False
) -> tuple[Field, Field]:
    """(the light it scatters, the light it mirrors) to an eye that looks along `way`."""
    facing = (dot(normal, WINDOW) * 0.92 + 0.08).above(0.0)
    sun = shade_from(BALLS, place) * facing
    fall = (place[0] * -0.14).exp() * (place[2].above(0.0) * -0.16).exp()
    sky = nearness(BALLS, place, normal) * (normal[1] * 0.35 + 0.65)
    bounce = (normal[1] * -0.5 + 0.5) * (place[1] * -1.6).exp()
    light = sun * fall * (1.75, 1.55, 1.28) + sky * (0.085, 0.10, 0.135)
    light = (light + bounce * (0.085, 0.045, 0.024)) * colour
    twice = dot(normal, way) * 2.0
    bounced = tuple(w - n * twice for w, n in zip(way, normal, strict=True))
    seen = reflected(place, normal, bounced)
    head_on = (dot(normal, way) * -1.0).clip()
    fresnel = mirror + (1.0 - mirror) * (1.0 - head_on) ** 5.0
    if metal:
        return light * 0.06, seen * fresnel * colour
    return light, seen * fresnel


def still_life() -> bytes:
    rng = random.Random(23)
    size = width, height = 1680, 1200
    horizon, eye, lens, left = 0.085, 2.15, 0.475, 0.10
    camera = (left, eye, -7.3)
    x, y = coordinates(size)
    dx, dy = (x - width / height / 2) * lens, (y - horizon) * -lens
    length = (dx * dx + dy * dy + 1.0).root()
    way = (dx / length, dy / length, 1.0 / length)
    zero = x * 0.0

    far = (eye / (-dy).above(1e-4) * length).below(60.0)
    place = tuple(w * far + c for w, c in zip(way, camera, strict=True))
    grain = tile(rng, 1024, (5, 90), 4, 0.7)
    bands = tile(rng, 1024, (2, 14), 4, 0.55)
    wood = lay_out(grain * 0.55 + bands * 0.75, size, horizon * height, eye / lens, 150 * lens)
    tone = smooth(-1.3, 1.3, wood)
    colour = mix((0.055, 0.024, 0.012), (0.27, 0.135, 0.066), tone)
    own, gloss = surface(way, place, (zero, zero + 1.0, zero), colour, 0.05)
    light = own + gloss.blur(11) * (0.25 + tone * 0.30)

    wall = noise(rng, size, (8.0, 8.0), 6, 0.6) * 0.06 + 1.0
    glow = ((square(x - 0.30) + square(y + 0.05)) * -3.0).exp()
    backdrop = mix((0.012, 0.014, 0.017), (0.165, 0.145, 0.125), glow) * wall
    light = mix(light, backdrop, smooth(9.6, 15.0, far))
    light = mix(light, light.below(3.0).blur(9), smooth(8.2, 10.6, far))

    for ball in sorted(BALLS, key=lambda ball: -ball.middle[2]):
        away = ball.middle[2] - camera[2]
        scale = height / lens / away
        cx = (ball.middle[0] - left) * scale + width / 2
        cy = (eye - ball.middle[1]) * scale + horizon * height
        reach_px = ball.radius * scale * 1.15
        box = (
            max(0, int(cx - reach_px)),
            max(0, int(cy - reach_px)),
            min(width, int(cx + reach_px)),
            min(height, int(cy + reach_px)),
        )
        look = tuple(w.crop(box) for w in way)
        eye_here = tuple(look[0] * 0.0 + c for c in camera)
        to = ball.towards(eye_here)
        along = dot(to, look)
        miss = (dot(to, to) - along * along).root()
        cover = ((miss * -1.0 + ball.radius) / along * (height / lens) + 0.5).clip()
        near = along - (ball.radius**2 - miss * miss).root()
        at = tuple(c + w * near for c, w in zip(eye_here, look, strict=True))
        out = tuple((p - m) * (1 / ball.radius) for p, m in zip(at, ball.middle, strict=True))
        long = dot(out, out).root()
        normal = tuple(o / long for o in out)
        own, gloss = surface(look, at, normal, ball.colour, ball.mirror, ball.metal)
        shown = mix(light.crop(box), own + gloss, cover)
        for plane, part in zip(light.planes, shown.planes, strict=True):
            plane.paste(part, box)
    light = light + light.below(8.0).blur(34) * 0.05
    return jpeg(develop(light * 1.25, rng, grain=0.010, vignette=0.5), 88)


LAMPS: tuple[tuple[float, Colour], ...] = (
    (0.34, (1.00, 0.50, 0.14)),
    (0.16, (1.00, 0.70, 0.34)),
    (0.16, (1.00, 0.10, 0.05)),
    (0.10, (0.16, 0.75, 0.62)),
    (0.10, (0.20, 0.42, 1.00)),
    (0.08, (0.95, 0.20, 0.55)),
    (0.06, (0.85, 0.90, 1.00)),
)


def lens_disc(radius: int) -> Field:
    """What a lens makes of a point out of focus: a disc, its rim a little brighter."""
    side = radius * 8 + 16
    mask = Image.new("L", (side, side))
    draw = ImageDraw.Draw(mask)
    for reach, level in ((1.0, 255), (0.93, 205), (0.80, 180)):
        part = radius * 4 * reach
        draw.ellipse(
            [side / 2 - part, side / 2 - part, side / 2 + part, side / 2 + part], fill=level
        )
    small = mask.reduce(4)
    return from_mask(small.filter(ImageFilter.GaussianBlur(max(0.6, radius * 0.035))))


def soft_spot(size: Size) -> Field:
    """Bright in its middle, nothing at its sides."""
    spot = Image.radial_gradient("L").point(lambda v: 255 - v)
    ramp = (from_mask(spot.resize(size, BICUBIC)) - 0.30).above(0.0) * (1 / 0.7)
    return ramp * ramp * (3.0 - ramp * 2.0)


def add_light(light: Field, spot: Field, left: int, top: int, colour: Colour) -> None:
    """Adds `colour` where `spot` shines, in place; what falls outside is cut."""
    width, height = light.size
    right, foot = min(width, left + spot.size[0]), min(height, top + spot.size[1])
    box = (max(0, left), max(0, top), right, foot)
    if box[0] >= box[2] or box[1] >= box[3]:
        return
    part = spot.crop((box[0] - left, box[1] - top, box[2] - left, box[3] - top))
    sum_ = light.crop(box) + part * colour
    for plane, shown in zip(light.planes, sum_.planes, strict=True):
        plane.paste(shown, box)


def city_lights(rng: random.Random, size: Size) -> Field:
    """A wet street at night, far out of focus."""
    width, height = size
    x, y = coordinates(size)
    light = mix((0.010, 0.016, 0.040), (0.055, 0.036, 0.045), smooth(0.0, 0.6, y))
    light = mix(light, (0.012, 0.012, 0.018), smooth(0.6, 1.0, y))
    blocks = Image.new("L", size)
    draw = ImageDraw.Draw(blocks)
    for _ in range(34):
        left = rng.uniform(-0.1, 1.0) * width
        away = abs(left / width - 0.52)
        top = height * rng.uniform(0.30, 0.52) - away * height * 0.75
        box = [left, top, left + rng.uniform(60, 170), height * 0.64]
        draw.rectangle(box, fill=rng.randrange(20, 110))
    blocks = blocks.filter(ImageFilter.GaussianBlur(22))
    light = light + from_mask(blocks) * (0.050, 0.055, 0.085)
    glow = (square(x - 0.80) * 3.0 + square(y - 0.60) * 14.0) * -1.0
    light = light + glow.exp() * (0.11, 0.05, 0.022)

    def lamp(cx: float, cy: float, radius: int, power: float, colour: Colour) -> None:
        shown: Colour = (colour[0] * power, colour[1] * power, colour[2] * power)
        disc = lens_disc(radius)
        add_light(light, disc, int(cx) - disc.size[0] // 2, int(cy) - disc.size[1] // 2, shown)
        smear = soft_spot((radius * 4, radius * 18))
        foot = max(cy + radius * 3.0, height * (0.72 + (0.60 - cy / height) * 0.35))
        wet: Colour = (shown[0] * 0.12, shown[1] * 0.12, shown[2] * 0.12)
        add_light(light, smear, int(cx) - radius * 2, int(foot) - radius * 9, wet)

    def pick() -> Colour:
        return rng.choices([c for _, c in LAMPS], [w for w, _ in LAMPS])[0]

    for _ in range(110):
        side = rng.choice((-1, 1))
        depth = rng.random() ** 0.6
        cx = width * 0.52 + side * width * (0.05 + (1 - depth) * rng.uniform(0.25, 0.62))
        cy = height * (0.60 - (1 - depth) * rng.uniform(-0.02, 0.62))
        lamp(cx, cy, int(10 + 30 * (1 - depth)), rng.uniform(0.10, 0.55), pick())
    for step in range(9):
        depth = step / 9
        spread = width * 0.50 * (1 - depth) ** 1.5 + 20
        for side in (-1, 1):
            cy = height * (0.585 - 0.50 * (1 - depth) ** 1.6)
            lamp(width * 0.52 + side * spread, cy, int(15 + 34 * (1 - depth)), 1.1, LAMPS[0][1])
    for _ in range(26):
        depth = rng.random()
        near = (1 - depth) ** 1.5
        red = rng.random() < 0.5
        cx = width * 0.52 + (0.02 + near * rng.uniform(0.05, 0.36)) * width * (1 if red else -1)
        cy = height * (0.61 + 0.20 * near)
        colour = LAMPS[2][1] if red else LAMPS[6][1]
        for apart in (-1, 1):
            lamp(
                cx + apart * (6 + 36 * near), cy, int(9 + 20 * near), rng.uniform(0.4, 0.9), colour
            )
    return light


def rain_on_glass(view: Image.Image, light: Image.Image, rng: random.Random) -> Image.Image:
    """Drops on a window: each a small lens that shows `view` upside down."""
    width, height = view.size
    glass = light.copy()
    drops: list[tuple[float, float, float]] = []
    for _ in range(1500):
        size = 2.0 + 21.0 * rng.random() ** 6
        drops.append((rng.uniform(0, width), rng.uniform(0, height), size))
    for _ in range(9):
        cx, cy = rng.uniform(0, width), rng.uniform(-0.1, 0.5) * height
        drift = rng.uniform(-0.3, 0.3)
        for step in range(rng.randrange(18, 46)):
            cx += rng.gauss(drift, 1.1)
            cy += rng.uniform(7, 13)
            drops.append((cx, cy, rng.uniform(1.6, 4.6) + (step % 9 == 0) * 2))
        drops.append((cx, cy + 16, rng.uniform(15, 23)))
    kept: list[tuple[float, float, float]] = []
    for cx, cy, size in sorted(drops, key=lambda drop: -drop[2]):
        if all((cx - ox) ** 2 + (cy - oy) ** 2 > (size + other) ** 2 for ox, oy, other in kept):
            kept.append((cx, cy, size))
            drop_of_water(glass, view, rng, cx, cy, size)
    return glass


def drop_of_water(
    glass: Image.Image, view: Image.Image, rng: random.Random, cx: float, cy: float, size: float
) -> None:
    width, height = view.size
    wide, tall = size * rng.uniform(0.88, 1.0), size * rng.uniform(1.0, 1.25)
    side = int(tall * 2.6) + 4
    reach = 60 + size * 9
    left = min(max(0.0, cx - reach), width - 2 * reach)
    top = min(max(0.0, cy - reach), height - 2 * reach)
    seen = view.resize((side, side), BICUBIC, box=(left, top, left + 2 * reach, top + 2 * reach))
    seen = seen.transpose(Image.Transpose.ROTATE_180)

    scale = 4
    mask = Image.new("L", (side * scale, side * scale))
    draw = ImageDraw.Draw(mask)
    outline = []
    bumps = [rng.uniform(-0.05, 0.05) for _ in range(3)]
    for step in range(48):
        turn = step / 48 * math.tau
        bump = 1 + sum(b * math.cos((n + 2) * turn + n) for n, b in enumerate(bumps))
        sag = 1 + 0.10 * math.sin(turn)
        outline.append(
            (
                (side / 2 + math.cos(turn) * wide * bump / sag) * scale,
                (side / 2 + math.sin(turn) * tall * bump) * scale,
            )
        )
    draw.polygon(outline, fill=255)
    mask = mask.reduce(scale)
    inner = mask.filter(ImageFilter.GaussianBlur(size * 0.34))
    # Dark at the rim, where the light is bent away, darker above than below.
    rim = inner.point(lambda value: int(255 * min(1.0, max(0.0, (value / 255 - 0.42) * 2.3))))
    shift = ImageChops.offset(rim, 0, round(size * 0.16))
    seen = ImageChops.multiply(
        seen, Image.merge("RGB", [shift.point(lambda v: 70 + v * 185 // 255)] * 3)
    )
    seen = seen.point(lambda value: min(255, int(value * 1.22)))
    if size > 4:
        shine = Image.new("L", (side, side))
        dot_x, dot_y = side / 2 - wide * 0.34, side / 2 - tall * 0.42
        r = size * 0.13
        ImageDraw.Draw(shine).ellipse([dot_x - r, dot_y - r, dot_x + r, dot_y + r * 0.8], fill=210)
        shine = shine.filter(ImageFilter.GaussianBlur(size * 0.05))
        seen = ImageChops.screen(seen, Image.merge("RGB", [shine] * 3))
    spot = (int(cx - side / 2), int(cy - side / 2))
    shade = mask.filter(ImageFilter.GaussianBlur(size * 0.18)).point(lambda value: value * 2 // 5)
    glass.paste((6, 7, 12), (spot[0], spot[1] + max(1, round(size * 0.10))), shade)
    glass.paste(seen, spot, mask)


def city_rain() -> bytes:
    rng = random.Random(42)
    size = 1800, 1200
    light = city_lights(rng, size)
    steam = noise(rng, size, (4.0, 3.0), 6, 0.55)
    mist = (light.below(2.0).blur(110) * 0.16 + 0.002) * (steam * 0.5 + 0.8).above(0.0)
    view = develop(light * 1.6, rng, grain=0.0, vignette=0.0)
    glass = develop(light * 0.72 + mist, rng, grain=0.0, vignette=0.4)
    return jpeg(add_grain(rain_on_glass(view, glass, rng), rng, 2.6), 87)


def add_grain(picture: Image.Image, rng: random.Random, levels: float) -> Image.Image:
    """For what was put together after it was developed."""
    width, height = picture.size
    clump = speckle(rng, (width * 2 // 3, height * 2 // 3)).resize(picture.size) * levels
    bands = [(Field((band.convert("F"),)) + clump + 0.5).planes[0] for band in picture.split()]
    return Image.merge("RGB", [band.convert("L") for band in bands])


def trunk(
    masks: tuple[ImageDraw.ImageDraw, ImageDraw.ImageDraw],
    rng: random.Random,
    foot: tuple[float, float],
    wide: float,
    lean: float,
) -> None:
    """A trunk from its foot to beyond the top, into a mask and into a picture of its roundness."""
    mask, round_ = masks
    x, y = foot
    steps = 40
    sway, turn = rng.uniform(0.1, 0.5) * wide, rng.uniform(0, math.tau)
    spine = []
    for step in range(steps + 1):
        share = step / steps
        flare = 1 + 0.45 * math.exp(-share * 30)
        middle = x + lean * share + math.sin(share * 5 + turn) * sway
        spine.append((middle, y * (1 - share) - 30, wide * (1 - 0.45 * share) * flare / 2))
    left = [(m - half, at) for m, at, half in spine]
    right = [(m + half, at) for m, at, half in spine]
    mask.polygon([*left, *reversed(right)], fill=255)
    strips = max(5, int(wide / 3))
    for strip in range(strips):
        a, b = (strip / strips * 2 - 1, (strip + 1) / strips * 2 - 1)
        lit = 0.16 + 0.84 * max(abs(a + b) / 2, 0.0) ** 2.6 * (1.0 if a + b > 0 else 0.45)
        near = [(m + half * a, at) for m, at, half in spine]
        far = [(m + half * b + 1, at) for m, at, half in reversed(spine)]
        round_.polygon([*near, *far], fill=int(255 * lit))
    for _ in range(rng.randrange(3, 9)):
        middle, at, half = spine[rng.randrange(10, steps)]
        side = rng.choice((-1, 1))
        reach = wide * rng.uniform(1.0, 3.2)
        thick, bx, by, angle = half * rng.uniform(0.15, 0.4), middle, at, rng.uniform(-0.2, 0.8)
        for _ in range(9):
            nx = bx + side * reach / 9 * math.cos(angle)
            ny = by - reach / 9 * math.sin(angle)
            for draw, level in ((mask, 255), (round_, 70)):
                draw.line((bx, by, nx, ny), fill=level, width=max(1, int(thick)))
            bx, by, thick, angle = nx, ny, thick * 0.8, angle + rng.uniform(-0.25, 0.3)


def rays(light: Field, source: tuple[float, float], rounds: int = 6) -> Field:
    """Smeared away from `source` (px): every round doubles the smear's length."""
    width, height = light.size
    reach = 0.011
    for _ in range(rounds):
        keep = 1 - reach
        box = (
            source[0] * reach,
            source[1] * reach,
            source[0] * reach + width * keep,
            source[1] * reach + height * keep,
        )
        light = (light + light.stretch(box)) * 0.5
        reach *= 2
    return light


def forest_path() -> bytes:
    rng = random.Random(8)
    size = width, height = 1200, 1800
    x, y = coordinates(size)
    source = (0.40, 0.33)
    away = (square(x - source[0]) * 1.9 + square(y - source[1])).root()
    sun = (away * -5.2).exp()
    light = mix((0.09, 0.14, 0.125), (0.95, 0.80, 0.46), sun) + (away * -17.0).exp() * (
        1.6,
        1.3,
        0.8,
    )

    horizon = 0.585
    ground = (y - horizon).above(0.0)
    leaves = lay_out(tile(rng, 1024, (40, 40), 5, 0.9), size, horizon * height, 1.0, 230.0)
    patches = lay_out(tile(rng, 1024, (7, 7), 5, 0.7), size, horizon * height, 1.0, 90.0)
    middle = [
        0.375 + 0.06 * math.sin(0.42 / (max(0.0, n / height - horizon) + 0.075) - 0.4)
        for n in range(height)
    ]
    off = x - column(middle, width) + (leaves * 0.05 + patches * 0.07) * (ground + 0.01)
    on_path = 1.0 - smooth(0.75, 1.1, (off * off).root() / (ground * 0.40 + 0.010))
    moss = mix(
        (0.008, 0.016, 0.006), (0.070, 0.092, 0.026), smooth(-1.2, 1.5, leaves + patches * 0.4)
    )
    earth = mix(
        (0.045, 0.028, 0.017), (0.25, 0.165, 0.090), smooth(-1.4, 1.6, leaves + patches * 0.3)
    )
    fallen = smooth(0.75, 1.2, leaves) * (0.6 - on_path * 0.2)
    floor = mix(mix(moss, earth, on_path), (0.34, 0.150, 0.040), fallen)
    streaks = noise(rng, size, (5, 26), 5, 0.6)
    dapple = smooth(0.15, 0.9, patches * 0.5 + streaks)
    lamp = (square(x - 0.39) * -9.0).exp() * (ground * -2.6).exp()
    floor = floor * (
        dapple * lamp * (3.0, 2.6, 1.6) + lamp * (0.62, 0.60, 0.42) + (0.12, 0.15, 0.13)
    )

    bark = noise(rng, size, (170.0, 26.0), 5, 0.75)
    mist = noise(rng, size, (3.0, 8.0), 5, 0.5)
    layers = 9
    for layer in range(layers):
        near = layer / (layers - 1)
        foot = horizon + 0.004 + 0.27 * near**2.5
        haze = mix((0.095, 0.15, 0.130), (0.80, 0.68, 0.37), sun) * (1.0 + mist * 0.15)
        veil = 0.93 - 0.92 * near**0.62
        if layer == 3:
            light = mix(light, floor, smooth(0.0, 0.008, ground))
            veiled = (ground * -12.0).exp() * smooth(0.0, 0.004, ground) * 0.8
            light = mix(light, haze * 0.85, veiled)
        mask, round_ = (Image.new("L", (width * 2, height * 2)) for _ in range(2))
        drawn = (ImageDraw.Draw(mask), ImageDraw.Draw(round_))
        clear = 0.010 + 0.26 * near**0.95
        for _ in range(int(58 - 48 * near**0.7)):
            at = rng.uniform(-0.02, 0.69)
            if abs(at - 0.385) < clear * rng.uniform(0.85, 1.3):
                continue
            root = (foot + rng.uniform(-0.012, 0.012) * (0.3 + near)) * height * 2
            girth = (11 + 92 * near**1.7) * rng.uniform(0.6, 1.3) * 2
            trunk(drawn, rng, (at * height * 2, root), girth, rng.gauss(0, 40 + 50 * near))
        shape, rim = from_mask(mask.reduce(2)), from_mask(round_.reduce(2))
        side = smooth(0.55, -0.25, x - 0.30) * 0.8 + 0.2
        texture = (0.8 + bark * 0.5).above(0.10)
        wood = texture * (
            rim * side * (sun * 1.9 + 0.05) * (0.50, 0.42, 0.27) + (0.014, 0.016, 0.013)
        )
        light = mix(light, mix(wood, haze * (0.80 - 0.35 * near), veil), shape)

        crown = noise(rng, size, (8.0, 7.0), 8, 0.86)
        reach = 0.27 - 0.10 * near
        aside = square(x - 0.39) * (5.0 + 3.0 * near)
        cover = smooth(0.0, 0.22, crown * 0.42 + (reach - y) * 2.1 + aside * 0.55 - 0.34)
        turned = smooth(-1.3, 1.5, noise(rng, size, (90.0, 120.0), 3, 0.8))
        leaf = turned * (sun * 1.6 + 0.035) * (0.42, 0.52, 0.15) + (0.007, 0.012, 0.007)
        dim = mix(leaf, haze * (0.78 - 0.3 * near), veil)
        light = mix(light, dim, cover * 0.97)

        fern = noise(rng, size, (26.0, 60.0), 6, 0.9)
        bank = smooth(clear * 0.75, clear * 1.25 + 0.03, square(x - 0.385).root())
        tall = 0.012 + 0.055 * near
        tuft = smooth(-0.004, 0.012, y - foot + tall * 0.62 + fern * tall * 0.6) * bank
        tuft = tuft * smooth(foot + 0.02 + near * 0.30, foot + 0.005, y)
        blades = smooth(-1.1, 1.5, fern + bark * 0.6)
        green = blades * blades * (sun * 1.3 + lamp * 0.5 + 0.05) * (0.28, 0.34, 0.09)
        green += (0.005, 0.009, 0.005)
        light = mix(light, mix(green, haze * 0.7, veil), tuft)
        light = light + sun * sun * (0.035, 0.028, 0.016)

    bright = (light - 0.42).above(0.0).below(2.0)
    beams = rays(bright.resize((600, 900)), (source[0] * 900, source[1] * 900)).resize(size)
    light = light + beams * (0.85, 0.74, 0.47) + light.below(4.0).blur(24) * 0.06
    return jpeg(develop(light * 1.05, rng, grain=0.012, vignette=0.5), 84)


Lamp = tuple[float, float, float]


def shine(light: Field, lamp: Lamp, colour: Colour) -> None:
    """A lamp (x, y in px, strength) with its glow in damp air, added in place."""
    for reach, power in ((5, 5.0), (20, 0.40), (74, 0.085)):
        spread = max(3, int(reach * (0.45 + lamp[2] * 0.75)))
        shown: Colour = (colour[0] * power, colour[1] * power, colour[2] * power)
        spot = soft_spot((spread * 2, spread * 2))
        add_light(light, spot, int(lamp[0]) - spread, int(lamp[1]) - spread, shown)


def crane(draw: ImageDraw.ImageDraw, x: float, quay: float, tall: float, up: bool) -> list[Lamp]:
    """A container crane, its boom down over the water or up. Returns its lamps."""
    leg, thin = tall * 0.022, max(2, int(tall * 0.011))
    wide, deck, top = tall * 0.34, quay - tall * 0.56, quay - tall
    for side in (0, 1):
        draw.rectangle([x + side * wide - leg / 2, deck, x + side * wide + leg / 2, quay], fill=255)
        draw.rectangle(
            [x + side * wide - leg, quay - leg * 1.6, x + side * wide + leg, quay], fill=255
        )
    for low in (0.14, 0.38):
        draw.line((x, quay - tall * low, x + wide, quay - tall * low), fill=255, width=thin * 2)
    draw.line((x, quay - tall * 0.14, x + wide, quay - tall * 0.38), fill=255, width=thin)
    draw.line((x, deck, x + wide * 0.25, top), fill=255, width=thin * 2)
    draw.line((x + wide * 0.55, deck, x + wide * 0.25, top), fill=255, width=thin * 2)
    back, front = x + wide * 1.75, x - tall * 0.62
    tip = (x - tall * 0.30, deck - tall * 0.56) if up else (front, deck)
    for start, end in (((x, deck), tip), ((x, deck), (back, deck))):
        draw.line((*start, *end), fill=255, width=thin * 3)
        lift = tall * 0.045
        draw.line((start[0], start[1] - lift, end[0], end[1] - lift), fill=255, width=thin)
        for step in range(15):
            a, b = (s + (e - s) * step / 15 for s, e in zip(start, end, strict=True))
            c, d = (s + (e - s) * (step + 1) / 15 for s, e in zip(start, end, strict=True))
            up_down = (b - lift, d) if step % 2 else (b, d - lift)
            draw.line((a, up_down[0], c, up_down[1]), fill=255, width=max(1, thin // 2))
    mast = (x + wide * 0.25, top)
    for end in (tip, (back, deck), ((x + tip[0]) / 2, (deck + tip[1]) / 2)):
        draw.line((*mast, *end), fill=255, width=max(1, thin // 2))
    draw.rectangle([x + wide * 0.9, deck - tall * 0.09, x + wide * 1.45, deck], fill=255)
    draw.rectangle([x - tall * 0.10, deck + leg, x - tall * 0.05, deck + tall * 0.07], fill=255)
    return [
        (mast[0], top, 0.6),
        (tip[0], tip[1] - 4, 0.5),
        (x, deck + leg * 2, 1.0),
        (x + wide, deck + leg * 2, 1.0),
        (x - tall * 0.07, deck + tall * 0.08, 0.7),
    ]


def forbidden_harbour() -> bytes:
    rng = random.Random(31)
    size = width, height = 1600, 1000
    x, y = coordinates(size)
    quay = 0.63
    sky = mix((0.022, 0.045, 0.105), (0.13, 0.17, 0.27), smooth(0.0, 0.45, y))
    sky = mix(
        sky, (0.78, 0.33, 0.17), smooth(0.30, 0.66, y) ** 1.5 * (((x - 0.5) ** 2.0) * -0.9).exp()
    )
    cloud = noise(rng, size, (3.0, 9.0), 7, 0.56)
    sky = mix(
        sky, (0.055, 0.060, 0.105), smooth(0.0, 1.2, cloud) * (1.0 - smooth(0.35, 0.62, y)) * 0.8
    )
    sky = mix(sky, (0.62, 0.24, 0.17), smooth(0.1, 1.0, cloud * -1.0) * smooth(0.25, 0.5, y) * 0.35)

    lamps: list[Lamp] = []
    light = sky
    edge = quay * height
    for depth, tone, count in ((0.30, 0.60, 9), (0.55, 0.30, 4), (1.0, 0.0, 2)):
        mask = Image.new("L", (width * 2, height * 2))
        draw = ImageDraw.Draw(mask)
        tall = height * 2 * (0.12 + 0.36 * depth**1.3)
        for number in range(count):
            at = (number + rng.uniform(0.2, 0.7)) / count
            at = at if depth < 1 else (0.57, 0.86)[number]
            found = crane(draw, at * width * 2, edge * 2, tall, rng.random() < 0.4)
            lamps += [(a / 2, b / 2, s * (0.3 + 0.7 * depth)) for a, b, s in found]
        for _ in range(int(70 * (1.2 - depth))):
            left, high = rng.uniform(0, width * 2), rng.randrange(1, 5)
            unit = 9 + 22 * depth
            draw.rectangle([left, edge * 2 - high * unit, left + unit * 2.4, edge * 2], fill=255)
        if depth == 1.0:
            ship(draw, (0.10 * width * 2, edge * 2 + 16), width * 2 * 0.40, rng)
            lamps += [(0.425 * width, edge - 128, 0.8), (0.44 * width, edge - 96, 0.6)]
            lamps += [(0.115 * width, edge - 70, 0.5)]
            lamps += [
                (0.445 * width + n * 9, edge - 142 + m * 15, 0.02)
                for n in range(5)
                for m in range(5)
            ]
        draw.rectangle([0, edge * 2 - 5, width * 2, edge * 2 + 6], fill=255)
        shape = from_mask(mask.reduce(2))
        body = mix((0.014, 0.017, 0.028), (0.40, 0.235, 0.205), y * 0.0 + tone)
        light = mix(light, body, shape)
        light = mix(light, (0.42, 0.24, 0.20), smooth(0.50, quay, y) * 0.20 * (1.2 - depth))
        for _ in range(34 if depth < 1.0 else 0):
            lamps.append((rng.uniform(0, width), edge - rng.uniform(4, 30), rng.uniform(0.15, 0.6)))
        for lamp in lamps:
            shine(light, lamp, (1.0, 0.62, 0.26) if rng.random() < 0.8 else (0.75, 0.95, 1.0))
        lamps = []

    # The water shows what is above it, drawn out and broken by ripples.
    flipped = light.each(lambda p: p.transpose(Image.Transpose.FLIP_TOP_BOTTOM))
    mirror = flipped.offset(0, round(2 * edge - height))
    slope = tile(rng, 768, (6, 14), 4, 0.62)
    ripple = lay_out(slope - slope.offset(0, 1), size, edge - 26, 0.8, 170.0) * 1.2
    long = lay_out(tile(rng, 768, (4, 11), 3, 0.5), size, edge - 26, 0.8, 60.0)
    drawn_out = mirror.blur(2.5)
    for reach in (1, 2, 4, 8):
        drawn_out = (
            drawn_out + drawn_out.offset(0, reach * 5) + drawn_out.offset(0, -reach * 5)
        ) * (1 / 3)
    share = (0.45 + ripple * 3.2 + long * 0.18).clip()
    up_there = mix((0.020, 0.036, 0.075), (0.15, 0.12, 0.16), smooth(1.0, quay, y))
    water = mix(up_there * 0.55, drawn_out * 1.05, share) * (1.0 - smooth(quay, 1.1, y) * 0.35)
    light = mix(light, water, ((y - quay) * height - 2.5).clip())
    return jpeg(develop(light * 1.35, rng, grain=0.013, vignette=0.4), 86)


def ship(
    draw: ImageDraw.ImageDraw, at: tuple[float, float], long: float, rng: random.Random
) -> None:
    """A container ship, its bow to the left, from its bow's water line."""
    x, y = at
    hull = [
        (-0.02, 0.115),
        (0.06, 0.105),
        (0.08, 0.085),
        (1.0, 0.085),
        (1.01, 0.02),
        (0.98, 0.0),
        (0.02, 0.0),
    ]
    draw.polygon([(x + a * long, y - b * long) for a, b in hull], fill=255)
    unit = long * 0.033
    for column_ in range(22):
        high = rng.randrange(2, 6) if column_ < 20 else 1
        left = x + long * 0.10 + column_ * unit * 1.04
        draw.rectangle(
            [left, y - long * 0.085 - high * unit * 0.72, left + unit, y - long * 0.08], fill=255
        )
    house = x + long * 0.84
    draw.rectangle([house, y - long * 0.27, house + long * 0.07, y - long * 0.08], fill=255)
    draw.rectangle(
        [house - long * 0.02, y - long * 0.25, house + long * 0.09, y - long * 0.225], fill=255
    )
    draw.rectangle(
        [house + long * 0.085, y - long * 0.21, house + long * 0.12, y - long * 0.08], fill=255
    )
    draw.line(
        (house + long * 0.03, y - long * 0.33, house + long * 0.03, y - long * 0.2),
        fill=255,
        width=5,
    )


def dunes() -> Image.Image:
    rng = random.Random(17)
    size = width, height = 1280, 853
    _, y = coordinates(size)
    light = mix((0.10, 0.24, 0.48), (0.80, 0.60, 0.42), smooth(0.0, 0.60, y))
    cirrus = noise(rng, size, (2.6, 9.0), 7, 0.58)
    light = mix(light, (1.05, 0.80, 0.62), smooth(0.25, 1.3, cirrus) * 0.55)
    ripples = lay_out(tile(rng, 1024, (9, 60), 4, 0.6), size, 0.30 * height, 1.0, 170.0)
    for layer in range(5):
        near = layer / 4
        base = 0.53 + 0.34 * near**1.3
        relief = 0.045 + 0.10 * near
        margin = 500
        wide = width + 2 * margin
        folded = wander(rng, wide, 5.2 - 1.2 * near, 1, 0.0)
        line = [(0.55 - abs(value)) * relief * 1.3 for value in folded]
        top = [base - value for value in line[margin:-margin]]
        below = y - row(top, height)
        # Lit from the left. A crest runs down towards the viewer, in a bend: its row of slopes is
        # moved aside, more so the further down.
        lean = [(b - a) / 3 for a, b in zip(line, line[3:] + line[-3:], strict=True)]
        strip = row([value / relief * 160 for value in lean], 1).planes[0]
        slopes = Image.new("F", size)
        for down in range(height):
            depth = down / height - base + relief * 0.7
            aside = 520 * depth + (20 + 30 * near) * math.sin(depth * (30 - 14 * near))
            left = min(max(0.0, margin + aside), 2.0 * margin)
            box = (left, 0, left + width, 1)
            slopes.paste(strip.resize((width, 1), BICUBIC, box=box), (0, down))
        rounding = noise(rng, size, (3.0, 3.0), 3, 0.5)
        lit = smooth(-0.45, 0.25, Field((slopes,)) + rounding * 0.10 + 0.05)
        lit = lit * (0.82 + rounding * 0.14)
        sand = mix((0.135, 0.060, 0.050), (1.05, 0.52, 0.20), lit)
        sand = sand * (1.0 + ripples * (0.07 + 0.13 * near) * (below * 16.0).clip())
        sand = sand * (1.0 + speckle(rng, size) * 0.04 * near)
        haze = 0.62 * (1 - near) ** 1.4
        light = mix(light, mix(sand, (0.80, 0.56, 0.40), haze), (below * height + 0.5).clip())
    for cx, cy, radius, colours in (
        (0.50, 0.265, 0.150, ((0.75, 0.06, 0.035), (0.95, 0.74, 0.40))),
        (1.12, 0.335, 0.060, ((0.04, 0.16, 0.34), (0.90, 0.84, 0.72))),
        (0.93, 0.180, 0.036, ((0.85, 0.42, 0.05), (0.28, 0.05, 0.09))),
    ):
        light = balloon(light, (cx, cy), radius, colours)
    return develop(light * 0.92, rng, grain=0.010, vignette=0.35)


def balloon(
    light: Field, middle: tuple[float, float], radius: float, colours: tuple[Colour, Colour]
) -> Field:
    """A hot-air balloon: a ball above, drawn together to its mouth, in gores of two colours."""
    size = width, height = light.size
    x, y = coordinates(size)
    dx, dy = (x - middle[0]) * (1 / radius), (y - middle[1]) * (1 / radius)
    low = dy.above(0.0)
    half = ((1.0 - dy.below(0.0) ** 2.0).root() * (1.0 - low * low * 0.56)).above(0.02)
    across = (dx / half).above(-1.2).below(1.2)
    inside = ((half - (dx * dx).root()) * (radius * height) + 0.5).clip()
    inside = (
        inside * ((1.22 - dy) * (radius * height)).clip() * ((dy + 1.0) * (radius * height)).clip()
    )
    bulge = (1.0 - across * across).root()
    # Gores are equally wide round the balloon: asin(across), near enough, in steps.
    turn = across * (1.0 + across * across * 0.32)
    stripes = Field((Image.new("F", size),))
    for edge in range(-4, 5, 2):
        centre = edge * 0.32 + 0.16
        stripes = stripes + smooth(0.175, 0.15, square(turn - centre).root())
    shade = (across * -0.55 + bulge * 0.55 - dy * 0.22 + 0.35).above(0.07)
    skin = mix(colours[0], colours[1], stripes.clip()) * shade
    skin = skin + (((across + 0.42) ** 2.0 + (dy + 0.38) ** 2.0) * -9.0).exp() * 0.16
    light = mix(light, skin, inside)
    mask = Image.new("L", (width * 4, height * 4))
    draw = ImageDraw.Draw(mask)
    unit, cx, cy = radius * height * 4, middle[0] * height * 4, middle[1] * height * 4
    for side in (-1, 1):
        ends = (cx + side * unit * 0.19, cy + unit * 1.2, cx + side * unit * 0.10, cy + unit * 1.56)
        draw.line(ends, fill=170, width=max(2, int(unit * 0.012)))
    basket = [cx - unit * 0.115, cy + unit * 1.54, cx + unit * 0.115, cy + unit * 1.74]
    draw.rounded_rectangle(basket, unit * 0.03, fill=255)
    return mix(light, (0.075, 0.035, 0.018), from_mask(mask.reduce(4)))


def upside_down() -> bytes:
    """As a camera held upside down stores it: orientation 3, its own name, and where it was."""
    exif = Image.Exif()
    exif[0x0112] = 3
    exif[0x010F], exif[0x0110] = "Darkroom", "Sample Camera 3"
    exif[0x0132] = "2024:06:21 05:42:00"
    ratio = TiffImagePlugin.IFDRational
    exif.get_ifd(0x8825).update(
        {
            1: "S",
            2: (ratio(24), ratio(43), ratio(39)),
            3: "E",
            4: (ratio(15), ratio(17), ratio(24)),
        }
    )
    return jpeg(dunes().transpose(Image.Transpose.ROTATE_180), 88, exif=exif)


def logo() -> bytes:
    """An iris of six blades before a safelight, with the name; glow and shadow fade to nothing."""
    width, height = 1040, 420
    scale = 3
    centre, radius = (210.0, 210.0), 132.0

    def sheet() -> tuple[Image.Image, ImageDraw.ImageDraw]:
        mask = Image.new("L", (width * scale, height * scale))
        return mask, ImageDraw.Draw(mask)

    def around(angle: float, reach: float) -> tuple[float, float]:
        turn = math.radians(angle)
        return (
            (centre[0] + math.cos(turn) * reach) * scale,
            (centre[1] + math.sin(turn) * reach) * scale,
        )

    result = Image.new("RGBA", (width, height), (226, 62, 28, 0))
    x, y = coordinates((width, height))
    dx, dy = x - centre[0] / height, y - centre[1] / height
    far = (dx * dx + dy * dy).root()
    glow = (smooth(0.49, 0.20, far) ** 2.0 * 150.0 + 0.5).planes[0].convert("L")
    result.putalpha(glow)

    for blade in range(6):
        mask, draw = sheet()
        start = blade * 60 - 90
        hub, next_hub = around(start, radius * 0.40), around(start + 60, radius * 0.40)
        rim = [around(start + 14 + step * 2, radius) for step in range(31)]
        draw.polygon([hub, *rim, next_hub], fill=255)
        shape = mask.reduce(scale)
        light = 0.5 + 0.5 * math.cos(math.radians(start + 130))
        colour = (int(150 + 98 * light), int(28 + 98 * light**1.5), int(18 + 34 * light**2))
        result.paste((*colour, 255), (0, 0), shape)
    seams, draw = sheet()
    for blade in range(6):
        start = blade * 60 - 90
        draw.line(
            [around(start, radius * 0.40), around(start + 14, radius * 1.01)], fill=255, width=11
        )
        draw.line(
            [around(start, radius * 0.40), around(start + 60, radius * 0.40)], fill=255, width=11
        )
    hole, draw = sheet()
    draw.polygon([around(blade * 60 - 90, radius * 0.385) for blade in range(6)], fill=255)
    cut = ImageChops.lighter(seams, hole).reduce(scale)
    result.putalpha(ImageChops.subtract(result.getchannel("A"), cut))

    text, draw = sheet()
    face = font(134 * scale)
    draw.text((385 * scale, 216 * scale), "Darkroom", 255, face, "lm", stroke_width=5)
    shape = text.reduce(scale)
    ink = Image.new("RGBA", (width, height), (196, 44, 22, 0))
    ramp = Image.linear_gradient("L").rotate(90).resize((width, height))
    warm = Image.composite(
        Image.new("RGB", ink.size, (243, 128, 58)), Image.new("RGB", ink.size, (190, 38, 20)), ramp
    )
    shadow = shape.filter(ImageFilter.GaussianBlur(9)).point(lambda v: v * 2 // 5)
    ink.putalpha(ImageChops.offset(shadow, 0, 7))
    warm.putalpha(shape)
    ink.alpha_composite(warm)
    result.alpha_composite(ink)
    return png(result)


SCREEN_ROWS = (
    ("dusk-mountains.jpg", "2400 x 1500", "published", (46, 139, 87)),
    ("sea-glitter.jpg", "2000 x 1334", "published", (46, 139, 87)),
    ("forbidden-harbour.jpg", "1600 x 1000", "in review", (196, 128, 24)),
    ("still-life.jpg", "1680 x 1200", "published", (46, 139, 87)),
    ("broken.jpg", "unreadable", "invalid", (190, 58, 52)),
    ("forest-path.jpg", "1200 x 1800", "published", (46, 139, 87)),
    ("city-rain.jpg", "1800 x 1200", "processing", (70, 110, 190)),
)


def screenshot() -> bytes:
    """A window full of small text and hairlines, at the two-fold density of today's screens."""
    width, height, k = 1600, 1000, 2
    image = Image.new("RGB", (width, height), (0, 0, 0))
    ramp = Image.linear_gradient("L").resize((width, height))
    image.paste(Image.new("RGB", image.size, (64, 78, 108)))
    image.paste(Image.new("RGB", image.size, (138, 98, 112)), (0, 0), ramp)
    shadow = Image.new("L", (width, height))
    box = (40 * k, 34 * k, 760 * k, 462 * k)
    ImageDraw.Draw(shadow).rounded_rectangle(
        (box[0], box[1] + 12 * k, box[2], box[3] + 12 * k), 11 * k, fill=130
    )
    image.paste((8, 8, 16), (0, 0), shadow.filter(ImageFilter.GaussianBlur(15 * k)))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle(box, 11 * k, fill=(252, 252, 253))

    ink, grey, line = (32, 34, 40), (128, 132, 142), (228, 230, 235)

    def write(
        x: float, y: float, text: str, size: float, colour: Any = ink, bold: bool = False
    ) -> None:
        weight = 0.6 if bold else 0
        draw.text((x * k, y * k), text, colour, font(size * k), "lm", stroke_width=weight)

    draw.rounded_rectangle((box[0], box[1], 210 * k, box[3]), 11 * k, fill=(240, 241, 244))
    draw.rectangle((195 * k, box[1], 210 * k, box[3]), fill=(252, 252, 253))
    draw.rectangle((194 * k, box[1], 195 * k - 1, box[3]), fill=line)
    for number, colour in enumerate(((236, 106, 94), (245, 191, 79), (98, 197, 84))):
        left = (56 + number * 20) * k
        draw.ellipse((left, 49 * k, left + 12 * k, 61 * k), fill=colour)
    write(56, 92, "LIBRARY", 9.5, grey)
    for number, (name, count) in enumerate(
        (("All uploads", "128"), ("Published", "119"), ("In review", "3"), ("Invalid", "6"))
    ):
        y = 114 + number * 27
        if number == 0:
            draw.rounded_rectangle(
                (48 * k, (y - 12) * k, 187 * k, (y + 12) * k), 6 * k, fill=(216, 226, 244)
            )
        write(60, y, name, 12.5, ink, bold=number == 0)
        draw.text((179 * k, y * k), count, grey, font(11.5 * k), "rm")
    write(56, 236, "RECIPES", 9.5, grey)
    for number, name in enumerate(("default", "portrait", "press")):
        write(60, 258 + number * 25, name, 12.5)

    write(218, 60, "All uploads", 17, ink, bold=True)
    draw.rounded_rectangle((560 * k, 47 * k, 740 * k, 73 * k), 7 * k, outline=line, width=k)
    write(572, 60, "Search by name", 11.5, grey)
    for left, title in ((218, "Name"), (440, "Size"), (560, "Status")):
        write(left, 104, title, 10.5, grey)
    draw.rectangle((210 * k, 119 * k, 748 * k, 119 * k), fill=line)
    for number, (name, size, status, colour) in enumerate(SCREEN_ROWS):
        y = 139 + number * 38
        write(218, y, name, 13)
        write(440, y, size, 12, grey)
        wide = draw.textlength(status, font(11 * k)) / k
        tint = tuple(255 - (255 - c) // 7 for c in colour)
        draw.rounded_rectangle(
            (560 * k, (y - 10) * k, (576 + wide) * k, (y + 10) * k), 10 * k, fill=tint
        )
        write(568, y, status, 11, colour)
        draw.rectangle((218 * k, (y + 19) * k, 740 * k, (y + 19) * k), fill=(238, 239, 243))
    write(218, 430, "A picture is published once, under a name that never changes.", 11.5, grey)
    draw.rounded_rectangle((662 * k, 417 * k, 740 * k, 443 * k), 7 * k, fill=(206, 62, 36))
    draw.text((701 * k, 430 * k), "Upload", (255, 255, 255), font(12 * k), "mm", stroke_width=0.4)
    return png(image)


def broken() -> bytes:
    """A transfer that ended too early."""
    rng = random.Random(3)
    size = 720, 480
    whole = jpeg(develop(dusk_sky(rng, size, (0.9, 0.8)), rng, grain=0.02), 84, progressive=False)
    return whole[: len(whole) // 2]


SAMPLES: dict[str, Callable[[], bytes]] = {
    "dusk-mountains.jpg": dusk_mountains,
    "sea-glitter.jpg": sea_glitter,
    "still-life.jpg": still_life,
    "city-rain.jpg": city_rain,
    "forest-path.jpg": forest_path,
    "forbidden-harbour.jpg": forbidden_harbour,
    "upside-down.jpg": upside_down,
    "logo.png": logo,
    "screenshot.png": screenshot,
    "broken.jpg": broken,
}


def draw(name: str) -> bytes:
    return SAMPLES[name]()


def main(arguments: list[str]) -> None:
    folder = Path(arguments[0]) if arguments else Path(__file__).parent
    folder.mkdir(parents=True, exist_ok=True)
    names = arguments[1:] or list(SAMPLES)
    # Two at a time: the largest takes 600 MB.
    with ProcessPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        for name, data in zip(names, pool.map(draw, names), strict=True):
            (folder / name).write_bytes(data)


if __name__ == "__main__":
    main(sys.argv[1:])
