"""Draws the sample pictures, by default beside itself: `samples/draw.py [FOLDER [NAME…]]`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from scenes import (
    broken,
    city_rain,
    dusk_mountains,
    forbidden_harbour,
    forest_path,
    logo,
    screenshot,
    sea_glitter,
    still_life,
    upside_down,
)

SAMPLES: dict[str, Callable[[], bytes]] = {
    "dusk-mountains.jpg": dusk_mountains.picture,
    "sea-glitter.jpg": sea_glitter.picture,
    "still-life.jpg": still_life.picture,
    "city-rain.jpg": city_rain.picture,
    "forest-path.jpg": forest_path.picture,
    "forbidden-harbour.jpg": forbidden_harbour.picture,
    "upside-down.jpg": upside_down.picture,
    "logo.png": logo.picture,
    "screenshot.png": screenshot.picture,
    "broken.jpg": broken.picture,
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
