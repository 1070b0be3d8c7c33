"""What `sam deploy` is told."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from samcli.cli.types import CfnParameterOverridesType

from cli import deployment
from cli.engine import Engine
from cli.errors import CommandError


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
