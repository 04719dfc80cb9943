"""``python -m lawcast``: the same as the ``lawcast`` command."""

from __future__ import annotations

import sys

from lawcast.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
