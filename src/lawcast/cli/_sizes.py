"""What the commands about losses against sizes share: options, the table, files and output."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import click

from lawcast.cli._points import FRACTION
from lawcast.cli._progress import waiting
from lawcast.cli._results import Places, Saveable, Saved
from lawcast.cli._rows import row_ids, row_words
from lawcast.cli._shared import (
    Command,
    as_command_line,
    as_options,
    count_findings,
    emit_json,
    options_card,
    print_findings,
    printable,
    reading_kwargs,
    reading_options_except,
)
from lawcast.cli._writing import all_or_nothing, digest, file_name, require_free

if TYPE_CHECKING:
    from lawcast._errors import FitRefused, TableError
    from lawcast._tables import Card
    from lawcast._values import Array
    from lawcast.reporting.picture import Picture
    from lawcast.runs.table import Runs

SEED = click.IntRange(min=0, max=2**63 - 1)
_MOST_LISTED = 50
"""Bad rows up to which a message offers to leave them out."""
_MOST_NAMED = 3

Made = TypeVar("Made", bound=Saveable)


@dataclass(frozen=True)
class Sized(Generic[Made]):
    """One result: the whole table's, or a group's."""

    group: str
    made: Made
    saved: Saved = field(default_factory=Saved)


def size_options(command: Command) -> Command:
    """Add the options about rows, intervals and files; see :func:`read_sizes`."""
    options: list[Callable[[Any], Any]] = [
        click.option("--groups", metavar="COLUMN",
                     help="Column of what shares its randomness, such as seeds: whole groups are "
                     "resampled."),
        click.option("--level", type=FRACTION, metavar="NUMBER", default=0.9, show_default=True,
                     help="Level of the intervals."),
        click.option("--seed", "rng", type=SEED, metavar="NUMBER", default=0, show_default=True,
                     help="Seed of the draws."),
        click.option("--without", multiple=True, metavar="ROWS",
                     help="Set rows aside, for instance 2-6."),
        click.option("--figure", metavar="FILE", help="Draw the result: a .png, .svg or .pdf "
                     "file."),
        click.option("--out", metavar="FILE", help="Save the result as JSON."),
        reading_options_except("seed"),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def take_reading(rest: dict[str, Any], variable: str, numeric: Sequence[str]) -> dict[str, Any]:
    """Take the arguments of ``read_runs`` out of a command's keywords.

    Args:
        rest: keywords of the command.
        variable: what ``--variable`` names.
        numeric: further columns of numbers.
    """
    from lawcast.runs.names import COMMON_NAMES

    rest["seed"] = None  # the option of that name is the seed of the draws
    kwargs = reading_kwargs(rest)
    named = {name for name in kwargs.values() if isinstance(name, str)}
    own = [name for name in (variable, *numeric)
           if name not in COMMON_NAMES and name not in named
           and not any(name.casefold() == common.casefold()
                       for names in COMMON_NAMES.values() for common in names)]  # fmt: skip
    columns = tuple(dict.fromkeys((*kwargs.get("columns", ()), *own)))
    return kwargs | ({"columns": columns} if columns else {})


def read_sizes(
    file: str, kwargs: dict[str, Any], without: Sequence[str], columns: Sequence[str]
) -> Runs:
    """The table, with the columns that the command needs.

    Raises:
        ReadError, TableError: the file cannot be read.
        UnknownNameError: a column or row is not in it.
        click.UsageError: no rows are left.
    """
    from lawcast.runs.read import read_runs

    runs = read_runs(file, **kwargs)
    if without:
        runs = runs.drop(row_ids(without), reason="left out with --without")
    for name in columns:
        runs[name]  # a clear refusal where there is no such column
    if not len(runs):
        raise click.UsageError(f"{printable(runs.source)} has no rows left to measure")
    return runs


def in_nats(values: Sequence[float], runs: Runs) -> Array:
    """Numbers of an option, in the unit of the table's losses, as the table holds them."""
    import numpy as np

    from lawcast._units import loss_to_nats

    return loss_to_nats(np.asarray(values, dtype=float), runs.loss_unit)


def table_rows(file: str, kwargs: dict[str, Any], runs: Runs) -> list[tuple[str, str]]:
    """What ``lawcast check`` finds in the table, by code."""
    found = runs.check()
    if not found:
        return []
    codes = ", ".join(dict.fromkeys(finding.code for finding in found))
    rows = [("Table", f"{count_findings(found)}: {codes}")]
    if file != "-":
        words = f"lawcast check {shlex.quote(file)} {as_command_line(kwargs)}"
        rows.append(("", printable(words.strip())))
    return rows


