"""What each function brings in as it starts, and what it leaves until it is needed."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from bench.cold import SUBJECTS, environment, starting
from darkroom.images import DECODERS, decoders

# A package more here costs every cold start: `python -m bench.cold` says how much.
EVERYWHERE = {
    *("aws_lambda_powertools", "typing_extensions"),
    *("botocore", "dateutil", "jmespath", "six", "urllib3"),
    "msgspec",
}
PACKAGES = {
    "validate": EVERYWHERE | {"PIL"},
    "resize": EVERYWHERE | {"PIL"},
    "filter": EVERYWHERE | {"PIL"},
    "optimize": EVERYWHERE | {"PIL"},
    "review": EVERYWHERE | {"itsdangerous", "jinja2", "markupsafe"},
    "publish": EVERYWHERE,
}
IMAGES = {"validate", "resize", "filter", "optimize"}
# What is large, and who has a use for it.
LARGE = {
    "asyncio": {"review"},  # Powertools' routing
    "darkroom.images": IMAGES,
    "darkroom.recipes": {"validate", "filter"},
    "multiprocessing": set[str](),
    "PIL.ImageFont": {"filter"},
    "PIL.TiffImagePlugin": set[str](),
}
OF_OTHER_FORMATS = ("PIL.TgaImagePlugin", "PIL.PcxImagePlugin")

BRANDS = (
    *(b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"),
    *(b"mif1", b"msf1", b"avif", b"avis", b"qt  ", b"isom"),
)

Run = Callable[[str], list[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs code in a fresh process, in an empty folder, and gives the modules that it has then."""

    def fresh(code: str) -> list[str]:
        done = subprocess.run(
            starting(f"{code}\nprint(*(name for name in sys.modules if sys.modules[name]))"),
            env=environment(),
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    return fresh


@pytest.mark.parametrize("function", SUBJECTS)
def test_a_function_imports_what_it_uses_and_no_more(function: str, run: Run) -> None:
    modules = run(f"import {function}.handler")
    packages = {name.partition(".")[0] for name in modules} - {"darkroom", function, "__main__"}
    foreign = {name for name in packages if not name.startswith("__editable__")}
    assert foreign - sys.stdlib_module_names == PACKAGES[function]
    for name, users in LARGE.items():
        assert (name in modules) == (function in users), name


def encoded(format: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(buffer, format)
    return buffer.getvalue()


def test_pictures_bring_in_no_plugin_of_another_kind(run: Run, tmp_path: Path) -> None:
    """Neither those that are read nor those that are made: Pillow would import all that it has."""
    for format in ("JPEG", "PNG", "WEBP", "GIF", "AVIF"):
        (tmp_path / format).write_bytes(encoded(format))
    modules = run(
        "import io\n"
        "from pathlib import Path\n"
        "from darkroom.images import load_upright_srgb\n"
        "for path in Path().iterdir():\n"
        "    image = load_upright_srgb(path.read_bytes())\n"
        "for format in ('JPEG', 'PNG', 'WEBP', 'AVIF'):\n"
        "    image.save(io.BytesIO(), format)"
    )
    assert {"pillow_heif", *OF_OTHER_FORMATS}.isdisjoint(modules)


def test_the_search_for_settings_brings_in_nothing_but_pillow(run: Run) -> None:
    modules = run(
        "from PIL import Image\n"
        "from darkroom.masters import pack\n"
        "from optimize.files import encoded_files\n"
        "master = pack(Image.effect_noise((96, 96), 40).convert('RGB'))\n"
        "assert len(list(encoded_files(master, ('avif', 'webp', 'jpeg', 'png'), 72))) == 4"
    )
    packages = {name.partition(".")[0] for name in modules} - sys.stdlib_module_names
    foreign = {name for name in packages if not name.startswith("__editable__")}
    assert foreign <= PACKAGES["optimize"] | {"darkroom", "optimize", "__main__"}


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"heix"])
def test_a_heic_brings_in_its_decoder(brand: bytes, run: Run, tmp_path: Path) -> None:
    data = encoded("HEIF")
    (tmp_path / "picture").write_bytes(data[:8] + brand + data[12:])
    modules = run(
        "from pathlib import Path\n"
        "from darkroom.images import load_upright_srgb\n"
        "assert load_upright_srgb(Path('picture').read_bytes()).size == (64, 64)\n"
        "import pillow_heif\n"
        "assert not pillow_heif.options.THUMBNAILS"
    )
    assert "pillow_heif" in modules


def test_bytes_that_only_begin_like_a_heic_are_no_picture(run: Run) -> None:
    run(
        "from darkroom.errors import ImageError\n"
        "from darkroom.images import open_image\n"
        "try:\n"
        "    open_image(b'\\0\\0\\0\\x18ftypheic' + bytes(64))\n"
        "except ImageError as error:\n"
        "    assert error.code == 'not_an_image'\n"
        "else:\n"
        "    raise SystemExit('expected no picture')"
    )


def test_a_decoder_that_is_missing_is_no_verdict_on_the_picture(run: Run) -> None:
    run(
        "from darkroom.images import open_image\n"
        "sys.modules['pillow_heif'] = None\n"
        "try:\n"
        "    open_image(b'\\0\\0\\0\\x18ftypheic' + bytes(64))\n"
        "except ImportError:\n"
        "    pass\n"
        "else:\n"
        "    raise SystemExit('expected an error')"
    )


@pytest.mark.parametrize("start", [b"\0\0\0\x18ftyp", b"\0\0\0\x18moov", b"\xff\xd8\xff\xe0JFIF"])
def test_the_decoder_of_heic_is_there_wherever_it_would_take_the_bytes(start: bytes) -> None:
    pillow_heif.register_heif_opener()
    takes = Image.OPEN["HEIF"][1]
    assert takes is not None
    for brand in BRANDS:
        data = start + brand + bytes(12)
        assert not takes(data) or decoders(data) == DECODERS, brand
