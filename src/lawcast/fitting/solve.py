"""Solving a problem: from many starts to the best optimum, and in batches around it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lawcast._values import Array
from lawcast.fitting.general import (
    GeneralObjective,
    calibrated_steps,
    contributions,
    second_derivatives,
)
from lawcast.fitting.newton import Expansion, Objective, Solution, minimise
from lawcast.fitting.problem import Problem
from lawcast.fitting.starts import draw_starts
from lawcast.fitting.terms import Basis, TermsObjective, make_basis

DEFAULT_STARTS = 128
_ELEMENTS = 2**21
"""Runs times starts that are held in memory at once; a large table gets fewer starts."""

SEARCH_DAMPING = 0.1
DRAW_DAMPING = 0.3
POLISH_DAMPING = 1e-3
FINAL_TOLERANCE = 1e-11
DRAW_TOLERANCE = 2e-6
"""Step at which a resample counts as solved; the next Newton step is its square or so."""

ROUGH_TOLERANCE = 3e-4
"""Step at which single precision has done its part."""

_TIE = 1e-7
"""Relative difference below which objectives of the search, not yet polished, are one."""

_MOST_POLISH = 600
_MOST_FINER = 40
_OWN_DAMPINGS = (1e-3, 1e-1, 1e1)
_MOST_FROZEN = 20
_MOST_REFRESHED = 20
_REFRESHES = 3
_MOST_BEND = 2**23
"""Second derivatives (numbers) that are held at once."""

_MOST_ROUGH = 12
_WORTH_ROUGHING = 32


def uses_terms(problem: Problem) -> bool:
    """Whether the fast path for sums of powers applies."""
    return problem.law.terms is not None and problem.loss.on_log


@dataclass(frozen=True)
class Search:
    """What the search from many starts found.

    Args:
        u: (p,) best coordinates, polished.
        value: its objective.
        gradient: (p,) gradient there, zero where a coordinate is held at its bound.
        converged: whether the polish converged.
        starts: number of starts.
        reached: share of the starts whose objective is within 0.01 % of the best.
        others: (k, p) coordinates of the other basins, best first.
        other_values: (k,) their objectives.
        other_shares: (k,) share of the starts that ended in each.
    """

    u: Array
    value: float
    gradient: Array
    converged: bool
    starts: int
    reached: float
    others: Array
    other_values: Array
    other_shares: Array


def search(
    problem: Problem,
    rng: np.random.Generator,
    *,
    starts: int | None = None,
    weights: Array | None = None,
) -> Search:
    """Find the best optimum from many starts, polish it, and say what else was found.

    Args:
        problem: the problem.
        rng: random source of the starts.
        starts: how many; None for 128, fewer for very large tables.
        weights: (n,) weight of each run; ones when None.
    """
    if starts is None:
        starts = int(np.clip(_ELEMENTS // max(problem.size, 1), 16, DEFAULT_STARTS))
    weight = np.ones(problem.size) if weights is None else weights
    first = draw_starts(problem, starts, rng)
    found = minimise(
        _objective(problem, weight),
        first,
        tolerance=1e-7,
        flat=1e-12,
        damping=SEARCH_DAMPING,
        most=150,
    )
    value = np.where(np.isfinite(found.value), found.value, np.inf)
    ends, end_values = found.u, value
    if problem.law.user:
        # the caller's own start is tried with care: gently, boldly, and for as long as it takes
        own = minimise(
            _objective(problem, weight),
            np.repeat(first[:1], len(_OWN_DAMPINGS), axis=0),
            tolerance=1e-9,
            damping=np.array(_OWN_DAMPINGS),
            most=_MOST_POLISH,
        )
        ends = np.concatenate([own.u, ends])
        end_values = np.concatenate([np.where(np.isfinite(own.value), own.value, np.inf), value])
    polished = _polish(problem, weight, ends[_first_of_the_best(problem, end_values, weight)])
    best = float(polished.value[0])
    near = np.isfinite(value) & (value <= _near(problem, best, weight))
    others = _other_basins(problem, found.u, value, found.converged & ~near)
    shares = np.array([float(np.mean(value <= _near(problem, v, weight))) for v in others[1]])
    shares = np.diff(np.concatenate([[float(near.mean())], shares]))
    return Search(
        u=polished.u[0],
        value=best,
        gradient=polished.gradient[0],
        converged=bool(polished.converged[0] and np.isfinite(best)),
        starts=starts,
        reached=float(near.mean()),
        others=others[0],
        other_values=others[1],
        other_shares=np.maximum(shares, 0.0),
    )


@dataclass(frozen=True)
class Around:
    """What a batch of solves near an optimum shares.

    Args:
        u: (p,) the optimum.
        metric: (p, p) damping metric.
        bend: (n, p, p) second derivatives of the (log) prediction, on the general path.
        each: (n, 1 + p + p·p) objective, gradient and Hessian of each run there.
        bases: fixed arrays of a sum of powers in single and in double precision, or None.
    """

    u: Array
    metric: Array
    bend: Array | None
    each: Array
    bases: tuple[Basis, Basis] | None


def prepare(problem: Problem, u: Array, weights: Array | None = None) -> Around:
    """The shared parts for batches that start at the optimum ``u`` (p,)."""
    weight = np.ones(problem.size) if weights is None else weights
    metric = _objective(problem, weight).expand(u[None], np.arange(1)).metric[0]
    bend = second_derivatives(problem, u)
    bases = None
    if uses_terms(problem):
        basis = make_basis(problem)
        bases = (basis.single(), basis)
    return Around(
        u=u,
        metric=metric if metric.ndim == 2 else np.diag(metric),
        bend=None if bases else bend,
        each=contributions(problem, u, bend),
        bases=bases,
    )


def solve_many(
    problem: Problem,
    around: Around,
    *,
    weights: Array | None = None,
    response: Array | None = None,
    start: Array | None = None,
    fixed: np.ndarray | None = None,
    tolerance: float = DRAW_TOLERANCE,
    most: int = 100,
) -> Solution:
    """Solve a batch of reweighted or perturbed copies of a problem near its optimum.

    Args:
        problem: the problem.
        around: from :func:`prepare`.
        weights: (s, n) or (n,).
        response: (s, n) scaled responses, or None for the problem's own.
        start: (s, p) coordinates; the optimum when None.
        fixed: (p,) bool, coordinates held at their start.
        tolerance: step at which a copy counts as solved.
        most: largest number of evaluations.
    """
    weight = np.ones(problem.size) if weights is None else weights
    count = max(
        1 if weight.ndim == 1 else weight.shape[0],
        1 if response is None or response.ndim == 1 else response.shape[0],
        1 if start is None else start.shape[0],
    )
    near = start is None
    first = np.broadcast_to(around.u, (count, around.u.size)) if start is None else start
    known, damping = None, DRAW_DAMPING
    if near and response is None and weight.ndim == 2:
        known = _at_optimum(around, weight)
    # the shared metric is that of the optimum; far from it each copy computes its own
    metric = around.metric if near else None
    if around.bases is None:
        if not near:
            own = GeneralObjective(problem, weight, response)
            return minimise(
                own, first, tolerance=tolerance, damping=SEARCH_DAMPING, most=most, fixed=fixed
            )
        objective = GeneralObjective(problem, weight, response, around.bend, metric)
        found = minimise(
            objective,
            first,
            tolerance=tolerance,
            damping=damping,
            most=min(most, _MOST_FROZEN),
            fixed=fixed,
            first=known,
        )
        return _finish(problem, found, weight, response, fixed, tolerance, most)
    single, double = around.bases
    if near and count >= _WORTH_ROUGHING:
        rough = minimise(
            TermsObjective(problem, weight, response, metric, single),
            first,
            tolerance=ROUGH_TOLERANCE,
            damping=DRAW_DAMPING,
            most=_MOST_ROUGH,
            fixed=fixed,
            first=known,
        )
        first, known, damping = rough.u, None, POLISH_DAMPING
    return minimise(
        TermsObjective(problem, weight, response, metric, double),
        first,
        tolerance=tolerance,
        damping=damping,
        most=most,
        fixed=fixed,
        first=known,
    )


def _finish(
    problem: Problem,
    found: Solution,
    weights: Array,
    response: Array | None,
    fixed: np.ndarray | None,
    tolerance: float,
    most: int,
) -> Solution:
    """Carry on with the copies that went too far for the second derivatives of the optimum.

    First with second derivatives taken anew, a few times, where each copy stands; what is then
    still left gets them at every step.
    """
    left = most - _MOST_FROZEN
    for turn in range(_REFRESHES + 1):
        lost = np.flatnonzero(~found.converged)
        if not lost.size or left <= 0:
            break
        room = lost.size * problem.size * problem.dimension**2 <= _MOST_BEND
        last = turn == _REFRESHES or left <= _MOST_REFRESHED or not room
        bend = None if last else second_derivatives(problem, found.u[lost])
        objective = GeneralObjective(
            problem,
            weights if weights.ndim == 1 else weights[lost],
            response if response is None or response.ndim == 1 else response[lost],
            bend,
        )
        rest = minimise(
            objective,
            found.u[lost],
            tolerance=tolerance,
            damping=SEARCH_DAMPING,
            most=left if last else _MOST_REFRESHED,
            fixed=fixed,
        )
        for whole, part in zip(
            (found.u, found.value, found.gradient, found.converged),
            (rest.u, rest.value, rest.gradient, rest.converged),
            strict=True,
        ):
            whole[lost] = part
        found.iterations[lost] += rest.iterations
        left -= _MOST_REFRESHED
    return found


def _at_optimum(around: Around, weights: Array) -> Expansion:
    """Expansions of every reweighted copy at the common optimum: sums of the runs' parts."""
    size = around.u.size
    sums = weights @ around.each
    return Expansion(
        value=sums[:, 0],
        gradient=sums[:, 1 : size + 1],
        hessian=sums[:, size + 1 :].reshape(-1, size, size),
        metric=around.metric[None],
    )


