"""Nothing of what a source says beside its picture reaches a file, whatever is made of it."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from bench.containers import parts
from bench.steps import default_settings
from bench.traces import foreign
from darkroom.contracts import Variant
from darkroom.images import load_upright_srgb, open_image
from darkroom.recipes import AnyFilter
from filter.filters import filtered_masters
from optimize.files import encoded_files
from resize.animations import resized_masters
from tests.pictures import draw, encoded
from tests.profiles import DISPLAY_P3, matrix_profile, profile
from validate.inspect import inspect
from validate.moderation import moderation_jpeg
from validate.placeholder import PREFIX, placeholder

MARK = "Zq7wX"
SIZE = (64, 48)
RECIPE_FORMATS = ("avif", "webp", "jpeg", "png")
ICC_NAME = "iccp name"


def secret(place: str) -> bytes:
    return f"{MARK} {place} {MARK}".encode()


def wide(place: str) -> bytes:
    return secret(place).decode().encode("utf-16-le")


def picture(mode: str = "RGB") -> Image.Image:
    image = draw("clean", SIZE)
    if mode == "RGBA":
        image.putalpha(Image.linear_gradient("L").resize(SIZE))
    return image


def icc() -> bytes:
    """Display P3 with a description: textDescriptionType, ICC.1:2001-04, 6.5.17."""
    text = secret("icc description") + b"\0"
    described = struct.pack(">4s4xI", b"desc", len(text)) + text + bytes(78)
    plain = matrix_profile(DISPLAY_P3)
    tags = {}
    for at in range(132, 132 + 12 * int.from_bytes(plain[128:132], "big"), 12):
        name, offset, length = struct.unpack(">4sII", plain[at : at + 12])
        tags[name] = plain[offset : offset + length]
    return profile(b"RGB ", tags | {b"desc": described, b"cprt": b"text\0\0\0\0" + text})


def exif() -> bytes:
    """Words in the main directory, the Exif and the GPS one, a maker note and a thumbnail."""
    tags = Image.Exif()
    tags[0x010E] = secret("exif description").decode()
    tags[0x013B] = secret("exif artist").decode()
    tags[0x8298] = secret("exif copyright").decode()
    tags[0x9C9B] = wide("exif xp title")
    tags[0x83BB] = secret("iptc within exif")
    tags.get_ifd(0x8769).update(
        {
            0x9286: b"ASCII\0\0\0" + secret("exif comment"),
            0x927C: secret("maker note"),
            0xA431: secret("exif serial number").decode(),
        }
    )
    tags.get_ifd(0x8825).update({1: "N", 2: (48.0, 8.0, 14.0), 0x1D: secret("gps").decode()})
    block = tags.tobytes()
    thumbnail = encoded(Image.new("RGB", (16, 16)), "JPEG", comment=secret("exif thumbnail"))
    return _with_thumbnail(block, thumbnail)


def _with_thumbnail(block: bytes, thumbnail: bytes) -> bytes:
    """A second directory behind the first: EXIF 2.32, 4.5.4 and 4.6.5.2."""
    tiff = block.removeprefix(b"Exif\0\0")
    order = "<" if tiff.startswith(b"II") else ">"
    start = struct.unpack(f"{order}I", tiff[4:8])[0]
    link = start + 2 + 12 * struct.unpack(f"{order}H", tiff[start : start + 2])[0]
    second = len(tiff)
    image_at = second + 2 + 3 * 12 + 4
    entries = ((0x0103, 3, 6), (0x0201, 4, image_at), (0x0202, 4, len(thumbnail)))
    directory = struct.pack(f"{order}H", len(entries))
    for tag, kind, value in entries:
        coded = (
            struct.pack(f"{order}HH", value, 0) if kind == 3 else struct.pack(f"{order}I", value)
        )
        directory += struct.pack(f"{order}HHI", tag, kind, 1) + coded
    linked = tiff[:link] + struct.pack(f"{order}I", second) + tiff[link + 4 :]
    return b"Exif\0\0" + linked + directory + bytes(4) + thumbnail


def xmp(place: str = "xmp") -> bytes:
    words = secret(place).decode()
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>{words}</rdf:RDF></x:xmpmeta>'.encode()


# What each source is made of; every place has a secret of its own.


def jpeg(image: Image.Image | None = None) -> bytes:
    image = image or picture()
    data = encoded(image, "JPEG", quality=90, exif=exif(), icc_profile=icc(), xmp=xmp())
    thumbnail = secret("jfif thumbnail").ljust(48, b".")
    guid = b"0123456789ABCDEF0123456789ABCDEF"
    extended = xmp("extended xmp")
    iptc = b"\x1c\x02\x78" + struct.pack(">H", len(secret("iptc"))) + secret("iptc")
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(iptc)) + iptc
    segments = (
        (0xE0, b"JFIF\0\1\2\0\0\1\0\1\4\4" + thumbnail),
        (0xE0, b"JFXX\0\x10" + encoded(Image.new("RGB", (8, 8)), "JPEG", comment=secret("jfxx"))),
        (
            0xE1,
            b"http://ns.adobe.com/xmp/extension/\0"
            + guid
            + struct.pack(">II", len(extended), 0)
            + extended,
        ),
        (0xEB, b"JP\0\1" + secret("c2pa")),
        (0xEC, b"Ducky" + secret("ducky")),
        (0xED, b"Photoshop 3.0\0" + resource + b"\0" * (len(resource) % 2)),
        (0xE5, secret("unknown segment")),
        (0xFE, secret("comment")),
    )
    more = b"".join(
        struct.pack(">BBH", 0xFF, marker, 2 + len(body)) + body for marker, body in segments
    )
    return data[:2] + more + data[2:] + secret("after the end")


def mpo() -> bytes:
    buffer = io.BytesIO()
    second = open_image(encoded(picture(), "JPEG", comment=secret("second picture")))
    picture().save(buffer, "MPO", save_all=True, append_images=[second], exif=exif())
    behind = encoded(picture(), "JPEG", comment=secret("gain map"))
    return buffer.getvalue() + behind


def chunk(kind: bytes, body: bytes) -> bytes:
    tail = struct.pack(">I", zlib.crc32(kind + body))
    return struct.pack(">I", len(body)) + kind + body + tail


def png(mode: str = "RGB") -> bytes:
    info = PngInfo()
    info.add_text("Title", secret("text chunk").decode())
    info.add_text("Comment", secret("compressed text").decode(), zip=True)
    info.add_itxt("Description", secret("international text").decode(), zip=True)
    info.add_itxt("XML:com.adobe.xmp", xmp().decode())
    info.add_text("Raw profile type exif", f"\nexif\n8\n{secret('raw profile').hex()}", zip=False)
    data = encoded(picture(mode), "PNG", pnginfo=info, exif=exif(), dpi=(300, 300))
    profile_chunk = chunk(b"iCCP", secret(ICC_NAME) + b"\0\0" + zlib.compress(icc()))
    own = chunk(b"prVt", secret("private chunk"))
    own += chunk(b"sPLT", secret("suggested palette") + b"\0\x08" + bytes(6))
    own += chunk(b"caBX", secret("c2pa chunk"))
    late = chunk(b"tEXt", b"Late\0" + secret("text behind the pixels"))
    return (
        data[:33] + profile_chunk + own + data[33:-12] + late + data[-12:] + secret("after the end")
    )


def webp(mode: str = "RGB") -> bytes:
    data = encoded(picture(mode), "WEBP", lossless=True, exif=exif(), xmp=xmp(), icc_profile=icc())
    body = secret("unknown chunk")
    body += bytes(len(body) % 2)
    data += b"ZZZZ" + struct.pack("<I", len(body)) + body
    whole = data[:4] + struct.pack("<I", len(data) - 8) + data[8:]
    return whole + secret("after the end")


def gif() -> bytes:
    def blocks(body: bytes) -> bytes:
        return bytes([len(body)]) + body + b"\0"

    data = encoded(picture().convert("P"), "GIF", comment=secret("comment"))
    start = 13 + (3 << ((data[10] & 7) + 1))
    head, rest = data[:start], data[start:]
    application = b"!\xff\x0bXMP DataXMP" + xmp() + b"\1" + bytes(range(255, -1, -1)) + b"\0"
    own = b"!\xff\x0b" + b"OWNAPPLI1.0" + blocks(secret("application"))
    text = b"!\1\x0c" + bytes(12) + blocks(secret("plain text"))
    return head.replace(b"GIF87a", b"GIF89a") + application + own + text + rest + secret("after")


def avif(mode: str = "RGB") -> bytes:
    data = encoded(picture(mode), "AVIF", exif=exif(), xmp=xmp(), icc_profile=icc())
    return data + _boxes()


def heif(mode: str = "RGB") -> bytes:
    data = encoded(picture(mode), "HEIF", exif=exif(), xmp=xmp(), icc_profile=icc())
    return data + _boxes()


def _boxes() -> bytes:
    free, own = secret("free box"), bytes(16) + secret("uuid box")
    return (
        struct.pack(">I4s", 8 + len(free), b"free")
        + free
        + struct.pack(">I4s", 8 + len(own), b"uuid")
        + own
        + secret("after the end")
    )


SOURCES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "jpeg": ("jpeg", jpeg),
    "cmyk jpeg": ("jpeg", lambda: jpeg(picture().convert("CMYK"))),
    "grey jpeg": ("jpeg", lambda: jpeg(picture().convert("L"))),
    "mpo": ("jpeg", mpo),
    "png": ("png", png),
    "png with alpha": ("png", lambda: png("RGBA")),
    "webp": ("webp", webp),
    "webp with alpha": ("webp", lambda: webp("RGBA")),
    "gif": ("gif", gif),
    "avif": ("avif", avif),
    "avif with alpha": ("avif", lambda: avif("RGBA")),
    "heic": ("heic", heif),
    "heic with alpha": ("heic", lambda: heif("RGBA")),
}
MIN_PLACES = {"jpeg": 17, "mpo": 10, "png": 18, "webp": 13, "gif": 5, "avif": 13, "heic": 13}


def variants() -> Iterator[Variant]:
    yield Variant("same", "rendition", *SIZE)
    yield Variant("small", "rendition", 32, 24)
    yield Variant("crop", "rendition", 20, 20, fit="cover")
    yield Variant("padded", "rendition", 40, 40, fit="contain")
    for kind in get_args(AnyFilter):
        name = kind.__struct_config__.tag
        more: dict[str, Any] = {"text": "hello"} if name == "watermark" else {}
        filter_spec = {"filter": name, "name": name, "width": SIZE[0], **more}
        yield Variant(name, "filter", *SIZE, filter=name, spec=filter_spec)


def files(data: bytes) -> Iterator[tuple[str, str, bytes]]:
    """(variant, format, file) of all that the steps make of an upload."""
    for variant in variants():
        make = resized_masters if variant.kind == "rendition" else filtered_masters
        master = next(make(data, [variant]))
        assert marks(master) == 0, variant.name
        # All formats of one plain variant; of the others the fast ones.
        formats = RECIPE_FORMATS if variant.name == "same" else ("webp", "png")
        for format, file in encoded_files(master, formats, 72):
            yield variant.name, format, file


def spoken(data: bytes) -> Iterator[bytes]:
    """`data`, and what is deflated in it."""
    yield data
    for at in range(len(data) - 1):
        if data[at] == 0x78 and (data[at] << 8 | data[at + 1]) % 31 == 0:
            try:
                yield zlib.decompressobj().decompress(data[at:], 1 << 20)
            except zlib.error:
                continue


def marks(data: bytes) -> int:
    """How often the mark of the secrets stands in `data`, in any of its spellings."""
    forms = [MARK.encode(code) for code in ("ascii", "utf-16-le", "utf-16-be")]
    forms += [MARK.encode().hex().encode(), base64.b64encode(MARK.encode())[:6]]
    return sum(text.lower().count(form.lower()) for text in spoken(data) for form in forms)


@pytest.mark.parametrize("name", SOURCES)
def test_no_file_says_anything_that_its_source_says(name: str) -> None:
    format, make = SOURCES[name]
    data = make()
    assert marks(data) >= 2 * MIN_PLACES.get(name, MIN_PLACES[format]), "not all was planted"
    assert len(load_upright_srgb(data).getbands()) == (4 if "alpha" in name else 3)
    for variant, output, file in files(data):
        assert marks(file) == 0, (variant, output)
        assert foreign(output, file) == [], (variant, output)


@pytest.mark.parametrize("name", SOURCES)
def test_neither_the_placeholder_nor_the_preview_says_anything(name: str) -> None:
    small = inspect(SOURCES[name][1](), default_settings().limits()).small
    uri = placeholder(small.image, small.box)
    held = base64.b64decode(uri.removeprefix(PREFIX))
    assert foreign("webp", held) == [] and marks(held) == 0
    shown = moderation_jpeg(small.image, small.box)
    assert foreign("jpeg", shown) == [] and marks(shown) == 0


@pytest.mark.parametrize("name", SOURCES)
def test_this_test_plants_what_decoders_find(name: str) -> None:
    """Where Pillow tells of such a thing, it has found it: the secrets are where they should be."""
    format, make = SOURCES[name]
    image = open_image(make())
    image.load()
    told = {"jpeg": ("exif", "xmp", "icc_profile", "comment"), "gif": ("comment",)}
    for key in told.get(format, ("exif", "xmp", "icc_profile")) if name != "mpo" else ("exif",):
        assert MARK.encode() in image.info[key], key
    if format != "gif":
        assert image.getexif()[0x010E].startswith(MARK)
        assert len(list(parts(format, make()))) > 4


def test_what_an_image_object_knows_is_not_written_either() -> None:
    image = load_upright_srgb(jpeg())
    assert image.info == {} and type(image) is Image.Image
    assert not image.getexif()
