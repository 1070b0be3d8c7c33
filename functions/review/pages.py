"""The pages of a review, as HTML. They know no request.

The pages live at `<base>/…` below any prefix, so every link is relative to `root`, which is the
way from the page to the base: ".", "..", "../..". Links in views are relative to the base. Times
are ISO 8601 as the record has them.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from darkroom import statuses
from darkroom.reviewers import MAX_NAME, MAX_REASON
from darkroom.text import block, line
from review import words

TEMPLATES = Path(__file__).with_name("templates")
MAX_NOTE = 1000
# A page without its pictures. What is from outside is cut shorter, in these steps, until it fits.
MAX_PAGE_BYTES = 50_000
SHORTER = (1, 2, 4, 8)
LEAST_CHARACTERS = 20

APPROVE = "approve"
REJECT = "reject"

ASSET_TYPES = {
    "review.css": "text/css; charset=utf-8",
    "review.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml; charset=utf-8",
}


@dataclass(frozen=True)
class Asset:
    content_type: str
    text: str


@dataclass(frozen=True)
class PictureLink:
    """The picture to look at; `width` and `height` of the file behind `href`, px."""

    href: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True)
class VariantLink:
    """`href` is of a file small enough to show; `width` and `height` are the variant's, px."""

    name: str
    kind: str
    filter: str | None
    width: int
    height: int
    href: str


@dataclass(frozen=True)
class Resembled:
    """The rejected picture that this one resembles. `href` leads to its page, `preview` to a small
    picture of it (px unknown); None where that is no longer kept."""

    image: str
    href: str
    preview: str | None
    reviewer: str | None
    decided_at: str | None
    reason: str | None
    note: str | None
    taken_back: bool = False


@dataclass(frozen=True)
class TrailLine:
    """One entry of the trail; `at` is ISO 8601."""

    event: str
    at: str
    by: str | None
    decision: str | None
    reason: str | None
    note: str | None


@dataclass(frozen=True)
class ReviewView:
    """Everything a review page says. `width`, `height`, `bytes`, `format`: the upload's own.

    Before a decision `reviewer`, `reason` and `note` are what the form was sent with, so that a
    refused form keeps what was typed. `token` is the page's own. `preview`: of a decided picture.
    `refusal`: why the upload was no picture that we accept.
    """

    image: str
    version: str
    status: str
    flags: tuple[tuple[str, str], ...]
    caption: str | None
    width: int
    height: int
    bytes: int
    format: str
    uploaded_at: str
    requested_at: str
    deadline_at: str
    seconds_left: int
    picture: PictureLink | None
    variants: tuple[VariantLink, ...]
    token: str
    decision: str | None = None
    reviewer: str | None = None
    decided_at: str | None = None
    reason: str | None = None
    note: str | None = None
    preview: str | None = None
    refusal: str | None = None
    resembled: Resembled | None = None
    trail: tuple[TrailLine, ...] = ()


@dataclass(frozen=True)
class Done:
    """The decision that was just made on the picture before this one, or that it was skipped."""

    image: str
    href: str
    decision: str | None


@dataclass(frozen=True)
class Desk:
    """A signed-in reviewer's side of a page: who, what stands before and after, who else is here.

    `holder`: another reviewer who has the picture open, None where nobody has. `previous`, `next`:
    links to the pictures beside it in the queue. `rule`: the queue's filter, "" for all.
    """

    reviewer: str
    rule: str = ""
    holder: str | None = None
    previous: str | None = None
    next: str | None = None
    done: Done | None = None


@dataclass(frozen=True)
class QueueItem:
    """A picture in the queue. `href` leads to its page, `open` is where its form posts to."""

    image: str
    href: str
    open: str
    preview: str | None
    flags: tuple[tuple[str, str], ...]
    requested_at: str
    waiting_seconds: int
    seconds_left: int
    holder: str | None


@dataclass(frozen=True)
class QueueView:
    """A page of the queue. `rules`: those to filter by, with the one chosen in `rule` ("" for all).

    `more`: the link to the next page. `first`: whether this is the first page. `replaced`: how many
    were left out because a newer upload has taken their place.
    """

    reviewer: str
    items: tuple[QueueItem, ...]
    rules: tuple[str, ...]
    rule: str
    more: str | None
    first: bool
    replaced: int = 0
    done: Done | None = None


@dataclass(frozen=True)
class Verdict:
    """`tone` is the badge's look, `title` its text; `outcome` says what became of the picture."""

    tone: Literal["yes", "no", "over", "broken"]
    title: str
    outcome: str


Notice = Literal["late", "reopened"]
NOTICES: dict[Notice, str] = {
    "late": "Somebody was first: what you decided does not count.",
    "reopened": "It is being reopened. In a moment it waits for a decision again.",
}

OTHER = Verdict("over", "Not waiting", "It is not waiting for a decision.")

