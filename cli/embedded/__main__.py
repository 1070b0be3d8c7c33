"""Starts the engine: `python -m cli.embedded HOME`.

HOME is the folder of its state: by it, a list of processes tells engines apart.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ministack.app import main

from cli.embedded import deaths, keeping, messages, permissions, turns

if __name__ == "__main__":
    deaths.install()
    keeping.install(Path(sys.argv[1]))
    messages.install()
    permissions.install()
    turns.install()
    sys.argv = sys.argv[:1]
    main()
