"""Starting contenders, one process for one picture."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.peers.asked import Answer, Asked, File, Output

PROJECT = Path(__file__).parents[2]
# Where `make bench` puts sharp.
NODE_FOLDER = PROJECT / ".venv" / "peers"
SCRIPT = Path(__file__).with_name("sharp.mjs")


class PeerError(Exception):
    """A contender did not do its work; says which and what it said."""


@dataclass(frozen=True)
class Contender:
    """`worker`: what it is called there; None for sharp. `our_settings`: of the encoders."""

    name: str
    worker: str | None
    our_settings: bool = False


OURS = Contender("darkroom", "darkroom")
SHARP = Contender("sharp", None)
VIPS = Contender("libvips", "libvips")
SETTLED = Contender("libvips, our settings", "libvips", our_settings=True)
PILLOW = Contender("pillow", "pillow")
CONTENDERS = (OURS, PILLOW, VIPS, SETTLED, SHARP)


def missing(contender: Contender) -> str | None:
    """Why this contender cannot be measured here; None where it can."""
    if contender.worker == "libvips" and importlib.util.find_spec("pyvips") is None:
        return "no pyvips (`make bench` installs it)"
    if contender is SHARP:
        if shutil.which("node") is None:
            return "no node"
        if not (NODE_FOLDER / "node_modules" / "sharp").is_dir():
            return "no sharp (`make bench` installs it where npm is)"
    return None


def ask(contender: Contender, asked: Asked) -> Answer:
    """What `contender` answers, from a new process. Raises PeerError."""
    done = subprocess.run(
        command(contender),
        input=msgspec.json.encode(asked),
        capture_output=True,
        cwd=PROJECT,
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["nothing"]
        # The error itself, and the step that it was noted with.
        last = " ".join(said[-2:])
        raise PeerError(f"expected files from {contender.name}, got exit {done.returncode}: {last}")
    return msgspec.json.decode(done.stdout, type=Answer)


def command(contender: Contender) -> list[str]:
    if contender.worker is None:
        return ["node", str(SCRIPT), str(NODE_FOLDER)]
    return [sys.executable, "-m", "bench.peers.worker", contender.worker]


def outputs_for(contender: Contender, plan: Sequence[Output]) -> tuple[Output, ...]:
    """What it is asked for where the default set is wanted: the settings of our encoders stay in
    only for the one that is to use them."""
    return tuple(plan) if contender.our_settings else with_number(plan, {})


def with_number(plan: Sequence[Output], numbers: dict[str, int]) -> tuple[Output, ...]:
    """The outputs with these qualities by format, on the encoders' own scales."""
    return tuple(
        msgspec.structs.replace(
            output,
            files=tuple(File(file.format, numbers.get(file.format)) for file in output.files),
        )
        for output in plan
    )
