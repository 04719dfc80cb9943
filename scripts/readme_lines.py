"""Print the README's set-up lines, one a line: `python3 scripts/readme_lines.py [README.md]`.

A set-up line is a line inside a fenced code block that starts with `python3 -m venv`. CI runs what
this prints, so the README cannot drift from what works. Standard library only: it runs before
anything is installed.
"""

from __future__ import annotations

import sys
from pathlib import Path

START = "python3 -m venv"


def setup_lines(text: str) -> list[str]:
    """The set-up lines of a Markdown text, in order."""
    lines, fenced = [], False
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif fenced and line.strip().startswith(START):
            lines.append(line.strip())
    return lines


if __name__ == "__main__":
    readme = Path(sys.argv[1] if len(sys.argv) > 1 else "README.md")
    found = setup_lines(readme.read_text(encoding="utf-8"))
    if len(found) != 2:
        sys.exit(
            f"{readme} should have two fenced lines that start with {START!r}, not {len(found)}"
        )
    print("\n".join(found))
