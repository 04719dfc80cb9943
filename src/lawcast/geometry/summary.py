"""What a dimension says in words and small tables: for the terminal, for HTML and for reports."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from lawcast._errors import list_rows
from lawcast._tables import Card, Table, joined, significant
from lawcast._values import Interval

if TYPE_CHECKING:
    from lawcast.geometry.result import Dimension

_METRICS = {
    "euclidean": "euclidean distance",
    "cosine": "distance on the unit sphere (cosine)",
    "hamming": "Hamming distance",
    "periodic": "distance in a periodic box",
}
INTERNAL = frozenset({"D027"})
"""Codes of findings about the arithmetic alone: kept in saved files, not said in summaries."""

_MARKS = {"error": "x", "warning": "!", "note": "-"}


def dimension_parts(dimension: Dimension) -> tuple[Card | Table, ...]:
    """Every view of a dimension, in reading order: answer, estimates, scales, findings."""
    parts: list[Card | Table] = [answer_card(dimension)]
    if dimension.estimates:
        parts.append(estimates_table(dimension))
    if dimension.scales:
        parts.append(scales_table(dimension))
    found = findings_card(dimension)
    return (*parts, found) if found.rows else tuple(parts)


def answer_card(dimension: Dimension) -> Card:
    """The answer, what it was measured on, and how far to trust it."""
    rows = [("Dimension", answer_words(dimension))]
    rows += [("Points" if i == 0 else "", line) for i, line in enumerate(sample_lines(dimension))]
    rows.append(("Interval", interval_words(dimension)))
    verdict, status = dimension.adequacy, dimension.status
    if verdict is not None:
        rows.append(("Verdict", verdict.text))
    if not status.ok and (verdict is None or status.text != verdict.text):
        rows.append(("Status", status.text))
    if dimension.scales:
        rows.append(("Scale", plateau_words(dimension)))
    return Card(tuple(rows))


def answer_words(dimension: Dimension) -> str:
    """``"9.81, 90 % interval 9.40 to 10.31"``, or what the dimension is at least."""
    value, interval = dimension.value, dimension.interval
    told = f"{rounded(value)}, no interval"
    if interval is not None:
        told = f"{rounded(value)}, {percent(interval.level)} interval {ends_words(interval, value)}"
    lower = None if dimension.adequacy is None else dimension.adequacy.lower
    if lower is None:
        return told if stands(dimension) else f"{told}; see the verdict"
    if not math.isfinite(value):
        return f"at least {rounded(lower)}; this sample has no finite estimate"
    return f"at least {rounded(lower)}; the estimate is {told}"


def sample_lines(dimension: Dimension) -> list[str]:
    """What was measured and how, a line each."""
    sample = dimension.sample
    name = f"{sample.name}: " if sample.name else ""
    numbers = f"{sample.width:,} number{'' if sample.width == 1 else 's'}"
    lines = [f"{name}{sample.count:,} points of {numbers} ({sample.dtype})"]
    if sample.rows_read != sample.count:
        lines[0] += f", from {sample.rows_read:,} rows"
    metric = _METRICS.get(sample.metric, f"{sample.metric} distance")
    if sample.box:
        sides = [significant(side) for side in sample.box[:4]]
        metric += f" of {joined(sides)}" + (" ..." if len(sample.box) > len(sides) else "")
    asked = "every point asked for its neighbours"
    if sample.queries < sample.count:
        asked = f"{sample.queries:,} of them asked for their neighbours"
    return [*lines, f"{metric}; {asked}"]


def interval_words(dimension: Dimension) -> str:
    """How the interval was made, or that there is none."""
    made = f"{dimension.draws:,} half-samples"
    if dimension.interval is not None:
        method = dimension.interval.method
        if "half-samples" in method:
            method = method.replace("half-samples", made, 1)
        return f"{percent(dimension.interval.level)}, {method}"
    if dimension.adequacy is not None and dimension.adequacy.reason == "discrete":
        return "none: the data is discrete"
    if dimension.method in _without_interval():
        return f"none: the estimator {dimension.method} has none"
    if dimension.draws == 0:
        return "none: no half-samples were drawn"
    if not math.isfinite(dimension.value):
        return "none: the estimate is not finite"
    return f"none: the {made} give none"


def _without_interval() -> frozenset[str]:
    """The estimators that half-samples say nothing about."""
    from lawcast.geometry.estimators import BINARY, ESTIMATORS

    return frozenset(e.name for e in ESTIMATORS if e.of_means is None and e.name != BINARY)


def plateau_words(dimension: Dimension) -> str:
    """Where the dimension stays the same, or how it changes with scale."""
    scales, level = dimension.scales, dimension.plateau
    if level is not None:
        first, last = scales[level.first], scales[level.last]
        return (
            f"the dimension stays at {rounded(level.value)} from neighbour {first.low:,} to "
            f"{last.high:,} (radius {significant(first.radius, 3)} to "
            f"{significant(last.radius, 3)})"
        )
    ends = [
        f"{rounded(scale.value) if math.isfinite(scale.value) else 'no finite value'} at radius "
        f"{significant(scale.radius, 3)}"
        for scale in (scales[0], scales[-1])
    ]
    return f"no plateau: the dimension goes from {ends[0]} to {ends[1]}"


def estimates_table(dimension: Dimension) -> Table:
    """One row an estimator, the answer's marked."""
    from lawcast.geometry.estimators import ESTIMATORS

    titles = {declared.name: declared.title for declared in ESTIMATORS}
    rows = []
    for name, estimate in dimension.estimates.items():
        interval, title = estimate.interval, titles.get(name, "")
        rows.append(
            (
                name,
                rounded(estimate.value),
                None if interval is None else ends_words(interval, estimate.value),
                f"the answer: {title}" if name == dimension.method else title,
            )
        )
    interval_of = f"{percent(dimension.level)} interval"
    return Table(("estimator", "d", interval_of, "what it is"), tuple(rows))


