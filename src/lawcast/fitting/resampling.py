"""Resampling plans: which runs a draw sees, or how their losses are perturbed.

Draws are made in blocks of fixed size. A block is a pure function of the problem, the plan and
its own number, so asking for more draws later gives the same bytes as asking for all at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast._values import Array, check_seed
from lawcast.fitting.general import predict
from lawcast.fitting.problem import Problem
from lawcast.fitting.solve import Around, solve_many

BLOCK = 256
_ELEMENTS = 2**20
"""Runs times draws solved at once on large tables (the block is then smaller)."""

FEW_CLUSTERS = 30
"""Below this many clusters, drawing them with replacement misses too often (see
benchmarks/coverage.py): the wild bootstrap is used."""

_FEW_SIGNS = 12
"""Below this many units, two signs have too few outcomes: Webb's six weights are used."""

METHODS = {
    "case": "whole units (runs, or the clusters named by cluster=) are drawn with replacement",
    "wild": "the residuals of each unit, taken from the fit that did not see it, keep their "
    "places and get a random common sign (Webb's six weights below 12 units; Cameron, Gelbach & "
    "Miller 2008; MacKinnon, Nielsen & Webb 2023)",
    "residual": "residuals, each from the fit that did not see its unit, are centred, drawn with "
    "replacement and added to the fitted curve",
}
"""Resampling methods by name, with what they do."""

_WEBB = np.sqrt([0.5, 1.0, 1.5])


_STREAMS = ("draws", "search", "profiles", "rivals", "backtest", "new run")
"""What random numbers are drawn for; each has streams of its own."""


def stream(seed: int, purpose: str, number: int = 0) -> np.random.Generator:
    """The random numbers of one purpose: ``number`` tells the streams of one purpose apart."""
    return np.random.Generator(
        np.random.Philox(key=[seed, (_STREAMS.index(purpose) << 48) + number])
    )


def seed_of(rng: int | np.random.Generator) -> int:
    """The seed of the streams: the one given, or one that the generator draws.

    Raises:
        ArgumentError: neither a seed from 0 to 2**63 - 1 nor a Generator.
    """
    if isinstance(rng, np.random.Generator):
        return int(rng.integers(2**62))
    return check_seed(rng, below=2**63)


@dataclass(frozen=True)
class Plan:
    """How draws are made.

    Args:
        method: one of :data:`METHODS`.
        units: (n,) number of the unit each run belongs to, 0 .. u - 1.
        seed: entropy of the draws.
        cluster: name of the column that made the units; None for single runs.
    """

    method: str
    units: np.ndarray
    seed: int
    cluster: str | None = None

    @property
    def count(self) -> int:
        """Number of units."""
        return int(self.units.max()) + 1 if self.units.size else 0

    def describe(self) -> str:
        """In a few words, for summaries."""
        if self.cluster is not None:
            what = f"{self.count} clusters by {self.cluster}"
        else:
            what = f"{self.count} runs"
        kind = {"case": "bootstrap", "wild": "wild bootstrap", "residual": "residual bootstrap"}
        return f"{kind[self.method]} of {what}"


def make_plan(units: np.ndarray, seed: int, *, method: str | None, cluster: str | None) -> Plan:
    """The plan for the given units; without ``method``, wild below 30 clusters, else case.

    Raises:
        UnknownNameError: no such method.
        ArgumentError: a residual bootstrap of clusters, which it would tear apart.
    """
    if method is not None and method not in METHODS:
        raise UnknownNameError("resampling method", method, METHODS)
    if method == "residual" and cluster is not None:
        raise ArgumentError(
            f"a residual bootstrap draws every row by itself, so rows of one {cluster} would not "
            'stay together; use resample="wild"'
        )
    count = int(units.max()) + 1
    if method is None:
        method = "wild" if cluster is not None and count < FEW_CLUSTERS else "case"
    return Plan(method, units, seed, cluster)


@dataclass(frozen=True)
class Draws:
    """Solved resamples.

    Args:
        u: (b, p) coordinates, failed draws left out.
        requested: number asked for.
        lost: numbers of the draws that did not converge, increasing.
    """

    u: Array
    requested: int
    lost: tuple[int, ...]


