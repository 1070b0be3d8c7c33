"""The `darkroom` command and the AWS CLI, as a person runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli import engine as engines
from cli.deployment import values
from cli.engine import Engine
from cli.stack import local_session
from darkroom import statuses
from tests.completing import completed
from tests.conftest import Darkroom
from tests.engine.conftest import Command
from tests.pictures import jpeg

pytestmark = pytest.mark.engine

VARIABLES = [
    *("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"),
    *("UPLOAD_BUCKET", "PUBLISHED_BUCKET", "WORK_BUCKET", "IMAGES_TABLE", "OUTCOME_TOPIC_ARN"),
    *("REVIEW_TOPIC_ARN", "PIPELINE_ARN", "REVIEW_URL"),
]


def test_env_prints_what_a_shell_and_the_aws_cli_need(
    darkroom: Darkroom, command: Command, tmp_path: Path
) -> None:
    picture = tmp_path / "a b+ü.jpg"
    picture.write_bytes(jpeg("by the AWS CLI"))
    used = " ".join(f'"${name}"' for name in VARIABLES)
    script = f"""
        set -eu
        eval "$(darkroom env)"
        : {used}
        aws s3 cp --only-show-errors "$1" "s3://$UPLOAD_BUCKET/raw/cli/a b+ü.jpg"
    """

    answer = command("bash", "-c", script, "bash", str(picture))

    assert answer.returncode == 0, answer.stderr
    assert darkroom.wait("cli/a b+ü.jpg", *statuses.ENDED)["status"] == statuses.PUBLISHED


def test_upload_waits_and_says_what_became_of_each_file(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "holiday"
    folder.mkdir()
    (folder / "beach.jpg").write_bytes(jpeg("beach"))
    (folder / "notes.jpg").write_text("no picture")

    answer = command("darkroom", "upload", str(folder), "--json")

    assert answer.returncode == 0, answer.stderr
    became = {record["image"]: record["status"] for record in json.loads(answer.stdout)}
    assert became == {"holiday/beach.jpg": "PUBLISHED", "holiday/notes.jpg": "INVALID"}


def test_status_and_reviews_list_what_waits_without_the_task_token(
    darkroom: Darkroom, command: Command
) -> None:
    darkroom.run("listed/forbidden.jpg", jpeg("listed"))

    status = command("darkroom", "status", "listed/forbidden.jpg", "--json")
    everything = command("darkroom", "status", "--json")
    reviews = command("darkroom", "reviews", "--json")

    [record] = json.loads(status.stdout)
    assert record["status"] == statuses.IN_REVIEW
    assert record in json.loads(everything.stdout)
    [waiting] = [one for one in json.loads(reviews.stdout) if one["image"] == record["image"]]
    assert waiting["link"].startswith(darkroom.stack.outputs["ReviewUrl"])
    assert "task_token" not in status.stdout + everything.stdout + reviews.stdout


def test_status_of_an_unknown_image_says_so_and_fails(command: Command) -> None:
    answer = command("darkroom", "status", "nobody/knows.jpg")

    assert answer.returncode == 1
    assert "No record of 'nobody/knows.jpg'" in answer.stderr


def test_up_twice_keeps_the_engine_and_what_it_holds(
    darkroom: Darkroom, engine: Engine, engine_home: Path, command: Command
) -> None:
    record = darkroom.run("kept.jpg", jpeg("kept"))

    answer = command("darkroom", "up")

    assert answer.returncode == 0, answer.stderr
    assert engines.running(engine_home) == engine
    assert darkroom.wait("kept.jpg", statuses.PUBLISHED) == record


def test_up_says_which_values_stay_and_goes_back_to_the_defaults(
    darkroom: Darkroom, engine: Engine, command: Command
) -> None:
    def session_seconds() -> str:
        return values(local_session(), engine.endpoint, "darkroom")["ReviewSessionSeconds"]

    default = session_seconds()
    try:
        given = command("darkroom", "up", "--parameter", "ReviewSessionSeconds=600")
        kept = command("darkroom", "up")

        word = f"with ReviewSessionSeconds=600 (default {default})"
        assert word in given.stdout and word in kept.stdout
        assert "StepConcurrency" not in kept.stdout
        assert session_seconds() == "600"
    finally:
        back = command("darkroom", "up", "--reset-parameters")

    assert back.returncode == 0, back.stderr
    assert "with " not in back.stdout.replace("with sam deploy", "")
    assert session_seconds() == default


def test_a_contact_sheet_shows_the_real_pictures(
    darkroom: Darkroom, command: Command, tmp_path: Path
) -> None:
    for name in ("sheet/boat.jpg", "sheet/forbidden boat.jpg"):
        darkroom.run(name, jpeg(name))
    folder = tmp_path / "sheet"

    answer = command(
        *("darkroom", "contact-sheet", "sheet/boat.jpg", "sheet/forbidden boat.jpg"),
        *("--output", str(folder), "--json"),
    )

    assert answer.returncode == 0, answer.stderr
    told = json.loads(answer.stdout)
    assert told["by_status"] == {"PUBLISHED": 1, "IN_REVIEW": 1}
    assert told["compared"] == 2
    originals = {path.read_bytes() for path in folder.glob("*/original.jpg")}
    assert originals == {jpeg("sheet/boat.jpg"), jpeg("sheet/forbidden boat.jpg")}
    files = [path for path in folder.glob("*/*") if path.stem != "original"]
    assert len(files) == told["files"] > 2
    assert sum(path.stat().st_size for path in files) == told["all_bytes"]
    assert Path(told["page"]).is_file()


def test_bash_completes_the_names_of_images(darkroom: Darkroom, engine_home: Path) -> None:
    for name in ("tab/one.jpg", "tab/two.jpg", "tab/a b.jpg"):
        darkroom.run(name, b"no picture")

    assert completed(engine_home, "status", "tab/") == ["tab/one.jpg", "tab/two.jpg"]
    assert completed(engine_home, "history", "tab/t") == ["tab/two.jpg"]


def test_an_unknown_parameter_is_named(command: Command) -> None:
    answer = command("darkroom", "up", "--parameter", "ReviewTimeoutSeconds=never")

    assert answer.returncode == 1
    assert "ReviewTimeoutSeconds" in answer.stderr


def test_down_ends_its_own_engine_only_and_the_next_one_finds_the_records(
    darkroom: Darkroom, engine: Engine, command: Command, tmp_path: Path
) -> None:
    started = command("darkroom", "up", home=tmp_path)
    assert started.returncode == 0, started.stderr
    env = command("bash", "-c", 'eval "$(darkroom env)"; echo "$IMAGES_TABLE"', home=tmp_path)
    other = engines.running(tmp_path)
    assert other is not None and other.pid != engine.pid

    try:
        stopped = command("darkroom", "down", home=tmp_path)
        assert stopped.returncode == 0
        assert not other.answers()
        assert engine.answers()

        (tmp_path / "tmp" / "left-behind").touch()
        again = engines.start(tmp_path)
        assert not (tmp_path / "tmp" / "left-behind").exists()
        assert again.port == other.port
        after = command("bash", "-c", 'eval "$(darkroom env)"; echo "$IMAGES_TABLE"', home=tmp_path)
        assert after.stdout == env.stdout
    finally:
        engines.stop(tmp_path)


def test_without_an_engine_every_command_says_how_to_start_one(
    command: Command, tmp_path: Path
) -> None:
    for name in ("env", "status", "reviews"):
        answer = command("darkroom", name, home=tmp_path)
        assert answer.returncode == 1
        assert "`darkroom up` starts one" in answer.stderr
    assert command("darkroom", "down", home=tmp_path).returncode == 0
