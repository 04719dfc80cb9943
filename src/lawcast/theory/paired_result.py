"""The exponent of a loss less its limit, with everything that says how far to trust it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from lawcast._errors import Finding
from lawcast._tables import Card, Table, Tabled, bracket, significant
from lawcast._units import format_count, format_variable
from lawcast._values import (
    Array,
    Estimate,
    Status,
    check_level,
    document,
    number,
    open_document,
    opens,
    pack_array,
    plain,
    unpack_array,
)
from lawcast.theory import local_findings as kinds
from lawcast.theory.columns import Index, Points
from lawcast.theory.limits import power
from lawcast.theory.price import WAYS, LimitPrice, check_noise_of

if TYPE_CHECKING:
    import pandas as pd

BENT = 0.05
"""Below this p the difference is said to bend, or the limit to be wrong."""

_LIMIT_WORDS = {"exact": "given, exact", "repeated": "measured by repeats", "fitted": "fitted"}
_INEXACT = 0.10  # standard error of a limit beside the smallest difference from which it matters
_FLAT = 0.20  # share by which a loss falls over all sizes, below which a slope says nothing


@dataclass(frozen=True)
class CurveLimit:
    """One curve: rows with the other resource in common.

    Args:
        label: from ``same``; empty for a single curve.
        limit: its limit; the interval is None unless it was measured by repeats.
        factor: loss less limit at the geometric mean of its sizes; may be negative.
        count: rows.
    """

    label: str
    limit: Estimate
    factor: float
    count: int

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "label": self.label,
            "limit": self.limit.to_dict(),
            "factor": plain(self.factor),
            "count": self.count,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> CurveLimit:
        """The curve that :meth:`to_dict` described."""
        return cls(
            str(data["label"]),
            Estimate.from_dict(data["limit"]),
            number(data["factor"]),
            int(data["count"]),
        )


@dataclass(frozen=True, eq=False)
class PairedLimit(Tabled):
    """The exponent of |loss - limit|. Made by :func:`lawcast.paired_limit`.

    Args:
        exponent: minus the slope of log |loss - limit| in log size; an end of its interval is
            infinite where the search did not bound it.
        way: ``"exact"``, ``"repeated"`` or ``"fitted"``: how the limit is known.
        others: the exponent of the same runs with the limit ``"free"`` and with ``"none"``.
        curves: limit and factor of each curve.
        points: the rows; ``points.groups`` is None.
        curve: (n,) number of the curve of each row.
        noise: standard deviation of a loss as a share of what ``noise_of`` names.
        noise_of: ``"loss"`` or ``"difference"``, whichever the runs make more likely.
        bend_p: p of a straight line in log |difference| against a parabola; None where it cannot
            be tested.
        limit_p: p of the limit given against a fitted one; None where it cannot be tested.
        bent: the exponent if a measured limit were one standard error lower, and higher.
        price: the simulated price of fitting the limit at this design; None where not asked.
        level: of every interval.
        seed: of the draws; None where a generator was passed.
        findings: what to know, worst first.
        status: whether the slope is an exponent.
    """

    exponent: Estimate
    way: str
    others: Mapping[str, Estimate]
    curves: tuple[CurveLimit, ...]
    points: Points
    curve: Index
    noise: float
    noise_of: str
    bend_p: float | None
    limit_p: float | None
    bent: tuple[float, float] | None
    price: LimitPrice | None
    level: float
    seed: int | None
    findings: tuple[Finding, ...]
    status: Status

    @property
    def difference(self) -> Array:
        """(n,) loss less the limit of its curve."""
        limits = np.array([one.limit.value for one in self.curves])
        return np.asarray(self.points.loss - limits[self.curve])

    def line(self, x: Array, curve: int = 0) -> Array:
        """|loss - limit| of the fitted power law of one curve at sizes ``x`` (k,)."""
        u = np.log(self.points.x[self.curve == curve]).mean()
        size = abs(self.curves[curve].factor)
        return np.asarray(size * power(self.exponent.value, np.log(x) - u))

    @cached_property
    def table(self) -> Table:
        """One row a way of dealing with the limit."""
        rows: list[tuple[Any, ...]] = [_way_row(_LIMIT_WORDS[self.way], self.exponent)]
        words = {"free": WAYS["free"], "none": WAYS["none"]}
        rows += [_way_row(words[way], one) for way, one in self.others.items()]
        return Table(("exponent", "low", "high", "limit"), tuple(rows))

    def card(self) -> Card:
        """The verdict, the design, the limits and the findings."""
        points = self.points
        rows = [("Verdict", self.status.text)]
        low, high = (format_variable(points.variable, float(end))
                     for end in (points.x.min(), points.x.max()))  # fmt: skip
        span = f"{low} to {high} ({points.decades:.1f} decades)"
        rows.append(("Data", f"{points.count} rows, {points.variable} {span}"))
        rows.append(("Noise", f"about {100 * self.noise:.2g} % of the {self.noise_of}"))
        for i, one in enumerate(self.curves[:6]):
            whose = f"{label_shown(one.label)}: " if one.label else ""
            ends = one.limit.interval
            shown = "" if ends is None else f" {bracket(ends.low, ends.high, 5)}"
            sign = "above" if one.factor > 0 else "below"
            rows.append(("" if i else "Limit", f"{whose}{significant(one.limit.value, 6)}{shown}; "
                         f"the loss is {sign} it ({one.count} rows)"))  # fmt: skip
        if len(self.curves) > 6:
            rows.append(("", f"and {len(self.curves) - 6} more curves"))
        if self.price is not None:
            free = self.price["free"].estimate.interval
            assert free is not None
            rows.append(("Price", "with this design and noise a fitted limit makes the interval "
                         f"{self.price.times_wider:.1f} times as wide: "
                         f"{bracket(free.low, free.high)} (simulated)"))  # fmt: skip
        method = "" if self.exponent.interval is None else f": {self.exponent.interval.method}"
        rows.append(("Interval", f"{100 * self.level:.3g} %{method}"))
        rows += [("" if i else "Findings", str(f)) for i, f in enumerate(self.findings)]
        return Card(tuple(rows))

    def to_dataframe(self) -> pd.DataFrame:
        """One row a run: size, loss, curve, limit, difference."""
        import pandas as pd

        return pd.DataFrame(
            {
                self.points.variable: self.points.x,
                "loss": self.points.loss,
                "curve": [self.curves[c].label for c in self.curve],
                "limit": [self.curves[c].limit.value for c in self.curve],
                "difference": self.difference,
            },
            index=pd.Index(self.points.rows, name=self.points.row_label),
        )

    def to_dict(self) -> dict[str, Any]:
        """A document ``lawcast/paired-limit/1``."""
        return document(
            "paired-limit",
            1,
            {
                "exponent": self.exponent.to_dict(),
                "way": self.way,
                "others": {way: one.to_dict() for way, one in self.others.items()},
                "curves": [one.to_dict() for one in self.curves],
                "points": self.points.to_dict(),
                "curve": pack_array(self.curve.astype(np.int64)),
                "noise": plain(self.noise),
                "noise_of": self.noise_of,
                "bend_p": self.bend_p,
                "limit_p": self.limit_p,
                "bent": None if self.bent is None else [plain(end) for end in self.bent],
                "price": None if self.price is None else self.price.to_dict(),
                "level": self.level,
                "seed": self.seed,
                "findings": [finding.to_dict() for finding in self.findings],
                "status": self.status.to_dict(),
            },
        )

    @classmethod
    @opens("paired limit")
    def from_dict(cls, data: Mapping[str, Any]) -> PairedLimit:
        """The result that :meth:`to_dict` described.

        Raises:
            SavedFileError: the document is of another kind, newer, or damaged.
        """
        content = open_document(dict(data), "paired-limit", 1)
        bent, price = content["bent"], content["price"]
        curves = tuple(CurveLimit.from_dict(row) for row in content["curves"])
        points = Points.from_dict(content["points"])
        curve = unpack_array(content["curve"]).astype(np.intp)
        if (
            curve.shape != points.x.shape
            or not curves
            or not 0 <= curve.min() <= curve.max() < len(curves)
        ):
            raise ValueError("the curves do not fit the rows")
        if content["way"] not in _LIMIT_WORDS or not set(content["others"]) <= set(WAYS):
            raise ValueError("the ways are unknown")
        return cls(
            exponent=Estimate.from_dict(content["exponent"]),
            way=str(content["way"]),
            others={str(way): Estimate.from_dict(v) for way, v in content["others"].items()},
            curves=curves,
            points=points,
            curve=curve,
            noise=number(content["noise"]),
            noise_of=check_noise_of(content["noise_of"]),
            bend_p=_number_or_none(content["bend_p"]),
            limit_p=_number_or_none(content["limit_p"]),
            bent=None if bent is None else (number(bent[0]), number(bent[1])),
            price=None if price is None else LimitPrice.from_dict(price),
            level=check_level(content["level"]),
            seed=None if content["seed"] is None else int(content["seed"]),
            findings=tuple(Finding.from_dict(row) for row in content["findings"]),
            status=Status.from_dict(content["status"]),
        )


NOT_JUDGED = Status("not-judged", "not judged yet", False)
"""The status of a result before :func:`judge`."""


def judge(result: PairedLimit) -> tuple[PairedLimit, list[Finding]]:
    """The result with its status, and its findings in the order they were made."""
    found: list[Finding] = []
    points, difference = result.points, result.difference
    tested = [p for p in (result.bend_p, result.limit_p) if p is not None]
    p = min(1.0, len(tested) * min(tested)) if tested else 1.0
    subtracted = any(one.limit.value != 0.0 for one in result.curves) or result.way != "exact"
    value, ends = result.exponent.value, result.exponent.interval
    change = abs(value) * points.decades * np.log(10.0)
    status = Status(
        "power-law", f"|loss - limit| falls as {points.variable}^-{significant(value, 3)}"
        if value >= 0.0 else f"|loss - limit| grows as {points.variable}^{significant(-value, 3)}",
        True,
    )  # fmt: skip
    if p < BENT:
        what = "the loss less this limit" if subtracted else "the loss, with nothing subtracted,"
        text = f"not a power law to {'this limit' if subtracted else '0'}: {what} bends"
        found.append(kinds.NOT_TO_LIMIT.found(
            f"{text} on logarithmic axes (p = {p:.2g}); its slope {significant(value, 2)} is no "
            "exponent",
            fix="pass limit= or repeats= at the same other resource, or neither to fit the limit",
        ))  # fmt: skip
        status = Status("bent", f"{text}; the slope {significant(value, 2)} is no exponent", False)
    elif not subtracted and change < _FLAT:
        text = (f"the loss changes by {100 * -np.expm1(-change):.2g} % over all sizes and nothing "
                f"was subtracted: the slope {significant(value, 2)} is no exponent")  # fmt: skip
        found.append(kinds.FLAT_AND_FEW.found(text, fix="pass limit= or repeats=, or neither"))
        status = Status("flat", text, False)
    if ends is not None and not (np.isfinite(ends.low) and np.isfinite(ends.high)):
        side = "below" if np.isfinite(ends.high) else "above"
        text = f"these runs do not bound the exponent {side}"
        if not np.isfinite(ends.low) and not np.isfinite(ends.high):
            text = "these runs do not bound the exponent on either side"
        found.append(kinds.UNBOUNDED.found(
            text, fix="add larger and smaller sizes, or measure the limit by repeats="
        ))  # fmt: skip
        if status.ok:
            status = Status("unbounded", text, False)
    found += _limit_findings(result, difference)
    return replace(result, status=status), found


def _limit_findings(result: PairedLimit, difference: Array) -> list[Finding]:
    found: list[Finding] = []
    points = result.points
    if result.way == "fitted":
        found.append(kinds.LIMIT_FITTED.found(
            "the limit was fitted with the exponent, which widens the interval",
            fix="pass limit= if it is known, or repeats= from runs at the limit",
        ))  # fmt: skip
    for c, one in enumerate(result.curves):
        rows = result.curve == c
        whose = f" of curve {label_shown(one.label)!r}" if one.label else ""
        against = rows & (np.sign(difference) != np.sign(one.factor))
        if against.any():
            found.append(kinds.SIGNS_DIFFER.found(
                f"{int(against.sum())} of {one.count} differences{whose} have the other sign",
                fix="repeat these runs, or check the limit",
                rows=points.rows[against].tolist(), row_label=points.row_label,
            ))  # fmt: skip
        if one.limit.interval is None or result.bent is None:
            continue
        u = np.log(points.x[rows])
        least = float(np.min(result.line(np.exp(np.array([u.min(), u.max()])), c)))
        share = one.limit.interval.width / 2 / least if least > 0.0 else np.inf
        if share > _INEXACT:
            low, high = result.bent
            found.append(kinds.INEXACT_LIMIT.found(
                f"the interval of the limit{whose} reaches {100 * share:.2g} % of the smallest "
                f"difference; with the limit one standard error lower or higher the exponent is "
                f"{significant(low, 3)} or {significant(high, 3)}",
                fix="repeat the runs at the limit more often",
            ))  # fmt: skip
    return found


def label_shown(label: str) -> str:
    """A label as it is read: large numbers short, as in 1.02B; no label in words."""
    try:
        value = float(label)
    except ValueError:
        return label or "(no label)"
    return format_count(value) if np.isfinite(value) and abs(value) >= 1e4 else label


def few_labels(labels: Sequence[str], most: int = 3) -> str:
    """The first labels, and how many more there are."""
    shown = list(dict.fromkeys(label_shown(label) for label in labels))
    more = " and others" if len(shown) > most else ""
    return ", ".join(shown[:most]) + more


def _way_row(word: str, one: Estimate) -> tuple[Any, ...]:
    ends = one.interval
    low = None if ends is None or not np.isfinite(ends.low) else ends.low
    high = None if ends is None or not np.isfinite(ends.high) else ends.high
    return (one.value, low, high, word)


def _number_or_none(value: Any) -> float | None:
    return None if value is None else number(value)
