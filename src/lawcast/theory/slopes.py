"""The slope of a curve at each place by a parabola in a moving window (local polynomials).

Fan & Gijbels 1996, chapter 3: a slope wants a polynomial of even degree, whose bias at the ends is
of the same order as inside. The window is the one that predicts sizes left out best with a straight
line; the slope is then a parabola's in the same window, which is the line's less its estimated bias
(Calonico, Cattaneo & Farrell 2018, section 2, with both windows equal).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lawcast._values import Array, half_width
from lawcast.theory.columns import Index

FEWEST_IN_WINDOW = 5
"""A window reaches at least this many different sizes: a parabola has three numbers."""

NARROWEST_WINDOW = float(np.log(2.0))
"""Log of the factor in size that a chosen window reaches at least to either side: 0.3 decades."""

MOST_SIZES = 200
"""Above this many different sizes, neighbours are taken together before the slope is sought."""

NEARLY = 4.0
"""A window whose error is larger by less than this share over the number of sizes will do."""

ALLOWED = 1.0
"""Share of the line's bias by which the bands are widened."""

_STEP = 1.3  # from one candidate window to the next


@dataclass(frozen=True, eq=False)
class Sizes:
    """Rows taken together by size.

    Args:
        u: (m,) log sizes, increasing.
        mean: (m,) weighted mean of v.
        weight: (m,) sum of the weights; the mean has variance σ²/weight.
        row_weight: (n,) weight of each row; v has variance σ²/row_weight.
        size: (n,) number of the size of each row.
        v: (n,) log of the loss less the floor.
    """

    u: Array
    mean: Array
    weight: Array
    row_weight: Array
    size: Index
    v: Array

    @property
    def within(self) -> float:
        """Weighted sum of squares of rows about the mean of their size."""
        return float(np.sum(self.row_weight * (self.v - self.mean[self.size]) ** 2))

    @property
    def within_freedom(self) -> int:
        """Degrees of freedom of :attr:`within`."""
        return self.v.size - self.u.size

    def average(self, rows: Array) -> Array:
        """(..., m) weighted means by size of values (..., n) a row."""
        to_size = np.zeros((self.size.size, self.u.size))
        to_size[np.arange(self.size.size), self.size] = self.row_weight / self.weight[self.size]
        return rows @ to_size


def gather_sizes(u: Array, v: Array, weight: Array) -> Sizes:
    """Rows by size; more than :data:`MOST_SIZES` sizes are merged with their neighbours."""
    values, size = np.unique(u, return_inverse=True)
    if values.size > MOST_SIZES:
        edges = np.linspace(values[0], values[-1], MOST_SIZES + 1)[1:-1]
        _, merged = np.unique(np.digitize(values, edges), return_inverse=True)
        size = merged[size]
    total = np.bincount(size, weight).astype(np.float64)
    return Sizes(
        u=np.bincount(size, weight * u) / total,
        mean=np.bincount(size, weight * v) / total,
        weight=total,
        row_weight=weight,
        size=size.astype(np.intp),
        v=v,
    )


def local_rows(
    u: Array, weight: Array, at: Array, window: float, degree: int
) -> tuple[Array, Array]:
    """Coefficients of the means that give level and slope at each place.

    Args:
        u: (m,) log sizes, increasing.
        weight: (m,) weights; zero leaves a size out.
        at: (g,) log places.
        window: half-width in log size; infinite weighs all alike. It is widened where it holds
            fewer than :data:`FEWEST_IN_WINDOW` sizes.
        degree: of the polynomial, 1 or 2.

    Returns:
        (g, m) rows of the level and (g, m) rows of the slope.
    """
    distance = np.abs(at[:, None] - u[None, :])
    used = np.where(weight > 0.0, distance, np.inf)
    needed = min(FEWEST_IN_WINDOW, int(np.count_nonzero(weight > 0.0)))
    # a little beyond the last size needed, so that the kernel is not zero at it
    least = 1.2 * np.sort(used, axis=1)[:, needed - 1]
    if np.isfinite(window):
        half = np.maximum(window, least)[:, None]
        kernel = np.clip(1.0 - (distance / half) ** 3, 0.0, None) ** 3
    else:
        half = np.full((at.size, 1), float(u[-1] - u[0]))
        kernel = np.ones_like(distance)
    z = (u[None, :] - at[:, None]) / half
    powers = z[:, :, None] ** np.arange(degree + 1)
    weighted = powers * (kernel * weight)[:, :, None]
    gram = np.swapaxes(weighted, 1, 2) @ powers
    rows = np.linalg.solve(gram, np.swapaxes(weighted, 1, 2))
    return np.asarray(rows[:, 0, :]), np.asarray(rows[:, 1, :] / half)


