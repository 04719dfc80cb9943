"""``lawcast backtest``: which law would have been right on the curves of a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lawcast.cli._curves import (
    CurveTable,
    curve_options,
    metric_arguments,
    read_curves,
    require_image,
    say_bad_curves,
    say_no_forecast,
)
from lawcast.cli._progress import waiting
from lawcast.cli._shared import (
    OnceCommand,
    emit,
    emit_json,
    exit_code,
    json_option,
    options_card,
    printable,
    strict_option,
)
from lawcast.cli._writing import all_or_nothing
from lawcast.cli.extrapolate import narrow, write_picture

if TYPE_CHECKING:
    from lawcast._tables import Table
    from lawcast.fitting.extrapolation.collection import Refused
    from lawcast.fitting.extrapolation.comparison import LawComparison
    from lawcast.fitting.extrapolation.result import Extrapolation

_UP_TO_TWICE = (1.0, 2.0)


@click.command(cls=OnceCommand)
@click.argument("file", metavar="FILE")
@curve_options
@click.option("--details", is_flag=True, help="List the best law of every curve, too.")
@click.option("--figure", metavar="FILE", help="Draw the errors: a .png, .svg or .pdf file.")
@json_option
@strict_option
@click.pass_context
def backtest(
    ctx: click.Context,
    /,
    file: str,
    details: bool,
    figure: str | None,
    as_json: bool,
    strict: bool,
    **rest: Any,
) -> None:
    """Test laws on the past of your curves: which one would have been right?

    Each curve of FILE is cut at earlier points and forecast from there, by every law and by the
    average that lawcast extrapolate uses.
    """
    from lawcast._errors import FitRefused, TableError

    place = require_image(figure)
    metric = metric_arguments(rest)
    try:
        table = read_curves(file, rest, metric["metric"])
    except TableError as error:
        ctx.exit(say_bad_curves(file, error, as_json))
    try:
        curves, refused = _roll(table, metric)
    except FitRefused as error:
        ctx.exit(say_no_forecast(error, table.runs.reading, as_json))
    from lawcast.fitting.extrapolation.comparison import compare_laws

    comparison = compare_laws([(one.name, one.rolling) for one in curves])
    drawn = None if place is None else _draw(comparison, place, file)
    if as_json:
        emit_json(_as_dict(comparison, curves, refused, drawn))
    else:
        _show(comparison, curves, refused, table, details, drawn)
    found = [*table.runs.reading, *(f for one in curves for f in one.curve.findings)]
    failed = bool(refused) or not comparison.curves
    ctx.exit(exit_code(found, strict) or int(failed))


def _roll(
    table: CurveTable, metric: dict[str, Any]
) -> tuple[tuple[Extrapolation, ...], tuple[Refused, ...]]:
    """Every curve with its backtest by the shipped rule, and those that have none."""
    from lawcast.fitting.extrapolation.entry import extrapolate

    # the shipped rule: a rule re-fitted on these curves would judge itself
    arguments: dict[str, Any] = {"at": "2x", "calibration": "shipped", "variable": table.x}
    if table.by is None:
        with waiting("forecasting from earlier points"):
            return (extrapolate(table.runs, table.y, **arguments, **metric),), ()
    with waiting(f"forecasting {len(table.names)} curves from earlier points"):
        made = extrapolate(table.runs, table.y, by=table.by, **arguments, **metric)
    return made.curves, made.refused


def _draw(comparison: LawComparison, place: Path, file: str) -> Path | None:
    from lawcast.reporting.figures_comparison import comparison_picture

    picture = comparison_picture(comparison)
    if picture is None:
        return None
    with waiting("drawing the figure"), all_or_nothing([file]) as staged:
        write_picture(picture, staged, place)
    return place


def _show(
    comparison: LawComparison,
    curves: tuple[Extrapolation, ...],
    refused: tuple[Refused, ...],
    table: CurveTable,
    details: bool,
    drawn: Path | None,
) -> None:
    from lawcast._tables import Card

    rows = list(comparison.card().rows)
    rows += [("Refused", f"{one.name or '(no name)'}: {one.reason}") for one in refused]
    rows += table.note_rows()
    card = options_card(Card(tuple(rows))).text().splitlines()
    lines = [comparison.table.text(), ""] if comparison.records else []
    lines += [printable(line) for line in card]
    if details and comparison.curves:
        lines += ["", narrow(_details(comparison, curves)).text()]
    if drawn is not None:
        lines += ["", f"Drawn  {printable(str(drawn))}"]
    emit("\n".join(lines))


def _details(comparison: LawComparison, curves: tuple[Extrapolation, ...]) -> Table:
    """One row a curve: the law that would have been best, beside the average."""
    from lawcast._tables import Table

    rows = tuple(
        (row["curve"], row["best"], row["error"], row["average"])
        for row in _detail_rows(comparison, curves)
    )
    return Table(("curve", "best law", "its error", "average"), rows)


def _detail_rows(
    comparison: LawComparison, curves: tuple[Extrapolation, ...]
) -> list[dict[str, Any]]:
    from lawcast.fitting.extrapolation.rolling import AVERAGE

    rows = []
    for i, one in enumerate(curves):
        name = one.name or f"curve {i + 1}"
        best = comparison.curves.get(name)
        if best is not None:
            error = one.rolling.error(_UP_TO_TWICE, best)
            average = one.rolling.error(_UP_TO_TWICE, AVERAGE)
            rows.append({"curve": name, "best": best, "error": error, "average": average})
    return rows


def _as_dict(
    comparison: LawComparison,
    curves: tuple[Extrapolation, ...],
    refused: tuple[Refused, ...],
    drawn: Path | None,
) -> dict[str, Any]:
    return comparison.to_dict() | {
        "details": _detail_rows(comparison, curves),
        "refused": [{"name": one.name, "reason": one.reason} for one in refused],
        "figure": None if drawn is None else str(drawn),
    }