def scales_table(dimension: Dimension) -> Table:
    """One row a scale, from the nearest neighbours outwards, the plateau marked."""
    level = dimension.plateau
    rows = [
        (
            f"{scale.low:,} to {scale.high:,}",
            significant(scale.radius, 3),
            rounded(scale.value),
            significant(scale.error, 2) if math.isfinite(scale.error) else None,
            rounded(scale.naive),
            f"{scale.points:,}",
            "yes" if level is not None and i in level else "",
        )
        for i, scale in enumerate(dimension.scales)
    ]
    columns = ("neighbours", "radius", "d", "error", "uncalibrated", "points", "plateau")
    if level is None:
        return Table(columns[:-1], tuple(row[:-1] for row in rows))
    return Table(columns, tuple(rows))


def findings_card(dimension: Dimension) -> Card:
    """One line a finding, worst first."""
    rows = []
    verdict = dimension.adequacy
    for finding in dimension.findings:
        if finding.code in INTERNAL or (verdict and finding.message == verdict.text):
            continue  # of no use to the reader, or said already, as the verdict
        text = f"{finding.code} {finding.severity}: {finding.message}"
        if finding.rows:
            text += f" ({list_rows(finding.rows, finding.row_label)})"
        text += f". Try: {finding.fix}" if finding.fix else ""
        rows.append((_MARKS[str(finding.severity)], text))
    return Card(tuple(rows))


def stands(dimension: Dimension) -> bool:
    """Whether the number can be relied on by itself."""
    verdict = dimension.adequacy
    return dimension.status.ok and (verdict is None or verdict.ok)


def verdict_words(dimension: Dimension) -> str:
    """Whether the number stands, in a few words for a cell."""
    verdict = dimension.adequacy
    if verdict is not None and not verdict.ok:
        why = verdict.reason or "doubtful"
        return why if verdict.lower is None else f"{why}: at least {rounded(verdict.lower)}"
    return "stands" if dimension.status.ok else "doubtful"


def rounded(value: float) -> str:
    """A dimension with as many digits as one can mean: 1.02, 14.2, 120."""
    return f"{value:.{_decimals(value)}f}" if math.isfinite(value) else significant(value)


def ends_words(interval: Interval, value: float) -> str:
    """``"9.40 to 10.31"``, in the digits of the value."""
    digits = _decimals(value)
    low, high = (
        f"{end:.{digits}f}" if math.isfinite(end) else significant(end)
        for end in (interval.low, interval.high)
    )
    return f"{low} to {high}"


def percent(level: float) -> str:
    """``"90 %"``."""
    return f"{100 * level:.3g} %"


def _decimals(value: float) -> int:
    if not math.isfinite(value):
        return 1
    return max(0, 2 - math.floor(math.log10(max(abs(value), 1.0)) + 1e-9))
