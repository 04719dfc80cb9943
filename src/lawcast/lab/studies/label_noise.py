"""Noise in the labels: interpolators keep it, averages lose it at a rate, a sum may lose it fast.

The loss against noisy tests is integrated over the noise of the test label in closed form; the
noise of the training labels is drawn, several times for each set of points.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lawcast._values import Array
from lawcast.lab.expecting import foretold
from lawcast.lab.learners.delaunay import delaunay_linear
from lawcast.lab.learners.features import linear_fit
from lawcast.lab.learners.neighbours import nearest_neighbour, neighbour_mean
from lawcast.lab.reading import Reading
from lawcast.lab.slopes import Expected, by_seed, curves, read_slopes, reading, slope
from lawcast.lab.studies import axes
from lawcast.lab.study import Axis, Columns, Config, Streams, Study, Value
from lawcast.lab.worlds.checks import chunks
from lawcast.lab.worlds.manifolds import Torus
from lawcast.lab.worlds.noise import find_noise
from lawcast.lab.worlds.targets import Target, additive_target, fourier_target

SOURCE = "derived here; Stone 1982 for the rate with averaging"
HARMONICS = 4
"""Waves a coordinate that the additive learner fits; the target has the first two of them."""

BY = ("approximator", "dimension", "noise", "sd")
SHAPES = ("gaussian", "laplace", "uniform")
_TESTS = 4096


@dataclass(frozen=True)
class Learner:
    """A learner of noisy labels.

    Args:
        dimensions: least and largest dimension in which it is run.
        draws: sets of training labels for each set of points; means over many neighbours need
            many, because near tests share them.
        largest: share of the largest size up to which it is run, as a function of d.
        predict: (train, values (n, t), tests, d) to (m, t).
    """

    dimensions: tuple[int, int]
    draws: int
    predict: Callable[[Array, Array, Array, int], Array]
    largest: Callable[[int], float] = lambda d: 1.0


def near_count(samples: int, dimension: int) -> int:
    """k of the mean: D^(4/(4+d)) / 2, the rate at which bias and noise fall together (s = 2)."""
    share: float = samples ** (4 / (4 + dimension))
    return max(1, round(share / 2))


def _nearest(train: Array, values: Array, tests: Array, d: int) -> Array:
    return nearest_neighbour(Torus(d), train, values, tests)


def _mean(train: Array, values: Array, tests: Array, d: int) -> Array:
    torus, k = Torus(d), near_count(len(train), d)
    means = np.empty((len(tests), values.shape[1]))
    for part in chunks(len(tests), 2 * k):  # k grows to thousands
        means[part] = neighbour_mean(torus, train, values, tests[part], k)
    return means


def _simplices(train: Array, values: Array, tests: Array, d: int) -> Array:
    return delaunay_linear(train, values, tests)


def _additive(train: Array, values: Array, tests: Array, d: int) -> Array:
    return np.asarray(_waves(tests) @ linear_fit(_waves(train), values))


def _waves(points: Array) -> Array:
    """A constant, and cosines and sines of every coordinate."""
    turns = 2 * np.pi * points[:, :, None] * np.arange(1, HARMONICS + 1)
    flat = turns.reshape(len(points), -1)
    return np.concatenate([np.ones((len(points), 1)), np.cos(flat), np.sin(flat)], axis=1)


LEARNERS: dict[str, Learner] = {
    "piecewise-constant": Learner((1, 4), 4, _nearest),
    # Simplices in space are many; the plateau is reached long before.
    "delaunay": Learner((1, 4), 4, _simplices, lambda d: 1.0 if d < 3 else 1 / 4),
    "k-nn": Learner((1, 4), 16, _mean, lambda d: 1 / 2),
    "additive": Learner((5, 64), 4, _additive),
}


def cells(values: Mapping[str, tuple[Value, ...]]) -> Iterator[Config]:
    """Each learner in the dimensions that are its own; shapes of noise for 1-NN alone."""
    largest = max(int(n) for n in values["samples"])
    for name in values["approximators"]:
        learner = LEARNERS[str(name)]
        low, high = learner.dimensions
        shapes = values["noises"] if name == "piecewise-constant" else values["noises"][:1]
        for d in values["dimensions"]:
            if not low <= int(d) <= high:
                continue
            for shape in shapes:
                for sd in values["sds"]:
                    for n in values["samples"]:
                        if int(n) > largest * learner.largest(int(d)):
                            continue
                        for seed in values["seeds"]:
                            yield {
                                "approximator": name,
                                "dimension": d,
                                "noise": shape,
                                "sd": sd,
                                "samples": n,
                                "seed": seed,
                            }


def measure(config: Config, streams: Streams) -> Mapping[str, float]:
    """Losses of one learner on one set of points."""
    learner = LEARNERS[str(config["approximator"])]
    d, n = int(config["dimension"]), int(config["samples"])
    noise = find_noise(str(config["noise"]), float(config["sd"]))
    target = _target(d, streams.rng("target", "dimension", "seed"))
    rng = streams.rng("points")
    torus = Torus(d)
    train = torus.sample(n, rng)
    # Delaunay knows no period: its tests keep away from the faces.
    inner = config["approximator"] == "delaunay"
    tests = torus.sample_inner(_TESTS, rng) if inner else torus.sample(_TESTS, rng)
    labels = target(train)[:, None] + noise.sample((n, learner.draws), rng)
    residual = learner.predict(train, labels, tests, d) - target(tests)[:, None]
    clean = float((residual**2).mean())
    return {
        "l2": clean + noise.floor(2),
        "l1": float(noise.excess(residual, 1).mean()) + noise.floor(1),
        "clean": clean,
    }


def _target(d: int, rng: np.random.Generator) -> Target:
    if d < LEARNERS["additive"].dimensions[0]:
        return fourier_target(d, rng)
    parts = [(slice(j, j + 1), fourier_target(1, rng)) for j in range(d)]
    return additive_target(*parts)


def read(columns: Columns) -> list[Reading]:
    """Plateaus of the interpolators, and exponents of all."""
    found: list[Reading] = []
    for loss in ("l2", "l1", "clean"):
        values = np.asarray(columns[loss], dtype=float)
        for place, _, table in curves(columns, BY, "samples", values):
            at = {**place, "loss": loss}
            expected = plateau(at)
            if expected is not None:
                noise = find_noise(place["noise"], place["sd"])
                unit = noise.floor(1 if loss == "l1" else 2)
                found.append(reading("plateau", at, by_seed(table[-1] / unit), expected))
    interpolators = _only(columns, ("piecewise-constant", "delaunay"))
    if interpolators:
        found += read_slopes(
            interpolators,
            size="samples",
            losses=("l2",),
            by=BY,
            name="alpha after sigma^2",
            floor=lambda at: float(at["sd"]) ** 2,
            expect=lambda at: Expected(0.0, "0: a plateau is left", SOURCE),
        )
    others = _only(columns, ("k-nn", "additive"))
    if others:
        found += read_slopes(others, size="samples", losses=("clean",), by=BY, expect=_rate)
        found += _beyond(others)
    return found


def plateau(at: Mapping[str, Any]) -> Expected | None:
    """What an interpolator of noisy labels tends to, in units of the floor of that loss."""
    d, loss = at["dimension"], at["loss"]
    if at["approximator"] == "delaunay":
        if loss == "l2":
            return Expected(1 + 2 / (d + 2), "1 + 2/(d+2)", SOURCE)
        return Expected(2 / (d + 2), "2/(d+2)", SOURCE) if loss == "clean" else None
    if at["approximator"] != "piecewise-constant":
        return None
    if loss == "l1":
        pairs = {
            "gaussian": (math.sqrt(2), "sqrt(2)"),
            "laplace": (3 / 2, "3/2"),
            "uniform": (4 / 3, "4/3"),
        }
        return Expected(*pairs[at["noise"]], SOURCE)
    return Expected(2.0, "2", SOURCE) if loss == "l2" else Expected(1.0, "1", SOURCE)


def _rate(at: Mapping[str, Any]) -> Expected:
    if at["approximator"] == "k-nn":
        return foretold(
            0.1,
            loss="l2",
            approximator="minimax",
            noise="training-labels",
            smoothness=2,
            dimension=at["dimension"],
        )
    return foretold(loss="l2", regime="variance", variable="data", limit="well-specified")


def _beyond(columns: Columns) -> list[Reading]:
    """The exponent over 4/d: what smooth targets would be promised without noise."""
    found = []
    values = np.asarray(columns["clean"], dtype=float)
    for place, sizes, table in curves(columns, BY, "samples", values):
        share = by_seed(slope(sizes, table) * place["dimension"] / 4)
        if place["approximator"] == "additive":
            expected = Expected(1.0, "1", SOURCE, ">=")
        else:
            expected = Expected(1.0, "1", SOURCE, "<=", 0.0)
        found.append(reading("alpha over 4/d", {**place, "loss": "clean"}, share, expected))
    return found


def _only(columns: Columns, names: tuple[str, ...]) -> dict[str, Any]:
    kept = np.isin(np.asarray(columns["approximator"], dtype=str), names)
    return {name: column[kept] for name, column in columns.items()} if kept.any() else {}


STUDY = Study(
    name="label-noise",
    title="noise in the labels of training and test",
    question="What do interpolators, averages and sums make of noisy training labels?",
    source=SOURCE,
    axes=(
        axes.dimensions((1, 2, 3, 8), (1, 2, 3, 8), (1, 2, 3, 4, 8), most=64),
        axes.words(
            "approximators",
            "approximator",
            "what is fitted; additive from 5 dimensions on, the others up to 4",
            tuple(LEARNERS),
        ),
        axes.words("noises", "noise", "shape of the noise", SHAPES),
        Axis(
            "sds",
            "sd",
            "standard deviation of the noise; the target has 1",
            (1.0,),
            (1.0,),
            (1.0,),
            axes.positive("the standard deviation of the noise"),
        ),
        axes.samples(
            axes.doubling(10, 14), axes.doubling(10, 16), axes.doubling(10, 17), least=256
        ),
        axes.seeds(4, 8, 8),
    ),
    size="samples",
    losses=("l2", "l1", "clean"),
    measure=measure,
    read=read,
    curve=BY,
    cells=cells,
    seconds={"quick": 9.0, "standard": 66.0},
    notes=(
        "Labels of the tests are noisy in l1 and l2; clean is L2 against the target itself.",
        "Plateaus are read at the largest size, in units of the floor: sigma^2, or E|noise|.",
        "The mean of k neighbours has k = D^(4/(4+d)) / 2, declared and not tuned.",
        "The additive learner fits 4 waves a coordinate, two more than the target has.",
    ),
)
