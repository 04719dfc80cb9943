"""The intrinsic dimension of a set of points, with everything that says how far to trust it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lawcast._errors import Finding, SavedFileError, worst_first
from lawcast._files import write_atomically
from lawcast._tables import Card, Table, bracket, significant
from lawcast._values import (
    Array,
    Estimate,
    Interval,
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

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Scale:
    """The dimension between two neighbours: what the data looks like at one distance.

    Args:
        low, high: ranks of the two neighbours; the dimension is that of the ratio of their
            distances (Denti et al. 2022).
        radius: geometric mean of the two distances, in the unit of the metric.
        naive: the dimension if the sample were infinite.
        value: calibrated on the uniform ball with as many points; may be infinite.
        error: standard error of ``value``.
        points: how many points asked for their neighbours.
    """

    low: int
    high: int
    radius: float
    naive: float
    value: float
    error: float
    points: int

    @property
    def ranks(self) -> str:
        """``"2-4"``."""
        return f"{self.low}-{self.high}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return _plain_fields(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Scale:
        """The scale that :meth:`to_dict` described."""
        return cls(
            low=int(data["low"]),
            high=int(data["high"]),
            radius=number(data["radius"]),
            naive=number(data["naive"]),
            value=number(data["value"]),
            error=number(data["error"]),
            points=int(data["points"]),
        )


@dataclass(frozen=True)
class Plateau:
    """Neighbouring scales at which the dimension stays the same.

    Args:
        first, last: numbers of its first and last scale, counted from 0.
        value: the dimension there.
    """

    first: int
    last: int
    value: float

    def __contains__(self, scale: int) -> bool:
        return self.first <= scale <= self.last

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return _plain_fields(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Plateau:
        """The plateau that :meth:`to_dict` described."""
        return cls(int(data["first"]), int(data["last"]), number(data["value"]))


@dataclass(frozen=True)
class Adequacy:
    """Whether the sample can carry the answer.

    Args:
        ok: whether it can.
        text: the sentence shown, such as "d >= 35; this sample cannot bound it above; about
            n = 4e5 would".
        extrapolated_ratio: the extrapolated dimension over TwoNN's.
        slope: d log(naive) / d log(calibrated): how much of a change of the dimension the
            distances still show, from 0 to 1.
        horizon: 2·log10 n, the largest dimension that n points can show by counting pairs
            (Eckmann & Ruelle 1992).
        lower: what the dimension is at least; None where the answer stands by itself.
        points_needed: about how many points would do; None where these do or nobody can say.
        reason: why not, in a word or two for a cell; empty where it can.
    """

    ok: bool
    text: str
    extrapolated_ratio: float
    slope: float
    horizon: float
    lower: float | None = None
    points_needed: float | None = None
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return _plain_fields(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Adequacy:
        """The verdict that :meth:`to_dict` described."""
        return cls(
            ok=bool(data["ok"]),
            text=str(data["text"]),
            extrapolated_ratio=number(data["extrapolated_ratio"]),
            slope=number(data["slope"]),
            horizon=number(data["horizon"]),
            lower=_number_or_none(data["lower"]),
            points_needed=_number_or_none(data["points_needed"]),
            reason=str(data["reason"]),
        )


@dataclass(frozen=True)
class Sample:
    """What was measured, and with what settings.

    Args:
        name: how the points are spoken of: a file, a class, a layer; may be empty.
        rows_read: rows of the source.
        count: n, the finite and distinct rows among which neighbours were looked for.
        width: D, numbers a row.
        dtype: type of the numbers at the source.
        queries: m, how many of the points asked for their neighbours.
        metric: ``"euclidean"``, ``"cosine"``, ``"hamming"`` or ``"periodic"``.
        engine: what searched for the neighbours.
        precision: of the search.
        box: period of each coordinate of the periodic metric, one number or D; else empty.
        seed: of the draws; None where a generator was passed.
    """

    name: str
    rows_read: int
    count: int
    width: int
    dtype: str
    queries: int
    metric: str = "euclidean"
    engine: str = "numpy"
    precision: str = "float32"
    box: tuple[float, ...] = ()
    seed: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**_plain_fields(self), "box": [plain(side) for side in self.box]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Sample:
        """The sample that :meth:`to_dict` described."""
        return cls(
            name=str(data["name"]),
            rows_read=int(data["rows_read"]),
            count=int(data["count"]),
            width=int(data["width"]),
            dtype=str(data["dtype"]),
            queries=int(data["queries"]),
            metric=str(data["metric"]),
            engine=str(data["engine"]),
            precision=str(data["precision"]),
            box=tuple(number(side) for side in data["box"]),
            seed=None if data["seed"] is None else int(data["seed"]),
        )


@dataclass(frozen=True, repr=False, eq=False)
class Dimension:
    """The intrinsic dimension of points. Made by :func:`lawcast.intrinsic_dimension`.

    Args:
        value: the answer; may be infinite.
        interval: its interval; None where none can be vouched for.
        status: whether to rely on it, as a sentence.
        method: name of the estimator behind ``value``.
        estimates: every declared estimator by name, in the order of their declaration.
        scales: the dimension at each scale, from the nearest neighbours outwards.
        plateau: where it stays the same; None where it does nowhere.
        adequacy: whether the sample can carry the answer; None where that was not judged.
        findings: what to know, worst first.
        local: (u,) dimension around single points, rounded to single precision.
        local_rows: (u,) their row numbers in the source, counted from 0.
        sample: what was measured.
        level: nominal coverage of every interval.
        draws: half-samples behind the interval.
    """

    value: float
    interval: Interval | None
    status: Status
    method: str
    estimates: Mapping[str, Estimate]
    scales: tuple[Scale, ...]
    plateau: Plateau | None
    adequacy: Adequacy | None
    findings: tuple[Finding, ...]
    sample: Sample
    level: float
    draws: int
    local: Array = field(default_factory=lambda: np.empty(0))
    local_rows: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def __post_init__(self) -> None:
        # to the digits that a file keeps, so that an opened one is the same to the last
        object.__setattr__(self, "local", self.local.astype(np.float32).astype(np.float64))

    @property
    def name(self) -> str:
        """How the points are spoken of; may be empty."""
        return self.sample.name

    @property
    def count(self) -> int:
        """n, the points among which neighbours were looked for."""
        return self.sample.count

    @property
    def width(self) -> int:
        """D, numbers a point."""
        return self.sample.width

    @cached_property
    def table(self) -> Table:
        """One row a scale."""
        rows = [
            (
                scale.low,
                scale.high,
                scale.radius,
                scale.value,
                scale.error,
                scale.naive,
                scale.points,
                self.plateau is not None and i in self.plateau,
            )
            for i, scale in enumerate(self.scales)
        ]
        columns = (
            "low",
            "high",
            "radius",
            "dimension",
            "error",
            "uncalibrated",
            "points",
            "plateau",
        )
        return Table(columns, tuple(rows))

    def parts(self) -> tuple[Card | Table, ...]:
        """Labelled lines and tables behind every view: answer, estimates, scales, findings."""
        from lawcast.geometry.summary import dimension_parts

        return dimension_parts(self)

    def summary(self) -> str:
        """Text of at most 80 columns: answer, sample, verdict, estimates, scales, findings."""
        return "\n\n".join(part.text() for part in self.parts())

    def _repr_html_(self) -> str:
        return "".join(part.html() for part in self.parts())

    def __repr__(self) -> str:
        whose = f" of {self.name!r}" if self.name else ""
        ends = "" if self.interval is None else f" {bracket(self.interval.low, self.interval.high)}"
        return (
            f"<Dimension{whose}: {significant(self.value, 3)}{ends}, "
            f"n = {self.count}, D = {self.width}>"
        )

    def to_dataframe(self) -> pd.DataFrame:
        """One row a scale: ranks, radius, dimension, its error, the uncalibrated one."""
        return self.table.to_dataframe()

    def to_dict(self) -> dict[str, Any]:
        """A document ``lawcast/dimension/1``."""
        return document(
            "dimension",
            1,
            {
                **Estimate(self.value, self.interval).to_dict(),
                "method": self.method,
                "level": self.level,
                "draws": self.draws,
                "status": self.status.to_dict(),
                "adequacy": None if self.adequacy is None else self.adequacy.to_dict(),
                "sample": self.sample.to_dict(),
                "estimates": [
                    {"name": name, **estimate.to_dict()}
                    for name, estimate in self.estimates.items()
                ],
                "scales": [scale.to_dict() for scale in self.scales],
                "plateau": None if self.plateau is None else self.plateau.to_dict(),
                "findings": [finding.to_dict() for finding in self.findings],
                "local": pack_array(self.local.astype(np.float32)),
                "local_rows": pack_array(self.local_rows.astype(np.int64)),
            },
        )

    @classmethod
    @opens("dimension")
    def from_dict(cls, data: Mapping[str, Any]) -> Dimension:
        """The dimension that :meth:`to_dict` described.

        Raises:
            SavedFileError: the document is of another kind, newer, or damaged.
        """
        content = open_document(dict(data), "dimension", 1)
        answer = Estimate.from_dict(content)
        plateau, adequacy = content["plateau"], content["adequacy"]
        opened = cls(
            value=answer.value,
            interval=answer.interval,
            status=Status.from_dict(content["status"]),
            method=str(content["method"]),
            estimates={str(row["name"]): Estimate.from_dict(row) for row in content["estimates"]},
            scales=tuple(Scale.from_dict(row) for row in content["scales"]),
            plateau=None if plateau is None else Plateau.from_dict(plateau),
            adequacy=None if adequacy is None else Adequacy.from_dict(adequacy),
            findings=tuple(Finding.from_dict(row) for row in content["findings"]),
            sample=Sample.from_dict(content["sample"]),
            level=check_level(content["level"]),
            draws=int(content["draws"]),
            local=unpack_array(content["local"]).astype(np.float64),
            local_rows=unpack_array(content["local_rows"]).astype(np.int64),
        )
        level = opened.plateau
        fits = level is None or 0 <= level.first <= level.last < len(opened.scales)
        if not fits or opened.local.ndim != 1 or opened.local.shape != opened.local_rows.shape:
            raise SavedFileError("a saved dimension is damaged: its parts do not fit each other")
        return opened

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the dimension as JSON; :meth:`from_dict` and ``lawcast report`` open it again.

        Raises:
            WriteError: the file cannot be written; nothing is left behind.
        """
        return write_atomically(path, json.dumps(self.to_dict(), allow_nan=False) + "\n")

    def with_findings(self, findings: Iterable[Finding]) -> Dimension:
        """The same dimension with these findings, worst first."""
        return replace(self, findings=worst_first(findings))

    def without_local(self) -> Dimension:
        """The same without the dimensions of single points, which take most of a saved file."""
        return replace(self, local=np.empty(0), local_rows=np.empty(0, dtype=np.int64))


def _plain_fields(value: Any) -> dict[str, Any]:
    """The fields of a flat dataclass as JSON can hold them."""
    return {
        name: plain(content) if isinstance(content, float) else content
        for name, content in asdict(value).items()
    }


def _number_or_none(value: Any) -> float | None:
    return None if value is None else number(value)
