"""``lawcast.exponent`` against the table of the reference, row by row, and its answer whole."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from lawcast import ArgumentError, Estimate, Interval, NoRuleError, SavedFileError
from lawcast.theory.exponent import Exponent, exponent

D = 3.0
CONSTANT, LINEAR, QUADRATIC = "piecewise-constant", "piecewise-linear", "piecewise-quadratic"
LQ = {"loss": "lq", "power": 3}
TEST = {"noise": "test-labels"}


def case(value: float, relation: str, *statuses: str, **given: Any) -> Any:
    return pytest.param(given, value, relation, statuses, id=f"{given}")


ROWS = [
    # resolution: any interpolating Lipschitz fit, in D and in P
    case(1 / D, ">=", "theorem"),
    case(1 / D, ">=", "theorem", variable="parameters"),
    # order 1
    case(1 / D, "=", "theorem", loss="l1", approximator=CONSTANT),
    case(2 / D, "=", "theorem", loss="l1", approximator=LINEAR),
    case(3 / D, "=", "theorem", loss="l1", approximator=QUADRATIC),
    case(4 / D, "=", "theorem", loss="l1", approximator="polynomial", degree=3),
    case(2 / D, ">=", "heuristic", loss="l1", approximator="relu-network"),
    # order 2
    *(
        case(2 * (p + 1) / D, "=", "theorem", loss=loss, approximator=pieces, variable=variable)
        for loss in ("l2", "kl", "cross-entropy", "huber")
        for p, pieces in enumerate((CONSTANT, LINEAR, QUADRATIC))
        for variable in ("data", "parameters")
    ),
    case(4 / D, ">=", "heuristic", loss="l2", approximator="relu-network"),
    # any power
    case(3 / D, "=", "theorem", **LQ, approximator=CONSTANT),
    case(6 / D, "=", "theorem", **LQ, approximator=LINEAR),
    case(8 / D, "=", "theorem", loss="l4", approximator=LINEAR),
    # rough everywhere: m s / d
    case(1 / D, "=", "theorem", loss="l2", approximator=LINEAR, smoothness=0.5),
    case(3 / D, "=", "theorem", loss="l2", approximator=LINEAR, smoothness=1.5),
    # isolated singularities: min(q(p+1), q s + c) / d
    case(3 / D, "=", "derived", loss="l2", approximator=LINEAR, target="relu-network"),
    case(2 / D, "=", "derived", loss="l1", approximator=LINEAR, target="relu-network"),
    case(5 / D, "=", "derived", loss="l4", approximator=LINEAR, target="relu-network"),
    case(4 / D, "=", "derived", loss="l2", approximator=LINEAR, smoothness=1.5, codimension=1),
    case(3 / D, "=", "derived", loss="l2", approximator=LINEAR, smoothness=0.5, codimension=2),
    # a ReLU network of infinite width: 3q/(2d), and 3q/(2(d-1)) if both are homogeneous
    case(1.5 / D, "=", "theorem", loss="l1", approximator=LINEAR, target="relu-process"),
    case(3 / D, "=", "theorem", loss="l2", approximator=LINEAR, target="relu-process"),
    case(6 / D, "=", "theorem", loss="l4", approximator=LINEAR, target="relu-process"),
    case(3 / D, "=", "derived", loss="l2", approximator="kernel", nu=1.5, target="relu-process"),
    case(3 / (D - 1), "=", "derived", loss="l2", approximator="homogeneous-kernel",
         target="bias-free-process"),
    case(1.5 / (D - 1), "=", "derived", loss="l1", approximator="homogeneous-kernel",
         target="bias-free-process"),
    # what can be represented: up to 4s/d, continuous 2s/d
    case(8 / D, "<=", "theorem", loss="l2", variable="parameters", approximator="free-network",
         smoothness=2),
    case(4 / D, "=", "heuristic", loss="l2", variable="parameters", approximator="minimax",
         smoothness=2),
    # products
    case(4 / 2, "=", "heuristic", loss="l2", variable="parameters", approximator="relu-network",
         structure="additive", largest_factor=2),
    # 0-1
    case(1 / D, "=", "heuristic", loss="0-1", approximator=CONSTANT),
    case(2 / D, "=", "heuristic", loss="0-1", approximator=LINEAR),
    case(4 / D, "=", "derived", loss="0-1", approximator=LINEAR, noise="labels"),
    # noisy training labels: minimax
    case(4 / (4 + D), "=", "theorem", loss="l2", approximator="minimax", smoothness=2,
         noise="labels"),
    # noisy test labels only: every loss has order 2
    *(
        case(4 / D, "=", "derived", loss=loss, approximator=LINEAR, **TEST)
        for loss in ("l1", "l2", "l4")
    ),
    case(2 / D, "=", "derived", **LQ, approximator=CONSTANT, **TEST),
    case(2 / D, "~", "derived", loss="l1", approximator=LINEAR, residual="above-noise", **TEST),
    case(2 / D, "=", "derived", loss="l1", approximator=LINEAR, noise_shape="skewed", **TEST),
    case(4 / D, "=", "derived", loss="l2", approximator=LINEAR, noise_shape="skewed", **TEST),
    # kernels
    case(0.5, "=", "derived", loss="l2", approximator="linear-features", target="matched", a=0.5),
    case(0.5, "=", "derived", loss="l2", approximator="linear-features", target="matched", a=0.5,
         variable="parameters"),
    case(3 / D, "=", "derived", loss="l2", approximator="kernel", nu=1.5, target="matched"),
    case(1 / D, "=", "derived", loss="l2", approximator="kernel", nu=1.5, smoothness=0.5),
    case(2 * (1 + D) / D, "=", "derived", loss="l2", approximator="kernel", nu=0.5, smoothness=9),
    case(2 * (1 + D) / D, "=", "derived", loss="l2", approximator="kernel", nu=0.5),
    case((1 + D + 1) / D, "=", "derived", loss="l2", approximator="kernel", nu=0.5,
         domain="bounded"),
    # variance
    *(
        case(1.0, "=", status, regime="variance", loss=loss)
        for loss, status in (("l1", "derived"), ("l2", "theorem"), ("l4", "theorem"))
    ),
    case(1.0, "=", "heuristic", loss="l2", approximator="relu-network", variable="width"),
    case(0.5, "=", "heuristic", regime="variance", loss="l1", approximator="relu-network",
         variable="parameters"),
    case(1.0, "=", "derived", regime="variance", loss="l2", approximator="linear-features",
         variable="parameters"),
    *(
        case(q / 2, "=", "theorem", regime="variance", limit="well-specified", loss=f"l{q}")
        for q in (1, 2, 4)
    ),
    case(1.5, "=", "theorem", regime="variance", limit="well-specified", **LQ),
    # discrete and mixed
    case(0.5, "=", "derived", regime="discrete", variable="parameters", a=0.5),
    case(1 / 3, "=", "derived", regime="discrete", a=0.5),
    case(0.3, "=", "derived", regime="mixed", variable="parameters", a=0.5, b=0.3),
    # unbounded support
    case(2 / D, "~", "derived", loss="l2", approximator=CONSTANT, sampling="gaussian"),
    case(1.0, "~", "derived", loss="l2", approximator=LINEAR, sampling="gaussian"),
    # thick noise in the inputs
    case(0.2, "~", "measured", loss="l2", approximator=CONSTANT, noise="input", ambient=10),
]  # fmt: skip


@pytest.mark.parametrize(("given", "value", "relation", "statuses"), ROWS)
def test_the_table_of_the_reference(
    given: dict[str, Any], value: float, relation: str, statuses: tuple[str, ...]
) -> None:
    found = exponent(dimension=D, **given)
    assert found.value is not None
    assert found.value.value == pytest.approx(value)
    assert found.relation == relation
    assert found.status in statuses


def test_the_order_crosses_over_with_the_residual() -> None:
    values = []
    for ratio in (1e-4, 0.1, 1.0, 10.0, 1e4):
        found = exponent(loss="l1", approximator=LINEAR, dimension=2, residual_over_noise=ratio,
                         **TEST)  # fmt: skip
        assert found.value is not None
        values.append(found.value.value)
    assert values == sorted(values, reverse=True)
    assert values[0] == pytest.approx(2.0)
    assert values[-1] == pytest.approx(1.0, abs=1e-3)


def test_the_interval_of_the_dimension_is_carried_through() -> None:
    measured = Estimate(4.0, Interval(3.2, 5.0, 0.9, "half-samples"))
    found = exponent(loss="l2", approximator=LINEAR, dimension=measured)
    assert found.value is not None
    interval = found.value.interval
    assert interval is not None
    assert (found.value.value, interval.low, interval.high) == pytest.approx((1.0, 0.8, 1.25))
    assert interval.level == 0.9
    assert "[0.800, 1.25] (90%, from d)" in found.number
    free = exponent(regime="variance", loss="l2", dimension=measured)
    assert free.value == Estimate(1.0)  # it does not depend on d


def test_without_a_dimension_the_formula_stays() -> None:
    found = exponent(loss="l2", approximator=LINEAR)
    assert found.value is None
    assert found.formula == "4/d"
    assert found.number == "alpha = 4/d"
    assert exponent(approximator=LINEAR, loss="lq", power=2.5).formula == "5/d"
    assert exponent(loss="l2", approximator="homogeneous-kernel",
                    target="bias-free-process").formula == "3/(d - 1)"  # fmt: skip


@pytest.mark.parametrize("d", [0, -1, math.nan, math.inf, True, "3", None])
def test_dimensions_that_make_no_sense(d: Any) -> None:
    if d is None:
        assert exponent(dimension=None).value is None
        return
    with pytest.raises(ArgumentError, match="dimension"):
        exponent(dimension=d)


def test_a_broken_dimension_is_allowed() -> None:
    found = exponent(loss="l2", approximator=LINEAR, dimension=2.5)
    assert found.value == Estimate(1.6)


def test_a_dimension_at_which_the_rule_ends() -> None:
    with pytest.raises(ArgumentError, match="no value at d = 1"):
        exponent(loss="l2", approximator="homogeneous-kernel", target="bias-free-process",
                 dimension=1)  # fmt: skip
    with pytest.raises(ArgumentError, match=r"negative at d = 0\.5"):
        exponent(loss="l2", approximator="homogeneous-kernel", target="bias-free-process",
                 dimension=0.5)  # fmt: skip


def test_what_is_missing_is_named() -> None:
    with pytest.raises(ArgumentError, match="needs smoothness="):
        exponent(loss="l2", approximator="minimax", dimension=3)
    with pytest.raises(ArgumentError, match="noise="):
        exponent(loss="l1", noise=["none", "labels"])


def test_the_largest_factor_counts_for_the_rule_on_sums_alone() -> None:
    factor = {"structure": "additive", "largest_factor": 1, "dimension": 10}
    found = exponent(loss="l2", approximator=LINEAR, **factor)
    assert (found.rule, found.value) == ("additive", Estimate(4.0))
    for given in ({}, {"approximator": "minimax", "smoothness": 2}):
        with pytest.raises(NoRuleError, match="structure=additive"):
            exponent(loss="l2", **given, **factor)


def test_the_answer_is_whole() -> None:
    found = exponent(loss="l2", approximator=LINEAR, dimension=3, nu=0.5)
    text = found.summary()
    assert max(map(len, text.splitlines())) <= 80
    for words in ("alpha = 4/d = 1.333", "theorem (rule pieces)", "m = 2; r = min(1 + 1, s) = 2",
                  "1-NN, Delaunay", "loss: l2", "sampling",
                  "Sharma & Kaplan 2020 section 2"):  # fmt: skip
        assert words in " ".join(text.split())
    assert found.unused == ("nu",)
    assert "nu: the rule does not depend on it" in text
    assert "<table>" in found._repr_html_()
    assert repr(found) == "Exponent(alpha = 4/d = 1.333, theorem, rule pieces)"
    noisy = exponent(loss="l1", approximator=LINEAR, dimension=3, **TEST)
    assert "E|noise| in L1" in noisy.subtract


def test_it_is_saved_and_read_back(tmp_path: Path) -> None:
    measured = Estimate(4.0, Interval(3.2, 5.0, 0.9, "half-samples"))
    for given in ({"dimension": measured}, {}, {"regime": "variance"}):
        found = exponent(loss="l2", approximator=LINEAR, **given)
        assert Exponent.from_dict(found.to_dict()) == found
    import json

    place = found.save(tmp_path / "alpha.json")
    assert Exponent.from_dict(json.loads(place.read_text(encoding="utf-8"))) == found
    with pytest.raises(SavedFileError):
        Exponent.from_dict({"schema": "lawcast/exponent/1"})
    with pytest.raises(SavedFileError, match="newer"):
        Exponent.from_dict(found.to_dict() | {"schema": "lawcast/exponent/2"})
