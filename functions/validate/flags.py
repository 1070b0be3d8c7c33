"""Why a human should look at a picture before it is published: rules, each with its threshold."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from darkroom.likeness import BITS, Rejected
from validate.likeness import distance

MAX_FLAGS = 20
MAX_DETAIL = 200  # characters
MAX_NAMED = 100  # characters of somebody else's text within a detail


@dataclass(frozen=True)
class Resembled:
    """The rejected picture that a new one is like."""

    image: str
    version: str


@dataclass(frozen=True)
class Flag:
    """`detail` may hold anything that a file name or a keyword holds: escape it where shown."""

    rule: str
    detail: str
    resembles: Resembled | None = None


@dataclass(frozen=True)
class Thresholds:
    """`low_resolution_px` and `extreme_aspect_ratio` are off at 0, `resembles_rejected_bits`
    below 0."""

    keywords: tuple[str, ...]
    low_resolution_px: int
    extreme_aspect_ratio: float
    resembles_rejected_bits: int


@dataclass(frozen=True)
class Subject:
    """What the rules look at. `width` x `height`: px, upright. `likeness`: the picture's
    perceptual hash, None where it has none. `rejected`: pictures that may be like it."""

    image: str
    captions: Sequence[str]
    width: int
    height: int
    likeness: str | None
    rejected: Sequence[Rejected]


def find_flags(subject: Subject, thresholds: Thresholds) -> list[Flag]:
    """What speaks against publishing unseen, in the order of RULES, at most MAX_FLAGS."""
    found = (flag for find in RULES.values() for flag in find(subject, thresholds))
    return list(islice(found, MAX_FLAGS))


def reopened_flag(by: str, reason: str) -> Flag:
    """Why a picture is looked at again whatever the rules say; `reason` may be empty."""
    told = f"reopened by {_shorten(by, MAX_NAMED)}" + (f": {reason}" if reason else "")
    return Flag("reopened", _shorten(told, MAX_DETAIL))


def _keyword(subject: Subject, thresholds: Thresholds) -> Iterator[Flag]:
    places = (
        ("the file name", [_plain(subject.image.rpartition("/")[2])]),
        ("its caption", [_plain(caption) for caption in subject.captions]),
    )
    for keyword in thresholds.keywords:
        pattern = _whole_words(keyword)
        if pattern is None:
            continue
        found = [f"in {place}" for place, texts in places if any(map(pattern.search, texts))]
        if found:
            word = _shorten(keyword.strip(), MAX_NAMED)
            yield Flag("keyword", f'the word "{word}" is {" and ".join(found)}')


def _whole_words(keyword: str) -> re.Pattern[str] | None:
    """Matches plain text. Words of a phrase may stand apart by anything but letters and digits;
    a letter beside the keyword makes it another word, a digit only where the keyword has one."""
    words = re.findall(r"[^\W_]+", _plain(keyword))
    if not words:
        return None
    before = r"(?<![^\W_])" if words[0][0].isdigit() else r"(?<![^\W\d_])"
    after = r"(?![^\W_])" if words[-1][-1].isdigit() else r"(?![^\W\d_])"
    return re.compile(before + r"[\W_]+".join(map(re.escape, words)) + after)


def _plain(text: str) -> str:
    """One spelling of what reads the same: width, ligatures, accents' encoding, case."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _low_resolution(subject: Subject, thresholds: Thresholds) -> Iterator[Flag]:
    shorter = min(subject.width, subject.height)
    least = thresholds.low_resolution_px
    if shorter < least:
        detail = f"{shorter} px on the shorter side, expected at least {least} px"
        yield Flag("low_resolution", detail)


def _extreme_aspect_ratio(subject: Subject, thresholds: Thresholds) -> Iterator[Flag]:
    most = thresholds.extreme_aspect_ratio
    ratio = max(subject.width, subject.height) / min(subject.width, subject.height)
    if 0 < most < ratio:
        # Rounded up, so that it never reads as equal to the threshold.
        yield Flag(
            "extreme_aspect_ratio",
            f"the longer side is {math.ceil(ratio * 100) / 100:g} times the shorter one, "
            f"expected at most {most:g} times",
        )


def _resembles_rejected(subject: Subject, thresholds: Thresholds) -> Iterator[Flag]:
    most = thresholds.resembles_rejected_bits
    if subject.likeness is None or not subject.rejected:
        return
    # Of several that are as near, the latest.
    latest = sorted(subject.rejected, key=lambda one: one.rejected_at, reverse=True)
    distances = [distance(subject.likeness, one.likeness) for one in latest]
    bits, nearest = min(zip(distances, latest, strict=True), key=lambda found: found[0])
    if bits <= most:
        yield Flag(
            "resembles_rejected",
            f"nearest rejected picture: {_shorten(nearest.image, MAX_NAMED)} "
            f"({bits} of {BITS} bits differ, flagged up to {most})",
            Resembled(nearest.image, nearest.version),
        )


def _shorten(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


RULES: dict[str, Callable[[Subject, Thresholds], Iterator[Flag]]] = {
    "keyword": _keyword,
    "low_resolution": _low_resolution,
    "extreme_aspect_ratio": _extreme_aspect_ratio,
    "resembles_rejected": _resembles_rejected,
}
