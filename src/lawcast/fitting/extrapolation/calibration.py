"""How wide an interval has to be: conformal scores of curves whose end was held out.

The half-width of a log forecast is a quantile of |log forecast - log truth| / scale over held-out
points of other curves (split conformal prediction with a curve-wise scale, Lei et al. 2018,
section 5.2). The scale is the curve's own backtest error, its noise and the reach, each to a
power, together with how much bend the forecast assumes and what expecting it changed. Coverage
holds on average over curves like those of the calibration (marginal coverage), not for each single
curve.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from lawcast._data import packaged_text
from lawcast._errors import ArgumentError, SavedFileError
from lawcast._values import Array, document, number, open_document, opens, plain
from lawcast.fitting.extrapolation.averaging import Average
from lawcast.fitting.extrapolation.families import DOUBLING
from lawcast.fitting.extrapolation.rule import Rule

PACKAGED = "extrapolation.json"
"""The packaged file of constants, written by ``benchmarks/calibrate_extrapolation.py``."""

LEAST_CURVES = 20
"""A user's table needs this many curves to be calibrated on itself."""

_NEAREST = 0.05
_LEAST_NOISE = 0.002
_KNOTS = 200


@dataclass(frozen=True)
class Difficulty:
    """How hard a forecast is: what its interval depends on.

    Args:
        typical_error: RMSLE of the curve's own backtests, see :class:`Rolling`.
        noise: relative noise of its points.
        reach: (t,) x of the targets over the largest x used.
        bend_shift: (t,) what expecting the usual bend changed in the log forecast; large where the
            data and that expectation disagree, or where the data say little.
        bend: (t,) how far the log forecast lies from its own straight continuation.
    """

    typical_error: float
    noise: float
    reach: Array
    bend_shift: Array
    bend: Array


@dataclass(frozen=True)
class HeldOut:
    """The forecast of one curve whose end was held out.

    Args:
        difficulty: of the held-out points.
        error: (t,) log forecast minus log truth there.
        group: name of the collection it came from; collections count equally.
    """

    difficulty: Difficulty
    error: Array
    group: str = ""


