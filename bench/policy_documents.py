"""The policy documents of the template, as SAM expands it and as AWS would read them.

In the template resources are references, which a linter cannot compare with actions; here each is
an ARN as AWS would give it, and every statement with a condition of the template's is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cfnlint.decode import decode  # type: ignore[import-untyped]
from cfnlint.template.transforms._sam import Transform  # type: ignore[import-untyped]

Json = dict[str, Any]

REGION = "us-east-1"
PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::AccountId": "123456789012",
    "AWS::StackName": "darkroom",
}
HERE = f"{REGION}:{PSEUDO['AWS::AccountId']}"
# What Ref or GetAtt give of a resource where a policy names it.
ARNS = {
    "AWS::CloudFront::Distribution": "arn:aws:cloudfront::123456789012:distribution/{}",
    "AWS::CloudWatch::Alarm": f"arn:aws:cloudwatch:{HERE}:alarm:{{}}",
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{HERE}:table/{{}}",
    "AWS::Events::Rule": f"arn:aws:events:{HERE}:rule/{{}}",
    "AWS::Lambda::Function": f"arn:aws:lambda:{HERE}:function:{{}}",
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::SecretsManager::Secret": f"arn:aws:secretsmanager:{HERE}:secret:{{}}-AbCdEf",
    "AWS::SNS::Topic": f"arn:aws:sns:{HERE}:{{}}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{HERE}:{{}}",
    "AWS::StepFunctions::StateMachine": f"arn:aws:states:{HERE}:stateMachine:{{}}",
}
# Their Ref is a name, as in `log-group:${ReviewLogGroup}`.
NAMED = {
    "AWS::CloudFront::Distribution",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
}
RESOURCE_POLICIES = {"AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"}


@dataclass(frozen=True)
class Policy:
    """`owner`: the role or resource. `kind`: of the resource that it stands in here."""

    owner: str
    kind: str
    document: Json

    def resource(self) -> Json:
        """As a resource of its own, so that cfn-lint applies the rules for its kind."""
        match self.kind:
            case "AWS::IAM::Role":
                properties: Json = {"AssumeRolePolicyDocument": self.document}
            case "AWS::IAM::Policy":
                properties = {"PolicyName": "p", "Roles": ["r"], "PolicyDocument": self.document}
            case "AWS::S3::BucketPolicy":
                # One policy a bucket: cfn-lint compares.
                properties = {"Bucket": self.owner.lower(), "PolicyDocument": self.document}
            case "AWS::SQS::QueuePolicy":
                properties = {"Queues": ["q"], "PolicyDocument": self.document}
            case _:
                properties = {"Topics": ["t"], "PolicyDocument": self.document}
        return {"Type": self.kind, "Properties": properties}


def expand(template: Path) -> Json:
    """The template's resources after the SAM transform. Raises ValueError where it has none."""
    decoded, problems = decode(str(template))
    transform = Transform(str(template), decoded, REGION)
    problems = [*problems, *transform.transform_template()]
    if problems:
        raise ValueError(f"expected a template that SAM can expand, got: {problems[0]}")
    resources: Json = transform.template()["Resources"]
    return resources


def policies(resources: Json) -> list[Policy]:
    """All of them. Raises ValueError for one of a kind that nobody would look at."""
    return list(_policies(resources))


def _policies(resources: Json) -> Iterator[Policy]:
    types = {name: resource["Type"] for name, resource in resources.items()}
    for name, resource in resources.items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::Role":
            trust = properties["AssumeRolePolicyDocument"]
            yield Policy(name, "AWS::IAM::Role", resolve(trust, types))
            for policy in properties.get("Policies", ()):
                document = resolve(policy["PolicyDocument"], types)
                yield Policy(name, "AWS::IAM::Policy", document)
        elif resource["Type"] in RESOURCE_POLICIES:
            document = resolve(properties["PolicyDocument"], types)
            yield Policy(name, resource["Type"], document)
        elif resource["Type"] in {"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"}:
            document = resolve(properties["PolicyDocument"], types)
            yield Policy(name, "AWS::IAM::Policy", document)
        elif any(isinstance(one, dict) and "Statement" in one for one in properties.values()):
            raise ValueError(f"expected a kind of policy that is known here, got {name}")


def resolve(value: Any, types: Mapping[str, str]) -> Any:
    """`value` without references. Raises ValueError for one that stands in no policy so far."""
    match value:
        case {"Ref": str(name)}:
            return PSEUDO.get(name) or _name(name, types)
        case {"Fn::GetAtt": [str(name), "Arn" | "Id"]}:
            return _arn(name, types)
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{([^}]+)\}", lambda found: _inserted(found[1], types), text)
        case {"Fn::If": [_, there, otherwise]}:
            return resolve(otherwise if there == {"Ref": "AWS::NoValue"} else there, types)
        case dict():
            if any(key.startswith("Fn::") for key in value):
                raise ValueError(f"expected a reference that is known here, got {value}")
            return {key: resolve(one, types) for key, one in value.items()}
        case list():
            return [resolve(one, types) for one in value]
    return value


def _inserted(name: str, types: Mapping[str, str]) -> str:
    resource, _, attribute = name.partition(".")
    if attribute:
        return _arn(resource, types)
    return PSEUDO.get(name) or _name(name, types)


def _name(name: str, types: Mapping[str, str]) -> str:
    return name.lower() if types.get(name) in NAMED else _arn(name, types)


def _arn(name: str, types: Mapping[str, str]) -> str:
    kind = types.get(name, "")
    if kind not in ARNS:
        raise ValueError(f"expected {name} to be of a type whose ARN is known here, got {kind!r}")
    return ARNS[kind].format(name.lower())