# By status and decision; None stands for every decision that has no line of its own.
VERDICTS: dict[tuple[str, str | None], Verdict] = {
    (statuses.IN_REVIEW, APPROVE): Verdict("yes", "Approved", "It is being published."),
    (statuses.IN_REVIEW, REJECT): Verdict(
        "no", "Rejected", "Nothing of it was published. The waiting files are being removed."
    ),
    (statuses.PUBLISHED, APPROVE): Verdict("yes", "Approved", "It is published."),
    (statuses.PUBLISHED, None): Verdict("yes", "Published", "It is published."),
    (statuses.REJECTED, None): Verdict(
        "no", "Rejected", "Nothing of it was published, and the waiting files are removed."
    ),
    (statuses.EXPIRED, None): Verdict(
        "over",
        "Expired",
        "Nobody decided in time. It was not published and will not be.",
    ),
    (statuses.RETRACTED, None): Verdict(
        "over", "Withdrawn", "It was published and has been withdrawn since."
    ),
    (statuses.FAILED, None): Verdict(
        "broken",
        "Failed",
        "Something broke on our side before this ended. The operator can run it again.",
    ),
    (statuses.INVALID, None): Verdict("over", "Not accepted", "It is no picture that we accept."),
    (statuses.PROCESSING, None): Verdict("over", "In work", "It is being processed."),
}


def waiting_page(
    view: ReviewView,
    root: str,
    *,
    reasons: Sequence[str] = (),
    desk: Desk | None = None,
    error: str | None = None,
    error_field: Literal["reviewer", "reason", "note"] = "reviewer",
) -> str:
    """The picture, why it was flagged, and the form. `error` stands at the field it is about.

    `reasons` are offered for a rejection. Without `desk` the form asks for a name.
    """
    return _render(
        "waiting.html.j2",
        view=view,
        root=root,
        reasons=reasons,
        desk=desk,
        error=error,
        error_field=error_field,
    )


def decided_page(
    view: ReviewView,
    root: str,
    *,
    desk: Desk | None = None,
    notice: Notice | None = None,
    follow: bool = False,
) -> str:
    """What was decided, by whom and when, and what became of it; or why nobody can decide.

    With `desk`, what can be reopened has a button for it. `notice`: what the reviewer's own form
    came to: somebody was first ("late"), or the picture is being reopened. `follow`: something is
    still under way, and the page shows when it has ended.
    """
    specific = VERDICTS.get((view.status, view.decision))
    verdict = specific or VERDICTS.get((view.status, None), OTHER)
    can_reopen = desk is not None and view.status in statuses.REOPENABLE and notice != "reopened"
    return _render(
        "decided.html.j2",
        view=view,
        root=root,
        verdict=verdict,
        desk=desk,
        can_reopen=can_reopen,
        notice=NOTICES[notice] if notice else None,
        follow=follow,
    )


def queue_page(view: QueueView, root: str) -> str:
    """What waits, oldest first, as a grid."""
    return _render("queue.html.j2", view=view, root=root)


def sign_in_page(name: str, token: str, root: str) -> str:
    """The one button that signs `name` in."""
    return _render("sign_in.html.j2", name=name, token=token, root=root)


def problem_page(title: str, text: str, root: str, *, queue: bool = False) -> str:
    """A page without a picture: a bad or expired link, nothing found, a wrong request, an error.

    `queue`: with a way back to it.
    """
    return _render("problem.html.j2", title=title, text=text, root=root, queue=queue)


@functools.cache
def asset(name: str) -> Asset | None:
    """A file that the pages refer to as `<root>/assets/<name>`, or None where there is none."""
    if name not in ASSET_TYPES:
        return None
    return Asset(ASSET_TYPES[name], (TEMPLATES / name).read_text(encoding="utf-8"))


def _render(template: str, **values: object) -> str:
    """The page, with as much of what is from outside as its size allows."""
    html = ""
    for short in SHORTER:
        html = _environment().get_template(template).render(values, short=short)
        if len(html.encode()) < MAX_PAGE_BYTES:
            break
    return html


@pass_context
def _line(context: Context, text: str, limit: int) -> str:
    return line(text, _shorter(context, limit))


@pass_context
def _block(context: Context, text: str, limit: int) -> str:
    return block(text, _shorter(context, limit))


def _shorter(context: Context, limit: int) -> int:
    return max(limit // int(context["short"]), min(limit, LEAST_CHARACTERS))


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "block": _block,
        "duration": words.duration,
        "happening": words.happening,
        "initials": words.initials,
        "instant": words.instant,
        # What the form sends back stays whole.
        "kept_block": block,
        "kept_line": line,
        "line": _line,
        "moment": words.moment,
        "roughly": words.roughly,
        "rule_title": words.rule_title,
        "size": words.size,
    }
    environment.globals |= {
        "MAX_NAME": MAX_NAME,
        "MAX_NOTE": MAX_NOTE,
        "MAX_REASON": MAX_REASON,
    }
    return environment
