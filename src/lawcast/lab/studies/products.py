"""Additive targets on a product of circles: the sum of dimensions, or the largest one."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from lawcast._errors import ArgumentError
from lawcast._values import Array
from lawcast.lab.expecting import foretold
from lawcast.lab.learners.neighbours import nearest_neighbour
from lawcast.lab.losses import find_loss
from lawcast.lab.reading import Reading
from lawcast.lab.slopes import Expected, read_slopes
from lawcast.lab.studies import axes
from lawcast.lab.study import Axis, Columns, Config, Streams, Study, Value
from lawcast.lab.worlds.checks import check_count
from lawcast.lab.worlds.manifolds import Torus
from lawcast.lab.worlds.products import Product
from lawcast.lab.worlds.targets import Additive, additive_target, fourier_target

LOSSES = ("l1", "l2", "l4")

LEARNERS = ("joint", "additive")
"""The nearest neighbour in the product, and a sum over the factors of constants on equal bins."""

TESTS = 8192
"""Test points of a cell."""

ENDLESS = 0
"""The ratio that stands for endless data: every bin takes the mean of its factor there."""

MOST_DATA = 2**22
"""Training points of a cell."""

CURVE = ("dimension", "learner", "ratio")

_NODES = 8  # of the quadrature of a bin's mean, exact to rounding for bins this narrow


def measure(config: Config, streams: Streams) -> Mapping[str, float]:
    """Mean losses at fresh tests."""
    d, params, ratio = (int(config[name]) for name in ("dimension", "params", "ratio"))
    space = Product(tuple(Torus(1) for _ in range(d)))
    drawn = streams.rng("target", "dimension", "seed")
    target = additive_target(*((part, fourier_target(1, drawn)) for part in space.columns))
    rng = streams.rng("points")
    tests = space.sample(TESTS, rng)
    if config["learner"] == "joint":
        train = space.sample(params, rng)
        predicted = nearest_neighbour(space, train, target(train), tests)
    elif ratio == ENDLESS:
        predicted = _of_bins(_bin_means(target, params // d), tests)
    else:
        train = space.sample(ratio * params, rng)
        predicted = _of_bins(_fitted_bins(train, target(train), params // d), tests)
    truth = target(tests)
    return {loss: find_loss(loss).mean(predicted, truth) for loss in LOSSES}


def _bin_means(target: Additive, bins: int) -> Array:
    """(factors, bins) mean of every factor's part on every bin, by Gauss quadrature."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    places = (np.arange(bins)[:, None] + (nodes + 1) / 2) / bins
    scale = np.sqrt(len(target.parts))
    parts = [part(places.reshape(-1, 1)) / scale for _, part in target.parts]
    return np.stack([part.reshape(bins, _NODES) @ weights / 2 for part in parts])


def _fitted_bins(train: Array, values: Array, bins: int) -> Array:
    """(factors, bins) least squares over sums of one constant a factor.

    A bin without points, of which there are exp(-d D/P), would keep an error that does not shrink;
    it takes the value of the nearest bin of its factor that has some.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.linalg import lsmr

    n, d = train.shape
    place = np.minimum((train * bins).astype(np.intp), bins - 1)
    columns = place + bins * np.arange(d)
    rows = np.arange(0, n * d + 1, d)
    design = csr_array((np.ones(n * d), columns.ravel(), rows), shape=(n, d * bins))
    fitted = lsmr(design, values, atol=1e-10, btol=1e-10, maxiter=1000)[0].reshape(d, bins)
    filled = np.bincount(columns.ravel(), minlength=d * bins).reshape(d, bins) > 0
    for factor, has in zip(fitted, filled, strict=True):
        known, empty = np.flatnonzero(has), np.flatnonzero(~has)
        apart = np.abs(empty[:, None] - known)
        factor[empty] = factor[known[np.minimum(apart, bins - apart).argmin(axis=1)]]
    return np.asarray(fitted)


def _of_bins(constants: Array, points: Array) -> Array:
    """Sum over the factors of the constants of the bins in which points lie."""
    d, bins = constants.shape
    place = np.minimum((points * bins).astype(np.intp), bins - 1)
    return np.asarray(constants[np.arange(d), place].sum(axis=1))


def cells(values: Mapping[str, tuple[Value, ...]]) -> Iterable[Config]:
    """The joint learner has one point a parameter; additive ones run over the ratios."""
    for dimension, params in itertools.product(values["dimensions"], values["params"]):
        d, size = int(dimension), int(params)
        most = max([1, *map(int, values["ratios"])]) * size
        if size % d or most > MOST_DATA:
            raise ArgumentError(
                f"params={size:,} is no multiple of the {d} factors, which have as many bins each"
                if size % d
                else f"params={size:,} with {most // size} points each are {most:,} points; "
                f"a cell takes at most {MOST_DATA:,}"
            )
        for learner, seed in itertools.product(values["learners"], values["seeds"]):
            ratios = values["ratios"] if learner == "additive" else (1,)
            for ratio in ratios:
                yield {"dimension": d, "learner": learner, "ratio": ratio, "params": size,
                       "seed": seed}  # fmt: skip


def expect(place: Mapping[str, Any]) -> Expected:
    """q/d with the sum of the dimensions for the joint learner, with the largest for the sum."""
    d, loss = place["dimension"], place["loss"]
    tolerance = 0.1 if loss == "l4" else 0.05
    constant = {"loss": loss, "approximator": "piecewise-constant", "dimension": d}
    if place["learner"] == "joint":
        return foretold(tolerance, **constant)
    return foretold(tolerance, structure="additive", largest_factor=1, **constant)


def read(columns: Columns) -> list[Reading]:
    """The exponent of every learner and loss."""
    return read_slopes(columns, size="params", losses=LOSSES, by=CURVE, expect=expect)


def check_ratio(value: Any) -> Value:
    """0 for endless data, or 2 or more."""
    ratio = check_count(value, "the number of points for each parameter", least=0)
    if ratio == 1:
        raise ArgumentError(
            "with one point for each parameter an additive fit is barely determined and its error "
            "is large; give 2 points or more for each, or 0 for endless data"
        )
    return ratio


_SIZES = tuple(768 * size for size in axes.doubling(0, 6))

STUDY = Study(
    name="products",
    title="additive targets on a product of circles",
    question="Does an additive target scale with the total dimension, or with its largest factor?",
    source="Sharma & Kaplan 2004.10802, section 2",
    axes=(
        axes.dimensions((3,), (2, 3, 4), (2, 3, 4)),
        axes.words("learners", "learner", "joint: nearest neighbour, additive: constants on bins",
                   LEARNERS),
        Axis("ratios", "ratio", "points for each parameter of an additive fit, 0 for endless data",
             (4, 20, ENDLESS), (4, 20, ENDLESS), (4, 20, ENDLESS), check_ratio),
        Axis("params", "params", "parameters: the bins of all factors, or the points kept",
             _SIZES[:5], _SIZES[:6], _SIZES, axes.whole("the number of parameters", least=8)),
        axes.seeds(4, 6, 8),
    ),
    size="params",
    losses=LOSSES,
    measure=measure,
    read=read,
    curve=CURVE,
    cells=cells,
    seconds={"quick": 2.0, "standard": 18.0},
    notes=(
        "A nearest neighbour keeps one value a point, so that its parameters are its points.",
        "At a fixed number of points for each parameter the exponents in P and in D are the same.",
        "Bins without points take the value of the nearest bin; otherwise their share, "
        "exp(-d D/P), would end the power law.",
    ),
)  # fmt: skip
"""The study."""
