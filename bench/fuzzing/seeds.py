"""The first files: every format, mode and kind of metadata, drawn small."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import pillow_heif
from PIL import Image, ImageCms, ImageDraw
from PIL.PngImagePlugin import PngInfo

from darkroom.colour.profiles import grey_profile
from validate.sniff import MAGICS

pillow_heif.register_heif_opener()

SIZE = (24, 16)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
GREY = grey_profile(lambda level: level**1.8)
LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description tiff:Orientation="6" '
    b'photoshop:Headline="a head"><dc:title><rdf:Alt><rdf:li>a title</rdf:li></rdf:Alt>'
    b'</dc:title><dc:rights><rdf:Alt><rdf:li xml:lang="x-default">somebody</rdf:li></rdf:Alt>'
    b"</dc:rights></rdf:Description></rdf:RDF></x:xmpmeta>"
)


def seeds() -> Iterator[tuple[str, bytes]]:
    """(name, file)."""
    for draw in (_jpegs, _pngs, _webps, _gifs, _avifs, _heics, _others):
        yield from draw()


def _drawn(mode: str = "RGB", size: tuple[int, int] = SIZE, shift: int = 0) -> Image.Image:
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    pen = ImageDraw.Draw(image)
    pen.ellipse((4 + shift, 2, size[0] // 2 + shift, size[1] - 3), fill=(200, 40 + shift, 90))
    if mode.startswith("I"):
        return image.convert("I").point(lambda level: level * 257).convert(mode)
    if mode.endswith("A"):
        image.putalpha(Image.linear_gradient("L").rotate(90).resize(size))
    return image.convert(mode)


def _file(image: Image.Image, format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def _frames(mode: str = "RGB") -> dict[str, Any]:
    return {
        "save_all": True,
        "append_images": [_drawn(mode, shift=shift) for shift in (3, 6)],
        "duration": [40, 0, 200],
        "loop": 2,
    }


def _exif(orientation: int = 6) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = "a description"
    exif[0x8298] = "somebody"
    exif[0x9C9B] = "a title\0".encode("utf-16-le")
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + "a comment".encode("utf-16-be")
    exif.get_ifd(0x8825)[2] = (48.0, 8.0, 15.0)
    return exif.tobytes()


def _iptc() -> bytes:
    """A Photoshop segment: caption and copyright, IIM 4.2 within an image resource 0x0404."""
    text = b"\x1c\2\x78" + struct.pack(">H", 9) + b"a caption"
    text += b"\x1c\2\x74" + struct.pack(">H", 8) + b"somebody"
    return b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(text)) + text


def _jpegs() -> Iterator[tuple[str, bytes]]:
    for mode in ("L", "RGB", "CMYK"):
        yield f"jpeg-{mode}", _file(_drawn(mode), "JPEG")
    yield "jpeg-progressive", _file(_drawn(), "JPEG", progressive=True, subsampling=0)
    yield "jpeg-restarts", _file(_drawn(), "JPEG", restart_marker_blocks=1, optimize=True)
    for orientation in (1, 3, 5, 8):
        yield f"jpeg-exif-{orientation}", _file(_drawn(), "JPEG", exif=_exif(orientation))
    yield "jpeg-icc", _file(_drawn(), "JPEG", icc_profile=SRGB)
    yield "jpeg-icc-lab", _file(_drawn(), "JPEG", icc_profile=LAB, keep_rgb=True)
    yield "jpeg-icc-grey", _file(_drawn("L").convert("RGB"), "JPEG", icc_profile=GREY)
    yield "jpeg-xmp", _file(_drawn(), "JPEG", xmp=XMP, comment=b"a comment")
    plain = _file(_drawn(), "JPEG")
    segment = b"\xff\xed" + struct.pack(">H", len(_iptc()) + 2) + _iptc()
    yield "jpeg-iptc", plain[:2] + segment + plain[2:]
    yield "jpeg-cut", plain[:-40] + b"\xff\xd9"
    yield "jpeg-mpo", _file(_drawn(), "MPO", save_all=True, append_images=[_drawn(size=(8, 8))])


def _chunk(kind: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def _plain_png(depth: int, colour: int, rows: bytes, *chunks: bytes, interlace: int = 0) -> bytes:
    """8 x 8 px, of what Pillow does not write itself."""
    header = struct.pack(">IIBBBBB", 8, 8, depth, colour, 0, 0, interlace)
    body = _chunk(b"IHDR", header) + b"".join(chunks) + _chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + body + _chunk(b"IEND", b"")


def _pngs() -> Iterator[tuple[str, bytes]]:
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        yield f"png-{mode.replace(';', '-')}", _file(_drawn(mode), "PNG")
    yield "png-p-trns", _file(_drawn("P"), "PNG", transparency=b"\x00\x80\xff")
    yield "png-l-trns", _file(_drawn("L"), "PNG", transparency=0)
    yield "png-rgb-trns", _file(_drawn(), "PNG", transparency=(200, 40, 90))
    info = PngInfo()
    info.add_text("Title", "a title")
    info.add_text("Comment", "a comment", zip=True)
    info.add_text("Copyright", "somebody")
    info.add_itxt("Description", "eine Überschrift", "de", "x", zip=True)
    info.add_itxt("XML:com.adobe.xmp", XMP.decode())
    yield "png-text", _file(_drawn(), "PNG", pnginfo=info)
    yield "png-exif", _file(_drawn(), "PNG", exif=_exif(), dpi=(72, 72))
    yield "png-icc", _file(_drawn(), "PNG", icc_profile=SRGB)
    for mode in ("L", "LA", "I;16"):
        yield f"png-icc-{mode.replace(';', '-')}", _file(_drawn(mode), "PNG", icc_profile=GREY)
    yield "apng", _file(_drawn("RGBA"), "PNG", **_frames("RGBA"), disposal=1, blend=1)
    yield (
        "apng-default",
        _file(_drawn("P"), "PNG", save_all=True, append_images=[_drawn("P")], default_image=True),
    )
    grey16 = b"".join(b"\0" + bytes(range(16)) for _ in range(8))
    yield "png-16-trns", _plain_png(16, 0, grey16, _chunk(b"tRNS", b"\x04\x05"))
    yield "png-16-alpha", _plain_png(16, 4, b"".join(b"\0" + bytes(range(32)) for _ in range(8)))
    yield "png-16-rgb", _plain_png(16, 2, b"".join(b"\2" + bytes(range(48)) for _ in range(8)))
    yield "png-grey-2", _plain_png(2, 0, b"\0\x1b\xe4" * 8, _chunk(b"tRNS", b"\0\1"))
    rgb8 = b"".join(b"\1" + bytes(range(24)) for _ in range(8))
    for code in (b"\x09\x10\0\1", b"\x0c\x0d\0\1", b"\x0b\x12\0\0"):
        yield f"png-cicp-{code.hex()}", _plain_png(8, 2, rgb8, _chunk(b"cICP", code))
    linear = _chunk(b"gAMA", struct.pack(">I", 100_000))
    wide = struct.pack(">8I", 31_270, 32_900, 70_800, 29_200, 17_000, 79_700, 13_100, 4_600)
    yield "png-gamma", _plain_png(8, 2, rgb8, linear, _chunk(b"cHRM", wide))
    extra = (
        _chunk(b"gAMA", struct.pack(">I", 45_455)),
        _chunk(b"cHRM", struct.pack(">8I", 31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15, 6)),
        _chunk(b"sRGB", b"\0"),
        _chunk(b"cICP", b"\x09\x10\0\1"),
        _chunk(b"PLTE", bytes(range(12))),
        _chunk(b"bKGD", b"\1"),
        _chunk(b"tIME", b"\x07\xe9\1\1\1\1\1"),
    )
    adam7 = b"\0\1" * 2 + b"\0\1" + b"\0\1" * 8
    yield "png-interlaced", _plain_png(2, 3, adam7 + bytes(20), *extra, interlace=1)


def _webps() -> Iterator[tuple[str, bytes]]:
    for mode in ("RGB", "RGBA"):
        yield f"webp-{mode}", _file(_drawn(mode), "WEBP")
        yield f"webp-lossless-{mode}", _file(_drawn(mode), "WEBP", lossless=True)
    metadata = {"exif": _exif(), "xmp": XMP, "icc_profile": SRGB}
    yield "webp-metadata", _file(_drawn(), "WEBP", **metadata)
    yield "webp-animated", _file(_drawn("RGBA"), "WEBP", **_frames("RGBA"), exif=_exif())


def _gifs() -> Iterator[tuple[str, bytes]]:
    yield "gif", _file(_drawn("P"), "GIF", comment=b"a comment", interlace=1)
    yield "gif-grey", _file(_drawn("L"), "GIF", interlace=0)
    yield "gif-501", _many_frames(501)
    yield "gif-transparent", _file(_drawn("RGBA"), "GIF")
    for disposal in (0, 1, 2, 3):
        yield (
            f"gif-animated-{disposal}",
            _file(_drawn("RGBA"), "GIF", **_frames("RGBA"), disposal=disposal),
        )


def _many_frames(count: int) -> bytes:
    """Of one pixel each."""
    frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\2\2\x44\1\0"
    return b"GIF89a\1\0\1\0\x80\0\0" + bytes(6) + count * frame + b";"


def _avifs() -> Iterator[tuple[str, bytes]]:
    for mode in ("L", "RGB", "RGBA"):
        yield f"avif-{mode}", _file(_drawn(mode), "AVIF", speed=10)
    metadata = {"exif": _exif(), "xmp": XMP, "icc_profile": SRGB}
    yield "avif-metadata", _file(_drawn(), "AVIF", **metadata, subsampling="4:4:4")
    frames = {key: value for key, value in _frames().items() if key != "loop"}
    yield "avif-animated", _file(_drawn(), "AVIF", **frames)


def _heics() -> Iterator[tuple[str, bytes]]:
    for mode in ("L", "RGB", "RGBA"):
        yield f"heic-{mode}", _file(_drawn(mode, (64, 64)), "HEIF")
    metadata = {"exif": _exif(), "xmp": XMP, "icc_profile": SRGB}
    yield "heic-metadata", _file(_drawn(size=(64, 64)), "HEIF", **metadata)
    more = [_drawn(size=(64, 48)), _drawn(size=(64, 64), shift=4)]
    yield "heic-several", _file(_drawn(size=(64, 64)), "HEIF", save_all=True, append_images=more)


def _others() -> Iterator[tuple[str, bytes]]:
    """What is refused by its name."""
    for offset, magic, name in MAGICS[4:]:
        yield f"{name}-{magic.hex()}", bytes(offset) + magic + bytes(16)
    for format in ("TIFF", "BMP", "PPM", "ICO"):
        yield format.lower(), _file(_drawn(), format)
    yield "svg", b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>"
    yield "html", b"<!doctype html><script>1</script>"
    yield "mp4", b"\0\0\0\x18ftypisom\0\0\0\0isommp42"