def choose_window(sizes: Sizes) -> float:
    """The half-width whose straight lines predict each size from the others best."""
    u = sizes.u
    span = float(u[-1] - u[0])
    smallest = max(float(np.median(np.diff(u))) * (FEWEST_IN_WINDOW + 1) / 2, NARROWEST_WINDOW)
    windows = [np.inf]
    width = smallest
    while width < 1.5 * span:
        windows.append(width)
        width *= _STEP
    scores = np.array([_left_out_error(sizes, window) for window in windows])
    # the best score of many is partly luck: the widest window that is nearly as good is taken
    close = scores <= scores.min() * (1.0 + NEARLY / u.size)
    return float(np.max(np.array(windows)[close]))


def _left_out_error(sizes: Sizes, window: float) -> float:
    total = 0.0
    for i in range(sizes.u.size):
        weight = sizes.weight.copy()
        weight[i] = 0.0
        level, _ = local_rows(sizes.u, weight, sizes.u[i : i + 1], window, 1)
        total += float(sizes.weight[i] * (sizes.mean[i] - level[0] @ sizes.mean) ** 2)
    return total


@dataclass(frozen=True, eq=False)
class SlopeBand:
    """Slopes with their bands.

    Args:
        slope: (g,) of the parabola.
        error: (g,) standard errors.
        bias: (g,) slope of the straight line in the same window less that of the parabola.
        each: standard errors from the slope to an end of the band at each place by itself.
        all_at_once: the same for the band that holds everywhere at once.
        allowance: (g,) what both bands are widened by for bias; zero where the line and the
            parabola differ by no more than noise would make them.
        freedom: degrees of freedom of the standard errors.
        noise: standard deviation of v for a row of weight 1.
    """

    slope: Array
    error: Array
    bias: Array
    each: float
    all_at_once: float
    allowance: Array
    freedom: float
    noise: float


def slope_band(
    sizes: Sizes,
    at: Array,
    window: float,
    *,
    groups: Index | None,
    level: float,
    draws: int,
    rng: np.random.Generator,
) -> SlopeBand:
    """The slope at each place, its standard error and the widths of both bands.

    Args:
        sizes: what was measured.
        at: (g,) log places.
        window: half-width in log size.
        groups: (n,) group of each row; None takes rows as independent with equal noise.
        level: of the bands.
        draws: resamples behind the band that holds everywhere.
        rng: source of the draws.
    """
    fit, _ = local_rows(sizes.u, sizes.weight, sizes.u, window, 2)
    _, rows = local_rows(sizes.u, sizes.weight, at, window, 2)
    _, line = local_rows(sizes.u, sizes.weight, at, window, 1)
    slope, of_line = rows @ sizes.mean, line @ sizes.mean
    left = np.eye(sizes.u.size) - fit
    misfit = left @ sizes.mean
    between = float(np.sum(sizes.weight * misfit**2))
    freedom = float(np.sum(left**2 * sizes.weight[:, None] / sizes.weight[None, :]))
    freedom += sizes.within_freedom
    noise = float(np.sqrt((between + sizes.within) / freedom))
    residual = sizes.v - (fit @ sizes.mean)[sizes.size]
    # a row pulls the curve towards itself; its own error is that much larger than its residual
    own = np.diag(fit)[sizes.size] * sizes.row_weight / sizes.weight[sizes.size]
    residual = residual / np.clip(1.0 - own, 0.2, None)
    if groups is None:
        error = noise * np.sqrt(np.sum(rows**2 / sizes.weight, axis=1))
        apart = noise * np.sqrt(np.sum((line - rows) ** 2 / sizes.weight, axis=1))
        each = student(level, freedom)
        all_at_once = _simultaneous_rows(sizes, rows, residual, freedom, level, draws, rng)
    else:
        parts = group_parts(sizes, rows, residual, groups)
        count = parts.shape[0]
        error = np.sqrt(count / (count - 1) * np.sum(parts**2, axis=0))
        between_lines = group_parts(sizes, line - rows, residual, groups)
        apart = np.sqrt(count / (count - 1) * np.sum(between_lines**2, axis=0))
        freedom = float(count - 1)
        each = student(level, freedom)
        signs = webb_weights((draws, count), rng)
        farthest = np.max(
            _over(np.abs(signs @ parts) * np.sqrt(count / (count - 1)), error), axis=1
        )
        all_at_once = float(np.quantile(farthest, level)) * each / half_width(level)
    bias = of_line - slope
    return SlopeBand(
        slope=slope,
        error=error,
        bias=bias,
        each=each,
        all_at_once=max(all_at_once, each),
        allowance=_bias_allowance(bias, each * apart, at, _reach(sizes.u, window)),
        freedom=freedom,
        noise=noise,
    )


