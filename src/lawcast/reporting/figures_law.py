"""The law itself: on its line through the data, or observed against fitted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lawcast._tables import Table, bracket, significant
from lawcast._units import format_variable
from lawcast._values import Array, Estimate
from lawcast.fitting.prediction import Prediction, response_unit
from lawcast.fitting.result import Fit
from lawcast.reporting import look as style
from lawcast.reporting.path import (
    LawPath,
    ends,
    floors,
    path_of,
    reducible_draws,
    slope_over_last_decade,
)
from lawcast.reporting.picture import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BEYOND = 10.0  # how far past the data the line goes when no prediction asks for more


def law_picture(
    fit: Fit, predictions: Sequence[Prediction] = (), *, points: bool = True
) -> Picture | None:
    """The law with its data.

    Args:
        fit: the fit.
        predictions: marked with both their intervals where they lie on the line's axis.
        points: whether to draw and list single runs.

    Returns:
        Along compute or the one variable where there is one; else observed against fitted; None
        where only single runs could be shown and ``points`` is false.
    """
    path = path_of(fit)
    with style.look():
        if path is None:
            return _observed_against_fitted(fit) if points else None
        return _along(fit, path, predictions, points)


def _along(fit: Fit, path: LawPath, predictions: Sequence[Prediction], points: bool) -> Picture:
    placed = [(path.place_of(p), p) for p in predictions]
    marked = [(x, p) for x, p in placed if x is not None and (x > 0 or not path.log)]
    low, high = float(path.x.min()), float(path.x.max())
    start, stop = _limits(path, [x for x, _ in marked])
    inside = path.grid(low, high)
    outside = path.grid(high, stop, 10)
    below = path.grid(start, low, 4)[:-1]
    at = np.concatenate([below, inside, outside[1:]])
    curve = path.predict(fit, at)
    split = fit.law.floor is not None and path.log

    figure = style.new_figure(style.WIDTH, 7.0 if split else 4.4)
    grid: Any = figure.subplots(
        2 if split else 1, 1, sharex=True, squeeze=False,
        gridspec_kw={"height_ratios": [1.25, 1.0]} if split else None,
    )  # fmt: skip
    axes = [row[0] for row in grid]
    colour, scale = _colours(fit, path)
    drawn = None
    observed = fit.columns[fit.law.response]
    if points:
        drawn = _points(axes[0], path.x, observed, colour, scale)
    _line(axes[0], at, curve, high, fit.level, low, _line_label(path))
    _marks(axes[0], marked)
    floor = None if fit.law.floor is None else fit.parameters[fit.law.floor]
    reach = [v for p in curve for v in (p.value, *_both(p))]
    reach += [v for _, p in marked for v in (p.value, *_both(p))]
    bottom, top = _response_limits(
        np.array([*reach, *(observed if points else [])]), floor, path.log
    )
    response = fit.law.response
    style.set_axis(axes[0], "y", response, bottom, top, log=path.log)
    if floor is not None:
        _floor_line(axes[0], floor, fit.law.floor or "", fit.level)
    rises = curve[-1].value > curve[0].value
    axes[0].legend(loc="lower right" if rises else "upper right", handlelength=2.2)
    slope = slope_over_last_decade(fit, path)
    if split:
        _reducible(axes[1], fit, path, at, low, high, marked, (colour, scale, points))
        if slope is not None:
            _triangle(axes[1], fit, path, slope)
    elif slope is not None and fit.law.floor is None:
        _triangle(axes[0], fit, path, slope)
    for ax in axes:
        ax.axvspan(low, high, color=style.SHADE, zorder=0, linewidth=0)
    style.set_axis(axes[-1], "x", path.variable, start, stop, log=path.log)
    axes[0].set_title(f"Runs and fitted law: {style.tidy(response)}; data range shaded")
    if drawn is not None and scale is not None:
        style.add_colourbar(figure, drawn, axes, colour[0])
    return Picture(
        name="law",
        title=f"The fitted law along {style.tidy(path.variable)}",
        description=_message(fit, path, slope, marked, points, start, stop),
        figure=figure,
        table=_law_table(fit, path, at, curve, marked, points),
    )


def _response_limits(values: Array, floor: Estimate | None, log: bool) -> tuple[float, float]:
    """Limits that hold the floor too, unless it is so low that the runs would be a flat line."""
    bottom, top = style.padded(values, log=log)
    if floor is None or (log and floor.value < 0.2 * bottom):
        return bottom, top
    return style.padded(np.array([bottom, top, floor.value]), 0.05, log=log)


def _limits(path: LawPath, asked: Sequence[float]) -> tuple[float, float]:
    low, high = float(path.x.min()), float(path.x.max())
    if path.log:
        far = max([_BEYOND * high, *(2.0 * x for x in asked)])
        near = min([low / 1.5, *(x / 2.0 for x in asked)])
        return near, far
    air = 0.15 * (high - low) or 1.0
    near = min([low - 0.3 * air, *(x - 0.3 * air for x in asked)])
    return near, max([high + air, *(x + 0.3 * air for x in asked)])


def _colours(fit: Fit, path: LawPath) -> tuple[tuple[str, Array | None], Any]:
    """The column that colours the runs, and its scale; (name, None), None without one."""
    name = "tokens" if path.variable == "params" else "params"
    if fit.law.user or name not in fit.runs or name == path.variable:
        return (name, None), None
    values = fit.runs[name]
    scale = style.colour_scale(values)
    return (name, values if scale is not None else None), scale


def _points(
    ax: Axes, x: Array, y: Array, colour: tuple[str, Array | None], scale: Any, label: str = "runs"
) -> Any:
    options: dict[str, Any] = {"label": label}
    if scale is None:
        options["color"] = style.BLUE
    else:
        options.update(c=colour[1], cmap=style.ORDERED, norm=scale)
    return style.scatter(ax, x, y, **options)


def _line(
    ax: Axes, at: Array, curve: Sequence[Prediction], end: float, level: float, begin: float,
    label: str,
) -> None:  # fmt: skip
    """The law: solid inside the data, dashed beyond, with both bands."""
    values = np.array([p.value for p in curve])
    percent = f"{100 * level:.0f} %"
    for kind, opacity, words in (
        ("new_run", 0.13, f"{percent} band for one new run"),
        ("interval", 0.34, f"{percent} band for the mean curve"),
    ):
        low, high = ends(curve, kind)
        usable = np.isfinite(low)
        if usable.sum() > 1:
            ax.fill_between(
                at[usable], low[usable], high[usable], color=style.VERMILION, alpha=opacity,
                linewidth=0.5, zorder=2, label=words,
            )  # fmt: skip
    _solid_and_dashed(ax, at, values, begin, end, label)


def _line_label(path: LawPath) -> str:
    """Runs at another split lie above the line at the best one, so the legend says which it is."""
    if path.along == "optimal":
        return "fitted law at the best split"
    if path.along == "fixed-ratio" and path.frontier is not None:
        return f"fitted law at {path.frontier.ratio:.3g} tokens per parameter"
    return "fitted law"


def _solid_and_dashed(
    ax: Axes, at: Array, values: Array, begin: float, end: float, label: str = "fitted law"
) -> None:
    inside = (at >= begin * (1 - 1e-9)) & (at <= end * (1 + 1e-9)) if begin > 0 else (
        (at >= begin) & (at <= end)
    )  # fmt: skip
    options: dict[str, Any] = {"color": style.VERMILION, "zorder": 4}
    ax.plot(at[inside], values[inside], label=label, **options)
    first = np.flatnonzero(inside)
    dashed = {"linestyle": (0, (4, 2)), **options}
    ax.plot(at[first[-1] :], values[first[-1] :], label="extrapolated", **dashed)
    if first[0] > 0:
        ax.plot(at[: first[0] + 1], values[: first[0] + 1], **dashed)


def _marks(ax: Axes, marked: Sequence[tuple[float, Prediction]]) -> None:
    """Predictions: a thick bar for the mean curve and a thin one for a new run."""
    for k, (x, p) in enumerate(marked):
        for interval, width in ((p.new_run, 1.0), (p.interval, 3.2)):
            if interval is not None:
                ax.plot(
                    [x, x], [interval.low, interval.high], color=style.INK,
                    linewidth=width, zorder=5, solid_capstyle="butt",
                )  # fmt: skip
        _diamond(ax, x, p.value, "prediction" if k == 0 else None)


def _diamond(ax: Axes, x: float, y: float, label: str | None) -> None:
    ax.plot(
        [x], [y], marker="D", markersize=6.5, color="white", markeredgecolor=style.INK,
        markeredgewidth=1.3, zorder=6, linestyle="none", label=label,
    )  # fmt: skip


def _floor_line(ax: Axes, floor: Estimate, name: str, level: float) -> None:
    seen = floor.value > ax.get_ylim()[0]
    ax.axhline(floor.value, color=style.INK, linestyle=(0, (1, 1.5)), linewidth=1.1, zorder=1.5)
    text = f"floor {name} = {significant(floor.value)}"
    if floor.interval is not None:
        text += f" {bracket(floor.interval.low, floor.interval.high)}, {100 * level:.0f} %"
    ax.annotate(
        text if seen else f"{text}, below this axis",
        (0.01, floor.value if seen else ax.get_ylim()[0]), xycoords=("axes fraction", "data"),
        xytext=(0, 3), textcoords="offset points", fontsize=8.5, zorder=7,
    )  # fmt: skip


def _reducible(
    ax: Axes, fit: Fit, path: LawPath, at: Array, low: float, high: float,
    marked: Sequence[tuple[float, Prediction]], drawing: tuple[Any, Any, bool],
) -> None:  # fmt: skip
    """Second panel: what is left above the floor, on which a power law is a straight line."""
    colour, scale, points = drawing
    floor = float(floors(fit)[0])
    places = at[:: max(at.size // 12, 1)]
    places = np.unique(np.concatenate([places, at[-1:]]))
    draws = reducible_draws(fit, path, places)
    above = fit.columns[fit.law.response] - floor
    shown = above > 0
    if points:
        colours = (colour[0], None if colour[1] is None else colour[1][shown])
        _points(ax, path.x[shown], above[shown], colours, scale)
    line = reducible_draws_of_estimate(fit, path, at)
    intervals = [fit.interval(draws[1:, j], float(draws[0, j])) for j in range(places.size)]
    if all(i is not None and i.low > 0 for i in intervals):
        ax.fill_between(
            places, [i.low for i in intervals if i], [i.high for i in intervals if i],
            color=style.VERMILION, alpha=0.34, linewidth=0.5, zorder=2,
        )  # fmt: skip
    _solid_and_dashed(ax, at, line, low, high)
    for x, p in marked:
        if p.value > floor:
            _diamond(ax, x, p.value - floor, None)
    positive = line[line > 0]
    drawn = [positive, *([above[shown]] if points else [])]
    drawn += [np.array([i.low, i.high]) for i in intervals if i is not None and i.low > 0]
    bottom, top = style.padded(np.concatenate(drawn))
    bottom = max(bottom, float(positive.min()) / 6.0)  # one run at the floor hides the rest
    name = f"{style.tidy(fit.law.response)} − {fit.law.floor}"
    style.set_axis(ax, "y", name, bottom, top, log=True)
    unit = response_unit(fit)
    ax.set_ylabel(f"{name} ({unit})" if unit else name)
    ax.set_title(f"Reducible {style.tidy(fit.law.response)}: a power law is straight here")


def reducible_draws_of_estimate(fit: Fit, path: LawPath, at: Array) -> Array:
    """(m,) the fitted law minus its floor."""
    from dataclasses import replace

    alone = replace(fit, draws=fit.draws[:0], left_out=fit.left_out[:0])
    return np.asarray(reducible_draws(alone, path, at)[0])


def _triangle(ax: Axes, fit: Fit, path: LawPath, slope: tuple[Estimate, float, float]) -> None:
    """A slope triangle under the line over the last decade of the data, with the exponent."""
    estimate, low, high = slope
    line = reducible_draws_of_estimate(fit, path, np.array([low, high]))
    left, right = line / 1.45
    ax.plot([low, low, high], [left, right, right], color=style.INK, linewidth=0.9, zorder=6)
    ax.plot([low, high], [left, right], color=style.INK, linewidth=0.9, zorder=6)
    text = f"slope {estimate.value:.3f}"
    if estimate.interval is not None:
        text += f" [{estimate.interval.low:.3f}, {estimate.interval.high:.3f}]"
    ax.annotate(
        text.replace("-", "−"), (low, min(left, right)), xytext=(-5, -3),
        textcoords="offset points", ha="right", va="top", fontsize=8.5, zorder=7,
        bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1.0},
    )  # fmt: skip


def _both(p: Prediction) -> list[float]:
    return [v for i in (p.interval, p.new_run) if i is not None for v in (i.low, i.high)]


def _message(
    fit: Fit, path: LawPath, slope: tuple[Estimate, float, float] | None,
    marked: Sequence[tuple[float, Prediction]], points: bool, start: float, stop: float,
) -> str:  # fmt: skip
    low, high = float(path.x.min()), float(path.x.max())
    name = path.variable

    def place(value: float) -> str:
        return format_variable(name, value if points else float(f"{value:.1e}"))

    text = (
        f"The {fit.law.response} of {len(fit.runs):,} runs against {name} from "
        f"{place(low)} to {place(high)}"
        + ("" if points else " (single runs left out)")
        + f", with the law {fit.law.formula}"
        + (f" {path.words}," if path.words else "")
        + f" drawn up to {place(stop)}"
        + (" (at any other split it lies higher)" if path.along == "optimal" else "")
    )
    if slope is not None:
        what = "the law" if fit.law.floor is None else f"{fit.law.response} above the floor"
        between = f"{place(slope[1])} and {place(slope[2])}"
        text += f"; between {between} {what} has slope "
        text += f"{slope[0].value:.3f}"
        if slope[0].interval is not None:
            i = slope[0].interval
            text += f" [{i.low:.3f}, {i.high:.3f}] ({100 * i.level:.0f} %)"
    if marked:
        x, p = marked[0]
        text += f"; at {format_variable(name, x)} it predicts {significant(p.value)}"
        if p.interval is not None:
            text += f" {bracket(p.interval.low, p.interval.high, 4)}"
    return text + "."


def _law_table(
    fit: Fit, path: LawPath, at: Array, curve: Sequence[Prediction],
    marked: Sequence[tuple[float, Prediction]], points: bool,
) -> Table:  # fmt: skip
    def row(kind: str, x: float, p: Prediction) -> tuple[Any, ...]:
        return (kind, x, p.value, *_ends_of(p.interval), *_ends_of(p.new_run))

    rows: list[tuple[Any, ...]] = [row("prediction", x, p) for x, p in marked]
    rows += [row("law", float(x), p) for x, p in zip(at, curve, strict=True)]
    if points:
        observed = fit.columns[fit.law.response]
        rows += [
            ("run", float(x), float(y), None, None, None, None)
            for x, y in zip(path.x, observed, strict=True)
        ]
    return Table(
        ("what", path.variable, fit.law.response, "mean low", "mean high", "run low", "run high"),
        tuple(rows),
        notes=(f"Bands: {100 * fit.level:.0f} %, for the mean curve and for one new run.",),
    )


def _ends_of(interval: Any) -> tuple[float | None, float | None]:
    return (None, None) if interval is None else (interval.low, interval.high)


def _observed_against_fitted(fit: Fit) -> Picture:
    observed, fitted = fit.columns[fit.law.response], fit.fitted
    log = bool(np.all(observed > 0) and np.all(fitted > 0) and fit.on_log)
    figure: Figure = style.new_figure(5.2, 4.8)
    ax = figure.subplots()
    style.scatter(ax, fitted, observed, color=style.BLUE, label="runs")
    low, high = style.padded(np.concatenate([observed, fitted]), log=log)
    ax.plot([low, high], [low, high], color=style.VERMILION, label="observed = fitted")
    for which in ("x", "y"):
        style.set_axis(ax, which, fit.law.response, low, high, log=log)
    name = style.label_of(fit.law.response)
    ax.set_xlabel(f"fitted {name}")
    ax.set_ylabel(f"observed {name}")
    ax.legend(loc="upper left")
    spread = float(np.sqrt(np.mean(fit.residuals**2)))
    size = f"{100 * spread:.2g} %" if fit.on_log else significant(spread, 3)
    return Picture(
        name="law",
        title="Observed against fitted",
        description=(
            f"Observed against fitted {fit.law.response} of {len(fit.runs):,} runs, from "
            f"{significant(float(observed.min()))} to {significant(float(observed.max()))}; they "
            f"differ by {size} rms."
        ),
        figure=figure,
        table=Table(
            (fit.runs.row_label, *fit.law.variables, f"observed {fit.law.response}", "fitted"),
            tuple(
                (int(row), *(float(fit.runs[v][i]) for v in fit.law.variables), float(o), float(f))
                for i, (row, o, f) in enumerate(
                    zip(fit.runs.row_ids, observed, fitted, strict=True)
                )
            ),
        ),
    )
