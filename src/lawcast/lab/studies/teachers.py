"""Smooth against ReLU teachers: is the exponent of piecewise-linear fits 4/d or 3/d?"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from lawcast._errors import ArgumentError
from lawcast._values import Array, Estimate
from lawcast.lab.expecting import foretold
from lawcast.lab.learners.kernels import ArcCosine, kernel_ridge
from lawcast.lab.learners.weights import (
    Weights,
    delaunay_weights,
    dense_variance,
    few_variance,
    gaussian_moments,
    kernel_weights,
    local_linear_weights,
    moments,
)
from lawcast.lab.reading import Reading
from lawcast.lab.slopes import Expected, by_seed, curves, reading, slope
from lawcast.lab.studies import axes
from lawcast.lab.study import Columns, Config, Streams, Study, Value
from lawcast.lab.worlds.manifolds import Cube
from lawcast.lab.worlds.rough import kinked_target
from lawcast.lab.worlds.targets import Target, standardise, wave_target
from lawcast.lab.worlds.teachers import network_target

TESTS = 4096
"""Tests of a local fit, in the middle half of the cube."""

PROCESS_TESTS = 1024
"""The same for a process: each of them stands for all its targets."""

KERNEL_TESTS = 512
"""Tests of the kernel, which sees directions only, all over the cube."""

RIDGE = 1e-12
"""Share of the variance added to the diagonal of the kernel."""

MOVED = 0.02
"""A size of the kernel counts while ten ridges in place of one change the L2 loss by less."""

LEARNERS = ("delaunay", "local-linear", "homogeneous-kernel")

SIZES = {
    ("delaunay", 2): (10, 14), ("delaunay", 3): (9, 13),
    ("local-linear", 2): (10, 20), ("local-linear", 3): (11, 20),
    ("local-linear", 4): (12, 20), ("local-linear", 5): (12, 20),
    ("homogeneous-kernel", 2): (6, 10), ("homogeneous-kernel", 3): (6, 10),
    ("homogeneous-kernel", 4): (6, 10), ("homogeneous-kernel", 5): (6, 10),
}  # fmt: skip
"""Learner and dimension -> octaves of D that it is asked to learn from."""

CURVE = ("dimension", "learner", "target")
LOSSES = ("l1", "l2", "l4")


@dataclass(frozen=True)
class Kind:
    """A kind of target.

    Args:
        make: draws one on the cube from its dimension and a generator, or is the covariance of a
            process over all of whose targets the losses are averaged, in closed form.
        premises: what it is to the rules.
        losses: those in which the sizes at hand reach what the rules say.
        homogeneous: whether f(cx) = c f(x), so that the kernel without bias can learn it.
    """

    make: Callable[[int, np.random.Generator], Target] | ArcCosine
    premises: Mapping[str, Any]
    losses: tuple[str, ...] = LOSSES
    homogeneous: bool = False


def _cube(d: int) -> Cube:
    return Cube(d, -0.5, 0.5)


def _waves(d: int, rng: np.random.Generator) -> Target:
    return wave_target(_cube(d), rng)


def _network(
    d: int, rng: np.random.Generator, *, width: int, activation: str = "relu", bias_sd: float = 1.0
) -> Target:
    return network_target(d, rng, width=width, activation=activation, bias_sd=bias_sd)


def _kinks(d: int, rng: np.random.Generator) -> Target:
    return kinked_target(d, rng, centre=0.0)


_SMOOTH, _KINKED = {"target": "smooth"}, {"target": "relu-network"}
TARGETS = {
    "waves": Kind(_waves, _SMOOTH),
    "tanh network": Kind(partial(_network, activation="tanh", width=64), _SMOOTH),
    "six kinks": Kind(_kinks, _KINKED),
    "relu of width 16": Kind(partial(_network, width=16), _KINKED, ("l2",)),
    "relu of width 64": Kind(partial(_network, width=64), _KINKED, ("l2",)),
    "relu of width 256": Kind(partial(_network, width=256), _KINKED, ("l2",)),
    "bias-free relu": Kind(partial(_network, width=256, bias_sd=0.0), _KINKED, ("l2",), True),
    "relu process": Kind(ArcCosine(2, 1.0), {"target": "relu-process"}),
    "bias-free process": Kind(ArcCosine(2), {"target": "bias-free-process"}, LOSSES, True),
}
"""Name -> kind of target; networks have two hidden layers, biases N(0, 1) unless free of them."""


def measure(config: Config, streams: Streams) -> Mapping[str, float]:
    """Mean losses of one learner of one target at one set of points."""
    d, n = int(config["dimension"]), int(config["samples"])
    cube, rng = _cube(d), streams.rng("points")
    kind = TARGETS[str(config["target"])]
    learned: Target | ArcCosine
    if isinstance(kind.make, ArcCosine):
        learned = kind.make
    else:
        drawn = streams.rng("target", "dimension", "target", "seed")
        scaled = standardise(kind.make(d, drawn), cube, drawn, sample=2048)
        # A shift would break f(cx) = c f(x).
        learned = replace(scaled, shift=0.0) if kind.homogeneous else scaled
    train = cube.sample(n, rng)
    if config["learner"] == "homogeneous-kernel":
        tests = cube.sample(KERNEL_TESTS, rng)
        found, more = (_by_kernel(learned, train, tests, share) for share in (RIDGE, 10 * RIDGE))
        moved = float(abs(more[1].mean() / found[1].mean() - 1))
    else:
        count = PROCESS_TESTS if isinstance(learned, ArcCosine) else TESTS
        tests = cube.sample_inner(count, rng)
        if config["learner"] == "delaunay":
            few = delaunay_weights(train, tests)
        else:
            few = local_linear_weights(cube, train, tests)
        found, moved = _by_pieces(learned, train, tests, few), 0.0
    return {**dict(zip(LOSSES, found.mean(axis=1).tolist(), strict=True)), "moved": moved}


def _by_pieces(learned: Target | ArcCosine, train: Array, tests: Array, few: Weights) -> Array:
    """|r|, r² and r⁴ of every test, (3, m); the target is asked only where a fit looks."""
    if isinstance(learned, ArcCosine):
        return gaussian_moments(few_variance(learned, train, tests, few))
    rows, place = np.unique(few.indices, return_inverse=True)
    known = learned(train[rows])[place.reshape(few.indices.shape)]
    return moments(np.einsum("mk,mk->m", few.weights, known) - learned(tests))


def _by_kernel(learned: Target | ArcCosine, train: Array, tests: Array, ridge: float) -> Array:
    """The same for regression with the kernel of the bias-free process."""
    kernel = ArcCosine(2)
    if isinstance(learned, ArcCosine):
        weights = kernel_weights(kernel, train, tests, ridge=ridge)
        return gaussian_moments(dense_variance(learned, train, tests, weights))
    return moments(kernel_ridge(kernel, train, learned(train), tests, ridge=ridge) - learned(tests))


def cells(values: Mapping[str, tuple[Value, ...]]) -> Iterable[Config]:
    """The product of the axes, without what a learner cannot do.

    Raises:
        ArgumentError: nothing is left.
    """
    found = False
    for d, learner, target in itertools.product(
        values["dimensions"], values["learners"], values["targets"]
    ):
        if (learner, d) not in SIZES:
            continue
        if learner == "homogeneous-kernel" and not TARGETS[str(target)].homogeneous:
            continue
        low, high = SIZES[str(learner), int(d)]
        for n, seed in itertools.product(values["samples"], values["seeds"]):
            if 2**low <= int(n) <= 2**high:
                found = True
                yield {"dimension": d, "learner": learner, "target": target, "samples": n,
                       "seed": seed}  # fmt: skip
    if not found:
        told = "; ".join(
            f"{learner} at d = {d}: 2^{low} to 2^{high}"
            for (learner, d), (low, high) in SIZES.items()
        )
        raise ArgumentError(
            "no cell is left: the homogeneous kernel learns bias-free targets alone, and each "
            f"learner has its range of samples: {told}"
        )


def expect(at: Mapping[str, Any]) -> Expected | None:
    """What the rules say."""
    kind, d, loss = TARGETS[at["target"]], at["dimension"], at["loss"]
    if loss not in kind.losses:
        return None
    tolerance = 0.1 if loss == "l4" or d > 3 else 0.05
    premises = {"approximator": "piecewise-linear", **kind.premises}
    if at["learner"] == "homogeneous-kernel":
        premises = {"approximator": "homogeneous-kernel", "target": "bias-free-process"}
    return foretold(tolerance, loss=loss, dimension=d, **premises)


def read(columns: Columns) -> list[Reading]:
    """Exponents, the lines that they exclude, and how losses and learners compare."""
    slopes: dict[tuple[Any, ...], Array] = {}
    readings: list[Reading] = []
    tables = {
        name: [table for _, _, table in _curves(columns, name)] for name in (*LOSSES, "moved")
    }
    for loss in LOSSES:
        for row, (place, sizes, table) in enumerate(_curves(columns, loss)):
            kept = np.logical_and.accumulate(tables["moved"][row].max(axis=1) < MOVED)
            at = {**place, "loss": loss}
            if not kept.all():
                at["largest"] = float(sizes[kept].max(initial=0))
            enough = int(kept.sum()) > 1
            found = slope(sizes[kept], table[kept]) if enough else np.full(table.shape[1], np.nan)
            slopes[*place.values(), loss] = found
            readings.append(reading("alpha", at, by_seed(found), expect(at)))
    for place, _, _ in _curves(columns, "l2"):
        key = tuple(place.values())
        d, learner, target = key
        scaled = by_seed(d * slopes[*key, "l2"])
        readings.append(Reading("d·alpha", {**place, "lines": _lines(d, learner, scaled)}, scaled,
                                None))  # fmt: skip
        ratio = by_seed(slopes[*key, "l1"] / slopes[*key, "l2"])
        readings.append(reading("l1 over l2", place, ratio, _order(target, learner)))
        other = (d, "delaunay", target, "l2")
        if learner == "local-linear" and other in slopes:
            both = by_seed(slopes[*key, "l2"] / slopes[other])
            same = Expected(1.0, "1", "both are piecewise linear", tolerance=0.05)
            readings.append(reading("local linear over delaunay", place, both, same))
    return readings


def _curves(columns: Columns, name: str) -> Iterable[tuple[dict[str, Any], Array, Array]]:
    return curves(columns, CURVE, "samples", np.asarray(columns[name], float))


def _lines(d: int, learner: str, scaled: Estimate) -> str:
    """Which of the lines 3/d, 4/d and, for the kernel, 3/(d-1) the interval excludes."""
    lines = {"3/d": 3.0, "4/d": 4.0}
    if learner == "homogeneous-kernel":
        lines["3/(d-1)"] = 3 * d / (d - 1)
    interval = scaled.interval
    if interval is None:
        return "no interval"
    out = [name for name, value in lines.items() if value not in interval]
    return f"excludes {', '.join(out)}" if out else "excludes none"


def _order(target: str, learner: str) -> Expected | None:
    """2/3 for kinks in isolated places, 1/2 for one smoothness everywhere."""
    kind = TARGETS[target]
    if kind.losses != LOSSES or learner == "homogeneous-kernel":
        return None
    one, two = (
        foretold(loss=loss, dimension=1.0, approximator="piecewise-linear", **kind.premises)
        for loss in ("l1", "l2")
    )
    return Expected(one.value / two.value, f"({one.basis}) / ({two.basis})", one.source)


STUDY = Study(
    name="teachers",
    title="smooth against ReLU teachers",
    question="Do piecewise-linear fits of random ReLU networks have 4/d or 3/d in L2, and do "
    "homogeneous learners have 3/(d-1)?",
    source="Sharma & Kaplan 2004.10802 uses such teachers; 3/d and 3/(d-1) are derived here and "
    "preliminary",
    axes=(
        axes.dimensions((2, 3), (2, 3, 4, 5), (2, 3, 4, 5), most=5,
                        why="the sizes needed to tell 3/d from 4/d are too large above it"),
        axes.words("learners", "learner", "what learns", LEARNERS, quick=LEARNERS[1:]),
        axes.words("targets", "target", "what is learned", tuple(TARGETS),
                   quick=("waves", "six kinks", "relu of width 256", "relu process",
                          "bias-free process")),
        axes.samples(axes.doubling(6, 15), axes.doubling(6, 18), axes.doubling(6, 20), least=64),
        axes.seeds(4, 6, 12),
    ),
    size="samples",
    losses=LOSSES,
    measure=measure,
    read=read,
    curve=CURVE,
    cells=cells,
    measured=("moved",),
    seconds={"quick": 12.0, "standard": 200.0},
    notes=(
        "Points are uniform in the cube from -1/2 to 1/2. Tests of the local fits lie in its "
        "middle half, away from the boundary; those of the kernel lie all over it.",
        "Networks have two hidden layers, weights N(0, 1/fan_in) and biases N(0, 1) unless free of "
        "them. A network of finite width is kinked: L1, L2 and L4 tend to 2/d, 3/d and 5/d. Where "
        "many kinks cross a simplex it still looks like its infinite-width limit, with 1.5/d, 3/d "
        "and 6/d, so that theory is held against its L2 alone.",
        "Losses of a process are averaged over all its targets in closed form; it needs no draw.",
        "d·alpha is of L2. The lines that its interval excludes are named; the interval is from "
        "seeds and knows nothing of sizes that are not yet in the limit.",
        "The kernel learns from 1,024 points at most, early for the 3 and 4 directions that it "
        "sees at d = 4 and 5: there it may lie above its limit. Kinks that cross most simplices, "
        "as six do at d = 4 and 5, keep L1 below its own.",
        f"A size of the kernel counts while ten times its ridge ({RIDGE:g}) moves the L2 loss by "
        f"less than {MOVED:.0%}; where larger ones were left out, largest says so.",
    ),
)  # fmt: skip
"""The study."""
