"""Looks at a finished fit for the faults that bend exponents and forecasts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from lawcast._errors import Finding, Severity
from lawcast._tables import joined, significant
from lawcast._units import format_count, format_variable
from lawcast._values import Array
from lawcast.fitting.findings import (
    F001,
    F002,
    F003,
    F006,
    F007,
    F008,
    F009,
    F010,
    F011,
    F012,
    F013,
    F014,
    F015,
    F016,
    F017,
    F018,
)
from lawcast.fitting.frontier import frontier_of
from lawcast.fitting.losses import robust_spread
from lawcast.fitting.preparation import fewest_runs
from lawcast.fitting.problem import Problem
from lawcast.fitting.result import MOST_FAILED, Fit
from lawcast.fitting.solve import prepare, solve_many
from lawcast.runs.table import text_of

FEWEST_TO_CORRELATE = 40
"""Draws below which correlations of the parameters are not quoted."""

_STRONG = 0.95
_STRUCTURE_P = 1e-3
_OUTLYING = 8.0
_FEW_CLUSTERS = 6
_ENOUGH_TESTED = 8
_MISSED = 2.0 / 3.0
_TOGETHER = np.log(1.3)
"""Standard deviation, in log, below which a combination of the variables hardly varies."""

_RUN_MULTIPLES = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)


def diagnose(
    fit: Fit, problem: Problem, aside: Mapping[str, int], thinned: int
) -> Iterator[Finding]:
    """All findings about a fit.

    Args:
        fit: the fit, complete but for its findings.
        problem: its problem.
        aside: why rows were set aside -> how many.
        thinned: rows left out because the table was too large.
    """
    yield from _bounds(fit, problem)
    yield from _search(fit)
    yield from of_draws(fit, problem)
    yield from _together(fit)
    yield from _floor(fit)
    yield from _rivals(fit)
    yield from _structure(fit)
    yield from _unbounded(fit)
    for reason, count in aside.items():
        yield F012.found(
            f"{count:,} row{'s were' if count != 1 else ' was'} set aside: {reason}",
            rows=next((a.rows for a in fit.runs.set_aside if a.reason == reason), ()),
            row_label=fit.runs.row_label,
        )
    if thinned:
        yield F012.found(
            f"{thinned:,} of {thinned + len(fit.runs):,} rows were set aside: more rows than "
            f"{len(fit.runs):,} cost time and say nothing new about so few parameters; the rest "
            "were taken evenly over the table",
            fix='fit finished runs only (checkpoints="final"), or raise most_rows=',
        )


OF_DRAWS = ("F003", "F007", "F014")
"""Findings that further resamples can change."""


def of_draws(fit: Fit, problem: Problem) -> Iterator[Finding]:
    """The findings that depend on the resamples."""
    if fit.requested and fit.failed > MOST_FAILED * fit.requested:
        yield F003.found(
            f"{fit.failed} of {fit.requested} resamples did not converge, so no interval is given",
            fix="fit a law with fewer parameters, or add runs",
        )
    yield from _correlations(fit)
    yield from _outliers(fit, problem)
    yield from _left_out_variable(fit)
    yield from _groups(fit)
    yield from _few_clusters(fit)
    yield from _backtest(fit)


def _bounds(fit: Fit, problem: Problem) -> Iterator[Finding]:
    u = fit.coordinates
    bounds = {} if fit.law.search is None else fit.law.search.bounds
    for j, parameter in enumerate(fit.law.parameters):
        if u[j] <= problem.low[j] + 1e-9:
            side, at = "lower", parameter.domain[0]
        elif u[j] >= problem.high[j] - 1e-9:
            side, at = "upper", parameter.domain[1]
        else:
            continue
        # a law searched over other parameters has limits of the search beside those of its domain
        edge = f"the {side} limit of the search"
        if parameter.name not in bounds and np.isfinite(at):
            edge = f"its {side} bound {at:g}"
        yield F001.found(
            f"{parameter.name} ({parameter.meaning}) ended at {edge}: the runs pull it out of "
            "the range in which the law makes sense, or do not need it" + _rising(fit, side),
            fix="try a law without it (lawcast laws), or runs over a wider range",
        )


def _rising(fit: Fit, side: str) -> str:
    """What to suspect where an exponent ended at zero: a response that rises with size."""
    if side != "lower" or fit.status.code != "no-decay":
        return ""
    response = fit.columns[fit.law.response]
    for name, column in _log_variables(fit).items():
        if np.unique(column).size < 3 or np.unique(response).size < 3:
            continue
        order = [np.argsort(np.argsort(values, kind="stable")) for values in (column, response)]
        if float(np.corrcoef(np.stack(order).astype(float))[0, 1]) > 0.3:
            return (
                f". The {fit.law.response} rises with {name}: is it an accuracy, a "
                "log-likelihood, or were the large runs badly tuned?"
            )
    return ""


def _search(fit: Fit) -> Iterator[Finding]:
    certificate = fit.certificate
    close = [
        b for b in certificate.basins if b.share >= 0.02 and b.value <= 1.05 * certificate.value
    ]
    if close:
        basin = close[0]
        values = ", ".join(
            f"{n} {significant(v, 4)}" for n, v in zip(fit.law.names, basin.parameters, strict=True)
        )
        here, there, where = _forecasts(fit, basin.parameters)
        differ = ""
        if np.isfinite(here) and np.isfinite(there) and here != 0:
            differ = f"; at {where} it predicts {significant(there)} instead of {significant(here)}"
        worse = 100 * (basin.value / certificate.value - 1.0)
        yield F002.found(
            f"{100 * basin.share:.0f} % of the starts ended in another optimum, {worse:.2g} % "
            f"worse: {values}{differ}",
            fix="report both, or choose a law with fewer parameters",
        )
    if not certificate.converged or certificate.reached < 0.5:
        yield F013.found(
            f"{100 * certificate.reached:.0f} % of {certificate.starts} starts reached the best "
            "optimum; the final polish "
            + ("converged" if certificate.converged else "did not converge"),
            fix="starts=1000 searches longer; a simpler law may be all the runs support",
        )


def _forecasts(fit: Fit, parameters: Array) -> tuple[float, float, str]:
    """Fitted law and another parameter vector, ten times beyond the data."""
    from lawcast.fitting.rivals import forecast_beyond

    frontier = None if fit.law.user else frontier_of(fit.law, fit.runs)
    here, where = forecast_beyond(fit.law, fit.estimate, fit.columns, frontier)
    there, _ = forecast_beyond(fit.law, parameters, fit.columns, frontier)
    return here, there, where


def _log_variables(fit: Fit) -> dict[str, Array]:
    columns = {v: fit.runs[v] for v in fit.law.variables}
    return {v: np.log(x) for v, x in columns.items() if np.all(x > 0)}


def _together(fit: Fit) -> Iterator[Finding]:
    logs = _log_variables(fit)
    if fit.law.user or len(fit.law.exponents) < 2 or not {"params", "tokens"} <= set(logs):
        return
    pair = np.stack([logs["params"], logs["tokens"]])
    # what is left of one variable when the other is known: the only handle on a second exponent
    spread = np.sqrt(max(float(np.linalg.eigvalsh(np.cov(pair))[0]), 0.0))
    if spread < _TOGETHER:
        ratio = np.exp(logs["tokens"] - logs["params"])
        low, high = np.quantile(ratio, [0.05, 0.95])
        yield F006.found(
            f"params and tokens move together (tokens per parameter from {low:.3g} to {high:.3g} "
            f"in nine of ten runs), so {joined(fit.law.exponents)} cannot be told apart; only the "
            "exponent along this line is supported",
            fix='law="power-floor", variable="compute"; or add runs at another ratio',
        )


def _correlations(fit: Fit) -> Iterator[Finding]:
    if fit.draws.shape[0] < FEWEST_TO_CORRELATE:
        return
    values = fit.draws.copy()
    for j, parameter in enumerate(fit.law.parameters):
        if parameter.scale == "log":
            values[:, j] = np.log(np.maximum(values[:, j], 1e-300))
    spread = values.std(axis=0)
    # a parameter held at its bound has the same value in every draw, but for rounding
    usable = np.flatnonzero(spread > 1e-9 * np.abs(values).max(axis=0))
    if usable.size < 2:
        return
    matrix = np.asarray(np.corrcoef(values[:, usable].T))
    names = [fit.law.names[j] for j in usable]
    pairs = [
        f"{names[i]} and {names[j]} (r = {matrix[i, j]:.2f})"
        for i in range(len(names))
        for j in range(i + 1, len(names))
        if abs(matrix[i, j]) > _STRONG
    ]
    if pairs:
        yield F007.found(
            f"{joined(pairs)} move together over the resamples: quote them as a pair, or the "
            "exponent rather than its coefficient"
        )


def _floor(fit: Fit) -> Iterator[Finding]:
    floor = fit.law.floor
    if floor is None or len(fit.law.parameters) < 2:
        return
    value = float(fit.estimate[fit.law.names.index(floor)])
    observed = fit.columns[fit.law.response]
    lowest = float(observed.min())
    noise = robust_spread(fit.residuals) * (lowest if fit.on_log else 1.0)
    if lowest - value <= 2.0 * noise:
        row = int(fit.runs.row_ids[int(observed.argmin())])
        yield F008.found(
            f"the best {fit.law.response}, {significant(lowest, 4)}, is "
            f"{'below' if lowest < value else 'within the noise of'} the fitted floor "
            f"{floor} = {significant(value, 4)} (noise {significant(noise, 2)}): what is left to "
            "improve is not measured",
            rows=(row,),
            row_label=fit.runs.row_label,
            fix="runs with a wider range of loss, or a look at that run",
        )


def _rivals(fit: Fit) -> Iterator[Finding]:
    for rival in fit.rivals:
        if not rival.as_good:
            continue
        own = fit.law.name
        text = f"{rival.law} predicts left-out runs as well as {own}, within the noise"
        if rival.difference < -1.645:
            text = f"{rival.law} predicts left-out runs better than {own}"
        text += (
            f" (rms error {significant(rival.error, 2)} against {significant(rival.own_error, 2)})"
        )
        if np.isfinite(rival.forecast) and np.isfinite(rival.own_forecast):
            theirs, ours = significant(rival.forecast, 4), significant(rival.own_forecast, 4)
            text += f"; at {rival.where} " + (
                f"both predict {ours}"
                if theirs == ours
                else f"it predicts {theirs} where {own} predicts {ours}"
            )
        yield F009.found(text, fix=f'fit it too: law="{rival.law}"')


def _outliers(fit: Fit, problem: Problem) -> Iterator[Finding]:
    residuals = fit.residuals
    far = np.abs(residuals) > _OUTLYING * robust_spread(residuals)
    count = int(far.sum())
    if not count or fit.law.user or residuals.size - count < fewest_runs(fit.law):
        return
    without = solve_many(
        problem, prepare(problem, fit.coordinates), weights=(~far).astype(float), tolerance=1e-8
    )
    moved = []
    if without.converged[0]:
        other = problem.parameters(without.u[0])
        for name in fit.law.exponents:
            j = fit.law.names.index(name)
            error = float(fit.draws[:, j].std()) if len(fit.draws) > 1 else np.inf
            if abs(other[j] - fit.estimate[j]) > error:
                moved.append(
                    f"{name} is {significant(other[j], 3)} instead of "
                    f"{significant(fit.estimate[j], 3)}"
                )
    yield F014.found(
        f"{count} run{'s lie' if count > 1 else ' lies'} more than {_OUTLYING:.0f} times the "
        "usual scatter from the law"
        + f"; without {'them' if count > 1 else 'it'} "
        + (joined(moved) if moved else "no exponent moves by more than its standard error"),
        rows=sorted(fit.runs.row_ids[far].tolist()),
        row_label=fit.runs.row_label,
        severity=Severity.WARNING if moved else None,
        fix=f"look at these runs; to fit without them: runs.drop([{_ids(fit, far)}])",
    )


def _ids(fit: Fit, rows: np.ndarray, most: int = 12) -> str:
    ids = sorted(fit.runs.row_ids[rows].tolist())
    return ", ".join(str(i) for i in ids[:most]) + (", ..." if len(ids) > most else "")


def _left_out_variable(fit: Fit) -> Iterator[Finding]:
    """A column that laws usually read varies, and this law does not read it."""
    if fit.law.user or "compute" in fit.law.variables:
        return
    for name in ("params", "tokens"):
        if name in fit.law.variables or name not in fit.runs or name in fit.runs.derived:
            continue
        values = fit.runs[name]
        values = values[np.isfinite(values) & (values > 0)]
        if values.size and values.max() > 1.5 * values.min():
            sizes = np.unique(values).size
            yield F015.found(
                f"{name} takes {sizes} different values, from {format_count(values.min())} to "
                f"{format_count(values.max())}, and the law {fit.law.name} of "
                f"{joined(fit.law.variables)} does not read it",
                fix=f'by="{name}" fits each value alone; a law of both needs 3 values of each',
            )


def _groups(fit: Fit) -> Iterator[Finding]:
    """Residuals that differ between families (Kruskal-Wallis on ranks)."""
    from scipy.special import chdtrc

    residuals = fit.residuals
    count = residuals.size
    for name in ("family", "eval_set"):
        if name not in fit.runs or fit.plan.cluster == name or np.ptp(residuals) == 0.0:
            continue
        labels, group = np.unique(text_of(fit.runs[name]), return_inverse=True)
        sizes = np.bincount(group)
        if labels.size < 2 or count < 12 or sizes.max() < 3:
            continue
        ranks = np.empty(count)
        ranks[np.argsort(residuals, kind="stable")] = np.arange(1, count + 1)
        means = np.bincount(group, ranks) / sizes
        statistic = 12.0 / (count * (count + 1)) * (sizes * (means - 0.5 * (count + 1)) ** 2).sum()
        p = float(chdtrc(labels.size - 1, statistic))
        medians = np.array([np.median(residuals[group == k]) for k in range(labels.size)])
        gap = float(np.ptp(medians))
        if p < _STRUCTURE_P and gap > robust_spread(residuals):
            low, high = (str(labels[int(k)])[:40] for k in (medians.argmin(), medians.argmax()))
            size = f"{100 * gap:.2g} %" if fit.on_log else significant(gap, 2)
            yield F016.found(
                f"the residuals differ by {name}: {high!r} lies {size} above {low!r} "
                f"(p = {p:.0e}), so one law does not describe all of them",
                fix=f'by="{name}" fits each alone; cluster="{name}" widens the intervals',
            )


def _few_clusters(fit: Fit) -> Iterator[Finding]:
    if fit.plan.cluster is not None and fit.requested and fit.plan.count < _FEW_CLUSTERS:
        yield F017.found(
            f"there are {fit.plan.count} clusters by {fit.plan.cluster}; intervals from fewer than "
            f"{_FEW_CLUSTERS} are too narrow",
            fix="read them as a lower bound of the uncertainty, or add families",
        )


def _backtest(fit: Fit) -> Iterator[Finding]:
    """Two cuts must miss: the left-out runs of one cut share its error, so one proves little."""
    history = fit.history
    if history is None:
        return
    known = [(c, c.hits) for c in history.cuts if c.hits is not None and c.tested >= _ENOUGH_TESTED]
    missed = [(c, hits) for c, hits in known if hits < _MISSED * history.level]
    if len(missed) < 2 or known[-1] not in missed:
        return
    cut, hits = missed[-1]
    yield F018.found(
        f"fitted up to {format_variable(history.by, cut.largest)}, the law held "
        f"{round(hits * cut.tested)} of the {cut.tested} larger runs (up to {cut.reach:.3g}x) in "
        f"their {100 * history.level:g} % intervals: predictions of larger runs are less certain "
        "than their intervals say",
        fix="compare the rival laws; look at residuals and at how the large runs were tuned",
    )


def _structure(fit: Fit) -> Iterator[Finding]:
    from scipy.special import fdtrc

    residuals = fit.residuals
    count = residuals.size
    if count < 20:
        return
    ranks = np.empty(count)
    ranks[np.argsort(residuals, kind="stable")] = np.arange(count)
    ranks = (ranks - ranks.mean()) / ranks.std()
    worst: tuple[float, str, float] | None = None
    candidates = _log_variables(fit)
    for name, column in candidates.items():
        if np.unique(column).size < 5:
            continue
        x = (column - column.mean()) / column.std()
        design = np.stack([np.ones(count), x, x * x])
        solved, *_ = np.linalg.lstsq(design.T, ranks, rcond=None)
        explained = 1.0 - float(((ranks - solved @ design) ** 2).mean())
        statistic = (explained / 2.0) / max((1.0 - explained) / (count - 3), 1e-12)
        p = float(fdtrc(2, count - 3, statistic)) * len(candidates)
        if p < _STRUCTURE_P and (worst is None or p < worst[0]):
            worst = (p, name, float(solved[2]))
    if worst is not None:
        shape = "bend" if abs(worst[2]) > 0.1 else "drift"
        yield F010.found(
            f"the residuals {shape} with {worst[1]} (p = {worst[0]:.0e}): the law misses something "
            "that extrapolation would carry further",
            fix="compare laws that bend (lawcast laws), or fit a narrower range",
        )


def _unbounded(fit: Fit) -> Iterator[Finding]:
    floor = fit.law.floor
    profile = None if floor is None else fit.profile(floor)
    if profile is None or profile.bounded:
        return
    low = 0.0 if profile.low is None else profile.low
    high = float(profile.values.max()) if profile.high is None else profile.high
    sides = "below" if profile.low is None else "above"
    if profile.low is None and profile.high is None:
        sides = "on either side"
    yield F011.found(
        f"{floor} is not bounded {sides} by these runs: any floor in [{significant(low, 3)}, "
        f"{significant(high, 3)}] fits",
        fix=_run_that_bounds(fit, profile.others[_ends(profile.statistic, profile.threshold)]),
    )


def _ends(statistic: Array, threshold: float) -> list[int]:
    inside = np.flatnonzero(statistic <= threshold)
    return [int(inside.min()), int(inside.max())]


def _run_that_bounds(fit: Fit, ends: Array) -> str:
    """The smallest run whose loss differs between the two ends by more than its noise."""
    residuals = fit.residuals
    noise = float(np.std(residuals)) if residuals.size > 1 else 0.0
    needed = 3.3 * noise  # two one-sided 5 % errors: told apart nine times in ten
    frontier = frontier_of(fit.law, fit.runs) if not fit.law.user else None
    for multiple in _RUN_MULTIPLES:
        if frontier is not None and frontier.along == "optimal":
            fixed = frontier_of(fit.law, fit.runs, "fixed-ratio")
            assert fixed is not None
            further = {
                v: float(fit.runs[v].max())
                for v in fit.law.variables
                if v not in ("params", "tokens")
            }
            split = fixed.split(fit.law, ends, np.array([multiple * fixed.largest]), further)
            from lawcast.fitting.frontier import arguments_of

            columns = arguments_of(fit.law, split, further)
            where = (
                f"one run of {format_count(split[0, 0, 0])} params on "
                f"{format_count(split[1, 0, 0])} tokens ({multiple:g}x the largest compute)"
            )
        elif len(fit.law.variables) == 1:
            top = multiple * float(fit.runs[fit.law.variables[0]].max())
            columns = (np.full((2, 1), top),)
            where = f"one run at {multiple:g}x the largest {fit.law.variables[0]}"
        else:
            break
        with np.errstate(all="ignore"):
            curve = fit.law(columns, ends)[:, 0]
        gap = abs(float(np.log(curve[0] / curve[1]) if fit.on_log else curve[0] - curve[1]))
        if np.isfinite(gap) and gap > needed:
            return f"{where} would bound it: the two ends differ there by {100 * gap:.2g} %"
    return "no single run up to 1000x the largest would bound it; less noise or more runs would"
