"""What is known of one image, as plain values, from the table, the buckets and Step Functions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cli.executions import is_of
from darkroom.keys import RAW_PREFIX, image_of

# As EventBridge names what the record keeps of an upload.
NAMES = {"key": "key", "etag": "etag", "version_id": "version-id", "sequencer": "sequencer"}
# Never started, lost with an engine, or forgotten: AWS does so 90 days after an end.
UNKNOWN = "UNKNOWN"


def image_name(key: str) -> str:
    """As the pipeline names it: an object whose key is raw/ alone is the image "/"."""
    return image_of(key) or "/"


def upload_key(image: str) -> str:
    """The key of an image that has no record to say it."""
    return RAW_PREFIX if image == "/" else RAW_PREFIX + image


def announced_as(upload: Mapping[str, str]) -> dict[str, str]:
    """The object as S3 announced it, from what the record keeps of that."""
    return {name: upload[field] for field, name in NAMES.items() if field in upload}


def version_of(etag: str, revision: str) -> str:
    """As the pipeline computes it."""
    return hashlib.sha256(f"{etag}/{revision}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A record. Times are ISO 8601, empty where there is none; so are the other strings."""

    image: str
    version: str
    status: str
    execution: str
    created_at: str
    claimed_at: str
    updated_at: str
    upload: Mapping[str, str] = field(default_factory=dict)
    requested_at: str = ""
    decision: str = ""
    decided_at: str = ""
    queued: bool = False
    task_token: str = field(default="", repr=False)
    superseded: bool = False
    failed_step: str = ""
    reason: str = ""
    reopened: Mapping[str, str] = field(default_factory=dict)
    retraction: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Upload:
    """An object in the upload bucket; `version_id` only where S3 gives a real one."""

    key: str
    etag: str
    uploaded_at: datetime
    version_id: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class Manifest:
    """What its metadata say: whose it is, and when that upload came."""

    version: str
    uploaded_at: str


@dataclass(frozen=True, slots=True)
class Execution:
    """`state`: the one that was entered last, where that was asked for."""

    status: str
    stopped_at: datetime | None = None
    state: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for all images. What is younger than `grace` may be on its way, unless it came
    before the engine `began`, which takes up nothing of before."""

    now: datetime
    grace: timedelta
    revision: str
    upload_bucket: str
    published_bucket: str
    withdraw_arn: str
    began: datetime | None = None

    def is_young(self, at: str | datetime | None) -> bool:
        """Without a time nothing is known to be young."""
        if not at or (self.began is not None and moment(at) < self.began):
            return False
        return self.now - moment(at) < self.grace

    def is_withdrawal(self, execution: str) -> bool:
        return is_of(self.withdraw_arn, execution)


@dataclass(frozen=True, slots=True)
class Seen:
    """One image at one moment.

    `kept`: versions whose upload S3 keeps under its version id. `files`: versions of which there
    are files in the published bucket.
    """

    image: str
    records: tuple[Recorded, ...] = ()
    uploads: tuple[Upload, ...] = ()
    kept: frozenset[str] = frozenset()
    manifest: Manifest | None = None
    files: frozenset[str] = frozenset()
    executions: Mapping[str, Execution] = field(default_factory=dict)

    def execution(self, record: Recorded) -> Execution:
        return self.executions.get(record.execution, Execution(UNKNOWN))

    def upload(self, record: Recorded, terms: Terms) -> Upload | None:
        """The object that is there now, if it is that version's.

        A run that could not claim leaves a record that does not say its upload.
        """
        for upload in self.uploads:
            same = upload.etag == record.upload.get("etag")
            if same or version_of(upload.etag, terms.revision) == record.version:
                return upload
        return None

    def is_readable(self, record: Recorded, terms: Terms) -> bool:
        return record.version in self.kept or self.upload(record, terms) is not None

    def is_public(self, version: str) -> bool:
        return version in self.files or (
            self.manifest is not None and self.manifest.version == version
        )


def moment(at: Any) -> datetime:
    return at if isinstance(at, datetime) else datetime.fromisoformat(at)


def latest(records: tuple[Recorded, ...]) -> Recorded | None:
    """The version whose manifest should be there, if it is PUBLISHED.

    An older upload that ended late says so (superseded), and what is INVALID never had one.
    """
    found = [one for one in records if not one.superseded and one.status != "INVALID"]
    return max(found, key=lambda one: one.claimed_at or one.created_at, default=None)
