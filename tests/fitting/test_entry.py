"""``lawcast.fit`` at the door: what it takes, what it refuses and how it says so."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

import lawcast as lc
from helpers import SURFACE, line_columns, line_law, sweep_columns
from lawcast._errors import FitRefused, TableError, UnknownNameError
from lawcast.fitting.entry import MOST_ROWS

FAST: dict[str, Any] = {"bootstrap": 0, "diagnosis": False, "starts": 16}


def fitted(source: Any, **options: Any) -> lc.Fit:
    result = lc.fit(source, **(FAST | options))
    assert isinstance(result, lc.Fit)
    return result


def test_recovers_the_surface_it_was_drawn_from() -> None:
    fit = fitted(sweep_columns(240, noise=1e-6))
    assert fit.law.name == "chinchilla"
    np.testing.assert_allclose(fit.estimate, list(SURFACE.values()), rtol=2e-3)
    assert fit.status.code == "converged"
    assert fit.certificate.reached > 0.9


def test_default_law_depends_on_what_varies() -> None:
    table = sweep_columns(40)
    table["params"] = np.full(40, 1e9)
    assert fitted(lc.read_runs(table)).law.variables == ("tokens",)
    assert fitted(sweep_columns(40), variable="params").law.name == "power-floor"
    table["tokens"] = np.full(40, 2e10)
    with pytest.raises(FitRefused, match=r'no column varies.*variable="column"'):
        fitted(lc.read_runs(table, duplicates="all"), accept=["R012"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"law": "chinchila"}, "did you mean 'chinchilla'"),
        ({"law": "power", "variable": "token"}, "did you mean 'tokens'"),
        ({"loss": "log-hubert"}, "did you mean 'log-huber'"),
        ({"cluster": "famly"}, "did you mean 'family'"),
        ({"by": "famly"}, "did you mean 'family'"),
        ({"interval": "percentle"}, "did you mean 'percentile'"),
        ({"resample": "wilde"}, "did you mean 'wild'"),
        ({"accept": "R0010"}, "did you mean 'R010'"),
        ({"law": "power", "variable": "family"}, "holds text"),
        ({"law": "data-constrained"}, "'unique_tokens'.*reads params, tokens, unique_tokens"),
    ],
)
def test_unknown_names(options: dict[str, Any], message: str) -> None:
    table: dict[str, Any] = sweep_columns(40)
    table["family"] = ["a", "b"] * 20
    with pytest.raises(UnknownNameError, match=message):
        fitted(table, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bootstrap": -1}, "0 or more, not -1"),
        ({"bootstrap": 10.5}, "number of resamples"),
        ({"bootstrap": "100"}, "number of resamples"),
        ({"level": 90}, "0.9 for 90 %"),
        ({"level": "high"}, "0.9 for 90 %"),
        ({"starts": 0}, "1 or more"),
        ({"most_rows": 3}, "10 or more"),
        ({"rng": -1}, "seed of 0 or more"),
        ({"rng": "seed"}, "seed of 0 or more"),
        ({"loss_scale": -1.0}, "positive number"),
        ({"loss": "l2", "loss_scale": 1.0}, "has no scale"),
        ({"law": "chinchilla", "variable": "tokens"}, "variable= is for laws of one variable"),
    ],
)
def test_arguments_out_of_range(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fitted(sweep_columns(40), **options)


def test_bad_arguments_are_named_together() -> None:
    with pytest.raises(ValueError, match=r"bootstrap.*level.*starts"):
        fitted(sweep_columns(40), bootstrap=-1, level=2.0, starts=0)


# --- tables that cannot be used -------------------------------------------------------------------


def test_error_findings_stop_a_fit_until_they_are_accepted() -> None:
    table = sweep_columns(40)
    table["tokens"][5] = 0.0
    with pytest.raises(TableError) as error:
        fitted(table)
    assert [f.code for f in error.value.findings] == ["R010"]
    fit = fitted(table, accept=["R010"])
    assert len(fit.runs) == 39
    assert [(f.code, f.rows) for f in fit.findings if f.code == "F012"] == [("F012", (5,))]
    assert "at or below zero" in fit.summary()
    np.testing.assert_allclose(fit.estimate, fitted(lc.read_runs(table).drop(5)).estimate)


def test_rows_without_a_value_are_set_aside_and_named() -> None:
    table = sweep_columns(40)
    table["loss"][7] = np.nan
    table["params"][9] = np.inf
    fit = fitted(table)
    assert len(fit.runs) == 38
    assert fit.runs.set_aside[-1].rows == (7, 9)
    assert "no params, tokens or loss in the row: rows 7, 9" in fit.summary()


@pytest.mark.parametrize("count", [5, 7])
def test_too_few_runs_still_hand_over_the_estimate(count: int) -> None:
    with pytest.raises(FitRefused, match=rf"needs at least 8 runs; there are {count}") as refusal:
        fitted(sweep_columns(count), law="chinchilla")
    fit = refusal.value.fit
    assert fit.status.code == "few-runs"
    assert fit.parameters["alpha"].interval is None
    assert [f.code for f in fit.findings] == ["F004"]
    assert 'law="power-floor", variable="params"' in str(refusal.value)


def test_one_row_has_no_estimate() -> None:
    with pytest.raises(FitRefused) as refusal:
        fitted(sweep_columns(1), law="chinchilla")
    assert refusal.value.fit is None


def test_too_few_sizes() -> None:
    table = sweep_columns(40)
    table["params"] = np.where(table["params"] > 3e8, 1e9, 1e8)
    with pytest.raises(FitRefused, match=r"params takes 2 different values.*needs at least 3"):
        fitted(table, law="chinchilla")


# --- groups ---------------------------------------------------------------------------------------


def grouped(*counts: int) -> dict[str, Any]:
    table: dict[str, Any] = sweep_columns(sum(counts))
    return table | {"family": np.repeat([f"f{k}" for k in range(len(counts))], counts).tolist()}


def test_groups_are_fitted_one_by_one() -> None:
    fits = lc.fit(grouped(40, 7), by="family", law="chinchilla", **FAST)
    assert list(fits) == ["f0", "f1"]
    assert fits["f0"].status.ok
    assert fits["f1"].status.code == "few-runs"
    alone = fitted({name: values[:40] for name, values in grouped(40, 7).items()})
    np.testing.assert_array_equal(fits["f0"].estimate, alone.estimate)


def test_a_group_without_an_estimate_is_named_after_the_others_are_done() -> None:
    with pytest.raises(FitRefused, match=r"family = f1: F004 .*there are 1") as refusal:
        lc.fit(grouped(40, 1, 30), by="family", law="chinchilla", **FAST)
    assert list(refusal.value.fit) == ["f0", "f2"]
    assert refusal.value.findings[0].message.startswith("family = f1: ")


def test_a_bad_group_is_named() -> None:
    table = grouped(40, 30)
    table["loss"][50] = -1.0
    with pytest.raises(TableError, match="family = f1: "):
        lc.fit(table, by="family", law="chinchilla", **FAST)


# --- user laws ------------------------------------------------------------------------------------


def test_user_law_over_any_sign() -> None:
    fit = fitted(line_columns(), law=line_law(), loss="l2")
    np.testing.assert_allclose(fit.estimate, [1.0, 2.0], atol=0.05)
    np.testing.assert_allclose(fit.residuals, fit.runs["y"] - fit.fitted)


def test_logarithms_of_a_negative_response_are_refused() -> None:
    with pytest.raises(ValueError, match=r'y is not positive in rows 0, .* pass loss="l2"'):
        fitted(line_columns(), law=line_law())


def test_declared_positive() -> None:
    with pytest.raises(ValueError, match=r"x is not positive in rows 0, .* positive=True"):
        fitted(line_columns(), law=line_law(positive=True), loss="l2")


def test_missing_column_of_a_user_law() -> None:
    with pytest.raises((TableError, UnknownNameError), match="'z'"):
        fitted(line_columns(), law=line_law(variables=["z"]), loss="l2")


# --- large tables ---------------------------------------------------------------------------------


def checkpoint_table(rows: int, runs: int) -> dict[str, Any]:
    """Checkpoints of many runs; only the last of each is on the surface."""
    final = sweep_columns(runs)
    per = rows // runs
    share = np.tile(np.arange(1, per + 1) / per, runs)
    return {
        "run": np.repeat(np.arange(runs), per),
        "step": np.tile(np.arange(1, per + 1), runs),
        "params": np.repeat(final["params"], per),
        "tokens": np.repeat(final["tokens"], per) * share,
        "loss": np.repeat(final["loss"], per) * share**-0.1,
    }


def test_final_checkpoints_of_a_large_table() -> None:
    fit = fitted(lc.read_runs(checkpoint_table(60_000, 60)))
    assert len(fit.runs) == 60
    np.testing.assert_allclose(fit.estimate, fitted(sweep_columns(60)).estimate, rtol=1e-6)


def test_thinning_is_even_and_said() -> None:
    table = sweep_columns(3000)
    fit = fitted(lc.read_runs(table), most_rows=500)
    assert len(fit.runs) == 500
    found = next(f for f in fit.findings if f.code == "F012")
    assert "2,500 of 3,000 rows were set aside" in found.message
    assert "most_rows" in found.fix
    everything = fitted(lc.read_runs(table))
    np.testing.assert_allclose(fit.estimate[3:], everything.estimate[3:], atol=0.03)
    kept = np.sort(np.log(fit.runs["params"]))
    quantiles = np.quantile(np.log(table["params"]), [0.1, 0.5, 0.9])
    np.testing.assert_allclose(np.quantile(kept, [0.1, 0.5, 0.9]), quantiles, atol=0.05)


@pytest.mark.slow
def test_two_hundred_thousand_rows_in_bounded_memory() -> None:
    runs = lc.read_runs(sweep_columns(200_000))
    tracemalloc.start()
    fit = lc.fit(runs, bootstrap=100)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(fit.runs) == MOST_ROWS
    assert peak < 1e9
    assert any(f.code == "F012" for f in fit.findings)
    assert fit.parameters["alpha"].interval is not None


def test_progress_is_told() -> None:
    told: list[tuple[str, int, int]] = []
    lc.fit(
        sweep_columns(40),
        law="chinchilla",
        bootstrap=600,
        starts=16,
        progress=lambda *step: told.append(step),
    )
    assert list(dict.fromkeys(what for what, _, _ in told)) == [
        "search", "resamples", "profiles", "backtest", "rivals",
    ]  # fmt: skip
    assert [done for what, done, _ in told if what == "resamples"][-1] == 600
    assert all(0 <= done <= total for _, done, total in told)
