"""What one pass over the data measures: everything that the estimators read.

The distances from m query points to their 64 nearest among all n points come from one exact
search. A few hundred of the queries also give angles among their nearest neighbours, and the
distances to far neighbours (up to the n/4-th) for the large scales.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lawcast._threads import one_thread
from lawcast._values import Array
from lawcast.geometry import simplices
from lawcast.geometry.metrics import Measured
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
_FLAT_POINTS = 400
_FAR, _FAR_LEAST = 500, 100  # of the least, groups are measured in turn where memory is short
_TILE = 2**20  # products at once


@dataclass(frozen=True, eq=False)
class Means:
    """Means over query points, of the whole or of each of b half-samples.

    Args:
        logs: (..., K) mean log distances to the neighbours 1 … K.
        skewness: (...,) mean simplex skewness, or None.
        count: n, points among which neighbours were looked for.
        queries: m, points that asked; about as many where half-samples differ.
    """

    logs: Array
    skewness: Array | None
    count: int
    queries: int


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
        span: dimension of the flat (or, for angles, of the sphere) that holds all points, which
            bounds theirs; at most D.
    """

    neighbours: Neighbours
    rows: NDArray[np.int64]
    logs: Array
    angle_rows: NDArray[np.int64]
    skewness: Array
    far: Far | None
    span: int

    @property
    def count(self) -> int:
        """n, the points among which neighbours were looked for."""
        return self.neighbours.count

    @property
    def tied(self) -> float:
        """Share of the points whose two nearest neighbours are equally far."""
        return float(np.mean(self.logs[:, 0] == self.logs[:, 1])) if len(self.logs) > 0 else 0.0

    @cached_property
    def means(self) -> Means:
        """The mean log distance at each rank, (K,), and the mean skewness, a number or None."""
        skewness = self.skewness.mean() if len(self.skewness) > 0 else None
        return Means(self.logs.mean(axis=0), skewness, self.count, len(self.rows))


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
    space = found.space
    angle_rows = np.empty(0, dtype=np.int64)
    skewness = np.empty(0)
    distant = None
    with one_thread():
        if angles and k >= simplices.NEIGHBOURS and len(rows) > 0:
            angle_rows = np.sort(rng.permutation(len(rows))[:_ANGLES])
            skewness = _skewness(space, found.indices[rows[angle_rows]], memory)
            # coinciding neighbours span no triangle
            angle_rows, skewness = angle_rows[~np.isnan(skewness)], skewness[~np.isnan(skewness)]
        if far and points.count // 4 >= 2 * k:
            distant = _far(space, found.queries, k, rng, memory)
        span = _span(space, float(np.exp(np.median(logs[:, 0]))) if len(logs) else 0.0, rng)
    return Survey(found, rows, logs, angle_rows, skewness, distant, span)


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
    """Distances from some queries to all points, by products in float64, at ranks from k on."""
    count = space.points.count
    ranks = [k]
    while 2 * ranks[-1] <= count // 4:
        ranks.append(2 * ranks[-1])
    together = max(1, min(_FAR, memory // (2 * 4 * count)))
    # each group of queries reads all points again, which a file in rows makes slow
    wanted = max(together, _FAR_LEAST) if space.points.source.random else together
    asked = np.sort(rng.permutation(queries)[:wanted])
    rows = space.points.take(asked, np.float64)
    size = float(np.abs(rows - rows.mean(axis=0)).max()) * math.sqrt(space.points.width)
    frame = rows.mean(axis=0), 1.0 if 1e-6 < size < 1e6 else 2.0 ** -math.frexp(size)[1]
    groups = [asked[i : i + together] for i in range(0, len(asked), together)]
    lengths = np.concatenate([_lengths_at(space, frame, group, ranks, memory) for group in groups])
    distances = space.distances(lengths**2 if space.whole else lengths)
    kept = distances[distances[:, 0] > 0]
    if len(kept) == 0:
        return None
    return Far(tuple(ranks), np.log(kept))


def _lengths_at(
    space: Measured,
    frame: tuple[Array, float],
    asked: NDArray[np.int64],
    ranks: list[int],
    memory: int,
) -> Array:
    """(w, ranks) lengths of differences from w queries to their neighbours of these ranks.

    At these ranks squares are far above what cancellation in float64 can spoil. They are kept in
    float32, which rounds a distance by 3e-8 of itself; ``frame`` is the origin, and the power of
    two that keeps squares in range.
    """
    points, box = space.points, space.box
    centre, scale = frame
    rows = (points.take(asked, np.float64) - centre) * scale
    norms = np.vecdot(rows, rows)[:, None]
    doubled = -2 * rows
    squares = np.empty((len(asked), points.count), np.float32)
    most = memory // (4 * 8 * max(points.width, len(asked)))
    for start, block in points.blocks(max(1, min(most, _TILE // len(asked))), np.float64):
        target = squares[:, start : start + len(block)]
        others = block - centre
        if scale != 1.0:
            others *= scale
        if box is None:
            tile = doubled @ others.T
            tile += np.vecdot(others, others)
            with np.errstate(over="ignore"):
                np.add(tile, norms, out=target, casting="same_kind")
        else:
            for row, into in zip(rows, target, strict=True):
                gap = others - row
                gap -= box * scale * np.round(gap / (box * scale))
                into[:] = np.vecdot(gap, gap)
    squares[np.arange(len(asked)), asked] = -1.0  # the point itself comes first
    found = np.empty((len(asked), len(ranks)))
    for row, into in zip(squares, found, strict=True):
        for column in range(len(ranks) - 1, -1, -1):
            row.partition(ranks[column])
            into[column] = row[ranks[column]]
            row = row[: ranks[column]]  # the nearer ranks lie before it
    lengths: Array = np.sqrt(np.maximum(found, 0.0)) / scale
    return lengths


def _span(space: Measured, nearest: float, rng: np.random.Generator) -> int:
    """Dimension of the smallest flat through a few hundred of the points.

    A bound for all of them where it is smaller than that sample can reach; else D. Rounding in
    single precision counts as no direction, so neither does a spread of 5e-7 of the largest.
    """
    points = space.points
    width = points.width
    if space.box is not None or space.whole:
        return width
    count = min(points.count, _FLAT_POINTS)
    rows = points.take(np.sort(rng.permutation(points.count)[:count]), np.float64)
    rows = rows - rows.mean(axis=0)
    spread = np.linalg.svd(rows, compute_uv=False)
    least = 4 * 2.0**-23 if points.dtype == "float32" else 8 * max(rows.shape) * 2.0**-52
    rank = int((spread > least * spread[0]).sum())
    # a direction too short to be told from rounding may still be long beside the distances
    if rank >= count - 1 or least * spread[0] > 0.01 * nearest * math.sqrt(count):
        return width
    return rank - 1 if space.metric == "cosine" else rank
