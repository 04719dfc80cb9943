"""alpha against d: what was measured, and the lines of theory that pass near it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from lawcast._tables import Table, joined, significant
from lawcast._values import Array
from lawcast.reporting import look as style
from lawcast.reporting.picture import Picture
from lawcast.theory.explanation import Explanation, Row, Standing
from lawcast.theory.hypotheses import HYPOTHESES, Numbers
from lawcast.theory.measured import Curve, Measured
from lawcast.theory.orders import loss_named

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HEIGHT = 4.6
_LOOKS = {
    Standing.SURVIVES: (style.BLUE, 2.6, "-", 4),
    Standing.UNDECIDED: (style.ORANGE, 1.8, (0, (5, 2)), 3),
    Standing.EXCLUDED: ("#9aa0a6", 0.9, "-", 2),
}
_BOUND = (style.FAINT, 1.3, (0, (1, 1.5)), 2)
_WORDS = {
    Standing.SURVIVES: "survives",
    Standing.UNDECIDED: "undecided",
    Standing.EXCLUDED: "excluded",
}
_APART = 0.043  # share of the height that two labels need between them
_BESIDE = 0.075  # share of the width that two labels need
_POINTS = 200
_WIDER = 2.6  # how far beyond the measurement the axes reach, at least


def explanation_picture(explanation: Explanation) -> Picture:
    """alpha against d with the lines of theory and the region that both intervals allow.

    Args:
        explanation: what was tested.
    """
    with style.look():
        figure = style.new_figure(style.WIDTH, _HEIGHT)
        ax = figure.subplots()
        draw_lines(ax, explanation)
        handles, names = ax.get_legend_handles_labels()
        figure.legend(handles, names, loc="outside upper left", ncols=4,
                      title="What theory says alpha is at each d", alignment="left",
                      title_fontsize=10.5)  # fmt: skip
    return Picture(
        name="explanation",
        title="What theory says alpha is at each d",
        description=explanation.conclusion,
        figure=figure,
        table=Table(("d", *(row.name for row in _drawn(explanation))), _numbers(explanation)),
    )


def draw_lines(ax: Axes, explanation: Explanation) -> None:
    """The lines, their names, and what was measured, on your axes."""
    (left, right), (bottom, top) = _limits(explanation)
    style.set_axis(ax, "x", "d", left, right, log=True, apart=0.05)
    style.set_axis(ax, "y", "alpha", bottom, top, log=True)
    d = np.geomspace(left, right, _POINTS)
    named: list[tuple[float, Row]] = []
    seen: set[str] = set()
    for row in _drawn(explanation):
        equal = row.relation == "="
        colour, width, dashes, order = _LOOKS[row.outcome] if equal else _BOUND
        words = _WORDS[row.outcome] if equal else "bound alone"
        value = _curve(explanation, row)(d)
        inside = np.isfinite(value) & (value >= bottom) & (value <= top)
        if not inside.any():
            continue
        label = "" if words in seen else words
        seen.add(words)
        ax.plot(d, np.where(np.isfinite(value), value, np.nan), color=colour, linewidth=width,
                linestyle=dashes, zorder=order, label=label or "_")  # fmt: skip
        named.append((float(value[-1]), row))
    _name_lines(ax, named, d, explanation, (bottom, top))
    _draw_measured(ax, explanation, right)
    ax.set_xlabel("dimension d")
    about = f" of {explanation.variable}" if explanation.variable else ""
    ax.set_ylabel(f"exponent alpha{about}")


def _drawn(explanation: Explanation) -> tuple[Row, ...]:
    """Lines with a value: equalities, and the bounds that no equality draws already."""
    lines = [r for r in explanation.rows if r.relation == "=" and r.predicted is not None]
    taken = {row.formula for row in lines}
    bounds = [
        row
        for row in explanation.rows
        if row.relation != "=" and row.predicted is not None and row.formula not in taken
    ]
    return (*lines, *bounds)


def _curve(explanation: Explanation, row: Row) -> Curve:
    declared = next(h for h in HYPOTHESES if h.id == row.id)
    numbers = Numbers(**dict(explanation.numbers))
    if explanation.loss and numbers.q is None:
        numbers = numbers.having("q", loss_named(explanation.loss).order or math.nan)
    return declared.curve(numbers)


def _limits(explanation: Explanation) -> tuple[tuple[float, float], tuple[float, float]]:
    """Limits of both axes: the measurement with its neighbours."""
    d, alpha = explanation.dimension, explanation.alpha
    ends = [d.value]
    if d.interval is not None:
        ends += [x for x in (d.interval.low, d.interval.high) if math.isfinite(x)]
    heights = [alpha.value]
    if alpha.interval is not None:
        heights += [x for x in (alpha.interval.low, alpha.interval.high) if x > 0]
    wide = (max(ends) / min(ends)) ** 0.6 * 1.35
    tall = (max(heights) / min(heights)) ** 0.6 * _WIDER
    reach = 2.5 if explanation.only_at_least else wide
    return (min(ends) / wide, max(ends) * reach), (min(heights) / tall, max(heights) * tall)


def _name_lines(
    ax: Axes, named: list[tuple[float, Row]], d: Array, explanation: Explanation,
    limits: tuple[float, float],
) -> None:  # fmt: skip
    """Names beside the right end of the lines, pushed apart where they would overlap.

    A line that leaves through the bottom before the right end is named where it leaves.
    """
    bottom, top = (math.log(end) for end in limits)
    at_side, below = [], []
    for _, row in named:
        height = (np.log(_curve(explanation, row)(d)) - bottom) / (top - bottom)
        entry = (row.name, _ink(row), "bold" if _is_bold(row) else "normal")
        if height[-1] >= 0.0:
            at_side.append((min(float(height[-1]), 1.0), *entry))
        else:
            out = int(np.argmax(height < 0.0))
            below.append((out / (d.size - 1), *entry))
    at_side.sort(key=lambda entry: entry[0])
    places = spread_apart([y for y, *_ in at_side], _APART)
    for (y, name, colour, weight), place in zip(at_side, places, strict=True):
        ax.annotate(
            name, (1.0, y), xytext=(1.035, place), xycoords="axes fraction",
            textcoords="axes fraction", ha="left", va="center", fontsize=8.5, color=colour,
            fontweight=weight, annotation_clip=False,
            arrowprops={"arrowstyle": "-", "linewidth": 0.5, "color": style.FAINT,
                        "shrinkA": 1.0, "shrinkB": 0.0, "relpos": (0.0, 0.5)},
        )  # fmt: skip
    below.sort(key=lambda entry: entry[0])
    for (_, name, colour, weight), place in zip(
        below, spread_apart([x for x, *_ in below], _BESIDE), strict=True
    ):
        ax.annotate(
            name, (place, 0.015), xycoords="axes fraction", ha="left", va="bottom", fontsize=8.5,
            color=colour, fontweight=weight, zorder=8,
            bbox={"boxstyle": "round,pad=0.1", "facecolor": "white", "alpha": 0.8,
                  "linewidth": 0.0},
        )  # fmt: skip


def _ink(row: Row) -> str:
    return style.FAINT if row.outcome is Standing.EXCLUDED or row.relation != "=" else style.INK


def _is_bold(row: Row) -> bool:
    return row.outcome is Standing.SURVIVES and row.relation == "="


def spread_apart(places: list[float], gap: float) -> list[float]:
    """Rising places moved as little as needed (least squares) to lie ``gap`` apart in 0 to 1."""
    groups: list[tuple[float, int]] = []  # mean and size of places that move together
    for k, place in enumerate(places):
        mean, size = place - k * gap, 1
        while groups and groups[-1][0] > mean:
            before, many = groups.pop()
            mean, size = (before * many + mean * size) / (many + size), many + size
        groups.append((mean, size))
    last = max(1.0 - (len(places) - 1) * gap, 0.0)
    level = [min(max(mean, 0.0), last) for mean, size in groups for _ in range(size)]
    return [y + k * gap for k, y in enumerate(level)]


def _draw_measured(ax: Axes, explanation: Explanation, right: float) -> None:
    """The point, its intervals, and the region that holds both with the level's probability."""
    d, alpha = explanation.dimension, explanation.alpha
    level = f"{100 * explanation.level:g} %"
    known = alpha.interval is not None and alpha.interval.low > 0
    a = Measured.of(alpha.value, alpha.interval if known else None)
    if explanation.only_at_least:
        spread = a.interval(explanation.level, "figure") if known else None
        if spread is not None:
            ax.fill_between([d.value, right], spread.low, spread.high, color=style.VERMILION,
                            alpha=0.22, linewidth=0.0, zorder=1, label=f"{level} of alpha, every "
                            "d from the bound")  # fmt: skip
        ax.annotate("", (min(d.value * 1.35, right), alpha.value), (d.value, alpha.value),
                    arrowprops={"arrowstyle": "->", "color": style.VERMILION, "linewidth": 1.6},
                    zorder=6)  # fmt: skip
    elif known or d.interval is not None:
        edge = region(a, Measured.of(d.value, d.interval), explanation.level)
        ax.fill(*edge, color=style.VERMILION, alpha=0.22, linewidth=0.8, zorder=1,
                label=f"{level} region of both")  # fmt: skip
        ax.plot(*np.hstack([edge, edge[:, :1]]), color=style.VERMILION, linewidth=0.9, zorder=5)
    ax.plot([d.value], [alpha.value], color=style.VERMILION, marker="o", markersize=6.0,
            linestyle="none", zorder=7, label="measured")  # fmt: skip


