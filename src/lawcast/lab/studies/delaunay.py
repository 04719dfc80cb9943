"""Piecewise-linear interpolation on the Delaunay triangulation of random points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from lawcast._errors import ArgumentError
from lawcast.lab.expecting import foretold
from lawcast.lab.learners.delaunay import MOST_DIMENSIONS, delaunay_linear
from lawcast.lab.losses import find_loss
from lawcast.lab.reading import Reading
from lawcast.lab.slopes import Expected, read_slopes
from lawcast.lab.studies import axes
from lawcast.lab.study import Columns, Config, Streams, Study, Value
from lawcast.lab.worlds.manifolds import Torus
from lawcast.lab.worlds.targets import fourier_target

LOSSES = ("l1", "l2", "l4")

TESTS = 8192
"""Test points of a cell."""

TARGETS = 4
"""Targets that share the simplices of a cell; the losses are averaged over them."""

DRAWS = 16
"""Most draws of points that share the tests of a cell."""

POINTS = {1: 2**17, 2: 2**14, 3: 2**13, 4: 2**12}
"""Dimension -> points of all the draws of a cell; a cell of more points has a single draw."""

LEAST = {1: 64, 2: 128, 3: 256, 4: 512}
"""Dimension -> points from which on the hull holds the inner half of the box almost surely."""

MOST = {1: 2**20, 2: 2**18, 3: 2**16, 4: 2**15}
"""Dimension -> points whose simplices (7 a point at d = 3, 29 at d = 4) fit in 256 MB."""


def measure(config: Config, streams: Streams) -> Mapping[str, float]:
    """Mean losses over draws of points, targets, and tests in the inner half of the box."""
    d, n = int(config["dimension"]), int(config["samples"])
    box = Torus(d)
    drawn = streams.rng("targets", "dimension", "seed")
    targets = [fourier_target(d, drawn) for _ in range(TARGETS)]
    rng = streams.rng("points")
    draws = max(1, min(DRAWS, POINTS[d] // n))
    predicted, truth = [], []
    for _ in range(draws):
        train, tests = box.sample(n, rng), box.sample_inner(TESTS // draws, rng)
        values = np.stack([target(train) for target in targets], axis=1)
        predicted.append(delaunay_linear(train, values, tests))
        truth.append(np.stack([target(tests) for target in targets], axis=1))
    missed = np.concatenate(predicted), np.concatenate(truth)
    return {loss: find_loss(loss).mean(*missed) for loss in LOSSES}


def cells(values: Mapping[str, tuple[Value, ...]]) -> Iterable[Config]:
    """The product of the axes, with the sizes that a dimension allows."""
    for dimension in values["dimensions"]:
        d = int(dimension)
        sizes = [n for n in values["samples"] if LEAST[d] <= float(n) <= MOST[d]]
        if not sizes:
            raise ArgumentError(
                f"at d = {d} a triangulation takes {LEAST[d]:,} to {MOST[d]:,} points here: fewer "
                "do not surround the tests, more do not fit in memory; give samples in between"
            )
        for n in sizes:
            for seed in values["seeds"]:
                yield {"dimension": d, "samples": n, "seed": seed}


def expect(place: Mapping[str, Any]) -> Expected:
    """The rule of the calculus for linear pieces."""
    d, loss = place["dimension"], place["loss"]
    return foretold(
        0.1 if loss == "l4" else 0.05, loss=loss, approximator="piecewise-linear", dimension=d
    )


def read(columns: Columns) -> list[Reading]:
    """The exponent of every dimension and loss."""
    return read_slopes(columns, size="samples", losses=LOSSES, by=("dimension",), expect=expect)


STUDY = Study(
    name="delaunay",
    title="linear interpolation on the simplices between random points",
    question="Does interpolation that is linear on every simplex have the exponent 2q/d?",
    source="Sharma & Kaplan 2004.10802, section 2; Bahri et al. 2102.06701, section 2.2",
    axes=(
        axes.dimensions((1, 2, 3), (1, 2, 3, 4), (1, 2, 3, 4), most=MOST_DIMENSIONS,
                        why="a point has too many simplices; the study interpolation fits locally"),
        axes.samples(axes.doubling(10, 14), axes.doubling(9, 14), axes.doubling(9, 18)),
        axes.seeds(4, 6, 8),
    ),
    size="samples",
    losses=LOSSES,
    measure=measure,
    read=read,
    curve=("dimension",),
    cells=cells,
    seconds={"quick": 9.0, "standard": 73.0},
    notes=(
        "Points fill the unit box, tests its inner half: near the hull simplices degenerate, "
        "and outside it nothing is interpolated.",
        f"Each loss is the mean over {TARGETS} random sums of the lowest waves, which share the "
        "simplices, and over several draws of the points where these are few.",
        "In three and four dimensions the number of points is bounded by the memory that the "
        "simplices take.",
    ),
)  # fmt: skip
"""The study."""
