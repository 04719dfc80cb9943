"""How every figure looks: colours, sizes, axes and tick labels.

Only matplotlib's object interface is used, inside :func:`look`, which starts from matplotlib's own
defaults, so that a user's settings neither change our figures nor are changed by them.
"""

from __future__ import annotations

import contextlib
import math
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from lawcast._units import COUNT_COLUMNS, VARIABLE_UNITS, format_count
from lawcast._values import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe & Ito 2008: told apart with every common kind of colour blindness.
BLUE, VERMILION, GREEN = "#0072B2", "#D55E00", "#009E73"
SKY, ORANGE, PURPLE = "#56B4E9", "#E69F00", "#CC79A7"
INK = "#222222"
FAINT = "#5c5c5c"
SHADE = "#eceff3"
ORDERED = "cividis"

WIDTH = 7.2
"""Inches across of a full figure; journal columns take it without scaling."""

RASTER_FROM = 600
"""Points in one scatter from which they are drawn as an image, so that the file stays small."""

_LOOK: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "Helvetica", "sans-serif"],
    "font.size": 9.0,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.labelsize": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "text.parse_math": False,  # a "$" in a user's column name is a dollar
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "svg.fonttype": "none",  # text stays text: it can be read aloud, searched and selected
    "svg.hashsalt": "lawcast",
    "pdf.fonttype": 42,
    "axes.unicode_minus": True,
}
_LABELS = {"params": "parameters N", "tokens": "tokens D", "compute": "compute C (FLOP)"}
_DPI = 72  # that of SVG and PDF, so that the layout fits both to the hair
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@contextlib.contextmanager
def look() -> Iterator[None]:
    """Draw and write figures in here: our settings over matplotlib's defaults, then as before."""
    import matplotlib

    with matplotlib.rc_context(), warnings.catch_warnings():
        # a name in a script that the font lacks is still right in the SVG, whose text is text
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        warnings.filterwarnings("ignore", message=".*does not support .* natively")
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_LOOK)
        yield


def new_figure(width: float, height: float) -> Figure:
    """An empty figure, inches, that lays itself out."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained", dpi=_DPI)


def label_of(name: str) -> str:
    """``"compute C (FLOP)"``: an axis label, safe and of bounded length whatever the name."""
    if name in _LABELS:
        return _LABELS[name]
    unit = VARIABLE_UNITS.get(name)
    shown = tidy(name)
    return f"{shown} ({unit})" if unit and unit != name else shown


def tidy(text: str, most: int = 40) -> str:
    """A user's name for a figure: one line, no control characters, at most ``most`` long."""
    line = " ".join(printable(str(text)).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def printable(text: str) -> str:
    """Text without control characters and half characters, which XML and UTF-8 do not allow."""
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)


def set_axis(
    ax: Axes, which: str, name: str, low: float, high: float, *, log: bool, apart: float = 0.0
) -> None:
    """Limits, readable ticks and label of one axis.

    Args:
        ax: the axes.
        which: ``"x"`` or ``"y"``.
        name: name of the column, for its unit and the form of the tick labels.
        low, high: the limits; positive where ``log``.
        log: logarithmic axis.
        apart: smallest distance of two ticks of a logarithmic axis, as a share of its length.
    """
    axis = ax.xaxis if which == "x" else ax.yaxis
    set_limits = ax.set_xlim if which == "x" else ax.set_ylim
    if log:
        (ax.set_xscale if which == "x" else ax.set_yscale)("log")
    set_limits(low, high)
    if log:
        set_log_ticks(axis, name, low, high, most=7 if which == "x" else 6, apart=apart)
    axis.set_label_text(label_of(name))


def set_log_ticks(
    axis: Any, name: str, low: float, high: float, most: int = 6, apart: float = 0.0
) -> None:
    """Ticks for a logarithmic axis, also where it spans less than a decade."""
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullFormatter

    ticks = _spread_out(log_ticks(low, high, most), apart * math.log(high / low))
    axis.set_major_locator(FixedLocator(list(ticks)))
    axis.set_major_formatter(FixedFormatter([tick_text(name, t) for t in ticks]))
    minor = [
        m * 10.0**k
        for k in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        for m in range(1, 10)
    ]
    few = math.log10(high / low) <= 8
    axis.set_minor_locator(FixedLocator([m for m in minor if few and low <= m <= high]))
    axis.set_minor_formatter(NullFormatter())


def _spread_out(ticks: list[float], apart: float) -> list[float]:
    """The ticks without those whose logarithm is nearer than ``apart`` to the last one kept."""
    kept = ticks[:1]
    for tick in ticks[1:]:
        if math.log(tick / kept[-1]) >= apart:
            kept.append(tick)
    return kept


