"""Tables that fit a terminal: their widest columns are broken over several lines."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import replace

from lawcast._tables import WIDTH, Table, show

_LEAST = 16  # columns of a terminal that a narrowed column keeps
_WHOLE = re.compile(r"\[[^\[\]]*\]|\w+ = \S+")  # what is not broken over lines
_NO_BREAK = "\u00a0"


def narrowed(table: Table, width: int = WIDTH) -> Table:
    """The table with long cells broken into several rows, so that it fits a terminal.

    The widest columns give way first, and none below a few words.

    Args:
        table: of text.
        width: columns of the terminal.
    """
    cells = [[show(cell) for cell in row] for row in table.rows]
    sizes = [
        max([len(name), *(len(row[j]) for row in cells)]) for j, name in enumerate(table.columns)
    ]
    room = width - 2 * (len(sizes) - 1)
    while sum(sizes) > room and max(sizes) > _LEAST:
        sizes[sizes.index(max(sizes))] -= 1
    rows: list[tuple[str, ...]] = []
    for row in cells:
        parts = [_broken(cell, size) for cell, size in zip(row, sizes, strict=True)]
        for k in range(max(map(len, parts))):
            rows.append(tuple(part[k] if k < len(part) else "" for part in parts))
    return replace(table, rows=tuple(rows))


def _broken(cell: str, size: int) -> Sequence[str]:
    """A cell in lines; ``d = 2``, an interval and words with hyphens stay whole where they fit."""
    kept = _WHOLE.sub(lambda found: found[0].replace(" ", _NO_BREAK), cell)
    lines = textwrap.wrap(kept, size, subsequent_indent="  ", break_on_hyphens=False)
    return [line.replace(_NO_BREAK, " ") for line in lines] or [""]
