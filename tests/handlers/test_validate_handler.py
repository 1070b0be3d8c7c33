"""Validate: a verdict for everything that can be uploaded, and an exception for nothing of it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

import validate.handler
from darkroom.errors import SettingError
from darkroom.keys import MAX_KEY_BYTES, moderation_key, waiting_key
from darkroom.likeness import BANDS, Rejected
from darkroom.observability import logger
from darkroom.recipes import load_recipes, parse_recipes
from validate.flags import RULES
from validate.likeness import perceptual_hash
from validate.verdict import MAX_CAPTION

if TYPE_CHECKING:
    from tests.handlers.conftest import Aws, Metrics

Encoded = Callable[..., bytes]


def run(aws: Aws, upload: dict[str, Any], **parameters: str) -> dict[str, Any]:
    answer: dict[str, Any] = aws.function("ValidateFunction", **parameters)({"upload": upload})
    return answer


def rules(verdict: dict[str, Any]) -> list[str]:
    return [flag["rule"] for flag in verdict["flags"]]


def test_an_accepted_picture_gets_a_source_and_a_plan(aws: Aws, jpeg: bytes) -> None:
    upload = aws.upload("trip/a b+ü.jpg", jpeg)

    verdict = run(aws, upload)

    uploaded_at = aws.head("UploadBucket", upload["key"])["LastModified"]
    assert verdict["verdict"] == "accepted"
    assert verdict["recipe"] == "default"
    assert verdict["flags"] == []
    assert verdict["source"] == {
        "key": "raw/trip/a b+ü.jpg",
        "bytes": len(jpeg),
        "uploaded_at": f"{uploaded_at:%Y-%m-%dT%H:%M:%SZ}",
        "format": "jpeg",
        "width": 96,
        "height": 64,
    }
    # Narrower than every rendition of the recipe: one whole picture, one square.
    [renditions], [filters] = verdict["renditions"], verdict["filters"]
    assert renditions["variants"] == [
        {"name": "w320", "kind": "rendition", "width": 96, "height": 64, "fit": "scale"},
        {
            "name": "thumbnail",
            "kind": "rendition",
            "width": 64,
            "height": 64,
            "fit": "cover",
            "gravity": "center",
        },
    ]
    assert [(f["name"], f["filter"], f["width"]) for f in filters["variants"]] == [
        ("noir", "grayscale", 96),
        ("vintage", "sepia", 96),
    ]
    assert verdict["formats"] == ["avif", "webp", "jpeg"]
    assert verdict["quality"] == load_recipes()["default"].quality


def test_the_placeholder_is_a_data_uri_of_at_most_a_kilobyte(aws: Aws, jpeg: bytes) -> None:
    placeholder = run(aws, aws.upload("a.jpg", jpeg))["placeholder"]

    assert placeholder.startswith("data:image/webp;base64,")
    assert len(placeholder) <= 1024


def test_a_folder_named_like_a_recipe_gets_that_recipe(
    aws: Aws, jpeg: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipes = parse_recipes(
        '{"default": {"renditions": [{"name": "a", "width": 50}]},'
        ' "shop": {"renditions": [{"name": "b", "width": 40}], "formats": ["png"]}}'
    )
    monkeypatch.setattr(validate.handler, "load_recipes", lambda: recipes)

    verdict = run(aws, aws.upload("shop/a.jpg", jpeg))

    assert (verdict["recipe"], verdict["formats"]) == ("shop", ["png"])
    [batch] = verdict["renditions"]
    assert [(r["name"], r["width"], r["height"]) for r in batch["variants"]] == [("b", 40, 27)]


def test_a_picture_that_lies_on_its_side_is_planned_upright(
    aws: Aws, drawn: Image.Image, encoded: Encoded
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6

    source = run(aws, aws.upload("a.jpg", encoded(drawn, exif=exif)))["source"]

    assert (source["width"], source["height"]) == (64, 96)


@pytest.mark.parametrize(
    ("image", "metadata", "place"),
    [
        ("trip/forbidden-2.jpg", {}, "the file name"),
        ("trip/a.jpg", {"caption": "Quite FORBIDDEN, really"}, "its caption"),
        ("trip/a.jpg", {"anything": "=?utf-8?q?f=C3=BCr_forbidden?="}, "its caption"),
    ],
)
def test_a_keyword_in_the_name_or_the_metadata_flags(
    aws: Aws, jpeg: bytes, image: str, metadata: dict[str, str], place: str
) -> None:
    verdict = run(aws, aws.upload(image, jpeg, metadata))

    assert verdict["verdict"] == "accepted"
    assert verdict["flags"] == [
        {"rule": "keyword", "detail": f'the word "forbidden" is in {place}'}
    ]


def test_the_keywords_are_the_templates_parameter(aws: Aws, jpeg: bytes) -> None:
    upload = aws.upload("cats and dogs.jpg", jpeg)

    assert rules(run(aws, upload, ReviewKeywords="birds, dogs")) == ["keyword"]
    assert rules(run(aws, upload, ReviewKeywords="")) == []


def test_what_the_uploader_says_goes_to_the_reviewer(aws: Aws, jpeg: bytes) -> None:
    said = run(aws, aws.upload("a.jpg", jpeg, {"caption": "Near the station", "who": "Ana"}))
    silent = run(aws, aws.upload("b.jpg", jpeg))

    assert said["caption"] == "Near the station"
    assert "caption" not in silent


@pytest.mark.parametrize(
    ("metadata", "shown"),
    [
        ({}, "a lake\nat night"),
        ({"who": "Ana", "caption": " "}, "a lake\nat night"),
        ({"caption": "=?utf-8?q?f=C3=BCr_Ana?="}, "für Ana"),
        ({"title": "A title", "caption": "=?utf-8?q??="}, "A title"),
        ({"caption": "=?raw-unicode-escape?q?a=5Cud800b?="}, "a?b"),
    ],
)
def test_where_the_uploader_says_nothing_the_pictures_own_texts_do(
    aws: Aws, drawn: Image.Image, encoded: Encoded, metadata: dict[str, str], shown: str
) -> None:
    exif = Image.Exif()
    exif[0x010E] = "a lake"
    picture = encoded(drawn, exif=exif, comment=b"at  night")

    assert run(aws, aws.upload("a.jpg", picture, metadata))["caption"] == shown


def test_a_caption_is_cut_whoever_wrote_it(
    aws: Aws, jpeg: bytes, drawn: Image.Image, encoded: Encoded
) -> None:
    said = run(aws, aws.upload("a.jpg", jpeg, {"caption": "s" * (MAX_CAPTION + 1)}))
    own = run(aws, aws.upload("b.jpg", encoded(drawn, comment=b"o" * (MAX_CAPTION + 1))))

    assert (said["caption"], own["caption"]) == ("s" * MAX_CAPTION, "o" * MAX_CAPTION)


def test_small_and_long_pictures_are_flagged_by_the_templates_thresholds(
    aws: Aws, encoded: Encoded
) -> None:
    upload = aws.upload("line.png", encoded(Image.new("RGB", (200, 20), "teal"), "PNG"))

    verdict = run(aws, upload)

    assert rules(verdict) == ["low_resolution", "extreme_aspect_ratio"]
    assert "20 px" in verdict["flags"][0]["detail"]
    assert rules(run(aws, upload, LowResolutionPixels="0", ExtremeAspectRatio="0")) == []


def test_a_picture_like_a_rejected_one_is_flagged(aws: Aws, jpeg: bytes) -> None:
    remember(aws, "old/bad.jpg", likeness_of(jpeg))

    verdict = run(aws, aws.upload("new.jpg", jpeg))

    assert rules(verdict) == ["resembles_rejected"]
    assert "old/bad.jpg" in verdict["flags"][0]["detail"]
    assert verdict["flags"][0]["resembles"] == {"image": "old/bad.jpg", "version": "f" * 16}
    assert rules(run(aws, aws.upload("new.jpg", jpeg), ResemblesRejectedBits="-1")) == []


@pytest.mark.parametrize(("bits", "flagged"), [(10, True), (11, False)])
def test_resemblance_ends_beyond_the_templates_threshold(
    aws: Aws, jpeg: bytes, bits: int, flagged: bool
) -> None:
    turned = sum(1 << 5 * number for number in range(bits))
    remember(aws, "old/bad.jpg", f"{int(likeness_of(jpeg), 16) ^ turned:016x}")

    assert bool(rules(run(aws, aws.upload("new.jpg", jpeg)))) is flagged


def test_a_picture_that_is_run_again_does_not_resemble_itself(aws: Aws, jpeg: bytes) -> None:
    upload = aws.upload("bad.jpg", jpeg)
    remember(aws, "bad.jpg", likeness_of(jpeg), upload["version"])
    assert rules(run(aws, upload)) == []

    remember(aws, "bad.jpg", likeness_of(jpeg), "e" * 16)
    assert rules(run(aws, upload)) == ["resembles_rejected"], "of an earlier version it does"


def test_the_table_of_rejections_is_asked_once_a_band_and_never_scanned(
    aws: Aws, jpeg: bytes, encoded: Encoded, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    client = aws.dynamodb
    client.meta.events.register(
        "before-call.dynamodb", lambda model, **_: asked.append(model.name), unique_id="asked"
    )
    monkeypatch.setattr(validate.handler, "dynamodb_client", lambda: client)
    aws["RejectionsTable"]
    asked.clear()

    run(aws, aws.upload("new.jpg", jpeg))
    queries = list(asked)
    run(aws, aws.upload("new.jpg", jpeg), ResemblesRejectedBits="-1")
    run(aws, aws.upload("flat.png", encoded(Image.new("RGB", (90, 90), "teal"), "PNG")))

    client.meta.events.unregister("before-call.dynamodb", unique_id="asked")
    assert queries == ["Query"] * BANDS
    assert asked == queries, "neither where the rule is off nor where there is no likeness"


def test_a_reopened_picture_is_flagged_first_of_all(aws: Aws, jpeg: bytes) -> None:
    upload = aws.upload("forbidden.jpg", jpeg)
    upload["reopened"] = {"by": "Ann", "reason": "the wrong one", "at": "2026-11-20T06:24:08Z"}

    flags = run(aws, upload)["flags"]

    assert flags[0] == {"rule": "reopened", "detail": "reopened by Ann: the wrong one"}
    assert [flag["rule"] for flag in flags] == ["reopened", "keyword"]


def test_a_reopened_picture_without_a_reason_is_flagged_as_well(aws: Aws, jpeg: bytes) -> None:
    upload = aws.upload("a.jpg", jpeg)
    upload["reopened"] = {"by": "Ann", "at": "2026-11-20T06:24:08Z"}

    assert run(aws, upload)["flags"] == [{"rule": "reopened", "detail": "reopened by Ann"}]


def test_what_was_decided_about_stays_flagged_though_no_rule_flags_it_now(
    aws: Aws, jpeg: bytes
) -> None:
    upload = aws.upload("a.jpg", jpeg)
    upload["flags"] = [{"rule": "keyword", "detail": "a word that was taken off the list"}]

    assert run(aws, upload)["flags"] == upload["flags"]


def test_what_a_rule_flags_again_is_flagged_once(aws: Aws, jpeg: bytes) -> None:
    upload = aws.upload("forbidden.jpg", jpeg)
    upload["flags"] = [{"rule": "keyword", "detail": "as it was told then"}]

    [flag] = run(aws, upload)["flags"]
    assert flag["rule"] == "keyword" and flag["detail"] != "as it was told then"


def test_a_threshold_beyond_what_the_look_up_finds_is_named(aws: Aws, jpeg: bytes) -> None:
    with pytest.raises(SettingError, match="RESEMBLES_REJECTED_BITS, got '12'"):
        run(aws, aws.upload("a.jpg", jpeg), ResemblesRejectedBits="12")


def test_a_picture_unlike_every_rejected_one_is_not_flagged(aws: Aws, jpeg: bytes) -> None:
    remember(aws, "old/bad.jpg", f"{int(likeness_of(jpeg), 16) ^ (2**64 - 1):016x}")

    assert rules(run(aws, aws.upload("new.jpg", jpeg))) == []


def test_the_verdict_carries_what_a_rejection_will_be_known_by(aws: Aws, jpeg: bytes) -> None:
    verdict = run(aws, aws.upload("a.jpg", jpeg))

    assert verdict["likeness"] == likeness_of(jpeg)


@pytest.mark.parametrize("word", ["", "on", "Rekognition", "offline", "False"])
def test_moderation_is_off_or_rekognition(aws: Aws, jpeg: bytes, word: str) -> None:
    with pytest.raises(SettingError, match=r"expected .* for MODERATION, got"):
        run(aws, aws.upload("a.jpg", jpeg), Moderation=word)


def test_only_rekognition_gets_a_preview(aws: Aws, encoded: Encoded) -> None:
    clear = Image.new("RGBA", (1500, 300), (0, 0, 0, 0))
    clear.paste((0, 90, 0, 255), (0, 0, 700, 300))
    upload = aws.upload("a.png", encoded(clear, "PNG"))

    without = run(aws, upload)
    assert "moderation_key" not in without
    assert aws.keys("WorkBucket") == []

    verdict = run(aws, upload, Moderation="rekognition")
    assert aws.keys("WorkBucket") == [verdict["moderation_key"]]
    assert aws.head("WorkBucket", verdict["moderation_key"])["ContentType"] == "image/jpeg"
    preview = Image.open(io.BytesIO(aws.read("WorkBucket", verdict["moderation_key"])))
    assert (preview.format, preview.mode, preview.size) == ("JPEG", "RGB", (1024, 205))
    assert min(preview.crop((800, 50, 1000, 150)).tobytes()) >= 250, "transparent parts are white"


@pytest.mark.parametrize("moderation", ["off", "rekognition"])
@pytest.mark.parametrize(("format", "times"), [("JPEG", 2), ("PNG", 1), ("WEBP", 1), ("AVIF", 1)])
def test_a_picture_is_decoded_once_and_a_jpeg_once_more_to_see_a_cut(
    aws: Aws,
    encoded: Encoded,
    monkeypatch: pytest.MonkeyPatch,
    format: str,
    times: int,
    moderation: str,
) -> None:
    opened: list[int] = []
    open_any = Image.open
    upload = aws.upload("a", encoded(Image.linear_gradient("L").convert("RGB"), format))

    def count(file: io.BytesIO, **options: Any) -> Image.Image:
        opened.append(len(file.getvalue()))
        return open_any(file, **options)

    monkeypatch.setattr(Image, "open", count)
    verdict = run(aws, upload, Moderation=moderation)
    assert verdict["placeholder"] and ("moderation_key" in verdict) == (moderation != "off")
    assert len(opened) == times


# What is uploaded, made of a good JPEG, and the code that it gets.
INVALID: list[tuple[str, Callable[[bytes], bytes], str]] = [
    ("a text file", lambda jpeg: b"Dear reader,\nthis is a letter.\n", "not_an_image"),
    ("an empty file", lambda jpeg: b"", "empty"),
    ("half a JPEG", lambda jpeg: jpeg[: len(jpeg) // 2], "truncated"),
    ("a PDF", lambda jpeg: b"%PDF-1.7\n" + jpeg, "unsupported_format"),
    ("a JPEG with holes", lambda jpeg: jpeg[:4] + bytes(400) + jpeg[404:], "corrupt"),
]


@pytest.mark.parametrize(
    ("spoil", "code"), [case[1:] for case in INVALID], ids=[case[0] for case in INVALID]
)
def test_what_is_no_picture_is_an_answer_with_a_reason(
    aws: Aws, jpeg: bytes, spoil: Callable[[bytes], bytes], code: str
) -> None:
    data = spoil(jpeg)

    verdict = run(aws, aws.upload("looks/good.jpg", data))

    assert_invalid(verdict, code)
    assert verdict["source"]["bytes"] == len(data)
    assert "uploaded_at" in verdict["source"]


def test_too_many_pixels_are_refused_with_measure_and_limit(aws: Aws, jpeg: bytes) -> None:
    verdict = run(aws, aws.upload("a.jpg", jpeg), MaxPixels="6143")

    assert_invalid(verdict, "too_many_pixels")
    assert (verdict["reason"]["measured"], verdict["reason"]["limit"]) == (6144, 6143)
    assert run(aws, aws.upload("a.jpg", jpeg), MaxPixels="6144")["verdict"] == "accepted"


def test_too_many_bytes_are_refused_without_reading_them(
    aws: Aws, jpeg: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = aws.upload("a.jpg", jpeg)
    real = aws.s3.get_object

    class Body(io.BytesIO):
        def read(self, *_: Any) -> bytes:
            raise AssertionError("expected the body to stay unread, got a read")

    class Unread:
        """A client whose objects have a body that nobody may read."""

        def get_object(self, **arguments: Any) -> Any:
            return {**real(**arguments), "Body": Body()}

    monkeypatch.setattr(validate.handler, "s3_client", Unread)

    verdict = run(aws, upload, MaxUploadBytes=str(len(jpeg) - 1))

    assert_invalid(verdict, "too_many_bytes")
    assert verdict["reason"]["measured"] == len(jpeg)
    assert verdict["reason"]["limit"] == len(jpeg) - 1


def test_an_upload_that_was_deleted_meanwhile_is_invalid(aws: Aws, jpeg: bytes) -> None:
    upload = aws.upload("a.jpg", jpeg)
    aws.s3.delete_object(Bucket=upload["bucket"], Key=upload["key"])

    verdict = run(aws, upload)

    assert_invalid(verdict, "deleted")
    assert verdict["source"] == {"key": "raw/a.jpg"}


def test_an_upload_that_was_replaced_meanwhile_is_invalid(aws: Aws, jpeg: bytes) -> None:
    upload = aws.upload("a.jpg", jpeg)
    aws.upload("a.jpg", jpeg + b"\0")

    assert_invalid(run(aws, upload), "replaced")


def test_an_upload_that_was_replaced_is_still_there_under_its_version_id(
    aws: Aws, jpeg: bytes
) -> None:
    upload = aws.upload("a.jpg", jpeg)
    upload["version_id"] = aws.head("UploadBucket", upload["key"])["VersionId"]
    aws.upload("a.jpg", b"something else")

    assert run(aws, upload)["source"]["bytes"] == len(jpeg)


@pytest.mark.parametrize("letter", ["n", "ü"])
def test_a_name_too_long_for_the_keys_of_its_files_is_invalid(
    aws: Aws, jpeg: bytes, letter: str
) -> None:
    longest = len(moderation_key("", "0" * 16, "0" * 8).encode())
    assert longest > len(waiting_key("", "0" * 16, "thumbnail", "avif").encode())
    room = (MAX_KEY_BYTES - longest) // len(letter.encode())

    assert run(aws, aws.upload(letter * room, jpeg))["verdict"] == "accepted"
    verdict = run(aws, aws.upload(letter * (room + 1), jpeg))

    assert_invalid(verdict, "name_too_long")
    assert verdict["reason"]["limit"] == MAX_KEY_BYTES - longest


@pytest.mark.parametrize(
    ("image", "verdict"),
    [("../a.jpg", "invalid"), ("x/../../a.jpg", "invalid"), ("./a.jpg", "accepted")],
)
def test_a_name_that_s3_takes_for_no_file_of_ours_is_invalid(
    aws: Aws, jpeg: bytes, image: str, verdict: str
) -> None:
    answer = run(aws, aws.upload(image, jpeg))

    assert answer["verdict"] == verdict
    if verdict == "invalid":
        assert_invalid(answer, "name_leads_out")


def test_the_longest_accepted_name_leaves_room_for_every_key(
    aws: Aws, jpeg: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipes = parse_recipes('{"default": {"renditions": [{"name": "a", "width": 50}]}}')
    monkeypatch.setattr(validate.handler, "load_recipes", lambda: recipes)
    upload = {**aws.upload("n" * 1000, jpeg), "image": "n" * MAX_KEY_BYTES}
    limit = run(aws, upload)["reason"]["limit"]

    verdict = run(aws, aws.upload("n" * limit, jpeg), Moderation="rekognition")

    assert len(verdict["moderation_key"]) == MAX_KEY_BYTES
    assert aws.keys("WorkBucket") == [verdict["moderation_key"]]


def test_every_line_of_the_log_says_which_picture_and_run(
    aws: Aws, jpeg: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", log)
    upload = aws.upload("a.jpg", jpeg)

    run(aws, upload)
    run(aws, upload, MaxPixels="1")

    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["message"] for line in lines] == ["accepted", "invalid"]
    for line in lines:
        for name in ("image", "version", "execution"):
            assert line[name] == upload[name]


def test_the_bytes_of_an_accepted_picture_are_measured_and_an_invalid_one_is_counted(
    aws: Aws, jpeg: bytes, metrics: Metrics
) -> None:
    upload = aws.upload("a.jpg", jpeg)

    run(aws, upload)
    run(aws, upload, MaxPixels="1")

    accepted, invalid = metrics()
    assert accepted["BytesIn"] == len(jpeg)
    assert "Images" not in accepted  # it has no new status yet
    assert (invalid["Images"], invalid["status"], invalid["recipe"]) == (1, "INVALID", "default")


def test_a_trouble_of_s3_is_no_verdict(
    aws: Aws,
    jpeg: bytes,
    monkeypatch: pytest.MonkeyPatch,
    refusing: Callable[[str], Exception],
) -> None:
    class Slow:
        def get_object(self, **_: Any) -> Any:
            raise refusing("SlowDown")

    monkeypatch.setattr(validate.handler, "s3_client", Slow)

    with pytest.raises(Exception, match="SlowDown"):
        run(aws, aws.upload("a.jpg", jpeg))


def test_a_threshold_that_is_no_number_is_named(aws: Aws, jpeg: bytes) -> None:
    with pytest.raises(SettingError, match="MAX_PIXELS, got 'many'"):
        run(aws, aws.upload("a.jpg", jpeg), MaxPixels="many")


def test_every_flag_of_a_verdict_is_a_rule_with_a_detail(aws: Aws, encoded: Encoded) -> None:
    data = encoded(Image.new("RGB", (300, 20)), "PNG")

    flags = run(aws, aws.upload("forbidden.png", data))["flags"]

    assert [flag["rule"] for flag in flags] == [
        rule for rule in RULES if rule != "resembles_rejected"
    ]
    assert all(flag["detail"] for flag in flags)


def assert_invalid(verdict: dict[str, Any], code: str) -> None:
    assert verdict["verdict"] == "invalid"
    assert verdict["reason"]["code"] == code, verdict["reason"]
    assert verdict["reason"]["detail"]
    assert verdict["recipe"] == "default"
    assert "renditions" not in verdict


def likeness_of(data: bytes) -> str:
    found = perceptual_hash(Image.open(io.BytesIO(data)))
    assert found is not None
    return found


def remember(aws: Aws, image: str, likeness: str, version: str = "f" * 16) -> None:
    """The entries that Publish leaves of a rejected picture."""
    for item in Rejected(image, version, likeness, "2026-11-20T06:00:00Z").to_items():
        aws.dynamodb.put_item(TableName=aws["RejectionsTable"], Item=item)
