"""Deploying the template to the embedded engine with the SAM CLI; reading what a stack gives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from cli.engine import Engine
from cli.errors import CommandError
from cli.places import PROJECT, TEMPLATE

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

STACK = "darkroom"

# Each concurrent call is a process of its own on the engine, and pictures run side by side already:
# with 2, the demo's ten take a fifth longer.
LOCAL_PARAMETERS = {"StepConcurrency": "1"}

# The shell's names of the stack's outputs.
VARIABLES = {
    "UPLOAD_BUCKET": "UploadBucket",
    "PUBLISHED_BUCKET": "PublishedBucket",
    "WORK_BUCKET": "WorkBucket",
    "IMAGES_TABLE": "ImagesTable",
    "OUTCOME_TOPIC_ARN": "OutcomeTopicArn",
    "REVIEW_TOPIC_ARN": "ReviewTopicArn",
    "PIPELINE_ARN": "PipelineArn",
    "REVIEW_URL": "ReviewUrl",
}


def own_parameters(engine: Engine) -> dict[str, str]:
    """What the engine needs to be otherwise than the template has it."""
    return LOCAL_PARAMETERS | {"FunctionUrlPrefix": engine.function_url_prefix}


def deploy(engine: Engine, home: Path, parameters: Mapping[str, str], stack: str = STACK) -> None:
    """`sam deploy` of the source tree to the engine. Raises CommandError with what SAM said.

    A stack that is there keeps the values that `parameters` do not name.
    """
    values = own_parameters(engine) | dict(parameters)
    answer = subprocess.run(
        [
            *(beside_python("sam"), "deploy", "--template-file", str(TEMPLATE)),
            *("--stack-name", stack, "--resolve-s3", "--capabilities", "CAPABILITY_IAM"),
            *("--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar"),
            *("--parameter-overrides", *(_override(*pair) for pair in values.items())),
        ],
        cwd=PROJECT,
        env=os.environ | engine.environment() | _quiet_sam(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    (home / "deploy.log").write_text(answer.stdout + answer.stderr)
    if answer.returncode != 0:
        raise CommandError(
            f"The template could not be deployed: {_reason(answer.stdout + answer.stderr)}",
            f"All that sam deploy said is in {home / 'deploy.log'}.",
        )


def _override(name: str, value: str) -> str:
    """As SAM wants it: without quotation marks it drops all behind the first space."""
    escaped = value.replace('"', '\\"')
    return f'{name}="{escaped}"'


def values(session: boto3.Session, endpoint: str | None, stack: str) -> dict[str, str]:
    """The stack's parameters, as they are deployed. Raises CommandError where there is no stack."""
    found = described(session, endpoint, stack).get("Parameters", [])
    return {one["ParameterKey"]: one.get("ParameterValue", "") for one in found}


class Outputs(dict[str, str]):
    """A stack's outputs by name. Asked for one that it lacks it raises CommandError."""

    def __init__(self, stack: str, values: Mapping[str, str]) -> None:
        super().__init__(values)
        self._stack = stack

    def __missing__(self, name: str) -> str:
        raise CommandError(
            f"The stack {self._stack!r} has no output {name}: an older version made it, or it is "
            "none of Darkroom's.",
            "Deploy template.yaml to it again: `darkroom up`, or `sam deploy` for AWS.",
        )


def outputs(session: boto3.Session, endpoint: str | None, stack: str) -> Outputs:
    """The stack's outputs. Raises CommandError where there is no such stack."""
    found = described(session, endpoint, stack)
    return Outputs(
        stack, {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
    )


def described(session: boto3.Session, endpoint: str | None, stack: str) -> StackTypeDef:
    """What CloudFormation says of the stack. Raises CommandError where there is none."""
    client = session.client("cloudformation", endpoint_url=endpoint)
    try:
        return client.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        raise CommandError(
            f"Found no stack {stack!r} in {client.meta.region_name} ({client.meta.endpoint_url}).",
            "`darkroom up` starts one on this machine; --stack-name names one in AWS, AWS_REGION "
            "and AWS_PROFILE say where.",
        ) from error


def beside_python(command: str) -> str:
    """The command of this very environment, whatever PATH says."""
    path = Path(sys.executable).with_name(command)
    if not path.exists():
        raise CommandError(f"Expected {path}, found nothing there.", "`make .venv` installs it.")
    return str(path)


def _quiet_sam(home: Path) -> dict[str, str]:
    """SAM without telemetry, without asking the network for newer versions of itself, and without
    much sleep."""
    folder = home / "sam"
    folder.mkdir(parents=True, exist_ok=True)
    note: dict[str, Any] = {"telemetryEnabled": False, "lastVersionCheck": time.time()}
    (folder / "metadata.json").write_text(json.dumps(note))
    # SAM sleeps so many seconds between its looks at the stack, and once for each few events: with
    # its half a second a deployment took 8 seconds instead of 3.
    polling = {"SAM_CLI_POLL_DELAY": "0.1"}
    return polling | {"SAM_CLI_TELEMETRY": "0", "__SAM_CLI_APP_DIR": str(folder)}


def _reason(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("Error") or "FAILED" in line]
    return next(iter(errors), lines[-1] if lines else "sam said nothing")
