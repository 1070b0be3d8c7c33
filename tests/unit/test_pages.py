"""The review pages as text: what they say, what they escape, and what they never refer to."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from darkroom import statuses
from darkroom.text import REPLACEMENT, block, line
from review import pages, words
from review.pages import PictureLink, ReviewView, VariantLink
from tests.markup import Tags

TOKEN = "eyJ0.c2ln"
VIEW = ReviewView(
    image="trip/forbidden a b+ü.jpg",
    version="9f3c2ab41d7e0c55",
    status=statuses.IN_REVIEW,
    flags=(
        ("keyword", "the file name contains “forbidden”"),
        ("low_resolution", "the shorter side has 240 px, the least is 320 px"),
    ),
    caption="Seen on Sunday.\nNear the station.",
    width=2560,
    height=1600,
    bytes=4_312_889,
    format="JPEG",
    uploaded_at="2025-11-20T05:59:01.123456+00:00",
    requested_at="2025-11-20T06:04:11+00:00",
    deadline_at="2025-11-27T07:04:11+01:00",
    seconds_left=540_000,
    picture=PictureLink(f"{TOKEN}/files/w1280", 1280, 800, "The uploaded picture"),
    variants=(
        VariantLink("w320", "rendition", None, 320, 200, f"{TOKEN}/files/w320"),
        VariantLink("noir", "filter", "grayscale", 960, 600, f"{TOKEN}/files/noir"),
    ),
    action=f"{TOKEN}/decision",
)
DECIDED = replace(
    VIEW,
    status=statuses.PUBLISHED,
    decision="approve",
    reviewer="Ana Ruiz",
    decided_at="2025-11-21T10:15:00+00:00",
    note="Only the word.\nNothing else.",
)
EVIL = "</textarea>\"'><script>alert(1)</script><img src=x onerror=alert(2)>"
DIRECTION = "\u202e\u2066\u2069\u202c"

PAGES: dict[str, Callable[[ReviewView], str]] = {
    "waiting": pages.waiting_page,
    "waiting, with an error": lambda view: pages.waiting_page(view, view.image),
    "decided": pages.decided_page,
    "problem": lambda view: pages.problem_page(view.image, view.note or ""),
}
every_page = pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())


def title(html: str) -> str:
    match = re.search(r"<title>(.*?)</title>", html, re.DOTALL)
    assert match
    return match[1]


def prose(html: str) -> str:
    """The page's text as it reads, with single spaces."""
    return " ".join(Tags(html.partition("</head>")[2]).text.split())


def test_the_waiting_page_says_what_a_reviewer_needs() -> None:
    text = prose(pages.waiting_page(VIEW))

    for expected in (
        "trip/forbidden a b+ü.jpg",
        "Word on the review list the file name contains “forbidden”",
        "Low resolution the shorter side has 240 px, the least is 320 px",
        "Seen on Sunday. Near the station.",
        "2560 \N{MULTIPLICATION SIGN} 1600 px",
        "JPEG, 4.3 MB",
        "20 November 2025, 05:59 UTC",
        "Decide by 27 November 2025, 06:04 UTC",
        "6 days 6 hours left",
        "w320 320 \N{MULTIPLICATION SIGN} 200",
        "noir 960 \N{MULTIPLICATION SIGN} 600 grayscale",
        "9f3c2ab41d7e0c55",
    ):
        assert expected in text, f"expected {expected!r} in: {text}"


def test_the_deadline_is_machine_readable_in_utc() -> None:
    times = Tags(pages.waiting_page(VIEW)).all("time")

    assert {"datetime": "2025-11-27T06:04:11Z"} in times
    assert {"datetime": "2025-11-20T05:59:01Z"} in times


def test_the_title_is_the_name_and_the_page_has_one_heading_of_the_first_rank() -> None:
    html = pages.waiting_page(VIEW)

    assert title(html) == "Review: trip/forbidden a b+ü.jpg"
    assert len(Tags(html).all("h1")) == 1


def test_the_form_posts_name_note_and_one_of_two_decisions() -> None:
    tags = Tags(pages.waiting_page(VIEW))
    decisions = [button for button in tags.all("button") if button.get("name") == "decision"]

    assert tags.one("form")["method"] == "post"
    assert tags.one("form")["action"] == f"{TOKEN}/decision"
    assert tags.one("input")["name"] == "reviewer"
    assert "required" in tags.one("input")
    assert tags.one("textarea")["name"] == "note"
    assert tags.one("textarea")["maxlength"] == "1000"
    assert "required" not in tags.one("textarea")
    assert [button["value"] for button in decisions] == ["approve", "reject"]


