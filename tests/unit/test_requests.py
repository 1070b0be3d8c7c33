"""What of an HTTP request the review page trusts."""

from __future__ import annotations

import base64

import pytest

from review.requests import (
    MAX_BODY_BYTES,
    MAX_FIELDS,
    FromElsewhere,
    TooLarge,
    UnreadableForm,
    body_bytes,
    check_origin,
    parse_body,
    wants_json,
)

FORM = "application/x-www-form-urlencoded; charset=UTF-8"
JSON = "application/json; charset=utf-8"

HOST = "abc.lambda-url.us-east-1.on.aws"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "same-site"}, True),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": ""}, True),
        # A page without referrers sends "null" even to itself.
        ({"sec-fetch-site": "same-origin", "origin": "null"}, False),
        ({"sec-fetch-site": "cross-site", "origin": f"https://{HOST}"}, True),
        ({"origin": f"https://{HOST}"}, False),
        ({"origin": f"https://{HOST}.evil.example"}, True),
        ({"origin": f"https://{HOST}@evil.example"}, True),
        ({"origin": "https://evil.example"}, True),
        ({"origin": f"https://{HOST}:8443"}, True),
        ({"origin": "null"}, True),
        ({"origin": ""}, True),
        ({"origin": "http://["}, True),
    ],
    ids=str,
)
def test_a_browser_tells_where_a_form_comes_from(headers: dict[str, str], expected: bool) -> None:
    if expected:
        with pytest.raises(FromElsewhere):
            check_origin({"host": HOST, **headers})
    else:
        check_origin({"host": HOST, **headers})


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, True),
        ({"sec-fetch-mode": "navigate", "referer": f"https://{HOST}/"}, True),
        ({"sec-fetch-site": "same-origin"}, False),
        ({"origin": f"https://{HOST}"}, False),
        ({"sec-fetch-site": "same-site"}, True),
    ],
    ids=str,
)
def test_a_session_needs_a_browser_that_tells(headers: dict[str, str], expected: bool) -> None:
    if expected:
        with pytest.raises(FromElsewhere):
            check_origin({"host": HOST, **headers}, session=True)
    else:
        check_origin({"host": HOST, **headers}, session=True)


def test_a_port_belongs_to_the_host() -> None:
    headers = {"host": "localhost:4566", "origin": "http://localhost:4566"}

    check_origin(headers)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"", {}),
        (b"a=1&b=2", {"a": "1", "b": "2"}),
        (b"a=&b", {"a": "", "b": ""}),
        (b"name=Ana+Ru%C3%ADz%0D%0A", {"name": "Ana Ruíz\r\n"}),
        ("name=Ruíz".encode(), {"name": "Ruíz"}),
        (b"a=%FF&b=\xff", {"a": "\ufffd", "b": "\ufffd"}),
        (b"\x00\x01", {"\x00\x01": ""}),
        (b"a=%zz;b=2", {"a": "%zz;b=2"}),
    ],
)
def test_a_form_is_read_as_browsers_write_it(body: bytes, fields: dict[str, str]) -> None:
    assert parse_body(body, FORM) == fields


def test_a_form_of_too_many_fields_is_none_of_ours() -> None:
    fields = [b"field%d=x" % number for number in range(MAX_FIELDS + 1)]

    assert len(parse_body(b"&".join(fields[:-1]), FORM)) == MAX_FIELDS
    with pytest.raises(UnreadableForm, match=f"at most {MAX_FIELDS} fields"):
        parse_body(b"&".join(fields), FORM)


@pytest.mark.parametrize(
    ("body", "type"),
    [
        (b"decision=approve&decision=reject", FORM),
        (b"decision=approve&decisio%6e=approve", FORM),
        (b'{"decision": "approve", "decision": "reject"}', JSON),
        (b'{"decision": "approve", "decisio\\u006e": "reject"}', JSON),
    ],
)
def test_a_field_that_is_given_twice_is_not_chosen_from(body: bytes, type: str) -> None:
    with pytest.raises(UnreadableForm, match="each field once"):
        parse_body(body, type)


@pytest.mark.parametrize(
    "type",
    [
        "",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/xml",
        "text/json",
        f"x{FORM}",
    ],
)
def test_another_kind_of_body_is_not_guessed_at(type: str) -> None:
    assert parse_body(b"", type) == {}
    for body in (b"decision=approve&reviewer=Ann", b'{"decision": "approve"}'):
        with pytest.raises(UnreadableForm, match="Content-Type"):
            parse_body(body, type)


def test_a_program_sends_json() -> None:
    body = '{"decision": "approve", "reviewer": "Ruíz", "note": null}'.encode()

    assert parse_body(body, JSON) == {"decision": "approve", "reviewer": "Ruíz"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"decision=approve",
        b"[]",
        b'"approve"',
        b'{"decision": true}',
        b'{"decision": ["approve"]}',
        b'{"note": "\xff"}',
        b'{"note": NaN}',
        b'{"note": -Infinity}',
        b'{"note": 1e999}',
        b'{"note": ' + b"9" * 10_000 + b"}",
        b'{"note": {"decision": "approve"}}',
        b'{"\\ud800": 1}',
        b"[" * 10_000,
        b"{" + b",".join(b'"f%d": "x"' % number for number in range(MAX_FIELDS + 1)) + b"}",
    ],
    ids=lambda body: body[:20],
)
def test_json_that_is_no_object_of_texts_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableForm) as refused:
        parse_body(body, JSON)
    assert str(refused.value).encode()


def test_half_a_letter_in_json_becomes_a_question_mark() -> None:
    assert parse_body(b'{"note": "\\ud800"}', JSON) == {"note": "?"}


@pytest.mark.parametrize("type", [FORM, JSON])
def test_a_body_beyond_the_limit_is_refused(type: str) -> None:
    with pytest.raises(TooLarge):
        parse_body(b" " * (MAX_BODY_BYTES + 1), type)


def test_a_body_beyond_the_limit_is_not_decoded() -> None:
    largest = base64.b64encode(b"x" * MAX_BODY_BYTES).decode()

    assert len(body_bytes(largest, is_base64=True)) == MAX_BODY_BYTES
    for body, is_base64 in (("=" * 6_000_000, True), ("x" * (MAX_BODY_BYTES + 1), False)):
        with pytest.raises(TooLarge):
            body_bytes(body, is_base64=is_base64)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("application/json", True),
        ("Application/JSON, */*", True),
        ("text/html,application/xhtml+xml,*/*;q=0.8", False),
        ("*/*", False),
        ("", False),
    ],
)
def test_who_asks_for_json_gets_it(accept: str, expected: bool) -> None:
    assert wants_json({"accept": accept}) is expected
    assert not wants_json({})
