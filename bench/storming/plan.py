"""What a storm consists of, drawn by lot from a seed: no clock and no AWS."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from bench.storming.pictures import FORMATS, broken, picture

FLAGGED_SHARE = 0.08
BROKEN_SHARE = 0.03
OVERWRITE_SHARE = 0.05
AGAIN_SHARE = 0.10
# Of what waits for a reviewer; the rest stays waiting.
DECIDED_SHARE = 0.6

Kind = Literal["plain", "flagged", "broken"]
# When another picture comes under the same key: before the first is read, while it is worked on,
# or when its run has ended.
Over = Literal["", "at once", "during", "after"]
Again = Literal["", "at once", "late"]
Decision = Literal["", "approve", "reject"]


@dataclass(frozen=True)
class Upload:
    """One object to put. `over`: another was put under its key before.

    `again`: its event is started once more, at once or when the share `late` of all runs has ended.
    """

    number: int
    image: str
    data: bytes
    kind: Kind = "plain"
    over: Over = ""
    again: Again = ""
    late: float = 0.0
    decision: Decision = ""

    @property
    def etag(self) -> str:
        """As S3 computes it of what is put in one piece."""
        return hashlib.md5(self.data, usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Plan:
    """`firsts` in the order in which they are put; `overwrites` each after the first of its key."""

    seed: int
    firsts: tuple[Upload, ...]
    overwrites: tuple[Upload, ...]

    def __iter__(self) -> Iterator[Upload]:
        return iter(self.firsts + self.overwrites)

    def __len__(self) -> int:
        return len(self.firsts) + len(self.overwrites)


def make_plan(count: int, seed: int) -> Plan:
    """`count` uploads in all. Raises ValueError below 20, where a share would be nothing."""
    if count < 20:
        raise ValueError(f"expected at least 20 for the number of uploads, got {count}")
    dice = random.Random(seed)
    overwrites = round(count * OVERWRITE_SHARE)
    firsts = count - overwrites
    flagged = set(dice.sample(range(firsts), round(count * FLAGGED_SHARE)))
    # Whatever is put over a key has its name, so at most a flagged one that waits is replaced.
    replaced = dice.sample(range(firsts), overwrites)
    moments: list[Over] = ["at once", "during", "after"]
    uploads = [_upload(dice, seed, n, n, n in flagged) for n in range(firsts)] + [
        replace(
            _upload(dice, seed, firsts + n, first, first in flagged), over=moments[n % len(moments)]
        )
        for n, first in enumerate(replaced)
    ]
    _break(dice, uploads, round(count * BROKEN_SHARE))
    _start_again(dice, uploads, round(count * AGAIN_SHARE))
    _decide(dice, uploads)
    return Plan(seed, tuple(uploads[:firsts]), tuple(uploads[firsts:]))


def _upload(dice: random.Random, seed: int, number: int, name: int, flagged: bool) -> Upload:
    format = FORMATS[name % len(FORMATS)]
    image = f"storm/{name:04}{' forbidden' if flagged else ''}.{format}"
    data = picture(f"{seed} {number}", dice.choice(((96, 72), (72, 96), (80, 80))), format)
    return Upload(number, image, data, "flagged" if flagged else "plain")


def _break(dice: random.Random, uploads: list[Upload], count: int) -> None:
    plain = [number for number, upload in enumerate(uploads) if upload.kind == "plain"]
    for turn, number in enumerate(dice.sample(plain, count)):
        data = broken(turn, uploads[number].data)
        uploads[number] = replace(uploads[number], data=data, kind="broken")


def _start_again(dice: random.Random, uploads: list[Upload], count: int) -> None:
    for turn, number in enumerate(dice.sample(range(len(uploads)), count)):
        again: Again = "late" if turn % 2 else "at once"
        uploads[number] = replace(uploads[number], again=again, late=dice.uniform(0.05, 0.95))


def _decide(dice: random.Random, uploads: list[Upload]) -> None:
    flagged = [number for number, upload in enumerate(uploads) if upload.kind == "flagged"]
    for turn, number in enumerate(dice.sample(flagged, round(len(flagged) * DECIDED_SHARE))):
        decision: Decision = "reject" if turn % 2 else "approve"
        uploads[number] = replace(uploads[number], decision=decision)
