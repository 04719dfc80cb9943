"""The sections of a report about forecasts of learning curves and the laws behind them."""

from __future__ import annotations

from lawcast._tables import bracket, significant
from lawcast._units import format_variable
from lawcast.fitting.extrapolation.collection import Extrapolations
from lawcast.fitting.extrapolation.comparison import LawComparison
from lawcast.fitting.extrapolation.result import Extrapolation
from lawcast.reporting.blocks import Block, Embedded, Facts, Grid, Plot, Section, Text
from lawcast.reporting.figures_comparison import comparison_picture
from lawcast.reporting.figures_curve import curve_picture, curves_picture
from lawcast.reporting.gathered import PLACES, Gathered, Shown, about, anchor
from lawcast.reporting.kind_sections import findings_shown, safe, show_each
from lawcast.reporting.look import tidy


def show_curves(gathered: Gathered) -> Shown:
    """The forecasts of single curves."""
    return show_each(
        gathered,
        Extrapolation,
        "curve",
        "curves",
        title=lambda one: "Where the curve goes",
        blocks=curve_blocks,
        answer=lambda label, one: curve_answer(one),
        source=lambda label, one: tidy(label or one.name or one.response),
        named=lambda one: one.name,
    )


def show_curve_tables(gathered: Gathered) -> Shown:
    """The forecasts of the curves of tables."""
    tables = gathered.of(Extrapolations)
    sections, findings, embedded = [], [], []
    for k, (label, many) in enumerate(tables):
        name = anchor("curves", k)
        title = f"Where the curves go: {label}" if label else "Where the curves go"
        blocks = table_blocks(many, name, gathered.redact)
        sections.append(Section(name, title, blocks, PLACES["curves"]))
        each = [(tidy(one.name), one.findings) for one in many.curves]
        for curve, found in (*each, *((tidy(one.name), one.findings) for one in many.refused)):
            for finding in findings_shown(found, gathered.redact):
                findings.append((about(curve, finding), name))
        if not gathered.redact:
            embedded.append(Embedded(f"lawcast-{name}", many.to_dict()))
    return Shown(
        tuple(sections), tuple(findings), tuple(embedded),
        answer=tuple(table_answer(many) for _, many in tables),
        sources=tuple(label or f"{len(many)} curves" for label, many in tables),
    )  # fmt: skip


def show_comparisons(gathered: Gathered) -> Shown:
    """Backtests of laws beside the average."""
    comparisons = gathered.of(LawComparison)
    sections, embedded = [], []
    for k, (label, comparison) in enumerate(comparisons):
        name = anchor("laws", k)
        title = "Which law would have been right"
        blocks = comparison_blocks(comparison, name)
        sections.append(
            Section(name, f"{title}: {label}" if label else title, blocks, PLACES["laws"])
        )
        embedded.append(Embedded(f"lawcast-{name}", comparison.to_dict()))
    return Shown(
        tuple(sections), embedded=tuple(embedded),
        answer=tuple(comparison.verdict() for _, comparison in comparisons),
        sources=tuple(label or "laws compared" for label, _ in comparisons),
    )  # fmt: skip


def curve_blocks(one: Extrapolation, prefix: str, redact: bool) -> tuple[Block, ...]:
    """Figure, values and facts of one forecast."""
    # findings have a section of their own
    rows = [row for row in safe(one.card().rows) if row[0] != "!"]
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
    blocks.append(Facts(safe(many.card().rows)))
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
