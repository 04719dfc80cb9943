"""``lawcast local-exponent``: the exponent as a function of size, and where it changes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lawcast.cli._curves import say_no_forecast
from lawcast.cli._points import POSITIVE
from lawcast.cli._progress import waiting
from lawcast.cli._results import Places, Saved, find_places
from lawcast.cli._shared import (
    OnceCommand,
    count_findings,
    emit,
    emit_json,
    exit_code,
    json_option,
    printable,
    strict_option,
)
from lawcast.cli._sizes import (
    Sized,
    card_text,
    group_places,
    in_nats,
    read_sizes,
    refusal_rows,
    save_all,
    saved_lines,
    say_unusable,
    size_options,
    table_rows,
    take_reading,
)
from lawcast.cli._writing import all_or_nothing, digest

if TYPE_CHECKING:
    from lawcast._errors import FitRefused
    from lawcast.reporting.picture import Picture
    from lawcast.runs.table import Runs
    from lawcast.theory.local_collection import LocalExponents
    from lawcast.theory.local_result import LocalExponent

_KIND = "local-exponent"


@click.command(cls=OnceCommand)
@click.argument("file", metavar="TABLE")
@click.option("--variable", required=True, metavar="COLUMN",
              help="Column of sizes: tokens, params, compute or one of your own.")  # fmt: skip
@click.option("--floor", metavar="NUMBER|FIT",
              help="What the loss tends to, subtracted first: a number in the unit of the table, "
              "or a file of lawcast fit --out (default: 0).")  # fmt: skip
@click.option("--by", metavar="COLUMN", help="Split by this column; measure each group by itself.")
@click.option("--at", multiple=True, metavar="SIZES",
              help="Sizes at which to give the exponent, such as 1B,10B (default: 41 even "
              "ones).")  # fmt: skip
@click.option("--window", type=POSITIVE, metavar="DECADES",
              help="Half-width of the moving window (default: chosen by the data).")  # fmt: skip
@click.option("--line", "lines", multiple=True, metavar="NAME=NUMBER",
              help="An exponent of theory to hold against the band, such as 4/d=0.33 (repeat for "
              "more).")  # fmt: skip
@click.option("--draws", type=click.IntRange(min=100, max=20_000), metavar="N", default=400,
              show_default=True, help="Resamples behind the bands and the tests.")  # fmt: skip
@size_options
@json_option
@strict_option
@click.pass_context
def local_exponent(
    ctx: click.Context,
    /,
    file: str,
    variable: str,
    floor: str | None,
    by: str | None,
    at: tuple[str, ...],
    lines: tuple[str, ...],
    figure: str | None,
    out: str | None,
    without: tuple[str, ...],
    as_json: bool,
    strict: bool,
    **rest: Any,
) -> None:
    """Measure the scaling exponent as a function of size, and where it changes.

    TABLE is what lawcast check reads, one row a run. The exponent is minus the slope of log (loss -
    floor) against log size, with a band; where the data show a change of slope, each regime has an
    exponent of its own.

    For instance: lawcast local-exponent sweep.csv --variable tokens --by params
    """
    from lawcast._errors import FitRefused, TableError

    places = find_places(out, figure, [file], [_KIND], ending=".json")
    sizes, theory = _sizes(at, variable), _lines(lines)
    kwargs = take_reading(rest, variable, [])
    groups = rest["groups"]
    refused: dict[str, FitRefused] = {}
    results: list[Sized[LocalExponent]] = []
    try:
        needed = [variable, *filter(None, [groups, by])]
        runs = read_sizes(file, kwargs, without, needed)
        options = rest | {"floor": _floor(floor, runs), "at": sizes}
        parts = {"": runs} if by is None else runs.split(by)
        figures = Places(None, places.figure)  # all groups share one document
        where = [places] if by is None else group_places(figures, list(parts), file, _KIND)
        for name, part in parts.items():
            try:
                results.append(Sized(name, _measure(part, variable, name, options)))
            except FitRefused as error:
                if by is None:
                    raise
                refused[name] = error
    except TableError as error:
        ctx.exit(say_unusable(file, error, as_json))
    except FitRefused as error:
        ctx.exit(say_no_forecast(error, (), as_json))
    found = [finding for one in results for finding in one.made.findings]
    failed, whole = exit_code(found, strict), Saved()
    if not failed:
        kept = [place for place, name in zip(where, parts, strict=True) if name not in refused]
        if by is None:
            results = save_all(results, kept, file, lambda made: _picture(made, theory))
        elif results:
            results, whole = _save_groups(results, kept, places.out, file, theory,
                                          _together(results, refused, by))  # fmt: skip
    if as_json:
        emit_json(_as_dict(results, refused, by, whole))
    else:
        _show(file, variable, kwargs, runs, results, refused, theory, by, whole)
        if failed and (out or figure):
            emit(f"Not saved: there are {count_findings(found)}.")
    ctx.exit(failed or int(bool(refused)))


def _sizes(texts: tuple[str, ...], variable: str) -> list[float] | None:
    """The sizes behind ``--at``."""
    from lawcast._errors import UnitError
    from lawcast._units import parse_variable

    words = [word.strip() for text in texts for word in text.split(",") if word.strip()]
    if texts and not words:
        raise click.UsageError("--at is empty; say where, for instance --at 1B,10B")
    try:
        return [parse_variable(variable, word) for word in words] or None
    except UnitError as error:
        raise click.UsageError(f"--at: {error}") from error


def _lines(texts: tuple[str, ...]) -> dict[str, float]:
    """Name -> exponent behind ``--line``."""
    made: dict[str, float] = {}
    for text in texts:
        name, sign, number = text.rpartition("=")
        try:
            value = float(number)
        except ValueError:
            value = float("nan")
        if not (sign and name.strip()) or not abs(value) < float("inf"):
            raise click.UsageError(
                f"--line {printable(text)}: write a name and an exponent, for instance 4/d=0.33"
            )
        if name.strip() in made:
            raise click.UsageError(f"--line names {printable(name.strip())} twice")
        made[name.strip()] = value
    return made


def _floor(text: str | None, runs: Runs) -> float:
    """The floor, in nats.

    Raises:
        click.UsageError: neither a number nor a fit of a law with a floor.
    """
    if text is None:
        return 0.0
    try:
        return float(in_nats([float(text)], runs)[0])
    except ValueError:
        pass
    if not Path(text).is_file():
        raise click.UsageError(
            f"--floor {printable(text)} is neither a number nor a file; write for instance 1.69, "
            "or the file of lawcast fit --out"
        )
    from lawcast._tables import wrap
    from lawcast.fitting.saved import read_fit

    fit = read_fit(text)
    if fit.law.floor is None:
        raise click.UsageError(
            f"--floor {printable(text)}: the law {fit.law.name} has no floor; fit one that has, "
            "such as --law power-floor"
        )
    estimate = fit.parameters[fit.law.floor]
    ends = estimate.interval
    told = f"The floor {estimate.value:.4g} of {printable(text)} is taken as exact."
    if ends is not None:
        told += (
            f" Its interval is [{ends.low:.4g}, {ends.high:.4g}]: repeat with --floor at both "
            "ends to see what they change."
        )
    click.echo(wrap(told), err=True)
    return estimate.value


def _measure(runs: Runs, variable: str, group: str, options: dict[str, Any]) -> LocalExponent:
    """The local exponent of a table or of one group, whose name is put before what is wrong."""
    from lawcast._errors import TableError
    from lawcast.theory.local_exponent import local_exponent as measure

    try:
        with waiting("measuring the exponent"):
            return measure(runs, variable=runs.resolve(variable), **options)
    except TableError as error:
        if not group:
            raise
        named = (replace(f, message=f"{group}: {f.message}") for f in error.findings)
        raise TableError(tuple(named)) from error


def _picture(made: LocalExponent, theory: dict[str, float]) -> Picture:
    from lawcast.reporting.figures_local import local_exponent_picture

    return local_exponent_picture(made, theory)


def _line_rows(made: LocalExponent, theory: dict[str, float]) -> list[tuple[str, str]]:
    """Where each line of theory lies beside the band for all sizes at once."""
    import numpy as np

    rows: list[tuple[str, str]] = []
    for name, value in theory.items():
        above, below = value > made.high_everywhere, value < made.low_everywhere
        out = int(np.count_nonzero(above | below))
        count = made.at.size
        text = f"inside the band for all sizes at once at each of {count}"
        if out:
            side = "above" if above.any() else "below"
            side = "above and below" if above.any() and below.any() else side
            text = f"{side} that band at {out} of {count} sizes: not the exponent throughout"
        rows.append(("" if rows else "Lines", f"{printable(name)} = {value:.4g}: {text}"))
    return rows


def _show(
    file: str, variable: str, kwargs: dict[str, Any], runs: Runs,
    results: list[Sized[LocalExponent]],
    refused: dict[str, FitRefused], theory: dict[str, float], by: str | None, whole: Saved,
) -> None:  # fmt: skip
    """Print the results, what they leave out, and where they went."""
    from lawcast._tables import Card
    from lawcast.theory.local_collection import group_word
    from lawcast.theory.local_exponent import FEWEST_SIZES

    blocks = []
    for one in results:
        made = one.made
        rows = [(label, text.replace("in to_dataframe()", "in --json and --figure"))
                for label, text in made.card().rows]  # fmt: skip
        card = card_text(Card((*rows, *_line_rows(made, theory))))
        head = (
            []
            if by is None
            else [f"Group  {printable(by)} = {printable(group_word(one.group))}", ""]
        )
        blocks.append("\n".join([*head, made.short_table.text(), "", card]))
    rest: list[tuple[str, str]] = []
    if by is not None:
        parts = runs.split(by)
        sizes = {name: len(set(part[variable].tolist())) for name, part in parts.items()}
        rest += refusal_rows(by, refused, sizes, FEWEST_SIZES)
    rest += table_rows(file, kwargs, runs)
    if rest:
        blocks.append(card_text(Card(tuple(rest))))
    if by is None:
        lines = saved_lines([one.saved for one in results])
    else:  # two labels may differ in no letter that a file name may hold
        drawn = [
            f"Drawn  {printable(str(one.saved.figure))} ({printable(by)} = "
            f"{printable(group_word(one.group))})"
            for one in results
            if one.saved.figure
        ]
        lines = saved_lines([whole])
        lines = ["", *drawn, *lines[1:]] if drawn or lines else []
    emit("\n".join(["\n\n".join(blocks), *lines]))


def _together(
    results: list[Sized[LocalExponent]], refused: dict[str, FitRefused], by: str
) -> LocalExponents:
    """The groups as one result, which opens again."""
    from lawcast.theory.local_collection import LocalExponents

    why = {name: error.message for name, error in refused.items()}
    return LocalExponents({one.group: one.made for one in results}, by, why)


def _save_groups(
    results: list[Sized[LocalExponent]], places: list[Places], out: Path | None, file: str,
    theory: dict[str, float], together: LocalExponents,
) -> tuple[list[Sized[LocalExponent]], Saved]:  # fmt: skip
    """Write one document of all groups and a figure of each, or nothing."""
    from lawcast._files import write_atomically
    from lawcast.cli.extrapolate import write_picture

    with all_or_nothing([file]) as staged:
        for one, place in zip(results, places, strict=True):
            if place.figure is not None:
                with waiting("drawing the figure"):
                    write_picture(_picture(one.made, theory), staged, place.figure)
        if out is not None:
            content = json.dumps(together.to_dict(), allow_nan=False) + "\n"
            write_atomically(staged.file(out), content)
    drawn = [Sized(one.group, one.made, Saved(figure=place.figure))
             for one, place in zip(results, places, strict=True)]  # fmt: skip
    return drawn, Saved(out, "" if out is None else digest(out))


def _as_dict(
    results: list[Sized[LocalExponent]], refused: dict[str, FitRefused], by: str | None,
    whole: Saved,
) -> dict[str, Any]:  # fmt: skip
    """One result's document, which opens again, or those of all groups in one."""
    if by is None:
        return results[0].made.to_dict() | results[0].saved.to_dict()
    made = _together(results, refused, by).to_dict()
    for one in results:
        figure = one.saved.figure
        made["groups"][one.group]["figure"] = None if figure is None else str(figure)
    return made | {"saved": whole.to_dict()["saved"]}
