from collections.abc import Sequence

import pytest

from darkroom.likeness import Rejected
from validate.flags import (
    MAX_DETAIL,
    RULES,
    Flag,
    Resembled,
    Subject,
    Thresholds,
    find_flags,
    reopened_flag,
)

HASH = "00000000000000ff"


def known(image: str, likeness: str, at: str = "2026-11-20T06:00:00Z") -> Rejected:
    return Rejected(image, "f" * 16, likeness, at)


def subject(
    image: str = "trip/photo.jpg",
    captions: Sequence[str] = (),
    size: tuple[int, int] = (800, 600),
    likeness: str | None = None,
    rejected: Sequence[Rejected] = (),
) -> Subject:
    return Subject(image, captions, *size, likeness, rejected)


def thresholds(
    keywords: tuple[str, ...] = ("forbidden",),
    low_resolution_px: int = 64,
    extreme_aspect_ratio: float = 4,
    resembles_rejected_bits: int = 6,
) -> Thresholds:
    return Thresholds(keywords, low_resolution_px, extreme_aspect_ratio, resembles_rejected_bits)


def test_an_ordinary_picture_is_not_flagged() -> None:
    assert find_flags(subject(captions=["a day out"], likeness=HASH), thresholds()) == []


@pytest.mark.parametrize(
    "name",
    [
        "forbidden.jpg",
        "FORBIDDEN.JPG",
        "my_forbidden-2.jpg",
        "Forbidden2.png",
        "2forbidden.png",
        "deep/er/not forbidden at all.png",
        "ｆｏｒｂｉｄｄｅｎ.jpg",  # noqa: RUF001 - full width letters
    ],
)
def test_a_keyword_is_found_as_a_whole_word_in_the_file_name(name: str) -> None:
    expected = Flag("keyword", 'the word "forbidden" is in the file name')
    assert find_flags(subject(name), thresholds()) == [expected]


@pytest.mark.parametrize(
    "name", ["unforbidden.jpg", "forbiddenly.jpg", "forbidden/photo.jpg", "éforbidden.jpg", ""]
)
def test_a_part_of_a_word_and_a_folder_are_no_keyword(name: str) -> None:
    assert find_flags(subject(name), thresholds()) == []


def test_a_keyword_is_found_in_a_caption() -> None:
    found = find_flags(subject(captions=["a day out", "Is this FORBIDDEN?"]), thresholds())
    assert found == [Flag("keyword", 'the word "forbidden" is in its caption')]


def test_a_keyword_in_both_places_is_one_flag() -> None:
    found = find_flags(subject("forbidden.jpg", ["forbidden"]), thresholds())
    assert found == [Flag("keyword", 'the word "forbidden" is in the file name and in its caption')]


@pytest.mark.parametrize(
    ("keyword", "text", "matches"),
    [
        ("top secret", "TOP_secret", True),
        ("top secret", "top -- secret", True),
        ("top secret", "topsecret", False),
        ("top-secret", "top secret", True),
        ("straße", "STRASSE", True),
        ("é", "e\u0301", True),
        ("mhz", "50 \u3392", True),  # one sign for the three letters
        ("area 51", "area 51b", False),
        ("area 51", "area 510", False),
        ("area 51", "area_51", True),
        ("c++", "c", True),
        ("a.b", "axb", False),
        ("禁止", "立入 禁止!", True),
    ],
)
def test_keywords_match_as_they_are_read(keyword: str, text: str, matches: bool) -> None:
    found = find_flags(subject(captions=[text]), thresholds(keywords=(keyword,)))
    assert bool(found) is matches, found


def test_words_of_two_captions_make_no_phrase() -> None:
    found = find_flags(subject(captions=["at the top", "secret"]), thresholds(("top secret",)))
    assert found == []


def test_empty_keywords_match_nothing() -> None:
    assert find_flags(subject("-- .jpg", ["", " "]), thresholds(keywords=("", " ", "--"))) == []


def test_every_keyword_that_is_found_is_named() -> None:
    found = find_flags(subject("one two.jpg"), thresholds(keywords=("one", "two", "three")))
    assert [flag.detail for flag in found] == [
        'the word "one" is in the file name',
        'the word "two" is in the file name',
    ]


