"""What the template promises: read from it, since the embedded engine keeps little of it."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from cli.deployment import VARIABLES
from darkroom import keys, observability
from darkroom.likeness import KEPT_DAYS, MAX_BITS, Rejected
from darkroom.settings import load_settings
from tests.statemachine.definitions import (
    BUCKETS,
    EXPRESS,
    FUNCTIONS,
    FUNCTIONS_FOLDER,
    GLOBALS,
    MACHINES,
    OUTPUTS,
    PARAMETERS,
    RESOURCES,
    ROOT,
    TEMPLATE,
    as_list,
    grants,
    of_type,
    statements,
    target,
)

# What other people's programs read.
CONTRACT_OUTPUTS = {
    "UploadBucket",
    "PublishedBucket",
    "WorkBucket",
    "ImagesTable",
    "TrailTable",
    "ReviewersTable",
    "OutcomeTopicArn",
    "ReviewTopicArn",
    "PipelineArn",
    "ProcessArn",
    "WithdrawArn",
    "DeadLetterQueueUrl",
    "ReviewUrl",
    "DashboardUrl",
}

STEPS = ("validate", "resize", "filter", "optimize", "review", "publish")

UPLOADS = "UploadBucket.Arn/raw/*"
MASTERS = "WorkBucket.Arn/masters/*"
WAITING = "WorkBucket.Arn/waiting/*"
REJECTED = "WorkBucket.Arn/rejected/*"
PUBLISHED = "PublishedBucket.Arn/*"
STATE_MACHINES = "arn:AWS::Partition:states:AWS::Region:AWS::AccountId:stateMachine:"
PIPELINE_ARN = f"{STATE_MACHINES}AWS::StackName-pipeline"
WITHDRAW_ARN = f"{STATE_MACHINES}AWS::StackName-withdraw"

# All that each function may do. A line that is added here needs a reason in the template.
GRANTS = {
    "ValidateFunction": {
        ("s3:GetObject", UPLOADS),
        ("s3:GetObjectVersion", UPLOADS),
        ("s3:ListBucket", "UploadBucket.Arn"),
        ("s3:PutObject", MASTERS),
        ("dynamodb:Query", "RejectionsTable.Arn"),
    },
    "ResizeFunction": {
        ("s3:GetObject", UPLOADS),
        ("s3:GetObjectVersion", UPLOADS),
        ("s3:PutObject", MASTERS),
    },
    "FilterFunction": {
        ("s3:GetObject", UPLOADS),
        ("s3:GetObjectVersion", UPLOADS),
        ("s3:PutObject", MASTERS),
    },
    "OptimizeFunction": {
        ("s3:GetObject", MASTERS),
        ("s3:PutObject", WAITING),
        ("s3:PutObject", PUBLISHED),
    },
    "ReviewFunction": {
        ("dynamodb:GetItem", "ImagesTable.Arn"),
        ("dynamodb:BatchGetItem", "ImagesTable.Arn"),
        ("dynamodb:Query", "ImagesTable.Arn"),
        ("dynamodb:Query", "ImagesTable.Arn/index/review-queue"),
        ("dynamodb:UpdateItem", "ImagesTable.Arn"),
        ("dynamodb:PutItem", "TrailTable.Arn"),
        ("dynamodb:Query", "TrailTable.Arn"),
        ("dynamodb:GetItem", "ReviewersTable.Arn"),
        ("s3:GetObject", WAITING),
        ("s3:GetObject", REJECTED),
        ("s3:GetObject", PUBLISHED),
        ("s3:ListBucket", "WorkBucket.Arn"),
        ("secretsmanager:GetSecretValue", "LinkSecret.Id"),
        ("sns:Publish", "ReviewTopic"),
        ("states:SendTaskSuccess", PIPELINE_ARN),
        ("states:StartExecution", WITHDRAW_ARN),
    },
    "PublishFunction": {
        ("s3:GetObject", WAITING),
        ("s3:DeleteObject", WAITING),
        ("s3:ListBucket", "WorkBucket.Arn"),
        ("s3:PutObject", REJECTED),
        ("s3:DeleteObject", REJECTED),
        ("dynamodb:BatchWriteItem", "RejectionsTable.Arn"),
        ("dynamodb:GetItem", "RejectionsTable.Arn"),
        ("s3:GetObject", PUBLISHED),
        ("s3:PutObject", PUBLISHED),
        ("s3:DeleteObject", PUBLISHED),
        ("s3:ListBucket", "PublishedBucket.Arn"),
    },
}

# boto3's methods, and what IAM asks for them.
ACTIONS = {
    "get_object": {"s3:GetObject"},
    "head_object": {"s3:GetObject"},
    "put_object": {"s3:PutObject"},
    "copy_object": {"s3:GetObject", "s3:PutObject"},
    "delete_object": {"s3:DeleteObject"},
    "delete_objects": {"s3:DeleteObject"},
    "paginate": {"s3:ListBucket"},
    "query": {"dynamodb:Query"},
    "get_item": {"dynamodb:GetItem"},
    "update_item": {"dynamodb:UpdateItem"},
    "put_item": {"dynamodb:PutItem"},
    "batch_get_item": {"dynamodb:BatchGetItem"},
    "batch_write_item": {"dynamodb:BatchWriteItem"},
    "publish": {"sns:Publish"},
    "get_secret_value": {"secretsmanager:GetSecretValue"},
    "send_task_success": {"states:SendTaskSuccess"},
    "start_execution": {"states:StartExecution"},
}
# No call of ours: S3 asks for it before it says that an object is not there.
WITHOUT_A_CALL = {("ValidateFunction", "s3:ListBucket"), ("ReviewFunction", "s3:ListBucket")}

# IAM knows no resources for these.
WITHOUT_RESOURCES = {
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
    "rekognition:DetectModerationLabels",
    "cloudwatch:PutMetricData",  # The namespace bounds it.
}

TABLES = of_type("AWS::DynamoDB::Table")
FIRST_PARAMETERS = yaml_parse((ROOT / "tests/engine/first/template.yaml").read_text())["Parameters"]
MACHINE_NAMES = [machine.name for machine in MACHINES]

every_function = pytest.mark.parametrize("name", FUNCTIONS)
every_bucket = pytest.mark.parametrize("name", BUCKETS)
every_table = pytest.mark.parametrize("name", TABLES)
every_number = pytest.mark.parametrize(
    "name", [name for name, parameter in PARAMETERS.items() if parameter["Type"] == "Number"]
)


# ── Outputs and parameters ───────────────────────────────────────────────────────────────────────


def test_every_output_of_the_contract_is_there() -> None:
    assert set(OUTPUTS) >= CONTRACT_OUTPUTS


def test_every_output_is_described() -> None:
    assert [name for name, output in OUTPUTS.items() if not output.get("Description")] == []


def test_the_shells_names_are_of_outputs_that_exist() -> None:
    assert set(VARIABLES.values()) <= set(OUTPUTS)


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_parameter_has_a_default_and_says_what_it_does(name: str) -> None:
    assert "Default" in PARAMETERS[name]
    description = PARAMETERS[name]["Description"]
    assert len(description) >= 30 and description.endswith("."), description


@every_number
def test_a_number_is_bounded_and_its_default_is_within(name: str) -> None:
    parameter = PARAMETERS[name]
    if "AllowedValues" in parameter:
        assert parameter["Default"] in parameter["AllowedValues"]
    else:
        assert parameter["MinValue"] <= parameter["Default"] <= parameter["MaxValue"]


@every_number
def test_a_numbers_description_names_its_bounds(name: str) -> None:
    parameter = PARAMETERS[name]
    if "AllowedValues" in parameter:
        return  # the console offers them
    said = set(re.findall(r"-?\d+", parameter["Description"]))
    assert {str(parameter["MinValue"]), str(parameter["MaxValue"])} <= said, parameter


@every_number
def test_a_numbers_description_names_its_unit(name: str) -> None:
    units = "seconds|days|bytes|pixels|px|percent|frames|scans|times|at most so many bits"
    counts = "same time|Raise it"
    assert re.search(rf"\b({units}|{counts})\b", PARAMETERS[name]["Description"], re.IGNORECASE)


def test_rekognition_looks_only_where_somebody_said_so() -> None:
    assert PARAMETERS["Moderation"]["AllowedValues"] == ["off", "rekognition"]  # off is no boolean
    assert PARAMETERS["Moderation"]["Default"] == "off"
    assert TEMPLATE["Conditions"]["Moderates"] == {
        "Fn::Equals": [{"Ref": "Moderation"}, "rekognition"]
    }


def test_a_label_of_no_confidence_flags_nothing() -> None:
    """0 is what a stack of the first version has, and said there that nobody looks."""
    [known] = TEMPLATE["Rules"]["ConfidenceWithModeration"]["Assertions"]
    assert known["Assert"] == {
        "Fn::Or": [
            {"Fn::Equals": [{"Ref": "Moderation"}, "off"]},
            {"Fn::Not": [{"Fn::Equals": [{"Ref": "ModerationMinConfidence"}, 0]}]},
        ]
    }


@pytest.mark.parametrize("name", FIRST_PARAMETERS)
def test_a_value_of_the_first_version_is_still_taken(name: str) -> None:
    """An update keeps the values that a stack has, also where they were defaults."""
    value, parameter = FIRST_PARAMETERS[name]["Default"], PARAMETERS[name]
    assert value in parameter.get("AllowedValues", [value])
    assert re.search(parameter.get("AllowedPattern", ""), str(value))
    if parameter["Type"] == "Number":
        bounds = (parameter.get("MinValue", value), parameter.get("MaxValue", value))
        assert bounds[0] <= value <= bounds[1]


def test_every_parameter_stands_in_one_group_of_the_console() -> None:
    groups = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]
    assert sorted(grouped) == sorted(PARAMETERS)


def test_every_parameter_and_condition_is_used() -> None:
    used = set(_references({**RESOURCES, **OUTPUTS, "conditions": TEMPLATE["Conditions"]}))
    assert [name for name in (*PARAMETERS, *TEMPLATE["Conditions"]) if name not in used] == []


def _references(value: Any) -> Iterator[str]:
    """Names in Ref, Sub, If and Condition."""
    if isinstance(value, dict):
        for name, item in value.items():
            match name, item:
                case (("Ref" | "Condition"), str()):
                    yield item
                case "Fn::If", [condition, *_]:
                    yield condition
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)
    elif isinstance(value, str):
        yield from re.findall(r"\$\{(\w+)\}", value)


# ── Buckets, table, topics ───────────────────────────────────────────────────────────────────────


def test_uploads_work_and_published_files_lie_apart() -> None:
    assert set(BUCKETS) == {"UploadBucket", "WorkBucket", "PublishedBucket"}


@every_bucket
def test_a_bucket_is_private_encrypted_and_owned(name: str) -> None:
    bucket = BUCKETS[name]
    assert bucket["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    [rule] = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] in ("AES256", "aws:kms")


@every_bucket
def test_a_bucket_refuses_all_that_does_not_come_over_tls(name: str) -> None:
    [policy] = [
        policy
        for policy in of_type("AWS::S3::BucketPolicy").values()
        if target(policy["Bucket"]) == name
    ]
    statement = policy["PolicyDocument"]["Statement"][0]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert statement["Action"] == "s3:*"
    assert {target(one) for one in statement["Resource"]} == {f"{name}.Arn", f"{name}.Arn/*"}
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": False}}


def test_uploads_are_versioned_and_announced() -> None:
    bucket = BUCKETS["UploadBucket"]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    events = bucket["NotificationConfiguration"]["EventBridgeConfiguration"]
    assert events == {"EventBridgeEnabled": True}


def test_only_uploads_are_announced() -> None:
    assert [name for name, one in BUCKETS.items() if "NotificationConfiguration" in one] == [
        "UploadBucket"
    ]


def test_what_the_work_bucket_holds_expires() -> None:
    rules = BUCKETS["WorkBucket"]["LifecycleConfiguration"]["Rules"]
    days = {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules}
    assert {rule["Status"] for rule in rules} == {"Enabled"}
    prefixes = {keys.MASTERS_PREFIX, keys.WAITING_PREFIX, keys.REJECTED_PREFIX}
    assert set(days) == prefixes | {"backfills/"}
    longest_review = PARAMETERS["ReviewTimeoutSeconds"]["MaxValue"]
    assert days[keys.WAITING_PREFIX] * 86_400 > longest_review + 86_400


def test_a_rejected_picture_and_its_likeness_are_kept_for_the_same_time() -> None:
    rules = BUCKETS["WorkBucket"]["LifecycleConfiguration"]["Rules"]
    [rule] = [rule for rule in rules if rule["Prefix"] == keys.REJECTED_PREFIX]
    assert rule["ExpirationInDays"] == KEPT_DAYS
    [item, *_] = Rejected("a.jpg", "0" * 16, "0" * 16, "2026-11-20T06:24:08Z").to_items()
    ends = TABLES["RejectionsTable"]["TimeToLiveSpecification"]
    assert ends["Enabled"] and ends["AttributeName"] in item


def test_resemblance_can_be_asked_for_as_far_as_it_is_found() -> None:
    assert PARAMETERS["ResemblesRejectedBits"]["MaxValue"] == MAX_BITS


def test_a_rejected_picture_is_found_by_band() -> None:
    assert _schema(TABLES["RejectionsTable"]) == {"HASH": "band", "RANGE": "picture"}


def test_a_stack_that_is_deleted_leaves_pictures_and_records() -> None:
    for name in ("UploadBucket", "PublishedBucket", *of_type("AWS::DynamoDB::Table")):
        assert RESOURCES[name]["DeletionPolicy"] in ("Retain", "RetainExceptOnCreate"), name
        assert RESOURCES[name]["UpdateReplacePolicy"] == "Retain", name


def test_a_record_is_found_by_image_and_version() -> None:
    assert _schema(TABLES["ImagesTable"]) == {"HASH": "image", "RANGE": "version"}


def test_a_trail_is_read_by_image_in_the_order_of_time() -> None:
    assert _schema(TABLES["TrailTable"]) == {"HASH": "image", "RANGE": "entry"}


def test_a_reviewer_is_found_by_name() -> None:
    assert _schema(TABLES["ReviewersTable"]) == {"HASH": "name"}


@every_table
def test_a_table_is_encrypted_can_be_restored_and_costs_what_is_used(name: str) -> None:
    table = TABLES[name]
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_nobody_changes_what_stands_in_the_trail() -> None:
    allowed = {
        action.removeprefix("dynamodb:")
        for name in (*FUNCTIONS, *MACHINE_NAMES)
        for action, resource in grants(name)
        if resource.startswith("TrailTable")
    }
    assert allowed == {"PutItem", "Query"}


def test_the_indexes_are_sparse_and_hold_no_task_token() -> None:
    indexes = {
        index["IndexName"]: index for index in TABLES["ImagesTable"]["GlobalSecondaryIndexes"]
    }
    assert {name: _schema(index) for name, index in indexes.items()} == {
        # An item that lacks the first is not in the index: only what is IN_REVIEW has it.
        "review-queue": {"HASH": "review_queue", "RANGE": "review_requested_at"},
    }
    for name, index in indexes.items():
        assert index["Projection"]["ProjectionType"] == "INCLUDE", name
        assert "task_token" not in index["Projection"]["NonKeyAttributes"], name


@every_table
def test_a_table_declares_the_keys_and_nothing_else(name: str) -> None:
    table = TABLES[name]
    of_keys = {
        key
        for one in (table, *table.get("GlobalSecondaryIndexes", ()))
        for key in _schema(one).values()
    }
    declared = {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]}
    assert declared == dict.fromkeys(of_keys, "S")


def _schema(table: dict[str, Any]) -> dict[str, str]:
    return {key["KeyType"]: key["AttributeName"] for key in table["KeySchema"]}


SUBSCRIBED = {"Reviewer": "ReviewTopic", "Operator": "AlarmTopic"}


@pytest.mark.parametrize("who", SUBSCRIBED)
def test_an_address_is_subscribed_where_there_is_one(who: str) -> None:
    subscription = of_type("AWS::SNS::Subscription")[f"{who}Subscription"]
    assert RESOURCES[f"{who}Subscription"]["Condition"] == f"Has{who}"
    assert TEMPLATE["Conditions"][f"Has{who}"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": f"{who}Email"}, ""]}]
    }
    assert subscription["Protocol"] == "email"
    assert target(subscription["TopicArn"]) == SUBSCRIBED[who]
    assert target(subscription["Endpoint"]) == f"{who}Email"


@pytest.mark.parametrize("who", SUBSCRIBED)
@pytest.mark.parametrize(
    ("address", "taken"),
    [("", True), ("a@b", True), ("a b@c", False), ("nobody", False), ("a@b@c", False)],
)
def test_an_address_looks_like_one(who: str, address: str, taken: bool) -> None:
    pattern = PARAMETERS[f"{who}Email"]["AllowedPattern"]
    assert bool(re.search(pattern, address)) is taken


def test_the_link_secret_is_made_by_aws_and_stands_nowhere() -> None:
    [secret] = of_type("AWS::SecretsManager::Secret").values()
    assert secret["GenerateSecretString"]["PasswordLength"] >= 32
    assert "SecretString" not in secret
    resolved = re.compile(r"resolve:secretsmanager")
    assert not resolved.search(str(RESOURCES))


# ── The rules ─────────────────────────────────────────────────────────────────────────────────────


RULES = {
    machine.name: [
        (name, rule["Properties"]) for name, rule in machine.properties["Events"].items()
    ]
    for machine in MACHINES
    if "Events" in machine.properties
}


def test_only_new_uploads_start_the_pipeline() -> None:
    assert {name: [event for event, _ in events] for name, events in RULES.items()} == {
        "Pipeline": ["Upload"],
        "Settle": ["Ended"],
        "Measure": ["Tick"],
    }
    [(_, rule)] = RULES["Pipeline"]
    assert rule["Pattern"] == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {
            "bucket": {"name": [{"Ref": "UploadBucket"}]},
            "object": {"key": [{"prefix": keys.RAW_PREFIX}]},
        },
    }


def test_nothing_of_ours_writes_where_the_rule_listens() -> None:
    writers = [
        (name, action, resource)
        for name in (*FUNCTIONS, *MACHINE_NAMES)
        for action, resource in grants(name)
        if resource.startswith("UploadBucket") and not action.startswith(("s3:Get", "s3:List"))
    ]
    assert writers == []


def test_whatever_ends_without_a_last_word_is_settled() -> None:
    [(_, rule)] = RULES["Settle"]
    assert rule["Pattern"] == {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {
            "stateMachineArn": [{"Ref": "Pipeline"}, {"Ref": "Withdraw"}],
            "status": ["FAILED", "TIMED_OUT", "ABORTED"],
        },
    }


def test_the_queue_is_measured_as_often_as_the_alarm_looks() -> None:
    [(_, rule)] = RULES["Measure"]
    assert rule["Schedule"] == "rate(5 minutes)"
    alarm = RESOURCES["OldestReviewAlarm"]["Properties"]
    assert alarm["Period"] == 300


def test_a_measurement_that_cannot_be_started_is_not_kept() -> None:
    """The next one comes before anybody could deliver it."""
    [(_, rule)] = RULES["Measure"]
    assert "DeadLetterConfig" not in rule
    assert rule["RetryPolicy"]["MaximumEventAgeInSeconds"] < 300


KEPT = [name for name in RULES if name != "Measure"]


@pytest.mark.parametrize("name", KEPT)
def test_an_event_that_cannot_be_delivered_is_tried_for_a_day_and_kept(name: str) -> None:
    [(_, rule)] = RULES[name]
    assert rule["RetryPolicy"]["MaximumEventAgeInSeconds"] == 86_400
    assert target(rule["DeadLetterConfig"]["Arn"]) == "DeadLetterQueue.Arn"
    # As long as SQS keeps anything: 14 days.
    assert RESOURCES["DeadLetterQueue"]["Properties"]["MessageRetentionPeriod"] == 1_209_600


def test_only_the_rules_may_send_to_the_dead_letter_queue() -> None:
    [policy] = of_type("AWS::SQS::QueuePolicy").values()
    statement, over_tls = policy["PolicyDocument"]["Statement"]
    assert [target(queue) for queue in policy["Queues"]] == ["DeadLetterQueue"]
    assert statement["Effect"] == "Allow"
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Action"] == "sqs:SendMessage"
    assert target(statement["Resource"]) == "DeadLetterQueue.Arn"
    [(operator, condition)] = statement["Condition"].items()
    assert operator == "ArnEquals"
    # SAM names a rule after the state machine and the event.
    assert [target(arn) for arn in condition["aws:SourceArn"]] == [
        f"{machine}{event}.Arn" for machine in KEPT for event, _ in RULES[machine]
    ]
    assert (over_tls["Effect"], over_tls["Action"]) == ("Deny", "sqs:*")
    assert over_tls["Condition"] == {"Bool": {"aws:SecureTransport": False}}


def test_a_dead_letter_sets_off_an_alarm() -> None:
    alarm = of_type("AWS::CloudWatch::Alarm")["DeadLetterAlarm"]
    assert (alarm["Namespace"], alarm["MetricName"]) == (
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
    )
    [dimension] = alarm["Dimensions"]
    assert target(dimension["Value"]) == "DeadLetterQueue.QueueName"
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)
    assert [target(topic) for topic in alarm["AlarmActions"]] == ["AlarmTopic"]


# ── Functions ────────────────────────────────────────────────────────────────────────────────────


def test_every_step_has_a_function_of_its_name() -> None:
    assert {f"{step.capitalize()}Function" for step in STEPS} == set(FUNCTIONS)


@every_function
def test_a_functions_handler_can_be_imported_and_called(name: str) -> None:
    module, _, attribute = FUNCTIONS[name]["Handler"].rpartition(".")
    assert module == f"{_step(name)}.handler"
    assert callable(getattr(importlib.import_module(module), attribute))


def test_all_functions_run_on_one_runtime_from_one_folder() -> None:
    assert GLOBALS["CodeUri"] == "functions/"
    assert GLOBALS["Runtime"] == "python3.13"
    assert GLOBALS["Architectures"] == ["arm64"]
    for function in FUNCTIONS.values():
        assert {"CodeUri", "Runtime", "Architectures"}.isdisjoint(function)


def test_all_functions_have_the_one_layer_and_it_is_made_for_their_runtime() -> None:
    [(name, layer)] = of_type("AWS::Serverless::LayerVersion").items()
    assert [target(one) for one in GLOBALS["Layers"]] == [name]
    assert all("Layers" not in function for function in FUNCTIONS.values())
    assert layer["CompatibleRuntimes"] == [GLOBALS["Runtime"]]
    assert layer["CompatibleArchitectures"] == GLOBALS["Architectures"]
    assert RESOURCES[name]["Metadata"]["BuildMethod"] == "makefile"
    assert RESOURCES[name]["Metadata"]["BuildArchitecture"] in layer["CompatibleArchitectures"]


@every_function
def test_a_function_has_its_own_memory_and_timeout(name: str) -> None:
    assert {"MemorySize", "Timeout"}.isdisjoint(GLOBALS)
    assert 128 <= FUNCTIONS[name]["MemorySize"] <= 10_240
    assert 1 <= FUNCTIONS[name]["Timeout"] <= 900


@every_function
def test_a_functions_log_lines_are_json_and_go_to_its_own_group(name: str) -> None:
    logging = FUNCTIONS[name]["LoggingConfig"]
    assert logging["LogFormat"] == "JSON"
    assert target(logging["LogGroup"]) == f"{_step(name).capitalize()}LogGroup"


def test_log_lines_are_deleted_after_the_days_of_the_parameter() -> None:
    groups = of_type("AWS::Logs::LogGroup")
    kept = {name: target(group["RetentionInDays"]) for name, group in groups.items()}
    assert kept == dict.fromkeys(groups, "LogRetentionDays")


def test_every_call_and_every_execution_is_traced() -> None:
    assert GLOBALS["Tracing"] == "Active"
    assert [name for name, function in FUNCTIONS.items() if "Tracing" in function] == []
    for machine in MACHINES:
        assert machine.properties["Tracing"] == {"Enabled": True}, machine.name


def test_what_keeps_no_history_logs_its_errors_with_their_data() -> None:
    for machine in EXPRESS:
        logging = machine.properties["Logging"]
        assert (logging["Level"], logging["IncludeExecutionData"]) == ("ERROR", True)


def test_every_log_group_is_somebodys() -> None:
    used = {target(function["LoggingConfig"]["LogGroup"]) for function in FUNCTIONS.values()}
    for machine in MACHINES:
        for destination in machine.properties.get("Logging", {}).get("Destinations", []):
            arn = target(destination["CloudWatchLogsLogGroup"]["LogGroupArn"])
            used.add(arn.removesuffix(".Arn"))
    assert used == set(of_type("AWS::Logs::LogGroup"))


@every_function
def test_a_function_gets_exactly_the_settings_that_it_reads(name: str) -> None:
    fields = msgspec.structs.fields(_settings(name))
    given = {variable for variable in _environment(name) if not variable.startswith("POWERTOOLS_")}
    assert given >= {field.name.upper() for field in fields if field.required}
    of_all = {field.name.upper() for field in msgspec.structs.fields(observability.Settings)}
    assert given - of_all <= {field.name.upper() for field in fields}
    assert given >= of_all


@every_function
def test_a_functions_settings_can_be_read_from_the_defaults(name: str) -> None:
    environment = {
        variable: str(PARAMETERS[target(value)]["Default"]) if target(value) in PARAMETERS else "x"
        for variable, value in _environment(name).items()
    }
    load_settings(_settings(name), environment)


@every_function
def test_a_function_logs_under_its_steps_name(name: str) -> None:
    assert _environment(name)["POWERTOOLS_SERVICE_NAME"] == _step(name)


def test_only_the_review_page_faces_the_internet() -> None:
    facing = {
        name for name, one in FUNCTIONS.items() if {"FunctionUrlConfig", "Events"} & one.keys()
    }
    assert facing == {"ReviewFunction"}


def _step(name: str) -> str:
    return name.removesuffix("Function").lower()


def _environment(name: str) -> dict[str, Any]:
    own = FUNCTIONS[name]["Environment"]["Variables"]
    return {**GLOBALS["Environment"]["Variables"], **own}


def _settings(name: str) -> type[msgspec.Struct]:
    """The step's one class of settings, in its handler or beside it."""
    found = [
        path
        for path in (FUNCTIONS_FOLDER / _step(name)).glob("*.py")
        if "class Settings(" in path.read_text(encoding="utf-8")
    ]
    assert len(found) == 1, found
    settings: type[msgspec.Struct] = importlib.import_module(
        f"{_step(name)}.{found[0].stem}"
    ).Settings
    return settings


