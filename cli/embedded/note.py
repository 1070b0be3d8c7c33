"""What the engine noted when it last saved: a small file in the folder of its state."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

FILE = "saved.json"


@dataclass(frozen=True)
class Note:
    """`at`: when the state on disk was saved, ISO 8601 UTC; None: never. `in_order`: that was the
    engine's end. `running`: how many executions went on then.
    """

    at: str | None
    in_order: bool
    running: int

    def aftermath(self) -> str | None:
        """What the next engine lacks, in a sentence or two; None where it lacks nothing."""
        cut_off = f"{self.running} execution{'s'[: self.running != 1]} had not ended"
        if self.in_order:
            return f"{cut_off} when the engine did." if self.running else None
        if self.at is None:
            return "The engine was killed before it saved anything: only uploaded files are left."
        at = datetime.fromisoformat(self.at)
        lost = f"The engine was killed; what came after {at:%Y-%m-%d %H:%M:%S} UTC is lost."
        return f"{lost} {cut_off} then." if self.running else lost


def read(home: Path) -> Note | None:
    """None where there is none that can be read."""
    try:
        note = Note(**json.loads((home / FILE).read_text()))
        if note.at is not None:
            datetime.fromisoformat(note.at)
    except (OSError, ValueError, TypeError):
        return None
    return note


def write(home: Path, note: Note) -> None:
    new = home / f"{FILE}.tmp"
    new.write_text(json.dumps(asdict(note)))
    new.replace(home / FILE)
