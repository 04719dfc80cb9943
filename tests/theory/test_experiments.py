"""Experiments between two hypotheses: what they cost and how far they separate."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lawcast.theory.experiments import (
    KINDS,
    Candidate,
    Experiment,
    Precision,
    Sweep,
    runs_for,
    slope_error,
    suggest,
)
from lawcast.theory.explain import explain

THREE = Candidate("3/d", 0.25, 0.4, ((2.0, 3.0, 5.0), (1.5, 3.0, 6.0)), ("kinks", "rough"), 2)
KINKS = Candidate("3/d", 0.25, 0.4, ((2.0, 3.0, 5.0),), ("kinks",), 1)
FOUR = Candidate("4/d", 1 / 3, 0.5, ((2.0, 4.0, 8.0),), ("linear",), 1, clean_everywhere=True)
NOISY = Candidate("4/(4+d)", 0.25, 0.3, noisy_order=4.0)
SWEEP = Sweep("tokens", 20, 1e8, 1e10)


def made(*candidates: Candidate, alpha: float = 0.1, d: float = 0.0, **more: object):
    now = Precision(alpha, d, 12.0, 0.9, bool(more.pop("d_open", False)))
    given = {"alpha": 0.3, "loss": "l2", "power_loss": True, "variable": "data", "sweep": None}
    return suggest(candidates, now, **(given | more))  # type: ignore[arg-type]


def kind(experiments: tuple[Experiment, ...], name: str) -> Experiment:
    (one,) = [e for e in experiments if e.kind == name]
    return one


def test_the_error_of_a_slope_by_simulation() -> None:
    rng, noise, decades, runs = np.random.default_rng(0), 0.05, 2.0, 40
    x = np.linspace(0.0, decades * math.log(10.0), runs)
    y = -0.3 * x + rng.normal(0.0, noise, size=(4000, runs))
    slopes = (y - y.mean(1, keepdims=True)) @ (x - x.mean()) / ((x - x.mean()) ** 2).sum()
    # the formula is for many runs; n of them span a little more than their share
    assert slopes.std() == pytest.approx(slope_error(noise, decades, runs), rel=0.05)
    assert runs_for(slope_error(noise, decades, 40), noise, decades) == pytest.approx(40)


def test_more_runs_reach_the_precision_that_was_asked() -> None:
    one = kind(made(KINKS, FOUR, alpha=0.25, sweep=SWEEP), "runs")
    needed = Precision(0.25, 0.0, 12.0, 0.9).needed
    assert one.separation == pytest.approx(needed, rel=1e-6)
    assert one.runs == math.ceil(20 * (one.cost + 1) - 1e-6)
    assert one.decades == pytest.approx(2.0)
    times = (0.25 * needed / math.log(4 / 3)) ** 2
    assert one.cost + 1 == pytest.approx(times)
    assert "runs in all (20 now) between 100M" in one.text
    assert f"over {2.0 * math.sqrt(times):.1f} decades instead of 2.0" in one.text
    assert "times as many runs" in kind(made(KINKS, FOUR, alpha=0.25), "runs").text


def test_runs_do_not_help_where_d_blurs_the_lines() -> None:
    found = made(KINKS, FOUR, alpha=0.05, d=0.2, power_loss=False)
    assert [e.kind for e in found] == ["dimension"]
    assert "94 % of the variance of alpha over a line is due to d" in found[0].text
    assert found[0].cost == 0.0
    found = made(KINKS, FOUR, alpha=0.2, d=0.2, power_loss=False)
    assert found == ()  # neither alone would do


def test_other_losses_cost_nothing_and_do_not_ask_for_d() -> None:
    one = kind(made(KINKS, FOUR, alpha=0.05, d=0.5), "loss")
    gap = math.log((8 / 2) / (5 / 2))
    assert one.separation == pytest.approx(gap / (math.sqrt(2) * 0.05))
    assert (one.cost, one.complete) == (0.0, True)
    assert one.predictions == (("3/d: L4 over L1", 2.5), ("4/d: L4 over L1", 4.0))
    assert "3/d says 2:3:5; 4/d says 2:4:8" in one.text
    assert not [e for e in made(KINKS, FOUR, power_loss=False) if e.kind == "loss"]


def test_a_premise_that_the_losses_do_not_tell_is_said() -> None:
    found = made(THREE, FOUR)
    between = [e for e in found if e.kind == "loss" and e.first != e.second]
    assert [e.complete for e in between] == [False]
    assert "though not under all of their premises" in between[0].text
    within = [e for e in found if e.first == e.second]
    assert [e.between for e in within] == ["why 3/d"]
    assert "2:3:5 for a kinks; 1.5:3:6 for a rough" in within[0].text
    assert [e.complete for e in found] == sorted((e.complete for e in found), reverse=True)


def test_parameters_tell_label_noise() -> None:
    one = kind(made(NOISY, FOUR, alpha=0.05), "variable")
    assert dict(one.predictions) == pytest.approx({"4/(4+d)": 1 / 3, "4/d": 1 / 3})
    assert one.separation == pytest.approx(math.log(16 / 12) / (math.sqrt(2) * 0.05))
    assert one.cost >= 1.0
    assert not [e for e in made(NOISY, FOUR, variable="parameters") if e.kind == "variable"]


def test_equal_predictions_have_no_experiment() -> None:
    assert made(KINKS, NOISY) == ()


def test_the_cheapest_first() -> None:
    found = [e for e in made(KINKS, FOUR, NOISY, alpha=0.1, d=0.05) if e.complete]
    assert [e.cost for e in found] == sorted(e.cost for e in found)
    assert {e.kind for e in found} <= set(KINDS)


def test_d_that_is_open_is_to_be_measured() -> None:
    found = made(KINKS, FOUR, d_open=True, power_loss=False)
    assert [e.kind for e in found] == ["dimension"]
    assert "only known to be at least 12.0" in found[0].text


def test_saved_and_opened() -> None:
    for one in made(THREE, FOUR, NOISY, sweep=SWEEP, alpha=0.2, d=0.05):
        assert Experiment.from_dict(one.to_dict()) == one
    with pytest.raises(ValueError, match="not in tuple"):
        Experiment.from_dict(one.to_dict() | {"kind": "prayer"})


def test_an_explanation_suggests_for_what_is_left_alone() -> None:
    why = explain(0.29, (12.0, 11.5, 12.5), se=0.05, loss="l2", variable="data")
    left = {r.name for r in why.rows if r.outcome in ("survives", "undecided") and r.ratio}
    assert why.experiments
    for one in why.experiments:
        assert {one.first, one.second} <= left
    assert why.experiments[0].text.split(".")[0] in " ".join(why.summary().split())
