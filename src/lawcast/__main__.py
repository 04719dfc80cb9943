"""``python -m lawcast`` and the ``lawcast`` command: the same."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run the command line in a process of its own; an interrupt while it loads is caught too."""
    try:
        from lawcast.cli import _signals

        _signals.install()
        from lawcast.cli.main import main as run

        return run()
    except KeyboardInterrupt as stop:
        os.write(2, b"Interrupted: nothing was written.\n")
        return 143 if type(stop).__name__ == "Terminated" else 130


if __name__ == "__main__":
    sys.exit(main())
