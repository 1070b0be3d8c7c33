from __future__ import annotations

import random

from scenes.city_lights import city_lights
from scenes.paint.encode import jpeg
from scenes.paint.film import add_grain, develop
from scenes.paint.noise import noise
from scenes.raindrops import rain_on_glass


def picture() -> bytes:
    rng = random.Random(42)
    size = 1800, 1200
    light = city_lights(rng, size)
    steam = noise(rng, size, (4.0, 3.0), 6, 0.55)
    mist = (light.below(2.0).blur(110) * 0.16 + 0.002) * (steam * 0.5 + 0.8).above(0.0)
    view = develop(light * 1.6, rng, grain=0.0, vignette=0.0)
    glass = develop(light * 0.72 + mist, rng, grain=0.0, vignette=0.4)
    return jpeg(add_grain(rain_on_glass(view, glass, rng), rng, 2.6), 87)
