"""The exponent as a function of size, and a loss less its limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from lawcast._errors import ArgumentError
from lawcast._tables import Table, bracket, significant
from lawcast._units import format_variable
from lawcast._values import Array, Estimate
from lawcast.reporting import look as style
from lawcast.reporting.picture import Picture
from lawcast.theory.local_result import LocalExponent
from lawcast.theory.paired_result import PairedLimit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = (style.BLUE, style.VERMILION, style.GREEN, style.PURPLE, style.ORANGE, style.SKY)
_MARKERS = ("o", "s", "^", "D", "v", "P")
_MOST_LINES = 8
_GRID = 50
_LOWEST = 0.02
# about how large the axes and a letter are, in points
_AXES_WIDTH, _LOSS_HEIGHT, _EXPONENT_HEIGHT = 0.84 * 72 * style.WIDTH, 110.0, 165.0
_LETTER, _LINE = 5.2, 14.0
_UPWARDS = tuple(_LINE * k for k in range(5))
_ABOVE_AND_BELOW = tuple(sign * (6.0 + _LINE * k) for k in range(1, 6) for sign in (1.0, -1.0))


def local_exponent_picture(
    result: LocalExponent, lines: Mapping[str, float] | None = None, *, points: bool = True
) -> Picture:
    """The loss less the floor with its regimes, and below it the exponent with both bands.

    Args:
        result: the exponent as a function of size.
        lines: horizontal lines of theory: name -> exponent, eight at most.
        points: draw the single runs; a redacted report leaves them out.

    Raises:
        ArgumentError: a line is no finite number, or there are too many.
    """
    theory = _check_lines(lines)
    with style.look():
        figure = style.new_figure(style.WIDTH, 5.6)
        axes: Any = figure.subplots(2, 1, sharex=True, height_ratios=(1.0, 1.5))
        low, high = style.padded(result.points.x)
        _draw_loss(axes[0], result, points)
        _draw_exponent(axes[1], result, theory)
        for ax in axes:
            style.set_axis(ax, "x", result.points.variable, low, high, log=True)
            for change in result.changes:
                _draw_change(ax, change.size)
        _label_changes(axes[1], result)
        axes[0].set_xlabel("")
        axes[0].tick_params(labelbottom=False)
        handles, names = axes[1].get_legend_handles_labels()
        figure.legend(
            handles, names, loc="outside upper left", ncols=4, title=_local_title(result),
            alignment="left", title_fontsize=10.5,
        )  # fmt: skip
    return Picture(
        name="local-exponent",
        title=_local_title(result),
        description=_local_words(result, theory),
        figure=figure,
        table=result.table,
    )


def paired_limit_picture(result: PairedLimit, *, points: bool = True) -> Picture:
    """|loss - limit| against size on logarithmic axes with its slope, and the loss itself faint.

    Args:
        result: the loss less its limit.
        points: draw the single runs; a redacted report leaves them out.
    """
    x, size = result.points.x, np.abs(result.difference)
    low, high = style.padded(x)
    with style.look():
        figure = style.new_figure(style.WIDTH, 4.4)
        ax: Any = figure.subplots()
        style.set_axis(ax, "x", result.points.variable, low, high, log=True)
        drawn = []
        for c, one in enumerate(result.curves):
            colour, marker = _COLOURS[c % len(_COLOURS)], _MARKERS[c % len(_MARKERS)]
            rows = result.curve == c
            place = np.geomspace(x[rows].min(), x[rows].max(), _GRID)
            line = result.line(place, c)
            ax.plot(place, line, color=colour, linewidth=1.6, zorder=4)
            drawn.append(line)
            name = style.tidy(one.label, 20) or "|loss − limit|"
            if points:
                seen = rows & (size > 0.0)
                hollow = seen & (np.sign(result.difference) != np.sign(one.factor))
                style.scatter(ax, x[seen & ~hollow], size[seen & ~hollow], color=colour,
                              marker=marker, s=22.0, label=name if c < 6 else None)  # fmt: skip
                ax.scatter(x[hollow], size[hollow], s=22.0, facecolors="none", edgecolors=colour,
                           marker=marker, linewidths=0.9, zorder=3)  # fmt: skip
                drawn.append(size[seen])
            _draw_raw(ax, result, c, points, drawn)
        _slope_label(ax, result)
        bottom, top = style.padded(np.concatenate(drawn), 0.08)
        style.set_axis(ax, "y", "loss", bottom, top, log=True)
        nothing = all(one.limit.value == 0.0 for one in result.curves)
        ax.set_ylabel("loss" if nothing else "loss less its limit, absolute")
        handles, names = ax.get_legend_handles_labels()
        figure.legend(
            handles, names, loc="outside upper left", ncols=4, title=_paired_title(result),
            alignment="left", title_fontsize=10.5,
        )  # fmt: skip
    return Picture(
        name="paired-limit",
        title=_paired_title(result),
        description=_paired_words(result),
        figure=figure,
        table=_paired_numbers(result, points),
    )


def _check_lines(lines: Mapping[str, float] | None) -> dict[str, float]:
    given = {str(name): value for name, value in (lines or {}).items()}
    if len(given) > _MOST_LINES:
        raise ArgumentError(f"lines= holds {len(given)} lines; {_MOST_LINES} at most are readable")
    for name, value in given.items():
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not np.isfinite(value):
            raise ArgumentError(f"lines= maps names to exponents; {name!r} has {value!r}")
    return {name: float(value) for name, value in given.items()}


def _draw_loss(ax: Axes, result: LocalExponent, points: bool) -> None:
    x, above = result.points.x, result.points.loss - result.floor
    if points:
        style.scatter(ax, x, above, color=style.SKY)
    for part, colour in zip(result.segments, _COLOURS, strict=False):
        ends = np.array([part.low, part.high])
        ax.plot(ends, _broken_line(result, ends), color=colour, linewidth=1.8, zorder=4)
    low, high = style.padded(above, 0.12)
    style.set_axis(ax, "y", "loss", low, high, log=True)
    ax.set_ylabel("loss" if result.floor == 0.0 else "loss less the floor")
    middles = np.array([np.sqrt(part.low * part.high) for part in result.segments])
    heights = _broken_line(result, middles)
    texts = [f"exponent {significant(part.exponent.value, 3)}" for part in result.segments]
    share = np.log(heights / low) / np.log(high / low)
    offsets = _apart(_across(result, middles), share, texts, _LOSS_HEIGHT, _ABOVE_AND_BELOW)
    for text, x0, y0, offset, colour in zip(
        texts, middles, heights, offsets, _COLOURS, strict=False
    ):
        ax.annotate(
            text, (float(x0), float(y0)), xytext=offset, textcoords="offset points", fontsize=8.5,
            color=colour, zorder=6, bbox=_plate(),
        )  # fmt: skip


def _across(result: LocalExponent, x: Array) -> Array:
    """Where sizes lie between the left edge of the axes, 0, and the right one, 1."""
    low, high = style.padded(result.points.x)
    return np.asarray(np.log(np.asarray(x) / low) / np.log(high / low))


def _apart(
    across: Array, up: Array, texts: Sequence[str], height: float, tried: Sequence[float]
) -> list[tuple[float, float]]:
    """Offsets in points at which labels of places near each other do not overprint.

    Args:
        across, up: (k,) places, as shares of the axes.
        texts: the labels.
        height: of the axes, in points.
        tried: offsets up, the best first; the last is taken where none is free.
    """
    taken: list[tuple[float, float, float]] = []
    made = []
    for place, level, text in zip(across, up, texts, strict=True):
        wide = _LETTER * len(text)
        left = float(min(place * _AXES_WIDTH + 6.0, _AXES_WIDTH - wide))
        for offset in tried:
            bottom = float(level * height + offset)
            free = all(abs(bottom - other) >= _LINE or left >= end or left + wide <= start
                       for start, end, other in taken)  # fmt: skip
            if free and 0.0 <= bottom <= height - _LINE:
                break
        taken.append((left, left + wide, bottom))
        made.append((left - float(place) * _AXES_WIDTH, float(offset)))
    return made


def _broken_line(result: LocalExponent, x: Array) -> Array:
    """The regimes as one line through the middle of the data."""
    u = np.log(result.points.x)

    def shape(at: Array) -> Array:
        total = -result.segments[0].exponent.value * at
        for before, after in pairwise(result.segments):
            change = after.exponent.value - before.exponent.value
            total = total - change * np.clip(at - np.log(after.low), 0.0, None)
        return np.asarray(total)

    level = float(np.mean(np.log(result.points.loss - result.floor) - shape(u)))
    return np.exp(level + shape(np.log(x)))


def _draw_exponent(ax: Axes, result: LocalExponent, theory: Mapping[str, float]) -> None:
    order = np.argsort(result.at)
    x = result.at[order]
    percent = f"{100 * result.level:.3g} %"
    ax.fill_between(
        x, result.low_everywhere[order], result.high_everywhere[order], color=style.SKY,
        alpha=0.2, linewidth=0.6, edgecolor=style.SKY, zorder=1,
        label=f"{percent}, all sizes at once",
    )  # fmt: skip
    ax.fill_between(
        x, result.low[order], result.high[order], color=style.BLUE, alpha=0.25, linewidth=0.6,
        edgecolor=style.BLUE, zorder=2, label=f"{percent}, each size",
    )  # fmt: skip
    ax.plot(x, result.value[order], color=style.BLUE, linewidth=2.0, zorder=4,
            label="local exponent")  # fmt: skip
    for i, part in enumerate(result.segments):
        ax.plot(
            [part.low, part.high], [part.exponent.value] * 2, color=style.VERMILION, linewidth=1.4,
            linestyle=(0, (5, 2)), zorder=5, label="regimes" if i == 0 else None,
        )  # fmt: skip
    for value, names in _alike(theory).items():
        ax.axhline(value, color=style.FAINT, linewidth=0.9, linestyle=(0, (1, 1.5)), zorder=3)
        ax.annotate(
            style.tidy(" = ".join(names), 40), (0.995, value),
            xycoords=("axes fraction", "data"), xytext=(0, 2), textcoords="offset points",
            ha="right", fontsize=8.0, color=style.INK, bbox=_plate(), zorder=6,
        )  # fmt: skip
    # the ends of a wide band must not press everything else flat
    middle = np.concatenate([result.value, [p.exponent.value for p in result.segments]])
    inner = slice(order.size // 10, max(order.size - order.size // 10, 1))
    ends = [result.low_everywhere[order][inner], result.high_everywhere[order][inner]]
    low, high = style.padded(np.concatenate([middle, *ends, list(theory.values())]), log=False)
    style.set_axis(ax, "y", "exponent", low, high, log=False)
    ax.set_ylabel("local exponent")


def _alike(theory: Mapping[str, float]) -> dict[float, list[str]]:
    """Names of theory by value, so that two lines of one value share their label."""
    made: dict[float, list[str]] = {}
    for name, value in theory.items():
        made.setdefault(round(value, 9), []).append(name)
    return made


def _draw_change(ax: Axes, size: Estimate) -> None:
    if size.interval is not None:
        ax.axvspan(size.interval.low, size.interval.high, color=style.ORANGE, alpha=0.18,
                   linewidth=0.0, zorder=0)  # fmt: skip
    ax.axvline(size.value, color=style.FAINT, linewidth=1.0, zorder=1)


def _label_changes(ax: Axes, result: LocalExponent) -> None:
    places = np.array([change.size.value for change in result.changes])
    texts = [f"change at {format_variable(result.points.variable, place)}" for place in places]
    up = np.full(places.size, _LOWEST)
    offsets = _apart(_across(result, places), up, texts, _EXPONENT_HEIGHT, _UPWARDS)
    for text, place, offset in zip(texts, places, offsets, strict=True):
        ax.annotate(
            text, (float(place), _LOWEST), xycoords=("data", "axes fraction"), xytext=offset,
            textcoords="offset points", fontsize=8.0, color=style.INK, bbox=_plate(), zorder=6,
        )  # fmt: skip


def _plate() -> dict[str, Any]:
    """A white plate behind a label; outlined letters would no longer be text in the SVG."""
    return {"boxstyle": "round,pad=0.1", "facecolor": "white", "alpha": 0.8, "linewidth": 0.0}


def _local_title(result: LocalExponent) -> str:
    count = len(result.changes)
    if result.status.code == "mixed":
        return "The exponent cannot be told: another resource varies"
    if result.status.code == "floor":
        return "The exponent falls: a constant floor would do as well"
    if count:
        return f"{count} change{'s' * (count > 1)} of the exponent"
    value = significant(result.segments[0].exponent.value, 3)
    if result.status.code == "straight":
        return f"One exponent, {value}, at all sizes"
    return f"Exponent {value}; a change is undecided"


def _local_words(result: LocalExponent, theory: Mapping[str, float]) -> str:
    parts = []
    for part in result.segments:
        low, high = (format_variable(result.points.variable, v) for v in (part.low, part.high))
        ends = part.exponent.interval
        shown = "" if ends is None else f" {bracket(ends.low, ends.high)}"
        parts.append(f"{significant(part.exponent.value, 3)}{shown} from {low} to {high}")
    lines = "".join(f"; {style.tidy(n)} is {significant(v, 3)}" for n, v in theory.items())
    return (
        f"The exponent of the loss in {style.tidy(result.points.variable)} is "
        f"{', then '.join(parts)}; {result.status.text}{lines}."
    )


def _draw_raw(ax: Axes, result: PairedLimit, c: int, points: bool, drawn: list[Array]) -> None:
    """The loss before anything is subtracted, faint; not where a logarithm cannot show it."""
    rows = result.curve == c
    x, loss = result.points.x[rows], result.points.loss[rows]
    if not points or np.any(loss <= 0.0) or not result.curves[c].limit.value:
        return
    order = np.argsort(x, kind="stable")
    ax.plot(
        x[order], loss[order], color=style.FAINT, alpha=0.55, linewidth=0.9, marker=".",
        markersize=4, zorder=2, label="loss, nothing subtracted" if c == 0 else None,
    )  # fmt: skip
    drawn.append(loss)


def _slope_label(ax: Axes, result: PairedLimit) -> None:
    place = float(np.sqrt(result.points.x.min() * result.points.x.max()))
    shown = f"slope −{significant(result.exponent.value, 3)}"
    if result.exponent.value < 0.0:
        shown = f"slope {significant(-result.exponent.value, 3)}"
    if not result.status.ok:
        shown += f" ({result.status.code})"
    highest = max(float(result.line(np.array([place]), c)[0]) for c in range(len(result.curves)))
    ax.annotate(
        shown, (place, highest), xytext=(8, 10),
        textcoords="offset points", fontsize=9.0, color=style.INK, bbox=_plate(), zorder=6,
    )  # fmt: skip


def _paired_title(result: PairedLimit) -> str:
    if not result.status.ok:
        return {
            "bent": "No power law to this limit",
            "mixed": "The exponent cannot be told: another resource varies",
            "flat": "Nothing was subtracted: the slope is no exponent",
        }.get(result.status.code, "The exponent is not bounded")
    return f"Loss less its limit: exponent {significant(result.exponent.value, 3)}"


def _paired_words(result: PairedLimit) -> str:
    ends = result.exponent.interval
    shown = "" if ends is None else f" {bracket(ends.low, ends.high)}"
    other = "".join(
        f", {significant(one.value, 3)} with {words}"
        for way, words in (("free", "the limit fitted"), ("none", "nothing subtracted"))
        if (one := result.others.get(way)) is not None
    )
    text = f"{result.status.text}: exponent {significant(result.exponent.value, 3)}{shown}{other}."
    return text[:1].upper() + text[1:]


def _paired_numbers(result: PairedLimit, points: bool) -> Table:
    columns = ("what", "curve", result.points.variable, "loss", "difference")
    difference = result.difference
    rows: list[tuple[Any, ...]] = []
    for c, one in enumerate(result.curves):
        mine = np.flatnonzero(result.curve == c)
        x = result.points.x[mine]
        if points:
            rows += [
                ("point", one.label, float(result.points.x[i]), float(result.points.loss[i]),
                 float(difference[i]))
                for i in mine
            ]  # fmt: skip
        place = np.geomspace(x.min(), x.max(), 9)
        sign = np.sign(one.factor)
        rows += [
            ("line", one.label, float(p), None, float(sign * v))
            for p, v in zip(place, result.line(place, c), strict=True)
        ]
    return Table(columns, tuple(rows))
