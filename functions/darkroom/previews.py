"""Which rendition stands for a picture where there is little room."""

from __future__ import annotations

from collections.abc import Sequence

from darkroom.contracts import MadeVariant

# On the longer side: nothing smaller tells much.
LEAST_PREVIEW_PX = 240


def preview_rendition(renditions: Sequence[MadeVariant]) -> MadeVariant | None:
    """The smallest that is not tiny, of tiny ones the largest; one that shows the whole picture
    comes before any crop, which would hide a part."""
    if not renditions:
        return None
    largest = max(renditions, key=lambda one: one.width * one.height)

    def rank(one: MadeVariant) -> tuple[bool, bool, int]:
        tiny = max(one.width, one.height) < LEAST_PREVIEW_PX
        return not is_whole(one, largest), tiny, -one.width if tiny else one.width

    return min(renditions, key=rank)


def is_whole(rendition: MadeVariant, largest: MadeVariant) -> bool:
    """True where it has the largest one's proportions, within a pixel: sizes are rounded."""
    return abs(rendition.height - rendition.width * largest.height / largest.width) <= 1
