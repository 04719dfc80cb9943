"""Half squared distances by matrix products, with a rigorous bound on their rounding.

For centred points x and y, |x - y|²/2 = |x|²/2 + t(x, y) with t(x, y) = |y|²/2 - x·y, so one
product of (x, 1) with (-y, |y|²/2) orders all y by their distance from x. Rounding errors are
bounded as in Higham, Accuracy and Stability of Numerical Algorithms (2nd ed. 2002), section 3.1:
a computed product of length m is off by at most m·u/(1 - m·u) times the product of the absolute
values, u being the unit roundoff. With |x·y| <= (|x|² + |y|²)/2 the error of t is at most
g·(|x|²/2 + |y|²) for g a little above m·u, whatever the data. The part that belongs to y is
subtracted beforehand, so that the product gives a lower bound on t up to a number for each x.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lawcast._errors import ArgumentError
from lawcast.geometry.points import Points

_SAMPLE = 4096
_NARROW = {"float16", "float32", "bfloat16", "bool", "int8", "uint8", "int16", "uint16"}
"""Types whose every value is a float32."""


class RangeError(ArithmeticError):
    """A number does not fit the working precision; a wider one has to be used."""


@dataclass(frozen=True)
class Data:
    """A block of points ready for products.

    Args:
        start: number of its first point.
        size: how many points it holds; the rows after them are padding at infinite distance.
        rows: (capacity, D + 1) centred and scaled points, then |y|²/2 less its error.
    """

    start: int
    size: int
    rows: NDArray[Any]


@dataclass(frozen=True)
class Asked:
    """Query points ready for products.

    Args:
        numbers: (m,) their numbers among the points.
        rows: (m, D + 1) centred and scaled points times -1, then 1.
        norms: (m,) squared norms, float64.
    """

    numbers: NDArray[np.int64]
    rows: NDArray[Any]
    norms: NDArray[np.float64]

    def part(self, start: int, stop: int) -> Asked:
        """Queries ``start`` to ``stop``."""
        return Asked(self.numbers[start:stop], self.rows[start:stop], self.norms[start:stop])


@dataclass(frozen=True)
class Frame:
    """Where the origin and the unit of length lie while products are formed.

    Args:
        points: the points.
        origin: (D,) what is subtracted; any value is right, one near the mean loses least.
        scale: what centred points are multiplied by, a power of two.
        dtype: float32 or float64, the precision of the products.
        exact: products of small whole numbers round nothing, so that all bounds are 0.
        lower: the products are lower bounds on t; if false, plain estimates.
        kept: the whole data ready for products, if it was kept.
    """

    points: Points
    origin: NDArray[np.float64]
    scale: float
    dtype: Any
    exact: bool = False
    lower: bool = True
    kept: Data | None = None

    @property
    def growth(self) -> float:
        """g, the relative error of a product: (D + 1) roundings and those of the points."""
        unit = float(np.finfo(self.dtype).eps) / 2
        return 0.0 if self.exact else 1.6 * (self.points.width + 8) * unit

    @property
    def narrow_enough(self) -> bool:
        """Whether points of this many columns can be told apart in this precision."""
        return self.points.width < 2**20 and self.growth < 0.01

    @property
    def bytes(self) -> int:
        """What the whole data ready for products takes."""
        return int(self.points.count * (self.points.width + 1) * np.dtype(self.dtype).itemsize)

    def slack(self, norms: NDArray[np.float64], t: NDArray[Any]) -> NDArray[np.float64]:
        """How far above a lower bound t the true value can lie, where the true one matters.

        Args:
            norms: (m,) squared norms of the queries.
            t: (m,) or (m, r) lower bounds.

        Returns:
            Like t: a bound on (true t) - (lower bound) for every y whose lower bound is <= t.
        """
        if self.exact:
            return np.zeros(np.shape(t))
        g = self.growth
        q = norms if np.ndim(t) == 1 else norms[:, None]
        # |y| <= |x| + r, and r² <= (|x|²(1 + 10 g) + 2 t)/(1 - 8 g) from the bound itself
        with np.errstate(invalid="ignore"):
            far = np.maximum(q * (1 + 10 * g) + 2.0 * np.asarray(t, float), 0.0) / (1 - 8 * g)
            return np.asarray(2 * g * (np.sqrt(q) + np.sqrt(far)) ** 2 + 2 * g * q + _TINY)

    def ask(self, numbers: NDArray[np.int64]) -> Asked:
        """Make points of these numbers into queries."""
        centred = self.centred(self.points.take(numbers, self.read_as))
        rows = np.empty((len(numbers), self.points.width + 1), self.dtype)
        np.negative(centred, out=rows[:, :-1])
        rows[:, -1] = 1
        return Asked(numbers, rows, self.norms(centred).astype(float))

    def blocks(self, rows: int, multiple: int) -> Iterator[Data]:
        """The points in blocks of at most ``rows``, padded to a multiple of ``multiple``."""
        if self.kept is not None:
            for start in range(0, self.points.count, rows):
                size = min(rows, self.points.count - start)
                yield self._pad(start, self.kept.rows[start : start + size], multiple)
            return
        for start, block in self.points.blocks(rows, self.read_as):
            yield self._pad(start, self._prepare(block), multiple)

    def keep(self) -> Frame:
        """The same frame with all the data held ready for products."""
        rows = np.empty((self.points.count, self.points.width + 1), self.dtype)
        for start, block in self.points.blocks(_chunk(self.points.width), self.read_as):
            rows[start : start + len(block)] = self._prepare(block)
        return replace(self, kept=Data(0, len(rows), rows))

    @property
    def read_as(self) -> Any:
        """The type in which points are read: float32 where it holds them and is enough."""
        narrow = self.points.dtype in _NARROW and self.dtype == np.float32
        return np.float32 if narrow else np.float64

    def centred(self, block: NDArray[Any]) -> NDArray[Any]:
        """Points, read as ``read_as``, less the origin and scaled."""
        if self.exact:
            return np.asarray(block, dtype=self.dtype)
        centred = block - self.origin.astype(block.dtype)
        if self.scale != 1.0:
            with np.errstate(over="ignore"):
                centred *= centred.dtype.type(self.scale)
        with np.errstate(over="ignore"):
            return np.asarray(centred, dtype=self.dtype)

    def _prepare(self, block: NDArray[Any]) -> NDArray[Any]:
        centred = self.centred(block)
        norms = self.norms(centred)
        rows = np.empty((len(block), self.points.width + 1), self.dtype)
        rows[:, :-1] = centred
        rows[:, -1] = norms * (0.5 - self.growth if self.lower else 0.5)
        return rows

    def norms(self, centred: NDArray[Any]) -> NDArray[Any]:
        """Squared norms of centred points, (m,).

        Raises:
            RangeError: one of them is beyond the working precision.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            norms = np.asarray(np.vecdot(centred, centred))
        if not norms.max(initial=0.0) < float(np.finfo(self.dtype).max) / 16:
            raise RangeError("a squared norm is beyond the working precision")
        return norms

    def _pad(self, start: int, rows: NDArray[Any], multiple: int) -> Data:
        missing = -len(rows) % multiple
        size = len(rows)
        if missing:
            padding = np.zeros((missing, rows.shape[1]), rows.dtype)
            padding[:, -1] = np.inf
            rows = np.concatenate([rows, padding])
        return Data(start, size, rows)


