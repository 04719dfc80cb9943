"""``lawcast predict``: what a saved fit says about runs that were not made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lawcast.cli._points import (
    FRACTION,
    Point,
    check_along,
    parse_points,
    parse_settings,
    predict_points,
    where_options,
)
from lawcast.cli._shared import (
    OnceCommand,
    emit,
    emit_json,
    exit_code,
    json_option,
    options_card,
    printable,
    require_saved,
    strict_option,
)

if TYPE_CHECKING:
    from lawcast.fitting.result import Fit


@click.command(cls=OnceCommand)
@click.argument("file", metavar="FIT")
@click.option("--params", metavar="N", help='Parameters: "70B", or "4x" the largest in the data.')
@click.option("--tokens", metavar="D", help='Training tokens: "1.4T", or "4x" the largest.')
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Another variable.")
@click.option(
    "--compute",
    "budgets",
    multiple=True,
    metavar="C",
    help='Compute: "1e24 FLOP", or "10x" the largest in the data (repeat for more).',
)
@where_options
@click.option(
    "--level",
    type=FRACTION,
    metavar="NUMBER",
    help="Level of the intervals (default: that of the fit).",
)
@json_option
@strict_option
@click.pass_context
def predict(
    ctx: click.Context,
    /,
    file: str,
    along: str | None,
    ratio: float | None,
    level: float | None,
    as_json: bool,
    strict: bool,
    **where: Any,
) -> None:
    """Predict runs that were not made, from a saved fit.

    FIT is a file that lawcast fit wrote, or a report.
    """
    points = _points(**where)
    check_along(points, along, ratio)
    require_saved(file)
    from lawcast._values import document
    from lawcast.fitting.saved import read_fit

    fit = read_fit(file)
    _require_whole(points, fit)
    predictions = predict_points(fit, points, along=along, ratio=ratio, level=level)
    if as_json:
        content = {
            "fit": file,
            "law": fit.law.name,
            "status": fit.status.to_dict(),
            "predictions": [prediction.to_dict() for prediction in predictions],
        }
        emit_json(document("predictions", 1, content))
    else:
        if not fit.status.ok:
            emit(f"! {printable(fit.status.text)}\n")
        texts = [options_card(prediction.card()).text() for prediction in predictions]
        emit("\n\n".join("\n".join(map(printable, text.splitlines())) for text in texts))
    ctx.exit(exit_code([f for prediction in predictions for f in prediction.findings], strict))


def _require_whole(points: list[Point], fit: Fit) -> None:
    """Every point without compute names every variable of the law.

    Raises:
        click.UsageError: one does not.
    """
    for point in points:
        if {"", "compute"} & set(point):
            continue
        named = {"tokens" if name == "samples" else fit.runs.resolve(name) for name in point}
        missing = [name for name in fit.law.variables if name not in named]
        if missing and named <= set(fit.law.variables):
            options = [
                f"--{name}" if name in ("params", "tokens") else f"--set {name}=VALUE"
                for name in missing
            ]
            raise click.UsageError(
                f"the law {fit.law.name!r} reads {', '.join(fit.law.variables)}; "
                f"missing: {', '.join(missing)}; add {' and '.join(options)}"
            )


def _points(
    params: str | None,
    tokens: str | None,
    settings: tuple[str, ...],
    budgets: tuple[str, ...],
    at: tuple[str, ...],
) -> list[Point]:
    """The points asked for: one of named variables, or one for every amount of compute.

    Raises:
        click.UsageError: no point, or options that contradict each other.
    """
    named = [f"{name}={value}" for name, value in (("params", params), ("tokens", tokens)) if value]
    shared = ",".join([*named, *settings])
    parse_settings([*named, *settings])
    texts = [",".join(filter(None, (f"compute={budget}", shared))) for budget in budgets]
    if shared and not budgets:
        texts = [shared]
    points = parse_points([*texts, *at])
    if not points:
        raise click.UsageError(
            "say where to predict, for instance --params 70B --tokens 1.4T or --compute 10x"
        )
    return points
