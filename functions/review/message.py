"""The review message as plain text: what, why, until when, the link."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from darkroom.text import line
from review.words import moment, rule_title

# "less than 100 characters long", no line breaks, no control characters; ASCII, because mail
# gateways disagree on the rest: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
SUBJECT_LIMIT = 99
NAME_LIMIT = 300
DETAIL_LIMIT = 300

BODY = """\
A picture waits for a reviewer. Nothing of it is published until somebody approves it.

Picture:  {name}
Until:    {until}. After that it expires and is not published.

Why it was flagged:
{reasons}

Look at it and decide here:

{link}

Opening the link decides nothing; only the buttons on the page do. Whoever has the link can
decide on this one picture, so pass it on with care.
"""


def request_message(
    image: str, flags: Iterable[tuple[str, str]], deadline_at: str, link: str
) -> tuple[str, str]:
    """Subject (ASCII, under 100 characters) and body. `flags` are (rule, detail) pairs."""
    reasons = "\n".join(
        f"  - {line(rule_title(rule), 60)}: {line(detail, DETAIL_LIMIT)}" for rule, detail in flags
    )
    body = BODY.format(
        name=line(image, NAME_LIMIT), until=moment(deadline_at), reasons=reasons, link=link
    )
    return _subject(image), body


def _subject(image: str) -> str:
    start = "Review: "
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
