"""The review pages over HTTP. GET and HEAD change nothing; only a POST does."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.event_handler import LambdaFunctionUrlResolver
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.utilities.typing import LambdaContext

from darkroom.links import BadLink
from darkroom.observability import logger
from review import file_routes, picture_routes, queue_routes, sign_in_routes
from review.requests import (
    MAX_ADDRESS,
    AddressTooLong,
    FromElsewhere,
    TooLarge,
    UnreadableForm,
)
from review.sessions import COOKIE, NoReviewer, SignInNeeded
from review.visits import AskedAgain, NoPicture, Replaced, TooLate
from review.web import HEADERS, Answer, problem, read_request

app = LambdaFunctionUrlResolver()
# Refusals worth a line in the log: an honest visitor hardly ever gets one.
NOTABLE = {"bad_link", "no_reviewer", "from_elsewhere", "too_large", "too_long"}
for routes in (queue_routes, file_routes, picture_routes, sign_in_routes):
    app.include_router(routes.router)


# What somebody is told who cannot have what they asked for: status, code for programs, title, text.
REFUSALS: dict[type[Exception], tuple[int, str, str, str]] = {
    BadLink: (
        403,
        "bad_link",
        "This link does not work",
        "It is incomplete, was changed on the way, or has been revoked. "
        "Open it from the newest message again, or ask the operator for another.",
    ),
    SignInNeeded: (
        401,
        "sign_in_needed",
        "Please sign in",
        "Nobody is signed in here, or the time is over. Open your personal sign-in link; "
        "the operator makes one with: darkroom reviewers add NAME",
    ),
    NoReviewer: (
        403,
        "no_reviewer",
        "You are not on the list of reviewers",
        "This sign-in has ended, because the reviewer was removed or has a newer link. "
        "Open the newest sign-in link, or ask the operator for one.",
    ),
    FromElsewhere: (
        403,
        "from_elsewhere",
        "Not from this page",
        "Sec-Fetch-Site or Origin says that another site sent this, or neither came with a "
        "session. Open the review link and decide there.",
    ),
    AddressTooLong: (
        414,
        "too_long",
        "Nothing here",
        "The address is longer than any of ours. Open the link from the message again.",
    ),
    TooLarge: (413, "too_large", "Too much text", "The form was larger than a decision can be."),
    TooLate: (
        410,
        "over",
        "The time is over",
        "Nobody can decide through this link any more. If the picture is still in review, "
        "its newest message has a link that works.",
    ),
    AskedAgain: (
        409,
        "earlier",
        "It was reopened meanwhile",
        "The page that you decided on was of an earlier review of this picture. Open it again from "
        "the queue, and see why somebody took the decision back.",
    ),
    Replaced: (
        409,
        "replaced",
        "A newer picture has taken its place",
        "Somebody uploaded another picture under this name, so that a decision on this one would "
        "be void. The newer one asks for a review of its own if it needs one.",
    ),
    NoPicture: (
        404,
        "not_found",
        "Nothing here",
        "There is no record of this picture any more.",
    ),
    NotFoundError: (
        404,
        "not_found",
        "Nothing here",
        "There is no such page. Open the link from the message again.",
    ),
}


@app.exception_handler(list(REFUSALS))  # type: ignore[untyped-decorator]
def refused(error: Exception) -> Answer:
    request = read_request(app.current_event)
    status, code, title, text = REFUSALS[type(error)]
    if code in NOTABLE:
        logger.warning("refused", extra={"code": code})
    answer = problem(request, status, code, title, text)
    if isinstance(error, NoReviewer) and request.has_cookie(COOKIE):
        answer.cookies.append(sign_in_routes.cookie("", 0))  # messages' links then work here again
    return answer


@app.exception_handler(UnreadableForm)  # type: ignore[untyped-decorator]
def unreadable_form(error: UnreadableForm) -> Answer:
    request = read_request(app.current_event)
    return problem(request, 400, "unreadable", "No decision", str(error))


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]
def broken(error: Exception) -> Answer:
    logger.exception("the review page failed")
    return problem(
        read_request(app.current_event),
        500,
        "broken",
        "Something broke on our side",
        "Open the page again in a minute to see whether your decision was recorded.",
    )


def check_address(app: LambdaFunctionUrlResolver, next_middleware: NextMiddleware) -> Answer:
    """Raises AddressTooLong before a route is asked."""
    event = app.current_event
    length = len(event.raw_path) + len(event.raw_query_string)
    if length > MAX_ADDRESS:
        raise AddressTooLong(f"expected at most {MAX_ADDRESS} characters, got {length}")
    return next_middleware(app)


app.use([check_address])


def respond(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The answer to a request, whatever breaks on the way to a page."""
    try:
        return app.resolve(event, context)
    except Exception:
        logger.exception("no page could be made")
        headers = HEADERS | {"Content-Type": "text/plain; charset=utf-8"}
        return {
            "statusCode": 500,
            "headers": headers,
            "body": "Something broke on our side.\n",
            "isBase64Encoded": False,
        }
