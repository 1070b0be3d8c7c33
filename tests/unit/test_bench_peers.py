"""The comparison with peers: what each is asked, and what is made of the answers."""

import io
import json
import math
from pathlib import Path
from typing import Any

import pytest
from PIL import ExifTags, Image

from bench.peers import running
from bench.peers.asked import Answer, Asked, File, Output, file_name
from bench.peers.clock import Clock
from bench.peers.equal import least_quality
from bench.peers.figures import by_format, filtered, rows
from bench.peers.measuring import Made, Run, Subject, measured, rotated, subjects
from bench.peers.ours import made, toning
from bench.peers.running import CONTENDERS, OURS, PILLOW, SETTLED, SHARP, VIPS, missing, outputs_for
from bench.peers.scores import Scorable, Scorer, expected, score_group
from bench.peers.wording import translated, untold
from darkroom.images import load_upright_srgb

NO_TONING: Any = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
FORMATS = tuple(File(format) for format in ("avif", "webp", "jpeg"))
GREY = {"name": "noir", "filter": "grayscale", "width": 30}
SEPIA = {"name": "vintage", "filter": "sepia", "width": 30, "amount": 0}
PLAN = (
    Output("wide", 48, 32, FORMATS),
    Output("square", 40, 40, FORMATS, cover=True),
    Output("noir", 30, 20, FORMATS, spec=GREY),
    Output("vintage", 30, 20, FORMATS, spec=SEPIA, matrix=NO_TONING),
)
# The others are there where `make bench` has been.
INSTALLED = [one for one in CONTENDERS if one is not OURS and missing(one) is None]


def drawn() -> Image.Image:
    grey = Image.linear_gradient("L").resize((96, 64))
    return Image.merge("RGB", (grey, grey.transpose(Image.Transpose.ROTATE_180), grey))


def jpeg(image: Image.Image, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=95, **options)
    return buffer.getvalue()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    file = tmp_path / "pictures" / "drawn.jpg"
    file.parent.mkdir()
    file.write_bytes(jpeg(drawn()))
    return file


def run(contender: str, picture: str, cpu: float, peak: int = 1, **stages: float) -> Run:
    answer = Answer(cpu, peak, stages, {"wide.jpeg": 10, "wide.webp": 5}, "1.0")
    return Run(contender, Subject(Path(picture), PLAN), answer, Path("nowhere"))


def made_file(contender: str, score: float, format: str = "jpeg", output: Output = PLAN[0]) -> Made:
    return Made(contender, output, format, 100, score)


# What is asked


def test_our_run_says_which_settings_each_published_file_was_encoded_with() -> None:
    answer, files = made(Asked("", quality=72), jpeg(drawn()))

    assert {file_name(out.name, file.format) for out in answer.plan for file in out.files} == set(
        files
    )
    for output in answer.plan:
        for file in output.files:
            again = io.BytesIO()
            assert file.ours["quality"] > 0
            assert translated(file.ours)["Q"] == file.ours["quality"]
            load_upright_srgb(files[file_name(output.name, file.format)]).save(again, file.format)


def test_a_lower_quality_is_asked_of_our_encoders() -> None:
    low, _ = made(Asked("", quality=40), jpeg(drawn()))
    high, _ = made(Asked("", quality=90), jpeg(drawn()))

    assert all(low.bytes[name] < high.bytes[name] for name in low.bytes)


def test_renditions_alone_are_made_where_they_are_named() -> None:
    answer, _ = made(
        Asked("", formats=("webp",), renditions=("w320",)), jpeg(drawn().resize((400, 300)))
    )

    assert set(answer.bytes) == {"w320.webp"}


def test_our_stages_are_parts_of_what_we_take() -> None:
    answer, _ = made(Asked(""), jpeg(drawn()))

    assert sum(answer.stages.values()) == pytest.approx(answer.cpu_seconds)
    assert min(answer.stages.values()) >= 0
    assert {"masters", "encode avif", "encode webp", "encode jpeg"} < set(answer.stages)


def test_our_settings_go_to_the_one_peer_that_is_to_use_them() -> None:
    plan = (Output("wide", 48, 32, (File("jpeg", ours={"quality": 61}),)),)

    assert outputs_for(SETTLED, plan) == plan
    assert outputs_for(VIPS, plan)[0].files == (File("jpeg"),)


