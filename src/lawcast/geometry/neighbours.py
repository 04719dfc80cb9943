"""Exact k nearest neighbours of points, by blocked matrix products or plain differences.

Products in float32 (or float64) only find who can be a neighbour; the bound in ``products.py``
proves that none is missed, whatever the data. The distances are then computed afresh by
subtraction in float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast._threads import one_thread
from lawcast._threads import threads as capped
from lawcast.geometry.metrics import METRICS, Measured, measured
from lawcast.geometry.points import Points
from lawcast.geometry.products import radii
from lawcast.geometry.searching import Found, Progress, search, search_by_differences
from lawcast.geometry.sharing import share_out

ENGINES = ("numpy", "faiss")
PRECISIONS = ("float32", "float64")
MEMORY = 128 * 2**20
"""Bytes of work arrays beside the data, unless said otherwise."""


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The k nearest other points of each query point, exact.

    Args:
        distances: (m, k) distances in float64, ascending, in the unit of the metric: that of
            the data (euclidean, periodic), radians (cosine), coordinates that differ (hamming).
        indices: (m, k) numbers of the neighbours among the points; equal distances are in the
            order of these numbers.
        queries: (m,) numbers of the query points.
        space: the points where their distances are those of plain differences.
        count: number of points, n.
        width: numbers a point, D.
        metric: name of the metric.
        engine: ``"numpy"`` or ``"faiss"``.
        precision: precision of the search; distances are float64 in any case.
        doubtful: numbers of the query points where cancellation in products of that precision
            could exceed 0.1 % of the squared distance to the nearest distinct point
            (eps·|x|² > 1e-3·r²). Their distances are right all the same, see above.
        redone: how many query points were searched again in float64.
    """

    distances: NDArray[np.float64]
    indices: NDArray[np.int64]
    queries: NDArray[np.int64]
    space: Measured
    count: int
    width: int
    metric: str
    engine: str
    precision: str
    doubtful: NDArray[np.int64]
    redone: int

    @property
    def k(self) -> int:
        """Neighbours of each query point."""
        return int(self.distances.shape[1])


