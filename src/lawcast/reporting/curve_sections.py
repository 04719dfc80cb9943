"""The sections of a report about forecasts of learning curves and the laws behind them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from lawcast._errors import Finding, FindingKind
from lawcast._tables import bracket, significant
from lawcast._units import format_variable
from lawcast.fitting.extrapolation.collection import Extrapolations
from lawcast.fitting.extrapolation.comparison import LawComparison
from lawcast.fitting.extrapolation.result import Extrapolation
from lawcast.reporting.blocks import Block, Facts, Grid, Plot, Text
from lawcast.reporting.figures_comparison import comparison_picture
from lawcast.reporting.figures_curve import curve_picture, curves_picture
from lawcast.reporting.look import printable, tidy


def curve_blocks(one: Extrapolation, prefix: str, redact: bool) -> tuple[Block, ...]:
    """Figure, values and facts of one forecast."""
    # findings have a section of their own
    rows = [row for row in _safe(one.card().rows) if row[0] != "!"]
    return (
        Plot(curve_picture(one, points=not redact), prefix),
        Grid(one.table),
        Facts(tuple(rows)),
    )


def table_blocks(many: Extrapolations, prefix: str, redact: bool) -> tuple[Block, ...]:
    """Figure, values and facts of the forecasts of a table."""
    blocks: list[Block] = []
    if many.curves:
        blocks = [
            Plot(curves_picture(many.curves, points=not redact), prefix),
            Grid(many.table),
        ]
    blocks.append(Facts(_safe(many.card().rows)))
    if len(many.curves) > 1:
        blocks += comparison_blocks(many.comparison, f"{prefix}-laws")
    return tuple(blocks)


def comparison_blocks(comparison: LawComparison, prefix: str) -> tuple[Block, ...]:
    """Figure, errors and verdict of a comparison of laws."""
    picture = comparison_picture(comparison)
    blocks: list[Block] = [] if picture is None else [Plot(picture, prefix), Grid(comparison.table)]
    return (*blocks, Text(comparison.verdict()))


def curve_answer(one: Extrapolation) -> str:
    """The farthest forecast in a sentence, and whether to rely on it."""
    made = max(one.forecasts, key=lambda f: f.reach)
    name = f" of {tidy(one.name)}" if one.name else ""
    ends = "no interval can be vouched for"
    if made.value.interval is not None:
        interval = made.value.interval
        ends = f"{100 * interval.level:.0f} % {bracket(interval.low, interval.high, 4)}"
    text = (
        f"The {tidy(one.response)}{name} is forecast as {significant(made.value.value)} ({ends}) "
        f"at {format_variable(one.variable, made.x)}, {made.reach:.3g} times the data"
    )
    near = one.rolling.error((1.0, 2.0))
    if near is None:
        text += "; it has no backtest of its own."
    else:
        text += f"; forecasts from its earlier points were off by {100 * near:.2g} % up to 2x."
    return text if one.status.ok else f"{text} {one.status.text}"


def table_answer(many: Extrapolations) -> str:
    """How many curves are forecast, and which law would have been right."""
    refused = f", {len(many.refused)} cannot be" if many.refused else ""
    curves = f"{len(many.curves)} curve{'s are' if len(many.curves) != 1 else ' is'} forecast"
    return f"{curves}{refused}. {many.comparison.verdict()}"


def curve_findings(
    findings: Iterable[Finding], declared: Mapping[str, FindingKind], redact: bool
) -> list[Finding]:
    """The findings; redacted ones say what was found and nothing about where."""
    if not redact:
        return list(findings)
    return [
        replace(
            finding, rows=(), fix="",
            message=declared[finding.code].title if finding.code in declared else "a finding",
        )
        for finding in findings
    ]  # fmt: skip


def _safe(rows: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Lines without the control characters that a curve's name may hold."""
    return tuple((label, printable(line)) for label, line in rows)
