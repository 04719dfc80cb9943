"""Variance-limited scaling in the data: a fixed number of features, more and more points."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from lawcast._errors import ArgumentError
from lawcast._values import Array
from lawcast.lab.expecting import foretold
from lawcast.lab.learners.features import ReluFeatures, relu_features
from lawcast.lab.reading import Reading
from lawcast.lab.slopes import Expected, read_slopes
from lawcast.lab.studies import axes
from lawcast.lab.study import Axis, Columns, Config, Streams, Study, Value
from lawcast.lab.worlds.manifolds import Sphere
from lawcast.lab.worlds.noise import Gaussian

_SPHERE = Sphere(7)
_POOL = 16384  # the points that there are: training points are drawn from them, all are tests
_DRAWS = 32  # training sets of each cell
_TEACHER = 2000  # features of the teacher, which the P features cannot represent
_NOISE = Gaussian(0.5)  # of training labels, where the target is representable
_TOGETHER = 8
_POWERS = {"l1": 1.0, "l2": 2.0, "l4": 4.0}
_TARGETS = ("outside", "inside")
_MANY = 4  # at least this many points for each feature


def _cells(values: Mapping[str, tuple[Value, ...]]) -> Iterable[Config]:
    """Every combination.

    Raises:
        ArgumentError: too few points for the features.
    """
    least, most = min(map(int, values["samples"])), max(map(int, values["params"]))
    if least < _MANY * most:
        raise ArgumentError(
            f"{least} points of {most} features are too few: near D = P another regime begins; "
            f"give {_MANY} points or more for each feature"
        )
    for target, params, samples, seed in itertools.product(
        values["targets"], values["params"], values["samples"], values["seeds"]
    ):
        yield {"target": target, "params": params, "samples": samples, "seed": seed}


def measure(config: Config, streams: Streams) -> dict[str, float]:
    """Fit many training sets from the pool; every loss is over the whole pool."""
    world = _World(config, streams)
    samples, rng = int(config["samples"]), streams.rng("training sets")
    totals = {name: 0.0 for name in _COLUMNS}
    for start in range(0, _DRAWS, _TOGETHER):
        count = min(_TOGETHER, _DRAWS - start)
        fits = [world.fit(samples, rng) for _ in range(count)]
        change = world.features @ np.stack([fit for fit, _ in fits], axis=1)
        linear = np.stack([first for _, first in fits], axis=1)
        for name, value in world.losses(change, linear).items():
            totals[name] += value * count / _DRAWS
    return {**totals, **world.limits(streams)}


class _World:
    """A pool of points, P features of them, and the target at every point."""

    def __init__(self, config: Config, streams: Streams) -> None:
        rng = streams.rng("world", "target", "params", "seed")
        count = int(config["params"])
        points = _SPHERE.sample(_POOL, rng)
        self.draw_features: ReluFeatures = relu_features(8, count, rng)
        self.teacher = relu_features(8, _TEACHER, rng, bias_sd=0.5)
        self.heights = rng.standard_normal(_TEACHER)
        self.inside = config["target"] != "outside"
        self.features = self.draw_features(points)
        if self.inside:
            self.truth = self.features @ rng.standard_normal(count) * 3
            best = np.zeros(_POOL)
        else:
            self.truth = self._outside(points)
            best, _ = self._residual(self.features, self.truth)
        self.best = best  # residual of the limit of endless data, f - y
        self.inverse = cho_factor(self.features.T @ self.features / _POOL)

    def _outside(self, points: Array) -> Array:
        """A wide ReLU network with biases, of variance about 1."""
        parts = [self.teacher(part) @ self.heights for part in np.array_split(points, 16)]
        values = np.concatenate(parts)
        return np.asarray((values - values.mean()) / values.std())

    @staticmethod
    def _residual(features: Array, truth: Array) -> tuple[Array, Array]:
        gram = features.T @ features
        fit = cho_solve(cho_factor(gram), features.T @ truth)
        return features @ fit - truth, fit

    def fit(self, samples: int, rng: np.random.Generator) -> tuple[Array, Array]:
        """How far the coefficients of one training set lie from those of endless data.

        Also to first order: that part has mean 0 over training sets, exactly.
        """
        rows = rng.integers(0, _POOL, samples)
        some = self.features[rows]
        labels = _NOISE.sample(samples, rng) if self.inside else -self.best[rows]
        pull = some.T @ labels
        change = cho_solve(cho_factor(some.T @ some), pull)
        return np.asarray(change), np.asarray(cho_solve(self.inverse, pull / samples))

    def losses(self, change: Array, linear: Array) -> dict[str, float]:
        """Mean losses of several fits (pool, fits), less what has mean 0 in them."""
        if self.inside:
            clean = {name: float((np.abs(change) ** q).mean()) for name, q in _POWERS.items()}
            noisy = {
                f"noisy_{name}": float(_NOISE.excess(change, q).mean())
                for name, q in _POWERS.items()
            }
            return {**clean, **noisy}
        off = self.best[:, None] + change
        slopes = {"l1": np.sign(self.best), "l2": 2 * self.best, "l4": 4 * self.best**3}
        found = {f"noisy_{name}": float("nan") for name in _POWERS}
        square = off**2
        powers = {"l1": np.abs(off), "l2": square, "l4": square**2}
        for name in _POWERS:
            known = (slopes[name] @ self.features / _POOL) @ linear
            found[name] = float(powers[name].mean() - known.mean())
        return found

    def limits(self, streams: Streams) -> dict[str, float]:
        """The loss of endless data: over the pool itself, and over another sample as large."""
        exact = {f"limit_{name}": float((np.abs(self.best) ** q).mean())
                 for name, q in _POWERS.items()}  # fmt: skip
        if self.inside:
            return {**exact, **{f"other_{name}": 0.0 for name in _POWERS}}
        points = _SPHERE.sample(_POOL, streams.rng("other", "target", "params", "seed"))
        best, _ = self._residual(self.draw_features(points), self._outside(points))
        other = {f"other_{name}": float((np.abs(best) ** q).mean()) for name, q in _POWERS.items()}
        return {**exact, **other}


_COLUMNS = (*_POWERS, *(f"noisy_{name}" for name in _POWERS))


def read(columns: Columns) -> list[Reading]:
    """Slopes with the exact limit subtracted, with nothing, and with an inexact limit."""
    outside = np.asarray(columns["target"]) == "outside"
    first = {name: np.asarray(column)[outside] for name, column in columns.items()}
    second = {name: np.asarray(column)[~outside] for name, column in columns.items()}
    readings: list[Reading] = []
    if outside.any():
        excess = {**first, **{n: np.abs(first[n] - first[f"limit_{n}"]) for n in _POWERS}}
        bent = {**first, **{n: np.abs(first[n] - first[f"other_{n}"]) for n in _POWERS}}
        readings += _slopes(excess, "alpha", _limited)
        readings += _slopes(first, "raw slope", _raw)
        readings += _slopes(bent, "slope, inexact limit", lambda at: None)
    if not outside.all():
        noisy = {**second, **{n: second[f"noisy_{n}"] for n in _POWERS}}
        readings += _slopes(second, "alpha", _well_specified)
        readings += _slopes(noisy, "alpha, noisy tests", _limited)
    return readings


def _slopes(columns: Columns, name: str, expect: Any) -> list[Reading]:
    return read_slopes(columns, size="samples", losses=tuple(_POWERS), by=("target", "params"),
                       expect=expect, name=name)  # fmt: skip


def _limited(at: Mapping[str, Any]) -> Expected:
    tolerance = 0.07 if at["loss"] == "l4" else 0.04
    return foretold(tolerance, regime="variance", variable="data", loss=at["loss"],
                    approximator="linear-features", limit="misspecified")  # fmt: skip


def _raw(at: Mapping[str, Any]) -> Expected:
    found = foretold(0.0, regime="variance", variable="data", loss=at["loss"], floor="raw",
                     approximator="linear-features", limit="misspecified")  # fmt: skip
    # The slope tends to 0 from above: at a finite size it is only far below 1.
    return Expected(found.value + 0.1, "0.1, on the way to 0", found.source, "<=", 0.0)


def _well_specified(at: Mapping[str, Any]) -> Expected:
    return foretold(0.07, regime="variance", variable="data", loss=at["loss"],
                    approximator="linear-features", limit="well-specified")  # fmt: skip


STUDY = Study(
    name="variance-data",
    title="variance-limited scaling in the data, in L1, L2 and L4",
    question="Is the exponent 1 in every loss once the limit of endless data is subtracted, and "
    "what if it is not?",
    source="Bahri et al. 2102.06701, Theorem 1 and section 2.1; L1 is derived here",
    axes=(
        axes.words("targets", "target", "outside the span of the features, or inside it and with "
                   "noisy training labels", _TARGETS),
        Axis("params", "params", "random ReLU features P", (48,), (48,), (24, 48, 96),
             axes.whole("the number of features", most=512)),
        axes.samples(axes.doubling(10, 14), axes.doubling(9, 15), axes.doubling(10, 18),
                     least=4, most=2**20),
        axes.seeds(4, 8, 12),
    ),
    size="samples",
    losses=tuple(_POWERS),
    measure=measure,
    read=read,
    curve=("target", "params"),
    cells=_cells,
    measured=(*_COLUMNS[3:], *(f"limit_{n}" for n in _POWERS), *(f"other_{n}" for n in _POWERS)),
    seconds={"quick": 6.0, "standard": 21.0},
    notes=(
        f"The world is a pool of {_POOL:,} points of the sphere in 8 columns: training points are "
        "drawn from it, all of it is the test, so that the limit of endless data is exact.",
        f"Losses are means over {_DRAWS} training sets. Where a limit is subtracted, so is their "
        "first-order part, whose mean is exactly 0: that removes noise and nothing else.",
        "The raw slope is what is seen when nothing is subtracted; the inexact limit is that of "
        "another pool as large.",
        "Inside: the limit is the target itself and nothing is subtracted; the labels have noise "
        f"of standard deviation {_NOISE.sd:g}. With noisy tests the floor is subtracted exactly.",
    ),
)  # fmt: skip
"""The study."""
