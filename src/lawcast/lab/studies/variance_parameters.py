"""Variance-limited scaling in the parameters: random features at a fixed set of points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from lawcast._errors import ArgumentError
from lawcast._values import Array
from lawcast.lab.expecting import foretold
from lawcast.lab.learners.features import relu_features
from lawcast.lab.learners.kernels import ArcCosine
from lawcast.lab.reading import Reading
from lawcast.lab.slopes import OCTAVES, Expected, by_seed, curves, reading, slope
from lawcast.lab.studies import axes
from lawcast.lab.study import Axis, Columns, Config, Streams, Study, Value
from lawcast.lab.worlds.manifolds import Sphere

_SPHERE = Sphere(7)
_TESTS = 256
_DRAWS = 32  # sets of random features of each cell
_TEACHER = 512
_POWERS = {"l1": 1.0, "l2": 2.0, "l4": 4.0}
_MANY = 2  # at least this many features for each training point


def _cells(values: Mapping[str, tuple[Value, ...]]) -> Iterable[Config]:
    """Every combination; fewer features than points would be another regime.

    Raises:
        ArgumentError: too few features for the points.
    """
    for samples in values["samples"]:
        for params in values["params"]:
            if int(params) < _MANY * int(samples):
                raise ArgumentError(
                    f"{params} features of {samples} training points are not many: the limit of "
                    f"endless features needs P of {_MANY} D or more; give params={_MANY}·samples "
                    "and above"
                )
            for seed in values["seeds"]:
                yield {"samples": samples, "params": params, "seed": seed}


def measure(config: Config, streams: Streams) -> dict[str, float]:
    """Ridgeless regression with many sets of features, beside its exact kernel limit."""
    rng = streams.rng("world", "samples", "seed")
    points, tests = _SPHERE.sample(int(config["samples"]), rng), _SPHERE.sample(_TESTS, rng)
    teacher, heights = relu_features(8, _TEACHER, rng, bias_sd=0.5), rng.standard_normal(_TEACHER)
    scale = (teacher(tests) @ heights).std()
    known, truth = (teacher(rows) @ heights / scale for rows in (points, tests))
    kernel = ArcCosine(1)
    inner, across = kernel(points, points), kernel(tests, points)
    factor = cho_factor(inner)
    limit = cho_solve(factor, known)
    off = across @ limit - truth
    slopes = {"l1": np.sign(off), "l2": 2 * off, "l4": 4 * off**3}
    rng = streams.rng("features")
    rows = []
    for _ in range(_DRAWS):
        draw = relu_features(8, int(config["params"]), rng)
        left, right = draw(tests), draw(points)
        gram = right @ right.T
        cross = left @ right.T
        found = cross @ cho_solve(cho_factor(gram), known) - truth
        # To first order in (gram - inner) and (cross - across), which have mean 0, exactly.
        pull = (gram - inner) @ limit
        linear = (cross - across) @ limit - across @ cho_solve(factor, pull)
        rows.append([_less(found, slopes[name] * linear, q) for name, q in _POWERS.items()])
    losses = dict(zip(_POWERS, np.mean(rows, axis=0).tolist(), strict=True))
    limits = {f"limit_{name}": float((np.abs(off) ** q).mean()) for name, q in _POWERS.items()}
    return {**losses, **limits}


def _less(residual: Array, known: Array, power: float) -> float:
    """Mean loss less a part whose mean over features is 0: only the noise falls."""
    return float((np.abs(residual) ** power - known).mean())


def read(columns: Columns) -> list[Reading]:
    """The slope of |L(P) - L(infinity)| against P, and against P - D, which is the clean one."""
    readings = []
    for loss in _POWERS:
        excess = np.abs(np.asarray(columns[loss]) - np.asarray(columns[f"limit_{loss}"]))
        for place, sizes, table in curves(columns, ("samples",), "params", excess):
            kept = sizes >= sizes[-1] / 2**OCTAVES
            at = {**place, "loss": loss}
            clean = slope(sizes[kept] - place["samples"], table[kept], octaves=np.inf)
            readings.append(reading("alpha", at, by_seed(clean), _expected(at)))
            plain = slope(sizes[kept], table[kept], octaves=np.inf)
            readings.append(reading("slope against P", at, by_seed(plain), None))
    return readings


def _expected(at: Mapping[str, Any]) -> Expected:
    return foretold(0.07, regime="variance", variable="parameters", loss=at["loss"],
                    approximator="linear-features")  # fmt: skip


STUDY = Study(
    name="variance-parameters",
    title="variance-limited scaling in the parameters of random features",
    question="Does the loss of P random features approach that of their kernel as 1/P, at the same "
    "training points and in every loss?",
    source="Bahri et al. 2102.06701, section 2.1; the variable P - D is derived here",
    axes=(
        axes.samples((32,), (32,), (32, 64), most=512),
        Axis("params", "params", "random ReLU features P, twice D or more",
             axes.doubling(8, 12), axes.doubling(8, 13), axes.doubling(8, 15),
             axes.whole("the number of features", least=4, most=2**17)),
        axes.seeds(6, 12, 24),
    ),
    size="params",
    losses=tuple(_POWERS),
    measure=measure,
    read=read,
    curve=("samples",),
    cells=_cells,
    measured=tuple(f"limit_{name}" for name in _POWERS),
    seconds={"quick": 3.0, "standard": 10.0},
    notes=(
        "Points lie on the sphere in 8 columns. The limit is exact: regression with the arc-cosine "
        "kernel of order 1 on the same points, subtracted seed by seed.",
        "The inverse of the features' matrix of inner products bends the law at small P; P - D is "
        "the clean variable. The slope against P is printed beside it.",
        f"Losses are means over {_DRAWS} sets of features, less their first-order part, whose mean "
        "is exactly 0: that removes noise and nothing else.",
    ),
)  # fmt: skip
"""The study."""
