"""Which part of a picture is taken, and where on it something goes."""

from __future__ import annotations

from darkroom.scaling import Box

Place = tuple[float, float]

# Where the room that is left goes, that of a crop or beside a mark: before it, across and down.
PLACES: dict[str, Place] = {
    "north-west": (0.0, 0.0),
    "north": (0.5, 0.0),
    "north-east": (1.0, 0.0),
    "west": (0.0, 0.5),
    "center": (0.5, 0.5),
    "east": (1.0, 0.5),
    "south-west": (0.0, 1.0),
    "south": (0.5, 1.0),
    "south-east": (1.0, 1.0),
}


def largest_part(box: Box, size: tuple[int, int], place: Place = PLACES["center"]) -> Box:
    """The largest part of `box` (left, top, right, bottom in px) in the proportions of `size`
    (width x height), at `place`; on whole px where it has that very size."""
    left, top, right, bottom = box
    wide, high = right - left, bottom - top
    share = min(wide / size[0], high / size[1])
    width, height = min(wide, size[0] * share), min(high, size[1] * share)
    x, y = (wide - width) * place[0], (high - height) * place[1]
    if share == 1:  # nothing but the crop is to be done, and that within whole px changes none
        x, y = round(x), round(y)
    return (left + x, top + y, left + x + width, top + y + height)
