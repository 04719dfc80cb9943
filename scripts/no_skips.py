"""Fail when a test was skipped without a good reason: `python scripts/no_skips.py junit.xml`.

The one good reason is that the data folder beside the repository is not there.
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET

ALLOWED = "../shared is absent"


def bad_skips(junit: str) -> list[str]:
    """One line for each skipped test of a JUnit file whose reason is not the allowed one."""
    root = ET.fromstring(junit)
    cases = list(root.iter("testcase"))
    if not cases:
        return ["no test ran at all"]
    return [
        f"{case.get('classname')}::{case.get('name')} was skipped: {skip.get('message')}"
        for case in cases
        for skip in case.iter("skipped")
        if ALLOWED not in (skip.get("message") or "")
    ]


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as stream:
        found = bad_skips(stream.read())
    print("\n".join(found) or "no test was skipped without a good reason")
    sys.exit(1 if found else 0)
