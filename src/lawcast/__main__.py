"""``python -m lawcast`` and the ``lawcast`` command: the same."""

from __future__ import annotations

import contextlib
import os
import sys


def main() -> int:
    """Run the command line in a process of its own; an interrupt while it loads is caught too."""
    try:
        from lawcast.cli import _signals

        _signals.install()
        from lawcast.cli.main import main as run

        code = run()
    except KeyboardInterrupt as stop:
        os.write(2, b"Interrupted: nothing was written.\n")
        code = 143 if type(stop).__name__ == "Terminated" else 130
    if code in (130, 143):
        # Left to itself, Python would die of the signal where that came inside exec(): other code
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                if stream is not None:
                    stream.flush()
        os._exit(code)
    return code


if __name__ == "__main__":
    sys.exit(main())
