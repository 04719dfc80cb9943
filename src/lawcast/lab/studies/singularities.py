"""Rough targets: cusps and kinks in isolated places, and roughness everywhere."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from lawcast._errors import ArgumentError
from lawcast._values import Array
from lawcast.lab.expecting import foretold
from lawcast.lab.learners.delaunay import delaunay_linear
from lawcast.lab.losses import find_loss
from lawcast.lab.reading import Reading
from lawcast.lab.slopes import Expected, read_slopes
from lawcast.lab.studies import axes
from lawcast.lab.study import Axis, Columns, Config, Streams, Study, Value
from lawcast.lab.worlds.manifolds import Torus
from lawcast.lab.worlds.processes import brownian_path
from lawcast.lab.worlds.rough import Singular, singular_target

LOSSES = {"l1": 1, "l2": 2, "l4": 4}
"""Loss -> its power q."""

TARGETS = {1: 256, 2: 64, 3: 64}
"""Dimension -> singular targets of a cell. Few simplices touch one singular set, and they carry
most of the loss, so that a single set would leave a loss known to its order alone."""

TESTS = 192
"""Test points for each target: half of them spread out, half near the singular set."""

MIDDLE = (0.35, 0.65)
"""Every coordinate of a point of the singular set lies between these, all over the middle, so that
targets seldom share simplices."""

REACH = {1: 0.2, 2: 0.15, 3: 0.12}
"""Dimension -> tests of a target fill a cube about its singular set that reaches so far from its
middle; the cube lies inside the unit box by 0.13 or more."""

NEAR = 4.0
"""Half of the tests lie within so many spacings D^(-1/d) of the singular set."""

DRAWS = 16
"""Most draws of points that share the targets of a cell among them."""

POINTS = {1: 2**20, 2: 2**13, 3: 2**13}
"""Dimension -> points of all the draws of a cell; a cell of more points has a single draw."""

MOST = {1: 2**17, 2: 2**17, 3: 2**16}
"""Dimension -> most points of a draw, whose simplices and values fit in 256 MB."""

CURVE = ("dimension", "codimension", "smoothness")

BROWNIAN = 0.5  # the smoothness that a target rough everywhere has here
PATHS, PATH_TESTS = 2, 2048  # Brownian paths of a draw, and their tests


def measure(config: Config, streams: Streams) -> Mapping[str, float]:
    """Mean losses over draws of points and over targets, with tests inside the hull."""
    d, n, c = (int(config[name]) for name in ("dimension", "samples", "codimension"))
    rng = streams.rng("points")
    draws = max(1, min(DRAWS, POINTS[d] // n))
    count = TARGETS[d] // draws
    drawn = streams.rng("targets", *CURVE, "seed")
    smoothness = float(config["smoothness"])
    every = []
    for _ in range(draws):
        train = Torus(d).sample(n, rng)
        if c == 0:
            every.append(_everywhere(train, rng))
            continue
        targets = [_target(d, smoothness, c, drawn) for _ in range(count)]
        every.append(_isolated(train, targets, rng))
    return {loss: float(np.mean([one[loss] for one in every])) for loss in LOSSES}


def _target(d: int, smoothness: float, codimension: int, rng: np.random.Generator) -> Singular:
    target = singular_target(d, smoothness, codimension, rng)
    return replace(target, centre=rng.uniform(*MIDDLE, d))


def _isolated(
    train: Array, targets: list[Singular], rng: np.random.Generator
) -> Mapping[str, float]:
    """Mean losses of several targets on the same points, each at tests of its own."""
    n, d = train.shape
    placed = [_tests(target, NEAR * n ** (-1 / d), rng) for target in targets]
    values = np.stack([target(train) for target in targets], axis=1)
    every = delaunay_linear(train, values, np.concatenate([tests for tests, _ in placed]))
    each = np.arange(len(targets))
    own = every.reshape(len(targets), TESTS, len(targets))[each, :, each]
    truth = np.stack([target(tests) for target, (tests, _) in zip(targets, placed, strict=True)])
    weights = np.stack([weight for _, weight in placed])
    return {name: float(np.mean(find_loss(name)(own, truth) * weights)) for name in LOSSES}


def _tests(target: Singular, near: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Tests of one target (TESTS, d), and weights that make their mean one over the whole cube."""
    c, d = target.normals.shape
    reach = REACH[d]
    near = min(near, reach)
    frame = np.linalg.svd(target.normals)[2]  # the first c rows run across the set
    place = rng.uniform(-reach, reach, (TESTS, d))
    place[TESTS // 2 :, :c] *= near / reach
    inside = (np.abs(place[:, :c]) <= near).all(axis=1)
    return target.centre + place @ frame, 2 / (1 + inside * (reach / near) ** c)


def _everywhere(train: Array, rng: np.random.Generator) -> Mapping[str, float]:
    """The same for Brownian paths, whose values at points and tests are drawn jointly."""
    tests = Torus(1).sample_inner(PATH_TESTS, rng)
    joint = np.concatenate([train, tests])
    paths = np.stack([brownian_path(joint, rng) for _ in range(PATHS)], axis=1)
    predicted = delaunay_linear(train, paths[: len(train)], tests)
    return {name: find_loss(name).mean(predicted, paths[len(train) :]) for name in LOSSES}


def cells(values: Mapping[str, tuple[Value, ...]]) -> Iterable[Config]:
    """The product of the axes, without kinds that do not exist and sizes that do not fit."""
    found = False
    kinds = itertools.product(
        *(values[name] for name in ("dimensions", "codimensions", "smoothness"))
    )
    for d, c, s in kinds:
        exists = (d, s) == (1, BROWNIAN) if c == 0 else int(c) <= int(d)
        for n, seed in itertools.product(values["samples"], values["seeds"]):
            if exists and int(n) <= MOST[int(d)]:
                found = True
                yield {"dimension": d, "codimension": c, "smoothness": s, "samples": n,
                       "seed": seed}  # fmt: skip
    if not found:
        raise ArgumentError(
            "no cell is left: a singular set has at most as many codimensions as there are "
            "dimensions, codimension 0 (rough everywhere) is a Brownian path, with d = 1 and "
            f"smoothness {BROWNIAN:g}, and at d = 3 there are at most {MOST[3]:,} points"
        )


def expect(place: Mapping[str, Any]) -> Expected:
    """min(2q, qs + c)/d; where both terms are close, the smaller takes over slowly."""
    d, c, s, loss = (place[name] for name in ("dimension", "codimension", "smoothness", "loss"))
    linear = {"loss": loss, "approximator": "piecewise-linear", "dimension": d, "smoothness": s}
    if c == 0:
        return foretold(0.05, target="rough", **linear)
    q = LOSSES[loss]
    apart = abs(2 * q - (q * s + c))
    tolerance = 0.15 if apart == 0 else 0.1 if apart < 1 or loss == "l4" else 0.05
    return foretold(tolerance, target="singular", codimension=c, **linear)


def read(columns: Columns) -> list[Reading]:
    """The exponent of every kind of singularity and loss."""
    return read_slopes(columns, size="samples", losses=tuple(LOSSES), by=CURVE, expect=expect)


def check_smoothness(value: Any) -> Value:
    """A power of 0 or more that is singular; refused as :func:`singular_target` does."""
    checked = axes.positive("the smoothness of the target")(value)
    singular_target(1, float(checked), 1, 0)
    return float(checked)


STUDY = Study(
    name="singularities",
    title="linear interpolation of cusps, kinks and Brownian paths",
    question="Does 4/d survive a target that is rough in isolated places, or everywhere?",
    source="derived here; everywhere rough: Krieg & Sonnleitner 2020",
    axes=(
        axes.dimensions((1, 2), (1, 2), (1, 2, 3), most=3,
                        why="the simplices become too many for the sizes that are needed"),
        Axis("codimensions", "codimension", "codimension of the singular set, 0 for everywhere",
             (0, 1, 2), (0, 1, 2), (0, 1, 2, 3), axes.whole("the codimension", least=0, most=3)),
        Axis("smoothness", "smoothness", "s: the target is distance^s near the set",
             (0.5, 1.0), (0.5, 1.0, 1.5), (0.25, 0.5, 1.0, 1.5), check_smoothness),
        axes.samples(axes.doubling(10, 14), axes.doubling(10, 15), axes.doubling(10, 17),
                     least=256, most=max(MOST.values())),
        axes.seeds(4, 6, 8),
    ),
    size="samples",
    losses=tuple(LOSSES),
    measure=measure,
    read=read,
    curve=CURVE,
    cells=cells,
    seconds={"quick": 10.0, "standard": 47.0},
    notes=(
        "Interpolation is linear on the Delaunay simplices of uniform points in the unit box; "
        "tests keep to a cube in its middle.",
        f"Each loss is the mean over {TARGETS[1]} singular sets ({TARGETS[2]} for d > 1), spread "
        "over several draws of the points where these are few. Half of the tests lie near the set "
        "and are weighted so that the mean is one over the whole cube.",
        "Tolerances were set beforehand: 5 %, 10 % in L4 or where q(p+1) and qs+c differ by less "
        "than 1 (the smaller takes over slowly), 15 % where they are equal (a logarithm).",
        "Codimension 0 is a Brownian path: smoothness 1/2 everywhere, one dimension.",
    ),
)  # fmt: skip
"""The study."""
