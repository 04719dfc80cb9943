"""The exponent of a loss above (or below) its limit, with the limit known, measured or unknown.

One model serves all three: ``loss = limit + a·x^-alpha`` with a limit and a factor of its own for
each curve and one exponent. At a given exponent it is a linear problem for factor and limit, so the
profile of the squares over the exponent is exact and many data sets are one array computation
(variable projection, Golub & Pereyra 1973). What is known of the limit enters as one more
observation of it: of infinite weight where it is exact, of weight 1/error² where it was measured,
of weight 0 where it is fitted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lawcast._errors import ArgumentError
from lawcast._values import Array
from lawcast.theory.columns import Index

LOWEST, HIGHEST = -1.0, 8.0
"""Ends of the search for an exponent whose limit is known."""

LOWEST_FREE = 1e-3
"""Smallest exponent of the search where the limit is fitted: with less it is no limit."""

MOST_DECADES = 80
"""Decades between the smallest size and the largest that are handled."""

_FARTHEST = 700.0  # exp of more overflows


@dataclass(frozen=True, eq=False)
class Curves:
    """Several curves of one exponent.

    Args:
        u: (n,) log sizes.
        curve: (n,) number of the curve of each row from 0.
        weight: (n,) weights; a loss has variance s²/weight.
        known: (c,) weight of what is known of each limit, in the unit of ``weight``; infinite
            where it is exact, 0 where it is fitted.
        least: (c,) smallest limit allowed, less the reference that was subtracted; -inf for any.
    """

    u: Array
    curve: Index
    weight: Array
    known: Array
    least: Array

    @property
    def count(self) -> int:
        """Number of curves c."""
        return self.known.size

    @property
    def freedom(self) -> int:
        """Degrees of freedom left by the exponent, the factors and the unknown limits."""
        return int(self.u.size - 1 - self.count - np.count_nonzero(self.known == 0.0))


@dataclass(frozen=True, eq=False)
class Profiled:
    """Best factor and limit at each exponent; b data sets, c curves, e exponents.

    Args:
        squares: (b, e) weighted residual squares.
        factor: (c, b, e) a, in the unit of the loss at the middle of the sizes.
        limit: (c, b, e) limit less the reference that was subtracted.
    """

    squares: Array
    factor: Array
    limit: Array


def check_span(x: Array) -> None:
    """Refuse sizes so far apart that powers of them are no numbers.

    Raises:
        ArgumentError: they span more than :data:`MOST_DECADES`.
    """
    decades = float(np.log10(x.max()) - np.log10(x.min()))
    if decades > MOST_DECADES:
        raise ArgumentError(
            f"the sizes span {decades:.0f} decades, and {MOST_DECADES} at most are handled; look "
            "for sizes in mixed units, or for a size that is nearly zero"
        )


def power(exponent: float, u: Array) -> Array:
    """exp(-exponent u), without overflow where u is far out."""
    return np.exp(np.clip(-exponent * u, -_FARTHEST, _FARTHEST))


def search_grid(free: bool) -> Array:
    """(e,) exponents of the search, denser where they are small."""
    if free:
        return np.concatenate([np.geomspace(LOWEST_FREE, 0.02, 40)[:-1], _grid(0.02)])
    return _grid(LOWEST)


def _grid(start: float) -> Array:
    fine = np.arange(start, 1.5, 0.005)
    return np.concatenate([fine, np.geomspace(1.5, HIGHEST, 160)])


def profile(curves: Curves, y: Array, exponents: Array) -> Profiled:
    """Squares, factors and limits at each exponent.

    Args:
        curves: the design.
        y: (b, n) losses less the reference of their curve.
        exponents: (e,) exponents.
    """
    squares = np.zeros((y.shape[0], exponents.size))
    factors, limits = [], []
    for c in range(curves.count):
        rows = curves.curve == c
        w, yc = curves.weight[rows], y[:, rows]
        u = curves.u[rows] - np.mean(curves.u)
        log_f = -exponents[:, None] * u[None, :]
        top = log_f.max(axis=1)
        f = np.exp(log_f - top[:, None])  # at most 1, so that no square overflows
        wf = w * f
        ff, fy = np.sum(wf * f, axis=1), yc @ wf.T
        yy = np.sum(w * yc**2, axis=1)[:, None]
        alone = fy / ff
        left_alone = yy - fy * alone
        rho = float(curves.known[c])
        if np.isinf(rho):
            factor, limit, left = alone, np.zeros_like(alone), left_alone
        else:
            f1, ones = np.sum(wf, axis=1), float(w.sum()) + rho
            y1 = (yc @ w)[:, None]
            # what of the limit the power law itself cannot imitate
            own = np.maximum(ones - f1**2 / ff, 1e-12 * ones)
            limit = (y1 - fy * f1 / ff) / own
            held = np.maximum(limit, float(curves.least[c]))
            left = left_alone - own * (limit**2 - (limit - held) ** 2)
            limit, factor = held, (fy - held * f1) / ff
        squares += np.maximum(left, 1e-26 * yy)
        factors.append(factor * np.exp(-top))
        limits.append(limit)
    return Profiled(squares, np.array(factors), np.array(limits))


def best_exponents(squares: Array, exponents: Array) -> Array:
    """(b,) exponents of least squares, by a parabola through the lowest three of the grid."""
    at = np.argmin(squares, axis=1)
    inner = np.clip(at, 1, exponents.size - 2)
    row = np.arange(squares.shape[0])
    a, b, c = (exponents[inner + k] for k in (-1, 0, 1))
    fa, fb, fc = (squares[row, inner + k] for k in (-1, 0, 1))
    above = (b - a) ** 2 * (fb - fc) - (b - c) ** 2 * (fb - fa)
    below = (b - a) * (fb - fc) - (b - c) * (fb - fa)
    moved = np.divide(above, 2.0 * below, out=np.zeros_like(above), where=below != 0.0)
    refined = np.clip(b - moved, a, c)
    return np.asarray(np.where(at == inner, refined, exponents[at]))


def profile_ends(
    squares: Array, exponents: Array, level: float, freedom: int
) -> tuple[float | None, float | None]:
    """Ends of the exponents that an F test does not reject; None where the search ends first.

    Args:
        squares: (e,) weighted residual squares.
        exponents: (e,) exponents.
        level: of the interval.
        freedom: degrees of freedom of the noise.
    """
    from scipy.special import fdtri

    allowed = float(squares.min()) * (1.0 + float(fdtri(1, freedom, level)) / freedom)
    inside = np.flatnonzero(squares <= allowed)
    first, last = int(inside[0]), int(inside[-1])
    low = None if first == 0 else _crossing(squares, exponents, first - 1, first, allowed)
    end = exponents.size - 1
    high = None if last == end else _crossing(squares, exponents, last + 1, last, allowed)
    return low, high


def _crossing(squares: Array, exponents: Array, out: int, inside: int, allowed: float) -> float:
    share = (allowed - squares[inside]) / (squares[out] - squares[inside])
    return float(exponents[inside] + share * (exponents[out] - exponents[inside]))


def estimate(curves: Curves, y: Array) -> Array:
    """(b,) best exponents of data sets y (b, n)."""
    free = bool(np.any(curves.known == 0.0))
    grid = search_grid(free)
    return best_exponents(profile(curves, y, grid).squares, grid)
