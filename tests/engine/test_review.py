"""Whole runs of pictures that wait for a person."""

from __future__ import annotations

import io
import re
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import pytest
from PIL import Image

from cli import records
from cli.places import SAMPLES
from cli.reviews import review_link
from darkroom import statuses
from tests.conftest import Darkroom, wait_for
from tests.pictures import jpeg

pytestmark = pytest.mark.engine


def link_in(messages: list[dict[str, Any]], image: str) -> str:
    [text] = [message["text"] for message in messages if image in message["text"]]
    found = re.search(r"https?://\S+/reviews/\S+", text)
    assert found, text
    return found[0]


def get(url: str) -> tuple[int, str]:
    return send(urllib.request.Request(url))


def post(url: str, **form: str) -> tuple[int, str]:
    return send(urllib.request.Request(url, urllib.parse.urlencode(form).encode()))


def send(request: urllib.request.Request) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(errors="replace")


def flagged(darkroom: Darkroom, name: str) -> tuple[dict[str, Any], str]:
    """A picture that waits, and its link as the reviewers got it."""
    messages = darkroom.listen("ReviewTopicArn")
    record = darkroom.run(name, jpeg(name))
    assert record["status"] == statuses.IN_REVIEW, record
    return record, link_in(wait_for(messages, lambda: "no review message"), name)


def test_a_word_in_the_name_or_the_metadata_keeps_a_picture_back(darkroom: Darkroom) -> None:
    by_name = darkroom.run("held/forbidden 1.jpg", jpeg("held 1"))
    by_caption = darkroom.run("held/harmless.jpg", jpeg("held 2"), {"caption": "A Forbidden thing"})

    for record in (by_name, by_caption):
        assert record["status"] == statuses.IN_REVIEW
        assert [flag["rule"] for flag in record["flags"]] == ["keyword"]
        assert record["review"]["deadline_at"] > record["review"]["requested_at"]
        assert "task_token" not in record
    assert darkroom.keys("PublishedBucket", "held/") == []
    assert len(darkroom.keys("WorkBucket", "waiting/held/")) > 0


def test_the_link_shows_the_picture_the_rule_and_the_deadline(darkroom: Darkroom) -> None:
    record, link = flagged(darkroom, "shown/forbidden.jpg")

    status, page = get(link)

    assert status == 200
    assert "the word &#34;forbidden&#34; is in the file name" in page
    assert record["review"]["deadline_at"][:16] in page
    source = re.search(r'<img src="([^"]+)"[^>]*fetchpriority="high"', page)
    assert source
    status, _ = get(urllib.parse.urljoin(link, source[1]))
    assert status == 200
    assert darkroom.wait("shown/forbidden.jpg", statuses.IN_REVIEW) == record


def test_approve_publishes_and_records_who_and_when(darkroom: Darkroom) -> None:
    _, link = flagged(darkroom, "approved/forbidden.jpg")

    status, page = post(f"{link}/decision", decision="approve", reviewer="Ann", note="it is fine")

    assert (status, "Ann" in page) == (200, True)
    record = darkroom.wait("approved/forbidden.jpg", statuses.PUBLISHED)
    assert record["review"]["decision"] == "approve"
    assert record["review"]["reviewer"] == "Ann"
    assert record["review"]["note"] == "it is fine"
    assert record["review"]["decided_at"] > record["review"]["requested_at"]
    manifest = darkroom.manifest("approved/forbidden.jpg")
    private = {"note", "reason", "via"}
    told = {name: value for name, value in record["review"].items() if name not in private}
    assert manifest["review"] == told
    listed = {file["key"] for variant in manifest["variants"] for file in variant["files"]}
    assert set(darkroom.keys("PublishedBucket", "approved/")) == {
        *listed,
        "approved/forbidden.jpg/manifest.json",
    }
    assert darkroom.keys("WorkBucket", "waiting/approved/") == []


