"""The search for neighbours by the flat index of faiss, checked and ranked afresh.

faiss computes squared distances in float32. It is asked for some neighbours more than needed, the
distances of all of them are computed by differences in float64, and a query is accepted only if
the bound of ``products.py`` proves that nothing beyond them can be nearer. All others are searched
again without faiss.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lawcast._errors import MissingExtraError
from lawcast._threads import threads as capped
from lawcast.geometry.points import Points
from lawcast.geometry.products import Frame, RangeError, make_frame
from lawcast.geometry.searching import STAGE, Found, Progress, nearest, search

_SPARE = 4
"""Neighbours more than needed: the gap to the last of them nearly always exceeds all rounding."""


def search_with_faiss(
    points: Points,
    asked: NDArray[np.int64],
    k: int,
    memory: int,
    threads: int | None,
    progress: Progress | None,
    *,
    whole: bool = False,
) -> Found:
    """The k nearest other points of each query; arguments as in :func:`searching.search`.

    Where several points are equally far at the k-th place, faiss chooses among them.

    Raises:
        MissingExtraError: faiss is not installed.
    """
    try:
        faiss = import_module("faiss")
    except ImportError as error:
        raise MissingExtraError("faiss", "engine='faiss'") from error
    frame = make_frame(points, np.float32, whole=whole)
    if not frame.narrow_enough:
        return search(points, asked, k, np.float64, memory, progress, whole=whole)
    lengths = np.empty((len(asked), k))
    indices = np.empty((len(asked), k), np.int64)
    again = np.zeros(len(asked), dtype=bool)
    more = min(k + 1 + _SPARE, points.count)
    group = max(256, memory // 4 // (4 * points.width + 40 * more))
    try:
        for first in range(0, len(asked), group):
            numbers = asked[first : first + group]
            with capped(threads):  # again, since faiss brings threads of its own
                who, edge = _ask(faiss, frame, numbers, more, memory)
            own = who == numbers[:, None]
            # the query leaves; where faiss did not return it, its last one does
            own[~own.any(axis=1), -1] = True
            others = who[~own].reshape(len(numbers), more - 1)
            window = slice(first, first + len(numbers))
            found = nearest(frame, numbers, others, k)
            lengths[window], indices[window] = found
            norms = frame.ask(numbers).norms
            g = frame.growth
            # the error is at most 2 g (|x|² + |y|²), and |y| <= |x| + r
            sure = (edge - 6 * g * norms) / (1 + 4 * g)
            kth = (found[0][:, -1] * frame.scale) ** 2
            again[window] = ~(kth <= sure) & (more < points.count)
            if progress is not None:
                progress(STAGE, first + len(numbers), len(asked))
    except RangeError:
        return search(points, asked, k, np.float64, memory, progress)
    if whole:
        lengths = np.rint(lengths**2)
    rows = np.flatnonzero(again)
    if len(rows):
        redo = search(points, asked[rows], k, np.float32, memory, progress, whole=whole)
        lengths[rows], indices[rows] = redo.lengths, redo.indices
    return Found(lengths, indices, len(rows))


def _ask(
    faiss: Any, frame: Frame, numbers: NDArray[np.int64], more: int, memory: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(m, more) nearest points and the least squared distance that a point left out can show."""
    points = frame.points
    mine = frame.centred(points.take(numbers, frame.read_as))
    who = np.empty((len(numbers), 0), np.int64)
    far = np.empty((len(numbers), 0), np.float32)
    slab = max(more, memory // 4 // (4 * points.width))
    for start, block in points.blocks(slab, frame.read_as):
        index = faiss.IndexFlatL2(points.width)
        centred = np.ascontiguousarray(frame.centred(block))
        frame.norms(centred)  # stops where squares overflow
        index.add(centred)
        squares, places = index.search(np.ascontiguousarray(mine), min(more, len(block)))
        if len(block) == points.count:  # in order already
            return places.astype(np.int64, copy=False), squares[:, -1].astype(float)
        who = np.concatenate([who, places.astype(np.int64) + start], axis=1)
        far = np.concatenate([far, squares], axis=1)
        order = np.argsort(far, axis=1, kind="stable")[:, :more]
        who, far = np.take_along_axis(who, order, 1), np.take_along_axis(far, order, 1)
    return who, far[:, -1].astype(float)
