"""The one solver: many small minimisations advance together by damped Newton steps.

Each problem of the batch keeps its own damping. A step that does not lower its objective is not
taken: the stored gradient and Hessian are solved again with more damping. Problems that have
converged leave the batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lawcast._values import Array

_STUCK = 1e12
"""Damping at which a problem that still finds no decrease is given up."""

_LEAST_DAMPING = 1e-12


@dataclass
class Expansion:
    """Second-order expansions of a batch of objectives.

    Args:
        value: (s,) objectives; not finite where the point is not allowed.
        gradient: (s, p).
        hessian: (s, p, p), true or approximate, need not be positive definite.
        metric: for damping, positive semi-definite: (1, p, p) shared by the batch, (s, p, p)
            each its own, or (s, p) diagonals, of which the largest seen on the way are used
            (Moré 1978, section 4).
    """

    value: Array
    gradient: Array
    hessian: Array
    metric: Array

    def take(self, which: np.ndarray) -> Expansion:
        """The expansions of some of the batch."""
        shared = self.metric.shape[0] != self.value.size
        return Expansion(
            self.value[which],
            self.gradient[which],
            self.hessian[which],
            self.metric if shared else self.metric[which],
        )

    def or_else(self, choose: np.ndarray, other: Expansion) -> Expansion:
        """These expansions where ``choose`` (s,) holds, else the other's."""
        deep = choose[:, None, None]
        shared = self.metric.shape[0] != self.value.size
        return Expansion(
            np.where(choose, self.value, other.value),
            np.where(choose[:, None], self.gradient, other.gradient),
            np.where(deep, self.hessian, other.hessian),
            self.metric
            if shared
            else np.where(deep if self.metric.ndim == 3 else deep[:, 0], self.metric, other.metric),
        )


class Objective(Protocol):
    """A batch of objectives over the same coordinates.

    ``low`` and ``high`` (p,) are bounds; ``unit`` (p,) is the size of a coordinate that counts as
    ordinary (1 for logarithms); ``rounding`` is the relative error of a value.
    """

    low: Array
    high: Array
    unit: Array
    rounding: float

    def expand(self, u: Array, which: np.ndarray) -> Expansion:
        """Expand the problems ``which`` (s,) at ``u`` (s, p)."""
        ...


@dataclass(frozen=True)
class Solution:
    """Where a batch of minimisations ended.

    Args:
        u: (s, p) coordinates.
        value: (s,) objectives.
        gradient: (s, p), zero in coordinates held at a bound.
        converged: (s,) whether the last step was within tolerance.
        iterations: (s,) evaluations used.
    """

    u: Array
    value: Array
    gradient: Array
    converged: np.ndarray
    iterations: np.ndarray


def minimise(
    objective: Objective,
    start: Array,
    *,
    tolerance: float = 1e-9,
    most: int = 200,
    damping: float | Array = 1e-3,
    flat: float = 1e-14,
    fixed: np.ndarray | None = None,
    first: Expansion | None = None,
) -> Solution:
    """Minimise a batch of objectives.

    Args:
        objective: the batch.
        start: (s, p) starting coordinates.
        tolerance: stop when every coordinate's next step is below this, relative to its own size
            or to ``objective.unit``.
        most: largest number of evaluations a problem may use.
        damping: first damping, relative to the metric; one number or (s,).
        flat: stop when the predicted decrease is below this share of the objective.
        fixed: (p,) bool, coordinates that are held at their start.
        first: the expansions at ``start``, where they are known already.

    Returns:
        A solution; ``converged`` is False where ``most`` was reached, where no step lowers the
        objective although its gradient says so, or where the start is not allowed.
    """
    here = np.clip(np.array(start, dtype=float), objective.low, objective.high)
    count, size = here.shape
    always = np.zeros(size, dtype=bool) if fixed is None else fixed
    out = Solution(
        u=here.copy(),
        value=np.full(count, np.inf),
        gradient=np.full((count, size), np.nan),
        converged=np.zeros(count, dtype=bool),
        iterations=np.zeros(count, dtype=np.int64),
    )
    which = np.arange(count)
    now = objective.expand(here, which) if first is None else first
    lam = np.broadcast_to(np.asarray(damping, dtype=float), (count,))
    grow = np.full(count, 2.0)
    for used in range(1, most + 1):
        held = _held(here, now.gradient, objective, always)
        step, predicted = _step(now, lam, held)
        trial = np.minimum(np.maximum(here + step, objective.low), objective.high)
        allowed = np.isfinite(now.value)
        close = (np.abs(trial - here) <= tolerance * (objective.unit + np.abs(here))).all(axis=1)
        level = predicted <= flat * np.abs(now.value)
        solved = (close | level) & allowed & (lam <= 1.0)
        done = solved | ~allowed | (lam > _STUCK)
        if done.any():
            gone = which[done]
            # the last step is below the tolerance: it is taken without another look
            out.u[gone] = np.where((close & solved)[done, None], trial[done], here[done])
            out.value[gone] = now.value[done]
            out.gradient[gone] = np.where(held[done], 0.0, now.gradient[done])
            out.converged[gone] = solved[done]
            out.iterations[gone] = used
            stay = np.flatnonzero(~done)
            if not stay.size:
                return out
            which, here, trial, lam, grow = (
                which[stay],
                here[stay],
                trial[stay],
                lam[stay],
                grow[stay],
            )
            predicted, now = predicted[stay], now.take(stay)
        there = objective.expand(trial, which)
        if there.metric.ndim == 2:
            there.metric = np.fmax(there.metric, now.metric)
        with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
            gain = now.value - there.value
            better = gain >= -objective.rounding * now.value
            shrink = 1.0 - (2.0 * np.clip(gain / predicted, 0.0, 1.0) - 1.0) ** 3
        lam = np.where(
            better, np.maximum(lam * np.clip(shrink, 0.1, 2.0), _LEAST_DAMPING), lam * grow
        )
        if better.all():
            here, now = trial, there
            grow[:] = 2.0
        else:
            here = np.where(better[:, None], trial, here)
            now = there.or_else(better, now)
            grow = np.where(better, 2.0, grow * 2.0)
    out.u[which] = here
    out.value[which] = now.value
    held = _held(here, now.gradient, objective, always)
    out.gradient[which] = np.where(held, 0.0, now.gradient)
    out.iterations[which] = most
    return out


