"""What it costs not to know the limit."""

from __future__ import annotations

import json

import numpy as np
import pytest

from lawcast._errors import ArgumentError, SavedFileError, UnknownNameError
from lawcast.theory.price import LimitPrice, price_of_limit


def ends(price: LimitPrice, way: str) -> tuple[float, float]:
    interval = price[way].estimate.interval
    return interval.low, interval.high


def test_a_small_floor_and_an_exponent_of_three_tenths() -> None:
    # a limit of 14.5 % of the loss at the smallest size gives the raw slope of .233
    price = price_of_limit(np.geomspace(1, 10**1.5, 10), 0.3, 0.145, 0.02, draws=2000)
    assert ends(price, "known") == pytest.approx((0.288, 0.312), abs=0.003)
    assert ends(price, "free") == pytest.approx((0.232, 0.391), abs=0.012)
    assert price["none"].estimate.value == pytest.approx(0.233, abs=0.003)
    assert price["none"].bias == pytest.approx(-0.067, abs=0.003)


def test_a_large_floor_and_an_exponent_of_a_tenth() -> None:
    # a limit of 63 % of the loss at the smallest size
    price = price_of_limit(np.geomspace(1, 1e3, 10), 0.1, 0.63, 0.02, draws=2000)
    assert ends(price, "known") == pytest.approx((0.084, 0.117), abs=0.003)
    assert ends(price, "free") == pytest.approx((0.027, 0.285), abs=0.02)
    assert price["none"].estimate.value == pytest.approx(0.030, abs=0.002)
    # right in the middle, and skewed to the right
    assert price["free"].bias == pytest.approx(0.0, abs=0.005)
    assert 0.11 <= price["free"].mean <= 0.13
    assert price.times_wider > 6


def test_more_sizes_over_more_decades_make_it_cheaper() -> None:
    few = price_of_limit(np.geomspace(1, 1e3, 8), 0.3, 0.4, 0.02, draws=300)
    many = price_of_limit(np.geomspace(1, 1e6, 32), 0.3, 0.4, 0.02, draws=300)
    assert many["free"].estimate.interval.width < 0.5 * few["free"].estimate.interval.width


def test_without_a_limit_nothing_is_biased() -> None:
    price = price_of_limit(np.geomspace(1, 1e3, 10), 0.3, 0.0, 0.02, draws=200)
    assert price["none"].bias == pytest.approx(0.0, abs=0.002)


def test_noise_of_the_difference_and_a_loss_that_rises() -> None:
    x = np.geomspace(1e3, 1e5, 8)
    small = price_of_limit(x, 1.0, 0.99, 0.02, noise_of="difference", draws=200)
    assert small["known"].estimate.interval.width < 0.05
    assert small["none"].estimate.value == pytest.approx(0.0, abs=0.01)
    rises = price_of_limit(x, 1.0, 1.01, 0.02, noise_of="difference", draws=200)
    assert rises["free"].estimate.value == pytest.approx(1.0, abs=0.02)
    assert rises["none"].estimate.value < 0


def test_views_and_saving() -> None:
    price = price_of_limit([1, 10, 100, 1000], 0.2, 0.5, 0.01, draws=60, rng=3)
    assert all(len(line) <= 80 for line in price.summary().splitlines())
    assert price.to_dataframe()["median"].tolist() == [s.estimate.value for s in price.spreads]
    data = json.loads(json.dumps(price.to_dict(), allow_nan=False))
    assert LimitPrice.from_dict(data).to_dict() == price.to_dict()
    again = price_of_limit([1, 10, 100, 1000], 0.2, 0.5, 0.01, draws=60, rng=3)
    assert again.to_dict() == price.to_dict()
    with pytest.raises(SavedFileError):
        LimitPrice.from_dict({**data, "spreads": data["spreads"][:1]})


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"x": [1, 2, 3]}, "four or more different sizes"),
        ({"x": [-1, 2, 3, 4]}, "above zero"),
        ({"exponent": 0}, "exponent= is a finite number above 0"),
        ({"exponent": float("nan")}, "exponent="),
        ({"floor_share": -0.1}, "floor_share="),
        ({"floor_share": 1.0}, "leaves nothing"),
        ({"noise": 0.0}, "noise="),
        ({"draws": 3}, "draws="),
        ({"noise_of": "sun"}, "kind of noise"),
    ],
)
def test_arguments_out_of_range(changed: dict[str, object], words: str) -> None:
    given = {"x": np.geomspace(1, 1e3, 8), "exponent": 0.3, "floor_share": 0.5, "noise": 0.02}
    with pytest.raises((ArgumentError, UnknownNameError), match=words):
        price_of_limit(**{**given, **changed})


@pytest.mark.parametrize(("decades", "share"), [(40, 1e-6), (79, 0.0), (79, 0.2)])
def test_a_huge_range_works(decades: float, share: float) -> None:
    x = np.geomspace(1.0, 10.0**decades, 10)
    price = price_of_limit(x, 0.3, share, 0.02, draws=60)
    assert price["known"].estimate.value == pytest.approx(0.3, abs=0.02)
    assert price["free"].estimate.value == pytest.approx(0.3, abs=0.02)


@pytest.mark.parametrize(
    ("decades", "exponent", "noise_of", "words"),
    [
        (81, 0.3, "loss", "81 decades"),
        (79, 0.3, "difference", "which no run shows"),
        (20, 0.5, "difference", "difference to the limit is"),
    ],
)
def test_what_numbers_cannot_hold_is_refused(
    decades: float, exponent: float, noise_of: str, words: str
) -> None:
    x = np.geomspace(1.0, 10.0**decades, 10)
    with pytest.raises(ArgumentError, match=words):
        price_of_limit(x, exponent, 0.2, 0.02, noise_of=noise_of, draws=60)
