"""What state machines and steps hand to each other: references, never pixels."""

from __future__ import annotations

from typing import Any, Literal, TypeVar

import msgspec

from darkroom.errors import ImageError

T = TypeVar("T")

Gravity = Literal[
    "center",
    "north",
    "north-east",
    "east",
    "south-east",
    "south",
    "south-west",
    "west",
    "north-west",
    "auto",
]


class Reopened(msgspec.Struct, frozen=True):
    """Who took a decision back, at an ISO 8601 time."""

    by: str
    at: str
    reason: str | None = None


class Raised(msgspec.Struct, frozen=True):
    """A flag of an earlier run."""

    rule: str
    detail: str


class Upload(msgspec.Struct, frozen=True):
    """One upload as S3 announced it, and the run that claimed it.

    `flags`: what a reviewer has decided about already, in a run that broke afterwards. `attempt`
    tells executions of `process` apart, of which a run may have several.
    """

    bucket: str
    key: str
    etag: str
    image: str
    version: str
    execution: str
    version_id: str | None = None
    reopened: Reopened | None = None
    flags: tuple[Raised, ...] = ()
    attempt: str = "0"


class Master(msgspec.Struct, frozen=True):
    """Where a lossless intermediate lies: in the object of its batch, so many `bytes` from the
    `offset` on."""

    batch: str
    offset: int
    bytes: int


class Variant(msgspec.Struct, frozen=True):
    """One picture to be made: exact size in px, upright. `gravity` goes with "cover"; `pad` (a
    colour, "transparent", or None for what suits the picture) with "contain". `animated`: all
    frames of an animation, as WebP."""

    name: str
    kind: Literal["rendition", "filter"]
    width: int
    height: int
    fit: Literal["scale", "cover", "contain"] = "scale"
    gravity: Gravity | None = None
    pad: str | None = None
    filter: str | None = None
    spec: dict[str, Any] | None = None
    animated: Literal[True] | None = None


class Mastered(Variant, frozen=True, kw_only=True):
    """A variant whose lossless intermediate is there."""

    master: Master


class Batch(msgspec.Struct, frozen=True):
    """Variants that are made together, from one decoding of the upload."""

    name: str
    variants: tuple[Variant, ...]


class MadeFile(msgspec.Struct, frozen=True):
    """An encoded file; its key follows from image, version, variant and format."""

    format: str
    bytes: int
    animated: Literal[True] | None = None


class MadeVariant(msgspec.Struct, frozen=True):
    name: str
    kind: Literal["rendition", "filter"]
    width: int
    height: int
    files: tuple[MadeFile, ...]
    filter: str | None = None


def parse(kind: type[T], value: Any) -> T:
    """`value` as `kind`; unknown fields pass, so that an execution outlives a deploy."""
    return msgspec.convert(value, kind)


def reason(error: ImageError) -> dict[str, Any]:
    """Why a picture is INVALID, as the record says it."""
    return {
        "code": error.code,
        "detail": error.detail,
        "measured": error.measured,
        "limit": error.limit,
    }


def plain(value: Any) -> Any:
    """`value` as what JSON can say, without the fields that are None."""
    return _without_none(msgspec.to_builtins(value))


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_without_none(item) for item in value]
    return value
