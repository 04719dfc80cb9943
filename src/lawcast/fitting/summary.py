"""The terminal summary of a fit, which is also its HTML view."""

from __future__ import annotations

import textwrap

import numpy as np

from lawcast._errors import list_rows
from lawcast._tables import WIDTH, Card, bracket, significant
from lawcast._units import format_variable
from lawcast.fitting.frontier import flop_per_token_param
from lawcast.fitting.prediction import response_unit
from lawcast.fitting.result import Fit

Rows = list[tuple[str, str]]

_LABELS = 7
"""Columns that the labels of the summary take up."""


def fit_card(fit: Fit) -> Card:
    """Labelled lines: runs, law, parameters, search, backtest, floor, findings."""
    rows: Rows = []
    rows += fit.runs.card().rows
    rows += law_rows(fit)
    rows += _fit_rows(fit)
    rows += _backtest_rows(fit)
    rows += _floor_rows(fit)
    rows += finding_rows(fit)
    return Card(tuple(rows))


def law_rows(fit: Fit) -> Rows:
    """Formula, units and one line a parameter."""
    unit = response_unit(fit)
    accounting = ""
    if {"params", "tokens"} <= set(fit.law.variables):
        accounting = f"C = {flop_per_token_param(fit.runs):.3g}·N·D"
    rows: Rows = [("Law", f"{fit.law.title}: {fit.law.formula}")]
    notes = ", ".join(filter(None, (unit, accounting)))
    if notes:
        rows.append(("", notes))
    width = max(len(p.symbol) for p in fit.law.parameters)
    for parameter, estimate in zip(fit.law.parameters, fit.parameters.values(), strict=True):
        text = f"  {parameter.symbol:<{width}}  {significant(estimate.value):>9}"
        if estimate.interval is not None:
            text += f"  {bracket(estimate.interval.low, estimate.interval.high):<20}"
        text += "  "
        meaning = textwrap.wrap(parameter.meaning, max(WIDTH - _LABELS - len(text), 16)) or [""]
        rows.append(("", (text + meaning[0]).rstrip()))
        rows.extend(("", " " * len(text) + rest) for rest in meaning[1:])
    rows.append(("", fit.interval_note))
    return rows


def _fit_rows(fit: Fit) -> Rows:
    spread = float(np.sqrt(np.mean(fit.residuals**2)))
    size = f"{100 * spread:.2g} %" if fit.on_log else significant(spread, 3)
    return [
        ("Fit", fit.status.text),
        ("", f"{fit.loss.name}, residual {size} rms · {fit.certificate.describe()}"),
    ]


def _backtest_rows(fit: Fit) -> Rows:
    history = fit.history
    if history is None:
        return []
    inside = (
        f"in {100 * history.level:g} % interval"
        if any(c.hits is not None for c in history.cuts)
        else ""
    )
    rows: Rows = [
        ("Test", "fitted without the largest runs, then tested on them"),
        ("", f"  {'fitted up to':<13} {'runs':>6} {'reach':>7} {'rms error':>10}   {inside}"),
    ]
    for cut in history.cuts:
        error = f"{100 * cut.error:.2g} %" if history.on_log else significant(cut.error, 3)
        largest = format_variable(history.by, cut.largest)
        reach = "–"
        if np.isfinite(cut.reach):
            reach = f"{cut.reach:,.0f}x" if cut.reach >= 100 else f"{cut.reach:.3g}x"
        text = f"  {largest:<13} {cut.fitted:>6,} {reach:>7} {error:>10}"
        if cut.hits is not None:
            text += f"   {round(cut.hits * cut.tested)} of {cut.tested}"
        rows.append(("", text))
    return rows


def _floor_rows(fit: Fit) -> Rows:
    floor = fit.law.floor
    profile = None if floor is None else fit.profile(floor)
    if profile is None:
        return []
    if profile.low is not None and profile.high is not None:
        text = f"{floor} is bounded by these runs: {bracket(profile.low, profile.high)}"
    else:
        low = 0.0 if profile.low is None else profile.low
        high = float(profile.values.max()) if profile.high is None else profile.high
        text = f"{floor} is not bounded: any floor in {bracket(low, high)} fits"
    return [("Floor", f"{text} ({100 * profile.level:g} %, profile likelihood)")]


def finding_rows(fit: Fit) -> Rows:
    """One row a finding, worst first."""
    rows: Rows = []
    for finding in fit.findings:
        mark = {"error": "x", "warning": "!", "note": "-"}[str(finding.severity)]
        text = f"{finding.code} {finding.severity}: {finding.message}"
        if finding.rows:
            text += f" ({list_rows(finding.rows, finding.row_label)})"
        text += f". Try: {finding.fix}" if finding.fix else ""
        rows.append((mark, text))
    return rows
