"""The pages of a review, as HTML. They link relatively, run no script and know no request.

The page lives at `<base>/reviews/<token>` below any prefix, so every link is relative and given
by the caller. Times are ISO 8601 as the record has them.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from darkroom import statuses
from darkroom.text import block, line
from review import words

ASSETS = "../assets"
TEMPLATES = Path(__file__).with_name("templates")
MAX_NOTE = 1000
MAX_REVIEWER = 100

APPROVE = "approve"
REJECT = "reject"

ASSET_TYPES = {
    "review.css": "text/css; charset=utf-8",
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
class ReviewView:
    """Everything a review page says. `width`, `height`, `bytes`, `format`: the upload's own.

    Before a decision `reviewer` and `note` are what the form was sent with, so that a refused
    form keeps what was typed.
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
    action: str
    decision: str | None = None
    reviewer: str | None = None
    decided_at: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Verdict:
    """`tone` is the badge's look, `title` its text; `outcome` says what became of the picture."""

    tone: Literal["yes", "no", "over", "broken"]
    title: str
    outcome: str


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
    error: str | None = None,
    *,
    error_field: Literal["reviewer", "note"] = "reviewer",
    assets: str = ASSETS,
) -> str:
    """The picture, why it was flagged, and the form. `error` stands at the field it is about."""
    return _render(
        "waiting.html.j2", view=view, error=error, error_field=error_field, assets=assets
    )


def decided_page(view: ReviewView, *, assets: str = ASSETS) -> str:
    """What was decided, by whom and when, and what became of it; or why nobody can decide."""
    specific = VERDICTS.get((view.status, view.decision))
    verdict = specific or VERDICTS.get((view.status, None), OTHER)
    return _render("decided.html.j2", view=view, verdict=verdict, assets=assets)


def problem_page(title: str, text: str, *, assets: str = ASSETS) -> str:
    """A page without a picture: a bad or expired link, nothing found, a wrong request, an error."""
    return _render("problem.html.j2", title=title, text=text, assets=assets)


@functools.cache
def asset(name: str) -> Asset | None:
    """A file that the pages refer to as `<assets>/<name>`, or None where there is no such file."""
    if name not in ASSET_TYPES:
        return None
    return Asset(ASSET_TYPES[name], (TEMPLATES / name).read_text(encoding="utf-8"))


def _render(template: str, **values: object) -> str:
    return _environment().get_template(template).render(values)


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
        "block": block,
        "duration": words.duration,
        "instant": words.instant,
        "line": line,
        "moment": words.moment,
        "rule_title": words.rule_title,
        "size": words.size,
    }
    environment.globals |= {"MAX_NOTE": MAX_NOTE, "MAX_REVIEWER": MAX_REVIEWER}
    return environment
