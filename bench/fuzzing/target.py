"""What a file must lead to: a verdict in plain JSON, and pictures where the verdict takes it.

Whatever else happens is a finding: any exception but ImageError with a known code, a verdict that
JSON cannot say, a later step that fails on an accepted picture, too much time or memory.
"""

from __future__ import annotations

import io
import json
import resource
import time
import zlib
from datetime import UTC, datetime
from typing import Any

import msgspec
from PIL import Image

from bench.examine import CODES
from bench.steps import default_settings
from darkroom.contracts import Batch, Upload, Variant, parse
from darkroom.errors import ImageError
from darkroom.images import load_upright_srgb, open_image
from darkroom.likeness import Rejected
from darkroom.masters import unpack
from darkroom.recipes import parse_recipes
from darkroom.storage import Fetched
from filter.filters import filtered_masters
from optimize.files import encoded_files
from resize.animations import resized_masters
from validate.moderation import moderation_jpeg
from validate.outline import outline
from validate.sniff import sniff
from validate.verdict import accept, refuse

# Far fewer bytes (400 times) and pixels (50, and 200 for an animation) than template.yaml takes, so
# that hundreds of files a second can be tried; the limits that count frames, scans, texts stay.
MAX_BYTES = 1 << 16
SETTINGS = msgspec.structs.replace(
    default_settings(),
    max_upload_bytes=MAX_BYTES,
    max_pixels=1_000_000,
    max_frame_pixels=5_000_000,
)

# One file of these limits. Most take milliseconds, and stay under 50 MB.
MAX_CPU_SECONDS = 3.0
MAX_GROWTH_MB = 300
MAX_VERDICT_BYTES = 64 * 1024

UPLOAD = Upload(
    bucket="uploads",
    key="raw/trip/a b+ü.jpg",
    etag="0" * 32,
    image="trip/a b+ü.jpg",
    version="0123456789abcdef",
    execution="arn:aws:states:eu-west-1:123456789012:execution:pipeline:x",
)
METADATA = {"caption": "=?utf-8?q?caf=C3=A9?=", "title": "=?x?q?=FF?="}
UPLOADED_AT = datetime(2026, 11, 20, 6, 24, 8, tzinfo=UTC)
REJECTED = (Rejected("trip/other.jpg", "0" * 16, "0123456789abcdef", "2026-11-20T06:24:08Z"),)
# Every way to fit, every filter that looks at neighbours, and every format, at tiny sizes.
RECIPES = parse_recipes(
    json.dumps(
        {
            "default": {
                "renditions": [
                    {"name": "w32", "width": 32},
                    {"name": "cover", "width": 24, "height": 24, "gravity": "auto"},
                    {"name": "contain", "width": 40, "height": 20, "fit": "contain"},
                ],
                "filters": [
                    {"name": "noir", "filter": "grayscale", "width": 32},
                    {"name": "sharp", "filter": "sharpen", "width": 32},
                    {"name": "contrast", "filter": "autocontrast", "width": 24},
                    {"name": "mark", "filter": "watermark", "text": "x", "width": 40},
                ],
                "formats": ["avif", "webp", "jpeg"],
                "animation": "keep",
                "keep": ["copyright"],
            }
        }
    )
)
# Formats of which Pillow may reserve the whole canvas, or a frame, as it opens a file.
RESERVED_AT_ONCE = ("gif", "webp")
# One accepted file in so many goes through the steps that follow.
FOLLOWED_IN = 8
# What none of its files may carry on.
NOTHING_OF_THE_SOURCE = ("exif", "xmp", "icc_profile", "comment", "XML:com.adobe.xmp", "photoshop")


class Finding(Exception):
    """Validate, or a step after it, did with a file what it must not do."""


def is_followed(data: bytes) -> bool:
    """Drawn from the bytes, so that the same file always goes the same way."""
    return zlib.crc32(data) % FOLLOWED_IN == 0


