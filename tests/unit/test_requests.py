"""What of an HTTP request the review page trusts."""

from __future__ import annotations

import pytest

from review.requests import MAX_FIELDS, UnreadableForm, comes_from_elsewhere, parse_form

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
    assert comes_from_elsewhere({"host": HOST, **headers}) is expected


def test_a_port_belongs_to_the_host() -> None:
    headers = {"host": "localhost:4566", "origin": "http://localhost:4566"}

    assert not comes_from_elsewhere(headers)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"", {}),
        (b"a=1&b=2", {"a": "1", "b": "2"}),
        (b"a=1&a=2", {"a": "2"}),
        (b"a=&b", {"a": "", "b": ""}),
        (b"name=Ana+Ru%C3%ADz%0D%0A", {"name": "Ana Ruíz\r\n"}),
        ("name=Ruíz".encode(), {"name": "Ruíz"}),
        (b"a=%FF&b=\xff", {"a": "\ufffd", "b": "\ufffd"}),
        (b"\x00\x01", {"\x00\x01": ""}),
        (b"a=%zz;b=2", {"a": "%zz;b=2"}),
    ],
)
def test_a_form_is_read_as_browsers_write_it(body: bytes, fields: dict[str, str]) -> None:
    assert parse_form(body) == fields


def test_a_form_of_too_many_fields_is_none_of_ours() -> None:
    fields = [b"field%d=x" % number for number in range(MAX_FIELDS + 1)]

    assert len(parse_form(b"&".join(fields[:-1]))) == MAX_FIELDS
    with pytest.raises(UnreadableForm, match=f"at most {MAX_FIELDS} fields"):
        parse_form(b"&".join(fields))
