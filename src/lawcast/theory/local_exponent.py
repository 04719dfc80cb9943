"""The exponent as a function of size, with a band, and the regimes between its changes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from lawcast._errors import ArgumentError, Finding, FitRefused, TableError, worst_first
from lawcast._tables import significant
from lawcast._values import (
    DEFAULT_LEVEL,
    Array,
    Estimate,
    Interval,
    Status,
    check_level,
    check_seed,
)
from lawcast.theory import local_findings as kinds
from lawcast.theory.changes import FALSE_ALARMS, Regimes, find_regimes, is_decided
from lawcast.theory.columns import (
    Columns,
    Points,
    as_numbers,
    check_count,
    check_number,
    read_points,
    rows_where,
)
from lawcast.theory.constant_floor import find_floor
from lawcast.theory.local_result import ChangePoint, LocalExponent, Segment
from lawcast.theory.mixture import find_mixture
from lawcast.theory.slopes import (
    FEWEST_IN_WINDOW,
    SlopeBand,
    choose_window,
    gather_sizes,
    slope_band,
)

FEWEST_SIZES = 6
"""Fewer different sizes cannot show a slope that changes."""

FEWEST_GROUPS = 3
_ENOUGH_GROUPS = 6
_PLACES = 41
_ROUNDING = 1e-9  # slopes nearer than that are the same
_LOUD = 0.20  # noise of a difference above which its logarithm is lopsided


def local_exponent(
    x: ArrayLike | Columns,
    loss: ArrayLike | str | None = None,
    *,
    variable: str | None = None,
    floor: float = 0.0,
    at: ArrayLike | None = None,
    window: float | None = None,
    groups: ArrayLike | str | None = None,
    level: float = DEFAULT_LEVEL,
    draws: int = 400,
    rng: int | np.random.Generator = 0,
) -> LocalExponent:
    """Minus the slope of log (loss - floor) in log size, at each size, and where it changes.

    The slope at a place is that of a parabola in a moving window, whose width predicts sizes left
    out best (Fan & Gijbels 1996, chapter 3). A regime is a segment of a continuous broken line of
    at most three breaks; a break is reported where a straight law of this design would look as
    bent in fewer than 5 % of simulated cases.

    Args:
        x: (n,) sizes, positive, in any order; equal ones are repeats. Or a table of runs.
        loss: (n,) losses; or the name of a column of the table (``"loss"`` unless given).
        variable: for a table, its column of sizes; for arrays, a name for the axis.
        floor: what is subtracted from every loss first, in its unit. The noise is taken as the
            same share of every loss, where rows near the floor weigh less, or of every difference,
            whichever the residuals make more likely.
        at: (g,) sizes at which to give the exponent, inside the data; 41 even ones unless given.
        window: half-width of the window in decades of size; chosen by the data unless given.
        groups: (n,) labels, or a column, of rows that share their randomness, such as seeds; whole
            groups are then resampled. None takes the rows as independent.
        level: of both bands and all intervals.
        draws: resamples behind the bands and each test, 100 or more.
        rng: seed or generator.

    Returns:
        A :class:`LocalExponent`; its ``status`` says whether a change was found, was excluded, or
        cannot be told: too little data, a floor that would do as well, or another resource that
        varies.

    Raises:
        ArgumentError, UnknownNameError: an argument is out of range or contradicts another.
        TableError: rows that cannot be used, or at or below the floor, all at once.
        FitRefused: fewer than six different sizes.
    """
    level, draws = check_level(level), check_count(draws, "draws", 100)
    seed = None if isinstance(rng, np.random.Generator) else check_seed(rng)
    generator = rng if isinstance(rng, np.random.Generator) else np.random.default_rng(seed)
    floor = check_number(floor, "floor")
    if window is not None:
        window = check_number(window, "window", above=0.0)
    points = read_points(x, loss, variable=variable, groups=groups)
    _check_floor(points, floor)
    _check_sizes(points)
    places = _places(points, at)
    found = _design_findings(points)
    above = points.loss - floor
    # noise of the same share of every loss is this much larger in the logarithm of a difference
    shares = {"loss": points.loss / above}
    if floor != 0.0:
        shares["difference"] = np.ones(points.count)
    if np.any(points.loss <= 0.0):  # a share of such a loss means nothing
        del shares["loss"]
    tried = {}
    for noise_of, larger in shares.items():
        sizes = gather_sizes(np.log(points.x), np.log(above), larger**-2.0)
        chosen = choose_window(sizes) if window is None else window * np.log(10.0)
        band = slope_band(
            sizes, np.log(places), chosen, groups=points.groups, level=level, draws=draws,
            rng=generator,
        )  # fmt: skip
        # minus the log likelihood of the residuals, but for a constant
        surprise = points.count * np.log(max(band.noise, 1e-300)) + np.sum(np.log(larger))
        tried[noise_of] = (float(surprise), sizes, chosen, band)
    noise_of = min(tried, key=lambda kind: tried[kind][0])
    _, sizes, chosen, band = tried[noise_of]
    larger = shares[noise_of]
    regimes = find_regimes(sizes, points.groups, level=level, draws=draws, rng=generator)
    found += _noise_findings(points, band, larger)
    found += _bias_findings(points, band, places)
    status = _status(regimes)
    maybe = find_floor(sizes, regimes, level) if floor == 0.0 else None
    if maybe is not None:
        count = regimes.places.size
        found.append(kinds.MAYBE_FLOOR.found(
            maybe.told(count), fix=f"pass floor={significant(maybe.floor.value, 3)} to "
            "subtract it, or use paired_limit, which fits it",
        ))  # fmt: skip
        status = maybe.status(count)
    mixture = find_mixture(x, points.variable, apart=groups)
    if mixture is not None:
        found.append(mixture.finding)
        status = mixture.status if mixture.scattered else status
    if status.code == "undecided":
        found.append(kinds.UNDECIDED.found(
            status.text, fix="add sizes at both ends, or repeats at the sizes there are"
        ))  # fmt: skip
    each, everywhere = (w * band.error + band.allowance for w in (band.each, band.all_at_once))
    return LocalExponent(
        at=places,
        value=-band.slope,
        low=-band.slope - each,
        high=-band.slope + each,
        low_everywhere=-band.slope - everywhere,
        high_everywhere=-band.slope + everywhere,
        line_bias=-band.bias,
        window=float(chosen / np.log(10.0)),
        segments=_segments(points, regimes, level),
        changes=_changes(regimes, level),
        p_straight=regimes.p,
        detectable=regimes.detectable,
        floor=floor,
        noise=band.noise,
        noise_of=noise_of,
        points=points,
        level=level,
        draws=draws,
        seed=seed,
        findings=worst_first(found),
        status=status,
    )


def _check_floor(points: Points, floor: float) -> None:
    low = points.loss <= floor
    if not low.any():
        return
    what = "zero or less" if floor == 0.0 else f"at or below floor={floor:g}"
    least = float(points.loss.min())
    raise TableError((kinds.AT_FLOOR.found(
        f"{int(low.sum())} of {points.count} losses are {what}, and the logarithm of the "
        f"difference does not exist; the smallest loss is {least:.6g}",
        fix=f"pass a floor below {least:.6g}, or leave these rows out",
        rows=rows_where(points, low), row_label=points.row_label,
    ),))  # fmt: skip


def _check_sizes(points: Points) -> None:
    different = int(np.unique(points.x).size)
    if different < FEWEST_SIZES:
        finding = kinds.FEW_SIZES.found(
            f"{different} different size{'s' * (different != 1)} cannot show a slope that changes; "
            f"{FEWEST_SIZES} are needed",
            fix=f"add runs at {FEWEST_SIZES - different} or more other sizes",
        )
        raise FitRefused(f"{finding.message}. Fix: {finding.fix}", (finding,))
    if points.groups is not None and len(points.names) < FEWEST_GROUPS:
        raise ArgumentError(
            f"groups= has {len(points.names)} group{'s' * (len(points.names) > 1)}, and a band "
            f"from whole groups needs {FEWEST_GROUPS} at least; leave groups= out to take the rows "
            "as independent"
        )


def _places(points: Points, at: ArrayLike | None) -> Array:
    low, high = float(points.x.min()), float(points.x.max())
    if at is None:
        places = np.geomspace(low, high, _PLACES)
        places[0], places[-1] = low, high
        return places
    places = as_numbers(np.atleast_1d(np.asarray(at)), "at")
    if not places.size:
        raise ArgumentError("at= is empty; name a size, or leave at= out")
    beyond = ~((places >= low) & (places <= high))
    if beyond.any():
        raise ArgumentError(
            f"at= holds {places[beyond][0]:.6g}, and the sizes run from {low:.6g} to {high:.6g}; a "
            "local slope has no data beyond them. To look ahead, fit a law and predict"
        )
    return places


def _design_findings(points: Points) -> list[Finding]:
    found = []
    if points.decades <= 1.0:
        found.append(kinds.NARROW.found(
            f"the sizes span {points.decades:.2g} decade{'s' * (points.decades != 1)}",
            fix="add smaller or larger sizes",
        ))  # fmt: skip
    if points.groups is not None and len(points.names) < _ENOUGH_GROUPS:
        found.append(kinds.FEW_GROUPS.found(
            f"the bands rest on {len(points.names)} groups; {_ENOUGH_GROUPS} or more tell how "
            "groups differ", fix="add seeds",
        ))  # fmt: skip
    return found


def _noise_findings(points: Points, band: SlopeBand, larger: Array) -> list[Finding]:
    loud = band.noise * larger > _LOUD
    if not loud.any():
        return []
    return [kinds.NEAR_FLOOR.found(
        f"for {int(loud.sum())} of {points.count} rows the noise is more than "
        f"{100 * _LOUD:.0f} % of the loss less the floor",
        fix="repeat these runs, or subtract a floor that is known better",
        rows=rows_where(points, loud), row_label=points.row_label,
    )]  # fmt: skip


def _bias_findings(points: Points, band: SlopeBand, places: Array) -> list[Finding]:
    ends = [int(np.argmin(places)), int(np.argmax(places))]
    half = band.each * band.error
    bent = [i for i in ends if abs(band.bias[i]) > max(0.5 * half[i], _ROUNDING)]
    if not bent:
        return []
    told = " and ".join(f"{-band.bias[i]:+.2g} at {places[i]:.4g}" for i in bent)
    return [kinds.ENDS_BIASED.found(
        f"at an end a straight line in the window would give another exponent: {told}; the bands "
        "are widened by what noise does not explain of it",
        fix=f"add sizes: a window holds {FEWEST_IN_WINDOW} at least",
    )]  # fmt: skip


def _status(regimes: Regimes) -> Status:
    count = regimes.places.size
    if count:
        text = (
            f"{count} change{'s' * (count > 1)} of slope (p = {regimes.p:.2g} for a straight law)"
        )
        return Status("changes", text, True)
    seen = f"a change of slope of {regimes.detectable:.2g} in the middle would be seen"
    if regimes.detectable == np.inf:
        seen = "so few sizes cannot show one"
    if is_decided(regimes):
        return Status("straight", f"no change of slope (p = {regimes.p:.2g}); {seen}", True)
    why = "not shown and not excluded" if regimes.p >= 2 * FALSE_ALARMS else "suspected, not shown"
    return Status("undecided", f"a change of slope is {why} (p = {regimes.p:.2g}); {seen}", False)


def _segments(points: Points, regimes: Regimes, level: float) -> tuple[Segment, ...]:
    inner = np.exp(regimes.places).tolist()
    ends = [float(points.x.min()), *inner, float(points.x.max())]
    method = "broken line, refitted to simulated noise"
    if points.groups is not None:
        method = "broken line, refitted to resampled groups"
    return tuple(
        Segment(ends[i], ends[i + 1], Estimate(-slope, Interval(-high, -low, level, method)))
        for i, (slope, (low, high)) in enumerate(
            zip(regimes.slopes.tolist(), regimes.slope_ends.tolist(), strict=True)
        )
    )


def _changes(regimes: Regimes, level: float) -> tuple[ChangePoint, ...]:
    places, ends = np.exp(regimes.places).tolist(), np.exp(regimes.place_ends).tolist()
    method = "likelihood ratio, simulated threshold"
    return tuple(
        ChangePoint(Estimate(place, Interval(low, high, level, method)))
        for place, (low, high) in zip(places, ends, strict=True)
    )