def test_enter_in_a_field_presses_a_button_that_decides_nothing() -> None:
    first = Tags(pages.waiting_page(VIEW)).all("button")[0]

    assert first == {"type": "submit", "disabled": "", "hidden": ""}


def test_every_field_has_its_label() -> None:
    tags = Tags(pages.waiting_page(VIEW))

    labelled = {label["for"] for label in tags.all("label")}
    assert labelled == {tags.one("input")["id"], tags.one("textarea")["id"]}


@pytest.mark.parametrize(("field", "tag"), [("reviewer", "input"), ("note", "textarea")])
def test_an_error_stands_at_the_field_that_it_is_about(field: str, tag: str) -> None:
    html = pages.waiting_page(VIEW, "Say who you are.", error_field=field)  # type: ignore[arg-type]
    tags = Tags(html)

    assert tags.by_id("error")["role"] == "alert"
    assert "Say who you are." in prose(html)
    assert title(html).startswith("Error: Review: ")
    wrong = [at for _, at in tags.tags if "aria-invalid" in at]
    assert [(at["name"], at["aria-describedby"]) for at in wrong] == [(field, "error")]
    assert tags.one(tag) in wrong


def test_without_an_error_no_field_is_marked() -> None:
    html = pages.waiting_page(VIEW)

    assert "aria-invalid" not in html
    assert "role=" not in html
    assert "autofocus" not in html


def test_a_refused_form_keeps_what_was_typed() -> None:
    view = replace(VIEW, reviewer='Ana "A" Ruiz', note="line one\nline two")
    tags = Tags(pages.waiting_page(view, "No."))

    assert tags.one("input")["value"] == 'Ana "A" Ruiz'
    assert "line one\nline two" in tags.text


def test_a_note_that_begins_with_an_empty_line_keeps_its_first_word() -> None:
    html = pages.waiting_page(replace(VIEW, note="\nfirst"))

    match = re.search(r"<textarea[^>]*>(.*?)</textarea>", html, re.DOTALL)
    assert match
    assert match[1] == "\nfirst", "HTML drops the first line break, which is ours"


def test_the_picture_has_a_size_and_words() -> None:
    image = Tags(pages.waiting_page(VIEW)).all("img")[0]

    assert image["src"] == f"{TOKEN}/files/w1280"
    assert (image["width"], image["height"]) == ("1280", "800")
    assert image["alt"] == "The uploaded picture"


def test_a_page_without_a_preview_says_so_and_can_still_be_decided() -> None:
    html = pages.waiting_page(replace(VIEW, picture=None, variants=(), caption=None, flags=()))

    assert "There is no preview of this picture." in prose(html)
    assert "No rule is on record." in prose(html)
    assert Tags(html).all("img") == []
    assert 'value="approve"' in html


@pytest.mark.parametrize("seconds_left", [0, -5])
def test_when_the_time_is_up_the_page_says_so(seconds_left: int) -> None:
    text = prose(pages.waiting_page(replace(VIEW, seconds_left=seconds_left)))

    assert "The time is up" in text
    assert "left" not in text


@pytest.mark.parametrize(
    ("status", "decision", "badge", "outcome"),
    [
        (statuses.IN_REVIEW, "approve", "Approved", "It is being published."),
        (statuses.IN_REVIEW, "reject", "Rejected", "are being removed."),
        (statuses.PUBLISHED, "approve", "Approved", "It is published."),
        (statuses.REJECTED, "reject", "Rejected", "Nothing of it was published"),
        (statuses.FAILED, "approve", "Failed", "Something broke on our side"),
        (statuses.RETRACTED, "approve", "Withdrawn", "has been withdrawn since"),
    ],
)
def test_a_decided_page_says_who_decided_what_when_and_what_became_of_it(
    status: str, decision: str, badge: str, outcome: str
) -> None:
    html = pages.decided_page(replace(DECIDED, status=status, decision=decision))
    text = prose(html)
    verb = {"approve": "approved", "reject": "rejected"}[decision]

    assert title(html) == f"{badge}: trip/forbidden a b+ü.jpg"
    assert f"Ana Ruiz {verb} this picture on 21 November 2025, 10:15 UTC." in text
    assert outcome in text
    assert "Only the word. Nothing else." in text


