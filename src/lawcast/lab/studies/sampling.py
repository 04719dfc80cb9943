"""How points are drawn: inputs with endless tails cap the exponent at 1."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from lawcast._errors import ArgumentError
from lawcast._values import Array
from lawcast.lab.expecting import foretold
from lawcast.lab.reading import Reading
from lawcast.lab.slopes import Expected, by_seed, curves, read_slopes, reading, slope
from lawcast.lab.studies import axes
from lawcast.lab.study import Columns, Config, Streams, Study, Value

LOSSES = {"l1": 1, "l2": 2, "l4": 4}
"""Loss -> its power q."""

INPUTS = {"gaussian": "gaussian", "uniform": "quasi-uniform"}
"""Inputs -> the premise ``sampling`` of the calculus: normal on a line, uniform on a circle."""

METHODS = ("integral", "simulation")

MOST_SIMULATED = 10_000
"""Points above which a simulation would need too many draws to see the tail."""

POINTS = 400_000
"""Points of all the draws of a simulated cell. Much of the loss is in the gap beside the outermost
point, of which a draw has two, so that few points take many draws."""

TESTS_PER_POINT = 2
"""Tests of a simulated draw: one in each of so many equal shares of the distribution for each
point, so that some lie in the tails."""

CURVE = ("inputs", "method")

_WIDEST = 12.0  # standard deviations: beyond them lies less than 1e-31 of the Gaussian
_STEP_X, _STEP_U = 0.05, 0.1  # of the trapezoids, in x and in the logarithm of the distance


def measure(config: Config, streams: Streams) -> Mapping[str, float]:
    """Moments of the distance to the nearest point: the losses of 1-NN on the target F(x) = x."""
    n, inputs = int(config["samples"]), str(config["inputs"])
    rng = streams.rng("points")
    if config["method"] == "simulation":
        return _simulated(n, inputs, rng)
    if inputs == "uniform":
        return {loss: _uniform_moment(n, q) for loss, q in LOSSES.items()}
    return _gaussian_moments(n, rng)


def _uniform_moment(n: int, q: int) -> float:
    """E r^q of n points on a circle of length 1, where P(r > t) = (1 - 2t)^n: exact."""
    moment: float = math.factorial(q) / 2**q / math.prod(n + i for i in range(1, q + 1))
    return moment


def _gaussian_moments(n: int, rng: np.random.Generator) -> dict[str, float]:
    """E r^q for Gaussian points and test: the integral over x of q t^(q-1) P(r > t | x) dt.

    P(r > t | x) = (1 - p)^n, with p the probability of [x - t, x + t]. The trapezoid rule in x and
    ln t converges exponentially; its nodes are shifted at random, so that the spread over seeds
    shows its error.
    """
    from scipy.special import ndtr

    x = np.abs(np.arange(-_WIDEST, _WIDEST, _STEP_X) + _STEP_X * rng.random())[:, None]
    low, high = -math.log(n) - 18, math.log(2 * _WIDEST)
    t = np.exp(np.arange(low, high, _STEP_U) + _STEP_U * rng.random())
    density = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    # The difference of two probabilities loses its digits for small t, where a series has them.
    near = 2 * t * density * (1 + t**2 * (x**2 - 1) / 6)
    inside = np.where(t * (1 + x) < 1e-3, near, ndtr(t - x) - ndtr(-t - x))
    empty = np.exp(n * np.log1p(-np.minimum(inside, 1 - 1e-16)))
    weights = _STEP_X * _STEP_U * density[:, 0]
    return {loss: float(weights @ (empty @ (q * t**q))) for loss, q in LOSSES.items()}


def _simulated(n: int, inputs: str, rng: np.random.Generator) -> dict[str, float]:
    """Mean powers of the distance from tests to the nearest of n points, over many draws."""
    from scipy.special import ndtri

    m = TESTS_PER_POINT * n
    every = []
    for _ in range(max(1, POINTS // n)):
        shares = (np.arange(m) + rng.random(m)) / m
        if inputs == "uniform":
            line = np.sort(rng.random(n))
            line = np.concatenate([line[-1:] - 1, line, line[:1] + 1])
            tests = shares
        else:
            line, tests = np.sort(rng.standard_normal(n)), ndtri(shares)
        every.append(_gaps(line, tests))
    return dict(zip(LOSSES, np.mean(every, axis=0).tolist(), strict=True))


def _gaps(line: Array, tests: Array) -> list[float]:
    """Mean powers of the distance to the nearest point of a sorted line."""
    right = np.searchsorted(line, tests)
    above = line[np.minimum(right, len(line) - 1)]
    below = line[np.maximum(right - 1, 0)]
    gap = np.minimum(np.abs(tests - above), np.abs(tests - below))
    return [float(np.mean(gap**q)) for q in LOSSES.values()]


def cells(values: Mapping[str, tuple[Value, ...]]) -> Iterable[Config]:
    """The product of the axes; simulations stop where the integral alone can go on."""
    for inputs, method in itertools.product(values["inputs"], values["methods"]):
        most = MOST_SIMULATED if method == "simulation" else math.inf
        sizes = [n for n in values["samples"] if float(n) <= most]
        if not sizes:
            raise ArgumentError(
                f"a simulation takes at most {MOST_SIMULATED:,} points, because larger ones would "
                'miss the tail; give smaller samples, or methods="integral"'
            )
        for n, seed in itertools.product(sizes, values["seeds"]):
            yield {"inputs": inputs, "method": method, "samples": n, "seed": seed}


def read(columns: Columns) -> list[Reading]:
    """The last exponent of every curve, the local ones of the integral, and both methods' ratio."""
    exact = {
        (place["inputs"], loss): (sizes, table)
        for loss in LOSSES
        for place, sizes, table in curves(columns, CURVE, "samples", np.asarray(columns[loss]))
        if place["method"] == "integral"
    }

    def expect(place: Mapping[str, Any]) -> Expected | None:
        loss = place["loss"]
        if place["method"] == "integral":
            premise = INPUTS[place["inputs"]]
            tolerance = 0.1 if place["inputs"] == "gaussian" else 0.02
            return foretold(tolerance, loss=loss, approximator="piecewise-constant", dimension=1,
                            sampling=premise)  # fmt: skip
        if (place["inputs"], loss) not in exact:
            return None
        sizes, table = exact[place["inputs"], loss]
        kept = sizes <= MOST_SIMULATED
        value = float(slope(sizes[kept], table[kept]).mean()) if kept.sum() > 1 else math.nan
        if math.isnan(value):
            return None
        return Expected(value, "the integral over the same points", STUDY.source, tolerance=0.05)

    readings = read_slopes(columns, size="samples", losses=tuple(LOSSES), by=CURVE, expect=expect)
    for (inputs, loss), (sizes, table) in exact.items():
        for i in range(1, len(sizes)) if inputs == "gaussian" else ():
            local = slope(sizes[i - 1 : i + 1], table[i - 1 : i + 1], octaves=math.inf)
            at = {"inputs": inputs, "samples": float(sizes[i]), "loss": loss}
            readings.append(reading("local alpha", at, by_seed(local), None))
    return [*readings, *_ratios(columns, exact)]


