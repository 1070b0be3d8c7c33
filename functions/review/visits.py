"""Who comes, by which link, to which picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from darkroom.errors import DarkroomError
from darkroom.links import LOOK, QUEUE, BadLink, ExpiredLink, Link, read, sign
from darkroom.moments import epoch, now
from darkroom.observability import correlate
from review import clients
from review.decisions import is_open
from review.records import Record
from review.sessions import SignInNeeded, signed_in
from review.web import Request


class NoPicture(DarkroomError):
    """There is no record of that picture."""


class TooLate(DarkroomError):
    """Nobody can decide through this link any more."""


class AskedAgain(DarkroomError):
    """The page is of an earlier review of the picture than the one that is open."""


class Replaced(DarkroomError):
    """A newer upload has taken the picture's place."""


@dataclass(frozen=True)
class Visit:
    """`reviewer`: who is signed in. `over`: the link's time is over, or the review that is open is
    another than the link was made for; with a session a link only names the picture. `earlier`:
    the page was opened for an earlier review of the picture than the one that is open."""

    request: Request
    token: str
    link: Link
    record: Record
    reviewer: str | None
    over: bool
    earlier: bool
    at: datetime


def current_reviewer(request: Request) -> str | None:
    """Who is signed in. Raises NoReviewer."""
    return signed_in(
        clients.link_keys(), clients.reviewers(), request.cookies, int(now().timestamp())
    )


def needed(reviewer: str | None) -> str:
    """Raises SignInNeeded where nobody is signed in."""
    if reviewer is None:
        raise SignInNeeded("expected a session, got none")
    return reviewer


def arrive(request: Request, token: str) -> Visit:
    """Raises BadLink, SignInNeeded, NoReviewer or NoPicture."""
    at = now()
    expired = False
    try:
        link = read(clients.link_keys(), token, int(at.timestamp()))
    except ExpiredLink as error:
        link, expired = error.link, True
    reviewer = current_reviewer(request)
    if link.purpose == QUEUE:
        needed(reviewer)
    record = clients.records().get(link.image, link.version)
    if record is None:
        raise NoPicture(f"expected a record of {link.image} {link.version}, got none")
    correlate(record["image"], record["version"], record["execution"])
    earlier = is_open(record) and link.expires_at != epoch(record["review"]["deadline_at"])
    looking = is_open(record) and link.purpose == LOOK
    over = reviewer is None and (expired or earlier or looking)
    return Visit(request, token, link, record, reviewer, over, earlier, at)


def named(token: str) -> Record | None:
    """The record that a token names, whatever its time; None where it is none of ours."""
    try:
        link = read(clients.link_keys(), token, 0)
    except BadLink:
        return None
    return clients.records().get(link.image, link.version)


def look_token(record: Mapping[str, Any], visit: Visit) -> str:
    """A token to look at another picture, for as long as the visitor's own link is good."""
    return sign(
        clients.link_keys(), record["image"], record["version"], visit.link.expires_at, LOOK
    )


def queue_token(record: Mapping[str, Any], at: datetime) -> str:
    """A token that names the picture to whoever is signed in."""
    deadline = record.get("review", {}).get("deadline_at")
    expires_at = epoch(deadline) if deadline else int(at.timestamp())
    return sign(clients.link_keys(), record["image"], record["version"], expires_at, QUEUE)
