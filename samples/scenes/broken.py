from __future__ import annotations

import random

from scenes.dusk_sky import dusk_sky
from scenes.paint.encode import jpeg
from scenes.paint.film import develop


def picture() -> bytes:
    """A transfer that ended too early."""
    rng = random.Random(3)
    sky = dusk_sky(rng, (720, 480), (0.9, 0.8))
    whole = jpeg(develop(sky, rng, grain=0.02), 84, progressive=False)
    return whole[: len(whole) // 2]
