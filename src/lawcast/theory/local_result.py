"""The exponent as a function of size: the values, both bands, the regimes and what to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from lawcast._errors import Finding
from lawcast._tables import Card, Table, Tabled, bracket, significant
from lawcast._units import format_variable
from lawcast._values import (
    Array,
    Estimate,
    Interval,
    Status,
    check_level,
    document,
    list_array,
    number,
    open_document,
    opens,
    plain,
    unlist_array,
)
from lawcast.theory.columns import Points
from lawcast.theory.price import check_noise_of

if TYPE_CHECKING:
    import pandas as pd

_ARRAYS = ("at", "value", "low", "high", "low_everywhere", "high_everywhere", "line_bias")
_SHOWN = 7  # rows of the table in a summary


@dataclass(frozen=True)
class Segment:
    """One regime.

    Args:
        low, high: sizes between which it holds.
        exponent: minus the slope there, with its interval.
    """

    low: float
    high: float
    exponent: Estimate

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "low": plain(self.low),
            "high": plain(self.high),
            "exponent": self.exponent.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Segment:
        """The segment that :meth:`to_dict` described."""
        return cls(number(data["low"]), number(data["high"]), Estimate.from_dict(data["exponent"]))


@dataclass(frozen=True)
class ChangePoint:
    """A size at which the slope changes.

    Args:
        size: the place, with its interval, which cannot leave the data.
    """

    size: Estimate

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"size": self.size.to_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ChangePoint:
        """The change that :meth:`to_dict` described."""
        return cls(Estimate.from_dict(data["size"]))


@dataclass(frozen=True, eq=False)
class LocalExponent(Tabled):
    """The exponent as a function of size. Made by :func:`lawcast.local_exponent`.

    Near a sharp corner the value is an average over the window; the regimes tell the slopes on its
    two sides.

    Args:
        at: (g,) sizes.
        value: (g,) exponent there: minus the slope of log (loss - floor) in log size.
        low, high: (g,) band that holds at each size by itself.
        low_everywhere, high_everywhere: (g,) band that holds at all sizes at once.
        line_bias: (g,) by how much a straight line in the window would give a larger exponent; the
            estimated bias of the simpler estimate, largest at the ends.
        window: half-width of the window in decades; infinite where all sizes count alike. It is
            wider where it would hold fewer than five sizes.
        segments: the regimes, from small sizes to large ones; one where no change was found.
        changes: the sizes between them.
        p_straight: chance of so much bend in a straight law of this design.
        detectable: change of slope in the middle of the data that would be seen four times in five.
        floor: what was subtracted.
        noise: standard deviation of a loss as a share of what ``noise_of`` names.
        noise_of: ``"loss"`` or ``"difference"``, whichever the residuals make more likely.
        points: what was measured.
        level: of both bands and all intervals.
        draws: resamples behind them.
        seed: of the draws; None where a generator was passed.
        findings: what to know, worst first.
        status: ``changes``, ``straight``, ``undecided``, ``floor`` (a constant floor would do as
            well) or ``mixed`` (another resource varies at one size), as a sentence.
    """

    at: Array
    value: Array
    low: Array
    high: Array
    low_everywhere: Array
    high_everywhere: Array
    line_bias: Array
    window: float
    segments: tuple[Segment, ...]
    changes: tuple[ChangePoint, ...]
    p_straight: float
    detectable: float
    floor: float
    noise: float
    noise_of: str
    points: Points
    level: float
    draws: int
    seed: int | None
    findings: tuple[Finding, ...]
    status: Status

    def exponent_at(self, place: int) -> Estimate:
        """The exponent at the size of that number, with the interval that holds there alone."""
        ends = Interval(
            float(self.low[place]),
            float(self.high[place]),
            self.level,
            "local parabola, Student t, widened for bias",
        )
        return Estimate(float(self.value[place]), ends)

    @cached_property
    def table(self) -> Table:
        """One row a size: exponent, both bands, bias of a straight line."""
        columns = (
            self.points.variable,
            "exponent",
            "low",
            "high",
            "low_everywhere",
            "high_everywhere",
            "line_bias",
        )
        rows = np.stack([getattr(self, name) for name in _ARRAYS], axis=1)
        return Table(columns, tuple(tuple(row) for row in rows.tolist()))

    @property
    def short_table(self) -> Table:
        """Up to seven sizes of :attr:`table` with the band of each."""
        shown = np.unique(np.linspace(0, self.at.size - 1, min(_SHOWN, self.at.size)).astype(int))
        rows = tuple(self.table.rows[i][:4] for i in shown)
        return Table(self.table.columns[:4], rows)

    def summary(self) -> str:
        """Text of at most 80 columns."""
        return f"{self.short_table.text()}\n\n{self.card().text()}"

    def _repr_html_(self) -> str:
        return self.short_table.html() + self.card().html()

    def card(self) -> Card:
        """The verdict, the regimes, the design and the findings."""
        points = self.points
        rows = [("Verdict", self.status.text)]
        for i, part in enumerate(self.segments):
            ends = part.exponent.interval
            shown = "" if ends is None else f" {bracket(ends.low, ends.high)}"
            rows.append(("" if i else "Regimes", f"{self._size(part.low)} to "
                         f"{self._size(part.high)}: exponent "
                         f"{significant(part.exponent.value, 3)}{shown}"))  # fmt: skip
        for i, change in enumerate(self.changes):
            ends = change.size.interval
            assert ends is not None  # every change has one
            rows.append(("" if i else "Changes", f"at {self._size(change.size.value)} "
                         f"[{self._size(ends.low)}, {self._size(ends.high)}]"))  # fmt: skip
        different = int(np.unique(points.x).size)
        groups = f" in {len(points.names)} groups" if points.groups is not None else ""
        rows.append(("Data", f"{points.count} rows{groups} at {different} sizes over "
                     f"{points.decades:.2g} decades; floor {significant(self.floor)}"))  # fmt: skip
        rows.append(("Noise", f"about {100 * self.noise:.2g} % of the {self.noise_of}"))
        wide = "all sizes" if not np.isfinite(self.window) else f"{self.window:.2g} decades a side"
        rows.append(("Window", wide))
        rows.append(("Interval", f"{100 * self.level:.3g} %, each size by itself; the band for all "
                     "sizes at once is in to_dataframe()"))  # fmt: skip
        rows += [("" if i else "Findings", str(f)) for i, f in enumerate(self.findings)]
        return Card(tuple(rows))

    def _size(self, value: float) -> str:
        return format_variable(self.points.variable, value)

    def to_dataframe(self) -> pd.DataFrame:
        """One row a size: exponent, both bands, bias of a straight line."""
        return self.table.to_dataframe()

    def to_dict(self) -> dict[str, Any]:
        """A document ``lawcast/local-exponent/1``."""
        return document(
            "local-exponent",
            1,
            {
                **{name: list_array(getattr(self, name)) for name in _ARRAYS},
                "window": plain(self.window),
                "segments": [segment.to_dict() for segment in self.segments],
                "changes": [change.to_dict() for change in self.changes],
                "p_straight": plain(self.p_straight),
                "detectable": plain(self.detectable),
                "floor": plain(self.floor),
                "noise": plain(self.noise),
                "noise_of": self.noise_of,
                "points": self.points.to_dict(),
                "level": self.level,
                "draws": self.draws,
                "seed": self.seed,
                "findings": [finding.to_dict() for finding in self.findings],
                "status": self.status.to_dict(),
            },
        )

    @classmethod
    @opens("local exponent")
    def from_dict(cls, data: Mapping[str, Any]) -> LocalExponent:
        """The result that :meth:`to_dict` described.

        Raises:
            SavedFileError: the document is of another kind, newer, or damaged.
        """
        content = open_document(dict(data), "local-exponent", 1)
        arrays = {name: unlist_array(content[name]) for name in _ARRAYS}
        segments = tuple(Segment.from_dict(row) for row in content["segments"])
        changes = tuple(ChangePoint.from_dict(row) for row in content["changes"])
        sizes = {array.size for array in arrays.values()}
        if len(sizes) != 1 or 0 in sizes or len(segments) != len(changes) + 1:
            raise ValueError("the parts do not fit each other")
        if any(change.size.interval is None for change in changes):
            raise ValueError("a change without an interval")
        return cls(
            **arrays,
            window=number(content["window"]),
            segments=segments,
            changes=changes,
            p_straight=number(content["p_straight"]),
            detectable=number(content["detectable"]),
            floor=number(content["floor"]),
            noise=number(content["noise"]),
            noise_of=check_noise_of(content["noise_of"]),
            points=Points.from_dict(content["points"]),
            level=check_level(content["level"]),
            draws=int(content["draws"]),
            seed=None if content["seed"] is None else int(content["seed"]),
            findings=tuple(Finding.from_dict(row) for row in content["findings"]),
            status=Status.from_dict(content["status"]),
        )
