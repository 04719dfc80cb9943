"""The estimators, each declared once: name, formula, source and what it reads of the survey.

Most read nothing but mean log distances (and the mean skewness of simplices): they also measure
half-samples, which gives their intervals. The others read the survey itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import digamma

from lawcast._errors import UnknownNameError
from lawcast._values import Array
from lawcast.geometry import combination
from lawcast.geometry.calibration import Statistics, calibrate, calibrate_angles, pooled, steps
from lawcast.geometry.counting import count_within
from lawcast.geometry.points import Points
from lawcast.geometry.simplices import NEIGHBOURS as ANGLE_NEIGHBOURS
from lawcast.geometry.survey import Means, Survey

DEFAULT = "combined"

BINARY = "bid"
"""The estimator for Hamming distances, and the default there."""


@dataclass(frozen=True, eq=False)
class Reading:
    """What an estimator of the survey reads: the survey, its points and how to count again."""

    survey: Survey
    points: Points
    metric: str
    box: float | Array | None
    precision: str
    memory: int
    threads: int | None


@dataclass(frozen=True)
class Estimator:
    """A way to estimate the dimension.

    Args:
        name: how it is asked for.
        title: a few words.
        formula: what it computes.
        source: where it comes from.
        ranks: neighbours of each point that it needs.
        reads: mean log distances that ``of_means`` reads at least; as many as ranks unless said.
        angles: whether it reads angles too.
        metric: the one metric that it is for; None for all. Such a one has a search of its own.
        of_means: (...,) dimensions from means, or None.
        of_survey: the dimension from the survey, or None.
    """

    name: str
    title: str
    formula: str
    source: str
    ranks: int
    reads: int | None = None
    angles: bool = False
    metric: str | None = None
    of_means: Callable[[Means], Array] | None = None
    of_survey: Callable[[Reading], float] | None = None

    @property
    def least(self) -> int:
        """Mean log distances without which ``of_means`` has nothing to say."""
        return self.ranks if self.reads is None else self.reads


def _combined(means: Means) -> Array:
    logs = means.logs[..., : len(combination.used_ranks(means.count))]
    value: Array = np.exp(
        combination.combine(logs, means.skewness, means.count, means.queries).value
    )
    return value


def _extrapolated(means: Means) -> Array:
    logs = means.logs[..., : len(combination.used_ranks(means.count))]
    found = combination.combine(logs, None, means.count, means.queries)
    value: Array = np.exp(found.extrapolated)
    return value


def _angles(means: Means) -> Array:
    if means.skewness is None:
        return np.full(means.logs.shape[:-1], np.nan)
    value: Array = np.vectorize(calibrate_angles, otypes=[float])(means.skewness, means.count)
    return value


def _twonn_likelihood(means: Means) -> Array:
    # (m − 1)/Σ instead of m/Σ takes out the bias of the reciprocal
    share = (means.queries - 1) / means.queries
    value: Array = share * steps((1, 2)).naive(means.logs[..., :2])[..., 0]
    return value


def _twonn_calibrated(means: Means) -> Array:
    value: Array = calibrate(steps((1, 2)), means.logs[..., :2], means.count)[..., 0]
    return value


_K = 20


def _pooled(means: Means) -> tuple[Statistics, Array]:
    k = min(_K, means.logs.shape[-1])
    whole = pooled(tuple(range(1, k + 1)))
    return Statistics(whole.ranks, whole.weights[-1:]), means.logs[..., :k]


def _mle(means: Means) -> Array:
    statistics, logs = _pooled(means)
    terms = means.queries * (len(statistics.ranks) - 1)
    # Σ_{j<k} log(r_k/r_j) is Gamma(k − 1)/d in a flat density, so its mean over k − 1 is 1/d
    value: Array = (terms - 1) / terms / statistics.of(logs)[..., 0]
    return value


def _mle_calibrated(means: Means) -> Array:
    statistics, logs = _pooled(means)
    value: Array = calibrate(statistics, logs, means.count)[..., 0]
    return value


_LADDER = (4, 6, 8, 12, 16, 24, 32)


def _mle_extrapolated(means: Means) -> Array:
    most = means.logs.shape[-1]
    ladder = [k for k in _LADDER if k <= most]
    if len(ladder) < 2:
        return np.full(means.logs.shape[:-1], np.nan)
    each = np.stack(
        [1 / (means.logs[..., k - 1] - means.logs[..., : k - 1].mean(axis=-1)) for k in ladder],
        axis=-1,
    )
    logs = means.logs[..., np.array(ladder) - 1]
    square = np.exp(2 * (logs - logs[..., -1:]))  # in a unit of its own, so that none overflows
    weight = np.array(ladder, dtype=float) - 1
    centre = (weight * square).sum(axis=-1, keepdims=True) / weight.sum()
    level = (weight * each).sum(axis=-1) / weight.sum()
    away = square - centre
    slope = (weight * away * each).sum(axis=-1) / (weight * away**2).sum(axis=-1)
    value: Array = level - slope * centre[..., 0]
    return value


def _twonn_fit(reading: Reading) -> float:
    ratios = np.sort(reading.survey.logs[:, 1] - reading.survey.logs[:, 0])
    used = max(2, int(0.9 * len(ratios)))
    x = ratios[:used]
    y = -np.log1p(-np.arange(1, used + 1) / len(ratios))
    square = float(x @ x)
    return float(x @ y) / square if square > 0 else math.inf


def _gride(low: int) -> Callable[[Reading], float]:
    def measure(reading: Reading) -> float:
        if reading.survey.logs.shape[1] < 2 * low:
            return math.nan
        gaps = reading.survey.logs[:, 2 * low - 1] - reading.survey.logs[:, low - 1]
        return _gride_likelihood(gaps, low)

    return measure


def _gride_likelihood(gaps: Array, low: int) -> float:
    """The d that maximises Σ log f(r_2k/r_k): log μ = gaps, f as in Denti et al., equation 3.

    log f = log d + (k − 1) log(μ^d − 1) − ((2k − 1) d + 1) log μ up to a constant, so the score is
    m/d + Σ log μ ((k − 1) μ^d/(μ^d − 1) − (2k − 1)), which falls with d.
    """
    from scipy.optimize import brentq

    mean = float(gaps.mean())
    if mean <= 0:
        return math.inf
    if low == 1:
        return 1 / mean

    def score(log_d: float) -> float:
        d = math.exp(log_d)
        with np.errstate(divide="ignore", invalid="ignore"):
            pulled = np.where(gaps > 0, gaps / -np.expm1(-d * gaps), 1 / d)
        return float(1 / d + (low - 1) * pulled.mean() - (2 * low - 1) * mean)

    guess = math.log(float(digamma(2 * low) - digamma(low)) / mean)
    return math.exp(brentq(score, guess - 3, guess + 3, xtol=1e-10))


_NEAR, _DISTANT = 10, 20


def _correlation(reading: Reading) -> float:
    survey = reading.survey
    most = survey.logs.shape[1]
    if most < _NEAR + 1:
        return math.nan
    ranks = (_NEAR, min(_DISTANT, most))
    distances = survey.neighbours.distances
    radii = np.array([np.median(distances[:, rank - 1]) for rank in ranks])
    if not 0 < radii[0] < radii[1]:
        return math.nan
    counts = (distances[:, :, None] <= radii).sum(axis=1)
    # where all K neighbours lie within the radius there are more; only those are counted again
    full = np.flatnonzero(distances[:, -1] <= radii[1])
    if len(full) > 0:
        counts[full] = count_within(
            reading.points,
            survey.neighbours.queries[full],
            radii,
            metric=reading.metric,
            box=reading.box,
            precision=reading.precision,
            memory=reading.memory,
            threads=reading.threads,
        )
    near, distant = counts.sum(axis=0)
    return float(np.log(distant / near) / np.log(radii[1] / radii[0]))


_FACCO = "Facco, d'Errico, Rodriguez & Laio 2017, Sci. Rep. 7:12140"
_POOLED = "Levina & Bickel 2004, NIPS; pooled: MacKay & Ghahramani 2005"
_DENTI = "Denti, Doimo, Laio & Mira 2022, Sci. Rep. 12:20005"

ESTIMATORS: tuple[Estimator, ...] = (
    Estimator(
        DEFAULT, "distances and angles combined",
        "extrapolated distances below d = 6, angles above d = 12 where the two agree",
        "docs/dimension.md", combination.RANKS, reads=combination.FEWEST, angles=True,
        of_means=_combined,
    ),
    Estimator(
        "extrapolated", "distances extrapolated",
        "a line in r² through log d of ranks 1→2 … 12→13: at 0 if it rises, else at the first",
        "docs/dimension.md", combination.RANKS, reads=combination.FEWEST, of_means=_extrapolated,
    ),
    Estimator(
        "ess", "expected simplex skewness, calibrated",
        "Σ|u||v| sin(u, v) / Σ|u||v| over pairs among 16 neighbours, on the ball's curve",
        "Johnsson, Soneson & Fontes 2015, IEEE TPAMI 37:196", ANGLE_NEIGHBOURS, reads=0,
        angles=True, of_means=_angles,
    ),
    Estimator(
        "twonn", "TwoNN, line through the origin",
        "−log(1 − F) = d log(r2/r1) on the lowest 90 %",
        _FACCO, 2, of_survey=_twonn_fit,
    ),
    Estimator(
        "twonn-ml", "TwoNN, maximum likelihood",
        "(m − 1) / Σ log(r2/r1)",
        _FACCO, 2, of_means=_twonn_likelihood,
    ),
    Estimator(
        "twonn-calibrated", "TwoNN, calibrated",
        "the d of the uniform ball with the same mean log(r2/r1) at this n",
        f"{_FACCO}; docs/dimension.md", 2, of_means=_twonn_calibrated,
    ),
    Estimator(
        "mle", "pooled maximum likelihood, k = 20",
        "(m (k − 1) − 1) / Σ log(r_k/r_j), j < k",
        _POOLED, _K, of_means=_mle,
    ),
    Estimator(
        "mle-calibrated", "pooled maximum likelihood, calibrated",
        "the d of the uniform ball with the same mean log(r_k/r_j) at this n",
        f"{_POOLED}; docs/dimension.md", _K, of_means=_mle_calibrated,
    ),
    Estimator(
        "mle-extrapolated", "pooled maximum likelihood at radius 0",
        "intercept of d_k against exp(2 mean log r_k), k = 4 … 32, weights √(k − 1)",
        _POOLED, _LADDER[-1], of_means=_mle_extrapolated,
    ),
    *(
        Estimator(
            f"gride-{low}", f"Gride, neighbours {low} and {2 * low}",
            f"maximum likelihood of r_{2 * low}/r_{low}",
            _DENTI, 2 * low, of_survey=_gride(low),
        )
        for low in (1, 2, 4, 8, 16, 32)
    ),
    Estimator(
        "correlation", "correlation dimension",
        "log(C(b)/C(a)) / log(b/a), a and b the median distances to neighbours 10 and 20",
        "Grassberger & Procaccia 1983, Physica D 9:189", _DISTANT, of_survey=_correlation,
    ),
    Estimator(
        BINARY, "binary intrinsic dimension",
        "d0 of P(r) = C 2^(-d(r)) binom(d(r), r), d(r) = d0 + d1 r, at r up to the quantile 0.2",
        "Acevedo, Rodriguez & Laio 2024, arXiv:2411.02126; docs/dimension.md", 0, metric="hamming",
    ),
)  # fmt: skip
"""All estimators; the first is the default, but for Hamming distances."""

METHODS: tuple[str, ...] = tuple(estimator.name for estimator in ESTIMATORS)
"""The names of all."""

GENERAL: tuple[Estimator, ...] = tuple(one for one in ESTIMATORS if one.metric is None)
"""Those that read distances in any metric."""


def estimator_named(name: str) -> Estimator:
    """The estimator of that name.

    Raises:
        UnknownNameError: there is none.
    """
    for estimator in ESTIMATORS:
        if estimator.name == name:
            return estimator
    raise UnknownNameError("estimator", str(name), METHODS)
