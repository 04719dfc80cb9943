"""The backtest: honest where the law holds, honest where it does not, None where it cannot be."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

import lawcast as lc
from helpers import line_columns, line_law, sweep_columns
from lawcast.fitting.backtest import SHARES, Backtest
from lawcast.fitting.entry import size_of

NOISE = 0.006


def fitted(table: Any, **options: Any) -> lc.Fit:
    result = lc.fit(table, **({"law": "chinchilla", "bootstrap": 0, "starts": 16} | options))
    assert isinstance(result, lc.Fit)
    return result


@cache
def sweeps() -> tuple[lc.Fit, ...]:
    return tuple(fitted(sweep_columns(120, seed=seed, noise=NOISE)) for seed in range(1, 5))


def test_errors_are_of_the_size_of_the_noise() -> None:
    for fit in sweeps():
        history = fit.history
        assert history is not None
        assert len(history.cuts) == len(SHARES)
        for cut in history.cuts:
            assert 0.6 * NOISE < cut.error < 4 * NOISE
            assert abs(cut.bias) <= cut.error


def test_hits_are_near_the_nominal_level() -> None:
    histories = [fit.history for fit in sweeps()]
    cuts = [cut for history in histories if history for cut in history.cuts]
    hits = sum(cut.hits * cut.tested for cut in cuts if cut.hits is not None)
    assert 0.8 < hits / sum(cut.tested for cut in cuts) < 0.98


def test_cuts_go_from_the_longest_reach_to_the_shortest() -> None:
    fit = sweeps()[0]
    history = fit.history
    assert history is not None
    assert history.by == "compute"
    reach = [cut.reach for cut in history.cuts]
    assert reach == sorted(reach, reverse=True)
    assert min(reach) > 1.0
    for cut in history.cuts:
        compute = fit.runs["compute"]
        assert cut.fitted == int((compute <= cut.largest).sum())
        assert cut.fitted + cut.tested == len(fit.runs)
        assert cut.reach == pytest.approx(compute.max() / cut.largest)


def test_a_law_that_is_wrong_beyond_the_cut_is_found_out() -> None:
    table = sweep_columns(120, seed=1)
    compute = table["params"] * table["tokens"]
    late = compute > np.quantile(compute, 0.8)
    table["loss"] = np.where(late, table["loss"] * 1.05, table["loss"])
    history = fitted(table).history
    assert history is not None
    early = [cut for cut in history.cuts if cut.fitted < 0.75 * 120]
    assert all(cut.bias < -0.01 for cut in early)
    assert all(cut.hits is not None and cut.hits < 0.8 for cut in early)


def test_too_small_a_table_has_none() -> None:
    assert fitted(sweep_columns(8)).history is None
    assert "Test " not in fitted(sweep_columns(8)).summary()


def test_small_tables_leave_out_what_they_cannot_say() -> None:
    history = fitted(sweep_columns(12)).history
    assert history is not None
    assert all(cut.fitted >= 8 for cut in history.cuts)
    assert all(cut.hits is None for cut in history.cuts if cut.tested < 3)
    assert any(row[-1] is None for row in history.table().rows)


def test_clusters_stay_together() -> None:
    table: dict[str, Any] = sweep_columns(60)
    table["family"] = [f"f{k % 3}" for k in range(60)]
    history = fitted(table, cluster="family").history
    assert history is not None
    assert all(cut.hits is None for cut in history.cuts)  # three families bear no interval


def test_sizes_of_a_user_law_may_be_negative() -> None:
    fit = fitted(line_columns(), law=line_law(), loss="l2")
    assert size_of(fit)[0] == "x"
    history = fit.history
    assert history is not None
    assert not history.on_log
    assert all(np.isnan(cut.reach) for cut in history.cuts)
    assert all(cut.error < 0.3 for cut in history.cuts)
    assert "reach" in fit.summary()
    assert "nan" not in fit.summary()
    assert Backtest.from_dict(history.to_dict()).table() == history.table()


def test_one_variable_laws_are_cut_by_it() -> None:
    fit = fitted(sweep_columns(60, ratios=(19.0, 21.0)), law="power-floor", variable="tokens")
    assert fit.history is not None
    assert fit.history.by == "tokens"


def test_same_seed_same_record() -> None:
    again = fitted(sweep_columns(120, seed=1, noise=NOISE)).history
    assert again == sweeps()[0].history
