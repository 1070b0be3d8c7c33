"""Whether what was made of a picture is what it should be: looked at from outside, in its bytes."""

from __future__ import annotations

import base64
import io
import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from PIL import ExifTags, Image, ImageChops, ImageStat

from bench.planted import planted, without_tables
from bench.steps import Outcome, planned
from bench.traces import foreign
from darkroom.images import decoders
from darkroom.keys import EXTENSIONS
from validate.placeholder import MAX_BYTES, PREFIX

Json = dict[str, Any]

# Grey behind what is transparent, so that pictures with and without alpha compare.
GROUND = (128, 128, 128, 255)
LOOK_PX = 16
# Levels of 255 by which two formats of one picture may differ on the mean, seen from far; in a
# smaller picture, colour at half the resolution still shows from there.
MAX_FORMAT_DIFFERENCE = 8.0
MIN_COMPARED_PX = 4 * LOOK_PX
# Of a source's pixels: less transparency may well vanish in a smaller picture.
NOTABLE_SHARE = 0.02
SHOWN = 60  # bytes of somebody else's text within a problem
URL = re.compile(r'(?:srcset|src)="([^"]*)"')


@dataclass(frozen=True)
class Decoded:
    """A file of a variant as a viewer sees it."""

    format: str
    image: Image.Image
    animated: bool

    @property
    def has_alpha(self) -> bool:
        """Of an animation's first frame, what it shows: others may have made it RGBA."""
        if self.animated:
            return self.image.convert("RGBA").getchannel("A").getextrema() != (255, 255)
        return self.image.has_transparency_data


def problems(format: str, data: bytes, outcome: Outcome) -> Iterator[str]:
    """What is wrong with what was made of an accepted picture, in words.

    `format` and `data`: the source.
    """
    manifest = outcome.manifest
    if manifest is None:
        raise ValueError("expected an accepted picture for outcome, got a refused one")
    share = transparent_share(data)
    wanted = {item["name"]: item for item in _planned(outcome.verdict)}
    if [variant["name"] for variant in manifest["variants"]] != list(wanted):
        yield f"the manifest has other variants than were planned, {', '.join(wanted)}"
    for variant in manifest["variants"]:
        for problem in _variant_problems(variant, wanted[variant["name"]], outcome, share):
            yield f"{variant['name']}: {problem}"
    yield from _placeholder_problems(manifest["placeholder"])
    yield from _markup_problems(manifest)
    yield from _survivors(format, data, outcome)


def _planned(verdict: Json) -> list[Json]:
    return [*planned(verdict, "renditions"), *planned(verdict, "filters")]


def _variant_problems(
    variant: Json, planned: Json, outcome: Outcome, share: float | None
) -> Iterator[str]:
    yield from _size_problems(variant, planned, outcome.verdict["source"])
    decoded = []
    frames = outcome.verdict["source"].get("frames", 1)
    for file in variant["files"]:
        data = outcome.files[file["key"]]
        for problem in _file_problems(file, data, outcome.verdict.get("copyright")):
            yield f"{file['format']}: {problem}"
        try:
            image = decode(file["format"], data)
        except Exception as error:  # whatever a decoder raises, it cannot read the file
            yield f"{file['format']}: expected a file that can be read, got {error!r}"
            continue
        decoded.append(Decoded(file["format"], image, file.get("animated", False)))
        for problem in _picture_problems(image, variant, file, frames):
            yield f"{file['format']}: {problem}"
    yield from _alpha_problems(decoded, planned, share)
    yield from _difference_problems(decoded)


def _size_problems(variant: Json, planned: Json, source: Json) -> Iterator[str]:
    size = variant["width"], variant["height"]
    if size != (planned["width"], planned["height"]):
        yield f"expected {planned['width']} x {planned['height']} px, got {size[0]} x {size[1]}"
    if planned.get("fit", "scale") != "scale":
        return
    height = size[0] * source["height"] / source["width"]
    width = size[1] * source["width"] / source["height"]
    if min(abs(size[1] - height), abs(size[0] - width)) > 1:
        yield f"expected the source's proportions, got {size[0]} x {size[1]} px"
    if size[0] > source["width"] or size[1] > source["height"]:
        yield f"expected no more px than the source has, got {size[0]} x {size[1]}"


def _file_problems(file: Json, data: bytes, copyright: str | None) -> Iterator[str]:
    if len(data) != file["bytes"]:
        yield f"expected {file['bytes']:,} bytes, got {len(data):,}"
    if not file["key"].endswith(f".{EXTENSIONS[file['format']]}"):
        yield f"expected a key ending in .{EXTENSIONS[file['format']]}, got {file['key']!r}"
    yield from (f"holds {part}" for part in foreign(file["format"], data, copyright))


def _picture_problems(
    image: Image.Image, variant: Json, file: Json, most_frames: int
) -> Iterator[str]:
    if image.size != (variant["width"], variant["height"]):
        yield (
            f"expected {variant['width']} x {variant['height']} px, "
            f"got {image.width} x {image.height}"
        )
    if image.info.get("icc_profile"):
        yield "expected sRGB without a profile, got a profile"
    with warnings.catch_warnings(action="ignore"):
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    if orientation != 1:
        yield "expected an upright picture, got one with an orientation"
    frames = getattr(image, "n_frames", 1)
    expected = range(2, most_frames + 1) if file.get("animated") else range(1, 2)
    if frames not in expected:
        yield f"expected {expected[0]} to {expected[-1]} frames, got {frames}"


