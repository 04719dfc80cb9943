"""What a fitted law says about a run that was not made."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lawcast._errors import Finding, UnitError
from lawcast._tables import Card, bracket, significant
from lawcast._units import (
    format_compute,
    format_variable,
    parse_compute,
    parse_multiple,
    parse_variable,
)
from lawcast._values import (
    Array,
    Estimate,
    Interval,
    document,
    number,
    open_document,
    plain,
)
from lawcast.fitting.findings import F003, F005
from lawcast.fitting.frontier import Frontier, arguments_of, frontier_of, require_frontier
from lawcast.fitting.intervals import corrected_draws, interval_of
from lawcast.fitting.resampling import stream

if TYPE_CHECKING:
    import pandas as pd

    from lawcast.fitting.result import Fit

_ABSURD_DECADES = 12.0

FAR_DECADES = 1.5
"""Decades beyond the data at which a prediction gets finding F005."""


@dataclass(frozen=True)
class Prediction:
    """A predicted response.

    Args:
        response: name of what is predicted (``"loss"``).
        value: prediction of the fitted law.
        interval: for the mean curve: where the law itself passes; None without draws.
        new_run: for one new run: the law and the scatter of single runs around it.
        inputs: where it is predicted, with intervals for inputs that the law chose.
        along: how compute was split, in words; empty when the inputs were given.
        decades_beyond: how far outside the data, in powers of ten; 0 inside. For a column with
            values at or below zero: how many powers of ten its range would have to widen.
        beyond: the input that is furthest outside; empty inside.
        unit: unit of the response.
        findings: what to know about this prediction.
    """

    response: str
    value: float
    interval: Interval | None
    new_run: Interval | None
    inputs: Mapping[str, Estimate]
    along: str
    decades_beyond: float
    beyond: str
    unit: str
    findings: tuple[Finding, ...] = ()

    def card(self) -> Card:
        """The labelled lines behind every view."""
        where = ", ".join(_input_text(name, e) for name, e in self.inputs.items())
        rows = [("At", where)]
        if self.along:
            rows.append(("", self.along))
        rows.append((self.response.capitalize(), f"{significant(self.value)} {self.unit}".rstrip()))
        for label, interval in (("mean curve", self.interval), ("one new run", self.new_run)):
            if interval is not None:
                rows.append(
                    ("", f"{label:<12}{bracket(interval.low, interval.high, 4)}  "
                         f"{100 * interval.level:.0f} %, {interval.method}")
                )  # fmt: skip
        beyond = self.decades_beyond
        far = "inside the data"
        if beyond > 0.005:
            far = f"{beyond:.2f} decades beyond the data (in {self.beyond})"
        rows.append(("", far))
        rows.extend(("!", f"{f.code} {f.message}") for f in self.findings)
        return Card(tuple(rows))

    def summary(self) -> str:
        """Text of at most 80 columns."""
        return self.card().text()

    def _repr_html_(self) -> str:
        return self.card().html()

    def to_dataframe(self) -> pd.DataFrame:
        """One row: inputs, value and both intervals."""
        import pandas as pd

        row: dict[str, Any] = {name: e.value for name, e in self.inputs.items()}
        row[self.response] = self.value
        for label, interval in (("mean", self.interval), ("new_run", self.new_run)):
            row[f"{label}_low"] = None if interval is None else interval.low
            row[f"{label}_high"] = None if interval is None else interval.high
        row["decades_beyond"] = self.decades_beyond
        return pd.DataFrame([row])

    def to_dict(self) -> dict[str, Any]:
        """A document ``lawcast/prediction/1``."""
        return document(
            "prediction",
            1,
            {
                "response": self.response,
                "unit": self.unit,
                **Estimate(self.value, self.interval).to_dict(),
                "new_run": None if self.new_run is None else self.new_run.to_dict(),
                "inputs": {name: e.to_dict() for name, e in self.inputs.items()},
                "along": self.along,
                "decades_beyond": plain(self.decades_beyond),
                "beyond": self.beyond,
                "findings": [f.to_dict() for f in self.findings],
            },
        )

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Prediction:
        """The prediction that :meth:`to_dict` described."""
        content = open_document(dict(data), "prediction", 1)
        estimate = Estimate.from_dict(content)
        new_run = content["new_run"]
        return cls(
            response=str(content["response"]),
            value=estimate.value,
            interval=estimate.interval,
            new_run=None if new_run is None else Interval.from_dict(new_run),
            inputs={n: Estimate.from_dict(e) for n, e in content["inputs"].items()},
            along=str(content["along"]),
            decades_beyond=number(content["decades_beyond"]),
            beyond=str(content["beyond"]),
            unit=str(content["unit"]),
            findings=tuple(Finding.from_dict(f) for f in content["findings"]),
        )


def predict_at(
    fit: Fit,
    given: Mapping[str, float | str],
    *,
    compute: float | str | None = None,
    along: str | None = None,
    ratio: float | None = None,
    level: float | None = None,
) -> Prediction:
    """Predict one run; see :meth:`lawcast.Fit.predict`."""
    level = fit.level if level is None else level
    if not (isinstance(level, (int, float)) and 0.0 < level < 1.0):
        raise UnitError(f"a level lies between 0 and 1, not {level!r}")
    if compute is not None and "compute" not in fit.law.variables:
        clash = sorted({"params", "tokens"} & set(given))
        if clash:
            raise UnitError(f"give compute= or {' and '.join(clash)}=, not both")
        _check_ratio(along, ratio)
        if ratio is not None:
            along = "fixed-ratio"
        frontier = require_frontier(frontier_of(fit.law, fit.runs, along, ratio), fit.law)
        return _along(fit, frontier, _budget(compute, frontier.largest), given, level)
    if along is not None or ratio is not None:
        reason = "they split compute between params and tokens"
        if compute is not None:
            reason += f", and the law {fit.law.name!r} reads compute itself"
        raise UnitError(f"along= and ratio= do nothing here: {reason}; leave them out")
    wanted = dict(given)
    if compute is not None:
        wanted["compute"] = compute
    point = _point(fit, wanted)
    theta = np.concatenate([fit.estimate[None], fit.draws, fit.left_out])
    columns = tuple(np.full((theta.shape[0], 1), point[v]) for v in fit.law.variables)
    with np.errstate(all="ignore"):
        curve = fit.law(columns, theta)[:, 0]
    inputs = {name: Estimate(value) for name, value in point.items()}
    return _prediction(fit, curve, inputs, "", level)


def _values_along(
    fit: Fit, theta: Array, frontier: Frontier, compute: Array, given: Mapping[str, float]
) -> tuple[Array, Array | None]:
    """(b, m) responses and the (2, b, m) split behind them."""
    with np.errstate(all="ignore"):
        if frontier.along == "compute":
            columns = (np.broadcast_to(compute, (theta.shape[0], compute.size)),)
            return fit.law(columns, theta), None
        split = frontier.split(fit.law, theta, compute, given)
        return fit.law(arguments_of(fit.law, split, given), theta), split


def _along(
    fit: Fit,
    frontier: Frontier,
    compute: float,
    given: Mapping[str, float | str],
    level: float,
) -> Prediction:
    further = {name: _positive(name, parse_variable(name, value)) for name, value in given.items()}
    stray = sorted(set(further) - set(fit.law.variables))
    if stray:
        raise UnitError(f"the law {fit.law.name!r} does not read {', '.join(stray)}")
    theta = np.concatenate([fit.estimate[None], fit.draws, fit.left_out])
    values, split = _values_along(fit, theta, frontier, np.array([compute]), further)
    curve = values[:, 0]
    if not math.isfinite(curve[0]):
        raise UnitError(
            f"along {format_compute(compute)} the fitted law has no best split: it falls for ever "
            'towards one side; try along="fixed-ratio", or runs that vary params and tokens more'
        )
    inputs: dict[str, Estimate] = {"compute": Estimate(compute)}
    if split is not None:
        for name, values_of in zip(("params", "tokens"), split[:, :, 0], strict=True):
            chosen = None
            if frontier.along == "optimal":
                chosen = fit.interval(values_of[1:], values_of[0], level)
            inputs[name] = Estimate(float(values_of[0]), chosen)
    inputs.update({name: Estimate(value) for name, value in further.items()})
    return _prediction(fit, curve, inputs, frontier.describe(), level)


def _prediction(
    fit: Fit,
    curve: Array,
    inputs: Mapping[str, Estimate],
    along: str,
    level: float,
) -> Prediction:
    beyond, where = _decades_beyond(fit, {name: e.value for name, e in inputs.items()})
    if beyond > _ABSURD_DECADES:
        raise UnitError(
            f"{where} lies {beyond:.0f} decades beyond the data; no law says anything there. "
            "Is the unit right?"
        )
    interval = fit.interval(curve[1:], float(curve[0]), level)
    findings = []
    if beyond > FAR_DECADES:
        findings.append(
            F005.found(
                f"this is {beyond:.1f} decades beyond the data; the interval holds only if the "
                "same law goes on that far",
                fix="see the backtest for the error at smaller reaches",
            )
        )
    lost = int((~np.isfinite(curve[1 : 1 + len(fit.draws)])).sum())
    if interval is None and lost:
        findings.append(
            F003.found(
                f"{lost} of {len(fit.draws)} resamples have no best split of compute, so no "
                "interval is given: the runs hardly say which split is best",
                fix='along="fixed-ratio", or runs that vary params and tokens more',
            )
        )
    return Prediction(
        response=fit.law.response,
        value=float(curve[0]),
        interval=interval,
        new_run=None if interval is None else _new_run(fit, curve, level),
        inputs=inputs,
        along=along,
        decades_beyond=beyond,
        beyond=where,
        unit=response_unit(fit),
        findings=tuple(findings),
    )


def _new_run(fit: Fit, curve: Array, level: float) -> Interval | None:
    """Interval for one new run: every draw of the curve plus a residual drawn from the fit's.

    Residuals are widened by sqrt(n / (n - p)) for the parameters that were fitted to them. Draws
    are corrected first where the interval of the curve is.
    """
    residuals = fit.residuals
    spare = residuals.size - len(fit.law.parameters)
    if spare < 1:
        return None
    draws, left_out = curve[1 : 1 + len(fit.draws)], curve[1 + len(fit.draws) :]
    draws = draws[np.isfinite(draws)]
    method = "percentile"
    if fit.interval_method == "bca" and left_out.size:
        draws, method = corrected_draws(draws, float(curve[0]), left_out), "bca"
    noise = stream(fit.seed, "new run").choice(
        residuals * np.sqrt(residuals.size / spare), draws.size
    )
    with np.errstate(all="ignore"):
        runs = draws * np.exp(noise) if fit.on_log else draws + noise
    made = interval_of(runs, level)
    return made and replace(made, method=f"{method}, {fit.resampling} and residuals")


def _check_ratio(along: str | None, ratio: float | None) -> None:
    if ratio is None:
        return
    if along not in (None, "fixed-ratio"):
        raise UnitError(f'ratio= goes with along="fixed-ratio", not along={along!r}')
    if isinstance(ratio, str) or not (math.isfinite(ratio) and ratio > 0):
        raise UnitError(f"ratio= is a positive number of tokens per parameter, not {ratio!r}")


def _point(fit: Fit, wanted: Mapping[str, float | str]) -> dict[str, float]:
    stray = sorted(set(wanted) - set(fit.law.variables))
    missing = [v for v in fit.law.variables if v not in wanted]
    if stray or missing:
        raise UnitError(
            f"the law {fit.law.name!r} reads {', '.join(fit.law.variables)}"
            + (f"; missing: {', '.join(missing)}" if missing else "")
            + (f"; not read: {', '.join(stray)}" if stray else "")
        )
    point = {}
    for name in fit.law.variables:
        text = wanted[name]
        multiple = parse_multiple(text) if isinstance(text, str) else None
        if multiple is not None:
            value = multiple * float(np.max(fit.runs[name]))
        elif fit.law.user and not isinstance(text, str):
            value = float(text)
        else:
            value = parse_variable(name, text)
        point[name] = _positive(name, value) if fit.law.positive else value
    return point


def _budget(compute: float | str, largest: float) -> float:
    multiple = parse_multiple(compute) if isinstance(compute, str) else None
    return _positive("compute", parse_compute(compute) if multiple is None else multiple * largest)


def _positive(name: str, value: float) -> float:
    if not value > 0:
        raise UnitError(f"{name} must be positive to predict at, not {value:g}")
    return value


def _decades_beyond(fit: Fit, at: Mapping[str, float]) -> tuple[float, str]:
    """Largest distance outside the data over the inputs, in decades, and which input it is."""
    far, where = 0.0, ""
    known = dict(at)
    if {"params", "tokens"} <= set(known) and "compute" not in known and "compute" in fit.runs:
        from lawcast.fitting.frontier import flop_per_token_param

        known["compute"] = flop_per_token_param(fit.runs) * known["params"] * known["tokens"]
    for name, value in known.items():
        if name not in fit.runs:
            continue
        column = fit.runs[name]
        column = column[np.isfinite(column)]
        if not column.size:
            continue
        low, high = float(column.min()), float(column.max())
        here = 0.0
        if low > 0 and value > 0:
            here = max(math.log10(value) - math.log10(high), math.log10(low) - math.log10(value))
        elif high > low:
            here = math.log10((max(high, value) - min(low, value)) / (high - low))
        elif value != low:
            here = math.inf
        if here > far and not (fit.law.user and math.isinf(here)):
            far, where = here, name
    return far, where


def _input_text(name: str, estimate: Estimate) -> str:
    text = f"{name} {format_variable(name, estimate.value)}"
    if estimate.interval is not None:
        low, high = estimate.interval.low, estimate.interval.high
        text += f" [{format_variable(name, low)}, {format_variable(name, high)}]"
    return text


def response_unit(fit: Fit) -> str:
    """Unit of what the law describes: nats per token for losses, unknown for a user's response."""
    return "nats/token" if fit.law.response == "loss" and not fit.law.user else ""
