"""Review: asks for a decision when a state machine calls, and serves the pages where it is made."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from darkroom import statuses
from darkroom.observability import correlate, logged, report
from review.asking import Asking
from review.clients import link_keys, records, settings, sns, trail
from review.routes import respond


@logged
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Any:
    if "requestContext" in event:
        return respond(event, context)

    correlate(event["image"], event["version"], event["execution"])
    asking = Asking(records(), trail(), sns(), settings().review_topic_arn, link_keys())
    if event["action"] == "remind":
        sent = asking.remind(event)
        report("reminded" if sent else "nothing to remind of")
    else:
        asking.request(event)
        report("asked for a review", ended=(statuses.IN_REVIEW, event["made"]["recipe"]))
    return None
