"""``lawcast report``: a saved fit as one self-contained HTML file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from lawcast.cli._points import HELP, POSITIVE, check_along, parse_points, predict_points
from lawcast.cli._progress import waiting
from lawcast.cli._shared import emit, emit_json, json_option, printable
from lawcast.cli._writing import digest, require_place

DEFAULT_OUT = "report.html"


@click.command()
@click.argument("files", metavar="FIT...", nargs=-1, required=True)
@click.option(
    "--out",
    default=DEFAULT_OUT,
    metavar="FILE",
    show_default=True,
    help="Where to write the report.",
)
@click.option("--at", multiple=True, metavar="WHERE", help=HELP)
@click.option("--along", metavar="HOW", help="Split compute: optimal (default) or fixed-ratio.")
@click.option(
    "--ratio",
    type=POSITIVE,
    metavar="NUMBER",
    help="Tokens per parameter for --along fixed-ratio.",
)
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
    from lawcast._errors import WriteError
    from lawcast._values import document
    from lawcast.fitting.saved import read_fit

    for file in files:
        if target.exists() and os.path.exists(file) and os.path.samefile(target, file):
            raise WriteError(f"{out} is the fit itself; give the report another name with --out")
    parts: dict[str, list[Any]] = {}
    for file in files:
        fit = read_fit(file)
        predictions = predict_points(fit, points, along=along, ratio=ratio)
        parts[file] = [fit, *predictions]
    from lawcast.reporting.report import report as make_report

    shown = parts if len(parts) > 1 else parts[files[0]]
    with waiting("drawing the report"):
        make_report(shown, title=title, redact=redact).save(target)
    size = target.stat().st_size if target.is_file() else 0
    sha256 = digest(target)
    if as_json:
        content = {"path": out, "bytes": size, "sha256": sha256, "redacted": redact}
        emit_json(document("report-file", 1, content))
        return
    rows = "without the raw rows" if redact else "with the runs inside"
    emit(f"Saved  {printable(out)} ({size / 1000:,.0f} kB, {sha256[:8]}), {rows}")
    emit("       one file: open it in a browser, mail it, or attach it to a paper")
