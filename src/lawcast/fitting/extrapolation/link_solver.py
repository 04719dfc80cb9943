"""The numbers behind a link: batched sigmoid fits, the profile of the ceiling, block draws."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lawcast._values import Array
from lawcast.fitting.newton import Expansion, minimise

_MOST_SLOPE = 30.0  # per standard deviation of x: steeper than any step that data can show
_MOST_OFFSET = 90.0
_LEAST_SLOPE = 1e-6
_LEAST_VARIANCE = 1e-12
_WIDEST_SCALE = 30.0
_CEILINGS = 33
_DOUBT = 0.05
_LEAST_SPARE = 4.0
_FEWEST_TO_SEE_A_LEVEL = 8
_AT_THE_LEVEL = 0.05
_LEAST_LIFT = 0.02
_CLEARLY = 1e-3
_UNLIKELY = 12.0
_NARROWINGS = 4
_MOST_CORRELATION = 0.75


@dataclass(frozen=True)
class Pairs:
    """What a link is fitted to.

    Args:
        t: (n,) x with mean 0 and standard deviation 1, worst first: the score rises with t.
        y: (n,) scores.
        chance: score of a guess.
        ceiling: the ceiling where it is given.
        items: (n,) questions behind each score; None where unknown.
    """

    t: Array
    y: Array
    chance: float
    ceiling: float | None
    items: Array | None


@dataclass(frozen=True)
class Solved:
    """A fitted link in the coordinates of :class:`Pairs`: sigmoid(offset + slope·t).

    Args:
        u: (2,) offset and slope.
        ceiling: point estimate: as given, or the median of its posterior.
        scatter: standard deviation beyond the binomial noise.
        squares: weighted squared residuals.
        spare: independent residuals beyond those that the parameters use up.
        draws: (b, 4) offset, slope, ceiling, scatter.
        block: pairs resampled together.
        narrowed: width of the middle 90 % of the ceiling's posterior over that of its prior.
        weight: (n,) one over the variance of a score.
    """

    u: Array
    ceiling: float
    scatter: float
    squares: float
    spare: float
    draws: Array
    block: int
    narrowed: float
    weight: Array


class _Sigmoids:
    """A batch of weighted sums of squares, each with its own responses and ceiling."""

    low = np.array([-_MOST_OFFSET, -_MOST_SLOPE])
    high = -low
    unit = np.ones(2)
    rounding = 1e-12

    def __init__(self, pairs: Pairs, ceiling: Array, weight: Array, y: Array) -> None:
        self.pairs, self.height, self.weight = pairs, ceiling - pairs.chance, weight
        self.y = np.broadcast_to(y, (ceiling.size, pairs.t.size))

    def expand(self, u: Array, which: np.ndarray) -> Expansion:
        from scipy.special import expit

        t, height = self.pairs.t, self.height[which, None]
        rise = expit(u[:, :1] + u[:, 1:] * t)
        residual = self.pairs.chance + height * rise - self.y[which]
        slope = height * rise * (1.0 - rise)
        weighted = self.weight * residual
        push = weighted * slope
        square = self.weight * slope**2
        gradient = np.stack([push.sum(axis=1), push @ t], axis=1)
        hessian = np.empty((len(u), 2, 2))
        hessian[:, 0, 0] = square.sum(axis=1)
        hessian[:, 0, 1] = hessian[:, 1, 0] = square @ t
        hessian[:, 1, 1] = square @ t**2
        metric = hessian[:, [0, 1], [0, 1]] + 1e-12 * self.weight.sum()
        return Expansion(0.5 * np.vecdot(weighted, residual), gradient, hessian, metric)


def solve(pairs: Pairs, count: int, rng: np.random.Generator) -> Solved:
    """Fit a link and draw from it.

    Args:
        pairs: at least four.
        count: draws wanted.
        rng: for the draws.
    """
    n = pairs.y.size
    block = max(2, round(n ** (1.0 / 3.0)))
    weight = np.ones(n)
    floor = np.zeros(n)
    used = 2 if pairs.ceiling is not None else 3
    # twice: the binomial noise and its weights need a first curve
    for _ in range(1 if pairs.items is None else 2):
        pilot = float(np.min(_grid_squares(pairs, weight, np.array([_top(pairs)]))[0]))
        ceilings, u, squares = _profile(pairs, weight, math.sqrt(pilot / weight.sum()))
        best = int(np.argmin(squares))
        fitted = _value(pairs, u[best], ceilings[best])
        residual = pairs.y - fitted
        inflation = _inflation(residual * np.sqrt(weight))
        if pairs.items is not None:
            # a score of 0 or 1 in a finite test is not free of noise (Agresti and Coull's +2, +4)
            share = (np.clip(fitted, 0.0, 1.0) * pairs.items + 2.0) / (pairs.items + 4.0)
            floor = share * (1.0 - share) / pairs.items
        extra = _extra_variance(residual**2, floor, max(n - used, 1))
        if pairs.items is not None:
            weight = 1.0 / (floor + extra)
    if pairs.items is not None:
        noise = math.sqrt(1.0 / weight.mean())
        ceilings, u, squares = _profile(pairs, weight, noise, known=extra <= 0.0)
    else:
        weight = np.full(n, 1.0 / max(extra, _LEAST_VARIANCE))
        squares = squares * weight[0]
    spare = max((n - used) / inflation, 1.0)
    density = _posterior(squares, n, inflation, known=extra <= 0.0)
    ceiling = _quantiles(ceilings, density, np.array([0.05, 0.5, 0.95]))
    start = _between(ceilings, u, ceiling[1:2])
    here = _fit(pairs, ceiling[1:2], weight, pairs.y, start)[0][0]
    allowed = 1.0 - float(pairs.y.max()) if pairs.ceiling is None else 0.0
    return Solved(
        u=np.array([here[0], _sloped(here[1:])[0]]),
        ceiling=float(ceiling[1]),
        scatter=math.sqrt(max(extra, 0.0)),
        squares=float(squares.min()),
        spare=spare,
        draws=_draw(pairs, ceilings, density, u, weight, extra, spare, block, count, rng),
        block=block,
        narrowed=float(ceiling[2] - ceiling[0]) / (0.9 * allowed) if allowed > 0 else 0.0,
        weight=weight,
    )


def level_off(pairs: Pairs, solved: Solved, level: float) -> bool:
    """Whether a constant at ``level`` describes the scores as well as the link does.

    An F test at 5 % of the constant against the link; with a known binomial noise and nothing
    beyond it, a chi-square test.
    """
    from scipy.special import chdtrc, fdtrc

    constant = float(solved.weight @ (pairs.y - level) ** 2)
    gain = constant - solved.squares
    if gain <= 1e-12 * float(solved.weight.sum()) * _LEAST_VARIANCE:
        return True
    if solved.scatter == 0.0:
        return bool(chdtrc(2, gain) > _DOUBT)
    remaining = max(solved.squares, _LEAST_VARIANCE) / solved.spare
    # with fewer the test could not see a score that doubles; the draws guard the direction then
    spare = max(solved.spare, _LEAST_SPARE)
    return bool(fdtrc(2, spare, 0.5 * gain / remaining) > _DOUBT)


def lower_level(pairs: Pairs, solved: Solved) -> float | None:
    """The level above chance at which the scores clearly level off; None where they do not.

    Chance and ceiling are linear in the score, so each shape gives its best pair of them.
    """
    from scipy.special import fdtrc

    n = pairs.y.size
    if n < _FEWEST_TO_SEE_A_LEVEL:
        return None
    u, rise = shapes(pairs.t)
    share = solved.weight / solved.weight.sum()
    away, above = rise - (rise @ share)[:, None], pairs.y - share @ pairs.y
    across = away @ (share * above)
    gain = across / np.maximum(np.square(away) @ share, 1e-300)
    level = share @ pairs.y - gain * (rise @ share)
    squares = np.maximum(share @ above**2 - gain * across, 0.0) * solved.weight.sum()
    seen = (u[:, 1] > 0) & (rise[:, 0] < _AT_THE_LEVEL) & (gain > 0)
    seen &= (level + gain <= _top(pairs)) & (level > pairs.chance + _LEAST_LIFT)
    if not seen.any():
        return None
    best = int(np.argmin(np.where(seen, squares, np.inf)))
    spare = n - 4.0
    remaining = max(float(squares[best]), _LEAST_VARIANCE) / spare
    better = (solved.squares - float(squares[best])) / remaining
    return float(level[best]) if better > 0 and fdtrc(1, spare, better) < _CLEARLY else None


def _value(pairs: Pairs, u: Array, ceiling: Array | float) -> Array:
    """Curve of offset and slope u (..., 2) at the pairs."""
    from scipy.special import expit

    height = np.asarray(ceiling)[..., None] - pairs.chance
    return np.asarray(pairs.chance + height * expit(u[..., :1] + u[..., 1:] * pairs.t))


def _top(pairs: Pairs) -> float:
    return 1.0 if pairs.ceiling is None else pairs.ceiling


def _lowest(pairs: Pairs, noise: float) -> float:
    """The least ceiling allowed: the best score seen, less twice the noise."""
    least = max(float(pairs.y.max()) - 2.0 * noise, pairs.chance + 0.02 * (1.0 - pairs.chance))
    return min(least, 1.0)


def _profile(
    pairs: Pairs, weight: Array, noise: float, known: bool = False
) -> tuple[Array, Array, Array]:
    """Ceilings (g,) increasing, the best curve (g, 2) for each, and its squares (g,).

    The grid is narrowed to where the squares are not hopeless, so that a ceiling that the data
    show is found to their own precision. ``known``: the weights are one over the variance.
    """
    if pairs.ceiling is not None:
        ceilings = np.array([pairs.ceiling])
        return ceilings, *_from_grid(pairs, ceilings, weight)
    low, high = _lowest(pairs, noise), 1.0
    n = pairs.y.size
    for _ in range(_NARROWINGS):
        ceilings = np.linspace(low, high, _CEILINGS)
        u, squares = _from_grid(pairs, ceilings, weight)
        tiny = _LEAST_VARIANCE * float(weight.sum())
        worse = 0.5 * max(n - 3, 1) * np.log((squares + tiny) / (squares.min() + tiny))
        if known:
            worse = 0.5 * (squares - squares.min())
        near = np.flatnonzero(worse < _UNLIKELY)
        first, last = max(near[0] - 1, 0), min(near[-1] + 1, _CEILINGS - 1)
        if last - first > _CEILINGS // 2:
            break
        low, high = ceilings[first], ceilings[last]
    return ceilings, u, squares


def _from_grid(pairs: Pairs, ceilings: Array, weight: Array) -> tuple[Array, Array]:
    _, starts = _grid_squares(pairs, weight, ceilings)
    return _fit(pairs, ceilings, weight, pairs.y, starts)


def shapes(t: Array) -> tuple[Array, Array]:
    """Offsets and slopes (s, 2) that cover every sigmoid the data could show, and rises (s, n)."""
    from scipy.special import expit

    reach = float(np.ptp(t))
    slopes = np.geomspace(0.1, 20.0, 14)
    slopes = np.concatenate([-slopes[::-1], slopes])
    middles = np.linspace(t.min() - 0.5 * reach, t.max() + 2.0 * reach, 41)
    slope, middle = (a.ravel() for a in np.meshgrid(slopes, middles, indexing="ij"))
    u = np.stack([np.clip(-slope * middle, -_MOST_OFFSET, _MOST_OFFSET), slope], axis=1)
    return u, np.asarray(expit(u[:, :1] + u[:, 1:] * t))


def _grid_squares(pairs: Pairs, weight: Array, ceilings: Array) -> tuple[Array, Array]:
    """Least squares (g,) over :func:`shapes` for each ceiling, and the shape (g, 2)."""
    u, rise = shapes(pairs.t)
    above = pairs.y - pairs.chance
    height = ceilings[:, None] - pairs.chance
    squares = (
        height**2 * (np.square(rise) @ weight)
        - 2.0 * height * (rise @ (weight * above))
        + weight @ above**2
    )
    best = squares.argmin(axis=1)
    return np.maximum(squares[np.arange(ceilings.size), best], 0.0), u[best]


def _fit(
    pairs: Pairs, ceilings: Array, weight: Array, y: Array, start: Array
) -> tuple[Array, Array]:
    """Best offset and slope (s, 2) for each ceiling (s,), and the weighted squares (s,)."""
    found = minimise(_Sigmoids(pairs, ceilings, weight, y), start, tolerance=1e-7, most=60)
    return found.u, 2.0 * found.value


def _inflation(residual: Array) -> float:
    """(1 + r)/(1 - r), by which the correlation r of neighbours lowers their number."""
    n = residual.size
    if n < 8:
        return 1.0
    r = float(residual[1:] @ residual[:-1]) / max(float(residual @ residual), 1e-300)
    r = float(np.clip(r + 1.0 / n, 0.0, _MOST_CORRELATION))
    return (1.0 + r) / (1.0 - r)


def _extra_variance(squares: Array, floor: Array, spare: float) -> float:
    """Variance beyond ``floor`` (n,) that makes the scaled squares sum to ``spare``."""
    if not floor.any():
        return max(float(squares.sum()) / spare, _LEAST_VARIANCE)

    def excess(extra: float) -> float:
        return float((squares / (floor + extra)).sum()) - spare

    if excess(0.0) <= 0.0:
        return 0.0
    from scipy.optimize import brentq

    return float(brentq(excess, 0.0, float(squares.sum()) / spare + float(floor.max())))


def _posterior(squares: Array, n: int, inflation: float, known: bool) -> Array:
    """(g,) density of the ceiling under a flat prior, not normalised.

    With the size of the noise unknown it is integrated out under 1/variance.
    """
    if squares.size == 1:
        return np.ones(1)
    if known:
        log = -0.5 * (squares - squares.min()) / inflation
    else:
        tiny = 1e-9
        spare = max((n - 2) / inflation, 1.0)
        log = -0.5 * spare * np.log((squares + tiny) / (squares.min() + tiny))
    return np.asarray(np.exp(log))


def _quantiles(grid: Array, density: Array, at: Array) -> Array:
    """Quantiles of a density that is linear between the points of a grid."""
    if grid.size == 1 or grid[-1] <= grid[0]:
        return np.full(at.shape, grid[-1])
    pieces = 0.5 * (density[1:] + density[:-1]) * np.diff(grid)
    total = np.concatenate([[0.0], np.cumsum(pieces)])
    return np.asarray(np.interp(at, total / total[-1], grid))


def _between(grid: Array, u: Array, at: Array) -> Array:
    """Curves (s, 2) interpolated over ceilings."""
    if grid.size == 1:
        return np.repeat(u, at.size, axis=0)
    return np.stack([np.interp(at, grid, u[:, 0]), np.interp(at, grid, u[:, 1])], axis=1)


def _draw(
    pairs: Pairs,
    ceilings: Array,
    density: Array,
    u: Array,
    weight: Array,
    extra: float,
    spare: float,
    block: int,
    count: int,
    rng: np.random.Generator,
) -> Array:
    """(b, 4) draws: a ceiling of its posterior, and a refit to residuals resampled in blocks.

    A block keeps its order and gets a random sign. Each draw has a size of the noise of its own,
    from the chi-square of its estimate: few pairs do not tell it well.
    """
    n = pairs.y.size
    if not count:
        return np.empty((0, 4))
    even = (rng.permutation(count) + rng.random(count)) / count
    ceiling = _quantiles(ceilings, density, even)
    start = _between(ceilings, u, ceiling)
    mean = _value(pairs, start, ceiling)
    residual = _scaled_residuals(pairs, start, mean, ceiling, weight)
    pieces = -(-n // block)
    first = rng.integers(0, n, (count, pieces))
    index = ((first[:, :, None] + np.arange(block)) % n).reshape(count, -1)[:, :n]
    sign = np.repeat(rng.choice([-1.0, 1.0], (count, pieces)), block, axis=1)[:, :n]
    scale = np.ones(count)
    if extra > 0.0:
        scale = np.minimum(np.sqrt(spare / rng.chisquare(spare, count)), _WIDEST_SCALE)
    moved = scale[:, None] * sign * np.take_along_axis(residual, index, axis=1)
    found, value = _fit(pairs, ceiling, weight, mean + moved / np.sqrt(weight), start)
    drawn = np.stack(
        [found[:, 0], _sloped(found[:, 1]), ceiling, scale * math.sqrt(max(extra, 0.0))], axis=1
    )
    return np.asarray(drawn[np.isfinite(value)])


def _sloped(slope: Array) -> Array:
    """Slopes kept off zero, where a link has no midpoint."""
    sign = np.where(slope < 0, -1.0, 1.0)
    return np.asarray(sign * np.maximum(np.abs(slope), _LEAST_SLOPE))


def _scaled_residuals(pairs: Pairs, u: Array, mean: Array, ceiling: Array, weight: Array) -> Array:
    """(b, n) residuals over their standard deviation, freed of what the fit took from them."""
    root = np.sqrt(weight)
    n = root.size
    rise = (mean - pairs.chance) / (ceiling[:, None] - pairs.chance)
    push = root * rise * (1.0 - rise)
    a, b, c = (push**2).sum(axis=1), push**2 @ pairs.t, push**2 @ pairs.t**2
    spread = np.maximum(a * c - b**2, 1e-300)[:, None]
    line = c[:, None] - 2.0 * b[:, None] * pairs.t + a[:, None] * pairs.t**2
    leverage = np.clip(push**2 * line / spread, 0.0, 0.9)
    scaled = root * (pairs.y - mean) / np.sqrt(1.0 - leverage)
    scaled -= scaled.mean(axis=1, keepdims=True)
    # sizes are drawn apart: here only the pattern counts
    size = np.sqrt((scaled**2).mean(axis=1, keepdims=True))
    return np.asarray(np.divide(scaled, size, out=np.zeros((len(u), n)), where=size > 0))
