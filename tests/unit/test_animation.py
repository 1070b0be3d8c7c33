"""What moves, how fast and how often: as a browser shows it."""

from __future__ import annotations

import itertools
import struct
import zlib
from collections.abc import Callable

import pytest
from PIL import Image, ImageCms

from darkroom.animation import LONGEST_MS, Animation, is_animated, open_animation
from darkroom.errors import ImageError
from darkroom.images import load_upright_srgb
from tests.animations import (
    CLEAR,
    COLOURS,
    KEEP,
    RESTORE,
    Patch,
    apng,
    ball,
    gif,
    png_chunk,
    written,
)
from tests.pictures import draw, encoded, jpeg

SIZE = (8, 6)
WHOLE = (0, 0, *SIZE)
CLEAR_PIXEL, RED, LIME, BLUE = COLOURS.values()

Write = Callable[..., bytes]
both = pytest.mark.parametrize("write", [gif, apng])


def opened(data: bytes) -> Animation:
    animation = open_animation(data)
    assert animation is not None
    return animation


def shown(data: bytes) -> list[Image.Image]:
    return [frame.image for frame in opened(data).frames]


def durations(data: bytes) -> list[float]:
    return [frame.duration_ms for frame in opened(data).frames]


def at(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    return tuple(image.convert("RGBA").getpixel((x, y)))  # type: ignore[arg-type]


def corners(image: Image.Image) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Top left and bottom right."""
    return at(image, 0, 0), at(image, image.width - 1, image.height - 1)


# ── What is there ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP", "AVIF"])
def test_every_frame_comes_in_its_order_as_large_as_the_picture(format: str) -> None:
    options = {} if format in ("GIF", "PNG") else {"quality": 95}
    data = written([ball(number) for number in range(5)], format, **options)

    animation = opened(data)
    frames = [frame.image for frame in animation.frames]

    assert animation.count == len(frames) == 5
    assert {(frame.mode, frame.size) for frame in frames} == {("RGB", (48, 32))}
    for number, frame in enumerate(frames):
        block = 4 * number + 6
        red, _, blue, _ = at(frame, block, 16)
        assert red > 200 and blue < 60, (number, at(frame, block, 16))
        assert at(frame, (block + 24) % 48, 16)[0] < 60, number


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP"])
def test_the_first_frame_is_the_still(format: str) -> None:
    options = {"lossless": True} if format == "WEBP" else {}
    data = written([ball(number, mode="RGBA") for number in range(3)], format, **options)

    first = shown(data)[0]
    still = load_upright_srgb(data)

    assert (first.mode, first.tobytes()) == (still.mode, still.tobytes())


@pytest.mark.parametrize(
    "data",
    [
        encoded(draw("still"), "PNG"),
        encoded(draw("still"), "GIF"),
        encoded(draw("still"), "WEBP"),
        encoded(draw("still"), "AVIF"),
        jpeg("still"),
        encoded(draw("still"), "MPO", save_all=True, append_images=[draw("second")]),
        gif(SIZE, [Patch("red", WHOLE)]),
        apng(SIZE, [Patch("red", WHOLE)], default="blue"),
    ],
    ids=["png", "gif", "webp", "avif", "jpeg", "mpo", "one-frame gif", "one-frame apng"],
)
def test_one_picture_is_no_animation(data: bytes) -> None:
    assert open_animation(data) is None


def test_a_webp_tells_by_its_header_whether_it_moves() -> None:
    frames = [ball(number) for number in range(3)]
    assert is_animated(written(frames, "WEBP"))
    assert not is_animated(encoded(frames[0], "WEBP"))
    assert not is_animated(encoded(ball(0, mode="RGBA"), "WEBP", exif=b"II*\0"))
    assert not is_animated(written(frames, "GIF"))


def test_frames_are_decoded_one_by_one() -> None:
    data = bytearray(apng(SIZE, [Patch("red", WHOLE), Patch("lime", WHOLE), Patch("blue", WHOLE)]))
    data[data.rindex(b"fdAT") + 12] ^= 0xFF

    frames = opened(bytes(data)).frames

    assert [corners(next(frames).image)[0] for _ in range(2)] == [RED, LIME]
    with pytest.raises(ImageError, match="corrupt: frame 3 of the animation's 3 is damaged"):
        next(frames)


def test_a_wrong_checksum_is_damage_even_where_the_pixels_can_be_read() -> None:
    data = bytearray(apng(SIZE, [Patch("red", WHOLE), Patch("lime", WHOLE)]))
    data[data.rindex(b"IEND") - 5] ^= 0xFF
    with pytest.raises(ImageError, match="corrupt: frame 2"):
        list(opened(bytes(data)).frames)


# ── How fast, how often ──────────────────────────────────────────────────────────────────────────


def test_a_gifs_time_is_in_hundredths_of_a_second() -> None:
    delays = [Patch("red", WHOLE, delay=(number, 100)) for number in (2, 7, 65_535)]
    assert durations(gif(SIZE, delays)) == [20, 70, 655_350]


def test_an_apngs_time_is_a_fraction_of_a_second() -> None:
    delays = [Patch("red", WHOLE, delay=delay) for delay in ((1, 60), (3, 4), (5, 0))]
    assert durations(apng(SIZE, delays)) == [pytest.approx(1000 / 60), 750, 50]


@pytest.mark.parametrize("format", ["WEBP", "AVIF"])
def test_the_time_of_webp_and_avif_is_in_milliseconds(format: str) -> None:
    data = written([ball(number) for number in range(3)], format, [33, 500, 41])
    assert durations(data) == [33, 500, 41]


@both
def test_what_asks_for_hardly_any_time_is_shown_as_browsers_show_it(write: Write) -> None:
    delays = [Patch("red", WHOLE, delay=(number, 100)) for number in (0, 1, 2)]
    assert durations(write(SIZE, delays)) == [100, 100, 20]


def test_a_frame_is_shown_no_longer_than_webp_can_say() -> None:
    longest = Patch("red", WHOLE, delay=(65_535, 1))
    assert durations(apng(SIZE, [longest, longest])) == [LONGEST_MS, LONGEST_MS]
    many = opened(apng(SIZE, [longest] * 200))
    assert sum(frame.duration_ms for frame in many.frames) < 1 << 31


@pytest.mark.parametrize(
    ("again", "plays"), [(None, 1), (0, 0), (1, 2), (4, 5), (65_534, 65_535), (65_535, 65_535)]
)
def test_a_gif_plays_once_more_than_it_repeats(again: int | None, plays: int) -> None:
    data = gif(SIZE, [Patch("red", WHOLE), Patch("lime", WHOLE)], again)
    assert opened(data).plays == plays


@pytest.mark.parametrize(("says", "plays"), [(0, 0), (1, 1), (7, 7), (1 << 31, 65_535)])
def test_an_apng_says_how_often_it_plays(says: int, plays: int) -> None:
    data = apng(SIZE, [Patch("red", WHOLE), Patch("lime", WHOLE)], says)
    assert opened(data).plays == plays


@pytest.mark.parametrize("plays", [0, 1, 7])
def test_a_webp_says_how_often_it_plays(plays: int) -> None:
    data = written([ball(number) for number in range(3)], "WEBP", loop=plays)
    assert opened(data).plays == plays


def test_an_avif_plays_as_often_as_its_edit_list_fits_into_its_track() -> None:
    """Pillow writes "for ever": a list that repeats, in a track without an end."""
    data = written([ball(number) for number in range(3)], "AVIF", 100)
    listed, track = data.index(b"elst") + 4, data.index(b"tkhd") + 4
    segment = int.from_bytes(data[listed + 8 : listed + 16], "big")

    def with_track(duration: int, flags: int = 1) -> int:
        patched = bytearray(data)
        patched[listed + 3] = flags
        patched[track + 28 : track + 36] = duration.to_bytes(8, "big")
        return opened(bytes(patched)).plays

    assert opened(data).plays == 0
    assert with_track(segment) == 1
    assert with_track(3 * segment) == 3
    assert with_track(3 * segment, flags=0) == 1
    assert opened(data.replace(b"edts", b"free")).plays == 0


# ── From parts to frames ─────────────────────────────────────────────────────────────────────────


@both
def test_what_stays_is_there_under_the_next_part(write: Write) -> None:
    patches = [Patch("red", (0, 0, 4, 6), KEEP), Patch("lime", (4, 0, 4, 6), KEEP)]
    first, second = shown(write(SIZE, [Patch("blue", WHOLE), *patches]))[1:]
    assert corners(first) == (RED, BLUE)
    assert corners(second) == (RED, LIME)


@both
def test_what_is_cleared_is_transparent_afterwards_and_nothing_else_is(write: Write) -> None:
    patches = [
        Patch("blue", WHOLE, KEEP),
        Patch("red", (0, 0, 4, 6), CLEAR),
        Patch("lime", (3, 2, 2, 2), KEEP),
    ]
    _, second, third = shown(write(SIZE, patches))
    assert (corners(second), second.mode) == ((RED, BLUE), "RGB")
    assert corners(third) == (CLEAR_PIXEL, BLUE)
    assert at(third, 3, 2) == LIME


@both
def test_what_is_restored_shows_what_was_before(write: Write) -> None:
    patches = [
        Patch("blue", WHOLE, KEEP),
        Patch("red", (0, 0, 4, 6), RESTORE),
        Patch("lime", (3, 2, 2, 2), KEEP),
    ]
    _, second, third = shown(write(SIZE, patches))
    assert corners(second) == (RED, BLUE)
    assert corners(third) == (BLUE, BLUE)
    assert at(third, 4, 3) == LIME


@both
def test_a_first_part_that_is_restored_leaves_nothing(write: Write) -> None:
    first, second = shown(write(SIZE, [Patch("red", WHOLE, RESTORE), Patch("lime", (0, 0, 1, 1))]))
    assert corners(first) == (RED, RED)
    assert corners(second) == (LIME, CLEAR_PIXEL)


@both
def test_a_transparent_part_lets_through_what_was_there(write: Write) -> None:
    frames = shown(write(SIZE, [Patch("red", WHOLE), Patch("clear", WHOLE)]))
    assert [corners(frame) for frame in frames] == [(RED, RED), (RED, RED)]


def test_a_gif_clears_to_nothing_even_where_it_names_a_background() -> None:
    patches = [Patch("red", WHOLE, CLEAR), Patch("lime", (0, 0, 1, 1))]
    second = shown(gif(SIZE, patches, transparent=False, background="blue"))[1]
    assert corners(second) == (LIME, CLEAR_PIXEL)


def test_a_gifs_disposal_ends_with_its_frame() -> None:
    patches = [
        Patch("red", WHOLE, CLEAR),
        Patch("lime", WHOLE, disposal=0),
        Patch("blue", (0, 0, 1, 1)),
    ]
    assert corners(shown(gif(SIZE, patches))[2]) == (BLUE, LIME)


def test_a_gif_without_controls_shows_each_frame_opaque_for_a_tenth_of_a_second() -> None:
    data = gif(SIZE, [Patch("red", WHOLE), Patch("clear", WHOLE)])
    start = data.index(b"!\xf9")
    bare = data[:start] + data[start + 8 :].replace(b"!\xf9\x04\x05\x0a\0\0\0", b"")
    frames = list(opened(bare).frames)
    assert [corners(frame.image)[0] for frame in frames] == [RED, (0, 0, 0, 255)]
    assert [frame.duration_ms for frame in frames] == [100, 100]


def test_a_gifs_control_is_for_the_next_frame_only() -> None:
    patches = [
        Patch("red", WHOLE, CLEAR, (1, 2)),
        Patch("lime", (0, 0, 4, 6)),
        Patch("blue", WHOLE),
    ]
    data = gif(SIZE, patches)
    second = data.index(b"!\xf9", data.index(b"!\xf9") + 1)
    frames = list(opened(data[:second] + data[second + 8 :]).frames)
    assert [frame.duration_ms for frame in frames] == [500, 100, 100]
    assert corners(frames[1].image) == (LIME, CLEAR_PIXEL)


def test_a_part_that_reaches_over_the_edge_is_cut_there() -> None:
    patches = [
        Patch("red", WHOLE),
        Patch("lime", (6, 4, 5, 5), CLEAR),
        Patch("blue", (20, 20, 2, 2)),
    ]
    frames = shown(gif(SIZE, patches))
    assert [frame.size for frame in frames] == [SIZE] * 3
    assert corners(frames[1]) == (RED, LIME)
    assert corners(frames[2]) == (RED, CLEAR_PIXEL)


def test_of_a_part_that_reaches_over_the_edge_its_beginning_is_shown() -> None:
    data = bytearray(written([draw(number, (40, 30)) for number in range(2)], "GIF", disposal=2))
    whole = shown(bytes(data))[1]
    place = data.rindex(b"," + struct.pack("<HHHH", 0, 0, 40, 30))
    data[place + 1] = 7
    moved = shown(bytes(data))[1]
    rest = moved.crop((7, 0, 40, 30)).convert("RGB")
    assert rest.tobytes() == whole.crop((0, 0, 33, 30)).tobytes()


def test_a_part_larger_than_the_picture_is_refused() -> None:
    """Nothing else bounds it, and it would be decoded before it is cut."""
    frames = opened(gif(SIZE, [Patch("red", WHOLE), Patch("lime", (0, 0, 8, 7))])).frames
    next(frames)
    with pytest.raises(ImageError, match="corrupt: frame 2"):
        next(frames)


def test_an_apng_starts_at_its_first_frame_and_not_at_its_default_image() -> None:
    data = apng(SIZE, [Patch("red", WHOLE), Patch("lime", WHOLE)], default="blue")
    assert [corners(frame)[0] for frame in shown(data)] == [RED, LIME]


def test_half_transparent_over_opaque_is_opaque() -> None:
    half = Patch((255, 255, 255, 128), WHOLE)
    _, second = shown(apng(SIZE, [Patch("red", WHOLE), half]))
    assert (second.mode, at(second, 0, 0)) == ("RGB", (255, 128, 128, 255))


def test_a_part_that_replaces_takes_its_transparency_along() -> None:
    half = Patch((255, 255, 255, 128), (0, 0, 4, 6), over=False)
    _, second = shown(apng(SIZE, [Patch("red", WHOLE), half]))
    assert corners(second) == ((255, 255, 255, 128), RED)


def test_a_palettes_transparency_counts_in_every_frame() -> None:
    """Palette and tRNS stand in front once, for all frames."""
    stills = []
    for number in range(2):
        image = Image.new("P", SIZE, 0)
        image.putpalette([0, 0, 0, 255, 0, 0])
        image.paste(1, (number, 0, number + 1, 6))
        stills.append(dict(chunks(encoded(image, "PNG", transparency=0, bits=8))))
    head = [(kind, stills[0][kind]) for kind in (b"IHDR", b"PLTE", b"tRNS")]
    control = [struct.pack(">IIIIIHHBB", number, *SIZE, 0, 0, 1, 10, 1, 1) for number in (0, 1)]
    data = joined(
        [
            *head,
            (b"acTL", struct.pack(">II", 2, 0)),
            *((b"fcTL", control[0]), (b"IDAT", stills[0][b"IDAT"])),
            *((b"fcTL", control[1]), (b"fdAT", struct.pack(">I", 2) + stills[1][b"IDAT"])),
            (b"IEND", b""),
        ]
    )
    for number, frame in enumerate(shown(data)):
        assert at(frame, number, 3) == RED
        assert at(frame, 7, 5)[3] == 0


@pytest.mark.parametrize(("tag", "moved"), [(3, (7, 5)), (6, (5, 0)), (8, (0, 7))])
@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_every_frame_is_turned_upright(format: str, tag: int, moved: tuple[int, int]) -> None:
    """`moved`: where the top left corner comes to lie."""
    frames = []
    for colour in ("red", "lime"):
        image = Image.new("RGB", SIZE, "blue")
        image.paste(colour, (0, 0, 1, 1))
        frames.append(image)
    exif = Image.Exif()
    exif[0x0112] = tag
    # Pillow strips the marker before a still's Exif data, not before an animation's.
    block = exif.tobytes() if format == "PNG" else exif.tobytes().removeprefix(b"Exif\0\0")
    data = written(frames, format, exif=block, **({"lossless": True} if format == "WEBP" else {}))
    upright = shown(data)
    assert {frame.size for frame in upright} == {SIZE if tag == 3 else SIZE[::-1]}
    assert [at(frame, *moved) for frame in upright] == [RED, LIME]


def test_every_frame_is_brought_into_srgb() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    plain = [Patch((10, 120, 200, 255), WHOLE), Patch((200, 120, 10, 255), (0, 0, 4, 6))]
    gamma = png_chunk(b"gAMA", struct.pack(">I", 100_000))
    linear = shown(apng(SIZE, plain, extra=gamma))
    # Linear light of 120/255 is level 182 in sRGB: IEC 61966-2-1, 5.2.
    for frame in linear:
        assert abs(at(frame, 0, 0)[1] - 182) <= 2, at(frame, 0, 0)
    same = shown(apng(SIZE, plain, extra=png_chunk(b"iCCP", b"x\0\0" + zlib.compress(lab))))
    assert [frame.tobytes() for frame in same] == [
        frame.tobytes() for frame in shown(apng(SIZE, plain))
    ]


# ── What is broken ───────────────────────────────────────────────────────────────────────────────


def chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    found, place = [], 8
    while place < len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        found.append((data[place + 4 : place + 8], data[place + 8 : place + 8 + length]))
        place += 12 + length
    return found


def joined(parts: list[tuple[bytes, bytes]]) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(itertools.starmap(png_chunk, parts))


def changed(index: int, place: int, content: bytes) -> Callable[[list[tuple[bytes, bytes]]], None]:
    def change(parts: list[tuple[bytes, bytes]]) -> None:
        kind, old = parts[index]
        parts[index] = (kind, old[:place] + content + old[place + len(content) :])

    return change


# IHDR, acTL, fcTL, IDAT, fcTL, fdAT, IEND
BROKEN: dict[str, Callable[[list[tuple[bytes, bytes]]], None]] = {
    "no frames announced": changed(1, 0, struct.pack(">I", 0)),
    "more frames announced": changed(1, 0, struct.pack(">I", 3)),
    "an acTL cut short": lambda parts: parts.__setitem__(1, (b"acTL", b"\0\0\0\2")),
    "two acTL": lambda parts: parts.insert(1, parts[1]),
    "an acTL behind the pixels": lambda parts: parts.insert(4, parts.pop(1)),
    "no acTL": lambda parts: parts.pop(1) and None,
    "an fcTL cut short": lambda parts: parts.__setitem__(4, (b"fcTL", parts[4][1][:20])),
    "a sequence that starts late": changed(2, 0, struct.pack(">I", 1)),
    "a sequence with a gap": changed(5, 0, struct.pack(">I", 3)),
    "pixels before their control": lambda parts: parts.insert(4, parts.pop(5)),
    "a frame without pixels": lambda parts: parts.pop(5) and None,
    "a frame of no width": changed(4, 4, struct.pack(">I", 0)),
    "a frame outside of the picture": changed(4, 12, struct.pack(">I", 1)),
    "a default image smaller than the picture": changed(2, 4, struct.pack(">I", 7)),
    "an unknown disposal": changed(4, 24, b"\3"),
    "an unknown blending": changed(4, 25, b"\2"),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_an_apng_that_contradicts_itself_is_a_still_or_refused(
    broken: Callable[[list[tuple[bytes, bytes]]], None],
) -> None:
    parts = chunks(apng(SIZE, [Patch("red", WHOLE), Patch("lime", WHOLE)]))
    assert open_animation(joined(parts)) is not None
    broken(parts)
    try:
        assert open_animation(joined(parts)) is None
    except ImageError as error:  # Pillow opens some of them not even as a still
        assert error.code == "not_an_image"


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP", "AVIF"])
def test_a_later_frame_that_is_broken_is_told_as_such(format: str) -> None:
    pictures = [draw(number, (64, 48)) for number in range(4)]
    # Of a lossy WebP nothing is too broken to decode.
    options = {"lossless": True} if format == "WEBP" else {}
    data = bytearray(written(pictures, format, **options))
    place = len(data) * 5 // 8
    # Zeros would end a GIF's chain of sub-blocks, and with it the animation.
    data[place : place + 200] = b"\xff" * 200

    animation = opened(bytes(data))

    with pytest.raises(ImageError, match=r"corrupt: frame [234] of the animation's 4 is damaged"):
        list(animation.frames)
