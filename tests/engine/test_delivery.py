"""CloudFront before the published bucket: what is deployed, and what a take-down asks of it.

The engine keeps a distribution's settings and serves nothing. Its Step Functions have no
CloudFront, but can be told what a Task answers (see test_moderation).
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import pytest

from cli import withdrawals
from cli.engine import Engine
from cli.errors import CommandError
from cli.progress import wait_until
from cli.stack import Stack
from darkroom import statuses
from darkroom.moments import now, stamp
from tests.conftest import WAIT_SECONDS, Darkroom, deployed
from tests.engine.test_moderation import tell_engine
from tests.markup import Tags
from tests.pictures import jpeg

pytestmark = pytest.mark.engine

IMAGE = "trip/a b+ü.jpg"


@pytest.fixture(scope="module")
def delivered(engine: Engine, engine_home: Path) -> Darkroom:
    return deployed(engine, engine_home, "delivered", Delivery="cloudfront")


@pytest.fixture(scope="module")
def config(delivered: Darkroom) -> dict[str, Any]:
    """The distribution at DeliveryUrl, as CloudFront gives it."""
    client = delivered.stack.client("cloudfront")
    host = urlsplit(delivered.stack.outputs["DeliveryUrl"]).netloc
    [summary] = [
        one
        for one in client.list_distributions()["DistributionList"]["Items"]
        if one["DomainName"] == host
    ]
    found: dict[str, Any] = client.get_distribution(Id=summary["Id"])["Distribution"]
    return found


def test_the_distribution_reads_the_published_bucket_by_access_control(
    delivered: Darkroom, config: dict[str, Any]
) -> None:
    settings = config["DistributionConfig"]
    [origin] = settings["Origins"]["Items"]
    bucket = delivered.stack.outputs["PublishedBucket"]
    assert origin["DomainName"].startswith(f"{bucket}.s3.")
    access = delivered.stack.client("cloudfront").get_origin_access_control(
        Id=origin["OriginAccessControlId"]
    )["OriginAccessControl"]["OriginAccessControlConfig"]
    assert (access["SigningBehavior"], access["SigningProtocol"]) == ("always", "sigv4")
    assert len(access["Name"]) <= 64
    assert settings["HttpVersion"] == "http2and3"
    assert settings["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "https-only"


def test_the_bucket_lets_that_distribution_read_and_nobody_else(
    delivered: Darkroom, config: dict[str, Any]
) -> None:
    bucket = delivered.stack.outputs["PublishedBucket"]
    policy = json.loads(delivered.stack.s3.get_bucket_policy(Bucket=bucket)["Policy"])
    [allowed] = [one for one in policy["Statement"] if one["Effect"] == "Allow"]
    assert allowed["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert allowed["Action"] == "s3:GetObject"
    assert allowed["Resource"] == f"arn:aws:s3:::{bucket}/*"
    assert allowed["Condition"] == {"StringEquals": {"aws:SourceArn": config["ARN"]}}
    block = delivered.stack.s3.get_public_access_block(Bucket=bucket)
    assert set(block["PublicAccessBlockConfiguration"].values()) == {True}


def test_files_are_kept_for_a_year_and_manifests_for_a_minute(
    delivered: Darkroom, config: dict[str, Any]
) -> None:
    client, settings = delivered.stack.client("cloudfront"), config["DistributionConfig"]
    [manifests] = settings["CacheBehaviors"]["Items"]
    kept = {
        behavior.get("PathPattern", "*"): client.get_cache_policy(Id=behavior["CachePolicyId"])[
            "CachePolicy"
        ]["CachePolicyConfig"]["MaxTTL"]
        for behavior in (settings["DefaultCacheBehavior"], manifests)
    }
    assert kept == {"*": 31_536_000, "*/manifest.json": 60}
    headers = client.get_response_headers_policy(Id=manifests["ResponseHeadersPolicyId"])
    sent = headers["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]
    assert sent["CorsConfig"]["AccessControlAllowOrigins"]["Items"] == ["*"]
    assert sent["SecurityHeadersConfig"]["ContentTypeOptions"]["Override"] is True
    assert sent["SecurityHeadersConfig"]["StrictTransportSecurity"]["Override"] is True


def test_the_markup_leads_from_the_delivery_url_to_the_files(delivered: Darkroom) -> None:
    assert delivered.run(IMAGE, jpeg("a", (700, 400)))["status"] == statuses.PUBLISHED
    base = delivered.stack.outputs["DeliveryUrl"]
    keys = set(delivered.keys("PublishedBucket", f"{IMAGE}/"))
    found = []
    for tag, attributes in Tags(delivered.manifest(IMAGE)["picture"]).tags:
        if tag != "picture":
            found += [one.split(" ")[0] for one in attributes["srcset"].split(", ")]
    assert len(found) >= 6  # two widths in three formats
    for address in found:
        url = urljoin(base, address)
        assert url.startswith(base)
        # Where S3 sees a `+` it means one; a browser does not resolve what is encoded.
        assert unquote(urlsplit(url).path[1:]) in keys


def answering(darkroom: Darkroom, **answer: Any) -> Stack:
    """The stack, whose withdrawals get this answer of CloudFront."""
    arn = darkroom.stack.outputs["WithdrawArn"]
    tell_engine(
        darkroom,
        {
            "StateMachines": {
                arn.rpartition(":")[2]: {"TestCases": {"Mocked": {"Invalidate": "Answer"}}}
            },
            "MockedResponses": {"Answer": {"0-20": answer}},
        },
    )
    return replace(
        darkroom.stack, outputs=darkroom.stack.outputs | {"WithdrawArn": f"{arn}#Mocked"}
    )


def retract(darkroom: Darkroom, image: str, **answer: Any) -> None:
    """Raises CommandError where the withdrawal breaks."""
    record = darkroom.wait(image, *statuses.ENDED)
    stack = answering(darkroom, **answer)
    try:
        arn = withdrawals.start(stack, "retract", record, "Ann", "a test", stamp(now()))
        assert wait_until(
            lambda: withdrawals.has_succeeded(darkroom.stack, arn) or None, WAIT_SECONDS
        )
    finally:
        tell_engine(darkroom, {})


def test_a_withdrawal_names_that_distribution(delivered: Darkroom, config: dict[str, Any]) -> None:
    arn = delivered.stack.outputs["WithdrawArn"]
    found = delivered.stepfunctions.describe_state_machine(stateMachineArn=arn)["definition"]
    invalidate = json.loads(found)["States"]["Invalidate"]
    assert invalidate["Arguments"]["DistributionId"] == config["Id"]


def test_a_take_down_that_the_cache_refuses_has_failed_and_the_next_one_goes_on(
    delivered: Darkroom,
) -> None:
    image = "trip/c d+ü.jpg"
    assert delivered.run(image, jpeg("c", (80, 64)))["status"] == statuses.PUBLISHED
    refused = {"Error": "CloudFront.AccessDeniedException", "Cause": "no"}

    with pytest.raises(CommandError, match="Invalidate: no"):
        retract(delivered, image, Throw=refused)
    record = delivered.wait(image, statuses.RETRACTED)
    assert record["error"]["step"] == "Invalidate"

    retract(delivered, image, Return={"Location": "there"})
    assert "error" not in delivered.wait(image, statuses.RETRACTED)
