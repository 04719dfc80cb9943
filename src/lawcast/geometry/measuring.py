"""One set of points to its dimension: survey, estimates, scales, interval, verdict."""

from __future__ import annotations

import math

import numpy as np

from lawcast._errors import Finding, FitRefused, worst_first
from lawcast._values import Array, Estimate, Interval, half_width
from lawcast.geometry import adequacy, findings, hygiene
from lawcast.geometry.answer import TIED, Answer, answer_from
from lawcast.geometry.bits import measure_bits
from lawcast.geometry.combination import FEWEST, used_ranks
from lawcast.geometry.copies import near_copies, one_of_each, without
from lawcast.geometry.estimators import BINARY, DEFAULT, GENERAL, Estimator, Reading
from lawcast.geometry.options import Options
from lawcast.geometry.points import Points
from lawcast.geometry.result import Adequacy, Dimension, Plateau, Scale
from lawcast.geometry.scales import find_plateau, measure_scales, rise
from lawcast.geometry.subsampling import draw_halves, needed_neighbours
from lawcast.geometry.survey import (
    EXACT_BELOW,
    NEIGHBOURS,
    QUERIES,
    Means,
    Survey,
    take_survey,
)

LOCAL = 20
"""Neighbours of the pointwise dimension."""


def measure(points: Points, noted: list[Finding], options: Options) -> Dimension:
    """The dimension of one set of points.

    Args:
        points: at least 20 points, finite and distinct.
        noted: what reading them found.
        options: how to estimate.

    Raises:
        FitRefused: nearest neighbours are all at distance 0, or all at one distance.
        ArgumentError: the options do not suit the points.
    """
    if options.method.name == BINARY:
        return measure_bits(points, noted, options)
    default = options.method.name == DEFAULT
    survey = _survey(points, options, everything=default)
    found = list(noted)
    copied = near_copies(survey.logs) if default else np.zeros(0, dtype=bool)
    if copied.any():
        asked = len(survey.neighbours.queries)
        found.append(_copied(int(copied.sum()), len(copied), whole=asked == points.count))
        if asked == points.count:
            points = points.select(one_of_each(survey, copied))
            survey = _survey(points, options, everything=default)
        else:
            survey = without(survey, copied)
    found += _of_survey(survey)
    _refuse_nothing(survey, found, options)
    halves = _halves(survey, options)
    reading = Reading(
        survey,
        points,
        options.metric,
        options.box,
        options.precision,
        options.memory,
        options.threads,
    )
    estimates: dict[str, Estimate] = {}
    scales = measure_scales(survey) if default else ()
    plateau = find_plateau(scales)
    verdict: Adequacy | None = None
    if default:
        sampling = _spread(options.method, halves)
        answered = answer_from(survey, scales, plateau, sampling, options.level)
        estimates[DEFAULT], verdict = answered.estimate, answered.verdict
        if any(finding.code == hygiene.ROW_NUMBERS.code for finding in noted):
            verdict = adequacy.counting_rows(verdict)
        plateau = answered.settles or plateau
        found += _of_answer(answered, scales, plateau)
    for estimator in GENERAL if default else (options.method,):
        if estimator.name in estimates:  # the default has its answer
            continue
        if estimator.ranks <= survey.logs.shape[1] or estimator.of_means is not None:
            estimate = _estimate(estimator, reading, halves, options.level)
            # where ties leave an estimator nothing to read, it has no entry rather than a NaN
            if not math.isnan(estimate.value):
                estimates[estimator.name] = estimate
    answer = estimates.get(options.method.name)
    if answer is None:
        findings.refuse(f"{options.method.name!r} finds no two distances to compare", found)
    local, rows = _local(survey)
    return Dimension(
        value=answer.value,
        interval=answer.interval,
        status=adequacy.status_of(answer.value, verdict),
        method=options.method.name,
        estimates=estimates,
        scales=scales,
        plateau=plateau,
        adequacy=verdict,
        findings=tuple(worst_first(found)),
        sample=options.sample(points, len(survey.neighbours.queries)),
        level=options.level,
        draws=0 if halves is None else len(halves.logs),
        local=local,
        local_rows=points.source_rows(survey.neighbours.queries[rows]),
    )


def _survey(points: Points, options: Options, *, everything: bool) -> Survey:
    count = points.count
    method = options.method
    if method.ranks > count - 1 and method.of_means is None:
        raise FitRefused(
            f"{method.name!r} reads the distance to neighbour {method.ranks}, and {points.name} "
            f"has {count} points, so each has {count - 1} neighbours: add points, or leave out "
            "method="
        )
    ranks = max(method.ranks, 2)
    if method.of_means is not None and options.draws > 0:
        ranks = max(ranks, needed_neighbours(_half_ranks(count, method)))
    asked = options.queries
    if asked is None:
        asked = QUERIES if count >= EXACT_BELOW else count
    queries = None
    if asked < count:
        queries = np.sort(options.rng.permutation(count)[:asked])
    return take_survey(
        points,
        min(NEIGHBOURS if everything else ranks, count - 1),
        options.rng,
        queries=queries,
        metric=options.metric,
        box=options.box,
        precision=options.precision,
        engine=options.engine,
        memory=options.memory,
        threads=options.threads,
        progress=options.progress,
        angles=options.method.angles,
        far=everything,
    )


