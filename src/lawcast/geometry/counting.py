"""How many other points lie within given radii, by the same blocks as the neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lawcast._errors import ArgumentError
from lawcast.geometry.metrics import Measured, measured
from lawcast.geometry.neighbours import MEMORY, check_options, check_queries
from lawcast.geometry.points import Points
from lawcast.geometry.products import (
    Asked,
    Frame,
    RangeError,
    make_frame,
    tile_columns,
    tile_rows,
    tiles,
)
from lawcast.geometry.searching import Progress, differences
from lawcast.geometry.sharing import share_out

STAGE = "counts"

_TOLERANCE = 1e-3
"""Largest error of a squared radius, relative, before a query is counted with more digits."""

_RUN = 128
"""Words of eight flags added up at once: a byte holds up to 255."""

_ROWS = 32
"""Rows compared at once: they stay in the cache while the radii pass."""


def count_within(
    points: Points,
    queries: NDArray[np.integer[Any]] | None,
    radii: NDArray[np.float64],
    *,
    metric: str = "euclidean",
    box: float | NDArray[np.float64] | None = None,
    precision: str = "float32",
    memory: int = MEMORY,
    threads: int | None = None,
    progress: Progress | None = None,
) -> NDArray[np.int64]:
    """Count the other points within each radius of each query point.

    Counts are exact up to the rounding of squared distances: in float32 some 1e-7 to 1e-5 of the
    radius squared decides about pairs that lie just at it. Queries for which that rounding is
    expected to exceed 0.1 % of the smallest radius squared are counted again in float64, and if
    that is not enough by plain differences. Hamming and periodic counts round nothing more.

    Args:
        points: n points of D numbers.
        queries: (m,) numbers of the points to ask for; None asks for all.
        radii: (r,) ascending, not negative, in the unit of the metric; a point at the radius
            counts.
        metric: ``"euclidean"``, ``"cosine"``, ``"hamming"`` or ``"periodic"``.
        box: side lengths for ``"periodic"``.
        precision: ``"float32"`` or ``"float64"``.
        memory: bytes for work arrays beside the data and the answer.
        threads: how many threads share the queries; None for as many as the numeric libraries
            would use.
        progress: called as progress("counts", done, total).

    Returns:
        (m, r) counts.

    Raises:
        ArgumentError: radii are not ascending, a query is not a point, or options contradict.
        UnknownNameError: no such metric or precision.
    """
    asked = check_queries(points, queries)
    check_options(metric=metric, precision=precision, memory=memory, threads=threads)
    wanted = np.asarray(radii, dtype=float)
    if wanted.ndim != 1 or not len(wanted) or not np.all(np.isfinite(wanted)) or wanted[0] < 0:
        raise ArgumentError("radii must be a row of at least one finite number, none below 0")
    if np.any(np.diff(wanted) < 0):
        raise ArgumentError("radii must be ascending: pass np.sort(radii)")
    space = measured(points, metric, box)
    lengths = np.sqrt(np.floor(wanted)) if space.whole else space.lengths(wanted)

    def job(numbers: NDArray[np.int64], room: int, tell: Progress) -> NDArray[np.int64]:
        if space.box is not None:
            return _by_differences(space, numbers, lengths, tell)
        dtype: Any = np.float32 if precision == "float32" else np.float64
        return _by_products(space, numbers, lengths, dtype, room, tell)

    return np.concatenate(
        share_out(space.points, asked, job, threads=threads, memory=memory, progress=progress)
    )


def _by_products(
    space: Measured,
    asked: NDArray[np.int64],
    lengths: NDArray[np.float64],
    dtype: Any,
    memory: int,
    progress: Progress | None,
) -> NDArray[np.int64]:
    frame = make_frame(space.points, dtype, whole=space.whole, lower=False)
    counts = np.zeros((len(asked), len(lengths)), np.int64)
    again = np.ones(len(asked), dtype=bool)
    if frame.dtype == np.float64 or frame.narrow_enough:
        try:
            again = _count(frame, asked, lengths, counts, memory, progress)
        except RangeError:
            if frame.dtype == np.float64:
                raise ArgumentError(
                    "the data spans more orders of magnitude than float64 can square: set the "
                    "outliers aside, or take logarithms"
                ) from None
            again[:] = True
    rows = np.flatnonzero(again)
    if len(rows) and frame.dtype == np.float32:
        counts[rows] = _by_products(space, asked[rows], lengths, np.float64, memory, progress)
    elif len(rows):
        counts[rows] = _by_differences(space, asked[rows], lengths, progress, frame.scale)
    return counts


def _count(
    frame: Frame,
    asked: NDArray[np.int64],
    lengths: NDArray[np.float64],
    counts: NDArray[np.int64],
    memory: int,
    progress: Progress | None,
) -> NDArray[np.bool_]:
    """Fill in the counts; returns for which queries rounding is too large for them."""
    n, width = frame.points.count, frame.points.width
    if frame.bytes <= memory // 2:
        frame = frame.keep()
    squares = (lengths * frame.scale) ** 2
    again = np.zeros(len(asked), dtype=bool)
    columns = tile_columns(frame, memory)
    group = tile_rows(columns)
    room = np.empty(group * (columns + 8 * _RUN), frame.dtype)
    if frame.kept is None:
        group = max(group, memory // 4 // (np.dtype(frame.dtype).itemsize * (width + 1)))
    for first in range(0, len(asked), group):
        queries = frame.ask(asked[first : first + group])
        limits = (squares / 2 - queries.norms[:, None] / 2).astype(frame.dtype)
        if frame.exact:
            limits = limits + frame.dtype(0.25)  # values are multiples of 1/2
        else:
            # |y| <= |x| + r for those that matter; rounding errors add up like a random walk
            far = 2 * np.sqrt(queries.norms) + lengths[0] * frame.scale
            unit = float(np.finfo(frame.dtype).eps) / 2
            error = unit * (4 + np.sqrt(width)) * far**2
            again[first : first + group] = error > _TOLERANCE * squares[0] / 2
        _add(frame, queries, limits, counts[first : first + group], memory, room)
        if progress is not None:
            progress(STAGE, min(first + group, len(asked)) * n, len(asked) * n)
    return again


def _add(
    frame: Frame,
    queries: Asked,
    limits: NDArray[Any],
    counts: NDArray[np.int64],
    memory: int,
    room: NDArray[Any],
) -> None:
    """Add to the (m, r) counts how many values of each row lie at or under each limit."""
    for first, _, _, tile in tiles(frame, queries, memory, 8 * _RUN, room):
        under = np.empty((min(_ROWS, len(tile)), tile.shape[1]), dtype=bool)
        for row in range(0, len(tile), _ROWS):
            part = tile[row : row + _ROWS]
            mask = under[: len(part)]
            window = slice(first + row, first + row + len(part))
            for column in range(limits.shape[1]):
                np.less_equal(part, limits[window, column, None], out=mask)
                # eight flags a word, added as one number
                words = mask.view(np.uint64).reshape(len(part), -1, _RUN).sum(axis=2)
                counts[window, column] += words.view(np.uint8).sum(axis=1, dtype=np.int64)


def _by_differences(
    space: Measured,
    asked: NDArray[np.int64],
    lengths: NDArray[np.float64],
    progress: Progress | None,
    scale: float = 1.0,
) -> NDArray[np.int64]:
    points, n = space.points, space.points.count
    box = None if space.box is None else space.box * scale
    # a root and its square need not meet again: half an ulp more than the square
    limits = (lengths * scale) ** 2 * (1 + 2 * np.finfo(float).eps)
    counts = np.zeros((len(asked), len(lengths)), np.int64)
    step = 128
    for first in range(0, len(asked), step):
        numbers = asked[first : first + step]
        mine = points.take(numbers) * scale
        for start, block in points.blocks(max(1, min(2048, 2**20 // points.width))):
            tile = differences(mine, block * scale, box)
            place = numbers - start
            own = np.flatnonzero((place >= 0) & (place < len(block)))
            tile[own, place[own]] = np.inf
            for column, limit in enumerate(limits):
                counts[first : first + step, column] += np.count_nonzero(tile <= limit, axis=1)
        if progress is not None:
            progress(STAGE, min(first + step, len(asked)) * n, len(asked) * n)
    return counts
