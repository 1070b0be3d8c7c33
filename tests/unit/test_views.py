"""A record as the review page shows it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from darkroom import statuses
from darkroom.contracts import MadeFile, MadeVariant
from review.views import (
    MAX_SHOWN_BYTES,
    plain_view,
    preview_of,
    queue_item,
    resembled_view,
    shown_file,
    view_of,
    waiting_variants,
)

NOW = datetime(2025, 11, 20, 12, tzinfo=UTC)
TOO_LARGE = MAX_SHOWN_BYTES + 1


def variant(
    name: str, width: int, height: int, *files: tuple[str, int], kind: str = "rendition"
) -> dict[str, Any]:
    """A file called "webp!" moves."""
    made = [
        {"format": format.removesuffix("!"), "bytes": size}
        | ({"animated": True} if format.endswith("!") else {})
        for format, size in files
    ]
    return {"name": name, "kind": kind, "width": width, "height": height, "files": made}


def record(*variants: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "image": "a.jpg",
        "version": "0" * 16,
        "status": statuses.IN_REVIEW,
        "created_at": "2025-11-20T06:00:00.000Z",
        "review": {
            "requested_at": "2025-11-20T06:00:01.000Z",
            "deadline_at": "2025-11-20T13:00:00.000Z",
        },
        "outline": json.dumps({"caption": "Near the station", "variants": variants}),
        **changes,
    }


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([("avif", 5), ("webp", 5), ("jpeg", 5)], "jpeg"),
        ([("avif", 5), ("png", MAX_SHOWN_BYTES)], "png"),
        ([("avif", 5), ("webp", 5), ("png", TOO_LARGE)], "webp"),
        ([("avif", TOO_LARGE), ("png", TOO_LARGE)], None),
    ],
)
def test_the_file_that_every_browser_knows_is_shown_unless_it_is_too_large(
    files: list[tuple[str, int]], expected: str | None
) -> None:
    made = MadeVariant("a", "rendition", 9, 9, tuple(MadeFile(*file) for file in files))

    shown = shown_file(made)

    assert (shown.format if shown else None) == expected


def test_the_picture_is_the_largest_rendition_that_can_be_shown() -> None:
    view = view_of(
        record(
            variant("small", 320, 200, ("jpeg", 5)),
            variant("large", 640, 400, ("avif", 5), ("jpeg", 5)),
            variant("huge", 1280, 800, ("jpeg", TOO_LARGE)),
            variant("noir", 960, 600, ("jpeg", 5), kind="filter"),
        ),
        "token",
        NOW,
    )

    assert view.picture is not None
    assert (view.picture.href, view.picture.width) == ("reviews/token/files/large.jpg", 640)
    assert [shown.href for shown in view.variants] == [
        "reviews/token/files/small.jpg",
        "reviews/token/files/large.jpg",
        "reviews/token/files/noir.jpg",
    ]
    assert view.token == "token"


def test_of_an_animation_the_reviewer_sees_what_moves() -> None:
    view = view_of(
        record(
            variant("small", 320, 200, ("avif", 5), ("webp!", 5), ("jpeg", 5)),
            variant("large", 640, 400, ("avif", 5), ("webp!", MAX_SHOWN_BYTES), ("jpeg", 5)),
            variant("huge", 1280, 800, ("avif", 5), ("webp!", TOO_LARGE), ("jpeg", 5)),
            variant("still", 1920, 1200, ("avif", 5), ("webp", 5), ("jpeg", 5)),
        ),
        "token",
        NOW,
    )

    assert view.picture is not None
    assert (view.picture.href, view.picture.width) == ("reviews/token/files/large.webp", 640)
    assert [shown.href for shown in view.variants] == [
        "reviews/token/files/small.webp",
        "reviews/token/files/large.webp",
        "reviews/token/files/huge.jpg",
        "reviews/token/files/still.jpg",
    ]


def test_without_a_rendition_there_is_no_picture() -> None:
    view = view_of(record(variant("noir", 960, 600, ("jpeg", 5), kind="filter")), "token", NOW)

    assert view.picture is None
    assert len(view.variants) == 1


def test_after_the_end_nothing_waits() -> None:
    ended = record(status=statuses.REJECTED)
    del ended["outline"]

    view = view_of(ended, "token", NOW)

    assert waiting_variants(ended) == ()
    assert (view.picture, view.variants, view.caption) == (None, (), None)


@pytest.mark.parametrize(
    ("deadline_at", "seconds"),
    [
        ("2025-11-20T13:00:00.000Z", 3600),
        ("2025-11-20T12:00:01.900Z", 1),
        ("2025-11-20T12:00:00.000Z", 0),
        ("2025-11-20T11:00:00.000Z", 0),
    ],
)
def test_the_time_left_never_falls_below_nothing(deadline_at: str, seconds: int) -> None:
    review = {"requested_at": "2025-11-20T06:00:01.000Z", "deadline_at": deadline_at}

    assert view_of(record(review=review), "token", NOW).seconds_left == seconds


def test_a_record_from_before_its_review_can_be_shown() -> None:
    early = {name: record()[name] for name in ("image", "version", "created_at")}

    view = view_of({**early, "status": statuses.PROCESSING}, "token", NOW)

    assert view.seconds_left == 0
    assert view.requested_at == early["created_at"]
    assert (view.decision, view.reviewer, view.flags) == (None, None, ())


def test_the_preview_is_the_smallest_picture_that_is_not_tiny() -> None:
    waiting = record(
        variant("w64", 64, 40, ("jpeg", 5)),
        variant("w320", 320, 200, ("avif", 5), ("jpeg", 5)),
        variant("w640", 640, 400, ("jpeg", 5)),
        variant("noir", 300, 188, ("jpeg", 5), kind="filter"),
    )

    assert preview_of(waiting) == ("w320", "jpeg")


def test_a_preview_hides_no_part_of_the_picture() -> None:
    waiting = record(
        variant("square", 400, 400, ("jpeg", 5)),
        variant("w640", 640, 400, ("jpeg", 5)),
        variant("w1280", 1280, 800, ("jpeg", 5)),
    )

    assert preview_of(waiting) == ("w640", "jpeg")


def test_of_tiny_pictures_the_largest_is_the_preview() -> None:
    waiting = record(variant("w32", 32, 20, ("jpeg", 5)), variant("w64", 64, 40, ("jpeg", 5)))

    assert preview_of(waiting) == ("w64", "jpeg")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (statuses.PUBLISHED, "reviews/token/preview"),
        (statuses.REJECTED, "reviews/token/preview"),
        (statuses.EXPIRED, None),
        (statuses.RETRACTED, None),
        (statuses.INVALID, None),
    ],
)
def test_what_is_published_or_rejected_still_has_a_preview(
    status: str, expected: str | None
) -> None:
    ended = record(status=status)
    del ended["outline"]

    assert view_of(ended, "token", NOW).preview == expected


def test_a_card_of_the_queue_says_how_long_it_waits_and_how_long_it_may() -> None:
    card = queue_item(
        record(variant("w320", 320, 200, ("jpeg", 5)), flags=[{"rule": "keyword", "detail": "x"}]),
        "token",
        "Bo Lee",
        NOW,
    )

    assert (card.href, card.open) == ("reviews/token", "reviews/token/open")
    assert card.preview == "reviews/token/preview"
    assert card.waiting_seconds == 6 * 3600 - 1
    assert card.seconds_left == 3600
    assert (card.flags, card.holder) == ((("keyword", "x"),), "Bo Lee")


def test_a_resembled_picture_is_shown_with_who_rejected_it_and_why() -> None:
    review = record()["review"] | {
        "decision": "reject",
        "reviewer": "Bo Lee",
        "decided_at": "2025-11-19T06:00:01.000Z",
        "reason": "Copyright",
    }
    shown = resembled_view(record(status=statuses.REJECTED, review=review), "other")

    assert (shown.href, shown.preview) == ("reviews/other", "reviews/other/preview")
    assert (shown.reviewer, shown.reason, shown.note) == ("Bo Lee", "Copyright", None)


def test_a_program_gets_links_that_hold_beside_the_pages_own_address() -> None:
    waiting = record(
        variant("w320", 320, 200, ("jpeg", 5)), flags=[{"rule": "keyword", "detail": "x"}]
    )

    plain = plain_view(view_of(waiting, "token", NOW))

    assert plain["picture"] == "token/files/w320.jpg"
    assert plain["variants"] == [
        {
            "name": "w320",
            "kind": "rendition",
            "width": 320,
            "height": 200,
            "href": "token/files/w320.jpg",
        }
    ]
    assert plain["flags"] == [{"rule": "keyword", "detail": "x"}]
    assert "decision" not in plain
    assert json.loads(json.dumps(plain)) == plain