def tiles(
    frame: Frame, queries: Asked, memory: int, multiple: int, room: NDArray[Any] | None = None
) -> Iterator[tuple[int, int, int, NDArray[Any]]]:
    """Lower bounds on t for all pairs of queries and points, tile by tile.

    Args:
        frame: the points.
        queries: the queries.
        memory: bytes for work arrays.
        multiple: the number of columns of a tile is a multiple of it.
        room: where tiles are written, if it is large enough; new pages cost time.

    Yields:
        (first query, first point, number of points, (rows, columns) tile): the tile is valid
        until the next one; it is infinite for the query itself and beyond the number of points.
    """
    columns = tile_columns(frame, memory)
    step = tile_rows(columns)
    padded = columns + -columns % multiple
    size = min(step, len(queries.numbers)) * padded
    if room is None or len(room) < size:
        room = np.empty(size, frame.dtype)
    for block in frame.blocks(columns, multiple):
        for first in range(0, len(queries.numbers), step):
            part = queries.part(first, first + step)
            shape = (len(part.numbers), len(block.rows))
            tile = room[: shape[0] * shape[1]].reshape(shape)
            np.matmul(part.rows, block.rows.T, out=tile)
            place = part.numbers - block.start
            own = np.flatnonzero((place >= 0) & (place < block.size))
            tile[own, place[own]] = np.inf
            yield first, block.start, block.size, tile


