"""A sheet that shows what `gravity: auto` keeps of each picture, beside the crop of the centre.

    python -m bench.crops FOLDER OUT.jpg

For each picture: the whole with the boxes (white: centre, yellow: auto), then centre and auto.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image, ImageDraw

from darkroom.contracts import Variant
from darkroom.errors import ImageError
from darkroom.images import load_reduced
from darkroom.recipes import Gravity
from darkroom.scaling import scale
from resize.renditions import crop_box, make_rendition

# Width to height.
PROPORTIONS = ((1, 1), (9, 16), (3, 1))
GRAVITIES: tuple[tuple[Gravity, str], ...] = (("center", "white"), ("auto", "yellow"))
LONGER_SIDE_PX = 150
GAP_PX = 6
GROUND = (32, 32, 32)


def main() -> None:
    parser = argparse.ArgumentParser(description="Centre crops and automatic ones, side by side.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    rows = [
        row(picture)
        for path in sorted(arguments.folder.iterdir())
        if path.is_file() and (picture := opened(path))
    ]
    sheet(rows).save(arguments.out, quality=65)
    print(f"{arguments.out}: {len(rows)} pictures")


def opened(path: Path) -> Image.Image | None:
    try:
        source = load_reduced(path.read_bytes(), at_least=(2 * LONGER_SIDE_PX, 2 * LONGER_SIDE_PX))
    except ImageError:
        return None
    return source.image


def row(picture: Image.Image) -> Image.Image:
    """The whole picture, and both crops of it in each of the proportions."""
    tiles = []
    for proportions in PROPORTIONS:
        variants = [variant(picture, proportions, gravity) for gravity, _ in GRAVITIES]
        tiles.append(with_boxes(picture, variants))
        tiles += [shrunk(make_rendition(picture, each)) for each in variants]
    return side_by_side(tiles)


def variant(picture: Image.Image, proportions: tuple[int, int], gravity: Gravity) -> Variant:
    share = min(picture.width / proportions[0], picture.height / proportions[1])
    width, height = (max(1, round(side * share)) for side in proportions)
    return Variant("crop", "rendition", width, height, "cover", gravity)


def with_boxes(picture: Image.Image, variants: list[Variant]) -> Image.Image:
    shown = on_ground(picture)
    draw = ImageDraw.Draw(shown)
    line = max(1, max(shown.size) // 100)
    for each, (_, colour) in zip(variants, GRAVITIES, strict=True):
        left, top, right, bottom = crop_box(picture, each, (0, 0, *picture.size))
        draw.rectangle((left, top, right - 1, bottom - 1), outline=colour, width=line)
    return shrunk(shown)


def shrunk(image: Image.Image) -> Image.Image:
    share = LONGER_SIDE_PX / max(image.size)
    width, height = (max(1, round(side * share)) for side in image.size)
    return on_ground(scale(image, width, height))


def on_ground(image: Image.Image) -> Image.Image:
    ground = Image.new("RGBA", image.size, GROUND)
    ground.alpha_composite(image.convert("RGBA"))
    return ground.convert("RGB")


def side_by_side(tiles: list[Image.Image]) -> Image.Image:
    result = Image.new("RGB", (len(tiles) * (LONGER_SIDE_PX + GAP_PX), LONGER_SIDE_PX), GROUND)
    for place, tile in enumerate(tiles):
        left = place * (LONGER_SIDE_PX + GAP_PX) + (LONGER_SIDE_PX - tile.width) // 2
        result.paste(tile, (left, (LONGER_SIDE_PX - tile.height) // 2))
    return result


def sheet(rows: list[Image.Image]) -> Image.Image:
    height = max(1, len(rows) * (LONGER_SIDE_PX + GAP_PX))
    result = Image.new("RGB", (max([1, *(row.width for row in rows)]), height), GROUND)
    for place, row in enumerate(rows):
        result.paste(row, (0, place * (LONGER_SIDE_PX + GAP_PX)))
    return result


if __name__ == "__main__":
    main()
