"""What waits for a reviewer, with links."""

from __future__ import annotations

from datetime import datetime

from cli.records import Record
from cli.stack import Stack
from darkroom.links import sign


def review_link(stack: Stack, record: Record) -> str:
    """The link of the review message for this record."""
    expires_at = int(datetime.fromisoformat(record["review"]["deadline_at"]).timestamp())
    token = sign(stack.link_secret, record["image"], record["version"], expires_at)
    return f"{stack.outputs['ReviewUrl'].rstrip('/')}/reviews/{token}"
