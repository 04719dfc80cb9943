"""How well the law predicted larger runs than those it was fitted to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lawcast._tables import Table, significant
from lawcast._units import VARIABLE_UNITS, format_variable
from lawcast.fitting.backtest import Backtest
from lawcast.fitting.result import Fit
from lawcast.reporting import look as style
from lawcast.reporting.answer import has_reach
from lawcast.reporting.picture import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def backtest_picture(fit: Fit) -> Picture | None:
    """Error on left-out larger runs against reach, and the share inside their interval."""
    history = fit.history
    if history is None:
        return None
    factors = has_reach(history)
    cuts = sorted(history.cuts, key=lambda c: c.reach if factors else -c.largest)
    reach = np.array([c.reach if factors else c.largest for c in cuts])
    scale = 100.0 if history.on_log else 1.0
    rms = np.array([scale * c.error for c in cuts])
    bias = np.array([scale * c.bias for c in cuts])
    scored = [
        (float(x), c.hits, c.tested) for x, c in zip(reach, cuts, strict=True) if c.hits is not None
    ]
    unit = "%" if history.on_log else style.label_of(fit.law.response)
    with style.look():
        figure = style.new_figure(style.WIDTH if scored else 4.6, 3.0)
        axes: Any = figure.subplots(1, 2 if scored else 1, squeeze=False)[0]
        own = scale * float(np.sqrt(np.mean(fit.residuals**2)))
        left = axes[0]
        left.axhline(0.0, color=style.INK, linewidth=0.9)
        left.axhline(own, color=style.FAINT, linestyle=(0, (1, 1.5)), linewidth=1.1,
                     label="rms residual of the whole fit")  # fmt: skip
        left.plot(reach, rms, marker="o", color=style.BLUE, label="rms error")
        left.plot(
            reach, bias, marker="s", color=style.VERMILION, linestyle=(0, (4, 2)),
            label="mean error: predicted − observed",
        )  # fmt: skip
        low, high = min(0.0, float(bias.min())), max(float(rms.max()), own)
        left.set_ylim(low - 0.12 * (high - low), high + 0.5 * (high - low))
        left.set_ylabel(f"error on larger runs ({unit})")
        left.legend(loc="upper left")
        if scored:
            _shares(axes[1], scored, history.level)
        name = style.tidy(history.by, 24)
        for ax in axes:
            limits = style.padded(reach, 0.15, log=factors)
            style.set_axis(ax, "x", "reach", *limits, log=factors)
            ax.set_xlabel(
                f"reach: largest {name}, left out / fitted on"
                if factors
                else f"largest {name} fitted on"
            )
    far = cuts[-1]
    size = f"{scale * far.error:.2g} %" if history.on_log else significant(far.error, 3)
    beyond = f", up to {far.reach:.3g} times larger" if factors else ""
    shares = ""
    if far.hits is not None:
        shares = (
            f", and {round(far.hits * far.tested)} of {far.tested} of them lay inside their "
            f"{100 * history.level:.0f} % interval"
        )
    return Picture(
        name="backtest",
        title="Backtest",
        description=(
            f"Fitted on the {far.fitted} runs of smallest {history.by}, the law missed the "
            f"{far.tested} larger ones{beyond}, by {size} rms{shares}."
        ),
        figure=figure,
        table=_numbers(history),
    )


def backtest_table(history: Backtest) -> Table:
    """One row a cut, as the terminal prints it."""
    return Table(
        (
            f"largest {history.by} fitted", "reach", "fitted", "tested", "rms error",
            "mean error: predicted − observed", f"inside {100 * history.level:.0f} %",
        ),
        tuple(
            (
                format_variable(history.by, c.largest),
                f"{c.reach:.3g}x" if np.isfinite(c.reach) else None,
                c.fitted,
                c.tested,
                _error(c.error, history.on_log),
                _error(c.bias, history.on_log),
                None if c.hits is None else f"{round(c.hits * c.tested)} of {c.tested}",
            )
            for c in history.cuts
        ),
    )  # fmt: skip


def _error(value: float, on_log: bool) -> str:
    return f"{100 * value:.2g} %" if on_log else significant(value, 3)


def _numbers(history: Backtest) -> Table:
    """The same as numbers."""
    scale, unit = (100.0, " (%)") if history.on_log else (1.0, "")
    size = VARIABLE_UNITS.get(history.by)
    return Table(
        (
            f"largest {history.by} fitted" + (f" ({size})" if size else ""), "reach", "fitted",
            "tested", f"rms error{unit}", f"mean error{unit}",
            f"inside {100 * history.level:.0f} %",
        ),
        tuple(
            (float(f"{c.largest:.3g}"), c.reach if np.isfinite(c.reach) else None, c.fitted,
             c.tested, scale * c.error, scale * c.bias,
             None if c.hits is None else round(c.hits * c.tested))
            for c in history.cuts
        ),
    )  # fmt: skip


def _shares(ax: Axes, scored: list[tuple[float, float, int]], level: float) -> None:
    """Share of the left-out runs inside their interval, from (reach, share, runs)."""
    ax.axhline(100.0 * level, color=style.INK, linestyle=(0, (1, 1.5)), linewidth=1.1)
    ax.set_title(f"dotted: the nominal {100 * level:.0f} %")
    ax.plot(
        [x for x, _, _ in scored], [100.0 * share for _, share, _ in scored], marker="o",
        color=style.GREEN, linestyle="none",
    )  # fmt: skip
    for x, share, tested in scored:
        ax.annotate(
            f"{round(share * tested)}/{tested}", (x, 100.0 * share),
            xytext=(0, 6 if share >= level else -13), textcoords="offset points", ha="center",
            fontsize=8.0,
        )  # fmt: skip
    ax.set_ylim(0, 113)
    ax.set_yticks([0, 25, 50, 75, 100])
    ax.set_ylabel("larger runs inside (%)")
