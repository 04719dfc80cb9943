"""``lawcast paired-limit``: the exponent of a loss less its limit, and the price of fitting it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lawcast.cli._curves import say_no_forecast
from lawcast.cli._progress import waiting
from lawcast.cli._results import find_places
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
    in_nats,
    read_sizes,
    save_all,
    saved_lines,
    say_unusable,
    size_options,
    table_rows,
    take_reading,
)

if TYPE_CHECKING:
    from lawcast._values import Array
    from lawcast.reporting.picture import Picture
    from lawcast.runs.table import Runs
    from lawcast.theory.paired_result import PairedLimit

_KIND = "paired-limit"
_OF_LOSS = ("loss", "loss_unit", "decimal", "params", "tokens", "samples", "params_unit",
            "tokens_unit", "width", "checkpoints")  # fmt: skip
"""Reading options that hold for the table of ``--repeats`` too."""


@click.command(cls=OnceCommand)
@click.argument("file", metavar="TABLE")
@click.option("--variable", required=True, metavar="COLUMN",
              help="Column of sizes: tokens, params, compute or one of your own.")  # fmt: skip
@click.option("--same", metavar="COLUMN",
              help="Column of the other resource: rows with the same value of it share a limit "
              "(default: all rows share one).")  # fmt: skip
@click.option("--limit", metavar="NUMBER|COLUMN",
              help="The exact limit: a number in the unit of the table, or the column that holds "
              "it (default: fitted).")  # fmt: skip
@click.option("--repeats", metavar="NUMBERS|TABLE",
              help="Losses of repeated runs at the limit, such as 2.31,2.30,2.33; or a table of "
              "them, with the column of --same.")  # fmt: skip
@click.option("--draws", type=click.IntRange(min=0), metavar="N", default=400, show_default=True,
              help="Simulated data sets behind the price of fitting the limit; 0 for "
              "none.")  # fmt: skip
@size_options
@json_option
@strict_option
@click.pass_context
def paired_limit(
    ctx: click.Context,
    /,
    file: str,
    variable: str,
    same: str | None,
    limit: str | None,
    repeats: str | None,
    figure: str | None,
    out: str | None,
    without: tuple[str, ...],
    as_json: bool,
    strict: bool,
    **rest: Any,
) -> None:
    """Measure the exponent of a loss less its limit, and what not knowing the limit costs.

    TABLE is what lawcast check reads, one row a run. A loss that is limited by one resource does
    not fall to zero as another grows: it falls to a limit, and only the difference is a power law.
    Give the limit where it is known, repeated runs at it where it was measured, or neither to fit
    it with the exponent.

    For instance: lawcast paired-limit sweep.csv --variable tokens --same params
    """
    from lawcast._errors import FitRefused, TableError

    places = find_places(out, figure, [file], [_KIND], ending=".json")
    if limit is not None and repeats is not None:
        raise click.UsageError("--limit is exact and --repeats is measured; give one of them")
    column = None if limit is None or _number(limit) is not None else limit
    kwargs = take_reading(rest, variable, [column] if column else [])
    try:
        needed = [variable, *filter(None, [same, rest["groups"]])]
        runs = read_sizes(file, kwargs, without, needed)
        options = rest | {
            "same": None if same is None else _labels(runs, same),
            "limit": _limit(limit, column, runs),
            "repeats": _repeats(repeats, same, kwargs, runs),
        }
        with waiting("fitting the limit"):
            made = _measure(runs, variable, options)
    except TableError as error:
        ctx.exit(say_unusable(file, error, as_json))
    except FitRefused as error:
        ctx.exit(say_no_forecast(error, (), as_json))
    result = Sized("", made)
    failed = exit_code(made.findings, strict)
    if not failed:
        result = save_all([result], [places], file, _picture)[0]
    if as_json:
        emit_json(made.to_dict() | result.saved.to_dict())
    else:
        _show(file, kwargs, runs, result)
        if failed and (out or figure):
            emit(f"Not saved: there are {count_findings(made.findings)}.")
    ctx.exit(failed)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _limit(text: str | None, column: str | None, runs: Runs) -> float | Array | None:
    """The exact limit: one number, or one a row.

    Raises:
        click.UsageError: neither a number nor a column of the table.
    """
    if text is None:
        return None
    if column is None:
        return float(in_nats([float(text)], runs)[0])
    if column not in runs:
        raise click.UsageError(
            f"--limit {printable(text)} is neither a number nor a column of the table; write for "
            "instance 2.31, or the name of the column that holds the limit of each row"
        )
    return in_nats(runs[column].tolist(), runs)


def _labels(runs: Runs, name: str) -> Any:
    """A column as labels; numbers that were read as text are numbers again."""
    import numpy as np

    column = runs[name]
    if column.dtype.kind == "f":
        return column
    try:
        return np.array([float(word) for word in column.tolist()])
    except (TypeError, ValueError):
        return column


def _repeats(
    text: str | None, same: str | None, kwargs: dict[str, Any], runs: Runs
) -> dict[str, Array] | Array | None:
    """Losses at the limit: of the one curve, or of each value of ``--same``.

    Raises:
        click.UsageError: neither numbers nor a table.
    """
    if text is None:
        return None
    numbers = [_number(word) for word in text.split(",")]
    known = [number for number in numbers if number is not None]
    if len(known) == len(numbers):
        if same is not None:
            raise click.UsageError(
                "--repeats holds losses at one limit, and --same makes a limit for each of its "
                f"values; name a table with the columns {printable(same)} and the loss"
            )
        return in_nats(known, runs)
    if not Path(text).is_file():
        raise click.UsageError(
            f"--repeats {printable(text)} is neither losses nor a table; write for instance "
            "2.31,2.30,2.33, or name the file of runs at the limit"
        )
    from lawcast.runs.read import read_runs
    from lawcast.theory.columns import label_word

    taken = {name: value for name, value in kwargs.items() if name in _OF_LOSS}
    table = read_runs(text, **taken, duplicates="all")  # equal runs are repeats here
    losses = table["loss"]
    if same is None:
        return losses
    labels = [label_word(label) for label in _labels(table, same).tolist()]
    return {label: losses[[one == label for one in labels]] for label in dict.fromkeys(labels)}


def _measure(runs: Runs, variable: str, options: dict[str, Any]) -> PairedLimit:
    from lawcast.theory.paired_limit import paired_limit as measure

    return measure(runs, variable=runs.resolve(variable), **options)


def _picture(made: PairedLimit) -> Picture:
    from lawcast.reporting.figures_local import paired_limit_picture

    return paired_limit_picture(made)


def _show(file: str, kwargs: dict[str, Any], runs: Runs, result: Sized[PairedLimit]) -> None:
    """Print the exponent, the price of fitting the limit, and where files went."""
    from lawcast._tables import Card

    made = result.made
    rows = made.card().rows
    if made.price is not None:  # its own block says so below
        rows = tuple(row for row in rows if row[0] != "Price")
    blocks = [made.table.text(), card_text(Card(rows))]
    if made.price is not None:
        blocks += [
            "What a limit costs at this design, simulated",
            made.price.table.text(),
            card_text(made.price.card()),
        ]
    rest = table_rows(file, kwargs, runs)
    if rest:
        blocks.append(card_text(Card(tuple(rest))))
    lines = "\n\n".join(blocks).splitlines()
    emit("\n".join([*(printable(line) for line in lines), *saved_lines([result.saved])]))
