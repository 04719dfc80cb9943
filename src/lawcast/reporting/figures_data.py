"""The table of runs as a picture: which sizes were trained on how much data."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from lawcast._tables import Table
from lawcast._units import COUNT_COLUMNS, format_compute, format_count
from lawcast._values import Array
from lawcast.fitting.frontier import flop_per_token_param
from lawcast.reporting import look as style
from lawcast.reporting.picture import Picture
from lawcast.runs.table import Runs


def design_picture(runs: Runs) -> Picture | None:
    """Model size against data with lines of equal compute, coloured by loss.

    Returns:
        None where params and tokens are not both known and varied.
    """
    if "params" not in runs or "tokens" not in runs:
        return None
    size, data = runs["params"], runs["tokens"]
    usable = np.isfinite(size) & np.isfinite(data) & (size > 0) & (data > 0)
    if usable.sum() < 2 or np.unique(size[usable]).size < 2 or np.unique(data[usable]).size < 2:
        return None
    part = runs.take(usable)
    size, data = part["params"], part["tokens"]
    flop = flop_per_token_param(part)
    with style.look():
        figure = style.new_figure(style.WIDTH * 0.85, 4.4)
        ax: Any = figure.subplots()
        x_limits, y_limits = style.padded(data, 0.07), style.padded(size, 0.08)
        style.set_axis(ax, "x", "tokens", *x_limits, log=True)
        style.set_axis(ax, "y", "params", *y_limits, log=True)
        _equal_compute(ax, flop, x_limits, y_limits)
        loss = part.columns.get("loss")
        scale = style.colour_scale(loss)
        if scale is None:
            style.scatter(ax, data, size, color=style.BLUE)
        else:
            points = style.scatter(ax, data, size, c=loss, cmap=style.ORDERED, norm=scale)
            style.add_colourbar(figure, points, [ax], "loss")
    ratio = data / size
    low, high = np.quantile(ratio, [0.05, 0.95])
    return Picture(
        name="design",
        title="Which runs there are",
        description=(
            f"{len(part):,} runs of {np.unique(size).size} model sizes from "
            f"{format_count(float(size.min()))} to {format_count(float(size.max()))} parameters on "
            f"{format_count(float(data.min()))} to {format_count(float(data.max()))} tokens; nine "
            f"of ten have between {low:.3g} and {high:.3g} tokens a parameter. Lines join equal "
            f"compute, C = {flop:.3g}·N·D{_typical(part)}."
        ),
        figure=figure,
        table=_design_table(part),
    )


def _typical(runs: Runs) -> str:
    return ", the mean ratio in the compute column" if runs.accounting == "column" else ""


def _equal_compute(
    ax: Any, flop: float, x_limits: tuple[float, float], y_limits: tuple[float, float]
) -> None:
    lowest = np.log10(flop * x_limits[0] * y_limits[0])
    highest = np.log10(flop * x_limits[1] * y_limits[1])
    powers = np.arange(np.ceil(lowest), np.floor(highest) + 1)
    for power in powers[:: max(int(np.ceil(powers.size / 7)), 1)]:
        compute = 10.0**power
        ends = np.array(x_limits)
        ax.plot(ends, compute / flop / ends, color="#8a8f98", linewidth=0.7, zorder=1)
        top, left = compute / flop / y_limits[1], compute / flop / x_limits[0]
        if x_limits[0] < top < x_limits[1]:  # the line leaves the axes at the top, or at the left
            place, offset, align = (top, y_limits[1]), (0, 2), ("center", "bottom")
        elif y_limits[0] < left < y_limits[1]:
            place, offset, align = (x_limits[0], left), (4, 0), ("left", "bottom")
        else:
            continue
        ax.annotate(
            style.tick_text("compute", compute), place, xytext=offset, color=style.FAINT,
            textcoords="offset points", fontsize=8.0, annotation_clip=False, ha=align[0],
            va=align[1],
        )  # fmt: skip
    ax.set_title("lines of equal compute (FLOP)", pad=16, color=style.FAINT, fontsize=8.5)


def _design_table(runs: Runs) -> Table:
    names = [n for n in ("params", "tokens", "compute", "loss") if n in runs]
    columns: dict[str, Array] = {n: runs[n] for n in names}
    return Table(
        (runs.row_label, *names),
        tuple(
            (int(row), *(_value(columns[n][i]) for n in names))
            for i, row in enumerate(runs.row_ids)
        ),
    )


def _value(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def span_table(runs: Runs, digits: int | None = None) -> Table:
    """One row a numeric fixed column: smallest, largest, decades, distinct and missing values.

    Args:
        runs: the table.
        digits: significant digits of smallest, largest and decades; the usual ones when None.
    """
    rows: list[tuple[Any, ...]] = []
    for name in dict.fromkeys((*_SPANNED, *runs.user_columns)):
        column = runs.columns.get(name)
        if column is None or column.dtype == np.object_:
            continue
        known = column[np.isfinite(column)]
        if not known.size:
            rows.append((name, None, None, None, 0, column.size))
            continue
        low, high = float(known.min()), float(known.max())
        shown = _shown_as(name, digits)
        decades = float(np.log10(high / low)) if low > 0 else None
        if decades is not None and digits is not None:
            decades = round(decades, 1)
        rows.append(
            (name, shown(low), shown(high), decades, np.unique(known).size,
             int(column.size - known.size))
        )  # fmt: skip
    return Table(("column", "smallest", "largest", "decades", "distinct", "missing"), tuple(rows))


_SPANNED = ("params", "tokens", "unique_tokens", "compute", "loss", "step", "width")


def _shown_as(name: str, digits: int | None) -> Callable[[float], str]:
    if name == "compute":
        return partial(format_compute, digits=digits or 3)
    if name in COUNT_COLUMNS:
        return partial(format_count, digits=digits or 3)
    return lambda value: f"{value:.{digits or 4}g}"
