"""The command with somebody's keys: what docs/command.md lists is enough, and a denial is named."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from darkroom import statuses
from tests.conftest import Darkroom
from tests.iam import guarded
from tests.iam.conftest import CLEAN, STACK
from tests.iam.guarded import Caller, Desk
from tests.unit.test_command_doc import SECTIONS

pytestmark = pytest.mark.engine

DARKROOM = str(Path(sys.executable).with_name("darkroom"))
EVERYWHERE = "cloudformation:DescribeStacks"
SECRET = ("cloudformation:DescribeStackResource", "secretsmanager:GetSecretValue")

Answer = subprocess.CompletedProcess[str]


def run(caller: Caller, home: Path, *words: str) -> Answer:
    """The installed command, as from the caller's shell."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        **Desk.of(caller).environment(),
        "DARKROOM_HOME": str(home),
        "AWS_MAX_ATTEMPTS": "1",
    }
    return subprocess.run(
        [DARKROOM, *words, "--stack-name", STACK],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def documented(command: str) -> set[str]:
    """Of a command's section, and what stands once for all of them."""
    text = SECTIONS[command].text
    secret = SECRET if "the secret" in text else ()
    return {EVERYWHERE, *secret, *re.findall(r"`(\w+:[A-Z]\w+)`", text)}


@pytest.fixture
def somebody(operator: Caller) -> Callable[[str, Iterable[str]], Caller]:
    def allowed(name: str, actions: Iterable[str]) -> Caller:
        statement = {"Effect": "Allow", "Action": sorted(actions), "Resource": "*"}
        return guarded.user(operator, name, statement)

    return allowed


def test_what_is_documented_is_enough_for_a_contact_sheet(
    guarded_darkroom: Darkroom,
    messages: object,
    somebody: Callable[[str, Iterable[str]], Caller],
    tmp_path: Path,
) -> None:
    guarded_darkroom.wait(CLEAN, statuses.PUBLISHED)
    caller = somebody("looker", documented("contact-sheet"))

    answer = run(caller, tmp_path, "contact-sheet", CLEAN, "--json")

    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["files"] > 2
    assert len(list(tmp_path.glob("contact-sheet/*/original.jpg"))) == 1


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("env", []),
        ("status", []),
        ("status", [CLEAN]),
        ("reviews", []),
        ("history", [CLEAN]),
        ("reviewers add", ["Bo"]),
        ("reviewers list", []),
    ],
)
def test_what_is_documented_is_enough(
    guarded_darkroom: Darkroom,
    messages: object,
    somebody: Callable[[str, Iterable[str]], Caller],
    tmp_path: Path,
    command: str,
    words: list[str],
) -> None:
    guarded_darkroom.wait(CLEAN, statuses.PUBLISHED)
    caller = somebody(f"{command}-{len(words)}".replace(" ", "-"), documented(command))

    answer = run(caller, tmp_path, *command.split(), *words)

    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize(
    ("lacking", "words", "named"),
    [
        ("cloudformation:DescribeStacks", ["status"], STACK),
        ("dynamodb:Scan", ["contact-sheet"], "ImagesTable"),
        ("s3:GetObject", ["contact-sheet", CLEAN], "s3://"),
    ],
)
def test_a_permission_that_is_lacking_is_named_with_its_resource(
    guarded_darkroom: Darkroom,
    messages: object,
    somebody: Callable[[str, Iterable[str]], Caller],
    tmp_path: Path,
    lacking: str,
    words: list[str],
    named: str,
) -> None:
    guarded_darkroom.wait(CLEAN, statuses.PUBLISHED)
    allowed = documented("contact-sheet") - {lacking, f"{lacking}Version"}
    caller = somebody(f"without-{lacking.replace(':', '-')}", allowed)

    answer = run(caller, tmp_path, *words)

    first, *_ = answer.stderr.splitlines()
    assert answer.returncode == 1
    assert first.startswith(f"Error: AWS does not let you do this: {lacking} on ")
    assert named in first
    assert "Traceback" not in answer.stderr


def test_keys_that_are_none_are_told_so(operator: Caller, tmp_path: Path) -> None:
    stranger = Caller("stranger", operator.engine, "AKIAIOSFODNN7EXAMPLE", "wrong")

    answer = run(stranger, tmp_path, "status")

    assert answer.returncode == 1
    assert answer.stderr.startswith("Error: AWS does not know your credentials")
