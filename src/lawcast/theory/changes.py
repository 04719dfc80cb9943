"""Changes of regime: continuous broken lines on logarithmic axes, with zero to three breaks.

Whether there is a break is decided by a test whose chance of a false alarm is known: the statistics
of all numbers of breaks are compared with those of data simulated from the simpler line, on the
same sizes. With independent normal noise the test of the straight line is exact, because its
statistic depends on nothing unknown. The interval of a break holds the places that a likelihood
ratio does not reject, with its threshold simulated as well (Hansen 2000 inverts the same test).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from lawcast._values import Array
from lawcast.theory.columns import Index
from lawcast.theory.slopes import Sizes, group_parts, webb_weights

MOST_BREAKS = 3
FALSE_ALARMS = 0.05
"""Share of straight laws in which a change is reported by mistake."""

DOUBT = 0.20
"""Up to this p the absence of a change is called undecided, not shown."""

_PLACES = {1: 160, 2: 72, 3: 32}  # candidate places of a break, by the number of breaks
_FINER, _ROUNDS = 7, 8  # places a break and round of the finer search; it narrows threefold
_EXACT = 1e-12  # share of the squares that a line may leave and still be called exact
_SEEN = 0.84  # standard errors above the threshold at which four in five are seen

FEWEST_IN_REGIME = 4
"""Different sizes that a regime holds at least; fewer follow any slope that noise gives them."""

NARROWEST_REGIME = float(np.log(2.0))
"""Log of the factor in size that a regime spans at least: 0.3 decades."""

Noise = Callable[[Array, int, int], tuple[Array, Array]]
"""From fitted means (m,), their breaks and a count b: (b, m) noise, (b,) squares within sizes."""


def most_breaks(sizes: int) -> int:
    """How many breaks this many sizes can bear: every regime has sizes of its own."""
    return int(np.clip(sizes // FEWEST_IN_REGIME - 1, 0, MOST_BREAKS))


@dataclass(frozen=True, eq=False)
class Lines:
    """All broken lines with k breaks on a grid of places.

    Args:
        places: (c, k) log places of the breaks of each candidate.
        basis: (c, k + 2, m) orthonormal rows: the squares that a line explains are those of
            ``basis @ (root weight · mean)``.
        to_slopes: (c, k + 1, k + 2) from those products to the slopes of the segments.
        root: (m,) square roots of the weights of the means.
    """

    places: Array
    basis: Array
    to_slopes: Array
    root: Array

    @property
    def count(self) -> int:
        """Number of breaks k."""
        return int(self.places.shape[1])

    @cached_property
    def grid(self) -> Array:
        """Every place that a break may take, increasing."""
        return np.unique(self.places)

    def explained(self, means: Array) -> Array:
        """(c, b) weighted squares that each candidate explains of means (b, m)."""
        c, p, m = self.basis.shape
        scaled = (means * self.root).T
        products = (self.basis.reshape(c * p, m) @ scaled).reshape(c, p, -1)
        return np.asarray(np.sum(products**2, axis=1))

    def slopes(self, candidate: Index, means: Array) -> Array:
        """(b, k + 1) slopes of the candidate (b,) chosen for each of the means (b, m)."""
        products = np.einsum("bpm,bm->bp", self.basis[candidate], means * self.root)
        return np.asarray(np.einsum("bsp,bp->bs", self.to_slopes[candidate], products))

    def errors(self, candidate: Index) -> Array:
        """(b, k + 1) standard errors of those slopes for noise 1, the places held."""
        return np.asarray(np.sqrt(np.sum(self.to_slopes[candidate] ** 2, axis=2)))

    def fitted(self, candidate: int, mean: Array) -> Array:
        """(m,) the line of a candidate."""
        basis = self.basis[candidate]
        return np.asarray(basis.T @ (basis @ (mean * self.root)) / self.root)


def broken_lines(sizes: Sizes, count: int) -> Lines | None:
    """Every line with ``count`` breaks whose regimes are wide enough; None for none."""
    if count == 0:
        return _lines_at(sizes, np.zeros((1, 0)))
    low, high = _ends(sizes.u)
    if low >= high:
        return None
    inside = np.linspace(low, high, _PLACES[count] + 2)[1:-1]
    placed = inside[np.array(list(combinations(range(inside.size), count)))]
    placed = placed[_wide_enough(sizes.u, placed)]
    return _lines_at(sizes, placed) if placed.size else None


def _ends(u: Array) -> tuple[float, float]:
    """The first and the last log place that leave a regime before and after them."""
    low = max(float(u[FEWEST_IN_REGIME - 1]), float(u[0]) + NARROWEST_REGIME)
    return low, min(float(u[-FEWEST_IN_REGIME]), float(u[-1]) - NARROWEST_REGIME)


def _wide_enough(u: Array, placed: Array) -> NDArray[np.bool_]:
    """(c,) whether each set of breaks (c, k) leaves a regime between every two."""
    before = np.searchsorted(u, placed, side="left")
    after = np.searchsorted(u, placed, side="right")
    held = after[:, 1:] - before[:, :-1]
    wide = np.diff(placed, axis=1) >= NARROWEST_REGIME
    return np.asarray(np.all((held >= FEWEST_IN_REGIME) & wide, axis=1))


def _lines_at(sizes: Sizes, placed: Array) -> Lines:
    """Lines with breaks at these log places (c, k)."""
    u, root, count = sizes.u, np.sqrt(sizes.weight), placed.shape[1]
    hinge = np.clip(u[None, :, None] - placed[:, None, :], 0.0, None)
    first = np.broadcast_to(
        np.stack([np.ones_like(u), u - u.mean()], axis=1), (placed.shape[0], u.size, 2)
    )
    q, r = np.linalg.qr(np.concatenate([first, hinge], axis=2) * root[:, None])
    # the slope of a segment is that of the first and all changes before it
    total = np.zeros((count + 1, count + 2))
    total[:, 1:] = np.tril(np.ones((count + 1, count + 1)))
    return Lines(placed, np.swapaxes(q, 1, 2).copy(), total @ np.linalg.inv(r), root)


def _refined(sizes: Sizes, lines: Lines) -> Lines:
    """The lines and finer ones about the best: a break off the grid is not taken for two."""
    if not lines.count:
        return lines
    low, high = _ends(sizes.u)
    step = float(np.diff(lines.grid).min()) if lines.grid.size > 1 else high - low
    offsets = np.linspace(-1.0, 1.0, _FINER)
    around = np.stack(np.meshgrid(*[offsets] * lines.count), axis=-1).reshape(-1, lines.count)
    means = _centred(sizes, sizes.mean[None, :])
    within, best, every = np.zeros(1), lines, [lines]
    for _ in range(_ROUNDS):
        middle = best.places[int(np.argmin(_residuals(sizes, best, means, within)[:, 0]))]
        placed = np.clip(middle + step * around, low, high)
        best = _lines_at(sizes, placed[_wide_enough(sizes.u, placed)])
        every.append(best)
        step *= 2.0 / (_FINER - 1)
    return Lines(
        np.concatenate([one.places for one in every]),
        np.concatenate([one.basis for one in every]),
        np.concatenate([one.to_slopes for one in every]),
        lines.root,
    )


@dataclass(frozen=True, eq=False)
class Regimes:
    """The broken line that was chosen; slopes are d log loss / d log size.

    Args:
        places: (k,) log places of the breaks.
        place_ends: (k, 2) ends of their intervals.
        slopes: (k + 1,) slopes of the segments.
        slope_ends: (k + 1, 2) ends of their intervals.
        p: chance of so much bend in a straight law of this design.
        p_more: chance of so much more bend if the chosen line is the truth; None where no more
            breaks could be tried.
        detectable: change of slope in the middle of the data that would be seen four times in five.
        squares: weighted squares that the line leaves.
        draws: simulated data sets behind each test.
    """

    places: Array
    place_ends: Array
    slopes: Array
    slope_ends: Array
    p: float
    p_more: float | None
    detectable: float
    squares: float
    draws: int


def find_regimes(
    sizes: Sizes,
    groups: Index | None,
    *,
    level: float,
    draws: int,
    rng: np.random.Generator,
) -> Regimes:
    """The fewest breaks that the data ask for, their places and the slopes between them.

    Args:
        sizes: what was measured, six sizes at least.
        groups: (n,) group of each row; None takes rows as independent with equal noise.
        level: of the intervals.
        draws: simulated data sets for each test.
        rng: source of the draws.
    """
    lines = {}
    for count in range(most_breaks(sizes.u.size) + 1):
        made = broken_lines(sizes, count)
        if made is not None:
            lines[count] = made
    noise = _noise_of(sizes, groups, rng)
    ladder = sorted(lines)
    chosen, p_straight, p_more, threshold = 0, 1.0, None, 1.0
    for count in ladder:
        lines[count] = _refined(sizes, lines[count])
        chosen, above = count, [k for k in ladder if k > count]
        if not above:
            p_more = None
            break
        p, limit = _test(sizes, lines, count, above, noise, draws)
        if count == 0:
            p_straight, threshold = p, limit
        p_more = p
        if p >= FALSE_ALARMS:
            break
    squares, places, place_ends, slopes, slope_ends = _intervals(
        sizes, lines[chosen], noise, level, draws, groups, rng
    )
    return Regimes(
        places, place_ends, slopes, slope_ends, p_straight, p_more,
        _detectable(sizes, lines, groups, threshold), squares, draws,
    )  # fmt: skip


def _residuals(sizes: Sizes, lines: Lines, means: Array, within: Array) -> Array:
    """(c, b) residual squares of each candidate; never zero."""
    total = np.sum(sizes.weight * means**2, axis=-1) + within
    left = total - lines.explained(means)
    return np.asarray(np.maximum(left, 1e-24 * np.maximum(total, 1e-300)))


def _centred(sizes: Sizes, means: Array) -> Array:
    """Means less their average: every line has a level of its own, and rounding shrinks."""
    return np.asarray(means - (means @ sizes.weight / sizes.weight.sum())[..., None])


def _test(
    sizes: Sizes, lines: dict[int, Lines], held: int, above: list[int], noise: Noise, draws: int
) -> tuple[float, float]:
    """p of the line with ``held`` breaks against more, and the F of one break at the threshold."""
    observed = _centred(sizes, sizes.mean[None, :])
    within = np.array([sizes.within])
    of_held = _residuals(sizes, lines[held], observed, within)[:, 0]
    best = int(np.argmin(of_held))
    scale = float(np.sum(sizes.weight * observed[0] ** 2) + within[0])
    if of_held[best] <= _EXACT * scale or scale == 0.0:
        return 1.0, 1.0  # the line is exact to rounding
    fitted = lines[held].fitted(best, observed[0])
    drawn, drawn_within = noise(fitted, held, draws)
    simulated = _centred(sizes, fitted + drawn)

    def gains(means: Array, inside: Array) -> Array:
        base = _residuals(sizes, lines[held], means, inside).min(axis=0)
        more = [_residuals(sizes, lines[k], means, inside).min(axis=0) for k in above]
        return np.asarray(np.log(base[None, :] / np.array(more)))

    seen, null = gains(observed, within), gains(simulated, drawn_within)
    ranks = np.argsort(np.argsort(-null, axis=1), axis=1) + 1
    smallest = (ranks / draws).min(axis=0)
    of_seen = ((1 + np.sum(null >= seen, axis=1)) / (draws + 1)).min()
    p = float((1 + np.sum(smallest <= of_seen)) / (draws + 1))
    one_break = float(np.expm1(np.quantile(null[0], 1.0 - FALSE_ALARMS)))
    return p, one_break


def _intervals(
    sizes: Sizes,
    lines: Lines,
    noise: Noise,
    level: float,
    draws: int,
    groups: Index | None,
    rng: np.random.Generator,
) -> tuple[float, Array, Array, Array, Array]:
    observed = _centred(sizes, sizes.mean[None, :])
    left = _residuals(sizes, lines, observed, np.array([sizes.within]))[:, 0]
    best = int(np.argmin(left))
    fitted = lines.fitted(best, observed[0])
    index = np.array([best], dtype=np.intp)
    slopes = lines.slopes(index, observed)[0]
    drawn, within = noise(fitted, lines.count, draws)
    freedom = max(sizes.v.size - 2 * lines.count - 2, 1)
    if groups is not None:
        freedom = max(int(groups.max()), 1)
    simulated = _centred(sizes, fitted + drawn)
    of_draws = _residuals(sizes, lines, simulated, within)
    again = np.argmin(of_draws, axis=0).astype(np.intp)
    smallest = of_draws[again, np.arange(draws)]
    # the noise of the draws is that of the fit; its own uncertainty is put back in
    wider = np.sqrt(freedom / rng.chisquare(freedom, draws))
    moved = (lines.slopes(again, simulated) - slopes) * wider[:, None]
    low, high = np.quantile(moved, [(1 - level) / 2, (1 + level) / 2], axis=0)
    slope_ends = np.stack([slopes - high, slopes - low], axis=1)
    place_ends = np.zeros((lines.count, 2))
    for j in range(lines.count):
        here = np.isclose(lines.places[:, j], lines.places[best, j], rtol=0.0, atol=1e-12)
        drop = of_draws[here].min(axis=0) / smallest - 1.0
        allowed = left[best] * (1.0 + float(np.quantile(drop, level)))
        kept = lines.places[left <= allowed, j]
        # the ends lie between the last place that fits and the next of the grid
        place_ends[j] = (
            _halfway(lines.grid, float(kept.min()), -1), _halfway(lines.grid, float(kept.max()), 1)
        )  # fmt: skip
    return float(left[best]), lines.places[best], place_ends, slopes, slope_ends


def _halfway(grid: Array, place: float, side: int) -> float:
    """Halfway from a place of the grid to its neighbour on that side."""
    at = int(np.searchsorted(grid, place)) + side
    return (place + float(grid[at])) / 2.0 if 0 <= at < grid.size else place


def _noise_of(sizes: Sizes, groups: Index | None, rng: np.random.Generator) -> Noise:
    def independent(fitted: Array, breaks: int, count: int) -> tuple[Array, Array]:
        spread = _spread(sizes, fitted, breaks)
        drawn = spread * rng.normal(size=(count, sizes.u.size)) / np.sqrt(sizes.weight)
        freedom = sizes.within_freedom
        within = rng.chisquare(freedom, count) if freedom else np.zeros(count)
        return drawn, spread**2 * within

    if groups is None:
        return independent
    of_group = groups

    def whole_groups(fitted: Array, breaks: int, count: int) -> tuple[Array, Array]:
        centre = sizes.mean @ sizes.weight / sizes.weight.sum()
        residual = (sizes.v - centre) - fitted[sizes.size]
        groups_in_all = int(of_group.max()) + 1
        signs = webb_weights((count, groups_in_all), rng)
        signs *= np.sqrt(groups_in_all / (groups_in_all - 1))
        rows = signs[:, of_group] * residual
        means = sizes.average(rows)
        within = np.sum(sizes.row_weight * (rows - means[:, sizes.size]) ** 2, axis=1)
        return means, within

    return whole_groups


def _spread(sizes: Sizes, fitted: Array, breaks: int) -> float:
    """Noise of a row of weight 1 about the fitted means (centred) of a line with breaks."""
    means = _centred(sizes, sizes.mean)
    left = float(np.sum(sizes.weight * (means - fitted) ** 2)) + sizes.within
    return float(np.sqrt(left / max(sizes.v.size - 2 - 2 * breaks, 1)))


def _detectable(
    sizes: Sizes, lines: dict[int, Lines], groups: Index | None, threshold: float
) -> float:
    """Change of slope at the middle of the data that is seen four times in five."""
    if 1 not in lines:
        return float("inf")
    one, most = lines[1], lines[max(lines)]
    middle = int(np.argmin(np.abs(one.places[:, 0] - (sizes.u[0] + sizes.u[-1]) / 2)))
    change = one.to_slopes[middle, 1] - one.to_slopes[middle, 0]
    observed = _centred(sizes, sizes.mean[None, :])
    left = _residuals(sizes, most, observed, np.array([sizes.within]))[:, 0]
    best = int(np.argmin(left))
    freedom = max(sizes.v.size - 2 * most.count - 2, 1)
    noise = float(np.sqrt(left[best] / freedom))
    size = float(np.linalg.norm(change))
    error = noise * size
    if groups is not None:
        row = (change @ one.basis[middle]) * one.root
        fitted = most.fitted(best, observed[0])
        centre = sizes.mean @ sizes.weight / sizes.weight.sum()
        parts = group_parts(sizes, row[None, :], sizes.v - centre - fitted[sizes.size], groups)
        error = float(np.sqrt(parts.shape[0] / (parts.shape[0] - 1) * np.sum(parts**2)))
    critical = size * noise * np.sqrt(threshold * max(sizes.v.size - 3, 1))
    return float(critical + _SEEN * error)


def is_decided(regimes: Regimes) -> bool:
    """Whether the absence of a change says something: p is not small, a moderate one would show."""
    steepest = float(np.max(np.abs(regimes.slopes)))
    return regimes.p >= DOUBT and regimes.detectable <= 0.25 * steepest
