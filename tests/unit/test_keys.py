"""Where things lie: names that other people's programs rely on."""

from __future__ import annotations

from typing import get_args

import pytest

from darkroom import keys
from darkroom.recipes import Format

VERSION = "0123456789abcdef"
IMAGES = ["a.jpg", "trip/a b+ü.jpg", "100%25.jpg", "/", "//", ".", "東京/雪.jpg"]


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_is_its_uploads_key_without_raw(image: str) -> None:
    assert keys.image_of(f"raw/{image}") == image


@pytest.mark.parametrize("image", ["raw/a.jpg", "raw/raw/a.jpg"])
def test_only_the_first_raw_is_taken_off(image: str) -> None:
    assert keys.image_of(f"raw/{image}") == image


@pytest.mark.parametrize(
    ("format", "name"),
    [("avif", "w320.avif"), ("webp", "w320.webp"), ("jpeg", "w320.jpg"), ("png", "w320.png")],
)
def test_published_files_lie_below_image_and_version(format: str, name: str) -> None:
    key = keys.published_key("trip/a b+ü.jpg", VERSION, "w320", format)

    assert key == f"trip/a b+ü.jpg/{VERSION}/{name}"


def test_the_manifest_lies_beside_the_versions() -> None:
    assert keys.manifest_key("trip/ü.jpg") == "trip/ü.jpg/manifest.json"


@pytest.mark.parametrize("image", IMAGES)
def test_a_waiting_file_has_its_published_key_behind_waiting(image: str) -> None:
    waiting = keys.waiting_key(image, VERSION, "w320", "jpeg")

    assert waiting == f"waiting/{image}/{VERSION}/w320.jpg"
    assert waiting.removeprefix("waiting/") == keys.published_key(image, VERSION, "w320", "jpeg")


def test_intermediates_lie_below_masters_and_expire_together() -> None:
    prefix = f"masters/a.jpg/{VERSION}/0a1b"
    assert keys.masters_key("a.jpg", VERSION, "0a1b", "filters-1") == f"{prefix}/filters-1"
    assert keys.moderation_key("a.jpg", VERSION, "0a1b") == f"{prefix}/moderation.jpg"


def test_every_format_of_a_recipe_has_an_extension_and_a_type() -> None:
    assert set(keys.EXTENSIONS) == set(keys.CONTENT_TYPES) == set(get_args(Format))
    assert len(set(keys.EXTENSIONS.values())) == len(keys.EXTENSIONS)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("../a.jpg", True),
        ("..", True),
        ("a/../../b.jpg", True),
        ("./../a.jpg", True),
        ("/../a.jpg", True),
        ("a/../b.jpg", False),
        ("a/b/../../c.jpg", False),
        ("./a.jpg", False),
        ("...", False),
        ("..a/b..", False),
        ("a.jpg/..%2f", False),
    ],
)
def test_a_key_that_leads_out_of_the_bucket_is_none(key: str, expected: bool) -> None:
    assert keys.leads_out(key) is expected
