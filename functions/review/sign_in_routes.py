"""Signing in with a personal link, and out."""

from __future__ import annotations

from aws_lambda_powertools.shared.cookies import Cookie, SameSite

from darkroom.moments import now
from darkroom.observability import logger
from darkroom.reviewers import SignIn, read_sign_in
from review import clients, pages
from review.sessions import COOKIE, NoReviewer, session_value
from review.web import Answer, moved, new_router, page, problem, read_request

router = new_router()


@router.route("/sign-in/<token>", method=["GET", "HEAD"])
def ask(token: str) -> Answer:
    request = read_request(router.current_event)
    return page(200, pages.sign_in_page(who(token).name, token, request.root))


@router.post("/sign-in/<token>")
def sign_in(token: str) -> Answer:
    request = read_request(router.current_event)
    request.form()
    reviewer = who(token)
    seconds = clients.settings().review_session_seconds
    value = session_value(clients.link_keys(), reviewer, int(now().timestamp()) + seconds)
    logger.info("signed in", extra={"reviewer": reviewer.name})
    return moved(f"{request.root}/", cookies=[cookie(value, seconds)])


@router.post("/sign-out")
def sign_out() -> Answer:
    request = read_request(router.current_event)
    request.form()
    answer = problem(
        request, 200, "signed_out", "Signed out", "Your personal link signs you in again."
    )
    answer.cookies.append(cookie("", 0))
    return answer


@router.route("/sign-out", method=["GET", "HEAD"])
def back() -> Answer:
    return moved(f"{read_request(router.current_event).root}/")


def who(token: str) -> SignIn:
    """Whom the link is for. Raises NoReviewer where it is nobody's any more."""
    reviewer = read_sign_in(clients.link_keys(), token)
    if reviewer is None or not clients.reviewers().has(reviewer.name, reviewer.key):
        raise NoReviewer("expected the sign-in link of a reviewer on the list")
    return reviewer


def cookie(value: str, seconds: int) -> Cookie:
    return Cookie(
        COOKIE,
        value,
        path="/",
        secure=True,
        http_only=True,
        max_age=seconds,
        same_site=SameSite.STRICT_MODE,
    )
