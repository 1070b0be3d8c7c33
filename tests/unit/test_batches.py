"""Which variants are made together, and how their masters lie in one object."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from darkroom.contracts import Batch, Variant, parse, plain
from darkroom.keys import MODERATION_NAME
from darkroom.masters import joined
from darkroom.recipes import MAX_VARIANTS, load_recipes
from validate.batches import (
    MAX_BATCH_PIXELS,
    MAX_BATCH_READ_PIXELS,
    MAX_BATCH_VARIANTS,
    batches,
)
from validate.plan import Planned, plan


def rendition(name: str, width: int, height: int, **more: Any) -> Planned:
    return Planned(name=name, width=width, height=height, fit="scale", **more)


def names(*planned: Planned, source_pixels: int = 1) -> list[list[str]]:
    found = batches("renditions", planned, source_pixels)
    return [[one.name for one in batch.variants] for batch in found]


def test_the_default_recipe_has_one_batch_of_each() -> None:
    """Of every picture, up to the largest that is accepted."""
    planned = plan(load_recipes()["default"], 8660, 5773)
    [renditions] = batches("renditions", planned.renditions, 8660 * 5773)
    [filters] = batches("filters", planned.filters, 8660 * 5773)
    assert (renditions.name, filters.name) == ("renditions-1", "filters-1")
    assert (renditions.variants, filters.variants) == (planned.renditions, planned.filters)


def test_without_variants_there_is_no_batch() -> None:
    assert batches("filters", (), 1) == ()


def test_a_batch_makes_no_more_pixels_than_it_may() -> None:
    side = MAX_BATCH_PIXELS // 4000
    half, one = rendition("half", 2000, side), rendition("one", 1, 1)
    assert names(half, half) == [["half", "half"]]
    assert names(half, half, one) == [["half", "half"], ["one"]]


def test_what_is_larger_than_a_batch_may_be_is_one_alone() -> None:
    large, small = rendition("large", 5000, 5000), rendition("small", 9, 9)
    assert names(large, large) == [["large"], ["large"]]
    assert names(small, large, small) == [["small"], ["large"], ["small"]]


def test_a_batch_has_no_more_variants_than_it_may() -> None:
    planned = [rendition(str(number), 9, 9) for number in range(MAX_BATCH_VARIANTS + 1)]
    assert [len(batch) for batch in names(*planned)] == [MAX_BATCH_VARIANTS, 1]


def test_of_a_large_source_fewer_are_made_at_once() -> None:
    small = [rendition(str(number), 9, 9) for number in range(3)]
    for times, sizes in ((3, [3]), (2, [2, 1]), (1, [1, 1, 1]), (0.5, [1, 1, 1])):
        found = names(*small, source_pixels=int(MAX_BATCH_READ_PIXELS / times))
        assert [len(batch) for batch in found] == sizes, times


def test_what_moves_is_alone() -> None:
    still, moving = rendition("still", 9, 9), rendition("moving", 9, 9, animated=True)
    assert names(still, still, moving, moving, still) == [
        ["still", "still"],
        ["moving"],
        ["moving"],
        ["still"],
    ]


def test_a_batchs_key_is_no_longer_than_the_longest_that_validate_counts_with() -> None:
    assert len(f"renditions-{MAX_VARIANTS}") <= len(MODERATION_NAME)


def test_a_planned_batch_is_what_the_steps_take() -> None:
    [planned] = batches("renditions", [rendition("a", 3, 2)], 6)
    batch = parse(Batch, plain(planned))
    assert batch == Batch("renditions-1", (Variant("a", "rendition", 3, 2),))


BATCH = Batch("b", tuple(Variant(name, "rendition", 3, 2) for name in "xyz"))


def test_joined_masters_are_found_where_their_variants_say() -> None:
    parts = [b"one", b"", b"three"]
    data, variants = joined(BATCH, parts)
    assert [variant.name for variant in variants] == ["x", "y", "z"]
    for variant, part in zip(variants, parts, strict=True):
        own = variant.master
        assert own.batch == "b"
        assert data[own.offset : own.offset + own.bytes] == part
    assert len(data) == 8


@pytest.mark.parametrize("count", [2, 4])
def test_every_variant_has_one_master(count: int) -> None:
    def masters() -> Iterator[bytes]:
        yield from [b"master"] * count

    with pytest.raises(ValueError, match="zip"):
        joined(BATCH, masters())
