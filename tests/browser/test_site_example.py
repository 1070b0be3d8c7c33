"""examples/site in a real browser, over pictures that the pipeline made."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from cli.engine import Engine
from darkroom import statuses
from examples.site.__main__ import listing, server
from tests.browser.axe import violations
from tests.conftest import Darkroom, deployed
from tests.pictures import jpeg

pytestmark = [pytest.mark.engine, pytest.mark.browser]

PROJECT = Path(__file__).parents[2]
# By name, so that the first, which goes across the page, is the one with 1920 px.
FIRST, SECOND, TALL, LOGO = (
    *("samples/dusk-mountains.jpg", "samples/sea-glitter.jpg", "samples/tall.jpg"),
    "samples/wide-logo.png",
)
HOSTILE = (
    "//evil.example/etc/site.jpg",
    "site/\"' x-evil=1></title><x-evil onclick=alert(1)><script>alert(2)</script>{{7*7}}.jpg",
    "site/a?b=c&d#e;f:g@h*i+j,k l\\m 100%2F(1)'!~$.jpg",
    'site/"), url("https://evil.example/x',
    "site/\U0001f469\u200d\U0001f467 e\u0301\u00e9 \x07.jpg",
    "site/manifest.json",
)


@contextmanager
def served(darkroom: Darkroom) -> Iterator[str]:
    serving = server(darkroom.stack, 0)
    thread = threading.Thread(target=serving.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{serving.server_port}/"
    finally:
        serving.shutdown()
        serving.server_close()
        thread.join()


@pytest.fixture(scope="module")
def gallery(engine: Engine, engine_home: Path) -> Darkroom:
    """A stack whose table holds only what is shown here, and one that nobody may see yet."""
    darkroom = deployed(engine, engine_home, "gallery")
    for name, file in {FIRST: FIRST, SECOND: SECOND, LOGO: "samples/logo.png"}.items():
        darkroom.upload(name, (PROJECT / file).read_bytes())
    darkroom.upload(TALL, jpeg("tall", (700, 1400)))
    darkroom.upload("samples/a forbidden one.jpg", jpeg("waits", (80, 64)))
    for name in (FIRST, SECOND, TALL, LOGO):
        darkroom.wait(name, statuses.PUBLISHED)
    darkroom.wait("samples/a forbidden one.jpg", statuses.IN_REVIEW)
    return darkroom


@pytest.fixture(scope="module")
def site(gallery: Darkroom) -> Iterator[str]:
    with served(gallery) as address:
        yield address


@pytest.fixture(scope="module")
def hostile(darkroom: Darkroom) -> Iterator[str]:
    for name in HOSTILE:
        darkroom.upload(name, jpeg(name, (120, 80)))
    for name in HOSTILE:
        darkroom.wait(name, statuses.PUBLISHED)
    with served(darkroom) as address:
        yield address


@contextmanager
def visitor(browser: Browser, width: int, scale: float = 1, **more: Any) -> Iterator[Page]:
    size = {"width": width, "height": 900}
    context: BrowserContext = browser.new_context(viewport=size, device_scale_factor=scale, **more)
    try:
        yield context.new_page()
    finally:
        context.close()


def open_site(page: Page, site: str) -> None:
    """Scrolled through, so that lazy pictures have come as well."""
    page.goto(site)
    page.wait_for_selector("article")
    for card in page.locator("article").all():
        card.scroll_into_view_if_needed()
    all_shown(page)
    page.evaluate("Promise.all([...document.images].map(one => one.decode()))")


def all_shown(page: Page) -> None:
    """By selectors: the page's security policy lets nobody poll with a function."""
    page.wait_for_selector(".frame:not(.shown)", state="detached")


def chosen(page: Page) -> dict[str, str]:
    """The file that each card shows, by the card's heading."""
    return {
        card.locator("h2").inner_text(): unquote(
            card.locator(".frame img").evaluate("image => image.currentSrc")
        ).rpartition("/")[2]
        for card in page.locator("article").all()
    }


# ── What the browser chooses ─────────────────────────────────────────────────────────────────────

# The card's width at a viewport's, times the scale, and the narrowest rendition that fills it:
# 368, 768 and 1568 px for the first; 368, 376 and 512 px for the others.
CASES = [
    (400, 1, "w640", "w640"),
    (800, 1, "w1280", "w640"),
    (1600, 1, "w1920", "w640"),
    (400, 2, "w1280", "w1280"),
    (800, 2, "w1920", "w1280"),
    (1600, 2, "w1920", "w1280"),
]


