"""Records as they are shown at a terminal."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console

from cli.listing import description, listing, why
from cli.records import public
from cli.style import json_text

RECORD: dict[str, Any] = {
    "image": "trip/a.jpg",
    "version": "0123456789abcdef",
    "status": "PUBLISHED",
    "created_at": "2026-11-20T06:00:00.000Z",
    "updated_at": "2026-11-20T06:00:05.000Z",
    "manifest_key": "trip/a.jpg/manifest.json",
    "flags": [],
}


def printed(renderable: Any) -> str:
    console = Console(width=200, no_color=True)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()


def test_json_cannot_steer_the_terminal_and_stays_what_it_was() -> None:
    value = {"image": "\x1b[31m\x9b31m\x7f\u202egpj.exe\u2028\u2066 ü 雪\n"}

    text = json_text(value)

    assert json.loads(text) == value
    assert "ü 雪" in text
    assert {letter for letter in text if not letter.isprintable()} == {"\n"}


def test_names_cannot_steer_the_terminal() -> None:
    record = RECORD | {"image": "a\x1b[2J\x07\n[bold red]b\u202egpj.jpg"}

    for shown in (printed(listing([record])), printed(description(record, "published", None))):
        assert "\x1b[2J" not in shown
        assert "\u202e" not in shown
        assert "a\ufffd[2J\ufffd\ufffd[bold red]b\ufffdgpj.jpg" in shown


def test_a_listing_counts_by_status() -> None:
    shown = printed(listing([RECORD, RECORD, RECORD | {"status": "FAILED"}]))

    assert shown.strip().endswith("1 FAILED, 2 PUBLISHED")


def test_why_is_the_reason_the_error_or_the_rules() -> None:
    reason = {"code": "truncated", "detail": "it ends early"}
    error = {"step": "Resize", "error": "Lambda.Unknown", "cause": "boom"}
    flags = [{"rule": "keyword", "detail": "x"}, {"rule": "low_resolution", "detail": "y"}]

    assert why(RECORD | {"reason": reason}) == "truncated"
    assert why(RECORD | {"error": error}) == "Resize: Lambda.Unknown"
    assert why(RECORD | {"flags": flags}) == "keyword, low_resolution"
    assert why(RECORD) == ""


def test_a_take_down_is_explained_by_its_reason() -> None:
    retraction = {"by": "Ann", "at": "2026-11-20T07:00:00.000Z", "reason": "a notice"}
    record = RECORD | {"status": "RETRACTED", "retraction": retraction}

    assert why(record) == "a notice"
    shown = printed(description(record, "published", None))
    for name, value in retraction.items():
        assert f"retraction {name}: {value}" in shown


def test_what_the_machinery_keeps_in_a_record_is_not_shown() -> None:
    kept = ("task_token", "upload", "lease", "preview", "likeness", "outline", "review_queue")
    item = {name: {"S": "secret"} for name in kept} | {"image": {"S": "a.jpg"}}

    assert public(item) == {"image": "a.jpg"}


def test_a_description_has_all_that_there_is_to_know() -> None:
    review = {"decision": "approve", "reviewer": "Ann", "reason": "art"}
    shown = printed(description(RECORD | {"review": review}, "published", "https://x/reviews/y"))

    for expected in (
        "trip/a.jpg PUBLISHED",
        "version: 0123456789abcdef",
        "review reviewer: Ann",
        "review reason: art",
        "manifest: s3://published/trip/a.jpg/manifest.json",
        "link: https://x/reviews/y",
    ):
        assert expected in shown
