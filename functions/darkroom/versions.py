"""Which of an image's versions counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def is_replaced(record: Mapping[str, Any], newest: tuple[str, str] | None) -> bool:
    """True where a newer upload came after this run began: a decision on it would be void.

    `newest`: when the image's newest version came (ISO 8601), and which it is. An older version
    that somebody reopened since is no such case.
    """
    if newest is None or newest[1] == record["version"]:
        return False
    began: str = record.get("claimed_at", record["created_at"])
    return newest[0] > began
