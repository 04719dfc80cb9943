"""From raw points to a clean, binned learning curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lawcast._errors import ArgumentError, Finding, FitRefused, SavedFileError
from lawcast._values import Array, list_array, number, plain, unlist_array
from lawcast.fitting.extrapolation import hygiene
from lawcast.fitting.extrapolation.findings import (
    X001,
    X002,
    X003,
    X004,
    X005,
    X006,
    X007,
    X008,
    X009,
    X010,
)
from lawcast.fitting.extrapolation.metrics import Metric, make_metric
from lawcast.fitting.extrapolation.noise import bin_points

FEWEST_PLACES = 4
"""A curve with fewer different x cannot be forecast."""

_LEAST_SHARE = 1e-280

_MANY_REPEATS = 0.45

FEW_PLACES = 6
"""Up to so many different x a finding says that the curve alone tells little."""


@dataclass(frozen=True, eq=False)
class Curve:
    """One learning curve, ready to be forecast.

    Args:
        name: name of the curve; may be empty.
        x: (n,) the points that were kept, increasing; value: (n,) in the user's metric.
        u: (m,) mean log of x over the largest x in each bin, increasing.
        y: (m,) geometric mean of the loss-like number in each bin.
        counts: (m,) points in each bin.
        trust: (m,) weight factor: below 1 before a break or in warm-up.
        x_max: largest x.
        metric: what the values measure.
        n_read: number of points before anything was set aside.
        findings: what was found about the points.
    """

    name: str
    x: Array
    value: Array
    u: Array
    y: Array
    counts: Array
    trust: Array
    x_max: float
    metric: Metric
    n_read: int
    findings: tuple[Finding, ...]

    @property
    def size(self) -> int:
        """Number of bins."""
        return int(self.u.size)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON: the binned curve, without the raw points."""
        return {
            "name": self.name,
            "u": list_array(self.u),
            "y": list_array(self.y),
            "counts": list_array(self.counts),
            "trust": list_array(self.trust),
            "x_max": plain(self.x_max),
            "metric": self.metric.name,
            "chance": self.metric.chance,
            "ceiling": self.metric.ceiling,
            "n_read": self.n_read,
            "findings": [finding.to_dict() for finding in self.findings],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Curve:
        """The curve that :meth:`to_dict` described; its points are the bins.

        Raises:
            SavedFileError: its lists do not fit each other.
        """
        metric = make_metric(str(data["metric"]), chance=data["chance"], ceiling=data["ceiling"])
        u, y = unlist_array(data["u"]), unlist_array(data["y"])
        x_max = number(data["x_max"])
        counts, trust = unlist_array(data["counts"]), unlist_array(data["trust"])
        whole = u.size and u.size == y.size == counts.size == trust.size
        rising = bool(np.isfinite(u).all() and (np.diff(u) > 0.0).all() and (y > 0.0).all())
        if not (whole and rising and np.isfinite(x_max) and x_max > 0.0):
            raise SavedFileError("a saved curve is damaged: its lists do not fit each other")
        return cls(
            name=str(data["name"]),
            x=np.exp(u) * x_max,
            value=metric.from_loss(y),
            u=u,
            y=y,
            counts=counts,
            trust=trust,
            x_max=x_max,
            metric=metric,
            n_read=int(data["n_read"]),
            findings=tuple(Finding.from_dict(finding) for finding in data["findings"]),
        )


def prepare_curve(
    x: Any,
    values: Any,
    *,
    metric: Metric,
    name: str = "",
    rows: Sequence[int] | None = None,
    row_label: str = "point",
) -> Curve:
    """Check, sort, clean and bin the points of one curve.

    Args:
        x: (n,) sizes, tokens, steps or compute, in any order.
        values: (n,) values of the metric.
        metric: what they measure.
        name: name of the curve, for texts.
        rows: (n,) ids of the points for messages; 1, 2, ... if not given.
        row_label: what the ids count.

    Raises:
        ArgumentError: not two one-dimensional arrays of numbers of the same length, or ``rows`` of
            another length.
        FitRefused: a negative x, a value that the metric cannot have, or fewer than four
            different x.
    """
    places, measured = _numbers(x, "x"), _numbers(values, "y")
    if places.size != measured.size:
        raise ArgumentError(
            f"x and y belong together point by point, but x has {places.size} values and y has "
            f"{measured.size}"
        )
    n_read = places.size
    ids = np.arange(1, n_read + 1) if rows is None else np.asarray(rows)
    if ids.shape != (n_read,):
        raise ArgumentError(f"rows= names {ids.size} points, but there are {n_read}")
    found: list[Finding] = []
    keep = _possible(places, measured, metric, ids, row_label, name, found)
    places, measured, ids = places[keep], measured[keep], ids[keep]
    order = np.argsort(places, kind="stable")
    places, measured, ids = places[order], measured[order], ids[order]
    distinct = np.unique(places).size
    if distinct < FEWEST_PLACES:
        raise _refused(
            f"a forecast needs at least {FEWEST_PLACES} points at different x; "
            f"{_whose(name)} has {_count(distinct)}",
            "add earlier or later points, or points in between",
            found,
        )
    z = metric.to_loss(measured)
    if distinct < places.size:
        repeated = places.size - distinct
        message = (
            f"{_points(repeated, 'shares its x', 'share their x')} with another; the geometric "
            "mean of such points is used"
        )
        doubled = repeated >= _MANY_REPEATS * places.size
        fix = "if these are several curves under one name, tell them apart first" if doubled else ""
        found.append(X004.found(message, fix=fix))
    u, log_z = np.log(places / places[-1]), np.log(z)
    spiked = hygiene.spikes(u, log_z)
    if spiked.any() and np.unique(places[~spiked]).size >= FEWEST_PLACES:
        message = f"set aside {_points(int(spiked.sum()))} far off the curve around"
        found.append(X005.found(message, rows=ids[spiked], row_label=row_label))
        places, measured, log_z = places[~spiked], measured[~spiked], log_z[~spiked]
        u = np.log(places / places[-1])
    bins, log_y, counts = bin_points(u, log_z)
    trust = np.ones(bins.size)
    broken = hygiene.break_at(bins, log_y)
    if broken is not None:
        trust[:broken] = hygiene.DISTRUST
        where = float(np.exp(bins[broken]) * places[-1])
        found.append(
            X006.found(
                f"the curve jumps at x = {where:.4g}; the points before it lose weight",
                fix="leave them out if they belong to another training",
            )
        )
    warm = hygiene.warm_up(bins, log_y)
    if warm:
        trust[:warm] = hygiene.DISTRUST
        where = float(np.exp(bins[warm]) * places[-1])
        found.append(
            X007.found(f"the curve first falls near x = {where:.4g}; points before lose weight")
        )
    found.extend(_about_values(places, measured, metric, distinct))
    return Curve(
        name=name,
        x=places,
        value=measured,
        u=bins,
        y=np.exp(log_y),
        counts=counts,
        trust=trust,
        x_max=float(places[-1]),
        metric=metric,
        n_read=n_read,
        findings=tuple(found),
    )


def _numbers(values: Any, label: str) -> Array:
    """A one-dimensional float array.

    Raises:
        ArgumentError: text, complex numbers, several dimensions, nothing.
    """
    if isinstance(values, np.ma.MaskedArray):
        values = np.ma.filled(values.astype(float), np.nan)
    if hasattr(values, "detach"):  # a torch tensor that may ask for gradients
        values = values.detach().cpu()
    try:
        array = np.asarray(values)
    except ValueError:
        raise ArgumentError(
            f"{label} is one column of numbers, not rows of different length"
        ) from None
    if array.dtype.kind == "O":
        text = next((v for v in array.ravel() if isinstance(v, str)), None)
        if text is not None:
            raise ArgumentError(f"{label} holds text ({text[:20]!r}), not numbers")
        try:
            array = np.array([np.nan if v is None else float(v) for v in array.ravel()]).reshape(
                array.shape
            )
        except (TypeError, ValueError, OverflowError):
            raise ArgumentError(f"{label} holds values that are not numbers") from None
    if array.dtype.kind not in "fiub":
        kind = "text" if array.dtype.kind in "UST" else str(array.dtype)
        raise ArgumentError(f"{label} holds {kind}, not numbers")
    if array.ndim != 1:
        raise ArgumentError(f"{label} is one column of numbers, not of shape {array.shape}")
    if array.size == 0:
        raise ArgumentError(f"{label} is empty")
    return array.astype(float)


def _possible(
    x: Array,
    values: Array,
    metric: Metric,
    ids: np.ndarray,
    row_label: str,
    name: str,
    found: list[Finding],
) -> np.ndarray:
    """(n,) mask of the points that can be used; impossible ones refuse the curve."""
    finite = np.isfinite(x) & np.isfinite(values)
    if not finite.all():
        lost = ids[~finite]
        message = f"set aside {_points(lost.size)} without a finite x or value"
        found.append(X002.found(message, rows=lost, row_label=row_label))
    negative = finite & (x < 0.0)
    if negative.any():
        raise _refused(
            f"{_whose(name)} has a negative x ({x[negative][0]:g}); sizes, tokens, steps and "
            "compute are positive",
            "check the column of x",
            found,
            ids[negative],
            row_label,
        )
    impossible = finite & ~metric.allowed(values)
    if impossible.any():
        first = float(values[impossible][0])
        raise _refused(
            f"{_whose(name)} has a value of {first:g}; values of metric={metric.name!r} lie "
            f"{metric.domain_text}",
            _way_out(metric, values[finite]),
            found,
            ids[impossible],
            row_label,
        )
    # x is divided by its largest value, and a quotient near the smallest float has no logarithm
    least = _LEAST_SHARE * float(x[finite].max()) if finite.any() else 0.0
    zero = finite & ((x == 0.0) | (x < least))
    if zero.any():
        what = "x = 0" if not x[zero].any() else f"x = 0 or below {least:.0e}"
        message = f"set aside {_points(int(zero.sum()))} at {what}, without a place on a log axis"
        found.append(X003.found(message, rows=ids[zero], row_label=row_label))
    return np.asarray(finite & ~zero, dtype=bool)


def _way_out(metric: Metric, values: Array) -> str:
    whole = metric.name == "accuracy" and metric.ceiling in (None, 1.0)
    if whole and float(values.min()) >= 0.0 and 1.0 < float(values.max()) <= 100.0:
        return "percentages are accuracies with ceiling=100"
    if metric.name in ("loss", "error"):
        return (
            "a score that rises is metric='accuracy'; a loss that went below zero has no log scale"
        )
    return "check the column, or choose another metric="


def _about_values(x: Array, values: Array, metric: Metric, distinct: int) -> list[Finding]:
    found = []
    steps = np.diff(values) if metric.falls else -np.diff(values)
    # equal values at one x are repeats, not steps of the curve
    along = steps[np.diff(x) > 0.0]
    if not steps.any():
        found.append(X010.found(f"every value is {values[0]:g}; the forecast is that value"))
    elif (steps <= 0.0).all() and hygiene.looks_like_a_running_best(along):
        found.append(
            X009.found(
                "the values never get worse and often repeat exactly: a running best, or smoothed; "
                "the forecast is for such values, single evaluations may be worse"
            )
        )
    if distinct <= FEW_PLACES:
        found.append(
            X008.found(
                f"only {distinct} different x; the noise is assumed and the interval relies on "
                "other curves",
                fix="more checkpoints, most of all late ones",
            )
        )
    return found


def _refused(
    message: str,
    fix: str,
    found: Sequence[Finding],
    rows: np.ndarray | tuple[()] = (),
    row_label: str = "point",
) -> FitRefused:
    finding = X001.found(message, fix=fix, rows=[int(i) for i in rows], row_label=row_label)
    return FitRefused(f"{message}; {fix}", (*found, finding))


def _points(n: int, one: str = "", several: str = "") -> str:
    return f"1 point {one}".rstrip() if n == 1 else f"{n:,} points {several}".rstrip()


def _whose(name: str) -> str:
    return f"the curve {name!r}" if name else "the curve"


def _count(n: int) -> str:
    return "none" if n == 0 else "one" if n == 1 else str(n)
