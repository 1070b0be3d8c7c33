"""Starts the engine: `python -m cli.embedded HOME`.

HOME is the folder of its state: by it, a list of processes tells engines apart.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ministack.app import main

from cli.embedded import (
    births,
    deaths,
    expressions,
    handover,
    keeping,
    maps,
    messages,
    permissions,
    turns,
)


def run(home: Path) -> None:
    """Until told to end."""
    births.install()
    deaths.install()
    expressions.install()
    handover.install()
    keeping.install(home)
    maps.install()
    messages.install()
    permissions.install()
    turns.install()
    sys.argv = sys.argv[:1]
    main()


if __name__ == "__main__":
    run(Path(sys.argv[1]))
