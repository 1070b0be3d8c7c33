"""`make check` reads the template's policies: what it finds in one that is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from bench.policies import Finding, refused, risky, unexplained, without_effect
from bench.policy_documents import policies

BUCKET = {"Bucket": {"Type": "AWS::S3::Bucket"}}
BUCKET_ARN = {"Fn::GetAtt": ["Bucket", "Arn"]}
OBJECTS = {"Fn::Sub": "${Bucket.Arn}/raw/*"}


def role(**statement: Any) -> dict[str, Any]:
    """The resources of a template with one role, which may do that."""
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    properties = {
        "AssumeRolePolicyDocument": trust,
        "Policies": [{"PolicyName": "p", "PolicyDocument": document}],
    }
    return BUCKET | {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}


def found(**statement: Any) -> list[Finding]:
    documents = policies(role(**statement))
    return [*without_effect(documents), *risky(documents)]


def test_a_policy_that_grants_what_it_says_is_clean() -> None:
    condition = {"StringLike": {"s3:prefix": "raw/*"}}
    assert found(Action="s3:GetObject", Resource=OBJECTS) == []
    assert found(Action="s3:ListBucket", Resource=BUCKET_ARN, Condition=condition) == []


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ({"Action": "s3:GetObjekt", "Resource": OBJECTS}, "unknown_action"),
        ({"Action": "s3:GetObject", "Resource": BUCKET_ARN}, "unknown_resource"),
        ({"Action": "s3:ListBucket", "Resource": OBJECTS}, "unknown_resource"),
        (
            {
                "Action": "s3:ListBucket",
                "Resource": BUCKET_ARN,
                "Condition": {"StringLike": {"s3:prefx": "raw/*"}},
            },
            "unknown_condition_key",
        ),
        ({"Action": "s3:GetObject", "Resource": "*"}, "allows_data_exfiltration_actions"),
        ({"Action": "s3:*", "Resource": OBJECTS}, "service_wildcard"),
        ({"Action": "iam:PassRole", "Resource": "*"}, "infrastructure_modification"),
    ],
)
def test_a_policy_that_grants_nothing_or_too_much_is_found(
    statement: dict[str, Any], rule: str
) -> None:
    assert rule in {one.rule for one in found(**statement)}


def test_a_denial_of_everything_under_a_key_that_no_request_has_is_found() -> None:
    properties = {
        "PolicyDocument": {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": OBJECTS,
                "Condition": {"Bool": {"aws:SecureTransprt": "false"}},
            },
        }
    }
    resources = BUCKET | {"Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": properties}}
    [finding] = without_effect(policies(resources))
    assert (finding.rule, finding.detail) == ("unknown_condition_key", "aws:SecureTransprt")


def test_what_aws_would_refuse_is_found() -> None:
    condition = {"StringLik": {"s3:prefix": "raw/*"}}
    documents = policies(role(Action="s3:ListBucket", Resource=BUCKET_ARN, Condition=condition))
    assert [(one.owner, one.rule) for one in refused(documents)] == [("Role", "E3510")]


def test_a_statement_under_a_condition_of_the_templates_is_looked_at() -> None:
    statement = {"Effect": "Allow", "Action": "s3:GetObjekt", "Resource": OBJECTS}
    resources = role(Action="s3:GetObject", Resource=OBJECTS)
    [policy] = resources["Role"]["Properties"]["Policies"]
    policy["PolicyDocument"]["Statement"].append(
        {"Fn::If": ["Sometimes", statement, {"Ref": "AWS::NoValue"}]}
    )
    assert [one.rule for one in without_effect(policies(resources))] == ["unknown_action"]


def test_a_policy_of_a_kind_that_nobody_looks_at_is_an_error() -> None:
    key = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": []}}}
    with pytest.raises(ValueError, match="got Key"):
        policies({"Key": key})


def test_a_finding_needs_an_explanation_and_an_explanation_a_finding() -> None:
    finding, other = Finding("Role", "rule", "a"), Finding("Role", "rule", "b")
    assert unexplained([finding], {finding: "why"}) == []
    assert unexplained([finding, other], {finding: "why"}) == ["Role: rule b"]
    assert unexplained([], {finding: "why"}) == ["explained, but not found: Role: rule a"]
