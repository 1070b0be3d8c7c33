from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

import pytest

from cli.contact_sheet import Entry, File, Picture, Variant, change, render, size, totals
from darkroom.statuses import INVALID, PUBLISHED


@dataclass
class Page(HTMLParser):
    """What a browser would find: every element with its attributes, and the text."""

    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    text: str = ""
    in_style: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.in_style = tag == "style"
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += "" if self.in_style else data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def words(self) -> str:
        return " ".join(self.text.split())


def read(entries: list[Entry], title: str = "Contact sheet") -> Page:
    page = Page()
    page.feed(render(entries, title))
    return page


def a_variant(
    name: str = "w640", width: int = 640, height: int = 400, **changes: object
) -> Variant:
    files = [
        File("avif", 20_000, f"1/{name}.avif"),
        File("webp", 30_000, f"1/{name}.webp"),
        File("jpeg", 40_000, f"1/{name}.jpg"),
    ]
    return replace(Variant(name, "rendition", None, width, height, files), **changes)  # type: ignore[arg-type]


def an_entry(**changes: object) -> Entry:
    entry = Entry(
        image="trip/boat.jpg",
        version="0123456789abcdef",
        status="PUBLISHED",
        recipe="default",
        original=Picture("1/original.jpg", 1600, 1000, 100_000, "jpeg"),
        variants=[a_variant()],
    )
    return replace(entry, **changes)  # type: ignore[arg-type]


HOSTILE = "\"><script>alert('x')</script><img src=x onerror=alert(1)>.jpg"


def test_a_hostile_name_stays_text_wherever_it_is_shown() -> None:
    page = read(
        [
            an_entry(
                image=HOSTILE,
                recipe=HOSTILE,
                variants=[a_variant(HOSTILE, filter=HOSTILE)],
                flags=[{"rule": "keyword", "detail": HOSTILE}],
                reason={"code": HOSTILE, "detail": HOSTILE},
            )
        ],
        title=HOSTILE,
    )
    assert not page.all("script")
    assert not [a for _, a in page.elements if any(name.startswith("on") for name in a)]
    assert HOSTILE in page.text


def test_a_hostile_address_cannot_leave_its_attribute() -> None:
    href = '1/a"onerror="x.jpg'
    page = read([an_entry(original=Picture(href, 10, 10, 10, "jpeg"), review_link=href)])
    assert href in [image["src"] for image in page.all("img")]
    assert not [a for _, a in page.elements if "onerror" in a]


def test_the_page_needs_nothing_but_the_pictures() -> None:
    page = read([an_entry()])
    assert len(page.all("style")) == 1
    assert not page.all("script") and not page.all("link") and not page.all("iframe")
    assert "url(" not in render([an_entry()], "x") and "@import" not in render([an_entry()], "x")


def test_a_variant_offers_the_modern_formats_first_and_falls_back_to_the_old() -> None:
    page = read([an_entry(variants=[a_variant(files=tuple(reversed(a_variant().files)))])])
    sources = [(source["type"], source["srcset"]) for source in page.all("source")]
    assert sources == [("image/avif", "1/w640.avif"), ("image/webp", "1/w640.webp")]
    image = page.all("img")[-1]
    assert (image["src"], image["width"], image["height"]) == ("1/w640.jpg", "640", "400")


def test_of_an_animation_what_moves_is_shown_and_counted() -> None:
    files = (
        File("avif", 5, "1/a.avif"),
        File("webp", 900, "1/a.webp", animated=True),
        File("jpeg", 9, "1/a.jpg"),
    )
    entry = an_entry(variants=[a_variant(files=files)])
    page = read([entry])
    assert [source["srcset"] for source in page.all("source")] == ["1/a.webp"]
    assert page.all("img")[-1]["src"] == "1/a.jpg"
    assert entry.largest is not None
    assert entry.largest.smallest.bytes == 900
    assert render([entry], "x").count(" moves") == 1


def test_a_recipe_of_modern_formats_only_still_shows_an_image() -> None:
    only = a_variant(files=(File("avif", 5, "1/a.avif"),))
    page = read([an_entry(variants=[only])])
    assert page.all("img")[-1]["src"] == "1/a.avif"
    assert not page.all("source")


def test_an_address_with_commas_and_spaces_stays_one_candidate_of_a_srcset() -> None:
    odd = a_variant(files=(File("avif", 5, "1/a b,c.avif"), File("jpeg", 9, "1/a.jpg")))
    assert read([an_entry(variants=[odd])]).all("source")[0]["srcset"] == "1/a%20b%2Cc.avif"


def test_every_picture_loads_only_when_it_comes_near() -> None:
    images = read([an_entry(), an_entry()]).all("img")
    assert len(images) == 4
    assert all(image["loading"] == "lazy" and image["alt"] for image in images)


