"""What one pass over the data measures: everything that the estimators read.

The distances from m query points to their 64 nearest among all n points come from one exact
search. A few hundred of the queries also give angles among their nearest neighbours, and the
distances to far neighbours (up to the n/4-th) for the large scales.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lawcast._values import Array
from lawcast.geometry import simplices
from lawcast.geometry.metrics import Measured, measured
from lawcast.geometry.neighbours import Neighbours, find_neighbours
from lawcast.geometry.points import Points
from lawcast.geometry.searching import Progress

NEIGHBOURS = 64
"""K: neighbours of each query point."""

EXACT_BELOW = 50_000
"""From this many points on, a sample of the points asks the questions."""

QUERIES = 5_000
"""How many ask them, unless said otherwise."""

_ANGLES = 1_000
_FAR = 500


@dataclass(frozen=True, eq=False)
class Far:
    """Log distances to far neighbours, from some of the queries.

    Args:
        ranks: K and its doublings, up to n/4.
        logs: (w, ranks) log distances of the w points that asked.
    """

    ranks: tuple[int, ...]
    logs: Array


@dataclass(frozen=True, eq=False)
class Survey:
    """Distances and angles of m query points among n points.

    Args:
        neighbours: the exact search.
        rows: (u,) the queries, as rows of ``neighbours``, whose nearest neighbour is not at
            distance 0.
        logs: (u, K) their log distances.
        angle_rows: (q,) the rows of ``logs`` whose angles were measured; may be empty.
        skewness: (q,) mean simplex skewness of each of their neighbourhoods.
        far: the large scales, or None where n is too small for any.
    """

    neighbours: Neighbours
    rows: NDArray[np.int64]
    logs: Array
    angle_rows: NDArray[np.int64]
    skewness: Array
    far: Far | None

    @property
    def count(self) -> int:
        """n, the points among which neighbours were looked for."""
        return self.neighbours.count

    @property
    def ranks(self) -> tuple[int, ...]:
        """1, 2, ... K."""
        return tuple(range(1, self.logs.shape[1] + 1))

    @property
    def means(self) -> Array:
        """(K,) mean log distance at each rank."""
        means: Array = self.logs.mean(axis=0)
        return means


def take_survey(
    points: Points,
    k: int,
    rng: np.random.Generator,
    *,
    queries: NDArray[np.int64] | None,
    metric: str,
    box: float | Array | None,
    precision: str,
    engine: str,
    memory: int,
    threads: int | None,
    progress: Progress | None,
    angles: bool,
    far: bool,
) -> Survey:
    """Search once and measure; see :class:`Survey`.

    Args:
        points: n points.
        k: neighbours of each query, at most n − 1.
        rng: draws which queries give angles and far distances.
        queries: (m,) numbers of the query points; None for all.
        metric, box, precision, engine, memory, threads, progress: as for the search.
        angles: whether to measure angles.
        far: whether to measure far distances.
    """
    found = find_neighbours(
        points,
        k,
        queries=queries,
        metric=metric,
        box=box,
        precision=precision,
        engine=engine,
        memory=memory,
        threads=threads,
        progress=progress,
    )
    rows = np.flatnonzero(found.distances[:, 0] > 0)
    logs = np.log(found.distances[rows])
    space = measured(points, metric, box)
    angle_rows = np.empty(0, dtype=np.int64)
    skewness = np.empty(0)
    if angles and k >= simplices.NEIGHBOURS and len(rows) > 0:
        angle_rows = np.sort(rng.permutation(len(rows))[:_ANGLES])
        skewness = _skewness(space, found.indices[rows[angle_rows]], memory)
        # coinciding neighbours span no triangle
        angle_rows, skewness = angle_rows[~np.isnan(skewness)], skewness[~np.isnan(skewness)]
    distant = None
    if far and points.count // 4 >= 2 * k:
        distant = _far(space, found.queries, k, rng, memory)
    return Survey(found, rows, logs, angle_rows, skewness, distant)


def _skewness(space: Measured, indices: NDArray[np.int64], memory: int) -> Array:
    """Mean simplex skewness of the nearest neighbours listed in the rows of ``indices``."""
    k = simplices.NEIGHBOURS
    width = space.points.width
    at_once = max(1, min(len(indices), memory // (4 * 8 * k * width)))
    parts = []
    for start in range(0, len(indices), at_once):
        block = indices[start : start + at_once, :k]
        offsets = space.points.take(block.ravel(), np.float64).reshape(len(block), k, width)
        offsets -= offsets[:, :1]
        if space.box is not None:
            offsets -= space.box * np.round(offsets / space.box)
        parts.append(simplices.skewness(offsets))
    return np.concatenate(parts)


def _far(
    space: Measured, queries: NDArray[np.int64], k: int, rng: np.random.Generator, memory: int
) -> Far | None:
    """Distances from some queries to all points, in float64, and their quantiles by rank."""
    count = space.points.count
    ranks = [k]
    while 2 * ranks[-1] <= count // 4:
        ranks.append(2 * ranks[-1])
    asked = np.sort(rng.permutation(queries)[: max(1, min(_FAR, memory // (2 * 8 * count)))])
    rows = space.points.take(asked, np.float64)
    squares = np.empty((len(asked), count))
    at_once = max(1, memory // (4 * 8 * max(space.points.width, len(asked))))
    centre = rows.mean(axis=0)
    for start, block in space.points.blocks(at_once, np.float64):
        stop = start + len(block)
        if space.box is None:
            squares[:, start:stop] = _squares(rows - centre, block - centre)
        else:
            for row, target in zip(rows, squares, strict=True):
                gap = block - row
                gap -= space.box * np.round(gap / space.box)
                target[start:stop] = np.einsum("ij,ij->i", gap, gap)
    squares[np.arange(len(asked)), asked] = -1.0  # the point itself comes first
    squares.partition(ranks, axis=1)
    lengths = np.sqrt(np.maximum(squares[:, ranks], 0.0))
    distances = space.distances(lengths**2 if space.whole else lengths)
    kept = distances[distances[:, 0] > 0]
    if len(kept) == 0:
        return None
    return Far(tuple(ranks), np.log(kept))


def _squares(rows: Array, block: Array) -> Array:
    """Squared distances; at these ranks they are far above what cancellation can spoil."""
    result: Array = np.einsum("ij,ij->i", rows, rows)[:, None] - 2 * rows @ block.T
    result += np.einsum("ij,ij->i", block, block)
    return result