@pytest.mark.parametrize(("width", "scale", "first", "second"), CASES)
def test_the_browser_takes_the_width_and_the_format_that_suit_it(
    browser: Browser, site: str, width: int, scale: int, first: str, second: str
) -> None:
    with visitor(browser, width, scale) as page:
        open_site(page, site)
        shown = chosen(page)
        assert shown["dusk-mountains.jpg"] == f"{first}.avif"
        assert shown["sea-glitter.jpg"] == f"{second}.avif"
        said = page.locator("article").first.locator(".chosen").inner_text()
        assert said.startswith(first.removeprefix("w")) and "AVIF" in said


@pytest.mark.parametrize(
    ("lacking", "extension"), [(["avif"], "webp"), (["avif", "webp"], "jpg")], ids=str
)
@pytest.mark.parametrize(("width", "scale", "first", "second"), CASES[:3])
def test_a_browser_without_a_format_takes_the_next(
    browser: Browser,
    site: str,
    lacking: list[str],
    extension: str,
    width: int,
    scale: int,
    first: str,
    second: str,
) -> None:
    """Chromium's own switch, as in its developer tools ("Disable AVIF image format")."""
    with visitor(browser, width, scale) as page:
        session = page.context.new_cdp_session(page)
        session.send("Emulation.setDisabledImageTypes", {"imageTypes": lacking})
        requested: list[str] = []
        page.on("request", lambda request: requested.append(request.url))
        open_site(page, site)
        shown = chosen(page)
        assert shown["dusk-mountains.jpg"] == f"{first}.{extension}"
        assert shown["sea-glitter.jpg"] == f"{second}.{extension}"
        assert not [url for url in requested if url.endswith(tuple(f".{one}" for one in lacking))]


@pytest.mark.parametrize("width", [400, 800, 1600])
def test_sizes_says_how_wide_the_picture_is(browser: Browser, site: str, width: int) -> None:
    with visitor(browser, width) as page:
        open_site(page, site)
        for image in page.locator(".frame img").all():
            sizes = image.get_attribute("sizes")
            said = page.evaluate(
                # What the browser makes of it: a pixel that is said to be 1 px wide of so many.
                """async ([sizes, pixel]) => {
                    const probe = new Image();
                    probe.sizes = sizes;
                    probe.srcset = `${pixel} 1w`;
                    await probe.decode();
                    return probe.naturalWidth;
                }""",
                [sizes, PIXEL],
            )
            shown = image.evaluate("one => one.getBoundingClientRect().width")
            assert abs(said - shown) <= 1, (sizes, said, shown)


PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


# ── While it comes ───────────────────────────────────────────────────────────────────────────────

SHIFTS = """
window.shifts = [];
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) {
    window.shifts.push([entry.value, entry.sources.map(one => one.node && one.node.className)]);
  }
}).observe({type: "layout-shift", buffered: true});
"""


def test_the_placeholder_is_seen_first_and_nothing_moves_when_the_picture_comes(
    browser: Browser, site: str
) -> None:
    with visitor(browser, 800) as page:
        page.add_init_script(SHIFTS)
        held: list[Any] = []
        hold = True
        page.route("**/*.avif", lambda one: held.append(one) if hold else one.continue_())
        page.goto(site)
        page.wait_for_selector("article .placeholder")
        frame = page.locator(".frame").first
        placeholder = frame.locator(".placeholder")
        assert placeholder.evaluate("one => getComputedStyle(one).opacity") == "1"
        image = placeholder.evaluate("one => getComputedStyle(one).backgroundImage")
        assert image.startswith('url("data:image/')
        assert frame.locator("img").evaluate("one => getComputedStyle(one).opacity") == "0"
        before = boxes(page)
        assert before[0][2:] == (768, 480)  # 8 : 5, as the picture

        hold = False
        for route in held:
            route.continue_()
        page.wait_for_selector(".frame.shown")
        for card in page.locator("article").all():
            card.scroll_into_view_if_needed()
        all_shown(page)
        page.evaluate("Promise.all(document.getAnimations().map(one => one.finished))")
        assert placeholder.evaluate("one => getComputedStyle(one).opacity") == "0"
        page.evaluate("scrollTo(0, 0)")
        assert boxes(page) == before
        assert page.evaluate("window.shifts") == []


def boxes(page: Page) -> list[tuple[int, ...]]:
    """Where each picture stands, in whole px: a rendition's sides are rounded, and so its shape."""
    found = [frame.bounding_box() or {} for frame in page.locator(".frame").all()]
    return [tuple(round(box[side]) for side in ("x", "y", "width", "height")) for box in found]


