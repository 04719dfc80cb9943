"""Duality: learning from D points and learning with P random features mirror each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lawcast._errors import ArgumentError
from lawcast.lab.expecting import foretold
from lawcast.lab.learners.features import PowerLawWorld
from lawcast.lab.reading import Reading
from lawcast.lab.slopes import Expected, by_seed, curves, read_slopes, reading
from lawcast.lab.study import Axis, Columns, Config, Streams, Study
from lawcast.lab.worlds.checks import check_count, check_positive

_TEACHERS = 64  # matched targets of each cell
_LARGEST = 256


def _size(value: Any) -> int:
    size = check_count(value, "a size")
    if size > _LARGEST:
        raise ArgumentError(
            f"{size} points of so many latent features do not fit; sizes go up to {_LARGEST}, "
            "which keeps the truncated tail small as well"
        )
    return size


def measure(config: Config, streams: Streams) -> dict[str, float]:
    """The exact population loss of D points, and that of as many features, drawn separately."""
    world = PowerLawWorld(int(config["latent"]), float(config["a"]))
    size = int(config["samples"])
    rng = streams.rng("draws")
    teachers = rng.standard_normal((world.count, _TEACHERS))
    data = world.data_loss(world.sample(size, rng), teachers)
    teachers = rng.standard_normal((world.count, _TEACHERS))
    projection = rng.standard_normal((size, world.count))
    features = world.feature_loss(projection, teachers)
    return {"data": float(data.mean()), "features": float(features.mean())}


def read(columns: Columns) -> list[Reading]:
    """Both exponents, and the ratio of the two losses at every size."""
    by = ("a", "latent")
    readings = read_slopes(
        columns, size="samples", losses=("data", "features"), by=by, expect=_expected
    )
    ratio = np.asarray(columns["data"], float) / np.asarray(columns["features"], float)
    for place, sizes, table in curves(columns, by, "samples", ratio):
        for size, row in zip(sizes.tolist(), table, strict=True):
            at = {**place, "size": size}
            readings.append(reading("ratio", at, by_seed(row), _ONE))
    return readings


_ONE = Expected(
    1.0, "1", "derived here: both losses average to the same trace", tolerance=0.05
)


def _expected(at: Mapping[str, Any]) -> Expected:
    variable = {"data": "data", "features": "parameters"}[at["loss"]]
    return foretold(0.05, variable=variable, loss="l2", approximator="linear-features",
                    target="matched", a=at["a"])  # fmt: skip


STUDY = Study(
    name="duality",
    title="Duality of data and parameters in a world with a power-law spectrum",
    question="Are the exponents in the data and in the parameters both that of the spectrum, and "
    "the losses equal at equal size?",
    source="Bahri et al. 2102.06701, section 2.2; Maloney, Roberts & Sully 2210.16859",
    axes=(
        Axis("spectra", "a", "exponent a_K of the spectrum, i^-(1+a_K)", (0.5, 1.0), (0.5, 1.0),
             (0.5, 1.0, 1.5), lambda a: check_positive(a, "the exponent of the spectrum")),
        Axis("latent", "latent", "latent features S, many more than the largest size",
             (65536,), (65536,), (131072,),
             lambda count: check_count(count, "the number of latent features", 2)),
        Axis("samples", "samples", "size: training points D, and features P",
             (4, 8, 16, 32, 64), (4, 8, 16, 32, 64), (8, 16, 32, 64, 128), _size),
        Axis("seeds", "seed", "seeds: points, features and targets",
             tuple(range(4)), tuple(range(12)), tuple(range(16)),
             lambda seed: check_count(seed, "a seed", 0)),
    ),
    size="samples",
    losses=("data", "features"),
    measure=measure,
    read=read,
    curve=("a", "latent"),
)  # fmt: skip