def test_pillows_settings_are_said_in_libvips_words() -> None:
    avif = {"quality": 49, "speed": 8, "subsampling": "4:2:0", "exif": b"", "max_threads": 2}

    assert translated(avif) == {"Q": 49, "effort": 1, "subsample_mode": "on"}
    assert translated({"quality": 80, "progressive": True, "optimize": True}) == {
        "Q": 80,
        "interlace": True,
        "optimize_coding": True,
    }


def test_a_setting_that_libvips_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="got tune"):
        translated({"quality": 49, "tune": "iq"})


def test_of_libaoms_tools_libvips_is_told_the_metric_alone() -> None:
    options = {"speed": 6, "advanced": {"deltaq-mode": "0", "sb-size": "64"}}

    assert translated(options) == {"effort": 3, "tune": "ssim"}
    assert untold(options) == {"sb-size"}
    assert untold({"quality": 5}) == set()


def test_sepia_of_no_amount_changes_nothing() -> None:
    assert toning({"filter": "sepia", "amount": 0}) == NO_TONING
    assert toning({"filter": "grayscale", "amount": 1}) is None


# What they make


@pytest.mark.parametrize("contender", INSTALLED, ids=lambda contender: contender.name)
def test_a_contender_makes_upright_files_of_the_size_and_format_that_is_asked(
    contender: running.Contender, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    stored = drawn().transpose(Image.Transpose.ROTATE_90)
    picture = tmp_path / "drawn.jpg"
    picture.write_bytes(jpeg(stored, exif=exif))

    answer = running.ask(contender, Asked(str(picture), PLAN, folder=str(tmp_path)))

    assert answer.cpu_seconds > 0 and answer.peak_bytes > 1 << 20 and answer.made_with
    assert sum(answer.stages.values()) == pytest.approx(answer.cpu_seconds, rel=0.2)
    for output in PLAN:
        for file in output.files:
            path = tmp_path / file_name(output.name, file.format)
            with Image.open(path) as made:
                assert made.format == file.format.upper()
                assert made.size == (output.width, output.height)
            assert answer.bytes[path.name] == path.stat().st_size
    [(_, score)] = score_group([Scorable(picture, PLAN[0], tmp_path / "wide.jpeg")])
    assert score > 50


@pytest.mark.parametrize("contender", INSTALLED, ids=lambda contender: contender.name)
def test_a_higher_number_of_an_encoder_makes_a_larger_file(
    contender: running.Contender, picture: Path
) -> None:
    sizes = [
        running.ask(contender, Asked(str(picture), running.with_number(PLAN[:1], numbers))).bytes
        for numbers in ({"avif": 20, "webp": 20, "jpeg": 20}, {"avif": 90, "webp": 90, "jpeg": 90})
    ]

    assert all(sizes[0][name] < sizes[1][name] for name in sizes[0])


def test_a_contender_that_fails_is_named_with_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(running.PeerError, match=r"from pillow, got exit 1: .*not-there"):
        running.ask(PILLOW, Asked(str(tmp_path / "not-there.jpg")))


def test_a_peer_that_is_not_there_is_named_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    assert missing(SHARP) == "no node"
    assert "no pyvips" in str(missing(VIPS))
    assert missing(OURS) is None is missing(PILLOW)


def test_a_picture_that_is_refused_is_named_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, picture: Path
) -> None:
    def refuse(contender: running.Contender, asked: Asked) -> Answer:
        return made(asked, Path(asked.picture).read_bytes())[0]

    monkeypatch.setattr("bench.peers.measuring.ask", refuse)
    (picture.parent / "broken.jpg").write_bytes(b"not a picture")
    said: list[str] = []

    found = subjects(picture.parent, said.append)

    assert [subject.path.name for subject in found] == ["drawn.jpg"]
    assert len(said) == 1 and "broken.jpg: the file's content is no image" in said[0]


# In turn


