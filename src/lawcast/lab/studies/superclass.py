"""Classes and their boundaries: 0-1 error with clean labels, with groups, and beside Bayes.

With clean labels the points near a boundary between classes are wrong: order 1 in the residual.
Grouping classes moves the level of the error and leaves the boundary a surface. Where labels are
drawn from probabilities, the excess over the Bayes rule is of order 2: the nearer a flipped point
lies to the boundary, the less it costs.
"""

from __future__ import annotations

import math
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
from lawcast.lab.worlds.targets import Target, Waves, fourier_target

SOURCE = "[B], figure of super-classes; reference sections 1.6 and 1.9"
SCORES = 4
"""Smooth scores whose signs make 16 classes; a group of classes forgets the last of them."""

CLASSES = 2**SCORES

RULES = ("labels", "score", "plug-in")
"""``labels``: the class of the nearest point. ``score``: the sign of a fit to a score that is
observed at the training points. ``plug-in``: the same with test labels drawn at random, whose
probability is 1/2 where the score is 0; the loss is the excess over the Bayes rule."""

BY = ("dimension", "rule", "approximator", "classes")
_APPROXIMATORS = ("piecewise-constant", "piecewise-linear")
_TESTS = 8192
_WORLDS = 4  # sets of classes of a cell; they share the search for neighbours
_POOL = 2**17  # points among which those near the boundary are found
_PILOT = 2048
_STRATUM = 8192
_NEAR = 5.0  # residuals (root of the mean square) that reach from the boundary


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
        count = round(math.log2(int(config["classes"])))
        worlds = [[fourier_target(d, draw) for _ in range(SCORES)][:count] for _ in range(_WORLDS)]
        tests = torus.sample(_TESTS, rng)
        known, truth = (_classes(worlds, points) for points in (train, tests))
        predicted = nearest_neighbour(torus, train, known, tests)
        return {"error": float((predicted != truth).mean())}
    score = fourier_target(d, draw)
    values = score(train)

    def fit(tests: Array) -> Array:
        return interpolate(torus, str(config["approximator"]), train, values, tests)

    cost = _excess if config["rule"] == "plug-in" else _mistake
    return {"error": _stratified(torus, score, fit, cost, rng)}


def _classes(worlds: list[list[Waves]], points: Array) -> Array:
    """(n, worlds) the number of each point's class: one binary digit a score."""
    signs = np.array([[score(points) > 0 for score in scores] for scores in worlds])
    digits = 2.0 ** np.arange(signs.shape[1])
    return np.asarray(np.einsum("wsn,s->nw", signs.astype(float), digits))


def _mistake(truth: Array) -> Array:
    return np.ones(len(truth))


def _excess(truth: Array) -> Array:
    """|2η - 1|, what a flipped point costs where η = (1 + tanh(score)) / 2."""
    return np.abs(np.tanh(truth))


def _stratified(
    torus: Torus,
    score: Target,
    fit: Callable[[Array], Array],
    cost: Callable[[Array], Array],
    rng: np.random.Generator,
) -> float:
    """The mean cost of wrong signs, without bias.

    Few points lie near the boundary, and nearly all wrong ones do: they are a stratum of their
    own, whose share of the volume is counted in a large pool.
    """
    pool = torus.sample(_POOL, rng)
    truth = np.concatenate([score(pool[part]) for part in chunks(_POOL, 16)])
    pilot = fit(pool[:_PILOT]) - truth[:_PILOT]
    near = np.abs(truth) <= _NEAR * float(np.sqrt((pilot**2).mean()))
    total = 0.0
    for stratum, most in ((near, _STRATUM), (~near, _PILOT)):
        rows = np.flatnonzero(stratum)[:most]
        if rows.size:
            wrong = np.sign(fit(pool[rows])) != np.sign(truth[rows])
            total += float(stratum.mean()) * float((wrong * cost(truth[rows])).mean())
    return total


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
        Axis(
            "rules", "rule", "how points are classified", *[RULES] * 3, axes.one_of("rule", RULES)
        ),
        Axis(
            "approximators",
            "approximator",
            "what is fitted to a score",
            *[_APPROXIMATORS] * 3,
            axes.one_of("approximator", _APPROXIMATORS),
        ),
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
    notes=(
        f"The signs of {SCORES} smooth random scores make {CLASSES} classes; groups forget the last.",
        "Points near the boundary are sampled apart from the others and weighed by volume.",
        "The excess over the Bayes rule is computed from the true probabilities.",
    ),
)
