"""`darkroom recipe`: what a file of recipes says, and what it makes, without AWS."""

from __future__ import annotations

import json
import socket
import webbrowser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from bench.steps import run as run_steps
from cli import browser
from cli.main import main
from cli.places import SAMPLES
from darkroom.recipes import RECIPES_FILE, parse_recipes
from tests.pictures import jpeg

SMALL: dict[str, Any] = {
    "renditions": [{"name": "w64", "width": 64}],
    "filters": [{"name": "noir", "filter": "grayscale", "width": 48, "amount": 0.5}],
    "formats": ["webp", "jpeg"],
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No engine, no network, no screen."""

    def refuse(*_: object) -> None:
        raise AssertionError("expected no connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setenv("DARKROOM_HOME", str(tmp_path / "home"))
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


def darkroom(*arguments: object, exit_code: int = 0) -> Result:
    result = CliRunner(mix_stderr=False).invoke(main, [str(one) for one in arguments])
    assert result.exit_code == exit_code, (result.output, result.stderr, result.exception)
    return result


def written(folder: Path, recipes: Any, name: str = "recipes.json") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(recipes))
    return folder / name


def previewed(*arguments: object) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(darkroom("recipe", "preview", *arguments, "--json").stdout)
    return answer


def test_a_check_names_the_file_and_each_field_that_is_wrong(home: Path, tmp_path: Path) -> None:
    bad = {"default": SMALL | {"quality": 3, "formats": ["bmp"]}}
    file = written(tmp_path, bad)

    said = darkroom("recipe", "check", file, exit_code=1).stderr

    assert f"{file}: default.quality: expected a whole number from 30 to 95, got 3" in said
    assert f"{file}: default.formats[0]: expected one of" in said
    assert "Traceback" not in said
    told = json.loads(darkroom("recipe", "check", file, "--json", exit_code=1).stdout)
    lines = said.removeprefix("Error: ").splitlines()
    assert lines[:-1] == [f"{file}: {problem}" for problem in told["problems"]]
    assert told["recipes"] == {}


@pytest.mark.parametrize("command", [["check"], ["preview"]])
def test_a_file_that_is_not_there_is_named(home: Path, tmp_path: Path, command: list[str]) -> None:
    said = darkroom("recipe", *command, tmp_path / "none.json", exit_code=1).stderr

    assert f"{tmp_path / 'none.json'}: No such file" in said


def test_a_check_says_all_that_is_made(home: Path, tmp_path: Path) -> None:
    pad = {"name": "card", "width": 80, "height": 60, "fit": "contain", "pad": "#112233"}
    recipes = {"default": SMALL, "products": SMALL | {"renditions": [pad], "keep": ["copyright"]}}

    said = darkroom("recipe", "check", written(tmp_path, recipes)).stdout

    words = " ".join(said.split())
    assert "default up to 4 files (WEBP, JPEG); quality 72" in words
    assert "w64 rendition 64 px wide" in words
    assert "noir grayscale 48 px wide; amount 0.5" in words
    assert "products up to 4 files (WEBP, JPEG); quality 72; keeps copyright" in words
    assert "card rendition 80 x 60 px, contain; pad #112233" in words


def test_a_check_for_programs_fills_in_the_defaults(home: Path, tmp_path: Path) -> None:
    file = written(tmp_path, {"default": SMALL})

    told = json.loads(darkroom("recipe", "check", file, "--json").stdout)

    recipe = told["recipes"]["default"]
    assert told["problems"] == []
    assert (recipe["variants"], recipe["files"], recipe["quality"]) == (2, 4, 72)
    assert recipe["renditions"][0]["fit"] == "cover"
    # What it says is a file of recipes again.
    again = {name: recipe[name] for name in recipe if name not in ("variants", "files")}
    assert parse_recipes(json.dumps({"default": again})) == parse_recipes(file.read_bytes())


def test_without_a_file_the_deployed_recipes_are_checked(home: Path) -> None:
    assert str(RECIPES_FILE) in darkroom("recipe", "check").stdout


def test_a_preview_makes_what_the_steps_make_and_leaves_nothing_else(
    home: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "boat.jpg"
    picture.write_bytes(jpeg("boat", (120, 90)))
    file = written(tmp_path, {"default": SMALL})

    said = previewed(file, picture)

    recipe = parse_recipes(file.read_bytes())["default"]
    outcome = run_steps(picture.read_bytes(), "boat.jpg", recipe)
    made = {path.name: path.read_bytes() for path in home.glob("preview/*/*")}
    expected = {key.rpartition("/")[2]: data for key, data in outcome.files.items()}
    assert made == expected | {"original.jpg": picture.read_bytes()}
    [one] = said["previews"]
    assert (one["image"], one["status"], one["recipe"]) == ("boat.jpg", "PUBLISHED", "default")
    assert [variant["name"] for variant in one["variants"]] == ["w64", "noir"]
    assert Path(said["page"]) == home / "preview" / "index.html"
    assert [path.name for path in home.iterdir()] == ["preview"]
    page = (home / "preview" / "index.html").read_text()
    assert "Preview of recipes.json" in page
    assert ">default recipe</span>" in page


def test_a_preview_says_why_a_picture_is_refused_or_flagged(home: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.jpg").write_text("no picture")
    (tmp_path / "forbidden.jpg").write_bytes(jpeg("forbidden", (120, 90)))
    file = written(tmp_path, {"default": SMALL})

    said = darkroom("recipe", "preview", file, tmp_path / "notes.jpg", tmp_path / "forbidden.jpg")

    assert "notes.jpg by default would be INVALID\n  not_an_image: " in said.stdout
    assert "forbidden.jpg by default would be IN_REVIEW\n  keyword: the word" in said.stdout
    assert (home / "preview" / "index.html").as_uri() in said.stdout


def test_limits_of_a_preview_are_those_of_the_template(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = tmp_path / "large.jpg"
    with picture.open("wb") as sparse:
        sparse.truncate(25 * 1024 * 1024 + 1)

    [one] = previewed(written(tmp_path, {"default": SMALL}), picture)["previews"]

    assert one["reason"]["code"] == "too_many_bytes"


def test_every_recipe_is_shown_or_the_one_that_is_named(home: Path, tmp_path: Path) -> None:
    picture = tmp_path / "boat.jpg"
    picture.write_bytes(jpeg("boat", (120, 90)))
    only = {"renditions": [{"name": "w32", "width": 32}], "formats": ["jpeg"]}
    file = written(tmp_path, {"default": SMALL, "icons": only})

    both = previewed(file, picture)
    icons = previewed(file, picture, "--recipe", "icons")

    assert [one["recipe"] for one in both["previews"]] == ["default", "icons"]
    assert [one["recipe"] for one in icons["previews"]] == ["icons"]
    assert {path.name for path in home.glob("preview/*/*")} == {"original.jpg", "w32.jpg"}
    said = darkroom("recipe", "preview", file, picture, "--recipe", "icon", exit_code=1).stderr
    assert "Expected one of default, icons for --recipe, got 'icon'." in said


def test_a_watermark_is_the_one_beside_the_file(home: Path, tmp_path: Path) -> None:
    picture = tmp_path / "black.png"
    Image.new("RGB", (96, 96)).save(picture)
    marks = tmp_path / "draft" / "watermarks"
    marks.mkdir(parents=True)
    Image.new("RGB", (32, 32), "white").save(marks / "mark.png")
    mark = {"name": "marked", "filter": "watermark", "width": 96, "image": "mark.png"}
    recipe = SMALL | {"filters": [mark | {"size": 1, "opacity": 1}], "formats": ["png"]}

    previewed(written(tmp_path / "draft", {"default": recipe}), picture)

    [marked] = home.glob("preview/*/marked.png")
    with Image.open(marked) as made:
        assert made.convert("L").getextrema()[1] > 250


def test_a_folder_gives_its_pictures_each_in_a_card_of_its_own(home: Path, tmp_path: Path) -> None:
    """More than two are made in processes of their own."""
    trip = tmp_path / "trip"
    (trip / "deeper").mkdir(parents=True)
    for name in ("a.jpg", "b.JPG", "c.jpeg", "deeper/d.jpg"):
        (trip / name).write_bytes(jpeg(name, (120, 90)))
    (trip / "notes.txt").write_text("no picture")

    said = previewed(written(tmp_path, {"default": SMALL}), trip)

    assert [one["image"] for one in said["previews"]] == ["trip/a.jpg", "trip/b.JPG", "trip/c.jpeg"]
    assert len(list(home.glob("preview/*/original.jpg"))) == 3


def test_pictures_of_one_name_do_not_overwrite_each_other(home: Path, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.jpg").write_bytes(jpeg(folder, (120, 90)))

    previewed(
        written(tmp_path, {"default": SMALL}), tmp_path / "one" / "a.jpg", tmp_path / "two/a.jpg"
    )

    originals = {path.read_bytes() for path in home.glob("preview/*/original.jpg")}
    assert len(originals) == 2


def test_a_picture_that_is_not_there_is_named(home: Path, tmp_path: Path) -> None:
    file = written(tmp_path, {"default": SMALL})

    said = darkroom("recipe", "preview", file, tmp_path / "none.jpg", exit_code=1).stderr

    assert f"Expected a picture or a folder, found nothing at {tmp_path / 'none.jpg'}." in said


def test_without_a_picture_samples_are_shown(home: Path, tmp_path: Path) -> None:
    said = previewed(written(tmp_path, {"default": SMALL}))

    assert len(said["previews"]) == 3
    assert all((SAMPLES / one["image"]).is_file() for one in said["previews"])


@pytest.mark.parametrize("error", [webbrowser.Error("none"), OSError("none"), None])
def test_a_browser_that_cannot_be_started_is_no_failure(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception | None
) -> None:
    opened: list[str] = []

    def open(url: str) -> bool:
        opened.append(url)
        if error:
            raise error
        return False

    monkeypatch.setattr(webbrowser, "open", open)
    monkeypatch.setenv("DISPLAY", ":0")
    file = written(tmp_path, {"default": SMALL})
    picture = tmp_path / "boat.jpg"
    picture.write_bytes(jpeg("boat", (120, 90)))

    said = darkroom("recipe", "preview", file, picture).stdout

    assert opened == [(home / "preview" / "index.html").as_uri()]
    assert opened[0] in said
    darkroom("recipe", "preview", file, picture, "--no-open")
    previewed(file, picture)
    assert len(opened) == 1


def test_without_a_screen_no_browser_is_started(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python would take one that runs in the terminal, and wait for its end."""
    monkeypatch.setattr("sys.platform", "linux")
    assert not browser.has_screen()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert browser.has_screen()
