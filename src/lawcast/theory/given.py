"""What was handed over to be explained: an exponent and a dimension in any of their forms."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, TypeAlias

import numpy as np

from lawcast._errors import ArgumentError, Finding, UnknownNameError
from lawcast._tables import joined, significant
from lawcast._values import (
    DEFAULT_LEVEL,
    Estimate,
    HasDimension,
    HasExponents,
    HasParameters,
    Interval,
    half_width,
)
from lawcast.theory import explanation_findings as kinds
from lawcast.theory.experiments import Sweep
from lawcast.theory.variables import find_variable

AlphaLike: TypeAlias = float | Estimate | HasParameters
DimensionLike: TypeAlias = float | Estimate | HasDimension | tuple[float, float, float]

LEAST_ALPHA, MOST_ALPHA = 1e-6, 1e3
LEAST_DIMENSION, MOST_DIMENSION = 0.01, 1e6
"""What can be explained: beyond it no line of theory lies, and numbers would be cut off."""

_OF_NAME = {"alpha": "params", "aN": "params", "beta": "tokens", "aD": "tokens"}
"""Exponents of laws that are no sums of powers -> the column that each belongs to."""

_OUTER = {"skaling": "k"}
"""Laws that raise a sum of powers to a power -> that power; the loss falls with the product."""

_BROKEN = re.compile(r"bnsl(-\d+)?")
_CHANGE = re.compile(r"c[1-9]\d*")
_FIRST = {"bnsl": "before the first break", "m3": "at small sizes, far above the floor"}
"""Laws whose exponent is that of a part -> which part."""


@dataclass(frozen=True)
class GivenAlpha:
    """An exponent.

    Args:
        estimate: its value and interval, in which the value lies.
        known: whether the interval lies above zero.
        name: its name in the fit; empty for a number.
        variable: what it is about; None where that is not known.
        sweep: the runs behind it; None for a number.
        findings: what to know.
    """

    estimate: Estimate
    known: bool
    name: str = ""
    variable: str | None = None
    sweep: Sweep | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class GivenDimension:
    """A dimension.

    Args:
        estimate: its value and interval; where it is bounded below alone, the bound, and an
            interval without end.
        at_least: whether that is so.
        findings: what to know.
    """

    estimate: Estimate
    at_least: bool = False
    findings: tuple[Finding, ...] = ()


def read_alpha(
    alpha: object,
    *,
    interval: object = None,
    se: object = None,
    exponent: str | None = None,
    variable: str | None = None,
    level: float | None = None,
) -> GivenAlpha:
    """The exponent, checked.

    Raises:
        ArgumentError: not a positive number, or arguments that contradict each other.
        UnknownNameError: no such exponent or variable.
    """
    named = None if variable is None else find_variable(variable)
    if isinstance(alpha, HasParameters):
        if interval is not None or se is not None:
            raise ArgumentError(
                "a fit brings its own interval; leave interval and se out, or pass a number"
            )
        return _of_fit(alpha, exponent, named)
    if exponent is not None:
        raise ArgumentError("exponent names a parameter of a fit; leave it out for a number")
    if isinstance(alpha, HasDimension):
        raise ArgumentError(
            "the first argument is a dimension; the exponent, or the fit, goes first"
        )
    if isinstance(alpha, Estimate):
        if interval is not None or se is not None:
            raise ArgumentError("an Estimate brings its own interval; leave interval and se out")
        value, ends = _alpha(alpha.value, "alpha"), alpha.interval
    else:
        value = _alpha(alpha, "alpha")
        ends = _interval(value, interval, se, level)
    return _known(value, ends, "", named, None, ())


def _of_fit(fit: HasParameters, exponent: str | None, variable: str | None) -> GivenAlpha:
    law = fit.law
    name = _exponent_of(law, exponent)
    _refuse_part(fit, name)
    column = _column_of(law, name)
    if variable is None:
        variable = _variable_of(column, name)
    findings = []
    if not fit.status.ok:
        findings.append(
            kinds.FIT_NOT_OK.found(
                f"the fit is not to be relied on: {fit.status.text}",
                fix="repair the fit first; lawcast check says what is wrong with the runs",
            )
        )
    if any(f.code == "F001" and f.message.startswith(f"{name} (") for f in fit.findings):
        findings.append(
            kinds.AT_BOUND.found(
                f"{name} ended at the edge of its domain, so its value is where the search stopped",
                fix="try a law without it, or runs over a wider range",
            )
        )
    part = _FIRST.get("bnsl" if _BROKEN.fullmatch(law.name) else law.name)
    if part is not None:
        findings.append(
            kinds.PART_OF_CURVE.found(
                f"{name} of the law {law.name!r} is the exponent {part}",
                fix="fit the runs of one regime with power-floor; lawcast local-exponent finds it",
            )
        )
    elif law.floor is None:
        findings.append(
            kinds.NO_FLOOR.found(
                f"the law {law.name!r} has no floor, so {name} is the slope of the raw loss; a "
                "floor makes that smaller than the exponent theory speaks of",
                fix="fit a law with a floor, such as power-floor, or subtract the known floor",
            )
        )
    estimate = fit.parameters[name]
    value = _alpha(estimate.value, f"the exponent {name}")
    sweep = None
    if column in fit.columns:
        sizes = np.asarray(fit.columns[column], dtype=float)
        if sizes.size and 0 < sizes.min() < sizes.max():
            sweep = Sweep(column, int(sizes.size), float(sizes.min()), float(sizes.max()))
    return _known(value, estimate.interval, name, variable, sweep, findings)


def _exponent_of(law: HasExponents, exponent: str | None) -> str:
    if exponent is not None:
        if exponent not in law.exponents:
            raise UnknownNameError(f"exponent of the law {law.name!r}", exponent, law.exponents)
        return exponent
    usable = [e for e in law.exponents if not _is_change(law, e)]
    if len(usable) == 1:
        return usable[0]
    if not usable:
        raise ArgumentError(
            f"the law {law.name!r} declares no exponent; pass the number itself, as an Estimate"
        )
    listed = [f"{name} ({column})" if (column := _column_of(law, name)) else name
              for name in usable]  # fmt: skip
    raise ArgumentError(
        f"the law {law.name!r} has several exponents: {joined(listed)}. Say which one to explain: "
        + " or ".join(f'exponent="{name}"' for name in usable)
    )


def _is_change(law: HasExponents, name: str) -> bool:
    """Whether a parameter is a change of exponent at a break."""
    return bool(_BROKEN.fullmatch(law.name) and _CHANGE.fullmatch(name))


def _refuse_part(fit: HasParameters, name: str) -> None:
    """Refuse a parameter that is no exponent of the loss by itself, and say what is.

    Raises:
        ArgumentError: it is inside a sum that is raised to a power, or a change at a break.
    """
    law, values = fit.law, {n: e.value for n, e in fit.parameters.items()}
    outer = _OUTER.get(law.name)
    if outer is not None:
        whole, whole_name = values[name] * values[outer], f"{name}·{outer}"
        why = f"stands inside a sum that is raised to the power {outer}"
    elif _is_change(law, name):
        parts = ["c0", *(f"c{i}" for i in range(1, int(name[1:]) + 1))]
        whole, whole_name = sum(values[part] for part in parts), " + ".join(parts)
        why = f"is the change of the exponent at break {name[1:]}"
    else:
        return
    raise ArgumentError(
        f"{name} of the law {law.name!r} {why}, so the loss does not fall with it: its exponent is "
        f"{whole_name} = {significant(whole, 3)}. Explain that number with an interval of its own, "
        "or fit a law whose exponent is a parameter, such as chinchilla or power-floor"
    )


def _column_of(law: HasExponents, name: str) -> str:
    """The column that an exponent belongs to; empty where that is not known."""
    for term in law.terms or ():
        for column, exponent in term.exponents.items():
            if exponent == name:
                return column
    if len(law.variables) == 1:
        return law.variables[0]
    column = _OF_NAME.get(name, "")
    return column if column in law.variables else ""


def _variable_of(column: str, name: str) -> str:
    if column:
        with contextlib.suppress(UnknownNameError):
            return find_variable(column)
    of = f"of {column!r}" if column else "of a column that the law does not tell"
    raise ArgumentError(
        f"{name} is an exponent {of}, and theory speaks of data, parameters or width. Fit the loss "
        'against one of them, or say what it stands for, such as variable="data"'
    )


def _known(
    value: float, ends: Interval | None, name: str, variable: str | None, sweep: Sweep | None,
    findings: Sequence[Finding],
) -> GivenAlpha:  # fmt: skip
    """The exponent with what its interval lacks, as findings."""
    found, called = list(findings), name or "alpha"
    if ends is not None and not (math.isfinite(ends.low) and math.isfinite(ends.high)):
        ends = None
    if ends is None:
        found.append(
            kinds.NO_INTERVAL.found(
                f"{called} has no interval, so no line can be excluded",
                fix="give its interval or standard error, or fit with bootstrap=1000",
            )
        )
    elif ends.high > MOST_ALPHA:
        raise ArgumentError(
            f"the interval of {called} ends at {ends.high:g}, and an exponent that can be "
            f"explained lies below {MOST_ALPHA:g}; give an interval that says where it lies"
        )
    elif ends.low < LEAST_ALPHA:
        found.append(
            kinds.REACHES_ZERO.found(
                f"the interval of {called} reaches {significant(ends.low, 3)}, so that no power "
                "law is shown; everything is undecided",
                fix="more runs, or runs over a wider range",
            )
        )
    else:
        value, moved = _centred(value, ends, called)
        found += moved
    known = ends is not None and LEAST_ALPHA <= ends.low < ends.high
    if ends is not None and ends.low == ends.high:
        raise ArgumentError(f"the interval of {called} has no width; give its two ends")
    return GivenAlpha(Estimate(value, ends), known, name, variable, sweep, tuple(found))


def read_dimension(dimension: object, level: float | None = None) -> GivenDimension:
    """The dimension, checked.

    Raises:
        ArgumentError: not a positive number, or an interval that does not hold it.
    """
    if isinstance(dimension, HasParameters):
        raise ArgumentError("the second argument is a fit; the dimension goes second")
    if isinstance(dimension, HasDimension):
        return _of_dimension(dimension)
    if isinstance(dimension, Estimate):
        value, ends = _dimension(dimension.value, "the dimension"), dimension.interval
    elif isinstance(dimension, (tuple, list)):
        if len(dimension) != 3:
            raise ArgumentError(
                f"a dimension is a number or (value, low, high), not {len(dimension)} numbers"
            )
        value = _dimension(dimension[0], "the dimension")
        ends = _ends(dimension[1:], DEFAULT_LEVEL if level is None else level, "the dimension")
        _require_inside(value, ends, "the dimension")
    else:
        value, ends = _dimension(dimension, "the dimension"), None
    return _with_ends(value, ends)


def _of_dimension(dimension: HasDimension) -> GivenDimension:
    if dimension.status.ok and math.isfinite(dimension.value):
        return _with_ends(_dimension(dimension.value, "the dimension"), dimension.interval)
    verdict, interval = dimension.adequacy, dimension.interval
    lows = [] if verdict is None or verdict.lower is None else [verdict.lower]
    lows += [] if interval is None else [interval.low]
    bounds = [x for x in lows if math.isfinite(x) and x > 0] or [dimension.value]
    if not math.isfinite(bounds[0]):
        raise ArgumentError(
            "the dimension is infinite and has no lower bound, so it says nothing about an "
            "exponent; measure it with more points"
        )
    level = DEFAULT_LEVEL if interval is None else interval.level
    return _from(min(bounds), level, f"{dimension.status.text.rstrip('.')}. ")


def _with_ends(value: float, ends: Interval | None) -> GivenDimension:
    if ends is None or ends.low == ends.high:
        found = kinds.DIMENSION_EXACT.found(
            f"the dimension has no interval and is taken as exactly {significant(value, 4)}",
            fix="lawcast dimension measures it with one",
        )
        return GivenDimension(Estimate(value), False, (found,))
    if ends.high > MOST_DIMENSION:
        return _from(ends.low, ends.level, "")
    if ends.low < LEAST_DIMENSION:
        raise ArgumentError(
            f"the interval of the dimension starts at {ends.low:g}, and a dimension is above 0; "
            f"one that can be explained is {LEAST_DIMENSION:g} or more"
        )
    value, moved = _centred(value, ends, "the dimension")
    return GivenDimension(Estimate(value, ends), False, tuple(moved))


def _from(low: float, level: float, why: str) -> GivenDimension:
    low = _dimension(low, "the lower bound of the dimension")
    found = kinds.DIMENSION_BOUND.found(
        f"{why}d is taken as at least {significant(low, 3)}, and only what every d from there "
        "upwards forbids is excluded",
        fix="more points, or fewer dimensions: a hidden layer in place of the input",
    )
    return GivenDimension(Estimate(low, Interval(low, math.inf, level, "bound")), True, (found,))


def _centred(value: float, ends: Interval, called: str) -> tuple[float, list[Finding]]:
    """A value inside its interval, and a finding where it had to be moved there."""
    if value in ends:
        return value, []
    middle = math.sqrt(ends.low * ends.high)
    found = kinds.OFF_CENTRE.found(
        f"{called} is {significant(value, 4)}, outside its own interval "
        f"[{significant(ends.low, 4)}, {significant(ends.high, 4)}]; the middle "
        f"{significant(middle, 4)} is taken"
    )
    return middle, [found]


def _interval(value: float, interval: object, se: object, level: float | None) -> Interval | None:
    """The interval of a bare number."""
    level = DEFAULT_LEVEL if level is None else level
    if interval is not None and se is not None:
        raise ArgumentError("give an interval or a standard error, not both")
    if isinstance(interval, Interval):
        ends = interval
    elif interval is not None:
        if not isinstance(interval, (tuple, list)) or len(interval) != 2:
            raise ArgumentError(f"an interval is (low, high), not {interval!r}")
        ends = _ends(interval, level, "alpha")
    elif se is not None:
        width = half_width(level) * _positive(se, "the standard error")
        ends = Interval(value - width, value + width, level, "standard error")
    else:
        return None
    _require_inside(value, ends, "alpha")
    return ends


def _ends(ends: Sequence[Any], level: float, called: str) -> Interval:
    low, high = (_real(end, f"an end of the interval of {called}") for end in ends)
    if not low < high:
        raise ArgumentError(
            f"the interval of {called} runs from {low:g} to {high:g}; the lower end goes first"
        )
    return Interval(low, high, level, "given")


def _require_inside(value: float, ends: Interval, called: str) -> None:
    if value not in ends:
        raise ArgumentError(
            f"{called} is {value:g}, outside its interval [{ends.low:g}, {ends.high:g}]; "
            "one of the three numbers is wrong"
        )


def _real(value: object, called: str) -> float:
    if isinstance(value, bool) or not isinstance(value, Real) or math.isnan(float(value)):
        raise ArgumentError(f"{called} is a number, not {_shown(value)}")
    return float(value)


def _positive(value: object, called: str) -> float:
    number = _real(value, called)
    if not 0.0 < number < math.inf:
        sign = "; the loss falls as size^-alpha, so give the slope without its minus sign"
        why = sign if "alpha" in called or "exponent" in called else ""
        raise ArgumentError(f"{called} is a number above 0, not {_shown(value)}{why}")
    return number


def _alpha(value: object, called: str) -> float:
    number = _positive(value, called)
    if not LEAST_ALPHA <= number <= MOST_ALPHA:
        raise ArgumentError(
            f"{called} is {number:g}, and an exponent that can be explained lies between "
            f"{LEAST_ALPHA:g} and {MOST_ALPHA:g}: lines of theory are near 0.01 to 10. Check its "
            "sign, its unit and whether it is the slope of a logarithm"
        )
    return number


def _dimension(value: object, called: str) -> float:
    number = _positive(value, called)
    if not LEAST_DIMENSION <= number <= MOST_DIMENSION:
        raise ArgumentError(
            f"{called} is {number:g}, and a dimension that can be explained lies between "
            f"{LEAST_DIMENSION:g} and {MOST_DIMENSION:g}; measure it with lawcast dimension"
        )
    return number


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else type(value).__name__
