"""One set of points to its dimension: survey, estimates, scales, interval, verdict."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from lawcast._errors import Finding, FitRefused, worst_first
from lawcast._values import Array, Estimate, Interval, Status
from lawcast.geometry import findings
from lawcast.geometry.adequacy import judge, rises
from lawcast.geometry.combination import Combination, combine, used_ranks, without_boundary
from lawcast.geometry.estimators import DEFAULT, ESTIMATORS, Estimator, Means, Reading
from lawcast.geometry.options import Options
from lawcast.geometry.points import Points
from lawcast.geometry.result import Adequacy, Dimension, Plateau, Sample, Scale
from lawcast.geometry.scales import find_plateau, measure_scales, noisy_start
from lawcast.geometry.subsampling import HalfSamples, draw_halves
from lawcast.geometry.survey import EXACT_BELOW, NEIGHBOURS, QUERIES, Survey, take_survey
from lawcast.geometry.uncertainty import Doubts, doubt, ends, read_signs

LOCAL = 20
"""Neighbours of the pointwise dimension."""

_TIED = 0.05
_NOISE_SHAPE = 0.05


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
    default = options.method.name == DEFAULT
    survey = _survey(points, options, everything=default)
    found = list(noted) + _of_survey(survey)
    _refuse_nothing(survey, found)
    wanted = ESTIMATORS if default else (options.method,)
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
    estimates = {
        estimator.name: _estimate(estimator, reading, halves, options.level)
        for estimator in wanted
        if estimator.ranks <= survey.logs.shape[1] or estimator.of_means is not None
    }
    scales = measure_scales(survey) if default else ()
    plateau = find_plateau(scales)
    verdict: Adequacy | None = None
    if default:
        estimates[DEFAULT], verdict, noisy = _answer(
            survey, halves, scales, plateau, estimates, options
        )
        found += _of_answer(verdict, scales, plateau, noisy)
    answer = estimates[options.method.name]
    local, rows = _local(survey)
    return Dimension(
        value=answer.value,
        interval=answer.interval,
        status=_status(answer, verdict),
        method=options.method.name,
        estimates=estimates,
        scales=scales,
        plateau=plateau,
        adequacy=verdict,
        findings=tuple(worst_first(found)),
        sample=_sample(points, survey, options),
        level=options.level,
        draws=0 if halves is None else len(halves.logs),
        local=local,
        local_rows=points.source_rows(survey.neighbours.queries[rows]),
    )


def _survey(points: Points, options: Options, *, everything: bool) -> Survey:
    count = points.count
    asked = options.queries
    if asked is None:
        asked = QUERIES if count >= EXACT_BELOW else count
    queries = None
    if asked < count:
        queries = np.sort(options.rng.permutation(count)[:asked])
    return take_survey(
        points,
        min(NEIGHBOURS if everything else max(options.method.ranks, 2), count - 1),
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


def _refuse_nothing(survey: Survey, found: list[Finding]) -> None:
    """Refuse where no two ranks differ in distance."""
    if len(survey.rows) >= 2 and survey.means[-1] > survey.means[0]:
        return
    if len(survey.rows) < 2:
        why = "nearly every point coincides with another in this metric, at distance 0"
        fix = "pass other coordinates, or another metric="
    else:
        why = "all neighbours of every point are at one and the same distance"
        fix = "a dimension needs distances that differ: is the data one-hot or a regular lattice?"
    text = f"no dimension can be read: {why}"
    raise FitRefused(text, worst_first([*found, findings.NOTHING.found(text, fix=fix)]))


def _halves(survey: Survey, options: Options) -> HalfSamples | None:
    """Half-samples with the ranks that the method reads, where lists of neighbours reach so far."""
    if options.draws == 0 or options.method.of_means is None:
        return None
    # as many ranks as the default reads of so small a sample, and more where a method needs them
    k = max(len(used_ranks(survey.count // 2)), options.method.least)
    k = min(k, survey.count // 2 - 1)
    drawn = draw_halves(survey, k, options.draws, options.rng, options.progress)
    return drawn if len(drawn.logs) >= options.draws / 2 else None


def _estimate(
    estimator: Estimator, reading: Reading, halves: HalfSamples | None, level: float
) -> Estimate:
    """An estimate, with an interval for its sampling error where half-samples can give one."""
    survey = reading.survey
    if estimator.of_survey is not None:
        return Estimate(estimator.of_survey(reading))
    assert estimator.of_means is not None
    skewness = survey.skewness.mean() if len(survey.skewness) > 0 else None
    value = float(estimator.of_means(Means(survey.means, skewness, survey.count, len(survey.rows))))
    spread = _spread(estimator, halves)
    if spread is None or not math.isfinite(value):
        return Estimate(value)
    half = NormalDist().inv_cdf((1 + level) / 2) * spread
    return Estimate(
        value,
        Interval(value * math.exp(-half), value * math.exp(half), level, "half-samples, sampling"),
    )


def _spread(estimator: Estimator, halves: HalfSamples | None) -> float | None:
    """Standard deviation of log d over half-samples; None where they do not reach."""
    if halves is None or estimator.of_means is None:
        return None
    if estimator.least > halves.logs.shape[1]:
        return None
    means = Means(halves.logs, halves.skewness, halves.count, halves.queries)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(estimator.of_means(means))
    logs = logs[np.isfinite(logs)]
    return float(logs.std(ddof=1)) if len(logs) >= 2 else None


def _answer(
    survey: Survey,
    halves: HalfSamples | None,
    scales: tuple[Scale, ...],
    plateau: Plateau | None,
    estimates: dict[str, Estimate],
    options: Options,
) -> tuple[Estimate, Adequacy, bool]:
    """The default answer with its interval, the verdict, and whether small scales are noise."""
    ranks = used_ranks(survey.count)
    skewness = survey.skewness.mean() if len(survey.skewness) > 0 else None
    combined = combine(survey.means[: len(ranks)], skewness, survey.count, len(survey.rows))
    signs = read_signs(survey, combined, len(ranks))
    combined = without_boundary(combined, signs.closed)
    sampling = 0.0
    if halves is not None:
        sampling = _spread(ESTIMATORS[0], halves) or 0.0
    noisy = noisy_start(scales, plateau)
    if noisy:
        assert plateau is not None
        combined = _at(math.log(plateau.value), combined)
        run = scales[plateau.first : plateau.last + 1]
        sampling = math.hypot(_NOISE_SHAPE, max(scale.error / scale.value for scale in run))
    value = math.exp(float(combined.value)) if np.isfinite(combined.value) else math.inf
    interval = None
    if math.isfinite(value):
        doubts = doubt(combined, signs, sampling)
        low, high = ends(float(combined.value), doubts, options.level)
        if halves is not None:
            made = "half-samples; shape, bend and unevenness by their signs"
            interval = Interval(low, high, options.level, made)
    else:
        doubts = Doubts(sampling, 0.0, 0.0, 0.0, 0.0)
        low, high = estimates["twonn-ml"].value, math.inf
    verdict = judge(
        value,
        low,
        high,
        twonn=estimates["twonn-ml"].value,
        extrapolated=estimates["extrapolated"].value,
        count=survey.count,
        signs=signs,
        doubts=doubts,
    )
    return Estimate(value, interval), verdict, noisy


def _at(value: float, combined: Combination) -> Combination:
    """The combination, moved to another answer that angles have no part in."""
    there, none = np.array(value), np.array(0.0)
    return Combination(there, combined.distances, there, there, none, none)


def _status(answer: Estimate, verdict: Adequacy | None) -> Status:
    if not math.isfinite(answer.value):
        text = "no finite dimension fits" if verdict is None else verdict.text
        return Status("unbounded", text, ok=False)
    if verdict is not None and not verdict.ok:
        return Status("inadequate", verdict.text, ok=False)
    return Status("measured", "a dimension was measured", ok=True)


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
    if len(survey.rows):
        tied = float(np.mean(survey.logs[:, 0] == survey.logs[:, 1]))
        if tied > _TIED:
            found.append(
                findings.TIED.found(
                    f"{tied:.0%} of the points have their two nearest neighbours at the same "
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


def _of_answer(
    verdict: Adequacy, scales: tuple[Scale, ...], plateau: Plateau | None, noisy: bool
) -> list[Finding]:
    found = []
    if not verdict.ok:
        found.append(findings.NOT_ADEQUATE.found(verdict.text))
    if noisy and plateau is not None:
        found.append(
            findings.NOISY.found(
                f"the dimension falls from {scales[0].value:.3g} between the nearest neighbours to "
                f"{plateau.value:.3g} from neighbour {scales[plateau.first].low} on"
            )
        )
    elif rises(scales):
        found.append(
            findings.RISING.found(
                f"the dimension is {scales[0].value:.3g} between the nearest neighbours and "
                f"{max(scale.value for scale in scales):.3g} farther out"
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


def _sample(points: Points, survey: Survey, options: Options) -> Sample:
    box = () if options.box is None else tuple(np.atleast_1d(options.box).astype(float).tolist())
    return Sample(
        name=points.name,
        rows_read=points.rows_read,
        count=points.count,
        width=points.width,
        dtype=points.dtype,
        queries=len(survey.neighbours.queries),
        metric=options.metric,
        engine=options.engine,
        precision=options.precision,
        box=box,
        seed=options.seed,
    )
