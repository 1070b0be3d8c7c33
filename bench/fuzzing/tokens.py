"""Words of the formats, for mutations that bytes alone would take ages to find."""

from __future__ import annotations

JPEG = (
    *(b"\xff\xd8\xff", b"\xff\xd9", b"\xff\xda", b"\xff\xc0", b"\xff\xc1", b"\xff\xc2"),
    *(b"\xff\xc3", b"\xff\xc4", b"\xff\xc9", b"\xff\xcc", b"\xff\xdb", b"\xff\xdd", b"\xff\xfe"),
    *(b"\xff\xd0", b"\xff\x00", b"JFIF\0", b"Exif\0\0", b"Adobe\0", b"MPF\0", b"FPXR\0"),
    *(b"ICC_PROFILE\0\1\1", b"Photoshop 3.0\0", b"8BIM\x04\x04", b"8BIM\x03\xed", b"\x1c\x02\x78"),
    b"http://ns.adobe.com/xap/1.0/\0",
)
PNG = (
    *(b"\x89PNG\r\n\x1a\n", b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM"),
    *(b"sRGB", b"iCCP", b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"pHYs", b"bKGD", b"sBIT", b"hIST"),
    *(b"tIME", b"cICP", b"mDCV", b"cLLI", b"acTL", b"fcTL", b"fdAT", b"XML:com.adobe.xmp\0"),
    *(b"Raw profile type exif\0", b"Title\0", b"Description\0", b"Comment\0"),
)
WEBP = (
    *(b"RIFF", b"WEBP", b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP", b"EXIF"),
    *(b"XMP ", b"\x9d\x01\x2a", b"\x2f"),
)
GIF = (
    *(b"GIF87a", b"GIF89a", b"!\xf9\x04", b"!\xfe", b"!\xff\x0bNETSCAPE2.0\x03\x01", b"!\x01"),
    *(b",\0\0\0\0", b";"),
)
ISO = (
    *(b"ftyp", b"avif", b"avis", b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"meta", b"hdlr"),
    *(b"pict", b"pitm", b"iinf", b"infe", b"iloc", b"iref", b"iprp", b"ipco", b"ipma", b"ispe"),
    *(b"irot", b"imir", b"clap", b"pixi", b"pasp", b"colr", b"nclx", b"prof", b"av1C", b"hvcC"),
    *(b"auxC", b"auxl", b"cdsc", b"dimg", b"thmb", b"grid", b"iovl", b"iden", b"hvc1", b"av01"),
    *(
        b"Exif",
        b"mime",
        b"idat",
        b"mdat",
        b"moov",
        b"trak",
        b"stsz",
        b"stco",
        b"elst",
        b"tkhd",
        b"a1op",
        b"lsel",
    ),
    *(b"application/rdf+xml\0", b"urn:mpeg:hevc:2015:auxid:1\0"),
)
METADATA = (
    *(b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"),
    *(b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0", b"\x69\x87\x04\0\x01\0\0\0", b"\x25\x88\x04\0"),
    *(b"UNICODE\0", b"ASCII\0\0\0", b"JIS\0\0\0\0\0", b'tiff:Orientation="6"', b"<dc:title>"),
    *(
        b"</dc:title>",
        b"<dc:rights>",
        b"dc:description",
        b'photoshop:Headline="',
        b"acsp",
        b"mntrRGB XYZ ",
    ),
    *(b"prtrCMYKLab ", b"mntrGRAYXYZ ", b"scnrRGB Lab ", b"rTRC", b"kTRC", b"A2B0", b"wtpt"),
)
OTHER = (
    *(b"%PDF-", b"8BPS", b"BM", b"P6\n", b"<svg", b"<?xml", b"<!doctype html", b"\0\0\1\0"),
    *(b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff", b"\x80\0\0\0", b"\0\0\x40\0", b"\xff\x3f"),
)
TOKENS = (*JPEG, *PNG, *WEBP, *GIF, *ISO, *METADATA, *OTHER)


def dictionary() -> str:
    """As libFuzzer reads it: https://llvm.org/docs/LibFuzzer.html#dictionaries"""
    return "".join(f'"{_escaped(token)}"\n' for token in TOKENS)


def _escaped(token: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in token)
