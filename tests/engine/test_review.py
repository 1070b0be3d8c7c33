"""Whole runs of pictures that wait for a person."""

from __future__ import annotations

import re
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import pytest

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
    assert manifest["review"] == record["review"]
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
