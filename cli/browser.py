"""Showing a page to whoever sits there."""

from __future__ import annotations

import os
import sys
import webbrowser
from pathlib import Path

import click
from rich.text import Text

from cli.options import console

no_open_option = click.option(
    "--no-open", is_flag=True, help="Do not open it in a browser; its address is printed anyway."
)


def show(page: Path, title: str, opens: bool) -> None:
    """Print the page's address and, where `opens`, have a browser show it if there is one."""
    console.print(f"[bold]{title}[/]", Text(page.as_uri()), soft_wrap=True)
    if opens and has_screen():
        try:
            webbrowser.open(page.as_uri())
        except (webbrowser.Error, OSError):
            return


def has_screen() -> bool:
    """Elsewhere Python would take a browser that runs in the terminal, and wait for its end."""
    if "BROWSER" in os.environ or sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
