"""Signed review links: which picture, which version, until when. The task token is never in one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from darkroom.errors import DarkroomError
from darkroom.keyring import Keys
from darkroom.moments import epoch
from darkroom.sealing import BadSeal, seal, unseal

# A link from a review message is a key to its one picture. One from the queue names a picture to
# whoever is signed in. One beside a picture shows another that was decided before.
MESSAGE = "darkroom.review"
QUEUE = "darkroom.queue"
LOOK = "darkroom.look"
PURPOSES = (MESSAGE, QUEUE, LOOK)


@dataclass(frozen=True)
class Link:
    """`expires_at`: seconds since the epoch, the first second in which the link is dead.
    `purpose`: one of PURPOSES."""

    image: str
    version: str
    expires_at: int
    purpose: str = MESSAGE


class BadLink(DarkroomError):
    """The token was not made by us, or not like this."""


class ExpiredLink(DarkroomError):
    """The token is ours and its time is over."""

    def __init__(self, link: Link) -> None:
        super().__init__(f"expected a link that is still valid, got one until {link.expires_at}")
        self.link = link


def sign(keys: Keys, image: str, version: str, expires_at: int, purpose: str = MESSAGE) -> str:
    """A token of letters, digits, `_`, `-` and `.`; under 1.5 KB for the longest S3 key."""
    return seal(keys, purpose, [image, version, expires_at])


def message_link(keys: Keys, review_url: str, image: str, version: str, deadline_at: str) -> str:
    """The link of a review message; it ends with the review, at `deadline_at` (ISO 8601)."""
    return f"{review_url.rstrip('/')}/reviews/{sign(keys, image, version, epoch(deadline_at))}"


def read(keys: Keys, token: str, now: int) -> Link:
    """What `token` stands for at `now` (seconds since the epoch). Raises BadLink or ExpiredLink."""
    purpose, fields = _unsealed(keys, token)
    try:
        image, version, expires_at = msgspec.convert(fields, tuple[str, str, int])
    except msgspec.ValidationError as error:
        raise BadLink("expected image, version and time in a token of ours") from error
    link = Link(image, version, expires_at, purpose)
    if now >= expires_at:
        raise ExpiredLink(link)
    return link


def _unsealed(keys: Keys, token: str) -> tuple[str, Any]:
    for purpose in PURPOSES:
        try:
            return purpose, unseal(keys, purpose, token)
        except BadSeal:
            continue
    raise BadLink("expected a token that we signed for a review link")
