"""Which law would have been right: the backtest error of every law, side by side."""

from __future__ import annotations

import numpy as np

from lawcast._tables import Table
from lawcast.fitting.extrapolation.comparison import LawComparison
from lawcast.fitting.extrapolation.rolling import AVERAGE, REACHES
from lawcast.reporting import look as style
from lawcast.reporting.picture import Picture

_TITLE = "Which law would have been right"
_MARKS = ("o", "s", "^", "D")
_COLOURS = (style.SKY, style.GREEN, style.ORANGE, style.PURPLE)


def comparison_picture(comparison: LawComparison) -> Picture | None:
    """Backtest error of each law at every reach; None where no curve has a backtest.

    Args:
        comparison: the backtests.
    """
    records = comparison.records
    if not records:
        return None
    height = np.arange(len(records))[::-1]
    with style.look():
        figure = style.new_figure(style.WIDTH, 1.5 + 0.36 * len(records))
        ax = figure.subplots()
        means = np.array([100.0 * r.mean for r in records])
        ax.hlines(height, 0.0, 1.0, colors=style.SHADE, linewidth=1.0,
                  transform=ax.get_yaxis_transform(), zorder=0)  # fmt: skip
        ax.scatter(means, height, marker="|", s=300.0, linewidths=2.4, zorder=2, label="up to 2x",
                   color=[style.VERMILION if r.law == AVERAGE else style.INK
                          for r in records])  # fmt: skip
        every = means.tolist()
        for k, (low, high) in enumerate(REACHES):
            known = [(i, r.errors[k]) for i, r in enumerate(records)]
            places = [(height[i], 100.0 * e) for i, e in known if e is not None]
            if not places:
                continue
            every += [x for _, x in places]
            ax.plot(
                [x for _, x in places], [h for h, _ in places], marker=_MARKS[k], markersize=4.5,
                linestyle="none", color=_COLOURS[k], markeredgecolor=style.INK,
                markeredgewidth=0.5, zorder=3, label=f"{low:g}x to {high:g}x",
            )  # fmt: skip
        least, most = min(every), max(every)
        if least > 0.0 and most > 6.0 * least:
            style.set_axis(ax, "x", "error", *style.padded(np.array(every)), log=True, apart=0.05)
        else:
            ax.set_xlim(0.0, 1.04 * most if most > 0.0 else 1.0)
        ax.set_ylim(-0.7, len(records) - 0.3)
        ax.set_yticks(height, [r.law for r in records])
        for record, place in zip(records, height, strict=True):
            ax.annotate(
                f"best on {100 * record.wins:.0f} %", (1.01, place),
                xycoords=("axes fraction", "data"), va="center", fontsize=8.5,
                annotation_clip=False,
            )  # fmt: skip
        ax.set_xlabel("error of forecasts made from the start of each curve (rms of log, %)")
        figure.legend(loc="outside upper left", ncols=5, title=_TITLE, alignment="left",
                      title_fontsize=10.5)  # fmt: skip
    rows = tuple(
        (r.law, r.mean, *r.errors, r.wins, r.excess) for r in records
    )  # fmt: skip
    bands = [f"{low:g}x to {high:g}x" for low, high in REACHES]
    return Picture(
        name="laws-compared",
        title=_TITLE,
        description=comparison.verdict(),
        figure=figure,
        table=Table(("law", "up to 2x", *bands, "share of wins", "worse by"), rows),
    )
