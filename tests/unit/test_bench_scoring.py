"""The quality of pictures, measured as the package ssimulacra2 does."""

import io

import pytest
from PIL import Image, ImageDraw
from ssimulacra2 import compute_ssimulacra2

from bench.scoring import Reference

SIZE = (77, 49)  # uneven at every halving


def drawn() -> Image.Image:
    image = Image.linear_gradient("L").resize(SIZE).convert("RGB")
    draw = ImageDraw.Draw(image)
    draw.ellipse((10, 5, 50, 40), fill=(200, 60, 30))
    draw.line((0, 48, 76, 0), fill=(10, 90, 220), width=3)
    return image


def file_of(image: Image.Image, format: str, **options: int) -> io.BytesIO:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    buffer.seek(0)
    return buffer


def with_alpha(colour: tuple[int, int, int]) -> Image.Image:
    """The drawn picture, transparent on the left, where it is of `colour`."""
    image = drawn().convert("RGBA")
    image.paste((*colour, 0), (0, 0, 30, SIZE[1]))
    return image


@pytest.mark.parametrize("quality", [5, 50, 95])
def test_a_score_is_that_of_the_package(quality: int) -> None:
    png, jpeg = file_of(drawn(), "PNG"), file_of(drawn(), "JPEG", quality=quality)

    score = Reference(drawn()).score(Image.open(jpeg))

    assert score == pytest.approx(compute_ssimulacra2(png, jpeg), abs=1e-6)


def test_the_picture_itself_scores_100() -> None:
    assert Reference(drawn()).score(drawn()) == 100


def test_a_reference_scores_one_picture_after_another() -> None:
    reference = Reference(drawn())
    scores = [
        reference.score(Image.open(file_of(drawn(), "WEBP", quality=quality)))
        for quality in (90, 10, 90)
    ]

    assert scores[0] == scores[2] > scores[1]


def test_colours_that_nobody_sees_do_not_count() -> None:
    assert Reference(with_alpha((255, 0, 0))).score(with_alpha((0, 255, 0))) == 100


@pytest.mark.parametrize("level", [26, 230])
def test_of_dark_and_light_ground_the_worse_counts(level: int) -> None:
    """What is filled in with the one ground's own grey shows on the other."""
    filled = with_alpha((0, 0, 0))
    ground = Image.new("RGBA", SIZE, (level, level, level, 255))
    ground.alpha_composite(filled)

    assert Reference(filled).score(ground) < 60


def test_a_picture_with_alpha_is_not_scored_against_one_without() -> None:
    with pytest.raises(ValueError, match="without alpha"):
        Reference(drawn()).score(with_alpha((0, 0, 0)))


def test_another_size_is_not_scored() -> None:
    with pytest.raises(ValueError, match=r"expected \(77, 49\)"):
        Reference(drawn()).score(drawn().resize((76, 49)))


def test_a_picture_too_small_for_the_measure_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 8 px"):
        Reference(Image.new("RGB", (7, 100)))
