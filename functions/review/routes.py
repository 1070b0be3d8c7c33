"""The review page over HTTP. GET and HEAD change nothing; only a POST decides."""

from __future__ import annotations

import base64
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.event_handler import LambdaFunctionUrlResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from darkroom import statuses
from darkroom.errors import ObjectMissing
from darkroom.keys import CONTENT_TYPES, EXTENSIONS, waiting_key
from darkroom.links import BadLink, ExpiredLink, Link, read
from darkroom.observability import correlate, logger
from darkroom.storage import fetch, s3_client
from review import pages
from review.clients import link_secret, records, settings, waiting
from review.decisions import NotWaitingYet, UnreadableDecision, decide, read_decision
from review.requests import MAX_BODY_BYTES, UnreadableForm, comes_from_elsewhere, parse_form
from review.views import view_of, waiting_variants

app = LambdaFunctionUrlResolver()

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
FORMATS = {extension: format for format, extension in EXTENSIONS.items()}


def page(status: int, html: str) -> Response[str]:
    return Response(status, "text/html; charset=utf-8", html, headers=HEADERS)


def problem(status: int, title: str, text: str, assets: str = pages.ASSETS) -> Response[str]:
    return page(status, pages.problem_page(title, text, assets=assets))


@app.route("/reviews/<token>", method=["GET", "HEAD"])
def show(token: str) -> Response[str]:
    record = load(read(link_secret(), token, int(time.time())))
    return review_page(200, record, token)


@app.post("/reviews/<token>/decision")
def receive(token: str) -> Response[str]:
    body = request_body()
    if len(body) > MAX_BODY_BYTES:
        return problem(
            413, "Too much text", "The form was larger than a decision can be.", "../../assets"
        )
    if comes_from_elsewhere(app.current_event.headers):
        return problem(
            403, "Not from this page", "Open the review link and decide there.", "../../assets"
        )
    record = load(read(link_secret(), token, int(time.time())))
    form = parse_form(body)
    try:
        decision = read_decision(form)
    except UnreadableDecision as error:
        return refuse(record, token, form, error)
    decided_at = now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    answer = decide(records(), waiting, record, decision, decided_at)
    if answer == "taken":
        logger.info("decided", extra={"decision": decision.decision})
        # A relative address, so that it holds below any prefix; a reload then sends nothing again.
        return Response(303, headers=HEADERS | {"Location": f"../{token}"})
    current = records().get(record["image"], record["version"]) or record
    decided = answer == "second" and "decision" in current.get("review", {})
    if current["status"] == statuses.IN_REVIEW and not decided:
        return problem(
            409,
            "No longer waiting",
            "The time was over, or the picture was taken out of review meanwhile. "
            "Open the review link again in a minute to see what became of it.",
            "../../assets",
        )
    return review_page(409, current, token, assets="../../assets")


@app.route("/reviews/<token>/files/<name>", method=["GET", "HEAD"])
def file(token: str, name: str) -> Response[Any]:
    link = read(link_secret(), token, int(time.time()))
    variant_name, _, extension = name.rpartition(".")
    format = FORMATS.get(extension, "")
    known = {
        (variant.name, made.format)
        for variant in waiting_variants(load(link))
        for made in variant.files
    }
    if (variant_name, format) not in known:
        raise NotFoundError(name)
    key = waiting_key(link.image, link.version, variant_name, format)
    try:
        data = fetch(s3_client(), settings().work_bucket, key)
    except ObjectMissing as error:  # decided meanwhile
        raise NotFoundError(name) from error
    headers = HEADERS | {"Cache-Control": "private, max-age=300"}
    return Response(200, CONTENT_TYPES[format], data, headers=headers)


@app.route("/assets/<name>", method=["GET", "HEAD"])
def asset(name: str) -> Response[str]:
    found = pages.asset(name)
    if found is None:
        raise NotFoundError(name)
    headers = HEADERS | {"Cache-Control": "public, max-age=3600"}
    return Response(200, found.content_type, found.text, headers=headers)


@app.exception_handler(BadLink)  # type: ignore[untyped-decorator]
def bad_link(error: BadLink) -> Response[str]:
    return problem(
        403,
        "This link does not work",
        "It is incomplete or was changed on the way. Open it from the message again.",
        assets(),
    )


@app.exception_handler(ExpiredLink)  # type: ignore[untyped-decorator]
def expired_link(error: ExpiredLink) -> Response[str]:
    record = records().get(error.link.image, error.link.version)
    if record is not None and record["status"] in statuses.ENDED:
        return page(410, pages.decided_page(view_of(record, "", now()), assets=assets()))
    return problem(410, "This link has expired", "The time for this decision is over.", assets())


@app.exception_handler(UnreadableForm)  # type: ignore[untyped-decorator]
def unreadable_form(error: UnreadableForm) -> Response[str]:
    return problem(400, "No decision", "Open the review link and decide there.", assets())


@app.not_found
def not_found(error: NotFoundError) -> Response[str]:
    return problem(
        404,
        "Nothing here",
        "There is no such page. Open the link from the message again.",
        assets(),
    )


@app.exception_handler(NotWaitingYet)  # type: ignore[untyped-decorator]
def not_waiting_yet(error: NotWaitingYet) -> Response[str]:
    return problem(
        503,
        "Recorded, not carried out yet",
        "Your decision is recorded. Open the review link in a minute to see what became of it.",
        assets(),
    )


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]
def broken(error: Exception) -> Response[str]:
    logger.exception("the review page failed")
    return problem(
        500,
        "Something broke on our side",
        "Open the review link again in a minute to see whether your decision was recorded.",
        assets(),
    )


def request_body() -> bytes:
    """Its bytes; the event's own `decoded_body` raises where they are no UTF-8."""
    event = app.current_event
    body = event.body or ""
    return base64.b64decode(body) if event.is_base64_encoded else body.encode()


def load(link: Link) -> dict[str, Any]:
    record = records().get(link.image, link.version)
    if record is None:
        raise NotFoundError(link.image)
    correlate(record["image"], record["version"], record["execution"])
    return record


def review_page(
    status: int, record: dict[str, Any], token: str, assets: str = pages.ASSETS
) -> Response[str]:
    view = view_of(record, token, now())
    undecided = record["status"] == statuses.IN_REVIEW and view.decision is None
    return page(
        status,
        pages.waiting_page(view, assets=assets)
        if undecided
        else pages.decided_page(view, assets=assets),
    )


def refuse(
    record: dict[str, Any], token: str, form: dict[str, str], error: UnreadableDecision
) -> Response[str]:
    """The form again, with what was typed and what is wrong with it."""
    if error.field == "decision":  # no field of the form: somebody else wrote this request
        return problem(400, "No decision", error.text, "../../assets")
    # The page stands one level deeper here than where its links were meant for.
    view = replace(
        view_of(record, f"../{token}", now()), reviewer=form.get("reviewer"), note=form.get("note")
    )
    return page(
        400, pages.waiting_page(view, error.text, error_field=error.field, assets="../../assets")
    )


def assets() -> str:
    """The assets as seen from the page that was asked for, whatever its depth."""
    depth = app.current_event.raw_path.count("/") - 1
    return "../" * depth + "assets"


def now() -> datetime:
    return datetime.now(UTC)
