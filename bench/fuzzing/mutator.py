"""How a file is changed: mostly one part of it, so that the rest of it still holds together."""

from __future__ import annotations

import copy
import random
import zlib
from collections.abc import Callable, Iterable

from bench.fuzzing.structure import File, Part, put_together, take_apart

# (bytes, most bytes) to changed bytes: the fuzzer's own mutations, its dictionary included.
Mutate = Callable[[bytes, int], bytes]

RAW_SHARE = 0.2
MAX_STEPS = 3
MAX_INFLATED = 1 << 18
SMALL = 256
NUMBERS = (0, 1, 2, 3, 4, 7, 8, 15, 16, 255, 256, 32_767, 65_535, 65_536, 1 << 24, (1 << 31) - 1)
NUMBERS_SIGNED = (*NUMBERS, 1 << 31, (1 << 32) - 1, (1 << 32) - 8)
# PNG chunks with a zlib stream, and the bytes before it: a number, or after how many zero bytes.
STREAMS = {b"IDAT": 0, b"fdAT": 4}
NAMED_STREAMS = {b"iCCP", b"zTXt"}


class Mutator:
    """Called by the fuzzer. `files` lend their parts to others of their format."""

    def __init__(self, mutate: Mutate, files: Iterable[bytes]) -> None:
        self._mutate = mutate
        self._bank: dict[str, list[Part]] = {}
        for data in files:
            if file := take_apart(data):
                lent = [part for parts in file.lists() for part in parts if part.kind]
                self._bank.setdefault(file.format, []).extend(lent)

    def __call__(self, data: bytes, max_size: int, seed: int) -> bytes:
        chance = random.Random(seed)
        file = take_apart(data) if chance.random() >= RAW_SHARE else None
        if file is None:
            return self._mutate(data, max_size)
        for _ in range(chance.randint(1, MAX_STEPS)):
            self._step(file, chance, max_size)
        out = put_together(file)
        return out if 0 < len(out) <= max_size else self._mutate(data, max_size)

    def _step(self, file: File, chance: random.Random, max_size: int) -> None:
        parts = chance.choice(list(file.lists()))
        if not parts:
            return
        at = chance.randrange(len(parts))
        steps = ("content", "content", "content", "number", "number", "arrange", "lend")
        match chance.choice(steps):
            case "content":
                self._change_content(parts[at], chance, max_size)
            case "number":
                _set_number(parts[at], chance)
            case "arrange":
                _arrange(parts, at, chance)
            case "lend" if lent := self._bank.get(file.format):
                parts.insert(at, copy.deepcopy(chance.choice(lent)))

    def _change_content(self, part: Part, chance: random.Random, max_size: int) -> None:
        if part.head and (not part.content or chance.random() < 0.2):
            part.head = self._same_length(part.head)
            return
        if chance.random() < 0.5 and (stream := _stream(part)):
            start, inflated = stream
            changed = self._mutate(inflated, MAX_INFLATED)
            part.content = part.content[:start] + zlib.compress(changed, 1)
        elif part.content and chance.random() < 0.5:
            part.content = self._same_length(part.content)
        else:
            most = min(max_size, max(SMALL, 2 * len(part.content)))
            part.content = self._mutate(part.content or b"\0", most)

    def _same_length(self, content: bytes) -> bytes:
        changed = self._mutate(content, len(content))
        return changed + content[len(changed) :]


def _set_number(part: Part, chance: random.Random) -> None:
    """One of the numbers at which code turns, somewhere near the start of a part."""
    name = "head" if part.head and chance.random() < 0.5 else "content"
    data = bytearray(getattr(part, name))
    width = chance.choice((1, 2, 4))
    if len(data) < width:
        return
    at = chance.randrange(min(SMALL, len(data) - width + 1))
    number = chance.choice(NUMBERS_SIGNED) % (1 << 8 * width)
    data[at : at + width] = number.to_bytes(width, chance.choice(("big", "little")))
    setattr(part, name, bytes(data))


def _arrange(parts: list[Part], at: int, chance: random.Random) -> None:
    match chance.choice(("drop", "double", "swap", "cut", "rename")):
        case "drop":
            del parts[at]
        case "double":
            parts.insert(at, copy.deepcopy(parts[at]))
        case "swap":
            other = chance.randrange(len(parts))
            parts[at], parts[other] = parts[other], parts[at]
        case "cut":
            content = parts[at].content
            parts[at].content = content[: chance.randrange(len(content) + 1)]
        case "rename":
            parts[at].kind = chance.choice(parts).kind


def _stream(part: Part) -> tuple[int, bytes] | None:
    """Where a PNG chunk's zlib stream begins, and what is in it."""
    if part.kind in NAMED_STREAMS:
        start = part.content.find(b"\0") + 2
    elif part.kind in STREAMS:
        start = STREAMS[part.kind]
    else:
        return None
    try:
        inflated = zlib.decompressobj().decompress(part.content[start:], MAX_INFLATED)
    except zlib.error:
        return None
    return (start, inflated) if inflated else None
