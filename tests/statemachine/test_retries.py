"""Retries: the same for a service wherever it is called, and never of an answer."""

from __future__ import annotations

import pytest
from botocore.session import Session

from tests.statemachine.definitions import (
    BACKFILL,
    EXPRESS,
    MACHINES,
    PIPELINE,
    PROCESS,
    WITHDRAW,
    Json,
    StateMachine,
    states,
    tasks,
)
from tests.statemachine.walk import evaluate

COUNT = "arn:aws:states:::aws-sdk:cloudwatch:putMetricData"
CALLBACK = "arn:aws:states:::aws-sdk:dynamodb:updateItem.waitForTaskToken"
# Answers, not accidents: trying again would give the same.
VERDICTS = {"DynamoDB.ConditionalCheckFailedException"}
# Retry on these would hide our own mistakes behind minutes of waiting.
TOO_WIDE = {"States.ALL", "States.TaskFailed", "States.Runtime", "States.Permissions"}

# Attempts and the longest wait between two (s). Who is throttled waits for others to finish: about
# half an hour. What broke is tried for about two minutes, and where a call of the function's own to
# AWS failed, botocore has tried already.
THROTTLED, BROKEN, CALLED = (12, 300), (6, 60), (2, 30)
# An Express workflow ends after five minutes; the pipeline then runs it again.
SHORT = (6, 30)

LAMBDA_THROTTLES = {
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",  # out of memory on AWS, a throttle on the local engine
}
LAMBDA_BREAKS = {
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
    "Runtime.ExitError",  # the process died
    "Sandbox.Timedout",
    "States.Timeout",
}
# What botocore raises, as Lambda's Python names it: by its class.
CALLS = {
    "ClientError",  # S3's SlowDown, which has no class of its own, among others
    "EndpointConnectionError",
    "ConnectionClosedError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "ResponseStreamingError",
    "InternalServerError",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "ThrottledException",
    "Runtime.HandlerError",  # any exception on the local engine
}


def named(service: str, *errors: str) -> set[str]:
    return {f"{service}.{error}" for error in errors}


def dynamodb(service: str, timeout: set[str]) -> list[tuple[set[str], tuple[int, int]]]:
    """SDK integrations spell the service's name otherwise."""
    return [
        (
            named(
                service,
                "ProvisionedThroughputExceededException",
                "RequestLimitExceededException",
                "ThrottlingException",
            ),
            THROTTLED,
        ),
        (
            named(service, "InternalServerErrorException", "SdkClientException") | timeout,
            BROKEN,
        ),
    ]


TIMEOUT = {"States.Timeout"}
# No picture waits for a metric.
METRICS = [(named("CloudWatch", "CloudWatchException", "SdkClientException") | TIMEOUT, CALLED)]
LIMITS = {"ExecutionLimitExceededException", "ThrottlingException"}
# What a Task is retried on, by its resource without the service's prefix, in the order of Retry.
RETRIED: dict[str, list[tuple[set[str], tuple[int, int]]]] = {
    "lambda:invoke": [
        (LAMBDA_THROTTLES, THROTTLED),
        (LAMBDA_BREAKS, BROKEN),
        (CALLS, CALLED),
    ],
    "dynamodb:updateItem": dynamodb("DynamoDB", TIMEOUT),
    "dynamodb:getItem": dynamodb("DynamoDB", TIMEOUT),
    "dynamodb:putItem": dynamodb("DynamoDB", TIMEOUT),
    # That nobody decided in time is an answer.
    "aws-sdk:dynamodb:updateItem.waitForTaskToken": dynamodb("DynamoDb", set()),
    "sns:publish": [
        ({"SNS.ThrottledException"}, THROTTLED),
        ({"SNS.InternalErrorException", "SNS.SdkClientException"} | TIMEOUT, BROKEN),
    ],
    "aws-sdk:sfn:startSyncExecution": [
        (named("Sfn", *LIMITS), THROTTLED),
        ({"Sfn.SfnException", "Sfn.SdkClientException"} | TIMEOUT, BROKEN),
    ],
    "aws-sdk:cloudwatch:putMetricData": METRICS,
    "states:startExecution": [
        (named("StepFunctions", *LIMITS, "ExecutionLimitExceeded"), THROTTLED),
        (
            {"StepFunctions.AWSStepFunctionsException", "StepFunctions.SdkClientException"}
            | TIMEOUT,
            BROKEN,
        ),
    ],
    # 15 paths with a wildcard at a time; CloudFront's throttles have no class of their own.
    "aws-sdk:cloudfront:createInvalidation": [
        (
            named("CloudFront", "TooManyInvalidationsInProgressException", "CloudFrontException"),
            THROTTLED,
        ),
        ({"CloudFront.SdkClientException"} | TIMEOUT, BROKEN),
    ],
}
RETRIED_IN_EXPRESS: dict[str, list[tuple[set[str], tuple[int, int]]]] = {
    "aws-sdk:dynamodb:query": [
        (set.union(*(errors for errors, _ in dynamodb("DynamoDb", TIMEOUT))), SHORT)
    ],
    "dynamodb:updateItem": [
        (set.union(*(errors for errors, _ in dynamodb("DynamoDB", TIMEOUT))), SHORT)
    ],
    "dynamodb:getItem": [
        (set.union(*(errors for errors, _ in dynamodb("DynamoDB", TIMEOUT))), SHORT)
    ],
    "states:startExecution": [
        (set.union(*(errors for errors, _ in RETRIED["states:startExecution"])), SHORT)
    ],
    "aws-sdk:cloudwatch:putMetricData": METRICS,
    # The bucket's lifecycle rule comes behind it.
    "aws-sdk:s3:deleteObject": [],
    "lambda:invoke": [(LAMBDA_THROTTLES | LAMBDA_BREAKS, SHORT), (CALLS, CALLED)],
    "aws-sdk:rekognition:detectModerationLabels": [
        (
            named(
                "Rekognition",
                "ThrottlingException",
                "ProvisionedThroughputExceededException",
                "InternalServerErrorException",
                "RekognitionException",
                "SdkClientException",
            )
            | TIMEOUT,
            SHORT,
        )
    ],
}


