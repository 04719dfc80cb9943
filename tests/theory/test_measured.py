"""Probabilities by quadrature: against closed forms, and against each other."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from lawcast._values import Interval
from lawcast.theory.measured import (
    Measured,
    prediction_of,
    probability_below,
    quantile,
    ratio_to,
    share_of_dimension,
    slope_in,
)

NORMAL = NormalDist()


def line(k: float):
    return lambda d: k / d


def test_the_interval_comes_back() -> None:
    given = Interval(0.30, 0.42, 0.9, "")
    one = Measured.of(0.34, given)
    back = one.interval(0.9, "")
    assert (back.low, back.high) == pytest.approx((0.30, 0.42))
    assert float(one.share_below(np.array([0.30]))[0]) == pytest.approx(0.05)
    assert float(one.share_below(np.array([0.34]))[0]) == pytest.approx(0.5)
    assert float(one.share_below(np.array([0.42]))[0]) == pytest.approx(0.95)
    wider = one.interval(0.99, "")
    assert wider.low < 0.30 < 0.42 < wider.high


@pytest.mark.parametrize("spread", [0.3, 0.02, 1e-3, 1e-5])
@pytest.mark.parametrize("k", [3.0, 4.0, 4.05, 6.0])
def test_two_lognormals_have_a_closed_form(spread: float, k: float) -> None:
    alpha, d = Measured(0.34, spread, spread), Measured(12.0, 0.09, 0.09)
    distance = math.log(k / 12.0 / 0.34) / math.hypot(spread, 0.09)
    assert probability_below(alpha, d, line(k)) == pytest.approx(NORMAL.cdf(distance), abs=2e-9)


def test_unequal_halves_against_a_fine_sum() -> None:
    alpha, d = Measured(0.3, 0.05, 0.2), Measured(9.0, 0.15, 0.03)
    z = np.linspace(-8.5, 8.5, 400_001)
    weight = np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi) * (z[1] - z[0])
    expected = float(weight @ alpha.share_below(3.0 / (d.at(z) - 1.0)))
    made = probability_below(alpha, d, lambda x: 3.0 / (x - 1.0))
    assert made == pytest.approx(expected, abs=1e-6)


def test_exact_numbers_are_steps() -> None:
    alpha, d = Measured(0.5), Measured(8.0)
    assert [probability_below(alpha, d, line(k)) for k in (3.9, 4.0, 4.1)] == [0.0, 0.5, 1.0]


def test_a_constant_does_not_ask_for_d() -> None:
    alpha = Measured(0.9, 0.1, 0.1)
    for d in (Measured(3.0), Measured(3.0, 0.5, 0.5)):
        made = probability_below(alpha, d, lambda x: 1.0 + 0.0 * x)
        assert made == pytest.approx(NORMAL.cdf(math.log(1 / 0.9) / 0.1), abs=1e-9)


def test_the_ratio_holds_one_exactly_where_p_is_large_enough() -> None:
    alpha, d = Measured.of(0.34, Interval(0.30, 0.40, 0.9, "")), Measured(12.0, 0.05, 0.08)
    for k in np.linspace(3.0, 6.0, 31):
        below = probability_below(alpha, d, line(float(k)))
        ratio = ratio_to(alpha, d, line(float(k)), 0.9)
        assert ratio.interval is not None
        assert (1.0 in ratio.interval) == (2 * min(below, 1 - below) >= 0.1)


def test_the_interval_of_a_prediction_turns_round() -> None:
    made = prediction_of(Measured.of(12.0, Interval(10.0, 16.0, 0.9, "")), line(4.0), 0.9)
    assert made.value == pytest.approx(1 / 3)
    assert made.interval is not None
    assert (made.interval.low, made.interval.high) == pytest.approx((0.25, 0.4))
    assert prediction_of(Measured(12.0), line(4.0), 0.9).interval is None


def test_shares_and_slopes() -> None:
    d = Measured(12.0, 0.1, 0.1)
    assert slope_in(line(4.0), d) == pytest.approx(1.0)
    assert slope_in(lambda x: 1.0 + 0.0 * x, d) == pytest.approx(0.0, abs=1e-9)
    assert slope_in(lambda x: 3.0 / (x - 1.0), d) == pytest.approx(12 / 11, rel=1e-3)
    assert share_of_dimension(Measured(1.0, 0.1, 0.1), d, line(4.0)) == pytest.approx(0.5)
    assert share_of_dimension(Measured(1.0, 0.1, 0.1), Measured(12.0), line(4.0)) == 0.0


def test_a_quantile_that_is_not_reached_is_an_end() -> None:
    assert quantile(lambda u: 0.3, 0.5, 0.1, 10.0) == 10.0
    assert quantile(lambda u: 0.7, 0.5, 0.1, 10.0) == 0.1
    assert quantile(lambda u: NORMAL.cdf(u), 0.5, 0.1, 20.0) == pytest.approx(1.0)
