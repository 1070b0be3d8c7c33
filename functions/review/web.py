"""Requests as the routes see them, and the answers they give."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import LambdaFunctionUrlRouter
from aws_lambda_powertools.utilities.data_classes import LambdaFunctionUrlEvent

from review import pages
from review.requests import body_bytes, check_origin, parse_body, wants_json
from review.sessions import COOKIE

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'self';"
    " script-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    # Two years. Browsers take it over TLS alone, so that it says nothing of the embedded engine.
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "Cache-Control": "no-store",
}
HTML = "text/html; charset=utf-8"

Answer = Response[Any]


@dataclass(frozen=True)
class Request:
    """`root`: the way from the page that was asked for to the base of the function's URL."""

    root: str
    headers: Mapping[str, str]
    cookies: tuple[str, ...]
    query: Mapping[str, str]
    json: bool
    event: LambdaFunctionUrlEvent

    def has_cookie(self, name: str) -> bool:
        return any(f"{name}=" in cookie for cookie in self.cookies)

    def form(self) -> dict[str, str]:
        """The fields that were sent. Raises FromElsewhere, TooLarge or UnreadableForm."""
        check_origin(self.headers, session=self.has_cookie(COOKIE))
        data = body_bytes(self.event.body or "", bool(self.event.is_base64_encoded))
        return parse_body(data, self.headers.get("content-type", ""))


def read_request(event: LambdaFunctionUrlEvent) -> Request:
    headers = {name.lower(): value for name, value in event.headers.items()}
    depth = event.raw_path.count("/") - 1
    return Request(
        root="/".join([".."] * depth) or ".",
        headers=headers,
        cookies=tuple(event.cookies) or (headers.get("cookie", ""),),
        query=dict(event.query_string_parameters),
        json=wants_json(headers),
        event=event,
    )


def new_router() -> LambdaFunctionUrlRouter:
    return LambdaFunctionUrlRouter()  # type: ignore[no-untyped-call]


def page(status: int, html: str) -> Answer:
    return Response(status, HTML, html, headers=HEADERS)


def program(status: int, value: Any) -> Answer:
    return Response(status, "application/json", json.dumps(value), headers=HEADERS)


def moved(location: str, **more: Any) -> Answer:
    """To another page, whose reload sends nothing again; relative, to hold below any prefix."""
    return Response(303, headers=HEADERS | {"Location": location}, **more)


def problem(request: Request, status: int, code: str, title: str, text: str) -> Answer:
    """What went wrong, as a page or for a program; `code` stays stable."""
    if request.json:
        return program(status, {"error": {"code": code, "message": text}})
    queue = request.has_cookie(COOKIE)
    return page(status, pages.problem_page(title, text, request.root, queue=queue))


def query(**values: str) -> str:
    """What goes behind an address; an empty value goes nowhere."""
    given = {name: value for name, value in values.items() if value}
    return f"?{urlencode(given)}" if given else ""
