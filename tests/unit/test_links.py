"""Review links: what is signed, what is refused, and what the message around a link says."""

from __future__ import annotations

import re
from typing import Any

import pytest

from darkroom.errors import DarkroomError
from darkroom.keyring import Key, Keyring
from darkroom.links import MESSAGE, PURPOSES, BadLink, ExpiredLink, Link, read, sign
from darkroom.sealing import seal
from review.message import reminder_message, request_message

KEYS = Keyring((Key("a secret of the tests, 32 letters"),))
OTHERS = Keyring((Key("another secret, as long as the one"),))
VERSION = "9f3c2ab41d7e0c55"
LONGEST_KEY = "".join(chr(0x4E00 + 61 * index) for index in range(341))  # 1023 bytes

FLAGS = (
    {"rule": "keyword", "detail": 'the file name contains "forbidden"'},
    {"rule": "low_resolution", "detail": "240 px of 320 px"},
)
ONE_FLAG = ({"rule": "keyword", "detail": "x"},)
DEADLINE = "2025-11-27T06:04:11.250000+00:00"
URL = "https://review.example/reviews/abc.def"


@pytest.mark.parametrize(
    "image", ["a.jpg", "trip/a b+ü.jpg", "東京/雪.jpg", "a\nb\x00.jpg", "a" * 1024, LONGEST_KEY]
)
def test_a_token_reads_as_what_was_signed(image: str) -> None:
    token = sign(KEYS, image, VERSION, 1000)

    assert read(KEYS, token, 999) == Link(image, VERSION, 1000)


@pytest.mark.parametrize("image", ["a.jpg", "trip/a b+ü/?&#%.jpg", "a" * 1024, LONGEST_KEY])
def test_a_token_needs_no_escaping_in_a_url_and_stays_short(image: str) -> None:
    token = sign(KEYS, image, VERSION, 1_763_600_000)

    assert re.fullmatch(r"[A-Za-z0-9_.-]+", token)
    assert len(token) < 1500


def test_a_link_is_dead_from_its_expiry_on_and_says_what_it_was() -> None:
    token = sign(KEYS, "a.jpg", VERSION, 1000)

    with pytest.raises(ExpiredLink) as caught:
        read(KEYS, token, 1000)

    assert caught.value.link == Link("a.jpg", VERSION, 1000)
    assert isinstance(caught.value, DarkroomError)


@pytest.mark.parametrize("image", ["a.jpg", "a" * 300])  # plain and compressed payload
def test_no_character_of_a_token_can_be_changed(image: str) -> None:
    token = sign(KEYS, image, VERSION, 1000)
    accepted = []
    for index, letter in enumerate(token):
        for other in "ABQgw_-.":
            altered = token[:index] + other + token[index + 1 :]
            if other != letter and not _is_refused(altered):
                accepted.append(altered)

    assert accepted == []


@pytest.mark.parametrize("end", ["A", "=", "==", "!", ".", " ", "\n", "%", "é"])
def test_nothing_can_be_added_to_a_token(end: str) -> None:
    assert _is_refused(sign(KEYS, "a.jpg", VERSION, 1000) + end)


@pytest.mark.parametrize("token", ["", ".", "..", "a", "a.b", ".eJx.b", "☃", "\ud800", "a" * 9000])
def test_what_was_never_a_token_is_a_bad_link(token: str) -> None:
    assert _is_refused(token)


def test_a_token_signed_with_another_secret_is_a_bad_link() -> None:
    assert _is_refused(sign(OTHERS, "a.jpg", VERSION, 1000))


def test_an_expired_token_of_another_secret_is_bad_rather_than_expired() -> None:
    token = sign(OTHERS, "a.jpg", VERSION, 1000)

    with pytest.raises(BadLink):
        read(KEYS, token, 2000)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_link_says_what_it_is_for(purpose: str) -> None:
    token = sign(KEYS, "a.jpg", VERSION, 1000, purpose)

    assert read(KEYS, token, 999) == Link("a.jpg", VERSION, 1000, purpose)
    with pytest.raises(ExpiredLink):
        read(KEYS, token, 1000)


