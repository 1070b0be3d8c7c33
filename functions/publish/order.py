"""Which of two runs for the same image has the last word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Order:
    """When an upload came, and when its run started; as strings that S3 keeps beside the manifest.

    `sequencer` is S3's own order of events for one key; the others are ISO 8601.
    """

    uploaded_at: str
    sequencer: str
    started_at: str

    def follows(self, other: Order) -> bool:
        """True where this run may replace the other's manifest; of the same upload, the later run.

        Sequencers are compared as S3 prescribes, the shorter padded with zeros on the right:
        https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
        """
        if self.sequencer and other.sequencer:
            length = max(len(self.sequencer), len(other.sequencer))
            mine, theirs = (run.sequencer.ljust(length, "0") for run in (self, other))
            if mine != theirs:
                return mine > theirs
        elif self.uploaded_at != other.uploaded_at:
            return self.uploaded_at > other.uploaded_at
        return self.started_at >= other.started_at

    def to_metadata(self) -> dict[str, str]:
        return {name.replace("_", "-"): value for name, value in asdict(self).items()}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> Order:
        return cls(
            metadata.get("uploaded-at", ""),
            metadata.get("sequencer", ""),
            metadata.get("started-at", ""),
        )