def check(data: bytes, follow: bool) -> dict[str, Any]:
    """The verdict on `data`; with `follow`, an accepted picture is made into its files as well.

    Raises Finding, or whatever the code raises that it should not.
    """
    cpu, peak = time.process_time(), _peak_mb()
    verdict = _verdict(data)
    _check_plain(verdict)
    _check_measured(data)
    if verdict["verdict"] == "accepted":
        _check_accepted(verdict)
        if follow:
            _follow(data, verdict)
    cpu, growth = time.process_time() - cpu, _peak_mb() - peak
    if cpu > MAX_CPU_SECONDS:
        raise Finding(f"expected at most {MAX_CPU_SECONDS} s of CPU, got {cpu:.1f} s")
    if growth > MAX_GROWTH_MB:
        raise Finding(f"expected at most {MAX_GROWTH_MB} MB more of memory, got {growth:.0f} MB")
    return verdict


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _verdict(data: bytes) -> dict[str, Any]:
    """As `validate.handler` does it."""
    fetched = Fetched(data, METADATA, UPLOADED_AT)
    try:
        return accept(
            UPLOAD,
            fetched,
            SETTINGS.limits(),
            SETTINGS.thresholds(),
            RECIPES,
            lambda likeness: REJECTED,
        )
    except ImageError as error:
        if error.code not in CODES:
            raise Finding(f"expected a known code, got {error.code!r}") from error
        return refuse(UPLOAD, RECIPES, error, fetched)


def _check_measured(data: bytes) -> None:
    """Where Pillow reserves memory as it opens a file, Validate has to have measured as much."""
    format = sniff(data) or ""
    if format not in RESERVED_AT_ONCE:
        return
    shape = outline(format, data)
    if shape.size is None or shape.damage or shape.size[0] * shape.size[1] > SETTINGS.max_pixels:
        return
    try:
        size = open_image(data).size
    except ImageError:
        return
    if size[0] > shape.size[0] or size[1] > shape.size[1]:
        raise Finding(f"expected at most the {shape.size} px that were measured, got {size}")


def _check_plain(verdict: dict[str, Any]) -> None:
    text = json.dumps(verdict, allow_nan=False, ensure_ascii=False).encode("utf-8")
    if json.loads(text) != verdict:
        raise Finding(f"expected a verdict that JSON can say, got {verdict!r}")
    if len(text) > MAX_VERDICT_BYTES:
        raise Finding(f"expected a verdict of at most {MAX_VERDICT_BYTES} bytes, got {len(text)}")


def _check_accepted(verdict: dict[str, Any]) -> None:
    width, height = verdict["source"]["width"], verdict["source"]["height"]
    limits = SETTINGS.limits()
    if min(width, height) < 1 or width * height > limits.max_pixels:
        raise Finding(f"expected a size within the limits, got {width} x {height} px")


def _follow(data: bytes, verdict: dict[str, Any]) -> None:
    stated = verdict["source"]["width"], verdict["source"]["height"]
    upright = load_upright_srgb(data)
    if upright.size != stated:
        raise Finding(
            f"expected a picture of {stated} px, as the verdict says, got {upright.size} px"
        )
    Image.open(io.BytesIO(moderation_jpeg(upright)), formats=("JPEG",)).load()
    for make, plans in ((resized_masters, "renditions"), (filtered_masters, "filters")):
        for batch in parse(tuple[Batch, ...], verdict[plans]):
            masters = make(data, batch.variants)
            for variant, master in zip(batch.variants, masters, strict=True):
                _check_size(unpack(master), variant)
                _check_files(master, variant, verdict)


def _check_files(master: bytes, variant: Variant, verdict: dict[str, Any]) -> None:
    for format, file in encoded_files(
        master, verdict["formats"], verdict["quality"], verdict.get("copyright")
    ):
        _check_file(format, file, variant, "exif" if "copyright" in verdict else "")


def _check_file(format: str, data: bytes, variant: Variant, kept: str) -> None:
    with Image.open(io.BytesIO(data), formats=(format.upper(),)) as image:
        image.load()
        _check_size(image, variant)
        left = [name for name in NOTHING_OF_THE_SOURCE if image.info.get(name) and name != kept]
        if left:
            raise Finding(f"expected no metadata in {variant.name}.{format}, got {left}")


def _check_size(image: Image.Image, variant: Variant) -> None:
    if image.size != (variant.width, variant.height):
        raise Finding(
            f"expected {variant.name} of {variant.width} x {variant.height} px, got {image.size}"
        )
