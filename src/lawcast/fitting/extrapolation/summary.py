"""The forecast of a curve in a few labelled lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lawcast._tables import Card, bracket, significant
from lawcast._units import format_variable
from lawcast.fitting.extrapolation.averaging import TREND
from lawcast.fitting.extrapolation.rolling import REACHES

if TYPE_CHECKING:
    from lawcast.fitting.extrapolation.result import Extrapolation

_MOST_TARGETS = 12
_SMALL_CHANGE = 0.1
_SHOWN_WEIGHT = 0.005


def extrapolation_card(made: Extrapolation) -> Card:
    """The labelled lines behind every view of a forecast."""
    rows = [("Curve", _curve_line(made)), *_forecast_rows(made)]
    weights = ", ".join(
        f"{share.law} {100 * share.weight:.0f} %"
        for share in made.laws
        if share.weight > _SHOWN_WEIGHT
    )
    rows.append(("Average of", weights))
    rows.append(("Bend", _bend_line(made)))
    what = made.curve.metric.relative_to(made.response)
    rows.append(("Noise", f"{100 * made.noise:.2g} % of the {what}, one point"))
    tests = _backtest_lines(made)
    rows.extend(("Backtest" if i == 0 else "", line) for i, line in enumerate(tests))
    if not tests:
        rows.append(("Backtest", "none: too few points to forecast from earlier ones"))
    own = "its own backtest" if tests else "the usual error of such curves"
    rows.append(
        (
            "Intervals",
            f"conformal, scaled by {own}, reach and bend; calibrated on "
            f"{made.calibration.curves} curves",
        )
    )
    if not made.status.ok:
        rows.append(("Status", made.status.text))
    rows.extend(("!", f"{f.code} {f.message}") for f in made.findings)
    return Card(tuple(rows))


def _curve_line(made: Extrapolation) -> str:
    curve = made.curve
    first = float(np.exp(curve.u[0])) * curve.x_max
    span = (
        f"{made.response} against {made.variable}, {curve.n_read} points, "
        f"{format_variable(made.variable, first)} to "
        f"{format_variable(made.variable, curve.x_max)}"
    )
    return f"{made.name}: {span}" if made.name else span


def _forecast_rows(made: Extrapolation) -> list[tuple[str, str]]:
    rows = []
    for i, one in enumerate(made.forecasts[:_MOST_TARGETS]):
        where = f"{format_variable(made.variable, one.x)} ({one.reach:.3g}x)"
        interval = one.value.interval
        tail = "no interval (X014)"
        if interval is not None:
            tail = f"{100 * made.level:.0f} % {bracket(interval.low, interval.high, 4)}"
        line = f"at {where}: {significant(one.value.value)}  {tail}"
        rows.append(("Forecast" if i == 0 else "", line))
    if len(made.at) > _MOST_TARGETS:
        rows.append(("", f"and {len(made.at) - _MOST_TARGETS} more"))
    return rows


def _bend_line(made: Extrapolation) -> str:
    rule = made.calibration.rule
    usual = f"curves usually keep {100 * rule.bend:.0f} % of their slope over a doubling"
    i = int(np.argmax(made.at))
    change = 100.0 * float(np.expm1(made.bend_shift[i]))
    if made.reach[i] <= 1.0 or abs(change) < _SMALL_CHANGE:
        return f"{usual}; expecting it changes nothing here"
    more = "higher" if change > 0.0 else "lower"
    what = made.curve.metric.relative_to(made.response)
    return (
        f"{usual}; expecting it makes the {what} {abs(change):.2g} % {more} at {made.reach[i]:.3g}x"
    )


def _backtest_lines(made: Extrapolation) -> list[str]:
    """What the rule and the best single law would have missed by, for each band of reach."""
    what = made.curve.metric.relative_to(made.response)
    of = "" if what == made.response else f" of the {what}"
    lines = []
    for low, high in REACHES:
        mine = made.rolling.error((low, high))
        if mine is None:
            continue
        singles = {
            share.law: made.rolling.error((low, high), share.law)
            for share in made.laws
            if share.law != TREND
        }
        known = {law: error for law, error in singles.items() if error is not None}
        best = ""
        if known:
            law = min(known, key=lambda name: known[name])
            best = f", best single law {100 * known[law]:.2g} % ({law})"
        lines.append(f"{low:g}x to {high:g}x: off by {100 * mine:.2g} %{of}{best}")
    return lines
