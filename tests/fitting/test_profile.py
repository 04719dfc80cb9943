"""Profiles: their optimum, their ends, and what makes them wider."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

import lawcast as lc
from helpers import law_table, line_columns, line_law, sweep_columns
from lawcast.fitting.losses import make_loss
from lawcast.fitting.problem import make_problem
from lawcast.fitting.profile import Profile, drop_scale, profile_parameter
from lawcast.fitting.solve import prepare, search


@cache
def sweep() -> lc.Fit:
    return lc.fit(sweep_columns(120, seed=1), law="chinchilla", bootstrap=400, starts=16)


def test_every_exponent_and_the_floor_has_one() -> None:
    assert [p.parameter for p in sweep().profiles] == ["E", "alpha", "beta"]


@pytest.mark.parametrize("name", ["E", "alpha", "beta"])
def test_shape(name: str) -> None:
    fit, profile = sweep(), sweep().profile(name)
    assert profile is not None
    best = fit.parameters[name].value
    assert (np.diff(profile.values) >= 0).all()
    assert profile.statistic.min() == 0.0
    assert profile.values[profile.statistic.argmin()] == pytest.approx(best)
    assert profile.bounded
    assert profile.low is not None
    assert profile.high is not None
    assert profile.low < best < profile.high
    # it rises away from the optimum on both sides, as a profile must
    below = profile.statistic[profile.values < best]
    above = profile.statistic[profile.values > best]
    assert (np.diff(below) <= 1e-6).all()
    assert (np.diff(above) >= -1e-6).all()
    place = fit.law.names.index(name)
    np.testing.assert_array_equal(profile.others[:, place], profile.values)


@pytest.mark.parametrize("name", ["E", "alpha", "beta"])
def test_width_is_that_of_the_bootstrap(name: str) -> None:
    profile, interval = sweep().profile(name), sweep().parameters[name].interval
    assert profile is not None
    assert interval is not None
    assert profile.low is not None
    assert profile.high is not None
    assert 0.6 < (profile.high - profile.low) / interval.width < 1.6


def test_exact_for_a_line_with_squared_loss() -> None:
    """For least squares the ends are those of the sandwich variance, in closed form."""
    table = line_columns(200)
    law = line_law()
    problem = make_problem(law, make_loss("l2"), table)
    found = search(problem, np.random.default_rng(0), starts=4)
    x, y = table["x"], table["y"]
    residuals = found.u[0] + found.u[1] * x - y
    profile = profile_parameter(
        problem, prepare(problem, found.u), "b", residuals, np.arange(200), 0.9,
        np.random.default_rng(0),
    )  # fmt: skip
    away = x - x.mean()
    error = np.sqrt((away**2 * residuals**2).sum() * 200 / 198) / (away**2).sum()
    assert profile.low == pytest.approx(found.u[1] - 1.6449 * error, abs=0.02 * error)
    assert profile.high == pytest.approx(found.u[1] + 1.6449 * error, abs=0.02 * error)


def test_clusters_with_a_common_error_widen_it() -> None:
    table = line_columns(200)
    units = np.arange(200) // 20
    problem = make_problem(line_law(), make_loss("l2"), table)
    found = search(problem, np.random.default_rng(0), starts=4)
    noise = np.random.default_rng(1).standard_normal(10)[units] + 0.1
    alone = drop_scale(problem, found.u, noise, np.arange(200), 0)
    together = drop_scale(problem, found.u, noise, units, 0)
    assert together < 0.2 * alone


def test_a_floor_above_the_lowest_run_is_bounded() -> None:
    """Where most runs lie at the floor, noise puts some below it; the profile looks there too."""
    tokens = np.logspace(9, 13, 60)
    scatter = np.exp(0.02 * np.random.default_rng(0).standard_normal(60))
    table = {"params": np.full(60, 1e9), "tokens": tokens, "loss": 1.8 + 300 * tokens**-0.35}
    table["loss"] = table["loss"] * scatter
    fit = lc.fit(table, law="power-floor", variable="tokens", bootstrap=0)
    profile = fit.profile("E")
    assert profile is not None
    assert profile.high is not None
    assert profile.high > table["loss"].min()
    assert profile.bounded
    assert not any(f.code == "F011" for f in fit.findings)


@pytest.mark.parametrize("law", ["power-floor", "shifted", "m3"])
def test_general_laws(law: str) -> None:
    declared, table = law_table(law, 0.003, np.random.default_rng(1), count=60)
    runs = lc.read_runs(table | {"params": np.full(60, 1e9)})
    fit = lc.fit(runs, law=law, variable="tokens", bootstrap=0, starts=32)
    for profile in fit.profiles:
        assert profile.bounded, profile.parameter
    assert {p.parameter for p in fit.profiles} == {*filter(None, [declared.floor]), "c"}


def test_only_what_can_be_held_is_profiled() -> None:
    """The broken law is searched over its last exponent, so its first has no profile."""
    _, table = law_table("bnsl", 0.003, np.random.default_rng(1), count=60)
    runs = lc.read_runs(table | {"params": np.full(60, 1e9)})
    fit = lc.fit(runs, law="bnsl", variable="tokens", bootstrap=0, starts=32)
    assert [p.parameter for p in fit.profiles] == ["a", "c1"]


def test_round_trip() -> None:
    profile = sweep().profile("E")
    assert profile is not None
    again = Profile.from_dict(profile.to_dict())
    assert (again.low, again.high, again.threshold) == (
        profile.low,
        profile.high,
        profile.threshold,
    )
    np.testing.assert_array_equal(again.statistic, profile.statistic)
    open_ended: dict[str, Any] = profile.to_dict() | {"low": None}
    assert not Profile.from_dict(open_ended).bounded