def draw(
    problem: Problem,
    around: Around,
    plan: Plan,
    count: int,
    *,
    others: Array | None = None,
    progress: Callable[[int], None] | None = None,
    first: int = 0,
    patient: bool = True,
) -> Draws:
    """Solve resamples ``first`` .. ``first + count - 1`` of a problem.

    Args:
        problem: the problem.
        around: from :func:`lawcast.fitting.solve.prepare` at the optimum.
        plan: how draws are made.
        count: how many.
        others: (k, p) other basins; each draw is also started there and keeps the better end.
        progress: called with the number of draws done after each block.
        first: number of the first draw.
        patient: False takes draws that converge slowly as far as they came, and counts none as
            lost; to leave them out would be to leave out the extreme ones.

    Returns:
        The draws, in order; the same whatever ``first`` and ``count`` were asked for before.
    """
    size = block_size(problem)
    noise = None if plan.method == "case" else left_out_residuals(problem, around, plan)
    kept: list[Array] = []
    lost: list[int] = []
    last = first + count
    for block in range(first // size, -(-last // size)):
        u, converged = _solve_block(problem, around, plan, block, size, others, noise, patient)
        begin = max(first - block * size, 0)
        end = min(last - block * size, size)
        part, good = u[begin:end], converged[begin:end]
        kept.append(part[good])
        lost.extend((np.flatnonzero(~good) + block * size + begin).tolist())
        if progress is not None:
            progress(min((block + 1) * size, last) - first)
    stacked = np.concatenate(kept) if kept else np.empty((0, problem.dimension))
    return Draws(stacked, count, tuple(lost))


def block_size(problem: Problem) -> int:
    """Draws solved together: 256, fewer for large tables; depends on the table alone."""
    return int(np.clip(_ELEMENTS // max(problem.size, 1), 8, BLOCK))


def resample(
    problem: Problem,
    around: Around,
    plan: Plan,
    block: int,
    size: int,
    noise: Array | None = None,
) -> tuple[Array | None, Array | None]:
    """Weights (size, n) or scaled responses (size, n) of one block; the other is None."""
    rng = stream(plan.seed, "draws", block)
    units = plan.count
    if plan.method == "case":
        picks = rng.integers(0, units, size=(size, units), dtype=np.int32)
        picks += np.arange(size, dtype=np.int32)[:, None] * units
        counts = np.bincount(picks.ravel(), minlength=size * units).reshape(size, units)
        weights = counts.astype(float)
        return (weights if _trivial(plan.units) else weights[:, plan.units]), None
    if noise is None:
        noise = left_out_residuals(problem, around, plan)
    if plan.method == "wild":
        signs = rng.choice([-1.0, 1.0], size=(size, units))
        if units < _FEW_SIGNS:
            signs = signs * rng.choice(_WEBB, size=(size, units))
        moved = signs[:, plan.units] * noise
    else:
        moved = (noise - noise.mean())[rng.integers(0, problem.size, (size, problem.size))]
    response = predict(problem, around.u[None])[0] + moved
    return None, (np.exp(response) if problem.loss.on_log else response)


def left_out_residuals(problem: Problem, around: Around, plan: Plan) -> Array:
    """(n,) residual of each run from the fit without its unit, on the loss's scale.

    Residuals of the fit itself are too small, most of all for a loss that runs through some of
    the points; those of the fit that did not see the point are of the size a new point would
    have, and intervals made of them keep their level with six clusters (benchmarks/coverage.py).
    """
    target = np.log(problem.y) if problem.loss.on_log else problem.y
    weights = np.stack(list(leave_one_out(plan)))
    left = solve_many(problem, around, weights=weights)
    own = predict(problem, around.u[None])[0]
    curves = np.where(left.converged[:, None], predict(problem, left.u), own)
    unseen = weights.argmin(axis=0)  # the one fit that gave the run no weight
    residual = target - curves[unseen, np.arange(problem.size)]
    return np.asarray(np.where(np.isfinite(residual), residual, target - own))


def leave_one_out(plan: Plan, most: int = 200) -> Iterator[Array]:
    """Weights (n,) that leave out one unit after another (groups of units when there are many)."""
    groups = min(plan.count, most)
    place = (np.arange(plan.count) * groups) // plan.count
    for group in range(groups):
        yield (place[plan.units] != group).astype(float)


def _solve_block(
    problem: Problem,
    around: Around,
    plan: Plan,
    block: int,
    size: int,
    others: Array | None,
    noise: Array | None,
    patient: bool,
) -> tuple[Array, np.ndarray]:
    weights, response = resample(problem, around, plan, block, size, noise)
    found = solve_many(problem, around, weights=weights, response=response)
    u, value, converged = found.u, found.value, found.converged
    lost = np.flatnonzero(~converged)
    if not patient:
        return u, np.isfinite(value)
    if lost.size:
        again = solve_many(
            problem,
            around,
            weights=None if weights is None else weights[lost],
            response=None if response is None else response[lost],
            start=np.repeat(around.u[None], lost.size, axis=0),
            most=300,
        )
        u[lost], value[lost], converged[lost] = again.u, again.value, again.converged
    for other in others if others is not None else ():
        there = solve_many(
            problem,
            around,
            weights=weights,
            response=response,
            start=np.repeat(other[None], size, axis=0),
        )
        better = there.converged & (there.value < value)
        u = np.where(better[:, None], there.u, u)
        value = np.where(better, there.value, value)
        converged = converged | better
    return u, converged


def _trivial(units: np.ndarray) -> bool:
    return bool(np.array_equal(units, np.arange(units.size)))
