"""The forecast of one learning curve: values, intervals, the laws behind them, their backtest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from lawcast._errors import (
    ArgumentError,
    Finding,
    SavedFileError,
    UnitError,
    UnknownNameError,
)
from lawcast._tables import Card, Table, bracket, significant
from lawcast._units import format_variable
from lawcast._values import (
    Array,
    Estimate,
    Interval,
    Status,
    document,
    list_array,
    number,
    open_document,
    opens,
    plain,
    unlist_array,
)
from lawcast.fitting.extrapolation.averaging import TREND, Average, forecast
from lawcast.fitting.extrapolation.calibration import Calibration, difficulty_of
from lawcast.fitting.extrapolation.curve import Curve
from lawcast.fitting.extrapolation.families import DOUBLING, NO_CHANGE
from lawcast.fitting.extrapolation.polish import polish
from lawcast.fitting.extrapolation.rolling import AVERAGE, REACHES, Rolling
from lawcast.laws.registry import get_law

if TYPE_CHECKING:
    import pandas as pd

_AT_MOST_EXACT = 64
"""More targets than this are read off a fine grid; the curves are smooth."""

_METHOD = "conformal, scaled by the curve's backtest"


@dataclass(frozen=True)
class Forecast:
    """One forecast.

    Args:
        x: where, in the user's unit.
        reach: x over the largest x of the curve.
        value: forecast with its interval; no interval where none can be vouched for.
    """

    x: float
    reach: float
    value: Estimate


@dataclass(frozen=True)
class LawShare:
    """What one law adds to the average.

    Args:
        law: registry name, ``"constant"`` for no change, ``"trend"`` for a rising curve's line.
        weight: its weight; the weights sum to one.
        value: (q,) its own forecast, in the user's metric.
        dropped: share of its candidate curves that fell too steeply beyond the data.
    """

    law: str
    weight: float
    value: Array
    dropped: float


@dataclass(frozen=True, repr=False, eq=False)
class Extrapolation:
    """The forecast of one learning curve.

    Args:
        curve: the curve as it was used.
        variable: what x counts (``"tokens"``), ``"x"`` where unknown.
        response: what is forecast (``"loss"``).
        at: (q,) where, in the user's unit of x.
        value: (q,) forecasts, in the user's metric.
        low, high: (q,) ends of the intervals; NaN where none is quoted.
        level: nominal coverage.
        laws: what was averaged, heaviest first.
        noise: relative noise of one point of the curve.
        bend_shift: (q,) what expecting the usual bend changed in the log of the forecast (on the
            scale of the loss).
        rolling: the curve's own backtest.
        calibration: the constants behind weights and intervals.
        findings: what to know, the curve's own included.
        status: whether to rely on it.
    """

    curve: Curve
    variable: str
    response: str
    at: Array
    value: Array
    low: Array
    high: Array
    level: float
    laws: tuple[LawShare, ...]
    noise: float
    bend_shift: Array
    rolling: Rolling
    calibration: Calibration
    findings: tuple[Finding, ...]
    status: Status

    @property
    def name(self) -> str:
        """Name of the curve; may be empty."""
        return self.curve.name

    @property
    def reach(self) -> Array:
        """(q,) x over the largest x of the curve."""
        return self.at / self.curve.x_max

    @property
    def forecasts(self) -> tuple[Forecast, ...]:
        """One forecast a target."""
        return tuple(
            Forecast(float(x), float(reach), self._estimate(i))
            for i, (x, reach) in enumerate(zip(self.at, self.reach, strict=True))
        )

    @property
    def law_values(self) -> dict[str, Array]:
        """Law name -> (q,) its own forecast."""
        return {share.law: share.value for share in self.laws}

    def _estimate(self, i: int) -> Estimate:
        if not np.isfinite(self.low[i]):
            return Estimate(float(self.value[i]))
        interval = Interval(float(self.low[i]), float(self.high[i]), self.level, _METHOD)
        return Estimate(float(self.value[i]), interval)

    def band(self, x: Sequence[float] | Array) -> dict[str, Array]:
        """The same forecast at other places, for figures.

        Args:
            x: (k,) positive places, in the user's unit.

        Returns:
            ``"value"``, ``"low"``, ``"high"`` and one entry a law, each (k,).

        Raises:
            UnitError: a place that is not positive.
        """
        at = np.atleast_1d(np.asarray(x, dtype=float))
        if not (np.isfinite(at) & (at > 0.0)).all():
            raise UnitError(f"a place on the curve is a positive {self.variable}")
        places = places_of(self.curve, at)
        made = average_at(self.curve, places, self.calibration)
        value, low, high = interval_ends(
            self.curve, self.calibration, self.rolling, made, at, self.level
        )
        laws = {law.law: self.curve.metric.from_loss(np.exp(law.log_y)) for law in made.laws}
        return {"value": value, "low": low, "high": high, **laws}

    def parameters(self, law: str) -> dict[str, float]:
        """Best-fitting parameters of one of the averaged laws on this curve.

        The law is fitted to the curve on the scale of the loss (1 - accuracy, log perplexity),
        late points weighted as for the forecast.

        Args:
            law: a registry name among those averaged.

        Raises:
            UnknownNameError: that law was not averaged here.
        """
        known = [share.law for share in self.laws if share.law not in (TREND, NO_CHANGE)]
        if law not in known:
            raise UnknownNameError("averaged law", str(law), known)
        found = polish(
            law, self.curve.u, self.curve.y, self.curve.x_max, self.calibration.rule,
            trust=self.curve.trust, ceiling=self.curve.metric.loss_of_chance,
        )  # fmt: skip
        if found is None:
            raise ArgumentError(f"the law {law!r} does not fall on this curve; it has no fit")
        names = [parameter.name for parameter in get_law(law).parameters]
        return {name: float(v) for name, v in zip(names, found.parameters, strict=True)}

    @cached_property
    def table(self) -> Table:
        """The forecasts, one row a target."""
        rows = []
        for made in self.forecasts:
            interval = made.value.interval
            rows.append(
                (
                    format_variable(self.variable, made.x),
                    f"{made.reach:.3g}x",
                    made.value.value,
                    None if interval is None else interval.low,
                    None if interval is None else interval.high,
                )
            )
        columns = (self.variable, "reach", self.response, "low", "high")
        return Table(columns, tuple(rows))

    def card(self) -> Card:
        """The labelled lines behind every view."""
        from lawcast.fitting.extrapolation.summary import extrapolation_card

        return extrapolation_card(self)

    def __repr__(self) -> str:
        told = ", ".join(
            f"{made.reach:.3g}x {significant(made.value.value)}"
            + (
                ""
                if made.value.interval is None
                else f" {bracket(made.value.interval.low, made.value.interval.high, 4)}"
            )
            for made in self.forecasts[:4]
        )
        more = ", ..." if len(self.at) > 4 else ""
        whose = f" of {self.name!r}" if self.name else ""
        return f"<Extrapolation{whose}: {told}{more}>"

    def summary(self) -> str:
        """Text of at most 80 columns."""
        return self.card().text()

    def _repr_html_(self) -> str:
        return self.card().html()

    def to_dataframe(self) -> pd.DataFrame:
        """One row a target: place, reach, forecast, interval, and the forecast of every law."""
        import pandas as pd

        columns: dict[str, Any] = {"reach": self.reach, "low": self.low, "high": self.high}
        columns.update({share.law: share.value for share in self.laws})
        # a column of the user's that is called "low" must not hide the interval
        x, y = (f"{n}_" if n in columns else n for n in (self.variable, self.response))
        columns = {x: self.at, "reach": columns.pop("reach"), y: self.value, **columns}
        return pd.DataFrame(columns)

    def to_dict(self) -> dict[str, Any]:
        """A document ``lawcast/extrapolation/1``."""
        return document(
            "extrapolation",
            1,
            {
                "name": self.name,
                "variable": self.variable,
                "response": self.response,
                "level": self.level,
                "forecasts": [
                    {"x": plain(f.x), "reach": plain(f.reach), **f.value.to_dict()}
                    for f in self.forecasts
                ],
                "laws": [
                    {
                        "law": share.law,
                        "weight": plain(share.weight),
                        "dropped": plain(share.dropped),
                        "value": list_array(share.value),
                    }
                    for share in self.laws
                ],
                "noise": plain(self.noise),
                "bend_shift": list_array(self.bend_shift),
                "backtest": backtest_rows(self.rolling, [share.law for share in self.laws]),
                "cuts": [cut.to_dict() for cut in self.rolling.cuts],
                "curve": self.curve.to_dict(),
                "constants": self.calibration.to_dict(),
                "findings": [finding.to_dict() for finding in self.findings],
                "status": self.status.to_dict(),
            },
        )

    @classmethod
    @opens("extrapolation")
    def from_dict(cls, data: Mapping[str, Any]) -> Extrapolation:
        """The extrapolation that :meth:`to_dict` described.

        Raises:
            SavedFileError: the document is of another kind, newer, or damaged.
        """
        from lawcast.fitting.extrapolation.rolling import Cut

        content = open_document(dict(data), "extrapolation", 1)
        made = content["forecasts"]
        estimates = [Estimate.from_dict(row) for row in made]
        low, high = (
            np.array(
                [np.nan if e.interval is None else getattr(e.interval, end) for e in estimates]
            )
            for end in ("low", "high")
        )
        opened = cls(
            curve=Curve.from_dict(content["curve"]),
            variable=str(content["variable"]),
            response=str(content["response"]),
            at=np.array([number(row["x"]) for row in made]),
            value=np.array([e.value for e in estimates]),
            low=low,
            high=high,
            level=float(content["level"]),
            laws=tuple(
                LawShare(
                    str(row["law"]),
                    number(row["weight"]),
                    unlist_array(row["value"]),
                    number(row["dropped"]),
                )
                for row in content["laws"]
            ),
            noise=number(content["noise"]),
            bend_shift=unlist_array(content["bend_shift"]),
            rolling=Rolling(tuple(Cut.from_dict(cut) for cut in content["cuts"])),
            calibration=Calibration.from_dict(content["constants"]),
            findings=tuple(Finding.from_dict(f) for f in content["findings"]),
            status=Status.from_dict(content["status"]),
        )
        sizes = {share.value.size for share in opened.laws} | {opened.bend_shift.size}
        if sizes - {opened.at.size} or not (opened.at > 0.0).all():
            raise SavedFileError(
                "a saved extrapolation is damaged: its lists do not fit each other"
            )
        return opened


def backtest_rows(rolling: Rolling, laws: Sequence[str]) -> list[dict[str, Any]]:
    """Root mean square log errors by band of reach, for the average and every law."""
    rows = []
    for low, high in REACHES:
        errors = {law: rolling.error((low, high), law) for law in (AVERAGE, *laws)}
        if errors[AVERAGE] is not None:
            rows.append({"from": low, "to": high, "rmsle": errors})
    return rows


def places_of(curve: Curve, at: Array) -> Array:
    """(q,) log of the targets over the largest x."""
    return np.asarray(np.log(at / curve.x_max))


def average_at(curve: Curve, places: Array, calibration: Calibration) -> Average:
    """The averaged forecast of a curve at ``places`` (q,), logs of x over the largest x."""
    exact = places
    if places.size > _AT_MOST_EXACT:
        low = min(float(places.min()), 0.0)
        exact = np.linspace(low, max(float(places.max()), low + DOUBLING), _AT_MOST_EXACT)
    made = forecast(
        curve.u,
        curve.y,
        exact,
        calibration.rule,
        trust=curve.trust,
        ceiling=curve.metric.loss_of_chance,
    )
    if exact is places:
        return made
    return made.read_at(exact, places)


def interval_ends(
    curve: Curve,
    calibration: Calibration,
    rolling: Rolling,
    made: Average,
    at: Array,
    level: float,
) -> tuple[Array, Array, Array]:
    """Forecast and interval (q,) in the user's metric; NaN ends beyond the farthest reach."""
    reach = at / curve.x_max
    half = calibration.half_width(difficulty_of(made, rolling.typical_error, reach), level)
    from_loss = curve.metric.from_loss
    with np.errstate(over="ignore"):
        value = from_loss(np.exp(made.log_y))
        first, second = from_loss(np.exp(made.log_y - half)), from_loss(np.exp(made.log_y + half))
    quoted = reach <= calibration.farthest * (1.0 + 1e-9)
    low = np.where(quoted, np.minimum(first, second), np.nan)
    high = np.where(quoted, np.maximum(first, second), np.nan)
    return value, low, high
