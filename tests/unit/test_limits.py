"""The limits: their defaults, each at n and n + 1, and nothing decoded beyond one."""

from __future__ import annotations

import io
import struct
from dataclasses import fields, replace
from typing import Any

import pytest
from PIL import Image, ImageFile

from darkroom.errors import ImageError
from darkroom.storage import fetch_upload
from tests.statemachine.definitions import PARAMETERS, RESOURCES
from tests.unit.test_inspect import LIMITS, animated, drawn, encoded, png_chunk, png_header
from validate.handler import Settings
from validate.inspect import inspect
from validate.limits import Limits
from validate.outline import MAX_EXIF_SEGMENTS, outline

DEFAULTS = {
    "MaxUploadBytes": 26_214_400,
    "MaxPixels": 50_000_000,
    "MaxSidePixels": 16_384,
    "MaxFrames": 500,
    "MaxFramePixels": 10**9,
    "MaxJpegScans": 100,
    "MaxScanPixels": 10**9,
    "MaxPngTextChunkBytes": 65_536,
    "MaxPngTextBytes": 1_048_576,
}


def verdict(data: bytes, limits: Limits) -> tuple[object, ...] | None:
    try:
        inspect(data, limits)
    except ImageError as error:
        return error.code, error.measured, error.limit
    return None


def test_every_limit_is_a_parameter_with_its_default() -> None:
    limits = {name: int(PARAMETERS[name]["Default"]) for name in PARAMETERS if name[:3] == "Max"}
    assert limits == DEFAULTS


def test_every_limit_reaches_validate_by_its_own_name() -> None:
    """Each parameter as the variable, each variable as the field that it means."""
    variables = RESOURCES["ValidateFunction"]["Properties"]["Environment"]["Variables"]
    named = {variable: value for variable, value in variables.items() if variable[:4] == "MAX_"}
    given = {variable: value["Ref"] for variable, value in named.items()}
    assert {parameter.lower() for parameter in DEFAULTS} == {
        parameter.lower() for parameter in given.values()
    }
    for variable, parameter in given.items():
        assert variable.replace("_", "").lower() == parameter.lower()

    settings = Settings(
        **{
            field: DEFAULTS.get(given.get(field.upper(), ""), 0)
            for field in Settings.__struct_fields__
        }
    )
    limits = settings.limits()
    assert sorted(getattr(limits, field.name) for field in fields(Limits)) == sorted(
        DEFAULTS.values()
    )
    assert limits.max_side_px == 16_384
    assert (limits.max_pixels, limits.max_frames, limits.max_jpeg_scans) == (50_000_000, 500, 100)
    assert (limits.max_png_text_chunk_bytes, limits.max_png_text_bytes) == (65_536, 1_048_576)


@pytest.mark.parametrize("format", ["png", "webp", "gif"])
def test_a_side_of_exactly_the_limit_passes_and_a_pixel_more_does_not(format: str) -> None:
    for size, longer in (((200, 3), (201, 3)), ((3, 200), (3, 201))):
        assert verdict(encoded(Image.new("L", size), format), LIMITS) is None
        found = verdict(encoded(Image.new("L", longer), format), LIMITS)
        assert found == ("too_many_pixels", 201, 200)


def test_frame_pixels_of_exactly_the_limit_pass_and_a_row_more_does_not() -> None:
    limits = replace(LIMITS, max_frame_pixels=3 * 20 * 10)
    for format in ("gif", "png", "webp", "avif"):
        assert verdict(animated(format, 3, (20, 10)), limits) is None
        assert verdict(animated(format, 3, (20, 12)), limits) == ("too_many_frames", 720, 600)


def test_scan_pixels_of_exactly_the_limit_pass_and_a_pixel_more_does_not() -> None:
    data = encoded(drawn(60, 40), "jpeg", progressive=True)
    pixels = data.count(b"\xff\xda") * 60 * 40
    assert verdict(data, replace(LIMITS, max_scan_pixels=pixels)) is None
    assert verdict(data, replace(LIMITS, max_scan_pixels=pixels - 1)) == (
        "too_complex",
        pixels,
        pixels - 1,
    )


def test_a_jpeg_of_one_scan_is_not_measured_by_its_scan_pixels() -> None:
    assert verdict(encoded(drawn(), "jpeg"), replace(LIMITS, max_scan_pixels=1)) is None


def test_parts_of_exactly_the_limit_pass_and_one_more_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    most = 40
    monkeypatch.setattr("validate.outline.MAX_PARTS", most)
    monkeypatch.setattr("validate.limits.MAX_PARTS", most)
    png = encoded(drawn(), "png")
    jpeg = encoded(drawn(), "jpeg")
    for data, at, part in (
        (png, 33, png_chunk(b"prVt", b"")),
        (jpeg, 2, b"\xff\xfe\0\2"),
        (jpeg, len(jpeg) - 2, b"\xff\xfe\0\2"),
    ):
        own = outline("png" if data is png else "jpeg", data).parts
        filled = data[:at] + part * (most - own) + data[at:]
        assert verdict(filled, LIMITS) is None
        assert verdict(data[:at] + part + filled[at:], LIMITS) == ("too_complex", most + 1, most)


