"""What waits for a reviewer, with links."""

from __future__ import annotations

from cli.records import Record
from cli.stack import Stack
from darkroom.links import message_link


def review_link(stack: Stack, record: Record) -> str:
    """The link of the review message for this record."""
    return message_link(
        stack.link_keys,
        stack.outputs["ReviewUrl"],
        record["image"],
        record["version"],
        record["review"]["deadline_at"],
    )
