"""The pictures on the pages, and what else the pages ask for."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from darkroom import statuses
from darkroom.contracts import MadeVariant, parse
from darkroom.errors import ObjectMissing
from darkroom.keys import CONTENT_TYPES, EXTENSIONS
from review import clients, pages
from review.records import Record
from review.views import MAX_SHOWN_BYTES, preview_of, small_file, waiting_variants
from review.visits import arrive
from review.web import HEADERS, Answer, new_router, read_request

router = new_router()

FORMATS = {extension: format for format, extension in EXTENSIONS.items()}


@router.route("/reviews/<token>/files/<name>", method=["GET", "HEAD"])
def file(token: str, name: str) -> Answer:
    visit = arrive(read_request(router.current_event), token)
    variant, _, extension = name.rpartition(".")
    format = FORMATS.get(extension, "")
    known = {
        (made.name, file.format)
        for made in waiting_variants(visit.record)
        for file in made.files
        if file.bytes <= MAX_SHOWN_BYTES
    }
    if visit.over or (variant, format) not in known:
        raise NotFoundError(name)
    return waiting_file(visit.record, variant, format)


@router.route("/reviews/<token>/preview", method=["GET", "HEAD"])
def preview(token: str) -> Answer:
    visit = arrive(read_request(router.current_event), token)
    record = visit.record
    image, version = record["image"], record["version"]
    if visit.over:
        raise NotFoundError(image)
    if small := preview_of(record):
        return waiting_file(record, *small)
    try:
        if record["status"] == statuses.REJECTED:
            return shown(*clients.pictures().rejected(image, version))
        if record["status"] == statuses.PUBLISHED:
            manifest = clients.pictures().manifest(image, version)
            if small := small_file(parse(tuple[MadeVariant, ...], manifest["variants"])):
                data = clients.pictures().published(image, version, *small)
                return shown(data, CONTENT_TYPES[small[1]])
    except ObjectMissing as error:
        raise NotFoundError(image) from error
    raise NotFoundError(image)


@router.route("/assets/<name>", method=["GET", "HEAD"])
def asset(name: str) -> Answer:
    found = pages.asset(name)
    if found is None:
        raise NotFoundError(name)
    headers = HEADERS | {"Cache-Control": "public, max-age=3600"}
    return Response(200, found.content_type, found.text, headers=headers)


def waiting_file(record: Record, variant: str, format: str) -> Answer:
    try:
        data = clients.pictures().waiting(record["image"], record["version"], variant, format)
    except ObjectMissing as error:  # decided meanwhile
        raise NotFoundError(variant) from error
    return shown(data, CONTENT_TYPES[format])


def shown(data: bytes, content_type: str) -> Response[Any]:
    """Kept by nobody: it may be rejected in a moment, and the browser may be somebody else's."""
    return Response(200, content_type, data, headers=HEADERS)
