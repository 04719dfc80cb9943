"""The declared hypotheses: values, premises, and names of losses and variables."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lawcast._errors import UnknownNameError
from lawcast.theory.hypotheses import (
    HYPOTHESES,
    LOSSES,
    VARIABLES,
    Numbers,
    find_loss,
    find_variable,
)

BY_ID = {hypothesis.id: hypothesis for hypothesis in HYPOTHESES}
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


def test_names_of_losses_and_variables() -> None:
    assert find_loss("MSE").name == "l2"
    assert find_loss("cross-entropy").name == "ce"
    assert find_variable("tokens") == "data"
    assert find_variable("N") == "parameters"
    with pytest.raises(UnknownNameError, match=r"l5.*Known: l1"):
        find_loss("l5")
    with pytest.raises(UnknownNameError, match="compute"):
        find_variable("compute")
    assert len({n for loss in LOSSES for n in (loss.name, *loss.aliases)}) == sum(
        1 + len(loss.aliases) for loss in LOSSES
    )
