"""Which hypotheses a measured exponent and a measured dimension leave alive."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Real

import numpy as np

from lawcast._errors import ArgumentError, Finding, worst_first
from lawcast._values import DEFAULT_LEVEL, Interval, check_level
from lawcast.theory import explanation_findings as kinds
from lawcast.theory.concluding import conclude
from lawcast.theory.experiments import Candidate, Experiment, Precision, suggest
from lawcast.theory.explanation import ORDER, Explanation, Row, Standing
from lawcast.theory.given import (
    AlphaLike,
    DimensionLike,
    GivenAlpha,
    GivenDimension,
    read_alpha,
    read_dimension,
)
from lawcast.theory.hypotheses import (
    HYPOTHESES,
    MEANINGS,
    SMALLEST,
    Hypothesis,
    Numbers,
)
from lawcast.theory.judging import Question, judge
from lawcast.theory.measured import Measured, share_of_dimension
from lawcast.theory.orders import Loss, loss_named

_MOST = 1e6
"""The largest number that a premise may bring."""


def explain(
    alpha: AlphaLike,
    dimension: DimensionLike,
    *,
    interval: tuple[float, float] | Interval | None = None,
    se: float | None = None,
    exponent: str | None = None,
    loss: str | None = None,
    variable: str | None = None,
    q: float | None = None,
    p: float | None = None,
    s: float | None = None,
    c: float | None = None,
    nu: float | None = None,
    a: float | None = None,
    ambient: float | None = None,
    factor: float | None = None,
    level: float | None = None,
) -> Explanation:
    """Which hypotheses about alpha survive, which are excluded, and what would decide the rest.

    alpha and d are independent. Each is two halves of lognormals that meet at the value and match
    the interval at its level. A hypothesis alpha = h(d) is given the two-sided probability of a
    ratio alpha/h(d) at least so far from 1; a bound the one-sided. It is *excluded* where that is
    below 1 - level. It *survives* where it is not, and where a line 4/3 away on either side would
    have been: 4/3 is the ratio of the neighbours 3/d and 4/d. Else it is *undecided*; so is one
    that needs a number that was not given, and then the number that it implies is reported.

    Args:
        alpha: a fit, an :class:`Estimate`, or a number with ``interval`` or ``se``.
        dimension: a :class:`Dimension`, an :class:`Estimate`, a number (exact), or (value, low,
            high) at ``level``; an infinite high end says that d is at least low.
        interval: (low, high) of a number alpha, at ``level``.
        se: standard error of a number alpha, in place of ``interval``.
        exponent: which exponent of the fit, such as ``"alpha"`` (parameters) or ``"beta"`` (data).
        loss: what alpha is the exponent of: ``"l1"``, ``"l2"``, ``"l4"``, ``"lq"`` with q,
            ``"kl"``, ``"cross-entropy"``, ``"huber"``, ``"zero-one"``. Hypotheses about other
            losses are listed and not tested. None tests all.
        variable: what alpha is about: ``"data"``, ``"parameters"``, ``"width"``; that of the fit's
            column by default.
        q: power of the loss, where ``loss`` does not say it.
        p: degree of the polynomial that the approximator matches.
        s: smoothness of the target.
        c: codimension of the set where the target is singular.
        nu: smoothness of a Matérn kernel.
        a: decay of a spectrum, or of the frequency of skills: the i-th falls as i^-(1+a).
        ambient: dimension D of the space around the data, where the input is noisy.
        factor: dimension of the largest factor of an additive target.
        level: of the test and the intervals; that of alpha's interval by default.

    Returns:
        One row a hypothesis, the conclusion, and experiments.

    Raises:
        ArgumentError: a number out of range, an interval that does not hold its value, a fit
            with several exponents and none named, or premises that contradict each other.
        UnknownNameError: no such loss, variable or exponent.
    """
    if level is not None:
        level = check_level(level)
    told = _numbers(q=q, p=p, s=s, c=c, nu=nu, a=a, ambient=ambient, factor=factor)
    kind, order, numbers = _loss(loss, told)
    given = read_alpha(
        alpha, interval=interval, se=se, exponent=exponent, variable=variable, level=level
    )
    d = read_dimension(dimension, level)
    _check_parts(told, d)
    ends = given.estimate.interval
    level = level or (ends.level if ends is not None else _level_of(d))
    question = Question(
        alpha=Measured.of(given.estimate.value, ends if given.known else None),
        d=Measured.of(d.estimate.value, None if d.at_least else d.estimate.interval),
        level=level,
        order=order,
        loss=None if kind is None else _shown(kind, numbers),
        variable=given.variable,
        numbers=numbers,
        alpha_known=given.known,
        at_least=d.at_least,
    )
    rows = _ordered(judge(hypothesis, question) for hypothesis in HYPOTHESES)
    share = share_of_dimension(question.alpha, question.d, lambda x: 1.0 / x)
    if d.at_least:
        share = 0.0
    return Explanation(
        alpha=given.estimate,
        dimension=d.estimate,
        level=level,
        rows=rows,
        conclusion=conclude(rows, alpha_known=given.known, at_least=d.at_least, share=share),
        experiments=_experiments(rows, question, kind, given) if given.known else (),
        findings=worst_first([*given.findings, *d.findings, *_none_fits(rows)]),
        exponent=given.name,
        loss=question.loss or "",
        variable=given.variable or "",
        numbers=tuple(told.known().items()),
        only_at_least=d.at_least,
    )


def _numbers(**given: float | None) -> Numbers:
    """The free numbers, each within its range.

    Raises:
        ArgumentError: one is not.
    """
    for name, value in given.items():
        if value is None:
            continue
        allowed = name == "p"  # a piecewise constant approximator has degree 0
        sound = isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
        if not sound or value < SMALLEST[name] or (value == SMALLEST[name] and not allowed):
            least = "0 or more" if allowed else "above 0"
            raise ArgumentError(f"{name}, the {MEANINGS[name]}, is a number {least}, not {value!r}")
        if value > _MOST:
            raise ArgumentError(
                f"{name}, the {MEANINGS[name]}, is {value:g}, and the largest that can be "
                f"explained is {_MOST:g}"
            )
        if allowed and value != int(value):
            raise ArgumentError(f"{name}, the {MEANINGS[name]}, is a whole number, not {value!r}")
    return Numbers(**{n: None if v is None else float(v) for n, v in given.items()})


def _check_parts(numbers: Numbers, d: GivenDimension) -> None:
    """Refuse a space smaller than the data in it, and a factor larger than the whole.

    Raises:
        ArgumentError: one of the two.
    """
    value = d.estimate.value
    if numbers.ambient is not None and numbers.ambient < value:
        raise ArgumentError(
            f"ambient is {numbers.ambient:g} and the dimension {value:g}: data cannot have more "
            "dimensions than the space around them; correct one of them"
        )
    if numbers.factor is not None and numbers.factor > value and not d.at_least:
        raise ArgumentError(
            f"factor is {numbers.factor:g} and the dimension {value:g}: no factor is larger than "
            "the whole; correct one of them"
        )


def _loss(loss: str | None, numbers: Numbers) -> tuple[Loss | None, float | None, Numbers]:
    """The loss, its order, and the numbers with q where the loss says it.

    Raises:
        ArgumentError: the loss and q contradict each other, or ``lq`` comes without q.
    """
    if loss is None:
        kind = loss_named("lq") if numbers.q is not None else None
        return kind, numbers.q, numbers
    kind = loss_named(str(loss))
    if kind.order is None and not kind.is_power:
        raise ArgumentError(
            f"the loss {kind.name!r} stands for {kind.meaning}, so it chooses no hypothesis; leave "
            "loss out to test all"
        )
    if kind.order is None:
        if numbers.q is None:
            raise ArgumentError("the loss lq needs its power: say q, or name l1, l2 or l4")
        return kind, numbers.q, numbers
    if numbers.q is not None and numbers.q != kind.order:
        raise ArgumentError(
            f"the loss {kind.name} has the order {kind.order:g}, and q is {numbers.q:g}; "
            "leave one of them out"
        )
    return kind, kind.order, numbers.having("q", kind.order)


def _shown(kind: Loss, numbers: Numbers) -> str:
    return kind.name if kind.order is not None else f"l{numbers.q:g}"


def _level_of(d: GivenDimension) -> float:
    return DEFAULT_LEVEL if d.estimate.interval is None else d.estimate.interval.level


def _ordered(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Equalities before bounds, survivors first, then as declared."""
    return tuple(
        sorted(rows, key=lambda r: (ORDER.index(r.outcome), r.ratio is None, r.relation != "="))
    )