def _alpha_problems(decoded: list[Decoded], planned: Json, share: float | None) -> Iterator[str]:
    """`share`: of the source's pixels that are transparent, None where nobody knows."""
    transparent = {one.format for one in decoded if one.has_alpha}
    formats = {one.format for one in decoded}
    if transparent and transparent != formats:
        some = ", ".join(sorted(transparent))
        yield f"expected alpha in all formats or in none, got it in {some}"
    if share is None or planned.get("pad"):
        return
    if transparent and not share:
        yield "expected no alpha, as in the source, got alpha"
    if not transparent and share > NOTABLE_SHARE and planned.get("fit") == "scale":
        yield f"expected alpha, as in {share:.0%} of the source's pixels, got none"


def _difference_problems(decoded: list[Decoded]) -> Iterator[str]:
    looks = [
        (one.format, look(one.image)) for one in decoded if min(one.image.size) >= MIN_COMPARED_PX
    ]
    for format, other in looks[1:]:
        difference = mean_difference(looks[0][1], other)
        if difference > MAX_FORMAT_DIFFERENCE:
            yield (
                f"expected the same picture in {looks[0][0]} and {format}, "
                f"got a mean difference of {difference:.1f} levels"
            )


def _placeholder_problems(uri: str) -> Iterator[str]:
    data = base64.b64decode(uri.removeprefix(PREFIX))
    if not uri.startswith(PREFIX) or len(uri) > MAX_BYTES:
        yield f"placeholder: expected at most {MAX_BYTES} bytes of WebP, got {uri[:SHOWN]!r}"
    yield from (f"placeholder: holds {part}" for part in foreign("webp", data))
    try:
        decode("webp", data)
    except Exception as error:  # as above
        yield f"placeholder: expected a file that can be read, got {error!r}"


def _markup_problems(manifest: Json) -> Iterator[str]:
    keys = {file["key"] for variant in manifest["variants"] for file in variant["files"]}
    named = {
        unquote(item.split()[0])
        for found in URL.findall(manifest["picture"])
        for item in found.split(", ")
    }
    if not named or not named <= keys:
        yield f"picture: expected only files of the manifest, got {sorted(named - keys)[:3]}"


def _survivors(format: str, data: bytes, outcome: Outcome) -> Iterator[str]:
    """What the source says beside its picture, found in what was made of it; a copyright line
    that the recipe keeps is left out."""
    manifest = {**(outcome.manifest or {}), "copyright": None}
    made = {"the manifest": json.dumps(manifest, ensure_ascii=False).encode()}
    kept = outcome.verdict.get("copyright", "").encode()
    for key, file in outcome.files.items():
        found = without_tables("jpeg" if key.endswith(".jpg") else "", file)
        made[key.rpartition("/")[2]] = found.replace(kept, b"") if kept else found
    everything = b"\n".join(made.values())
    for words in planted(format, data):
        if words in everything:
            [place, *_] = [name for name, file in made.items() if words in file]
            yield f"{place}: holds {words[:SHOWN]!r} of the source"


def decode(format: str, data: bytes) -> Image.Image:
    """The first frame, after each frame has been decoded. Raises whatever the decoder raises."""
    with warnings.catch_warnings(action="ignore"):
        image = Image.open(io.BytesIO(data), formats=(format.upper(),))
        for frame in range(1, getattr(image, "n_frames", 1)):
            image.seek(frame)
            image.load()
        image.seek(0)
        image.load()
    return image


def transparent_share(data: bytes) -> float | None:
    """The share of the source's pixels that are not opaque, as Pillow has it.

    None where Pillow itself is not to be trusted: one transparent colour instead of alpha, or a
    GIF whose first frame leaves some of the canvas open.
    """
    with warnings.catch_warnings(action="ignore"):
        image = Image.open(io.BytesIO(data), formats=decoders(data))
        if image.format == "GIF" and image.tile[0].extents != (0, 0, *image.size):
            return None
        image.load()
    if not image.has_transparency_data:
        return 0.0
    if image.mode not in ("RGBA", "LA", "PA", "P", "RGBa", "La"):
        return None
    histogram = image.convert("RGBA").getchannel("A").histogram()
    return 1 - histogram[255] / sum(histogram)


def look(image: Image.Image) -> Image.Image:
    """The picture from far: RGB, a few px a side, on grey."""
    whole = image.convert("RGBA")
    flat = Image.alpha_composite(Image.new("RGBA", whole.size, GROUND), whole).convert("RGB")
    return flat.resize((LOOK_PX, LOOK_PX), Image.Resampling.BOX)


def mean_difference(one: Image.Image, other: Image.Image) -> float:
    """Levels of 255, over all pixels and channels of two pictures of one size."""
    means = ImageStat.Stat(ImageChops.difference(one, other)).mean
    return sum(means) / len(means)
