"""Pillow as its tutorials have it: for every file open, decode all, LANCZOS, save as it is."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from itertools import chain

import PIL
from PIL import Image, ImageOps

from bench.peers.asked import Output, file_name
from bench.peers.clock import Clock

LANCZOS = Image.Resampling.LANCZOS


def make(data: bytes, outputs: Sequence[Output], clock: Clock) -> Iterator[tuple[str, bytes]]:
    """(`<name>.<format>`, file) of each. With Pillow's own quality where a file asks for none."""
    for output in outputs:
        for file in output.files:
            with clock.stage("decode"):
                image = _opened(data)
            with clock.stage("resample"):
                image = _filtered(_resized(image, output), output)
            options = {} if file.number is None else {"quality": file.number}
            buffer = io.BytesIO()
            with clock.stage(f"encode {file.format}"):
                image.save(buffer, file.format.upper(), **options)
            yield file_name(output.name, file.format), buffer.getvalue()


def version() -> str:
    return f"Pillow {PIL.__version__}"


def _opened(data: bytes) -> Image.Image:
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _resized(image: Image.Image, output: Output) -> Image.Image:
    size = output.width, output.height
    return ImageOps.fit(image, size, LANCZOS) if output.cover else image.resize(size, LANCZOS)


def _filtered(image: Image.Image, output: Output) -> Image.Image:
    if output.filter == "grayscale":
        return image.convert("LA" if image.mode == "RGBA" else "L")
    if output.matrix is None:
        return image
    toned = image.convert("RGB").convert("RGB", tuple(chain(*((*row, 0) for row in output.matrix))))
    if image.mode == "RGBA":
        toned.putalpha(image.getchannel("A"))
    return toned
