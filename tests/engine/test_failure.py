"""What happens when it is we who break."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from darkroom import statuses
from tests.conftest import Darkroom, wait_for
from tests.pictures import jpeg

pytestmark = pytest.mark.engine


@contextmanager
def broken(darkroom: Darkroom, function: str) -> Iterator[None]:
    """The function of that logical name without its settings, so that every call fails."""
    resource = darkroom.stack.client("cloudformation").describe_stack_resource(
        StackName=darkroom.stack.name, LogicalResourceId=function
    )
    name = resource["StackResourceDetail"]["PhysicalResourceId"]
    client = darkroom.stack.client("lambda")
    variables = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    client.update_function_configuration(FunctionName=name, Environment={"Variables": {}})
    try:
        yield
    finally:
        client.update_function_configuration(
            FunctionName=name, Environment={"Variables": variables}
        )


@pytest.mark.parametrize(
    ("function", "step"),
    [
        ("ValidateFunction", "Validate"),
        ("ResizeFunction", "Resize"),
        ("FilterFunction", "Filter"),
        ("OptimizeFunction", "Optimize"),
        ("PublishFunction", "Publish"),
    ],
)
def test_a_failing_function_is_recorded_announced_and_can_run_again(
    impatient: Darkroom, function: str, step: str
) -> None:
    messages = impatient.listen("OutcomeTopicArn")
    image = f"failing/{step}.jpg"

    with broken(impatient, function):
        record = impatient.run(image, jpeg(image))

    assert record["status"] == statuses.FAILED
    assert record["error"]["step"] == step
    assert "expected a value for" in record["error"]["cause"]
    [message] = wait_for(messages, lambda: "no outcome message")
    assert (message["image"], message["status"], message["error"]["step"]) == (
        *(image, statuses.FAILED),
        step,
    )
    [execution] = impatient.executions(image)
    assert execution["status"] == "FAILED"

    impatient.stepfunctions.start_execution(
        stateMachineArn=impatient.stack.outputs["PipelineArn"], input=execution["input"]
    )
    repaired = impatient.wait(image, statuses.PUBLISHED)
    assert repaired["version"] == record["version"]
    assert "error" not in repaired


def test_a_failing_review_request_is_recorded_and_does_not_wait(darkroom: Darkroom) -> None:
    with broken(darkroom, "ReviewFunction"):
        record = darkroom.run("failing/forbidden.jpg", jpeg("failing review"))

    assert record["status"] == statuses.FAILED
    assert record["error"]["step"] == "Request"
