"""A score beside its loss: the loss over training, and the score that follows the loss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lawcast._tables import Table, bracket, significant
from lawcast._units import format_variable
from lawcast._values import Array
from lawcast.fitting.extrapolation.joint import ScoreExtrapolation
from lawcast.fitting.extrapolation.link_result import Link, carry
from lawcast.fitting.intervals import fewest_draws
from lawcast.reporting import look as style
from lawcast.reporting.figures_curve import draw_paths, frame_paths, mark_targets, paths_of
from lawcast.reporting.picture import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_GRID = 60
_MOST_NAMED = 5
_ROOM = 0.06  # share of the span of losses that the link is drawn beyond what is known


def score_picture(made: ScoreExtrapolation, *, points: bool = True) -> Picture:
    """The loss against x with its band, and the score against the loss with its link.

    Args:
        made: the forecast of the score.
        points: draw the points; a redacted report leaves them out.
    """
    one, link = made.loss, made.link
    paths = paths_of(one, None)
    x = _places(link, np.concatenate([one.value, one.low, one.high]))
    value, low, high = _band(link, x)
    with style.look():
        figure = style.new_figure(style.WIDTH, 4.4)
        left, right = figure.subplots(1, 2)
        draw_paths(left, paths, points)
        frame_paths(left, paths, float(one.curve.x.min()), one.curve, points, apart=0.14)
        left.axvline(one.curve.x_max, color=style.FAINT, linestyle=(0, (1, 1.5)), linewidth=1.0)
        mark_targets(left, paths, apart=0.2)
        left.set_title("the loss, cast forward")
        _draw_link(right, link, x, (value, low, high), points)
        _draw_scores(right, made)
        right.set_title("the score that follows it")
        _legend(figure, (left, right), _title(made))
    return Picture(
        name="score-extrapolation",
        title=_title(made),
        description=_description(made),
        figure=figure,
        table=_numbers(made, x, (value, low, high), points),
    )


def link_picture(link: Link, *, points: bool = True) -> Picture | None:
    """The score against the loss (or compute) with the link; None for a link without estimate.

    Args:
        link: the link.
        points: draw the pairs; a redacted report leaves them out.
    """
    if link.slope is None:
        return None
    x = _places(link, np.zeros(0))
    band = _band(link, x)
    title = f"The score as a function of {link.on}"
    with style.look():
        figure = style.new_figure(style.WIDTH, 3.6)
        ax = figure.subplots()
        _draw_link(ax, link, x, band, points)
        _legend(figure, (ax,), title)
    rows: list[tuple[Any, ...]] = []
    if points:
        rows += [
            ("pair", float(a), float(b), None, None)
            for a, b in zip(link.x, link.score, strict=True)
        ]
    rows += [("link", *_cells(cells)) for cells in zip(x, *band, strict=True)]
    return Picture(
        name="link",
        title=title,
        description=f"{_pairs(link)} with a saturating link; {link.status.text}.",
        figure=figure,
        table=Table(("what", link.on, "score", "low", "high"), tuple(rows)),
    )


def _places(link: Link, targets: Array) -> Array:
    """(k,) where the link is drawn: over the pairs and the targets, and a little beyond."""
    every = np.concatenate([link.x, targets[np.isfinite(targets)]])
    if link.on == "compute":
        low, high = np.log(every.min()), np.log(every.max())
        air = max(_ROOM * (high - low), 1e-9)
        return np.asarray(np.exp(np.linspace(low - air, high + air, _GRID)))
    low, high = float(every.min()), float(every.max())
    air = _ROOM * (high - low) if high > low else 0.05 * abs(high)
    return np.linspace(low - air, high + air, _GRID)


def _band(link: Link, x: Array) -> tuple[Array, Array, Array]:
    """(k,) the fitted link, and the ends for one new score where the loss is known."""
    value = link.curve(x)
    if len(link.draws) < fewest_draws(link.level):
        return value, np.full(x.size, np.nan), np.full(x.size, np.nan)
    _, low, high = carry(link, x[None])
    return value, low, high


def _draw_link(
    ax: Axes, link: Link, x: Array, band: tuple[Array, Array, Array], points: bool
) -> None:
    """Pairs, link, its band, and the lines of chance and ceiling."""
    value, low, high = band
    if points:
        style.scatter(ax, link.x, link.score, color=style.SKY, label=_pairs(link))
    if np.isfinite(low).any():
        ax.fill_between(
            x, low, high, color=style.GREEN, alpha=0.18, linewidth=0.0, zorder=2,
            label=f"{100 * link.level:.3g} % of new scores, were the loss known"
            if link.on == "loss" else f"{100 * link.level:.3g} % of new scores",
        )  # fmt: skip
    ax.plot(x, value, color=style.GREEN, linewidth=1.8, zorder=4, label="link")
    ceiling = link.ceiling
    heights = [link.chance, float(np.nanmin([value.min(), np.nanmin(link.score)])), value.max()]
    if ceiling is not None:
        heights.append(ceiling.value)
    least, most = min(heights), max(heights)
    air = 0.08 * (most - least) if most > least else 0.05
    if link.on == "compute":
        style.set_axis(ax, "x", "compute", float(x[0]), float(x[-1]), log=True, apart=0.1)
    else:
        # training runs from left to right, as in the panel of the loss
        ax.set_xlim(float(x[-1]), float(x[0]))
        ax.set_xlabel("loss (falls to the right)")
    ax.set_ylim(least - air, most + air)
    ax.set_ylabel("score")
    for height, text, above in _lines(link):
        ax.axhline(height, color=style.FAINT, linestyle=(0, (4, 3)), linewidth=0.9, zorder=1)
        ax.annotate(
            text, (0.012, height), xycoords=("axes fraction", "data"),
            xytext=(0, 2 if above else -2), textcoords="offset points",
            va="bottom" if above else "top", fontsize=8.0, color=style.FAINT, zorder=5,
        )  # fmt: skip


def _lines(link: Link) -> list[tuple[float, str, bool]]:
    """Height, words, and whether the words stand above the line."""
    lines = [(link.chance, f"chance {link.chance:.3g}", False)]
    if link.ceiling is not None:
        how = "given" if link.ceiling_given else "estimated"
        lines.append((link.ceiling.value, f"ceiling {link.ceiling.value:.3g}, {how}", True))
    return lines


def _draw_scores(ax: Axes, made: ScoreExtrapolation) -> None:
    """The forecast scores at the forecast losses, with both intervals."""
    one = made.loss
    across, along = (
        np.abs(np.nan_to_num(np.stack([centre - low, high - centre])))
        for centre, low, high in (
            (one.value, one.low, one.high),
            (made.value, made.low, made.high),
        )
    )
    ax.errorbar(
        one.value, made.value, xerr=across, yerr=along, linestyle="none",
        ecolor=style.VERMILION, elinewidth=1.0, capsize=2.0, zorder=5,
    )  # fmt: skip
    ax.plot(
        one.value, made.value, linestyle="none", marker="D", markersize=5.0, color="white",
        markeredgecolor=style.VERMILION, markeredgewidth=1.4, zorder=6, label="asked for",
    )  # fmt: skip
    low, high = ax.get_ylim()
    known = [v for v in (*made.low, *made.high, *made.value) if np.isfinite(v)]
    air = 0.04 * (high - low)
    ax.set_ylim(min(low, min(known) - air), max(high, max(known) + air))
    order = np.argsort(one.reach)
    lines = []
    for i in order[-_MOST_NAMED:]:
        ends = ", no interval"
        if np.isfinite(made.low[i]):
            ends = f" {bracket(float(made.low[i]), float(made.high[i]))}"
        lines.append(f"{one.reach[i]:.3g}x: {significant(float(made.value[i]), 3)}{ends}")
    if order.size > _MOST_NAMED:
        lines.insert(0, f"the farthest {_MOST_NAMED} of {order.size}:")
    # a score that follows its loss rises to the right: the corner below is free
    falls = made.link.slope is not None and made.link.slope.value < 0.0
    ax.annotate(
        "\n".join(lines), (0.98, 0.97 if falls else 0.1), xycoords="axes fraction", ha="right",
        va="top" if falls else "bottom", fontsize=8.5, linespacing=1.4, zorder=7,
        bbox={"boxstyle": "round,pad=0.2", "facecolor": "white", "alpha": 0.75, "linewidth": 0.0},
    )  # fmt: skip


def _legend(figure: Any, axes: tuple[Axes, ...], title: str) -> None:
    """The title and one legend of all panels, above everything."""
    shown: dict[str, Any] = {}
    for ax in axes:
        for handle, name in zip(*ax.get_legend_handles_labels(), strict=True):
            shown.setdefault(name, handle)
    figure.legend(
        list(shown.values()), list(shown), loc="outside upper left", ncols=4, title=title,
        alignment="left", title_fontsize=10.5,
    )  # fmt: skip


def _pairs(link: Link) -> str:
    return f"{link.x.size:,} pairs of {link.on} and score"


def _title(made: ScoreExtrapolation) -> str:
    """``"llama: score 0.712 expected at 8x"``."""
    far = int(np.argmax(made.loss.at))
    name = f"{style.tidy(made.loss.name)}: " if made.loss.name else ""
    value = significant(float(made.value[far]), 3)
    return f"{name}score {value} expected at {made.loss.reach[far]:.3g}x"


def _description(made: ScoreExtrapolation) -> str:
    one = made.loss
    far = int(np.argmax(one.at))
    score = made.scores[far]
    ends = "no interval"
    if score.interval is not None:
        ends = f"{100 * made.level:.3g} % {bracket(score.interval.low, score.interval.high)}"
    return (
        f"The score is forecast as {significant(score.value, 3)} ({ends}) at "
        f"{format_variable(one.variable, float(one.at[far]))}, {one.reach[far]:.3g} times the "
        f"data, where the {style.tidy(one.response, 24)} is forecast as "
        f"{significant(float(one.value[far]))}; {made.link.status.text}."
    )


def _numbers(
    made: ScoreExtrapolation, x: Array, band: tuple[Array, Array, Array], points: bool
) -> Table:
    """Points of the loss, pairs, targets, and the link with its band."""
    one = made.loss
    rows: list[tuple[Any, ...]] = []
    if points:
        rows += [
            ("point", float(a), float(b), None, None, None, None, None)
            for a, b in zip(one.curve.x, one.curve.value, strict=True)
        ]
        rows += [
            ("pair", None, float(a), None, None, float(s), None, None)
            for a, s in zip(made.link.x, made.link.score, strict=True)
        ]
    columns = (one.at, one.value, one.low, one.high, made.value, made.low, made.high)
    rows += [("target", *_cells(cells)) for cells in zip(*columns, strict=True)]
    rows += [
        ("link", None, float(a), None, None, *_cells(cells))
        for a, *cells in zip(x, *band, strict=True)
    ]
    head = ("what", one.variable, one.response, "low", "high", "score", "score low", "score high")
    return Table(head, tuple(rows))


def _cells(values: Any) -> tuple[float | None, ...]:
    return tuple(float(v) if np.isfinite(v) else None for v in values)
