"""Publish and Discard: what a manifest says, who has the last word, and what a repeat does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

import publish.handler
from darkroom.contracts import MadeFile, MadeVariant
from darkroom.errors import ObjectMissing
from darkroom.keys import CONTENT_TYPES, published_key, rejected_preview_key, waiting_key
from darkroom.likeness import Rejected
from publish.order import Order
from publish.publishing import ATTEMPTS, ManifestContended, Unapproved, preview_file

if TYPE_CHECKING:
    from tests.handlers.conftest import Aws

IMAGE = "trip/a b+ü.jpg"
MANIFEST = f"{IMAGE}/manifest.json"
VERSION, NEWER, OLDER = "5" * 16, "9" * 16, "1" * 16
UPLOADED_AT = "2025-11-20T06:04:11Z"
STARTED_AT = "2025-11-20T06:04:12.500Z"
FLAGS = [{"rule": "keyword", "detail": 'the word "forbidden" is in the file name'}]
REVIEW = {
    "requested_at": "2025-11-20T06:04:20.000Z",
    "deadline_at": "2025-11-27T06:04:20.000Z",
    "decision": "approve",
    "reviewer": "Ana Ruiz",
    "decided_at": "2025-11-21T10:15:00.000Z",
}
REJECTED = {"likeness": "0123456789abcdef", "at": "2025-11-21T10:15:00.000Z"}
PREVIEW = rejected_preview_key(IMAGE, VERSION)
VARIANTS: list[dict[str, Any]] = [
    {
        "name": "w320",
        "kind": "rendition",
        "width": 320,
        "height": 200,
        "files": [{"format": "avif", "bytes": 5}, {"format": "jpeg", "bytes": 6}],
    },
    {
        "name": "noir",
        "kind": "filter",
        "filter": "grayscale",
        "width": 960,
        "height": 600,
        "files": [{"format": "avif", "bytes": 7}, {"format": "jpeg", "bytes": 8}],
    },
]
NAMES = [(variant["name"], file["format"]) for variant in VARIANTS for file in variant["files"]]


def made(flags: list[dict[str, Any]], uploaded_at: str = UPLOADED_AT) -> dict[str, Any]:
    """What the Express workflow hands over."""
    return {
        "verdict": "accepted",
        "recipe": "default",
        "source": {
            "key": f"raw/{IMAGE}",
            "format": "jpeg",
            "width": 2560,
            "height": 1600,
            "bytes": 4_312_889,
            "uploaded_at": uploaded_at,
        },
        "flags": flags,
        "likeness": "0123456789abcdef",
        "placeholder": "data:image/webp;base64,UklGRg==",
        "variants": VARIANTS,
    }


def run(
    aws: Aws,
    version: str = VERSION,
    *,
    sequencer: str = "0055AED6DCD90281E5",
    started_at: str = STARTED_AT,
    uploaded_at: str = UPLOADED_AT,
    flagged: bool = False,
    flags: list[dict[str, Any]] = FLAGS,
    review: dict[str, str] | None = None,
) -> dict[str, Any]:
    answer: dict[str, Any] = aws.function("PublishFunction")(
        {
            "action": "publish",
            "image": IMAGE,
            "version": version,
            "execution": "e",
            "started_at": started_at,
            "sequencer": sequencer,
            "made": made(flags if flagged else [], uploaded_at),
            "review": (review or REVIEW) if flagged else {},
        }
    )
    return answer


def discard(aws: Aws, version: str = VERSION, **more: Any) -> Any:
    return aws.function("PublishFunction")(
        {
            "action": "discard",
            "image": IMAGE,
            "version": version,
            "execution": "e",
            "variants": VARIANTS,
            **more,
        }
    )


def entries(aws: Aws) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = aws.dynamodb.scan(TableName=aws["RejectionsTable"])["Items"]
    return items


def manifest(aws: Aws) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(aws.read("PublishedBucket", MANIFEST))
    return read


def put_waiting(aws: Aws, version: str = VERSION) -> None:
    for name, format in NAMES:
        aws.put(
            "WorkBucket",
            waiting_key(IMAGE, version, name, format),
            f"{name} as {format}".encode(),
            ContentType=CONTENT_TYPES[format],
            CacheControl="public, max-age=31536000, immutable",
        )


def put_manifest(aws: Aws, version: str, sequencer: str) -> None:
    """What another run would have written."""
    aws.put(
        "PublishedBucket",
        MANIFEST,
        json.dumps({"version": version}).encode(),
        Metadata={"version": version, **Order(UPLOADED_AT, sequencer, STARTED_AT).to_metadata()},
    )


class Racing:
    """The S3 client, where other runs come in between before a manifest is put."""

    def __init__(self, aws: Aws, *others: Callable[[], None]) -> None:
        self._client = aws.s3
        self._others = list(others)

    def put_object(self, **arguments: Any) -> Any:
        if self._others:
            self._others.pop(0)()
        return self._client.put_object(**arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


def test_the_manifest_of_a_clean_picture_says_all_of_it(aws: Aws) -> None:
    answer = run(aws)

    written = manifest(aws)
    picture = written.pop("picture")
    assert answer == {"manifest_key": MANIFEST}
    assert written == {
        "image": IMAGE,
        "version": VERSION,
        "recipe": "default",
        "source": made([])["source"],
        "flags": [],
        "placeholder": "data:image/webp;base64,UklGRg==",
        "variants": [
            {
                "name": "w320",
                "kind": "rendition",
                "filter": None,
                "width": 320,
                "height": 200,
                "files": [
                    {"format": "avif", "key": f"{IMAGE}/{VERSION}/w320.avif", "bytes": 5},
                    {"format": "jpeg", "key": f"{IMAGE}/{VERSION}/w320.jpg", "bytes": 6},
                ],
            },
            {
                "name": "noir",
                "kind": "filter",
                "filter": "grayscale",
                "width": 960,
                "height": 600,
                "files": [
                    {"format": "avif", "key": f"{IMAGE}/{VERSION}/noir.avif", "bytes": 7},
                    {"format": "jpeg", "key": f"{IMAGE}/{VERSION}/noir.jpg", "bytes": 8},
                ],
            },
        ],
    }
    assert picture.startswith("<picture>")
    assert f"trip/a%20b%2B%C3%BC.jpg/{VERSION}/w320.avif 320w" in picture


def test_a_clean_picture_costs_one_look_and_one_write(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    client = aws.s3
    client.meta.events.register(
        "before-call.s3", lambda model, **_: asked.append(model.name), unique_id="asked"
    )
    monkeypatch.setattr(publish.handler, "s3_client", lambda: client)
    aws["PublishedBucket"], aws["WorkBucket"]
    asked.clear()

    run(aws)

    client.meta.events.unregister("before-call.s3", unique_id="asked")
    assert asked == ["HeadObject", "PutObject"]


def test_a_manifest_may_change_soon_and_says_so(aws: Aws) -> None:
    run(aws)

    head = aws.head("PublishedBucket", MANIFEST)

    assert head["ContentType"] == "application/json; charset=utf-8"
    assert head["CacheControl"] == "public, max-age=60"


def test_an_approved_picture_is_brought_in_and_waits_no_longer(aws: Aws) -> None:
    put_waiting(aws)

    answer = run(aws, flagged=True)

    assert answer == {"manifest_key": MANIFEST}
    assert aws.keys("WorkBucket") == []
    assert set(aws.keys("PublishedBucket")) == {
        MANIFEST,
        *(published_key(IMAGE, VERSION, *name) for name in NAMES),
    }
    for name, format in NAMES:
        key = published_key(IMAGE, VERSION, name, format)
        assert aws.read("PublishedBucket", key) == f"{name} as {format}".encode()
        head = aws.head("PublishedBucket", key)
        assert head["ContentType"] == CONTENT_TYPES[format]
        assert head["CacheControl"] == "public, max-age=31536000, immutable"


def test_the_manifest_of_an_approved_picture_says_who_approved_it(aws: Aws) -> None:
    put_waiting(aws)

    run(aws, flagged=True)

    assert manifest(aws)["flags"] == FLAGS
    assert manifest(aws)["review"] == REVIEW


@pytest.mark.parametrize(
    "kept",
    [{"resembles": {"image": "other.jpg", "version": OLDER}}, {}],
    ids=["found now", "of an earlier run"],
)
def test_the_manifest_names_no_other_picture(aws: Aws, kept: dict[str, Any]) -> None:
    put_waiting(aws)
    flag = {"rule": "resembles_rejected", "detail": "nearest rejected picture: other.jpg"}

    run(aws, flagged=True, flags=[flag | kept])

    told = {"rule": "resembles_rejected", "detail": "resembles a rejected picture"}
    assert manifest(aws)["flags"] == [told]


def test_what_people_wrote_to_each_other_is_not_public(aws: Aws) -> None:
    put_waiting(aws)
    reopened = {"rule": "reopened", "detail": "reopened by Ann: complaint of a neighbour"}
    keyword = {"rule": "keyword", "detail": "the word"}
    review = {"decision": "approve", "reviewer": "Ana", "reason": "ours", "note": "private"}

    run(aws, flagged=True, flags=[reopened, keyword], review=review)

    assert manifest(aws)["flags"] == [keyword]
    assert manifest(aws)["review"] == {"decision": "approve", "reviewer": "Ana"}


@pytest.mark.parametrize("decision", [None, "reject", "Approve", ""])
def test_a_flagged_picture_without_an_approval_is_not_published(
    aws: Aws, decision: str | None
) -> None:
    put_waiting(aws)
    review = {key: value for key, value in REVIEW.items() if key != "decision"}

    with pytest.raises(Unapproved):
        run(aws, flagged=True, review=review | ({"decision": decision} if decision else {}))

    assert aws.keys("PublishedBucket") == []
    assert len(aws.keys("WorkBucket")) == len(NAMES)


def test_without_one_of_its_files_there_is_no_manifest(aws: Aws) -> None:
    put_waiting(aws)
    missing = waiting_key(IMAGE, VERSION, *NAMES[-1])
    aws.s3.delete_object(Bucket=aws["WorkBucket"], Key=missing)

    with pytest.raises(ObjectMissing, match=r"noir\.jpg"):
        run(aws, flagged=True)

    assert MANIFEST not in aws.keys("PublishedBucket")
    assert len(aws.keys("WorkBucket")) == len(NAMES) - 1, "nothing may be removed yet"


def test_a_repeat_after_all_is_done_changes_nothing(aws: Aws) -> None:
    put_waiting(aws)
    first = run(aws, flagged=True)
    before = aws.head("PublishedBucket", MANIFEST)["ETag"]

    assert run(aws, flagged=True) == first
    assert aws.head("PublishedBucket", MANIFEST)["ETag"] == before


def test_a_repeat_removes_what_the_first_time_left(aws: Aws) -> None:
    put_waiting(aws)
    run(aws, flagged=True)
    put_waiting(aws)  # as if the first time had ended before it removed them

    run(aws, flagged=True)

    assert aws.keys("WorkBucket") == []


# Of the same key, from older to newer; what the two orders have in common is left out.
ORDERS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("by sequencer", {"sequencer": "0055AED6DCD9"}, {"sequencer": "0055AED6DCD90281E5"}),
    (
        "by time, where one has no sequencer",
        {"uploaded_at": "2025-11-20T06:04:10Z"},
        {"sequencer": "", "uploaded_at": "2025-11-20T06:04:11Z"},
    ),
    (
        "by the start of the run, for the same upload",
        {"started_at": "2025-11-20T06:04:12.500Z"},
        {"started_at": "2025-11-20T06:04:12.501Z"},
    ),
]
orders = pytest.mark.parametrize(
    ("older", "newer"), [case[1:] for case in ORDERS], ids=[case[0] for case in ORDERS]
)


@orders
def test_a_newer_run_replaces_the_manifest(
    aws: Aws, older: dict[str, Any], newer: dict[str, Any]
) -> None:
    run(aws, OLDER, **older)

    assert run(aws, NEWER, **newer) == {"manifest_key": MANIFEST}
    assert manifest(aws)["version"] == NEWER


@orders
def test_an_older_run_that_ends_late_never_replaces_the_manifest(
    aws: Aws, older: dict[str, Any], newer: dict[str, Any]
) -> None:
    run(aws, NEWER, **newer)

    assert run(aws, OLDER, **older) == {"manifest_key": MANIFEST, "superseded_by": NEWER}
    assert manifest(aws)["version"] == NEWER


def test_a_late_approval_brings_in_nothing_and_tidies_up(aws: Aws) -> None:
    run(aws, NEWER, sequencer="0099")
    put_waiting(aws)

    answer = run(aws, flagged=True, sequencer="0055")

    assert answer["superseded_by"] == NEWER
    assert aws.keys("PublishedBucket") == [MANIFEST]
    assert aws.keys("WorkBucket") == []


def test_of_two_runs_at_once_the_newer_wins_though_it_writes_first(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    racing = Racing(aws, lambda: put_manifest(aws, NEWER, "0099"))
    monkeypatch.setattr(publish.handler, "s3_client", lambda: racing)

    answer = run(aws, sequencer="0055")

    assert answer["superseded_by"] == NEWER
    assert manifest(aws) == {"version": NEWER}


def test_of_two_runs_at_once_the_newer_wins_though_it_writes_last(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_manifest(aws, OLDER, "0011")
    racing = Racing(aws, lambda: put_manifest(aws, "2" * 16, "0022"))
    monkeypatch.setattr(publish.handler, "s3_client", lambda: racing)

    answer = run(aws, sequencer="0055")

    assert answer == {"manifest_key": MANIFEST}
    assert manifest(aws)["version"] == VERSION


def test_a_manifest_that_keeps_changing_is_left_to_a_retry(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [
        lambda number=number: put_manifest(aws, f"{number:016}", f"00{number:02}")
        for number in range(ATTEMPTS)
    ]
    monkeypatch.setattr(publish.handler, "s3_client", lambda: Racing(aws, *others))

    with pytest.raises(ManifestContended, match=f"{ATTEMPTS} times"):
        run(aws, sequencer="0055")


@pytest.mark.parametrize("code", ["403", "AccessDenied", "404"])
def test_where_listing_is_not_allowed_a_missing_manifest_is_missing_all_the_same(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, refusing: Callable[[str], Exception], code: str
) -> None:
    class Strict(Racing):
        def head_object(self, **_: Any) -> Any:
            raise refusing(code)

    monkeypatch.setattr(publish.handler, "s3_client", lambda: Strict(aws))

    assert run(aws) == {"manifest_key": MANIFEST}


@pytest.mark.parametrize("call", ["head_object", "put_object", "copy_object"])
def test_a_trouble_of_s3_is_left_to_a_retry(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, refusing: Callable[[str], Exception], call: str
) -> None:
    def fail(**_: Any) -> Any:
        raise refusing("SlowDown")

    put_waiting(aws)
    racing = Racing(aws)
    monkeypatch.setattr(racing, call, fail, raising=False)
    monkeypatch.setattr(publish.handler, "s3_client", lambda: racing)

    with pytest.raises(Exception, match="SlowDown"):
        run(aws, flagged=True)

    assert MANIFEST not in aws.keys("PublishedBucket")
    assert len(aws.keys("WorkBucket")) == len(NAMES)


def test_discard_removes_what_waited_and_publishes_nothing(aws: Aws) -> None:
    put_waiting(aws)

    assert discard(aws) == {}
    assert aws.keys("WorkBucket") == []
    assert aws.keys("PublishedBucket") == []


def test_discard_leaves_other_versions_alone(aws: Aws) -> None:
    put_waiting(aws, VERSION)
    put_waiting(aws, NEWER)

    discard(aws, VERSION)

    assert {key.split("/")[-2] for key in aws.keys("WorkBucket")} == {NEWER}
    assert len(aws.keys("WorkBucket")) == len(NAMES)


def test_discard_can_be_repeated(aws: Aws) -> None:
    put_waiting(aws)
    discard(aws)

    assert discard(aws) == {}


def test_a_rejected_picture_is_remembered_with_a_small_rendition(aws: Aws) -> None:
    put_waiting(aws)

    assert discard(aws, rejected=REJECTED) == {}

    known = Rejected(IMAGE, VERSION, REJECTED["likeness"], REJECTED["at"])
    assert sorted(entries(aws), key=str) == sorted(known.to_items(), key=str)
    assert aws.keys("WorkBucket") == [PREVIEW]
    assert aws.read("WorkBucket", PREVIEW) == b"w320 as jpeg"
    assert aws.head("WorkBucket", PREVIEW)["ContentType"] == "image/jpeg"


def test_a_picture_that_nobody_rejected_leaves_nothing(aws: Aws) -> None:
    put_waiting(aws)

    discard(aws)

    assert entries(aws) == []
    assert aws.keys("WorkBucket") == []


def test_what_an_earlier_run_published_of_a_version_goes_with_its_rejection(aws: Aws) -> None:
    put_waiting(aws)
    run(aws, flagged=True)
    put_waiting(aws)
    assert MANIFEST in aws.keys("PublishedBucket")

    discard(aws, rejected=REJECTED)

    assert aws.keys("PublishedBucket") == []


def test_a_rejected_picture_without_a_likeness_keeps_its_preview(aws: Aws) -> None:
    put_waiting(aws)

    discard(aws, rejected={"at": REJECTED["at"]})

    assert aws.head("WorkBucket", PREVIEW)
    assert entries(aws) == []


def test_a_rejection_can_be_repeated(aws: Aws) -> None:
    put_waiting(aws)
    discard(aws, rejected=REJECTED)
    before = (entries(aws), aws.head("WorkBucket", PREVIEW)["LastModified"])

    assert discard(aws, rejected=REJECTED) == {}

    assert (entries(aws), aws.head("WorkBucket", PREVIEW)["LastModified"]) == before


@pytest.mark.parametrize("call", ["batch_write_item", "copy_object"])
def test_nothing_that_waits_is_removed_before_a_rejection_is_kept(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, refusing: Callable[[str], Exception], call: str
) -> None:
    class Refusing:
        def __init__(self, client: Any) -> None:
            self._client = client

        def __getattr__(self, name: str) -> Any:
            if name == call:
                raise refusing("SlowDown")
            return getattr(self._client, name)

    put_waiting(aws)
    monkeypatch.setattr(publish.handler, "s3_client", lambda: Refusing(aws.s3))
    monkeypatch.setattr(publish.handler, "dynamodb_client", lambda: Refusing(aws.dynamodb))

    with pytest.raises(Exception, match="SlowDown"):
        discard(aws, rejected=REJECTED)

    assert len(aws.keys("WorkBucket")) == len(NAMES)


def test_a_picture_that_is_approved_after_all_is_no_longer_remembered(aws: Aws) -> None:
    put_waiting(aws)
    discard(aws, rejected=REJECTED)
    put_waiting(aws)

    run(aws, flagged=True)

    assert entries(aws) == []


def test_a_withdrawn_rejection_is_no_longer_remembered(aws: Aws) -> None:
    put_waiting(aws)
    discard(aws, rejected=REJECTED)

    aws.function("PublishFunction")(
        {"action": "withdraw", "image": IMAGE, "version": VERSION, "execution": "e"}
    )

    assert entries(aws) == []
    assert aws.keys("WorkBucket") == []


@pytest.mark.parametrize(
    ("sizes", "chosen"),
    [
        ([(64, 64), (320, 200), (960, 600)], "320"),
        ([(960, 600), (130, 200), (320, 200)], "130"),  # the longer side counts, not the order
        ([(40, 30), (199, 150)], "199"),
    ],
)
def test_the_kept_rendition_is_the_smallest_that_shows_enough(
    sizes: list[tuple[int, int]], chosen: str
) -> None:
    files = (MadeFile("avif", 1), MadeFile("jpeg", 1))
    filtered = MadeVariant("noir", "filter", 200, 100, files, "grayscale")
    variants = [MadeVariant(f"{w}", "rendition", w, h, files) for w, h in sizes]

    assert preview_file((filtered, *variants)) == (chosen, "jpeg")
