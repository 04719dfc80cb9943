"""Fail when a module has outgrown one concept: `python scripts/module_sizes.py`."""

from __future__ import annotations

import sys
from pathlib import Path

MOST = {"src": 600, "tests": 600, "benchmarks": 600, "scripts": 600, "examples": 60}
ROOT = Path(__file__).resolve().parent.parent


def too_long(root: Path) -> list[str]:
    """One line for each module above the limit of its folder."""
    complaints = []
    for folder, most in MOST.items():
        for path in sorted((root / folder).rglob("*.py")):
            lines = len(path.read_text(encoding="utf-8").splitlines())
            if lines > most:
                complaints.append(
                    f"{path.relative_to(root)}: {lines} lines, at most {most}; "
                    "a concept in it wants a module of its own"
                )
    return complaints


if __name__ == "__main__":
    found = too_long(ROOT)
    print("\n".join(found) or "every module is within its limit")
    sys.exit(1 if found else 0)
