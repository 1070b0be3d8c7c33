"""Shell completion: what is offered, and that a shell never sees an error."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from click.testing import CliRunner

from cli import completing
from cli.completing import SHELLS, VARIABLE, Word, images
from cli.main import main
from tests.completing import completed


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["stat"], ["status"]),
        (["recipe", ""], ["check", "preview"]),
        (["contact-sheet", "--li"], ["--limit"]),
        (["up", "--reset"], ["--reset-parameters"]),
        (["completion", ""], list(SHELLS)),
        (["recipe", "check", ""], ["compopt", "-o", "default"]),
        (["up", "--parameter", "ReviewT"], ["compopt", "-o", "nospace", "ReviewTimeoutSeconds="]),
    ],
)
def test_bash_completes_commands_options_and_what_they_take(
    tmp_path: Path, words: list[str], offered: list[str]
) -> None:
    assert completed(tmp_path, *words) == offered


def test_bash_completes_the_recipes_of_the_file_that_was_named(tmp_path: Path) -> None:
    recipe = {"renditions": [{"name": "w", "width": 1}]}
    file = tmp_path / "r.json"
    file.write_text(json.dumps({"default": recipe, "products": recipe}))

    assert completed(tmp_path, "recipe", "preview", str(file), "--recipe", "p") == ["products"]


def test_without_a_stack_no_image_is_offered_and_nothing_is_said(tmp_path: Path) -> None:
    assert completed(tmp_path, "status", "a") == []


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_answered_in_their_way(shell: str) -> None:
    script = CliRunner().invoke(main, ["completion", shell]).output
    answer = CliRunner().invoke(
        main,
        prog_name="darkroom",
        env={VARIABLE: f"{shell}_complete", "COMP_WORDS": "darkroom stat", "COMP_CWORD": "1"}
        | ({"COMP_CWORD": "stat"} if shell == "fish" else {}),
    )

    assert f"{VARIABLE}={shell}_complete" in script and "darkroom" in script
    assert "status" in re.split(r"[,\t\n]", answer.output)


def offered(known: Callable[..., Any], incomplete: str = "") -> list[str]:
    context = click.Context(click.Command("status"))
    argument = click.Argument(["image"])
    items = Word(known).shell_complete(context, argument, incomplete)
    return [item.value for item in items]


def test_what_cannot_be_asked_in_time_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completing, "PATIENCE_SECONDS", 0.01)
    never = threading.Event()

    assert offered(lambda *_: never.wait()) == []
    never.set()


def test_an_error_offers_nothing() -> None:
    def fail(*_: object) -> list[str]:
        raise OSError("odd")

    assert offered(fail) == []
    assert offered(lambda *_: ["a", "b"], "a") == ["a"]


def test_names_that_a_shell_would_take_apart_are_not_offered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = ["a.jpg", "ü/b-1_2.jpg", "a b.jpg", "$(a).jpg", "a,b.jpg", "-a.jpg", "a\n.jpg", "a:b"]
    asked: list[dict[str, Any]] = []

    def list_objects_v2(**arguments: Any) -> dict[str, Any]:
        asked.append(arguments)
        return {"Contents": [{"Key": f"raw/{name}"} for name in names]}

    stack = SimpleNamespace(
        outputs={"UploadBucket": "uploads"}, s3=SimpleNamespace(list_objects_v2=list_objects_v2)
    )
    monkeypatch.setattr(completing, "connect", lambda *_: stack)

    assert images(click.Context(click.Command("status")), "trip/") == ["a.jpg", "ü/b-1_2.jpg"]
    assert asked == [{"Bucket": "uploads", "Prefix": "raw/trip/", "MaxKeys": 200}]


def leaves(command: click.Command) -> list[click.Command]:
    below = getattr(command, "commands", {}).values()
    return [leaf for one in below for leaf in leaves(one)] or [command]


def test_every_image_that_a_command_takes_is_completed() -> None:
    taking = [
        (command.name, parameter)
        for command in leaves(main)
        for parameter in command.params
        if isinstance(parameter, click.Argument) and "IMAGE" in parameter.make_metavar()
    ]

    assert {"status", "history", "approve", "rerun", "contact-sheet"} <= {n for n, _ in taking}
    assert [name for name, parameter in taking if not isinstance(parameter.type, Word)] == []
