"""Noise on the labels of the tests alone: every loss flows to order 2 once its floor is gone.

The loss is integrated over the noise in closed form. A sample or a coarse grid of noise would turn
the second order of L1 back into first order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from lawcast._errors import ArgumentError
from lawcast._values import Array
from lawcast.lab.expecting import foretold
from lawcast.lab.reading import Reading
from lawcast.lab.slopes import OCTAVES, Expected, by_seed, curves, reading, slope
from lawcast.lab.studies import axes
from lawcast.lab.studies.interpolation import interpolate
from lawcast.lab.study import Axis, Columns, Config, Streams, Study, Value
from lawcast.lab.worlds.manifolds import Torus
from lawcast.lab.worlds.noise import find_noise
from lawcast.lab.worlds.targets import fourier_target
from lawcast.theory.orders import loss_order

POWERS = {"l1": 1.0, "l2": 2.0, "l4": 4.0}
NONE = "none"
NOISES = (NONE, "gaussian", "laplace", "uniform", "skewed")
FAR_BELOW = 0.3
"""Residual over noise (root of the mean square) up to which the limit of small residuals is
expected: the order of L1 is then 1.98 or more, that of L4 2.2 or less."""

BY = ("dimension", "approximator", "noise", "sd")
_APPROXIMATORS = ("piecewise-constant", "piecewise-linear")
_TESTS = 8192


def cells(values: Mapping[str, tuple[Value, ...]]) -> Iterator[Config]:
    """The product of the axes; without noise there is one curve, of standard deviation 0."""
    for d in values["dimensions"]:
        for name in values["approximators"]:
            for noise in values["noises"]:
                for sd in (0.0,) if noise == NONE else values["sds"]:
                    for n in values["samples"]:
                        for seed in values["seeds"]:
                            yield {
                                "dimension": d,
                                "approximator": name,
                                "noise": noise,
                                "sd": sd,
                                "samples": n,
                                "seed": seed,
                            }


def measure(config: Config, streams: Streams) -> Mapping[str, float]:
    """The excess of every loss; cells that differ in the noise share points and target."""
    d, sd = int(config["dimension"]), float(config["sd"])
    target = fourier_target(d, streams.rng("target", "dimension", "seed"))
    rng = streams.rng("points", "dimension", "samples", "seed")
    torus = Torus(d)
    train, tests = torus.sample(int(config["samples"]), rng), torus.sample(_TESTS, rng)
    fitted = interpolate(torus, str(config["approximator"]), train, target(train), tests)
    residual = fitted - target(tests)
    row = {"residual": float(np.sqrt((residual**2).mean()))}
    for loss, power in POWERS.items():
        if config["noise"] == NONE:
            excess = np.abs(residual) ** power
        else:
            # Of symmetric noise no excess is negative. Of skewed noise its first-order term has
            # either sign, so that its size is what can be followed.
            excess = np.abs(find_noise(str(config["noise"]), sd).excess(residual, power))
        row[loss] = float(excess.mean())
        row[f"order_{loss}"] = _order(residual, excess, power, sd)
    return row


def _order(residual: Array, excess: Array, power: float, sd: float) -> float:
    """The local order of the mean excess that the theory gives for these residuals.

    The logarithmic derivative of a sum is the mean of those of its terms, weighted by the terms.
    """
    if sd == 0:
        return power
    ratios = np.abs(residual) / sd
    grid = np.geomspace(1e-4, max(1e-3, float(ratios.max())), 64)
    orders = np.array([loss_order(power, float(ratio)) for ratio in grid])
    weights = excess / excess.sum()
    return float(weights @ np.interp(np.log(np.maximum(ratios, 1e-4)), np.log(grid), orders))


def read(columns: Columns) -> list[Reading]:
    """Exponents in the size, and orders in the residual."""
    found = []
    residual = np.asarray(columns["residual"], dtype=float)
    sides = [table for _, _, table in curves(columns, BY, "samples", residual)]
    for loss in POWERS:
        values = np.asarray(columns[loss], dtype=float)
        told = np.asarray(columns[f"order_{loss}"], dtype=float)
        orders = [table for _, _, table in curves(columns, BY, "samples", told)]
        for k, (place, sizes, table) in enumerate(curves(columns, BY, "samples", values)):
            at = {**place, "loss": loss}
            last = sizes >= sizes[-1] / 2**OCTAVES * (1 - 1e-9)
            ratio = float(sides[k][last].mean()) / place["sd"] if place["sd"] else 0.0
            alpha = slope(sizes, table)
            found.append(reading("alpha", at, by_seed(alpha), _exponent(at, ratio)))
            if place["noise"] in (NONE, "gaussian"):
                order = by_seed(alpha / slope(sizes, sides[k]))
                expected = Expected(
                    float(orders[k][last].mean()),
                    f"order at {ratio:.2g} of the noise" if ratio else "q",
                    "lawcast.theory.orders.loss_order",
                )
                found.append(reading("order", at, order, expected))
    return found


def _exponent(at: Mapping[str, Any], ratio: float) -> Expected | None:
    """The exponent that the rules foretell; none where the residual is not far below the noise."""
    premises = {name: at[name] for name in ("dimension", "approximator", "loss")}
    if at["noise"] == NONE:
        return foretold(**premises)
    shape = "skewed" if at["noise"] == "skewed" else "symmetric"
    # The next term is a share ratio² of the first; a share ratio where the noise is skewed, and
    # in L1 where its density has a cusp.
    sharp = shape == "skewed" or (at["noise"] == "laplace" and at["loss"] == "l1")
    far_below = FAR_BELOW**2 if sharp else FAR_BELOW
    if ratio > far_below and at["loss"] != "l2":
        return None
    return foretold(noise="test-labels", noise_shape=shape, **premises)


def _positive(value: Any) -> Value:
    if value == 0:
        raise ArgumentError('noise of sd 0 is no noise: give noises=["none"] for that curve')
    return axes.positive("the standard deviation of the noise")(value)


STUDY = Study(
    name="test-noise",
    title="noise in the labels of the tests alone",
    question="Does L1 behave like L2 once the floor of the noise is subtracted?",
    source="derived here",
    axes=(
        axes.dimensions((2,), (1, 2, 3), (1, 2, 3, 4)),
        axes.words("approximators", "approximator", "what is fitted", _APPROXIMATORS),
        Axis(
            "noises",
            "noise",
            "shape of the noise",
            (NONE, "gaussian", "skewed"),
            (NONE, "gaussian", "laplace", "skewed"),
            NOISES,
            axes.one_of("noise", NOISES),
        ),
        Axis(
            "sds",
            "sd",
            "standard deviation of the noise; the target has 1",
            (0.05, 0.5),
            (0.05, 0.5),
            (0.02, 0.05, 0.2, 0.5),
            _positive,
        ),
        axes.samples(axes.doubling(9, 13), axes.doubling(10, 15), axes.doubling(8, 18), least=16),
        axes.seeds(4, 8, 8),
    ),
    size="samples",
    losses=tuple(POWERS),
    measured=("residual", *(f"order_{loss}" for loss in POWERS)),
    measure=measure,
    read=read,
    curve=BY,
    cells=cells,
    seconds={"quick": 5.0, "standard": 47.0},
    notes=(
        "The floor is known and the noise is integrated in closed form, so nothing is fitted.",
        "A loss here is the mean size of the excess over the floor at a test point.",
        "Of skewed noise the first-order term cancels in a plain mean over a torus, so its size "
        "is followed.",
        f"Exponents are foretold where the residual is below {FAR_BELOW:g} of the noise, "
        f"{FAR_BELOW**2:.2g} where it is skewed, or Laplace in L1.",
    ),
)
