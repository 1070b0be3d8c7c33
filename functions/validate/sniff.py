"""What bytes are, by their content. The name of a file says nothing here."""

from __future__ import annotations

ACCEPTED = ("jpeg", "png", "webp", "gif", "avif", "heic")

# (offset, magic, format). First match wins. The unsupported ones are known by name so that a
# person learns what they sent.
MAGICS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (0, b"II*\x00", "tiff"),
    (0, b"MM\x00*", "tiff"),
    (0, b"II+\x00", "tiff"),
    (0, b"MM\x00+", "tiff"),
    (0, b"8BPS", "psd"),
    (0, b"%PDF-", "pdf"),
    (0, b"%!", "eps"),
    (0, b"\xc5\xd0\xd3\xc6", "eps"),
    (0, b"\x00\x00\x01\x00", "ico"),
    (0, b"\x00\x00\x00\x0cJXL \r\n\x87\n", "jxl"),
    (0, b"\xff\x0a", "jxl"),
    (0, b"\x00\x00\x00\x0cjP  \r\n\x87\n", "jp2"),
    (0, b"\xff\x4f\xff\x51", "jp2"),
    (0, b"DDS ", "dds"),
    (0, b"qoif", "qoi"),
    (0, b"BLP1", "blp"),
    (0, b"BLP2", "blp"),
    (0, b"\x01\xda", "sgi"),
    (0, b"\xd7\xcd\xc6\x9a", "wmf"),
    (40, b" EMF", "emf"),
    (0, b"icns", "icns"),
    (0, b"v/1\x01", "exr"),
    (0, b"#?RADIANCE", "hdr"),
    (0, b"gimp xcf ", "xcf"),
    (0, b"AT&TFORM", "djvu"),
    (0, b"GRIB", "grib"),
    (4, b"\x11\xaf", "fli"),
    (4, b"\x12\xaf", "fli"),
    (0, b"\n\x00\x01", "pcx"),
    (0, b"\n\x02\x01", "pcx"),
    (0, b"\n\x03\x01", "pcx"),
    (0, b"\n\x05\x01", "pcx"),
    (0, b"\xb1\x68\xde\x3a", "dcx"),
    (0, b"DanM", "msp"),
    (0, b"LinS", "msp"),
    (0, b"Image type: ", "im"),
    (0, b"/* XPM */", "xpm"),
    (0, b"SIMPLE  =", "fits"),
    (0, b"\x59\xa6\x6a\x95", "sun"),
    (0, b"FTEX", "ftex"),
    (0, b"\x80\xe8\x00\x00", "pixar"),
    (0, b"\x89HDF\r\n\x1a\n", "hdf5"),
    (0, b"BUFR", "bufr"),
    (0, b"\x8aMNG\r\n\x1a\n", "mng"),
    (0, b"\x8bJNG\r\n\x1a\n", "jng"),
    (0, b"II\xbc\x01", "jxr"),
    (0, b"BPG\xfb", "bpg"),
    (0, b"FLIF", "flif"),
    (0, b"FUJIFILMCCD-RAW", "raw"),
    (0, b"IIU\x00", "raw"),
    (0, b"IIRO", "raw"),
    (0, b"IIRS", "raw"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (0, b"\x1a\x45\xdf\xa3", "mkv"),
    (2048, b"PCD_", "pcd"),
    (0, b"PK\x03\x04", "zip"),
    (0, b"\x1f\x8b", "gzip"),
)

# Brands of ISO base media files: https://mp4ra.org/registered-types/brands
AVIF_BRANDS = frozenset({b"avif", b"avis"})
HEIC_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
)
SHARED_BRANDS = frozenset({b"mif1", b"msf1"})
VIDEO_BRANDS = (b"iso", b"mp4", b"avc1", b"M4V", b"3gp", b"dash", b"MSNV")

# Sizes of the header that follows a BMP's own 14 bytes; "BM" alone is too weak a sign.
BMP_HEADERS = frozenset({12, 16, 40, 52, 56, 64, 108, 124})

# At the very end; a TGA begins with nothing of its own.
TGA_FOOTER = b"TRUEVISION-XFILE.\x00"

MARKUP_SEEN_BYTES = 4096


def sniff(data: bytes) -> str | None:
    """The name of the format, one of ACCEPTED or a known unsupported one; None where unknown."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp":
        return _by_brand(data)
    for offset, magic, name in MAGICS:
        if data.startswith(magic, offset):
            return name
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in BMP_HEADERS:
        return "bmp"
    if data[:1] == b"P" and data[1:2] in b"1234567Ff" and data[2:3].isspace():
        return "pnm"
    if data[:4] == b"\x00\x00\x02\x00" and data[4:6] not in (b"", b"\x00\x00"):
        return "cur"
    if data.endswith(TGA_FOOTER):
        return "tga"
    if data.startswith(b"#define ") and b"_width " in data[:200]:
        return "xbm"
    return _by_markup(data[:MARKUP_SEEN_BYTES])


def _by_brand(data: bytes) -> str | None:
    major = data[8:12]
    end = min(int.from_bytes(data[:4], "big"), len(data), 1024)
    compatible = {data[at : at + 4] for at in range(16, end - 3, 4)}
    if major in AVIF_BRANDS or (major in SHARED_BRANDS and compatible & AVIF_BRANDS):
        return "avif"
    if major in HEIC_BRANDS:
        return "heic"
    if major == b"qt  ":
        return "mov"
    if major == b"crx ":
        return "raw"
    return "mp4" if major.startswith(VIDEO_BRANDS) else None


def _by_markup(start: bytes) -> str | None:
    text = start.decode("utf-8", "replace").lstrip("\ufeff \t\r\n").casefold()
    if text.startswith("<svg") or (text.startswith(("<?xml", "<!--")) and "<svg" in text):
        return "svg"
    if text.startswith(("<!doctype html", "<html", "<head", "<body", "<script")):
        return "html"
    return "xml" if text.startswith("<?xml") else None
