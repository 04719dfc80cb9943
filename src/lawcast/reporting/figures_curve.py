"""The forecast of a learning curve: its points, every law's way on, the average and its band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lawcast._errors import ArgumentError
from lawcast._tables import Table, bracket, joined, significant
from lawcast._units import format_variable
from lawcast._values import Array
from lawcast.fitting.extrapolation.families import NO_CHANGE
from lawcast.fitting.extrapolation.result import Extrapolation
from lawcast.reporting import look as style
from lawcast.reporting.picture import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_CURVES = 12
"""Curves in one figure of small multiples."""

_ZOOM_FROM = 12.0
"""A curve that spans more than this factor in x also gets a panel of its end alone."""

_END = 6.0  # the end of a curve: from its largest x over this
_GRID = 60
_FADED = "#8a9099"
_MOST_MARKED = 6
_LEAST_WEIGHT = 0.005


@dataclass(frozen=True)
class Paths:
    """What is drawn of one forecast.

    Args:
        extrapolation: the forecast.
        x: (k,) places from inside the data to a little beyond the farthest target.
        value, low, high: (k,) average and band there; NaN where no interval is quoted.
        laws: law name -> (k,) its own curve.
        held_out: (t,) places and (t,) values that the forecast did not see.
    """

    extrapolation: Extrapolation
    x: Array
    value: Array
    low: Array
    high: Array
    laws: dict[str, Array]
    held_out: tuple[Array, Array]

    @property
    def end(self) -> float:
        """Where the data end."""
        return self.extrapolation.curve.x_max


def curve_picture(
    extrapolation: Extrapolation,
    held_out: tuple[Sequence[float] | Array, Sequence[float] | Array] | None = None,
    *,
    points: bool = True,
) -> Picture:
    """The curve, each law's forecast, the average with its band, and the targets.

    Args:
        extrapolation: the forecast.
        held_out: x (t,) and y (t,) of later points that the forecast did not see; drawn hollow.
        points: draw the points of the curve; a redacted report leaves them out.

    Raises:
        ArgumentError: ``held_out`` is not two rows of one length, or holds what cannot be drawn.
    """
    paths = paths_of(extrapolation, held_out)
    curve = extrapolation.curve
    wide = curve.x_max / float(curve.x.min()) > _ZOOM_FROM
    with style.look():
        figure = style.new_figure(style.WIDTH, 4.2)
        if wide:
            axes: Any = figure.subplots(1, 2, width_ratios=(1.0, 2.3))
            draw_paths(axes[0], paths, points)
            frame_paths(axes[0], paths, float(curve.x.min()), curve, points)
            axes[0].set_title("the whole curve")
            last = axes[1]
        else:
            last = figure.subplots()
        draw_paths(last, paths, points, detailed=True)
        start = curve.x_max / _END if wide else float(curve.x.min())
        frame_paths(last, paths, start, curve, points, room=1.5)
        _label_laws(last, paths)
        mark_targets(last, paths)
        _mark_end_of_band(last, paths)
        last.axvline(curve.x_max, color=style.FAINT, linestyle=(0, (1, 1.5)), linewidth=1.0)
        _mark_end_of_data(last, paths)
        if wide:
            last.set_title("its end, and what comes after")
            last.set_ylabel("")
        handles, names = last.get_legend_handles_labels()
        _legend(figure, handles, names, _title(extrapolation))
    return Picture(
        name="extrapolation",
        title=_title(extrapolation),
        description=_description(extrapolation),
        figure=figure,
        table=_numbers(paths, points),
    )


def curves_picture(extrapolations: Sequence[Extrapolation], *, points: bool = True) -> Picture:
    """The ends of up to :data:`MOST_CURVES` curves with their forecasts, a panel each.

    Args:
        extrapolations: the forecasts; those after the first twelve are left out, which the
            description says.
        points: draw the points of the curves.
    """
    shown = list(extrapolations[:MOST_CURVES])
    columns = min(3, len(shown))
    rows = -(-len(shown) // columns)
    every = [paths_of(one, None) for one in shown]
    with style.look():
        figure = style.new_figure(style.WIDTH, 0.5 + 2.1 * rows)
        axes: Any = figure.subplots(rows, columns, squeeze=False)
        for k, ax in enumerate(axes.flat):
            if k >= len(shown):
                ax.set_visible(False)
                continue
            one, curve = shown[k], shown[k].curve
            draw_paths(ax, every[k], points)
            start = max(float(curve.x.min()), curve.x_max / _ZOOM_FROM)
            frame_paths(ax, every[k], start, curve, points, apart=0.2)
            ax.axvline(curve.x_max, color=style.FAINT, linestyle=(0, (1, 1.5)), linewidth=0.8)
            ax.set_title(style.tidy(one.name or f"curve {k + 1}", 26), fontsize=8.5)
            ax.tick_params(labelsize=7.5)
            if k % columns:
                ax.set_ylabel("")
            if k + columns < len(shown):
                ax.set_xlabel("")
        handles, names = axes.flat[0].get_legend_handles_labels()
        of_all = f"{len(shown)} of {len(extrapolations)} curves and their forecasts"
        _legend(figure, handles, ["points", *names[1:]] if points else names, of_all)
    left = len(extrapolations) - len(shown)
    last = f" {left} more are not drawn." if left else ""
    first = shown[0]
    return Picture(
        name="extrapolations",
        title="The curves and what comes after them",
        description=(
            f"{len(shown)} of {len(extrapolations)} curves with their forecast and its "
            f"{_percent(first)} interval; the dotted line is where the data end.{last}"
        ),
        figure=figure,
        table=_many_numbers(extrapolations),
    )


def _legend(figure: Figure, handles: Any, names: Sequence[str], title: str) -> None:
    """The title of the figure and its legend, on two lines above everything."""
    figure.legend(
        handles, names, loc="outside upper left", ncols=5, title=title, alignment="left",
        title_fontsize=10.5,
    )  # fmt: skip


def paths_of(
    extrapolation: Extrapolation,
    held_out: tuple[Sequence[float] | Array, Sequence[float] | Array] | None,
) -> Paths:
    """What is drawn of a forecast, with later points that it did not see."""
    later = _held_out(held_out)
    curve = extrapolation.curve
    farthest = max(float(np.max(extrapolation.at)), *later[0], 1.2 * curve.x_max)
    start = max(float(curve.x.min()), curve.x_max / _ZOOM_FROM)
    inside = np.geomspace(start, curve.x_max, _GRID // 2)[:-1]
    beyond = np.geomspace(curve.x_max, farthest, _GRID)
    beyond[0] = curve.x_max  # to the bit: it belongs to both sides
    end_of_band = curve.x_max * extrapolation.calibration.farthest
    if end_of_band < farthest:
        beyond = np.sort(np.append(beyond, end_of_band))
    x = np.concatenate([inside, beyond])
    made = extrapolation.band(x)
    laws = {
        share.law: np.full(x.size, float(share.value[0]))
        if share.law == NO_CHANGE
        else made[share.law]
        for share in extrapolation.laws
        if share.weight >= _LEAST_WEIGHT
    }
    return Paths(extrapolation, x, made["value"], made["low"], made["high"], laws, later)


def _held_out(
    given: tuple[Sequence[float] | Array, Sequence[float] | Array] | None,
) -> tuple[Array, Array]:
    if given is None:
        return np.zeros(0), np.zeros(0)
    x, y = (np.atleast_1d(np.asarray(part, dtype=float)) for part in given)
    if x.shape != y.shape or x.ndim != 1:
        raise ArgumentError(
            f"held_out= is x and y of the same length; these have shapes {x.shape} and {y.shape}"
        )
    if not (np.isfinite(x) & np.isfinite(y) & (x > 0.0)).all():
        raise ArgumentError("held_out= holds a missing value, or an x that is not positive")
    return x, y


def draw_paths(ax: Axes, paths: Paths, points: bool, detailed: bool = False) -> None:
    """Points, band, average, and in detail the laws."""
    one, end = paths.extrapolation, paths.end
    beyond, inside = paths.x >= end, paths.x <= end
    if points:
        shown = one.curve
        style.scatter(ax, shown.x, shown.value, color=style.SKY, label=_points_label(one))
    if detailed:
        for values in paths.laws.values():
            ax.plot(paths.x[beyond], values[beyond], color=_FADED, linewidth=0.9, zorder=2.5)
    ax.fill_between(
        paths.x[beyond], paths.low[beyond], paths.high[beyond], color=style.ORANGE, alpha=0.3,
        linewidth=0.0, zorder=2, label=f"{_percent(one)} interval",
    )  # fmt: skip
    ax.plot(paths.x[inside], paths.value[inside], color=style.VERMILION, linewidth=1.0, zorder=4)
    ax.plot(
        paths.x[beyond], paths.value[beyond], color=style.VERMILION, linewidth=2.4, zorder=4,
        label="average of the laws",
    )  # fmt: skip
    x, y = paths.held_out
    if x.size:
        ax.scatter(
            x, y, s=20.0, facecolors="none", edgecolors=style.INK, linewidths=0.9, zorder=5,
            label="held out",
        )  # fmt: skip


def frame_paths(
    ax: Axes,
    paths: Paths,
    start: float,
    curve: Any,
    points: bool,
    *,
    room: float = 1.0,
    apart: float = 0.12,
) -> None:
    """Limits, ticks and labels; ``room`` is space right of the lines, for the names of the laws."""
    one = paths.extrapolation
    inside = paths.x >= start
    shown = curve.value[curve.x >= start] if points else np.zeros(0)
    heights = np.concatenate(
        [shown, paths.held_out[1], *(v[inside] for v in (paths.value, paths.low, paths.high))]
    )
    log = bool(curve.metric.falls) and bool((heights[np.isfinite(heights)] > 0.0).all())
    low, high = style.padded(heights, 0.08, log=log)
    style.set_axis(ax, "y", one.response, low, high, log=log, apart=0.06)
    last = float(paths.x[-1])
    span = last / start
    style.set_axis(
        ax, "x", one.variable, start / span**0.03, last * span ** (0.05 + 0.3 * (room - 1.0) / 0.5),
        log=True, apart=apart,
    )  # fmt: skip


def _label_laws(ax: Axes, paths: Paths) -> None:
    """The name of each law at the end of its line, moved apart where they would touch."""
    from matplotlib.transforms import blended_transform_factory

    weights = {share.law: share.weight for share in paths.extrapolation.laws}
    low, high = ax.get_ylim()
    log = ax.get_yscale() == "log"

    def height(value: float) -> float:
        """Share of the axis below a value."""
        if log:
            return float(np.log(max(value, 1e-300) / low) / np.log(high / low))
        return (value - low) / (high - low)

    ends = sorted((height(float(v[-1])), law) for law, v in paths.laws.items())
    if not ends:
        return
    places = _apart(np.clip([at for at, _ in ends], 0.03, 0.97), 0.05)
    last = float(paths.x[-1])
    span = np.log(last / ax.get_xlim()[0])
    both = blended_transform_factory(ax.transData, ax.transAxes)
    for (at, law), place in zip(ends, places, strict=True):
        arrow = "" if 0.0 <= at <= 1.0 else (" ↑" if at > 1.0 else " ↓")
        ax.plot(
            [last, last * np.exp(0.03 * span)], [float(np.clip(at, 0.0, 1.0)), place],
            transform=both, color=_FADED, linewidth=0.6, clip_on=False,
        )  # fmt: skip
        ax.text(
            last * np.exp(0.04 * span), place, f"{law} {100 * weights[law]:.0f} %{arrow}",
            transform=both, fontsize=8.0, va="center", color=style.FAINT,
        )  # fmt: skip


def _apart(places: Array, least: float) -> Array:
    """Increasing places (n,) moved as little as needed to be ``least`` apart, inside 0 to 1."""
    if places.size * least > 0.94:
        return np.linspace(0.03, 0.97, places.size)
    moved = places.copy()
    for k in range(1, moved.size):
        moved[k] = max(moved[k], moved[k - 1] + least)
    moved[-1] = min(moved[-1], 0.97)
    for k in range(moved.size - 2, -1, -1):
        moved[k] = min(moved[k], moved[k + 1] - least)
    return moved


def mark_targets(ax: Axes, paths: Paths, *, apart: float = 0.085) -> None:
    """A diamond at every target, and the value beside those ``apart`` shares of the axis apart."""
    one = paths.extrapolation
    order = np.argsort(one.at)
    ax.plot(
        one.at, one.value, linestyle="none", marker="D", markersize=5.0, color="white",
        markeredgecolor=style.VERMILION, markeredgewidth=1.4, zorder=6, label="asked for",
    )  # fmt: skip
    span = np.log(ax.get_xlim()[1] / ax.get_xlim()[0])
    # values beside the diamonds lie on the side that the curve comes from, clear of the line
    above = bool(one.curve.metric.falls)
    taken = -np.inf
    for i in order:
        place = float(np.log(one.at[i]) / span)
        if place - taken < apart:
            continue
        taken = place
        at_end = one.at[i] >= 0.9 * paths.x[-1]  # right of it are the names of the laws
        ax.annotate(
            significant(float(one.value[i])), (float(one.at[i]), float(one.value[i])),
            xytext=(0, 9 if above else -9), textcoords="offset points",
            ha="right" if at_end else "center",
            va="bottom" if above else "top", fontsize=8.5, zorder=5.5,  # under the diamonds
            bbox={"boxstyle": "round,pad=0.1", "facecolor": "white", "alpha": 0.75,
                  "linewidth": 0.0},
        )  # fmt: skip


def _mark_end_of_data(ax: Axes, paths: Paths) -> None:
    """Say where the data end, on the side where there is room."""
    low, high = np.log(ax.get_xlim())
    left = (np.log(paths.end) - low) / (high - low) > 0.25
    end = format_variable(paths.extrapolation.variable, paths.end)
    ax.annotate(
        f" data end at {end} ", (paths.end, 0.015), xycoords=("data", "axes fraction"),
        ha="right" if left else "left", va="bottom", fontsize=8.0, color=style.FAINT,
    )  # fmt: skip


def _mark_end_of_band(ax: Axes, paths: Paths) -> None:
    """Say where intervals end, if a target lies beyond."""
    known = np.isfinite(paths.low)
    if known.all():
        return
    farthest = paths.extrapolation.calibration.farthest
    ax.annotate(
        f" no interval beyond {farthest:.3g}x", (farthest * paths.end, 0.08),
        xycoords=("data", "axes fraction"), fontsize=8.0, color=style.FAINT,
    )  # fmt: skip


def _points_label(one: Extrapolation) -> str:
    n = one.curve.x.size
    return f"{n:,} point{'s' if n != 1 else ''}"


def _percent(one: Extrapolation) -> str:
    return f"{100 * one.level:.3g} %"


def _title(one: Extrapolation) -> str:
    """``"vit-b: error 0.0312 expected at 8x"``."""
    far = int(np.argmax(one.at))
    name = f"{style.tidy(one.name)}: " if one.name else ""
    value = significant(float(one.value[far]))
    return f"{name}{style.tidy(one.response, 24)} {value} expected at {one.reach[far]:.3g}x"


def _description(one: Extrapolation) -> str:
    parts = []
    for made in one.forecasts[:_MOST_MARKED]:
        interval = made.value.interval
        ends = "no interval"
        if interval is not None:
            ends = bracket(interval.low, interval.high, 4)
        parts.append(f"{significant(made.value.value)} ({ends}) at {made.reach:.3g}x")
    rest = len(one.forecasts) - len(parts)
    more = f"; and {rest} more" if rest else ""
    whose = f"of {style.tidy(one.name)} " if one.name else ""
    weights = [f"{s.law} {100 * s.weight:.0f} %" for s in one.laws if s.weight >= _LEAST_WEIGHT]
    return (
        f"The {style.tidy(one.response, 24)} {whose}is forecast as {joined(parts)}{more}, with "
        f"{_percent(one)} intervals; the data end at "
        f"{format_variable(one.variable, one.curve.x_max)}. Average of {joined(weights)}."
    )


def _numbers(paths: Paths, points: bool) -> Table:
    """Points, held-out points, targets, and the average with its band and laws."""
    one = paths.extrapolation
    laws = list(paths.laws)
    blank: list[Any] = [None] * (2 + len(laws))
    rows: list[tuple[Any, ...]] = []
    if points:
        rows += [
            ("point", float(x), float(y), *blank)
            for x, y in zip(one.curve.x, one.curve.value, strict=True)
        ]
    rows += [("held out", float(x), float(y), *blank) for x, y in zip(*paths.held_out, strict=True)]
    shares = {share.law: share.value for share in one.laws}
    for i in range(one.at.size):
        own = [float(shares[law][i]) for law in laws]
        ends = (_known(one.low[i]), _known(one.high[i]))
        rows.append(("target", float(one.at[i]), float(one.value[i]), *ends, *own))
    for i in range(paths.x.size):
        own = [float(paths.laws[law][i]) for law in laws]
        ends = (_known(paths.low[i]), _known(paths.high[i]))
        rows.append(("line", float(paths.x[i]), float(paths.value[i]), *ends, *own))
    return Table(("what", one.variable, one.response, "low", "high", *laws), tuple(rows))


def _many_numbers(extrapolations: Sequence[Extrapolation]) -> Table:
    rows = [
        (one.name, float(x), float(v), _known(low), _known(high))
        for one in extrapolations
        for x, v, low, high in zip(one.at, one.value, one.low, one.high, strict=True)
    ]
    first = extrapolations[0]
    return Table(("curve", first.variable, first.response, "low", "high"), tuple(rows))


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
