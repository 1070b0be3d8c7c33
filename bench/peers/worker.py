"""One picture by one contender, in a process of its own: `python -m bench.peers.worker NAME`.

Reads what is asked as JSON, answers as JSON. Only what the contender needs is imported, and
before the measuring.
"""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path

import msgspec

from bench.meter import forget_peak, peak_bytes
from bench.peers.asked import Answer, Asked
from bench.peers.clock import Clock

MODULES = {"pillow": "bench.peers.tutorial", "libvips": "bench.peers.libvips"}
OURS = "darkroom"


def main(name: str) -> None:
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Asked)
    data = Path(asked.picture).read_bytes()
    if name == OURS:
        ours = importlib.import_module("bench.peers.ours")
        answer, files = ours.made(asked, data)
    else:
        answer, files = made(name, asked, data)
    if asked.folder is not None:
        for file, content in files.items():
            (Path(asked.folder) / file).write_bytes(content)
    sys.stdout.buffer.write(msgspec.json.encode(answer))


def made(name: str, asked: Asked, data: bytes) -> tuple[Answer, dict[str, bytes]]:
    module = importlib.import_module(MODULES[name])
    clock = Clock()
    forget_peak()
    start = time.process_time()
    files = dict(module.make(data, asked.outputs, clock))
    seconds = time.process_time() - start
    sizes = {file: len(content) for file, content in files.items()}
    return Answer(seconds, peak_bytes(), dict(clock.seconds), sizes, module.version()), files


if __name__ == "__main__":
    main(sys.argv[1])