def _none_fits(rows: Iterable[Row]) -> list[Finding]:
    tested = [r for r in rows if r.relation == "=" and r.p is not None and r.ratio is not None]
    if not tested or any(r.outcome is not Standing.EXCLUDED for r in tested):
        return []
    return [
        kinds.NONE_FITS.found(
            "every line with a value is excluded; look at the formulas with a free number, the "
            "floor that was subtracted, and what d was measured on",
        )
    ]


def _experiments(
    rows: Iterable[Row], question: Question, kind: Loss | None, given: GivenAlpha
) -> tuple[Experiment, ...]:
    """What would separate the lines that are left."""
    declared = {hypothesis.id: hypothesis for hypothesis in HYPOTHESES}
    alive = [
        _candidate(row, declared[row.id], question)
        for row in rows
        if row.relation == "="
        and row.ratio is not None
        and row.outcome in (Standing.SURVIVES, Standing.UNDECIDED)
    ]
    now = Precision(
        alpha=question.alpha.spread,
        dimension=question.d.spread,  # the lines that differ most often are c/d, of elasticity 1
        d=question.d.value,
        level=question.level,
        d_open=question.at_least,
    )
    return suggest(
        alive, now, alpha=question.alpha.value, loss=question.loss,
        power_loss=(kind is None or kind.is_power) and question.variable != "width",
        variable=question.variable, sweep=given.sweep,
    )  # fmt: skip


def _candidate(row: Row, hypothesis: Hypothesis, question: Question) -> Candidate:
    grounds = hypothesis.fitting(question.order, question.variable, question.loss)
    numbers = question.numbers
    value = float(hypothesis.curve(numbers)(np.array([question.d.value]))[0])
    orders = {g.by_loss: g.premises for g in reversed(grounds) if g.by_loss is not None}
    noisy = {"4/(4+d)": 4.0, "2s/(2s+d)": None if numbers.s is None else 2 * numbers.s}
    return Candidate(
        name=row.name,
        value=value,
        p=row.p or 0.0,
        by_loss=tuple(reversed(orders)),
        premises=tuple(reversed(orders.values())),
        grounds=len({g.by_loss for g in grounds}),
        noisy_order=noisy.get(hypothesis.id),
        clean_everywhere=any(g.clean and "parameters" in g.variables for g in grounds),
    )
