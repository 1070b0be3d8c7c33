"""A part that stands for a picture: tiles from all over it, each with room around it, since what an
encoder does at a tile's edge it would not do within the picture."""

from __future__ import annotations

from PIL import Image

# A multiple of what encoders take at once: 16 px in JPEG (4:2:0) and WebP, 64 px in AVIF.
TILE_PX = 96
MARGIN_PX = 8
INNER_PX = TILE_PX - 2 * MARGIN_PX
GRID_PX = 16
# Measured (docs/performance.md): fewer tiles miss the target more often, more cost more.
MOST_TILES = 15
MOST_SHARE = 0.45


class Sample:
    """`image`: of `picture` (RGB), tiles side by side; a small picture itself."""

    def __init__(self, picture: Image.Image) -> None:
        columns, rows = _grid(picture.size)
        self._tiles = (columns, rows)
        if not columns:
            self.image = picture
            return
        self.image = Image.new("RGB", (columns * TILE_PX, rows * TILE_PX))
        for row in range(rows):
            for column in range(columns):
                left = _place(column, columns, picture.width)
                top = _place(row, rows, picture.height)
                tile = picture.crop((left, top, left + TILE_PX, top + TILE_PX))
                self.image.paste(tile, (column * TILE_PX, row * TILE_PX))

    def inner(self, image: Image.Image) -> Image.Image:
        """Of `image`, which is the sample's as an encoder made it, what its tiles' edges leave."""
        columns, rows = self._tiles
        if not columns:
            return image
        inner = Image.new("RGB", (columns * INNER_PX, rows * INNER_PX))
        for row in range(rows):
            for column in range(columns):
                left, top = column * TILE_PX + MARGIN_PX, row * TILE_PX + MARGIN_PX
                tile = image.crop((left, top, left + INNER_PX, top + INNER_PX))
                inner.paste(tile, (column * INNER_PX, row * INNER_PX))
        return inner


def _grid(size: tuple[int, int]) -> tuple[int, int]:
    """Columns and rows of tiles, in about the picture's proportions; none where it is to be taken
    whole."""
    width, height = size
    if min(size) < TILE_PX or width * height <= MOST_TILES * TILE_PX**2:
        return 0, 0
    most = min(MOST_TILES, int(MOST_SHARE * width * height / TILE_PX**2))
    columns = max(1, min(width // TILE_PX, most, round((most * width / height) ** 0.5)))
    return columns, max(1, min(height // TILE_PX, most // columns))


def _place(number: int, count: int, side: int) -> int:
    """Where the tile of this `number` begins: in the middle of its part of the `side`."""
    middle = (number + 0.5) * side / count
    return int(middle - TILE_PX / 2) // GRID_PX * GRID_PX
