"""What the command says to type works where it was typed."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from cli.errors import CommandError
from cli.options import stack_option
from cli.pasting import pasted


@pytest.fixture
def called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The command in an environment of a folder that a shell is in, and not on its PATH."""
    program = tmp_path / "a b/.venv/bin/darkroom"
    program.parent.mkdir(parents=True)
    program.write_text("")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(program), "status"])
    monkeypatch.chdir(tmp_path / "a b")
    return program


def test_a_command_is_named_as_the_shell_in_this_folder_finds_it(called: Path) -> None:
    assert pasted("`darkroom up` starts one.") == "`.venv/bin/darkroom up` starts one."


def test_elsewhere_by_its_whole_path_in_quotes(
    called: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path.parent)
    where = called.relative_to(tmp_path.parent)
    assert pasted("`darkroom logs 'a b.jpg'`") == f"`'{where}' logs 'a b.jpg'`"
    monkeypatch.chdir("/")
    assert pasted("`darkroom down`") == f"`'{called.relative_to('/')}' down`"


def test_on_the_path_by_its_name(called: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(called.parent))
    assert pasted("`darkroom up`") == "`darkroom up`"


def test_other_programs_and_words_stay_as_they_are(called: Path) -> None:
    text = "`sam deploy` for AWS; darkroom reviews; `--force`; `darkroom`"
    assert pasted(text) == text


@click.command()
@stack_option
def ask(stack_name: str | None) -> None:
    raise CommandError("It FAILED.", "`darkroom rerun --failed`, or `darkroom up` again.")


@pytest.mark.parametrize(
    ("arguments", "environment", "more"),
    [
        ([], {}, ""),
        (["--stack-name", "my stack"], {}, " --stack-name 'my stack'"),
        ([], {"DARKROOM_STACK": "mine"}, ""),
    ],
)
def test_a_next_step_is_about_the_same_stack(
    arguments: list[str], environment: dict[str, str], more: str
) -> None:
    said = CliRunner().invoke(ask, arguments, env={"DARKROOM_STACK": None, **environment}).output
    assert f"`darkroom rerun --failed{more}`, or `darkroom up` again." in said
