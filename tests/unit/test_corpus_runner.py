"""A folder of files through the steps: what counts as holding, and what does not."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from bench import corpus
from bench.checks import problems
from bench.examine import CODES, Examined, Look, Task, examine
from bench.folder import Entry, FolderError, entries, unnamed
from bench.isolated import STOP_CPU_SECONDS, Ending, each
from bench.judging import Result as Judged
from bench.judging import judge, judge_families
from bench.meter import Cost, Meter
from bench.steps import Outcome, default_settings, run
from darkroom.contracts import Batch, Mastered, Upload, Variant, parse, plain
from darkroom.masters import joined
from darkroom.recipes import AnyFilter, Fit, Format, Gravity, Kept, Recipe, parse_recipes
from publish.manifest import Made, build_manifest
from tests.endings import end, fall_over
from tests.pictures import draw, encoded, jpeg
from tests.statemachine.definitions import PROCESS
from tests.statemachine.walk import CONTEXT, Json, Walk

RECIPE = """{"default": {
  "renditions": [{"name": "whole", "width": 90},
                 {"name": "square", "width": 40, "height": 40, "fit": "cover"}],
  "filters": [{"name": "noir", "filter": "grayscale", "width": 40}]
}}"""


def small_recipe(**changes: Any) -> Recipe:
    recipe = json.loads(RECIPE)["default"] | changes
    return parse_recipes(json.dumps({"default": recipe}))["default"]


def outcome_of(data: bytes, **changes: Any) -> Outcome:
    return run(data, recipe=small_recipe(**changes))


# The steps.


def test_the_steps_make_what_the_state_machine_makes() -> None:
    """Its own walk, with the steps' functions behind its Tasks, ends in the same manifest."""
    data = jpeg("walk")
    outcome = outcome_of(data)
    assert outcome.manifest is not None
    made = {variant["name"]: variant for variant in outcome.manifest["variants"]}
    order: list[str] = []

    def services(name: str, arguments: Any) -> Json:
        if name == "Recall":
            return {"Items": []}
        if name == "Claim":
            return {"Attributes": arguments["Key"]}
        if name == "Publish":
            return {"Payload": {}}
        if name == "Validate":
            order.append("Validate")
            return {"Payload": outcome.verdict}
        if name == "TidyOne":
            return {}
        payload = arguments["Payload"]
        if "batch" in payload:
            batch = parse(Batch, payload["batch"])
            order.append(f"{name.removesuffix('One')} {batch.name}")
            parts = [b"master"] * len(batch.variants)
            return {"Payload": {"variants": plain(joined(batch, parts)[1])}}
        variant = parse(Mastered, payload["variant"])
        order.append(f"{name.removesuffix('One')} {variant.name}")
        expected = {key: outcome.verdict[key] for key in ("formats", "quality")}
        assert {key: payload[key] for key in expected} == expected
        files = [
            {"format": file["format"], "bytes": file["bytes"]}
            for file in made[variant.name]["files"]
        ]
        return {"Payload": plain(variant) | {"files": files}}

    upload = Upload("uploads", "raw/picture", "etag", "picture", "0123456789abcdef", "execution")
    run_of = {"started_at": "2026-11-20T06:00:00.000Z", "sequencer": ""}
    output = Walk(services, CONTEXT).run(PROCESS.definition, plain(upload) | run_of)

    assert [cost.step for cost in outcome.costs] == order
    manifest = build_manifest("picture", upload.version, parse(Made, output), {})
    assert json.loads(json.dumps(manifest)) == outcome.manifest


def test_the_files_of_an_outcome_are_those_of_its_manifest() -> None:
    outcome = outcome_of(jpeg("files"))
    assert outcome.accepted and outcome.manifest is not None
    listed = {
        file["key"]: file["bytes"]
        for variant in outcome.manifest["variants"]
        for file in variant["files"]
    }
    assert {key: len(data) for key, data in outcome.files.items()} == listed
    assert len(listed) == 9


def test_a_refusal_ends_with_its_reason() -> None:
    outcome = outcome_of(b"no picture")
    assert not outcome.accepted and outcome.manifest is None and not outcome.files
    assert outcome.verdict["reason"]["code"] == "not_an_image"
    assert [cost.step for cost in outcome.costs] == ["Validate"]


def test_limits_are_those_of_the_template() -> None:
    settings = default_settings()
    assert settings.max_upload_bytes == 25 * 1024 * 1024
    assert settings.max_pixels == 50_000_000
    assert settings.review_keywords == ("forbidden",)


