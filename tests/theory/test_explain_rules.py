"""Whatever exponent() gives, explain() must not exclude: every rule with an equality in turn."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from lawcast._errors import ArgumentError
from lawcast.theory.explain import explain
from lawcast.theory.explanation import Explanation, Row, Standing
from lawcast.theory.exponent import exponent
from lawcast.theory.premises import make_premises
from lawcast.theory.rules import RULES
from theory.test_rules import REACHED

SMOOTH = {"approximator": "piecewise-linear"}
POWERS: tuple[dict[str, Any], ...] = (
    {"loss": "l1"}, {"loss": "l2"}, {"loss": "l4"}, {"loss": "lq", "power": 3.0}, {"loss": "huber"},
    {"loss": "kl"}, {"loss": "zero-one"},
)  # fmt: skip
PIECES: tuple[dict[str, Any], ...] = (
    {"approximator": "piecewise-constant"}, {"approximator": "piecewise-linear"},
    {"approximator": "piecewise-quadratic"},
    {"approximator": "piecewise-polynomial", "degree": 4},
)  # fmt: skip
IMPLIED = {"q": "power", "p": "degree", "s": "smoothness", "c": "codimension", "nu": "nu",
           "a": "a", "ambient": "ambient", "factor": "largest_factor"}  # fmt: skip
GIVES = {rule.id: rule.relation for rule in RULES}
NOTHING_LEFT = {rule.id for rule in RULES if rule.value == "0"}
"""Rules of a raw loss, whose exponent is 0: no number that explain takes."""


def sharp(alpha: float, d: float, premises: dict[str, Any]) -> Explanation:
    """What is left of a measurement to one part in a thousand."""
    return explain(
        alpha, d, interval=(0.999 * alpha, 1.001 * alpha), loss=premises["loss"],
        variable=premises.get("variable", "data"), q=premises.get("power"),
    )  # fmt: skip


def names_the_truth(row: Row, alpha: float, d: float, premises: dict[str, Any]) -> bool:
    """Whether a row survives, or would with the number it asks for, which is the true one."""
    if row.relation != "=":
        return False
    if row.outcome is Standing.SURVIVES:
        return True
    if row.outcome is not Standing.UNDECIDED or row.implied is None:
        return False
    interval = row.implied.estimate.interval
    assert interval is not None
    name = row.implied.name
    symbols = make_premises(**premises).symbols
    q, p = symbols.get("q"), symbols.get("p")
    s, nu, a = symbols.get("s"), symbols.get("nu"), symbols.get("a")
    r = None if p is None else min(p + 1, s or p + 1)
    truths: list[float | None] = [premises.get(IMPLIED[name])] if name in IMPLIED else []
    if name == "qs+c" and q and s:
        truths.append(q * s + premises.get("codimension", 1))
    if name == "qν" and q and nu:
        truths.append(q * nu)
    if name == "qa/2" and q and a:
        truths.append(q * a / 2)
    if name == "s":
        truths.append(s)
        truths.append(r)  # a target just smooth enough for the pieces
    if name == "p" and r is not None:
        truths.append(r - 1)
    if name in ("a", "b"):
        truths.append(premises.get("b"))
    if name == "ambient/(qr)" and q and r and "ambient" in premises:
        truths.append(premises["ambient"] / (q * r))
    if name == "factor/(qr)" and q and r and "largest_factor" in premises:
        truths.append(premises["largest_factor"] / (q * r))
    if name == "2/(qa)" and q and a:
        truths.append(2 / (q * a))
    return any(t is not None and interval.low <= t <= interval.high for t in truths)


def check(premises: dict[str, Any], d: float) -> None:
    truth = exponent(**premises, dimension=d).value
    assert truth is not None
    made = sharp(truth.value, d, premises)
    left = [row.id for row in made.rows if names_the_truth(row, truth.value, d, premises)]
    assert left, (truth.value, made.conclusion)
    assert "No line fits" not in made.conclusion


@pytest.mark.parametrize("d", [3.0, 7.0])
@pytest.mark.parametrize("name", [n for n in REACHED if GIVES[n] == "=" and n not in NOTHING_LEFT])
def test_the_truth_of_every_rule_is_left(name: str, d: float) -> None:
    premises = {"loss": "l2", **REACHED[name]}
    premises.pop("dimension", None)
    check(premises, d)


@pytest.mark.parametrize("name", sorted(NOTHING_LEFT))
def test_an_exponent_of_zero_is_refused(name: str) -> None:
    truth = exponent(**REACHED[name]).value
    assert truth is not None
    assert truth.value == 0.0
    with pytest.raises(ArgumentError, match="above 0"):
        explain(truth.value, 3.0)


@pytest.mark.parametrize("loss", POWERS, ids=lambda loss: loss["loss"])
@pytest.mark.parametrize(
    "given",
    [
        {}, {"noise": "test-labels"}, {"noise": "test-labels", "noise_shape": "skewed"},
        {"noise": "labels"}, {"target": "relu-network"}, {"target": "relu-process"},
        {"smoothness": 0.75}, {"noise": "test-labels", "smoothness": 0.75},
        {"smoothness": 0.75, "codimension": 2.0, "target": "singular"},
        {"noise": "input", "ambient": 20.0}, {"structure": "additive", "largest_factor": 2.0},
    ],
    ids=lambda given: "-".join(str(value) for value in given.values()) or "clean",
)  # fmt: skip
def test_pieces_of_every_degree_in_data_and_parameters(
    loss: dict[str, Any], given: dict[str, Any]
) -> None:
    reached = 0
    for pieces, variable in itertools.product(PIECES, ("data", "parameters")):
        premises = {**loss, **pieces, **given, "variable": variable}
        try:
            found = exponent(**premises, dimension=7.0)
        except ArgumentError:
            continue  # no rule says what holds there, or the premises clash
        if found.relation in ("=", "~"):
            reached += 1
            check(premises, 7.0)
    undecided = (loss["loss"] in ("kl",) and "noise" in given) or (
        loss["loss"] == "zero-one" and given.get("noise") != "test-labels"
    ) or given.get("noise") == "labels"  # fmt: skip
    assert reached or undecided


@pytest.mark.parametrize("loss", POWERS[:5], ids=lambda loss: loss["loss"])
@pytest.mark.parametrize(
    "given",
    [
        {"approximator": "kernel", "nu": 1.5, "target": "matched"},
        {"approximator": "linear-features", "a": 0.6, "target": "matched"},
        {"approximator": "kernel", "nu": 1.5, "target": "rough", "smoothness": 0.75},
        {"approximator": "kernel", "nu": 1.5, "target": "relu-process"},
        {"approximator": "kernel", "nu": 1.5, "target": "smooth"},
        {"approximator": "kernel", "nu": 1.5, "target": "smooth", "domain": "bounded"},
        {"approximator": "homogeneous-kernel", "target": "bias-free-process"},
        {"regime": "variance", "limit": "well-specified"}, {"regime": "variance"},
    ],
    ids=lambda given: "-".join(str(value) for value in given.values()),
)  # fmt: skip
def test_kernels_and_parametric_models_in_every_power(
    loss: dict[str, Any], given: dict[str, Any]
) -> None:
    check({**loss, **given}, 3.0)


def test_the_reported_cases() -> None:
    noisy = explain(1.33, 3, interval=(1.28, 1.38), loss="l1", variable="data")
    assert noisy["4/d"].outcome is Standing.SURVIVES
    assert "noise in the test labels" in noisy["4/d"].premises[0]
    kinks = explain(1.5, 2, interval=(1.48, 1.52), loss="l2", variable="parameters")
    assert kinks["3/d"].outcome is Standing.SURVIVES
    classes = explain(0.5, 8, interval=(0.49, 0.51), loss="zero-one", variable="data")
    assert classes["1/2"].outcome is Standing.NOT_TESTED
    assert classes["1/2"].note == "not for the loss zero-one"
    assert classes["4/d"].outcome is Standing.SURVIVES


def test_the_space_around_the_data_is_implied_or_tested() -> None:
    words: dict[str, Any] = {"interval": (0.19, 0.21), "loss": "l2", "variable": "data"}
    open_ = explain(0.2, 2.0, **words)["qr/D"].implied
    assert open_ is not None
    assert open_.name == "ambient/(qr)"
    assert open_.estimate.value == pytest.approx(5.0)
    one = explain(0.2, 2.0, p=0, **words)["qr/D"].implied
    assert one is not None
    assert one.name == "ambient"
    assert one.estimate.value == pytest.approx(10.0)
    ends = one.estimate.interval
    assert ends is not None
    assert (ends.low, ends.high) == pytest.approx((2 / 0.21, 2 / 0.19), rel=1e-4)
    assert explain(0.2, 2.0, p=0, ambient=10, **words)["qr/D"].outcome is Standing.SURVIVES
    assert explain(0.2, 2.0, p=0, ambient=20, **words)["qr/D"].outcome is Standing.EXCLUDED
    steep = explain(1.9, 2.0, interval=(1.89, 1.91), loss="l2", p=0)["qr/D"]
    assert steep.outcome is Standing.EXCLUDED  # even D = d gives 1 alone
    assert steep.note == "alpha is too large for every ambient"
    with pytest.raises(ArgumentError, match="more dimensions than the space"):
        explain(0.2, 5.0, ambient=3)
    with pytest.raises(ArgumentError, match="no factor is larger"):
        explain(0.2, 2.0, factor=3)


def test_skills_imply_their_decay() -> None:
    data = explain(0.25, 9.0, se=0.005, variable="data", loss="l2")["a/(1+a)"].implied
    size = explain(0.25, 9.0, se=0.005, variable="parameters", loss="l2")["a"].implied
    assert data is not None
    assert size is not None
    assert (data.estimate.value, size.estimate.value) == pytest.approx((1 / 3, 0.25))
    told = explain(0.25, 9.0, se=0.005, variable="data", loss="l2", a=1 / 3)
    assert told["a/(1+a)"].outcome is Standing.SURVIVES
    steep = explain(1.5, 9.0, se=0.005, variable="data", loss="l2")["a/(1+a)"]
    assert steep.outcome is Standing.EXCLUDED
