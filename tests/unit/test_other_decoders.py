"""No decoder of Pillow's but the accepted ones ever runs; least of all EPS, which starts gs."""

from __future__ import annotations

import io
import os
import stat
import struct
import warnings
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import EpsImagePlugin, Image

from darkroom.contracts import Upload
from darkroom.errors import ImageError
from darkroom.images import DECODERS
from darkroom.recipes import load_recipes
from darkroom.storage import Fetched
from tests.unit.test_inspect import LIMITS
from validate.flags import Thresholds
from validate.verdict import accept

THRESHOLDS = Thresholds(
    keywords=(), low_resolution_px=0, extreme_aspect_ratio=0, resembles_rejected_bits=-1
)

Image.init()


def judged(name: str, data: bytes) -> ImageError | dict[str, Any]:
    """What Validate makes of an upload."""
    upload = Upload(
        bucket="b", key=f"raw/{name}", etag="e", image=name, version="0" * 16, execution="x"
    )
    fetched = Fetched(data, {}, datetime(2026, 1, 1, tzinfo=UTC))
    try:
        return accept(upload, fetched, LIMITS, THRESHOLDS, load_recipes(), list)
    except ImageError as error:
        return error


def eps() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(buffer, "EPS")
    return buffer.getvalue()


def eps_behind_a_preview() -> bytes:
    """The DOS header: where the PostScript lies, no WMF, and a TIFF preview."""
    postscript, tiff = eps(), b"II*\0\x08\0\0\0\0\0"
    places = (30, len(postscript), 0, 0, 30 + len(postscript), len(tiff))
    return b"\xc5\xd0\xd3\xc6" + struct.pack("<6IH", *places, 0xFFFF) + postscript + tiff


@pytest.fixture
def called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that is there as soon as anybody has called `gs`."""
    marker = tmp_path / "called"
    trap = tmp_path / "bin" / "gs"
    trap.parent.mkdir()
    trap.write_text(f"#!/bin/sh\necho called > '{marker}'\n")
    trap.chmod(trap.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{trap.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(EpsImagePlugin, "gs_binary", None)
    return marker


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.eps", eps()),
        ("a.jpg", eps()),
        ("a.png", eps_behind_a_preview()),
        ("a.pdf", b"%PDF-1.7\n" + eps()),
        ("a.ps", b"%!PS-Adobe-3.0\nshowpage\n"),
        ("a.jpeg", b"%!\nshowpage\n"),
    ],
    ids=["eps", "eps named jpg", "eps behind a preview", "pdf", "ps", "plain ps"],
)
def test_postscript_is_refused_and_ghostscript_never_called(
    name: str, data: bytes, called: Path
) -> None:
    found = judged(name, data)
    assert isinstance(found, ImageError)
    assert found.code == "unsupported_format"
    assert not called.exists()


def test_the_trap_would_have_caught_pillow(called: Path) -> None:
    image = EpsImagePlugin.EpsImageFile(io.BytesIO(eps()))
    with suppress(OSError):  # the trap draws no picture
        image.load()
    assert called.exists()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The formats, other than ours, whose plugin was asked to look at bytes or to open them."""
    seen: list[str] = []

    def watched(format: str, real: Any) -> Any:
        def look(*arguments: Any) -> Any:
            seen.append(format)
            return real(*arguments)

        return look if real else None

    for format, (factory, fits) in list(Image.OPEN.items()):
        if format not in DECODERS:
            pair = (watched(format, factory), watched(format, fits))
            monkeypatch.setitem(Image.OPEN, format, pair)
    yield seen


def saved(format: str) -> bytes | None:
    for mode in ("RGB", "L", "P", "1", "F"):
        buffer = io.BytesIO()
        with suppress(OSError, KeyError, ValueError), warnings.catch_warnings(action="ignore"):
            # Pillow is about to drop some.
            Image.new(mode, (8, 8)).save(buffer, format)
            return buffer.getvalue()
    return None  # it needs a handler of somebody else's


NOT_OURS = {
    format: data
    for format in sorted({*Image.SAVE} - {*DECODERS, "MPO"})
    if (data := saved(format)) is not None
}


@pytest.mark.parametrize("format", NOT_OURS)
def test_what_pillow_can_write_and_we_do_not_take_is_refused_unread(
    format: str, asked: list[str]
) -> None:
    data = NOT_OURS[format]
    for name in (f"a.{format.lower()}", "a.jpg"):
        found = judged(name, data)
        assert isinstance(found, ImageError)
        assert found.code in ("unsupported_format", "not_an_image")
    assert asked == []


def test_the_watch_would_have_seen_another_plugin(asked: list[str]) -> None:
    with Image.open(io.BytesIO(NOT_OURS["BMP"])) as image:
        assert image.format == "BMP"
    assert "BMP" in asked


@pytest.mark.parametrize("format", ["BMP", "TIFF", "EPS", "PDF", "ICO", "PCX", "TGA", "JPEG2000"])
def test_a_well_known_format_is_refused_by_its_name(format: str) -> None:
    found = judged("a.jpg", NOT_OURS[format])
    assert isinstance(found, ImageError)
    assert found.code == "unsupported_format"
    assert found.measured == {"JPEG2000": "jp2"}.get(format, format.lower())


def test_a_format_of_ours_in_the_disguise_of_another_is_read_by_ours_alone(
    asked: list[str],
) -> None:
    """Behind a start that only sniffing knows, our decoders are asked and no other."""
    for start in (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\0\0\0\0WEBP"):
        found = judged("a.tiff", start + b"II*\0" + bytes(40))
        assert isinstance(found, ImageError)
    assert asked == []
