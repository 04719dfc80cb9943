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
}


def watched(prefix: str = "") -> AbstractContextManager[Progress | None]:
    """A callback that shows the progress of long work on a terminal; None where nobody watches.

    Args:
        prefix: said before what is being done, for instance the name of a group.
    """
    if not sys.stderr.isatty():
        return nullcontext(None)
    return _bar(prefix)


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

    console = Console(stderr=True)
    if console.is_dumb_terminal:
        yield None
        return
    bar = Bar(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
    task = bar.add_task("", total=1)
    begun = time.monotonic()

    def tell(what: str, done: int, total: int) -> None:
        if not bar.live.is_started and time.monotonic() - begun > _PATIENCE:
            bar.start()
        words = prefix + _WORDS.get(what, what)
        counted = total > 1
        if counted:
            words += f" {done:,} of {total:,}"
        # a bar without a total only moves to and fro
        bar.update(task, description=words, completed=done, total=total if counted else None)

    try:
        yield tell
    finally:
        bar.stop()