def test_the_shorter_side_decides_about_low_resolution() -> None:
    found = find_flags(subject(size=(100, 48)), thresholds())
    expected = "48 px on the shorter side, expected at least 64 px"
    assert found == [Flag("low_resolution", expected)]
    assert find_flags(subject(size=(64, 64)), thresholds()) == []


@pytest.mark.parametrize("size", [(1000, 100), (100, 1000)])
def test_an_extreme_aspect_ratio_is_flagged_either_way(size: tuple[int, int]) -> None:
    found = find_flags(subject(size=size), thresholds())
    detail = "the longer side is 10 times the shorter one, expected at most 4 times"
    assert found == [Flag("extreme_aspect_ratio", detail)]


def test_a_ratio_just_over_the_threshold_does_not_read_as_equal_to_it() -> None:
    assert find_flags(subject(size=(4000, 1000)), thresholds()) == []
    [flag] = find_flags(subject(size=(4001, 1000)), thresholds())
    assert "is 4.01 times" in flag.detail


def test_the_nearest_rejected_picture_is_named_and_pointed_to() -> None:
    rejected = [
        known("far.jpg", "00000000000000f0"),
        known("earlier.jpg", "00000000000000f8", "2026-11-19T06:00:00Z"),
        known("trip/x.jpg", "00000000000000f8"),
    ]
    found = find_flags(subject(likeness=HASH, rejected=rejected), thresholds())
    detail = "nearest rejected picture: trip/x.jpg (3 of 64 bits differ, flagged up to 6)"
    assert found == [Flag("resembles_rejected", detail, Resembled("trip/x.jpg", "f" * 16))]


@pytest.mark.parametrize(("rejected", "flagged"), [("000000000000003f", 0), ("0" * 16, 8)])
def test_resemblance_ends_beyond_the_threshold(rejected: str, flagged: int) -> None:
    looked_at = subject(likeness=HASH, rejected=[known("x.jpg", rejected)])
    bits = bin(int(HASH, 16) ^ int(rejected, 16)).count("1")
    assert find_flags(looked_at, thresholds(resembles_rejected_bits=bits)) != []
    assert find_flags(looked_at, thresholds(resembles_rejected_bits=bits - 1)) == []


def test_a_picture_without_a_hash_resembles_nothing() -> None:
    looked_at = subject(likeness=None, rejected=[known("x.jpg", HASH)])
    assert find_flags(looked_at, thresholds(resembles_rejected_bits=64)) == []


def test_every_rule_can_be_turned_off() -> None:
    looked_at = subject("forbidden.jpg", (), (10, 1), HASH, [known("x.jpg", HASH)])
    assert [flag.rule for flag in find_flags(looked_at, thresholds())] == list(RULES)
    assert find_flags(looked_at, thresholds((), 0, 0, -1)) == []


def test_a_detail_stays_short_and_keeps_its_figures() -> None:
    looked_at = subject(likeness=HASH, rejected=[known("x" * 900 + ".jpg", HASH)])
    [flag] = find_flags(looked_at, thresholds())
    assert len(flag.detail) <= MAX_DETAIL
    assert flag.detail.endswith("(0 of 64 bits differ, flagged up to 6)")
    assert flag.resembles is not None and len(flag.resembles.image) == 904
    long = "y" * 900
    [flag] = find_flags(subject(long), thresholds(keywords=(long,)))
    assert len(flag.detail) <= MAX_DETAIL
    assert flag.detail.endswith("is in the file name")


@pytest.mark.parametrize(
    ("reason", "detail"),
    [("wrong one", "reopened by Ann: wrong one"), ("", "reopened by Ann")],
)
def test_a_reopened_picture_is_flagged_with_who_and_why(reason: str, detail: str) -> None:
    assert reopened_flag("Ann", reason) == Flag("reopened", detail)


def test_a_long_reason_for_reopening_is_shortened() -> None:
    flag = reopened_flag("A" * 900, "r" * 900)
    assert len(flag.detail) == MAX_DETAIL
    assert ": rrr" in flag.detail, "the name leaves room for the reason"