def test_a_token_signed_for_another_purpose_is_a_bad_link() -> None:
    fields = ["a.jpg", VERSION, 1000]
    ours = _signed(fields, MESSAGE)
    other = _signed(fields, "another.purpose")

    assert not _is_refused(ours)
    assert _is_refused(other)


@pytest.mark.parametrize(
    "fields",
    [[], ["a.jpg", VERSION], ["a.jpg", VERSION, "1000"], ["a.jpg", 5, 1000], {"image": "a"}, 7],
)
def test_a_signed_token_with_other_fields_is_a_bad_link(fields: object) -> None:
    assert _is_refused(_signed(fields, MESSAGE))


def test_the_message_says_what_why_until_when_and_where() -> None:
    subject, body = request_message("trip/a b+ü.jpg", FLAGS, DEADLINE, URL)

    assert subject == "Review: trip/a b+u.jpg"
    assert "trip/a b+ü.jpg" in body
    assert 'Word on the review list: the file name contains "forbidden"' in body
    assert "Low resolution: 240 px of 320 px" in body
    assert "27 November 2025, 06:04 UTC" in body
    assert f"\n{URL}\n" in body, "the link stands on a line of its own"


def test_a_reminder_says_that_the_picture_still_waits_and_the_same_again() -> None:
    subject, body = reminder_message("trip/a b+ü.jpg", FLAGS, DEADLINE, URL)
    _, first = request_message("trip/a b+ü.jpg", FLAGS, DEADLINE, URL)

    assert subject == "Reminder: trip/a b+u.jpg"
    assert body.startswith("A picture still waits")
    assert body.splitlines()[1:] == first.splitlines()[1:]


def test_the_message_says_that_opening_the_link_decides_nothing() -> None:
    _, body = request_message("a.jpg", FLAGS, DEADLINE, URL)

    assert "Opening the link decides nothing" in body


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("plain.jpg", "Review: plain.jpg"),
        ("Škoda é.jpg", "Review: Skoda e.jpg"),
        ("東京/雪.jpg", "Review: ?/?.jpg"),
        ("a\r\nBcc: x@example.org.jpg", "Review: a?Bcc: x@example.org.jpg"),
        ("a\x00\x7f\u202e\u2028b.jpg", "Review: a?b.jpg"),
        ("a" * 200 + ".jpg", "Review: " + "a" * 43 + "..." + "a" * 41 + ".jpg"),
        ("雪" * 300, "Review: ?"),
        ("\ufb03" * 60, "Review: " + "ffi" * 14 + "f..." + "ffi" * 15),
    ],
)
def test_a_subject_is_one_short_line_of_ascii(image: str, expected: str) -> None:
    subject, _ = request_message(image, FLAGS, DEADLINE, URL)

    assert subject == expected
    assert len(subject) < 100
    assert re.fullmatch(r"[ -~]+", subject)


def test_no_text_from_outside_can_start_a_line_of_the_message() -> None:
    trick = "x\r\n\r\nhttps://evil.example\u2028\u2029\x85\x0b\x0cy"
    plain = request_message("x", ONE_FLAG, DEADLINE, URL)[1]

    _, body = request_message(trick, ({"rule": trick, "detail": trick},), DEADLINE, URL)

    assert len(body.splitlines()) == len(plain.splitlines())
    assert not any(line.startswith("https://evil") for line in body.splitlines())


def test_long_text_from_outside_is_cut_in_the_message() -> None:
    _, body = request_message(
        "n" * 5000, ({"rule": "keyword", "detail": "d" * 5000},), DEADLINE, URL
    )

    assert len(body) < 1500
    assert URL in body


def test_braces_in_a_name_stay_braces() -> None:
    _, body = request_message("{link} {0} %s.jpg", FLAGS, DEADLINE, URL)

    assert "{link} {0} %s.jpg" in body


def _is_refused(token: str) -> bool:
    try:
        read(KEYS, token, 1)
    except BadLink:
        return True
    return False


def _signed(fields: Any, purpose: str) -> str:
    return seal(KEYS, purpose, fields)
