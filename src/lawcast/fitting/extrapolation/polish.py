"""The best parameters of one law on one curve, polished from the best candidate of its grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lawcast._values import Array
from lawcast.fitting.extrapolation.families import candidates
from lawcast.fitting.extrapolation.noise import noise_variance, precision
from lawcast.fitting.extrapolation.rule import Rule
from lawcast.laws.law import RESPONSE, Law
from lawcast.laws.registry import get_law

_SMALLEST = 1e-9
_STARTS = 3


@dataclass(frozen=True)
class Polished:
    """The optimum of one law on one curve.

    Args:
        law: the law.
        parameters: (p,) in the user's units of x, on the scale of the loss.
        scaled: (p,) the same for x divided by the largest x.
        misfit: weighted squared relative residuals there.
        converged: whether the solver stopped at an optimum.
    """

    law: Law
    parameters: Array
    scaled: Array
    misfit: float
    converged: bool

    def log_y(self, u: Array) -> Array:
        """(q,) logarithm of the law at u, the log of x over the largest x."""
        with np.errstate(all="ignore"):
            return np.asarray(np.log(self.law.value(np.exp(u), *self.scaled)))


def polish(
    name: str,
    u: Array,
    y: Array,
    x_max: float,
    rule: Rule | None,
    *,
    trust: Array | None = None,
    ceiling: float | None = None,
) -> Polished | None:
    """Fit one law to one curve by weighted least squares of relative residuals.

    The grid's best candidates (variable projection) are starts of a bounded trust-region search
    (scipy.optimize.least_squares) over logarithms of positive parameters.

    Args:
        name: registry name of a law of one variable in :data:`LAWS`.
        u: (m,) log of x over the largest x, increasing; y: (m,) positive losses.
        x_max: largest x, in the user's unit.
        rule: how points are weighted; None for equal weights.
        trust, ceiling: as for :func:`forecast`.

    Returns:
        The optimum; None where no candidate of the law falls at all.
    """
    from scipy.optimize import least_squares

    law = get_law(name)
    if rule is None:
        weight = np.full(u.size, 1e4) if trust is None else 1e4 * trust
    else:
        weight = precision(u, noise_variance(u, np.log(y), rule), rule, trust)
    tried = candidates(name, u, y, weight, np.zeros(1), ceiling)
    if not tried.misfit.size:
        return None
    is_log = np.array([p.scale == "log" for p in law.parameters])
    low = np.array([p.domain[0] for p in law.parameters])
    high = np.array([p.domain[1] for p in law.parameters])
    size = float(np.exp(np.mean(np.log(y))))
    # a coefficient may be tiny because a power beside it is huge; it is never zero in effect
    coefficient = np.array([p.name in law.linear and p.name != law.floor for p in law.parameters])
    floor = np.array([_SMALLEST * (size if p.unit == "loss" else 1.0) for p in law.parameters])
    floor = np.where(coefficient, 1e-250, floor)
    bottom = np.where(is_log, np.log(np.maximum(low, floor)), low)
    top = np.where(
        is_log, np.where(np.isfinite(high), np.log(np.maximum(high, 1e-300)), 80.0), high
    )
    x, root = np.exp(u), np.sqrt(weight)

    def theta(v: Array) -> Array:
        return np.where(is_log, np.exp(np.where(is_log, v, 0.0)), v)

    def residuals(v: Array) -> Array:
        with np.errstate(all="ignore"):
            r = root * (law.value(x, *theta(v)) / y - 1.0)
        return np.nan_to_num(r, nan=1e6, posinf=1e6, neginf=-1e6)

    def jacobian(v: Array) -> Array:
        parameters = theta(v)
        with np.errstate(all="ignore"):
            slopes = law.gradient(x, *parameters) if law.gradient else ()
            columns = [
                np.broadcast_to(s, x.shape) * (p if log else 1.0)
                for s, p, log in zip(slopes, parameters, is_log, strict=True)
            ]
        return np.nan_to_num(np.stack(columns, axis=1) * (root / y)[:, None])

    ends = []
    for i in np.argsort(tried.misfit)[:_STARTS]:
        start = tried.theta[i]
        v = np.where(is_log, np.log(np.maximum(start, floor)), start)
        v = np.clip(v, bottom + 1e-9, top - 1e-9)
        ends.append(
            least_squares(
                residuals, v, jac=jacobian, bounds=(bottom, top), x_scale="jac", max_nfev=200
            )
        )
    best = min(ends, key=lambda end: float(end.cost))
    scaled = theta(best.x)
    at_zero = is_log & (best.x <= bottom + 1e-3) & (low == 0.0) & ~coefficient
    scaled = np.where(at_zero, 0.0, scaled)
    parameters = law.rescale(scaled, {law.variables[0]: x_max, RESPONSE: 1.0})
    return Polished(law, parameters, scaled, 2.0 * float(best.cost), bool(best.success))
