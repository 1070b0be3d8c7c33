"""The review message as plain text: what, why, until when, the link."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from darkroom.text import line
from review.words import moment, rule_title

# "less than 100 characters long", no line breaks, no control characters; ASCII, because mail
# gateways disagree on the rest: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
SUBJECT_LIMIT = 99
NAME_LIMIT = 300
DETAIL_LIMIT = 300

REQUEST = "A picture waits for a reviewer. Nothing of it is published until somebody approves it."
REMINDER = (
    "A picture still waits for a reviewer. If nobody decides, it expires and is not published."
)
BODY = """\
{opening}

Picture:  {name}
Until:    {until}. After that it expires and is not published.

Why it was flagged:
{reasons}

Look at it and decide here:

{link}

Opening the link decides nothing; only the buttons on the page do. Whoever has the link can
decide on this one picture, so pass it on with care.
"""


Flags = Iterable[Mapping[str, str]]


def request_message(image: str, flags: Flags, deadline_at: str, link: str) -> tuple[str, str]:
    """Subject (ASCII, under 100 characters) and body. `flags` have a rule and a detail each."""
    return _subject("Review: ", image), _body(REQUEST, image, flags, deadline_at, link)


def reminder_message(image: str, flags: Flags, deadline_at: str, link: str) -> tuple[str, str]:
    """The same for a picture that nobody has decided yet."""
    return _subject("Reminder: ", image), _body(REMINDER, image, flags, deadline_at, link)


def _body(opening: str, image: str, flags: Flags, deadline_at: str, link: str) -> str:
    reasons = "\n".join(
        f"  - {line(rule_title(flag['rule']), 60)}: {line(flag['detail'], DETAIL_LIMIT)}"
        for flag in flags
    )
    return BODY.format(
        opening=opening,
        name=line(image, NAME_LIMIT),
        until=moment(deadline_at),
        reasons=reasons,
        link=link,
    )


def _subject(start: str, image: str) -> str:
    name = _ascii(image)
    room = SUBJECT_LIMIT - len(start)
    if len(name) > room:
        tail = room // 2
        name = name[: room - tail - 3] + "..." + name[-tail:]
    return start + name


def _ascii(text: str) -> str:
    """Accents dropped, whatever else is not printable ASCII as one "?" a run."""
    letters = unicodedata.normalize("NFKD", text)
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[^ -~]+", "?", plain)
