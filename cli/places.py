"""Where the project is and where the embedded engine keeps its things."""

from __future__ import annotations

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
TEMPLATE = PROJECT / "template.yaml"
SAMPLES = PROJECT / "samples"


def home() -> Path:
    """The ignored folder of the engine's state; DARKROOM_HOME moves it."""
    return Path(os.environ.get("DARKROOM_HOME", PROJECT / ".darkroom")).resolve()