def log_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round values between two positive ones, about evenly spread in the logarithm."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    decades = [10.0**k for k in range(first, last + 1)]
    inside = [t for t in decades if low <= t <= high]
    if len(inside) >= 3:
        step = math.ceil(len(inside) / most)
        return inside[::step]
    for steps in ((1, 1.5, 2, 2.5, 3, 4, 5, 6, 8), (1, 2, 3, 5), (1, 2, 5), (1, 3)):
        ticks = [m * t for t in decades for m in steps if low <= m * t <= high]
        if 3 <= len(ticks) <= most + (len(steps) == 9):
            return ticks
    # less than about half a decade: evenly spaced round numbers read better
    span = (high - low) / most
    size = 10.0 ** math.floor(math.log10(span))
    gap = next(s * size for s in (1.0, 2.0, 2.5, 5.0, 10.0) if s * size >= span)
    return [
        float(f"{k * gap:.12g}") for k in range(math.ceil(low / gap), math.floor(high / gap) + 1)
    ]


def tick_text(name: str, value: float) -> str:
    """A tick label: ``"1B"`` for counts, ``"10²¹"`` for compute, plain numbers else."""
    if name in COUNT_COLUMNS and value >= 1:
        return format_count(value)
    if 1e-3 <= abs(value) < 1e5:
        return f"{value:.6g}"
    mantissa, power = f"{value:.2e}".split("e")
    lead = mantissa.rstrip("0").rstrip(".")
    base = "10" + str(int(power)).translate(_SUPERSCRIPT)
    return base if lead == "1" else f"{lead}×{base}"


def scatter(ax: Axes, x: Array, y: Array, **options: Any) -> Any:
    """Points; many of them as an image inside the figure."""
    settings = {"s": 16.0, "linewidths": 0.3, "edgecolors": "white", "zorder": 3, **options}
    if x.size >= RASTER_FROM:
        settings.update(rasterized=True, linewidths=0.0, s=8.0)
    return ax.scatter(x, y, **settings)


def colour_scale(values: Array | None) -> Any:
    """Logarithmic colours for positive values; None where they do not vary."""
    from matplotlib.colors import LogNorm

    if values is None:
        return None
    usable = values[np.isfinite(values) & (values > 0)]
    if usable.size < values.size or np.unique(usable).size < 2:
        return None
    return LogNorm(float(usable.min()), float(usable.max()))


def add_colourbar(figure: Figure, points: Any, axes: Sequence[Axes], name: str) -> None:
    """A labelled colour bar with readable ticks."""
    bar = figure.colorbar(points, ax=list(axes), pad=0.015, fraction=0.035, aspect=30)
    low, high = points.norm.vmin, points.norm.vmax
    set_log_ticks(bar.ax.yaxis, name, low, high, most=6)
    bar.set_label(label_of(name))
    bar.outline.set_visible(False)


def padded(values: Array, share: float = 0.05, *, log: bool = True) -> tuple[float, float]:
    """Limits with some air around the finite values (the positive ones where ``log``)."""
    values = values[np.isfinite(values) & ((values > 0) | (not log))]
    if not values.size:
        return (1.0, 10.0) if log else (0.0, 1.0)
    low, high = float(np.min(values)), float(np.max(values))
    if log:
        air = (high / low) ** share if high > low else 1.3
        return low / air, high * air
    air = (high - low) * share if high > low else max(abs(high) * 0.3, 0.5)
    return low - air, high + air


@dataclass(frozen=True)
class Bin:
    """Neighbouring runs taken together.

    Args:
        x: their mean place.
        mean: mean of the middle half of y, which a few wild runs do not move.
        error: its standard error.
        count: number of runs.
    """

    x: float
    mean: float
    error: float
    count: int


def bins_of(x: Array, y: Array, most: int = 8, fewest: int = 6) -> list[Bin]:
    """About equal numbers of runs in order of ``x``; equal x are never split.

    Args:
        x, y: (n,) place and value of each run.
        most: largest number of bins.
        fewest: smallest number of runs in one; smaller groups are left out.
    """
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    wanted = max(min(most, x.size // fewest), 1)
    edges = [0]
    for k in range(1, wanted):
        at = int(np.searchsorted(x, x[round(k * x.size / wanted)], side="left"))
        if at - edges[-1] >= fewest and x.size - at >= fewest:
            edges.append(at)
    edges.append(x.size)
    return [_bin(x[i:j], y[i:j]) for i, j in pairwise(edges) if j - i >= fewest]


def _bin(x: Array, y: Array) -> Bin:
    low, high = np.quantile(y, [0.25, 0.75])
    middle = y[(y >= low) & (y <= high)]
    # the quartiles of normal scatter lie 1.349 sd apart; its midmean has variance 1.19 sd²/n
    error = 1.09 * float(high - low) / 1.349 / np.sqrt(y.size)
    return Bin(float(x.mean()), float(middle.mean()), float(error), int(y.size))
