"""A power law above a constant floor, held against a line with changes of slope.

Both bend a curve on logarithmic axes. The two are compared by the Bayesian information criterion
(Schwarz 1978): a change of slope costs two numbers, its place and its size, and a floor costs one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lawcast._tables import bracket, significant
from lawcast._values import Estimate, Interval, Status
from lawcast.theory.changes import Regimes
from lawcast.theory.limits import (
    LOWEST_FREE,
    MOST_DECADES,
    Curves,
    best_exponents,
    power,
    profile,
    profile_ends,
    search_grid,
)
from lawcast.theory.slopes import Sizes

_TRIED = 241  # floors between 0 and the smallest loss
_NEAREST = 1e-4  # share of the smallest loss that the last floor tried leaves
_AS_WELL = 2.0  # difference of the criterion that is not worth a mention (Kass & Raftery 1995)
_EXACT = 1e-20  # share of the squares that rounding leaves


@dataclass(frozen=True)
class ConstantFloor:
    """The power law above a floor that fits best.

    Args:
        floor: its floor, with the interval that an F test does not reject.
        exponent: of the loss less the floor.
        better: by how much its criterion is smaller than that of the broken line.
    """

    floor: Estimate
    exponent: float
    better: float

    def status(self, changes: int) -> Status:
        """The verdict that takes the place of one on changes."""
        return Status("floor", f"cannot be told from these runs: a constant floor of about "
                      f"{significant(self.floor.value, 3)} explains them {self._well(changes)}",
                      False)  # fmt: skip

    def told(self, changes: int) -> str:
        """What it means, as a sentence."""
        ends = self.floor.interval
        assert ends is not None  # find_floor sets it
        return (
            f"one exponent {significant(self.exponent, 3)} above a constant floor of about "
            f"{significant(self.floor.value, 3)} {bracket(ends.low, ends.high)} explains the bend "
            f"{self._well(changes)}"
        )

    def _well(self, changes: int) -> str:
        well = "better than" if self.better > _AS_WELL else "as well as"
        return f"{well} {changes} change{'s' * (changes > 1)} of slope"


def find_floor(sizes: Sizes, regimes: Regimes, level: float) -> ConstantFloor | None:
    """The floor that explains the changes as well or better; None where none does.

    Args:
        sizes: logarithms of sizes and losses, nothing subtracted.
        regimes: the broken line that was chosen.
        level: of the interval of the floor.
    """
    # a floor flattens a curve; a curve that gets steeper has another reason
    flatter = regimes.places.size and abs(regimes.slopes[-1]) < abs(regimes.slopes[0])
    rows, span = sizes.v.size, float(sizes.u[-1] - sizes.u[0])
    if not flatter or regimes.slopes[0] >= 0.0 or span > MOST_DECADES * np.log(10.0):
        return None
    top = float(sizes.mean.max())
    loss = np.exp(sizes.mean - top)  # the largest is 1, so that no square overflows
    least = float(loss.min())
    away = np.geomspace(1.0, _NEAREST, _TRIED)
    floors = least * (1.0 - away)
    curves = Curves(
        sizes.u, np.zeros(sizes.u.size, dtype=np.intp), sizes.weight / loss**2,
        np.array([np.inf]), np.array([-np.inf]),
    )  # fmt: skip
    grid = search_grid(True)
    grid = grid[grid >= LOWEST_FREE]
    squares = profile(curves, loss[None, :] - floors[:, None], grid).squares
    of_floor = squares.min(axis=1)
    best = int(np.argmin(of_floor))
    chosen = (loss - floors[best])[None, :]
    exponent = float(best_exponents(squares[best : best + 1], grid)[0])
    factor = float(profile(curves, chosen, np.array([exponent])).factor[0, 0, 0])
    model = floors[best] + factor * power(exponent, sizes.u - sizes.u.mean())
    if not np.all(model > 0.0):
        return None
    left = float(np.sum(sizes.weight * (sizes.mean - top - np.log(model)) ** 2)) + sizes.within
    rounding = _EXACT * float(np.sum(sizes.weight * sizes.mean**2)) + 1e-300
    better = rows * float(np.log(max(regimes.squares, rounding) / max(left, rounding)))
    better += (2.0 * regimes.places.size - 1.0) * float(np.log(rows))
    if better < -_AS_WELL:
        return None
    low, high = profile_ends(of_floor + sizes.within, floors, level, max(rows - 3, 1))
    if low is None:  # no floor at all would do as well
        return None
    unit = float(np.exp(top))
    ends = Interval(unit * low, unit * (least if high is None else high), level,
                    "profile likelihood, F threshold")  # fmt: skip
    return ConstantFloor(Estimate(unit * float(floors[best]), ends), exponent, better)