def test_what_a_step_raises_names_the_step() -> None:
    meter = Meter()
    with pytest.raises(OSError, match="gone") as raised, meter.measure("Resize w320"):
        raise OSError("gone")
    assert raised.value.__notes__ == ["in Resize w320"]
    assert [cost.step for cost in meter.costs] == ["Resize w320"]
    assert meter.costs[0].peak_bytes > 10_000_000


# The checks: a whole outcome has no problem, and each change of it has one.


def picture_with_alpha() -> bytes:
    image = draw("alpha")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    return encoded(image, "PNG")


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_what_the_steps_make_has_no_problem(format: str) -> None:
    data = encoded(draw(format), format)
    outcome = outcome_of(data, formats=["avif", "webp", "jpeg", "png"])
    assert list(problems(format.lower(), data, outcome)) == []


def test_what_is_made_of_a_transparent_picture_has_no_problem() -> None:
    data = picture_with_alpha()
    assert list(problems("png", data, outcome_of(data))) == []


def test_an_animation_has_no_problem() -> None:
    frames = [draw(number) for number in range(3)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    outcome = outcome_of(data, animation="keep")
    assert any("animated" in file for file in first_files(outcome))
    assert list(problems("gif", data, outcome)) == []


def test_an_animation_that_becomes_transparent_has_no_problem() -> None:
    frames = [draw(number).convert("RGBA") for number in range(3)]
    frames[2].putalpha(Image.linear_gradient("L").resize(frames[2].size))
    data = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    outcome = outcome_of(data, animation="keep")
    assert any("animated" in file for file in first_files(outcome))
    assert list(problems("webp", data, outcome)) == []


def test_a_kept_copyright_is_no_problem_and_one_that_was_not_asked_for_is() -> None:
    tags = Image.Exif()
    tags[0x8298] = "(c) 2025 Somebody With A Name"
    data = jpeg("copyright", exif=tags)
    outcome = outcome_of(data, keep=["copyright"])
    assert all(b"Somebody" in file for file in outcome.files.values())
    assert list(problems("jpeg", data, outcome)) == []
    silent = replace(outcome, verdict={**outcome.verdict, "copyright": ""})
    assert any("holds" in problem for problem in problems("jpeg", data, silent))


def first_files(outcome: Outcome) -> list[Json]:
    assert outcome.manifest is not None
    files: list[Json] = outcome.manifest["variants"][0]["files"]
    return files


def with_file(outcome: Outcome, format: str, data: bytes) -> Outcome:
    """The first variant's file of a format replaced; the manifest knows its length."""
    manifest = json.loads(json.dumps(outcome.manifest))
    [file] = [file for file in manifest["variants"][0]["files"] if file["format"] == format]
    file["bytes"] = len(data)
    return replace(outcome, manifest=manifest, files={**outcome.files, file["key"]: data})


def file_of(outcome: Outcome, format: str) -> bytes:
    [file] = [file for file in first_files(outcome) if file["format"] == format]
    return outcome.files[file["key"]]


def turned(outcome: Outcome) -> Outcome:
    tags = Image.Exif()
    tags[0x0112] = 6
    return with_file(outcome, "jpeg", jpeg("other", (90, 68), exif=tags))


CHANGES: list[tuple[str, Callable[[Outcome], Outcome]]] = [
    ("expected a file that can be read", lambda it: with_file(it, "jpeg", b"\xff\xd8\xff\xd9")),
    ("expected 90 x 68 px, got 68 x 90", lambda it: with_file(it, "jpeg", jpeg(1, (68, 90)))),
    ("expected the same picture", lambda it: with_file(it, "jpeg", jpeg("other", (90, 68)))),
    ("expected an upright picture", turned),
    (
        "jpeg: holds trailing of 22 bytes",
        lambda it: with_file(it, "jpeg", file_of(it, "jpeg") + b"words of somebody else"),
    ),
    (
        "whole.jpg: holds b'words of somebody else' of the source",
        lambda it: with_file(it, "jpeg", file_of(it, "jpeg") + b"words of somebody else"),
    ),
    (
        "expected 1 to 1 frames, got 2",
        lambda it: with_file(
            it,
            "webp",
            encoded(draw(1, (90, 68)), "WEBP", save_all=True, append_images=[draw(2, (90, 68))]),
        ),
    ),
    (
        "expected alpha in all formats or in none, got it in webp",
        lambda it: with_file(
            it, "webp", encoded(Image.new("RGBA", (90, 68), (9, 9, 9, 9)), "WEBP")
        ),
    ),
    (
        "expected no alpha, as in the source, got alpha",
        lambda it: with_file(
            it, "webp", encoded(Image.new("RGBA", (90, 68), (9, 9, 9, 9)), "WEBP")
        ),
    ),
]


@pytest.mark.parametrize(("problem", "change"), CHANGES, ids=[text for text, _ in CHANGES])
def test_whatever_is_wrong_with_a_file_is_a_problem(
    problem: str, change: Callable[[Outcome], Outcome]
) -> None:
    data = jpeg("checks") + b"words of somebody else"
    found = list(problems("jpeg", data, change(outcome_of(data))))
    assert any(problem in text for text in found), found


def edited(outcome: Outcome, change: Callable[[Json], object]) -> Outcome:
    manifest = json.loads(json.dumps(outcome.manifest))
    change(manifest)
    return replace(outcome, manifest=manifest)


EDITS: list[tuple[str, Callable[[Json], object]]] = [
    ("expected 999 bytes", lambda it: it["variants"][0]["files"][0].update(bytes=999)),
    ("expected 90 x 68 px, got 91 x 68", lambda it: it["variants"][0].update(width=91)),
    ("other variants than were planned", lambda it: it["variants"].pop()),
    ("placeholder: expected", lambda it: it.update(placeholder="data:image/webp;base64,AAAA")),
    ("picture: expected only files", lambda it: it.update(picture='<img src="elsewhere.jpg">')),
]


@pytest.mark.parametrize(("problem", "change"), EDITS, ids=[text for text, _ in EDITS])
def test_whatever_is_wrong_with_a_manifest_is_a_problem(
    problem: str, change: Callable[[Json], object]
) -> None:
    data = jpeg("edits")
    found = list(problems("jpeg", data, edited(outcome_of(data), change)))
    assert any(problem in text for text in found), found


def test_a_transparent_picture_made_opaque_is_a_problem() -> None:
    opaque = outcome_of(encoded(draw("alpha"), "PNG"))
    found = list(problems("png", picture_with_alpha(), opaque))
    assert any("expected alpha, as in" in problem for problem in found), found


# One file.


def examined(tmp_path: Path, data: bytes, recipe: Recipe | None = None) -> Examined:
    path = tmp_path / "file"
    path.write_bytes(data)
    return examine(Task(path, {"small": recipe or small_recipe()}), lambda stage: None)


def test_an_examined_file_says_what_it_took(tmp_path: Path) -> None:
    found = examined(tmp_path, jpeg("examined"))
    assert (found.code, found.problems, found.files) == (None, [], 9)
    assert [cost.step for cost in found.costs][:2] == [
        "small: Validate",
        "small: Resize renditions-1",
    ]
    assert found.look is not None and found.look.size == (90, 68)
    assert 0 < found.idle_bytes <= max(cost.peak_bytes for cost in found.costs)


def test_a_refused_file_is_no_problem(tmp_path: Path) -> None:
    found = examined(tmp_path, b"")
    assert (found.code, found.problems, found.files) == ("empty", [], 0)
    assert found.code in CODES


def test_no_more_is_read_of_a_file_than_validate_takes(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(10**12)
    assert examine(Task(path, {"small": small_recipe()}), lambda _: None).code == "too_many_bytes"


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe"])
def test_what_is_no_file_is_a_problem_and_nothing_waits_for_it(tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    found = examine(Task(path, {"small": small_recipe()}), lambda _: None)
    [problem] = found.problems
    assert problem.startswith("expected a file that can be read, got")


def test_what_a_step_raises_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(data: bytes, variants: Sequence[Variant]) -> Iterator[bytes]:
        raise IndexError("out of range")

    monkeypatch.setattr("cli.previewing.steps.filtered_masters", broken)
    [problem] = examined(tmp_path, jpeg("broken")).problems
    assert problem.startswith("small: raised IndexError: out of range in Filter filters-1")


def test_a_refusal_for_want_of_memory_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(self: Image.Image) -> None:
        raise MemoryError

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", exhausted)
    found = examined(tmp_path, encoded(draw(1), "PNG"))
    assert found.code == "corrupt"
    assert any("MemoryError" in problem for problem in found.problems)


# Processes of their own.


def test_each_process_ends_for_itself_and_is_heard() -> None:
    tasks = ["signal", "exit", "processor", "fine"]
    endings = dict(each(end, tasks, 2, corpus.PRELOADED))
    assert endings[0] == Ending(None, "on signal", "ended by SIGSEGV")
    assert endings[1] == Ending(None, "on exit", "ended with exit code 7")
    assert endings[2].death in ("ended by SIGXCPU", "ended by SIGKILL")
    assert endings[3].stage == "on fine" and endings[3].death is None
    assert STOP_CPU_SECONDS < int(str(endings[3].answer)) <= 2 * STOP_CPU_SECONDS


def test_a_process_that_waits_for_ever_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.isolated.STOP_SECONDS", 0)
    [(_, ending)] = each(end, ["wait"], 1, corpus.PRELOADED)
    assert ending.death == "ended by SIGKILL"


# Judging.


def entry(name: str = "a.jpg", expected: str = "either", **more: str) -> Entry:
    assert expected in ("accept", "reject", "either")
    return Entry(name, Path(name), expected, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("expected", "code", "problem"),
    [
        ("accept", None, None),
        ("accept", "corrupt", "expected it to be accepted, got corrupt"),
        ("reject", "corrupt", None),
        ("reject", None, "expected a refusal, got accepted"),
        ("either", None, None),
        ("either", "corrupt", None),
    ],
)
def test_a_verdict_is_held_against_the_index(
    expected: str, code: str | None, problem: str | None
) -> None:
    result = judge(entry(expected=expected), Ending(Examined(code is None, code), "", None))
    assert result.problems == ([problem] if problem else [])
    assert result.got == (code or "accepted")


def test_what_is_neither_accepted_nor_refused_failed() -> None:
    result = judge(entry(), Ending(Examined(problems=["raised"]), "", None))
    assert (result.got, result.problems) == ("failed", ["raised"])


def test_a_process_that_died_is_a_problem_that_names_where() -> None:
    result = judge(entry(), Ending(None, "default: Validate", "ended by SIGSEGV"))
    assert result.problems == ["the process ended by SIGSEGV during default: Validate"]


@pytest.mark.parametrize(
    ("cost", "problem"),
    [
        (Cost("Validate", 5.0, 1_000_000_000), None),
        (Cost("Validate", 5.1, 0), "Validate: expected at most 5 s of CPU, got 5.1 s"),
        (Cost("Validate", 0, 1_001_000_000), "Validate: expected at most 1,000 MB, got 1,001 MB"),
    ],
)
def test_a_step_has_five_seconds_and_a_gigabyte(cost: Cost, problem: str | None) -> None:
    result = judge(entry(), Ending(Examined(costs=[cost]), "", None))
    assert result.problems == ([problem] if problem else [])


def test_an_invariant_without_anything_to_look_for_is_a_problem() -> None:
    named = entry(expected="accept", invariant="no GPS in what is made")
    assert judge(named, Ending(Examined(True, planted=3), "", None)).problems == []
    [problem] = judge(named, Ending(Examined(True, planted=0), "", None)).problems
    assert problem.startswith("found nothing in the file to look for")


def test_a_family_shows_one_picture() -> None:
    def member(
        name: str, colour: str, size: tuple[int, int], why: str = "must match *_1"
    ) -> Judged:
        look = Look(size, Image.new("RGB", (16, 16), colour).tobytes())
        return Judged(entry(name, why=why), "accepted", [], Examined(look=look))

    family = [
        member("a/x_1.jpg", "red", (3, 2)),
        member("a/x_2.jpg", "red", (3, 2)),
        member("a/x_3.jpg", "red", (2, 3)),
        member("a/x_4.jpg", "blue", (3, 2)),
        member("a/x_5.png", "blue", (3, 2)),
        member("a/x_6.jpg", "blue", (3, 2), why="other"),
    ]
    judge_families(family)
    assert [bool(result.problems) for result in family] == [False, False, True, True, False, False]
    assert family[2].problems == ["expected 3 x 2 px as a/x_1.jpg has, got 2 x 3"]


# Folders.


def test_every_file_at_any_depth_is_run_where_there_is_no_index(tmp_path: Path) -> None:
    names = ["b.jpg", "a/deep/er/ü +%41.png", ".hidden", "a/tab\tand\nline", "x_1"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "link.jpg").symlink_to(tmp_path / "b.jpg")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    found = entries(tmp_path)
    assert {item.name for item in found} == {*names, "link.jpg"}
    assert {item.expected for item in found} == {"either"}


def test_an_index_says_what_is_run_and_what_is_expected(tmp_path: Path) -> None:
    (tmp_path / "INDEX.tsv").write_text(
        'path\tbytes\texpected\twhy\tinvariant\n"a" b.jpg\t3\taccept\tsome "reason\tno GPS\n'
        "gone.jpg\t3\treject\t\t\n",
        encoding="utf-8",
    )
    (tmp_path / '"a" b.jpg').write_bytes(b"")
    (tmp_path / "left-out.jpg").write_bytes(b"")
    found = entries(tmp_path)
    assert found == [
        Entry('"a" b.jpg', tmp_path / '"a" b.jpg', "accept", 'some "reason', "no GPS"),
        Entry("gone.jpg", tmp_path / "gone.jpg", "reject"),
    ]
    assert unnamed(tmp_path, found) == 1


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ("", "expected the columns expected and path"),
        ("path\twhy\nx\ty\n", "expected the columns expected and path"),
        ("path\texpected\nx\tperhaps\n", "expected one of accept, reject, either in line 2"),
        ("path\texpected\nx\n", "in line 2 of .*, got None"),
        ("path\texpected\n", "expected at least one file"),
    ],
)
def test_an_index_that_makes_no_sense_is_named(tmp_path: Path, index: str, message: str) -> None:
    (tmp_path / "INDEX.tsv").write_text(index, encoding="utf-8")
    with pytest.raises(FolderError, match=message):
        entries(tmp_path)


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="expected a folder for FOLDER"):
        entries(tmp_path / "nowhere")
    with pytest.raises(FolderError, match="expected at least one file"):
        entries(tmp_path)


