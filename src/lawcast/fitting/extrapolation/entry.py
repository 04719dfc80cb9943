"""The doors to forecasts of learning curves: one curve, a table of curves, a comparison of laws."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, overload

import numpy as np

from lawcast._errors import ArgumentError, Finding, FitRefused, UnitError, worst_first
from lawcast._tables import joined
from lawcast._units import parse_multiple, parse_variable
from lawcast._values import DEFAULT_LEVEL, Array, Status
from lawcast.fitting.extrapolation import hygiene
from lawcast.fitting.extrapolation.averaging import TREND, Average
from lawcast.fitting.extrapolation.calibration import Calibration, shipped
from lawcast.fitting.extrapolation.collection import Extrapolations, Refused
from lawcast.fitting.extrapolation.comparison import LawComparison, compare_laws
from lawcast.fitting.extrapolation.curve import Curve, prepare_curve
from lawcast.fitting.extrapolation.families import DOUBLING, NO_CHANGE
from lawcast.fitting.extrapolation.findings import (
    X011,
    X012,
    X013,
    X014,
    X015,
    X016,
    X018,
)
from lawcast.fitting.extrapolation.metrics import Metric, make_metric
from lawcast.fitting.extrapolation.parallel import for_each
from lawcast.fitting.extrapolation.refit import refit, roll_curve
from lawcast.fitting.extrapolation.result import (
    Extrapolation,
    LawShare,
    average_at,
    interval_ends,
    places_of,
)
from lawcast.fitting.extrapolation.rolling import Rolling
from lawcast.runs.table import Runs, text_of

VARIABLES = ("tokens", "step", "compute", "params", "unique_tokens", "width")
"""Columns that may be the x of a curve, the first that varies within curves is taken."""

_DEFAULT_AT = ("2x", "4x", "8x")

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
    at: At = _DEFAULT_AT,
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
    _check_level(level)
    kind = make_metric(metric, chance=chance, ceiling=ceiling)
    if isinstance(x, Runs):
        x_name, y_name = _columns_of(x, variable, y)
        if by is not None:
            return _extrapolate_table(x, by, x_name, y_name, kind, at, level, calibration)
        curve = _curve_of(x, x_name, y_name, kind, name)
        return _extrapolate_curve(curve, x_name, y_name, at, level, calibration)
    if by is not None:
        raise ArgumentError("by= names a column of a table of runs; arrays hold one curve")
    if y is None:
        raise ArgumentError("y is missing: give the losses, one for each x")
    curve = prepare_curve(x, y, metric=kind, name=name)
    return _extrapolate_curve(curve, variable or "x", kind.name, at, level, calibration)


def compare(
    x: Any,
    y: Any = None,
    *,
    by: str | None = None,
    variable: str | None = None,
    metric: str = "loss",
    chance: float | None = None,
    ceiling: float | None = None,
) -> LawComparison:
    """Backtest every law beside the average, on one curve or on a table of curves.

    Each curve is cut at several earlier points, forecast from there with the shipped rule, and
    compared with what came.

    Args:
        x, y, by, variable, metric, chance, ceiling: as for :func:`extrapolate`.

    Raises:
        ArgumentError, FitRefused, UnknownNameError: as for :func:`extrapolate`.
    """
    kind = make_metric(metric, chance=chance, ceiling=ceiling)
    rule = shipped().rule
    if isinstance(x, Runs) and by is not None:
        x_name, y_name = _columns_of(x, variable, y)
        curves, _ = _curves_of(x, by, x_name, y_name, kind)
        rollings = for_each(lambda curve: roll_curve(curve, rule), curves)
        pairs = [(c.name, r) for c, r in zip(curves, rollings, strict=True)]
        return compare_laws(pairs)
    if isinstance(x, Runs):
        x_name, y_name = _columns_of(x, variable, y)
        curve = _curve_of(x, x_name, y_name, kind, "")
    elif by is not None:
        raise ArgumentError("by= names a column of a table of runs; arrays hold one curve")
    elif y is None:
        raise ArgumentError("y is missing: give the losses, one for each x")
    else:
        curve = prepare_curve(x, y, metric=kind)
    return compare_laws([(curve.name, roll_curve(curve, rule))])


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
    curves, refused = _curves_of(runs, by, x_name, y_name, metric)
    constants = _constants(calibration)
    rollings: Sequence[Rolling] = for_each(lambda c: roll_curve(c, constants.rule), curves)
    if calibration == "auto":
        constants, rollings = refit(curves, rollings, constants)
    pairs = list(zip(curves, rollings, strict=True))
    made = for_each(
        lambda pair: _one(
            pair[0], pair[1], x_name, y_name, _targets(at, pair[0].x_max, x_name), level, constants
        ),
        pairs,
    )
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
    targets = _targets(at, curve.x_max, variable)
    rolling = for_each(lambda c: roll_curve(c, constants.rule), [curve])[0]
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
    found = _findings(curve, made, rolling, targets, constants)
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
        rolling=rolling,
        calibration=constants,
        findings=worst_first((*curve.findings, *found)),
        status=_status(made),
    )


OK = Status("ok", "forecast by the average of laws", True)
RISING = Status("rising", "the loss rises at the end of the curve; no law describes that", False)
NO_LAW = Status("no-law", "no law stays within the slope at the end; the level is given", False)
FLAT = Status(
    "flat", "the fall to come is smaller than the noise; the forecast is close to no change", True
)

_MOSTLY = 0.5


def _status(made: Average) -> Status:
    if not made.laws:
        return NO_LAW
    if made.laws[0].law == TREND:
        return RISING
    return FLAT if made.lean > _MOSTLY else OK


def _findings(
    curve: Curve, made: Average, rolling: Rolling, targets: Array, constants: Calibration
) -> list[Finding]:
    found = []
    reach = targets / curve.x_max
    falls = "falls" if curve.metric.falls else "rises"
    if made.laws and made.laws[0].law == TREND:
        change = 100.0 * (np.exp(made.slope * DOUBLING) - 1.0)
        found.append(
            X011.found(
                f"the curve gets worse at its end, by {change:.2g} % a doubling; its own line is "
                "carried on",
                fix="look at the run (repeated data, learning rate) before trusting any forecast",
            )
        )
    elif made.lean > _MOSTLY and curve.size > 1:
        found.append(
            X012.found(
                f"what the curve still {falls} over one doubling is below its noise "
                f"({100 * made.noise:.2g} % a point); {100 * made.lean:.0f} % of the forecast is "
                "no change",
                fix="average several evaluations or seeds at each checkpoint",
            )
        )
    straight = hygiene.straight_line(curve.u, np.log(curve.y), made.noise)
    if straight is not None and (reach > 1.0).any() and made.lean <= _MOSTLY:
        far = float(targets.max())
        level, slope = straight
        on = curve.metric.from_loss(np.exp([level + slope * np.log(far / curve.x_max)]))
        found.append(
            X018.found(
                f"the curve is still a straight line in log-log; if it stayed one, {far:.4g} would "
                f"see {float(on[0]):.4g}. The forecast allows for the bend that most curves show"
            )
        )
    inside = reach <= 1.0
    if inside.any():
        found.append(
            X013.found(
                f"{_some(targets[inside])} inside the data (up to {curve.x_max:.4g}): the value is "
                "the smoothed curve"
            )
        )
    far = reach > constants.farthest
    if far.any():
        found.append(
            X014.found(
                f"{_some(targets[far])} more than {constants.farthest:g}x beyond the data; no "
                "backtest reaches that far, so no interval is given",
                fix="forecast in steps, or train a run in between",
            )
        )
    untested = (reach > rolling.farthest * _BARELY) & ~far & ~inside
    if untested.any():
        tested = (
            f"its own backtest ends at {rolling.farthest:.2g}x"
            if rolling.cuts
            else "it is too short for a backtest of its own"
        )
        found.append(
            X015.found(
                f"{_some(targets[untested])} farther than the curve can be tested: {tested}; the "
                "interval relies on other curves"
            )
        )
    bounded = [law.law for law in made.laws if law.dropped > _MOSTLY]
    if bounded:
        found.append(
            X016.found(
                f"{joined(bounded)}: most of what fits falls too steeply beyond the data and was "
                "left out"
            )
        )
    if made.excluded and made.laws and made.laws[0].law != TREND:
        found.append(X016.found(f"{joined(made.excluded)}: dropped, nothing of it was usable"))
    return found


_BARELY = 1.05


def _some(targets: Array) -> str:
    if targets.size == 1:
        return f"the target {targets[0]:.4g} lies"
    return f"{targets.size} targets lie"


def _constants(calibration: object) -> Calibration:
    if isinstance(calibration, Calibration):
        return calibration
    if calibration in ("auto", "shipped"):
        return shipped()
    raise ArgumentError(f"calibration= is 'auto', 'shipped' or a Calibration, not {calibration!r}")


def _check_level(level: object) -> None:
    if isinstance(level, bool) or not isinstance(level, (int, float)) or not 0.0 < level < 1.0:
        raise ArgumentError(f"a level lies between 0 and 1, not {level!r}")


def _targets(at: At, x_max: float, variable: str) -> Array:
    """(q,) targets in the unit of x."""
    if isinstance(at, str):
        items: list[Any] = [part for part in at.split(",") if part.strip()]
    elif np.ndim(at) == 0:
        items = [at]
    else:
        items = list(at)  # type: ignore[arg-type]
    if not items:
        raise ArgumentError('at= is empty; say where to forecast, for instance at="2x,8x"')
    targets = np.array([_target(item, x_max, variable) for item in items], dtype=float)
    bad = ~(np.isfinite(targets) & (targets > 0.0))
    if bad.any():
        raise UnitError(
            f"a target is a positive {variable}, not {items[int(np.argmax(bad))]!r}; "
            'for instance at="2x"'
        )
    return targets


def _target(item: Any, x_max: float, variable: str) -> float:
    if isinstance(item, str):
        multiple = parse_multiple(item)
        return multiple * x_max if multiple is not None else parse_variable(variable, item)
    try:
        return float(item)
    except (TypeError, ValueError):
        raise UnitError(f"a target is a number or a text like '2x', not {item!r}") from None


def _columns_of(runs: Runs, variable: str | None, response: Any) -> tuple[str, str]:
    """Names of the columns of x and y."""
    if response is not None and not isinstance(response, str):
        raise ArgumentError("for a table, y is the name of a column")
    y_name = runs.resolve("loss" if response is None else response)
    runs[y_name]
    if variable is not None:
        x_name = runs.resolve(variable)
        runs[x_name]
        return x_name, y_name
    for candidate in VARIABLES:
        if candidate in runs and candidate != y_name:
            column = np.asarray(runs[candidate], dtype=float)
            if np.unique(column[np.isfinite(column)]).size > 1:
                return candidate, y_name
    raise ArgumentError(
        f"no column to forecast along: none of {', '.join(VARIABLES)} is there and varies; "
        'name one, for instance variable="tokens"'
    )


def _numbers(runs: Runs, name: str) -> Array:
    column = runs[name]
    if column.dtype.kind not in "fiub":
        raise ArgumentError(f"the column {name!r} holds text, not numbers")
    return np.asarray(column, dtype=float)


def _curve_of(runs: Runs, x_name: str, y_name: str, metric: Metric, name: str) -> Curve:
    return prepare_curve(
        _numbers(runs, x_name),
        _numbers(runs, y_name),
        metric=metric,
        name=name,
        rows=[int(i) for i in runs.row_ids],
        row_label=runs.row_label,
    )


def _curves_of(
    runs: Runs, by: str, x_name: str, y_name: str, metric: Metric
) -> tuple[list[Curve], list[Refused]]:
    """The curves of a table in order of first appearance, and those that are refused."""
    labels = text_of(runs[runs.resolve(by)])
    x, y, ids = _numbers(runs, x_name), _numbers(runs, y_name), np.asarray(runs.row_ids)
    names, first, place = np.unique(labels.astype(str), return_index=True, return_inverse=True)
    order = np.argsort(place, kind="stable")
    edges = np.searchsorted(place[order], np.arange(names.size + 1))
    curves, refused = [], []
    for k in np.argsort(first):
        rows = order[edges[k] : edges[k + 1]]
        try:
            curves.append(
                prepare_curve(
                    x[rows],
                    y[rows],
                    metric=metric,
                    name=str(names[k]),
                    rows=[int(i) for i in ids[rows]],
                    row_label=runs.row_label,
                )
            )
        except FitRefused as error:
            refused.append(Refused(str(names[k]), error.message, error.findings))
    if not curves:
        reasons = "; ".join(f"{one.name}: {one.reason}" for one in refused[:3])
        raise FitRefused(
            f"none of the {len(refused)} curves by {by!r} can be forecast: {reasons}",
            tuple(finding for one in refused for finding in one.findings),
        )
    return curves, refused