@pytest.mark.parametrize(("motion", "seconds"), [("no-preference", "0.4s"), ("reduce", "0s")])
def test_nothing_fades_for_who_asked_for_less_motion(
    browser: Browser, site: str, motion: Any, seconds: str
) -> None:
    with visitor(browser, 800, reduced_motion=motion) as page:
        open_site(page, site)
        found = page.evaluate(
            """[...document.querySelectorAll('.placeholder, .frame img')].map(
                one => getComputedStyle(one).transitionDuration)"""
        )
        assert set(found) == {seconds}


# ── The page ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("width", [320, 400, 800, 1600])
def test_the_page_fits_and_axe_finds_nothing(browser: Browser, site: str, width: int) -> None:
    with visitor(browser, width) as page:
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        open_site(page, site)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(page) == []
        assert said == []


def test_what_is_published_is_listed_and_nothing_else(gallery: Darkroom, site: str) -> None:
    found = listing(gallery.stack, "https://d111111abcdef8.cloudfront.net/")
    assert [image["manifest"] for image in found["images"]] == [
        f"./{name}/manifest.json" for name in (FIRST, SECOND, TALL, LOGO)
    ]
    captioned = {image["name"]: bool(image["alt"]) for image in found["images"]}
    assert captioned == {
        **{"dusk-mountains.jpg": True, "sea-glitter.jpg": True},
        **{"tall.jpg": False, "wide-logo.png": False},
    }


def test_every_caption_is_of_a_sample() -> None:
    captions = json.loads((PROJECT / "examples/site/captions.json").read_text())
    expected = json.loads((PROJECT / "samples/expected.json").read_text())
    shown = {f"samples/{name}" for name, status in expected.items() if status != "INVALID"}
    assert set(captions) == shown
    assert all(captions.values())


def test_filters_stand_in_a_row_below_their_picture(browser: Browser, site: str) -> None:
    with visitor(browser, 800) as page:
        open_site(page, site)
        row = page.locator("article").first.locator(".filters li")
        assert row.all_inner_texts() == ["noir", "vintage"]
        tops = {one.evaluate("one => one.getBoundingClientRect().top") for one in row.all()}
        assert len(tops) == 1
        for image in row.locator("img").all():
            assert image.evaluate("one => one.currentSrc").endswith(".avif")
        alts = [image.get_attribute("alt") or "" for image in row.locator("img").all()]
        assert [alt.rpartition(" ")[2] for alt in alts] == ["(grayscale)", "(sepia)"]


def test_one_that_was_taken_down_since_is_left_out(browser: Browser, site: str) -> None:
    with visitor(browser, 800) as page:
        page.route("**/sea-glitter.jpg/manifest.json", lambda route: route.fulfill(status=403))
        page.goto(site)
        page.wait_for_selector("article")
        assert "sea-glitter.jpg" not in page.locator("h2").all_inner_texts()
        assert page.locator("#state").inner_text() == "3 pictures"


def test_whatever_a_picture_is_called_it_is_shown_under_its_name(
    browser: Browser, hostile: str
) -> None:
    with visitor(browser, 800) as page:
        problems: list[str] = []
        page.on("dialog", lambda dialog: (problems.append(dialog.message), dialog.dismiss()))
        # Of a picture that another test took down there is no manifest, which the console tells.
        page.on(
            "console",
            lambda message: problems.append(message.text) if "403" not in message.text else None,
        )
        requested: list[str] = []
        page.on("request", lambda request: requested.append(request.url))
        missed: list[str] = []
        page.on(
            "response",
            lambda response: (
                missed.append(unquote(response.url)) if response.status > 399 else None
            ),
        )
        open_site(page, hostile)
        headings = page.locator("h2").evaluate_all("all => all.map(one => one.textContent)")
        assert {name.rpartition("/")[2] for name in HOSTILE} <= set(headings)
        assert page.locator("x-evil, main script, iframe").count() == 0
        # `address` in site.js spells keys as the markup does, so each finds its own file.
        assert "" not in page.locator(".chosen").all_inner_texts()
        hosts = {urlsplit(url).netloc for url in requested if not url.startswith("data:")}
        assert hosts == {urlsplit(hostile).netloc}
        assert problems == []
        assert [url for url in missed if any(name in url for name in HOSTILE)] == []


def test_the_list_for_aws_wants_a_stack_with_cloudfront(
    darkroom: Darkroom, engine_home: Path
) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "examples.site", "--list"],
        cwd=PROJECT,
        env={"DARKROOM_HOME": str(engine_home), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert answer.stderr.startswith("Error: The stack 'darkroom' has no output DeliveryUrl")
