"""The binary intrinsic dimension: how many independent bits the distances between bits look like.

Estimators for continuous data read ratios of distances, which bits tie. This one reads how often
each Hamming distance r occurs (Acevedo, Rodriguez & Laio 2024, arXiv:2411.02126). N independent
fair bits give P(r) = binom(N, r) / 2^N. Other data is described by a number of bits that changes
with the distance, d(r) = d0 + d1 r, and

    P(r) = C 2^(-d(r)) Γ(d(r) + 1) / (Γ(r + 1) Γ(d(r) - r + 1)),

fitted on 1 <= r <= r* by the least Kullback-Leibler divergence. The answer is d0. For independent
fair bits it is their number. Else, as the model without C has P(0) = 2^(-d0), it is the collision
(Rényi-2) entropy of the rows in bits, as far as a line from r <= r* down to r = 0 tells it.

Three things differ from the paper. Equal rows count once, so the fit starts at r = 1. Columns that
equal another, or are its opposite, count once, so that copies of bits add nothing; near-copies do,
up to √c times the number of bits where each comes c times. Distances are counted in steps of their
greatest common divisor: rows with a fixed number of ones, such as one-hot columns, differ in an
even number of columns.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, gammaln, polygamma

from lawcast._errors import ArgumentError
from lawcast._threads import threads as capped
from lawcast._values import Array
from lawcast.geometry.points import Points
from lawcast.geometry.searching import Progress

QUANTILE = 0.2
"""Share of all pairs at most r* apart: that of the paper's reference implementation."""

_LADDER = (0.025, 0.05, 0.1, QUANTILE, 0.4, 0.8)
_FEWEST = 3  # occupied distances: two parameters and the sum of the probabilities
_OFF = 0.1  # share of pairs that a model puts at wrong distances, beyond chance, where it fails
_STEPS = 200
_FLAT = 1e-13
_PAIRS = 2**24
_LEAST_QUERIES = 100
_TILE = 2**20
_EXACT = 2**24  # float32 counts without rounding up to here
_KEYS = 3

STAGE = "distances"


@dataclass(frozen=True, eq=False)
class BinaryFit:
    """The model at one r*.

    Args:
        top: r*, in columns that differ.
        share: of all pairs at most r* apart.
        pairs: how many those are.
        d0, d1: number of bits at distance 0, and how it grows with the distance.
        off: share of those pairs that the model puts at other distances, beyond what chance does.
        influence: (r* + 1,) how much a pair at each distance moves d0, times all pairs.
        error: standard error of log d0; None until measured.
    """

    top: int
    share: float
    pairs: int
    d0: float
    d1: float
    off: float
    influence: Array
    error: float | None = None

    @property
    def fits(self) -> bool:
        """Whether the model describes the distances up to r*."""
        return self.off <= _OFF and self.d0 > 0

    @property
    def growth(self) -> float:
        """d(r*) / d0."""
        return 1 + self.d1 * self.top / self.d0


