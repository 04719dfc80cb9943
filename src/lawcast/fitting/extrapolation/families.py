"""The laws that a forecast averages, each on a grid of shapes with its linear part solved.

Every law is a few nonlinear numbers (its shape: exponents, breaks, offsets) and one or two linear
ones. On a grid of shapes the linear ones have a closed form (variable projection, Golub and
Pereyra 1973), so a law becomes a few hundred candidate curves with their weighted squared
residuals. x is divided by the largest x, so that one grid serves every curve; u is the logarithm
of the divided x, at most 0 on the data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lawcast._values import Array
from lawcast.laws.registry import get_law

LAWS = ("power-floor", "m3", "shifted", "m4", "bnsl")
"""Registry names of the laws that are averaged, simplest first."""

NO_CHANGE = "constant"
"""Registry name of the law that forecasts the level at the end of the data."""

DOUBLING = float(np.log(2.0))

_PRUNED = 40.0
"""A candidate whose squared residuals exceed the best by this has a weight below 1e-8."""

_LEAST_POWER = 1e-3


@dataclass(frozen=True)
class Candidates:
    """The curves of one law that were weighed against the data.

    Args:
        law: registry name.
        theta: (g, p) parameters, for x divided by the largest x.
        misfit: (g,) weighted squared relative residuals.
        log_y: (g, q) logarithm of the curve at the places asked for.
        tried: size of the whole grid, before hopeless candidates were left out.
    """

    law: str
    theta: Array
    misfit: Array
    log_y: Array
    tried: int


def candidates(
    name: str, u: Array, y: Array, weight: Array, at: Array, ceiling: float | None = None
) -> Candidates:
    """Weigh the shapes of one law against a curve.

    Args:
        name: registry name, one of :data:`LAWS`.
        u: (m,) log of x over the largest x, increasing.
        y: (m,) positive losses.
        weight: (m,) weights of the squared relative residuals, in units of 1/variance.
        at: (q,) log of x over the largest x where the curves are wanted.
        ceiling: loss of a random guess where it is known; used by M4.
    """
    if name == "m4":
        return _between_floor_and_ceiling(u, y, weight, at, ceiling)
    shape = _SHAPES[name]
    phi = shape.phi(u)
    relative = weight / y**2
    total, first = float(relative.sum()), float((weight / y).sum())
    second = float(weight.sum())
    by_phi, by_square, cross = phi @ relative, np.square(phi) @ relative, phi @ (weight / y)
    if shape.floor:
        # E and b by the normal equations, each held at zero where it would be negative
        spread = np.maximum(total * by_square - by_phi**2, 1e-12 * total * by_square)
        b = (total * cross - by_phi * first) / spread
        E = (first - b * by_phi) / total
        b = np.where(E < 0.0, cross / by_square, b)
        E = np.maximum(E, 0.0)
        E = np.where(b < 0.0, first / total, E)
        b = np.maximum(b, 0.0)
        misfit = (
            second
            - 2.0 * (E * first + b * cross)
            + E**2 * total
            + 2.0 * E * b * by_phi
            + b**2 * by_square
        )
    else:
        E = np.zeros(len(shape.grid))
        b = cross / by_square
        misfit = second - b * cross
    misfit = np.where(np.isfinite(misfit) & (E + b > 0.0), np.maximum(misfit, 0.0), np.inf)
    keep = misfit <= misfit.min() + _PRUNED
    E, b, misfit = E[keep], b[keep], misfit[keep]
    with np.errstate(divide="ignore"):
        log_y = np.log(E[:, None] + b[:, None] * shape.phi(at, keep))
    keep_finite = np.isfinite(log_y).all(axis=1)
    theta = shape.parameters(keep, E, b)
    tried = len(shape.grid)
    return Candidates(name, theta[keep_finite], misfit[keep_finite], log_y[keep_finite], tried)


@dataclass(frozen=True)
class _Shape:
    """How one law depends on its nonlinear numbers.

    The logarithm of the shape is -slope·u - factor·base, where the base depends on few of the
    numbers, so that it is computed once for many rows of the grid.

    Args:
        floor: whether a floor E is added to b times the shape.
        grid: (g, k) nonlinear numbers.
        slope: (g,) coefficient of u.
        factor: (g,) coefficient of the base.
        row: (g,) which base belongs to each row of the grid.
        base: (m,) u -> (r, m) the bases.
        theta: (g, k) grid, (g,) E, (g,) b -> (g, p) parameters in the law's own order, for the
            shape that is not divided by its value at the end.
    """

    floor: bool
    grid: Array
    slope: Array | None
    factor: Array | None
    row: np.ndarray
    base: Callable[[Array], Array]
    theta: Callable[[Array, Array, Array], Array]

    def _log(self, u: Array, keep: np.ndarray | slice) -> Array:
        """(g, m) minus the logarithm of the shape over its value at the end of the data."""
        log = np.zeros((1, u.size))
        if self.factor is not None:
            base = self.base(u) - self.base(np.zeros(1))
            log = self.factor[keep, None] * base[self.row[keep]]
        if self.slope is not None:
            log = log + self.slope[keep, None] * u
        return np.asarray(log)

    def phi(self, u: Array, keep: np.ndarray | slice = slice(None)) -> Array:
        """(g, m) shapes, equal to 1 at the end of the data."""
        log = np.negative(self._log(u, keep))
        return np.asarray(np.exp(np.clip(log, -600.0, 300.0, out=log), out=log))

    def parameters(self, keep: np.ndarray, E: Array, b: Array) -> Array:
        """(g, p) parameters of the law for the rows kept."""
        at_end = np.zeros(int(keep.sum()))
        if self.factor is not None:
            at_end = (self.factor[:, None] * self.base(np.zeros(1))[self.row])[keep, 0]
        with np.errstate(over="ignore"):
            return self.theta(self.grid[keep], E, b * np.exp(at_end))


def _product(*axes: Array) -> Array:
    """(g, k) every combination, the last axis running fastest."""
    return np.stack([a.ravel() for a in np.meshgrid(*axes, indexing="ij")], axis=1)


def _rows(*axes: Array) -> np.ndarray:
    """(g,) number of the last axes' combination in each row of a product."""
    inner = int(np.prod([axis.size for axis in axes[1:]]))
    return np.tile(np.arange(inner), axes[0].size)


