"""Queries shared out among threads, while the numeric libraries keep to one thread each.

The threads of a library wait for each other after every product. The products here are short, so
where another program holds a core, most of the time is waiting (on two shared cores, eight times
as long as one thread). Threads that have queries of their own meet only at the end. numpy lets
them run side by side, and each query has the same answer in any share.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from lawcast._threads import one_thread
from lawcast.geometry.points import Points

Result = TypeVar("Result")
Progress = Callable[[str, int, int], None]
Job = Callable[[NDArray[np.int64], int, Progress], Result]
"""From queries, bytes for work arrays, and whom to tell progress, to a result for these queries."""

_QUERIES = 512
_BYTES = 16 * 2**20


class _StoppedError(Exception):
    """Another thread failed, or the user stopped the work."""


def share_out(
    points: Points,
    asked: NDArray[np.int64],
    job: Job[Result],
    *,
    threads: int | None,
    memory: int,
    progress: Progress | None,
) -> list[Result]:
    """The results of a job for consecutive shares of the queries.

    Args:
        points: n points, which every share reads.
        asked: (m,) numbers of the queries.
        job: what to do with a share.
        threads: how many at most; None for as many as the numeric libraries would use.
        memory: bytes for work arrays of all shares together.
        progress: called as progress(stage, done, total), from any of the threads, one at a time.
    """
    most = min(len(asked) // _QUERIES, memory // _BYTES)
    # a file that is read in order would be read once for each thread
    count = 1 if most <= 1 or not points.source.random else min(most, _count(threads))
    parts = np.array_split(asked, count)
    report = _Report([len(part) for part in parts], points.count, progress)
    with one_thread():
        if count == 1:
            return [job(asked, memory, report.part(0))]
        with ThreadPoolExecutor(count) as pool:
            futures = [
                pool.submit(job, part, memory // count, report.part(i))
                for i, part in enumerate(parts)
            ]
            try:
                wait(futures, return_when=FIRST_EXCEPTION)
            finally:
                report.stop()  # where one failed or the user stopped the work, the others end too
            failed = [error for future in futures if (error := future.exception()) is not None]
            for error in failed:
                if not isinstance(error, _StoppedError):
                    raise error
            return [future.result() for future in futures]


def _count(threads: int | None) -> int:
    if threads is not None:
        return threads
    from threadpoolctl import threadpool_info

    pools: list[dict[str, Any]] = threadpool_info()
    return max((pool["num_threads"] for pool in pools if pool["user_api"] == "blas"), default=1)


class _Report:
    """The progress of all shares as that of one job, in pairs of query and point."""

    def __init__(self, sizes: list[int], points: int, progress: Progress | None) -> None:
        self._sizes = [size * points for size in sizes]
        self._done = [0] * len(sizes)
        self._progress = progress
        self._lock = threading.Lock()
        self._stopped = False

    def stop(self) -> None:
        """Let every share stop at its next report."""
        self._stopped = True

    def part(self, number: int) -> Progress:
        """Whom a share is to tell."""

        def tell(stage: str, done: int, total: int) -> None:
            if self._stopped:
                raise _StoppedError
            if self._progress is None:
                return
            with self._lock:
                reached = self._sizes[number] * done // max(total, 1)
                # what is searched again does not take progress back
                self._done[number] = max(self._done[number], reached)
                self._progress(stage, sum(self._done), sum(self._sizes))

        return tell