def tile_columns(frame: Frame, memory: int) -> int:
    """How many points a tile has: blocks of that size are read, centred and kept for a while."""
    most = _COLUMNS
    if frame.kept is None:
        most = min(most, memory // 4 // (20 * (frame.points.width + 1)))
    parts = -(-frame.points.count // max(256, most))
    return -(-frame.points.count // parts)


def tile_rows(columns: int) -> int:
    """How many queries a tile has, so that it stays in the last cache."""
    return int(np.clip(_TILE // columns, 256, 1024))


def radii(points: Points, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
    """Distances of points of these numbers, (m,), from the origin of the products."""
    frame = make_frame(points, np.float64)
    step = _chunk(points.width)
    parts = [frame.ask(numbers[i : i + step]).norms for i in range(0, len(numbers), step)]
    return np.sqrt(np.concatenate(parts)) / frame.scale


_COLUMNS = 8192
_TILE = 2**21
_TINY = 1e-30
"""Covers underflow: points are scaled so that the farthest of the sample is about 1 away."""


def make_frame(points: Points, dtype: Any, *, whole: bool = False, lower: bool = True) -> Frame:
    """Choose origin and scale from the points themselves.

    Args:
        points: the points.
        dtype: precision of the products.
        whole: the points are 0 or 1, so that float32 products are exact.
        lower: whether products are to be lower bounds on t, or plain estimates.

    Raises:
        ArgumentError: the data spans too many orders of magnitude for float64.
    """
    if whole:
        return Frame(points, np.zeros(points.width), 1.0, np.dtype(dtype).type, exact=True)
    origin = points.centre
    count = min(points.count, _SAMPLE, max(64, 2**24 // (8 * points.width)))
    if origin is None or points.source.random:
        sample = points.take(np.unique(np.linspace(0, points.count - 1, count).astype(np.int64)))
    else:
        sample = next(points.blocks(count))[1]
    if origin is None:
        origin = sample.mean(axis=0)
    # a float32, so that subtracting it from float32 data rounds once
    with np.errstate(over="ignore"):
        narrow = origin.astype(np.float32).astype(np.float64)
    origin = np.where(np.isfinite(narrow), narrow, origin)
    with np.errstate(over="ignore"):
        far = float(np.abs(sample - origin).max(initial=0.0)) * np.sqrt(points.width)
    if not far < np.finfo(float).max / 4:
        raise ArgumentError(
            "the data spans more than float64 holds, so distances overflow: "
            "divide the data by its largest absolute value first"
        )
    scale = 1.0 if 1e-6 < far < 1e6 or far == 0.0 else float(2.0 ** -np.frexp(far)[1])
    return Frame(points, origin, scale, np.dtype(dtype).type, lower=lower)


def _chunk(width: int) -> int:
    return max(16, 2**20 // max(1, width))
