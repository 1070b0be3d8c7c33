import functools
import io
import random
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from darkroom.images import load_reduced
from tests.pictures import noise
from validate.likeness import FREQUENCIES, distance, perceptual_hash

# The default of ResemblesRejectedBits.
FLAGGED_BITS = 10

SAMPLES = Path(__file__).parents[2] / "samples"
PHOTOS = sorted(path.name for path in SAMPLES.glob("*.jpg") if path.name != "broken.jpg")


def scene(seed: int, size: tuple[int, int] = (270, 180)) -> Image.Image:
    """A picture of 40 rectangles; the same one for the same seed, at any size."""
    chance = random.Random(seed)
    image = Image.new("RGB", size)
    draw = ImageDraw.Draw(image)
    for _ in range(40):
        left, top = chance.random() * 0.9 * size[0], chance.random() * 0.9 * size[1]
        box = (left, top, left + 0.3 * size[0], top + 0.3 * size[1])
        draw.rectangle(box, fill=tuple(chance.randrange(256) for _ in range(3)))
    return image


@functools.cache
def sample(name: str) -> Image.Image:
    image = load_reduced((SAMPLES / name).read_bytes(), at_least=(160, 160)).image.convert("RGB")
    image.thumbnail((320, 320))
    return image


def coded(image: Image.Image, format: str, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, format, quality=quality)
    return Image.open(buffer)


def cropped(image: Image.Image, left: float, top: float, right: float, below: float) -> Image.Image:
    """Without these percents of its sides."""
    width, height = image.size
    return image.crop(
        (
            round(width * left / 100),
            round(height * top / 100),
            width - round(width * right / 100),
            height - round(height * below / 100),
        )
    )


COPIES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "JPEG of quality 30": lambda image: coded(image, "JPEG", 30),
    "WebP of quality 40": lambda image: coded(image, "WEBP", 40),
    "half its size": lambda image: image.resize((image.width // 2, image.height // 2)),
    "a quarter of its size": lambda image: image.resize((image.width // 4, image.height // 4)),
    "twice its size": lambda image: image.resize((image.width * 2, image.height * 2)),
    "darker": lambda image: image.point(lambda level: level * 0.85),
    "grey": lambda image: image.convert("L"),
    "without 3 % on the left": lambda image: cropped(image, 3, 0, 0, 0),
    "without 3 % at the top": lambda image: cropped(image, 0, 3, 0, 0),
    "without 3 % left and right": lambda image: cropped(image, 3, 0, 3, 0),
    "without 2 % on all sides": lambda image: cropped(image, 2, 2, 2, 2),
    "cropped, halved and recompressed": lambda image: coded(
        cropped(image, 2, 2, 2, 2).resize((130, 86)), "JPEG", 50
    ),
}


def hashed(image: Image.Image) -> str:
    found = perceptual_hash(image)
    assert found is not None
    return found


def test_a_hash_is_16_hex_digits_and_always_the_same() -> None:
    found = hashed(scene(1))
    assert len(found) == 16 and int(found, 16) >= 0
    assert hashed(scene(1)) == found


def test_a_kept_hash_is_the_one_that_the_next_release_finds() -> None:
    """Hashes are kept for a year: another way to make them would need a new table. A bit may differ
    from one Pillow to the next, which rounds otherwise."""
    assert distance(hashed(scene(1)), "a16889a6584ba164") <= 1


def test_distance_counts_bits() -> None:
    assert distance("00000000000000ff", "00000000000000ff") == 0
    assert distance("0000000000000000", "80000000000000ff") == 9


def test_a_mirrored_picture_has_the_odd_waves_across_turned_over() -> None:
    """So that each bit is of the frequency that its place says."""
    pictures = scene(1), scene(1).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    original, mirrored = (f"{int(hashed(image), 16):064b}" for image in pictures)
    pairs = list(zip(original, mirrored, FREQUENCIES, strict=True))
    assert all(a == b for a, b, (_, across) in pairs if across % 2 == 0)
    odd = [(a, b) for a, b, (_, across) in pairs if across % 2]
    assert ("1", "1") not in odd and ("1", "0") in odd and ("0", "1") in odd


@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_is_within_what_is_flagged(copy: str) -> None:
    pictures = {name: sample(name) for name in PHOTOS} | {f"{n}": scene(n) for n in range(4)}
    bits = {
        name: distance(hashed(image), hashed(COPIES[copy](image)))
        for name, image in pictures.items()
    }
    assert max(bits.values()) <= FLAGGED_BITS, bits


def test_different_pictures_are_further_apart_than_what_is_flagged() -> None:
    """Among the samples are three with a bright middle in a dark surrounding."""
    pictures = {name: sample(name) for name in PHOTOS} | {f"{n}": scene(n) for n in range(12)}
    hashes = {name: hashed(image) for name, image in pictures.items()}
    bits = {(a, b): distance(hashes[a], hashes[b]) for a, b in combinations(hashes, 2)}
    pair = min(bits, key=lambda pair: bits[pair])
    assert bits[pair] > FLAGGED_BITS, (pair, bits[pair])


def test_what_is_hardly_there_counts_for_nothing() -> None:
    """Where nothing is, noise would make a bit at random, and another one in each copy."""
    shape = Image.new("L", (192, 192), 90)
    ImageDraw.Draw(shape).ellipse((20, 40, 150, 110), fill=200)
    noisy = Image.blend(shape, noise((192, 192), 255).convert("L").resize((192, 192)), 0.03)
    assert distance(hashed(shape), hashed(noisy)) <= 2


@pytest.mark.parametrize(
    "image",
    [
        Image.new("RGB", (40, 30), "white"),
        Image.new("L", (1, 1), 0),
        noise((900, 800), 6),
        Image.linear_gradient("L"),
        Image.radial_gradient("L").resize((64, 64)).point(lambda level: level // 16),
        Image.new("RGBA", (40, 30), (0, 0, 0, 0)),
    ],
    ids=["white", "one pixel", "faint noise", "from top to bottom", "faint", "transparent"],
)
def test_a_flat_picture_has_no_hash_so_that_it_resembles_nothing(image: Image.Image) -> None:
    assert perceptual_hash(image) is None


def test_transparent_parts_count_as_white_whatever_colour_they_hide() -> None:
    mask = Image.new("L", (270, 180))
    ImageDraw.Draw(mask).ellipse((60, 15, 240, 165), fill=255)
    on_white = Image.composite(scene(1), Image.new("RGB", mask.size, "white"), mask)
    hiding = Image.composite(scene(1), scene(2), mask)
    hiding.putalpha(mask)
    assert distance(hashed(on_white), hashed(hiding)) <= 1


def test_a_palette_with_a_transparent_colour_is_read() -> None:
    palette = scene(3).quantize(64)
    assert distance(hashed(palette), hashed(scene(3))) <= 2
    palette.info["transparency"] = 0
    assert perceptual_hash(palette) is not None


def test_a_turned_picture_is_another() -> None:
    turned = scene(1).transpose(Image.Transpose.ROTATE_180)
    assert distance(hashed(scene(1)), hashed(turned)) > FLAGGED_BITS
