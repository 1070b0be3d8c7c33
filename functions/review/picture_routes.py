"""The page of one picture: looking, deciding, opening, skipping, reopening."""

from __future__ import annotations

import re

from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from darkroom import statuses
from darkroom.links import BadLink
from darkroom.moments import stamp
from darkroom.observability import logger
from darkroom.reviewers import MAX_REASON
from review import clients, pages
from review.decisions import UnreadableDecision, decide, is_open, read_decision
from review.leases import holder, open_picture
from review.picture_pages import decided, look, waiting
from review.queue import Newer, open_next
from review.records import Record
from review.views import plain_view
from review.visits import AskedAgain, Replaced, TooLate, Visit, arrive, needed, queue_token
from review.web import Answer, moved, new_router, problem, program, query, read_request
from review.words import known_rule

router = new_router()

ACTIONS = {"decision", "open", "skip", "reopen"}
TOKEN = re.compile("[A-Za-z0-9_.-]+")


@router.route("/reviews/<token>", method=["GET", "HEAD"])
def show(token: str) -> Answer:
    visit = arrive(read_request(router.current_event), token)
    if not is_open(visit.record):
        reopened = visit.reviewer is not None and "reopened" in visit.request.query
        status = 410 if visit.over else 200
        return decided(visit, visit.record, status, "reopened" if reopened else None)
    if visit.over:
        raise TooLate(visit.link.image)
    if Newer(clients.records()).than(visit.record):
        raise Replaced(visit.link.image)
    if visit.earlier:  # of an earlier review, and signed in: the address of this one
        fresh = queue_token(visit.record, visit.at)
        return moved(f"{visit.request.root}/reviews/{fresh}{query(rule=rule(visit))}")
    if visit.request.json:
        return program(200, plain_view(look(visit, visit.record)))
    return waiting(visit, 200, rule(visit))


@router.post("/reviews/<token>/decision")
def receive(token: str) -> Answer:
    visit, form = sent(token)
    if visit.over and not is_open(visit.record):
        return decided(visit, visit.record, 410)
    if visit.over:
        raise TooLate(visit.link.image)
    if visit.earlier:
        raise AskedAgain(visit.link.image)
    if form.get("decision") == pages.APPROVE and not visit.request.json:
        form.pop("reason", None)  # the page's reasons are for a rejection
    try:
        decision = read_decision(form, visit.reviewer)
    except UnreadableDecision as error:
        return refuse(visit, form, error)
    answer, record = decide(
        clients.records(),
        clients.trail(),
        clients.waiting,
        visit.record,
        decision,
        stamp(visit.at),
    )
    if answer == "replaced":
        raise Replaced(visit.link.image)
    if answer == "closed" and record["status"] in statuses.ENDED:
        return decided(visit, record, 410)
    if answer == "closed":
        raise TooLate(visit.link.image)
    if answer == "second":
        return decided(visit, record, 409, "late")
    logger.info("decided", extra={"decision": decision.decision})
    if visit.request.json:
        return program(200, plain_view(look(visit, record)))
    if visit.reviewer is None:
        return moved(f"{visit.request.root}/reviews/{token}")
    return onwards(visit, visit.reviewer, known_rule(form.get("rule", "")), around=True)


@router.post("/reviews/<token>/open")
def open(token: str) -> Answer:
    visit, form = sent(token)
    reviewer = needed(visit.reviewer)
    mine = open_picture(
        clients.records(),
        clients.trail(),
        visit.record,
        reviewer,
        visit.at,
        take_over=form.get("take_over") == "1",
    )
    if not visit.request.json:
        return moved(
            f"{visit.request.root}/reviews/{token}{query(rule=known_rule(form.get('rule', '')))}"
        )
    record = visit.record if mine else reread(visit.record)
    return program(
        200,
        {
            "mine": mine,
            "reviewer": reviewer if mine else holder(record, visit.at),
            "open": mine or is_open(record),
        },
    )


@router.post("/reviews/<token>/skip")
def skip(token: str) -> Answer:
    visit, form = sent(token)
    reviewer = needed(visit.reviewer)
    clients.records().give_back(visit.record, reviewer)
    return onwards(visit, reviewer, known_rule(form.get("rule", "")), around=False)


@router.post("/reviews/<token>/reopen")
def reopen(token: str) -> Answer:
    visit, form = sent(token)
    reviewer = needed(visit.reviewer)
    page = f"{visit.request.root}/reviews/{token}"
    # A record of before there was anything to start again from cannot be reopened.
    if visit.record["status"] not in statuses.REOPENABLE or "upload" not in visit.record:
        return moved(page)
    reason = " ".join(form.get("reason", "").split())[:MAX_REASON]
    clients.withdrawals().reopen(visit.record, reviewer, reason, stamp(visit.at))
    logger.info("reopened")
    return moved(f"{page}{query(reopened='1')}")


@router.route("/reviews/<token>/<action>", method=["GET", "HEAD"])
def back(token: str, action: str) -> Answer:
    """Where a form was sent to, asked for by its address: by a reload, or from a restored tab."""
    if action not in ACTIONS:
        raise NotFoundError(action)
    if not TOKEN.fullmatch(token):  # it goes into a header, and nobody has looked at it yet
        raise BadLink("expected a token, got something else")
    return moved(f"{read_request(router.current_event).root}/reviews/{token}")


def sent(token: str) -> tuple[Visit, dict[str, str]]:
    """Who sent a form, and what it says; its origin is checked before anything else is read."""
    request = read_request(router.current_event)
    form = request.form()
    return arrive(request, token), form


def rule(visit: Visit) -> str:
    """The queue's filter, which stays chosen from picture to picture."""
    return known_rule(visit.request.query.get("rule", ""))


def reread(record: Record) -> Record:
    return clients.records().get(record["image"], record["version"]) or record


def onwards(visit: Visit, reviewer: str, rule: str, *, around: bool) -> Answer:
    """To the next picture, which is opened for the reviewer; behind the last, to the queue."""
    record = open_next(
        clients.records(), clients.trail(), reviewer, rule, visit.record, visit.at, around=around
    )
    path = f"reviews/{queue_token(record, visit.at)}" if record else ""
    return moved(f"{visit.request.root}/{path}{query(rule=rule, done=visit.token)}")


def refuse(visit: Visit, form: dict[str, str], error: UnreadableDecision) -> Answer:
    """The form again, with what was typed and what is wrong with it."""
    if error.field == "decision" or visit.request.json or not is_open(visit.record):
        return problem(visit.request, 400, f"bad_{error.field}", "No decision", error.text)
    typed = {name: form.get(name) for name in ("reviewer", "reason", "note")}
    return waiting(
        visit,
        400,
        known_rule(form.get("rule", "")),
        typed,
        error=error.text,
        error_field=error.field,
    )
