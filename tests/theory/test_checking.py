"""Statements put to the rules: outcomes, quantifiers, open premises, reasons and repairs."""

from __future__ import annotations

from typing import Any

import pytest

from lawcast import ArgumentError, Estimate, Interval, UnknownNameError
from lawcast.theory.entry import check_claim

LINEAR = {"loss": "l2", "approximator": "piecewise-linear"}
CONSTANT = {"loss": "l2", "approximator": "piecewise-constant"}
NETWORK = {"loss": "l2", "approximator": "relu-network"}


@pytest.mark.parametrize(
    ("text", "given", "outcome"),
    [
        ("alpha = 4/d", LINEAR, "holds"),
        ("alpha >= 4/d", LINEAR, "holds"),
        ("alpha > 4/d", LINEAR, "fails"),
        ("alpha <= 4/d", LINEAR, "holds"),
        ("alpha < 4/d", LINEAR, "fails"),
        ("alpha != 4/d", LINEAR, "fails"),
        ("alpha != 2/d", LINEAR, "holds"),
        ("alpha ~ 4.2/d", LINEAR, "holds"),
        ("alpha ~ 5/d", LINEAR, "fails"),
        ("alpha >= 4/d", CONSTANT, "fails"),
        ("2/d <= alpha <= 4/d", LINEAR, "holds"),
        ("alpha = q(p+1)/d", {"loss": ["l1", "l2", "l4"], "approximator": "piecewise-linear"},
         "holds"),
        ("alpha = m*r/d", LINEAR, "holds"),
        # a bound decides one way alone
        ("alpha >= 4/d", NETWORK, "holds"),
        ("alpha >= 3/d", NETWORK, "holds"),
        ("alpha >= 5/d", NETWORK, "undecided"),
        ("alpha = 4/d", NETWORK, "undecided"),
        ("alpha < 4/d", NETWORK, "fails"),
        ("alpha = 3/d", NETWORK, "fails"),
        ("alpha <= 4s/d", {"loss": "l2", "variable": "parameters", "approximator": "free-network",
                           "smoothness": 2}, "holds"),
        ("alpha >= s/d", {"loss": "l2", "variable": "parameters", "approximator": "free-network",
                          "smoothness": 2}, "undecided"),
        # open premises
        ("alpha >= 4/d", {"loss": "l2"}, "conditional"),
        ("alpha >= 1/d", {}, "holds"),
        ("in general, alpha >= 4/d", {"loss": "l2"}, "fails"),
        ("sometimes alpha >= 4/d", {"loss": "l2"}, "holds"),
        ("sometimes alpha > 99", {"loss": "l2", "approximator": "piecewise-linear"}, "fails"),
        ("alpha > 1", {**LINEAR, "dimension": [2, 3]}, "holds"),
        ("alpha > 1", {**LINEAR, "dimension": [3, 4]}, "conditional"),
        ("alpha > 1", {**LINEAR, "dimension": [3]}, "holds"),
        # terms under other premises
        ("alpha(l2) = 2 alpha(l1)", {"approximator": "piecewise-linear"}, "holds"),
        ("alpha(l2) - alpha(l1) = 2/d", {"approximator": "piecewise-linear"}, "holds"),
        ("alpha_D = alpha_P", LINEAR, "holds"),
        ("alpha_W = 2 alpha_P", {**NETWORK, "regime": "variance"}, "holds"),
        # trends
        ("alpha decreases with d", LINEAR, "holds"),
        ("alpha increases with d", LINEAR, "fails"),
        ("alpha increases with nu", {"loss": "l2", "approximator": "kernel"}, "holds"),
        ("alpha is independent of classes", {"loss": "0-1", "approximator": "1-nn"}, "holds"),
        # floors
        ("floor = 0", LINEAR, "holds"),
        ("floor = 2 sigma^2", {**CONSTANT, "noise": "labels"}, "holds"),
        ("floor = sigma^2", {**LINEAR, "noise": "test-labels"}, "holds"),
        ("floor = 1.5 sigma^2", {**LINEAR, "noise": "labels", "dimension": 2}, "holds"),
        ("floor > sigma^2", {**NETWORK, "noise": "labels"}, "undecided"),
        ("floor = sigma^2", {**CONSTANT, "noise": "training-labels"}, "holds"),
        ("floor = 2 sigma^2", {**CONSTANT, "noise": "training-labels"}, "fails"),
        ("floor = 2/(d+2) sigma^2", {**LINEAR, "noise": "training-labels"}, "holds"),
        ("floor = 0", {"loss": "l2", "noise": "training-labels", "approximator": "minimax"},
         "holds"),
        ("floor = 0", {**LINEAR, "loss": "cross-entropy"}, "undecided"),
        ("floor = 0", {**LINEAR, "loss": "kl"}, "holds"),
        ("floor = sigma^2", {**LINEAR, "loss": "l4", "noise": "test-labels"}, "undecided"),
        ("floor = sigma^2", {**LINEAR, "loss": "l1", "noise": "test-labels"}, "undecided"),
        ("floor = 2 sigma^2", {**CONSTANT, "loss": "l4", "noise": "labels"}, "undecided"),
        ("floor = 0", {**LINEAR, "regime": "variance"}, "undecided"),
        ("floor = 0", {"loss": "l1", "approximator": "linear", "regime": "variance",
                       "limit": "well-specified"}, "holds"),
        ("floor = sigma^2", {**LINEAR, "noise": "input", "ambient": 9, "dimension": 2},
         "undecided"),
        ("floor = 0", {"loss": "l2", "approximator": "homogeneous-kernel"}, "undecided"),
        # numbers in the brackets of a term
        ("alpha(nu=1.5) > alpha(nu=0.5)", {"loss": "l2", "approximator": "kernel"}, "holds"),
        ("alpha(nu=1.5) < alpha(nu=0.5)", {"loss": "l2", "approximator": "kernel"}, "fails"),
        ("alpha(dimension=2) = 2", LINEAR, "holds"),
        ("alpha(d=2) = 4/d", LINEAR, "conditional"),
        # tolerances are relative
        ("alpha >= 4/d", {**CONSTANT, "dimension": 1e10}, "fails"),
        ("alpha = 2/d", {**CONSTANT, "dimension": 1e10}, "holds"),
        ("alpha > 0", {**CONSTANT, "dimension": 1e10}, "holds"),
        ("alpha(l4) - 2 alpha(l2) = 0", {"approximator": "piecewise-linear"}, "holds"),
        ("alpha increases with smoothness", {"loss": "l2", "approximator": "minimax",
                                             "dimension": 1e12}, "holds"),
        # a trend beside a comparison
        ("alpha decreases with d and alpha >= 4/d", LINEAR, "holds"),
        ("alpha decreases with d and alpha >= 4/d", CONSTANT, "fails"),
        ("alpha increases with d and alpha >= 4/d", LINEAR, "fails"),
        ("alpha increases with nu and alpha > 0", {"loss": "l2", "approximator": "kernel"},
         "holds"),
        # D is the space around the data
        ("alpha changes with D", {**CONSTANT, "dimension": 2}, "fails"),
        ("alpha changes with D", {**CONSTANT, "dimension": 2, "noise": "input"}, "holds"),
        # no rule
        ("alpha > 0", {"loss": "l2", "approximator": "kernel", "nu": 0.5, "noise": "labels"},
         "undecided"),
    ],
)  # fmt: skip
def test_outcomes(text: str, given: dict[str, Any], outcome: str) -> None:
    assert check_claim(text, **given).outcome == outcome


