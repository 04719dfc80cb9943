"""Residuals, and parameters with their intervals and correlations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from lawcast._tables import Table, bracket, joined, significant
from lawcast._values import Array
from lawcast.fitting.diagnosis import FEWEST_TO_CORRELATE
from lawcast.fitting.profile import Profile
from lawcast.fitting.result import Fit
from lawcast.reporting import look as style
from lawcast.reporting.path import path_of
from lawcast.reporting.picture import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_PANELS = 6
_TICKS_APART = 0.2  # of the width: three panels stand side by side
_FEWEST_BINNED = 20
_METHODS = {"bca": "BCa bootstrap", "percentile": "bootstrap percentiles"}


def residual_picture(fit: Fit, *, points: bool = True) -> Picture | None:
    """Residuals against every variable of the law and compute.

    Args:
        fit: the fit.
        points: whether to draw and list single runs; without them only means over at least five
            runs are shown, and None is returned where there are fewer than 20 runs.
    """
    residuals = fit.residuals * (100.0 if fit.on_log else 1.0)
    if not points and residuals.size < _FEWEST_BINNED:
        return None
    columns = _against(fit)
    spread = float(np.sqrt(np.mean(residuals**2)))
    with style.look():
        across = min(len(columns), 3)
        down = -(-len(columns) // across)
        figure = style.new_figure(max(style.WIDTH * across / 3, 4.6), 2.75 * down)
        axes: Any = figure.subplots(down, across, sharey=True, squeeze=False)
        for ax in axes.ravel()[len(columns) :]:
            ax.remove()
        edge = _edge(residuals)
        binned = {}
        for ax, (name, x) in zip(axes.ravel(), columns.items(), strict=False):
            log = bool(np.all(x > 0) and (fit.law.positive or x.max() > 30 * x.min()))
            ax.axhspan(-spread, spread, color=style.SHADE, zorder=0, linewidth=0)
            ax.axhline(0.0, color=style.INK, linewidth=0.9, zorder=1)
            if points:
                _residual_points(ax, x, residuals, edge)
            if residuals.size >= _FEWEST_BINNED:
                binned[name] = style.bins_of(np.log(x) if log else x, residuals)
                _bin_marks(ax, binned[name], log)
            style.set_axis(
                ax, "x", name, *style.padded(x, 0.06, log=log), log=log, apart=_TICKS_APART
            )
        first = axes.ravel()[0]
        if points:
            first.set_ylim(-edge, edge)
        first.set_ylabel("residual of log (%)" if fit.on_log else "residual")
        handles, labels = _each_once(axes.ravel()[: len(columns)])
        figure.legend(handles, labels, loc="outside upper left", ncols=3)
    size = f"{spread:.2g} %" if fit.on_log else significant(spread, 3)
    kind = "log of observed over fitted" if fit.on_log else "observed minus fitted"
    worst = int(np.argmax(np.abs(residuals)))
    largest = f"{residuals[worst]:+.2g} %" if fit.on_log else significant(residuals[worst], 3)
    return Picture(
        name="residuals",
        title="Residuals",
        description=(
            f"Residuals ({kind}) of {residuals.size:,} runs against {joined(list(columns))}: "
            f"{size} rms (shaded)"
            + (f", the largest {largest}{_beyond_words(residuals, edge)}" if points else "")
            + _structure_words(fit)
            + "."
        ),
        figure=figure,
        table=_residual_table(fit, columns, residuals, binned, points),
    )


def _against(fit: Fit) -> dict[str, Array]:
    columns = {v: fit.runs[v] for v in fit.law.variables[:_MOST_PANELS]}
    path = path_of(fit)
    if path is not None and path.variable not in columns:
        columns[path.variable] = path.x
    return columns


def _bin_marks(ax: Axes, bins: list[style.Bin], log: bool) -> None:
    x = np.array([b.x for b in bins])
    ax.errorbar(
        np.exp(x) if log else x,
        [b.mean for b in bins],
        [2.0 * b.error for b in bins],
        color=style.VERMILION, marker="s", markersize=4.5, linestyle="none", linewidth=1.3,
        zorder=5, label="middle half of neighbouring runs, mean ± 2 s.e.",
    )  # fmt: skip


def _edge(residuals: Array) -> float:
    """Half the height of the frame: a few far runs do not hide the scatter of the rest."""
    size = np.abs(residuals)
    usual, largest = 1.5 * float(np.quantile(size, 0.95)), 1.12 * float(size.max())
    return (usual if largest > 2.0 * usual and usual > 0 else largest) or 1.0


def _beyond_words(residuals: Array, edge: float) -> str:
    far = int((np.abs(residuals) > edge).sum())
    return f" ({far} beyond the frame, drawn as triangles at its edge)" if far else ""


def _residual_points(ax: Axes, x: Array, residuals: Array, edge: float) -> None:
    near = np.abs(residuals) <= edge
    style.scatter(ax, x[near], residuals[near], color=style.BLUE, alpha=0.75, label="one run")
    for side, mark in ((1.0, "^"), (-1.0, "v")):
        far = ~near & (side * residuals > 0)
        if far.any():
            style.scatter(
                ax, x[far], np.full(int(far.sum()), side * 0.955 * edge), color=style.PURPLE,
                marker=mark, s=34.0, edgecolors=style.INK, label="beyond the frame",
            )  # fmt: skip


def _structure_words(fit: Fit) -> str:
    """What the check of the residuals found, which allows for the number of places it looked."""
    found = next((f for f in fit.findings if f.code == "F010"), None)
    return "" if found is None else f"; {found.message.split(':')[0]}"


def _residual_table(
    fit: Fit, columns: dict[str, Array], residuals: Array,
    binned: dict[str, list[style.Bin]], points: bool,
) -> Table:  # fmt: skip
    unit = "%" if fit.on_log else "raw"
    if not points:
        return Table(
            ("against", "group", "runs", f"mean of the middle half ({unit})", f"s.e. ({unit})"),
            tuple(
                (name, k + 1, b.count, b.mean, b.error)
                for name, bins in binned.items()
                for k, b in enumerate(bins)
            ),
        )
    return Table(
        (fit.runs.row_label, *columns, f"residual ({unit})"),
        tuple(
            (int(row), *(float(x[i]) for x in columns.values()), float(residuals[i]))
            for i, row in enumerate(fit.runs.row_ids)
        ),
    )


def parameter_picture(fit: Fit) -> Picture | None:
    """Parameters with their intervals, and how they move together over the draws.

    Returns:
        None where there is neither an interval nor a profile.
    """
    estimates = fit.parameters
    names = list(estimates)
    profiles = {p.parameter: p for p in fit.profiles}
    if all(e.interval is None for e in estimates.values()) and not profiles:
        return None
    matrix = correlations(fit)
    wide = matrix is not None and len(names) > 1
    rows: list[tuple[Any, ...]] = []
    with style.look():
        figure = style.new_figure(style.WIDTH if wide else 4.6, max(0.62 * len(names) + 0.7, 2.6))
        halves: Any = figure.subfigures(
            1, 2 if wide else 1, width_ratios=[1.15, 1.0][: 2 if wide else 1], wspace=0.03,
            squeeze=False,
        )  # fmt: skip
        left = halves[0][0]
        axes: Any = left.subplots(len(names), 1, squeeze=False)
        for j, name in enumerate(names):
            rows += _one_parameter(axes[j][0], fit, name, profiles.get(name))
        handles, labels = _each_once(axes[:, 0])
        left.legend(handles, labels, loc="outside upper left", ncols=1)
        if wide and matrix is not None:
            _matrix(halves[0][1].subplots(), [p.symbol for p in fit.law.parameters], matrix)
    strongest = ""
    if wide and matrix is not None:
        strongest = _strongest(names, matrix)
    with_interval = [
        f"{n} {significant(e.value)} {bracket(e.interval.low, e.interval.high)}"
        for n, e in estimates.items()
        if e.interval is not None
    ]
    text = joined(with_interval[:_MOST_PANELS]) or "profile intervals only"
    return Picture(
        name="parameters",
        title="Parameters",
        description=f"{100 * fit.level:.0f} % intervals: {text}{strongest}.",
        figure=figure,
        table=Table(("quantity", "method", "value", "low", "high"), (
            *rows,
            *_correlation_rows(names, matrix),
        )),
    )  # fmt: skip


def _each_once(axes: Iterable[Axes]) -> tuple[list[Any], list[str]]:
    """Legend entries of several axes, each label once."""
    found: dict[str, Any] = {}
    for ax in axes:
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    return list(found.values()), list(found)


def _one_parameter(ax: Axes, fit: Fit, name: str, profile: Profile | None) -> list[tuple[Any, ...]]:
    parameter = fit.law.parameters[fit.law.names.index(name)]
    estimate = fit.parameters[name]
    percent = f"{100 * fit.level:.0f} %"
    rows: list[tuple[Any, ...]] = []
    ends = [estimate.value]
    if estimate.interval is not None:
        interval = estimate.interval
        ends += [interval.low, interval.high]
        ax.plot(
            [interval.low, interval.high], [1.0, 1.0], color=style.BLUE, linewidth=3.0,
            solid_capstyle="butt", label=f"{_METHODS[fit.interval_method]} {percent}",
        )  # fmt: skip
    rows.append(
        (name, fit.interval_method, estimate.value, *(
            (None, None) if estimate.interval is None
            else (estimate.interval.low, estimate.interval.high)
        ))
    )  # fmt: skip
    if profile is not None:
        low = float(profile.values.min()) if profile.low is None else profile.low
        high = float(profile.values.max()) if profile.high is None else profile.high
        ends += [low, high]
        ax.plot(
            [low, high], [0.45, 0.45], color=style.ORANGE, linewidth=3.0, solid_capstyle="butt",
            label=f"profile likelihood {percent}",
        )  # fmt: skip
        for end, bound, mark in ((low, profile.low, "<"), (high, profile.high, ">")):
            if bound is None:
                ax.plot([end], [0.45], marker=mark, color=style.ORANGE, markersize=7)
        rows.append((name, "profile likelihood", estimate.value, profile.low, profile.high))
    ax.plot([estimate.value], [1.0], marker="o", color=style.INK, markersize=5, zorder=4)
    log = parameter.scale == "log" and min(ends) > 0 and max(ends) > 3.0 * min(ends)
    low, high = style.padded(np.array(ends), 0.12, log=log)
    ax.set_ylim(0.1, 1.4)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    if log:
        style.set_axis(ax, "x", name, low, high, log=True)
        ax.set_xlabel("")
    else:
        from matplotlib.ticker import MaxNLocator

        ax.set_xlim(low, high)
        ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.set_ylabel(
        style.tidy(parameter.symbol, 14), rotation=0, ha="right", va="center", fontsize=10
    )
    ax.tick_params(axis="x", labelsize=8)
    return rows


def correlations(fit: Fit) -> Array | None:
    """(p, p) correlations over the draws, of logarithms for positive coefficients.

    Returns:
        None with fewer than 40 draws; NaN for a parameter that does not move.
    """
    if fit.draws.shape[0] < FEWEST_TO_CORRELATE:
        return None
    values = fit.draws.copy()
    for j, parameter in enumerate(fit.law.parameters):
        if parameter.scale == "log":
            values[:, j] = np.log(np.maximum(values[:, j], 1e-300))
    centred = values - values.mean(axis=0)
    spread = np.sqrt((centred**2).mean(axis=0))
    with np.errstate(all="ignore"):
        scaled = np.where(spread > 0, centred / spread, np.nan)
    return np.asarray(scaled.T @ scaled / len(values))


def _matrix(ax: Axes, symbols: list[str], matrix: Array) -> None:
    shown = [style.tidy(s, 8) for s in symbols]
    count = len(shown)
    places = np.arange(count + 1) - 0.5
    ax.pcolormesh(
        places, places, np.ma.masked_invalid(matrix), cmap="PuOr", vmin=-1.0, vmax=1.0,
        edgecolors="white", linewidth=1.0,
    )  # fmt: skip
    ax.invert_yaxis()
    ax.set_aspect("equal")
    ax.set_xticks(range(count), shown)
    ax.set_yticks(range(count), shown)
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    if count <= 9:
        for i in range(count):
            for j in range(count):
                value = matrix[i, j]
                text = "–" if not np.isfinite(value) else f"{value:.2f}".replace("-", "−")
                dark = np.isfinite(value) and abs(value) > 0.55
                ax.text(
                    j, i, text, ha="center", va="center", fontsize=8.5,
                    color="white" if dark else style.INK,
                )  # fmt: skip
    ax.set_title("Correlation over the draws")


def _strongest(names: list[str], matrix: Array) -> str:
    pairs = [
        (abs(matrix[i, j]), i, j)
        for i in range(len(names))
        for j in range(i)
        if np.isfinite(matrix[i, j])
    ]
    if not pairs:
        return ""
    _, i, j = max(pairs)
    return f"; the strongest correlation is {matrix[i, j]:.2f}, between {names[j]} and {names[i]}"


def _correlation_rows(names: list[str], matrix: Array | None) -> list[tuple[Any, ...]]:
    if matrix is None:
        return []
    return [
        (f"{names[j]}, {names[i]}", "correlation", float(matrix[i, j]), None, None)
        for i in range(len(names))
        for j in range(i)
        if np.isfinite(matrix[i, j])
    ]