def test_exif_segments_of_exactly_the_limit_pass_and_one_more_does_not() -> None:
    """Pillow would join 40,000 of them for minutes."""
    exif = Image.Exif()
    exif[0x010E] = "a lake"
    data = encoded(drawn(), "jpeg", exif=exif)
    more = b"\xff\xe1\0\x0aExif\0\0\0\0"
    at = data.index(b"\xff\xdb")
    most = MAX_EXIF_SEGMENTS
    assert verdict(data[:at] + more * (most - 1) + data[at:], LIMITS) is None
    assert verdict(data[:at] + more * most + data[at:], LIMITS) == ("too_complex", most + 1, most)


def jpeg_header(width: int, height: int) -> bytes:
    return b"\xff\xd8\xff\xc0\0\x0b\x08" + struct.pack(">HH", height, width) + b"\1\1\x11\0"


def gif_header(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0,"


def webp_headers(width: int, height: int) -> list[bytes]:
    """The three kinds: lossy, lossless and extended."""
    lossy = b"\x30\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height)
    lossless = b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14)
    extended = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return [
        b"RIFF"
        + struct.pack("<I", 12 + len(body))
        + b"WEBP"
        + kind
        + struct.pack("<I", len(body))
        + body
        for kind, body in ((b"VP8 ", lossy), (b"VP8L", lossless), (b"VP8X", extended))
    ]


@pytest.fixture
def no_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever opens or loads a picture fails the test."""

    def run(*_: Any, **__: Any) -> None:
        pytest.fail("a decoder ran")

    for place, name in ((Image, "open"), (Image, "_getdecoder"), (ImageFile.ImageFile, "load")):
        monkeypatch.setattr(place, name, run)
    monkeypatch.setattr("validate.inspect.open_image", run)


@pytest.mark.usefixtures("no_decoder")
@pytest.mark.parametrize("size", [(101, 100), (201, 1), (16_383, 16_383)])
def test_a_size_over_the_limit_is_refused_from_the_header_by_no_decoder(
    size: tuple[int, int],
) -> None:
    headers = [png_header(*size), jpeg_header(*size), gif_header(*size), *webp_headers(*size)]
    for header in headers:
        found = verdict(header, LIMITS)
        assert found is not None and found[0] == "too_many_pixels", header


@pytest.mark.usefixtures("no_decoder")
def test_bytes_of_no_picture_are_refused_by_no_decoder() -> None:
    for data in (b"", b"text", b"%PDF-1.7", bytes(LIMITS.max_bytes + 1)):
        assert verdict(data, LIMITS) is not None


def test_frames_over_a_limit_are_refused_by_no_decoder(
    monkeypatch: pytest.MonkeyPatch, no_decoder: None
) -> None:
    monkeypatch.undo()  # to draw them
    files = [animated(format, 6) for format in ("gif", "png", "webp")]
    files += [animated(format, 3, (100, 100)) for format in ("gif", "png", "webp")]
    monkeypatch.setattr("validate.inspect.open_image", lambda _: pytest.fail("a decoder ran"))
    for data in files:
        found = verdict(data, LIMITS)
        assert found is not None and found[0] == "too_many_frames"


class Client:
    """An S3 whose one object gives `data`, in pieces, and says that it is `announced` bytes."""

    def __init__(self, data: bytes, announced: int | None) -> None:
        self.body = Body(data)
        self._announced = announced

    def get_object(self, **_: Any) -> dict[str, Any]:
        answer = {"Body": self.body, "Metadata": {}, "LastModified": None}
        return answer | ({} if self._announced is None else {"ContentLength": self._announced})


class Body(io.BytesIO):
    asked = 0
    given = 0
    piece = 7

    def read(self, amount: int | None = -1, /) -> bytes:
        assert amount is not None and amount > 0, "expected a bounded read"
        self.asked += 1
        piece = super().read(min(amount, self.piece))
        self.given += len(piece)
        return piece


def fetched(client: Client, max_bytes: int) -> bytes:
    made: Any = client
    return fetch_upload(made, "b", "raw/a.jpg", etag="x", max_bytes=max_bytes).data


@pytest.mark.parametrize("announced", [None, 1, 100])
def test_an_upload_of_exactly_the_limit_is_read_whatever_it_announces(
    announced: int | None,
) -> None:
    client = Client(b"x" * 100, announced)
    assert fetched(client, 100) == b"x" * 100
    assert fetched(Client(b"", announced), 100) == b""


def test_an_upload_that_announces_a_byte_more_is_not_read() -> None:
    client = Client(b"x" * 101, 101)
    with pytest.raises(ImageError) as caught:
        fetched(client, 100)
    error = caught.value
    assert (error.code, error.measured, error.limit) == ("too_many_bytes", 101, 100)
    assert client.body.asked == 0


@pytest.mark.parametrize("announced", [None, 1, 100])
def test_reading_stops_at_the_limit_whatever_is_announced(announced: int | None) -> None:
    client = Client(b"x" * 10_000, announced)
    with pytest.raises(ImageError) as caught:
        fetched(client, 100)
    error = caught.value
    assert (error.code, error.measured, error.limit) == ("too_many_bytes", 101, 100)
    assert client.body.given == 101


def test_a_body_is_read_to_its_end_so_that_a_lost_connection_shows() -> None:
    """botocore compares lengths when a read comes back empty."""
    client = Client(b"x" * 14, 14)
    fetched(client, 100)
    assert client.body.asked == 3
