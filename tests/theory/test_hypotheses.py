"""The declared hypotheses: values, premises, and names of losses and variables."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lawcast._errors import UnknownNameError
from lawcast.theory.exponent import exponent
from lawcast.theory.hypotheses import HYPOTHESES, Ground, Hypothesis, Numbers
from lawcast.theory.premises import NUMBERS
from lawcast.theory.variables import VARIABLES, find_variable

BY_ID = {hypothesis.id: hypothesis for hypothesis in HYPOTHESES}
ARGUMENTS = {number.symbol: number.name for number in NUMBERS}
FIRM = {"theorem": 3, "derived": 2, "heuristic": 1, "measured": 1}
WITHOUT_RULE = {"4/(d-1)"}
GIVEN = Numbers(q=2.0, p=1.0, s=1.5, c=1.0, nu=0.5)


@pytest.mark.parametrize(
    ("id", "d", "alpha"),
    [
        ("1/d", 4, 0.25), ("2/d", 4, 0.5), ("3/d", 4, 0.75), ("4/d", 4, 1.0), ("6/d", 4, 1.5),
        ("5/d", 4, 1.25), ("8/d", 4, 2.0), ("3/(2d)", 4, 0.375), ("3/(d-1)", 4, 1.0),
        ("4/(d-1)", 3, 2.0), ("q(p+1)/d", 4, 1.0), ("qs/d", 4, 0.75), ("(qs+c)/d", 4, 1.0),
        ("2s/(2s+d)", 3, 0.5), ("4/(4+d)", 4, 0.5), ("1", 7, 1.0), ("1/2", 7, 0.5),
        ("a_K = 2nu/d", 4, 0.25), ("2(2nu+d)/d", 2, 3.0), ("(2nu+d+1)/d", 2, 2.0),
        ("<= 4s/d", 3, 2.0), (">= 1/d", 4, 0.25), (">= 2/d", 4, 0.5), (">= 4/d", 4, 1.0),
    ],
)  # fmt: skip
def test_values(id: str, d: float, alpha: float) -> None:
    assert float(BY_ID[id].curve(GIVEN)(np.array([d]))[0]) == pytest.approx(alpha)


def test_the_table_of_values_is_complete() -> None:
    assert len(BY_ID) == len(HYPOTHESES)
    assert len(test_values.pytestmark[0].args[1]) == len(HYPOTHESES)


def test_a_singular_target_is_capped_by_the_degree() -> None:
    singular = BY_ID["(qs+c)/d"]
    smooth = Numbers(q=2.0, s=3.0, c=1.0)
    assert float(singular.curve(smooth)(np.array([2.0]))[0]) == pytest.approx(3.5)
    capped = smooth.having("p", 1.0)
    assert float(singular.curve(capped)(np.array([2.0]))[0]) == pytest.approx(2.0)


def test_every_curve_falls_with_d_or_is_flat() -> None:
    d = np.linspace(1.2, 60.0, 200)
    for hypothesis in HYPOTHESES:
        assert (np.diff(hypothesis.curve(GIVEN)(d)) <= 1e-12).all()
        assert hypothesis.uses_dimension == bool(np.ptp(hypothesis.curve(GIVEN)(d)) > 0)


def test_below_its_smallest_d_a_line_means_nothing() -> None:
    values = BY_ID["3/(d-1)"].curve(Numbers())(np.array([0.5, 1.0, 2.0]))
    assert values.tolist() == [math.inf, math.inf, 3.0]


def test_every_ground_says_why_and_where() -> None:
    for hypothesis in HYPOTHESES:
        assert hypothesis.grounds
        for ground in hypothesis.grounds:
            assert len(ground.premises) > 15
            assert ground.source
            assert ground.basis in ("theorem", "heuristic", "derived", "measured")
            assert set(ground.variables) <= set(VARIABLES)


@pytest.mark.parametrize(
    ("order", "variable", "ids"),
    [
        (1.0, "data", {">= 1/d", "1/d", "3/(2d)", "2/d", "3/d", "q(p+1)/d", "qs/d", "(qs+c)/d",
                       "1", "1/2"}),
        (4.0, "data", {">= 1/d", "4/d", "5/d", "6/d", "8/d", "q(p+1)/d", "qs/d", "(qs+c)/d",
                       "1"}),
        (2.0, "width", {"1"}),
    ],
)  # fmt: skip
def test_loss_and_variable_choose_the_hypotheses(
    order: float, variable: str, ids: set[str]
) -> None:
    assert {h.id for h in HYPOTHESES if h.fitting(order, variable)} == ids


def test_a_premise_left_out_fits_all() -> None:
    assert all(h.fitting(None, None) == h.grounds for h in HYPOTHESES)


def test_kinks_and_a_rough_target_differ_in_l1_and_l4_alone() -> None:
    kinks, rough = BY_ID["3/d"].grounds[:2]
    assert (kinks.by_loss, rough.by_loss) == ((2.0, 3.0, 5.0), (1.5, 3.0, 6.0))


def test_names_of_variables() -> None:
    names = [n for variable, others in VARIABLES.items() for n in (variable, *others)]
    assert len(names) == len(set(names))
    for word, variable in (("tokens", "data"), ("N", "parameters"), ("unique_tokens", "data"),
                           ("Model size", "parameters"), ("w", "width")):  # fmt: skip
        assert find_variable(word) == variable
    with pytest.raises(UnknownNameError, match="compute"):
        find_variable("compute")


RULED = [(h, g) for h in HYPOTHESES for g in h.grounds if g.under is not None]


@pytest.mark.parametrize(
    ("hypothesis", "ground"), RULED, ids=[f"{h.id}-{h.grounds.index(g)}" for h, g in RULED]
)
def test_each_ground_says_what_its_rule_says(hypothesis: Hypothesis, ground: Ground) -> None:
    assert ground.under is not None
    firm = set()
    losses = {None: ("l1", "l2", "l4"), 1.0: ("l1",), 2.0: ("l2", "kl"), 4.0: ("l4",)}
    for numbers in (GIVEN, Numbers(q=3.0, p=2.0, s=0.75, c=2.0, nu=1.5)):
        extra = {ARGUMENTS[name]: getattr(numbers, name) for name in hypothesis.needs}
        if ground.under.get("approximator") == "piecewise-polynomial":
            extra["degree"] = numbers.p
        chosen = ("lq",) if "q" in hypothesis.needs else losses[ground.order]
        for loss in (ground.under.get("loss"),) if "loss" in ground.under else chosen:
            for variable in ground.variables:
                for d in (2.5, 8.0):
                    given = {"loss": loss, "variable": variable, "dimension": d}
                    made = exponent(**{**given, **ground.under, **extra})
                    value = float(hypothesis.curve(numbers)(np.array([d]))[0])
                    assert made.value is not None
                    assert made.value.value == pytest.approx(value)
                    assert made.relation == hypothesis.relation
                    firm.add(FIRM[made.status])
    assert FIRM[ground.basis] <= max(firm)


def test_what_has_no_rule_is_listed() -> None:
    without = {h.id for h in HYPOTHESES if any(ground.under is None for ground in h.grounds)}
    assert without == WITHOUT_RULE


@pytest.mark.parametrize("numerator", [1.1, 0.9])
def test_a_hypothesis_that_drifts_from_its_rule_would_show(numerator: float) -> None:
    linear = next(h for h in HYPOTHESES if h.id == "4/d")
    drifted = Hypothesis("x", "x", lambda d, n: numerator * linear.value(d, n), linear.grounds)
    with pytest.raises(AssertionError):
        test_each_ground_says_what_its_rule_says(drifted, linear.grounds[0])
