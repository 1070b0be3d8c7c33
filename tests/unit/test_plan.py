import json
import math
from typing import Any

import msgspec
import pytest

from darkroom.contracts import plain
from darkroom.recipes import MAX_SIDE_PX, Recipe, Rendition, load_recipes
from validate.plan import (
    MAX_ANIMATED_CANVAS_PIXELS,
    MAX_ANIMATED_PIXELS,
    MAX_ANIMATED_SOURCE_PIXELS,
    MAX_STRIP_PIXELS,
    Plan,
    Planned,
    PlannedFilter,
    plan,
)


def recipe(*renditions: Rendition, filters: tuple[Any, ...] = ()) -> Recipe:
    value = {
        "renditions": [msgspec.to_builtins(rendition) for rendition in renditions],
        "filters": list(filters),
    }
    return msgspec.convert(value, Recipe)


def made(width: int, height: int, *renditions: Rendition) -> list[tuple[str, int, int, str]]:
    planned = plan(recipe(*renditions), width, height).renditions
    return [(one.name, one.width, one.height, one.fit) for one in planned]


def test_a_width_keeps_the_proportions() -> None:
    assert made(3000, 2000, Rendition("w", 320)) == [("w", 320, 213, "scale")]
    assert made(3000, 2000, Rendition("w", 640)) == [("w", 640, 427, "scale")]


def test_a_narrow_picture_is_never_upscaled() -> None:
    assert made(300, 200, Rendition("w", 320)) == [("w", 300, 200, "scale")]


@pytest.mark.parametrize("width", [1, 7, 320, 640, 1279])
@pytest.mark.parametrize("source", [(1280, 853), (1281, 1), (1300, 9000), (4001, 2999)])
def test_the_proportions_hold_within_a_pixel(width: int, source: tuple[int, int]) -> None:
    [(_, made_width, made_height, _)] = made(*source, Rendition("w", width))
    exact = made_width * source[1] / source[0]
    assert abs(made_height - max(1, exact)) <= 1, (made_height, exact)


def test_a_very_wide_picture_keeps_at_least_a_row() -> None:
    assert made(16_384, 1, Rendition("w", 320)) == [("w", 320, 1, "scale")]


def test_a_picture_too_high_to_encode_becomes_narrower() -> None:
    [(_, width, height, _)] = made(200, 32_766, Rendition("w", 160))
    assert (width, height) == (100, MAX_SIDE_PX)


def test_a_strip_becomes_narrower_where_it_would_have_more_pixels_than_the_bound() -> None:
    assert MAX_STRIP_PIXELS == 2_000 * 10_000
    assert made(2000, 10_000, Rendition("w", 2000)) == [("w", 2000, 10_000, "scale")]
    assert made(2001, 10_005, Rendition("w", 2001)) == [("w", 2000, 10_000, "scale")]
    assert made(1, 10_000, Rendition("w", 320)) == [("w", 1, 10_000, "scale")]


def test_what_is_no_strip_is_made_as_large_as_it_is() -> None:
    assert made(3_400, 13_600, Rendition("w", 9_999)) == [("w", 3_400, 13_600, "scale")]
    assert made(13_600, 3_400, Rendition("w", 13_600)) == [("w", 13_600, 3_400, "scale")]


@pytest.mark.parametrize(
    ("source", "size"),
    [((3000, 2000), (400, 400)), ((300, 200), (200, 200)), ((200, 300), (200, 200))],
)
def test_a_cover_shrinks_until_the_source_fills_it(
    source: tuple[int, int], size: tuple[int, int]
) -> None:
    assert made(*source, Rendition("t", 400, 400)) == [("t", *size, "cover")]


@pytest.mark.parametrize(
    ("source", "size"),
    [((3000, 2000), (400, 400)), ((300, 200), (300, 300)), ((200, 300), (300, 300))],
)
def test_a_contain_shrinks_until_the_source_is_not_enlarged(
    source: tuple[int, int], size: tuple[int, int]
) -> None:
    assert made(*source, Rendition("t", 400, 400, "contain")) == [("t", *size, "contain")]


@pytest.mark.parametrize("fit", ["cover", "contain"])
@pytest.mark.parametrize("box", [(400, 400), (1000, 10), (7, 901), (16_383, 1)])
@pytest.mark.parametrize("source", [(300, 200), (1, 1), (31, 977), (5000, 3)])
def test_no_box_enlarges_the_source(
    fit: Any, box: tuple[int, int], source: tuple[int, int]
) -> None:
    [(_, width, height, _)] = made(*source, Rendition("t", *box, fit))
    enlarged = [width / source[0], height / source[1]]
    # A cover's content fills the box on both sides, a contain's touches it on one.
    assert (max if fit == "cover" else min)(enlarged) <= 1, (width, height)
    assert width >= 1 and height >= 1


def test_equal_renditions_are_made_once_under_the_first_name() -> None:
    renditions = [Rendition(f"w{width}", width) for width in (200, 320, 640, 1280)]
    assert made(300, 200, *renditions) == [
        ("w200", 200, 133, "scale"),
        ("w320", 300, 200, "scale"),
    ]


@pytest.mark.parametrize("fit", ["cover", "contain"])
def test_a_box_of_the_sources_proportions_is_a_scaled_picture(fit: Any) -> None:
    renditions = (Rendition("w", 300), Rendition("boxed", 300, 200, fit))
    assert made(3000, 2000, *renditions) == [("w", 300, 200, "scale")]
    assert made(3000, 2000, *reversed(renditions)) == [("boxed", 300, 200, "scale")]


def test_a_crop_and_a_padded_picture_of_one_size_are_both_made() -> None:
    renditions = (Rendition("a", 90, 90), Rendition("b", 90, 90, "contain"), Rendition("c", 90, 90))
    assert [name for name, *_ in made(300, 200, *renditions)] == ["a", "b"]


