"""Reading learning curves for the commands about them: which column is x, which is y, whose."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lawcast.cli._shared import Command, count_findings, printable

if TYPE_CHECKING:
    from lawcast._errors import Finding, FitRefused, TableError
    from lawcast._values import Array
    from lawcast.runs.table import Runs

IMAGES = (".png", ".svg", ".pdf")
"""Endings of a figure's file."""

_METRICS = ("loss", "error", "accuracy", "perplexity")
_FLOP = re.compile(r"flop|days?$", re.I)
_ONCE = 0.95  # share of its rows at places of their own from which a group is one curve


@dataclass(frozen=True)
class CurveTable:
    """A table of one or many curves.

    Args:
        runs: the table.
        x, y: the columns, as the table holds them.
        by: the column whose values name the curves; None for one curve.
        score: the column of a score beside y; None where there is none.
    """

    runs: Runs
    x: str
    y: str
    by: str | None
    score: str | None = None

    @property
    def names(self) -> list[str]:
        """The curves in order of first appearance."""
        from lawcast.runs.table import text_of

        if self.by is None:
            return [""]
        return list(dict.fromkeys(text_of(self.runs[self.by]).tolist()))

    def only(self, name: str) -> CurveTable:
        """The table of one curve."""
        from lawcast.runs.table import text_of

        if self.by is None:
            return self
        mine = text_of(self.runs[self.by]) == name
        return replace(self, runs=self.runs.take(mine), by=None)

    def note_rows(self) -> list[tuple[str, str]]:
        """What was guessed and found while reading, for a card."""
        notes = [note for note in self.runs.notes if "guessed: " in note or "took " in note]
        used = [note for note in notes if self._is_about(note)]
        rows = [("" if i else "Read", note) for i, note in enumerate(used)]
        if self.runs.reading:
            codes = ", ".join(dict.fromkeys(finding.code for finding in self.runs.reading))
            rows.append(("Table", f"{count_findings(self.runs.reading)}: {codes}"))
        return rows

    def _is_about(self, note: str) -> bool:
        roles = (self.x, self.y, *([self.by] if self.by else []))
        return any(re.match(rf"(?:guessed:|took) {re.escape(role)} = ", note) for role in roles)


