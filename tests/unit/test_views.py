"""A record as the review page shows it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from darkroom import statuses
from darkroom.contracts import MadeFile, MadeVariant
from review.views import MAX_SHOWN_BYTES, shown_file, view_of, waiting_variants

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
    assert (view.picture.href, view.picture.width) == ("token/files/large.jpg", 640)
    assert [shown.href for shown in view.variants] == [
        "token/files/small.jpg",
        "token/files/large.jpg",
        "token/files/noir.jpg",
    ]
    assert view.action == "token/decision"


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
    assert (view.picture.href, view.picture.width) == ("token/files/large.webp", 640)
    assert [shown.href for shown in view.variants] == [
        "token/files/small.webp",
        "token/files/large.webp",
        "token/files/huge.jpg",
        "token/files/still.jpg",
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
