"""The arguments of an estimate that are the same for every class and layer, checked once."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from lawcast._errors import ArgumentError
from lawcast._values import Array, check_level, check_seed
from lawcast.geometry.estimators import BINARY, DEFAULT, Estimator, estimator_named
from lawcast.geometry.neighbours import MEMORY, check_options
from lawcast.geometry.points import Points
from lawcast.geometry.result import Sample
from lawcast.geometry.searching import Progress

FEWEST_QUERIES = 20
"""Fewer points say too little of all."""

FEWEST_DRAWS = 20
"""Fewer half-samples say too little of a standard deviation."""


@dataclass(frozen=True, eq=False)
class Options:
    """How to estimate; see :func:`lawcast.intrinsic_dimension`."""

    method: Estimator
    metric: str
    box: float | Array | None
    queries: int | None
    level: float
    draws: int
    precision: str
    engine: str
    memory: int
    threads: int | None
    rng: np.random.Generator
    seed: int | None
    progress: Progress | None

    def sample(self, points: Points, queries: int) -> Sample:
        """What was measured and how, for the result.

        Args:
            points: the points.
            queries: how many of them asked.
        """
        box = () if self.box is None else tuple(np.atleast_1d(self.box).astype(float).tolist())
        return Sample(
            name=points.name,
            rows_read=points.rows_read,
            count=points.count,
            width=points.width,
            dtype=points.dtype,
            queries=queries,
            metric=self.metric,
            engine=self.engine,
            precision=self.precision,
            box=box,
            seed=self.seed,
        )


def make_options(
    *,
    method: str,
    metric: str,
    box: Any,
    queries: int | None,
    level: float,
    draws: int,
    precision: str,
    engine: str,
    memory: int | None,
    threads: int | None,
    rng: int | np.random.Generator,
    progress: Progress | None,
) -> Options:
    """Check the arguments.

    Raises:
        ArgumentError, UnknownNameError: see :func:`lawcast.intrinsic_dimension`; what the search
            for neighbours alone can judge is left to it.
    """
    estimator_named(method)
    if memory is not None and not _is_count(memory):
        raise ArgumentError(f"memory= is a whole number of bytes, not {memory!r}")
    if threads is not None and not _is_count(threads):
        raise ArgumentError(f"threads= is how many threads to use, or None, not {threads!r}")
    if queries is not None and (not _is_count(queries) or queries < FEWEST_QUERIES):
        raise ArgumentError(
            f"queries= is how many points ask, {FEWEST_QUERIES} or more, not {queries!r}"
        )
    if not _is_count(draws) or 0 < draws < FEWEST_DRAWS or draws < 0:
        raise ArgumentError(
            f"draws= is how many half-samples stand behind the interval: {FEWEST_DRAWS} or more, "
            f"or 0 for no interval, not {draws!r}"
        )
    room = MEMORY if memory is None else memory
    check_options(metric=metric, precision=precision, memory=room, threads=threads, engine=engine)
    seed = None if isinstance(rng, np.random.Generator) else check_seed(rng)
    return Options(
        method=estimator_named(BINARY if (method, metric) == (DEFAULT, "hamming") else method),
        metric=metric,
        box=box,
        queries=None if queries is None else int(queries),
        level=check_level(level),
        draws=int(draws),
        precision=precision,
        engine=engine,
        memory=room,
        threads=threads,
        rng=rng if isinstance(rng, np.random.Generator) else np.random.default_rng(seed),
        seed=seed,
        progress=progress,
    )


def _is_count(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)
