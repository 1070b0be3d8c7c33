"""The pictures in docs/review.md and of examples/site: pages with the samples, in a real browser.

python -m bench.screenshots [FOLDER]
"""

from __future__ import annotations

import io
import json
import shutil
import sys
import tempfile
import threading
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from cli import engine as engines
from cli import records, reviewers
from cli.deployment import STACK, deploy, outputs
from cli.progress import wait_until
from cli.stack import Stack, local_session
from cli.uploads import upload
from darkroom import statuses
from darkroom.moments import now, stamp
from examples.site.__main__ import server

PROJECT = Path(__file__).parents[1]
FOLDER = PROJECT / "docs/images"
SAMPLES = PROJECT / "samples"
DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
WIDE: ViewportSize = {"width": 1600, "height": 2000}
WAIT_SECONDS = 120

# Sample and the name it is uploaded under: each waits, for one reason or another.
PICTURES = {
    "sea-glitter.jpg": "trip/forbidden cove.jpg",
    "forbidden-harbour.jpg": "trip/forbidden-harbour.jpg",
    "dusk-mountains.jpg": "trip/forbidden ridge.jpg",
    "city-rain.jpg": "press/forbidden crossing.jpg",
    "forest-path.jpg": "trip/forbidden path.jpg",
    "still-life.jpg": "shop/forbidden fruit.jpg",
    "upside-down.jpg": "inbox/IMG_2041 forbidden.jpg",
}
AGAIN = ("forbidden-harbour.jpg", "inbox/harbour, smaller.jpg")


def main(folder: Path) -> None:
    """Start an engine of our own, let pictures wait on it, and take the screenshots."""
    (folder / "review").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        engine = engines.start(Path(home))
        try:
            deploy(engine, Path(home), {})
            session = local_session()
            found = outputs(session, engine.endpoint, STACK)
            stack = Stack(STACK, session, engine.endpoint, found)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=shutil.which("chromium"), args=["--no-sandbox"]
                )
                take(stack, browser, folder / "review")
                take_site(stack, browser, folder / "site.webp")
        finally:
            engines.stop(Path(home))


def take(stack: Stack, browser: Browser, folder: Path) -> None:
    for sample, image in PICTURES.items():
        upload(stack, SAMPLES / sample, image)
        wait(stack, image, statuses.IN_REVIEW)  # one after the other, for the order in the queue
    link, _ = reviewers.add(stack, "Ann Approver", stamp(now()))
    page = signed_in(browser, link, DESK, "light")
    open_picture(page, "trip/forbidden-harbour.jpg")
    page.get_by_label("Copyright").check()
    page.get_by_label("Note").fill("The photographer wrote to us.")
    page.get_by_role("button", name="Reject").click()
    wait(stack, "trip/forbidden-harbour.jpg", statuses.REJECTED)
    upload(stack, smaller(SAMPLES / AGAIN[0]), AGAIN[1])
    wait(stack, AGAIN[1], statuses.IN_REVIEW)

    page.goto(f"{stack.outputs['ReviewUrl']}")
    shoot(page, folder / "queue.webp")
    open_picture(page, AGAIN[1])
    shoot(page, folder / "page.webp")
    page.goto(f"{stack.outputs['ReviewUrl']}find?image=trip/forbidden-harbour.jpg")
    shoot(page, folder / "decided.webp")
    dark = signed_in(browser, link, DESK, "dark")
    open_picture(dark, "trip/forbidden cove.jpg")
    shoot(dark, folder / "dark.webp")
    phone = signed_in(browser, link, PHONE, "light")
    open_picture(phone, "trip/forbidden ridge.jpg")
    shoot(phone, folder / "phone.webp")


def take_site(stack: Stack, browser: Browser, path: Path) -> None:
    """The example page with the pictures of the demo."""
    images = [f"samples/{name}" for name, end in expected().items() if end == statuses.PUBLISHED]
    for image in images:
        upload(stack, PROJECT / image, image)
    for image in images:
        wait(stack, image, statuses.PUBLISHED)
    serving = server(stack, 0)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    try:
        page = browser.new_context(viewport=WIDE, reduced_motion="reduce").new_page()
        page.goto(f"http://127.0.0.1:{serving.server_port}/")
        page.wait_for_selector(".shown")
        shoot(page, path)
    finally:
        serving.shutdown()
        serving.server_close()


def expected() -> dict[str, str]:
    found: dict[str, str] = json.loads((SAMPLES / "expected.json").read_text())
    return found


def wait(stack: Stack, image: str, status: str) -> None:
    def reached() -> bool | None:
        record = records.newest(stack, image)
        return True if record and record["status"] == status else None

    if not wait_until(reached, WAIT_SECONDS):
        raise SystemExit(f"expected {image} to be {status}, got {records.newest(stack, image)}")


def smaller(path: Path) -> Path:
    """The same picture at half its size, saved anew: as it comes back."""
    with Image.open(path) as image:
        half = image.resize((image.width // 2, image.height // 2))
    copy = Path(tempfile.mkdtemp()) / path.name
    half.save(copy, quality=70)
    return copy


def signed_in(
    browser: Browser, link: str, size: ViewportSize, scheme: Literal["light", "dark"]
) -> Page:
    context = browser.new_context(viewport=size, color_scheme=scheme, device_scale_factor=1)
    page = context.new_page()
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    return page


def open_picture(page: Page, image: str) -> None:
    page.locator(".card", has_text=image).click()
    page.wait_for_selector("html[data-ready]", state="attached")


def shoot(page: Page, path: Path) -> None:
    page.wait_for_load_state("networkidle")
    with Image.open(io.BytesIO(page.screenshot())) as picture:
        picture.convert("RGB").save(path, quality=80, method=6)
    print(f"{path.name}  {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
