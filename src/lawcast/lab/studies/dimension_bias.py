"""The bias of a dimension estimator: TwoNN on solids of known dimension."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from lawcast.geometry.entry import intrinsic_dimension
from lawcast.geometry.result import Dimension
from lawcast.lab.reading import Reading
from lawcast.lab.slopes import Expected, by_seed, curves, reading
from lawcast.lab.studies import axes
from lawcast.lab.study import Axis, Columns, Config, Streams, Study
from lawcast.lab.worlds.manifolds import find_manifold, manifold_names

SOURCE = "Facco et al. 2017, Scientific Reports 7:12140"
BY = ("manifold", "dimension")
METHOD = "twonn"


def measure(config: Config, streams: Streams) -> Mapping[str, float]:
    """The estimate for one sample of points."""
    d = int(config["dimension"])
    manifold = find_manifold(str(config["manifold"]), d)
    points = manifold.embed(manifold.sample(int(config["samples"]), streams.rng("points")))
    found = intrinsic_dimension(points, method=METHOD, draws=0, rng=0, threads=1)
    ratio = cast(Dimension, found).value / d
    return {"miss": abs(ratio - 1), "ratio": ratio}


def read(columns: Columns) -> list[Reading]:
    """Estimate over dimension, at the largest number of points."""
    found = []
    ratios = np.asarray(columns["ratio"], dtype=float)
    for place, sizes, table in curves(columns, BY, "samples", ratios):
        at: dict[str, Any] = {**place, "samples": float(sizes[-1])}
        expected = Expected(1.0, "1: no bias", SOURCE)
        found.append(reading("ratio", at, by_seed(table[-1]), expected))
    return found


STUDY = Study(
    name="dimension-bias",
    title="the bias of TwoNN in many dimensions",
    question="Is TwoNN without bias, whatever the dimension?",
    source=SOURCE,
    axes=(
        axes.dimensions(
            (2, 5, 10, 20, 50),
            (2, 5, 10, 20, 35, 50),
            (2, 3, 5, 7, 10, 14, 20, 28, 35, 50, 70, 100),
            most=1000,
            why="distances between points hardly differ above it",
        ),
        Axis(
            "manifolds",
            "manifold",
            "where the points are uniform",
            ("cube", "ball"),
            ("cube", "ball", "sphere"),
            ("cube", "ball", "sphere", "torus"),
            axes.one_of("manifold", manifold_names()),
        ),
        axes.samples(
            (500, 1000, 2000), (500, 1000, 2000, 4000, 8000), (1000, 4000, 16000), least=20
        ),
        axes.seeds(4, 8, 8),
    ),
    size="samples",
    losses=("miss",),
    measured=("ratio",),
    measure=measure,
    read=read,
    curve=BY,
    seconds={"quick": 2.0, "standard": 41.0},
    notes=(
        "The loss is |estimate/d - 1|; it falls with the number of points more slowly than any "
        "power that n allows to see.",
        "Theory expects 1 where the density is even over the nearest two points.",
    ),
)
