"""Settings: typed, checked together, and every wrong variable named."""

from __future__ import annotations

import msgspec
import pytest

from darkroom.errors import SettingError
from darkroom.settings import load_settings


class Settings(msgspec.Struct, frozen=True):
    work_bucket: str
    max_bytes: int
    ratio: float
    words: tuple[str, ...] = ("none",)
    dry_run: bool = False


GOOD = {"WORK_BUCKET": "work", "MAX_BYTES": "5", "RATIO": "1.5"}


def test_settings_are_typed_and_have_their_defaults() -> None:
    assert load_settings(Settings, GOOD) == Settings("work", 5, 1.5)


def test_text_that_looks_like_a_number_stays_text() -> None:
    assert load_settings(Settings, {**GOOD, "WORK_BUCKET": "123"}).work_bucket == "123"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ()),
        ("one", ("one",)),
        ("one, two words ,three", ("one", "two words", "three")),
        (" ,, one,", ("one",)),
        ("5", ("5",)),
    ],
)
def test_lists_are_split_at_commas(text: str, words: tuple[str, ...]) -> None:
    assert load_settings(Settings, {**GOOD, "WORDS": text}).words == words


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False), ("1", True)])
def test_a_switch_is_on_or_off(text: str, value: bool) -> None:
    assert load_settings(Settings, {**GOOD, "DRY_RUN": text}).dry_run is value


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"MAX_BYTES": "many"}, "expected `int` for MAX_BYTES, got 'many'"),
        ({"MAX_BYTES": ""}, "expected `int` for MAX_BYTES, got ''"),
        ({"MAX_BYTES": "5.5"}, "expected `int` for MAX_BYTES, got '5.5'"),
        ({"RATIO": "6:1"}, "expected `float` for RATIO, got '6:1'"),
        ({"DRY_RUN": "perhaps"}, "expected `bool` for DRY_RUN, got 'perhaps'"),
    ],
)
def test_a_wrong_variable_is_named_with_what_was_expected(
    change: dict[str, str], said: str
) -> None:
    with pytest.raises(SettingError) as caught:
        load_settings(Settings, {**GOOD, **change})

    assert str(caught.value) == said


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(SettingError) as caught:
        load_settings(Settings, {"MAX_BYTES": "x", "UNKNOWN": "x"})

    assert str(caught.value).splitlines() == [
        "expected a value for WORK_BUCKET, got none",
        "expected `int` for MAX_BYTES, got 'x'",
        "expected a value for RATIO, got none",
    ]


def test_without_a_mapping_the_environment_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)

    assert load_settings(Settings).work_bucket == "work"
