"""The published manifest: what there is of an image, for programs, and as markup for a page."""

from __future__ import annotations

from html import escape
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from darkroom.contracts import MadeFile, MadeVariant
from darkroom.keys import CONTENT_TYPES, published_key
from darkroom.previews import is_whole

# What people wrote to each other about a picture is not for its public; nor is another's name.
PUBLIC = ("requested_at", "deadline_at", "decided_at", "decision", "reviewer")
REOPENED = "reopened"

CALM = ' media="(prefers-reduced-motion: reduce)"'


class Made(msgspec.Struct, frozen=True):
    """What the Express workflow hands over."""

    recipe: str
    source: dict[str, Any]
    flags: tuple[dict[str, Any], ...]
    placeholder: str
    variants: tuple[MadeVariant, ...]
    copyright: str | None = None


def build_manifest(image: str, version: str, made: Made, review: dict[str, Any]) -> dict[str, Any]:
    """The manifest as plain JSON; `review` is empty where nobody was asked."""
    manifest = {
        "image": image,
        "version": version,
        "recipe": made.recipe,
        "source": made.source,
        # What else a flag says is for reviewers: the manifest is public.
        "flags": [_flag(flag) for flag in made.flags if flag["rule"] != REOPENED],
        "placeholder": made.placeholder,
        "variants": [_variant(image, version, variant) for variant in made.variants],
        "picture": picture(image, version, made.variants),
    }
    if made.copyright:
        manifest["copyright"] = made.copyright
    if review:
        manifest["review"] = {name: review[name] for name in PUBLIC if name in review}
    return manifest


def _flag(flag: dict[str, Any]) -> dict[str, str]:
    if flag["rule"] == "resembles_rejected":
        return {"rule": flag["rule"], "detail": "resembles a rejected picture"}
    return {"rule": flag["rule"], "detail": flag["detail"]}


def _variant(image: str, version: str, variant: MadeVariant) -> dict[str, Any]:
    return {
        "name": variant.name,
        "kind": variant.kind,
        "filter": variant.filter,
        "width": variant.width,
        "height": variant.height,
        "files": [_file(image, version, variant.name, file) for file in variant.files],
    }


def _file(image: str, version: str, variant: str, file: MadeFile) -> dict[str, Any]:
    key = published_key(image, version, variant, file.format)
    entry = {"format": file.format, "key": key, "bytes": file.bytes}
    return entry | ({"animated": True} if file.animated else {})


def picture(image: str, version: str, variants: tuple[MadeVariant, ...]) -> str:
    """A `<picture>` of the renditions that show the whole picture, relative to the bucket's root.

    A browser takes the first `<source>` whose `media` and type suit it. So where something moves,
    the stills come first, for those who asked for less motion, and then what moves. Formats stand
    in the recipe's order; the last is the `<img>`. `alt` is empty: only the site knows what the
    picture means.
    """
    sizes = whole_renditions(variants)
    moving = list(
        dict.fromkeys(file.format for size in sizes for file in size.files if file.animated)
    )
    stills = [file.format for file in sizes[-1].files if file.format not in moving]
    *sources, fallback = [Choice(format, False) for format in stills] or [
        Choice(format, True) for format in moving
    ]
    if stills and moving:
        calm = [Choice(still.format, False, CALM) for still in (*sources, fallback)]
        sources = [*calm, *(Choice(format, True) for format in moving)]

    def srcset(choice: Choice) -> str:
        return ", ".join(
            f"{_address(published_key(image, version, size.name, choice.format))} {size.width}w"
            for size in choice.among(sizes)
        )

    lines = [
        f'  <source{choice.media} type="{CONTENT_TYPES[choice.format]}"'
        f' srcset="{escape(srcset(choice))}" sizes="100vw">'
        for choice in sources
    ]
    largest = fallback.among(sizes)[-1]
    source = _address(published_key(image, version, largest.name, fallback.format))
    lines.append(
        f'  <img src="{escape(source)}" srcset="{escape(srcset(fallback))}" sizes="100vw"'
        f' width="{largest.width}" height="{largest.height}" alt=""'
        ' loading="lazy" decoding="async">'
    )
    return "\n".join(["<picture>", *lines, "</picture>"])


def _address(key: str) -> str:
    """`key` as a relative address. One that begins with "//" would name a host."""
    return ("./" if key.startswith("/") else "") + quote(key)


class Choice(NamedTuple):
    """The files of one format that move, or those that do not: a `srcset` offers one picture."""

    format: str
    animated: bool
    media: str = ""

    def among(self, sizes: list[MadeVariant]) -> list[MadeVariant]:
        return [
            size
            for size in sizes
            if any((file.format, bool(file.animated)) == self[:2] for file in size.files)
        ]


def whole_renditions(variants: tuple[MadeVariant, ...]) -> list[MadeVariant]:
    """Renditions of the largest one's proportions, narrow to wide: what a `srcset` may mix."""
    renditions = sorted(
        (variant for variant in variants if variant.kind == "rendition"),
        key=lambda variant: variant.width * variant.height,
    )
    largest = renditions[-1]
    return [
        variant
        for variant in sorted(renditions, key=lambda variant: variant.width)
        if is_whole(variant, largest)
    ]
