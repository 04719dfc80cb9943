"""The doors to forecasts of learning curves: one curve, a table of curves, a comparison of laws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, overload

import numpy as np

from lawcast._errors import ArgumentError, UnitError, worst_first
from lawcast._threads import one_thread
from lawcast._units import format_variable, parse_multiple, parse_variable
from lawcast._values import DEFAULT_LEVEL, Array, check_level
from lawcast.fitting.contest import Contest, compare_on_table
from lawcast.fitting.extrapolation.calibration import Calibration, shipped
from lawcast.fitting.extrapolation.collection import Extrapolations
from lawcast.fitting.extrapolation.comparison import LawComparison, compare_laws
from lawcast.fitting.extrapolation.curve import Curve, prepare_curve
from lawcast.fitting.extrapolation.families import NO_CHANGE
from lawcast.fitting.extrapolation.from_table import columns_of, curve_of, curves_of
from lawcast.fitting.extrapolation.judgement import findings_of, status_of
from lawcast.fitting.extrapolation.metrics import Metric, make_metric
from lawcast.fitting.extrapolation.refit import refit, roll_curve
from lawcast.fitting.extrapolation.result import (
    Extrapolation,
    LawShare,
    average_at,
    interval_ends,
    places_of,
)
from lawcast.fitting.extrapolation.rolling import Rolling
from lawcast.laws.law import Law
from lawcast.runs.table import Runs

DEFAULT_AT = ("2x", "4x", "8x")
"""Where a curve is forecast unless the caller says otherwise."""

At = float | str | Sequence[float | str] | Array


@overload
def extrapolate(
    x: Runs,
    y: str | None = None,
    *,
    by: str,
    at: At = ...,
    variable: str | None = ...,
    level: float = ...,
    metric: str = ...,
    chance: float | None = ...,
    ceiling: float | None = ...,
    calibration: Literal["auto", "shipped"] | Calibration = ...,
    name: str = ...,
) -> Extrapolations: ...


@overload
def extrapolate(
    x: Any,
    y: Any = None,
    *,
    by: None = None,
    at: At = ...,
    variable: str | None = ...,
    level: float = ...,
    metric: str = ...,
    chance: float | None = ...,
    ceiling: float | None = ...,
    calibration: Literal["auto", "shipped"] | Calibration = ...,
    name: str = ...,
) -> Extrapolation: ...


def extrapolate(
    x: Any,
    y: Any = None,
    *,
    by: str | None = None,
    at: At = DEFAULT_AT,
    variable: str | None = None,
    level: float = DEFAULT_LEVEL,
    metric: str = "loss",
    chance: float | None = None,
    ceiling: float | None = None,
    calibration: Literal["auto", "shipped"] | Calibration = "auto",
    name: str = "",
) -> Extrapolation | Extrapolations:
    """Forecast a learning curve beyond its data, with an interval that was tested.

    Five laws (M2, M3, shifted, M4, BNSL with one break) are averaged with no change, late points
    weighing most; see ``docs/extrapolation.md`` for the rule and its measured accuracy.

    Args:
        x: (n,) positive sizes, tokens, steps or compute, in any order; or a table of runs.
        y: (n,) losses (or another metric, see ``metric``); for a table the name of the column,
            ``"loss"`` if not given.
        by: for a table: the column whose values name the curves.
        at: where to forecast: numbers in the unit of x, ``"2x"`` for twice the largest x, or a
            list; 2x, 4x and 8x if not given.
        variable: for a table: the column that is x; for arrays: what x counts, for the texts.
        level: nominal coverage of the intervals.
        metric: ``"loss"``, ``"error"``, ``"accuracy"`` or ``"perplexity"``.
        chance: value of a random guess, where known.
        ceiling: best accuracy possible, 1 if not given.
        calibration: ``"auto"`` re-fits the constants on a table of 20 curves or more; else, and
            with ``"shipped"``, the packaged ones are used.
        name: name of the curve, for texts.

    Returns:
        An :class:`Extrapolation`, or :class:`Extrapolations` where ``by`` is given.

    Raises:
        ArgumentError: arguments that contradict each other, a level outside (0, 1).
        UnitError: a target that is not a positive size.
        FitRefused: a curve that cannot be forecast (fewer than four places in x, values outside
            the metric's range).
        UnknownNameError: no such column or metric.
    """
    level = check_level(level)
    kind = make_metric(metric, chance=chance, ceiling=ceiling)
    if isinstance(x, Runs):
        x_name, y_name = columns_of(x, variable, y)
        if by is not None:
            return _extrapolate_table(x, by, x_name, y_name, kind, at, level, calibration)
        curve = curve_of(x, x_name, y_name, kind, name)
        return _extrapolate_curve(curve, x_name, y_name, at, level, calibration)
    _require_arrays(x, y, by)
    curve = prepare_curve(x, y, metric=kind, name=name)
    return _extrapolate_curve(curve, variable or "x", kind.name, at, level, calibration)


@overload
def compare(
    x: Runs,
    y: Sequence[str | Law],
    *,
    holdout: str = ...,
    variable: str | None = ...,
    rng: int | np.random.Generator = ...,
) -> Contest: ...


@overload
def compare(
    x: Any,
    y: Any = None,
    *,
    by: str | None = ...,
    variable: str | None = ...,
    metric: str = ...,
    chance: float | None = ...,
    ceiling: float | None = ...,
) -> LawComparison: ...


def compare(
    x: Any,
    y: Any = None,
    *,
    by: str | None = None,
    variable: str | None = None,
    metric: str = "loss",
    chance: float | None = None,
    ceiling: float | None = None,
    holdout: str = "largest",
    rng: int | np.random.Generator = 0,
) -> LawComparison | Contest:
    """Backtest laws side by side: on learning curves, or on a table of runs.

    On one curve, or on a table with ``by``, every law that :func:`extrapolate` averages is shown
    beside the average: each curve is cut at earlier points, forecast from there with the shipped
    rule, and compared with what came. On a table with a list of laws, each law is fitted without
    the largest runs and tested on them.

    Args:
        x, y, by, variable, metric, chance, ceiling: as for :func:`extrapolate`; or ``x`` a table
            and ``y`` a list of laws, as in ``compare(runs, ["chinchilla", "kaplan"])``.
        holdout: for a list of laws: ``"largest"``.
        rng: for a list of laws: seed or generator of the starts.

    Raises:
        ArgumentError, FitRefused, UnknownNameError: as for :func:`extrapolate`.
        TableError: the table cannot be used for the laws.
    """
    if isinstance(x, Runs) and y is not None and not isinstance(y, str):
        if not isinstance(y, (list, tuple)):
            raise ArgumentError("for a table, y is the name of a column or a list of laws")
        if by is not None:
            raise ArgumentError("by= goes with curves; a list of laws is compared on all runs")
        return compare_on_table(x, y, holdout=holdout, variable=variable, rng=rng)
    kind = make_metric(metric, chance=chance, ceiling=ceiling)
    rule = shipped().rule
    if isinstance(x, Runs) and by is not None:
        x_name, y_name = columns_of(x, variable, y)
        curves, _ = curves_of(x, by, x_name, y_name, kind)
    elif isinstance(x, Runs):
        x_name, y_name = columns_of(x, variable, y)
        curves = [curve_of(x, x_name, y_name, kind, "")]
    else:
        _require_arrays(x, y, by)
        curves = [prepare_curve(x, y, metric=kind)]
    with one_thread():
        rollings = [roll_curve(curve, rule) for curve in curves]
    return compare_laws([(c.name, r) for c, r in zip(curves, rollings, strict=True)])


def _require_arrays(x: Any, y: Any, by: str | None) -> None:
    """Arrays of one curve, and not a table that was not read.

    Raises:
        ArgumentError: a file name, a frame, or ``by`` without a table; or y is missing.
    """
    if isinstance(x, (str, Mapping)) or hasattr(x, "columns") or by is not None:
        raise ArgumentError(
            "a table is read first: "
            'extrapolate(read_runs(table, checkpoints="all", duplicates="all"), by="run"); '
            "arrays hold one curve"
        )
    if y is None:
        raise ArgumentError("y is missing: give the losses, one for each x")


def _extrapolate_table(
    runs: Runs,
    by: str,
    x_name: str,
    y_name: str,
    metric: Metric,
    at: At,
    level: float,
    calibration: Literal["auto", "shipped"] | Calibration,
) -> Extrapolations:
    curves, refused = curves_of(runs, by, x_name, y_name, metric)
    constants = _constants(calibration)
    with one_thread():
        rollings: Sequence[Rolling] = [roll_curve(curve, constants.rule) for curve in curves]
        if calibration == "auto":
            constants, rollings = refit(curves, rollings, constants)
        made = [
            _one(curve, rolling, x_name, y_name, _targets(at, curve, x_name), level, constants)
            for curve, rolling in zip(curves, rollings, strict=True)
        ]
    return Extrapolations(tuple(made), tuple(refused))


def _extrapolate_curve(
    curve: Curve,
    variable: str,
    response: str,
    at: At,
    level: float,
    calibration: Literal["auto", "shipped"] | Calibration,
) -> Extrapolation:
    constants = _constants(calibration)
    targets = _targets(at, curve, variable)
    with one_thread():
        rolling = roll_curve(curve, constants.rule)
        return _one(curve, rolling, variable, response, targets, level, constants)


def _one(
    curve: Curve,
    rolling: Rolling,
    variable: str,
    response: str,
    targets: Array,
    level: float,
    constants: Calibration,
) -> Extrapolation:
    made = average_at(curve, places_of(curve, targets), constants)
    value, low, high = interval_ends(curve, constants, rolling, made, targets, level)
    shares = [
        LawShare(law.law, law.weight, curve.metric.from_loss(np.exp(law.log_y)), law.dropped)
        for law in made.laws
    ]
    if made.lean > 0.0:
        level_value = curve.metric.from_loss(np.full(targets.size, np.exp(made.level)))
        shares.append(LawShare(NO_CHANGE, made.lean, level_value, 0.0))
    found = findings_of(curve, made, rolling, targets, constants)
    return Extrapolation(
        curve=curve,
        variable=variable,
        response=response,
        at=targets,
        value=value,
        low=low,
        high=high,
        level=level,
        laws=tuple(sorted(shares, key=lambda share: -share.weight)),
        noise=made.noise,
        bend_shift=made.bend_shift,
        rolling=rolling,
        calibration=constants,
        findings=worst_first((*curve.findings, *found)),
        status=status_of(made),
    )


def _constants(calibration: object) -> Calibration:
    if isinstance(calibration, Calibration):
        return calibration
    if isinstance(calibration, str) and calibration in ("auto", "shipped"):
        return shipped()
    raise ArgumentError(f"calibration= is 'auto', 'shipped' or a Calibration, not {calibration!r}")


def _targets(at: At, curve: Curve, variable: str) -> Array:
    """(q,) targets in the unit of x.

    Raises:
        ArgumentError: none is given.
        UnitError: one is not a positive size, or lies below the first point of the curve.
    """
    if isinstance(at, str):
        items: list[Any] = [part for part in at.split(",") if part.strip()]
    elif np.ndim(at) == 0:
        items = [at]
    else:
        items = list(at)  # type: ignore[arg-type]
    if not items:
        raise ArgumentError('at= is empty; say where to forecast, for instance at="2x,8x"')
    targets = np.array([_target(item, curve.x_max, variable) for item in items], dtype=float)
    bad = ~(np.isfinite(targets) & (targets > 0.0))
    if bad.any():
        raise UnitError(
            f"a target is a positive {variable}, not {items[int(np.argmax(bad))]!r}; "
            'for instance at="2x"'
        )
    first = float(curve.x[0])
    below = targets < first * (1.0 - 1e-9)
    if below.any():
        wrong = items[int(np.argmax(below))]
        raise UnitError(
            f"the target {wrong!r} lies below the first point of the curve "
            f"({format_variable(variable, first)}): a forecast goes beyond the last one "
            f'({format_variable(variable, curve.x_max)}). For a multiple of that, write "2x"'
        )
    return targets


def _target(item: Any, x_max: float, variable: str) -> float:
    if isinstance(item, str):
        multiple = parse_multiple(item)
        return multiple * x_max if multiple is not None else parse_variable(variable, item)
    try:
        if isinstance(item, (bool, np.bool_)):
            raise TypeError
        return float(item)
    except (TypeError, ValueError, OverflowError):
        raise UnitError(f"a target is a number or a text like '2x', not {item!r}") from None
