"""What a fit minimises: functions of the residual of one run, summed over runs.

Residuals are r = log(prediction) - log(observed) for losses on the log scale, else
prediction - observed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast._values import Array

Function = Callable[[Array], Array]
Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Loss:
    """A loss of the residual r.

    Args:
        name: name to pass as ``loss=``.
        meaning: one sentence with the source.
        on_log: whether r is a difference of logarithms.
        scale: δ of a Huber loss, s of a Student-t; None where the loss has no scale.
        rho: (...,) r -> loss.
        psi: r -> d rho / dr.
        curvature: r -> second derivative of rho, true, may be negative or zero.
        majorant: r -> a positive weight for damping (smoothed curvature).
    """

    name: str
    meaning: str
    on_log: bool
    scale: float | None
    rho: Function = field(repr=False)
    psi: Function = field(repr=False)
    curvature: Function = field(repr=False)
    majorant: Function = field(repr=False)

    def derivatives(self, r: Floats, spare: Floats, part: Floats) -> tuple[Floats, Floats, Floats]:
        """Loss, first and second derivative at r (s, n).

        ``spare`` and ``part`` are (s, n) arrays to use up: fresh ones cost more than the sums.
        """
        if self.name == "log-huber" and self.scale is not None:
            psi = np.clip(r, -self.scale, self.scale, out=spare)
            rho = np.multiply(psi, -0.5, out=part)
            rho += r
            rho *= psi
            return rho, psi, np.equal(psi, r)
        if self.name == "log-l2":
            rho = np.multiply(r, r, out=part)
            rho *= 0.5
            return rho, r, np.ones((), dtype=r.dtype)
        double = np.asarray(r, dtype=float)
        return self.rho(double), self.psi(double), self.curvature(double)


def _huber(delta: float, below: float = 1.0) -> tuple[Function, Function, Function, Function]:
    """Huber's loss; ``below`` weighs predictions that fall below the observation."""
    window = 5.0 * delta

    def side(r: Array) -> Array:
        return np.where(r < 0.0, below, 1.0) if below != 1.0 else np.ones(())

    def psi(r: Array) -> Array:
        return side(r) * np.clip(r, -delta, delta)

    def rho(r: Array) -> Array:
        inner = np.clip(r, -delta, delta)
        return side(r) * inner * (r - 0.5 * inner)

    def curvature(r: Array) -> Array:
        return side(r) * (np.abs(r) <= delta)

    def majorant(r: Array) -> Array:
        return side(r) * (delta / np.maximum(np.abs(r), window))

    return rho, psi, curvature, majorant


def _quadratic() -> tuple[Function, Function, Function, Function]:
    return (
        lambda r: 0.5 * r * r,
        lambda r: r,
        lambda r: np.ones_like(r),
        lambda r: np.ones_like(r),
    )


def _student(scale: float, freedom: float) -> tuple[Function, Function, Function, Function]:
    width = freedom * scale * scale

    def weight(r: Array) -> Array:
        return (freedom + 1.0) / (width + r * r)

    return (
        lambda r: 0.5 * (freedom + 1.0) * np.log1p(r * r / width),
        lambda r: r * weight(r),
        lambda r: (freedom + 1.0) * (width - r * r) / (width + r * r) ** 2,
        weight,
    )


DEFAULT_DELTA = 1e-3
"""δ of the Huber losses (Hoffmann et al. 2022, section D.2)."""

STUDENT_FREEDOM = 4.0
"""Degrees of freedom of the Student-t loss."""

ASYMMETRY = 0.1
"""Weight, in the asymmetric loss, of runs whose observed loss lies above the curve."""

LOSSES = {
    "log-huber": "Huber on log residuals, summed; δ = 1e-3 (Hoffmann et al. 2022, section D.2).",
    "log-l2": "Squared log residuals.",
    "l2": "Squared residuals of the loss itself.",
    "student-t": "Student-t likelihood of log residuals, 4 degrees of freedom; the scale is the "
    "robust spread of the residuals unless given.",
    "asymmetric": "Huber on log residuals in which runs above the curve weigh 0.1: badly tuned "
    "runs can only be too high.",
}
"""The losses by name, with what they mean."""


def make_loss(name: str, scale: float | None = None) -> Loss:
    """The loss of that name.

    Args:
        name: one of :data:`LOSSES`.
        scale: δ or s; None for the default (1e-3 for the Huber losses).

    Raises:
        UnknownNameError: there is no such loss.
        ArgumentError: the scale is not positive, or given for a loss without one.
    """
    if name not in LOSSES:
        raise UnknownNameError("loss function", name, LOSSES)
    if scale is not None and not (np.isfinite(scale) and scale > 0):
        raise ArgumentError(f"the scale of a loss must be a positive number, not {scale}")
    if name in ("log-l2", "l2"):
        if scale is not None:
            raise ArgumentError(f"the loss {name!r} has no scale; leave it out")
        return Loss(name, LOSSES[name], name == "log-l2", None, *_quadratic())
    if name == "student-t":
        spread = 1.0 if scale is None else scale
        return Loss(name, LOSSES[name], True, spread, *_student(spread, STUDENT_FREEDOM))
    delta = DEFAULT_DELTA if scale is None else scale
    below = ASYMMETRY if name == "asymmetric" else 1.0
    return Loss(name, LOSSES[name], True, delta, *_huber(delta, below))


def with_robust_scale(loss: Loss, residuals: Array) -> Loss:
    """The Student-t loss with its scale set to the robust spread of ``residuals`` (n,)."""
    if loss.name != "student-t":
        return loss
    spread = robust_spread(residuals)
    return dataclasses.replace(make_loss("student-t", max(spread, 1e-8)))


def robust_spread(residuals: Array) -> float:
    """Standard deviation of a normal with the same median absolute value."""
    return float(1.4826 * np.median(np.abs(residuals)))
