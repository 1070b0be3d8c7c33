"""The review pages as text: what they say, what they escape, and what they never refer to."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from darkroom import statuses, trail
from darkroom.text import REPLACEMENT, block, line
from review import pages, words
from review.pages import (
    Desk,
    Done,
    PictureLink,
    QueueView,
    Resembled,
    ReviewView,
    TrailLine,
    VariantLink,
)
from review.queue_routes import CARD_BYTES, CARD_TOKENS, PAGE_BYTES
from tests.markup import Tags
from tests.review_samples import (
    DECIDED,
    DESK,
    EMPTY_QUEUE,
    EXPIRED,
    HELD,
    QUEUE,
    REASONS,
    REJECTED,
    RESEMBLING,
    TOKEN,
    VIEW,
    item,
)

EVIL = "</textarea>\"'><script>alert(1)</script><img src=x onerror=alert(2)>"
DIRECTION = "\u202e\u2066\u2069\u202c"

# Each page as what a record would fill it with: its image is every name, its note every text.
PAGES: dict[str, Callable[[ReviewView], str]] = {
    "waiting": lambda view: pages.waiting_page(view, ".."),
    "waiting, with an error": lambda view: pages.waiting_page(
        view, "..", reasons=[view.image] * 9, error=view.image
    ),
    "waiting, at a desk": lambda view: pages.waiting_page(
        view, "..", reasons=REASONS, desk=_desk(view)
    ),
    "decided": lambda view: pages.decided_page(view, ".."),
    "decided, at a desk": lambda view: pages.decided_page(
        replace(view, status=statuses.REJECTED, picture=None), "..", desk=_desk(view), notice="late"
    ),
    "queue": lambda view: pages.queue_page(_queue(view), "."),
    "sign-in": lambda view: pages.sign_in_page(view.image, view.token, ".."),
    "problem": lambda view: pages.problem_page(view.image, view.note or "", ".."),
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
    text = prose(pages.waiting_page(VIEW, ".."))

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
    times = Tags(pages.waiting_page(VIEW, "..")).all("time")

    assert {"datetime": "2025-11-27T06:04:11Z"} in times
    assert {"datetime": "2025-11-20T05:59:01Z"} in times


def test_the_title_is_the_name_and_the_page_has_one_heading_of_the_first_rank() -> None:
    html = pages.waiting_page(VIEW, "..")

    assert title(html) == "Review: trip/forbidden a b+ü.jpg"
    assert len(Tags(html).all("h1")) == 1


def test_the_form_posts_name_note_and_one_of_two_decisions() -> None:
    tags = Tags(pages.waiting_page(VIEW, ".."))
    decisions = [button for button in tags.all("button") if button.get("name") == "decision"]

    form = tags.by_id("decide")
    assert form["method"] == "post"
    assert form["action"] == f"../reviews/{TOKEN}/decision"
    assert tags.one("input")["name"] == "reviewer"
    assert "required" in tags.one("input")
    assert tags.one("textarea")["name"] == "note"
    assert tags.one("textarea")["maxlength"] == "1000"
    assert "required" not in tags.one("textarea")
    assert [button["value"] for button in decisions] == ["approve", "reject"]


def test_enter_in_a_field_presses_a_button_that_decides_nothing() -> None:
    nothing = {"type": "submit", "disabled": "", "hidden": ""}
    # On a radio button Chromium takes the first that is not disabled.
    nor_this = {"type": "submit", "formmethod": "dialog", "formnovalidate": "", "hidden": ""}

    assert _buttons(pages.waiting_page(VIEW, "..", desk=HELD), "/decision") == [nothing, nor_this]
    assert _buttons(pages.decided_page(DECIDED, "..", desk=DESK), "/reopen")[0] == nothing


def _buttons(html: str, form: str) -> list[dict[str, str]]:
    """The first two buttons of the form that posts to `form`."""
    tags = Tags(html).tags
    start = next(at for at, (_, given) in enumerate(tags) if form in given.get("action", ""))
    return [given for tag, given in tags[start:] if tag == "button"][:2]


def test_every_field_has_its_label() -> None:
    for html in (
        pages.waiting_page(VIEW, "..", reasons=REASONS),
        pages.decided_page(DECIDED, "..", desk=DESK),
        pages.queue_page(QUEUE, "."),
    ):
        tags = Tags(html)
        fields = [*tags.all("textarea"), *tags.all("input")]
        labelled = {label["for"] for label in tags.all("label") if "for" in label}

        ids = {field["id"] for field in fields if field.get("type") not in ("hidden", "radio")}
        assert labelled == ids


@pytest.mark.parametrize(("field", "tag"), [("reviewer", "input"), ("note", "textarea")])
def test_an_error_stands_at_the_field_that_it_is_about(field: str, tag: str) -> None:
    html = pages.waiting_page(VIEW, "..", error="Say who you are.", error_field=field)  # type: ignore[arg-type]
    tags = Tags(html)

    assert tags.by_id("error")["role"] == "alert"
    assert "Say who you are." in prose(html)
    assert title(html).startswith("Error: Review: ")
    wrong = [at for _, at in tags.tags if "aria-invalid" in at]
    assert [(at["name"], at["aria-describedby"]) for at in wrong] == [(field, "error")]
    assert tags.one(tag) in wrong


def test_without_an_error_no_field_is_marked() -> None:
    html = pages.waiting_page(VIEW, "..")

    assert "aria-invalid" not in html
    assert 'role="alert"' not in html
    assert "autofocus" not in html


def test_a_refused_form_keeps_what_was_typed() -> None:
    view = replace(VIEW, reviewer='Ana "A" Ruiz', note="line one\nline two")
    tags = Tags(pages.waiting_page(view, "..", error="No."))

    assert tags.one("input")["value"] == 'Ana "A" Ruiz'
    assert "line one\nline two" in tags.text


def test_a_note_that_begins_with_an_empty_line_keeps_its_first_word() -> None:
    html = pages.waiting_page(replace(VIEW, note="\nfirst"), "..")

    match = re.search(r"<textarea[^>]*>(.*?)</textarea>", html, re.DOTALL)
    assert match
    assert match[1] == "\nfirst", "HTML drops the first line break, which is ours"


def test_the_picture_has_a_size_and_words() -> None:
    image = Tags(pages.waiting_page(VIEW, "..")).all("img")[0]

    assert image["src"] == f"../reviews/{TOKEN}/files/w1280.jpg"
    assert (image["width"], image["height"]) == ("1280", "800")
    assert image["alt"] == "The uploaded picture"


def test_a_page_without_a_preview_says_so_and_can_still_be_decided() -> None:
    bare = replace(VIEW, picture=None, variants=(), caption=None, flags=())
    html = pages.waiting_page(bare, "..")

    assert "There is no preview of this picture." in prose(html)
    assert "No rule is on record." in prose(html)
    assert Tags(html).all("img") == []
    assert 'value="approve"' in html


@pytest.mark.parametrize("seconds_left", [0, -5])
def test_when_the_time_is_up_the_page_says_so(seconds_left: int) -> None:
    text = prose(pages.waiting_page(replace(VIEW, seconds_left=seconds_left), ".."))

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
    html = pages.decided_page(replace(DECIDED, status=status, decision=decision), "..")
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
    html = pages.decided_page(
        replace(VIEW, status=status, reviewer="typed", reason="typed", note="typed"), ".."
    )
    text = prose(html)

    assert title(html).startswith(f"{badge}: ")
    assert "typed" not in text
    assert "None" not in text


def test_an_expired_page_says_that_nobody_decided() -> None:
    text = prose(pages.decided_page(EXPIRED, ".."))

    assert "Nobody decided in time. It was not published and will not be." in text


def test_every_status_that_can_end_a_review_has_words_of_its_own() -> None:
    known = {status for status, _ in pages.VERDICTS}

    assert known == {*statuses.OPEN, *statuses.ENDED}


def test_a_decided_page_cannot_decide() -> None:
    for desk in (None, DESK):
        html = pages.decided_page(DECIDED, "..", desk=desk)

        assert f"{TOKEN}/decision" not in html
        assert 'value="approve"' not in html


def test_a_problem_page_is_its_title_and_its_text() -> None:
    html = pages.problem_page("This link has expired", "Nobody decided in time.", ".")

    assert title(html) == "This link has expired"
    assert prose(html).endswith("This link has expired Nobody decided in time.")
    assert 'href="./assets/review.css"' in html


def test_a_message_link_asks_for_a_name_and_offers_nothing_of_the_queue() -> None:
    html = pages.waiting_page(VIEW, "..", reasons=REASONS)
    tags = Tags(html)

    assert "required" in tags.by_id("reviewer")
    assert len(tags.all("form")) == 1 + 1, "the decision, and the keys' own dialog"
    for absent in ("/open", "/skip", "/reopen", "/sign-out", 'rel="next"', "Signed in", ">Queue<"):
        assert absent not in html
    assert "reopen" not in pages.decided_page(DECIDED, "..")


def test_at_a_desk_no_name_is_asked_for_and_the_form_keeps_the_filter() -> None:
    tags = Tags(pages.waiting_page(VIEW, "..", desk=DESK))
    hidden = [field for field in tags.all("input") if field["type"] == "hidden"]

    assert "reviewer" not in {field["name"] for field in tags.all("input")}
    assert {(field["name"], field["value"]) for field in hidden} == {("rule", "keyword")}
    skip = next(button for button in tags.all("button") if "formaction" in button)
    assert skip["formaction"] == f"../reviews/{TOKEN}/skip"


def test_at_a_desk_the_page_says_what_was_just_done() -> None:
    for decision, word in (("approve", "Approved"), ("reject", "Rejected"), (None, "Skipped")):
        assert DESK.done
        desk = replace(DESK, done=replace(DESK.done, decision=decision))
        html = pages.waiting_page(VIEW, "..", desk=desk)

        assert f"{word} trip/before.jpg" in prose(html)
        assert 'class="done" role="status"' in html


def test_a_picture_that_somebody_has_open_can_be_taken_over() -> None:
    tags = Tags(pages.waiting_page(VIEW, "..", desk=HELD))
    form = next(form for form in tags.all("form") if form.get("class") == "notice")

    assert form["action"] == f"../reviews/{TOKEN}/open"
    assert "hidden" not in form
    assert {"type": "submit", "name": "take_over", "value": "1", "class": "button"} in tags.all(
        "button"
    )
    free = Tags(pages.waiting_page(VIEW, "..", desk=DESK))
    assert "hidden" in next(form for form in free.all("form") if form.get("class") == "notice")


def test_the_reasons_are_numbered_and_none_is_chosen_at_first() -> None:
    radios = [
        field
        for field in Tags(pages.waiting_page(VIEW, "..", reasons=REASONS)).all("input")
        if field.get("type") == "radio"
    ]

    assert [field["value"] for field in radios] == ["", *REASONS]
    assert [field["data-key"] for field in radios] == ["0", "1", "2", "3", "4", "5"]
    assert [field["value"] for field in radios if "checked" in field] == [""]


def test_a_refused_form_keeps_its_reason() -> None:
    view = replace(VIEW, reason="Violence")
    fields = Tags(pages.waiting_page(view, "..", reasons=REASONS, error="No.")).all("input")

    assert [field["value"] for field in fields if "checked" in field] == ["Violence"]


def test_the_rejected_picture_that_it_resembles_stands_beside_it() -> None:
    html = pages.waiting_page(RESEMBLING, "..")

    assert "trip/harbour.jpg Rejected by Bo Lind on 2 October 2025, 08:00 UTC" in prose(html)
    assert "Personal data Faces in front." in prose(html)
    assert RESEMBLING.resembled
    assert f'src="../{RESEMBLING.resembled.preview}"' in html
    assert f'href="../{RESEMBLING.resembled.href}"' in html


def test_a_decided_page_shows_the_trail_in_words() -> None:
    text = prose(pages.decided_page(DECIDED, ".."))

    assert "Review requested 20 November 2025, 06:04 UTC Reminder sent" in text
    assert "Opened by Ana Ruiz 21 November 2025, 10:14 UTC" in text
    assert "Approved by Ana Ruiz Only the word. 21 November 2025, 10:15 UTC" in text


def test_only_the_newest_of_a_long_trail_show() -> None:
    long = tuple(
        TrailLine("opened", VIEW.deadline_at, f"r{number}", None, None, None)
        for number in range(30)
    )
    text = prose(pages.decided_page(replace(DECIDED, trail=long), ".."))

    assert "10 earlier entries are left out here." in text
    assert "r10" in text and "r29" in text and "r9 " not in text


@pytest.mark.parametrize("status", statuses.REOPENABLE)
def test_whoever_is_signed_in_can_reopen_what_was_decided(status: str) -> None:
    html = pages.decided_page(replace(DECIDED, status=status), "..", desk=DESK)
    forms = [form["action"] for form in Tags(html).all("form") if "action" in form]

    assert f"../reviews/{TOKEN}/reopen" in forms
    assert "withdraws at once what was published" in prose(html)


@pytest.mark.parametrize("status", [statuses.RETRACTED, statuses.PROCESSING, statuses.INVALID])
def test_what_cannot_be_reopened_has_no_button_for_it(status: str) -> None:
    assert "/reopen" not in pages.decided_page(replace(DECIDED, status=status), "..", desk=DESK)


def test_a_decided_page_tells_what_the_form_came_to() -> None:
    late = pages.decided_page(DECIDED, "..", notice="late")
    reopened = pages.decided_page(DECIDED, "..", desk=DESK, notice="reopened")

    assert "Somebody was first: what you decided does not count." in prose(late)
    assert "It is being reopened." in prose(reopened)
    assert "/reopen" not in reopened


def test_a_rejected_picture_shows_its_preview_and_the_reason() -> None:
    html = pages.decided_page(REJECTED, "..")

    assert f'src="../reviews/{TOKEN}/preview"' in html
    assert "Reason: Not ours to publish" in prose(html)


def test_the_queue_says_what_waits_since_when_and_for_how_long() -> None:
    text = prose(pages.queue_page(QUEUE, "."))

    for expected in (
        "trip/forbidden 0.jpg Word on the review list Waits 3 hours 30 minutes left",
        "trip/forbidden 1.jpg Word on the review list Low resolution"
        " Bo Lind has it open Waits 2 hours 6 days left",
        "2 pictures are left out here: a newer upload has taken their place.",
        "Next page: newer ones",
    ):
        assert expected in text, f"expected {expected!r} in: {text}"
    assert "Back to the oldest" not in text


def test_a_card_opens_its_picture_with_a_form_that_keeps_the_filter() -> None:
    tags = Tags(pages.queue_page(replace(QUEUE, rule="keyword"), "."))
    cards = [form for form in tags.all("form") if form.get("action", "").endswith("/open")]
    rules = [field["value"] for field in tags.all("input") if field.get("name") == "rule"]

    assert len(cards) == len(QUEUE.items)
    assert {form["method"] for form in cards} == {"post"}
    assert rules == ["keyword"] * len(cards)


def test_the_queue_filters_by_links_and_marks_the_one_that_holds() -> None:
    tags = Tags(pages.queue_page(replace(QUEUE, rule="low_resolution"), "."))
    current = [link["href"] for link in tags.all("a") if "aria-current" in link]

    assert current == ["./?rule=low_resolution"]
    assert "./" in [link["href"] for link in tags.all("a")]
    unlisted = pages.queue_page(replace(QUEUE, rule="moderation_label"), ".")
    assert "Moderation label" in prose(unlisted)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "Nothing waits."),
        ({"rule": "keyword"}, "Nothing waits under this rule."),
        ({"first": False}, "That was the last page."),
    ],
)
def test_an_empty_queue_says_why(change: dict[str, Any], expected: str) -> None:
    assert expected in prose(pages.queue_page(replace(EMPTY_QUEUE, **change), "."))


def test_a_picture_is_found_by_name_with_a_get() -> None:
    tags = Tags(pages.queue_page(QUEUE, "."))
    form = next(form for form in tags.all("form") if form.get("action") == "./find")

    assert form["method"] == "get"
    assert tags.by_id("image")["name"] == "image"


def test_the_sign_in_page_is_one_button_that_posts() -> None:
    html = pages.sign_in_page("Ana Ruiz", TOKEN, "..")

    assert Tags(html).one("form") == {"method": "post", "action": f"../sign-in/{TOKEN}"}
    assert "Sign in as Ana Ruiz" in prose(html)


def test_every_key_on_a_page_is_in_its_help() -> None:
    for html in (
        pages.waiting_page(VIEW, "..", reasons=REASONS, desk=DESK),
        pages.waiting_page(VIEW, ".."),
        pages.decided_page(DECIDED, "..", desk=DESK),
        pages.queue_page(QUEUE, "."),
    ):
        page, _, help = html.partition('<dialog id="help"')
        keys = {given["data-key"] for _, given in Tags(page).tags if "data-key" in given}

        for key in keys - set("1234"):  # "0 to 5" stands for them
            assert f"<kbd>{key}</kbd>" in help, key


@every_page
def test_text_from_outside_never_becomes_markup(page: Callable[[ReviewView], str]) -> None:
    shape = [tag for tag, _ in Tags(page(_filled_with("harmless"))).tags]

    html = page(_filled_with(EVIL))

    assert [tag for tag, _ in Tags(html).tags] == shape
    assert html.count("<script") == 1, "the page's own"
    assert "alert(1)" in prose(html), "the text itself is there, as text"


@every_page
def test_text_from_outside_cannot_turn_the_direction_of_the_page(
    page: Callable[[ReviewView], str],
) -> None:
    html = page(_filled_with(f"photo{DIRECTION}gpj.exe"))

    assert not set(DIRECTION) & set(html)
    assert "photo" + REPLACEMENT * 4 + "gpj.exe" in html


@pytest.mark.parametrize("decided", [False, True])
def test_the_direction_of_text_from_outside_stays_its_own(decided: bool) -> None:
    view = replace(DECIDED, caption="a caption", note="a note", reason="a reason")
    show = pages.decided_page if decided else pages.waiting_page
    html = show(view, "..", desk=replace(HELD, holder="a holder"))
    outside = [DECIDED.image, "a caption", *(detail for _, detail in DECIDED.flags)]
    outside += ["a note", "a reason", "Ana Ruiz"] if decided else []

    for text in outside:
        assert f"<bdi>{text}</bdi>" in html
    assert decided or "<bdi data-holder>a holder</bdi>" in html


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
@pytest.mark.parametrize("letter", ["&", "\U0001f600"])
@pytest.mark.parametrize("token", ["t" * 150, "t" * 1500], ids=["usual link", "longest link"])
def test_a_page_stays_under_50_kb_whatever_is_in_it(
    page: Callable[[ReviewView], str], token: str, letter: str
) -> None:
    view = _fullest(letter * 3000, token)

    size = len(page(view).encode("utf-8"))

    assert size < pages.MAX_PAGE_BYTES, f"expected under {pages.MAX_PAGE_BYTES} bytes, got {size}"


def test_a_page_of_usual_texts_is_not_cut_for_its_size() -> None:
    view = replace(
        VIEW,
        image="n" * 200,
        caption="c" * 1000,
        note="o" * 1000,
        flags=(("keyword", "d" * 200),) * 8,
        resembled=_resembled("r" * 100, TOKEN),
    )

    html = pages.waiting_page(view, "..", reasons=["w" * 60] * 9, desk=HELD)

    for text in ("n" * 200, "c" * 1000, "o" * 1000, "d" * 200, "r" * 100):
        assert text in html


def test_what_was_typed_comes_back_whole_however_large_the_page() -> None:
    note, reviewer = "&" * pages.MAX_NOTE, "&" * 100
    view = replace(_fullest("&" * 3000, "t" * 1500), note=note, reviewer=reviewer)
    html = pages.waiting_page(view, "..", error="No.")

    assert Tags(html).by_id("reviewer")["value"] == reviewer
    assert f"\n{note}" in Tags(html).text


def test_a_queue_card_keeps_to_its_budget() -> None:
    """What the queue counts on when it fills a page: see CARD_BYTES and CARD_TOKENS there."""
    token = "t" * 1400
    worst = replace(_queue(_filled_with("&" * 3000, token)), rules=(), done=None)
    empty = len(pages.queue_page(replace(worst, items=()), ".").encode())
    one = len(pages.queue_page(replace(worst, items=worst.items[:1]), ".").encode())
    two = len(pages.queue_page(replace(worst, items=worst.items[:2]), ".").encode())

    assert two - one <= CARD_BYTES + CARD_TOKENS * len(token)
    assert empty < pages.MAX_PAGE_BYTES - PAGE_BYTES - 1400 - 2000


def test_more_flags_than_fit_are_counted() -> None:
    text = prose(pages.waiting_page(replace(VIEW, flags=(("keyword", "a word"),) * 11), ".."))

    assert text.count("a word") == 8
    assert "And 3 more." in text


def test_as_many_variants_as_a_recipe_may_have_show_their_picture() -> None:
    variants = tuple(
        VariantLink(f"v{index}", "rendition", None, 320, 200, "t" * 200 + f"/files/v{index}.webp")
        for index in range(40)
    )
    html = pages.waiting_page(replace(VIEW, variants=variants), "..", reasons=REASONS, desk=HELD)

    assert len(Tags(html).all("img")) == 1 + 40


def test_the_end_of_a_long_name_stays_visible() -> None:
    text = prose(pages.waiting_page(replace(VIEW, image="folder/" + "n" * 1000 + ".jpg"), ".."))

    assert re.search(r"folder/n+…n+\.jpg", text)


@every_page
def test_every_reference_is_relative(page: Callable[[ReviewView], str]) -> None:
    for tag, attributes in Tags(page(DECIDED)).tags:
        for name in ("href", "src", "action", "formaction", "srcset"):
            value = attributes.get(name, "x")
            assert re.match(r"(?!/)[^:]*$", value), f"{tag} {name}={value}"


@pytest.mark.parametrize("root", [".", "..", "../.."])
def test_every_link_begins_at_the_base(root: str) -> None:
    for html in (
        pages.waiting_page(RESEMBLING, root, reasons=REASONS, desk=HELD),
        pages.decided_page(REJECTED, root, desk=DESK),
        pages.queue_page(QUEUE, root),
        pages.sign_in_page("Ana Ruiz", TOKEN, root),
        pages.problem_page("title", "text", root),
    ):
        for tag, attributes in Tags(html).tags:
            for name in ("href", "src", "action", "formaction", "srcset"):
                value = attributes.get(name, root + "/")
                # A fragment, and a page asked for again, stay where they are.
                assert value.startswith((root + "/", "#")) or value == "", f"{tag} {name}={value}"


@every_page
def test_nothing_on_a_page_is_against_its_content_security_policy(
    page: Callable[[ReviewView], str],
) -> None:
    tags = Tags(page(DECIDED))

    assert not {"style", "iframe", "base", "object"} & {tag for tag, _ in tags.tags}
    assert re.fullmatch(r"\.+/assets/review\.js", tags.one("script")["src"])
    assert "<script" in page(DECIDED).partition("</head>")[0], "before the first picture"
    assert not {"async", "defer"} & tags.one("script").keys(), "before the first picture"
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
    tags = Tags(pages.waiting_page(VIEW, "x"))
    links = [*(link["href"] for link in tags.all("link")), tags.one("script")["src"]]

    names = [link.removeprefix("x/assets/") for link in links]
    found = {name: pages.asset(name) for name in names}
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


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-3, "0 seconds"),
        (59.9, "59 seconds"),
        (61, "1 minute"),
        (7199, "1 hour"),
        (172_800, "2 days"),
    ],
)
def test_roughly_is_the_largest_unit(seconds: float, expected: str) -> None:
    assert words.roughly(seconds) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Ana Ruiz", "AR"), ("ana", "A"), ("Ann van Abbot", "AA"), ("(Bo) <b>", "BB"), ("…", "?")],
)
def test_initials_are_the_first_letters_of_the_first_and_the_last_word(
    name: str, expected: str
) -> None:
    assert words.initials(name) == expected


def test_every_event_of_the_trail_and_every_rule_has_words() -> None:
    assert set(trail.EVENTS) == {*words.EVENTS, trail.DECIDED}
    assert words.happening("decided", "reject") == "Rejected"
    assert words.happening("something_new", None) == "something_new"


def _resembled(text: str, token: str) -> Resembled:
    href = f"reviews/{token}"
    return Resembled(text, href, f"{href}/preview", text, VIEW.deadline_at, text, text)


def _desk(view: ReviewView) -> Desk:
    beside = f"reviews/{view.token}?rule=keyword"
    name = view.image
    return Desk(name, name, name, beside, beside, Done(name, f"reviews/{view.token}", "reject"))


def _queue(view: ReviewView) -> QueueView:
    """A page as full as the queue makes it."""
    token = view.token
    card = CARD_BYTES + CARD_TOKENS * len(token)
    name = view.image
    one = replace(item(0, token), image=name, flags=view.flags, holder=name)
    return QueueView(
        reviewer=name,
        items=(one,) * min(24, max(1, PAGE_BYTES // card)),
        rules=(name, "keyword"),
        rule=name,
        more=f"?after={token}",
        first=False,
        replaced=3,
        done=Done(name, f"reviews/{token}", None),
    )


def _filled_with(text: str, token: str = TOKEN) -> ReviewView:
    return replace(
        VIEW,
        image=text,
        version=text,
        status=statuses.IN_REVIEW,
        flags=(("keyword", text), (text, text)),
        caption=text,
        format=text,
        picture=PictureLink(f"reviews/{token}/files/w1280.jpg", 1280, 800, text),
        token=token,
        decision="reject",
        reviewer=text,
        decided_at=VIEW.deadline_at,
        reason=text,
        note=text,
        preview=f"reviews/{token}/preview",
        resembled=_resembled(text, token),
        trail=(TrailLine(text, VIEW.deadline_at, text, "reject", text, text),),
    )


def _fullest(text: str, token: str) -> ReviewView:
    """More of `text` than any page has room for."""
    variants = tuple(
        VariantLink(text, "filter", text, 16383, 16383, f"reviews/{token}/files/{index}.webp")
        for index in range(40)
    )
    return replace(
        _filled_with(text, token),
        flags=((text, text),) * 100,
        picture=PictureLink(f"reviews/{token}/files/w1920.webp", 16383, 16383, text),
        variants=variants,
        trail=(TrailLine(text, VIEW.deadline_at, text, None, text, text),) * 100,
    )
