"""From whatever a user hands over to clean points, with a finding for all that was found.

Rows that are not finite are set aside, equal rows count once, and what would bend or void a
dimension is named: a grid, coarse rounding, a column of row numbers, one column that outweighs
the rest.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from lawcast._errors import Finding, FindingKind, FitRefused, Severity, worst_first
from lawcast._tables import joined, significant
from lawcast.geometry.grain import COARSE, measure_grain, sample_rows
from lawcast.geometry.points import Points
from lawcast.geometry.scan import Scan, repeated_rows, scan
from lawcast.geometry.sources import ScaledSource, Source, as_source

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

LEAST_POINTS = 20
"""With fewer distinct points no dimension is estimated."""

READ_AS = FindingKind(
    "D001", _N, "How it was read",
    "The data was brought into n rows of D numbers first; this says how.",
)  # fmt: skip
NOT_FINITE = FindingKind(
    "D002", _W, "Missing or infinite",
    "A row with a missing or infinite coordinate has no distance to any other; it is set aside.",
)  # fmt: skip
DUPLICATES = FindingKind(
    "D003", _W, "Equal rows",
    "Equal rows have distance zero, which voids ratios of distances; each is counted once. Many "
    "of them suggest that the data is discrete or was joined from overlapping parts.",
)  # fmt: skip
ALL_EQUAL = FindingKind(
    "D004", _E, "All points equal",
    "One single point has no neighbours and no dimension above zero to measure.",
)  # fmt: skip
CONSTANT = FindingKind(
    "D005", _N, "Constant columns",
    "A column that never changes adds nothing to any distance and nothing to the dimension.",
)  # fmt: skip
TOO_FEW = FindingKind(
    "D006", _E, "Too few points",
    "With fewer than 20 distinct points nothing can be said about a dimension.",
)  # fmt: skip
WHOLE_NUMBERS = FindingKind(
    "D007", _W, "Whole numbers",
    "On a grid many neighbours are equally far, and estimators for continuous data do not hold. "
    "A note where the grid is fine beside the distances between neighbours.",
)  # fmt: skip
ROUNDED = FindingKind(
    "D008", _N, "Coarse rounding",
    "The values have few digits. Rounding blurs the smallest distances, which then look like those "
    "of higher-dimensional data; a warning where it is not small beside them.",
)  # fmt: skip
ONE_SCALE = FindingKind(
    "D009", _N, "One column outweighs all",
    "Nearly all of the spread is in one column, so distances hardly see the others. The dimension "
    "is that of the coordinates as given.",
)  # fmt: skip
FAR_AWAY = FindingKind(
    "D010", _N, "Far from the origin",
    "The values are so large beside their spread that single precision keeps few digits of it.",
)  # fmt: skip
ROW_NUMBERS = FindingKind(
    "D011", _W, "A column of row numbers",
    "A column counts the rows, as a saved index does. It is no coordinate, and it pulls the "
    "dimension towards one.",
)  # fmt: skip
RESCALED = FindingKind(
    "D012", _N, "Rescaled",
    "The values are so large or small that their squares leave the range of double precision; they "
    "were multiplied by a power of two. The dimension does not depend on the unit.",
)  # fmt: skip

KINDS: tuple[FindingKind, ...] = (
    READ_AS, NOT_FINITE, DUPLICATES, ALL_EQUAL, CONSTANT, TOO_FEW, WHOLE_NUMBERS, ROUNDED,
    ONE_SCALE, FAR_AWAY, ROW_NUMBERS, RESCALED,
)  # fmt: skip
"""Every kind of finding about the points themselves, by code."""

_MOST_ROWS = 1000  # ids that a finding lists; the count is in its text
_MUCH_REPEATED = 0.01
_DOMINANT = 0.999
_TIED, _BLURRED, _SEEN = 0.01, 0.1, 0.01
_GRID = 65_536  # whole numbers over a wider range are counts, not a grid
_LARGEST_WHOLE = 2.0**53  # beyond it every double is a whole number
_EPS32 = 2.0**-23
_FAR = 1e-3
_RANGE = 2.0**480  # squares of D = 1e6 such numbers still fit float64


def read_points(X: Any, key: str | None = None) -> tuple[Points, list[Finding]]:
    """Clean points from whatever a user hands over.

    Args:
        X: see :func:`lawcast.geometry.sources.as_source`; or the name of a file, see
            :func:`lawcast.geometry.files.open_points_file`; or points, which are clean already.
        key: the array of a .npz file, or the column of lists of a Parquet file.

    Returns:
        (points, findings), the findings worst first.

    Raises:
        ReadError: not rows of real numbers.
        FitRefused: fewer than 20 distinct finite points; carries the findings.
        ArgumentError: ``key`` without a file that needs one.
    """
    if isinstance(X, Points):
        return X, []
    if isinstance(X, (str, os.PathLike)):
        from lawcast.geometry.files import open_points_file

        return clean(*open_points_file(X, key))
    if key is not None:
        from lawcast._errors import ArgumentError

        raise ArgumentError("key= chooses an array inside a file, and X is no file name")
    return clean(*as_source(X))


def clean(source: Source, name: str = "the array") -> tuple[Points, list[Finding]]:
    """The finite, distinct rows of a source, and what one pass over it found.

    Args:
        source: n rows of D numbers.
        name: how to speak of it.

    Returns:
        (points, findings), the findings worst first. Row numbers in findings count from 0.

    Raises:
        FitRefused: all rows are equal, or fewer than 20 are finite and distinct; carries the
            findings.
    """
    return _Cleaning(source, name).run()


@dataclass(frozen=True, eq=False)
class _Cleaning:
    """The steps of :func:`clean`, which share a source and its name."""

    source: Source
    name: str

    def run(self) -> tuple[Points, list[Finding]]:
        count, _ = self.source.shape
        findings = [READ_AS.found(note) for note in self.source.notes]
        if count < LEAST_POINTS:
            self._refuse([*findings, self._too_few(count, count)])
        found = scan(self.source)
        findings += self._not_finite(found)
        usable = int(found.finite.sum())
        if usable < LEAST_POINTS:
            self._refuse([*findings, self._too_few(usable, count)])
        if (found.low == found.high).all():
            self._refuse([*findings, self._all_equal(usable)])
        repeated = repeated_rows(self.source, found)
        findings += self._duplicates(repeated, usable)
        distinct = usable - len(repeated)
        if distinct < LEAST_POINTS:
            self._refuse([*findings, self._too_few(distinct, count)])
        points, rescaled = self._points(found, repeated)
        findings += [*rescaled, *self._columns(found), *self._digits(points, found)]
        return points, list(worst_first(findings))

    def _points(self, found: Scan, repeated: NDArray[np.int64]) -> tuple[Points, list[Finding]]:
        keep = found.finite.copy()
        keep[repeated] = False
        kept = None if keep.all() else np.flatnonzero(keep).astype(np.int64)
        # halves, because the difference itself may overflow
        half = float(np.max(found.high / 2 - found.low / 2))
        if 1 / _RANGE < half < _RANGE:
            return Points(self.source, kept, self.name, found.mean), []
        power = -int(np.frexp(half)[1])
        scaled = ScaledSource(self.source, power)
        note = RESCALED.found(
            f"the values spread over {significant(half)}, whose square double precision cannot "
            f"hold; all were multiplied by 2^{power}, and distances are in that unit"
        )
        return Points(scaled, kept, self.name), [note]

    def _refuse(self, findings: Sequence[Finding]) -> NoReturn:
        ordered = worst_first(findings)
        errors = [finding for finding in ordered if finding.severity is _E]
        raise FitRefused("\n".join(str(finding) for finding in errors), ordered)

    def _too_few(self, left: int, count: int) -> Finding:
        kind, among = ("", "") if left == count else ("finite, distinct ", f" among {count:,}")
        return TOO_FEW.found(
            f"{self.name} has {left:,} {kind}row{'' if left == 1 else 's'}{among}; a dimension "
            f"needs at least {LEAST_POINTS}, and an estimate from fewer would be chance",
            fix="add points; a few hundred per unit of dimension make a useful interval",
        )

    def _all_equal(self, usable: int) -> Finding:
        return ALL_EQUAL.found(
            f"all {usable:,} points of {self.name} are equal, so there are no distances to measure",
            fix="check how the data was made: a dead layer or a wrong slice gives equal rows",
        )

    def _not_finite(self, found: Scan) -> list[Finding]:
        rows = np.flatnonzero(~found.finite)
        if not len(rows):
            return []
        total = len(found.finite)
        are = "row has" if len(rows) == 1 else "rows have"
        message = (
            f"{len(rows):,} of {total:,} {are} missing or infinite coordinates and "
            f"{'is' if len(rows) == 1 else 'are'} set aside"
        )
        worst = np.flatnonzero(found.holes > 0.5 * total)
        fix = "fill them in or drop them before, if they are not missing at random"
        if len(worst):
            message += f"; {self._named(worst)} hardly hold{'s' if len(worst) == 1 else ''} a value"
            fix = "leave out the columns that hold no values"
        left = total - len(rows)
        severity = _E if left < LEAST_POINTS else _W
        return [NOT_FINITE.found(message, fix=fix, rows=_listed(rows), severity=severity)]

    def _duplicates(self, repeated: NDArray[np.int64], usable: int) -> list[Finding]:
        if not len(repeated):
            return []
        share = len(repeated) / usable
        severity = _W if share >= _MUCH_REPEATED else _N
        equal = "row equals" if len(repeated) == 1 else "rows equal"
        once = "is" if len(repeated) == 1 else "are"
        message = (
            f"{len(repeated):,} of {usable:,} {equal} an earlier one ({100 * share:.2g} %) and "
            f"{once} counted once; a distance of zero would void the estimate"
        )
        fix = ""
        if severity is _W:
            fix = "find out why rows repeat: overlapping files, oversampling, or discrete data"
        return [DUPLICATES.found(message, fix=fix, rows=_listed(repeated), severity=severity)]

    def _columns(self, found: Scan) -> Iterator[Finding]:
        width = len(found.low)
        still = np.flatnonzero(found.low == found.high)
        if len(still):
            have = "never changes" if len(still) == 1 else "never change"
            yield CONSTANT.found(
                f"{self._named(still)} of {width:,} {have}; distances do not notice"
            )
        if len(found.counting):
            counts = "counts" if len(found.counting) == 1 else "count"
            yield ROW_NUMBERS.found(
                f"{self._named(found.counting)} {counts} the rows, as a saved index does, and "
                "would be taken for a coordinate",
                fix="leave it out: X[:, 1:], df.drop(columns=...), or to_csv(index=False)",
            )
        variance = np.where(found.low == found.high, 0.0, found.variance)
        total = variance.sum()
        most = int(np.argmax(variance))
        others = int((variance > 0).sum()) - 1
        if others > 0 and np.isfinite(total) and variance[most] > _DOMINANT * total:
            yield ONE_SCALE.found(
                f"{self._named(np.array([most]))} holds more than {100 * _DOMINANT:.1f} % of the "
                f"variance, so {others:,} other{'' if others == 1 else 's'} hardly count in a "
                "distance",
                fix="if the columns have different units, standardise: (X - X.mean(0)) / X.std(0)",
            )

    def _digits(self, points: Points, found: Scan) -> Iterator[Finding]:
        moving = (found.low != found.high) & np.isfinite(found.variance) & (found.variance > 0)
        sizes = np.maximum(np.abs(found.low), np.abs(found.high))[moving]
        ratio = float(np.max(sizes / np.sqrt(found.variance[moving]), initial=0.0))
        if ratio * _EPS32 > _FAR:
            stored = points.dtype in ("float32", "float16", "bfloat16")
            yield FAR_AWAY.found(
                f"a column lies {significant(ratio)} times its spread from zero, where numbers in "
                f"single precision stand {significant(ratio * _EPS32, 2)} spreads apart; the "
                f"source is {points.dtype}, and "
                + ("what its digits cannot hold is lost" if stored else "nothing is lost so far"),
                fix="subtract the mean in float64 before the data is stored" if stored else "",
            )
        yield from self._grain(points, found)

    def _grain(self, points: Points, found: Scan) -> Iterator[Finding]:
        rows = sample_rows(points.count, points.width)
        sample = points.take(rows, np.float64)
        if not (sample.max(axis=0) != sample.min(axis=0)).any() or len(rows) < LEAST_POINTS:
            return
        low, high = float(found.low.min()), float(found.high.max())
        whole = found.whole and max(-low, high) <= _LARGEST_WHOLE
        grain = measure_grain(sample, points.count, whole, points.dtype)
        heavy = grain.tied >= _TIED or grain.blur > _BLURRED
        if whole and not heavy and high - low > _GRID:
            return
        if whole:
            what = f"every value is a whole number from {low:.6g} to {high:.6g}"
            kind, fix = WHOLE_NUMBERS, "use the values before rounding, if there are any"
            if low >= 0 and high <= 1:
                fix = 'for binary data type metric="hamming"'
        elif grain.coarse >= COARSE and grain.step is not None:
            what = f"the values are rounded, in steps of about {significant(grain.step, 2)}"
            kind, fix = ROUNDED, "store more digits, if the source has them"
        elif grain.blur > _SEEN:
            what = f"the numbers are {points.dtype}, which keeps few digits of their differences"
            kind, fix = ROUNDED, "subtract the mean before the data is stored, or use float32"
        else:
            return
        message = (
            f"{what}; a column has {grain.distinct:,.0f} different values (median) among "
            f"{grain.sampled:,} points. "
        )
        if heavy:
            message += (
                f"{100 * grain.tied:.0f} % of points have two nearest neighbours equally far, and "
                f"rounding shifts a distance by about {significant(grain.blur, 2)} times that to "
                "the nearest neighbour: trust only scales far above the step"
            )
        else:
            message += "The steps are small beside the distances between neighbours"
        yield kind.found(message, fix=fix if heavy else "", severity=_W if heavy else _N)

    def _named(self, columns: NDArray[np.int64]) -> str:
        """Columns by name, or by number from 0 where they have none; cut after five."""
        names = self.source.columns
        shown = [repr(names[j]) if names else str(j) for j in columns[:5].tolist()]
        if len(columns) > 5:
            shown.append(f"{len(columns) - 5:,} more")
        return f"{'column' if len(columns) == 1 else 'columns'} {joined(shown)}"


def _listed(rows: NDArray[np.int64]) -> list[int]:
    return [int(row) for row in rows] if len(rows) <= _MOST_ROWS else []
