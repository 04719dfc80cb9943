"""Duality: learning from D points and learning with P random features mirror each other."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from lawcast._errors import ArgumentError
from lawcast.lab.expecting import foretold
from lawcast.lab.learners.features import PowerLawWorld
from lawcast.lab.reading import Reading
from lawcast.lab.slopes import Expected, by_seed, curves, read_slopes, reading
from lawcast.lab.studies import axes
from lawcast.lab.study import Axis, Columns, Config, Streams, Study, Value
from lawcast.lab.worlds.checks import check_positive

_TEACHERS = 4  # matched targets of each draw
_LARGEST = 128
_MOST = 65536  # latent features
_NUMBERS = 2**23  # random numbers of each cell: small sizes are drawn many times
_DRAWS = 192  # most draws of a cell


def _tail(value: Any) -> float:
    tail = check_positive(value, "the tail that is cut")
    if tail > 0.5:
        raise ArgumentError(f"a tail of {tail:g} is most of the loss; cut 0.5 or less")
    return tail


def latent_count(a: float, tail: float) -> int:
    """Latent features S = D (1/tail)^(1/a) that cut this share of the loss at the largest size D.

    Raises:
        ArgumentError: so many do not fit in memory.
    """
    count = math.ceil(_LARGEST * math.pow(tail, -1 / a))
    if count > _MOST:
        raise ArgumentError(
            f"a spectrum of exponent {a:g} needs {count:,} latent features to cut a tail of only "
            f"{tail:g}, and {_MOST:,} fit; cut more, as in tails=[{(_LARGEST / _MOST) ** a:.2g}]"
        )
    return count


def _cells(values: Mapping[str, tuple[Value, ...]]) -> Iterable[Config]:
    """The product of the axes; a spectrum that does not fit is refused before anything is run."""
    for a, tail in itertools.product(values["spectra"], values["tails"]):
        latent_count(float(a), float(tail))
        for size, seed in itertools.product(values["samples"], values["seeds"]):
            yield {"a": a, "tail": tail, "samples": size, "seed": seed}


def measure(config: Config, streams: Streams) -> dict[str, float]:
    """The exact population loss of D points, and that of as many features, drawn separately."""
    a, size = float(config["a"]), int(config["samples"])
    world = PowerLawWorld(latent_count(a, float(config["tail"])), a)
    rng = streams.rng("draws")
    losses = []
    for _ in range(min(_DRAWS, max(1, _NUMBERS // (size * world.count)))):
        points = world.sample(size, rng)
        data = world.data_loss(points, rng.standard_normal((world.count, _TEACHERS)))
        del points  # the two sides are large, and need not be held together
        projection = rng.standard_normal((size, world.count))
        features = world.feature_loss(projection, rng.standard_normal((world.count, _TEACHERS)))
        losses.append((data.mean(), features.mean()))
    data_loss, feature_loss = np.mean(losses, axis=0).tolist()
    return {"data": data_loss, "features": feature_loss}


def read(columns: Columns) -> list[Reading]:
    """Both exponents, and the ratio of the two losses at every size."""
    by = ("a", "tail")
    readings = read_slopes(
        columns, size="samples", losses=("data", "features"), by=by, expect=_expected
    )
    ratio = np.asarray(columns["data"], float) / np.asarray(columns["features"], float)
    for place, sizes, table in curves(columns, by, "samples", ratio):
        for size, row in zip(sizes.tolist(), table, strict=True):
            at = {**place, "size": size}
            readings.append(reading("ratio", at, by_seed(row), _ONE))
    return readings


_ONE = Expected(1.0, "1", "derived here: both losses average to the same trace", tolerance=0.05)


def _expected(at: Mapping[str, Any]) -> Expected:
    variable = {"data": "data", "features": "parameters"}[at["loss"]]
    return foretold(0.05, variable=variable, loss="l2", approximator="linear-features",
                    target="matched", a=at["a"])  # fmt: skip


STUDY = Study(
    name="duality",
    title="duality of data and parameters under a power-law spectrum",
    question="Are the exponents in data and in parameters both that of the spectrum, and the "
    "losses equal at equal size?",
    source="Bahri et al. 2102.06701, section 2.2; Maloney, Roberts & Sully 2210.16859",
    axes=(
        Axis("spectra", "a", "exponent a_K of the spectrum i^-(1+a_K)",
             (0.5, 1.0), (0.5, 1.0), (0.5, 1.0, 1.5), axes.positive("the exponent a_K")),
        Axis("tails", "tail", "share of the loss at the largest size that a finite world cuts off",
             (0.05,), (0.05,), (0.05, 0.1), _tail),
        axes.samples(axes.doubling(3, 7), axes.doubling(3, 7), axes.doubling(3, 7),
                     least=1, most=_LARGEST),
        axes.seeds(4, 12, 24),
    ),
    size="samples",
    losses=("data", "features"),
    measure=measure,
    read=read,
    curve=("a", "tail"),
    cells=_cells,
    seconds={"quick": 14.0, "standard": 42.0},
    notes=(
        "Points are Gaussian with variances i^-(1+a_K); the target weighs all latent features "
        f"alike (matched), and {_TEACHERS} are drawn for every set of points. The losses are exact "
        "over the population: no test sample.",
        "The column samples is the size of either side: D points with endless features, or P "
        "random features with endless points. The two sides are drawn separately.",
        f"A finite world cuts the spectrum off. It has as many latent features as cut {0.05:.0%} "
        f"of the loss at size {_LARGEST}, which steepens the slope by less than that; small sizes "
        "flatten it by about as much.",
    ),
)  # fmt: skip
"""The study."""