def test_a_failure_comes_with_numbers_and_a_repair() -> None:
    verdict = check_claim("alpha >= 4/d", **CONSTANT)
    assert verdict.counterexample == "alpha = 2/d = 0.6667 and 4/d = 1.333, at d = 3"
    assert verdict.repair.startswith("approximator is piecewise-linear, ")
    assert verdict.reason == "All 10 cases fail."
    assert verdict.source == (
        "Bahri et al. 2021 section 2.2 and Sharma & Kaplan 2020 section 2 (heuristic); a theorem "
        "for 1-NN and Delaunay"
    )
    assert verdict.study == "interpolation"
    assert (
        check_claim("alpha >= 4/d", **{**CONSTANT, "approximator": "delaunay"}).outcome == "holds"
    )


def test_a_condition_names_the_premise_that_decides() -> None:
    verdict = check_claim("alpha = 2/d", approximator="piecewise-constant")
    assert verdict.outcome == "conditional"
    assert verdict.repair == "loss is l2"
    verdict = check_claim("alpha > 1", **LINEAR, dimension=[2, 3, 4, 5])
    assert verdict.repair == "dimension is 2 or 3"


def test_the_premises_say_what_was_tried() -> None:
    told = dict(check_claim("alpha = 2/d", approximator="piecewise-constant").premises)
    assert told["loss"] == "l1, l2 and l4 tried"
    assert told["dimension"] == "1, 2, 3, 4, 6, 8, 12, 20, 50 and 90 tried"
    assert told["noise"] == "none (default)"
    told = dict(check_claim("alpha(l1) = alpha(l2)", approximator="delaunay").premises)
    assert "loss" not in told  # each side sets its own
    told = dict(check_claim("alpha increases with nu", loss="l2", approximator="kernel").premises)
    assert told["nu"] == "0.5, 1.5 and 2.5 tried"


