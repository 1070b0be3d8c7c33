"""The manifest and its markup."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from darkroom.contracts import MadeFile, MadeVariant
from publish.manifest import Made, build_manifest, picture, whole_renditions
from tests.markup import Tags

VERSION = "0123456789abcdef"


def variant(name: str, width: int, height: int, kind: Any = "rendition") -> MadeVariant:
    files = tuple(MadeFile(format, 10) for format in ("avif", "webp", "jpeg"))
    return MadeVariant(name, kind, width, height, files, "sepia" if kind == "filter" else None)


SIZES = (
    variant("w640", 640, 427),
    variant("square", 400, 400),
    variant("w320", 320, 213),
    variant("w1280", 1280, 853),
    variant("noir", 960, 640, "filter"),
)


def srcset(text: str) -> list[tuple[str, int]]:
    """(key, width) of each candidate, as a browser splits it: at the comma and the space."""
    pairs = (candidate.split(" ") for candidate in text.split(", "))
    return [(unquote(url), int(width.removesuffix("w"))) for url, width in pairs]


def test_the_picture_offers_every_format_in_the_recipes_order() -> None:
    tags = Tags(picture("a.jpg", VERSION, SIZES)).tags

    assert [tag for tag, _ in tags] == ["picture", "source", "source", "img"]
    assert [attributes.get("type") for _, attributes in tags] == [
        None,
        "image/avif",
        "image/webp",
        None,
    ]


def test_a_srcset_offers_only_whole_pictures_from_narrow_to_wide() -> None:
    tags = Tags(picture("a.jpg", VERSION, SIZES)).tags

    for (_, attributes), extension in zip(tags[1:], ("avif", "webp", "jpg"), strict=True):
        assert srcset(attributes["srcset"]) == [
            (f"a.jpg/{VERSION}/w320.{extension}", 320),
            (f"a.jpg/{VERSION}/w640.{extension}", 640),
            (f"a.jpg/{VERSION}/w1280.{extension}", 1280),
        ]
        assert attributes["sizes"] == "100vw"


def test_the_image_is_the_largest_in_the_fallback_and_says_its_size() -> None:
    _, image = Tags(picture("a.jpg", VERSION, SIZES)).tags[-1]

    assert image["src"] == f"a.jpg/{VERSION}/w1280.jpg"
    assert (image["width"], image["height"]) == ("1280", "853")
    assert image["alt"] == ""


def test_a_recipe_of_one_format_needs_no_source() -> None:
    only = MadeVariant("w320", "rendition", 320, 213, (MadeFile("png", 10),))

    tags = Tags(picture("a.png", VERSION, (only,))).tags

    assert [tag for tag, _ in tags] == ["picture", "img"]
    assert tags[1][1]["src"] == f"a.png/{VERSION}/w320.png"


@pytest.mark.parametrize(
    ("image", "quoted"),
    [
        ("trip/a b+ü.jpg", "trip/a%20b%2B%C3%BC.jpg"),
        ("100%.jpg", "100%25.jpg"),
        ("a?b#c.jpg", "a%3Fb%23c.jpg"),
        ("a, 5w.jpg", "a%2C%205w.jpg"),
        ("東京/雪.jpg", "%E6%9D%B1%E4%BA%AC/%E9%9B%AA.jpg"),
    ],
)
def test_a_name_of_any_letters_is_a_url_below_the_bucket(image: str, quoted: str) -> None:
    markup = picture(image, VERSION, SIZES)

    assert f'src="{quoted}/{VERSION}/w1280.jpg"' in markup
    for _, attributes in Tags(markup).tags[1:]:
        assert {key.partition(f"/{VERSION}/")[0] for key, _ in srcset(attributes["srcset"])} == {
            image
        }


@pytest.mark.parametrize(
    "image",
    [
        "/",
        "//",
        "/a.jpg",
        "//evil.example/a.jpg",
        "///evil.example",
        "\\\\evil.example",
        "https://evil.example/a.jpg",
        "javascript:a",
        "data:,a",
    ],
)
def test_no_name_leads_to_another_host(image: str) -> None:
    for _, attributes in Tags(picture(image, VERSION, SIZES)).tags[1:]:
        addresses = [one.split(" ")[0] for one in attributes["srcset"].split(", ")]
        for address in (*addresses, attributes.get("src", addresses[0])):
            parts = urlsplit(address)
            assert (parts.scheme, parts.netloc, address[0] == "/") == ("", "", False)
            assert unquote(address.removeprefix("./")).startswith(f"{image}/{VERSION}/")


@pytest.mark.parametrize(
    "image",
    [
        '"><script>alert(1)</script>.jpg',
        "' onerror='alert(1).jpg",
        "a&quot;b&lt;.jpg",
        "\n\t\r\x00.jpg",
        "</picture>",
    ],
)
def test_a_hostile_name_stays_inside_its_attribute(image: str) -> None:
    parsed = Tags(picture(image, VERSION, SIZES))

    assert [tag for tag, _ in parsed.tags] == ["picture", "source", "source", "img"]
    assert parsed.text.strip() == ""
    assert set(parsed.tags[-1][1]) == {
        *("src", "srcset", "sizes", "width", "height", "alt", "loading", "decoding")
    }
    assert unquote(parsed.tags[-1][1]["src"]) == f"{image}/{VERSION}/w1280.jpg"


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([(320, 213), (640, 427), (1280, 853)], [320, 640, 1280]),
        # Rounded to whole pixels, a narrow strip has many proportions.
        ([(320, 3), (640, 7), (1280, 13)], [320, 640, 1280]),
        ([(320, 213), (400, 400), (1280, 853)], [320, 1280]),
        ([(1280, 853), (320, 216)], [1280]),
        ([(400, 400)], [400]),
    ],
)
def test_renditions_of_the_largest_ones_proportions_are_whole(
    sizes: list[tuple[int, int]], expected: list[int]
) -> None:
    found = whole_renditions(tuple(variant(f"v{w}", w, h) for w, h in sizes))

    assert [rendition.width for rendition in found] == expected


def test_the_largest_is_no_filter() -> None:
    found = whole_renditions((variant("noir", 4000, 4000, "filter"), variant("w320", 320, 213)))

    assert [rendition.name for rendition in found] == ["w320"]


def test_nobody_was_asked_and_the_manifest_says_nothing_of_it() -> None:
    made = Made("default", {"key": "raw/a.jpg"}, (), "data:,", SIZES)

    assert "review" not in build_manifest("a.jpg", VERSION, made, {})
    review = {"decision": "approve", "reviewer": "Ana"}
    assert build_manifest("a.jpg", VERSION, made, review)["review"] == review


def test_every_file_of_the_manifest_has_its_key() -> None:
    made = Made("default", {"key": "raw/a.jpg"}, (), "data:,", SIZES)

    written = build_manifest("trip/ü.jpg", VERSION, made, {})

    keys = [file["key"] for entry in written["variants"] for file in entry["files"]]
    assert len(set(keys)) == len(keys) == 15
    assert all(key.startswith(f"trip/ü.jpg/{VERSION}/") for key in keys)
    assert [entry["name"] for entry in written["variants"]] == [size.name for size in SIZES]


# ── What moves ───────────────────────────────────────────────────────────────────────────────────


def moving(name: str, width: int, height: int, *formats: str) -> MadeVariant:
    files = tuple(
        MadeFile(format, 10, animated=True if format == "webp" else None)
        for format in formats or ("avif", "webp", "jpeg")
    )
    return MadeVariant(name, "rendition", width, height, files)


MOVING = (moving("w320", 320, 213), moving("w640", 640, 427), variant("w1280", 1280, 853))
CALM = "(prefers-reduced-motion: reduce)"


def sources(variants: tuple[MadeVariant, ...]) -> list[tuple[str, str, list[str]]]:
    """(media, type, file names) of each <source>, then of the <img>."""
    found = []
    for tag, attributes in Tags(picture("a.gif", VERSION, variants)).tags[1:]:
        names = [key.rpartition("/")[2] for key, _ in srcset(attributes["srcset"])]
        assert tag == ("source" if "type" in attributes else "img")
        found.append((attributes.get("media", ""), attributes.get("type", ""), names))
    return found


def test_who_wants_less_motion_gets_the_stills_and_everybody_else_what_moves() -> None:
    assert sources(MOVING) == [
        (CALM, "image/avif", ["w320.avif", "w640.avif", "w1280.avif"]),
        (CALM, "image/jpeg", ["w320.jpg", "w640.jpg", "w1280.jpg"]),
        ("", "image/webp", ["w320.webp", "w640.webp"]),
        ("", "", ["w320.jpg", "w640.jpg", "w1280.jpg"]),
    ]


def test_the_image_of_what_moves_is_still() -> None:
    _, image = Tags(picture("a.gif", VERSION, MOVING)).tags[-1]
    assert image["src"] == f"a.gif/{VERSION}/w1280.jpg"
    assert (image["width"], image["height"]) == ("1280", "853")


def test_where_only_webp_is_made_the_image_moves() -> None:
    only = (moving("w320", 320, 213, "webp"), moving("w640", 640, 427, "webp"))
    assert sources(only) == [("", "", ["w320.webp", "w640.webp"])]
    still = MadeVariant("w1280", "rendition", 1280, 853, (MadeFile("webp", 10),))
    assert sources((*only, still)) == [("", "", ["w320.webp", "w640.webp"])]


def test_webp_last_in_a_recipe_leaves_the_other_format_as_the_image() -> None:
    both = (moving("w320", 320, 213, "avif", "webp"),)
    assert sources(both) == [
        (CALM, "image/avif", ["w320.avif"]),
        ("", "image/webp", ["w320.webp"]),
        ("", "", ["w320.avif"]),
    ]


def test_a_srcset_offers_only_files_that_are_there() -> None:
    """Scaled down, the last trace of transparency may be gone: that one's fallback is a JPEG."""
    clear = tuple(MadeFile(format, 10) for format in ("avif", "png"))
    opaque = tuple(MadeFile(format, 10) for format in ("avif", "jpeg"))
    sizes = (
        MadeVariant("w320", "rendition", 320, 213, opaque),
        MadeVariant("w640", "rendition", 640, 427, clear),
    )
    assert sources(sizes) == [
        ("", "image/avif", ["w320.avif", "w640.avif"]),
        ("", "", ["w640.png"]),
    ]


def test_the_manifest_says_which_files_move_and_of_the_others_nothing() -> None:
    made = Made("default", {"key": "raw/a.gif", "frames": 9}, (), "data:,", MOVING)
    written = build_manifest("a.gif", VERSION, made, {})
    assert {
        (entry["name"], file["format"])
        for entry in written["variants"]
        for file in entry["files"]
        if "animated" in file
    } == {("w320", "webp"), ("w640", "webp")}
    assert written["variants"][0]["files"][1]["animated"] is True
    assert written["source"]["frames"] == 9


def test_the_manifest_has_the_copyright_that_was_kept() -> None:
    made = Made("default", {"key": "raw/a.jpg"}, (), "data:,", SIZES)
    assert "copyright" not in build_manifest("a.jpg", VERSION, made, {})
    kept = Made("default", {"key": "raw/a.jpg"}, (), "data:,", SIZES, "\"'><b>© Ana")
    written = build_manifest("a.jpg", VERSION, kept, {})
    assert written["copyright"] == "\"'><b>© Ana"
    assert "Ana" not in written["picture"]
