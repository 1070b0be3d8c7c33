"""How a command ends: its exit code, and never a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from cli import main as command
from cli import start
from cli.errors import CommandError
from cli.group import Group

DARKROOM = str(Path(sys.executable).with_name("darkroom"))


def ended(raise_it: Callable[[], Any], **environment: str) -> Result:
    """What becomes of a command that does what it is told."""

    @click.group(cls=Group)
    def group() -> None:
        pass

    @group.command()
    def go() -> None:
        raise_it()

    return CliRunner(mix_stderr=False).invoke(group, ["go"], env=environment)


def raising(error: BaseException, cause: BaseException | None = None) -> Callable[[], None]:
    def throw() -> None:
        if cause is None:
            raise error
        try:
            raise cause
        except BaseException:
            raise error  # noqa: B904, as rich and click do it

    return throw


CODES: list[tuple[int, Callable[[], None]]] = [
    (0, lambda: None),
    (0, raising(SystemExit(0))),
    (1, raising(SystemExit(1))),
    (1, raising(CommandError("No.", "Try yes."))),
    (1, raising(KeyError("image"))),
    (1, raising(OSError(28, "No space left on device"))),
    (1, raising(click.Abort())),
    (2, raising(click.UsageError("odd"))),
    (2, raising(click.BadParameter("odd"))),
    (130, raising(KeyboardInterrupt())),
    (130, raising(click.Abort(), KeyboardInterrupt())),
    (141, raising(BrokenPipeError())),
    (141, raising(SystemExit(1), BrokenPipeError())),
]


@pytest.mark.parametrize(("code", "do"), CODES)
def test_exit_codes_are_few(code: int, do: Callable[[], None]) -> None:
    result = ended(do)

    assert result.exit_code == code
    assert "Traceback" not in result.output + result.stderr


def test_an_error_is_told_where_errors_go() -> None:
    result = ended(raising(OSError(28, "No space left on device", "/x")))

    assert result.stdout == ""
    assert result.stderr.startswith("Error: The disk is full: /x.\n")


def test_an_interrupt_says_so_and_a_closed_output_says_nothing() -> None:
    assert ended(raising(KeyboardInterrupt())).stderr == "Interrupted.\n"
    assert ended(raising(BrokenPipeError())).stderr == ""


@pytest.mark.parametrize(
    "error", [KeyError("image"), CommandError("No."), KeyboardInterrupt(), BrokenPipeError()]
)
def test_debug_shows_the_traceback_and_ends_all_the_same(error: BaseException) -> None:
    plain, debugged = ended(raising(error)), ended(raising(error), DARKROOM_DEBUG="1")

    assert "Traceback" in debugged.stderr and "raise error" in debugged.stderr
    assert debugged.exit_code == plain.exit_code


def run(*words: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The installed command, in a shell without AWS."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(
        words,
        env=clean
        | {"DARKROOM_HOME": str(home), "HOME": str(home), "AWS_EC2_METADATA_DISABLED": "true"}
        | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_MAX_ATTEMPTS": "1"}


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "No AWS region is set."),
        ({"AWS_REGION": "eu-west-1"}, "There are no AWS credentials in this shell."),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, "There are no AWS credentials in this shell."),
        ({"AWS_PROFILE": "nobody"}, "The config profile (nobody) could not be found."),
        (
            {"AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"} | KEYS,
            "AWS cannot be reached: Could not connect",
        ),
    ],
)
def test_a_shell_without_aws_is_told_what_it_lacks(
    tmp_path: Path, environment: dict[str, str], said: str
) -> None:
    answer = run(DARKROOM, "status", "--stack-name", "x", home=tmp_path, **environment)

    assert answer.returncode == 1
    assert answer.stderr.startswith(f"Error: {said}")
    assert "Traceback" not in answer.stderr
    assert answer.stdout == ""


@pytest.mark.parametrize("words", [["recipe", "check"], ["recipe", "check", "--json"]])
def test_a_reader_that_has_gone_ends_the_command_in_silence(
    tmp_path: Path, words: list[str]
) -> None:
    """As `head` has, once it has read enough."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        answer = subprocess.run(
            [DARKROOM, *words], stdout=writer, stderr=subprocess.PIPE, text=True, check=False
        )
    finally:
        os.close(writer)

    assert (answer.returncode, answer.stderr) == (141, "")


def test_an_interrupt_before_the_command_is_there_says_so_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Interrupting:
        def __getattr__(self, name: str) -> Any:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "cli.main", Interrupting())

    with pytest.raises(SystemExit) as raised:
        start.main()

    assert raised.value.code == 130
    assert capsys.readouterr().err == "Interrupted.\n"


def test_the_installed_command_is_the_one_that_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[bool] = []
    monkeypatch.setitem(sys.modules, "cli.main", SimpleNamespace(main=lambda: called.append(True)))

    start.main()

    assert called == [True]
    assert isinstance(command.main, Group)


def test_a_real_interrupt_ends_with_130(tmp_path: Path) -> None:
    """It comes while the command looks for its stack."""
    code = (
        "import os, signal, sys\n"
        "from cli import main, reporting\n"
        "reporting.connect = lambda *_: os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.argv = ['darkroom', 'status']\n"
        "main.main()"
    )

    answer = run(sys.executable, "-c", code, home=tmp_path)

    assert answer.returncode == 128 + signal.SIGINT
    assert answer.stderr == "Interrupted.\n"
