"""Names of people, and the reasons that they give."""

from __future__ import annotations

import getpass
import unicodedata

from cli.errors import CommandError
from darkroom.reviewers import MAX_NAME, MAX_REASON
from darkroom.text import line


def name_of_reviewer(text: str) -> str:
    """`text` as a reviewer's name: one line of 1 to 100 characters, white space as single blanks.

    Composed (NFC), so that a name is the same from every keyboard. Raises CommandError.
    """
    return _one_line("the name", unicodedata.normalize("NFC", text), MAX_NAME)


def reason_of(text: str) -> str:
    """A reason on one line of 1 to 200 characters. Raises CommandError."""
    return _one_line("the reason", text, MAX_REASON)


def login_name() -> str:
    """Who sits at this machine. Raises CommandError where it does not know."""
    try:
        return name_of_reviewer(getpass.getuser())
    except (KeyError, OSError, ImportError) as error:  # what it raises differs by version
        raise CommandError("This machine does not say who you are.", "Pass --as NAME.") from error


def _one_line(what: str, text: str, limit: int) -> str:
    if len(text.strip().splitlines()) > 1:
        raise CommandError(f"Expected one line for {what}, got {text!r}.")
    words = " ".join(text.split())
    if line(words, len(words)) != words:
        raise CommandError(f"Expected {what} without control characters, got {words!r}.")
    if not words:
        raise CommandError(f"Expected 1 to {limit} characters for {what}, got none.")
    if len(words) > limit:
        raise CommandError(f"Expected 1 to {limit} characters for {what}, got {len(words)}.")
    return words
