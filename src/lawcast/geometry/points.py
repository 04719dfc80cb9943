"""The points of a data set: finite, distinct rows, read by blocks and never copied whole.

A :class:`Source` (see ``sources.py``) knows how to read rows from wherever they lie: an array, a
memory map, a Parquet file, a tensor. :class:`Points` adds which of them count, and hands them out
as contiguous floating-point blocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lawcast._errors import ArgumentError
from lawcast.geometry.sources import ArraySource, Source

BLOCK_BYTES = 8 * 2**20
"""Size of a block where the caller names no number of rows, in bytes."""


@dataclass(frozen=True, eq=False)
class Points:
    """n finite, distinct rows of D numbers.

    Args:
        source: where the rows are read from.
        kept: the row numbers of the source that count, increasing, of shape (n,);
            None where all do.
        name: how to speak of the data: ``"the array"``, ``"embeddings.npy"``.
        centre: the mean of each column, of shape (D,), where a pass over the data has found it.
    """

    source: Source
    kept: NDArray[np.int64] | None = None
    name: str = "the array"
    centre: NDArray[np.float64] | None = None

    @classmethod
    def from_array(cls, X: NDArray[Any], name: str = "the array") -> Points:
        """Points of a clean array of shape (n, D): its rows are finite and distinct, unchecked."""
        return cls(ArraySource(X), name=name)

    @property
    def count(self) -> int:
        """How many points there are, n."""
        return self.rows_read if self.kept is None else len(self.kept)

    @property
    def width(self) -> int:
        """How many numbers a point has, D."""
        return self.source.shape[1]

    @property
    def rows_read(self) -> int:
        """How many rows the source has, those set aside included."""
        return self.source.shape[0]

    @property
    def dtype(self) -> str:
        """Name of the type of the numbers at the source."""
        return self.source.dtype

    def blocks(
        self, rows: int | None = None, dtype: type[np.float32 | np.float64] = np.float64
    ) -> Iterator[tuple[int, NDArray[Any]]]:
        """All points in order, block by block.

        Args:
            rows: points a block; every block but the last has as many. By default so many that
                a block takes 8 MiB.
            dtype: ``np.float32`` or ``np.float64``.

        Yields:
            (start, block): the number of the first point, and a C-contiguous block of shape
            (<= rows, D). It is a view where all rows count and the source is a contiguous array
            of this type, so do not write into it.

        Raises:
            ArgumentError: ``rows`` is below 1.
        """
        if rows is None:
            rows = block_rows(self.width, np.dtype(dtype).itemsize)
        if rows < 1:
            raise ArgumentError(f"a block needs at least one row, not {rows}")
        return self._blocks(rows, dtype)

    def _blocks(
        self, rows: int, dtype: type[np.float32 | np.float64]
    ) -> Iterator[tuple[int, NDArray[Any]]]:
        if self.kept is None and self.source.random:
            for start, block in self.source.blocks(rows):
                yield start, np.ascontiguousarray(block, dtype=dtype)
        elif self.kept is not None and self.source.random:
            for start in range(0, self.count, rows):
                block = self.source.take(self.kept[start : start + rows])
                yield start, np.ascontiguousarray(block, dtype=dtype)
        else:
            yield from self._gathered(rows, dtype)

    def _gathered(
        self, rows: int, dtype: type[np.float32 | np.float64]
    ) -> Iterator[tuple[int, NDArray[Any]]]:
        """Full blocks of the rows that count, from a source that is read in order."""
        start = filled = 0
        buffer = np.empty((min(rows, self.count), self.width), dtype=dtype)
        for first, block in self.source.blocks(rows):
            chosen = self._within(first, first + len(block))
            while len(chosen):
                now, chosen = chosen[: rows - filled], chosen[rows - filled :]
                buffer[filled : filled + len(now)] = block[now]
                filled += len(now)
                if filled == rows:
                    yield start, buffer
                    start += rows
                    filled = 0
                    buffer = np.empty_like(buffer)
        if filled:
            yield start, buffer[:filled]

    def _within(self, first: int, end: int) -> NDArray[np.int64]:
        """The rows from ``first`` to ``end`` that count, numbered from ``first``."""
        if self.kept is None:
            return np.arange(end - first)
        low, high = np.searchsorted(self.kept, (first, end))
        return self.kept[low:high] - first

    def take(
        self, rows: NDArray[np.integer[Any]], dtype: type[np.float32 | np.float64] = np.float64
    ) -> NDArray[Any]:
        """The points of these numbers (0 to n - 1, in any order), C-contiguous of shape (m, D)."""
        chosen = np.asarray(rows, dtype=np.int64)
        chosen = chosen if self.kept is None else self.kept[chosen]
        return np.ascontiguousarray(self.source.take(chosen), dtype=dtype)

    def whole(self, dtype: type[np.float32 | np.float64] = np.float64) -> NDArray[Any]:
        """All points as one C-contiguous array of shape (n, D); a view where one exists."""
        if self.kept is None and self.source.random and self.count:
            return next(self.blocks(self.count, dtype))[1]
        array = np.empty((self.count, self.width), dtype=dtype)
        for start, block in self.blocks(None, dtype):
            array[start : start + len(block)] = block
        return array

    def select(self, rows: NDArray[np.integer[Any]]) -> Points:
        """The points of these numbers alone, in the order of the source, without copying any."""
        chosen = np.unique(np.asarray(rows, dtype=np.int64))
        kept = chosen if self.kept is None else self.kept[chosen]
        return Points(self.source, kept, self.name)

    def source_rows(self, rows: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """The row numbers of the source that belong to these points."""
        chosen = np.asarray(rows, dtype=np.int64)
        return chosen if self.kept is None else self.kept[chosen]


def block_rows(width: int, itemsize: int = 8, size: int = BLOCK_BYTES) -> int:
    """How many rows of ``width`` numbers fit into ``size`` bytes; at least one."""
    return max(1, size // max(1, width * itemsize))
