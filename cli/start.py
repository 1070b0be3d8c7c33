"""The command's first moments: what it imports takes a third of a second."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command, and end its process."""
    try:
        from cli.main import main as darkroom
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        sys.exit(130)  # cli.errors.INTERRUPTED, which may not be imported yet
    darkroom()