def _refuse_nothing(survey: Survey, found: list[Finding], options: Options) -> None:
    """Refuse where the ranks that the method compares do not differ in distance."""
    if len(survey.rows) < 2:
        findings.refuse(
            "nearly every point coincides with another in this metric, at distance 0",
            found,
            "pass other coordinates, or another metric=",
        )
    means = survey.means.logs
    used = means[: len(used_ranks(survey.count))]
    everywhere = options.method.reads == FEWEST  # the line through ranks needs every step
    reached = means[: max(options.method.ranks, 2)]
    if reached[-1] <= reached[0]:
        why = f"the {len(reached)} nearest neighbours of every point are equally far"
    elif everywhere and (np.diff(used) <= 0).any():
        rank = int(np.argmax(np.diff(used) <= 0)) + 1
        why = f"neighbours {rank} and {rank + 1} of every point are equally far"
    else:
        return
    fix = "a dimension needs distances that differ: is the data one-hot or a regular lattice?"
    findings.refuse(why, found, fix)


def _half_ranks(count: int, method: Estimator) -> int:
    """Ranks within half-samples: what the method reads, of the default as many as it can."""
    used = len(used_ranks(count // 2))
    return min(max(method.least, min(method.ranks, used)), count // 2 - 1)


def _halves(survey: Survey, options: Options) -> Means | None:
    """Half-samples with the ranks that the method reads, where lists of neighbours reach so far."""
    if options.draws == 0 or options.method.of_means is None:
        return None
    k = _half_ranks(survey.count, options.method)
    drawn = draw_halves(survey, k, options.draws, options.rng, options.progress)
    return drawn if len(drawn.logs) >= options.draws / 2 else None


def _estimate(
    estimator: Estimator, reading: Reading, halves: Means | None, level: float
) -> Estimate:
    """An estimate, with an interval for its sampling error where half-samples can give one."""
    if estimator.of_survey is not None:
        return Estimate(estimator.of_survey(reading))
    assert estimator.of_means is not None
    value = float(estimator.of_means(reading.survey.means))
    spread = _spread(estimator, halves)
    if spread is None or not math.isfinite(value):
        return Estimate(value)
    half = half_width(level) * spread
    return Estimate(
        value,
        Interval(value * math.exp(-half), value * math.exp(half), level, "half-samples, sampling"),
    )


def _spread(estimator: Estimator, halves: Means | None) -> float | None:
    """Standard deviation of log d over half-samples; None where they do not reach."""
    if halves is None or estimator.of_means is None:
        return None
    if estimator.least > halves.logs.shape[1]:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(estimator.of_means(halves))
    logs = logs[np.isfinite(logs)]
    return float(logs.std(ddof=1)) if len(logs) >= 2 else None


def _of_survey(survey: Survey) -> list[Finding]:
    found = []
    near = survey.neighbours
    coinciding = len(near.queries) - len(survey.rows)
    if coinciding:
        found.append(
            findings.COINCIDING.found(
                f"{coinciding:,} of {len(near.queries):,} points coincide with another in the "
                f"{near.metric} metric"
            )
        )
    if survey.tied > TIED:
        found.append(
            findings.TIED.found(
                f"{survey.tied:.0%} of the points have their two nearest neighbours at the same "
                "distance",
                fix="treat the answer as a rough one, or use continuous coordinates",
            )
        )
    if len(near.queries) < near.count:
        found.append(
            findings.SAMPLED.found(
                f"{len(near.queries):,} of {near.count:,} points asked for their neighbours",
                fix=f"queries={near.count} asks for all",
            )
        )
    if len(near.doubtful):
        found.append(
            findings.CANCELLATION.found(
                f"{len(near.doubtful):,} points: their distances were recomputed by subtraction",
            )
        )
    return found


def _copied(count: int, of: int, *, whole: bool) -> Finding:
    done = "one of each pair was set aside, as of equal rows" if whole else "these are left out"
    return findings.NEAR_COPIES.found(
        f"{count:,} of {of:,} points have a neighbour far closer than all others; {done}"
    )


def _of_answer(
    answered: Answer, scales: tuple[Scale, ...], plateau: Plateau | None
) -> list[Finding]:
    found = []
    if not answered.verdict.ok:
        found.append(findings.NOT_ADEQUATE.found(answered.verdict.text))
    if answered.settles is not None and plateau is not None:
        found.append(
            findings.NOISY.found(
                f"the dimension falls from {scales[0].value:.3g} between the nearest neighbours "
                f"to {plateau.value:.3g} from neighbour {scales[plateau.first].low} on"
            )
        )
    elif answered.rises:
        read = "; the answer is read at radius 0" if answered.towards_zero else ""
        found.append(
            findings.RISING.found(
                f"the dimension is {scales[0].value:.3g} between the nearest neighbours and "
                f"{rise(scales) * scales[0].value:.3g} farther out{read}"
            )
        )
    if answered.held is not None:
        found.append(
            findings.HELD.found(
                f"{answered.held:.3g} was held to {answered.estimate.value:.0f}, the dimension of "
                "the flat (or sphere) that holds all points"
            )
        )
    if plateau is None and scales:
        found.append(
            findings.NO_PLATEAU.found(
                "the dimension changes with the scale throughout; see the table by scale"
            )
        )
    return found


def _local(survey: Survey) -> tuple[Array, Array]:
    """Pointwise dimension, (k − 2) / Σ log(r_k/r_j), and the rows of the search it is for."""
    k = min(LOCAL, survey.logs.shape[1])
    if k < 3:
        return np.empty(0), np.empty(0, dtype=np.int64)
    total = (survey.logs[:, k - 1 : k] - survey.logs[:, : k - 1]).sum(axis=1)
    usable = total > 0
    return (k - 2) / total[usable], survey.rows[usable]