def test_each_picture_and_round_begins_with_another_contender(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("bench.peers.measuring.ask", lambda contender, asked: Answer())
    pictures = [Subject(Path(name), PLAN) for name in "ab"]

    runs = list(measured(pictures, [OURS, PILLOW, VIPS], 2, tmp_path))

    assert [one.contender for one in runs[::3]] == ["darkroom", "pillow", "pillow", "libvips"]
    assert [one.subject.path.name for one in runs[::3]] == ["a", "b", "a", "b"]


def test_turning_round_leaves_nobody_out() -> None:
    assert [set(rotated(CONTENDERS, by)) for by in range(7)] == [set(CONTENDERS)] * 7


# Scores


def test_what_a_file_should_show_is_one_resampling_and_our_filter() -> None:
    full = drawn()
    square = full.crop((16, 0, 80, 64)).resize((40, 40), Image.Resampling.LANCZOS)
    grey = full.resize((30, 20), Image.Resampling.LANCZOS).convert(
        "RGB", (0.2126, 0.7152, 0.0722, 0) * 3
    )

    assert expected(full, PLAN[1]) == square
    assert expected(full, PLAN[2]) == grey


def test_a_file_is_scored_once_whatever_its_name(
    monkeypatch: pytest.MonkeyPatch, picture: Path
) -> None:
    asked: list[int] = []

    def here(scorer: Scorer, groups: list[list[Scorable]]) -> list[Any]:
        asked.extend(len(group) for group in groups)
        return [score_group(group) for group in groups]

    monkeypatch.setattr("bench.peers.scores.Scorer._scored", here)
    files = [picture.with_name(name) for name in ("a.png", "b.png", "c.png")]
    for file, colour in zip(files, (0, 0, 90), strict=True):
        Image.new("RGB", (48, 32), (colour,) * 3).save(file)
    scorer = Scorer()

    first = scorer.scores([Scorable(picture, PLAN[0], file) for file in files])
    again = scorer.scores([Scorable(picture, PLAN[0], file) for file in files])

    assert asked == [2]
    assert first == again and first[0] == first[1] != first[2]


def test_what_is_too_small_for_the_measure_has_no_score(picture: Path) -> None:
    tiny = Output("tiny", 12, 7, FORMATS)

    [(_, score)] = score_group([Scorable(picture, tiny, picture)])

    assert math.isnan(score)


# Sums


def test_a_row_is_the_sum_over_pictures_of_the_median_of_rounds() -> None:
    runs = [
        *(run("pillow", "a", cpu, encode=cpu / 2) for cpu in (1.0, 9.0, 2.0)),
        *(run("pillow", "b", cpu, peak=7, encode=cpu / 2) for cpu in (10.0, 20.0, 90.0)),
    ]
    files = [made_file("pillow", 60), made_file("pillow", 80), made_file("darkroom", 10)]

    [row] = rows(runs, files)

    assert (row.cpu_seconds, row.stages, row.peak_bytes, row.bytes) == (22, {"encode": 11}, 7, 30)
    assert (row.mean, row.worst) == (70, 60)


def test_filtered_versions_count_apart() -> None:
    files = [made_file("darkroom", 70), made_file("darkroom", 30, output=PLAN[2])]

    [row] = by_format(files)

    assert (row.mean, row.bytes) == (70, 100)
    assert filtered(files) == (30, 30)


def test_a_file_without_a_score_counts_with_its_bytes_alone() -> None:
    [row] = by_format([made_file("sharp", 70), made_file("sharp", math.nan)])

    assert (row.bytes, row.mean, row.worst) == (200, 70, 70)


# Bytes at equal quality


@pytest.mark.parametrize(
    ("mean", "offset", "quality"), [(70.2, 0, 71), (70.2, -2.5, 73), (70.2, 3.5, 67), (12, 0, 30)]
)
def test_the_least_quality_is_found_whose_mean_is_no_lower(
    mean: float, offset: float, quality: int
) -> None:
    found, (size, score) = least_quality(mean, lambda number: (1000 + number, number + offset))

    assert found == quality
    assert score >= mean and size == 1000 + quality


def test_a_mean_that_no_quality_reaches_has_none() -> None:
    assert least_quality(94, lambda number: (number, min(number, 89))) == (None, (95, 89))


# Reproducible


def test_sharp_is_pinned_with_all_it_needs_and_without_hosts() -> None:
    folder = Path(running.__file__).parent
    wanted = json.loads((folder / "package.json").read_text())["dependencies"]
    locked = json.loads((folder / "package-lock.json").read_text())["packages"]

    assert wanted == {"sharp": locked["node_modules/sharp"]["version"]}
    assert all("integrity" in one for name, one in locked.items() if name)
    assert not any("resolved" in one for one in locked.values())


def test_stages_add_up() -> None:
    clock = Clock()
    for name in ("a", "b", "a"):
        with clock.stage(name):
            sum(range(1000))

    assert list(clock.seconds) == ["a", "b"]
    assert all(one >= 0 for one in clock.seconds.values())
