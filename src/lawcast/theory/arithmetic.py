"""Claims that arithmetic decides: on published numbers, on a sum, on what the papers state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lawcast._errors import ArgumentError, NoRuleError
from lawcast._tables import bracket, joined, significant
from lawcast.theory.checking import contradiction
from lawcast.theory.columns import check_number
from lawcast.theory.exponent import exponent_under, rule_for
from lawcast.theory.premises import NUMBER, PREMISE, dimension_of, make_premises
from lawcast.theory.sources import PAPERS, named
from lawcast.theory.verdict import Outcome, Verdict


@dataclass(frozen=True)
class Published:
    """A published exponent in parameters beside a published dimension; neither has an interval.

    Args:
        name: data set.
        four_over_alpha: 4/alpha, as the paper prints it.
        dimension: intrinsic dimension of the last hidden layer.
    """

    name: str
    four_over_alpha: float
    dimension: float

    @property
    def alpha(self) -> float:
        """The exponent."""
        return 4 / self.four_over_alpha


PUBLISHED = (
    Published("CIFAR-10", 17.83, 17.04),
    Published("MNIST", 5.95, 9.38),
    Published("Fashion-MNIST", 10.67, 9.92),
    Published("SVHN", 10.71, 11.43),
    Published("GPT-2 small", 53.0, 90.0),
)
"""Sharma & Kaplan 2004.10802 as a third party summarised its first version; the dimension of
GPT-2 small is "90 or more"."""

GPT_ALPHA = 0.076
"""Exponent of the raw loss of language models in parameters, Kaplan et al. 2001.08361."""


def papers_argue(given: Mapping[str, Any]) -> Verdict:
    """Whether every exponent that the two papers state for an order-2 loss is 4/d or more.

    Args:
        given: premises to add; ``approximator`` restricts the fits that are looked at.

    Raises:
        ArgumentError: premises that contradict each other.
    """
    wanted = given.get("approximator")
    option = PREMISE["approximator"]
    asked = wanted if isinstance(wanted, (list, tuple)) else [wanted]
    names = [option.option(one).name for one in asked] if wanted else [
        one.name for one in option.options
    ]  # fmt: skip
    dimension = dimension_of(given.get("dimension", 3)).value
    make_premises(**{k: v for k, v in given.items() if k != "approximator"})  # conflicts, once
    stated, less = [], []
    for name in names:
        try:
            premises = make_premises(
                **{"loss": "l2", "dimension": dimension, **given, "approximator": name}
            )
            found = exponent_under(premises)
        except (ArgumentError, NoRuleError):
            continue  # the papers say nothing of such a fit without further numbers
        if not any(paper.mark in rule_for(premises).source for paper in PAPERS) or not found.value:
            continue
        stated.append(f"{name}: {found.number}")
        if found.value.value < 4 / dimension * (1 - 1e-9):
            less.append(f"{name}, {found.number}")
    if not stated:
        raise ArgumentError(f"the papers state no exponent for {joined(names, 'or')}")
    return Verdict(
        claim="every exponent that the two papers state for L2 is 4/d or more",
        outcome=Outcome.FAILS if less else Outcome.HOLDS,
        reason=f"At d = {dimension:g} they state: {'; '.join(stated)}.",
        counterexample="; ".join(less),
        repair="approximator is piecewise-linear or a ReLU network" if less else "",
        premises=(("loss", "l2"), *((name, str(value)) for name, value in given.items())),
        source=named("[B] Theorem 2 and section 2.2; [S] section 2"),
    )


def published_models(given: Mapping[str, Any]) -> Verdict:
    """Whether most published models have alpha >= 4/d and the rest lie between 2/d and 4/d.

    Args:
        given: ``dimension`` replaces every published dimension (to see the verdict move).

    Raises:
        ArgumentError: another premise, or no dimension.
    """
    _refuse_others(given, ("dimension",))
    rows, above, between = [], 0, 0
    for model in PUBLISHED:
        d = dimension_of(given.get("dimension", model.dimension)).value
        above += model.alpha >= 4 / d
        between += 2 / d < model.alpha < 4 / d
        rows.append(
            f"{model.name}: alpha {significant(model.alpha, 3)}, 4/d {significant(4 / d, 3)}, "
            f"2/d {significant(2 / d, 3)}"
        )
    total = len(PUBLISHED)
    most, rest = above > total / 2, above + between == total and between > 0
    return Verdict(
        claim="most published models have alpha >= 4/d, the others 2/d < alpha < 4/d",
        outcome=Outcome.HOLDS if most and rest else Outcome.FAILS,
        reason=f"{above} of {total} have alpha >= 4/d, and {between} lie between 2/d and 4/d.",
        counterexample="" if most and rest else f"{total - above} of {total} lie below 4/d",
        premises=tuple((name, str(value)) for name, value in given.items()),
        source="Sharma & Kaplan 2004.10802, its table of data sets, from a summary of version 1",
        evidence=tuple(rows),
    )


def _refuse_others(given: Mapping[str, Any], known: tuple[str, ...]) -> None:
    """Refuse premises that play no part in a claim.

    Raises:
        ArgumentError: there is one.
    """
    others = sorted(set(given) - set(known))
    if others:
        raise ArgumentError(
            f"{joined(others)} plays no part in this claim; what it stands on is {joined(known)}"
        )


def gpt_contradicts(given: Mapping[str, Any]) -> Verdict:
    """Whether alpha = 0.076 of language models lies outside what the rules allow.

    Args:
        given: premises to change.

    Raises:
        ArgumentError: premises that contradict each other, or no rule for them.
    """
    usual = {"variable": "parameters", "loss": "cross-entropy", "approximator": "relu-network",
             "dimension": 90.0}  # fmt: skip
    return contradiction(GPT_ALPHA, {**usual, **given})


def tail_sum(given: Mapping[str, Any]) -> Verdict:
    """Whether the sum over i > D of i^-(1+a) is about a D^-a for large D.

    Args:
        given: ``a``, one value or a list, in the place of 1/2, 1 and 2.

    Raises:
        ArgumentError: a is not positive, for the sum converges for a > 0 alone; or another premise.
    """
    from scipy.special import zeta

    _refuse_others(given, ("a",))
    values = given.get("a", (0.5, 1.0, 2.0))
    tried = [
        NUMBER["a"].check(a) for a in (values if isinstance(values, (list, tuple)) else [values])
    ]
    D = 10**6
    rows, wrong = [], []
    for a in tried:
        total = float(zeta(1 + a, D + 1)) * D**a  # the sum in units of D^-a
        rows.append(f"a = {a:g}: sum / D^-a = {total:.4f}; 1/a = {1 / a:.4f}, a = {a:.4f}")
        if abs(total / a - 1) > 0.01:
            wrong.append(rows[-1])
    return Verdict(
        claim="sum over i > D of i^-(1+a) ~ a D^-a",
        outcome=Outcome.FAILS if wrong else Outcome.HOLDS,
        reason=f"At D = {D:,} the sum is D^-a / a to four digits.",
        counterexample=wrong[0] if wrong else "",
        repair="a = 1, or the prefactor 1/a" if wrong else "",
        premises=tuple((name, str(value)) for name, value in given.items()),
        source="the integral of x^-(1+a) from D to infinity is D^-a / a",
        evidence=tuple(rows),
    )


def limit_is_free(given: Mapping[str, Any]) -> Verdict:
    """Whether a fitted limit leaves the exponent as precise as a known one does, by simulation.

    Args:
        given: ``decades`` of the sizes (1.5), ``points`` (10), ``exponent`` (0.3), ``floor_share``
            of the limit in the first loss (0.145), ``noise`` (0.02), ``most``, the ratio of widths
            up to which nothing is lost (1.1).

    Raises:
        ArgumentError: a premise that this claim does not know, or out of range.
    """
    from lawcast.theory.price import price_of_limit

    usual = {"decades": 1.5, "points": 10, "exponent": 0.3, "floor_share": 0.145, "noise": 0.02,
             "most": 1.1}  # fmt: skip
    _refuse_others(given, tuple(usual))
    design = {**usual, **{name: check_number(value, name) for name, value in given.items()}}
    if design["points"] < 4 or design["decades"] <= 0:
        raise ArgumentError("a design has points=4 or more, spread over decades= above 0")
    x = [
        10 ** (design["decades"] * k / (design["points"] - 1)) for k in range(int(design["points"]))
    ]
    price = price_of_limit(x, design["exponent"], design["floor_share"], design["noise"])
    rows, widths = [], {}
    for spread in price.spreads:
        interval = spread.estimate.interval
        assert interval is not None  # a simulated spread always has one
        widths[spread.way] = interval.width
        rows.append(
            f"limit {spread.way}: median {significant(spread.estimate.value, 3)}, "
            f"{interval.level:.0%} {bracket(interval.low, interval.high)}"
        )
    ratio = widths["free"] / widths["known"]
    return Verdict(
        claim="a free floor costs nothing in the precision of alpha",
        outcome=Outcome.HOLDS if ratio <= design["most"] else Outcome.FAILS,
        reason=f"With the limit free the interval is {significant(ratio, 3)} times as wide as with "
        "the limit known.",
        counterexample="" if ratio <= design["most"] else rows[1],
        repair="" if ratio <= design["most"] else "the limit is known, or measured by repeats",
        premises=tuple((name.replace("_", " "), f"{value:g}") for name, value in design.items()),
        source="simulated here at this design; lawcast.price_of_limit does it for yours",
        evidence=tuple(rows),
    )
