"""Whose a key of the published bucket is.

A file's last two parts are a version and a variant, and a variant's name has no slash; a manifest's
last part is its name. So it is plain whose a key is, even where an image is called
`a/manifest.json`, or `a/<16 hex digits>/b.jpg`: only the end of the key counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from darkroom.keys import EXTENSIONS, MANIFEST_NAME

FILE = re.compile(
    rf"(?P<image>.+)/(?P<version>[0-9a-f]{{16}})/[^/]+\.(?:{'|'.join(EXTENSIONS.values())})",
    re.DOTALL,
)
MANIFEST = re.compile(rf"(?P<image>.+)/{re.escape(MANIFEST_NAME)}", re.DOTALL)


@dataclass(frozen=True)
class Published:
    """`version` of a file; None of a manifest, whose key does not say it."""

    image: str
    version: str | None


def parse_key(key: str) -> Published | None:
    """None for what somebody else put there."""
    if file := FILE.fullmatch(key):
        return Published(file["image"], file["version"])
    if manifest := MANIFEST.fullmatch(key):
        return Published(manifest["image"], None)
    return None
