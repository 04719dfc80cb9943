"""``lawcast fit``: from a table of runs to a law, its intervals and a saved fit, in one command."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lawcast.cli._fitted import (
    Fitted,
    fits_as_dict,
    group_text,
    say_bad_table,
    say_refused,
    show_fit,
)
from lawcast.cli._points import (
    FRACTION,
    POSITIVE,
    Point,
    check_along,
    parse_points,
    predict_what_can_be,
    where_options,
)
from lawcast.cli._progress import waiting, watched
from lawcast.cli._rows import row_ids, row_words
from lawcast.cli._shared import (
    OnceCommand,
    count_findings,
    emit,
    emit_json,
    exit_code,
    json_option,
    printable,
    reading_kwargs,
    reading_options_except,
    strict_option,
)
from lawcast.cli._writing import (
    all_or_nothing,
    digest,
    file_name,
    require_folder,
    require_free,
    require_place,
)

if TYPE_CHECKING:
    from lawcast._errors import Finding, TableError
    from lawcast.runs.table import Runs

DEFAULT_OUT = "fit.json"
_MOST_LISTED = 100
"""Rows of a group up to which a message offers to leave them out."""


@click.command(cls=OnceCommand)
@click.argument("file", metavar="FILE")
@click.option("--law", metavar="NAME", help="Law to fit (lawcast laws lists them).")
@click.option("--variable", metavar="COLUMN", help="Column that a one-variable law is over.")
@click.option(
    "--loss",
    "losses",
    multiple=True,
    metavar="NAME",
    help="Column of the loss, or what the fit minimises: log-huber (default), log-l2, l2, "
    "student-t, asymmetric. Give it twice for both.",
)
@click.option(
    "--loss-scale",
    type=POSITIVE,
    metavar="NUMBER",
    help="Delta of the Huber losses, or the scale of student-t.",
)
@click.option(
    "--bootstrap",
    type=click.IntRange(min=0),
    metavar="NUMBER",
    default=1000,
    show_default=True,
    help="Resamples behind the intervals; 0 for none.",
)
@click.option("--resample", metavar="METHOD", help="case, wild or residual.")
@click.option("--cluster", metavar="COLUMN", help="Column whose values are resampled together.")
@click.option("--by", metavar="COLUMN", help="Split by this column; fit each group by itself.")
@click.option("--interval", metavar="METHOD", help="bca or percentile.")
@click.option(
    "--level",
    type=FRACTION,
    metavar="NUMBER",
    default=0.9,
    show_default=True,
    help="Level of the intervals.",
)
@click.option(
    "--starts",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help="Starts of the search (default: 128).",
)
@click.option(
    "--seed",
    "seeds",
    multiple=True,
    metavar="NUMBER",
    help="Seed of the resamples (default: 0), or the column of the runs' own random seeds.",
)
@click.option(
    "--accept", multiple=True, metavar="CODE", help="Fit in spite of this error of the table."
)
@click.option(
    "--most-rows",
    type=click.IntRange(min=10),
    metavar="NUMBER",
    help="Larger tables are thinned evenly to this many rows (default: 5000).",
)
@click.option("--without", multiple=True, metavar="ROWS", help="Set rows aside, for instance 2-6.")
@click.option("--quick", is_flag=True, help="No profiles, backtest or rival laws.")
@where_options
@click.option("--figures", metavar="DIR", help="Save each figure as SVG and PDF, and as CSV.")
@click.option("--out", metavar="FILE", help=f"Where to save the fit (default: {DEFAULT_OUT}).")
@click.option("--no-save", is_flag=True, help="Do not save the fit.")
@reading_options_except("loss", "seed")
@json_option
@strict_option
@click.pass_context
def fit(
    ctx: click.Context, /, file: str, as_json: bool, strict: bool, at: tuple[str, ...], **rest: Any
) -> None:
    """Fit a scaling law to a table of runs, with honest intervals.

    FILE is what lawcast check reads. Without --law it is the Chinchilla law where parameters and
    tokens both vary, else a power law with a floor. The fit is saved, to predict from and to
    report on.
    """
    from lawcast._errors import FitRefused, TableError

    where = _Where(parse_points(at), rest.pop("along"), rest.pop("ratio"))
    check_along(where.points, where.along, where.ratio)
    places = _places(rest)
    without, by = rest.pop("without"), rest.pop("by")
    if by is None and places.out is not None:
        require_free(places.out, [file], "fit")
    arguments = _fit_arguments(rest)
    loss_column: str | None = rest["loss"]
    kwargs = reading_kwargs(rest)
    try:
        runs = _read(file, kwargs, without)
        _require_free_groups(runs, by, places.out, file)
        results = _fit_all(runs, by, arguments, where)
    except TableError as error:
        _require_no_slip(loss_column, error)
        ctx.exit(say_bad_table(file, kwargs, error, as_json))
    except FitRefused as error:
        ctx.exit(say_refused(error, as_json))
    accepted = arguments["accept"]
    findings = [f for result in results for f in result.findings_that_count(accepted)]
    code = exit_code(findings, strict)
    if code == 0:
        results = _save(results, places, file, split=by is not None)
    if as_json:
        emit_json(fits_as_dict(results, by))
    else:
        for k, result in enumerate(results):
            if by is not None:
                emit("\n" * (k > 0) + f"Group  {group_text(by, result.group)}")
            show_fit(file, kwargs, result, bool(at))
        if code:
            emit(f"Not saved: --strict, and there are {count_findings(findings)}.")
    ctx.exit(code or int(any(result.unpredicted for result in results)))


@dataclass(frozen=True)
class _Where:
    """Where to predict."""

    points: list[Point]
    along: str | None
    ratio: float | None


@dataclass(frozen=True)
class _Places:
    """Where results go; None for nowhere."""

    out: Path | None
    figures: Path | None


def _places(rest: dict[str, Any]) -> _Places:
    """Where results go; checked before the work, not after it."""
    out, figures, keep_none = rest.pop("out"), rest.pop("figures"), rest.pop("no_save")
    if out is not None and keep_none:
        raise click.UsageError("--out and --no-save contradict each other; give one of them")
    if out == "-":
        raise click.UsageError("--out needs a file name; --json prints the fit instead")
    target = None if keep_none else Path(out or DEFAULT_OUT)
    folder = None if figures is None else Path(figures)
    if target is not None:
        require_place(target)
    if folder is not None:
        require_folder(folder)
    return _Places(target, folder)


def _fit_arguments(rest: dict[str, Any]) -> dict[str, Any]:
    """Take the arguments of ``lawcast.fit`` out of the options, which keep those of reading.

    ``--loss`` and ``--seed`` name a column of the table or say how to fit, by what they are given.
    """
    from lawcast.fitting.losses import LOSSES

    given = rest.pop("losses")
    seeds = [text.strip() for text in rest.pop("seeds")]
    numbers = [text for text in seeds if text.removeprefix("-").isdecimal()]
    function = _only("--loss", [name for name in given if name in LOSSES])
    number = _only("--seed", numbers)
    rest["loss"] = _only("--loss", [name for name in given if name not in LOSSES])
    rest["seed"] = _only("--seed", [text for text in seeds if text not in numbers])
    seed = int(number or 0)
    if not 0 <= seed < 2**63:
        raise click.UsageError(f"--seed takes a number from 0 to 2^63 - 1, not {seed}")
    names = ("law", "variable", "loss_scale", "bootstrap", "resample", "cluster", "interval",
             "level", "starts", "accept", "most_rows")  # fmt: skip
    arguments = {name: rest.pop(name) for name in names}
    if arguments["most_rows"] is None:
        del arguments["most_rows"]  # the library's own default holds
    _require_codes(arguments["accept"])
    return arguments | {
        "loss": function or "log-huber",
        "rng": seed,
        "diagnosis": not rest.pop("quick"),
    }


def _only(flag: str, words: list[str]) -> str | None:
    if len(words) > 1:
        raise click.UsageError(f"{flag} is given twice: {words[0]} and {words[1]}")
    return words[0] if words else None


def _require_no_slip(word: str | None, error: TableError) -> None:
    """A slip in the name of a loss function reads like the name of a missing column."""
    import difflib

    from lawcast._errors import UnknownNameError
    from lawcast.fitting.losses import LOSSES

    missing = any(finding.code == "R001" for finding in error.findings)
    if word and missing and difflib.get_close_matches(word, LOSSES, n=1, cutoff=0.75):
        raise UnknownNameError("loss function or column", word, LOSSES)


def _read(file: str, kwargs: dict[str, Any], without: tuple[str, ...]) -> Runs:
    from lawcast.runs.read import read_runs

    ids = row_ids(without) if without else []
    runs = read_runs(file, **kwargs)
    if not ids:
        return runs
    _require_rows(runs, ids)
    kept = runs.drop(ids, reason="left out with --without")
    if len(runs) and not len(kept):
        raise click.UsageError(
            f"--without leaves out all {len(runs)} rows: no rows are left to fit; name fewer"
        )
    return kept


def _require_free_groups(runs: Runs, by: str | None, out: Path | None, file: str) -> None:
    """The care for what is there already, for groups: their names are known from the table."""
    if by is None or out is None:
        return
    names: list[str] = []
    for group in runs.split(by):
        names.append(file_name(group, names))
        require_free(_for_group(out, names) or out, [file], "fit")


def _require_rows(runs: Runs, ids: list[int]) -> None:
    """Every row named exists; one that was set aside before is said by the table itself.

    Raises:
        click.UsageError: one does not.
    """
    known = {*runs.row_ids.tolist(), *(row for aside in runs.set_aside for row in aside.rows)}
    stray = sorted(set(ids) - known)
    if stray and known:
        raise click.UsageError(
            f"--without {row_words(stray)}: {printable(runs.source)} has no such "
            f"{runs.row_label}s; its runs are in {runs.row_label}s {min(known)} to {max(known)}"
        )


def _fit_all(runs: Runs, by: str | None, arguments: dict[str, Any], where: _Where) -> list[Fitted]:
    from lawcast.runs.checks_values import LEAST_ROWS

    if by is None:
        return [_fit_one("", "", runs, arguments, where)]
    parts = runs.split(by)
    largest = max(map(len, parts.values()), default=0)
    if len(parts) > 1 and largest < LEAST_ROWS:
        size = "1 run" if largest == 1 else f"at most {largest} runs"
        raise click.UsageError(
            f"--by {printable(by)} makes {len(parts)} groups of {size}, and a law needs "
            f"{LEAST_ROWS}; name a column that many runs share"
        )
    return [
        _fit_one(name, f"{group_text(by, name)}: ", part, arguments, where)
        for name, part in parts.items()
    ]


def _fit_one(
    name: str, prefix: str, runs: Runs, arguments: dict[str, Any], where: _Where
) -> Fitted:
    """The fit of a table or of one group, whose name is put before what goes wrong in it."""
    from lawcast._errors import FitRefused, TableError
    from lawcast.fitting.entry import fit as fit_law

    try:
        with watched(prefix) as progress:
            fitted = fit_law(runs, **arguments, progress=progress)
            predictions, none = predict_what_can_be(
                fitted, where.points, along=where.along, ratio=where.ratio
            )
    except TableError as error:
        raise TableError(tuple(_named(prefix, finding) for finding in error.findings)) from error
    except FitRefused as error:
        findings = tuple(_named(prefix, finding) for finding in error.findings)
        if prefix and len(runs) <= _MOST_LISTED:
            rows = row_words(runs.row_ids.tolist())
            findings = tuple(
                replace(f, fix=f"{f.fix}; --without {rows} fits the others") for f in findings
            )
        raise FitRefused(f"{prefix}{error}", findings, error.fit) from error
    return Fitted(name, fitted, runs.check(), tuple(predictions), tuple(none))


def _named(prefix: str, finding: Finding) -> Finding:
    return replace(finding, message=prefix + finding.message)


def _require_codes(codes: tuple[str, ...]) -> None:
    from lawcast._errors import UnknownNameError
    from lawcast.runs.findings import KINDS

    known = [kind.code for kind in KINDS]
    for code in codes:
        if code not in known:
            raise UnknownNameError("finding about a table", code, known)


def _save(results: list[Fitted], places: _Places, file: str, split: bool) -> list[Fitted]:
    """Write every fit and figure, or nothing."""
    saved: list[Fitted] = []
    names: list[str] = []
    with all_or_nothing([file]) as staged:
        for result in results:
            if split:
                names.append(file_name(result.group, names))
            out, figures = (_for_group(place, names) for place in (places.out, places.figures))
            if figures is not None:
                from lawcast.reporting.figures import save_figures

                with waiting("drawing figures"):
                    made = save_figures(result.fit, staged.folder(figures), result.predictions)
                result = replace(result, figures=figures, figure_count=len(made))
            if out is not None:
                replaced = out.is_file()
                place = staged.file(out)
                result.fit.save(place)
                result = replace(result, target=out, sha256=digest(place), replaced=replaced)
            saved.append(result)
    return saved


def _for_group(place: Path | None, names: list[str]) -> Path | None:
    """``fit.json`` as ``fit-small.json`` for the group named last."""
    if place is None or not names:
        return place
    return place.with_name(f"{place.stem}-{names[-1]}{place.suffix}")
