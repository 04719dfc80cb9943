"""Classes and their boundaries: 0-1 error with clean labels, with groups, and beside Bayes.

With clean labels the points near a boundary between classes are wrong: order 1 in the residual.
Grouping classes moves the level of the error and leaves the boundary a surface. Where labels are
drawn from probabilities, the excess over the Bayes rule is of order 2: the nearer a flipped point
lies to the boundary, the less it costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from lawcast._errors import ArgumentError
from lawcast._values import Array
from lawcast.lab.expecting import foretold
from lawcast.lab.learners.neighbours import nearest_neighbour
from lawcast.lab.reading import Reading
from lawcast.lab.slopes import Expected, by_seed, curves, read_slopes, reading
from lawcast.lab.studies import axes
from lawcast.lab.studies.interpolation import interpolate
from lawcast.lab.study import Axis, Columns, Config, Streams, Study, Value
from lawcast.lab.worlds.checks import chunks
from lawcast.lab.worlds.manifolds import Torus
from lawcast.lab.worlds.targets import Waves, fourier_target

SOURCE = "Bahri et al. 2021, figure of super-classes; the rest derived here"
CLASSES = 16
"""Classes before they are grouped: the largest of as many random scores."""

RULES = ("labels", "score", "plug-in")
"""``labels``: the class of the nearest point. ``score``: the sign of a fit to a score that is
observed at the training points. ``plug-in``: the same with test labels drawn at random, whose
probability is 1/2 where the score is 0; the loss is the excess over the Bayes rule."""

BY = ("dimension", "rule", "approximator", "classes")
_APPROXIMATORS = ("piecewise-constant", "piecewise-linear")
_TESTS = 8192
_WORLDS = 4  # sets of classes of a cell; they share the search for neighbours
_SCORES = 4  # boundaries of a cell; they share it too
_PILOT = 1024
_REACH = 5.0  # residuals (root of the mean square) that wrong points lie from the boundary
_NEAR = 2048  # points that are sought within that reach
_BLOCK = 2**13
_BLOCKS = 16  # drawn at most, for each boundary


def cells(values: Mapping[str, tuple[Value, ...]]) -> Iterator[Config]:
    """Groups for the rule of labels; two classes, and every approximator, for the others."""
    for d in values["dimensions"]:
        for rule in values["rules"]:
            by_label = rule == "labels"
            names = ("piecewise-constant",) if by_label else values["approximators"]
            for name in names:
                for classes in values["classes"] if by_label else (2,):
                    for n in values["samples"]:
                        for seed in values["seeds"]:
                            yield {
                                "dimension": d,
                                "rule": rule,
                                "approximator": name,
                                "classes": classes,
                                "samples": n,
                                "seed": seed,
                            }


def measure(config: Config, streams: Streams) -> Mapping[str, float]:
    """The error of one rule; grouped classes of a seed share scores and points."""
    d, n = int(config["dimension"]), int(config["samples"])
    torus = Torus(d)
    draw = streams.rng("target", "dimension", "seed")
    rng = streams.rng("points", "dimension", "samples", "seed")
    train = torus.sample(n, rng)
    if config["rule"] == "labels":
        weights = draw.standard_normal((2 * d, _WORLDS * CLASSES))
        group = CLASSES // int(config["classes"])
        tests = torus.sample(_TESTS, rng)
        known, truth = (_classes(torus, weights, points) // group for points in (train, tests))
        predicted = nearest_neighbour(torus, train, known, tests)
        return {"error": float((predicted != truth).mean())}
    scores = [fourier_target(d, draw) for _ in range(_SCORES)]
    values = _table(scores, train)

    def fit(tests: Array) -> Array:
        return interpolate(torus, str(config["approximator"]), train, values, tests)

    cost = _excess if config["rule"] == "plug-in" else _mistake
    return {"error": _stratified(torus, scores, fit, cost, rng)}


def _classes(torus: Torus, weights: Array, points: Array) -> Array:
    """(n, worlds) the class of each point: the largest of 16 scores, linear on the embedding."""
    classes = np.empty((len(points), _WORLDS))
    for part in chunks(len(points), 2 * weights.shape[1]):
        scores = torus.embed(points[part]) @ weights
        classes[part] = scores.reshape(-1, _WORLDS, CLASSES).argmax(axis=2)
    return classes


def _table(scores: list[Waves], points: Array) -> Array:
    return np.stack([score(points) for score in scores], axis=1)


def _mistake(truth: Array) -> Array:
    return np.ones(len(truth))


def _excess(truth: Array) -> Array:
    """|2η - 1|, what a flipped point costs where η = (1 + tanh(score)) / 2."""
    return np.abs(np.tanh(truth))


def _stratified(
    torus: Torus,
    scores: list[Waves],
    fit: Callable[[Array], Array],
    cost: Callable[[Array], Array],
    rng: np.random.Generator,
) -> float:
    """The mean cost of wrong signs over all tests and boundaries.

    Few points lie near a boundary, and nearly all wrong ones do: they are a stratum of their own,
    drawn until there are enough, and weighed by its share of the volume.
    """
    pilot = torus.sample(_PILOT, rng)
    reach = _REACH * np.sqrt(((fit(pilot) - _table(scores, pilot)) ** 2).mean(axis=0))
    tests: list[Array] = []
    owners: list[int] = []
    shares: list[float] = []
    for number, score in enumerate(scores):
        near, far, share = _strata(torus, score, float(reach[number]), rng)
        tests += [near, far]
        owners += [number, number]
        shares += [share, 1 - share]
    predicted = fit(np.concatenate(tests))
    ends = np.cumsum([len(points) for points in tests])[:-1]
    total = 0.0
    for points, owner, share, fitted in zip(
        tests, owners, shares, np.split(predicted, ends), strict=True
    ):
        if len(points):
            truth = scores[owner](points)
            wrong = np.sign(fitted[:, owner]) != np.sign(truth)
            total += share * float((wrong * cost(truth)).mean())
    return total / len(scores)


def _strata(
    torus: Torus, score: Waves, reach: float, rng: np.random.Generator
) -> tuple[Array, Array, float]:
    """Points near the boundary of a score, points far from it, and the share of the near ones."""
    near: list[Array] = []
    for _ in range(_BLOCKS):
        block = torus.sample(_BLOCK, rng)
        close = np.abs(score(block)) <= reach
        near.append(block[close])
        if sum(map(len, near)) >= _NEAR:
            break
    found = np.concatenate(near)
    return found[:_NEAR], block[~close][:_PILOT], len(found) / (len(near) * _BLOCK)


def read(columns: Columns) -> list[Reading]:
    """Exponents, and how far grouping moves the level."""
    found = read_slopes(columns, size="samples", losses=("error",), by=BY, expect=_expected)
    values = np.asarray(columns["error"], dtype=float)
    last: dict[tuple[Any, ...], tuple[dict[str, Any], Array]] = {}
    for place, _, table in curves(columns, BY, "samples", values):
        last[tuple(place.values())] = (place, table[-1])
    for (*rest, classes), (place, errors) in last.items():
        two = last.get((*rest, 2))
        if place["rule"] == "labels" and classes != 2 and two is not None:
            moved = by_seed(errors / two[1])
            found.append(reading("level over 2 classes", {**place, "loss": "error"}, moved, None))
    return found


def _expected(at: Mapping[str, Any]) -> Expected:
    noise = "test-labels" if at["rule"] == "plug-in" else "none"
    return foretold(
        loss="zero-one",
        noise=noise,
        approximator=at["approximator"],
        dimension=at["dimension"],
        classes=at["classes"],
    )


def _check_classes(value: Any) -> Value:
    count = axes.whole("the number of classes", 2, CLASSES)(value)
    if CLASSES % int(count):
        raise ArgumentError(f"{CLASSES} classes make 2, 4, 8 or 16 groups of one size, not {count}")
    return count


STUDY = Study(
    name="superclass",
    title="classes, groups of classes and the 0-1 error",
    question="Does grouping classes, or noise in their labels, change the exponent of the error?",
    source=SOURCE,
    axes=(
        axes.dimensions((2, 3), (2, 3), (1, 2, 3, 4)),
        axes.words("rules", "rule", "how points are classified", RULES),
        axes.words("approximators", "approximator", "what is fitted to a score", _APPROXIMATORS),
        Axis(
            "classes",
            "classes",
            "groups of the 16 classes, for the rule of labels",
            (16, 2),
            (16, 8, 4, 2),
            (16, 8, 4, 2),
            _check_classes,
        ),
        axes.samples(axes.doubling(10, 14), axes.doubling(11, 16), axes.doubling(10, 18), least=16),
        axes.seeds(4, 8, 8),
    ),
    size="samples",
    losses=("error",),
    measure=measure,
    read=read,
    curve=BY,
    cells=cells,
    seconds={"quick": 11.0, "standard": 39.0},
    notes=(
        "A class is the largest of 16 random scores, linear on the embedded torus; groups join "
        "classes of neighbouring numbers.",
        "Points near the boundary are sampled apart from the others and weighed by volume.",
        "The excess over the Bayes rule is computed from the true probabilities.",
    ),
)
