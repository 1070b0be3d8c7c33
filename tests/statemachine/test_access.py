"""Who may take which role, and whom resources let in: of the template as SAM transforms it."""

from __future__ import annotations

import functools
import importlib.resources
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.statemachine.definitions import (
    BACKFILL,
    BUCKETS,
    FUNCTIONS,
    MACHINES,
    TEMPLATE,
    Json,
    as_list,
    denials,
    statements,
    states,
    target,
)
from tests.statemachine.transformed import of_type

AWS_POLICY = "arn:aws:iam::aws:policy/"
# Log lines to groups (which NoOtherLogs bounds) and traces: what SAM adds by itself.
OF_A_FUNCTION = {"service-role/AWSLambdaBasicExecutionRole", "AWSXrayWriteOnlyAccess"}
OF_A_MACHINE = {"AWSXrayWriteOnlyAccess"}

ROLES = of_type("AWS::IAM::Role")
RULES = {"PipelineUpload": "Pipeline", "SettleEnded": "Settle", "MeasureTick": "Measure"}
NAMES = (*FUNCTIONS, *(machine.name for machine in MACHINES))

GATES = {
    "AWS::S3::BucketPolicy": ("AWS::S3::Bucket", "Bucket", "s3:*"),
    "AWS::SNS::TopicPolicy": ("AWS::SNS::Topic", "Topics", "sns:Publish"),
    "AWS::SQS::QueuePolicy": ("AWS::SQS::Queue", "Queues", "sqs:*"),
}
DISTRIBUTION = "arn:AWS::Partition:cloudfront::AWS::AccountId:distribution/Distribution"
ALARM = "AWS::CloudWatch::Alarm"
TLS = {"Bool": {"aws:SecureTransport": False}}


# ── Roles ────────────────────────────────────────────────────────────────────────────────────────


