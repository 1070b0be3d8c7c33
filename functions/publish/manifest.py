"""The published manifest: what there is of an image, for programs, and as markup for a page."""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import quote

import msgspec

from darkroom.contracts import MadeVariant
from darkroom.keys import CONTENT_TYPES, published_key


class Made(msgspec.Struct, frozen=True):
    """What the Express workflow hands over."""

    recipe: str
    source: dict[str, Any]
    flags: tuple[dict[str, str], ...]
    placeholder: str
    variants: tuple[MadeVariant, ...]


def build_manifest(image: str, version: str, made: Made, review: dict[str, Any]) -> dict[str, Any]:
    """The manifest as plain JSON; `review` is empty where nobody was asked."""
    manifest = {
        "image": image,
        "version": version,
        "recipe": made.recipe,
        "source": made.source,
        "flags": list(made.flags),
        "placeholder": made.placeholder,
        "variants": [_variant(image, version, variant) for variant in made.variants],
        "picture": picture(image, version, made.variants),
    }
    if review:
        manifest["review"] = review
    return manifest


def _variant(image: str, version: str, variant: MadeVariant) -> dict[str, Any]:
    return {
        "name": variant.name,
        "kind": variant.kind,
        "filter": variant.filter,
        "width": variant.width,
        "height": variant.height,
        "files": [
            {
                "format": file.format,
                "key": published_key(image, version, variant.name, file.format),
                "bytes": file.bytes,
            }
            for file in variant.files
        ],
    }


def picture(image: str, version: str, variants: tuple[MadeVariant, ...]) -> str:
    """A `<picture>` of the renditions that show the whole picture, relative to the bucket's root.

    A browser takes the first `<source>` whose type it knows, so formats stand in the recipe's
    order; the last is the `<img>`. `alt` is empty: only the site knows what the picture means.
    """
    sizes = whole_renditions(variants)
    largest = sizes[-1]
    *sources, fallback = [file.format for file in largest.files]

    def srcset(format: str) -> str:
        return ", ".join(
            f"{quote(published_key(image, version, size.name, format))} {size.width}w"
            for size in sizes
        )

    lines = [
        f'  <source type="{CONTENT_TYPES[format]}" srcset="{escape(srcset(format))}" sizes="100vw">'
        for format in sources
    ]
    source = quote(published_key(image, version, largest.name, fallback))
    lines.append(
        f'  <img src="{escape(source)}" srcset="{escape(srcset(fallback))}" sizes="100vw"'
        f' width="{largest.width}" height="{largest.height}" alt=""'
        ' loading="lazy" decoding="async">'
    )
    return "\n".join(["<picture>", *lines, "</picture>"])


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
        # Within a pixel: sizes are rounded.
        if abs(variant.height - variant.width * largest.height / largest.width) <= 1
    ]
