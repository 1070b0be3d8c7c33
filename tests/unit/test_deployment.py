"""What `sam deploy` is told."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from samcli.cli.types import CfnParameterOverridesType

from cli import deployment
from cli.engine import Engine
from cli.errors import CommandError
from cli.stack import Stack


class Sam:
    """Takes the place of the SAM CLI; what it was told, as it would read it."""

    def __init__(self, returncode: int = 0, output: str = "") -> None:
        self._returncode = returncode
        self._output = output
        self.command: list[str] = []

    def __call__(self, command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        self.command = command
        return subprocess.CompletedProcess(command, self._returncode, self._output, "")

    @property
    def parameters(self) -> dict[str, str]:
        start = self.command.index("--parameter-overrides") + 1
        read = CfnParameterOverridesType().convert(tuple(self.command[start:]), None, None)
        return dict(read)


def deployed(monkeypatch: pytest.MonkeyPatch, home: Path, sam: Sam, **parameters: str) -> None:
    monkeypatch.setattr(subprocess, "run", sam)
    deployment.deploy(Engine(1, 4566), home, parameters)


@pytest.mark.parametrize(
    "value",
    ["forbidden", "do not publish, forbidden", 'a "quoted" word', "back\\slash", "x=y", ""],
)
def test_a_parameter_reaches_sam_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str
) -> None:
    sam = Sam()

    deployed(monkeypatch, tmp_path, sam, ReviewKeywords=value)

    assert sam.parameters == {
        "StepConcurrency": "1",
        "FunctionUrlPrefix": "http://localhost:4566/_aws/lambda-url/",
        "ReviewKeywords": value,
    }


def test_a_failed_deployment_is_told_in_sams_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sam = Sam(1, "Initiating deployment\nError: Failed to create changeset: because\n")

    with pytest.raises(CommandError, match="Failed to create changeset: because"):
        deployed(monkeypatch, tmp_path, sam)

    assert "because" in (tmp_path / "deploy.log").read_text()


class Cloud(boto3.Session):
    """A region whose CloudFormation gives one answer, or refuses with a code."""

    def __init__(
        self, answer: dict[str, Any] | None = None, code: str = "", words: str = ""
    ) -> None:
        super().__init__(region_name="eu-west-1")
        self._client = super().client("cloudformation")
        stubber = Stubber(self._client)
        if answer is None:
            stubber.add_client_error("describe_stacks", code, words)
        else:
            named = {"StackName": "old", "CreationTime": "2026-11-20", "StackStatus": "X"}
            stubber.add_response("describe_stacks", {"Stacks": [named | answer]})
        stubber.activate()

    def client(self, *_: Any, **__: Any) -> Any:
        return self._client


OUTPUTS = {"Outputs": [{"OutputKey": "UploadBucket", "OutputValue": "uploads"}]}


def test_an_output_that_a_stack_lacks_is_named_with_the_stack() -> None:
    found = deployment.outputs(Cloud(OUTPUTS), None, "old")

    assert found == {"UploadBucket": "uploads"}
    with pytest.raises(CommandError, match=r"stack 'old' has no output T: .*\nDeploy template"):
        found["T"]
    with pytest.raises(CommandError, match=r"stack 'old' has no output T: .*\nDeploy template"):
        Stack("old", boto3.Session(), None, dict(found)).output("T")


def test_a_stack_without_outputs_lacks_each() -> None:
    with pytest.raises(CommandError, match="no output ImagesTable"):
        deployment.outputs(Cloud({}), None, "old")["ImagesTable"]


def test_a_stack_that_is_not_there_is_named_with_where_it_was_looked_for() -> None:
    cloud = Cloud(code="ValidationError", words="Stack with id x does not exist")

    with pytest.raises(CommandError, match=r"Found no stack 'x' in eu-west-1 \(https://"):
        deployment.outputs(cloud, None, "x")


def test_what_else_cloudformation_says_is_not_taken_for_no_stack() -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        deployment.outputs(Cloud(code="AccessDenied", words="No."), None, "x")


def test_the_values_of_a_stacks_parameters_are_read() -> None:
    values = {"Parameters": [{"ParameterKey": "ReviewKeywords", "ParameterValue": "a, b"}]}

    assert deployment.values(Cloud(values), None, "old") == {"ReviewKeywords": "a, b"}