def _objective(problem: Problem, weights: Array) -> Objective:
    if uses_terms(problem):
        return TermsObjective(problem, weights)
    return GeneralObjective(problem, weights)


def _first_of_the_best(problem: Problem, value: Array, weights: Array) -> np.ndarray:
    """(1,) index of the earliest start whose objective ties with the best.

    Laws with interchangeable parts have several optima of one value; the earliest start is the
    caller's own, so the names stay as the caller meant them.
    """
    best = value.min()
    tied = value <= best + _TIE * abs(best) + _objective_of(problem, 1e-9, weights)
    return np.flatnonzero(tied)[:1] if np.isfinite(best) else np.zeros(1, dtype=int)


def _polish(problem: Problem, weights: Array, u: Array) -> Solution:
    """Converge one start (1, p) to rounding, then a little further for the last digits."""
    if problem.law.gradient is None:
        steps = calibrated_steps(problem, u[0])
        objective: Objective = GeneralObjective(problem, weights, steps=steps)
    else:
        objective = _objective(problem, weights)
    solved = minimise(objective, u, tolerance=FINAL_TOLERANCE, damping=1e-4, most=_MOST_POLISH)
    finer = minimise(
        objective, solved.u, tolerance=FINAL_TOLERANCE, flat=1e-22, damping=1e-8, most=_MOST_FINER
    )
    if not finer.value[0] <= solved.value[0] * (1.0 + objective.rounding):
        finer = solved
    dead = problem.law.user and _has_dead_coordinate(objective, finer)
    return replace(finer, converged=solved.converged & (not dead))