def group_places(places: Places, groups: Sequence[str], file: str, kind: str) -> list[Places]:
    """Where the result of each group goes: ``out.json`` as ``out-small.json``.

    Raises:
        ArgumentError, WriteError: a place holds something else.
    """
    made: list[Places] = []
    names: list[str] = []
    for group in groups:
        names.append(file_name(group, names))
        out, figure = (
            None if p is None else p.with_name(f"{p.stem}-{names[-1]}{p.suffix}")
            for p in (places.out, places.figure)
        )
        if out is not None and not _is_kind(out, kind):
            require_free(out, [file], kind)
        made.append(Places(out, figure))
    return made


def _is_kind(target: Path, kind: str) -> bool:
    if not target.is_file():
        return False
    with target.open("rb") as stream:
        return f'"schema": "lawcast/{kind}/'.encode() in stream.read(200)


def save_all(
    results: Sequence[Sized[Made]],
    places: Sequence[Places],
    file: str,
    draw: Callable[[Made], Picture],
) -> list[Sized[Made]]:
    """Write every result and figure, or nothing."""
    from lawcast._files import write_atomically
    from lawcast.cli.extrapolate import write_picture

    with all_or_nothing([file]) as staged:
        for one, place in zip(results, places, strict=True):
            if place.figure is not None:
                with waiting("drawing the figure"):
                    write_picture(draw(one.made), staged, place.figure)
            if place.out is not None:
                content = json.dumps(one.made.to_dict(), allow_nan=False) + "\n"
                write_atomically(staged.file(place.out), content)
    return [
        Sized(one.group, one.made, Saved(
            place.out, "" if place.out is None else digest(place.out), place.figure
        ))
        for one, place in zip(results, places, strict=True)
    ]  # fmt: skip


def saved_lines(every: Sequence[Saved]) -> list[str]:
    """Where files went, and what to type next."""
    lines = [line for one in every for line in one.lines() if line]
    named = [shlex.quote(str(one.out)) for one in every if one.out is not None]
    lines += [f"Next   lawcast report {printable(' '.join(named[:_MOST_NAMED]))}"] if named else []
    return ["", *lines] if lines else []


def card_text(card: Card) -> str:
    """Labelled lines with arguments written as options."""
    return "\n".join(printable(line) for line in options_card(card).text().splitlines())


def say_unusable(file: str, error: TableError, as_json: bool) -> int:
    """Print why a table cannot be measured; returns the exit code."""
    from lawcast._errors import Severity
    from lawcast._values import document

    message = f"{printable(file)} cannot be measured as it is; nothing was written."
    if as_json:
        found = [finding.to_dict() for finding in error.findings]
        emit_json(document("error", 1, {"error": message, "findings": found}))
        return 1
    click.echo(f"Error: {message}", err=True)
    print_findings(error.findings, to_stderr=True)
    errors = [f for f in error.findings if f.severity is Severity.ERROR]
    rows = sorted({row for finding in errors for row in finding.rows})
    if rows and len(rows) <= _MOST_LISTED:
        click.echo(f"To leave those rows out: --without {row_words(rows)}", err=True)
    return 1


def refusal_rows(
    by: str, refused: Mapping[str, FitRefused], sizes: Mapping[str, int], needed: int
) -> list[tuple[str, str]]:
    """Why groups have no result: one by one, or together where many have too few sizes.

    Args:
        by: the column that the table was split by.
        refused: group -> its error.
        sizes: group -> how many different sizes it has, of every group.
        needed: how many a group needs.
    """
    from lawcast.theory.local_findings import FEW_SIZES
    from lawcast.theory.paired_result import few_labels, label_shown

    few = [name for name, error in refused.items()
           if any(finding.code == FEW_SIZES.code for finding in error.findings)]  # fmt: skip
    few = few if len(few) > _MOST_NAMED else []
    rows: list[tuple[str, str]] = []
    if few:
        rows.append(("Refused", printable(
            f"{len(few)} of {len(sizes)} groups have fewer than {needed} different sizes (the "
            f"largest of them has {max(sizes[name] for name in few)}): {by} = "
            f"{few_labels(few)}; split by a column of fewer values"
        )))  # fmt: skip
    for name, error in refused.items():
        if name in few:
            continue
        fixes = [f.fix for f in error.findings if f.fix and f.fix not in error.message]
        text = as_options("; ".join([error.message, *fixes]))
        rows.append(("Refused", f"{printable(f'{by} = {label_shown(name)}')}: {text}"))
    return rows
