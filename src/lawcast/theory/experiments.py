"""Experiments that would separate two hypotheses, with what they cost.

n runs spread evenly in the logarithm over R decades, with residual noise sigma of the log loss,
give a slope with the standard error sigma·sqrt(12)/(R·ln 10·sqrt(n)).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from statistics import NormalDist
from typing import Any

from lawcast._tables import joined, significant
from lawcast._units import format_variable
from lawcast._values import half_width, number, plain

KINDS = ("loss", "dimension", "variable", "runs")
"""What can be done: evaluate the same runs in other losses, measure d better, vary another size,
make more runs. In the order of cost where that is equal."""

POWER = 0.8
"""Probability with which an experiment shall exclude one hypothesis where the other is true."""

_SAME = math.log(1.05)  # closer predictions are no different hypotheses in practice
_MOST_TIMES = 1e4  # an experiment that needs more than so many times the runs is none


@dataclass(frozen=True)
class Experiment:
    """One experiment between two hypotheses.

    Args:
        first, second: the hypotheses, as printed.
        kind: one of :data:`KINDS`.
        text: what to do, with numbers.
        cost: training runs that it needs, in units of those behind alpha; 0 for none.
        separation: standard errors between the two predictions, once it is done; None where
            they cannot be foreseen.
        complete: whether it separates them under all their premises.
        variable: what is varied; empty where nothing is.
        runs: runs in all; None where alpha came without its runs.
        decades: range of the variable; None likewise.
        predictions: (what, value) under each hypothesis.
    """

    first: str
    second: str
    kind: str
    text: str
    cost: float
    separation: float | None
    complete: bool = True
    variable: str = ""
    runs: float | None = None
    decades: float | None = None
    predictions: tuple[tuple[str, float], ...] = ()

    @property
    def between(self) -> str:
        """``"3/d or 4/d"``; one name where the premises behind one line are told apart."""
        if self.first == self.second:
            return f"why {self.first}"
        return f"{self.first} or {self.second}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "first": self.first,
            "second": self.second,
            "kind": self.kind,
            "text": self.text,
            "cost": plain(self.cost),
            "separation": _plain(self.separation),
            "complete": self.complete,
            "variable": self.variable,
            "runs": _plain(self.runs),
            "decades": _plain(self.decades),
            "predictions": [[what, plain(value)] for what, value in self.predictions],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Experiment:
        """The experiment that :meth:`to_dict` described."""
        return cls(
            first=str(data["first"]),
            second=str(data["second"]),
            kind=KINDS[KINDS.index(data["kind"])],
            text=str(data["text"]),
            cost=number(data["cost"]),
            separation=_number(data["separation"]),
            complete=bool(data["complete"]),
            variable=str(data["variable"]),
            runs=_number(data["runs"]),
            decades=_number(data["decades"]),
            predictions=tuple((str(what), number(value)) for what, value in data["predictions"]),
        )


@dataclass(frozen=True)
class Sweep:
    """The runs behind alpha.

    Args:
        column: the variable.
        runs: how many.
        low, high: range of the variable.
    """

    column: str
    runs: int
    low: float
    high: float

    @property
    def decades(self) -> float:
        """Range of the variable in powers of ten."""
        return math.log10(self.high / self.low)


@dataclass(frozen=True)
class Candidate:
    """A hypothesis that is still alive, as far as experiments need it.

    Args:
        name: as printed.
        value: its exponent at d.
        p: how well it fits; between 0 and 1.
        by_loss: exponents in L1, L2 and L4 up to a factor, for each of its premises where known.
        premises: those premises, in the same order.
        grounds: how many premises it rests on.
        noisy_order: 2s where it is 2s/(2s + d), the rate under noisy labels; else None.
        clean_everywhere: whether it is the same in data and in parameters.
    """

    name: str
    value: float
    p: float
    by_loss: tuple[tuple[float, float, float], ...] = ()
    premises: tuple[str, ...] = ()
    grounds: int = 1
    noisy_order: float | None = None
    clean_everywhere: bool = False


@dataclass(frozen=True)
class Precision:
    """How precisely things are known now.

    Args:
        alpha: standard deviation of log alpha.
        dimension: that of log d, times the elasticity of the lines in d.
        d: the dimension.
        level: of the test.
        d_open: whether d is bounded below alone.
    """

    alpha: float
    dimension: float
    d: float
    level: float
    d_open: bool = False

    @property
    def needed(self) -> float:
        """Standard errors between two predictions that a decision needs."""
        return half_width(self.level) + NormalDist().inv_cdf(POWER)

    @property
    def share(self) -> float:
        """Part of the variance of alpha over a line that is due to d."""
        return self.dimension**2 / max(self.dimension**2 + self.alpha**2, 1e-300)


def slope_error(noise: float, decades: float, runs: float) -> float:
    """Standard error of a slope on logarithmic axes.

    Args:
        noise: standard deviation of the log loss around the line.
        decades: range of the variable in powers of ten, evenly covered in its logarithm.
        runs: number of runs.
    """
    return noise * math.sqrt(12.0) / (decades * math.log(10.0) * math.sqrt(runs))


def runs_for(error: float, noise: float, decades: float) -> float:
    """Runs that give a slope this standard error; see :func:`slope_error`."""
    return (slope_error(noise, decades, 1.0) / error) ** 2


def suggest(
    candidates: Sequence[Candidate],
    now: Precision,
    *,
    alpha: float,
    loss: str | None,
    power_loss: bool,
    variable: str | None,
    sweep: Sweep | None,
) -> tuple[Experiment, ...]:
    """What would separate each two hypotheses, the cheapest first.

    Args:
        candidates: the hypotheses that are alive and predict a value.
        now: present precision.
        alpha: the exponent.
        loss: name of the loss; None where it is not known.
        power_loss: whether the loss is a power of the residual, or not known.
        variable: what alpha is about; None where it is not known.
        sweep: the runs behind alpha; None for a bare number.
    """
    found: list[tuple[float, Experiment]] = []
    if power_loss:
        within = [(a.p, _within(a, now)) for a in candidates]
        found += [(chance, one) for chance, one in within if one is not None]
    for a, b in combinations(candidates, 2):
        gap = abs(math.log(a.value / b.value))
        if gap < _SAME:
            continue
        made = [
            _other_losses(a, b, now, loss) if power_loss else None,
            _better_dimension(a, b, now, gap),
            _other_variable(a, b, now) if variable in (None, "data") else None,
            _more_runs(a, b, now, gap, alpha, variable, sweep),
        ]
        found += [(a.p * b.p, one) for one in made if one is not None]
    found.sort(
        key=lambda pair: (
            not pair[1].complete, round(pair[1].cost, 6), -pair[0], KINDS.index(pair[1].kind)
        )
    )  # fmt: skip
    return tuple(one for _, one in found)


def _other_losses(
    a: Candidate, b: Candidate, now: Precision, loss: str | None
) -> Experiment | None:
    """The same runs in L1 and L4: the ratio of both exponents does not depend on d."""
    if not a.by_loss or not b.by_loss:
        return None
    error = math.sqrt(2.0) * now.alpha  # as if independent, though the runs are the same
    gaps = [abs(math.log(x[2] / x[0] * y[0] / y[2])) for x, y in product(a.by_loss, b.by_loss)]
    widest = max(gaps) / error
    if widest < 0.1:
        return None
    whole = len(a.by_loss) == a.grounds and len(b.by_loss) == b.grounds
    complete = whole and min(gaps) > 0.01
    separation = min(gaps) / error if complete else widest
    times = max((now.needed / separation) ** 2, 1.0)
    if times > _MOST_TIMES:
        return None
    predictions = tuple(
        (f"{one.name}: L4 over L1", orders[2] / orders[0])
        for one in (a, b)
        for orders in one.by_loss
    )
    shown = f"{_orders(a)}; {_orders(b)}"
    text = (
        f"evaluate the same runs in L1 and L4. For L1 : L2 : L4 {shown}, whatever d is. At the "
        f"present error the ratio of L4 to L1 differs by {separation:.1f} standard errors"
    )
    if not complete:
        text += ", though not under all of their premises"
    if times > 1.05:
        text += f"; {significant(times, 2)} times as many runs would tell"
    if loss is None:
        text += " (where the loss is a power of the residual)"
    return Experiment(a.name, b.name, "loss", text, times - 1.0, separation, complete,
                      predictions=predictions)  # fmt: skip


def _within(one: Candidate, now: Precision) -> Experiment | None:
    """L1 and L4 of the same runs, between two premises that lead to the same line."""
    ratios = [orders[2] / orders[0] for orders in one.by_loss]
    if len(ratios) < 2 or max(ratios) / min(ratios) < 1.01:
        return None
    separation = math.log(max(ratios) / min(ratios)) / (math.sqrt(2.0) * now.alpha)
    times = max((now.needed / separation) ** 2, 1.0)
    if times > _MOST_TIMES:
        return None
    said = "; ".join(
        f"{':'.join(f'{x:g}' for x in orders)} for a {premise}"
        for orders, premise in zip(one.by_loss, one.premises, strict=True)
    )
    text = (
        f"evaluate the same runs in L1 and L4, which tells what leads to {one.name}. L1 : L2 : L4 "
        f"are as {said}. At the present error the ratio of L4 to L1 differs by {separation:.1f} "
        "standard errors"
    )
    if times > 1.05:
        text += f"; {significant(times, 2)} times as many runs would tell"
    predictions = tuple(
        (f"{premise}: L4 over L1", ratio)
        for premise, ratio in zip(one.premises, ratios, strict=True)
    )
    return Experiment(one.name, one.name, "loss", text, times - 1.0, separation,
                      predictions=predictions)  # fmt: skip


def _orders(one: Candidate) -> str:
    """``"3/d says 2:3:5 or 1.5:3:6"``."""
    said = [":".join(f"{x:g}" for x in orders) for orders in one.by_loss]
    return f"{one.name} says {' or '.join(said)}"


def _better_dimension(a: Candidate, b: Candidate, now: Precision, gap: float) -> Experiment | None:
    """A better d, where it is what stands in the way."""
    values = ((a.name, a.value), (b.name, b.value))
    if now.d_open:
        text = "measure d from both sides; it is only known to be at least " + significant(now.d, 3)
        return Experiment(a.name, b.name, "dimension", text, 0.0, None)
    if now.dimension == 0.0:
        return None
    allowed = (gap / now.needed) ** 2 - now.alpha**2
    if allowed <= 0 or now.dimension <= math.sqrt(allowed):
        return None
    z = half_width(now.level)
    wanted, present = (100 * math.expm1(z * x) for x in (math.sqrt(allowed), now.dimension))
    text = (
        f"measure d to within {significant(wanted, 2)} % (now {significant(present, 2)} %; "
        f"{100 * now.share:.0f} % of the variance of alpha over a line is due to d). No new runs"
    )
    separation = gap / math.hypot(now.alpha, math.sqrt(allowed))
    return Experiment(a.name, b.name, "dimension", text, 0.0, separation, predictions=values)


def _other_variable(a: Candidate, b: Candidate, now: Precision) -> Experiment | None:
    """Parameters against data: label noise changes the exponent of data alone."""
    for noisy, clean in ((a, b), (b, a)):
        if noisy.noisy_order is None or not clean.clean_everywhere:
            continue
        in_parameters = noisy.noisy_order / now.d
        times_over = in_parameters / noisy.value
        separation = math.log(times_over) / (math.sqrt(2.0) * now.alpha)
        times = max((now.needed / separation) ** 2, 1.0)
        text = (
            f"vary the parameters at the largest amount of data. {noisy.name} says that their "
            f"exponent is {significant(in_parameters, 3)}, {significant(times_over, 3)} times that "
            f"of data; {clean.name} says that both are the same. As many runs again as precise "
            f"differ by {separation:.1f} standard errors"
        )
        if times > 1.05:
            text += f"; {significant(times, 2)} times as many would tell"
        return Experiment(
            a.name, b.name, "variable", text, times, separation, variable="parameters",
            predictions=((noisy.name, in_parameters), (clean.name, clean.value)),
        ) if times <= _MOST_TIMES else None  # fmt: skip
    return None


def _more_runs(
    a: Candidate, b: Candidate, now: Precision, gap: float, alpha: float,
    variable: str | None, sweep: Sweep | None,
) -> Experiment | None:  # fmt: skip
    """More runs of the same kind, or the same number over a wider range."""
    if now.d_open:
        return None
    allowed = (gap / now.needed) ** 2 - now.dimension**2
    if allowed <= 0:
        return None  # d alone blurs the two; no number of runs helps
    times = max(now.alpha**2 / allowed, 2.0)  # a second sweep is the least that tells anything
    if times > _MOST_TIMES:
        return None
    wider = math.sqrt(times)
    separation = gap / math.hypot(now.alpha / wider, now.dimension)
    runs = decades = None
    name = {"data": "data", "parameters": "parameters", "width": "width"}.get(variable or "", "")
    if sweep is not None:
        # what the present error amounts to as noise, the price of a fitted floor included
        noise = now.alpha * alpha / slope_error(1.0, sweep.decades, sweep.runs)
        runs = math.ceil(runs_for(now.alpha * alpha / wider, noise, sweep.decades) - 1e-9)
        decades = sweep.decades
        ends = joined([format_variable(sweep.column, x) for x in (sweep.low, sweep.high)])
        text = (
            f"{runs:,} runs in all ({sweep.runs:,} now) between {ends} of {sweep.column}, or "
            f"{sweep.runs:,} over {wider * decades:.1f} decades instead of {decades:.1f}"
        )
    else:
        text = (
            f"{significant(times, 2)} times as many runs over the same range"
            f"{f' of {name}' if name else ''}, or as many over {significant(wider, 2)} times as "
            "many decades"
        )
    text += f". {a.name} says {significant(a.value, 3)}, {b.name} {significant(b.value, 3)}"
    if now.share > 0.5:
        text += f". {100 * now.share:.0f} % of the variance is due to d, which runs do not lower"
    return Experiment(
        a.name, b.name, "runs", text, times - 1.0, separation, True, name, runs, decades,
        ((a.name, a.value), (b.name, b.value)),
    )  # fmt: skip


def _plain(value: float | None) -> float | str | None:
    return None if value is None else plain(value)


def _number(value: float | str | None) -> float | None:
    return None if value is None else number(value)