@dataclass(frozen=True, eq=False)
class Distances:
    """Hamming distances between points, over columns that all differ.

    Args:
        points: n distinct rows of 0 and 1.
        queries: (m,) numbers of the points whose distances to all others are counted.
        columns: (c,) numbers of the columns that are neither constant nor like an earlier one.
        constant: how many columns never change.
        memory: bytes for work arrays.
        threads: how many share the queries; None for as many as the numeric libraries use.
        progress: called as progress("distances", done, total).
    """

    points: Points
    queries: NDArray[np.int64]
    columns: NDArray[np.int64]
    constant: int
    memory: int
    threads: int | None
    progress: Progress | None

    @property
    def repeated(self) -> int:
        """How many columns equal an earlier one or are its opposite."""
        return self.points.width - self.constant - len(self.columns)

    @property
    def pairs(self) -> int:
        """How many different pairs of points are seen."""
        m, n = len(self.queries), self.points.count
        return m * (n - 1) - m * (m - 1) // 2

    def counts(self) -> NDArray[np.int64]:
        """(c + 1,) how many distances from the queries to other points equal 0, 1, … c."""
        total = np.zeros(len(self.columns) + 1, dtype=np.int64)
        for _, _, tile in self._tiles():
            total += np.bincount(tile.ravel(), minlength=len(total))
        total[0] -= len(self.queries)  # the distance of a point to itself
        return total

    def sums(self, tables: Array, chosen: NDArray[np.int8]) -> Array:
        """Sums of functions of the distance over the pairs inside parts of the points.

        Args:
            tables: (s, c + 1) the functions, 0 at distance 0.
            chosen: (n, b) 1 where a point is in a part.

        Returns:
            (s, b) sums.
        """
        found = np.zeros((len(tables), chosen.shape[1]))
        narrow = tables.astype(np.float32)
        for asked, start, tile in self._tiles():
            mine = chosen[asked].astype(np.float64)
            theirs = chosen[start : start + tile.shape[1]].astype(np.float32)
            for row, table in zip(found, narrow, strict=True):
                row += (mine * (table.take(tile) @ theirs)).sum(axis=0)
        return found

    def _tiles(self) -> Iterator[tuple[NDArray[np.int64], int, NDArray[np.intp]]]:
        """(query numbers, first point, distances), tile by tile; one pass over the points."""
        width = self.points.width
        dtype: Any = np.float32 if width < _EXACT else np.float64
        with capped(self.threads):
            held = max(1, self.memory // 4 // (4 * width))  # a file in rows is read once a group
            done = 0
            for first in range(0, len(self.queries), held):
                asked = self.queries[first : first + held]
                mine = self.points.take(asked, dtype)[:, self.columns]
                ones = mine.sum(axis=1)
                rows = max(1, min(_TILE // min(len(asked), 1024), self.memory // 8 // (4 * width)))
                for start, block in self.points.blocks(rows, dtype):
                    others = block[:, self.columns]
                    theirs = others.sum(axis=1)
                    for row in range(0, len(asked), 1024):
                        part = slice(row, row + 1024)
                        tile = mine[part] @ others.T
                        tile *= -2
                        tile += ones[part, None]
                        tile += theirs
                        yield asked[part], start, tile.astype(np.intp)
                done += len(asked)
                if self.progress is not None:
                    self.progress(STAGE, done, len(self.queries))


def measure_distances(
    points: Points,
    queries: int | None,
    rng: np.random.Generator,
    *,
    memory: int,
    threads: int | None,
    progress: Progress | None,
) -> Distances:
    """Choose the points that ask, and the columns that count.

    Args:
        points: n rows of 0 and 1.
        queries: how many ask; None for as many as make 2^24 distances, at least 100.
        rng: draws them.
        memory, threads, progress: as for :class:`Distances`.
    """
    count = points.count
    if queries is None:
        queries = max(_LEAST_QUERIES, _PAIRS // count)
    asked = np.arange(count, dtype=np.int64)
    if queries < count:
        asked = np.sort(rng.permutation(count)[:queries])
    columns, constant = _distinct_columns(points)
    return Distances(points, asked, columns, constant, memory, threads, progress)


def _distinct_columns(points: Points) -> tuple[NDArray[np.int64], int]:
    """Columns that are not constant, equal to an earlier one or its opposite; how many constant.

    Each row gets random keys and each column the sums of the keys where it is 1. Equal columns
    have equal sums; others do with a chance below 1e-20.
    """
    bits = 52 - points.count.bit_length()  # all sums are whole numbers below 2^53
    draw = np.random.default_rng(0)
    sums = np.zeros((points.width, _KEYS))
    total = np.zeros(_KEYS)
    ones = np.zeros(points.width)
    for _, block in points.blocks(None):
        keys = draw.integers(1, 2**bits, (len(block), _KEYS)).astype(float)
        sums += block.T @ keys
        total += keys.sum(axis=0)
        ones += block.sum(axis=0)
    # the opposite has the rest of the total: the two share the one that holds the first key
    opposite = total - sums
    swap = sums[:, :1] > opposite[:, :1]
    name = np.where(swap, opposite, sums)
    moving = np.flatnonzero((ones > 0) & (ones < points.count))
    _, first = np.unique(name[moving], axis=0, return_index=True)
    return np.sort(moving[first]).astype(np.int64), points.width - len(moving)


def unit_of(counts: NDArray[np.int64]) -> int:
    """The greatest common divisor of the distances that occur, 1 or more."""
    return int(np.gcd.reduce(np.flatnonzero(counts[1:]) + 1)) or 1


def fit_ladder(counts: NDArray[np.int64], columns: int, pairs: int) -> tuple[BinaryFit, ...]:
    """The model at r* = the quantiles 0.025, 0.05, 0.1, 0.2, 0.4 and 0.8 of the distances.

    Where a quantile has fewer than three distances that occur below it, r* is the third; equal r*
    count once.

    Args:
        counts: (c + 1,) how often each distance occurs; those at 0 are not read.
        columns: c, or less where the unit is above 1.
        pairs: how many different pairs were seen.

    Returns:
        Fits with d0 above 0, r* ascending; none where fewer than three distances occur.
    """
    seen = counts.astype(float)
    seen[0] = 0.0
    occurs = np.flatnonzero(seen)
    if len(occurs) < _FEWEST:
        return ()
    below = np.cumsum(seen) / seen.sum()
    tops = {
        max(int(np.searchsorted(below, share - 1e-12)), int(occurs[_FEWEST - 1]))
        for share in _LADDER
    }
    found = (_fit(seen, below, top, columns, pairs) for top in sorted(tops))
    return tuple(fit for fit in found if fit is not None)


def choose(fits: tuple[BinaryFit, ...]) -> BinaryFit:
    """The fit at the largest r* up to the quantile 0.2 at which the model describes the data.

    Rows in clusters have distances within and between them that no one line fits; r* then moves
    down to where it does. Where it does nowhere, the answer is that of the quantile 0.2.
    """
    near = [fit for fit in fits if fit.share <= QUANTILE] or [fits[0]]
    at = fits.index(near[-1])
    if near[-1].share < QUANTILE and len(near) < len(fits):
        at = len(near)  # the quantile itself lies between two distances
    good = [fit for fit in fits[: at + 1] if fit.fits]
    return good[-1] if good else fits[at]


def _fit(seen: Array, below: Array, top: int, columns: int, pairs: int) -> BinaryFit | None:
    """The model on 1 … top; None where it finds no number of bits above 0."""
    first = int(np.flatnonzero(seen)[0])
    middle = int(np.searchsorted(below, 0.5))
    low = max(1, first - 2 * max(1, middle - first))  # farther down nothing was to be expected
    r = np.arange(low, top + 1, dtype=float)
    share = seen[low : top + 1] / seen[low : top + 1].sum()
    model = _Model(r, share)
    found = _descend(model, columns)
    if found is None:
        return None
    line, state = found
    d0 = float(line[0] - line[1] * model.centre / model.spread)
    if d0 <= 0:
        return None
    away = state.slopes - state.chances @ state.slopes
    spread = np.linalg.pinv(model.curvature(line, state), rcond=1e-12)
    to_d0 = spread[0] - spread[1] * model.centre / model.spread
    influence = np.zeros(top + 1)
    influence[low:] = away @ to_d0 / below[top]
    inside = max(1, round(pairs * float(below[top])))
    by_chance = np.sqrt(state.chances * (1 - state.chances) * 2 / math.pi / inside).sum() / 2
    off = float(np.abs(state.chances - share).sum() / 2 - 2 * by_chance)
    return BinaryFit(
        top, float(below[top]), inside, d0, float(line[1] / model.spread), off, influence
    )


@dataclass(frozen=True, eq=False)
class _State:
    """The divergence at a line: its value, the probabilities and d log P for the line, (r, 2)."""

    divergence: float
    chances: Array
    slopes: Array


class _Model:
    """The divergence of the model from shares at distances, with d(r) = a + b (r − r̄)/σ."""

    def __init__(self, r: Array, share: Array) -> None:
        self.r, self.share = r, share
        self.centre = float(share @ r)
        self.spread = max(0.5, math.sqrt(float(share @ (r - self.centre) ** 2)))
        self.basis = np.stack([np.ones_like(r), (r - self.centre) / self.spread], axis=1)
        held = share > 0
        self.entropy = -float(share[held] @ np.log(share[held]))

    def line(self, d0: float, d1: float) -> Array:
        """(a, b) of d0 and d1."""
        return np.array([d0 + d1 * self.centre, d1 * self.spread])

    def at(self, line: Array) -> _State | None:
        """None where d(r) falls to r − 1 or below, where the model has no probability."""
        r = self.r
        d: Array = self.basis @ line
        if not (d.min() > -0.5 and (d - r).min() > -1 + 1e-9):
            return None
        logs = -d * math.log(2) + gammaln(d + 1) - gammaln(r + 1) - gammaln(d - r + 1)
        most = float(logs.max())
        chances = np.exp(logs - most)
        total = float(chances.sum())
        divergence = most + math.log(total) - float(self.share @ logs) - self.entropy
        slope = digamma(d + 1) - digamma(d - r + 1) - math.log(2)
        return _State(divergence, chances / total, self.basis * slope[:, None])

    def curvature(self, line: Array, state: _State) -> Array:
        """(2, 2) second derivatives of the divergence; the expected ones where not definite.

        The two differ where d(r) is near 2r: there the model is flat, so that the little by which
        it misses the data holds the line.
        """
        d = self.basis @ line
        bend = polygamma(1, d + 1) - polygamma(1, d - self.r + 1)
        missed = ((state.chances - self.share) * bend)[:, None]
        expected = _information(state)
        whole: Array = expected + (self.basis * missed).T @ self.basis
        return whole if np.linalg.eigvalsh(whole).min() > 0 else expected


def _information(state: _State) -> Array:
    mean = state.chances @ state.slopes
    held: Array = (state.slopes * state.chances[:, None]).T @ state.slopes - np.outer(mean, mean)
    return held


def _descend(model: _Model, columns: int) -> tuple[Array, _State] | None:
    """The line of least divergence, by damped scoring from the best of a grid of lines.

    P(0) = 2^(-d0) is at least 2^(-columns). Poisson-like distances also have optima with far
    larger d0, which are passed over where there is another.
    """
    starts = []
    for share in (1.0, 0.9, 0.75, 0.6, 0.45, 0.3, 0.2, 0.1, 0.05, 0.02):
        for d1 in (-0.3, 0.0, 0.2, 0.4, 0.7, 1.0, 1.3, 1.6, 1.8, 1.9, 2.0):
            line = model.line(share * columns, d1)
            state = model.at(line)
            if state is not None:
                starts.append((state.divergence, line, state))
    starts.sort(key=lambda start: start[0])
    ends = [_improve(model, line, state) for _, line, state in starts[:4]]
    if not ends:
        return None

    def rank(end: tuple[Array, _State]) -> tuple[bool, float]:
        d0 = end[0][0] - end[0][1] * model.centre / model.spread
        return not 0 < d0 <= 1.5 * columns, end[1].divergence

    return min(ends, key=rank)


def _improve(model: _Model, line: Array, state: _State) -> tuple[Array, _State]:
    """Levenberg-Marquardt steps with the expected information, until nothing is gained."""
    damp = 1e-3
    for _ in range(_STEPS):
        pull = (model.share - state.chances) @ state.slopes
        held = _information(state)
        scale = np.diag(held) + 1e-12 * np.trace(held)
        while damp < 1e12:
            step = np.linalg.lstsq(held + np.diag(damp * scale), pull, rcond=None)[0]
            found = model.at(line + step)
            if found is not None and found.divergence < state.divergence:
                break
            damp *= 8
        else:
            return line, state
        gained = state.divergence - found.divergence
        line, state, damp = line + step, found, max(damp / 16, 1e-14)
        if gained < _FLAT * (1 + model.entropy):
            return line, state
    return line, state


def errors_of(
    fits: tuple[BinaryFit, ...],
    distances: Distances,
    counts: NDArray[np.int64],
    unit: int,
    draws: int,
    rng: np.random.Generator,
) -> list[tuple[float, bool]]:
    """The standard error of log d0 at each r*, by half-samples of the points.

    The distances within a half move d0 by their influence (one scoring step). A half-sample varies
    about the whole as the whole about the truth (see ``subsampling.py``), but for the part that
    belongs to single pairs and not to points: a half has a quarter of the pairs, so that part
    comes out three times too large. It is known from the distances themselves, and two thirds of
    it are taken off (Hoeffding's decomposition of a mean over pairs).

    Args:
        fits: the model at each r*, in the unit.
        distances: the distances behind them.
        counts: how often each distance occurs, in the unit.
        unit: columns that differ in a step of distance.
        draws: how many half-samples.
        rng: random numbers.

    Returns:
        (standard error, whether single pairs make most of its square) for each fit.
    """
    n = distances.points.count
    width = len(distances.columns) + 1
    tables = np.zeros((len(fits), width))
    for table, fit in zip(tables, fits, strict=True):
        table[: unit * fit.top + 1 : unit] = fit.influence
    chosen = np.zeros((draws, n), dtype=np.int8)
    chosen[:, : n // 2] = 1
    rng.permuted(chosen, axis=1, out=chosen)
    chosen = np.ascontiguousarray(chosen.T)
    asking = chosen[distances.queries].sum(axis=0, dtype=np.int64)
    moved = distances.sums(tables, chosen) / np.maximum(1, asking * (n // 2 - 1))
    shares = counts / counts.sum()
    found = []
    for fit, shift in zip(fits, moved, strict=True):
        alone = float(shares[: fit.top + 1] @ fit.influence**2) / distances.pairs
        whole = max(float((shift**2).mean()) - 2 * alone, alone)
        found.append((math.sqrt(whole) / fit.d0, whole < 2 * alone))
    return found


def check_binary(metric: str, engine: str) -> None:
    """Refuse what the estimator cannot do.

    Raises:
        ArgumentError: another metric than Hamming's, or another engine than numpy.
    """
    if metric != "hamming":
        raise ArgumentError(
            f"method='bid' counts the bits in which rows of 0 and 1 differ, and the metric is "
            f"{metric!r}: add metric='hamming' (for instance with X > 0), or leave out method="
        )
    if engine != "numpy":
        raise ArgumentError(
            f"engine={engine!r} searches for neighbours, and method='bid' counts all distances: "
            "leave out engine="
        )
