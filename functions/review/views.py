"""A record as the page shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from darkroom.contracts import MadeFile, MadeVariant
from darkroom.keys import EXTENSIONS
from review.pages import PictureLink, ReviewView, VariantLink

# A function's answer ends at 6 MB, and its body travels as Base64:
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_SHOWN_BYTES = 4_000_000


def view_of(record: Mapping[str, Any], token: str, now: datetime) -> ReviewView:
    """`record` with links that are relative to `<base>/reviews/<token>`."""
    review = record.get("review", {})
    source = record.get("source", {})
    variants = waiting_variants(record)
    return ReviewView(
        image=record["image"],
        version=record["version"],
        status=record["status"],
        flags=tuple((flag["rule"], flag["detail"]) for flag in record.get("flags", [])),
        caption=_outline(record).get("caption"),
        width=source.get("width", 0),
        height=source.get("height", 0),
        bytes=source.get("bytes", 0),
        format=source.get("format", "unknown"),
        uploaded_at=source.get("uploaded_at", record["created_at"]),
        requested_at=review.get("requested_at", record["created_at"]),
        deadline_at=review.get("deadline_at", record["created_at"]),
        seconds_left=_seconds_left(review, now),
        picture=_picture(record["image"], variants, token),
        variants=tuple(
            VariantLink(
                variant.name,
                variant.kind,
                variant.filter,
                variant.width,
                variant.height,
                _href(token, variant, file),
            )
            for variant in variants
            if (file := shown_file(variant))
        ),
        action=f"{token}/decision",
        decision=review.get("decision"),
        reviewer=review.get("reviewer"),
        decided_at=review.get("decided_at"),
        note=review.get("note"),
    )


def waiting_variants(record: Mapping[str, Any]) -> tuple[MadeVariant, ...]:
    """What waits for the decision; nothing once it was made and carried out."""
    return msgspec.convert(_outline(record).get("variants", []), tuple[MadeVariant, ...])


def shown_file(variant: MadeVariant) -> MadeFile | None:
    """Of what fits into an answer, the file that moves, for nobody should approve what they have
    not seen; else the last format: the fallback, which every browser knows."""
    fitting = [file for file in variant.files if file.bytes <= MAX_SHOWN_BYTES]
    moving = [file for file in fitting if file.animated]
    preferred = moving or fitting
    return preferred[-1] if preferred else None


def _outline(record: Mapping[str, Any]) -> dict[str, Any]:
    outline: dict[str, Any] = json.loads(record.get("outline", "{}"))
    return outline


def _picture(image: str, variants: tuple[MadeVariant, ...], token: str) -> PictureLink | None:
    """The largest rendition that can be shown; of an animation, the largest that moves."""
    shown = [
        (variant, file)
        for variant in variants
        if variant.kind == "rendition" and (file := shown_file(variant))
    ]
    if not shown:
        return None
    largest, file = max(
        shown, key=lambda one: (bool(one[1].animated), one[0].width * one[0].height)
    )
    return PictureLink(
        _href(token, largest, file), largest.width, largest.height, f"The picture {image}"
    )


def _href(token: str, variant: MadeVariant, file: MadeFile) -> str:
    return f"{token}/files/{variant.name}.{EXTENSIONS[file.format]}"


def _seconds_left(review: Mapping[str, str], now: datetime) -> int:
    if "deadline_at" not in review:
        return 0
    return max(0, int((datetime.fromisoformat(review["deadline_at"]) - now).total_seconds()))