def find_neighbours(
    points: Points,
    k: int,
    *,
    queries: NDArray[np.integer[Any]] | None = None,
    metric: str = "euclidean",
    box: float | NDArray[np.float64] | None = None,
    precision: str = "float32",
    engine: str = "numpy",
    memory: int = MEMORY,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Neighbours:
    """The k nearest other points of each query point, exact.

    A point is not its own neighbour; another point that equals it is, at distance 0.0.

    Args:
        points: n points of D numbers, finite.
        k: how many neighbours, at most n - 1.
        queries: (m,) numbers of the points to ask for, distinct or not; None asks for all.
        metric: one of :data:`METRICS`.
        box: side lengths of the periodic box, one number or (D,); for ``metric="periodic"``.
        precision: ``"float32"`` or ``"float64"``, of the search alone.
        engine: ``"numpy"`` or ``"faiss"`` (needs the extra).
        memory: bytes for work arrays beside the data and the answer.
        threads: how many threads share the queries; None for as many as the numeric libraries
            would use, each of them alone in its thread.
        progress: called as progress("neighbours", done, total).

    Raises:
        ArgumentError: k is not in 1 .. n - 1, a query is not a point, or options contradict.
        UnknownNameError: no such metric, engine or precision.
        MissingExtraError: faiss is not installed.
    """
    asked = check_queries(points, queries)
    check_options(metric=metric, precision=precision, memory=memory, threads=threads, engine=engine)
    _check_k(k, points.count)
    space = measured(points, metric, box)
    found = _search(space, asked, k, precision, engine, memory, threads, progress)
    with one_thread():
        doubtful = _doubtful(space, asked, found.lengths, precision)
    return Neighbours(
        distances=space.distances(found.lengths),
        indices=found.indices,
        queries=asked,
        space=space,
        count=points.count,
        width=points.width,
        metric=metric,
        engine=engine,
        precision=precision,
        doubtful=doubtful,
        redone=found.redone,
    )


def _search(
    space: Measured,
    asked: NDArray[np.int64],
    k: int,
    precision: str,
    engine: str,
    memory: int,
    threads: int | None,
    progress: Progress | None,
) -> Found:
    if engine == "faiss":
        from lawcast.geometry.faiss_search import search_with_faiss

        if space.box is not None:
            raise ArgumentError(
                "engine='faiss' knows no periodic box: use engine='numpy' with metric='periodic'"
            )
        if precision != "float32":
            raise ArgumentError(
                "engine='faiss' searches in float32 alone (distances are float64 in any case): "
                "leave precision= out, or use engine='numpy'"
            )
        with capped(threads):
            return search_with_faiss(
                space.points, asked, k, memory, threads, progress, whole=space.whole
            )

    def job(numbers: NDArray[np.int64], room: int, tell: Progress) -> Found:
        if space.box is not None:
            return search_by_differences(space.points, numbers, k, tell, box=space.box)
        dtype: Any = np.float32 if precision == "float32" else np.float64
        return search(space.points, numbers, k, dtype, room, tell, whole=space.whole)

    shares = share_out(space.points, asked, job, threads=threads, memory=memory, progress=progress)
    if len(shares) == 1:
        return shares[0]
    return Found(
        np.concatenate([share.lengths for share in shares]),
        np.concatenate([share.indices for share in shares]),
        sum(share.redone for share in shares),
    )


def _doubtful(
    space: Measured, asked: NDArray[np.int64], lengths: NDArray[np.float64], precision: str
) -> NDArray[np.int64]:
    if space.box is not None or space.whole:  # differences, or whole numbers: nothing cancels
        return asked[:0]
    apart = np.where(lengths > 0, lengths, np.inf).min(axis=1)
    unit = float(np.finfo(precision).eps)
    near: NDArray[np.bool_] = apart < np.sqrt(unit * 1e3) * radii(space.points, asked)
    return asked[near]


def check_queries(points: Points, queries: NDArray[np.integer[Any]] | None) -> NDArray[np.int64]:
    """The numbers of the query points, all of them by default.

    Raises:
        ArgumentError: they are not whole numbers from 0 to n - 1 in one row.
    """
    if queries is None:
        return np.arange(points.count, dtype=np.int64)
    asked = np.asarray(queries)
    if asked.ndim != 1 or asked.dtype.kind not in "iu" or len(asked) == 0:
        raise ArgumentError(
            "queries must be a row of whole numbers, the numbers of the points to ask for, "
            f"not {asked.dtype} of shape {asked.shape}"
        )
    if int(asked.min()) < 0 or int(asked.max()) >= points.count:
        raise ArgumentError(
            f"queries run from {asked.min()} to {asked.max()}, but there are {points.count} "
            f"points: give numbers from 0 to {points.count - 1}"
        )
    return asked.astype(np.int64)


def check_options(
    *,
    metric: str,
    precision: str,
    memory: int,
    threads: int | None,
    engine: str = "numpy",
) -> None:
    """Check the options that all searches share.

    Raises:
        UnknownNameError: no such metric, engine or precision.
        ArgumentError: memory or threads out of range.
    """
    for what, name, known in (
        ("metric", metric, METRICS),
        ("precision", precision, PRECISIONS),
        ("engine", engine, ENGINES),
    ):
        if not isinstance(name, str) or name not in known:
            raise UnknownNameError(what, str(name), known)
    if memory < 2**20:
        raise ArgumentError(f"memory={memory} bytes is too little to work in: give at least 2**20")
    if threads is not None and threads < 1:
        raise ArgumentError(f"threads={threads}: give at least 1, or None to leave them alone")


def _check_k(k: int, n: int) -> None:
    if not 1 <= k < n:
        most = f"choose k from 1 to {n - 1}" if n > 1 else "at least two points are needed"
        raise ArgumentError(
            f"k={k} neighbours asked for, but there are n={n} points and a point is not its own "
            f"neighbour: {most}"
        )