def test_each_file_is_listed_with_its_size_and_what_it_saves_against_the_original() -> None:
    words = read([an_entry()]).words
    assert "AVIF20.0 kB\N{MINUS SIGN}80%" in words
    assert "WEBP30.0 kB\N{MINUS SIGN}70%" in words
    assert "JPEG40.0 kB\N{MINUS SIGN}60%" in words
    assert "against the original\N{RIGHT SINGLE QUOTATION MARK}s 100 kB" in words
    assert "640 \N{MULTIPLICATION SIGN} 400" in words


def test_without_an_original_nothing_is_compared() -> None:
    words = read([an_entry(original=None)]).words
    assert "AVIF20.0 kB" in words
    assert "%" not in words and "against" not in words


def test_a_flagged_picture_shows_its_rules_and_leads_to_its_review() -> None:
    page = read(
        [
            an_entry(
                status="IN_REVIEW",
                variants=[],
                flags=[{"rule": "low_resolution", "detail": "60 px on the shorter side"}],
                review_link="http://localhost:4566/reviews/token",
            )
        ]
    )
    assert "Low resolution: 60 px on the shorter side" in page.words
    links = [link for link in page.all("a") if link["href"].endswith("/reviews/token")]
    assert len(links) == 1
    # The link carries a signed token: it must not travel on to anybody else.
    assert links[0]["rel"] == "noreferrer"


def test_an_invalid_picture_shows_why_as_a_sentence() -> None:
    reason = {"code": "too_many_pixels", "detail": "expected at most 10, got 20"}
    page = read([an_entry(status=INVALID, original=None, variants=[], reason=reason, recipe="")])
    assert "Too many pixels Expected at most 10, got 20." in page.words


def test_transparent_pictures_lie_on_a_checkerboard_and_others_do_not() -> None:
    clear = a_variant(files=(File("webp", 5, "a.webp"), File("png", 9, "a.png")))
    cards = read([an_entry(variants=[clear]), an_entry()]).all("article")
    assert ["clear" in card["class"].split() for card in cards] == [True, False]


def test_an_original_that_no_browser_shows_is_a_link() -> None:
    heic = Picture("1/original.heic", 10, 10, 10, "heic")
    page = read([an_entry(original=heic, variants=[])])
    assert not page.all("img")
    assert "1/original.heic" in [link["href"] for link in page.all("a")]


def test_the_totals_compare_each_original_with_its_largest_rendition() -> None:
    square = a_variant("thumbnail", 400, 400)
    large = a_variant(
        "w1920", 1920, 1200, files=[File("avif", 50_000, "l"), File("jpeg", 90_000, "m")]
    )
    filtered = a_variant("noir", 4000, 4000, kind="filter", filter="grayscale")
    found = totals(
        [
            an_entry(variants=[square, large, filtered]),
            an_entry(status=INVALID, variants=[], original=Picture("b", None, None, 7, "jpeg")),
            an_entry(original=None),
        ]
    )
    assert (found.compared, found.before, found.after) == (1, 100_000, 50_000)
    assert found.by_status == [(PUBLISHED, 2), (INVALID, 1)]
    assert (found.pictures, found.files, found.all_bytes) == (3, 11, 410_000)


def test_a_sheet_without_pictures_is_still_a_page() -> None:
    assert "0 pictures" in read([]).words


def test_every_status_is_counted_even_one_that_is_new() -> None:
    found = totals([an_entry(status="ODD"), an_entry(status="REJECTED"), an_entry()])
    assert found.by_status == [("PUBLISHED", 1), ("REJECTED", 1), ("ODD", 1)]


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (99_949, "99.9 kB"),
        (99_950, "100 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (12_345_678, "12.3 MB"),
    ],
)
def test_bytes_are_told_in_three_figures(count: int, words: str) -> None:
    assert size(count) == words


@pytest.mark.parametrize(
    ("count", "before", "words"),
    [
        (20, 100, "\N{MINUS SIGN}80%"),
        (1, 1000, "\N{MINUS SIGN}99%"),
        (100, 100, "0%"),
        (999, 1000, "0%"),
        (1001, 1000, "+1%"),
        (5, 0, ""),
    ],
)
def test_a_saving_is_never_rounded_up(count: int, before: int, words: str) -> None:
    assert change(count, before) == words


def test_each_class_that_the_page_styles_is_used_or_a_status() -> None:
    entry = an_entry(
        status="IN_REVIEW",
        flags=[{"rule": "keyword", "detail": "x"}],
        review_link="x",
        variants=[a_variant(width=10, height=20, files=(File("png", 1, "a"),))],
    )
    html = render([entry, an_entry(original=None)], "x")
    styled = set(re.findall(r"\.([a-z][a-z]*)\b(?=[^{}]*\{)", html.split("</style>")[0]))
    used = {name for _, a in _elements(html) for name in a.get("class", "").split()}
    assert styled - used == set()


def _elements(html: str) -> list[tuple[str, dict[str, str]]]:
    page = Page()
    page.feed(html)
    return page.elements