def test_sam_makes_one_role_each_and_nobody_else_has_policies() -> None:
    assert set(ROLES) == {f"{name}Role" for name in (*NAMES, *RULES)}
    for kind in ("Policy", "ManagedPolicy", "RolePolicy", "User", "Group"):
        assert of_type(f"AWS::IAM::{kind}") == {}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_can_be_taken_by_its_service_and_by_nobody_else(role: str) -> None:
    name = role.removesuffix("Role")
    service = "lambda" if name in FUNCTIONS else "events" if name in RULES else "states"
    [statement] = ROLES[role]["AssumeRolePolicyDocument"]["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Action": ["sts:AssumeRole"],
        "Principal": {"Service": [f"{service}.amazonaws.com"]},
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_role_has_its_own_policies_and_two_of_aws_at_most(name: str) -> None:
    role = ROLES[f"{name}Role"]
    managed = {arn.removeprefix(AWS_POLICY) for arn in role["ManagedPolicyArns"]}
    assert managed == (OF_A_FUNCTION if name in FUNCTIONS else OF_A_MACHINE)
    own = [policy["PolicyDocument"] for policy in role["Policies"]]
    assert own == TEMPLATE["Resources"][name]["Properties"]["Policies"]


@pytest.mark.parametrize(("rule", "machine"), RULES.items())
def test_a_rules_role_starts_its_state_machine_and_does_nothing_else(
    rule: str, machine: str
) -> None:
    role = ROLES[f"{rule}Role"]
    [policy] = role["Policies"]
    [statement] = policy["PolicyDocument"]["Statement"]
    assert "ManagedPolicyArns" not in role
    assert statement == {
        "Effect": "Allow",
        "Action": "states:StartExecution",
        "Resource": {"Ref": machine},
    }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_writes_to_no_other_log_group(name: str) -> None:
    [denial] = denials(name)
    group = name.replace("Function", "LogGroup")
    assert set(denial["Action"]) >= {"logs:CreateLogStream", "logs:PutLogEvents"}
    own = "arn:AWS::Partition:logs:AWS::Region:AWS::AccountId:log-group:" + group
    assert [target(resource) for resource in denial["NotResource"]] == [own, f"{own}:*"]
    assert "Condition" not in denial


def test_the_functions_that_are_called_from_outside_are_called_through_the_url() -> None:
    permissions = of_type("AWS::Lambda::Permission").values()
    assert {target(one["FunctionName"]) for one in permissions} == {"ReviewFunction"}
    through = [
        one.get("FunctionUrlAuthType") == "NONE" or one.get("InvokedViaFunctionUrl") is True
        for one in permissions
    ]
    # AWS asks for both since October 2025.
    assert through == [True, True]


# ── State machines ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_no_state_needs_more_than_its_tasks_say(machine: Any) -> None:
    """A reader, a writer or a distributed Map reads buckets and starts executions; credentials
    take another role. `backfill` is the one that has them: test_backfill.py."""
    if machine is BACKFILL:
        return
    for name, state in states(machine.definition):
        assert {"ItemReader", "ResultWriter", "Credentials"}.isdisjoint(state), name
        for processor in as_list(state.get("ItemProcessor", [])):
            assert processor.get("ProcessorConfig", {}).get("Mode", "INLINE") == "INLINE", name


# ── Resources ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", GATES)
def test_every_bucket_topic_and_queue_takes_nothing_but_tls(kind: str) -> None:
    of, field, action = GATES[kind]
    kept = set()
    for policy in of_type(kind).values():
        [name] = [target(one) for one in as_list(policy[field])]
        kept.add(name)
        denied = [one for one in _statements(policy) if one["Effect"] == "Deny"]
        assert [(one["Principal"], one["Action"], one["Condition"]) for one in denied] == [
            ("*", action, TLS)
        ], name
        own = {name, f"{name}.Arn", f"{name}.Arn/*"}
        assert {target(one) for one in as_list(denied[0]["Resource"])} <= own, name
    assert kept == set(of_type(of))


def test_resources_let_in_services_that_come_from_our_own_and_nobody_else() -> None:
    allowed = [
        (target(one["Principal"]["Service"]), one["Action"], target(one["Resource"]), sources)
        for kind in GATES
        for policy in of_type(kind).values()
        for one in _statements(policy)
        if one["Effect"] == "Allow"
        for sources in [_sources(one["Condition"])]
    ]
    assert sorted(allowed) == [
        ("cloudfront.amazonaws.com", "s3:GetObject", "PublishedBucket.Arn/*", [DISTRIBUTION]),
        (
            *("cloudwatch.amazonaws.com", "sns:Publish", "AlarmTopic"),
            [
                f"arn:AWS::Partition:cloudwatch:AWS::Region:AWS::AccountId:alarm:{target(name)}"
                for name in (alarm["AlarmName"] for alarm in of_type(ALARM).values())
            ],
        ),
        (
            *("events.amazonaws.com", "sqs:SendMessage", "DeadLetterQueue.Arn"),
            ["PipelineUpload.Arn", "SettleEnded.Arn"],
        ),
    ]


def test_a_bucket_policy_covers_the_bucket_and_what_is_in_it() -> None:
    for policy in of_type("AWS::S3::BucketPolicy").values():
        statement = _statements(policy)[0]
        name = target(policy["Bucket"])
        assert name in BUCKETS
        assert {target(one) for one in statement["Resource"]} == {f"{name}.Arn", f"{name}.Arn/*"}


def _statements(policy: Json) -> list[Json]:
    """Also those that are there under a condition of the template's."""
    found: list[Json] = policy["PolicyDocument"]["Statement"]
    return [one["Fn::If"][1] if "Fn::If" in one else one for one in found]


def _sources(condition: Json) -> list[str]:
    [(operator, named)] = condition.items()
    assert operator in ("ArnEquals", "StringEquals")
    assert set(named) == {"aws:SourceArn"}
    return [target(one) for one in as_list(named["aws:SourceArn"])]


# ── What IAM knows ───────────────────────────────────────────────────────────────────────────────

# The reference lists a resource that a call of ours does not name: a moderation model of one's own,
# a dataset of CloudWatch's that metrics may go to.
NAMES_NONE_OF_OURS = {"rekognition:DetectModerationLabels", "cloudwatch:PutMetricData"}
# The reference lists none, and AWS checks the state machine all the same (docs/security.md).
CHECKED_ALL_THE_SAME = {"states:SendTaskSuccess"}


@functools.cache
def reference() -> Json:
    """AWS's service authorization reference, as cfn-lint ships it."""
    file = importlib.resources.files("cfnlint.data.AdditionalSpecs") / "Policies.json"
    found: Json = json.loads(file.read_text(encoding="utf-8"))
    return found


def _granted() -> Iterator[tuple[str, str]]:
    for name in NAMES:
        for statement in statements(name):
            yield from statement.grants()


@pytest.mark.parametrize("action", sorted({action for action, _ in _granted()}))
def test_a_wildcard_stands_where_iam_knows_no_resource_and_only_there(action: str) -> None:
    service, _, call = action.partition(":")
    known = reference()[service]["Actions"][call.lower()].get("Resources", [])
    wild = {resource == "*" for one, resource in _granted() if one == action}
    assert len(wild) == 1
    narrow = action in CHECKED_ALL_THE_SAME or (bool(known) and action not in NAMES_NONE_OF_OURS)
    assert wild == {not narrow}
