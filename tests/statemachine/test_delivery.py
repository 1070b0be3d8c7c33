"""CloudFront before the published bucket, as the template has it."""

from __future__ import annotations

import fnmatch
import re
from typing import Any

import pytest

from darkroom.keys import EXTENSIONS, manifest_key, published_key
from darkroom.storage import IMMUTABLE, SHORT_LIVED
from tests.statemachine.definitions import (
    OUTPUTS,
    PARAMETERS,
    RESOURCES,
    TEMPLATE,
    Json,
    of_type,
    target,
)

DISTRIBUTION: Json = of_type("AWS::CloudFront::Distribution")["Distribution"]["DistributionConfig"]
FILES: Json = DISTRIBUTION["DefaultCacheBehavior"]
[MANIFESTS] = DISTRIBUTION["CacheBehaviors"]
POLICIES = {
    name: properties["CachePolicyConfig"]
    for name, properties in of_type("AWS::CloudFront::CachePolicy").items()
}
HEADERS: Json = of_type("AWS::CloudFront::ResponseHeadersPolicy")["DeliveryHeaders"][
    "ResponseHeadersPolicyConfig"
]

every_behavior = pytest.mark.parametrize("behavior", [FILES, MANIFESTS], ids=["files", "manifests"])


def policy(behavior: Json) -> Json:
    found: Json = POLICIES[target(behavior["CachePolicyId"])]
    return found


def seconds(cache_control: str) -> int:
    found = re.search(r"max-age=(\d+)", cache_control)
    assert found
    return int(found[1])


def test_there_is_a_distribution_only_where_somebody_said_so() -> None:
    assert PARAMETERS["Delivery"]["Default"] == "none"
    assert TEMPLATE["Conditions"]["Delivers"] == {"Fn::Equals": [{"Ref": "Delivery"}, "cloudfront"]}
    of_cloudfront = {
        name: one for name, one in RESOURCES.items() if one["Type"].startswith("AWS::CloudFront::")
    }
    assert len(of_cloudfront) == 5
    for name, one in {**of_cloudfront, "DeliveryUrl": OUTPUTS["DeliveryUrl"]}.items():
        assert one["Condition"] == "Delivers", name


def test_it_signs_what_it_asks_the_private_bucket_for() -> None:
    [origin] = DISTRIBUTION["Origins"]
    assert target(origin["DomainName"]) == "PublishedBucket.RegionalDomainName"
    assert target(origin["OriginAccessControlId"]) == "DeliveryAccess"
    access = of_type("AWS::CloudFront::OriginAccessControl")["DeliveryAccess"]
    settings = access["OriginAccessControlConfig"]
    assert settings["OriginAccessControlOriginType"] == "s3"
    assert (settings["SigningBehavior"], settings["SigningProtocol"]) == ("always", "sigv4")


@every_behavior
def test_it_is_read_over_https_alone(behavior: Json) -> None:
    assert behavior["ViewerProtocolPolicy"] == "https-only"
    assert behavior["AllowedMethods"] == ["GET", "HEAD"]
    assert DISTRIBUTION["HttpVersion"] == "http2and3"


@every_behavior
def test_nothing_that_a_browser_sends_makes_a_second_copy_or_goes_to_s3(behavior: Json) -> None:
    key = policy(behavior)["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key["CookiesConfig"] == {"CookieBehavior": "none"}
    assert key["HeadersConfig"] == {"HeaderBehavior": "none"}
    assert key["QueryStringsConfig"] == {"QueryStringBehavior": "none"}
    assert "OriginRequestPolicyId" not in behavior


def test_json_is_compressed_and_pictures_are_compressed_as_they_are() -> None:
    for behavior, pays in ((FILES, False), (MANIFESTS, True)):
        key = policy(behavior)["ParametersInCacheKeyAndForwardedToOrigin"]
        assert behavior["Compress"] is pays
        assert key["EnableAcceptEncodingGzip"] is key["EnableAcceptEncodingBrotli"] is pays


def test_it_caches_as_long_as_the_objects_say() -> None:
    assert policy(FILES)["MaxTTL"] >= seconds(IMMUTABLE)
    assert policy(MANIFESTS)["MaxTTL"] == seconds(SHORT_LIVED)
    # A floor above zero would hold against `no-cache` too.
    assert policy(FILES)["MinTTL"] == policy(MANIFESTS)["MinTTL"] == 0


@pytest.mark.parametrize(
    "image", ["a.jpg", "manifest.json", "trip/manifest.json", "manifest.json/b", "*", "/"]
)
def test_manifests_and_files_are_told_apart_whatever_the_image_is_called(image: str) -> None:
    pattern = MANIFESTS["PathPattern"]
    assert fnmatch.fnmatchcase(f"/{manifest_key(image)}", pattern)
    for format in EXTENSIONS:
        key = published_key(image, "0123456789abcdef", "manifest.json", format)
        assert not fnmatch.fnmatchcase(f"/{key}", pattern)


@every_behavior
def test_a_page_of_any_origin_may_read_and_nothing_is_guessed(behavior: Json) -> None:
    assert target(behavior["ResponseHeadersPolicyId"]) == "DeliveryHeaders"
    cors, security = HEADERS["CorsConfig"], HEADERS["SecurityHeadersConfig"]
    assert cors["AccessControlAllowOrigins"] == {"Items": ["*"]}
    assert cors["AccessControlAllowCredentials"] is False
    assert set(cors["AccessControlAllowMethods"]["Items"]) == {"GET", "HEAD"}
    assert security["ContentTypeOptions"] == {"Override": True}
    assert security["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31_536_000


def test_a_domain_comes_with_its_certificate() -> None:
    [together, delivered] = TEMPLATE["Rules"]["DomainWithCertificate"]["Assertions"]
    cases = [
        ("", "", "none", True, True),
        ("images.example.com", "arn", "cloudfront", True, True),
        ("images.example.com", "", "cloudfront", False, True),
        ("", "arn", "cloudfront", False, True),
        ("images.example.com", "arn", "none", True, False),
    ]
    for domain, certificate, delivery, is_whole, is_delivered in cases:
        given = {
            "DeliveryDomain": domain,
            "DeliveryCertificateArn": certificate,
            "Delivery": delivery,
        }
        assert holds(together["Assert"], given) is is_whole
        assert holds(delivered["Assert"], given) is is_delivered


def holds(rule: Any, given: dict[str, str]) -> bool:
    [(function, parts)] = rule.items()
    match function:
        case "Fn::Equals":
            left, right = (given[one["Ref"]] if isinstance(one, dict) else one for one in parts)
            return bool(left == right)
        case "Fn::Not":
            return not holds(parts[0], given)
        case "Fn::And":
            return all(holds(part, given) for part in parts)
        case _:
            assert function == "Fn::Or"
            return any(holds(part, given) for part in parts)


@pytest.mark.parametrize(
    ("name", "value", "taken"),
    [
        ("DeliveryDomain", "images.example.com", True),
        ("DeliveryDomain", "*.example.com", True),
        ("DeliveryDomain", "https://images.example.com", False),
        ("DeliveryDomain", "Images.example.com", False),
        ("DeliveryDomain", "images", False),
        (
            "DeliveryCertificateArn",
            "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
            True,
        ),
        (
            "DeliveryCertificateArn",
            "arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
            False,
        ),
    ],
)
def test_a_domain_and_a_certificate_look_like_one(name: str, value: str, taken: bool) -> None:
    assert bool(re.search(PARAMETERS[name]["AllowedPattern"], value)) is taken
