"""A page with all pictures of a run, for people to look at: static HTML, no script, no server."""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2

from darkroom import statuses
from darkroom.keys import CONTENT_TYPES

TEMPLATES = Path(__file__).with_name("templates")

# What browsers draw; a HEIC original stays a link.
SHOWN = frozenset({"avif", "gif", "jpeg", "png", "webp"})
# The order in which a browser should try them; what is not here can only be the fallback.
MODERN = ("avif", "webp")
STATUS_ORDER = (*statuses.ENDED[:1], statuses.IN_REVIEW, statuses.PROCESSING, *statuses.ENDED[1:])


@dataclass(frozen=True)
class Picture:
    """`href` relative to the page or absolute, percent-encoded; sides in px, None where unknown."""

    href: str
    width: int | None
    height: int | None
    bytes: int
    format: str


@dataclass(frozen=True)
class File:
    format: str
    bytes: int
    href: str
    animated: bool = False


@dataclass(frozen=True)
class Variant:
    name: str
    kind: str
    filter: str | None
    width: int
    height: int
    files: Sequence[File]

    @property
    def preferred(self) -> Sequence[File]:
        """Of an animation the files that move: the published markup offers them before stills."""
        return [file for file in self.files if file.animated] or self.files

    @property
    def smallest(self) -> File:
        return min(self.preferred, key=lambda file: file.bytes)

    @property
    def sources(self) -> list[File]:
        found = [file for file in self.preferred if file.format in MODERN and file != self.fallback]
        return sorted(found, key=lambda file: MODERN.index(file.format))

    @property
    def fallback(self) -> File:
        """What every browser shows, or the last where a recipe makes modern formats only."""
        old = [file for file in self.files if file.format not in MODERN]
        return old[0] if old else self.files[-1]


@dataclass(frozen=True)
class Entry:
    """`flags` and `reason` as they stand in the record: {rule, detail} and {code, detail}.

    `version` is empty where there is none: in a preview.
    """

    image: str
    version: str
    status: str
    recipe: str
    original: Picture | None
    flags: Sequence[Mapping[str, str]] = ()
    reason: Mapping[str, str] | None = None
    review_link: str | None = None
    variants: Sequence[Variant] = ()

    @property
    def largest(self) -> Variant | None:
        """The rendition with the most pixels: what stands for the original on a large screen."""
        made = [variant for variant in self.variants if variant.files]
        renditions = [variant for variant in made if variant.kind == "rendition"]
        return max(renditions or made, key=lambda v: v.width * v.height, default=None)

    @property
    def is_tall(self) -> bool:
        return self.largest is not None and self.largest.height > self.largest.width

    @property
    def may_have_alpha(self) -> bool:
        formats = {file.format for variant in self.variants for file in variant.files}
        return "png" in formats or (self.original is not None and self.original.format == "png")


@dataclass(frozen=True)
class Totals:
    """`before` and `after` count the same pictures: those with an original and a rendition."""

    pictures: int
    by_status: Sequence[tuple[str, int]]
    compared: int
    before: int
    after: int
    files: int
    all_bytes: int


def totals(entries: Sequence[Entry]) -> Totals:
    found = Counter(entry.status for entry in entries)
    known = [status for status in STATUS_ORDER if status in found]
    others = sorted(set(found) - set(known))
    pairs = [
        (entry.original.bytes, entry.largest.smallest.bytes)
        for entry in entries
        if entry.original and entry.largest
    ]
    files = [file for entry in entries for v in entry.variants for file in v.files]
    return Totals(
        pictures=len(entries),
        by_status=[(status, found[status]) for status in (*known, *others)],
        compared=len(pairs),
        before=sum(before for before, _ in pairs),
        after=sum(after for _, after in pairs),
        files=len(files),
        all_bytes=sum(file.bytes for file in files),
    )


def size(count: int) -> str:
    """Bytes for people, in thousands: `987 B`, `12.3 kB`, `2.1 MB`."""
    if count < 1000:
        return f"{count} B"
    value, unit = (count / 1000, "kB") if count < 999_500 else (count / 1_000_000, "MB")
    return f"{value:.1f} {unit}" if value < 99.95 else f"{value:.0f} {unit}"


def change(count: int, before: int) -> str:
    """In percent, how much smaller (minus) or larger `count` is; savings are rounded down."""
    if before <= 0:
        return ""
    percent = (count - before) * 100 / before
    whole = math.ceil(percent)
    return f"{whole:+}%".replace("-", "\N{MINUS SIGN}") if whole else "0%"


def in_srcset(href: str) -> str:
    """A `srcset` is split at spaces and commas."""
    return href.replace(" ", "%20").replace(",", "%2C")


def in_words(status: str) -> str:
    return status.replace("_", " ").capitalize()


def sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) or not text else f"{text}."


def render(entries: Sequence[Entry], title: str) -> str:
    """The page; its pictures lie where the entries' hrefs say."""
    template = _environment().get_template("contact_sheet.html.j2")
    return template.render(entries=entries, title=title, totals=totals(entries))


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "size": size,
        "change": change,
        "in_srcset": in_srcset,
        "in_words": in_words,
        "sentence": sentence,
    }
    environment.globals |= {"content_types": CONTENT_TYPES, "shown": SHOWN}
    return environment