# ── Permissions ──────────────────────────────────────────────────────────────────────────────────


@every_function
def test_a_function_may_do_what_is_listed_and_nothing_else(name: str) -> None:
    assert grants(name) == GRANTS[name]


@every_function
def test_what_a_function_may_do_is_what_its_code_calls(name: str) -> None:
    allowed = {action for action, _ in GRANTS[name] if (name, action) not in WITHOUT_A_CALL}
    assert allowed == _needed_actions(_step(name))


@pytest.mark.parametrize("name", [*FUNCTIONS, *MACHINE_NAMES])
def test_a_policy_names_resources_wherever_iam_knows_some(name: str) -> None:
    surplus = {
        action
        for statement in statements(name)
        if "*" in statement.resources
        for action in statement.actions
    } - (set() if name in FUNCTIONS else WITHOUT_RESOURCES)
    assert surplus == set()


@pytest.mark.parametrize("name", [*FUNCTIONS, *MACHINE_NAMES])
def test_a_policy_names_every_action(name: str) -> None:
    assert [action for action, _ in grants(name) if "*" in action] == []


def test_uploads_can_be_told_gone_from_forbidden_but_not_listed() -> None:
    [policy] = FUNCTIONS["ValidateFunction"]["Policies"]
    [listing] = [one for one in policy["Statement"] if "s3:ListBucket" in as_list(one["Action"])]
    # S3 compares the key that was asked for with the prefix.
    assert listing["Condition"] == {"StringLike": {"s3:prefix": f"{keys.RAW_PREFIX}*"}}


