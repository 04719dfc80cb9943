"""A torus bent smoothly into spaces of many columns: the exponent follows the intrinsic d."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from lawcast._errors import ArgumentError
from lawcast._values import Array
from lawcast.lab.expecting import foretold
from lawcast.lab.learners.local_polynomial import default_neighbours, local_polynomial
from lawcast.lab.learners.neighbours import nearest_neighbour
from lawcast.lab.losses import find_loss
from lawcast.lab.reading import Reading
from lawcast.lab.slopes import Expected, by_seed, curves, read_slopes, reading, slope
from lawcast.lab.studies import axes
from lawcast.lab.study import Axis, Columns, Config, Streams, Study, Value
from lawcast.lab.worlds.embeddings import random_embedding
from lawcast.lab.worlds.manifolds import Torus
from lawcast.lab.worlds.targets import fourier_target

LOSSES = ("l1", "l2", "l4")

APPROXIMATORS = ("piecewise-constant", "piecewise-linear")
"""The nearest neighbour, and local least squares in tangent coordinates."""

TESTS = 4096
"""Test points of a cell."""

MOST_NUMBERS = 2**25
"""Points times columns of a cell: 268 MB."""

CURVE = ("dimension", "approximator", "ambient")


def measure(config: Config, streams: Streams) -> Mapping[str, float]:
    """Mean losses at fresh tests; neighbours are nearest in the ambient space.

    Spaces of any size get the same points and target, so that they differ in the bending alone.
    """
    d, n = int(config["dimension"]), int(config["samples"])
    torus = Torus(d)
    bent = random_embedding(
        torus, int(config["ambient"]), streams.rng("embedding", "dimension", "ambient", "seed")
    )
    target = fourier_target(d, streams.rng("target", "dimension", "seed"))
    rng = streams.rng("points", "dimension", "samples", "seed")
    train, tests = torus.sample(n, rng), torus.sample(TESTS, rng)
    if config["approximator"] == "piecewise-constant":
        predicted = nearest_neighbour(bent, train, target(train), tests)
    else:
        predicted = local_polynomial(bent, train, target(train), tests, 1)
    truth = target(tests)
    return {loss: find_loss(loss).mean(predicted, truth) for loss in LOSSES}


def cells(values: Mapping[str, tuple[Value, ...]]) -> Iterable[Config]:
    """The product of the axes.

    Raises:
        ArgumentError: a space too small to bend the torus in, fewer points than neighbours, or
            more numbers than fit in memory.
    """
    names = ("dimensions", "approximators", "ambients", "samples", "seeds")
    for d, name, ambient, n, seed in itertools.product(*(values[axis] for axis in names)):
        if int(ambient) <= 2 * int(d):
            raise ArgumentError(
                f"a torus of dimension {d} is bent in {2 * int(d) + 1} columns or more, not in "
                f"{ambient}: the flat one alone fills {2 * int(d)}"
            )
        least = default_neighbours(int(d), 1)
        if name == "piecewise-linear" and int(n) < least:
            raise ArgumentError(
                f"a linear fit at d = {d} takes the {least} nearest points, and a cell has {n}; "
                f"give samples of {least} or more"
            )
        if int(n) * int(ambient) > MOST_NUMBERS:
            raise ArgumentError(
                f"{int(n):,} points of {ambient} columns do not fit in memory; give at most "
                f"{MOST_NUMBERS // int(ambient):,} samples, or fewer columns"
            )
        yield {"dimension": d, "approximator": name, "ambient": ambient, "samples": n,
               "seed": seed}  # fmt: skip


def expect(place: Mapping[str, Any]) -> Expected:
    """The rule of the calculus, which does not name the ambient dimension."""
    d, loss = place["dimension"], place["loss"]
    tolerance = 0.1 if loss == "l4" else 0.05
    return foretold(tolerance, loss=loss, approximator=place["approximator"], dimension=d)


def read(columns: Columns) -> list[Reading]:
    """Exponents, and how much they change from the smallest ambient space to the largest."""
    readings = read_slopes(columns, size="samples", losses=LOSSES, by=CURVE, expect=expect)
    return [*readings, *_changes(columns)]


def _changes(columns: Columns) -> list[Reading]:
    """The exponent in the largest space over that in the smallest, seed by seed."""
    alphas: dict[tuple[Any, ...], dict[int, Array]] = {}
    for loss in LOSSES:
        for place, sizes, table in curves(columns, CURVE, "samples", np.asarray(columns[loss])):
            key = (place["dimension"], place["approximator"], loss)
            alphas.setdefault(key, {})[int(place["ambient"])] = slope(sizes, table)
    readings = []
    for (d, name, loss), of in alphas.items():
        if len(of) < 2 or len({alpha.size for alpha in of.values()}) > 1:
            continue
        low, high = min(of), max(of)
        at = {"dimension": d, "approximator": name, "loss": loss, "ambient": high}
        expected = Expected(
            1.0, f"alpha in R^{high} / alpha in R^{low}", STUDY.source,
            tolerance=0.1 if loss == "l4" else 0.05,
        )  # fmt: skip
        readings.append(reading("ratio", at, by_seed(of[high] / of[low]), expected))
    return readings


STUDY = Study(
    name="ambient",
    title="a torus bent into spaces of many dimensions",
    question="Does the exponent depend on the dimension of the space that the data lie in?",
    source="Bahri et al. 2102.06701, section 2.2",
    axes=(
        axes.dimensions((2,), (2, 3, 4), (2, 3, 4)),
        axes.words("approximators", "approximator", "what is fitted: " + ", ".join(APPROXIMATORS),
                   APPROXIMATORS),
        Axis("ambients", "ambient", "columns of the points", (10, 50), (10, 50), (10, 50, 200),
             axes.whole("the ambient dimension", least=3, most=1000)),
        axes.samples(axes.doubling(10, 14), axes.doubling(11, 15), axes.doubling(10, 16),
                     most=2**20),
        axes.seeds(4, 6, 8),
    ),
    size="samples",
    losses=LOSSES,
    measure=measure,
    read=read,
    curve=CURVE,
    cells=cells,
    seconds={"quick": 4.0, "standard": 66.0},
    notes=(
        "The torus is bent by random waves and rotated; the learner searches straight lines in "
        "the ambient space.",
        "Linear fits use the coordinates of the exact tangent plane: a linear fit to the ambient "
        "columns themselves would have too many coefficients.",
    ),
)  # fmt: skip
"""The study."""
