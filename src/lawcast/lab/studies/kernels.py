"""Kernel interpolation: which exponent a Matérn kernel reaches for which target."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from lawcast._errors import ArgumentError
from lawcast._values import Array
from lawcast.lab.expecting import foretold
from lawcast.lab.learners.kernels import MOST_POINTS, Matern, kernel_ridge
from lawcast.lab.learners.weights import (
    dense_variance,
    gaussian_moments,
    kernel_weights,
    moments,
)
from lawcast.lab.reading import Reading
from lawcast.lab.slopes import Expected, by_seed, curves, reading, slope
from lawcast.lab.studies import axes
from lawcast.lab.study import Axis, Columns, Config, Streams, Study, Value
from lawcast.lab.worlds.manifolds import Cube, Torus
from lawcast.lab.worlds.targets import Target, fourier_target, wave_target

RIDGE = 1e-12
"""Share of the variance added to the diagonal, so that near pairs can be factored."""

MOVED = 0.02
"""A size counts while ten ridges in place of one change the L2 loss by less than this share: what
the ridge itself adds is then ten or a hundred times less. A declared rule."""

_TESTS = 512
_SMOOTH_TARGETS = 4  # of each cell; they share one factor
_REPEATED = 256  # small sets of points are drawn again until there are this many points
_MOST_ON_LINE = 1024  # in one dimension points soon lie too close for a kernel matrix
_STRETCH = 2.0  # circumference of a circle and edge of the cube, in length scales of the kernel
_MANIFOLDS = {"torus": "closed", "cube": "bounded"}
_PROCESSES = {"process 1/2": 0.5, "process 3/2": 1.5, "process 5/2": 2.5}
_TARGETS = ("smooth", *_PROCESSES)
_NUS = (0.5, 1.5, 2.5)
_CURVE = ("manifold", "dimension", "nu", "target")


def _nu(value: Any) -> float:
    if value not in _NUS:
        raise ArgumentError(f"a Matérn kernel has nu=0.5, 1.5 or 2.5 here, not {value!r}")
    return float(value)


def _cells(values: Mapping[str, tuple[Value, ...]]) -> Iterable[Config]:
    """Every combination that theory speaks of."""
    names = ("manifold", "dimension", "nu", "target", "samples", "seed")
    every = ("manifolds", "dimensions", "nus", "targets", "samples", "seeds")
    for combination in itertools.product(*(values[axis] for axis in every)):
        config = dict(zip(names, combination, strict=True))
        if int(config["dimension"]) == 1 and int(config["samples"]) > _MOST_ON_LINE:
            continue
        if _expected({**config, "loss": "l2"}) is not None:
            yield config


def measure(config: Config, streams: Streams) -> dict[str, float]:
    """Interpolate with the ridge and, once, with ten of it to see that it does not matter."""
    d, n = int(config["dimension"]), int(config["samples"])
    manifold: Torus | Cube = Torus(d) if config["manifold"] == "torus" else Cube(d)
    rng = streams.rng("points")
    learned = _Learned(config, streams, manifold)
    rows, moved = [], 0.0
    for repeat in range(max(1, _REPEATED // n)):
        points = manifold.sample(n, rng)
        tests, shares = _tests(manifold, n, rng)
        inner = (np.abs(tests - 0.5) < 0.25).all(axis=1)
        found = learned.moments(points, tests, RIDGE)
        rows.append([*(found @ shares), found[1, inner].mean()])
        if repeat == 0:
            more = learned.moments(points, tests, 10 * RIDGE)
            moved = float(abs(more[1] @ shares / rows[0][1] - 1))
    l1, l2, l4, inside = np.mean(rows, axis=0).tolist()
    return {"l1": l1, "l2": l2, "l4": l4, "inside": inside, "moved": moved}


def _tests(manifold: Torus | Cube, n: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Tests and their shares of the mean: half of them near the boundary, where there is one.

    That layer is thin but may hold most of the loss, so that uniform tests would miss it.
    """
    if isinstance(manifold, Torus):
        return manifold.sample(_TESTS, rng), np.full(_TESTS, 1 / _TESTS)
    d, half = manifold.dimension, _TESTS // 2
    layer = min(0.25, 2 * n ** (-1 / d))
    inner = (1 - 2 * layer) ** d
    tests = [manifold.sample_inner(half, rng, 1 - 2 * layer)]
    missing = half
    while missing:
        drawn = manifold.sample(int(missing / (1 - inner)) + 16, rng)
        drawn = drawn[(np.abs(drawn - 0.5) > 0.5 - layer).any(axis=1)][:missing]
        tests.append(drawn)
        missing -= len(drawn)
    shares = np.repeat([inner / half, (1 - inner) / half], half)
    return np.concatenate(tests), shares


