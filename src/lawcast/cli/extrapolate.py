"""``lawcast extrapolate``: where a learning curve will be at twice, eight times, its length."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from lawcast.cli._curves import (
    CurveTable,
    curve_options,
    metric_arguments,
    read_curves,
    say_bad_curves,
    say_no_forecast,
)
from lawcast.cli._points import FRACTION
from lawcast.cli._progress import waiting
from lawcast.cli._results import Saved, find_places, save
from lawcast.cli._score import (
    forecast_score,
    in_score_words,
    score_arguments,
    score_findings,
    score_options,
)
from lawcast.cli._shared import (
    OnceCommand,
    count_findings,
    emit,
    emit_json,
    exit_code,
    json_option,
    options_card,
    printable,
    strict_option,
)
from lawcast.cli._writing import Staged

if TYPE_CHECKING:
    from lawcast._errors import Finding
    from lawcast._tables import Card, Table
    from lawcast.fitting.extrapolation.collection import Extrapolations
    from lawcast.fitting.extrapolation.joint import ScoreExtrapolation
    from lawcast.fitting.extrapolation.result import Extrapolation
    from lawcast.reporting.picture import Picture

    Made = Extrapolation | Extrapolations | ScoreExtrapolation

_AMBIGUOUS = re.compile(r"(?<![\d.])\d{1,3}(?:,\d{3})+(?![\dx.])", re.I)


@click.command(cls=OnceCommand)
@click.argument("file", metavar="FILE")
@click.option(
    "--at",
    multiple=True,
    metavar="WHERE",
    help="Where to forecast: 2x,8x of the data, or values such as 300B "
    "(default: 2x,4x,8x; repeat for more).",
)
@click.option("--curve", metavar="NAME", help="The one curve to forecast, of those of --by.")
@click.option(
    "--level",
    type=FRACTION,
    metavar="NUMBER",
    default=0.9,
    show_default=True,
    help="Level of the intervals.",
)
@click.option(
    "--calibration",
    type=click.Choice(("auto", "shipped")),
    help="auto: intervals from your own table where it holds 20 curves or more "
    "(default: auto; shipped with --curve and --score).",
)
@curve_options
@score_options
@click.option("--figure", metavar="FILE", help="Draw the forecast: a .png, .svg or .pdf file.")
@click.option("--out", metavar="FILE", help="Save the forecast as JSON.")
@json_option
@strict_option
@click.pass_context
def extrapolate(
    ctx: click.Context,
    /,
    file: str,
    at: tuple[str, ...],
    curve: str | None,
    level: float,
    calibration: Literal["auto", "shipped"] | None,
    figure: str | None,
    out: str | None,
    as_json: bool,
    strict: bool,
    **rest: Any,
) -> None:
    """Forecast learning curves beyond their data, with intervals that were tested.

    FILE is a table with a row for every checkpoint. Without --x and --y the columns are guessed
    from their names; with --by it holds many curves. With --score a score of each checkpoint is
    forecast through the loss.
    """
    from lawcast._errors import FitRefused, TableError

    kinds = ("extrapolation", "score-extrapolation")
    places = find_places(out, figure, [file], kinds, called="forecast")
    targets = _targets(at)
    if curve is not None and rest["by"] is None:
        raise click.UsageError("--curve names one of the curves of --by; add --by COLUMN")
    metric = metric_arguments(rest)
    score = score_arguments(rest, metric, curve, calibration)
    try:
        table = read_curves(file, rest, metric["metric"], None if score is None else score.column)
    except TableError as error:
        ctx.exit(say_bad_curves(file, error, as_json))
    try:
        if score is not None:
            made: Made = forecast_score(_one_of(table, curve), score, curve or "", targets, level)
        else:
            made = _forecast(table, curve, calibration, at=targets, level=level, **metric)
    except FitRefused as error:
        ctx.exit(say_no_forecast(error, table.runs.reading, as_json))
    failed = exit_code(_of_forecasts(made), strict)
    saved = Saved() if failed else save(made, places, file, partial(_draw, made))
    if as_json:
        emit_json(made.to_dict() | saved.to_dict())
    else:
        _show(file, table, made, saved)
        if failed and (out or figure):
            emit(f"Not saved: there are {count_findings(_of_forecasts(made))}.")
    found = (*table.runs.reading, *made.findings)
    ctx.exit(failed or exit_code(found, strict) or int(bool(_refused(made))))


def _targets(texts: Sequence[str]) -> list[str]:
    """The targets behind ``--at``; what is no positive size is refused before any work."""
    from lawcast._errors import UnitError
    from lawcast._units import parse_compute, parse_count, parse_multiple
    from lawcast.fitting.extrapolation.entry import DEFAULT_AT

    words = []
    for text in texts:
        found = _AMBIGUOUS.search(text)
        if found:
            raise click.UsageError(
                f"--at {printable(text)}: {found[0]} may be one number or several; write it "
                "without a comma for one, or give --at once for each"
            )
        words += [word.strip() for word in text.split(",") if word.strip()]
        if not text.strip(", "):
            raise click.UsageError("--at is empty; say where, for instance --at 2x,8x")
    for word in words:
        value = parse_multiple(word)
        if value is None:
            try:
                value = parse_count(word)
            except UnitError:
                value = _compute(word, parse_compute)
        if not value > 0.0:
            raise click.UsageError(
                f"--at {printable(word)}: a place to forecast is larger than zero, for instance 2x"
            )
    return words or list(DEFAULT_AT)


def _compute(word: str, parse_compute: Any) -> float:
    from lawcast._errors import UnitError

    try:
        return float(parse_compute(word))
    except UnitError:
        raise click.UsageError(
            f"--at {printable(word)!r} is neither a multiple nor a size; write for instance 2x, "
            "300B or 1e24FLOP"
        ) from None


def _one_of(table: CurveTable, curve: str | None) -> CurveTable:
    """The table of the one curve."""
    from lawcast._errors import UnknownNameError

    if curve is None:
        return table
    if curve not in table.names:
        raise UnknownNameError("curve", curve, table.names)
    return table.only(curve)


def _forecast(
    table: CurveTable,
    curve: str | None,
    calibration: Literal["auto", "shipped"] | None,
    **arguments: Any,
) -> Extrapolation | Extrapolations:
    """The forecast of the one curve, or of all.

    The other curves are forecast only where they set the constants of the one, which has to be
    asked for: on a large table they take most of the time.
    """
    from lawcast._errors import FitRefused
    from lawcast.fitting.extrapolation.calibration import LEAST_CURVES
    from lawcast.fitting.extrapolation.entry import extrapolate as forecast

    arguments["calibration"] = calibration or ("auto" if curve is None else "shipped")
    one = _one_of(table, curve)
    count = len(table.names)
    if one.by is None and (calibration != "auto" or count < LEAST_CURVES):
        with waiting("forecasting the curve"):
            single: Extrapolation = forecast(
                one.runs, one.y, variable=one.x, name=curve or "", **arguments
            )
        return single
    if curve is not None:
        click.echo(
            f"--calibration auto: the other {count - 1} curves set the constants behind the "
            "intervals",
            err=True,
        )
    with waiting(f"forecasting {count} curves"):
        assert table.by is not None
        made: Extrapolations = forecast(
            table.runs, table.y, by=table.by, variable=table.x, **arguments
        )
    if curve is None:
        return made
    for refused in made.refused:
        if refused.name == curve:
            raise FitRefused(refused.reason, refused.findings)
    return made[curve]


def _refused(made: Made) -> Sequence[Any]:
    return getattr(made, "refused", ())


def _of_forecasts(made: Made) -> list[Finding]:
    """The findings of the forecasts that were made; a refused curve does not cost the others."""
    every = getattr(made, "curves", (made,))
    return [finding for one in every for finding in one.findings]


def _draw(made: Made, staged: Staged, target: Path) -> int:
    """Draw; returns how many curves the figure leaves out."""
    from lawcast.fitting.extrapolation.joint import ScoreExtrapolation
    from lawcast.fitting.extrapolation.result import Extrapolation
    from lawcast.reporting.figures_curve import MOST_CURVES, curve_picture, curves_picture

    if isinstance(made, ScoreExtrapolation):
        from lawcast.reporting.figures_score import score_picture

        picture, left = score_picture(made), 0
    elif isinstance(made, Extrapolation):
        picture, left = curve_picture(made), 0
    elif len(made) == 1:
        picture, left = curve_picture(made.curves[0]), 0
    else:
        picture, left = curves_picture(made.curves), max(len(made) - MOST_CURVES, 0)
    write_picture(picture, staged, target)
    return left


def write_picture(picture: Picture, staged: Staged, target: Path) -> None:
    """Write a figure in the form that the ending of its name asks for."""
    from lawcast._files import write_atomically

    place, ending = staged.file(target), target.suffix.lower()
    if ending == ".png":
        picture.save_image(place)
    else:
        write_atomically(place, picture.svg() if ending == ".svg" else picture.pdf())


def _show(file: str, table: CurveTable, made: Made, saved: Saved) -> None:
    """Print the forecast, where it went and what to type next."""
    from lawcast._tables import Card
    from lawcast.fitting.extrapolation.joint import ScoreExtrapolation
    from lawcast.fitting.extrapolation.result import Extrapolation

    if isinstance(made, ScoreExtrapolation):
        cards = [made.card(), made.loss.card(), in_score_words(made.link.card())]
        rest = Card((*_fixes(score_findings(made)), *table.note_rows()))
        lines = ["\n\n".join(_text(card) for card in (*cards, rest) if card.rows)]
    elif isinstance(made, Extrapolation):
        rows = [*made.card().rows, *_fixes(made.findings), *table.note_rows()]
        lines = [_text(Card(tuple(rows)))]
    else:
        rows = [*made.card().rows, *_codes(made.findings), *table.note_rows()]
        lines = [narrow(made.table).text(), "", _text(Card(tuple(rows)))]
    lines += saved.lines()
    emit("\n".join(lines))


def _text(card: Card) -> str:
    return "\n".join(printable(line) for line in options_card(card).text().splitlines())


def _fixes(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    """What to do about the findings, once each."""
    fixes = dict.fromkeys(finding.fix for finding in findings if finding.fix)
    return [("" if i else "Try", fix) for i, fix in enumerate(fixes)]


def _codes(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    """The findings of many curves: how many of each code, and how to read about one."""
    if not findings:
        return []
    counts: dict[str, int] = {}
    for finding in findings:
        counts[finding.code] = counts.get(finding.code, 0) + 1
    listed = ", ".join(f"{code} x{n}" for code, n in sorted(counts.items()))
    first = shlex.quote(min(counts))
    return [("Findings", f"{listed}; what one means: lawcast findings {first}")]


def narrow(table: Table, width: int = 80) -> Table:
    """The table with the names in its first column cut, so that its rows fit the terminal."""
    from lawcast._tables import show

    others = sum(
        2 + max([len(name), *(len(show(row[j])) for row in table.rows)])
        for j, name in enumerate(table.columns)
        if j
    )
    most = max(width - others, 12)

    def cut(name: Any) -> str:
        shown = show(name) or "(no name)"
        return shown if len(shown) <= most else f"{shown[: most - 3]}..."

    return replace(table, rows=tuple((cut(row[0]), *row[1:]) for row in table.rows))
