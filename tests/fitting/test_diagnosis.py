"""Every fit finding fires on a table made for it and stays quiet on a healthy one."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

import lawcast as lc
from helpers import law_table, line_columns, line_law, sweep_columns
from lawcast._errors import Finding, FitRefused, Severity
from lawcast.fitting.findings import KINDS
from lawcast.laws.user import law

CODES = tuple(kind.code for kind in KINDS)


def over_tokens(tokens: np.ndarray, loss: np.ndarray) -> lc.Runs:
    """A table of one variable."""
    table = {"params": np.full(tokens.size, 1e9), "tokens": tokens, "loss": loss}
    return lc.read_runs(table, params_kind="total")


def power_fit(loss: Callable[[np.ndarray], np.ndarray], noise: float, **options: object) -> lc.Fit:
    tokens = np.logspace(8, 11, 60)
    scatter = np.exp(noise * np.random.default_rng(4).standard_normal(60))
    runs = over_tokens(tokens, loss(tokens) * scatter)
    return lc.fit(runs, law="power-floor", variable="tokens", **options)  # type: ignore[call-overload]


@cache
def sweep_fit() -> lc.Fit:
    """A healthy sweep of 120 runs, fitted."""
    table = sweep_columns(120, seed=1)
    return lc.fit(lc.read_runs(table, params_kind="total"), law="chinchilla", bootstrap=100)


def falls_faster_and_faster() -> lc.Fit:
    return power_fit(lambda x: 10 * x**-0.08 * np.exp(-0.01 * np.log(x / 1e8) ** 2), 1e-3)


def two_optima() -> lc.Fit:
    """A square root has two signs; a small odd term makes one of them a little better."""
    rng = np.random.default_rng(0)
    x = np.linspace(1, 2, 30)
    y = 4.0 * x + 0.02 + 0.1 * rng.standard_normal(30)
    both = law(
        lambda x, b: b**2 * x + 0.005 * b, variables=["x"], parameters=["b"],
        start={"b": (-4.0, 4.0)}, response="y",
    )  # fmt: skip
    return lc.fit({"x": x, "y": y}, law=both, loss="l2", bootstrap=0, diagnosis=False)


def hardly_enough_runs() -> lc.Fit:
    runs = lc.read_runs(sweep_columns(9, noise=0.02), params_kind="total")
    return lc.fit(runs, law="chinchilla", bootstrap=100, diagnosis=False)


def refused() -> lc.Fit:
    with pytest.raises(FitRefused) as refusal:
        lc.fit(sweep_columns(7), law="chinchilla")
    assert refusal.value.findings[0].code == "F004"
    assert "8 runs" in str(refusal.value)
    return refusal.value.fit


def far_prediction() -> lc.Prediction:
    return sweep_fit().predict(compute="100x")


def near_prediction() -> lc.Prediction:
    return sweep_fit().predict(compute="10x")


def one_ratio() -> lc.Fit:
    return lc.fit(sweep_columns(60, ratios=(19.9, 20.1)), law="chinchilla", bootstrap=0)


def saturated() -> lc.Fit:
    return power_fit(lambda x: 1.8 + 300 * x**-0.45, 0.01, bootstrap=0)


def bent() -> lc.Fit:
    return power_fit(lambda x: 2 + 0.5 * np.tanh(np.log(1e10 / x)), 1e-3, bootstrap=0)


def short_range() -> lc.Fit:
    return lc.fit(sweep_columns(40, decades=1.0, noise=0.02), law="chinchilla", bootstrap=0)


def with_holes() -> lc.Fit:
    table = sweep_columns(60)
    table["loss"][[3, 5]] = np.nan
    return lc.fit(lc.read_runs(table), law="chinchilla", bootstrap=0, diagnosis=False)


def many_waves() -> lc.Fit:
    x = np.linspace(0, 10, 60)
    y = np.sin(3.0 * x) + 0.1 * np.random.default_rng(0).standard_normal(60)
    wave = law(
        lambda x, b: np.sin(b * x), variables=["x"], parameters=["b"], start={"b": (0.5, 20.0)},
        response="y",
    )  # fmt: skip
    return lc.fit({"x": x, "y": y}, law=wave, loss="l2", bootstrap=0, diagnosis=False)


def one_diverged() -> lc.Fit:
    table = sweep_columns(60)
    table["loss"][7] *= 1.5
    return lc.fit(lc.read_runs(table), law="chinchilla", bootstrap=0, diagnosis=False)


def line() -> lc.Fit:
    return lc.fit(line_columns(), law=line_law(), loss="l2", bootstrap=100)


def joint() -> lc.Fit:
    _, table = law_table("kaplan", 0.004, np.random.default_rng(0))
    return lc.fit(table, law="kaplan", bootstrap=0)


def over_tokens_of_two_sizes() -> lc.Fit:
    table = sweep_columns(60)
    return lc.fit(table, law="power-floor", variable="tokens", bootstrap=0, diagnosis=False)


def two_families() -> lc.Fit:
    """Half of the runs lie 5 % higher, for a reason that the law does not know."""
    table: dict[str, np.ndarray] = dict(sweep_columns(60))
    table["family"] = np.array(["old", "new"] * 30)
    table["loss"] = table["loss"] * np.where(table["family"] == "old", 1.05, 1.0)
    return lc.fit(lc.read_runs(table), law="chinchilla", bootstrap=0, diagnosis=False)


def three_clusters() -> lc.Fit:
    table: dict[str, np.ndarray] = dict(sweep_columns(60))
    table["lab"] = np.array(["a", "b", "c"] * 20)
    runs = lc.read_runs(table)
    return lc.fit(runs, law="chinchilla", cluster="lab", bootstrap=40, diagnosis=False)


def a_bend_that_small_runs_do_not_show() -> lc.Fit:
    """The larger the run, the more it leaves the law that the small ones follow."""
    table = sweep_columns(90, noise=0.004)
    compute = table["params"] * table["tokens"]
    reach = np.log(compute / np.quantile(compute, 0.4))
    table["loss"] = table["loss"] * np.exp(0.004 * np.maximum(reach, 0.0) ** 2)
    return lc.fit(table, law="chinchilla", bootstrap=0)


FIRES: dict[str, Callable[[], lc.Fit | lc.Prediction]] = {
    "F001": falls_faster_and_faster,
    "F002": two_optima,
    "F003": hardly_enough_runs,
    "F004": refused,
    "F005": far_prediction,
    "F006": one_ratio,
    "F007": sweep_fit,
    "F008": saturated,
    "F009": sweep_fit,
    "F010": bent,
    "F011": short_range,
    "F012": with_holes,
    "F013": many_waves,
    "F014": one_diverged,
    "F015": over_tokens_of_two_sizes,
    "F016": two_families,
    "F017": three_clusters,
    "F018": a_bend_that_small_runs_do_not_show,
}
# in the Chinchilla law a coefficient always goes with its exponent, and skaling contains it
QUIET = dict.fromkeys(CODES, sweep_fit) | {
    "F005": near_prediction,
    "F007": line,
    "F009": joint,
}


def finding(source: lc.Fit | lc.Prediction, code: str) -> Finding | None:
    return next((f for f in source.findings if f.code == code), None)


def test_every_finding_has_both_tables() -> None:
    assert set(FIRES) == set(QUIET) == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_fires(code: str) -> None:
    found = finding(FIRES[code](), code)
    assert found is not None
    assert found.severity is {k.code: k.severity for k in KINDS}[code] or code == "F014"
    assert len(found.message) > 30
    assert found.fix or code in ("F007", "F012")


@pytest.mark.parametrize("code", CODES)
def test_stays_quiet(code: str) -> None:
    assert finding(QUIET[code](), code) is None


def test_families_that_differ_by_chance_are_not_found() -> None:
    for seed in range(20):
        table: dict[str, np.ndarray] = dict(sweep_columns(60, seed=seed))
        table["family"] = np.array(["a", "b", "c"] * 20)
        fit = lc.fit(table, law="chinchilla", bootstrap=0, diagnosis=False, starts=8)
        assert finding(fit, "F016") is None


def test_a_true_law_seldom_misses_its_backtest() -> None:
    fits = (
        lc.fit(sweep_columns(90, seed=seed), law="chinchilla", bootstrap=0) for seed in range(8)
    )
    assert sum(finding(fit, "F018") is not None for fit in fits) <= 1


def test_a_loss_that_rises_is_not_called_a_fit() -> None:
    table = sweep_columns(60)
    table["loss"] = 1.0 / table["loss"]
    fit = lc.fit(table, law="chinchilla", bootstrap=100)
    assert fit.status.code == "no-decay"
    assert all(estimate.interval is None for estimate in fit.parameters.values())
    assert fit.profiles == ()
    found = finding(fit, "F001")
    assert found is not None
    assert "is it an accuracy" in found.message
    assert "see the status" in fit.summary()


def test_a_loss_that_does_not_vary_is_refused() -> None:
    table = sweep_columns(60)
    table["loss"] = np.full(60, 3.0)
    with pytest.raises(FitRefused, match="the loss takes 1 different value"):
        lc.fit(table, law="chinchilla")


def test_healthy_sweep_has_no_warning() -> None:
    fit = sweep_fit()
    assert fit.status.ok
    assert [f.code for f in fit.findings if f.severity is not Severity.NOTE] == []


def test_bound_names_parameter_and_side() -> None:
    found = finding(falls_faster_and_faster(), "F001")
    assert found is not None
    assert "E (irreducible loss) ended at its lower bound 0" in found.message


def test_basins_report_both_forecasts() -> None:
    fit = two_optima()
    found = finding(fit, "F002")
    assert found is not None
    assert fit.certificate.basins[0].parameters[0] * fit.estimate[0] < 0
    assert "% worse" in found.message
    assert "at 10x the largest x it predicts" in found.message


def test_failed_resamples_withhold_every_interval() -> None:
    fit = hardly_enough_runs()
    assert fit.failed > 5
    assert all(e.interval is None for e in fit.parameters.values())
    prediction = fit.predict(params="1B", tokens="20B")
    assert prediction.interval is None
    assert prediction.new_run is None


def test_unidentified_fit_is_not_ok() -> None:
    fit = one_ratio()
    assert fit.status.code == "not-identified"
    assert not fit.status.ok


def test_unbounded_floor_names_the_range_and_the_run_that_would_bound_it() -> None:
    fit = short_range()
    found, profile = finding(fit, "F011"), fit.profile("E")
    assert found is not None
    assert profile is not None
    assert not profile.bounded
    assert "any floor in [0, " in found.message
    assert "would bound it" in found.fix
    assert "E is not bounded" in fit.summary()


def test_rows_set_aside_are_named() -> None:
    found = finding(with_holes(), "F012")
    assert found is not None
    assert found.rows == (3, 5)
    assert "2 rows were set aside: no params, tokens or loss in the row" in found.message


def test_rival_says_what_it_would_predict() -> None:
    fit = sweep_fit()
    found = finding(fit, "F009")
    assert found is not None
    assert found.message.startswith("skaling predicts left-out runs as well as chinchilla")
    rival = next(r for r in fit.rivals if r.law == "skaling")
    assert rival.forecast == pytest.approx(rival.own_forecast, rel=0.02)
    kaplan = next(r for r in fit.rivals if r.law == "kaplan")
    assert not kaplan.as_good


def test_outlier_is_named_by_row() -> None:
    found = finding(one_diverged(), "F014")
    assert found is not None
    assert found.rows == (7,)
