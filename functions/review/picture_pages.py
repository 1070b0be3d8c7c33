"""What a visitor of one picture gets to see."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from darkroom import statuses
from darkroom.links import LOOK
from review import clients, pages
from review.leases import holder
from review.pages import Desk, Done, ReviewView
from review.queue import neighbour
from review.records import Record
from review.views import plain_view, resembled_view, view_of
from review.visits import Visit, look_token, named, queue_token
from review.web import Answer, page, program, query
from review.words import known_rule


def look(visit: Visit, record: Record) -> ReviewView:
    view = view_of(
        record,
        visit.token,
        visit.at,
        trail=clients.trail().of(record["image"], record["version"]),
        resembled=resembled(visit, record),
    )
    if not visit.over:
        return view
    # Whoever finds a link of long ago learns what became of the picture, and no more.
    return replace(view, caption=None, note=None, reason=None, preview=None, trail=())


def resembled(visit: Visit, record: Record) -> pages.Resembled | None:
    """The rejected picture that the rule named. A message's link leads to it, and no further."""
    if visit.over or (visit.reviewer is None and visit.link.purpose == LOOK):
        return None
    for flag in record.get("flags", []):
        if rejected := flag.get("resembles"):
            found = clients.records().get(rejected["image"], rejected["version"])
            return resembled_view(found, look_token(found, visit)) if found else None
    return None


def waiting(
    visit: Visit, status: int, rule: str, typed: dict[str, Any] | None = None, **more: Any
) -> Answer:
    """The form; `typed`: what it was sent with, where it was refused."""
    view = replace(look(visit, visit.record), **(typed or {}))
    html = pages.waiting_page(
        view,
        visit.request.root,
        reasons=clients.settings().rejection_reasons,
        desk=desk(visit, rule, beside=True),
        **more,
    )
    return page(status, html)


def decided(
    visit: Visit, record: Record, status: int, notice: pages.Notice | None = None
) -> Answer:
    view = look(visit, record)
    if visit.request.json:
        if status == 200:
            return program(200, plain_view(view))
        error = {"code": "decided" if view.decision else "over", "message": told(view)}
        return program(status, {"error": error, "review": plain_view(view)})
    if notice == "reopened":  # its files are being withdrawn
        view = replace(view, preview=None)
    html = pages.decided_page(
        view,
        visit.request.root,
        desk=desk(visit, known_rule(visit.request.query.get("rule", "")), beside=notice == "late"),
        notice=notice,
        # A page that came with a GET may be asked for again.
        follow=status == 200 and (record["status"] in statuses.OPEN or notice == "reopened"),
    )
    return page(status, html)


def told(view: ReviewView) -> str:
    """Why a decision does not count, for a program's log."""
    if view.decision and view.reviewer:
        return f"{view.reviewer} decided before, at {view.decided_at}: {view.decision}."
    return f"It is not open for a decision: it is {view.status}."


def desk(visit: Visit, rule: str, *, beside: bool) -> Desk | None:
    """What a signed-in reviewer has around the picture."""
    if visit.reviewer is None:
        return None
    own = Desk(visit.reviewer, rule, done=done(visit.request.query.get("done", "")))
    if not beside:
        return own
    other = holder(visit.record, visit.at)
    return replace(
        own,
        holder=other if other != visit.reviewer else None,
        previous=beside_it(visit, visit.reviewer, rule, backwards=True),
        next=beside_it(visit, visit.reviewer, rule, backwards=False),
    )


def beside_it(visit: Visit, reviewer: str, rule: str, *, backwards: bool) -> str | None:
    """The link to the picture before or behind this one in the queue."""
    found = neighbour(
        clients.records(), reviewer, rule, visit.record, visit.at, backwards=backwards
    )
    return f"reviews/{queue_token(found, visit.at)}{query(rule=rule)}" if found else None


def done(token: str) -> Done | None:
    """What became of the picture that the reviewer comes from."""
    found = named(token) if token else None
    if found is None:
        return None
    return Done(found["image"], f"reviews/{token}", found.get("review", {}).get("decision"))
