"""The declared hypotheses: values, premises, and names of losses and variables."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from lawcast._errors import UnknownNameError
from lawcast.theory.exponent import exponent
from lawcast.theory.hypotheses import HYPOTHESES, MEANINGS, Ground, Hypothesis, Numbers
from lawcast.theory.orders import loss_named
from lawcast.theory.premises import NUMBER
from lawcast.theory.variables import VARIABLES, find_variable

BY_ID = {hypothesis.id: hypothesis for hypothesis in HYPOTHESES}
ARGUMENTS = {
    "q": "power", "p": "degree", "s": "smoothness", "c": "codimension", "nu": "nu", "a": "a",
    "ambient": "ambient", "factor": "largest_factor",
}  # fmt: skip
NOISY = {"2/d", "3/d", "4/d", "6/d", "2(p+1)/d", "2s/d"}
SKEWED = {"1/d", "3/(2d)", "2/d", "3/d", "(p+1)/d", "s/d"}
EVERY = {">= 1/d", "q(p+1)/d", "qs/d", "(qs+c)/d", "1", "qr/factor", "qr/D", "qa/2", "a/(1+a)"}
UNEVEN = {"3q/(2(d-1))", "qnu/d", "q(2nu+d)/d", "(q(nu+d/2)+1)/d"}
FIRM = {"theorem": 3, "derived": 2, "heuristic": 1, "measured": 1}
WITHOUT_RULE = {"4/(d-1)"}
GIVEN = Numbers(q=2.0, p=1.0, s=1.5, c=1.0, nu=0.5, a=0.5, ambient=12.0, factor=2.0)


@pytest.mark.parametrize(
    ("id", "d", "alpha"),
    [
        ("1/d", 4, 0.25), ("2/d", 4, 0.5), ("3/d", 4, 0.75), ("4/d", 4, 1.0), ("6/d", 4, 1.5),
        ("5/d", 4, 1.25), ("8/d", 4, 2.0), ("3/(2d)", 4, 0.375), ("3/(d-1)", 4, 1.0),
        ("4/(d-1)", 3, 2.0), ("q(p+1)/d", 4, 1.0), ("qs/d", 4, 0.75), ("(qs+c)/d", 4, 1.0),
        ("2s/(2s+d)", 3, 0.5), ("4/(4+d)", 4, 0.5), ("1", 7, 1.0), ("1/2", 7, 0.5),
        ("a_K = 2nu/d", 4, 0.25), ("2(2nu+d)/d", 2, 3.0), ("(2nu+d+1)/d", 2, 2.0),
        ("(p+1)/d", 4, 0.5), ("s/d", 4, 0.375), ("2(p+1)/d", 4, 1.0), ("2s/d", 4, 0.75),
        ("q/2", 4, 1.0), ("3q/(2(d-1))", 4, 1.0), ("qnu/d", 4, 0.25), ("q(2nu+d)/d", 2, 3.0),
        ("(q(nu+d/2)+1)/d", 2, 2.0), ("qr/D", 4, 0.25), ("qr/factor", 4, 1.5), ("qa/2", 4, 0.5),
        ("a", 4, 0.5), ("a/(1+a)", 4, 1 / 3),
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
        value = hypothesis.curve(GIVEN)(d)
        assert (np.diff(value[np.isfinite(value)]) <= 1e-12).all()
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
    ("loss", "variable", "ids"),
    [
        ("l1", "data", {*NOISY, *SKEWED, *EVERY, *UNEVEN, "1/d", "3/(2d)", "2/d", "3/d", "1/2"}),
        ("l2", "data", {*EVERY, ">= 2/d", ">= 4/d", "2/d", "3/d", "4/d", "6/d", "3/(d-1)",
                        "4/(d-1)", "2s/(2s+d)", "4/(4+d)", "a_K = 2nu/d", "2(2nu+d)/d",
                        "(2nu+d+1)/d"}),
        ("l4", "data", {*NOISY, *SKEWED, *EVERY, *UNEVEN, "5/d", "8/d", "q/2"}),
        ("l3", "data", {*NOISY, *SKEWED, *EVERY, *UNEVEN, "q/2"}),
        ("huber", "data", {*SKEWED, *EVERY, ">= 2/d", ">= 4/d", "4/d", "6/d", "3/(d-1)",
                           "4/(d-1)", "2s/(2s+d)", "4/(4+d)", "a_K = 2nu/d", "2(2nu+d)/d",
                           "(2nu+d+1)/d"}),
        ("zero-one", "data", {*NOISY, *SKEWED, "a/(1+a)"}),
        ("zero-one", "parameters", {*NOISY, *SKEWED, "a"}),
        ("l2", "width", {"1"}),
    ],
)  # fmt: skip
def test_loss_and_variable_choose_the_hypotheses(loss: str, variable: str, ids: set[str]) -> None:
    order = 3.0 if loss == "l3" else loss_named(loss).order
    assert {h.id for h in HYPOTHESES if h.fitting(order, variable, loss)} == ids


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
    for numbers in (GIVEN, Numbers(q=3.0, p=2.0, s=0.75, c=2.0, nu=1.5, a=1.2, ambient=9.0,
                                   factor=1.0)):  # fmt: skip
        given = {ARGUMENTS[name]: getattr(numbers, name) for name in hypothesis.needs
                 if name != "q"}  # fmt: skip
        if ground.under.get("approximator") == "piecewise-polynomial":
            given["degree"] = numbers.p
        if {"p", "factor"} <= set(hypothesis.needs) or "ambient" in hypothesis.needs:
            given["smoothness"] = numbers.s
        for loss in sorted(ground.losses):
            order = numbers.q if loss == "lq" else loss_named(loss).order
            if ground.order not in (None, order) or (loss == "lq" and order == 2.0):
                continue  # explain calls that power l2
            power = {"power": order} if loss == "lq" else {}
            for variable, d in itertools.product(ground.variables, (2.5, 8.0)):
                words = {"loss": loss, "variable": variable, "dimension": d, **power, **given}
                made = exponent(**{**words, **ground.under})
                value = float(hypothesis.curve(numbers.having("q", order or 0.0))(np.array([d]))[0])
                assert made.value is not None
                assert made.value.value == pytest.approx(value)
                assert made.relation.replace("~", "=") == hypothesis.relation
                firm.add(FIRM[made.status])
    assert FIRM[ground.basis] <= max(firm)


def test_the_numbers_are_those_of_exponent() -> None:
    assert set(ARGUMENTS) == set(MEANINGS)
    assert set(ARGUMENTS.values()) <= set(NUMBER)


def test_what_has_no_rule_is_listed() -> None:
    without = {h.id for h in HYPOTHESES if any(ground.under is None for ground in h.grounds)}
    assert without == WITHOUT_RULE


@pytest.mark.parametrize("numerator", [1.1, 0.9])
def test_a_hypothesis_that_drifts_from_its_rule_would_show(numerator: float) -> None:
    linear = next(h for h in HYPOTHESES if h.id == "4/d")
    drifted = Hypothesis("x", "x", lambda d, n: numerator * linear.value(d, n), linear.grounds)
    with pytest.raises(AssertionError):
        test_each_ground_says_what_its_rule_says(drifted, linear.grounds[0])