def test_reject_publishes_nothing_and_removes_what_waited(darkroom: Darkroom) -> None:
    _, link = flagged(darkroom, "rejected/forbidden.jpg")

    post(f"{link}/decision", decision="reject", reviewer="Bob")

    record = darkroom.wait("rejected/forbidden.jpg", statuses.REJECTED)
    assert record["review"]["reviewer"] == "Bob"
    assert darkroom.keys("PublishedBucket", "rejected/") == []
    assert darkroom.keys("WorkBucket", "waiting/rejected/") == []
    again = darkroom.run("rejected/once-more.jpg", jpeg("rejected/forbidden.jpg"))
    assert [flag["rule"] for flag in again["flags"]] == ["resembles_rejected"]


def test_the_second_decision_is_told_of_the_first(darkroom: Darkroom) -> None:
    _, link = flagged(darkroom, "contested/forbidden.jpg")

    post(f"{link}/decision", decision="approve", reviewer="Ann")
    status, page = post(f"{link}/decision", decision="reject", reviewer="Bob")

    assert (status, "Ann" in page) == (409, True)
    assert darkroom.wait("contested/forbidden.jpg", *statuses.ENDED)["status"] == statuses.PUBLISHED


def test_a_decision_on_a_picture_that_was_replaced_is_void(darkroom: Darkroom) -> None:
    name = "replaced/forbidden.jpg"
    first, link = flagged(darkroom, name)
    darkroom.upload(name, jpeg("another picture under the name"))
    second = wait_for(
        lambda: next(
            (
                record
                for record in records.versions(darkroom.stack, name)
                if record["version"] != first["version"] and record["status"] == statuses.IN_REVIEW
            ),
            None,
        ),
        lambda: "the newer picture does not wait",
    )

    status, page = post(f"{link}/decision", decision="approve", reviewer="Ann")

    assert (status, "A newer picture has taken its place" in page) == (409, True)
    assert darkroom.wait(name, statuses.IN_REVIEW, version=first["version"]) == first
    listed = [one["version"] for one in records.in_review(darkroom.stack) if one["image"] == name]
    assert listed == [second["version"]]
    assert darkroom.keys("PublishedBucket", "replaced/") == []
    status, _ = post(
        f"{review_link(darkroom.stack, second)}/decision", decision="approve", reviewer="Ann"
    )
    assert status == 200
    darkroom.wait(name, statuses.PUBLISHED, version=second["version"])


def test_a_rejected_picture_is_known_again_however_it_was_changed(darkroom: Darkroom) -> None:
    picture = sample()
    first = darkroom.run("known/forbidden.jpg", encoded(picture))
    post(f"{review_link(darkroom.stack, first)}/decision", decision="reject", reviewer="Bob")
    rejected = darkroom.wait("known/forbidden.jpg", statuses.REJECTED)

    width, height = picture.size
    copies = {
        "known/recompressed.jpg": encoded(picture, quality=40),
        "known/half.jpg": encoded(picture.resize((width // 2, height // 2))),
        "known/cropped.jpg": encoded(picture.crop((0, 0, width * 97 // 100, height))),
        "known/other.jpg": encoded(picture.transpose(Image.Transpose.ROTATE_180)),
    }
    for name, data in copies.items():
        darkroom.upload(name, data)

    *known, other = (darkroom.wait(name, statuses.IN_REVIEW, *statuses.ENDED) for name in copies)
    assert other["status"] == statuses.PUBLISHED
    for record in known:
        [flag] = record["flags"]
        assert flag["rule"] == "resembles_rejected", record
        assert flag["resembles"] == {"image": rejected["image"], "version": rejected["version"]}
    link = review_link(darkroom.stack, known[0])
    _, page = get(link)
    shown = re.search(r'href="\.\./(reviews/[\w.-]+)">[^/]*known/forbidden\.jpg', page)
    assert shown, page
    status, earlier = get(urllib.parse.urljoin(link, f"../{shown[1]}"))
    assert (status, "Bob</bdi></b> rejected this picture" in earlier) == (200, True)
    status, _ = get(urllib.parse.urljoin(link, f"../{shown[1]}/preview"))
    assert status == 200


def sample() -> Image.Image:
    """A scene of 600 px: a likeness wants something to see."""
    with Image.open(SAMPLES / "still-life.jpg") as image:
        image.thumbnail((600, 600))
        return image.convert("RGB")


def encoded(image: Image.Image, quality: int = 90) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
