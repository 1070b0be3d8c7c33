"""What axe-core finds wrong with a page, in both colour schemes."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SCHEMES = ("light", "dark")


def violations(page: Page) -> list[str]:
    """One line each; none where all is well. The page is as it was afterwards, but in light.

    axe runs inside the page, past its content security policy, and asks the network for nothing.
    """
    found = []
    for scheme in SCHEMES[::-1]:
        page.emulate_media(color_scheme=scheme)
        answer = Axe().run(page).response
        found += [
            f"{scheme}: {one['id']}, {one['help']}: {node['target']} {node['failureSummary']}"
            for one in answer["violations"]
            for node in one["nodes"]
        ]
    return found