def _reach(u: Array, window: float) -> float:
    """How far a window reaches at least; a narrower one was widened to hold enough sizes."""
    return max(window, float(np.median(np.diff(u))) * (FEWEST_IN_WINDOW // 2))


def _bias_allowance(bias: Array, by_noise: Array, at: Array, reach: float) -> Array:
    """The largest part of the bias within reach that noise does not explain.

    The parabola bends where the line does not, and a corner bends neither right: what the line
    misses nearby stands for what the parabola may miss here.
    """
    shown = ALLOWED * np.sqrt(np.clip(bias**2 - by_noise**2, 0.0, None))
    near = np.abs(at[:, None] - at[None, :]) <= reach
    return np.asarray(np.max(np.where(near, shown[None, :], 0.0), axis=1))


def group_parts(sizes: Sizes, rows: Array, residual: Array, groups: Index) -> Array:
    """(G, g) what the residuals of each whole group add to each slope."""
    share = rows[:, sizes.size] * (sizes.row_weight / sizes.weight[sizes.size])
    count = int(groups.max()) + 1
    member = np.zeros((residual.size, count))
    member[np.arange(residual.size), groups] = residual
    parts = (share @ member).T
    crossed = np.zeros((count, sizes.u.size), dtype=bool)
    crossed[groups, sizes.size] = True
    # where every group has every size, what they share is misfit and not what tells them apart
    return parts - parts.mean(axis=0) if crossed.all() else parts


def webb_weights(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Six-point multipliers of mean 0 and variance 1 (Webb 2014), for few groups."""
    points = np.sqrt(np.array([0.5, 1.0, 1.5]))
    return rng.choice(np.concatenate([-points, points]), size=shape)


def student(level: float, freedom: float) -> float:
    """Standard errors from the middle to an end of an interval with this many degrees."""
    from scipy.special import stdtrit

    return float(stdtrit(max(freedom, 1.0), (1.0 + level) / 2.0))


def _simultaneous_rows(
    sizes: Sizes,
    rows: Array,
    residual: Array,
    freedom: float,
    level: float,
    draws: int,
    rng: np.random.Generator,
) -> float:
    """Standard errors that hold the largest of all deviations, from resampled residuals."""
    pool = np.sqrt(sizes.row_weight) * residual
    spread = float(np.sqrt(np.mean(pool**2)))
    pool = pool / spread if spread > 0.0 else np.ones_like(pool)
    unit = np.sqrt(np.sum(rows**2 / sizes.weight, axis=1))
    chi = np.sqrt(rng.chisquare(freedom, draws) / freedom)
    drawn = rng.choice(pool, size=(draws, pool.size))
    drawn *= rng.choice(np.array([-1.0, 1.0]), size=drawn.shape)
    noise = sizes.average(drawn / np.sqrt(sizes.row_weight))
    farthest = np.max(np.abs(noise @ rows.T) / unit, axis=1) / chi
    return float(np.quantile(farthest, level))


def _over(values: Array, error: NDArray[np.float64]) -> Array:
    safe = np.where(error > 0.0, error, 1.0)
    return np.asarray(values / safe)
