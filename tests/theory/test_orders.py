"""The local order of a loss under Gaussian noise, against numerical integrals."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad

from lawcast import ArgumentError, UnknownNameError
from lawcast.theory.orders import LOSSES, loss_named, loss_order

POWERS = (1.0, 1.5, 2.0, 3.0, 4.0)


def density(z: float) -> float:
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def by_quadrature(power: float, ratio: float) -> float:
    """r (d/dr) E|r + z|^q / (E|r + z|^q - E|z|^q), with the difference taken inside."""

    def folded(z: float) -> float:  # z and -z together, so that first orders cancel exactly
        return (abs(z + ratio) ** power + abs(z - ratio) ** power - 2 * abs(z) ** power) * density(
            z
        )

    def slope(z: float) -> float:
        up = math.copysign(abs(z + ratio) ** (power - 1), z + ratio)
        down = math.copysign(abs(z - ratio) ** (power - 1), z - ratio)
        return power * (up - down) * density(z)

    breaks = [0.0, ratio, 14.0] if ratio < 12 else [0.0, 12.0]  # a kink where noise can reach it
    total = [
        sum(quad(f, a, b, epsabs=1e-13, epsrel=1e-9, limit=400)[0]
            for a, b in itertools.pairwise(breaks))
        for f in (slope, folded)
    ]  # fmt: skip
    return ratio * total[0] / total[1]


@pytest.mark.parametrize("power", POWERS)
@pytest.mark.parametrize("ratio", [0.02, 0.1, 0.5, 1.0, 3.0, 10.0, 29.0, 31.0, 100.0])
def test_the_order_is_that_of_the_integral(power: float, ratio: float) -> None:
    assert loss_order(power, ratio) == pytest.approx(by_quadrature(power, ratio), rel=2e-4)


@pytest.mark.parametrize("power", POWERS)
def test_it_runs_from_two_to_the_power(power: float) -> None:
    assert loss_order(power, 0) == 2
    assert loss_order(power, 1e-6) == pytest.approx(2, abs=1e-5)
    assert loss_order(power, 1e6) == pytest.approx(power, abs=1e-4)
    assert loss_order(power, math.inf) == power


@pytest.mark.parametrize("power", POWERS)
def test_the_crossover_is_monotone_and_has_no_steps(power: float) -> None:
    ratios = np.logspace(-6, 6, 2000)
    orders = np.array([loss_order(power, ratio) for ratio in ratios])
    steps = np.diff(orders) * np.sign(power - 2)
    assert steps.min() > -1e-6
    assert np.abs(steps).max() < 0.02
    assert orders.min() >= min(2, power) - 1e-6
    assert orders.max() <= max(2, power) + 1e-6


@pytest.mark.parametrize(
    ("power", "ratio"),
    [(0, 1), (-1, 1), (math.nan, 1), (math.inf, 1), (1, -1), (1, math.nan)],
)
def test_what_makes_no_sense_is_refused(power: float, ratio: float) -> None:
    with pytest.raises(ArgumentError):
        loss_order(power, ratio)


def test_every_loss_has_its_names() -> None:
    for loss in LOSSES:
        for name in (loss.name, *loss.aliases, loss.name.upper()):
            assert loss_named(name) is loss
    names = [name for loss in LOSSES for name in (loss.name, *loss.aliases)]
    assert len(names) == len(set(names))
    with pytest.raises(UnknownNameError, match="l2"):
        loss_named("l2_")
