"""The pages in a real browser, without the engine: keys, looks, what they ask the network for."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.browser.axe import violations
from tests.browser.site import PAGES, PICTURES, Site, serve

pytestmark = pytest.mark.browser

LOOKS = [path for path in PAGES if not path.startswith("/reviews/p")] + ["/reviews/p1"]
DESK, PHONE = (1280, 800), (390, 844)
ZOOMED = (640, 360)  # 1280 x 720 at 200 %
SIZES = ((320, 568), PHONE, ZOOMED, (768, 1024), DESK, (1920, 1080))


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as site:
        yield site


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser has to say against the page."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text))
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def ready(page: Page) -> None:
    """Wait until a key decides: the picture is there, and no double press can reach the page."""
    page.locator("html[data-ready]").wait_for(state="attached")


def is_form(request: Request) -> bool:
    return request.method == "POST" and request.resource_type == "document"


def visit(page: Page, site: Site, path: str) -> None:
    page.goto(site.base + path)
    ready(page)


def now_at(page: Page, site: Site, path: str) -> None:
    page.wait_for_url(site.base + path)
    ready(page)


# What every page keeps to.


@pytest.mark.parametrize("path", LOOKS)
def test_axe_finds_nothing_in_either_colour_scheme(page: Page, site: Site, path: str) -> None:
    visit(page, site, path)
    for width, height in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": height})

        assert violations(page) == []


def test_axe_finds_nothing_in_the_help_and_the_menu(page: Page, site: Site) -> None:
    visit(page, site, "/reviews/p1")
    page.locator(".me summary").click()
    assert violations(page) == []
    page.keyboard.press("?")
    assert violations(page) == []


@pytest.mark.parametrize("path", LOOKS)
def test_a_page_asks_for_nothing_but_its_pictures_its_style_and_its_script(
    page: Page, site: Site, complaints: list[str], path: str
) -> None:
    requests: list[tuple[str, str, str]] = []
    page.on("request", lambda one: requests.append((one.resource_type, one.method, one.url)))
    visit(page, site, path)
    page.wait_for_load_state("networkidle")
    lease = f"{site.base}{path}/open"

    others = [
        (kind, method, url)
        for kind, method, url in requests
        if kind not in ("document", "image", "stylesheet", "script")
        and not url.endswith("/assets/icon.svg")
    ]
    assert {urlsplit(url).netloc for _, _, url in requests} == {urlsplit(site.base).netloc}
    assert [one for one in others if one != ("fetch", "POST", lease)] == []
    assert complaints == []


@pytest.mark.parametrize("path", LOOKS)
def test_nothing_scrolls_sideways_and_no_button_is_cut_off(
    page: Page, site: Site, path: str
) -> None:
    visit(page, site, path)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})

        assert page.evaluate("document.documentElement.scrollWidth") <= width
        cut = page.evaluate(
            """width => [...document.querySelectorAll("a:not(.skip), button, summary, input")]
              .map(one => [one.outerHTML, one.getBoundingClientRect()])
              .filter(([, box]) => box.width && (box.left < 0 || box.right > width))
              .map(([html]) => html)""",
            width,
        )
        assert cut == [], f"{width} x {height}"
        for name in ("Approve", "Reject", "Skip"):
            button = page.get_by_role("button", name=name, exact=True)
            if button.count():
                expect(button).to_be_in_viewport(ratio=1)
                assert button.evaluate("one => one.scrollWidth <= one.clientWidth"), name


@pytest.mark.parametrize("path", ["/", "/reviews/p1", "/reviews/link", "/reviews/decided"])
def test_what_a_thumb_presses_is_large_enough(browser: Browser, site: Site, path: str) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    visit(page, site, path)
    small = [
        f"{one.inner_text()}: {box['width']} x {box['height']}"
        for one in page.locator(
            ":is(button, summary, nav a, .reasons label, input:not([type=radio]), textarea):visible"
        ).all()
        if (box := one.bounding_box()) and min(box["width"], box["height"]) < 44
    ]
    context.close()

    assert small == []


def test_the_first_stop_of_the_keyboard_leads_past_the_header(page: Page, site: Site) -> None:
    visit(page, site, "/reviews/p1")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the decision")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    expect(page.get_by_role("radio", name="No particular reason")).to_be_focused()


# Deciding.


def test_each_picture_takes_one_key_press(page: Page, site: Site) -> None:
    visit(page, site, "/reviews/p0")
    for number in range(PICTURES):
        page.keyboard.press("a")
        now_at(page, site, f"/reviews/p{number + 1}" if number + 1 < PICTURES else "/empty")

    assert site.decisions == [(f"p{number}", "approve") for number in range(PICTURES)]


def test_r_rejects_at_once_with_the_reason_of_its_digit(page: Page, site: Site) -> None:
    visit(page, site, "/reviews/p0")
    page.keyboard.press("3")
    expect(page.get_by_role("radio", name="Personal data")).to_be_checked()
    page.keyboard.press("r")
    now_at(page, site, "/reviews/p1")

    assert site.decisions == [("p0", "reject")]
    assert site.sent("decision")[0].form == {
        "decision": "reject",
        "reason": "Personal data",
        "note": "",
        "rule": "keyword",
    }


def test_s_skips_and_decides_nothing(page: Page, site: Site) -> None:
    visit(page, site, "/reviews/p0")
    page.keyboard.press("s")
    now_at(page, site, "/reviews/p1")

    assert [post.path for post in site.sent("skip")] == ["/reviews/p0/skip"]
    assert site.decisions == []


def test_j_k_and_q_walk_the_queue_and_send_no_form(page: Page, site: Site) -> None:
    visit(page, site, "/reviews/p1")
    for key, path in (("j", "/reviews/p2"), ("k", "/reviews/p1"), ("q", "/?rule=keyword")):
        page.keyboard.press(key)
        now_at(page, site, path)

    assert {post.path.rpartition("/")[2] for post in site.posts} == {"open"}
    assert site.sent("open") == []


@pytest.mark.parametrize("key", ["a", "r", "s"])
def test_while_a_form_is_on_its_way_no_other_is_sent(page: Page, site: Site, key: str) -> None:
    site.answers.clear()
    visit(page, site, "/reviews/p0")
    # Without this, it would be too soon after the first.
    page.evaluate(
        """for (const kind of ["keydown", "pointerdown"])
          addEventListener(kind, () => sessionStorage.clear(), true)"""
    )
    button = page.get_by_role("button", name="Approve").bounding_box()
    assert button
    with page.expect_request(is_form):
        page.keyboard.press(key)
    page.keyboard.press("a")
    page.mouse.click(button["x"] + 10, button["y"] + 10)
    site.answers.set()
    now_at(page, site, "/reviews/p1")

    assert len(site.sent("decision") + site.sent("skip")) == 1


def test_a_press_just_after_a_form_was_sent_does_not_reach_the_next_picture(
    page: Page, site: Site
) -> None:
    """What comes this soon was pressed twice: nobody has looked at the next picture yet."""
    visit(page, site, "/reviews/p1")
    page.evaluate(
        """for (const kind of ["keydown", "pointerdown"]) addEventListener(
          kind, () => sessionStorage.setItem("darkroom.sent", Date.now()), true)"""
    )
    for key in "ars":
        page.keyboard.press(key)
    page.get_by_role("button", name="Approve").click()
    page.get_by_label("Note").fill("a form that was on its way would be gone")
    assert [post for post in site.posts if "json" not in post.accept] == []

    visit(page, site, "/reviews/p1")
    page.keyboard.press("a")
    now_at(page, site, "/reviews/p2")


def test_a_double_press_and_a_double_click_decide_once(page: Page, site: Site) -> None:
    visit(page, site, "/reviews/p0")
    page.keyboard.press("a")
    page.keyboard.press("a")
    now_at(page, site, "/reviews/p1")
    page.get_by_role("button", name="Approve").dblclick()
    now_at(page, site, "/reviews/p2")

    assert site.decisions == [("p0", "approve"), ("p1", "approve")]


def test_a_key_that_is_held_decides_once_until_it_is_released(page: Page, site: Site) -> None:
    visit(page, site, "/reviews/p0")
    page.keyboard.down("a")
    now_at(page, site, "/reviews/p1")
    for _ in range(5):
        page.keyboard.down("a")  # what a held key sends
    assert site.decisions == [("p0", "approve")]
    page.keyboard.up("a")
    page.keyboard.press("a")
    now_at(page, site, "/reviews/p2")

    assert site.decisions == [("p0", "approve"), ("p1", "approve")]


def test_a_picture_that_is_still_loading_is_not_decided_by_a_key(page: Page, site: Site) -> None:
    site.pictures.clear()
    page.goto(f"{site.base}/reviews/p0", wait_until="domcontentloaded")
    page.keyboard.press("a")
    expect(page.get_by_text("The picture is still loading.")).to_be_visible()
    assert site.decisions == []

    site.pictures.set()
    ready(page)
    page.keyboard.press("a")
    now_at(page, site, "/reviews/p1")


def test_without_a_picture_keys_decide_too(page: Page, site: Site) -> None:
    visit(page, site, "/reviews/unseen")
    # It may have gone on before anybody waits for that.
    with page.expect_event("framenavigated"):
        page.keyboard.press("a")

    assert site.decisions == [("unseen", "approve")]


@pytest.mark.parametrize("modifier", ["Control", "Alt", "Meta", "Shift"])
def test_a_key_with_a_modifier_is_the_browsers(page: Page, site: Site, modifier: str) -> None:
    visit(page, site, "/reviews/p0")
    page.evaluate("addEventListener('keydown', event => event.preventDefault())")
    page.keyboard.press(f"{modifier}+a")
    page.keyboard.press("b")  # a press later, the first one would be on its way

    assert site.decisions == []
    assert page.url.endswith("/reviews/p0")


def test_no_key_does_anything_while_typing(page: Page, site: Site) -> None:
    visit(page, site, "/reviews/p0")
    note = page.get_by_label("Note")
    note.press_sequentially("arskjzbgq?1")

    expect(note).to_have_value("arskjzbgq?1")
    expect(page.locator("html")).not_to_have_class("blur")
    assert site.decisions == []
    note.press("Escape")
    page.keyboard.press("a")
    now_at(page, site, "/reviews/p1")
    assert site.sent("decision")[0].form["note"] == "arskjzbgq?1"


def test_keys_of_another_alphabet_are_those_of_their_place(page: Page, site: Site) -> None:
    visit(page, site, "/reviews/p0")
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown',"
        " {key: 'ф', code: 'KeyA', bubbles: true}))"
    )
    now_at(page, site, "/reviews/p1")

    assert site.decisions == [("p0", "approve")]


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_enter_in_a_field_decides_nothing(browser: Browser, site: Site, script: bool) -> None:
    context = browser.new_context(java_script_enabled=script)
    page = context.new_page()
    page.goto(f"{site.base}/reviews/link")
    page.get_by_label("Your name").fill("Ann")
    for field in (
        page.get_by_label("Your name"),
        page.get_by_role("radio", name="Violence"),
        page.get_by_role("radio", name="No particular reason"),
    ):
        field.press("Enter")
    page.get_by_label("Note").fill("a form that was on its way would be gone")
    assert site.posts == []
    assert page.url == f"{site.base}/reviews/link"
    page.get_by_role("button", name="Approve").click()
    page.wait_for_load_state()
    context.close()

    assert site.decisions == [("link", "approve")]


def test_while_the_help_is_open_other_keys_do_nothing(page: Page, site: Site) -> None:
    visit(page, site, "/reviews/p0")
    page.keyboard.press("?")
    help = page.get_by_role("dialog", name="Keys")
    expect(help).to_be_visible()
    for key in "arsjb":
        page.keyboard.press(key)
    expect(help).to_be_visible()
    expect(page.get_by_role("button", name="Blur", include_hidden=True)).to_have_attribute(
        "aria-pressed", "false"
    )
    page.keyboard.press("Escape")
    expect(help).to_be_hidden()
    page.keyboard.press("?")
    page.keyboard.press("?")
    expect(help).to_be_hidden()

    assert site.decisions == []
    assert page.url.endswith("/reviews/p0")


def test_keys_can_be_turned_off_and_stay_off(page: Page, site: Site) -> None:
    visit(page, site, "/reviews/p0")
    page.keyboard.press("?")
    page.get_by_role("button", name="Keys off").click()
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    visit(page, site, "/reviews/p1")
    page.keyboard.press("a")

    expect(page.locator("[aria-keyshortcuts]")).to_have_count(0)
    assert site.decisions == []
    assert page.url.endswith("/reviews/p1")


# A message link.


def test_a_message_link_sends_nothing_by_itself(page: Page, site: Site) -> None:
    page.clock.install()
    visit(page, site, "/reviews/link")
    page.clock.run_for(200_000)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    for key in "sjkqzbgzbg1?":
        page.keyboard.press(key)

    assert site.posts == []
    assert page.url.endswith("/reviews/link")


@pytest.mark.parametrize("key", ["a", "r"])
def test_a_message_link_decides_by_key_once_a_name_is_there(
    page: Page, site: Site, key: str
) -> None:
    visit(page, site, "/reviews/link")
    page.keyboard.press(key)
    name = page.get_by_label("Your name")
    expect(name).to_be_focused()
    expect(page.get_by_text("Type your name first.")).to_be_visible()
    assert site.posts == []

    name.fill("Ann")
    name.press("Escape")
    with page.expect_navigation():
        page.keyboard.press(key)
    assert site.sent("decision")[0].form["reviewer"] == "Ann"


# Looking.


@pytest.mark.parametrize("keys", ["b", "g", "bg"])
def test_blur_and_greyscale_are_remembered_on_every_page(page: Page, site: Site, keys: str) -> None:
    visit(page, site, "/reviews/p0")
    for key in keys:
        page.keyboard.press(key)
    for path in ("/reviews/p1", "/", "/reviews/decided", "/reviews/link"):
        visit(page, site, path)
        for name, key in (("Blur", "b"), ("Greyscale", "g")):
            expect(page.get_by_role("button", name=name)).to_have_attribute(
                "aria-pressed", str(key in keys).lower()
            )
        filters = page.evaluate("[...document.images].map(image => getComputedStyle(image).filter)")
        assert filters
        assert {("blur(" in one, "grayscale(1)" in one) for one in filters} == {
            ("b" in keys, "g" in keys)
        }, path
    for name in ("Blur", "Greyscale"):
        page.get_by_role("button", name=name).click()
    visit(page, site, "/reviews/p0")
    expect(page.get_by_role("button", name="Blur")).to_have_attribute(
        "aria-pressed", str("b" not in keys).lower()
    )


def test_a_blurred_picture_is_never_there_unblurred(page: Page, site: Site) -> None:
    visit(page, site, "/reviews/p0")
    page.keyboard.press("b")
    page.add_init_script(
        """new MutationObserver(() => {
          if (!document.images.length || window.first) return;
          window.first = [...document.documentElement.classList];
        }).observe(document, {childList: true, subtree: true});"""
    )
    visit(page, site, "/reviews/p1")

    assert "blur" in page.evaluate("window.first")


def test_zoom_shows_the_pictures_own_pixels_and_can_be_panned(page: Page, site: Site) -> None:
    page.set_viewport_size({"width": 1100, "height": 500})
    visit(page, site, "/reviews/p0")
    picture = page.locator(".frame img")

    def width() -> float:
        box = picture.bounding_box()
        assert box
        return box["width"]

    fitting = width()
    assert fitting < 1000
    page.keyboard.press("z")
    assert width() == 1280
    expect(page.get_by_role("button", name="Zoom")).to_have_attribute("aria-pressed", "true")

    frame = page.locator(".frame")
    before = frame.evaluate("frame => [frame.scrollLeft, frame.scrollTop]")
    page.mouse.move(300, 250)
    page.mouse.down()
    page.mouse.move(250, 220)
    page.mouse.up()
    assert frame.evaluate("frame => [frame.scrollLeft, frame.scrollTop]") == [
        before[0] + 50,
        before[1] + 30,
    ]
    assert width() == 1280, "a drag is no click"
    page.keyboard.press("ArrowLeft")
    assert frame.evaluate("frame => frame.scrollLeft") == before[0] + 50 - 120

    page.mouse.click(300, 250)
    assert width() == fitting
    page.mouse.click(300, 250)
    assert width() == 1280
    assert page.url.endswith("/reviews/p0")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1100


# The lease, and what changes by itself.


def test_a_desk_page_renews_its_lease_while_it_is_open(page: Page, site: Site) -> None:
    page.clock.install()
    with page.expect_response("**/open"):
        visit(page, site, "/reviews/p0")
    for _ in range(2):
        with page.expect_response("**/open"):
            page.clock.run_for(40_000)

    assert [(post.path, post.form) for post in site.posts] == [
        ("/reviews/p0/open", {"rule": "keyword"})
    ] * 3
    assert page.get_by_text("has it open").is_hidden()


def test_a_picture_that_somebody_else_has_open_can_be_taken_over(page: Page, site: Site) -> None:
    site.lease = (200, {"mine": False, "reviewer": "Bo <b>", "open": True})
    visit(page, site, "/reviews/p0")
    expect(page.get_by_text("Bo <b> has it open.")).to_be_visible()
    with page.expect_navigation():
        page.get_by_role("button", name="Take over").click()

    assert site.sent("open")[0].form == {"rule": "keyword", "take_over": "1"}


def test_a_picture_decided_elsewhere_says_so_and_is_not_decided_here(
    page: Page, site: Site
) -> None:
    site.lease = (200, {"mine": False, "reviewer": None, "open": False})
    visit(page, site, "/reviews/p0")
    expect(page.get_by_text("It was decided meanwhile.")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_be_disabled()
    page.keyboard.press("a")
    with page.expect_navigation():
        page.get_by_role("link", name="See what became of it").click()

    assert site.decisions == []


def test_whoever_is_signed_out_is_told(page: Page, site: Site) -> None:
    site.lease = (401, {})
    visit(page, site, "/reviews/p0")

    expect(page.get_by_text("You are signed out.")).to_be_visible()


def test_the_time_left_counts_down(page: Page, site: Site) -> None:
    page.clock.install()
    visit(page, site, "/reviews/link")
    expect(page.locator("[data-seconds]")).to_have_text("6 days 6 hours left")
    page.clock.run_for(61_000)
    expect(page.locator("[data-seconds]")).to_have_text("6 days 5 hours left")


def test_when_the_time_is_up_nobody_can_press_any_more(page: Page, site: Site) -> None:
    page.clock.install()
    page.goto(f"{site.base}/reviews/link")
    approve = page.get_by_role("button", name="Approve")
    expect(approve).to_be_enabled()

    page.clock.fast_forward(151 * 3600 * 1000)  # 6 days 6 hours, and one more

    expect(page.locator("[data-seconds]")).to_have_text("The time is up")
    expect(approve).to_be_disabled()
    expect(page.get_by_role("button", name="Reject")).to_be_disabled()


# The queue.


def test_j_and_k_walk_the_cards_and_enter_opens_one(page: Page, site: Site) -> None:
    visit(page, site, "/")
    cards = page.locator(".card")
    page.keyboard.press("j")
    expect(cards.nth(0)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(cards.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    now_at(page, site, "/reviews/p1")

    assert [post.path for post in site.sent("open")] == ["/reviews/p1/open"]


# Without the script.


def test_everything_works_without_the_script(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.base}/reviews/p0")
    for name in ("Zoom", "Blur", "Greyscale", "Keys"):
        expect(page.get_by_role("button", name=name)).to_be_hidden()
    page.get_by_role("radio", name="Violence").check(force=True)
    page.get_by_role("button", name="Reject").click()
    page.wait_for_url("**/reviews/p1")
    page.get_by_role("button", name="Skip").click()
    page.wait_for_url("**/reviews/p2")
    page.get_by_role("link", name="Previous").click()
    page.wait_for_url("**/reviews/p1")
    page.get_by_role("link", name="Queue").click()
    page.wait_for_url("**/?rule=keyword")
    page.locator(".card").nth(2).click()
    page.wait_for_url("**/reviews/p2")
    page.goto(f"{site.base}/reviews/decided")
    page.get_by_role("textbox", name="Why").fill("a mistake")
    page.get_by_role("button", name="Reopen").click()
    context.close()

    assert [post.path.rpartition("/")[2] for post in site.posts] == [
        "decision",
        "skip",
        "open",
        "reopen",
    ]
    assert site.posts[0].form["reason"] == "Violence"
    assert site.posts[3].form == {"reason": "a mistake"}