def curve_options(command: Command) -> Command:
    """Add the options that say what the curves of a file are; see :func:`read_curves`."""
    options: list[Callable[[Any], Any]] = [
        click.option("--x", metavar="COLUMN", help="Column of tokens, steps, samples or compute."),
        click.option("--y", metavar="COLUMN", help="Column of the loss or other metric."),
        click.option(
            "--by", metavar="COLUMN", help="Column whose values name the curves (several: A,B)."
        ),
        click.option(
            "--metric", type=click.Choice(_METRICS), default="loss", show_default=True,
            help="What y is.",
        ),
        click.option(
            "--chance", type=float, metavar="NUMBER", help="The metric of a random guess."
        ),
        click.option(
            "--ceiling", type=float, metavar="NUMBER", help="Best accuracy possible."
        ),
        click.option("--x-unit", metavar="UNIT", help='Unit of bare numbers in x: "B", "EFLOP".'),
        click.option(
            "--loss-unit", type=click.Choice(("nats", "bits", "perplexity")),
            help="Unit of the loss (default: nats).",
        ),
        click.option(
            "--checkpoints", type=click.Choice(("final", "all")),
            help="Rows of a run to keep (default: all).",
        ),
        click.option(
            "--duplicates", type=click.Choice(("once", "all")),
            help="How to count equal rows (default: all).",
        ),
        click.option(
            "--decimal", type=click.Choice((".", ",")),
            help="The decimal sign (default: found out).",
        ),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def metric_arguments(options: dict[str, Any]) -> dict[str, Any]:
    """Take the arguments about the metric out of a command's keywords."""
    return {name: options.pop(name) for name in ("metric", "chance", "ceiling")}


def read_curves(
    file: str, options: dict[str, Any], metric: str, score: str | None = None
) -> CurveTable:
    """Read the file and settle which columns are x and y.

    Args:
        file: what ``lawcast check`` reads.
        options: keywords of the command; those of :func:`curve_options` are removed from it.
        metric: what y is; only a loss is converted to nats.
        score: a further column of numbers, beside y.

    Raises:
        ReadError: the file cannot be read, or has no rows.
        TableError: a named column is missing, or the file is ambiguous.
        click.UsageError: nothing to take for x or y, or several curves without ``--by``.
        UnknownNameError: there is no such column to group by.
    """
    x, y, by = options.pop("x"), options.pop("y"), options.pop("by")
    kwargs = _reading(options, x, y, metric, score)
    from lawcast._errors import ReadError, TableError
    from lawcast.runs.read import read_runs

    try:
        runs = read_runs(file, **kwargs)
    except TableError as error:
        raise TableError(tuple(_in_our_words(f, y, score) for f in error.findings)) from error
    if not len(runs):
        raise ReadError(f"{printable(runs.source)} has a header but no rows; nothing to forecast")
    y_name = _find_y(runs, y)
    x_name = _find_x(runs, x, y_name)
    if by is not None:
        runs = _joined(runs, by)
        runs[by]  # a clear refusal where there is no such column
        by = runs.resolve(by)
        if by in (x_name, y_name):
            raise click.UsageError(
                f"--by {printable(by)} is the column of {'x' if by == x_name else 'y'}; "
                "name the column that tells the curves apart"
            )
    if score is not None:
        score = runs.resolve(score)
        if score in (x_name, y_name, by):
            raise click.UsageError(
                f"--score {printable(score)} is a column in use already; name the column of the "
                "score"
            )
    table = CurveTable(runs, x_name, y_name, by, score)
    if by is None:
        _require_one_curve(table)
    return table


def say_bad_curves(file: str, error: TableError, as_json: bool) -> int:
    """Print why a file holds no curves; returns the exit code."""
    from lawcast._values import document
    from lawcast.cli._shared import emit_json, print_findings

    message = f"{printable(file)} cannot be read as curves."
    if as_json:
        findings = [finding.to_dict() for finding in error.findings]
        emit_json(document("error", 1, {"error": message, "findings": findings}))
        return 1
    click.echo(f"Error: {message}", err=True)
    print_findings(error.findings, to_stderr=True)
    return 1


def say_no_forecast(error: FitRefused, reading: Sequence[Finding], as_json: bool) -> int:
    """Print why a curve is refused, and what was found in reading; returns the exit code."""
    from lawcast._tables import wrap
    from lawcast._values import document
    from lawcast.cli._shared import as_options, emit_json, print_findings

    message, findings = error.message, (*reading, *error.findings)
    if as_json:
        found = [finding.to_dict() for finding in findings]
        emit_json(document("error", 1, {"error": message, "findings": found}))
        return 1
    click.echo(wrap(f"Error: {printable(as_options(message))}", indent="  "), err=True)
    said = [finding for finding in findings if finding.message not in message]
    print_findings(said, to_stderr=True)
    return 1


def require_image(text: str | None) -> Path | None:
    """The place of a figure; checked before the work.

    Raises:
        click.UsageError: the ending is not one of an image.
        WriteError: the place cannot be written to.
    """
    from lawcast.cli._writing import require_place

    if text is None:
        return None
    place = Path(text)
    if place.suffix.lower() not in IMAGES:
        raise click.UsageError(
            f"--figure {printable(text)}: the name must end in {', '.join(IMAGES[:-1])} or "
            f"{IMAGES[-1]}"
        )
    require_place(place)
    return place


def _reading(
    options: dict[str, Any], x: str | None, y: str | None, metric: str, score: str | None
) -> dict[str, Any]:
    """The arguments of ``read_runs``: columns of a known role get it, others keep their names."""
    unit, loss_unit = options.pop("x_unit"), options.pop("loss_unit")
    kwargs: dict[str, Any] = {"checkpoints": "all", "duplicates": "all"}
    for name in ("checkpoints", "duplicates", "decimal"):
        value = options.pop(name)
        if value is not None:
            kwargs[name] = value
    if loss_unit is not None and metric != "loss":
        raise click.UsageError("--loss-unit goes with --metric loss; leave one of them out")
    if x is not None and x == y:
        raise click.UsageError(f"--x and --y are the same column {printable(x)!r}; name two")
    columns: list[str] = []
    role = _role_of(x)
    if unit is not None:
        if role not in ("params", "tokens", "compute"):
            role = "compute" if _FLOP.search(unit) else "tokens"
        kwargs[f"{role}_unit"] = unit
    if x is not None:
        if role is None:
            columns.append(x)
        else:
            kwargs[role] = x
    if y is not None:
        if metric == "loss" and (loss_unit is not None or _is_loss(y)):
            kwargs["loss"] = y
        else:
            columns.append(y)
    if score is not None:
        if score in (x, y):
            raise click.UsageError(
                f"--score and --{'x' if score == x else 'y'} are the same column "
                f"{printable(score)!r}; name two"
            )
        columns.append(score)
    if loss_unit is not None:
        kwargs["loss_unit"] = loss_unit
    return kwargs | ({"columns": columns} if columns else {})


def _role_of(name: str | None) -> str | None:
    """The variable that a column's name stands for: ``"tokens"`` for ``"Seen Examples"``."""
    from lawcast.fitting.extrapolation.from_table import VARIABLES
    from lawcast.runs.names import COMMON_NAMES

    if name is None:
        return None
    keys = {role: {_key(word) for word in COMMON_NAMES[role]} for role in VARIABLES}
    return next((role for role in VARIABLES if _key(name) in keys[role]), None)


def _is_loss(name: str) -> bool:
    from lawcast.runs.names import COMMON_NAMES

    return _key(name) in {_key(word) for word in COMMON_NAMES["loss"]}


def _key(name: str) -> str:
    return "".join(ch for ch in name.casefold() if ch.isalnum())


def _find_y(runs: Runs, y: str | None) -> str:
    if y is not None:
        return runs.resolve(y)
    if "loss" in runs:
        return "loss"
    from lawcast.runs.names import list_names

    raise click.UsageError(
        f"no column reads like a loss; name one with --y. The table has {list_names(runs.columns)}"
    )


def _find_x(runs: Runs, x: str | None, y: str) -> str:
    import numpy as np

    from lawcast.fitting.extrapolation.from_table import VARIABLES
    from lawcast.runs.names import list_names

    if x is not None:
        return runs.resolve(x)
    for name in VARIABLES:
        if name not in runs or name == y or runs[name].dtype.kind != "f":
            continue
        known = runs[name][np.isfinite(runs[name])]
        if np.unique(known).size > 1:
            return name
    raise click.UsageError(
        "no column of tokens, steps or compute varies; name the one to forecast along with --x. "
        f"The table has {list_names(runs.columns)}"
    )


def _joined(runs: Runs, by: str) -> Runs:
    """The table with a column that joins several, where ``by`` names several: ``Task,Model``."""
    import numpy as np

    from lawcast.runs.table import text_of

    names = [name.strip() for name in by.split(",")]
    if by in runs or len(names) < 2 or not all(name in runs for name in names):
        return runs
    parts = [text_of(runs[name]).tolist() for name in names]
    joined = np.empty(len(runs), dtype=object)
    joined[:] = [", ".join(words) for words in zip(*parts, strict=True)]
    return replace(runs, columns={**runs.columns, by: joined})


def _require_one_curve(table: CurveTable) -> None:
    """Several curves in one file are told apart by ``--by``, not averaged in silence.

    Raises:
        click.UsageError: a column tells several curves apart.
    """
    import numpy as np

    from lawcast.runs.table import text_of

    runs = table.runs
    x = np.asarray(runs[table.x], dtype=float) if runs[table.x].dtype.kind == "f" else None
    if x is None:
        return
    used = np.isfinite(x)
    found: list[tuple[int, str, int]] = []
    words: dict[str, Any] = {}
    for name, column in runs.columns.items():
        # repeats with several seeds are one curve, measured several times
        if name in (table.x, table.y, table.score, "seed", "params_kind"):
            continue
        labels = text_of(column)[used].astype(str)
        curves = _count_curves(labels, x[used], name == "run")
        if curves > 1:
            found.append((0 if name == "run" else 1, name, curves))
        elif column.dtype == np.object_:
            words[name] = labels
    if not found:
        found = _together(words, x[used])
    if not found:
        return
    _, name, curves = min(found)
    shown = printable(runs.names.get(name, name))
    raise click.UsageError(
        f"{printable(runs.source)} holds {curves} curves, told apart by {shown!r}; "
        f"add --by {_quoted(shown)}, and --curve NAME to look at one of them"
    )


def _together(words: dict[str, Any], x: Array) -> list[tuple[int, str, int]]:
    """Columns of text that tell curves apart only together, as ``Task,Model``; the fewest."""
    import numpy as np

    joined, names = np.full(x.size, "", dtype=object), []
    while words:
        # the column that leaves the most rows at a place of their own
        tried = {name: joined + "\0" + labels.astype(object) for name, labels in words.items()}
        best = max(tried, key=lambda name: _own(tried[name].astype(str), x))
        joined = tried[best]
        names.append(best)
        del words[best]
        curves = _count_curves(joined.astype(str), x, False) if len(names) > 1 else 0
        if curves > 1:
            return [(0, ",".join(names), curves)]
    return []


def _own(labels: Any, x: Array) -> int:
    """How many different places the groups have, counted in each."""
    import numpy as np

    place = np.unique(labels, return_inverse=True)[1]
    return int(np.unique(np.stack([place.astype(float), x]), axis=1).shape[1])


def _quoted(name: str) -> str:
    import shlex

    return shlex.quote(name)


def _count_curves(labels: Any, x: Array, named_run: bool) -> int:
    """How many of the groups are curves of their own; 0 where the column splits one curve."""
    import numpy as np

    values, sizes = np.unique(labels, return_counts=True)
    if not 2 <= values.size <= x.size / 2:
        return 0
    if named_run:
        # one row a run is a sweep, which is one curve over runs
        return int((sizes > 1).sum()) if int((sizes > 1).sum()) > 1 else 0
    repeats = x.size - np.unique(x).size
    if repeats < 0.5 * x.size - 1.0 and repeats < (x.size - sizes.max()) / 2:
        return 0
    return int((sizes > 1).sum()) if _own(labels, x) >= _ONCE * x.size else 0


def _in_our_words(finding: Finding, y: str | None, score: str | None) -> Finding:
    """A finding about columns with the options of these commands."""
    from lawcast.fitting.extrapolation.from_table import VARIABLES
    from lawcast.runs.names import quote

    if finding.code != "R001":
        return finding
    is_y = y is not None and finding.message.startswith(f"there is no column {quote(y)};")
    option, near = finding.fix.partition("=")[::2]
    if score is not None and finding.message.startswith(f"there is no column {quote(score)};"):
        named = near.partition(", ")[0] if option == "columns" else "COLUMN"
        return replace(finding, fix=f"--score {named}")
    if option in ("columns", "loss") or option in VARIABLES:
        flag = "--y" if is_y or option == "loss" else "--x"
        near = near.partition(", loss_unit=")[0]
        return replace(finding, fix=f"{flag} {near}")
    if finding.fix.startswith("name it:"):
        return replace(finding, fix=f"name it: --{'y' if 'loss' in finding.fix else 'x'} COLUMN")
    if finding.fix.startswith("pass the right name"):
        return replace(finding, fix=f"pass the right name to --{'y' if is_y else 'x'}")
    return finding
