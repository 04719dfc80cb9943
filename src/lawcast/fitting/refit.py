"""A quick search, for the many fits behind a diagnosis: few starts, and the best polished."""

from __future__ import annotations

import numpy as np

from lawcast._values import Array
from lawcast.fitting.problem import Problem
from lawcast.fitting.solve import prepare, solve_many
from lawcast.fitting.starts import draw_starts

_MOST_ROUGH = 60
_MOST_POLISH = 300


def refit(
    problem: Problem, rng: np.random.Generator, starts: int, first: Array | None = None
) -> tuple[Array, float]:
    """The best optimum from a few starts.

    A full search spends most of its time on the last few starts, which hardly ever win; here they
    are given up after 60 evaluations, and only the best is carried to the end.

    Args:
        problem: the problem.
        rng: source of the random starts.
        starts: how many.
        first: (p,) coordinates of a start that is likely to be good, tried beside them.

    Returns:
        (p,) coordinates and the objective there; infinite where no start was allowed.
    """
    start = draw_starts(problem, starts, rng)
    if first is not None:
        start = np.concatenate([first[None], start])
    rough = solve_many(
        problem, prepare(problem, start[0]), start=start, tolerance=1e-5, most=_MOST_ROUGH
    )
    value = np.where(np.isfinite(rough.value), rough.value, np.inf)
    best = rough.u[[int(value.argmin())]]
    final = solve_many(
        problem, prepare(problem, best[0]), start=best, tolerance=1e-9, most=_MOST_POLISH
    )
    return final.u[0], float(final.value[0]) if np.isfinite(final.value[0]) else np.inf