def test_the_full_recipe_asks_for_all_there_is() -> None:
    full = corpus.default_recipes()["full"]
    assert {rendition.fit for rendition in full.renditions} == set(get_args(Fit))
    assert {rendition.gravity for rendition in full.renditions} == set(get_args(Gravity))
    assert {type(spec) for spec in full.filters} == set(get_args(AnyFilter))
    assert set(full.formats) == set(get_args(Format))
    assert full.animation == "keep" and set(full.keep) == set(get_args(Kept))


# The command.


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., Result]:
    recipe = tmp_path / "recipes.json"
    recipe.write_text(RECIPE, encoding="utf-8")

    def invoke(folder: Path, *arguments: str) -> Result:
        line = [str(folder), "--recipe", str(recipe), *arguments]
        return CliRunner().invoke(corpus.main, line)

    return invoke


def test_a_folder_without_an_index_holds_where_all_verdicts_are_clean(
    tmp_path: Path, command: Callable[..., Result]
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "good.jpg").write_bytes(jpeg("good"))
    (folder / "notes.txt").write_bytes(b"no picture")
    figures = tmp_path / "figures.json"
    result = command(folder, "--json", str(figures))
    assert result.exit_code == 0, result.output
    files = json.loads(figures.read_text(encoding="utf-8"))["files"]
    assert [(file["path"], file["got"]) for file in files] == [
        ("good.jpg", "accepted"),
        ("notes.txt", "not_an_image"),
    ]
    assert "2  in all" in result.output and "0  with something" in result.output


