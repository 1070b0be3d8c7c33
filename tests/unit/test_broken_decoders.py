"""Whatever Pillow's decoders raise over bytes is a verdict on the bytes."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from darkroom.errors import ImageError
from tests.unit.test_inspect import animated, drawn, encoded
from tests.unit.test_other_decoders import judged

RAISED = (
    OSError,
    SyntaxError,
    ValueError,
    IndexError,
    RuntimeError,
    MemoryError,
    KeyError,
    struct.error,
    EOFError,
    TypeError,
    AttributeError,
    OverflowError,
    ZeroDivisionError,
    RecursionError,
    AssertionError,
    NotImplementedError,
    Image.DecompressionBombError,
    zlib.error,
)
CLASSES = {
    "jpeg": "PIL.JpegImagePlugin.JpegImageFile",
    "png": "PIL.PngImagePlugin.PngImageFile",
    "webp": "PIL.WebPImagePlugin.WebPImageFile",
    "gif": "PIL.GifImagePlugin.GifImageFile",
    "avif": "PIL.AvifImagePlugin.AvifImageFile",
    "heic": "pillow_heif.as_plugin.HeifImageFile",
}
FILES = {format: encoded(drawn(), format) for format in CLASSES}


def raising(exception: type[Exception]) -> Any:
    def fail(*_: Any, **__: Any) -> None:
        raise exception("broken")

    return fail


@pytest.mark.parametrize("exception", RAISED)
@pytest.mark.parametrize("format", CLASSES)
def test_whatever_a_decoder_raises_as_it_opens_is_a_verdict(
    format: str, exception: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{CLASSES[format]}._open", raising(exception))
    found = judged("a.jpg", FILES[format])
    assert isinstance(found, ImageError)
    assert found.code == "corrupt"


@pytest.mark.parametrize("exception", RAISED)
@pytest.mark.parametrize("format", CLASSES)
def test_whatever_a_decoder_raises_over_pixels_is_a_verdict(
    format: str, exception: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{CLASSES[format]}.load", raising(exception))
    found = judged("a.jpg", FILES[format])
    assert isinstance(found, ImageError)
    assert found.code == "corrupt"
    assert isinstance(found.__cause__, exception)


@pytest.mark.parametrize("exception", RAISED)
@pytest.mark.parametrize("step", ["to_srgb", "align_png_key", "orientation"])
def test_whatever_a_conversion_raises_over_pixels_is_a_verdict(
    step: str, exception: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"darkroom.images.{step}", raising(exception))
    found = judged("a.jpg", FILES["png"])
    assert isinstance(found, ImageError)
    assert found.code == "corrupt"


@pytest.mark.parametrize("exception", RAISED)
def test_whatever_metadata_raise_is_no_reason_to_refuse_a_picture(
    exception: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("PIL.Image.Image.getexif", raising(exception))
    monkeypatch.setattr("PIL.Image.Exif.load", raising(exception))
    found = judged("a.jpg", FILES["png"])
    assert isinstance(found, dict) and found["verdict"] == "accepted"


@pytest.mark.parametrize("word", ["image file is truncated (7 bytes not processed)", "Truncated"])
def test_what_a_decoder_calls_truncated_is_truncated(
    word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError(word)

    monkeypatch.setattr(f"{CLASSES['gif']}.load", fail)
    found = judged("a.gif", FILES["gif"])
    assert isinstance(found, ImageError)
    assert found.code == "truncated"


@pytest.mark.parametrize("format", ["gif", "png", "webp", "avif"])
def test_an_animation_is_accepted_where_nothing_is_broken(format: str) -> None:
    found = judged("a.gif", animated(format, 3))
    assert isinstance(found, dict) and found["verdict"] == "accepted"
