"""libvips through pyvips: each size once, decoded no larger than it has to be, then each file.

That is the better of two usual ways: to resize anew for each file takes more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyvips

from bench.peers.asked import File, Matrix, Options, Output, file_name
from bench.peers.clock import Clock
from bench.peers.wording import translated

SUFFIXES = {"avif": ".avif", "webp": ".webp", "jpeg": ".jpg", "png": ".png"}


def make(data: bytes, outputs: Sequence[Output], clock: Clock) -> Iterator[tuple[str, bytes]]:
    """(`<name>.<format>`, file) of each, with libvips' own settings where a file names none."""
    pyvips.cache_set_max(0)
    profile = _target_profile(data)
    for output in outputs:
        with clock.stage("decode and resample"):
            image = _filtered(_resized(data, output, profile), output).copy_memory()
        for file in output.files:
            with clock.stage(f"encode {file.format}"):
                made = image.write_to_buffer(SUFFIXES[file.format], keep="none", **_options(file))
            yield file_name(output.name, file.format), made


def version() -> str:
    return "libvips " + ".".join(str(pyvips.version(part)) for part in range(3))


def _options(file: File) -> Options:
    return translated(file.ours) if file.number is None else {"Q": file.number}


def _target_profile(data: bytes) -> Options:
    """sRGB where the picture has a profile. Otherwise it is what libvips takes it for anyway, and
    converting it would take as long as all the rest."""
    header = pyvips.Image.new_from_buffer(data, "")
    return {"output_profile": "srgb"} if header.get_typeof("icc-profile-data") else {}


def _resized(data: bytes, output: Output, profile: Options) -> Any:
    how = {"crop": "centre"} if output.cover else {"size": "force"}
    return pyvips.Image.thumbnail_buffer(data, output.width, height=output.height, **how, **profile)


def _filtered(image: Any, output: Output) -> Any:
    if output.filter == "grayscale":
        return image.colourspace("b-w")
    return _toned(image, output.matrix) if output.matrix is not None else image


def _toned(image: Any, matrix: Matrix) -> Any:
    colours, alpha = (image[:3], image[3]) if image.hasalpha() else (image, None)
    toned = colours.recomb([list(row) for row in matrix]).cast("uchar").copy(interpretation="srgb")
    return toned if alpha is None else toned.bandjoin(alpha)
