"""The k smallest values of each row of a large matrix that is seen tile by tile.

A tile is cut into buckets and only the smallest value of each bucket is looked at first. The k-th
smallest bucket minimum is an upper bound on the k-th smallest value, so that buckets whose
minimum lies above it hold nothing of interest. The bound is kept from tile to tile and falls.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Slack = Callable[[NDArray[np.int64], NDArray[Any]], NDArray[np.float64]]
"""From rows and their k-th smallest values so far, how far above these a winner can appear."""


@dataclass(frozen=True)
class Candidates:
    """Columns that can be among the k best of their row; every row has at least k of them.

    Args:
        columns: (m, c) column numbers; -1 where the row has fewer.
        values: (m, c) their values; infinite where the row has fewer.
    """

    columns: NDArray[np.int64]
    values: NDArray[Any]


class Selection:
    """What m rows have seen of their k smallest values.

    Args:
        m: number of rows.
        k: how many values are looked for.
        dtype: type of the values.
        slack: the uncertainty of a bound; candidates within it are kept too. None where values
            are exact: then exactly k are kept, equal values in the order of their columns.
        most: rows with more candidates than this are given up (see ``crowded``).
    """

    def __init__(self, m: int, k: int, dtype: Any, slack: Slack | None, most: int) -> None:
        self.k = k
        self.slack = slack
        self.most = max(most, k) if slack is not None else max(4 * k, 1024)
        self.crowded = np.zeros(m, dtype=bool)
        self._low = np.full((m, k), np.inf, dtype)  # the k smallest bucket minima so far
        self._bound = np.full(m, np.inf, dtype)
        self._count = np.zeros(m, dtype=np.int64)
        self._parts: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[Any]]] = []

    def add(self, first: int, values: NDArray[Any], start: int, width: int) -> None:
        """Look at a tile.

        Args:
            first: the row that the tile starts with.
            values: (rows, columns) a tile, C-contiguous; infinite where there is nothing.
            start: number of its first column.
            width: values a bucket; divides the number of columns.
        """
        rows, columns = values.shape
        buckets = columns // width
        window = slice(first, first + rows)
        least = values.reshape(rows, width, buckets).min(axis=1) if width > 1 else values
        hit = np.flatnonzero(least <= self._bound[window][:, None])
        if len(hit) > rows * max(4, self.k // 2):
            # a lower bound costs about as much as looking into so many buckets
            self._lower(window, least)
            hit = np.flatnonzero(least <= self._bound[window][:, None])
        row = hit // buckets
        most = max(1, _PIECE // width)
        for piece in range(0, len(hit), most):
            part = slice(piece, piece + most)
            self._collect(first, values, start, width, hit[part], row[part])
            if int(self._count[window].max()) > self.most:
                self._shrink()

    def _collect(
        self,
        first: int,
        values: NDArray[Any],
        start: int,
        width: int,
        hit: NDArray[np.int64],
        row: NDArray[np.int64],
    ) -> None:
        """Keep what lies under the bound in the buckets that were hit."""
        rows, columns = values.shape
        buckets = columns // width
        place = row * columns + (hit - row * buckets)
        # a bucket is a column of the (width, buckets) view of a row
        spread = place[:, None] + np.arange(width, dtype=np.int64) * buckets
        found = values.reshape(-1).take(spread)
        bound = self._bound[first : first + rows]
        inside = np.flatnonzero((found <= bound[row][:, None]) & (found < np.inf))
        row = row[inside // width]
        column = spread.reshape(-1)[inside] - row * columns + start
        self._count[first : first + rows] += np.bincount(row, minlength=rows)
        self._parts.append((row + first, column, found.reshape(-1)[inside]))

    def finish(self) -> Candidates:
        """The candidates, when every tile was seen; rows that are crowded have none."""
        self._shrink()
        return Candidates(*self._padded())

    def _lower(self, window: slice, least: NDArray[Any]) -> None:
        """Let the k smallest bucket minima lower the bound."""
        low = self._low[window]
        kth = low.max(axis=1)
        if np.isposinf(kth).all():
            pool, better = least, np.arange(len(low))
            if least.shape[1] < self.k or np.isfinite(low).any():
                pool = np.concatenate([low, least], axis=1)
        else:
            better = np.flatnonzero((least < kth[:, None]).any(axis=1))
            pool = np.concatenate([low[better], least[better]], axis=1)
        if len(better):
            low[better] = np.partition(pool, self.k - 1, axis=1)[:, : self.k]
            self._tighten(better + window.start, low[better].max(axis=1))

    def _tighten(self, rows: NDArray[np.int64], kth: NDArray[Any]) -> None:
        bound = kth
        if self.slack is not None:
            # rounded up, since the sum was rounded
            bound = np.nextafter(
                (kth + self.slack(rows, kth)).astype(kth.dtype), kth.dtype.type(np.inf)
            )
        self._bound[rows] = np.minimum(self._bound[rows], bound)

    def _joined(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[Any]]:
        """All that was collected: rows in order, columns, values."""
        if not self._parts:
            none = np.empty(0, np.int64)
            return none, none, np.empty(0, self._low.dtype)
        row, column, value = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        if len(self._parts) > 1:
            # numbers of 16 bits are sorted by their digits, in time that grows with n alone
            short = row.astype(np.uint16) if len(self._bound) <= 2**16 else row
            order = np.argsort(short, kind="stable")
            row, column, value = row[order], column[order], value[order]
        return row, column, value

    def _hold(self, row: NDArray[np.int64], column: NDArray[np.int64], value: NDArray[Any]) -> None:
        self._count = np.bincount(row, minlength=len(self._bound))
        self._parts = [(row, column, value)]

    def _keep(self, bound: NDArray[Any]) -> None:
        row, column, value = self._joined()
        keep = value <= bound[row]
        self._hold(row[keep], column[keep], value[keep])

    def _padded(self) -> tuple[NDArray[np.int64], NDArray[Any]]:
        row, column, value = self._joined()
        count, rows = self._count, len(self._bound)
        most = int(count.max(initial=0))
        place = np.arange(len(row)) + np.repeat(
            np.arange(rows) * most - np.cumsum(count) + count, count
        )
        columns = np.full((rows, most), -1, np.int64)
        values = np.full((rows, most), np.inf, value.dtype)
        columns.reshape(-1)[place] = column
        values.reshape(-1)[place] = value
        return columns, values

    def _shrink(self) -> None:
        """Drop what the bound excludes by now; give up rows that stay crowded."""
        if self.slack is None:
            self._cut()
            return
        self._keep(self._bound)
        full = np.flatnonzero(self._count > self.k)
        if len(full):
            _, values = self._padded()
            self._tighten(full, np.partition(values[full], self.k - 1, axis=1)[:, self.k - 1])
            self._keep(self._bound)
        over = self._count > self.most
        if over.any():
            self.crowded |= over
            self._bound[over] = -np.inf
            self._low[over] = -np.inf
            self._keep(self._bound)

    def _cut(self) -> None:
        """Keep the k first of each row, by value and then by column."""
        row, column, value = self._joined()
        order = np.lexsort((column, value, row))
        row, column, value = row[order], column[order], value[order]
        count = np.bincount(row, minlength=len(self._bound))
        keep = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) < self.k
        self._hold(row[keep], column[keep], value[keep])


_PIECE = 2**20
"""Values looked at at once, so that work arrays stay small."""