def test_every_filter_is_made_and_carries_its_parameters() -> None:
    filters = (
        {"name": "noir", "filter": "grayscale", "width": 960},
        {"name": "old", "filter": "sepia", "width": 1200, "amount": 0.7},
    )
    found = plan(recipe(Rendition("w", 320), filters=filters), 300, 200)
    assert found.filters == (
        PlannedFilter(
            name="noir",
            filter="grayscale",
            width=300,
            height=200,
            spec={"filter": "grayscale", "name": "noir", "width": 960, "amount": 1.0},
        ),
        PlannedFilter(
            name="old",
            filter="sepia",
            width=300,
            height=200,
            spec={"filter": "sepia", "name": "old", "width": 1200, "amount": 0.7},
        ),
    )


def test_a_plan_is_plain_json_with_the_kind_in_it() -> None:
    planned = plan(load_recipes()["default"], 3000, 2000)
    found = json.loads(json.dumps(plain(planned)))
    assert found["renditions"][-1] == {
        "name": "thumbnail",
        "kind": "rendition",
        "width": 400,
        "height": 400,
        "fit": "cover",
        "gravity": "center",
    }
    assert {variant["kind"] for variant in found["filters"]} == {"filter"}
    assert msgspec.convert(found, Plan) == planned


def test_a_cover_knows_its_gravity_and_a_contain_its_pad() -> None:
    renditions = [
        Rendition("a", 100, 100, gravity="east"),
        Rendition("b", 100, 100, gravity="auto"),
        Rendition("c", 100, 100, "contain", pad="#112233"),
        Rendition("d", 100, 100, "contain"),
    ]
    planned = plan(recipe(*renditions), 300, 200).renditions
    assert [(one.gravity, one.pad) for one in planned] == [
        ("east", None),
        ("auto", None),
        (None, "#112233"),
        (None, None),
    ]


def test_where_nothing_is_cut_or_padded_gravity_and_pad_say_nothing() -> None:
    renditions = [
        Rendition("a", 100, 50, gravity="east"),
        Rendition("b", 100, 50, "contain", pad="transparent"),
        Rendition("c", 100),
    ]
    [planned] = plan(recipe(*renditions), 200, 100).renditions
    assert planned == Planned(name="a", width=100, height=50, fit="scale")


def test_a_planned_rendition_cannot_be_changed() -> None:
    [planned] = plan(recipe(Rendition("w", 10)), 20, 20).renditions
    assert planned == Planned(name="w", width=10, height=10, fit="scale")
    with pytest.raises(AttributeError):
        planned.width = 11  # type: ignore[misc]


# ── Animations ───────────────────────────────────────────────────────────────────────────────────


def moving(
    width: int, height: int, frames: int, *renditions: Rendition, **fields: Any
) -> dict[str, bool]:
    kept = msgspec.structs.replace(recipe(*renditions), **{"animation": "keep", **fields})
    planned = plan(kept, width, height, frames).renditions
    return {rendition.name: rendition.animated is True for rendition in planned}


def test_a_recipe_that_keeps_animations_plans_every_rendition_to_move() -> None:
    renditions = (Rendition("w", 320), Rendition("t", 100, 100), Rendition("c", 90, 90, "contain"))
    assert moving(640, 480, 10, *renditions) == {"w": True, "t": True, "c": True}
    assert moving(640, 480, 1, *renditions) == {"w": False, "t": False, "c": False}


def test_a_recipe_of_first_frames_plans_stills() -> None:
    assert moving(640, 480, 10, Rendition("w", 320), animation="first_frame") == {"w": False}


def test_a_filtered_version_never_moves() -> None:
    filters = ({"name": "noir", "filter": "grayscale", "width": 320},)
    kept = msgspec.structs.replace(recipe(Rendition("w", 9), filters=filters), animation="keep")
    planned = plain(plan(kept, 640, 480, 10))
    assert planned["renditions"][0]["animated"] is True
    assert "animated" not in planned["filters"][0]


def test_a_still_says_nothing_of_moving() -> None:
    [rendition] = plain(plan(recipe(Rendition("w", 9)), 640, 480, 10))["renditions"]
    assert "animated" not in rendition


def test_a_rendition_moves_up_to_the_bound_and_not_beyond() -> None:
    frames = MAX_ANIMATED_PIXELS // (1000 * 500)
    assert frames * 1000 * 500 == MAX_ANIMATED_PIXELS
    sizes = (Rendition("n", 1000), Rendition("half", 500))
    assert moving(2000, 1000, frames, *sizes) == {"n": True, "half": True}
    assert moving(2000, 1000, frames + 1, *sizes) == {"n": False, "half": True}
    assert moving(1001, 500, frames, Rendition("wider", 1001)) == {"wider": False}


def test_a_canvas_moves_up_to_the_bound_and_not_beyond() -> None:
    side = math.isqrt(MAX_ANIMATED_CANVAS_PIXELS)
    assert side * side == MAX_ANIMATED_CANVAS_PIXELS
    assert moving(side, side, 2, Rendition("w", 100)) == {"w": True}
    assert moving(side + 1, side, 2, Rendition("w", 100)) == {"w": False}


def test_a_source_moves_up_to_the_bound_and_not_beyond() -> None:
    frames = MAX_ANIMATED_SOURCE_PIXELS // (1000 * 1000)
    assert frames * 1000 * 1000 == MAX_ANIMATED_SOURCE_PIXELS
    assert moving(1000, 1000, frames, Rendition("w", 100)) == {"w": True}
    assert moving(1000, 1000, frames + 1, Rendition("w", 100)) == {"w": False}
