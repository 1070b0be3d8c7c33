"""Which files an upload takes, and which image each becomes."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.errors import CommandError
from cli.uploads import find_files, named_files, upload


def put(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def images(*paths: Path) -> list[str]:
    return [image for _, image in find_files(paths)]


def test_a_file_becomes_an_image_of_its_own_name(tmp_path: Path) -> None:
    put(tmp_path, "deep/a b+ü.jpg")
    path = tmp_path / "deep" / "a b+ü.jpg"

    assert list(find_files([path])) == [(path, "a b+ü.jpg")]


def test_a_folder_gives_its_name_to_all_below_it(tmp_path: Path) -> None:
    put(tmp_path, "trip/b.jpg", "trip/a.jpg", "trip/day 2/c.png", "other/d.jpg")

    assert images(tmp_path / "trip") == ["trip/a.jpg", "trip/b.jpg", "trip/day 2/c.png"]


def test_the_current_folder_has_a_name_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "trip/a.jpg")
    monkeypatch.chdir(tmp_path / "trip")

    assert images(Path(".")) == ["trip/a.jpg"]


def test_hidden_files_are_left_out_of_a_folder_and_taken_by_name(tmp_path: Path) -> None:
    put(tmp_path, "trip/.DS_Store", "trip/.thumbnails/a.jpg", "trip/a.jpg", ".own.jpg")

    assert images(tmp_path / "trip", tmp_path / ".own.jpg") == ["trip/a.jpg", ".own.jpg"]


def test_a_hidden_folder_above_does_not_count(tmp_path: Path) -> None:
    put(tmp_path, ".cache/trip/a.jpg")

    assert images(tmp_path / ".cache" / "trip") == ["trip/a.jpg"]


def test_paths_are_taken_in_the_order_given(tmp_path: Path) -> None:
    put(tmp_path, "b.jpg", "a.jpg", "trip/c.jpg")

    assert images(tmp_path / "b.jpg", tmp_path / "trip", tmp_path / "a.jpg") == [
        "b.jpg",
        "trip/c.jpg",
        "a.jpg",
    ]


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"found nothing at .*missing\.jpg"):
        images(tmp_path / "missing.jpg")


def test_two_files_of_one_name_are_refused_and_both_are_named(tmp_path: Path) -> None:
    put(tmp_path, "one/trip/a.jpg", "two/trip/a.jpg")
    folders = [tmp_path / "one" / "trip", tmp_path / "two" / "trip"]

    with pytest.raises(CommandError) as refused:
        named_files(folders)

    assert all(str(folder / "a.jpg") in refused.value.message for folder in folders)


def test_a_file_that_is_given_twice_goes_once(tmp_path: Path) -> None:
    put(tmp_path, "trip/a.jpg")

    assert [*named_files([tmp_path / "trip", tmp_path / "trip" / ".." / "trip"])] == ["trip/a.jpg"]


def test_a_folder_without_files_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="found none"):
        named_files([tmp_path])


@pytest.mark.parametrize(
    ("name", "kind"), [("a.jpg", "image/jpeg"), ("a", "application/octet-stream")]
)
def test_an_upload_goes_below_raw_with_a_type(tmp_path: Path, name: str, kind: str) -> None:
    put(tmp_path, name)
    sent: list[tuple[object, ...]] = []

    class Stack:
        outputs = {"UploadBucket": "uploads"}  # noqa: RUF012

        class s3:
            @staticmethod
            def upload_file(*arguments: object, ExtraArgs: dict[str, str], **_: object) -> None:
                sent.append((*arguments, ExtraArgs["ContentType"]))

    upload(Stack(), tmp_path / name, "trip/ü.jpg")  # type: ignore[arg-type]

    assert sent == [(str(tmp_path / name), "uploads", "raw/trip/ü.jpg", kind)]