def _held(here: Array, gradient: Array, objective: Objective, always: np.ndarray) -> np.ndarray:
    """(s, p) coordinates that must not move: fixed, or at a bound and pushed outwards."""
    outward = ((here <= objective.low) & (gradient > 0)) | (
        (here >= objective.high) & (gradient < 0)
    )
    return np.asarray(outward | always)


def _step(now: Expansion, lam: Array, held: np.ndarray) -> tuple[Array, Array]:
    """Damped Newton steps (s, p) and the decrease (s,) that their model predicts at least.

    Where the damped Hessian is not positive definite (the model predicts no decrease), the step
    is taken with the metric alone.
    """
    index = np.arange(now.gradient.shape[1])
    if now.metric.ndim == 2:
        # scales may differ by many orders: each diagonal stands for itself
        ridge = now.metric + 1e-300
        full = _diagonal(ridge)
        damped = now.hessian.copy()
        damped[:, index, index] += (lam[:, None] + 1e-15) * ridge
    else:
        full = now.metric
        diagonal = full[:, index, index]
        ridge = np.maximum(diagonal, 1e-12 * diagonal.max(axis=1, keepdims=True) + 1e-300)
        damped = now.hessian + lam[:, None, None] * full
        damped[:, index, index] += (1e-3 * lam[:, None] + 1e-14) * ridge
    gradient = now.gradient
    some_held = held.any()
    if some_held:
        gradient = np.where(held, 0.0, gradient)
        damped = _without(damped, held)
    definite, step = _solve(damped, -gradient)
    slope = -np.vecdot(step, gradient)
    bad = ~(definite & (slope > 0))
    if bad.any():
        # the Hessian is indefinite here: fall back on the metric, which never is
        some = np.flatnonzero(bad)
        pick = some if full.shape[0] == bad.size else np.zeros_like(some)
        rest = full[pick] * (1.0 + lam[some])[:, None, None]
        rest[:, index, index] += 1e-6 * ridge[pick]
        if some_held:
            rest = _without(rest, held[some])
        _, step[some] = _solve(rest, -gradient[some])
        slope[some] = -np.vecdot(step[some], gradient[some])
    return step, 0.5 * slope


def _diagonal(entries: Array) -> Array:
    return np.asarray(entries[:, :, None] * np.eye(entries.shape[1]))


def _without(matrices: Array, held: np.ndarray) -> Array:
    """Matrices (s, p, p) whose held rows and columns are those of the identity."""
    free = ~held
    kept = matrices * (free[:, :, None] & free[:, None, :])
    index = np.arange(held.shape[1])
    kept[:, index, index] += held
    return np.asarray(kept)


def _solve(matrices: Array, right: Array) -> tuple[np.ndarray, Array]:
    """Solve (s, p, p) symmetric systems by elimination; also says which are positive definite.

    Plain elimination over the batch: p is below ten, so p passes over (p, p, s) arrays beat s
    calls of a factorisation.
    """
    size = right.shape[1]
    a = np.empty((size, size + 1, right.shape[0]))
    a[:, :size] = matrices.transpose(1, 2, 0)
    a[:, size] = right.T
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for j in range(size):
            a[j, j + 1 :] /= a[j, j]
            a[j + 1 :, j + 1 :] -= a[j + 1 :, j, None] * a[j, j + 1 :]
        for j in range(size - 1, 0, -1):
            a[:j, size] -= a[:j, j] * a[j, size]
    index = np.arange(size)
    step = np.array(a[:, size].T)
    good = np.isfinite(step).all(axis=1)
    if not good.all():
        step[~good] = 0.0
    return good & (a[index, index] > 0).all(axis=0), step
