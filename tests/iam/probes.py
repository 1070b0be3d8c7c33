"""Every kind of call on every resource of a stack, to be tried with anybody's keys.

A probe is named as a policy's grant is: an action, and a resource as template.yaml spells it. What
is allowed changes nothing: keys and items that are not there, conditions that never hold, inputs
that end at once. So the same matrix serves who may and who may not.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from itertools import product
from typing import Any

from botocore import xform_name

from tests.iam.probe import NEVER, NOBODY, Probe, Scene, id_of, probe
from tests.statemachine.definitions import BUCKETS, FUNCTIONS, MACHINES, of_type

# Where each of the policies' patterns leads, and beside them the rest of each bucket.
PLACES = {
    "UploadBucket.Arn/raw/*": "raw/",
    "UploadBucket.Arn/*": "",
    "WorkBucket.Arn/masters/*": "masters/",
    "WorkBucket.Arn/waiting/*": "waiting/",
    "WorkBucket.Arn/rejected/*": "rejected/",
    "WorkBucket.Arn/backfills/*": "backfills/",
    "WorkBucket.Arn/*": "",
    "PublishedBucket.Arn/*": "",
}
PREFIXES = {
    "UploadBucket": ("raw/", ""),
    "WorkBucket": ("waiting/", "rejected/", "masters/", ""),
    "PublishedBucket": ("",),
}
CHILDREN = "arn:AWS::Partition:states:AWS::Region:AWS::AccountId:execution:AWS::StackName-backfill*"
TABLES = of_type("AWS::DynamoDB::Table")
TOPICS = of_type("AWS::SNS::Topic")
LOG_GROUPS = of_type("AWS::Logs::LogGroup")


def all_probes() -> list[Probe]:
    return [*_objects(), *_listings(), *_items(), *_topics(), *_machines(), *_functions(), *_rest()]


def drastic_probes() -> list[Probe]:
    """What would change something: for those who are allowed none of it."""
    secret, bucket = {"SecretId": id_of("LinkSecret")}, {"Bucket": id_of("UploadBucket")}
    table, machine = {"TableName": id_of("TrailTable")}, {"stateMachineArn": id_of("Pipeline")}
    return [
        probe(action, resource, f"{client}.{xform_name(action.partition(':')[2])}", **arguments)
        for action, resource, client, arguments in (
            ("secretsmanager:PutSecretValue", "LinkSecret.Id", "secretsmanager", secret),
            ("secretsmanager:DeleteSecret", "LinkSecret.Id", "secretsmanager", secret),
            ("s3:PutBucketPolicy", "UploadBucket.Arn", "s3", bucket | {"Policy": "{}"}),
            ("s3:DeleteBucketPolicy", "UploadBucket.Arn", "s3", bucket),
            ("dynamodb:DeleteTable", "TrailTable.Arn", "dynamodb", table),
            ("states:DeleteStateMachine", "Pipeline", "stepfunctions", machine),
            ("sns:DeleteTopic", "OutcomeTopic", "sns", {"TopicArn": id_of("OutcomeTopic")}),
            ("lambda:DeleteFunction", "*", "lambda", {"FunctionName": id_of("PublishFunction")}),
            ("logs:DeleteLogGroup", "*", "logs", {"logGroupName": id_of("ReviewLogGroup")}),
            ("iam:CreateUser", "*", "iam", {"UserName": NOBODY}),
        )
    ]


def _objects() -> Iterator[Probe]:
    methods: dict[str, tuple[str, dict[str, Any]]] = {
        "s3:GetObject": ("s3.get_object", {}),
        "s3:GetObjectVersion": ("s3.get_object", {"VersionId": "null"}),
        "s3:PutObject": ("s3.put_object", {"Body": b"", "IfMatch": NEVER}),
        "s3:DeleteObject": ("s3.delete_object", {}),
        "s3:DeleteObjectVersion": ("s3.delete_object", {"VersionId": "null"}),
        "s3:GetObjectTagging": ("s3.get_object_tagging", {}),
        "s3:ListMultipartUploadParts": ("s3.list_parts", {"UploadId": NOBODY}),
        "s3:AbortMultipartUpload": ("s3.abort_multipart_upload", {"UploadId": NOBODY}),
    }
    for (place, prefix), (action, (method, more)) in product(PLACES.items(), methods.items()):
        bucket = id_of(place.partition(".")[0])
        yield probe(action, place, method, Bucket=bucket, Key=f"{prefix}{NOBODY}", **more)


def _listings() -> Iterator[Probe]:
    for bucket in BUCKETS:
        for prefix in PREFIXES[bucket]:
            yield probe(
                *("s3:ListBucket", f"{bucket}.Arn", "s3.list_objects_v2", prefix),
                **{"Bucket": id_of(bucket), "Prefix": prefix, "MaxKeys": 1},
            )
        yield probe(
            *("s3:ListBucketVersions", f"{bucket}.Arn", "s3.list_object_versions"),
            **{"Bucket": id_of(bucket), "Prefix": NOBODY},
        )
        yield probe(
            "s3:GetBucketPolicy", f"{bucket}.Arn", "s3.get_bucket_policy", Bucket=id_of(bucket)
        )


def _items() -> Iterator[Probe]:
    for table, properties in TABLES.items():
        keys = [one["AttributeName"] for one in properties["KeySchema"]]
        key = {name: {"S": NOBODY} for name in keys}
        never = {"ConditionExpression": "#n = :n", "ExpressionAttributeNames": {"#n": "never"}}
        never["ExpressionAttributeValues"] = {":n": {"S": uuid.uuid4().hex}}
        first = {
            "KeyConditionExpression": "#k = :k",
            "ExpressionAttributeNames": {"#k": keys[0]},
            "ExpressionAttributeValues": {":k": {"S": NOBODY}},
        }
        methods: dict[str, dict[str, Any]] = {
            "GetItem": {"Key": key},
            "Query": first,
            "Scan": {"Limit": 1},
            "PutItem": {"Item": key, **never},
            "UpdateItem": {"Key": key, **never},
            "DeleteItem": {"Key": key},
            "DescribeTable": {},
        }
        for action, more in methods.items():
            method = f"dynamodb.{xform_name(action)}"
            yield probe(
                f"dynamodb:{action}", f"{table}.Arn", method, TableName=id_of(table), **more
            )
        batches: dict[str, Any] = {
            "BatchGetItem": {"Keys": [key]},
            "BatchWriteItem": [{"DeleteRequest": {"Key": key}}],
        }
        for action, one in batches.items():
            yield probe(
                *(f"dynamodb:{action}", f"{table}.Arn", f"dynamodb.{xform_name(action)}"),
                RequestItems=lambda scene, table=table, one=one: {scene.ids[table]: one},
            )
        for index in properties.get("GlobalSecondaryIndexes", ()):
            [name] = [k["AttributeName"] for k in index["KeySchema"] if k["KeyType"] == "HASH"]
            yield probe(
                *("dynamodb:Query", f"{table}.Arn/index/{index['IndexName']}", "dynamodb.query"),
                TableName=id_of(table),
                IndexName=index["IndexName"],
                **first | {"ExpressionAttributeNames": {"#k": name}},
            )


def _topics() -> Iterator[Probe]:
    for topic in TOPICS:
        yield probe("sns:Publish", topic, "sns.publish", TopicArn=id_of(topic), Message=NOBODY)
        yield probe(
            "sns:GetTopicAttributes", topic, "sns.get_topic_attributes", TopicArn=id_of(topic)
        )


def _machines() -> Iterator[Probe]:
    for machine in MACHINES:
        arn = id_of(machine.name)
        express = machine.properties["Type"] == "EXPRESS"
        for start in ("StartSyncExecution", "StartExecution") if express else ("StartExecution",):
            yield probe(
                f"states:{start}",
                *(machine.name, f"stepfunctions.{xform_name(start)}"),
                stateMachineArn=arn,
                input=_gone if express else json.dumps({"prefix": NOBODY}),
            )
        for action in ("DescribeStateMachine", "ListExecutions"):
            method = f"stepfunctions.{xform_name(action)}"
            yield probe(f"states:{action}", machine.name, method, stateMachineArn=arn)
    for action, more in {"DescribeExecution": {}, "StopExecution": {"cause": NOBODY}}.items():
        yield probe(
            *(f"states:{action}", CHILDREN, f"stepfunctions.{xform_name(action)}"),
            executionArn=_nobodys_execution,
            **more,
        )
    for end, more in {"Success": {"output": "{}"}, "Failure": {}, "Heartbeat": {}}.items():
        yield probe(
            f"states:SendTask{end}",
            *("Pipeline", f"stepfunctions.send_task_{end.lower()}"),
            taskToken=lambda scene: scene.token,
            **more,
        )


def _nobodys_execution(scene: Scene) -> str:
    """Of `backfill`, and not there."""
    return f"{scene.ids['Backfill'].replace(':stateMachine:', ':execution:')}:{NOBODY}"


def _gone(scene: Scene) -> str:
    """An upload that is not there any more."""
    upload = dict.fromkeys(("image", "version", "execution", "etag"), NOBODY)
    return json.dumps(upload | {"bucket": scene.ids["UploadBucket"], "key": f"raw/{NOBODY}"})


def _functions() -> Iterator[Probe]:
    for name in FUNCTIONS:
        function = {"FunctionName": id_of(name)}
        arn = f"{name}.Arn"
        yield probe(
            "lambda:InvokeFunction", arn, "lambda.invoke", InvocationType="DryRun", **function
        )
        yield probe("lambda:GetFunction", arn, "lambda.get_function", **function)
        yield probe(
            "lambda:UpdateFunctionCode",
            *(arn, "lambda.update_function_code"),
            ZipFile=b"no zip",
            DryRun=True,
            **function,
        )
    for group in LOG_GROUPS:
        yield probe(
            *("logs:PutLogEvents", group, "logs.put_log_events"),
            logGroupName=id_of(group),
            logStreamName=NOBODY,
            logEvents=[{"timestamp": 0, "message": NOBODY}],
        )
        yield probe(
            "logs:FilterLogEvents", group, "logs.filter_log_events", logGroupName=id_of(group)
        )


def _rest() -> Iterator[Probe]:
    secret = {"SecretId": id_of("LinkSecret")}
    for action in ("GetSecretValue", "DescribeSecret", "ListSecretVersionIds"):
        method = f"secretsmanager.{xform_name(action)}"
        yield probe(f"secretsmanager:{action}", "LinkSecret.Id", method, **secret)
    stage = {"VersionStage": "PROBE", "MoveToVersionId": str(uuid.uuid4())}
    yield probe(
        "secretsmanager:UpdateSecretVersionStage",
        *("LinkSecret.Id", "secretsmanager.update_secret_version_stage"),
        **secret | stage,
    )
    for action, more in {"ReceiveMessage": {}, "SendMessage": {"MessageBody": NOBODY}}.items():
        method = f"sqs.{xform_name(action)}"
        queue = id_of("DeadLetterQueue")
        yield probe(f"sqs:{action}", "DeadLetterQueue.Arn", method, QueueUrl=queue, **more)
    yield probe("iam:GetRole", "*", "iam.get_role", RoleName=NOBODY)
    yield probe("iam:CreateAccessKey", "*", "iam.create_access_key", UserName=NOBODY)
    yield probe(
        *("iam:PutRolePolicy", "*", "iam.put_role_policy"),
        **{"RoleName": NOBODY, "PolicyName": NOBODY, "PolicyDocument": "{}"},
    )
    # The state machines' own namespace is bounded by a condition: no other is open to them.
    yield probe(
        *("cloudwatch:PutMetricData", "*", "cloudwatch.put_metric_data"),
        **{"Namespace": NOBODY, "MetricData": [{"MetricName": NOBODY, "Value": 0}]},
    )
    yield probe("cloudformation:DescribeStacks", "*", "cloudformation.describe_stacks")
    yield probe("s3:ListAllMyBuckets", "*", "s3.list_buckets")
    yield probe(
        *("events:PutEvents", "*", "events.put_events"),
        Entries=[{"Source": NOBODY, "DetailType": NOBODY, "Detail": "{}"}],
    )