@pytest.mark.parametrize(
    ("status", "badge"),
    [
        (statuses.EXPIRED, "Expired"),
        (statuses.PUBLISHED, "Published"),
        (statuses.FAILED, "Failed"),
        (statuses.INVALID, "Not accepted"),
        (statuses.PROCESSING, "In work"),
        (statuses.RETRACTED, "Withdrawn"),
        ("SOMETHING_NEW", "Not waiting"),
    ],
)
def test_a_page_that_nobody_decided_names_no_reviewer(status: str, badge: str) -> None:
    html = pages.decided_page(replace(VIEW, status=status, reviewer="typed", note="typed"))
    text = prose(html)

    assert title(html).startswith(f"{badge}: ")
    assert "typed" not in text
    assert "None" not in text


def test_an_expired_page_says_that_nobody_decided() -> None:
    text = prose(pages.decided_page(replace(VIEW, status=statuses.EXPIRED)))

    assert "Nobody decided in time. It was not published and will not be." in text


def test_every_status_that_can_end_a_review_has_words_of_its_own() -> None:
    known = {status for status, _ in pages.VERDICTS}

    assert known == {*statuses.OPEN, *statuses.ENDED}


def test_a_decided_page_cannot_decide() -> None:
    assert Tags(pages.decided_page(DECIDED)).all("form") == []


def test_a_problem_page_is_its_title_and_its_text() -> None:
    html = pages.problem_page("This link has expired", "Nobody decided in time.", assets="assets")

    assert title(html) == "This link has expired"
    assert prose(html).endswith("This link has expired Nobody decided in time.")
    assert 'href="assets/review.css"' in html


@every_page
def test_text_from_outside_never_becomes_markup(page: Callable[[ReviewView], str]) -> None:
    shape = [tag for tag, _ in Tags(page(_filled_with("harmless"))).tags]

    html = page(_filled_with(EVIL))

    assert [tag for tag, _ in Tags(html).tags] == shape
    assert "<script" not in html
    assert "alert(1)" in prose(html), "the text itself is there, as text"


@every_page
def test_text_from_outside_cannot_turn_the_direction_of_the_page(
    page: Callable[[ReviewView], str],
) -> None:
    html = page(_filled_with(f"photo{DIRECTION}gpj.exe"))

    assert not set(DIRECTION) & set(html)
    assert "photo" + REPLACEMENT * 4 + "gpj.exe" in html


@pytest.mark.parametrize("page", [pages.waiting_page, pages.decided_page])
def test_the_direction_of_text_from_outside_stays_its_own(
    page: Callable[[ReviewView], str],
) -> None:
    html = page(replace(DECIDED, caption="a caption", note="a note"))
    outside = [DECIDED.image, "a caption", *(detail for _, detail in DECIDED.flags)]
    if page is pages.decided_page:
        outside += ["a note", "Ana Ruiz"]

    for text in outside:
        assert f"<bdi>{text}</bdi>" in html


@every_page
@pytest.mark.parametrize("text", ["a\x00b", "a\x1b[31mb", "a\x85b", "a\ud800b"])
def test_control_characters_and_half_letters_never_reach_the_page(
    page: Callable[[ReviewView], str], text: str
) -> None:
    html = page(_filled_with(text))

    assert "a" + REPLACEMENT in html
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]", html)
    html.encode("utf-8")


@every_page
@pytest.mark.parametrize("token", ["t" * 150, "t" * 1500], ids=["usual link", "longest link"])
def test_a_page_stays_under_50_kb_whatever_is_in_it(
    page: Callable[[ReviewView], str], token: str
) -> None:
    variants = tuple(
        VariantLink("v" * 40, "filter", "f" * 40, 16383, 16383, f"{token}/files/{index}.webp")
        for index in range(40)
    )
    view = replace(
        _filled_with("&" * 9000),
        flags=(("&" * 5000, "&" * 5000),) * 100,
        picture=PictureLink(f"{token}/files/w1920.webp", 16383, 16383, "&" * 5000),
        variants=variants,
        action=f"{token}/decision",
    )

    size = len(page(view).encode("utf-8"))

    assert size < 50_000, f"expected under 50000 bytes, got {size}"


def test_more_flags_than_fit_are_counted() -> None:
    text = prose(pages.waiting_page(replace(VIEW, flags=(("keyword", "a word"),) * 11)))

    assert text.count("a word") == 8
    assert "And 3 more." in text


