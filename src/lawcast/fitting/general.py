"""Any law: value and gradient from the law itself, Hessian from the Jacobian.

The Hessian of a robust loss needs the second derivatives of the law, because far from the median
the first-order part has little weight. They are taken by differences of the Jacobian: at every
point of a search from many starts, but once, at the optimum, for a batch of resamples, whose
solutions lie close to it.
"""

from __future__ import annotations

import numpy as np

from lawcast._values import Array
from lawcast.fitting.newton import Expansion
from lawcast.fitting.problem import Problem

_FIRST_STEP = 1e-3
"""Step of the four-point central difference: rounding 1e-13, truncation step**4."""

_STEP_LADDER = 10.0 ** -np.linspace(0.5, 6.5, 25)
"""Steps among which :func:`calibrated_steps` chooses."""

_SECOND_STEP = 1e-4


class GeneralObjective:
    """A batch of weighted fits of one law.

    Args:
        problem: the problem.
        weights: (n,) for all fits or (s, n).
        response: (n,) for all fits or (s, n), scaled responses; the problem's own when None.
        bend: second derivatives of the (log) prediction to use everywhere, (n, p, p) for all fits
            or (s, n, p, p); None to difference them at every point.
        metric: (p, p) damping shared by all fits, or None.
        steps: (p,) steps of the differences that stand in for a missing gradient.
    """

    def __init__(
        self,
        problem: Problem,
        weights: Array,
        response: Array | None = None,
        bend: Array | None = None,
        metric: Array | None = None,
        steps: Array | None = None,
    ) -> None:
        self.low, self.high, self.unit = problem.low, problem.high, problem.unit
        self.rounding = 16.0 * float(np.finfo(float).eps)
        self._problem = problem
        self._weights = weights
        y = problem.y if response is None else response
        self._target = np.log(y) if problem.loss.on_log else y
        self._least_squares = problem.loss.name in ("l2", "log-l2")
        self._bend = bend
        self._steps = steps
        self._metric = None if metric is None else metric[None]

    def expand(self, u: Array, which: np.ndarray) -> Expansion:
        """Expand the problems ``which`` (s,) at ``u`` (s, p)."""
        loss = self._problem.loss
        weights = self._rows(self._weights, which)
        with np.errstate(all="ignore"):
            prediction, jacobian = predict_with_jacobian(self._problem, u, self._steps)
            residual = prediction - self._rows(self._target, which)
            value = (weights * loss.rho(residual)).sum(axis=1)
            slope = weights * loss.psi(residual)
            gradient = np.matmul(jacobian, slope[:, :, None])[:, :, 0]
            outer = np.broadcast_to(weights * loss.curvature(residual), residual.shape)
            hessian = np.matmul(jacobian * outer[:, None, :], jacobian.transpose(0, 2, 1))
            metric = self._metric
            if metric is None:
                metric = self._own_metric(jacobian, weights, residual, hessian)
            if self._bend is not None or not self._least_squares:
                hessian = hessian + self._second_order(u, which, slope, jacobian)
        broken = ~(np.isfinite(gradient).all(axis=1) & np.isfinite(hessian).all(axis=(1, 2)))
        value = np.where(broken | ~np.isfinite(value), np.inf, value)
        return Expansion(value, gradient, hessian, metric)

    def _own_metric(
        self, jacobian: Array, weights: Array, residual: Array, hessian: Array
    ) -> Array:
        if self._least_squares:
            # Marquardt's choice: parameters of very different scale damped each by its own
            diagonal = np.einsum("sjj->sj", hessian)
            return np.asarray(diagonal)
        smooth = np.broadcast_to(weights * self._problem.loss.majorant(residual), residual.shape)
        return np.asarray(np.matmul(jacobian * smooth[:, None, :], jacobian.transpose(0, 2, 1)))

    def _second_order(self, u: Array, which: np.ndarray, slope: Array, jacobian: Array) -> Array:
        size = u.shape[1]
        if self._bend is not None and self._bend.ndim == 3:
            flat = slope @ self._bend.reshape(-1, size * size)
            return np.asarray(flat.reshape(-1, size, size))
        if self._bend is not None:
            bend = self._rows(self._bend, which)
            flat = np.matmul(slope[:, None, :], bend.reshape(u.shape[0], -1, size * size))
            return np.asarray(flat.reshape(-1, size, size))
        at = np.matmul(jacobian, slope[:, :, None])[:, :, 0]
        rows = []
        for j in range(size):
            moved = u.copy()
            step = _SECOND_STEP * _size_of(self._problem, u)[:, j]
            # towards the inside: laws need not be defined beyond their bounds
            step = np.where(moved[:, j] + step > self.high[j], -step, step)
            moved[:, j] += step
            _, there = predict_with_jacobian(self._problem, moved)
            rows.append((np.matmul(there, slope[:, :, None])[:, :, 0] - at) / step[:, None])
        matrix = np.stack(rows, axis=1)
        matrix = 0.5 * (matrix + matrix.transpose(0, 2, 1))
        return np.where(np.isfinite(matrix), matrix, 0.0)

    def _rows(self, values: Array, which: np.ndarray) -> Array:
        if values.ndim == 1 or which.size == values.shape[0]:
            return values
        return np.asarray(values[which])


