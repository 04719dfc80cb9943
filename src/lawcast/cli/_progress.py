"""Progress of long work, on stderr and only where somebody watches."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

Progress = Callable[[str, int, int], None]

_PATIENCE = 1.0
"""Seconds of silence before a progress bar is worth its lines."""

_WORDS = {
    "search": "searching for the best fit",
    "resamples": "fitting resamples",
    "profiles": "profiling the parameters",
    "backtest": "testing on the largest runs",
    "rivals": "fitting other laws",
    "neighbours": "comparing pairs of points",
    "angles": "measuring angles",
    "half-samples": "drawing half-samples",
    "cells": "measuring cells",
}


def watched(prefix: str = "") -> AbstractContextManager[Progress | None]:
    """A callback that shows the progress of long work on a terminal; None where nobody watches.

    Args:
        prefix: said before what is being done, for instance the name of a group.
    """
    if not sys.stderr.isatty():
        return nullcontext(None)
    return _bar(prefix)


class TimeLeft:
    """How long counted work will still take, at the mean speed since its first report.

    What was done before that report, in an earlier run, does not count as fast work.
    """

    def __init__(self) -> None:
        self._what, self._first, self._since, self._seen = "", 0, 0.0, 0

    def told(self, what: str, done: int, total: int) -> str:
        """``"3 min left"``; empty until there is something to go by."""
        now = time.monotonic()
        if what != self._what or done < self._seen:
            self._what, self._first, self._since = what, done, now
        self._seen = done
        made, elapsed = done - self._first, now - self._since
        if made < 1 or elapsed < _PATIENCE or done >= total:
            return ""
        return f"{duration(elapsed / made * (total - done))} left"


def duration(seconds: float) -> str:
    """``"40 s"``, ``"3 min"``, ``"2.5 h"``, ``"4 days"``."""
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.1f} h"
    return f"{round(seconds / 86400)} days"


@contextmanager
def waiting(words: str) -> Iterator[None]:
    """Say what is being done, on a terminal, for work that cannot count its steps."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal or console.is_dumb_terminal:
        yield
        return
    with console.status(words):
        yield


@contextmanager
def _bar(prefix: str) -> Iterator[Progress | None]:
    """A bar on stderr that appears when the work takes longer than a second."""
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    left = TimeLeft()
    console = Console(stderr=True)
    if console.is_dumb_terminal:
        yield None
        return
    bar = Bar(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}", markup=False),
        console=console,
        transient=True,
    )
    task = bar.add_task("", total=1, left="")
    begun = time.monotonic()

    def tell(what: str, done: int, total: int) -> None:
        if not bar.live.is_started and time.monotonic() - begun > _PATIENCE:
            bar.start()
        words = prefix + _WORDS.get(what, what)
        counted = total > 1
        if counted:
            words += f" {done:,} of {total:,}"
        # a bar without a total only moves to and fro
        bar.update(
            task,
            description=words,
            completed=done,
            total=total if counted else None,
            left=left.told(what, done, total) if counted else "",
        )

    try:
        yield tell
    finally:
        bar.stop()
