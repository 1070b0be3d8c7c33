"""Every policy document of the template through linters that know AWS's own words for all of it.

python -m bench.policies [TEMPLATE]

cfn-lint says what AWS would refuse (operators, Sids, unknown actions). policy_sentry knows AWS's
service authorization reference: an action on a resource, or under a condition key, that it does not
know is granted to nobody and denied to nobody, and AWS says nothing of it. cloudsplaining says what
is too much: privileges that lead to more of them, data or credentials that could be carried off,
changes that no resource bounds. All three work offline.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cfnlint.api import lint  # type: ignore[import-untyped]
from cfnlint.config import ManualArgs  # type: ignore[import-untyped]
from cloudsplaining.scan.policy_document import PolicyDocument
from policy_sentry.querying.actions import get_action_data
from policy_sentry.util.arns import ARN

from bench.policy_documents import REGION, Json, Policy, expand, policies

PROJECT = Path(__file__).parents[1]

# What cloudsplaining asks of a policy, in its own words.
RISKS = (
    "allows_privilege_escalation",
    "allows_data_exfiltration_actions",
    "credentials_exposure",
    "infrastructure_modification",
    "permissions_management_without_constraints",
    "service_wildcard",
    "contains_statement_using_not_action",
)
# Condition keys that every action knows, as far as the template needs them:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
GLOBAL_KEYS = {"aws:SecureTransport", "aws:SourceArn", "aws:SourceAccount"}


@dataclass(frozen=True)
class Finding:
    """`what`: the action, or the place in the document."""

    owner: str
    rule: str
    what: str
    detail: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (f"{self.owner}:", self.rule, self.what, self.detail)))


# Findings that stay, each with its reason. One that is found no longer fails as well.
MEANT = {
    Finding(
        "ReviewFunctionRole",
        "unknown_resource",
        "states:SendTaskSuccess",
        "arn:aws:states:us-east-1:123456789012:stateMachine:darkroom-pipeline",
    ): "The reference names no resource. AWS does check against the state machine that waits (see "
    "https://github.com/aws/aws-cdk/pull/8486, and its refusals name it), and with a `*` the "
    "function that faces the internet could end the tasks of every state machine of the account.",
}


def main(template: Path) -> int:
    found = policies(expand(template))
    left = unexplained([*refused(found), *without_effect(found), *risky(found)])
    print("\n".join(left) or f"{len(found)} policy documents, {len(MEANT)} finding explained.")
    return 1 if left else 0


def unexplained(findings: Iterable[Finding], meant: Mapping[Finding, str] = MEANT) -> Sequence[str]:
    """What nobody explained, and explanations of what is not found."""
    there = dict.fromkeys(findings)
    return [
        *(str(one) for one in there if one not in meant),
        *(f"explained, but not found: {one}" for one in meant if one not in there),
    ]


def refused(found: Sequence[Policy]) -> Iterator[Finding]:
    """What cfn-lint says, its informational rules too."""
    resources = {f"Policy{number}": policy.resource() for number, policy in enumerate(found)}
    matches = lint(
        json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}),
        regions=[REGION],
        config=ManualArgs(include_checks=["I"], regions=[REGION]),
    )
    for match in matches:
        _, resource, *path = match.path
        owner = found[int(resource.removeprefix("Policy"))].owner
        yield Finding(owner, match.rule.id, "/".join(map(str, path[1:])), match.message)


def without_effect(found: Sequence[Policy]) -> Iterator[Finding]:
    """Actions that AWS does not know, or not on that resource, or not under that condition."""
    for policy in found:
        if policy.kind == "AWS::IAM::Role":
            continue  # Who may assume it: no resource.
        for statement in _as_list(policy.document["Statement"]):
            for action in _as_list(statement["Action"]):
                yield from _without_effect(policy.owner, action, statement)


def _without_effect(owner: str, action: str, statement: Json) -> Iterator[Finding]:
    rows = _reference(action)
    if not rows and not action.endswith(":*"):
        yield Finding(owner, "unknown_action", action)
        return
    formats = {row["resource_arn_format"] for row in rows}
    for resource in _as_list(statement.get("Resource", [])):
        if rows and not any(_fits(resource, one) for one in formats):
            yield Finding(owner, "unknown_resource", action, resource)
    keys = {key for row in rows for key in row["condition_keys"]} | GLOBAL_KEYS
    for asked in statement.get("Condition", {}).values():
        for key in asked:
            if key not in keys:
                yield Finding(owner, "unknown_condition_key", action, key)


def _reference(action: str) -> list[Json]:
    """The action's rows in AWS's reference, one a kind of resource; none for `service:*`."""
    service, _, name = action.partition(":")
    known = get_action_data(service, name) if name != "*" else None
    return list(known[service]) if known else []


def _fits(resource: str, arn_format: str) -> bool:
    if resource == "*":
        return True
    return arn_format != "*" and bool(ARN(resource).same_resource_type(arn_format))


def risky(found: Sequence[Policy]) -> Iterator[Finding]:
    """What cloudsplaining says of what a role may do."""
    for policy in found:
        if policy.kind == "AWS::IAM::Policy":
            document = PolicyDocument(policy.document)
            for risk in RISKS:
                for one in getattr(document, risk):
                    what = one if isinstance(one, str) else json.dumps(one)
                    yield Finding(policy.owner, risk, what)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if sys.argv[1:] else PROJECT / "template.yaml"))