def test_two_functions_write_to_the_published_bucket() -> None:
    assert _writers("PublishedBucket") == {"OptimizeFunction", "PublishFunction"}


def test_the_review_page_writes_to_no_bucket() -> None:
    assert "ReviewFunction" not in {writer for name in BUCKETS for writer in _writers(name)}


def test_only_the_review_function_reads_the_link_secret_and_hands_in_decisions() -> None:
    holders = {
        name
        for name in (*FUNCTIONS, *MACHINE_NAMES)
        for action, _ in grants(name)
        if action.startswith(("secretsmanager:", "states:SendTask"))
    }
    assert holders == {"ReviewFunction"}


def test_the_state_machines_that_the_review_page_calls_have_the_names_in_its_policy() -> None:
    for machine, arn in (("Pipeline", PIPELINE_ARN), ("Withdraw", WITHDRAW_ARN)):
        assert arn == STATE_MACHINES + target(RESOURCES[machine]["Properties"]["Name"])
    assert target(_environment("ReviewFunction")["WITHDRAW_ARN"]) == WITHDRAW_ARN


def test_the_review_page_tells_gone_from_forbidden_and_lists_nothing_else() -> None:
    [policy] = FUNCTIONS["ReviewFunction"]["Policies"]
    [listing] = [one for one in policy["Statement"] if "s3:ListBucket" in as_list(one["Action"])]
    prefixes = [f"{prefix}*" for prefix in (keys.WAITING_PREFIX, keys.REJECTED_PREFIX)]
    assert listing["Condition"] == {"StringLike": {"s3:prefix": prefixes}}


