"""Skills learned one by one: the exponent in parameters, and the smaller one in data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lawcast._errors import ArgumentError
from lawcast._values import Array
from lawcast.lab.expecting import foretold
from lawcast.lab.reading import Reading
from lawcast.lab.slopes import Expected, by_seed, curves, read_slopes, reading, slope
from lawcast.lab.studies import axes
from lawcast.lab.study import Axis, Columns, Config, Streams, Study, Value

SOURCE = "Michaud et al. 2303.13506, section 2; Hutter 2102.04074"
BY = ("a", "sightings")
LOSSES = ("data", "expected", "parameters")

_DRAWS = 16  # sets of samples of a cell at most
_SAMPLES = 2**17  # samples of all its sets together, or those of the one set
_SUMMED = 2**16  # skills that are summed one by one; rarer ones are integrated


def measure(config: Config, streams: Streams) -> Mapping[str, float]:
    """What is not learned from n samples, in a draw and on average, and with room for n skills."""
    a, times, n = float(config["a"]), int(config["sightings"]), int(config["samples"])
    rng = streams.rng("samples")
    missed = [
        _missed(rng.zipf(1 + a, n), a, times) for _ in range(max(1, min(_DRAWS, _SAMPLES // n)))
    ]
    return {
        "data": float(np.mean(missed)),
        "expected": expected_loss(n, a, times),
        "parameters": tail(n, a),
    }


def tail(skills: float, a: float) -> float:
    """The frequency of all skills but the first so many: what n parameters leave, exactly."""
    from scipy.special import zeta

    return float(zeta(1 + a, skills + 1) / zeta(1 + a))


def expected_loss(samples: int, a: float, times: int) -> float:
    """The mean over samples of the frequency of skills seen fewer than ``times`` times.

    Σ p_k P(fewer than so many of D draws are k), the first skills summed, the others integrated
    over their rank.
    """
    from scipy.special import bdtr, zeta

    scale = float(zeta(1 + a))

    def missed(rank: Array) -> Array:
        p = rank ** -(1 + a) / scale
        return np.asarray(p * bdtr(times - 1, samples, p))

    head = missed(np.arange(1, _SUMMED + 1, dtype=float)).sum()
    # Beyond `last` a skill is seen with probability below 1e-6, so that all of it is missed.
    last = max(2.0 * _SUMMED, (1e6 * samples / scale) ** (1 / (1 + a)))
    nodes, weights = np.polynomial.legendre.leggauss(64)
    low, high = np.log(_SUMMED + 0.5), np.log(last + 0.5)
    rank = np.exp(low + (high - low) * (nodes + 1) / 2)
    middle = (missed(rank) * rank) @ weights * (high - low) / 2
    return float(head + middle + tail(last, a))


def _missed(drawn: NDArray[np.int64], a: float, times: int) -> float:
    from scipy.special import zeta

    skills, counts = np.unique(drawn, return_counts=True)
    learned = skills[counts >= times].astype(float)
    return float(1.0 - (learned ** -(1 + a)).sum() / zeta(1 + a))


def read(columns: Columns) -> list[Reading]:
    """Both exponents, and the one over the other."""
    found = read_slopes(columns, size="samples", losses=LOSSES, by=BY, expect=_expected)
    tables: list[list[tuple[dict[str, Any], Array, Array]]] = [
        list(curves(columns, BY, "samples", np.asarray(columns[loss], dtype=float)))
        for loss in ("data", "parameters")
    ]
    for (place, sizes, data), (_, _, parameters) in zip(*tables, strict=True):
        ratio = by_seed(slope(sizes, data) / slope(sizes, parameters))
        expected = Expected(1 / (1 + place["a"]), "1/(1+a)", SOURCE)
        found.append(reading("alpha_D / alpha_P", dict(place), ratio, expected))
    return found


def _expected(at: Mapping[str, Any]) -> Expected:
    variable = "parameters" if at["loss"] == "parameters" else "data"
    told = foretold(regime="discrete", variable=variable, a=at["a"])
    return replace(told, basis="a" if variable == "parameters" else "a/(1+a)")


def cells(values: Mapping[str, tuple[Value, ...]]) -> Iterator[Config]:
    """The product of the axes."""
    for a in values["exponents"]:
        for times in values["sightings"]:
            for n in values["samples"]:
                for seed in values["seeds"]:
                    yield {"a": a, "sightings": times, "samples": n, "seed": seed}


def _check_exponent(value: Any) -> Value:
    a = float(axes.positive("the exponent a of the frequencies")(value))
    if not 0.1 <= a <= 4:
        raise ArgumentError(
            f"a runs from 0.1 to 4 here, not {a:g}: below, nearly every sample is a new skill; "
            "above, nearly none is"
        )
    return a


STUDY = Study(
    name="quanta",
    title="skills learned one by one, by frequency",
    question="Is the exponent in data that in parameters, when skills are learned one by one?",
    source=SOURCE,
    axes=(
        Axis(
            "exponents",
            "a",
            "a of the frequencies k^-(1+a) of skills",
            (0.5, 1.0),
            (0.3, 0.5, 1.0, 2.0),
            (0.2, 0.3, 0.5, 1.0, 2.0),
            _check_exponent,
        ),
        Axis(
            "sightings",
            "sightings",
            "how often a skill must be seen to be learned",
            (1,),
            (1, 4),
            (1, 4, 16),
            axes.whole("the number of sightings", 1, 1000),
        ),
        axes.samples(axes.doubling(10, 15), axes.doubling(12, 18), axes.doubling(12, 22)),
        axes.seeds(4, 8, 8),
    ),
    size="samples",
    losses=LOSSES,
    measure=measure,
    read=read,
    curve=BY,
    cells=cells,
    seconds={"quick": 1.0, "standard": 11.0},
    notes=(
        "The size is n: samples in the losses data and expected, skills that fit in parameters.",
        f"data is the mean of up to {_DRAWS} draws of samples; expected is the exact mean.",
        "There is no end to the list of skills; the frequency of the rarest is summed exactly.",
    ),
)
