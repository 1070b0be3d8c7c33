from __future__ import annotations

from PIL import ExifTags, Image, TiffImagePlugin

from scenes.dunes import dunes
from scenes.paint.encode import jpeg

UPSIDE_DOWN = 3


def picture() -> bytes:
    """As a camera held upside down stores it: its orientation, its own name, and where it was."""
    tags, gps, ratio = ExifTags.Base, ExifTags.GPS, TiffImagePlugin.IFDRational
    exif = Image.Exif()
    exif[tags.Orientation] = UPSIDE_DOWN
    exif[tags.Make], exif[tags.Model] = "Darkroom", "Sample Camera 3"
    exif[tags.DateTime] = "2024:06:21 05:42:00"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(
        {
            gps.GPSLatitudeRef: "S",
            gps.GPSLatitude: (ratio(24), ratio(43), ratio(39)),
            gps.GPSLongitudeRef: "E",
            gps.GPSLongitude: (ratio(15), ratio(17), ratio(24)),
        }
    )
    return jpeg(dunes().transpose(Image.Transpose.ROTATE_180), 88, exif=exif)
