"""Review: asks for a decision when the pipeline calls, and serves the page where it is made."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from darkroom.observability import correlate, logger, tracer
from review.clients import link_secret, records, settings, sns
from review.request import request_review
from review.routes import app


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Any:
    if "requestContext" in event:
        return app.resolve(event, context)

    correlate(event["image"], event["version"], event["execution"])
    request_review(event, records(), sns(), settings().review_topic_arn, link_secret())
    logger.info("asked for a review")
    return None
