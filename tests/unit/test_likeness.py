import io
import random

import pytest
from PIL import Image, ImageDraw

from tests.pictures import noise
from validate.likeness import difference_hash, distance


def scene(seed: int, size: tuple[int, int] = (180, 120)) -> Image.Image:
    """A picture of 40 rectangles; the same one for the same seed, at any size."""
    chance = random.Random(seed)
    image = Image.new("RGB", size)
    draw = ImageDraw.Draw(image)
    for _ in range(40):
        left, top = chance.random() * 0.9 * size[0], chance.random() * 0.9 * size[1]
        box = (left, top, left + 0.3 * size[0], top + 0.3 * size[1])
        draw.rectangle(box, fill=tuple(chance.randrange(256) for _ in range(3)))
    return image


def hashed(image: Image.Image) -> str:
    found = difference_hash(image)
    assert found is not None
    return found


def test_a_hash_is_16_hex_digits_of_left_brighter_than_right() -> None:
    """A picture of exactly 9 x 8 px is its own thumbnail."""
    falling = Image.new("L", (9, 8))
    falling.putdata([255 - 20 * (position % 9) for position in range(72)])
    assert difference_hash(falling) == "f" * 16
    falling.paste(255, (8, 7, 9, 8))  # in the last row, the last step rises
    assert difference_hash(falling) == "f" * 15 + "e"
    falling.paste(255, (0, 0, 9, 4))  # neighbours that are equal count as not brighter
    assert difference_hash(falling) == "0" * 8 + "f" * 7 + "e"


def test_distance_counts_bits() -> None:
    assert distance("00000000000000ff", "00000000000000ff") == 0
    assert distance("0000000000000000", "80000000000000ff") == 9


@pytest.mark.parametrize("seed", range(8))
def test_size_quality_and_brightness_hardly_change_a_hash(seed: int) -> None:
    original = hashed(scene(seed))
    squeezed = io.BytesIO()
    scene(seed).save(squeezed, "JPEG", quality=20)
    variants = {
        "jpeg": Image.open(squeezed),
        "small": scene(seed).resize((60, 40)),
        "large": scene(seed, (2400, 1600)),
        "darker": scene(seed).point(lambda level: level * 0.8),
        "grey": scene(seed).convert("L"),
    }
    bits = {name: distance(original, hashed(image)) for name, image in variants.items()}
    assert max(bits.values()) <= 6, bits


def test_different_pictures_are_far_apart() -> None:
    hashes = [hashed(scene(seed)) for seed in range(12)]
    nearest = min(distance(a, b) for index, a in enumerate(hashes) for b in hashes[:index])
    assert nearest > 10, nearest


@pytest.mark.parametrize(
    "image",
    [
        Image.new("RGB", (40, 30), "white"),
        Image.new("L", (1, 1), 0),
        noise((900, 800), 6),
        Image.linear_gradient("L"),  # from top to bottom, so that no neighbours differ
        Image.new("RGBA", (40, 30), (0, 0, 0, 0)),
    ],
    ids=["white", "one pixel", "faint noise", "only from top to bottom", "transparent"],
)
def test_a_flat_picture_has_no_hash_so_that_it_resembles_nothing(image: Image.Image) -> None:
    assert difference_hash(image) is None


def test_a_small_thing_on_white_is_too_little_to_tell_pictures_apart() -> None:
    image = Image.new("RGB", (180, 160), "white")
    ImageDraw.Draw(image).rectangle((80, 60, 99, 79), fill="black")
    assert difference_hash(image) is None


def test_transparent_parts_count_as_white_whatever_colour_they_hide() -> None:
    mask = Image.new("L", (180, 120))
    ImageDraw.Draw(mask).ellipse((40, 10, 160, 110), fill=255)
    on_white = Image.composite(scene(1), Image.new("RGB", mask.size, "white"), mask)
    hiding = Image.composite(scene(1), scene(2), mask)
    hiding.putalpha(mask)
    assert distance(hashed(on_white), hashed(hiding)) <= 1


def test_a_palette_with_a_transparent_colour_is_read() -> None:
    palette = scene(3).quantize(64)
    assert distance(hashed(palette), hashed(scene(3))) <= 6
    palette.info["transparency"] = 0
    assert difference_hash(palette) is not None
