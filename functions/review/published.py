"""Of a published picture, the file to show on a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from darkroom.errors import ObjectMissing

LEAST_PX = 240
MAX_BYTES = 4_000_000


def small_file(manifest: Mapping[str, Any], version: str) -> tuple[str, str]:
    """Key and format of the smallest rendition that is not tiny, in its fallback format.

    Raises ObjectMissing where the manifest is of another version, or has nothing to show.
    """
    if manifest.get("version") != version:
        raise ObjectMissing(f"expected the manifest of {version}, got {manifest.get('version')}")
    renditions = [
        (max(variant["width"], variant["height"]), variant["files"][-1])
        for variant in manifest["variants"]
        if variant["kind"] == "rendition" and variant["files"][-1]["bytes"] <= MAX_BYTES
    ]
    if not renditions:
        raise ObjectMissing("expected a rendition in the manifest, got none")
    enough = [one for one in renditions if one[0] >= LEAST_PX]
    _, file = min(enough, key=_side) if enough else max(renditions, key=_side)
    return file["key"], file["format"]


def _side(one: tuple[int, Any]) -> int:
    return one[0]
