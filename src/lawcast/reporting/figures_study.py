"""A study in figures: losses against size, exponents against theory, and what the cells cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lawcast._errors import ArgumentError
from lawcast._tables import Table, significant
from lawcast._values import Array
from lawcast.lab.reading import Reading
from lawcast.lab.result import StudyResult
from lawcast.reporting import look as style
from lawcast.reporting.picture import Picture
from lawcast.runs.table import text_of
from lawcast.theory.verdict import Outcome

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_SERIES = 6
"""Curves in one panel."""

MOST_LOSSES = 3
"""Panels of losses in one figure."""

_SERIES = (
    (style.BLUE, "o"),
    (style.VERMILION, "s"),
    (style.GREEN, "^"),
    (style.PURPLE, "D"),
    (style.ORANGE, "v"),
    (style.SKY, "P"),
)
_OUTCOMES = {
    Outcome.HOLDS: (style.BLUE, "o"),
    Outcome.FAILS: (style.VERMILION, "X"),
    Outcome.UNDECIDED: (style.ORANGE, "D"),
}
_OCTAVES = 4.0  # the line of theory is drawn over the sizes that the exponent is read from


@dataclass(frozen=True)
class Curve:
    """One curve in one loss.

    Args:
        name: of the curve.
        sizes: (k,) rising.
        loss: (k,) geometric mean over seeds of those that are positive; NaN where none is.
        slope: what theory says of its exponent; None where it says nothing.
    """

    name: str
    sizes: Array
    loss: Array
    slope: float | None


def losses_picture(result: StudyResult) -> Picture:
    """Every loss against size, a panel each; the line of theory through the largest size."""
    shown = result.losses[:MOST_LOSSES]
    every = {loss: curves_of(result, loss) for loss in result.losses}
    with style.look():
        figure = style.new_figure(style.WIDTH, 3.6)
        axes: Any = figure.subplots(1, len(shown), squeeze=False)
        for ax, loss in zip(axes.flat, shown, strict=True):
            _draw_losses(ax, result, every[loss], loss)
        _legend(figure, axes.flat[0], result.title)
    rows = [
        (loss, curve.name, float(size), _known(value), curve.slope)
        for loss, curves in every.items()
        for curve in curves
        for size, value in zip(curve.sizes, curve.loss, strict=True)
    ]
    return Picture(
        name="study-losses",
        title=f"{style.tidy(result.title)}: losses against {result.size_name}",
        description=_losses_said(result, every),
        figure=figure,
        table=Table(("loss", "curve", result.size, "mean", "theory"), tuple(rows)),
    )


def exponents_picture(result: StudyResult) -> Picture | None:
    """Measured exponents with their intervals against theory; None where theory says nothing."""
    told = _against_theory(result)
    if not told:
        return None
    with style.look():
        figure = style.new_figure(4.4, 4.2)
        ax = figure.subplots()
        _draw_exponents(ax, told)
        _legend(figure, ax, "Measured exponents beside theory")
    return Picture(
        name="study-exponents",
        title="Measured exponents beside theory",
        description=_exponents_said(told),
        figure=figure,
        table=_exponent_table(told),
    )


def costs_picture(result: StudyResult) -> Picture:
    """CPU seconds of a cell against its size, a line for each curve.

    Raises:
        ArgumentError: the result was opened from a file, which holds no CPU seconds.
    """
    curves = _costs(result)
    with style.look():
        figure = style.new_figure(4.4, 3.4)
        ax = figure.subplots()
        _draw_costs(ax, result, curves)
        _legend(figure, ax, "What a cell costs")
    rows = [
        (curve.name, float(size), _known(value))
        for curve in curves
        for size, value in zip(curve.sizes, curve.loss, strict=True)
    ]
    return Picture(
        name="study-costs",
        title="What a cell costs",
        description=_costs_said(result, curves),
        figure=figure,
        table=Table(("curve", result.size, "CPU seconds"), tuple(rows)),
    )


def study_picture(result: StudyResult) -> Picture:
    """The three in one: losses above, exponents and costs (where known) below."""
    shown = result.losses[:MOST_LOSSES]
    every = {loss: curves_of(result, loss) for loss in result.losses}
    told = _against_theory(result)
    costs = None if result.seconds is None else _costs(result)
    below = (1 if told else 0) + (0 if costs is None else 1)
    with style.look():
        figure = style.new_figure(style.WIDTH, 3.5 + 3.1 * bool(below))
        parts: Any = figure.subfigures(2 if below else 1, 1, squeeze=False).flat
        axes: Any = parts[0].subplots(1, len(shown), squeeze=False)
        for ax, loss in zip(axes.flat, shown, strict=True):
            _draw_losses(ax, result, every[loss], loss)
        _legend(parts[0], axes.flat[0], style.tidy(result.title, 70))
        if below:
            lower: list[Any] = list(parts[1].subplots(1, below, squeeze=False).flat)
            if told:
                ax = lower.pop(0)
                _draw_exponents(ax, told)
                ax.set_title("exponents beside theory")
                ax.legend(loc="upper left")
            if costs is not None:
                _draw_costs(lower[0], result, costs)
                lower[0].set_title("what a cell costs")
    said = [_losses_said(result, every)]
    said += [_exponents_said(told)] if told else []
    said += [] if costs is None else [_costs_said(result, costs)]
    return Picture(
        name=f"study-{result.study}",
        title=style.tidy(result.title, 70),
        description=" ".join(said),
        figure=figure,
        table=_exponent_table(result.readings),
    )


def curves_of(result: StudyResult, loss: str) -> list[Curve]:
    """Every curve in one loss, in the order of the grid."""
    runs = result.runs
    values = runs["loss" if loss == result.losses[0] else loss]
    return [
        Curve(name, *_means(runs[result.size][rows], values[rows]), _slope(result, rows, loss))
        for name, rows in _rows_of(result)
    ]


def _rows_of(result: StudyResult) -> list[tuple[str, Any]]:
    family = result.runs["family"]
    return [(name, np.flatnonzero(family == name)) for name in dict.fromkeys(family.tolist())]


def _means(sizes: Array, values: Array) -> tuple[Array, Array]:
    """Geometric means over the rows of one size."""
    at, of = np.unique(sizes, return_inverse=True)
    good = np.isfinite(values) & (values > 0)
    count = np.bincount(of, weights=good, minlength=at.size)
    total = np.bincount(of, weights=np.log(np.where(good, values, 1.0)), minlength=at.size)
    with np.errstate(invalid="ignore"):
        return at, np.where(count > 0, np.exp(total / np.maximum(count, 1)), np.nan)


def _slope(result: StudyResult, rows: Any, loss: str) -> float | None:
    """What theory says of the exponent of a curve in a loss."""
    for one in result.exponents:
        if one.expected is None or one.at.get("loss", loss) != loss or one.relation != "=":
            continue
        words = {name: _word(one.at[name]) for name in result.by if name in one.at}
        if all(str(text_of(result.runs[name])[rows[0]]) == word for name, word in words.items()):
            return one.expected
    return None


def _word(value: Any) -> str:
    return str(text_of(np.array([value], dtype=object if isinstance(value, str) else float))[0])


def _against_theory(result: StudyResult) -> list[Reading]:
    return [
        one
        for one in result.exponents
        if one.expected is not None and np.isfinite(one.measured.value)
    ]


def _costs(result: StudyResult) -> list[Curve]:
    if result.seconds is None:
        raise ArgumentError(
            "a saved result holds no CPU seconds; run the study on its store to draw them"
        )
    seconds, sizes = np.maximum(result.seconds, 1e-6), result.runs[result.size]  # clocks tick
    return [
        Curve(name, *_means(sizes[rows], seconds[rows]), None) for name, rows in _rows_of(result)
    ]


def _draw_losses(ax: Axes, result: StudyResult, curves: Sequence[Curve], loss: str) -> None:
    shown = [curve for curve in _spread(curves) if np.isfinite(curve.loss).any()]
    for (colour, marker), curve in zip(_SERIES, shown, strict=False):
        ax.plot(
            curve.sizes, curve.loss, color=colour, marker=marker, markersize=4.0, linewidth=1.0,
            label=style.tidy(curve.name, 26),
        )  # fmt: skip
        last = np.flatnonzero(np.isfinite(curve.loss))[-1]
        if curve.slope is not None:
            near = curve.sizes >= curve.sizes[last] / 2**_OCTAVES
            x = curve.sizes[near]
            ax.plot(
                x, curve.loss[last] * (x / curve.sizes[last]) ** -curve.slope, color=style.INK,
                linestyle=(0, (4, 2)), linewidth=0.9, zorder=4,
            )  # fmt: skip
    if any(curve.slope is not None for curve in shown):
        ax.plot([], [], color=style.INK, linestyle=(0, (4, 2)), linewidth=0.9, label="theory")
    _frame(ax, result, shown, loss)
    left = len(curves) - len(shown)
    ax.set_title(f"{style.tidy(loss, 20)}{f' (without {left} curves)' if left else ''}")


def _draw_costs(ax: Axes, result: StudyResult, curves: Sequence[Curve]) -> None:
    shown = _spread(curves)
    for (colour, marker), curve in zip(_SERIES, shown, strict=False):
        ax.plot(
            curve.sizes, curve.loss, color=colour, marker=marker, markersize=4.0, linewidth=1.0,
            label=style.tidy(curve.name, 26),
        )  # fmt: skip
    _frame(ax, result, shown, "CPU seconds of a cell")


def _frame(ax: Axes, result: StudyResult, curves: Sequence[Curve], name: str) -> None:
    sizes = np.concatenate([np.zeros(0), *(curve.sizes for curve in curves)])
    heights = np.concatenate([np.zeros(0), *(curve.loss for curve in curves)])
    style.set_axis(ax, "x", result.size_name, *style.padded(sizes), log=True, apart=0.12)
    style.set_axis(ax, "y", name, *style.padded(heights), log=True, apart=0.06)


def _spread(curves: Sequence[Curve]) -> list[Curve]:
    """At most six curves, spread evenly over all of them."""
    if len(curves) <= MOST_SERIES:
        return list(curves)
    places = np.linspace(0, len(curves) - 1, MOST_SERIES).round().astype(int)
    return [curves[k] for k in places]


def _draw_exponents(ax: Axes, told: Sequence[Reading]) -> None:
    ends = np.array(
        [end for one in told for end in (*_ends(one), one.measured.value, _expected(one))]
    )
    low, high = style.padded(ends, 0.08, log=bool((ends > 0).all()))
    log = low > 0 and high / low > 3
    if not log:
        low, high = style.padded(ends, 0.08, log=False)
    ax.plot([low, high], [low, high], color=style.FAINT, linewidth=0.9, zorder=1,
            label="measured = theory")  # fmt: skip
    for outcome, (colour, marker) in _OUTCOMES.items():
        group = [one for one in told if one.outcome is outcome]
        if not group:
            continue
        x = np.array([_expected(one) for one in group])
        y = np.array([one.measured.value for one in group])
        reach = np.abs(np.array([_ends(one) for one in group]).T - y)
        ax.errorbar(
            x, y, yerr=reach, color=colour, marker=marker, markersize=5.0, linestyle="none",
            elinewidth=1.0, capsize=2.0, label=f"{outcome} ({len(group)})", zorder=3,
        )  # fmt: skip
    style.set_axis(ax, "x", "exponent, theory", low, high, log=log, apart=0.1)
    style.set_axis(ax, "y", "exponent, measured (95 % interval)", low, high, log=log, apart=0.06)


def _legend(figure: Figure, ax: Axes, title: str) -> None:
    """The title of the figure and its legend above everything."""
    handles, names = ax.get_legend_handles_labels()
    figure.legend(
        handles, names, loc="outside upper left", ncols=4, title=title, alignment="left",
        title_fontsize=10.5,
    )  # fmt: skip


def _expected(one: Reading) -> float:
    assert one.expected is not None
    return one.expected


def _ends(one: Reading) -> tuple[float, float]:
    interval = one.measured.interval
    return (one.measured.value,) * 2 if interval is None else (interval.low, interval.high)


def _losses_said(result: StudyResult, every: dict[str, list[Curve]]) -> str:
    count = len(next(iter(every.values())))
    drawn = min(count, MOST_SERIES)
    losses = ", ".join(list(every)[:MOST_LOSSES])
    return (
        f"{drawn} of {count} curves of {losses} against {result.size_name}, means over seeds; "
        "dashed is the slope that theory gives."
    )


def _exponents_said(told: Sequence[Reading]) -> str:
    counts = [
        f"{outcome} in {n}"
        for outcome in _OUTCOMES
        if (n := sum(one.outcome is outcome for one in told))
    ]
    off = max(told, key=lambda one: abs(one.measured.value - _expected(one)))
    return (
        f"Theory {', '.join(counts)} of {len(told)} exponents; the farthest from it is "
        f"{significant(off.measured.value, 3)} beside {significant(_expected(off), 3)} at "
        f"{style.tidy(off.place(), 60)}."
    )


def _costs_said(result: StudyResult, curves: Sequence[Curve]) -> str:
    dearest = max(curves, key=lambda curve: float(np.nanmax(curve.loss)))
    at = int(np.nanargmax(dearest.loss))
    return (
        f"The dearest cell, {style.tidy(dearest.name, 40)} at {result.size_name} "
        f"{dearest.sizes[at]:,.0f}, takes {significant(float(dearest.loss[at]), 2)} CPU seconds."
    )


def _exponent_table(readings: Sequence[Reading]) -> Table:
    rows = tuple(
        (one.name, one.place(), float(one.measured.value), *map(float, _ends(one)), one.expected,
         "" if one.outcome is None else str(one.outcome))
        for one in readings
    )  # fmt: skip
    return Table(("number", "where", "measured", "low", "high", "theory", "verdict"), rows)


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
