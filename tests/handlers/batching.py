"""A batch of variants before, in and behind the step that makes its masters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PIL import Image

from darkroom.keys import masters_key
from darkroom.masters import unpack

if TYPE_CHECKING:
    from tests.handlers.conftest import Aws


@dataclass(frozen=True)
class Batch:
    """The only one of `kind`, as Validate calls it, and the function that makes it."""

    kind: str
    function: str

    @property
    def name(self) -> str:
        return f"{self.kind}-1"

    def planned(self, aws: Aws, upload: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """What Validate wants made, by name."""
        verdict = aws.function("ValidateFunction")({"upload": upload})
        [batch] = verdict[self.kind]
        return {variant["name"]: variant for variant in batch["variants"]}

    def run(self, aws: Aws, upload: dict[str, Any], *variants: dict[str, Any]) -> dict[str, Any]:
        """What the function answers."""
        event = {"upload": upload, "batch": {"name": self.name, "variants": variants}}
        answer: dict[str, Any] = aws.function(self.function)(event)
        return answer

    def masters(self, aws: Aws, upload: dict[str, Any]) -> bytes:
        key = masters_key(upload["image"], upload["version"], upload["attempt"], self.name)
        return aws.read("WorkBucket", key)

    def made(self, aws: Aws, upload: dict[str, Any], variant: dict[str, Any]) -> Image.Image:
        """The master of a batch of one."""
        self.run(aws, upload, variant)
        return unpack(self.masters(aws, upload))
