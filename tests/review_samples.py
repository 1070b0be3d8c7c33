"""Reviews as the pages show them, made up."""

from __future__ import annotations

from dataclasses import replace

from darkroom import statuses
from review.pages import (
    Desk,
    Done,
    PictureLink,
    QueueItem,
    QueueView,
    Resembled,
    ReviewView,
    TrailLine,
    VariantLink,
)

TOKEN = "eyJ0.c2ln"
OTHER_TOKEN = "eyJ1.c2ln"

REASONS = ("Nudity", "Violence", "Personal data", "Not ours to publish", "Poor quality")

TRAIL = (
    TrailLine("requested", "2025-11-20T06:04:11Z", None, None, None, None),
    TrailLine("reminded", "2025-11-21T06:04:11Z", None, None, None, None),
    TrailLine("opened", "2025-11-21T10:14:00Z", "Ana Ruiz", None, None, None),
    TrailLine("decided", "2025-11-21T10:15:00Z", "Ana Ruiz", "approve", None, "Only the word."),
)

RESEMBLED = Resembled(
    image="trip/harbour.jpg",
    href=f"reviews/{OTHER_TOKEN}",
    preview=f"reviews/{OTHER_TOKEN}/preview",
    reviewer="Bo Lind",
    decided_at="2025-10-02T08:00:00Z",
    reason="Personal data",
    note="Faces in front.",
)

VIEW = ReviewView(
    image="trip/forbidden a b+ü.jpg",
    version="9f3c2ab41d7e0c55",
    status=statuses.IN_REVIEW,
    flags=(
        ("keyword", "the file name contains “forbidden”"),
        ("low_resolution", "the shorter side has 240 px, the least is 320 px"),
    ),
    caption="Seen on Sunday.\nNear the station.",
    width=2560,
    height=1600,
    bytes=4_312_889,
    format="JPEG",
    uploaded_at="2025-11-20T05:59:01.123456+00:00",
    requested_at="2025-11-20T06:04:11+00:00",
    deadline_at="2025-11-27T07:04:11+01:00",
    seconds_left=540_000,
    picture=PictureLink(f"reviews/{TOKEN}/files/w1280.jpg", 1280, 800, "The uploaded picture"),
    variants=(
        VariantLink("w320", "rendition", None, 320, 200, f"reviews/{TOKEN}/files/w320.jpg"),
        VariantLink("noir", "filter", "grayscale", 960, 600, f"reviews/{TOKEN}/files/noir.jpg"),
    ),
    token=TOKEN,
)

RESEMBLING = replace(
    VIEW,
    flags=(("resembles_rejected", "nearest rejected picture: trip/harbour.jpg"),),
    resembled=RESEMBLED,
)

DECIDED = replace(
    VIEW,
    status=statuses.PUBLISHED,
    decision="approve",
    reviewer="Ana Ruiz",
    decided_at="2025-11-21T10:15:00+00:00",
    note="Only the word.\nNothing else.",
    trail=TRAIL,
)

REJECTED = replace(
    RESEMBLING,
    status=statuses.REJECTED,
    decision="reject",
    reviewer="Bo Lind",
    decided_at="2025-11-21T10:15:00+00:00",
    reason="Not ours to publish",
    picture=None,
    variants=(),
    preview=f"reviews/{TOKEN}/preview",
    trail=TRAIL[:3],
)

EXPIRED = replace(VIEW, status=statuses.EXPIRED, picture=None, variants=(), trail=TRAIL[:2])

DESK = Desk(
    reviewer="Ana Ruiz",
    rule="keyword",
    previous=f"reviews/{OTHER_TOKEN}?rule=keyword",
    next=f"reviews/{OTHER_TOKEN}?rule=keyword",
    done=Done("trip/before.jpg", f"reviews/{OTHER_TOKEN}", "approve"),
)
HELD = replace(DESK, holder="Bo Lind", done=None)


def item(number: int, token: str = TOKEN) -> QueueItem:
    return QueueItem(
        image=f"trip/forbidden {number}.jpg",
        href=f"reviews/{token}",
        open=f"reviews/{token}/open",
        preview=f"reviews/{token}/preview",
        flags=(("keyword", "the word"), ("low_resolution", "too small"))[: 1 + number % 2],
        requested_at="2025-11-20T06:04:11Z",
        waiting_seconds=10_900 - 800 * number,
        seconds_left=540_000 if number else 1800,
        holder="Bo Lind" if number == 1 else None,
    )


QUEUE = QueueView(
    reviewer="Ana Ruiz",
    items=tuple(item(number) for number in range(9)),
    rules=("keyword", "low_resolution", "resembles_rejected"),
    rule="",
    more=f"?after={OTHER_TOKEN}",
    first=True,
    replaced=2,
)
EMPTY_QUEUE = replace(QUEUE, items=(), rules=(), more=None, replaced=0)
