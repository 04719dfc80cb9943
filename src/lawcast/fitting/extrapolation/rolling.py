"""What the rule would have said earlier: forecasts from the start of a curve, against its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lawcast._values import Array, list_array, number, plain, unlist_array
from lawcast.fitting.extrapolation.averaging import forecast
from lawcast.fitting.extrapolation.rule import Rule

CUTS = (1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
"""A curve is cut at its largest x over each of these, and the rest is forecast."""

REACHES = ((1.0, 1.5), (1.5, 2.0), (2.0, 4.0), (4.0, 8.0))
"""Bands of reach (x over the largest x used) in which errors are reported."""

LEAST_BINS = 5
"""A cut needs this many binned points to forecast from."""

_LATEST = (1.0, 0.7, 0.5, 0.35)
_NEAR = 2.04
_USUAL_ERROR = 0.015
_USUAL_WEIGHT = 0.7
_WITHOUT_BACKTEST = 1.5


@dataclass(frozen=True)
class Cut:
    """One forecast from an earlier point of the curve.

    Args:
        ratio: largest x of the curve over the largest x used.
        points: number of binned points used.
        reach: (t,) x of each later point over the largest x used.
        errors: law name (``"average"`` for the rule) -> (t,) log forecast minus log truth.
    """

    ratio: float
    points: int
    reach: Array
    errors: Mapping[str, Array]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "ratio": plain(self.ratio),
            "points": self.points,
            "reach": list_array(self.reach),
            "errors": {name: list_array(error) for name, error in self.errors.items()},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Cut:
        """The cut that :meth:`to_dict` described."""
        return cls(
            ratio=number(data["ratio"]),
            points=int(data["points"]),
            reach=unlist_array(data["reach"]),
            errors={str(name): unlist_array(error) for name, error in data["errors"].items()},
        )


AVERAGE = "average"
"""Name of the averaged forecast among the laws of a backtest."""


@dataclass(frozen=True)
class Rolling:
    """The backtest of one curve on its own earlier points.

    Args:
        cuts: latest cut first; empty where the curve is too short to be cut.
    """

    cuts: tuple[Cut, ...]

    def error(self, band: tuple[float, float], law: str = AVERAGE) -> float | None:
        """Root mean square log error at reaches in (low, high]; None where nothing lies there."""
        inside = [
            cut.errors[law][(cut.reach > band[0]) & (cut.reach <= band[1] * 1.02)]
            for cut in self.cuts
            if law in cut.errors
        ]
        errors = np.concatenate(inside) if inside else np.zeros(0)
        return float(np.sqrt(np.mean(errors**2))) if errors.size else None

    def score(self, law: str = AVERAGE) -> float | None:
        """Mean over the cuts of log RMSLE up to twice the data; None without cuts."""
        found = [_rms(cut, law) for cut in self.cuts if law in cut.errors]
        usable = [np.log(max(error, 1e-5)) for error in found if error is not None]
        return float(np.mean(usable)) if usable else None

    @property
    def typical_error(self) -> float:
        """RMSLE up to twice the data, the latest cuts counting most, pulled to the usual one.

        A few cuts say little: they are averaged with the error that is usual over public curves
        (0.015, with the weight of 0.7 of a cut).
        """
        found = [_rms(cut, AVERAGE) for cut in self.cuts]
        errors = [error for error in found if error is not None][: len(_LATEST)]
        if not errors:
            return _WITHOUT_BACKTEST * _USUAL_ERROR
        weight = np.array(_LATEST[: len(errors)])
        square = float(weight @ np.square(errors)) + _USUAL_WEIGHT * _USUAL_ERROR**2
        return float(np.sqrt(square / (weight.sum() + _USUAL_WEIGHT)))

    @property
    def farthest(self) -> float:
        """Largest reach that was tried; 1 without cuts."""
        return max((float(cut.reach.max()) for cut in self.cuts), default=1.0)


def roll(
    u: Array,
    y: Array,
    rule: Rule,
    *,
    trust: Array | None = None,
    ceiling: float | None = None,
    ratios: Sequence[float] = CUTS,
) -> Rolling:
    """Backtest the rule and each of its laws on a binned curve; see :class:`Rolling`.

    Args:
        u: (m,) log of x over the largest x, increasing; y: (m,) losses.
        rule, trust, ceiling: as for :func:`forecast`.
        ratios: where to cut, latest first.
    """
    cuts = []
    for ratio in ratios:
        used = u <= -np.log(ratio) + 1e-9
        if used.sum() < LEAST_BINS:
            break
        shift = float(u[used][-1])
        later = ~used
        at = u[later] - shift
        made = forecast(
            u[used] - shift,
            y[used],
            at,
            rule,
            trust=None if trust is None else earlier_trust(trust, used),
            ceiling=ceiling,
        )
        truth = np.log(y[later])
        errors = {law.law: law.log_y - truth for law in made.laws}
        errors["constant"] = made.level - truth
        errors[AVERAGE] = made.log_y - truth
        cuts.append(Cut(ratio, int(used.sum()), np.exp(at), errors))
    return Rolling(tuple(cuts))


def earlier_trust(trust: Array, used: np.ndarray) -> Array:
    """(k,) trust of the points used, relative to the best of them.

    What later points did to the trust of all the earlier ones must not be known at a cut.
    """
    mine = trust[used]
    return np.asarray(mine / mine.max())


def _rms(cut: Cut, law: str) -> float | None:
    near = cut.reach <= _NEAR
    if not near.any():
        return None
    return float(np.sqrt(np.mean(cut.errors[law][near] ** 2)))
