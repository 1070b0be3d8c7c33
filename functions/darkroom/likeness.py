"""Where the likeness of a rejected picture lies, so that one near it is found by a few keys.

The 64 bits are dealt out to BANDS bands. Where two likenesses differ in at most MAX_BITS bits,
some band of them differs in at most one: else they would differ in 2 * BANDS bits. So a rejected
picture lies under each of its bands, and under each with one bit turned over, and whoever asks
about a new picture asks for its bands alone. Rejections are rare, questions are not.

The idea is Norouzi, Punjani and Fleet's, "Fast Search in Hamming Space with Multi-Index Hashing"
(2012): https://arxiv.org/abs/1307.2982
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

BITS = 64
BANDS = 6
MAX_BITS = 2 * BANDS - 1

# As long as WorkBucket keeps the picture that is to be shown beside the new one.
KEPT_DAYS = 365


@dataclass(frozen=True)
class Rejected:
    """A picture that a reviewer rejected, at an ISO 8601 time. `likeness`: 16 hex digits."""

    image: str
    version: str
    likeness: str
    rejected_at: str

    def to_items(self) -> list[dict[str, Any]]:
        """Its entries for RejectionsTable: its own, then one a band and neighbour."""
        ends = datetime.fromisoformat(self.rejected_at) + timedelta(days=KEPT_DAYS)
        common = {
            "likeness": {"S": self.likeness},
            "image": {"S": self.image},
            "version": {"S": self.version},
            "rejected_at": {"S": self.rejected_at},
            "expires_at": {"N": str(int(ends.timestamp()))},
        }
        return [{**key, **common} for key in entry_keys(self.image, self.version, self.likeness)]

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Rejected:
        return cls(*(item[name]["S"] for name in ("image", "version", "likeness", "rejected_at")))


def own_key(image: str, version: str) -> dict[str, Any]:
    """The key of the entry that tells a rejected picture's likeness; no band is called so."""
    picture = f"{version}#{image}"
    return {"band": {"S": picture}, "picture": {"S": picture}}


def entry_keys(image: str, version: str, likeness: str) -> list[dict[str, Any]]:
    """The keys in RejectionsTable of all entries of a rejected picture, its own first."""
    own = own_key(image, version)
    return [own, *({**own, "band": {"S": band}} for band in bands_and_neighbours(likeness))]


def bands(likeness: str) -> list[str]:
    """The band keys to ask for, one a band: its number and its bits as hex."""
    return [_key(number, value) for number, value, _ in _values(likeness)]


def bands_and_neighbours(likeness: str) -> list[str]:
    """The band keys under which to be found: the bands, and all that differ from one in a bit."""
    return [
        _key(number, value ^ turned)
        for number, value, width in _values(likeness)
        for turned in (0, *(1 << bit for bit in range(width)))
    ]


def _values(likeness: str) -> Iterator[tuple[int, int, int]]:
    """Number, bits and width of each band. Dealt out in turn, since neighbouring bits (of much
    the same frequency) say much the same."""
    bits = f"{int(likeness, 16):0{BITS}b}"
    for number in range(BANDS):
        own = bits[number::BANDS]
        yield number, int(own, 2), len(own)


def _key(number: int, value: int) -> str:
    return f"{number}#{value:x}"