def _power() -> _Shape:
    c = np.geomspace(0.02, 3.0, 60)
    return _Shape(
        True, c[:, None], c, None, np.zeros(c.size, dtype=int), lambda u: u[None],
        lambda grid, E, b: np.stack([E, b, grid[:, 0]], axis=1),
    )  # fmt: skip


def _shifted() -> _Shape:
    c, s = np.geomspace(0.02, 3.0, 28), np.concatenate([[0.0], np.geomspace(2e-3, 3.0, 17)])
    grid = _product(c, s)
    return _Shape(
        True, grid, None, grid[:, 0], _rows(c, s), lambda u: np.log(np.exp(u) + s[:, None]),
        lambda grid, E, b: np.stack([E, b, grid[:, 1], grid[:, 0]], axis=1),
    )  # fmt: skip


def _m3() -> _Shape:
    c, g = np.geomspace(0.02, 5.0, 34), np.concatenate([[0.0], np.geomspace(1e-2, 30.0, 23)])
    grid = _product(c, g)
    return _Shape(
        False, grid, None, -grid[:, 0], _rows(c, g), lambda u: np.log(np.exp(-u) + g[:, None]),
        lambda grid, E, b: np.stack([b, grid[:, 1], grid[:, 0]], axis=1),
    )  # fmt: skip


def _broken() -> _Shape:
    c0 = np.array([0.0, 0.03, 0.08, 0.15, 0.25, 0.4, 0.6, 0.9, 1.3])
    c1 = np.array([-0.5, -0.2, -0.08, 0.08, 0.2, 0.4, 0.7, 1.1, 1.6])
    where, width = np.geomspace(0.02, 0.7, 8), np.array([0.1, 0.4, 1.0])
    grid = _product(c0, c1, where, width)
    row = _rows(_product(c0, c1)[:, 0], where, width)
    # beyond the last break the curve must not rise
    keep = grid[:, 0] + grid[:, 1] >= 0.0
    grid, row = grid[keep], row[keep]
    d, f = _product(where, width).T
    return _Shape(
        True, grid, grid[:, 0], grid[:, 1] * grid[:, 3], row,
        lambda u: np.logaddexp(0.0, (u - np.log(d)[:, None]) / f[:, None]),
        lambda grid, E, b: np.stack([E, b, *grid.T], axis=1),
    )  # fmt: skip


_SHAPES = {"power-floor": _power(), "shifted": _shifted(), "m3": _m3(), "bnsl": _broken()}

_FLOORS = np.concatenate([[0.0], 1.0 - np.geomspace(1.0, 0.01, 16)[1:]])
_CEILINGS = np.array([1.01, 1.05, 1.2, 1.6])
_BENDS = np.array([0.2, 0.4, 0.7, 1.0, 1.5, 2.2])


def _between_floor_and_ceiling(
    u: Array, y: Array, weight: Array, at: Array, ceiling: float | None
) -> Candidates:
    """M4 on a grid of floors, ceilings and bends.

    log(y - E) - a·log(e0 - y) is a line in u; its residuals are carried back to y by the slope of
    the left side, so the line is a weighted least-squares fit.
    """
    top = float(y.max())
    ceilings = _CEILINGS * top if ceiling is None or ceiling <= top else np.array([ceiling])
    floors = _FLOORS * float(y.min())
    with np.errstate(divide="ignore"):
        log_above = np.log(y - floors[:, None])
        log_below = np.log(ceilings[:, None] - y)
    above, below = 1.0 / (y - floors[:, None]), 1.0 / (ceilings[:, None] - y)
    left = log_above[:, None, None, :] - _BENDS[:, None] * log_below[None, :, None, :]
    slope = above[:, None, None, :] + _BENDS[:, None] * below[None, :, None, :]
    left = left.reshape(-1, y.size)
    relative = (weight / (slope * y) ** 2).reshape(-1, y.size)
    E, e0, a = _product(floors, ceilings, _BENDS).T
    total, by_u, by_uu = relative.sum(axis=1), relative @ u, relative @ u**2
    weighted = relative * left
    first, cross = weighted.sum(axis=1), weighted @ u
    power = (total * cross - by_u * first) / np.maximum(total * by_uu - by_u**2, 1e-300)
    height = (first - power * by_u) / total
    left -= height[:, None]
    left -= power[:, None] * u
    misfit = np.einsum("gm,gm->g", np.square(left), relative)
    falls = np.isfinite(misfit) & (power < -_LEAST_POWER)
    if falls.any():
        falls &= misfit <= misfit[falls].min() + _PRUNED
    theta = np.stack([E, e0, a, np.exp(np.minimum(height, 700.0)), -power], axis=1)[falls]
    law = get_law("m4")
    columns = tuple(theta[:, j, None] for j in range(5))
    with np.errstate(all="ignore"):
        log_y = np.log(law.value(np.exp(at)[None, :], *columns))
    keep = np.isfinite(log_y).all(axis=1)
    return Candidates("m4", theta[keep], misfit[falls][keep], log_y[keep], len(E))