@dataclass(frozen=True)
class Calibration:
    """The constants of the forecast and of its intervals.

    Args:
        rule: how points are weighted and laws averaged.
        error_power, noise_power, reach_power: exponents of the scale.
        shift_weight, bend_weight: weights of the bend shift and of the bend in the scale.
        scores: (k,) quantiles of |error| / scale at k evenly spaced probabilities, 0 to 1.
        curves: number of curves behind the scores.
        farthest: largest reach at which an interval is quoted.
        source: what it was made from, in words.
    """

    rule: Rule
    error_power: float
    noise_power: float
    reach_power: float
    shift_weight: float
    bend_weight: float
    scores: Array
    curves: int
    farthest: float
    source: str

    def scale(self, difficulty: Difficulty) -> Array:
        """(t,) scale of the log error of a forecast.

        The root of the sum of squares of (error^a · noise^b · doublings^c), k·(bend shift) and
        l·bend.
        """
        reach = np.maximum(difficulty.reach, 1.0)
        doublings = np.maximum(np.log(reach), _NEAREST) / DOUBLING
        level = (
            difficulty.typical_error**self.error_power
            * float(np.hypot(difficulty.noise, _LEAST_NOISE)) ** self.noise_power
        )
        bends = np.hypot(
            self.shift_weight * difficulty.bend_shift, self.bend_weight * difficulty.bend
        )
        return np.asarray(np.hypot(level * doublings**self.reach_power, bends), dtype=float)

    def half_width(self, difficulty: Difficulty, level: float) -> Array:
        """(t,) half-width of the interval of the log forecast.

        The quantile is taken at level·(1 + 1/curves), the finite-sample correction of split
        conformal prediction, as if each curve had one held-out point.

        Raises:
            ArgumentError: so high a level needs more curves than the calibration has.
        """
        wanted = level * (1.0 + 1.0 / self.curves)
        if wanted > 1.0:
            raise ArgumentError(
                f"an interval of level {level:g} needs a calibration on at least "
                f"{math.ceil(level / (1.0 - level) - 1e-9)} curves; this one has {self.curves}. "
                f"Ask for a level below {self.curves / (self.curves + 1):.3f}"
            )
        knots = np.linspace(0.0, 1.0, self.scores.size)
        quantile = float(np.interp(wanted, knots, self.scores))
        return quantile * self.scale(difficulty)

    def on(self, held_out: Sequence[HeldOut], source: str) -> Calibration:
        """The same scale with the scores of other curves.

        Args:
            held_out: at least :data:`LEAST_CURVES` curves.
            source: what they are, in words.

        Raises:
            ArgumentError: too few curves.
        """
        if len(held_out) < LEAST_CURVES:
            raise ArgumentError(
                f"a calibration of its own needs {LEAST_CURVES} curves; there are {len(held_out)}"
            )
        return replace(self, scores=self.quantiles(held_out), curves=len(held_out), source=source)

    def quantiles(self, held_out: Sequence[HeldOut]) -> Array:
        """(k,) quantiles of the scores; curves of a group, and groups, count equally."""
        scores, weights = [], []
        groups = [curve.group for curve in held_out]
        for curve in held_out:
            scores.append(np.abs(curve.error) / self.scale(curve.difficulty))
            share = 1.0 / (groups.count(curve.group) * curve.error.size)
            weights.append(np.full(curve.error.size, share))
        return weighted_quantiles(np.concatenate(scores), np.concatenate(weights), _KNOTS + 1)

    def _content(self) -> dict[str, Any]:
        return {
            "rule": self.rule.to_dict(),
            "error_power": plain(self.error_power),
            "noise_power": plain(self.noise_power),
            "reach_power": plain(self.reach_power),
            "shift_weight": plain(self.shift_weight),
            "bend_weight": plain(self.bend_weight),
            "scores": [plain(float(f"{score:.5g}")) for score in self.scores],
            "curves": self.curves,
            "farthest": plain(self.farthest),
            "source": self.source,
        }

    @property
    def sha256(self) -> str:
        """Hash of the constants, so that a quoted interval names what it was made with."""
        text = json.dumps(self._content(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """A document ``lawcast/extrapolation-constants/1``; its hash is inside."""
        return document("extrapolation-constants", 1, {**self._content(), "sha256": self.sha256})

    @classmethod
    @opens("set of constants")
    def from_dict(cls, data: Mapping[str, Any]) -> Calibration:
        """The constants that :meth:`to_dict` described.

        Raises:
            SavedFileError: the content does not have the hash that stands beside it.
        """
        content = open_document(dict(data), "extrapolation-constants", 1)
        made = cls(
            rule=Rule.from_dict(content["rule"]),
            error_power=number(content["error_power"]),
            noise_power=number(content["noise_power"]),
            reach_power=number(content["reach_power"]),
            shift_weight=number(content["shift_weight"]),
            bend_weight=number(content["bend_weight"]),
            scores=np.array([number(score) for score in content["scores"]]),
            curves=int(content["curves"]),
            farthest=number(content["farthest"]),
            source=str(content["source"]),
        )
        if made.sha256 != content["sha256"]:
            raise SavedFileError(
                "the constants of the forecast were changed by hand or damaged: their hash is "
                f"{made.sha256[:16]}, not {str(content['sha256'])[:16]}"
            )
        return made


def difficulty_of(made: Average, typical_error: float, reach: Array) -> Difficulty:
    """The difficulty of a forecast whose curve has this backtest error."""
    return Difficulty(typical_error, made.noise, reach, made.bend_shift, made.bend)


def weighted_quantiles(values: Array, weights: Array, knots: int) -> Array:
    """(knots,) quantiles at evenly spaced probabilities from 0 to 1."""
    order = np.argsort(values)
    cumulative = np.cumsum(weights[order])
    places = np.linspace(0.0, 1.0, knots) * cumulative[-1]
    index = np.minimum(np.searchsorted(cumulative, places, side="left"), values.size - 1)
    return np.asarray(values[order][index], dtype=float)


@cache
def shipped() -> Calibration:
    """The packaged constants.

    Raises:
        SavedFileError: the packaged file is damaged.
    """
    try:
        return Calibration.from_dict(json.loads(packaged_text(PACKAGED)))
    except (ValueError, KeyError) as error:
        raise SavedFileError(f"the packaged {PACKAGED} is damaged: {error}") from error
