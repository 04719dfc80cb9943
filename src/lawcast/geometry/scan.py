"""One pass over the rows of a source: what is finite, what repeats, and how each column spreads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lawcast.geometry.sources import Source

_SINGLE = frozenset("?bBhHef")  # types whose values float32 holds exactly
_BLOCK = 2 * 2**20  # bytes: several passes over a block then stay in the cache
_ODD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio
_COMPARED = 32 * 2**20  # bytes of rows that are compared at a time


@dataclass(frozen=True, eq=False)
class Scan:
    """What one pass found.

    Args:
        finite: whether each row of the source is finite, of shape (n,).
        hashes: a 64-bit hash of each row, of shape (n,); equal rows have equal hashes.
        low: the least value of each column among finite rows, of shape (D,).
        high: the greatest.
        mean: the mean.
        variance: the variance; infinite where squares overflow.
        holes: how many rows have no finite value in each column, of shape (D,).
        whole: whether every value is a whole number.
        counting: the columns that count the rows (0, 1, 2, ... from any start).
    """

    finite: NDArray[np.bool_]
    hashes: NDArray[np.uint64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    mean: NDArray[np.float64]
    variance: NDArray[np.float64]
    holes: NDArray[np.int64]
    whole: bool
    counting: NDArray[np.int64]


def scan(source: Source) -> Scan:
    """Read every row once."""
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        return _Pass(source).run()


class _Pass:
    """The running totals of :func:`scan`."""

    def __init__(self, source: Source) -> None:
        count, width = source.shape
        self.source = source
        self.finite = np.ones(count, dtype=bool)
        self.hashes = np.zeros(count, dtype=np.uint64)
        self.low = np.full(width, np.inf)
        self.high = np.full(width, -np.inf)
        self.sum = np.zeros(width)
        self.square = np.zeros(width)
        self.shift: NDArray[Any] | None = None
        self.seen = 0
        self.holes = np.zeros(width, dtype=np.int64)
        self.whole = True
        self.counting = np.arange(width)
        self.start: NDArray[np.float64] | None = None
        self.multipliers = _multipliers(width)

    def run(self) -> Scan:
        for first, block in _work_blocks(self.source):
            self._hash(first, block)
            self._follow_counting(first, block)
            good = self._finite_rows(first, block)
            if len(good):
                self._add(good)
        seen = max(self.seen, 1)
        shift = np.zeros(len(self.sum)) if self.shift is None else self.shift.astype(np.float64)
        offset = self.sum / seen
        return Scan(
            finite=self.finite,
            hashes=self.hashes,
            low=self.low,
            high=self.high,
            mean=shift + offset,
            variance=np.maximum(self.square / seen - offset**2, 0),
            holes=self.holes,
            whole=self.whole and self.seen > 0,
            counting=self.counting,
        )

    def _hash(self, first: int, block: NDArray[Any]) -> None:
        self.hashes[first : first + len(block)] = hash_rows(block, self.multipliers)

    def _finite_rows(self, first: int, block: NDArray[Any]) -> NDArray[Any]:
        """The finite rows of a block; a sum that is finite shows that all its terms are."""
        if np.isfinite(block @ np.ones(block.shape[1], block.dtype)).all():
            return block
        cells = np.isfinite(block)
        rows = cells.all(axis=1)
        self.finite[first : first + len(block)] = rows
        self.holes += (~cells).sum(axis=0)
        return np.asarray(block[rows])

    def _add(self, block: NDArray[Any]) -> None:
        if self.shift is None:
            self.shift = block.mean(axis=0, dtype=np.float64).astype(block.dtype)
        np.minimum(self.low, block.min(axis=0), out=self.low)
        np.maximum(self.high, block.max(axis=0), out=self.high)
        if self.whole:
            self.whole = bool((np.rint(block[:64]) == block[:64]).all())
            self.whole = self.whole and bool((np.rint(block) == block).all())
        ones = np.ones(len(block), block.dtype)
        moved = block - self.shift
        self.sum += ones @ moved
        self.square += ones @ np.multiply(moved, moved, out=moved)
        self.seen += len(block)

    def _follow_counting(self, first: int, block: NDArray[Any]) -> None:
        """Keep the columns that still count the rows; after a block hardly any does."""
        if self.start is None:
            self.start = block[0].astype(np.float64)
        if len(self.counting):
            ahead = np.arange(first, first + len(block), dtype=np.float64)[:, None]
            few = slice(None, 8)  # rows that settle the matter for nearly every column
            for part in (few, slice(None)):
                columns = block[part, self.counting] - ahead[part]
                self.counting = self.counting[(columns == self.start[self.counting]).all(axis=0)]


def _work_blocks(source: Source) -> Iterator[tuple[int, NDArray[Any]]]:
    """(start, block) in float32, or float64 where values need it, with every zero positive.

    The block lies in a buffer that the next one overwrites.
    """
    width = source.shape[1]
    buffers: dict[np.dtype[Any], NDArray[Any]] = {}
    rows = max(1, _BLOCK // (8 * width)) if width else 1
    for start, block in source.blocks(rows):
        kind = np.dtype(np.float32 if block.dtype.char in _SINGLE else np.float64)
        if kind not in buffers:
            buffers[kind] = np.empty((rows, width), kind)
        work = buffers[kind][: len(block)]
        if block.dtype == kind:
            np.add(block, 0, out=work)  # turns -0.0 into 0.0
        else:
            np.copyto(work, block)
            work += 0
        yield start, work


def hash_rows(
    block: NDArray[Any], multipliers: NDArray[np.uint64] | None = None
) -> NDArray[np.uint64]:
    """A 64-bit hash of each row of a contiguous block of float32 or float64.

    The bytes are taken as words. A product with an odd number and the upper half mixed into the
    lower keep rows apart that differ in signs or exponents alone; then comes a sum with random
    odd multipliers (multilinear hashing; Lemire & Kaser 2014, sec. 2). Equal rows have equal
    hashes. Others meet with a chance of about 2^-33 at most, so equal hashes are still verified.
    """
    even = block.shape[1] if block.dtype.itemsize == 8 else block.shape[1] // 2 * 2
    sums = np.zeros(len(block), dtype=np.uint64)
    if even:
        words = block[:, :even].view(np.uint64)
        mixed = words * _ODD
        np.bitwise_xor(mixed, mixed >> np.uint64(32), out=mixed)
        odd = _multipliers(words.shape[1]) if multipliers is None else multipliers
        sums += mixed @ odd[: words.shape[1]]
    if even < block.shape[1]:
        sums += block[:, even].view(np.uint32) * _ODD
    return sums


def _multipliers(count: int) -> NDArray[np.uint64]:
    drawn = np.random.default_rng(20260711).integers(0, 2**64, count, dtype=np.uint64)
    return drawn | np.uint64(1)


def repeated_rows(source: Source, found: Scan) -> NDArray[np.int64]:
    """The finite rows that equal an earlier one in every column, increasing.

    Equal hashes only propose a pair; the rows themselves decide.
    """
    rows = np.flatnonzero(found.finite)
    order = np.argsort(found.hashes[rows], kind="stable")
    rows = rows[order]
    hashes = found.hashes[rows]
    same = hashes[1:] == hashes[:-1]
    if not same.any():
        return np.empty(0, dtype=np.int64)
    leads = np.flatnonzero(np.r_[True, ~same])
    lead = np.repeat(rows[leads], np.diff(np.r_[leads, len(rows)]))
    later = rows != lead
    first, second = lead[later], rows[later]
    equal = _equal(source, first, second)
    repeated = second[equal]
    if not equal.all():  # rows of one hash that differ from the first may still equal each other
        repeated = np.r_[repeated, _repeated_among(source, found.hashes, second[~equal])]
    return np.sort(repeated)


def _equal(
    source: Source, first: NDArray[np.int64], second: NDArray[np.int64]
) -> NDArray[np.bool_]:
    step = max(1, _COMPARED // (16 * source.shape[1]))
    equal = np.empty(len(first), dtype=bool)
    for start in range(0, len(first), step):
        part = slice(start, start + step)
        equal[part] = (source.take(first[part]) == source.take(second[part])).all(axis=1)
    return equal


def _repeated_among(
    source: Source, hashes: NDArray[np.uint64], rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    known: set[tuple[int, bytes]] = set()
    repeated = []
    for row in np.sort(rows):
        values = np.asarray(source.take(np.array([row])), dtype=np.float64) + 0.0
        key = (int(hashes[row]), values.tobytes())
        if key in known:
            repeated.append(row)
        known.add(key)
    return np.array(repeated, dtype=np.int64)
