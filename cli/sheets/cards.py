"""What a sheet shows of one version: its original and its files, where they lie, and what is said
of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from cli.contact_sheet import Entry, File, Picture, Variant
from cli.records import Record
from cli.sheets.fetching import Wanted, fetch
from cli.stack import Stack
from darkroom import statuses
from darkroom.items import plain_item
from darkroom.keys import EXTENSIONS, waiting_key
from darkroom.storage import GONE, error_code

# Somebody said no, or took it back for good: nothing of it is copied to this machine.
WITHHELD = (statuses.REJECTED, statuses.RETRACTED)
FORMATS = {"jpg": "jpeg", "jpeg": "jpeg", "heif": "heic"} | {
    name: name for name in ("avif", "gif", "heic", "png", "webp")
}


def card_name(image: str, version: str) -> str:
    """Of the folder with its files: an image's name may be anything."""
    return hashlib.sha256(f"{image}\0{version}".encode("utf-8", "replace")).hexdigest()[:16]


def file_name(variant: str, format: str) -> str:
    return f"{variant}.{EXTENSIONS[format]}"


def shown_variant(made: Mapping[str, Any], card: str) -> Variant:
    """A variant of a manifest, or of what waits, whose files lie in the folder `card`."""
    files = [
        File(
            file["format"],
            file["bytes"],
            f"{card}/{file_name(made['name'], file['format'])}",
            file.get("animated", False),
        )
        for file in made["files"]
    ]
    size = made["width"], made["height"]
    return Variant(made["name"], made["kind"], made.get("filter"), *size, files)


def shown_entry(record: Record, original: Picture | None, variants: list[Variant]) -> Entry:
    return Entry(
        image=record["image"],
        version=record["version"],
        status=record["status"],
        recipe=record.get("recipe", ""),
        original=original,
        flags=record.get("flags", []),
        reason=record.get("reason"),
        variants=variants,
    )


@dataclass(frozen=True)
class Card:
    """`entry` shows all that is `wanted`, by the files' addresses in the sheet."""

    name: str
    entry: Entry
    wanted: Mapping[str, Wanted]


def planned(stack: Stack, record: Record, folder: Path) -> Card:
    """What there is to fetch for a record."""
    name = card_name(record["image"], record["version"])
    if record["status"] in WITHHELD:
        return Card(name, shown_entry(record, None, []), {})
    kept = _kept(stack, record)
    wanted: dict[str, Wanted] = {}
    original = _original(stack, record, kept.get("upload", {}), name, folder, wanted)
    variants = []
    bucket, made = _made(stack, record, kept)
    for variant in made:
        shown = shown_variant(variant, name)
        for file, shown_file in zip(variant["files"], shown.files, strict=True):
            wanted[shown_file.href] = Wanted(
                bucket, file["key"], folder / shown_file.href, file["bytes"]
            )
        variants.append(shown)
    return Card(name, shown_entry(record, original, variants), wanted)


def fetched(stack: Stack, card: Card) -> Entry:
    """Fetch it all; what is gone since is not shown."""
    gone = {href for href, wanted in card.wanted.items() if not fetch(stack.s3, wanted)}
    entry = card.entry
    variants = [
        replace(variant, files=[file for file in variant.files if file.href not in gone])
        for variant in entry.variants
    ]
    original = None if entry.original and entry.original.href in gone else entry.original
    return replace(entry, original=original, variants=[one for one in variants if one.files])


def _kept(stack: Stack, record: Record) -> dict[str, Any]:
    """What the record keeps of its upload, and of what waits; no more of it."""
    answer = stack.dynamodb.get_item(
        TableName=stack.outputs["ImagesTable"],
        Key={"image": {"S": record["image"]}, "version": {"S": record["version"]}},
        ProjectionExpression="upload, outline",
        ConsistentRead=True,
    )
    return plain_item(answer.get("Item", {}))


def _original(
    stack: Stack,
    record: Record,
    upload: Mapping[str, str],
    name: str,
    folder: Path,
    wanted: dict[str, Wanted],
) -> Picture | None:
    """The upload, if it was read once: what was too large for that stays where it is."""
    source = record.get("source", {})
    suffix = Path(upload.get("key", "")).suffix.lower().strip(".")
    # One that is no picture is shown as far as a browser can, if it is called one.
    format = source.get("format") or FORMATS.get(suffix)
    if "bytes" not in source or "etag" not in upload or format is None:
        return None
    href = f"{name}/original.{EXTENSIONS.get(format, format)}"
    wanted[href] = Wanted(
        stack.outputs["UploadBucket"],
        upload["key"],
        folder / href,
        source["bytes"],
        upload.get("version_id", ""),
        upload["etag"],
    )
    return Picture(href, source.get("width"), source.get("height"), source["bytes"], format)


def _made(
    stack: Stack, record: Record, kept: Mapping[str, Any]
) -> tuple[str, list[Mapping[str, Any]]]:
    """The bucket, and the variants with their files as a manifest has them."""
    if record["status"] == statuses.PUBLISHED:
        bucket = stack.outputs["PublishedBucket"]
        return bucket, _manifest(stack, record).get("variants", [])
    if record["status"] == statuses.IN_REVIEW:
        variants = json.loads(kept.get("outline", "{}")).get("variants", [])
        return stack.outputs["WorkBucket"], [_waiting(record, one) for one in variants]
    return "", []


def _waiting(record: Record, variant: Mapping[str, Any]) -> dict[str, Any]:
    where = record["image"], record["version"], variant["name"]
    files = [file | {"key": waiting_key(*where, file["format"])} for file in variant["files"]]
    return dict(variant) | {"files": files}


def _manifest(stack: Stack, record: Record) -> dict[str, Any]:
    """Empty where it is gone, or another version's by now."""
    try:
        body = stack.s3.get_object(
            Bucket=stack.outputs["PublishedBucket"], Key=record["manifest_key"]
        )["Body"]
    except ClientError as error:
        if error_code(error) in GONE:
            return {}
        raise
    manifest: dict[str, Any] = json.loads(body.read())
    return manifest if manifest["version"] == record["version"] else {}
