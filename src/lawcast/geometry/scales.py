"""The dimension at every scale, and where it stays the same.

Between the a-th and the b-th neighbour, d (log r_b − log r_a) has mean ψ(b) − ψ(a) wherever the
density is flat, so each pair of ranks gives a dimension of its own at its own radius (Denti, Doimo,
Laio & Mira 2022, by the mean instead of the likelihood). Doubling ranks make the scales.
"""

from __future__ import annotations

import math

import numpy as np

from lawcast._values import Array
from lawcast.geometry.calibration import calibrate, steps
from lawcast.geometry.result import Plateau, Scale
from lawcast.geometry.survey import Survey

OVERLAP = 1.5
"""Neighbourhoods share points, so a mean over m of them varies like one over m/1.5: measured on
uniform samples, where half-samples and repeated samples agree with it."""

_FLAT = math.log(1.1)
_FEWEST = 3  # octaves of rank that make a plateau
_FALL = math.log(1.2)


def measure_scales(survey: Survey) -> tuple[Scale, ...]:
    """The dimension at ranks 1→2, 2→4, … to n/4, small scales first."""
    ranks = [1]
    while 2 * ranks[-1] <= survey.logs.shape[1]:
        ranks.append(2 * ranks[-1])
    found = _scales(tuple(ranks), survey.logs[:, np.array(ranks) - 1], survey.count)
    if survey.far is not None:
        found += _scales(survey.far.ranks, survey.far.logs, survey.count)
    return found


def _scales(ranks: tuple[int, ...], logs: Array, count: int) -> tuple[Scale, ...]:
    """One scale for each two neighbouring ranks, from (m, ranks) log distances."""
    if len(ranks) < 2:
        return ()
    means = logs.mean(axis=0)
    values = calibrate(steps(ranks), means, count)
    naive = steps(ranks).naive(means)
    gaps = np.diff(logs, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = math.sqrt(OVERLAP / len(logs)) * gaps.std(axis=0) / gaps.mean(axis=0)
    return tuple(
        Scale(
            low=ranks[i],
            high=ranks[i + 1],
            radius=float(np.exp((means[i] + means[i + 1]) / 2)),
            naive=float(naive[i]),
            value=float(values[i]),
            error=float(values[i] * relative[i]),
            points=len(logs),
        )
        for i in range(len(ranks) - 1)
    )


def find_plateau(scales: tuple[Scale, ...]) -> Plateau | None:
    """The first three or more octaves of rank whose dimensions agree within 10 % and two errors."""
    usable = [_usable(scale) for scale in scales]
    for first in range(len(scales) - _FEWEST + 1):
        last = first
        while last + 1 < len(scales):
            longer = slice(first, last + 2)
            if not all(usable[longer]) or not _flat(scales[longer]):
                break
            last += 1
        if usable[first] and last - first + 1 >= _FEWEST:
            run = scales[first : last + 1]
            weights = np.array([1 / max(_relative(scale), 0.02) ** 2 for scale in run])
            logs = np.log([scale.value for scale in run])
            return Plateau(first, last, float(np.exp(np.average(logs, weights=weights))))
    return None


def _usable(scale: Scale) -> bool:
    return math.isfinite(scale.value) and scale.value > 0


def _relative(scale: Scale) -> float:
    return scale.error / scale.value


def _flat(run: tuple[Scale, ...]) -> bool:
    """Whether all values agree, two by two."""
    for i, one in enumerate(run):
        for other in run[i + 1 :]:
            slack = 2 * math.hypot(_relative(one), _relative(other))
            if abs(math.log(one.value / other.value)) > _FLAT + slack:
                return False
    return True


def settled(scales: tuple[Scale, ...], plateau: Plateau | None) -> Plateau | None:
    """Where the dimension settles after a fall from small scales, as it does under noise.

    Noise fills all D directions, so the scales that it reaches show too high a dimension, which
    then settles at that of the manifold: on a plateau, or, after a fall by half or more, on the
    last two octaves alone. A fall that goes on to the largest scale settles nowhere: uneven density
    has such a one.
    """
    if plateau is None and len(scales) > 2 and _flat(scales[-2:]):
        value = math.sqrt(scales[-2].value * scales[-1].value)
        if value <= 0.5 * scales[0].value:
            plateau = Plateau(len(scales) - 2, len(scales) - 1, value)
    if plateau is None or plateau.first == 0:
        return None
    before = [scale.value for scale in scales[: plateau.first]]
    fell = math.log(before[0] / plateau.value) > _FALL and min(before) > plateau.value
    return plateau if fell else None


def fall(scales: tuple[Scale, ...]) -> float:
    """The dimension at the smallest scale over the lowest at any; 1 where none is lower."""
    values = usable_values(scales)
    return values[0] / min(values) if values and math.isfinite(scales[0].value) else 1.0


def rise(scales: tuple[Scale, ...]) -> float:
    """The highest dimension at any scale over that at the smallest; 1 where none is higher."""
    values = usable_values(scales)
    return max(values) / values[0] if values and math.isfinite(scales[0].value) else 1.0


def usable_values(scales: tuple[Scale, ...]) -> list[float]:
    """The dimensions that are finite and above 0, small scales first."""
    return [scale.value for scale in scales if _usable(scale)]