def _retriers(state: Json) -> list[Json]:
    """Those that do retry; MaxAttempts 0 takes errors out."""
    return [retrier for retrier in state.get("Retry", []) if retrier["MaxAttempts"] > 0]


every_machine = pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
every_task = pytest.mark.parametrize(
    ("machine", "name"),
    [
        pytest.param(machine, name, id=f"{machine.name}-{name}")
        for machine in MACHINES
        for name in tasks(machine)
    ],
)


@every_task
def test_a_service_is_retried_alike_wherever_it_is_called(machine: StateMachine, name: str) -> None:
    state = tasks(machine)[name]
    known = RETRIED_IN_EXPRESS if machine in (*EXPRESS, BACKFILL) else RETRIED
    assert [
        (set(one["ErrorEquals"]), (one["MaxAttempts"], one["MaxDelaySeconds"]))
        for one in _retriers(state)
    ] == known[state["Resource"].removeprefix("arn:aws:states:::")]


@every_task
def test_every_retry_has_full_jitter_and_named_errors(machine: StateMachine, name: str) -> None:
    for retrier in _retriers(tasks(machine)[name]):
        assert retrier["JitterStrategy"] == "FULL"
        assert retrier["IntervalSeconds"] == 1 and retrier["BackoffRate"] == 2
        assert TOO_WIDE.isdisjoint(retrier["ErrorEquals"])


@every_task
def test_a_verdict_is_never_retried(machine: StateMachine, name: str) -> None:
    state = tasks(machine)[name]
    for retrier in _retriers(state):
        assert VERDICTS.isdisjoint(retrier["ErrorEquals"])
        if state["Resource"] == CALLBACK:  # nobody decided in time: that is an answer, too
            assert "States.Timeout" not in retrier["ErrorEquals"]


@every_machine
def test_only_tasks_are_retried(machine: StateMachine) -> None:
    """A Map that is retried would begin anew with all that was made."""
    retried = [
        name
        for name, state in states(machine.definition)
        if "Retry" in state and state["Type"] != "Task"
    ]
    assert retried == []


def test_the_retries_of_a_step_end_before_the_express_workflow_does() -> None:
    """Which may run for five minutes.

    https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
    """
    for state in (state for machine in EXPRESS for state in tasks(machine).values()):
        for retrier in _retriers(state):
            waits = [
                min(2**attempt, retrier["MaxDelaySeconds"])
                for attempt in range(retrier["MaxAttempts"])
            ]
            assert sum(waits) < 100


def _retriers(state: Json) -> list[Json]:
    """Those that do retry; MaxAttempts 0 takes errors out."""
    return [retrier for retrier in state.get("Retry", []) if retrier["MaxAttempts"] > 0]


# A call of ours that failed may fail again, whatever it was: only S3's words tell. And an exception
# that has no name on the local engine may be any.
TOLD_BY_CAUSE = {"ClientError", "Runtime.HandlerError"}


@pytest.mark.parametrize(
    "error",
    sorted(
        {
            error
            for task in tasks(PROCESS).values()
            if task["Resource"] != COUNT  # fails nothing
            for one in _retriers(task)
            for error in one["ErrorEquals"]
        }
    ),
)
def test_what_the_pipeline_runs_again_is_what_the_steps_are_retried_on(error: str) -> None:
    _, again, *_ = PIPELINE.state("Outcome")["Choices"]
    ended = {"Status": "FAILED", "Error": error, "Cause": "Resize: boom"}
    variables = {"made": {"verdict": "failed"}, "pauses": 0}
    transient = evaluate(again["Condition"], {"input": ended}, variables)
    assert (transient, again["Next"]) == (error not in TOLD_BY_CAUSE, "Pause")


@pytest.mark.parametrize(
    ("machine", "name", "service", "operation"),
    [
        (PROCESS, "Moderate", "Rekognition", "DetectModerationLabels"),
        (WITHDRAW, "Invalidate", "CloudFront", "CreateInvalidation"),
    ],
    ids=["Moderate", "Invalidate"],
)
def test_a_services_errors_are_spelled_as_step_functions_does(
    machine: StateMachine, name: str, service: str, operation: str
) -> None:
    """In Java's way: https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html"""
    model = Session().get_service_model(service.lower()).operation_model(operation)
    known = {f"{error.name.removesuffix('Exception')}Exception" for error in model.error_shapes}
    known |= {f"{service}Exception", "SdkClientException"}
    state = machine.state(name)
    named = [error for one in (*state["Retry"], *state["Catch"]) for error in one["ErrorEquals"]]
    assert {error for error in named if not error.startswith("States.")} <= {
        f"{service}.{error}" for error in known
    }
