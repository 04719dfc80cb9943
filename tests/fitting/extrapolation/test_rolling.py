"""The backtest of a curve on its own earlier points."""

from __future__ import annotations

import json

import numpy as np

from lawcast.fitting.extrapolation.averaging import forecast
from lawcast.fitting.extrapolation.families import LAWS
from lawcast.fitting.extrapolation.noise import bin_points
from lawcast.fitting.extrapolation.rolling import AVERAGE, CUTS, Cut, Rolling, roll
from lawcast.fitting.extrapolation.rule import Rule

RULE = Rule()


def binned(seed: int = 0, size: int = 60) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    u = np.linspace(-4.0, 0.0, size)
    u, log_y, _ = bin_points(u, np.log(1.0 + 0.4 * np.exp(-0.4 * u)) + rng.normal(0, 0.01, size))
    return u, np.exp(log_y)


def test_every_cut_uses_only_earlier_points() -> None:
    u, y = binned()
    rolling = roll(u, y, RULE)
    assert [cut.ratio for cut in rolling.cuts] == list(CUTS)
    later = y.copy()
    later[u > -np.log(2.0)] *= 3.0
    again = roll(u, later, RULE)
    for cut, other in zip(rolling.cuts, again.cuts, strict=True):
        if cut.ratio >= 2.0:
            # the future changed by a factor of three: the errors move by exactly that
            moved = other.errors[AVERAGE] - cut.errors[AVERAGE]
            future = cut.reach * np.exp(-np.log(cut.ratio)) > 0
            assert future.all()
            assert set(np.round(moved, 9)) <= {0.0, round(-float(np.log(3.0)), 9)}


def test_a_cut_is_the_forecast_from_there() -> None:
    u, y = binned()
    cut = roll(u, y, RULE).cuts[1]
    used = u <= -np.log(2.0) + 1e-9
    shift = u[used][-1]
    made = forecast(u[used] - shift, y[used], u[~used] - shift, RULE)
    np.testing.assert_allclose(cut.errors[AVERAGE], made.log_y - np.log(y[~used]))
    assert set(cut.errors) == {AVERAGE, "constant", *LAWS}


def test_short_curves_have_no_backtest_and_the_usual_error() -> None:
    u = np.linspace(-1.0, 0.0, 5)
    rolling = roll(u, np.exp(-0.1 * u), RULE)
    assert rolling.cuts == ()
    assert rolling.score() is None
    assert rolling.error((1.0, 2.0)) is None
    assert rolling.farthest == 1.0
    assert 0.01 < rolling.typical_error < 0.05


def test_the_typical_error_follows_the_errors() -> None:
    def with_error(size: float) -> float:
        cuts = tuple(
            Cut(r, 9, np.array([1.3, 1.9]), {AVERAGE: np.full(2, size)}) for r in (1.5, 2.0, 3.0)
        )
        return Rolling(cuts).typical_error

    assert with_error(0.0) < 0.01
    assert 0.08 < with_error(0.1) < 0.1
    assert with_error(0.02) < with_error(0.04)


def test_bands_of_reach() -> None:
    cut = Cut(2.0, 9, np.array([1.2, 1.8, 3.0]), {AVERAGE: np.array([0.1, -0.2, 0.4])})
    rolling = Rolling((cut,))
    assert rolling.error((1.0, 1.5)) == 0.1
    assert rolling.error((1.5, 2.0)) == 0.2
    np.testing.assert_allclose(rolling.error((1.0, 2.0)), np.sqrt(0.025))
    assert rolling.error((4.0, 8.0)) is None
    assert rolling.farthest == 3.0


def test_it_survives_json() -> None:
    u, y = binned()
    cut = roll(u, y, RULE).cuts[0]
    again = Cut.from_dict(json.loads(json.dumps(cut.to_dict())))
    np.testing.assert_array_equal(again.reach, cut.reach)
    np.testing.assert_array_equal(again.errors["m3"], cut.errors["m3"])
