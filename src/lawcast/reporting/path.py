"""The line along which a fitted law is drawn: its one variable, or compute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from lawcast._errors import UnitError
from lawcast._tables import joined
from lawcast._units import format_variable
from lawcast._values import Array, Estimate
from lawcast.fitting.frontier import Frontier, arguments_of, frontier_of
from lawcast.fitting.prediction import Prediction, predict_at
from lawcast.fitting.result import Fit

_BAND_POINTS = 19
_SHORTEST = 10.0**0.5  # a slope over less is mostly noise


@dataclass(frozen=True, eq=False)
class LawPath:
    """Where a law is drawn.

    Args:
        variable: the column on the x axis.
        x: (n,) its values at the runs.
        log: both axes logarithmic.
        frontier: how compute is split; None for a law of one variable.
        along: the way along compute that predictions take; None for a law of one variable.
        given: values of the law's further variables.
        words: what is held or chosen along the line, in words; may be empty.
    """

    variable: str
    x: Array
    log: bool
    frontier: Frontier | None = None
    along: str | None = None
    given: dict[str, float] = field(default_factory=dict)
    words: str = ""

    def grid(self, low: float, high: float, count: int = _BAND_POINTS) -> Array:
        """(count,) places from low to high, evenly spread on the axis."""
        return np.geomspace(low, high, count) if self.log else np.linspace(low, high, count)

    def predict(self, fit: Fit, at: Array) -> tuple[Prediction, ...]:
        """What the fit says there, with both kinds of interval."""
        if self.along is not None:
            return tuple(
                predict_at(fit, self.given, compute=float(c), along=self.along) for c in at
            )
        return tuple(predict_at(fit, {self.variable: float(x)}) for x in at)

    def draws(self, fit: Fit, at: Array) -> Array:
        """(1 + b + u, m) the law for the estimate, every draw and every left-out unit."""
        theta = np.concatenate([fit.estimate[None], fit.draws, fit.left_out])
        with np.errstate(all="ignore"):
            if self.along is None or self.frontier is None:
                return fit.law((np.broadcast_to(at, (theta.shape[0], at.size)),), theta)
            split = self.frontier.split(fit.law, theta, at, self.given)
            return fit.law(arguments_of(fit.law, split, self.given), theta)

    def place_of(self, prediction: Prediction) -> float | None:
        """Where a prediction lies on the x axis; None where it does not say."""
        inputs = prediction.inputs
        if self.variable in inputs:
            return inputs[self.variable].value
        if self.variable == "compute" and self.frontier and {"params", "tokens"} <= set(inputs):
            return self.frontier.flop * inputs["params"].value * inputs["tokens"].value
        return None


def path_of(fit: Fit) -> LawPath | None:
    """The line to draw a fit along; None for a law of several variables without compute."""
    law, runs = fit.law, fit.runs
    if len(law.variables) == 1:
        name = law.variables[0]
        x = runs[name]
        positive = bool(np.all(x > 0) and np.all(fit.columns[law.response] > 0))
        return LawPath(name, x, log=positive and (law.positive or _spans_decades(x)))
    try:
        frontier = frontier_of(law, runs)
    except KeyError:
        frontier = None
    if frontier is None or np.any(fit.columns[law.response] <= 0):
        return None
    product = frontier.flop * runs["params"] * runs["tokens"]
    compute = product
    if "compute" in runs:
        counted = runs["compute"]
        compute = np.where(np.isfinite(counted) & (counted > 0), counted, product)
    if not np.all(compute > 0):
        return None
    further = [v for v in law.variables if v not in ("params", "tokens")]
    given = {v: float(np.max(runs[v])) for v in further}
    held = joined([f"{v} held at {format_variable(v, given[v])}" for v in further])
    for along in ("optimal", "fixed-ratio"):
        chosen = frontier_of(law, runs, along)
        assert chosen is not None  # the same law and runs had one above
        words = ", ".join(filter(None, (chosen.describe(), held)))
        path = LawPath("compute", compute, True, chosen, along, given, words)
        try:
            path.predict(fit, np.array([compute.min(), 30.0 * compute.max()]))
        except UnitError:
            continue  # no best split: the fixed ratio can still be drawn
        return path
    return None


def slope_over_last_decade(fit: Fit, path: LawPath) -> tuple[Estimate, float, float] | None:
    """Slope of log reducible response on log x at the end of the data.

    Returns:
        The slope with its interval, and the two places it is measured between; None where the
        axes are not logarithmic, the data span less than half a decade, or the law lies at its
        floor.
    """
    if not path.log:
        return None
    top = float(path.x.max())
    low = max(top / 10.0, float(path.x.min()))
    if top < _SHORTEST * low:
        return None
    reducible = reducible_draws(fit, path, np.array([low, top]))
    with np.errstate(all="ignore"):
        slopes = np.log(reducible[:, 1] / reducible[:, 0]) / np.log(top / low)
    if not np.isfinite(slopes[0]):
        return None
    interval = fit.interval(slopes[1:], float(slopes[0])) if len(fit.draws) else None
    return Estimate(float(slopes[0]), interval), low, top


def reducible_draws(fit: Fit, path: LawPath, at: Array) -> Array:
    """(1 + b + u, m) the law minus its floor, each draw with its own floor."""
    curves = path.draws(fit, at)
    return curves - floors(fit)[:, None]


def floors(fit: Fit) -> Array:
    """(1 + b + u,) the floor of the estimate, every draw and every left-out unit; 0 without one."""
    theta = np.concatenate([fit.estimate[None], fit.draws, fit.left_out])
    if fit.law.floor is None:
        return np.zeros(theta.shape[0])
    return theta[:, fit.law.names.index(fit.law.floor)]


def ends(values: Sequence[Prediction], kind: str) -> tuple[Array, Array]:
    """(m,) low and high ends of ``"interval"`` or ``"new_run"``; NaN where there is none."""
    intervals = [getattr(p, kind) for p in values]
    low = np.array([np.nan if i is None else i.low for i in intervals])
    high = np.array([np.nan if i is None else i.high for i in intervals])
    return low, high


def _spans_decades(x: Array) -> bool:
    return bool(x.max() >= 30.0 * x.min())
