"""The fit as an object: its views say the same, and it never changes."""

from __future__ import annotations

import dataclasses
from functools import cache

import numpy as np
import pytest

import lawcast as lc
from helpers import line_columns, line_law, sweep_columns


@cache
def sweep() -> lc.Fit:
    runs = lc.read_runs(sweep_columns(60, seed=1), params_kind="total")
    return lc.fit(runs, law="chinchilla", bootstrap=200, diagnosis=False, starts=16)


def test_parameters_by_name() -> None:
    fit = sweep()
    assert list(fit.parameters) == ["E", "A", "B", "alpha", "beta"]
    for name, estimate in fit.parameters.items():
        assert estimate.interval is not None
        assert estimate.value in estimate.interval, name
        assert estimate.interval.level == 0.9
        assert estimate.interval.method == "bca, bootstrap of 60 runs"
    assert fit.draws.shape == (200, 5)
    assert fit.left_out.shape == (60, 5)
    assert (fit.requested, fit.failed, fit.seed) == (200, 0, 0)


def test_residuals_and_fitted() -> None:
    fit = sweep()
    np.testing.assert_allclose(fit.fitted * np.exp(fit.residuals), fit.runs["loss"])
    line = lc.fit(line_columns(), law=line_law(), loss="l2", bootstrap=0, diagnosis=False)
    np.testing.assert_allclose(line.fitted + line.residuals, line.runs["y"])
    assert abs(line.residuals.mean()) < 1e-9


def test_views_come_from_one_table() -> None:
    fit = sweep()
    frame = fit.to_dataframe()
    assert frame["parameter"].tolist() == list(fit.parameters)
    assert frame["value"].tolist() == [e.value for e in fit.parameters.values()]
    assert "90 % intervals: bca, bootstrap of 60 runs" in fit.table().text()
    assert repr(fit).startswith("<Fit chinchilla on 60 runs: E=1.")
    assert "<table>" in fit._repr_html_()


def test_frozen() -> None:
    fit = sweep()
    with pytest.raises(dataclasses.FrozenInstanceError):
        fit.level = 0.5  # type: ignore[misc]
    before = fit.draws.copy()
    fit.more_draws(40)
    np.testing.assert_array_equal(fit.draws, before)
    assert fit.more_draws(0) is fit


def test_interval_of_any_number() -> None:
    fit = sweep()
    columns = np.concatenate([fit.draws, fit.left_out])
    exponent = columns[:, 4] / (columns[:, 3] + columns[:, 4])
    own = fit.estimate[4] / (fit.estimate[3] + fit.estimate[4])
    interval = fit.interval(exponent, own, 0.8)
    assert interval is not None
    assert own in interval
    assert interval.level == 0.8
    # numbers that most resamples do not have make no interval
    exponent[:50] = np.nan
    assert fit.interval(exponent, own) is None


def test_without_draws() -> None:
    fit = lc.fit(sweep_columns(60), law="chinchilla", bootstrap=0, diagnosis=False, starts=16)
    assert fit.parameters["E"].interval is None
    assert "no intervals: no resamples were asked for" in fit.summary()
    assert "no intervals" in fit.table().text()


def test_profile_by_name() -> None:
    assert sweep().profile("E") is None