def test_as_many_variants_as_a_recipe_may_have_show_their_picture() -> None:
    variants = tuple(
        VariantLink(f"v{index}", "rendition", None, 320, 200, "t" * 200 + f"/files/v{index}.webp")
        for index in range(40)
    )

    assert len(Tags(pages.waiting_page(replace(VIEW, variants=variants))).all("img")) == 1 + 40


def test_the_end_of_a_long_name_stays_visible() -> None:
    text = prose(pages.waiting_page(replace(VIEW, image="folder/" + "n" * 1000 + ".jpg")))

    assert re.search(r"folder/n+…n+\.jpg", text)


@every_page
def test_every_reference_is_relative(page: Callable[[ReviewView], str]) -> None:
    for tag, attributes in Tags(page(DECIDED)).tags:
        for name in ("href", "src", "action", "srcset"):
            value = attributes.get(name, "x")
            assert re.match(r"(?!/)[^:]*$", value), f"{tag} {name}={value}"


@every_page
def test_nothing_on_a_page_is_against_its_content_security_policy(
    page: Callable[[ReviewView], str],
) -> None:
    tags = Tags(page(DECIDED))

    assert not {"script", "style", "iframe", "base", "object"} & {tag for tag, _ in tags.tags}
    names = {name for _, attributes in tags.tags for name in attributes}
    assert not {name for name in names if name == "style" or name.startswith("on")}


@every_page
def test_a_page_has_a_language_and_landmarks(page: Callable[[ReviewView], str]) -> None:
    tags = Tags(page(DECIDED))

    assert tags.one("html")["lang"] == "en"
    tags.one("main")
    tags.one("header")
    tags.one("h1")


def test_every_asset_that_a_page_names_is_there() -> None:
    links = [link["href"] for link in Tags(pages.waiting_page(VIEW, assets="x")).all("link")]

    found = {link.removeprefix("x/"): pages.asset(link.removeprefix("x/")) for link in links}
    assert set(found) == set(pages.ASSET_TYPES)
    assert all(found.values())


def test_the_stylesheet_asks_for_nothing_else() -> None:
    sheet = pages.asset("review.css")

    assert sheet is not None
    assert sheet.content_type == "text/css; charset=utf-8"
    assert "url(" not in sheet.text
    assert "@import" not in sheet.text


@pytest.mark.parametrize("name", ["waiting.html.j2", "../pages.py", "", "nothing.css"])
def test_only_the_assets_can_be_asked_for(name: str) -> None:
    assert pages.asset(name) is None


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-3, "0 seconds"),
        (1, "1 second"),
        (59.9, "59 seconds"),
        (60, "1 minute"),
        (3599, "59 minutes"),
        (3600, "1 hour"),
        (7_260, "2 hours 1 minute"),
        (86_400 + 60, "1 day"),
        (540_000, "6 days 6 hours"),
    ],
)
def test_a_duration_is_its_two_largest_units(seconds: float, expected: str) -> None:
    assert words.duration(seconds) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_000, "1.0 kB"),
        (9_949, "9.9 kB"),
        (9_950, "10 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (4_312_889, "4.3 MB"),
        (2_000_000_000, "2.0 GB"),
    ],
)
def test_a_size_has_at_most_three_digits(count: int, expected: str) -> None:
    assert words.size(count) == expected


@pytest.mark.parametrize(
    "iso", ["2025-11-07T06:04:11Z", "2025-11-07T06:04:11", "2025-11-07T07:04:11.999+01:00"]
)
def test_times_are_shown_in_utc(iso: str) -> None:
    assert words.moment(iso) == "7 November 2025, 06:04 UTC"
    assert words.instant(iso) == "2025-11-07T06:04:11Z"


def test_a_line_is_cut_to_its_limit_in_the_middle() -> None:
    assert line("abcdefghij", 10) == "abcdefghij"
    assert line("abcdefghijk", 10) == "abcdef…ijk"


def test_a_block_keeps_its_lines_but_no_run_of_empty_ones() -> None:
    assert block("a\r\nb\rc\n \n\n\n\nd\u2028e\n", 100) == "a\nb\nc\n\nd\ne"
    assert block("abcdef", 5) == "abcd…"


def _filled_with(text: str) -> ReviewView:
    return replace(
        VIEW,
        image=text,
        version=text,
        status=statuses.IN_REVIEW,
        flags=(("keyword", text), (text, text)),
        caption=text,
        format=text,
        picture=PictureLink(f"{TOKEN}/files/w1280", 1280, 800, text),
        decision="reject",
        reviewer=text,
        decided_at=VIEW.deadline_at,
        note=text,
    )
