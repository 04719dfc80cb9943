"""One set of rows of 0 and 1 to its binary intrinsic dimension, interval and verdict."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from lawcast._errors import Finding, worst_first
from lawcast._tables import joined, significant
from lawcast._values import Estimate, Interval, half_width
from lawcast.geometry import findings, hygiene
from lawcast.geometry.adequacy import WIDE, needed_points, status_of, usual, would_tell
from lawcast.geometry.binary import (
    BinaryFit,
    Distances,
    check_binary,
    choose,
    errors_of,
    fit_ladder,
    measure_distances,
    unit_of,
)
from lawcast.geometry.metrics import measured
from lawcast.geometry.points import Points
from lawcast.geometry.result import Adequacy, Dimension

if TYPE_CHECKING:
    from lawcast.geometry.options import Options

_GROWS = 1.5
"""By what factor d(r*) and d0 differ where the bits are said to depend on each other."""


def measure_bits(points: Points, noted: list[Finding], options: Options) -> Dimension:
    """The binary intrinsic dimension of one set of points; see ``binary.py``.

    Args:
        points: at least 20 distinct rows of 0 and 1.
        noted: what reading them found.
        options: how to estimate.

    Raises:
        FitRefused: fewer than three different distances occur, or no number of bits fits them.
        ArgumentError: the metric is not "hamming", the engine is not "numpy", or there are other
            numbers than 0 and 1.
    """
    check_binary(options.metric, options.engine)
    measured(points, options.metric, options.box)
    distances = measure_distances(
        points,
        options.queries,
        options.rng,
        memory=options.memory,
        threads=options.threads,
        progress=options.progress,
    )
    whole = distances.counts()
    unit = unit_of(whole)
    counts = whole[::unit]
    columns = len(distances.columns)
    found = [*_kept(noted), *_of_distances(distances, unit)]
    fits = fit_ladder(counts, columns // unit, distances.pairs)
    if not fits:
        _refuse(counts, found)
    alone = False
    if options.draws > 0:
        errors = errors_of(fits, distances, counts, unit, options.draws, options.rng)
        alone = errors[fits.index(choose(fits))][1]
        fits = tuple(
            replace(fit, error=error) for fit, (error, _) in zip(fits, errors, strict=True)
        )
    chosen = choose(fits)
    estimate = _estimate(chosen, fits, columns, options.level)
    verdict = _judge(estimate, chosen, unit, columns, points.count, alone)
    found += _of_fits(fits, chosen, unit, verdict)
    return Dimension(
        value=estimate.value,
        interval=estimate.interval,
        status=status_of(estimate.value, verdict),
        method=options.method.name,
        estimates={options.method.name: estimate},
        scales=(),
        plateau=None,
        adequacy=verdict,
        findings=tuple(worst_first(found)),
        sample=options.sample(points, len(distances.queries)),
        level=options.level,
        draws=options.draws,
    )


def _kept(noted: list[Finding]) -> list[Finding]:
    """What reading found, less what belongs to estimators for continuous data alone."""
    return [finding for finding in noted if finding.code != hygiene.WHOLE_NUMBERS.code]


def _refuse(counts: NDArray[np.int64], found: list[Finding]) -> NoReturn:
    occurs = np.flatnonzero(counts[1:])
    if len(occurs) < 3:
        why = f"all rows differ in one of {len(occurs)} numbers of columns"
        if len(occurs) == 1:
            why = "every two rows differ in the same number of columns"
        fix = "pass more columns: a fit needs three different distances; is the data one-hot?"
    else:
        why = "no number of independent bits has distances like these"
        fix = "look for groups of rows and pass labels= to measure each by itself"
    findings.refuse(why, found, fix)


def _estimate(
    chosen: BinaryFit, fits: tuple[BinaryFit, ...], columns: int, level: float
) -> Estimate:
    """d0 with its interval, moved down where it exceeds the columns."""
    value = min(chosen.d0, float(columns))
    if chosen.error is None:
        return Estimate(value)
    total = math.hypot(chosen.error, _choice(chosen, fits))
    half = half_width(level) * total
    made = "half-samples; choice of the largest distance"
    # the lower end keeps its distance, so that the interval does not shrink to a point
    high = min(chosen.d0 * math.exp(half), float(columns))
    return Estimate(value, Interval(value * math.exp(-half), high, level, made))


def _choice(chosen: BinaryFit, fits: tuple[BinaryFit, ...]) -> float:
    """How far log d0 moves with r*, beyond sampling: to the next r* below and above that fits."""
    at = fits.index(chosen)
    excess = [
        math.log(other.d0 / chosen.d0) ** 2 - (chosen.error or 0) ** 2 - (other.error or 0) ** 2
        for other in fits[max(0, at - 1) : at + 2]
        if other is not chosen and other.fits
    ]
    return math.sqrt(max(0.0, sum(excess) / len(excess))) if excess else 0.0


def _judge(
    estimate: Estimate, chosen: BinaryFit, unit: int, columns: int, count: int, alone: bool
) -> Adequacy:
    """The verdict; the ratio and the slope of other estimators have no meaning here."""
    facts: dict[str, Any] = {
        "extrapolated_ratio": math.nan,
        "slope": math.nan,
        "horizon": 2 * math.log10(count),
    }
    interval = estimate.interval
    if not chosen.fits:
        text = (
            f"the number is a rough one: up to distance {unit * chosen.top} no number of bits "
            f"describes the distances, {chosen.off:.0%} of the pairs are where none puts them; the "
            "rows may lie in groups"
        )
        return Adequacy(False, text, **facts)
    over = chosen.d0 / columns
    if over > 1 and math.log(over) > 3 * (chosen.error or 0.0) + 0.02:
        text = (
            f"the fit asks for {significant(chosen.d0, 3)} bits and there are {columns} columns "
            "that differ: the answer is that number, and the model does not hold here"
        )
        return Adequacy(False, text, **facts)
    # twice the lower part: the upper may be cut off at the number of columns
    wide = 0.0 if interval is None else 2 * math.log(estimate.value / interval.low)
    if interval is not None and wide > WIDE:
        needed = needed_points(count, wide, 1 if alone else 2)
        text = (
            f"d between {significant(interval.low, 2)} and {significant(interval.high, 2)}: "
            f"{chosen.pairs:,} pairs of rows within distance {unit * chosen.top} are too few; "
            f"{would_tell(needed)}"
        )
        return Adequacy(False, text, **facts, points_needed=usual(needed))
    if not 1 / _GROWS <= chosen.growth <= _GROWS:
        text = (
            "the sample can carry this answer, as an index of how the bits depend on each other; "
            f"it is no count of bits, see {findings.DEPENDENT.code}"
        )
        return Adequacy(True, text, **facts)
    return Adequacy(True, "the sample can carry this answer", **facts)


def _of_distances(distances: Distances, unit: int) -> list[Finding]:
    found = []
    n, m = distances.points.count, len(distances.queries)
    if m < n:
        found.append(
            findings.SAMPLED.found(
                f"distances from {m:,} of {n:,} points to all were counted",
                fix=f"queries={n} counts all",
            )
        )
    merged = []
    if distances.repeated:
        merged.append(
            f"{distances.repeated:,} of {distances.points.width:,} columns equal another one or "
            "are its opposite, and each such group counts as one column"
        )
    if unit > 1:
        merged.append(
            f"every distance is a multiple of {unit}, as of one-hot columns, and is counted in "
            f"steps of {unit}"
        )
    if merged:
        found.append(findings.MERGED.found("; ".join(merged)))
    return found


def _of_fits(
    fits: tuple[BinaryFit, ...], chosen: BinaryFit, unit: int, verdict: Adequacy
) -> list[Finding]:
    found = []
    if not verdict.ok:
        found.append(findings.NOT_ADEQUATE.found(verdict.text))
    rows = []
    for fit in fits:
        error = "" if fit.error is None else f" ± {significant(fit.d0 * fit.error, 2)}"
        misses = "" if fit.fits else ", no good fit"
        rows.append(
            f"{significant(fit.d0, 3)}{error} up to distance {unit * fit.top} "
            f"({100 * fit.share:.2g} % of pairs{misses})"
        )
    found.append(
        findings.BY_DISTANCE.found(
            f"d is {joined(rows)}; the answer is read up to distance {unit * chosen.top}, where "
            f"d(r) = {significant(chosen.d0, 3)} {'+' if chosen.d1 >= 0 else '-'} "
            f"{significant(abs(chosen.d1) / unit, 2)} r"
        )
    )
    if not 1 / _GROWS <= chosen.growth <= _GROWS:
        text = (
            f"d goes from {significant(chosen.d0, 3)} at distance 0, where few pairs or none are, "
            f"to {significant(chosen.d0 * chosen.growth, 3)} at distance {unit * chosen.top}: the "
            "columns depend on each other"
        )
        fix = "compare it between data sets of the same columns; do not read it as a count of bits"
        found.append(findings.DEPENDENT.found(text, fix=fix))
    return found
