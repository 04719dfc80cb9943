"""Starting points: drawn from the law's declared region, linear parameters solved for."""

from __future__ import annotations

import numpy as np

from lawcast._values import Array
from lawcast.fitting.problem import Problem

_JITTER = 0.5
"""Spread, in log size, of the starts drawn around a single starting value."""


def draw_starts(problem: Problem, count: int, rng: np.random.Generator) -> Array:
    """Random starts for a problem.

    Parameters with a region are drawn from it (uniformly, or log-uniformly on a log scale);
    parameters with a single value are drawn around it, except in the first start, which is the
    value itself. Parameters in which the law is affine are then solved for, by least squares on
    relative residuals (variable projection; Golub & Pereyra 1973).

    Args:
        problem: the problem.
        count: number of starts.
        rng: random source.

    Returns:
        (count, p) coordinates inside the bounds.
    """
    theta = np.empty((count, problem.dimension))
    for j, parameter in enumerate(problem.law.parameters):
        low, high = parameter.start
        if low == high:
            values = low * np.exp(_JITTER * rng.standard_normal(count))
            if low == 0.0:
                values = _JITTER * rng.standard_normal(count)
            values[0] = low
        elif parameter.scale == "log":
            values = np.exp(rng.uniform(np.log(low), np.log(high), count))
        else:
            values = rng.uniform(low, high, count)
        theta[:, j] = np.clip(values, *parameter.domain)
    if problem.law.linear:
        theta = _project(problem, theta)
    return problem.coordinates(theta)


def _project(problem: Problem, theta: Array) -> Array:
    """Replace the affine parameters by their relative least-squares values, kept positive."""
    law = problem.law
    where = [law.names.index(name) for name in law.linear]
    with np.errstate(all="ignore"):
        base = theta.copy()
        base[:, where] = 0.0
        constant = _value(problem, base)
        columns = []
        for j in where:
            unit = base.copy()
            unit[:, j] = 1.0
            columns.append((_value(problem, unit) - constant) / problem.y)
        target = (problem.y - constant) / problem.y
        design = np.stack(columns, axis=1)  # (s, q, n)
        normal = np.matmul(design, design.transpose(0, 2, 1))
        right = np.matmul(design, target[:, :, None])
        trace = np.einsum("sqq->s", normal)
        normal += (1e-9 * trace)[:, None, None] * np.eye(len(where))
        good = (
            np.isfinite(normal).all(axis=(1, 2)) & np.isfinite(right).all(axis=(1, 2)) & (trace > 0)
        )
        solved = np.full((theta.shape[0], len(where)), np.nan)
        solved[good] = np.linalg.solve(normal[good], right[good])[:, :, 0]
    for q, j in enumerate(where):
        usable = solved[:, q] > 0 if problem.is_log[j] else np.isfinite(solved[:, q])
        theta[:, j] = np.where(usable, solved[:, q], theta[:, j])
    return theta


def _value(problem: Problem, theta: Array) -> Array:
    return problem.law(problem.x, theta)
