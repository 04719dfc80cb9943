"""Resamples: resumable byte for byte, whole units, and what each method does to the runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lawcast as lc
from helpers import line_columns, line_law, sweep_columns
from lawcast._errors import UnknownNameError
from lawcast._values import Array
from lawcast.fitting.losses import make_loss
from lawcast.fitting.problem import make_problem
from lawcast.fitting.resampling import (
    block_size,
    draw,
    leave_one_out,
    left_out_residuals,
    make_plan,
    resample,
    stream,
)
from lawcast.fitting.solve import prepare, search
from lawcast.laws.registry import get_law
from lawcast.laws.user import law


def families(count: int, runs: int = 60) -> dict[str, Any]:
    table: dict[str, Any] = sweep_columns(runs)
    return table | {"family": np.array([f"f{k % count}" for k in range(runs)])}


def fitted(table: Any, **options: Any) -> lc.Fit:
    arguments = {"law": "chinchilla", "diagnosis": False, "starts": 16} | options
    result = lc.fit(table, **arguments)
    assert isinstance(result, lc.Fit)
    return result


def two_basins(**options: Any) -> lc.Fit:
    """Both signs of b fit almost equally well, so every draw is tried in both."""
    x = np.linspace(1, 2, 30)
    y = 4.0 * x + 0.1 * np.random.default_rng(0).standard_normal(30)
    both = law(
        lambda x, b: b**2 * x + 0.003 * b, variables=["x"], parameters=["b"],
        start={"b": (-4.0, 4.0)}, response="y",
    )  # fmt: skip
    fit = fitted({"x": x, "y": y}, law=both, loss="l2", **options)
    assert fit.certificate.basins
    return fit


CASES: dict[str, dict[str, Any]] = {
    "case": {},
    "wild": {"resample": "wild"},
    "residual": {"resample": "residual"},
    "few clusters": {"cluster": "family"},
    "clusters drawn": {"cluster": "family", "resample": "case"},
    "general path": {"law": "kaplan"},
    "squared": {"loss": "l2"},
}


@pytest.mark.parametrize("name", CASES)
def test_more_draws_gives_the_bytes_of_all_at_once(name: str) -> None:
    table = lc.read_runs(families(6, 36))
    whole = fitted(table, bootstrap=300, **CASES[name])
    parts = fitted(table, bootstrap=70, **CASES[name]).more_draws(200).more_draws(30)
    assert parts.draws.tobytes() == whole.draws.tobytes()
    assert parts.left_out.tobytes() == whole.left_out.tobytes()
    assert (parts.requested, parts.lost) == (whole.requested, whole.lost)
    assert parts.summary() == whole.summary()


def test_more_draws_with_several_basins() -> None:
    parts = two_basins(bootstrap=300).more_draws(200)
    assert parts.draws.tobytes() == two_basins(bootstrap=500).draws.tobytes()
    assert parts.draws.min() < 0 < parts.draws.max()


def test_more_draws_from_none() -> None:
    table = lc.read_runs(sweep_columns(60))
    later = fitted(table, bootstrap=0).more_draws(100)
    assert later.parameters == fitted(table, bootstrap=100).parameters
    assert later.parameters["E"].interval is not None


def test_more_draws_keeps_the_numbers_of_lost_draws() -> None:
    table = lc.read_runs(sweep_columns(10, noise=0.02))
    whole = fitted(table, bootstrap=200)
    parts = fitted(table, bootstrap=90).more_draws(110)
    assert whole.failed > 0
    assert parts.lost == whole.lost
    assert len(whole.draws) + whole.failed == 200


@pytest.mark.parametrize("count", [-1, 1.5, "10"])
def test_more_draws_refuses_what_is_no_count(count: Any) -> None:
    with pytest.raises(ValueError, match="number of resamples"):
        fitted(sweep_columns(20), bootstrap=0).more_draws(count)


def test_seeds() -> None:
    table = lc.read_runs(sweep_columns(60))
    first = fitted(table, bootstrap=100, rng=1)
    assert first.draws.tobytes() == fitted(table, bootstrap=100, rng=1).draws.tobytes()
    other = fitted(table, bootstrap=100, rng=2)
    assert not np.isclose(first.draws[:, 3], other.draws[:, 3]).any()
    np.testing.assert_allclose(first.estimate, other.estimate, rtol=1e-6)
    generator = fitted(table, bootstrap=100, rng=np.random.default_rng(5))
    assert generator.seed != 0


def test_streams_do_not_meet() -> None:
    firsts = {
        stream(0, purpose, number).integers(2**62)
        for purpose in ("draws", "search", "profiles", "rivals", "backtest", "new run")
        for number in range(300)
    }
    assert len(firsts) == 6 * 300


# --- what each method does ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def solved() -> tuple[Any, Any, Array]:
    columns = sweep_columns(48)
    problem = make_problem(get_law("chinchilla"), make_loss("log-huber"), columns)
    around = prepare(problem, search(problem, np.random.default_rng(0), starts=16).u)
    return problem, around, np.arange(48) // 4


def test_case_draws_whole_units(solved: tuple[Any, Any, Array]) -> None:
    problem, around, units = solved
    weights, response = resample(
        problem, around, make_plan(units, 3, method="case", cluster="f"), 0, 64
    )
    assert response is None
    assert weights is not None
    assert weights.shape == (64, 48)
    by_unit = weights.reshape(64, 12, 4)
    assert (by_unit == by_unit[:, :, :1]).all()
    assert (by_unit[:, :, 0].sum(axis=1) == 12).all()


def test_wild_keeps_one_sign_a_unit(solved: tuple[Any, Any, Array]) -> None:
    problem, around, units = solved
    plan = make_plan(units, 3, method="wild", cluster="f")
    noise = left_out_residuals(problem, around, plan)
    _, response = resample(problem, around, plan, 0, 32, noise)
    _, again = resample(problem, around, plan, 0, 32)
    assert response is not None
    np.testing.assert_array_equal(response, again)
    curve = np.exp(np.log(response).mean(axis=0))
    assert np.isfinite(curve).all()
    moved = (np.log(response) - np.log(response)[:1]) / noise  # difference of signs: 0 or ±2
    by_unit = moved.reshape(32, 12, 4)
    np.testing.assert_allclose(by_unit, by_unit[:, :, :1].repeat(4, axis=2), atol=1e-6)
    assert set(np.round(np.abs(by_unit[:, :, 0]).ravel(), 6)) == {0.0, 2.0}


def test_left_out_residuals_are_larger(solved: tuple[Any, Any, Array]) -> None:
    problem, around, units = solved
    plan = make_plan(units, 0, method="wild", cluster="f")
    left_out = left_out_residuals(problem, around, plan)
    fit = fitted(sweep_columns(48), bootstrap=0)
    assert np.sqrt(np.mean(left_out**2)) > np.sqrt(np.mean(fit.residuals**2))


def test_residual_method_centres(solved: tuple[Any, Any, Array]) -> None:
    problem, around, _ = solved
    plan = make_plan(np.arange(48), 3, method="residual", cluster=None)
    noise = left_out_residuals(problem, around, plan)
    _, response = resample(problem, around, plan, 0, 400, noise)
    assert response is not None
    spread = np.log(response).std(axis=0)
    np.testing.assert_allclose(spread, noise.std(), rtol=0.2)


def test_each_run_is_left_out_once(solved: tuple[Any, Any, Array]) -> None:
    _, _, units = solved
    weights = np.stack(list(leave_one_out(make_plan(units, 0, method=None, cluster="f"))))
    assert weights.shape == (12, 48)
    assert (weights.sum(axis=0) == 11).all()
    many = np.stack(list(leave_one_out(make_plan(np.arange(450), 0, method=None, cluster=None))))
    assert many.shape == (200, 450)
    assert (many.sum(axis=0) == 199).all()


def test_blocks_shrink_on_large_tables(solved: tuple[Any, Any, Array]) -> None:
    assert block_size(solved[0]) == 256
    x = np.linspace(1.0, 2.0, 20_000)
    large = make_problem(line_law(), make_loss("l2"), {"x": x, "y": x})
    assert block_size(large) == 52


def test_draws_from_the_middle(solved: tuple[Any, Any, Array]) -> None:
    problem, around, _ = solved
    plan = make_plan(np.arange(48), 3, method=None, cluster=None)
    whole = draw(problem, around, plan, 300)
    middle = draw(problem, around, plan, 100, first=200)
    assert whole.lost == ()
    assert middle.u.tobytes() == whole.u[200:].tobytes()


def test_default_methods() -> None:
    assert make_plan(np.arange(20), 0, method=None, cluster=None).method == "case"
    assert make_plan(np.arange(20), 0, method=None, cluster="family").method == "wild"
    assert make_plan(np.arange(40), 0, method=None, cluster="family").method == "case"
    assert make_plan(np.arange(20), 0, method=None, cluster="f").describe() == (
        "wild bootstrap of 20 clusters by f"
    )
    with pytest.raises(UnknownNameError, match="did you mean 'residual'"):
        make_plan(np.arange(20), 0, method="residuals", cluster=None)


# --- units ----------------------------------------------------------------------------------------


def checkpoints(**columns: list[str]) -> dict[str, Any]:
    table: dict[str, Any] = sweep_columns(48)
    return table | {
        "run": [f"r{k // 4}" for k in range(48)],
        "step": [float(k % 4) for k in range(48)],
        **columns,
    }


def test_rows_of_one_run_stay_together() -> None:
    runs = lc.read_runs(checkpoints(), checkpoints="all")
    plan = fitted(runs, bootstrap=0).plan
    assert (plan.count, plan.cluster) == (12, "run")


def test_clusters_that_share_a_run_are_one() -> None:
    split = ["a" if k < 6 else "b" if k < 20 else "c" for k in range(48)]  # run r1 is in a and b
    runs = lc.read_runs(checkpoints(family=split), checkpoints="all")
    assert fitted(runs, cluster="family", bootstrap=0).plan.count == 2
    every = lc.read_runs(checkpoints(family=[f"s{k % 4}" for k in range(48)]), checkpoints="all")
    with pytest.raises(ValueError, match="shares runs between all its values"):
        fitted(every, cluster="family", bootstrap=0)


def test_rows_without_a_cluster_are_their_own() -> None:
    named = ["" if k < 10 else f"f{k % 5}" for k in range(60)]
    table: dict[str, Any] = sweep_columns(60)
    assert fitted(table | {"family": named}, cluster="family", bootstrap=0).plan.count == 15


def test_one_cluster_is_refused() -> None:
    with pytest.raises(ValueError, match="has one value"):
        fitted(families(1), cluster="family")


def test_residuals_know_no_clusters() -> None:
    with pytest.raises(ValueError, match='use resample="wild"'):
        fitted(families(6), cluster="family", resample="residual")


def test_one_run_gives_an_estimate_but_no_interval() -> None:
    table = checkpoints() | {"run": ["only"] * 48}
    runs = lc.read_runs(table, checkpoints="all")
    with pytest.raises(lc.FitRefused, match="all 48 rows are of one run") as refusal:
        fitted(runs)
    assert refusal.value.fit.estimate.shape == (5,)
    alone = fitted(runs, bootstrap=0)
    assert alone.parameters["E"].interval is None
    with pytest.raises(ValueError, match="one unit"):
        alone.more_draws(10)


def test_interval_methods_are_named() -> None:
    table = line_columns()
    fit = lc.fit(table, law=line_law(), loss="l2", bootstrap=100, diagnosis=False)
    interval = fit.parameters["b"].interval
    assert interval is not None
    assert interval.method == "bca, bootstrap of 40 runs"
    assert 2.0 in interval
    plain = lc.fit(
        table, law=line_law(), loss="l2", bootstrap=100, diagnosis=False, interval="percentile"
    )
    assert plain.draws.tobytes() == fit.draws.tobytes()
    assert plain.parameters["b"].interval is not None
    assert plain.parameters["b"].interval.method.startswith("percentile, ")