def second_derivatives(problem: Problem, u: Array) -> Array:
    """Second derivatives (..., n, p, p) of the (log) prediction at coordinates ``u`` (..., p)."""
    points = np.atleast_2d(u)
    count, size = points.shape
    steps = _SECOND_STEP * _size_of(problem, points)
    # at a bound the middle of the difference is shifted inwards by the step
    room = np.minimum(problem.high - points, points - problem.low)
    inside = np.clip(points, problem.low + steps, problem.high - steps)
    centre = np.where(room >= steps, points, inside)
    bend = np.empty((count, problem.size, size, size))
    with np.errstate(all="ignore"):
        for j in range(size):
            ends = np.repeat(points[None], 2, axis=0)
            ends[:, :, j] = centre[:, j] + np.array([[1.0], [-1.0]]) * steps[:, j]
            _, jacobian = predict_with_jacobian(problem, ends.reshape(-1, size))
            up, down = jacobian[:count], jacobian[count:]
            bend[:, :, j] = ((up - down) / (2.0 * steps[:, j, None, None])).transpose(0, 2, 1)
        bend = 0.5 * (bend + bend.transpose(0, 1, 3, 2))
    bend[~np.isfinite(bend)] = 0.0
    return bend.reshape(*u.shape[:-1], problem.size, size, size)


def contributions(problem: Problem, u: Array, bend: Array) -> Array:
    """(n, 1 + p + p·p) objective, gradient and Hessian that each run adds at ``u`` (p,).

    ``bend`` are the second derivatives there.
    """
    loss, size = problem.loss, u.size
    prediction, jacobian = predict_with_jacobian(problem, u[None])
    residual = prediction[0] - (np.log(problem.y) if loss.on_log else problem.y)
    slope = loss.psi(residual)
    rows = jacobian[0].T
    curvature = np.broadcast_to(loss.curvature(residual), residual.shape)
    hessian = curvature[:, None, None] * rows[:, :, None] * rows[:, None, :]
    hessian = hessian + slope[:, None, None] * bend
    return np.column_stack(
        [loss.rho(residual), slope[:, None] * rows, hessian.reshape(-1, size * size)]
    )


def predict(problem: Problem, u: Array) -> Array:
    """(s, n) predictions, or their logarithms for losses on the log scale, at ``u`` (s, p)."""
    with np.errstate(all="ignore"):
        value = problem.law(problem.x, problem.theta(u))
        return np.log(value) if problem.loss.on_log else value


def predict_with_jacobian(
    problem: Problem, u: Array, steps: Array | None = None
) -> tuple[Array, Array]:
    """Predictions (s, n), as :func:`predict`, and their Jacobian (s, p, n) in coordinates.

    ``steps`` (p,) are those of the differences that stand in for a missing gradient.
    """
    law = problem.law
    if law.gradient is None:
        if steps is None:
            steps = _FIRST_STEP * _size_of(problem, u)
        return predict(problem, u), _differences(problem, u, steps)
    columns = np.moveaxis(problem.inner(u), -1, 0)[..., None]
    if law.search is not None:
        value, slopes = law.search.value_and_gradient(*problem.x, *columns)
    elif law.value_and_gradient is not None:
        value, slopes = law.value_and_gradient(*problem.x, *columns)
    else:
        value = law.value(*problem.x, *columns)
        slopes = law.gradient(*problem.x, *columns)
    value = np.asarray(value, dtype=float)
    factors = 1.0 / value if problem.loss.on_log else np.ones(())
    jacobian = np.empty((u.shape[0], u.shape[1], problem.size))
    for j, slope in enumerate(slopes):
        np.multiply(
            slope, factors * columns[j] if problem.is_log[j] else factors, out=jacobian[:, j]
        )
    return (np.log(value) if problem.loss.on_log else value), jacobian


def calibrated_steps(problem: Problem, u: Array) -> Array:
    """(p,) difference steps for the neighbourhood of ``u`` (p,): truncation and rounding balanced.

    Of a ladder of steps, the one whose derivatives agree best with those of its neighbours.
    """
    sizes = _size_of(problem, u)
    ladder = _STEP_LADDER[:, None] * sizes  # (k, p)
    copies = np.repeat(u[None], _STEP_LADDER.size, axis=0)
    with np.errstate(all="ignore"):
        slopes = _differences(problem, copies, ladder)  # (k, p, n)
        change = np.abs(np.diff(slopes, axis=0)).max(axis=2)
        change = np.where(np.isfinite(change), change, np.inf)
        worst = np.maximum(change[1:], change[:-1])  # both neighbours of steps 1 .. k - 2
    best = 1 + np.argmin(worst, axis=0)
    steps = ladder[best, np.arange(u.size)]
    usable = np.isfinite(worst.min(axis=0))
    return np.where(usable, steps, _FIRST_STEP * sizes)


def _differences(problem: Problem, u: Array, steps: Array) -> Array:
    """Jacobian by four-point central differences of ``steps`` (s, p) or (p,), inside the bounds."""
    jacobian = np.empty((u.shape[0], u.shape[1], problem.size))
    steps = np.broadcast_to(steps, u.shape)
    for j in range(u.shape[1]):
        step = steps[:, j]
        centre = u.copy()
        # at a bound the stencil is shifted inwards by less than the difference resolves
        centre[:, j] = np.clip(u[:, j], problem.low[j] + 2 * step, problem.high[j] - 2 * step)
        values = []
        for multiple in (-2.0, -1.0, 1.0, 2.0):
            moved = centre.copy()
            moved[:, j] += multiple * step
            values.append(predict(problem, moved))
        far_low, low, high, far_high = values
        jacobian[:, j] = (8.0 * (high - low) - (far_high - far_low)) / (12.0 * step)[:, None]
    return jacobian


def _size_of(problem: Problem, u: Array) -> Array:
    """(..., p) sizes to which difference steps are relative; 1 for logarithms."""
    return np.where(problem.is_log, 1.0, np.maximum(np.abs(u), problem.unit))