def _writers(bucket: str) -> set[str]:
    reading = ("s3:Get", "s3:List")
    return {
        name
        for name in (*FUNCTIONS, *MACHINE_NAMES)
        for action, resource in grants(name)
        if resource.startswith(bucket) and not action.startswith(reading)
    }


def _needed_actions(step: str) -> set[str]:
    """What IAM asks for the calls in a step's modules and in what they import from darkroom."""
    trees = [
        ast.parse(path.read_text(encoding="utf-8"))
        for path in (FUNCTIONS_FOLDER / step).glob("*.py")
    ]
    imported = [function for tree in trees for function in _imported_functions(tree)]
    return {action for tree in (*trees, *imported) for action in _actions(tree)}


def _imported_functions(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("darkroom."):
            module = FUNCTIONS_FOLDER / (node.module or "").replace(".", "/")
            path = module / "__init__.py" if module.is_dir() else module.with_suffix(".py")
            names = {alias.name for alias in node.names}
            imported = ast.parse(path.read_text(encoding="utf-8"))
            for found in imported.body:
                if isinstance(found, ast.FunctionDef | ast.ClassDef) and found.name in names:
                    yield found
            yield from _imported_functions(imported)


def _actions(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_boto(node):
            assert node.func.attr in ACTIONS, f"{node.func.attr}: which action is that?"
            yield from ACTIONS[node.func.attr]
        if isinstance(node, ast.Constant) and node.value == "VersionId":
            yield "s3:GetObjectVersion"


def _is_boto(call: ast.Call) -> bool:
    """boto3's methods take names only, and begin them with a capital (Step Functions does not)."""
    of_step_functions = {"taskToken", "stateMachineArn"}
    assert isinstance(call.func, ast.Attribute)
    names = [keyword.arg for keyword in call.keywords]
    if call.args or not names:
        return False
    return any(name[0].isupper() or name in of_step_functions for name in names if name) or (
        names == [None] and call.func.attr in ACTIONS
    )
