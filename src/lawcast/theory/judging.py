"""One hypothesis held against a measured exponent and dimension."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from lawcast._tables import joined, significant
from lawcast._values import Estimate, Interval, half_width
from lawcast.theory.explanation import Implied, Row, Standing
from lawcast.theory.hypotheses import FALLING, SMALLEST, Hypothesis, Numbers
from lawcast.theory.measured import (
    Curve,
    Measured,
    prediction_of,
    probability_below,
    quantile,
    ratio_to,
)

NEIGHBOUR = 4 / 3
"""Ratio of the lines 3/d and 4/d. A test that cannot tell neighbours so far apart could not have
failed, so a hypothesis that passes it is undecided."""

_FAR = 1e9  # stands for a dimension, or a free number, without bound
_METHOD = "quadrature"


@dataclass(frozen=True)
class Question:
    """What every hypothesis is held against.

    Args:
        alpha: the exponent.
        d: the dimension; where it is bounded below alone, the bound.
        level: of the test and of every interval.
        order: order of the loss, or its power; None where it is not known.
        loss, variable: their names; None where they are not known.
        numbers: what is known of q, p, s, c, nu, a, ambient and factor.
        alpha_known: whether alpha has an interval above zero.
        at_least: whether d may be anything from its value upwards.
    """

    alpha: Measured
    d: Measured
    level: float
    order: float | None = None
    loss: str | None = None
    variable: str | None = None
    numbers: Numbers = field(default_factory=Numbers)
    alpha_known: bool = True
    at_least: bool = False


def judge(hypothesis: Hypothesis, question: Question) -> Row:
    """What became of one hypothesis."""
    grounds = hypothesis.fitting(question.order, question.variable, question.loss)
    decided = _decide(hypothesis, question, bool(grounds))
    return Row(
        hypothesis.id,
        hypothesis.formula,
        hypothesis.relation,
        decided.outcome,
        decided.predicted,
        decided.ratio,
        decided.p,
        decided.implied,
        decided.note,
        premises=tuple(ground.premises for ground in grounds),
        basis=tuple(ground.basis for ground in grounds),
        source=tuple(ground.source for ground in grounds),
    )


def _decide(hypothesis: Hypothesis, question: Question, fits: bool) -> _Decided:
    if not fits:
        return _Decided(Standing.NOT_TESTED, note=_why_not(hypothesis, question))
    if question.d.value <= hypothesis.above and not question.at_least:
        return _Decided(Standing.NOT_TESTED, note=f"not for d ≤ {hypothesis.above:g}")
    low = float(question.d.at(np.array([-half_width(question.level)]))[0])
    if low <= hypothesis.above:
        return _Decided(Standing.UNDECIDED, note=f"d may be {hypothesis.above:g} or less, "
                   "where it means nothing")  # fmt: skip
    missing = question.numbers.missing(hypothesis.needs)
    if missing:
        return _with_free_number(hypothesis, question, missing)
    return _tested(hypothesis, question)


def _why_not(hypothesis: Hypothesis, question: Question) -> str:
    if question.variable is not None and not hypothesis.fitting(None, question.variable):
        return f"not for the exponent of {question.variable}"
    if question.loss is not None and not hypothesis.fitting(question.order, None, question.loss):
        return f"not for the loss {question.loss}"
    return f"not for the loss {question.loss} and the exponent of {question.variable} together"


@dataclass(frozen=True)
class _Decided:
    """What a test comes to; see :class:`Row`."""

    outcome: Standing
    predicted: Estimate | None = None
    ratio: Estimate | None = None
    p: float | None = None
    implied: Implied | None = None
    note: str = ""


def _tested(hypothesis: Hypothesis, question: Question) -> _Decided:
    curve = hypothesis.curve(question.numbers)
    alpha, d, level = question.alpha, question.d, question.level
    if question.at_least and hypothesis.uses_dimension:
        return _tested_from(hypothesis, question, curve)
    predicted = prediction_of(d if hypothesis.uses_dimension else Measured(d.value), curve, level)
    ratio = ratio_to(alpha, d, curve, level) if question.alpha_known else Estimate(
        alpha.value / predicted.value
    )  # fmt: skip
    if not question.alpha_known or ratio.interval is None:
        note = _face_value(hypothesis.relation, ratio.value)
        return _Decided(Standing.UNDECIDED, predicted, ratio, note=note)
    below = probability_below(alpha, d, curve)
    p = {"=": 2 * min(below, 1 - below), ">=": 1 - below, "<=": below}[hypothesis.relation]
    if p < 1 - level:
        return _Decided(Standing.EXCLUDED, predicted, ratio, p, note=_direction(ratio.value))
    low, high = ratio.interval.low, ratio.interval.high
    holds = (hypothesis.relation == ">=" and low >= 1) or (
        hypothesis.relation == "<=" and high <= 1
    )
    # a line a neighbour's distance away on either side would have been excluded
    sharp = low > 1 / NEIGHBOUR and high < NEIGHBOUR
    if holds or sharp:
        return _Decided(Standing.SURVIVES, predicted, ratio, p, note="holds" if holds else "")
    implied = _implied_dimension(hypothesis, question, curve)
    return _Decided(Standing.UNDECIDED, predicted, ratio, p, implied, "too wide")


def _tested_from(hypothesis: Hypothesis, question: Question, curve: Curve) -> _Decided:
    """The same for every d from a bound upwards, over which all curves fall."""
    alpha, level = question.alpha, question.level
    highest, lowest = (float(curve(np.array([x]))[0]) for x in (question.d.value, _FAR))
    lowest = 0.0 if lowest < 1e-6 * highest else lowest
    predicted = Estimate(highest, Interval(lowest, highest, level, "every d from the bound"))
    ratio = Estimate(alpha.value / highest)
    if not question.alpha_known:
        note = _face_value(hypothesis.relation, ratio.value)
        if hypothesis.relation == "=" and ratio.value <= 1:
            note = "d is too loosely known"
        return _Decided(Standing.UNDECIDED, predicted, ratio, note=note)
    ends = alpha.interval(level, _METHOD)
    ratio = Estimate(ratio.value, Interval(ends.low / highest, math.inf, level, _METHOD))
    at_high, at_low = (float(share) for share in alpha.share_below(np.array([highest, lowest])))
    most = {
        "=": 1.0 if at_low <= 0.5 <= at_high else 2 * (at_high if at_high < 0.5 else 1 - at_low),
        ">=": 1 - at_low,
        "<=": at_high,
    }[hypothesis.relation]
    if most < 1 - level:
        return _Decided(
            Standing.EXCLUDED, predicted, ratio, most, note=f"{_direction(ratio.value)} or more"
        )
    if hypothesis.relation == ">=" and ends.low >= highest:
        return _Decided(Standing.SURVIVES, predicted, ratio, most, note="holds for every such d")
    implied = _implied_dimension(hypothesis, question, curve)
    return _Decided(Standing.UNDECIDED, predicted, ratio, most, implied, "d is too loosely known")


def _with_free_number(
    hypothesis: Hypothesis, question: Question, missing: tuple[str, ...]
) -> _Decided:
    """What the number that was not given would have to be; excluded where none will do."""
    needed = f"needs {joined(missing)}"
    if not hypothesis.uses_dimension:
        question = replace(question, d=Measured(question.d.value), at_least=False)
    alpha, d = question.alpha, question.d
    if len(missing) > 1:
        return _Decided(
            Standing.UNDECIDED, implied=_implied_together(hypothesis, question), note=needed
        )
    name, numbers = missing[0], question.numbers
    falling = name in FALLING

    def curve_of(t: float) -> Curve:
        return hypothesis.curve(numbers.having(name, 1 / t if falling else t))

    far, near_none = _FAR, 1 / _FAR if falling else SMALLEST[name]
    if question.alpha_known and hypothesis.relation == "=":
        most = probability_below(alpha, d, curve_of(far))
        least = probability_below(alpha, d, curve_of(near_none))
        if question.at_least:  # where d may be larger, every value may be smaller
            least = probability_below(alpha, Measured(_FAR), curve_of(near_none))
        p = 2 * most if most < 0.5 else 2 * (1 - least) if least > 0.5 else 1.0
        if p < 1 - question.level:
            side = "large" if most < 0.5 else "small"
            return _Decided(Standing.EXCLUDED, p=p, note=f"alpha is too {side} for every {name}")
    if falling:
        found = _implied(question, name, curve_of, 0.0)
        implied = None if found is None else _inverted(found, name)
        return _Decided(Standing.UNDECIDED, implied=implied, note=needed)
    implied = _implied(question, name, curve_of, SMALLEST[name])
    if implied is not None and hypothesis.relation == "<=":
        implied = Implied(f"least {name}", implied.estimate)
    if name == "p" and question.alpha_known and implied is not None and not question.at_least:
        near = {math.floor(implied.estimate.value), math.ceil(implied.estimate.value)}
        shares = [probability_below(alpha, d, curve_of(float(whole))) for whole in near]
        p = max(2 * min(share, 1 - share) for share in shares)
        if p < 1 - question.level:
            return _Decided(Standing.EXCLUDED, p=p, implied=implied, note="p is a whole number")
    return _Decided(Standing.UNDECIDED, implied=implied, note=needed)


def _implied_together(hypothesis: Hypothesis, question: Question) -> Implied | None:
    """What several missing numbers have to come to together."""
    if not hypothesis.inverse:
        return _implied(question, hypothesis.numerator, lambda t: lambda d: np.asarray(t / d), 0.0)
    constant = replace(question, d=Measured(question.d.value), at_least=False)
    found = _implied(constant, "", lambda t: lambda d: np.asarray(t + 0.0 * d), 0.0)
    return None if found is None else _inverted(found, hypothesis.inverse)


def _inverted(found: Implied, name: str) -> Implied:
    """The number whose inverse was sought."""
    ends = found.estimate.interval
    inverse = None
    if ends is not None:
        high = 1 / ends.low if ends.low > 1 / _FAR else math.inf
        inverse = Interval(1 / ends.high, high, ends.level, ends.method)
    return Implied(name, Estimate(1 / found.estimate.value, inverse))


def _implied(
    question: Question, name: str, curve_of: Callable[[float], Curve], least: float
) -> Implied | None:
    """The free number at which the curve meets alpha, with its interval.

    The curves rise with the number, so its share below t is that of alpha below the curve of t.
    """
    alpha, d, level = question.alpha, question.d, question.level

    def share(u: float) -> float:
        curve: Curve = curve_of(least + math.exp(u))
        return probability_below(alpha, d, curve)

    def exact(u: float) -> float:
        curve: Curve = curve_of(least + math.exp(u))
        return float(np.sign(float(curve(np.array([d.value]))[0]) - alpha.value)) / 2 + 0.5

    value = least + _crossing(exact)
    if name == "p" and value - least <= 1e-8:  # the search ends just above 0, which p can be
        value = least
    elif not least < value < _FAR / 2:
        return None
    if not question.alpha_known:
        return Implied(name, Estimate(value))
    tails = ((1 - level) / 2, (1 + level) / 2)
    low, high = (least + quantile(share, tail, 1e-9, _FAR) for tail in tails)
    if question.at_least or high >= _FAR / 2:
        high = math.inf
    if low - least <= 1e-8:
        low = least
    return Implied(name, Estimate(value, Interval(low, high, level, _METHOD)))


def _implied_dimension(hypothesis: Hypothesis, question: Question, curve: Curve) -> Implied | None:
    """The d at which the line meets alpha; None where it meets it nowhere."""
    if hypothesis.relation != "=" or not hypothesis.uses_dimension:
        return None
    ends = question.alpha.interval(question.level, _METHOD)
    found = [
        hypothesis.above
        + _crossing(lambda u, a=a: float(curve(np.array([hypothesis.above + math.exp(u)]))[0] < a))  # type: ignore[misc]
        for a in (ends.high, question.alpha.value, ends.low)
    ]
    if not all(hypothesis.above + 1e-6 < x < _FAR / 2 for x in found):
        return None
    return Implied("d", Estimate(found[1], Interval(found[0], found[2], question.level, _METHOD)))


def _crossing(beyond: Callable[[float], float]) -> float:
    """The positive number above which a rising step function is at least one half."""
    low, high = math.log(1e-9), math.log(_FAR)
    for _ in range(70):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if beyond(middle) >= 0.5 else (middle, high)
    return math.exp(0.5 * (low + high))


def _face_value(relation: str, ratio: float) -> str:
    """What numbers without an interval say, which is no test."""
    if relation == "=":
        return _direction(ratio)
    met = ratio >= 1 if relation == ">=" else ratio <= 1
    return "holds at face value" if met else "fails at face value"


def _direction(ratio: float) -> str:
    """Where alpha lies."""
    return f"alpha is {significant(ratio, 2)} times it"