class _Learned:
    """The targets of a cell and the kernel that learns them."""

    def __init__(self, config: Config, streams: Streams, manifold: Torus | Cube) -> None:
        self.manifold = manifold
        self.kernel = Matern(float(config["nu"]))
        smoothness = _PROCESSES.get(str(config["target"]))
        self.process = None if smoothness is None else Matern(smoothness)
        rng = streams.rng("target", "manifold", "dimension", "seed")
        self.targets: list[Target] = []
        for _ in range(_SMOOTH_TARGETS if smoothness is None else 0):
            if isinstance(manifold, Torus):
                self.targets.append(fourier_target(manifold.d, rng))
            else:
                self.targets.append(wave_target(manifold, rng))

    def moments(self, points: Array, tests: Array, ridge: float) -> Array:
        """Mean |r|, r² and r⁴ of every test, (3, m), over the targets."""
        train, asked = (_STRETCH * self.manifold.embed(rows) for rows in (points, tests))
        if self.process is not None:
            weights = kernel_weights(self.kernel, train, asked, ridge=ridge)
            return gaussian_moments(dense_variance(self.process, train, asked, weights))
        known, truth = (
            np.stack([target(rows) for target in self.targets], axis=1) for rows in (points, tests)
        )
        return moments(kernel_ridge(self.kernel, train, known, asked, ridge=ridge) - truth)


def _expected(at: Mapping[str, Any]) -> Expected | None:
    """What the rules say; over a boundary only smooth targets are asked about."""
    premises = {"approximator": "kernel", "nu": at["nu"], "dimension": at["dimension"]}
    smoothness = _PROCESSES.get(at["target"])
    if smoothness is None:
        inside = at["loss"] == "inside"  # far from the boundary there might be none
        domain = "closed" if inside else _MANIFOLDS[at["manifold"]]
        loss = "l2" if inside else at["loss"]
        return foretold(0.1, loss=loss, target="smooth", domain=domain, **premises)
    if at["manifold"] == "cube":
        return None
    if smoothness == at["nu"]:
        return foretold(0.05, loss=at["loss"], target="matched", **premises)
    return foretold(0.1, loss=at["loss"], target="rough", smoothness=smoothness, **premises)


def read(columns: Columns) -> list[Reading]:
    """The exponent of every curve over the sizes at which the ridge does not matter."""
    by = _CURVE
    moved = {
        tuple(place.values()): table
        for place, _, table in curves(columns, by, "samples", np.asarray(columns["moved"], float))
    }
    readings = []
    for loss in ("l1", "l2", "l4", "inside"):
        values = np.asarray(columns[loss], float)
        for place, sizes, table in curves(columns, by, "samples", values):
            if loss == "inside" and place["manifold"] == "torus":
                continue
            # Where the ridge begins to matter, larger sizes are no better.
            kept = np.logical_and.accumulate(moved[tuple(place.values())].max(axis=1) < MOVED)
            at = {**place, "loss": loss}
            if not kept.all():
                at["largest"] = float(sizes[kept].max(initial=0))
            enough = int(kept.sum()) > 1
            found = slope(sizes[kept], table[kept]) if enough else np.full(table.shape[1], np.nan)
            readings.append(reading("alpha", at, by_seed(found), _expected(at)))
    return readings


STUDY = Study(
    name="kernels",
    title="Matérn kernels: a matched, a smooth and a rougher target",
    question="Is the exponent that of the kernel's spectrum for every target, and does a smoother "
    "kernel always raise it?",
    source="Bahri et al. 2102.06701, section 2.2; Spigler, Geiger & Wyart 1905.10843; the boundary "
    "is derived here",
    axes=(
        axes.words("manifolds", "manifold", "torus (closed) or cube (with a boundary)",
                   tuple(_MANIFOLDS)),
        axes.dimensions((1, 2), (1, 2, 3), (1, 2, 3, 4), most=6,
                        why="the kernel matrix of the points needed above it does not fit"),
        Axis("nus", "nu", "smoothness of the kernel", (0.5, 1.5), (0.5, 1.5), _NUS, _nu),
        axes.words("targets", "target", "smooth, or a Gaussian process of that smoothness",
                   _TARGETS, _TARGETS[:3], _TARGETS[:3]),
        axes.samples(axes.doubling(4, 10), axes.doubling(4, 11), axes.doubling(4, 13),
                     least=4, most=MOST_POINTS),
        axes.seeds(4, 5, 8),
    ),
    size="samples",
    losses=("l1", "l2", "l4"),
    measure=measure,
    read=read,
    curve=_CURVE,
    cells=_cells,
    measured=("inside", "moved"),
    seconds={"quick": 14.0, "standard": 79.0},
    notes=(
        "The torus is a product of circles, the cube has edges as long as their circumference: "
        f"{_STRETCH:g} length scales of the kernel. A process on the torus is matched where its "
        "smoothness is that of the kernel.",
        "Losses of a process are averaged over all its targets in closed form, so that only the "
        f"points vary. A smooth target is one of {_SMOOTH_TARGETS} sums of low waves.",
        "On the cube half of the tests lie in a layer at the boundary and are weighted so that the "
        "mean is one over the whole cube; inside is the L2 loss over its middle half.",
        f"The ridge is {RIDGE:g} of the variance. A size counts while ten ridges in its place move "
        f"the L2 loss by less than {MOVED:.0%}. Where larger sizes were left out, largest names "
        "the last that counts; where only small ones are left their slope is not yet the limit.",
    ),
)  # fmt: skip
"""The study."""
