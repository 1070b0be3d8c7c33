"""A record as the page shows it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from darkroom import statuses
from darkroom.contracts import MadeFile, MadeVariant
from darkroom.keys import EXTENSIONS
from darkroom.previews import preview_rendition
from review.pages import PictureLink, QueueItem, Resembled, ReviewView, TrailLine, VariantLink

# A function's answer ends at 6 MB, and its body travels as Base64:
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_SHOWN_BYTES = 4_000_000


def view_of(
    record: Mapping[str, Any],
    token: str,
    now: datetime,
    *,
    trail: Iterable[Mapping[str, Any]] = (),
    resembled: Resembled | None = None,
) -> ReviewView:
    """`record` with links that are relative to the base of the pages."""
    review = record.get("review", {})
    source = record.get("source", {})
    variants = waiting_variants(record)
    return ReviewView(
        image=record["image"],
        version=record["version"],
        status=record["status"],
        flags=_flags(record),
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
        token=token,
        decision=review.get("decision"),
        reviewer=review.get("reviewer"),
        decided_at=review.get("decided_at"),
        reason=review.get("reason"),
        note=review.get("note"),
        preview=f"{_page(token)}/preview" if has_preview(record) else None,
        refusal=record.get("reason", {}).get("detail"),
        resembled=resembled,
        trail=tuple(
            TrailLine(
                entry["event"],
                entry["at"],
                entry.get("by"),
                entry.get("decision"),
                entry.get("reason"),
                entry.get("note"),
            )
            for entry in trail
        ),
    )


def resembled_view(record: Mapping[str, Any], token: str) -> Resembled:
    """The rejected picture that another one resembles; `token` leads to its page."""
    review = record.get("review", {})
    taken_back = review.get("decision") != "reject"
    if taken_back:
        review = {}
    return Resembled(
        image=record["image"],
        href=_page(token),
        preview=f"{_page(token)}/preview" if has_preview(record) else None,
        taken_back=taken_back,
        reviewer=review.get("reviewer"),
        decided_at=review.get("decided_at"),
        reason=review.get("reason"),
        note=review.get("note"),
    )


def queue_item(
    record: Mapping[str, Any], token: str, holder: str | None, now: datetime
) -> QueueItem:
    review = record["review"]
    waiting = now - datetime.fromisoformat(review["requested_at"])
    return QueueItem(
        image=record["image"],
        href=_page(token),
        open=f"{_page(token)}/open",
        preview=f"{_page(token)}/preview" if has_preview(record) else None,
        flags=_flags(record),
        requested_at=review["requested_at"],
        waiting_seconds=max(0, int(waiting.total_seconds())),
        seconds_left=_seconds_left(review, now),
        holder=holder,
    )


def plain_view(view: ReviewView) -> dict[str, Any]:
    """A review for a program; links relative to the page's own address."""
    own = f"{_page(view.token)}/"

    def relative(href: str) -> str:
        return f"{view.token}/{href.removeprefix(own)}"

    fields = {
        "image": view.image,
        "version": view.version,
        "status": view.status,
        "flags": [{"rule": rule, "detail": detail} for rule, detail in view.flags],
        "caption": view.caption,
        "source": {
            "format": view.format,
            "width": view.width,
            "height": view.height,
            "bytes": view.bytes,
            "uploaded_at": view.uploaded_at,
        },
        "requested_at": view.requested_at,
        "deadline_at": view.deadline_at,
        "decision": view.decision,
        "reviewer": view.reviewer,
        "decided_at": view.decided_at,
        "reason": view.reason,
        "note": view.note,
        "picture": relative(view.picture.href) if view.picture else None,
        "variants": [
            {
                "name": variant.name,
                "kind": variant.kind,
                "width": variant.width,
                "height": variant.height,
                "href": relative(variant.href),
            }
            for variant in view.variants
        ],
    }
    return {name: value for name, value in fields.items() if value is not None}


def has_preview(record: Mapping[str, Any]) -> bool:
    """True where a small picture is kept: while it waits, once published, once rejected."""
    return preview_of(record) is not None or record["status"] in (
        statuses.PUBLISHED,
        statuses.REJECTED,
    )


def preview_of(record: Mapping[str, Any]) -> tuple[str, str] | None:
    """Variant and format of a small file among those that wait."""
    return small_file(waiting_variants(record))


def small_file(variants: Iterable[MadeVariant]) -> tuple[str, str] | None:
    """Variant and format of a small file that stands for the picture; None where none can be
    shown."""
    shown = {
        variant: file
        for variant in variants
        if variant.kind == "rendition" and (file := shown_file(variant))
    }
    chosen = preview_rendition(list(shown))
    return (chosen.name, shown[chosen].format) if chosen else None


def _page(token: str) -> str:
    return f"reviews/{token}"


def _flags(record: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((flag["rule"], flag["detail"]) for flag in record.get("flags", []))


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
    return f"{_page(token)}/files/{variant.name}.{EXTENSIONS[file.format]}"


def _seconds_left(review: Mapping[str, str], now: datetime) -> int:
    if "deadline_at" not in review:
        return 0
    return max(0, int((datetime.fromisoformat(review["deadline_at"]) - now).total_seconds()))
