"""A fit in three sentences: the law, what it predicts, and how far that can be trusted."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lawcast._tables import bracket, joined, significant
from lawcast._units import format_variable
from lawcast._values import Interval
from lawcast.fitting.backtest import Backtest, Cut
from lawcast.fitting.prediction import Prediction, response_unit
from lawcast.fitting.result import Fit

_MOST_NAMED = 3
_USUAL_REACH = 10.0
_FAR_FROM_NOMINAL = 2.58  # standard errors: 1 % two-sided


def answer(fit: Fit, predictions: Sequence[Prediction]) -> tuple[str, ...]:
    """Three sentences; the first one says so where the fit should not be relied on."""
    law, history = law_sentence(fit), trust_sentence(fit, predictions)
    forecast = prediction_sentence(predictions[0]) if predictions else ""
    if fit.status.ok:
        second = forecast or scatter_sentence(fit)
        return law, second, history
    last = f"{forecast[:-1]}; {history[0].lower()}{history[1:]}" if forecast else history
    return fit.status.text, f"Estimate, not supported: {law[0].lower()}{law[1:]}", last


def law_sentence(fit: Fit) -> str:
    """The law with its exponents and floor, each with its interval."""
    estimates = fit.parameters
    named = [*fit.law.exponents, *([fit.law.floor] if fit.law.floor else [])]
    named = named or list(fit.law.names[:_MOST_NAMED])
    values = []
    for name in named:
        estimate = estimates[name]
        parameter = fit.law.parameters[fit.law.names.index(name)]
        role = f"a floor {name}" if name == fit.law.floor else parameter.symbol
        values.append(f"{role} = {significant(estimate.value)}{_range(estimate.interval)}")
    unit = response_unit(fit)
    has_interval = any(estimates[name].interval is not None for name in named)
    level = f"{100 * fit.level:.0f} % intervals" if has_interval else "no intervals were computed"
    notes = ", ".join(filter(None, (unit, level)))
    return (
        f"In {len(fit.runs):,} runs the {fit.law.response} follows {fit.law.formula} with "
        f"{joined(values)} ({notes})."
    )


def prediction_sentence(prediction: Prediction) -> str:
    """What is predicted, with both intervals, and how far it is extrapolated, in plain words."""
    where = place_words(prediction)
    unit = f" {prediction.unit}" if prediction.unit else ""
    text = (
        f"At {where} it predicts a {prediction.response} of {significant(prediction.value)}{unit}"
    )
    parts = []
    if prediction.interval is not None:
        ends = bracket(prediction.interval.low, prediction.interval.high, 4)
        parts.append(f"{ends} for the mean of such runs")
    if prediction.new_run is not None:
        ends = bracket(prediction.new_run.low, prediction.new_run.high, 4)
        parts.append(f"{ends} for one new run")
    if parts:
        level = (prediction.interval or prediction.new_run).level  # type: ignore[union-attr]
        text += f" ({joined(parts)}, {100 * level:.0f} %)"
    else:
        text += ", without an interval"
    return f"{text}, {reach_words(prediction.decades_beyond)}."


def place_words(prediction: Prediction) -> str:
    """``"compute 1.3e23 FLOP at the best split (params 51.1B, tokens 422B)"``."""
    words = {n: f"{n} {format_variable(n, e.value)}" for n, e in prediction.inputs.items()}
    if prediction.along and "compute" in words:
        rest = [text for name, text in words.items() if name != "compute"]
        inside = f" ({', '.join(rest)})" if rest else ""
        return f"{words['compute']}, {prediction.along.split(',')[0]}{inside},"
    return joined(list(words.values()))


def reach_words(decades: float) -> str:
    """How far outside the data, in plain words."""
    if decades <= 0.005:
        return "inside the range of the data"
    factor = 10.0**decades
    times = f"{factor:.2g}" if factor < 100 else f"{factor:,.0f}"
    return f"{times} times ({decades:.2f} decades) beyond the data"


def scatter_sentence(fit: Fit) -> str:
    """How far single runs lie from the law, for a fit without predictions."""
    spread = math.sqrt(float((fit.residuals**2).mean()))
    size = f"{100 * spread:.2g} %" if fit.on_log else significant(spread, 3)
    return f"Single runs lie {size} (rms) from this law; nothing was predicted beyond the data."


def trust_sentence(fit: Fit, predictions: Sequence[Prediction]) -> str:
    """The backtest nearest to the reach of the first prediction."""
    if fit.history is None:
        return (
            "No backtest was made, so nothing here shows how well the law extrapolates from "
            "these runs."
        )
    wanted = 10.0 ** predictions[0].decades_beyond if predictions else _USUAL_REACH
    counts = has_reach(fit.history)
    cuts = fit.history.cuts
    cut = min(cuts, key=lambda c: abs(math.log(c.reach / wanted))) if counts else cuts[-1]
    beyond = f", up to {cut.reach:.3g} times larger than the rest" if counts else ""
    size = f"{100 * cut.error:.2g} %" if fit.history.on_log else significant(cut.error, 3)
    text = (
        f"Fitted without the {cut.tested} runs of largest {fit.history.by}{beyond}, the law "
        f"missed them by {size} (rms)"
    )
    if cut.hits is None:
        return f"{text}."
    level = fit.history.level
    inside = f"{round(cut.hits * cut.tested)} of {cut.tested} fell inside their {100 * level:.0f} %"
    return f"{text}, and {inside} interval{_verdict(cut, level)}."


def has_reach(history: Backtest) -> bool:
    """Whether "so many times larger" means something: not for variables at or below zero."""
    return all(c.largest > 0 and c.reach >= 1.0 for c in history.cuts)


def _verdict(cut: Cut, level: float) -> str:
    """Whether the share inside differs from the nominal one by more than chance."""
    assert cut.hits is not None
    chance = math.sqrt(level * (1.0 - level) / cut.tested)
    if cut.hits < level - _FAR_FROM_NOMINAL * chance:
        return ": too few, so intervals at such a reach are too narrow"
    if cut.hits > level + _FAR_FROM_NOMINAL * chance:
        return ": more than needed, so the intervals are wide"
    return ", as many as they should"


def _range(interval: Interval | None) -> str:
    return "" if interval is None else f" {bracket(interval.low, interval.high)}"