def test_one_case_is_told_once() -> None:
    verdict = check_claim("alpha = 4/d", **CONSTANT, dimension=3)
    assert verdict.reason == "alpha = 2/d = 0.6667 and 4/d = 1.333."
    assert "Counter-example" not in verdict.summary()
    verdict = check_claim("alpha = 4/d", **NETWORK, dimension=3)
    assert "no more than a bound" in verdict.reason


def test_a_measured_dimension_is_taken() -> None:
    measured = Estimate(3.0, Interval(2.8, 3.3, 0.9, "half-samples"))
    assert check_claim("alpha > 1", **LINEAR, dimension=measured).outcome == "holds"


def test_no_rule_is_undecided_and_says_so() -> None:
    verdict = check_claim("alpha > 0", loss="l2", approximator="kernel", nu=0.5, noise="labels")
    assert verdict.reason.startswith("No rule is known for regime=resolution")
    assert verdict.reason.endswith(".")


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"loss": "l3"}, UnknownNameError),
        ({"nosuch": 1}, UnknownNameError),
        ({"loss": []}, ArgumentError),
        ({"dimension": 0}, ArgumentError),
        ({"dimension": [0, -1]}, ArgumentError),
        ({"noise": "none", "residual": "below-noise"}, ArgumentError),
    ],
)
def test_bad_premises_are_refused(given: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        check_claim("alpha >= 4/d", **given)


def test_a_cross_of_many_values_stays_quick() -> None:
    import time

    start = time.process_time()
    check_claim("alpha >= 1/d and alpha <= 100")
    assert time.process_time() - start < 2


def test_a_bound_that_asks_too_much_is_told_the_one_that_holds() -> None:
    general = check_claim("alpha >= 4/d", loss="l2")
    assert general.repair.endswith("or the claim is alpha >= 2/d, in every case")
    assert check_claim("alpha >= 2/d", loss="l2").outcome == "holds"
    every = check_claim("in general, alpha >= 4/d")
    assert every.repair.endswith("or the claim is alpha >= 1/d, in every case")
    linear = check_claim("alpha >= 6/d", loss="l2", approximator="piecewise-linear")
    assert linear.repair.endswith("or the claim is alpha >= 4/d, in every case")


def test_cases_that_no_rule_covers_stay_open() -> None:
    pieces = {"approximator": "piecewise-linear", "noise": "training-labels"}
    assert check_claim("in general, alpha > 0", loss="l2", **pieces).outcome == "holds"
    wider = check_claim("in general, alpha > 0", loss=["l1", "l4", "l2"], **pieces)
    assert wider.outcome == "undecided"
    assert "20 are open" in wider.reason
    assert check_claim("alpha > 0", loss=["l1", "l2"], **pieces).outcome == "conditional"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("alpha = 1/(d-d)", "1/(d - d) has no value at d = "),
        ("alpha = 9^9^9^9^9", "9^(9^(9^(9^9))) has no value."),
        ("9e999 = alpha", "has no value"),
    ],
)
def test_a_side_without_a_value_is_told(text: str, said: str) -> None:
    verdict = check_claim(text, **LINEAR)
    assert verdict.outcome == "undecided"
    assert said in verdict.reason
    assert "nan" not in verdict.reason


def test_a_trend_that_is_open_is_told_with_its_bound() -> None:
    verdict = check_claim("alpha increases with power")
    assert ", , " not in verdict.reason
    assert "For instance, alpha ≥ " in verdict.reason


def test_a_number_that_every_term_sets_is_not_tried() -> None:
    verdict = check_claim("alpha(nu=1.5) > alpha(nu=0.5)", loss="l2", approximator="kernel")
    assert verdict.reason.startswith("All 10 cases hold")
    assert "nu" not in dict(verdict.premises)
