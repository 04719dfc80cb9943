"""One function over many curves, on a few threads: numpy releases the interpreter's lock."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from lawcast.fitting.threads import one_thread

_MOST_THREADS = 8
_FEW = 3

T = TypeVar("T")
S = TypeVar("S")


def for_each(function: Callable[[T], S], items: Iterable[T]) -> list[S]:
    """``[function(item) for item in items]``, several at a time, in order."""
    every = list(items)
    workers = min(_MOST_THREADS, os.cpu_count() or 1, len(every))
    with one_thread():
        if workers < 2 or len(every) < _FEW:
            return [function(item) for item in every]
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(function, every))
