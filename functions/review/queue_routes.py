"""The queue: what waits, oldest first; and finding one picture by its name."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from darkroom.keys import MAX_KEY_BYTES
from darkroom.moments import now
from review import clients, pages
from review.leases import holder
from review.pages import QueueItem, QueueView
from review.picture_pages import done
from review.queue import MAX_LOOKED_AT, Newer, has_rule
from review.records import Record
from review.views import queue_item
from review.visits import current_reviewer, named, needed, queue_token
from review.web import Answer, moved, new_router, page, problem, query, read_request
from review.words import RULES, known_rule

router = new_router()

# A page stays under 50 KB without its pictures, whatever the names: a card names its token three
# times at most, and a token has 1.4 KB at most.
PAGE_ITEMS = 24
PAGE_BYTES = 40_000
CARD_BYTES = 1_500
CARD_TOKENS = 3


@router.route("/", method=["GET", "HEAD"])
def queue() -> Answer:
    request = read_request(router.current_event)
    reviewer = needed(current_reviewer(request))
    rule = known_rule(request.query.get("rule", ""))
    after = request.query.get("after", "")
    view = fill(reviewer, rule, named(after) if after else None, now())
    if "done" in request.query:
        view = replace(view, done=done(request.query["done"]))
    return page(200, pages.queue_page(view, request.root))


@router.route("/find", method=["GET", "HEAD"])
def find() -> Answer:
    request = read_request(router.current_event)
    needed(current_reviewer(request))
    image = request.query.get("image", "").strip()
    may_be = 0 < len(image.encode("utf-8", "replace")) <= MAX_KEY_BYTES
    newest = clients.records().newest(image) if may_be else None
    record = clients.records().get(image, newest[1]) if newest else None
    if record is None:
        return problem(
            request,
            404,
            "not_found",
            "No such picture",
            f"No picture is called “{image}”. A picture is named as its key in the upload bucket, "
            "without raw/, in exactly that spelling.",
        )
    return moved(f"{request.root}/reviews/{queue_token(record, now())}")


def fill(reviewer: str, rule: str, after: Record | None, at: datetime) -> QueueView:
    """A page of the queue behind `after`."""
    items: list[QueueItem] = []
    newer = Newer(clients.records())
    replaced, room, last, more = 0, PAGE_BYTES, "", None
    for looked_at, record in enumerate(clients.records().queue(after)):
        token = queue_token(record, at)
        room -= (CARD_BYTES + CARD_TOKENS * len(token)) if has_rule(record, rule) else 0
        if looked_at == MAX_LOOKED_AT or len(items) == PAGE_ITEMS or (items and room < 0):
            more = query(rule=rule, after=last)
            break
        last = token
        if not has_rule(record, rule):
            continue
        if newer.than(record):
            replaced += 1
            continue
        other = holder(record, at)
        items.append(queue_item(record, token, other if other != reviewer else None, at))
    return QueueView(
        reviewer=reviewer,
        items=tuple(items),
        rules=tuple(RULES),
        rule=rule,
        more=more,
        first=after is None,
        replaced=replaced,
    )
