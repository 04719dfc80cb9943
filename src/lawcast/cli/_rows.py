"""Row ids as they are written on the command line: ``2-6,40``."""

from __future__ import annotations

from collections.abc import Iterable

import click

_LONGEST = 1_000_000


def row_ids(texts: Iterable[str]) -> list[int]:
    """The row ids in texts such as ``"2-6,40"``.

    Raises:
        click.UsageError: not row ids.
    """
    ids: list[int] = []
    for part in ",".join(texts).split(","):
        first, dash, last = (word.strip() for word in part.partition("-"))
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise click.UsageError(
                f"--without takes rows as the findings name them, such as 2-6,40; not {part!r}"
            )
        start, stop = int(first), int(last or first)
        if not 0 <= stop - start <= _LONGEST:
            raise click.UsageError(
                f"--without {part}: give the smaller row first, and at most a million rows"
            )
        ids.extend(range(start, stop + 1))
    return ids


def row_words(ids: Iterable[int]) -> str:
    """The text that :func:`row_ids` reads as these ids."""
    spans: list[list[int]] = []
    for row in sorted(set(ids)):
        if spans and row == spans[-1][1] + 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)