def test_a_row_that_does_not_hold_ends_with_exit_code_1(
    tmp_path: Path, command: Callable[..., Result]
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "good.jpg").write_bytes(jpeg("good"))
    (folder / "bad.jpg").write_bytes(b"\xff\xd8\xff")
    rows = "path\texpected\ngood.jpg\treject\nbad.jpg\treject\nmissing.jpg\teither\n"
    (folder / "INDEX.tsv").write_text(rows, encoding="utf-8")
    result = command(folder)
    assert result.exit_code == 1, result.output
    assert "expected a refusal, got accepted" in result.output
    assert "No such file or directory" in result.output
    assert "2  with something that does not hold" in result.output


def test_a_file_that_ends_its_process_ends_with_exit_code_1(
    tmp_path: Path, command: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("deadly.jpg", "good.jpg"):
        (folder / name).write_bytes(jpeg(name))
    monkeypatch.setattr(corpus, "examine", fall_over)
    result = command(folder)
    assert result.exit_code == 1, result.output
    assert "the process ended by SIGKILL during small: Validate" in result.output
    assert "1  accepted" in result.output


def test_nothing_to_run_on_ends_with_exit_code_2(
    tmp_path: Path, command: Callable[..., Result]
) -> None:
    result = command(tmp_path / "nowhere")
    assert result.exit_code == 2 and "expected a folder" in result.output
    result = command(tmp_path, "--recipe", str(tmp_path / "none.json"))
    assert result.exit_code == 2 and "expected a file of recipes" in result.output


def test_a_recipe_is_taken_by_name(tmp_path: Path) -> None:
    file = tmp_path / "with:colon.json"
    text = (
        RECIPE.rstrip().removesuffix("}")
        + ', "other": {"renditions": [{"name": "w9", "width": 9}]}}'
    )
    file.write_text(text, encoding="utf-8")
    assert corpus.read_recipe(str(file))[1].renditions[0].name == "whole"
    assert corpus.read_recipe(f"{file}:other")[1].renditions[0].name == "w9"
    with pytest.raises(Exception, match="expected one of default, other"):
        corpus.read_recipe(f"{file}:missing")
