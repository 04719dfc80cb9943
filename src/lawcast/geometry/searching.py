"""The search for neighbours: candidates by products, then distances by differences.

Query points for which rounding leaves too many candidates are done again with products in
float64, and what is left even then by differences to all points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lawcast._errors import ArgumentError
from lawcast.geometry.points import Points
from lawcast.geometry.products import (
    Frame,
    RangeError,
    make_frame,
    tile_columns,
    tile_rows,
    tiles,
)
from lawcast.geometry.selection import Selection

Progress = Callable[[str, int, int], None]
"""Called as progress(stage, done, total)."""

STAGE = "neighbours"
_WORK = 4 * 2**20


@dataclass(frozen=True, eq=False)
class Found:
    """What a search found.

    Args:
        lengths: (m, k) lengths of differences, ascending; their squares where coordinates are
            0 and 1.
        indices: (m, k) numbers of the neighbours.
        redone: how many queries were searched again, with more digits or without products.
    """

    lengths: NDArray[np.float64]
    indices: NDArray[np.int64]
    redone: int


def search(
    points: Points,
    asked: NDArray[np.int64],
    k: int,
    dtype: Any,
    memory: int,
    progress: Progress | None,
    *,
    whole: bool = False,
) -> Found:
    """The k nearest other points of each query.

    Args:
        points: the points.
        asked: (m,) numbers of the queries.
        k: how many.
        dtype: precision of the products, float32 or float64.
        memory: bytes for work arrays.
        progress: called after each tile.
        whole: all coordinates are 0 or 1.

    Raises:
        ArgumentError: squares of the data overflow in float64.
    """
    frame = make_frame(points, dtype, whole=whole)
    if frame.dtype == np.float32 and not frame.narrow_enough:
        return search(points, asked, k, np.float64, memory, progress, whole=whole)
    lengths = np.empty((len(asked), k))
    indices = np.empty((len(asked), k), np.int64)
    crowded = np.zeros(len(asked), dtype=bool)
    try:
        if frame.bytes <= memory // 2:
            frame = frame.keep()
        for start, stop, chosen, norms in _scan(frame, asked, k, memory, progress):
            picked = chosen.finish()
            if whole:
                lengths[start:stop] = 2.0 * picked.values + norms[:, None]
                indices[start:stop] = picked.columns
                continue
            easy = np.flatnonzero(~chosen.crowded)
            crowded[start:stop] = chosen.crowded
            found = nearest(frame, asked[start + easy], picked.columns[easy], k)
            lengths[start + easy], indices[start + easy] = found
    except RangeError:
        if frame.dtype == np.float32:
            return search(points, asked, k, np.float64, memory, progress)
        raise ArgumentError(
            "the data spans more orders of magnitude than float64 can square: set the outliers "
            "aside, or take logarithms"
        ) from None
    again = np.flatnonzero(crowded)
    if len(again):
        if frame.dtype == np.float32:
            redo = search(points, asked[again], k, np.float64, memory, progress)
        else:
            redo = search_by_differences(points, asked[again], k, progress, scale=frame.scale)
        lengths[again], indices[again] = redo.lengths, redo.indices
    return Found(lengths, indices, len(again))


def _scan(
    frame: Frame, asked: NDArray[np.int64], k: int, memory: int, progress: Progress | None
) -> Iterator[tuple[int, int, Selection, NDArray[np.float64]]]:
    """(first query, one after the last, what was selected, squared norms), by groups of queries."""
    n, width = frame.points.count, frame.points.width
    item = np.dtype(frame.dtype).itemsize
    most = 8 * k + 256 if frame.dtype == np.float32 else max(8 * k + 256, n // 8)
    columns = tile_columns(frame, memory)
    bucket = bucket_width(columns, k)
    group = tile_rows(columns)
    if frame.kept is None:
        group = max(group, memory // 3 // (item * (width + k) + 24 * most))
    room = np.empty(tile_rows(columns) * (columns + bucket), frame.dtype)
    for first in range(0, len(asked), group):
        queries = frame.ask(asked[first : first + group])
        m = len(queries.numbers)

        def slack(
            rows: NDArray[np.int64], kth: NDArray[Any], norms: NDArray[np.float64] = queries.norms
        ) -> NDArray[np.float64]:
            return frame.slack(norms[rows], kth)

        chosen = Selection(m, k, frame.dtype, None if frame.exact else slack, most)
        for row, start, size, tile in tiles(frame, queries, memory, bucket, room):
            chosen.add(row, tile, start, bucket)
            if progress is not None:
                progress(STAGE, first * n + start * m + (row + len(tile)) * size, len(asked) * n)
        yield first, first + m, chosen, queries.norms


def bucket_width(columns: int, k: int) -> int:
    """Values a bucket: about what makes bucket minima and the contents of k buckets as many."""
    return int(2 ** np.clip(np.round(np.log2(max(columns / k, 1.0)) / 2), 0, 6))


def nearest(
    frame: Frame, numbers: NDArray[np.int64], found: NDArray[np.int64], k: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The k nearest of the candidates, by differences in float64.

    Args:
        frame: the points, and the scale that keeps squares in range.
        numbers: (m,) numbers of the queries.
        found: (m, c) numbers of the candidates, first in each row, then -1; at least k of them.
        k: how many.

    Returns:
        (m, k) lengths, ascending, and (m, k) numbers; equal lengths in the order of the numbers.
    """
    lengths = np.empty((len(numbers), k))
    indices = np.empty((len(numbers), k), np.int64)
    count = (found >= 0).sum(axis=1)
    if frame.points.source.random:
        squares = _squares_at(frame, numbers, found, count)
    else:
        squares = _squares_in_order(frame, numbers, found)
    step = max(1, 2**18 // max(1, found.shape[1]))
    for start in range(0, len(numbers), step):
        part = slice(start, start + step)
        order = np.lexsort((found[part], squares[part]), axis=1)[:, :k]
        lengths[part] = np.sqrt(np.take_along_axis(squares[part], order, 1)) / frame.scale
        indices[part] = np.take_along_axis(found[part], order, 1)
    return lengths, indices


def _squares_at(
    frame: Frame, numbers: NDArray[np.int64], found: NDArray[np.int64], count: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(m, c) squared differences, infinite where there is no candidate; rows are fetched."""
    points = frame.points
    squares = np.full(found.shape, np.inf)
    order = np.argsort(count, kind="stable")  # rows of as many candidates side by side
    start = 0
    while start < len(order):
        first = int(count[order[start]])
        step = max(1, _WORK // (8 * max(1, first) * points.width))
        rows = order[start : start + step]
        most = int(count[rows[-1]])
        part = found[rows, :most]
        mine = points.take(numbers[rows], frame.read_as)
        # rows of fewer candidates are filled up with the query itself
        who = np.where(part < 0, numbers[rows][:, None], part)
        theirs = points.take(who.reshape(-1), frame.read_as).reshape(*who.shape, -1)
        gap = np.subtract(theirs, mine[:, None, :], dtype=np.float64)
        squares[rows[:, None], np.arange(most)] = np.where(
            part < 0, np.inf, _square(gap, frame.scale)
        )
        start += step
    return squares


def _squares_in_order(
    frame: Frame, numbers: NDArray[np.int64], found: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The same where rows can only be read in order: one more pass."""
    points = frame.points
    squares = np.full(found.shape, np.inf)
    mine = points.take(numbers)
    flat = found.reshape(-1)
    order = np.argsort(flat, kind="stable")
    sorted_flat = flat[order]
    step = max(1, _WORK // (8 * points.width))
    for start, block in points.blocks(step):
        low, high = np.searchsorted(sorted_flat, (start, start + len(block)))
        for piece in range(int(low), int(high), step):
            place = order[piece : min(piece + step, int(high))]
            gap = block[flat[place] - start] - mine[place // found.shape[1]]
            squares.reshape(-1)[place] = _square(gap, frame.scale)
    return squares


def _square(gap: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    if scale != 1.0:
        gap *= scale
    return np.asarray(np.vecdot(gap, gap))


def search_by_differences(
    points: Points,
    asked: NDArray[np.int64],
    k: int,
    progress: Progress | None,
    *,
    scale: float = 1.0,
    box: NDArray[np.float64] | None = None,
) -> Found:
    """The k nearest of each query by differences to all points, without any product.

    Args:
        points: the points; inside the box if there is one.
        asked: (m,) numbers of the queries.
        k: how many.
        progress: called after each tile.
        scale: a power of two that brings squares into range.
        box: (D,) sides of a periodic box.
    """
    n = points.count
    rows = 256
    columns = min(n, 2048)
    bucket = bucket_width(columns, k)
    lengths = np.empty((len(asked), k))
    indices = np.empty((len(asked), k), np.int64)
    for first in range(0, len(asked), rows):
        numbers = asked[first : first + rows]
        mine = points.take(numbers) * scale
        chosen = Selection(len(numbers), k, np.float64, None, 0)
        for start, block in points.blocks(columns):
            tile = differences(mine, block * scale, None if box is None else box * scale)
            place = numbers - start
            own = np.flatnonzero((place >= 0) & (place < len(block)))
            tile[own, place[own]] = np.inf
            if len(block) % bucket:
                missing = -len(block) % bucket
                tile = np.pad(tile, ((0, 0), (0, missing)), constant_values=np.inf)
            chosen.add(0, tile, start, bucket)
            if progress is not None:
                done = first * n + (start + len(block)) * len(numbers)
                progress(STAGE, done, len(asked) * n)
        picked = chosen.finish()
        lengths[first : first + rows] = np.sqrt(picked.values) / scale
        indices[first : first + rows] = picked.columns
    return Found(lengths, indices, 0)


def differences(
    mine: NDArray[np.float64], theirs: NDArray[np.float64], box: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """(m, n) squared lengths of differences of (m, D) and (n, D) points, column by column."""
    from scipy.spatial.distance import cdist

    if box is None:
        return np.asarray(cdist(mine, theirs, "sqeuclidean"))
    total = np.zeros((len(mine), len(theirs)))
    gap, other = np.empty_like(total), np.empty_like(total)
    for column, side in enumerate(box):
        np.abs(np.subtract(mine[:, column, None], theirs[None, :, column], out=gap), out=gap)
        np.minimum(gap, np.subtract(side, gap, out=other), out=gap)
        total += np.multiply(gap, gap, out=gap)
    return total
