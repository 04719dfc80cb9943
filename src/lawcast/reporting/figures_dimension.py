"""The dimension at every scale, around single points, over layers and over classes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from lawcast._tables import Table, bracket, significant
from lawcast._values import Array
from lawcast.geometry.collection import Dimensions, short_name
from lawcast.geometry.result import Dimension
from lawcast.geometry.summary import (
    answer_words,
    ends_words,
    percent,
    plateau_words,
    rounded,
    stands,
    verdict_words,
)
from lawcast.reporting import look as style
from lawcast.reporting.picture import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_CLASSES = 60
"""Rows of one forest plot."""

_Z = 1.96  # 95 % of a normal error
_NAMED_LAYERS = 14
_BINS = 40
_CROWDED = 0.045  # share of the axis that two ticks need between them
_MOST_OVER = 1.6  # an error bar may reach this far above the largest value


def scale_picture(dimension: Dimension) -> Picture | None:
    """The dimension against the distance at which it is looked for; None without scales.

    Args:
        dimension: what was measured.
    """
    if not dimension.scales:
        return None
    with style.look():
        figure = style.new_figure(style.WIDTH, 4.4)
        ax = figure.subplots()
        draw_scales(ax, dimension)
        handles, names = _in_reading_order(*ax.get_legend_handles_labels())
        figure.legend(
            handles, names, loc="outside upper left", ncols=3, title=_title(dimension),
            alignment="left", title_fontsize=10.5,
        )  # fmt: skip
    return Picture(
        name="dimension-scales",
        title=_title(dimension),
        description=(
            f"{_capital(plateau_words(dimension))}. The answer is {answer_words(dimension)}."
        ),
        figure=figure,
        table=dimension.table,
    )


def draw_scales(ax: Axes, dimension: Dimension) -> None:
    """Calibrated and plain dimension against radius, the answer and the plateau, on your axes."""
    scales, level = dimension.scales, dimension.plateau
    radius = np.array([scale.radius for scale in scales])
    value = np.array([scale.value for scale in scales])
    error = np.array([scale.error for scale in scales])
    naive = np.array([scale.naive for scale in scales])
    top = _top(dimension, value, naive)
    if level is not None:
        edges = _edges(radius)
        ax.axvspan(
            edges[level.first], edges[level.last + 1], color=style.SHADE, linewidth=0.0, zorder=0,
            label="plateau",
        )  # fmt: skip
    _draw_answer(ax, dimension)
    known = np.isfinite(value)
    drawn = np.where(known, value, np.nan)
    spread = np.where(known & np.isfinite(error), _Z * error, 0.0)
    ax.fill_between(
        radius, np.maximum(drawn - spread, 0.0), drawn + spread, color=style.BLUE, alpha=0.2,
        linewidth=0.5, zorder=2,
    )  # fmt: skip
    ax.plot(radius, naive, color=style.FAINT, linewidth=1.0, linestyle=(0, (4, 2)), zorder=3,
            label="uncalibrated")  # fmt: skip
    ax.plot(radius, drawn, color=style.BLUE, marker="o", markersize=4.5, zorder=4,
            label=f"calibrated ± {_Z} errors (95 %)")  # fmt: skip
    ax.set_ylim(0.0, top)
    for at in radius[~known]:
        ax.annotate("no finite d →", (at, 0.985), xycoords=("data", "axes fraction"), rotation=90,
                    ha="center", va="top", fontsize=8.0, color=style.FAINT, zorder=5,
                    bbox={"boxstyle": "round,pad=0.1", "facecolor": "white", "alpha": 0.85,
                          "linewidth": 0.0})  # fmt: skip
    if dimension.width <= top:
        ax.axhline(dimension.width, color=style.INK, linestyle=(0, (1, 1.5)), linewidth=0.9)
        beneath = bool(np.nanmax(drawn[-2:], initial=0.0) > 0.9 * dimension.width)
        ax.annotate(f"D = {dimension.width:,}, all coordinates ", (1.0, dimension.width),
                    xytext=(0, -3 if beneath else 2), xycoords=("axes fraction", "data"),
                    textcoords="offset points", ha="right", va="top" if beneath else "bottom",
                    fontsize=8.0, color=style.FAINT)  # fmt: skip
    style.set_axis(ax, "x", "radius", *style.padded(radius, 0.06), log=True, apart=0.06)
    ax.set_xlabel(f"distance to the neighbours ({dimension.sample.metric})")
    ax.set_ylabel("dimension d")
    _rank_axis(ax, dimension, radius)


def _in_reading_order(handles: list[Any], names: list[str]) -> tuple[list[Any], list[str]]:
    """The answer and what belongs to it first; Matplotlib sorts by the kind of mark."""
    starts = ("answer", "its ", "at least", "calibrated", "uncalibrated", "plateau")
    order = sorted(
        range(len(names)),
        key=lambda i: [names[i].startswith(start) for start in starts].index(True),
    )
    return [handles[i] for i in order], [names[i] for i in order]


def _draw_answer(ax: Axes, dimension: Dimension) -> None:
    """The answer as a line with its interval, and what it is at least where that is all."""
    if math.isfinite(dimension.value):
        ax.axhline(dimension.value, color=style.VERMILION, linewidth=1.6, zorder=1.5,
                   label=f"answer {rounded(dimension.value)}")  # fmt: skip
    interval = dimension.interval
    if interval is not None and math.isfinite(interval.low):
        high = interval.high if math.isfinite(interval.high) else 1e9
        ax.axhspan(
            interval.low, high, color=style.VERMILION, alpha=0.16, linewidth=0.5, zorder=1,
            label=f"its {percent(interval.level)} interval",
        )  # fmt: skip
    lower = None if dimension.adequacy is None else dimension.adequacy.lower
    if lower is not None:
        ax.axhline(lower, color=style.INK, linewidth=1.2, linestyle=(0, (6, 2, 1, 2)), zorder=1.5,
                   label=f"at least {rounded(lower)}")  # fmt: skip


def _rank_axis(ax: Axes, dimension: Dimension, radius: Array) -> None:
    """The ranks behind each radius, along the top."""
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    top = ax.secondary_xaxis("top")
    low, high = (math.log(end) for end in ax.get_xlim())
    kept: list[int] = []
    for i, at in enumerate(np.log(radius)):
        if not kept or abs(at - math.log(radius[kept[-1]])) >= _CROWDED * (high - low):
            kept.append(i)
    top.xaxis.set_major_locator(FixedLocator([float(radius[i]) for i in kept]))
    top.xaxis.set_minor_locator(NullLocator())
    top.xaxis.set_major_formatter(FixedFormatter([f"{dimension.scales[i].low:,}" for i in kept]))
    top.set_xlabel("between the k-th and the 2k-th neighbour, k =", fontsize=8.5)
    top.tick_params(labelsize=8.0)


def local_picture(dimension: Dimension) -> Picture | None:
    """How the dimension varies from point to point; None where it was measured at none.

    Args:
        dimension: what was measured.
    """
    local = dimension.local[np.isfinite(dimension.local)]
    if local.size < 2 or np.ptp(local) == 0.0:
        return None
    low, middle, high = (float(q) for q in np.quantile(local, [0.25, 0.5, 0.75]))
    last = float(np.quantile(local, 0.995))
    edges = np.linspace(0.0, last * 1.02, _BINS + 1)
    counts, _ = np.histogram(np.minimum(local, last), edges)
    with style.look():
        figure = style.new_figure(style.WIDTH, 2.6)
        ax = figure.subplots()
        ax.stairs(counts, edges, fill=True, color=style.SKY, alpha=0.6)
        ax.stairs(counts, edges, color=style.BLUE, linewidth=0.9)
        if math.isfinite(dimension.value) and dimension.value < edges[-1]:
            ax.axvline(dimension.value, color=style.VERMILION)
            right = dimension.value < 0.8 * edges[-1]
            ax.annotate(f" answer {rounded(dimension.value)} ", (dimension.value, 0.97),
                        xycoords=("data", "axes fraction"), ha="left" if right else "right",
                        va="top", fontsize=8.5)  # fmt: skip
        ax.set_xlim(0.0, float(edges[-1]))
        ax.set_xlabel("dimension around one point, from its nearest neighbours")
        ax.set_ylabel("points")
        ax.set_title(f"{local.size:,} points; the middle half lies in {bracket(low, high)}")
    rows = tuple(
        (float(a), float(b), int(count))
        for a, b, count in zip(edges[:-1], edges[1:], counts, strict=True)
    )
    return Picture(
        name="dimension-local",
        title="The dimension around single points",
        description=(
            f"Around {local.size:,} single points the median dimension is "
            f"{significant(middle, 3)} and the middle half lies in {bracket(low, high)}. Each is "
            "from a few neighbours, so part of this spread is chance."
        ),
        figure=figure,
        table=Table(("from", "to", "points"), rows),
    )


def dimensions_picture(dimensions: Dimensions) -> Picture | None:
    """Dimension against layer, or a row for each class; None where nothing was measured."""
    if not len(dimensions):
        return None
    if dimensions.kind == "layer":
        return layers_picture(dimensions)
    return classes_picture(dimensions)


def layers_picture(dimensions: Dimensions) -> Picture:
    """The dimension against depth, with intervals; layers that were refused are gaps.

    Args:
        dimensions: of layers, one at least.
    """
    names = dimensions.names
    place = np.array([i for i, name in enumerate(names) if name in dimensions.each], dtype=float)
    each = [dimensions.each[names[int(i)]] for i in place]
    value = np.array([one.value if math.isfinite(one.value) else np.nan for one in each])
    with style.look():
        figure = style.new_figure(style.WIDTH, 3.6)
        ax: Any = figure.subplots()
        line = np.full(len(names), np.nan)
        line[place.astype(int)] = value
        ax.plot(np.arange(len(names)), line, color=style.BLUE, linewidth=1.0, zorder=2)
        _error_bars(ax, place, each, across=False)
        for i, name in enumerate(names):
            if name in dimensions.refused:
                ax.annotate("refused", (i, 0.02), xycoords=("data", "axes fraction"), rotation=90,
                            ha="center", va="bottom", fontsize=8.0,
                            color=style.FAINT)  # fmt: skip
        ax.set_ylim(0.0, _highest(each))
        ax.set_xlim(-0.6, len(names) - 0.4)
        if len(names) <= _NAMED_LAYERS:
            shown = [style.tidy(short_name(name)) for name in names]
            turned = max(map(len, shown)) * len(names) > 90
            ax.set_xticks(np.arange(len(names)), shown, rotation=30 if turned else 0,
                          ha="right" if turned else "center")  # fmt: skip
            ax.set_xlabel("layer")
        else:
            step = -(-len(names) // _NAMED_LAYERS)
            ticks = np.arange(0, len(names), step)
            ax.set_xticks(ticks, [str(i + 1) for i in ticks])
            ax.set_xlabel("layer, counted from 1")
        ax.set_ylabel("dimension d")
        ax.grid(axis="y", color=style.SHADE, linewidth=0.8, zorder=0)
        ax.set_axisbelow(True)
        _legend(figure, ax, f"The dimension of {dimensions.counted(len(each))}")
    return Picture(
        name="dimension-layers",
        title=f"The dimension of {dimensions.counted(len(each))}",
        description=_extremes(dimensions),
        figure=figure,
        table=_numbers(dimensions),
    )


def classes_picture(dimensions: Dimensions) -> Picture:
    """A row for each class: dimension with its interval.

    Args:
        dimensions: of classes, one at least; those after the first 60 are left out, which the
            description says.
    """
    names = list(dimensions.each)[:MOST_CLASSES]
    each = [dimensions.each[name] for name in names]
    height = np.arange(len(names), dtype=float)[::-1]
    with style.look():
        figure = style.new_figure(style.WIDTH, 1.3 + 0.24 * len(names))
        ax: Any = figure.subplots()
        ax.hlines(height, 0.0, 1.0, colors=style.SHADE, linewidth=0.8,
                  transform=ax.get_yaxis_transform(), zorder=0)  # fmt: skip
        _error_bars(ax, height, each, across=True)
        for one, at in zip(each, height, strict=True):
            told = rounded(one.value)
            if one.interval is not None:
                told += f" [{ends_words(one.interval, one.value)}]".replace(" to ", ", ")
            ax.annotate(told, (1.01, at), xycoords=("axes fraction", "data"), va="center",
                        fontsize=8.5, annotation_clip=False)  # fmt: skip
        ax.set_xlim(0.0, _highest(each))
        ax.set_ylim(-0.7, len(names) - 0.3)
        ax.set_yticks(height, [style.tidy(name, 28) or "(no name)" for name in names])
        ax.set_xlabel("dimension d")
        _legend(figure, ax, f"The dimension of {dimensions.counted(len(each))}")
    left = len(dimensions) - len(names)
    more = f" {left} more are not drawn." if left else ""
    return Picture(
        name="dimension-classes",
        title=f"The dimension of {dimensions.counted(len(each))}",
        description=_extremes(dimensions) + more,
        figure=figure,
        table=_numbers(dimensions),
    )


def _error_bars(ax: Any, place: Array, each: list[Dimension], *, across: bool) -> None:
    """Values with intervals: filled where they stand, hollow with an arrow where they do not."""
    for sure in (True, False):
        chosen = [(at, one) for at, one in zip(place, each, strict=True) if stands(one) is sure]
        finite = [(at, one) for at, one in chosen if math.isfinite(one.value)]
        if finite:
            ends = np.array([_reach(one) for _, one in finite]).T
            values = np.array([one.value for _, one in finite])
            places = np.array([at for at, _ in finite])
            x, y = (values, places) if across else (places, values)
            spread = {"xerr" if across else "yerr": ends}
            level = percent(each[0].level)
            ax.errorbar(
                x, y, **spread, linestyle="none", marker="o" if sure else "D", markersize=5.0,
                color=style.BLUE if sure else style.VERMILION, capsize=2.5, elinewidth=1.1,
                markerfacecolor=style.BLUE if sure else "white", zorder=3,
                label=f"d with its {level} interval" if sure else "do not rely on it alone",
            )  # fmt: skip
        for at, one in chosen:
            lower = None if one.adequacy is None else one.adequacy.lower
            if lower is not None:
                mark = ">" if across else "^"
                ax.plot(*((lower, at) if across else (at, lower)), marker=mark, markersize=6.0,
                        color=style.INK, linestyle="none", zorder=4)  # fmt: skip
                ax.annotate(
                    f"at least {rounded(lower)}", (lower, at) if across else (at, lower),
                    xytext=(-6, 0) if across else (7, -2), textcoords="offset points",
                    ha="right" if across else "left", va="center", fontsize=8.0,
                )  # fmt: skip


def _reach(one: Dimension) -> tuple[float, float]:
    """Distances from the value down and up to the ends of its interval; zero without one."""
    if one.interval is None:
        return 0.0, 0.0
    high = one.interval.high if math.isfinite(one.interval.high) else _MOST_OVER * one.value
    return max(one.value - one.interval.low, 0.0), max(high - one.value, 0.0)


def _legend(figure: Any, ax: Any, title: str) -> None:
    handles, names = ax.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper left", ncols=3, title=title,
                  alignment="left", title_fontsize=10.5)  # fmt: skip


def _highest(each: list[Dimension]) -> float:
    """Where the axis of d ends."""
    tops = [one.value + _reach(one)[1] for one in each if math.isfinite(one.value)]
    tops += [
        one.adequacy.lower
        for one in each
        if one.adequacy is not None and one.adequacy.lower is not None
    ]
    return 1.08 * max(tops, default=1.0)


def _top(dimension: Dimension, value: Array, naive: Array) -> float:
    """Where the axis of d ends in the scale plot; a wild error is cut, not the values."""
    tops = [*value, *naive, dimension.value]
    if dimension.adequacy is not None and dimension.adequacy.lower is not None:
        tops.append(dimension.adequacy.lower)
    most = max((t for t in tops if math.isfinite(t)), default=1.0)
    high = most if dimension.interval is None else dimension.interval.high
    wide = [
        scale.value + _Z * scale.error
        for scale in dimension.scales
        if math.isfinite(scale.value + scale.error)
    ]
    reach = [end for end in (high, *wide) if math.isfinite(end)]
    return 1.06 * min(max(most, *reach) if reach else most, _MOST_OVER * most)


def _edges(radius: Array) -> Array:
    """(s + 1,) borders half-way between the radii, on the logarithm, and as far beyond the ends."""
    logs = np.log(radius)
    if logs.size == 1:
        return np.array([radius[0] / 1.02, radius[0] * 1.02])
    middle = (logs[:-1] + logs[1:]) / 2
    first, last = 2 * logs[0] - middle[0], 2 * logs[-1] - middle[-1]
    return np.asarray(np.exp(np.concatenate([[first], middle, [last]])))


def _title(dimension: Dimension) -> str:
    name = f"{style.tidy(dimension.name)}: " if dimension.name else ""
    return f"{name}the dimension at every scale"


def _extremes(dimensions: Dimensions) -> str:
    """The least and the largest, and how many do not stand."""
    finite = {k: one for k, one in dimensions.each.items() if math.isfinite(one.value)}
    counted = dimensions.counted(len(dimensions))
    if not finite:
        return f"None of {counted} has a finite dimension."
    low, high = (pick(finite, key=lambda k: finite[k].value) for pick in (min, max))
    text = (
        f"The dimension of {counted} lies from {rounded(finite[low].value)} "
        f"({dimensions.kind} {style.tidy(low)}) to {rounded(finite[high].value)} "
        f"({dimensions.kind} {style.tidy(high)})."
    )
    weak = sum(not stands(one) for one in dimensions.each.values())
    if weak:
        text += f" {weak} of them should not be relied on alone."
    if dimensions.refused:
        text += f" {dimensions.counted(len(dimensions.refused))} could not be measured."
    return text


def _numbers(dimensions: Dimensions) -> Table:
    """One row a name, the refused ones without numbers."""
    rows: list[tuple[Any, ...]] = []
    for name in dimensions.names:
        one = dimensions.each.get(name)
        if one is None:
            rows.append((name, None, None, None, None, None, None, "refused"))
            continue
        ends: tuple[float | None, float | None] = (None, None)
        if one.interval is not None:
            ends = (one.interval.low, one.interval.high)
        lower = None if one.adequacy is None else one.adequacy.lower
        rows.append((name, one.count, one.width, one.value, *ends, lower, verdict_words(one)))
    columns = (dimensions.kind, "n", "D", "dimension", "low", "high", "at least", "verdict")
    return Table(columns, tuple(rows))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
