"""What a recipe keeps, through the steps themselves, in the order of the real state machine."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import validate.handler
from darkroom.animation import open_animation
from darkroom.keys import manifest_key
from darkroom.recipes import parse_recipes
from tests.animations import CLEAR, Patch, apng, ball, gif, written
from tests.pictures import draw, encoded
from tests.statemachine.definitions import PROCESS
from tests.statemachine.walk import CONTEXT, Walk
from validate.plan import MAX_ANIMATED_PIXELS

if TYPE_CHECKING:
    from tests.handlers.conftest import Aws

FUNCTIONS = {
    "Validate": "ValidateFunction",
    "ResizeOne": "ResizeFunction",
    "FilterOne": "FilterFunction",
    "OptimizeOne": "OptimizeFunction",
}
RECIPE: dict[str, Any] = {
    "renditions": [
        {"name": "small", "width": 24},
        {"name": "whole", "width": 4000},
        {"name": "square", "width": 16, "height": 16},
    ],
    "filters": [{"name": "noir", "filter": "grayscale", "width": 24}],
}
KEEPING = {**RECIPE, "animation": "keep", "keep": ["copyright"]}
# Of metadata and its containers, in any format.
TRACES = (b"Exif", b"EXIF", b"eXIf", b"ns.adobe.com", b"xmpmeta", b"photoshop", b"iCCP", b"tEXt",
          b"GPS", b"Lisbon", b"Ana")  # fmt: skip


def cook(monkeypatch: pytest.MonkeyPatch, recipe: dict[str, Any]) -> None:
    recipes = parse_recipes(json.dumps({"default": recipe}))
    monkeypatch.setattr(validate.handler, "load_recipes", lambda: recipes)


def processed(aws: Aws, image: str, data: bytes) -> dict[str, Any]:
    """What the Express workflow answers."""

    def call(name: str, arguments: Any) -> Any:
        if name == "Recall":
            return {"Items": []}
        if name == "Claim":
            return {"Attributes": arguments["Key"]}
        if name == "Publish":  # by hand, below
            return {"Payload": {}}
        if name == "TidyOne":
            return aws.s3.delete_object(Bucket=aws[arguments["Bucket"]], Key=arguments["Key"])
        return {"Payload": aws.function(FUNCTIONS[name])(arguments["Payload"])}

    answer: dict[str, Any] = Walk(call, CONTEXT).run(PROCESS.definition, aws.upload(image, data))
    assert [key for key in aws.keys("WorkBucket") if key.startswith("masters/")] == []
    return answer


def published(aws: Aws, image: str, data: bytes) -> dict[str, Any]:
    """The manifest."""
    made = processed(aws, image, data)
    assert made["verdict"] == "accepted", made
    aws.function("PublishFunction")(
        {
            "action": "publish",
            "image": image,
            "version": "0123456789abcdef",
            "execution": "e",
            "made": made,
            "sequencer": "1",
            "started_at": "2025-11-20T06:04:12.500Z",
            "review": {"decision": "approve"} if made["flags"] else {},
        }
    )
    manifest: dict[str, Any] = json.loads(aws.read("PublishedBucket", manifest_key(image)))
    return manifest


def files(aws: Aws, manifest: dict[str, Any]) -> dict[tuple[str, str], tuple[bytes, bool]]:
    """By variant and format: the bytes, and whether the manifest says that they move."""
    return {
        (variant["name"], file["format"]): (
            aws.read("PublishedBucket", file["key"]),
            file.get("animated", False),
        )
        for variant in manifest["variants"]
        for file in variant["files"]
    }


def sources() -> dict[str, bytes]:
    pictures = [ball(number) for number in range(5)]
    times = [30, 40, 500, 60, 70]
    return {
        "gif": written(pictures, "GIF", times, loop=2),
        "apng": written(pictures, "PNG", times, loop=3),
        "webp": written(pictures, "WEBP", times, loop=3, lossless=True),
        "avif": written(pictures, "AVIF", times, quality=95),
    }


@pytest.mark.parametrize("format", ["gif", "apng", "webp", "avif"])
def test_an_animation_comes_out_moving_beside_stills(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    cook(monkeypatch, KEEPING)

    manifest = published(aws, "a.gif", sources()[format])

    assert manifest["source"]["frames"] == 5
    moving = {name for name, (_, moves) in files(aws, manifest).items() if moves}
    assert moving == {("small", "webp"), ("whole", "webp"), ("square", "webp")}
    sizes = {
        variant["name"]: (variant["width"], variant["height"]) for variant in manifest["variants"]
    }
    for (name, kind), (data, moves) in files(aws, manifest).items():
        animation = open_animation(data)
        assert (animation is not None) == moves, (name, kind)
        if animation is None:
            assert Image.open(io.BytesIO(data)).size == sizes[name]
            continue
        frames = list(animation.frames)
        assert animation.plays == (0 if format == "avif" else 3)
        assert [frame.duration_ms for frame in frames] == [30, 40, 500, 60, 70]
        assert {frame.image.size for frame in frames} == {sizes[name]}
    assert 'media="(prefers-reduced-motion: reduce)"' in manifest["picture"]


def test_without_the_recipes_word_the_first_frame_is_all(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    cook(monkeypatch, RECIPE)
    manifest = published(aws, "a.gif", sources()["gif"])
    assert manifest["source"]["frames"] == 5
    assert not any(moves for _, moves in files(aws, manifest).values())
    assert "media=" not in manifest["picture"]
    assert all(open_animation(data) is None for data, _ in files(aws, manifest).values())


def test_a_still_is_a_still_whatever_the_recipe_says(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    cook(monkeypatch, KEEPING)
    manifest = published(aws, "a.png", encoded(draw("still"), "PNG"))
    assert "frames" not in manifest["source"]
    assert "copyright" not in manifest
    assert not any(moves for _, moves in files(aws, manifest).values())


def test_frames_that_are_all_equal_are_a_still_and_called_one(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    cook(monkeypatch, KEEPING)
    data = gif((40, 30), [Patch("red", (0, 0, 40, 30))] * 3)
    manifest = published(aws, "a.gif", data)
    assert not any(moves for _, moves in files(aws, manifest).values())
    assert all(open_animation(data) is None for data, _ in files(aws, manifest).values())


def test_a_transparent_animation_falls_back_on_png(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    cook(monkeypatch, KEEPING)
    patches = [Patch("red", (left, 0, 10, 30), CLEAR) for left in (0, 10, 20)]
    made = files(aws, published(aws, "a.gif", gif((40, 30), patches)))
    assert {format for _, format in made} == {"avif", "webp", "png"}
    animation = open_animation(made["whole", "webp"][0])
    assert animation is not None
    for number, frame in enumerate(animation.frames):
        alpha = frame.image.getchannel("A")
        assert alpha.getpixel((10 * number + 5, 15)) == 255
        assert alpha.getpixel((10 * ((number + 1) % 3) + 5, 15)) == 0


def test_what_is_too_large_to_move_is_a_still_beside_what_moves(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    cook(monkeypatch, {**KEEPING, "formats": ["webp"], "filters": []})
    side = 2 * int((MAX_ANIMATED_PIXELS / 3) ** 0.5 // 2) + 2
    data = gif((side, side), [Patch(colour, (0, 0, 9, 9)) for colour in ("red", "lime", "blue")])
    verdict = aws.function("ValidateFunction")({"upload": aws.upload("a.gif", data)})
    planned = [
        {one["name"]: one.get("animated", False) for one in batch["variants"]}
        for batch in verdict["renditions"]
    ]
    assert planned == [{"small": True}, {"whole": False}, {"square": True}]


@pytest.mark.parametrize("keeps", [True, False])
def test_a_broken_later_frame_is_a_verdict_where_frames_are_kept(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, keeps: bool
) -> None:
    cook(monkeypatch, KEEPING if keeps else RECIPE)
    data = bytearray(apng((40, 30), [Patch(c, (0, 0, 40, 30)) for c in ("red", "lime", "blue")]))
    data[data.rindex(b"fdAT") + 12] ^= 0xFF

    answer = processed(aws, "a.png", bytes(data))

    if keeps:
        assert answer["verdict"] == "invalid"
        assert answer["reason"]["code"] == "corrupt"
        assert "frame 3 of the animation's 3" in answer["reason"]["detail"]
    else:
        assert answer["verdict"] == "accepted"


# ── Copyright ────────────────────────────────────────────────────────────────────────────────────


def photo(format: str) -> bytes:
    """With all that a camera and an agency write."""
    exif = Image.Exif()
    exif[0x010E] = "Lisbon, at home"
    exif[0x013B] = "Ana the artist"
    exif[0x8298] = "(c) 2026 Somebody"
    exif.get_ifd(0x8825)[0x001D] = "Lisbon"
    info = PngInfo()
    info.add_text("Author", "Ana")
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:title>Lisbon</dc:title></x:xmpmeta>'
    options: dict[str, Any] = {"PNG": {"pnginfo": info}}.get(format, {"xmp": xmp})
    return encoded(draw("photo", (80, 60)), format, exif=exif, **options)


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_the_copyright_is_all_that_is_kept_of_the_metadata(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    cook(monkeypatch, {**KEEPING, "formats": ["avif", "webp", "jpeg", "png"]})

    manifest = published(aws, "a.jpg", photo(format))

    assert manifest["copyright"] == "(c) 2026 Somebody"
    made = files(aws, manifest)
    assert len(made) == 16
    for name, (data, _) in made.items():
        exif = Image.open(io.BytesIO(data)).getexif()
        assert dict(exif) == {0x8298: "(c) 2026 Somebody"}, name
        assert exif.get_ifd(0x8825) == {}
        left = [trace for trace in TRACES[3:] if trace in data]
        assert left == [], name


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_without_the_recipes_word_nothing_is_kept(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    cook(monkeypatch, {**RECIPE, "formats": ["avif", "webp", "jpeg", "png"]})
    manifest = published(aws, "a.jpg", photo(format))
    assert "copyright" not in manifest
    for name, (data, _) in files(aws, manifest).items():
        assert [trace for trace in (*TRACES, b"Somebody") if trace in data] == [], name


def test_an_animation_keeps_its_copyright_in_moving_files_and_stills(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    cook(monkeypatch, KEEPING)
    info = PngInfo()
    info.add_text("Copyright", "Ana \xa9 2026")
    data = written([ball(number) for number in range(3)], "PNG", pnginfo=info)
    manifest = published(aws, "a.png", data)
    assert manifest["copyright"] == "Ana \xa9 2026"
    for name, (made, _) in files(aws, manifest).items():
        assert made.count("Ana \xa9 2026".encode()) == 1, name


def test_hostile_text_reaches_the_manifest_as_one_line_and_the_markup_not_at_all(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    cook(monkeypatch, KEEPING)
    info = PngInfo()
    info.add_text("Copyright", '"><script>\nalert(1)\x1b</script>' + "x" * 60_000)
    manifest = published(aws, "a.png", encoded(draw("a", (80, 60)), "PNG", pnginfo=info))
    assert manifest["copyright"].startswith('"><script> alert(1)</script>xxx')
    assert len(manifest["copyright"]) == 500
    assert "script" not in manifest["picture"]
