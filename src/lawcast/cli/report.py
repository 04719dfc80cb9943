"""``lawcast report``: a saved fit as one self-contained HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lawcast.cli._points import check_along, parse_points, predict_points, where_options
from lawcast.cli._progress import waiting
from lawcast.cli._shared import (
    OnceCommand,
    emit,
    emit_json,
    json_option,
    printable,
    require_saved,
)
from lawcast.cli._writing import all_or_nothing, digest, require_free, require_place

DEFAULT_OUT = "report.html"


@click.command(cls=OnceCommand)
@click.argument("files", metavar="FIT...", nargs=-1, required=True)
@click.option(
    "--out",
    default=DEFAULT_OUT,
    metavar="FILE",
    show_default=True,
    help="Where to write the report.",
)
@where_options
@click.option("--title", metavar="TEXT", help="Title of the report.")
@click.option("--redact", is_flag=True, help="Leave the raw rows out.")
@json_option
def report(
    files: tuple[str, ...],
    out: str,
    at: tuple[str, ...],
    along: str | None,
    ratio: float | None,
    title: str | None,
    redact: bool,
    as_json: bool,
) -> None:
    """Write saved fits as one HTML file that needs no network.

    FIT is a file that lawcast fit wrote, or an earlier report.
    """
    points = parse_points(at)
    check_along(points, along, ratio)
    target = Path(out)
    require_place(target)
    for file in files:
        require_saved(file)
    require_free(target, files, "report")
    from lawcast._values import document
    from lawcast.fitting.saved import read_fit

    parts: dict[str, list[Any]] = {}
    for file in files:
        fit = read_fit(file)
        predictions = predict_points(fit, points, along=along, ratio=ratio)
        parts[file] = [fit, *predictions]
    from lawcast.reporting.report import report as make_report

    shown = parts if len(parts) > 1 else parts[files[0]]
    with waiting("drawing the report"):
        made = make_report(shown, title=title and _clean(title), redact=redact)
        with all_or_nothing() as staged:
            made.save(staged.file(target))
    size = target.stat().st_size if target.is_file() else 0
    sha256 = digest(target)
    if as_json:
        content = {"path": out, "bytes": size, "sha256": sha256, "redacted": redact}
        emit_json(document("report-file", 1, content))
        return
    rows = "without the raw rows" if redact else "with the runs inside"
    emit(f"Saved  {printable(out)} ({size / 1000:,.0f} kB, {sha256[:8]}), {rows}")
    emit("       one file: open it in a browser, mail it, or attach it to a paper")


def _clean(title: str) -> str:
    return " ".join(printable(title).split())
