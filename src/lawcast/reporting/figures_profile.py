"""How far a parameter can move while the others make up for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lawcast._tables import Table, bracket, significant
from lawcast.fitting.profile import Profile
from lawcast.fitting.result import Fit
from lawcast.reporting import look as style
from lawcast.reporting.picture import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_PANELS = 6


def profile_picture(fit: Fit) -> Picture | None:
    """Profile likelihoods of the floor and the exponents, with the threshold."""
    profiles = fit.profiles[:_MOST_PANELS]
    if not profiles:
        return None
    with style.look():
        across = min(len(profiles), 3)
        down = -(-len(profiles) // across)
        figure = style.new_figure(max(style.WIDTH * across / 3, 3.6), 2.7 * down)
        axes: Any = figure.subplots(down, across, sharey=True, squeeze=False)
        for ax in axes.ravel()[len(profiles) :]:
            ax.remove()
        for ax, profile in zip(axes.ravel(), profiles, strict=False):
            _one_profile(ax, fit, profile)
        for row in axes:
            row[0].set_ylabel("drop statistic")
    return Picture(
        name="profiles",
        title="Profile likelihoods",
        description="; ".join(profile_words(p) for p in profiles) + ".",
        figure=figure,
        table=Table(
            ("parameter", "held at", "statistic"),
            tuple(
                (p.parameter, float(v), float(s))
                for p in profiles
                for v, s in zip(p.values, p.statistic, strict=True)
            ),
            notes=(f"Rejected above {significant(profiles[0].threshold)}.",),
        ),
    )


def profile_words(profile: Profile) -> str:
    """``"E is bounded by these runs: [1.85, 1.92] (90 %)"``."""
    level = f"({100 * profile.level:.0f} %)"
    if profile.low is not None and profile.high is not None:
        inside = bracket(profile.low, profile.high)
        return f"{profile.parameter} is bounded by these runs: {inside} {level}"
    low = float(profile.values.min()) if profile.low is None else profile.low
    high = float(profile.values.max()) if profile.high is None else profile.high
    return (
        f"{profile.parameter} is not bounded by these runs: any value in {bracket(low, high)} "
        f"fits {level}"
    )


def _one_profile(ax: Axes, fit: Fit, profile: Profile) -> None:
    top = 3.2 * profile.threshold
    keep = _near(profile, top)
    values, statistic = profile.values[keep], profile.statistic[keep]
    inside = statistic <= profile.threshold
    low = float(values.min()) if profile.low is None else profile.low
    high = float(values.max()) if profile.high is None else profile.high
    ax.axvspan(low, high, color=style.SHADE, zorder=0, linewidth=0)
    ax.plot(values, statistic, color=style.BLUE, marker="o", markersize=3, zorder=3)
    ax.axhline(profile.threshold, color=style.VERMILION, linestyle=(0, (4, 2)), zorder=2)
    ax.annotate(
        f"{100 * profile.level:.0f} %", (0.995, profile.threshold),
        xycoords=("axes fraction", "data"), xytext=(0, 3), textcoords="offset points",
        ha="right", fontsize=8.5, color=style.INK,
    )  # fmt: skip
    best = float(fit.parameters[profile.parameter].value)
    ax.axvline(best, color=style.INK, linewidth=0.9, zorder=1)
    ax.set_ylim(-0.03 * top, top)
    air = 0.06 * (float(values.max()) - float(values.min()) or 1.0)
    ax.set_xlim(float(values.min()) - air, float(values.max()) + air)
    verdict = "bounded" if profile.bounded else "not bounded"
    parameter = fit.law.parameters[fit.law.names.index(profile.parameter)]
    ax.set_title(f"{style.tidy(parameter.symbol, 14)}: {verdict}")
    ax.set_xlabel(style.tidy(parameter.meaning))
    assert inside.any()  # the optimum itself is on the profile with statistic 0


def _near(profile: Profile, top: float) -> np.ndarray:
    """(k,) the stretch around the optimum that fits into the figure, one point more a side."""
    shown = np.flatnonzero(profile.statistic <= top)
    first, last = max(int(shown.min()) - 1, 0), min(int(shown.max()) + 1, profile.values.size - 1)
    keep = np.zeros(profile.values.size, dtype=bool)
    keep[first : last + 1] = True
    return keep