def region(alpha: Measured, d: Measured, level: float) -> Array:
    """(2, n) edge of the region of d and alpha that holds both with probability ``level``.

    For two independent normals it is the ellipse of radius sqrt(-2 ln(1 - level)); here each
    quarter has its own spreads.
    """
    radius = math.sqrt(-2.0 * math.log(1.0 - level))
    turn = np.linspace(0.0, 2.0 * math.pi, 241)[:-1]
    return np.stack([d.at(radius * np.cos(turn)), alpha.at(radius * np.sin(turn))])


def _numbers(explanation: Explanation) -> tuple[tuple[float, ...], ...]:
    """What the figure shows: every line at some d."""
    (left, right), _ = _limits(explanation)
    d = np.geomspace(left, right, 21)
    columns = [d, *(_curve(explanation, row)(d) for row in _drawn(explanation))]
    return tuple(tuple(float(x) for x in values) for values in zip(*columns, strict=True))


def survivors_words(explanation: Explanation) -> str:
    """``"4/d survives (alpha = 0.340, d = 12.0)"``: for a heading."""
    left = [r.name for r in explanation.of(Standing.SURVIVES) if r.relation == "="]
    open_ = [r.name for r in explanation.of(Standing.UNDECIDED) if r.ratio and r.relation == "="]
    said = (
        f"{joined(left)} survive{'s' if len(left) == 1 else ''}"
        if left and not open_
        else "undecided"
        if left or open_
        else "no line fits"
    )
    numbers = (significant(explanation.alpha.value, 3), significant(explanation.dimension.value, 3))
    sign = "≥" if explanation.only_at_least else "="
    return f"{said} (alpha = {numbers[0]}, d {sign} {numbers[1]})"