def _has_dead_coordinate(objective: Objective, end: Solution) -> bool:
    """Whether a coordinate could double without a trace in the objective.

    A search that runs off to where the law no longer moves has found a plateau, not an optimum.
    """
    curvature = np.diagonal(objective.expand(end.u, np.arange(1)).hessian[0])
    size = np.maximum(objective.unit, np.abs(end.u[0]))
    inside = (end.u[0] > objective.low) & (end.u[0] < objective.high)
    return bool(np.any(inside & (curvature * size**2 <= 1e-14 * end.value[0])))


def _near(problem: Problem, value: float, weights: Array) -> float:
    """Objectives up to this count as the same optimum."""
    return value + 1e-4 * abs(value) + _objective_of(problem, 1e-7, weights)


def _objective_of(problem: Problem, residual: float, weights: Array) -> float:
    """The objective if every residual had this relative size: what is too small to tell apart."""
    scale = 1.0 if problem.loss.on_log else float(np.sqrt(np.mean(problem.y**2)))
    return float(problem.loss.rho(np.array(residual * scale)) * weights.sum())


def _other_basins(
    problem: Problem, u: Array, value: Array, candidates: np.ndarray
) -> tuple[Array, Array]:
    """Distinct converged optima other than the best, best first, at most three."""
    kept: list[int] = []
    for i in np.flatnonzero(candidates)[np.argsort(value[candidates], kind="stable")]:
        if all(value[i] > value[k] * (1 + 1e-4) for k in kept):
            kept.append(int(i))
        if len(kept) == 3:
            break
    return u[kept].reshape(-1, problem.dimension), value[kept]
