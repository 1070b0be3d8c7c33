"""The contact sheet in README.md: what `darkroom demo` shows of the samples, in a real browser.

python -m bench.sheet [FILE.jpg]
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import ViewportSize, sync_playwright

from cli import engine as engines
from cli.deployment import beside_python

PROJECT = Path(__file__).parents[1]
SHEET = PROJECT / "docs/images/contact-sheet.jpg"
SIZE: ViewportSize = {"width": 1320, "height": 1150}


def main(file: Path) -> None:
    """Run the demo on an engine of our own, and take the top of its page."""
    with tempfile.TemporaryDirectory() as home:
        try:
            subprocess.run(
                [beside_python("darkroom"), "demo"],
                env=os.environ | {"DARKROOM_HOME": home},
                check=True,
            )
            picture = shot(Path(home).resolve() / "demo" / "index.html")
        finally:
            engines.stop(Path(home).resolve())
    picture.save(file, quality=80, optimize=True)
    print(f"{file.name}  {file.stat().st_size:,} bytes")


def shot(page: Path) -> Image.Image:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        tab = browser.new_page(viewport=SIZE)
        tab.goto(page.as_uri(), wait_until="networkidle")
        return Image.open(io.BytesIO(tab.screenshot())).convert("RGB")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else SHEET)