def _ratios(
    columns: Columns, exact: Mapping[tuple[Any, str], tuple[Array, Array]]
) -> list[Reading]:
    """The simulated loss over the integral, size by size."""
    readings = []
    for loss in LOSSES:
        for place, sizes, table in curves(columns, CURVE, "samples", np.asarray(columns[loss])):
            if place["method"] != "simulation" or (place["inputs"], loss) not in exact:
                continue
            known = dict(zip(*exact[place["inputs"], loss], strict=True))
            for n, simulated in zip(sizes, table, strict=True):
                if n in known:
                    at = {"inputs": place["inputs"], "samples": float(n), "loss": loss}
                    expected = Expected(1.0, "simulation / integral", STUDY.source)
                    ratio = by_seed(simulated / known[n].mean())
                    readings.append(reading("ratio", at, ratio, expected))
    return readings


_DECADES = tuple(10**decade for decade in range(2, 13))

STUDY = Study(
    name="sampling",
    title="nearest neighbours of Gaussian and of uniform inputs",
    question="Does 2/d hold for inputs without bounds, such as Gaussian ones?",
    source="derived here: integral of the nearest-neighbour distance of Gaussian points",
    axes=(
        axes.words("inputs", "inputs", "how points are drawn: " + ", ".join(INPUTS), tuple(INPUTS)),
        axes.words("methods", "method", "integral (exact) or simulation", METHODS),
        axes.samples(_DECADES, _DECADES, _DECADES, least=10, most=10**15),
        axes.seeds(4, 8, 16),
    ),
    size="samples",
    losses=tuple(LOSSES),
    measure=measure,
    read=read,
    curve=CURVE,
    cells=cells,
    seconds={"quick": 3.0, "standard": 6.0},
    notes=(
        "One dimension, target F(x) = x: the loss is a moment of the distance to the nearest "
        "point. Exponents are those of the last decade.",
        "The integral is exact but for its quadrature, whose error the spread over seeds shows; "
        "for uniform inputs it is a closed form.",
        "Simulated tests are spread evenly over the distribution. Independent ones would seldom "
        "fall into the tails, miss most of the loss there and show too large an exponent.",
    ),
)  # fmt: skip
"""The study."""
