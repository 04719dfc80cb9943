"""Noise in the inputs: once it is thicker than the distance between points, it is the data."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from lawcast._errors import ArgumentError
from lawcast._values import Array
from lawcast.lab.expecting import foretold
from lawcast.lab.learners.neighbours import nearest_neighbour
from lawcast.lab.reading import Reading
from lawcast.lab.slopes import OCTAVES, Expected, read_slopes
from lawcast.lab.studies import axes
from lawcast.lab.study import Axis, Columns, Config, Streams, Study, Value
from lawcast.lab.worlds.checks import check_positive
from lawcast.lab.worlds.manifolds import Torus
from lawcast.lab.worlds.spaces import Euclidean
from lawcast.lab.worlds.targets import Waves

SOURCE = "Bahri et al. 2021, figure of noisy CIFAR-10"
THICK = 4.0
"""Noise fills the space when it is this many mean distances between clean neighbours or more."""

BY = ("dimension", "ambient", "thickness")
_TESTS = 4096
_WAVES = 8
_TARGETS = 4  # of each cell; they share the search


def cells(values: Mapping[str, tuple[Value, ...]]) -> Iterator[Config]:
    """The product of the axes, where the torus fits into its space."""
    for d in values["dimensions"]:
        for ambient in values["ambients"]:
            if int(ambient) < 2 * int(d):
                raise ArgumentError(
                    f"a flat torus of dimension {d} needs {2 * int(d)} coordinates, "
                    f"and ambients has {ambient}"
                )
            for thickness in values["thicknesses"]:
                for n in values["samples"]:
                    for seed in values["seeds"]:
                        yield {
                            "dimension": d,
                            "ambient": ambient,
                            "thickness": thickness,
                            "samples": n,
                            "seed": seed,
                        }


def measure(config: Config, streams: Streams) -> Mapping[str, float]:
    """1-NN among noisy inputs; targets are functions of the noisy input."""
    d, columns, n = (int(config[name]) for name in ("dimension", "ambient", "samples"))
    rng = streams.rng("target", "dimension", "ambient", "seed")
    frame = np.linalg.qr(rng.standard_normal((columns, 2 * d)))[0]
    targets = [_target(columns, rng) for _ in range(_TARGETS)]
    rng = streams.rng("points", "dimension", "ambient", "samples", "seed")

    def draw(count: int) -> Array:
        clean = 2 * math.pi * Torus(d).embed(Torus(d).sample(count, rng)) @ frame.T
        return np.asarray(
            clean + float(config["thickness"]) * rng.standard_normal((count, columns))
        )

    train, tests = draw(n), draw(_TESTS)
    space = Euclidean(columns)
    near = space.neighbours(train, tests, 1)
    known, truth = (np.stack([f(points) for f in targets], axis=1) for points in (train, tests))
    residual = nearest_neighbour(space, train, known, tests, near=near) - truth
    return {
        "l2": float((residual**2).mean()),
        "l1": float(np.abs(residual).mean()),
        "distance": float(near.distances.mean()),
    }


def _target(columns: int, rng: np.random.Generator) -> Waves:
    """Plane waves of the whole space: along the torus and across it alike."""
    frequencies = rng.standard_normal((_WAVES, columns))
    frequencies *= 2 / np.linalg.norm(frequencies, axis=1, keepdims=True)
    phases = rng.uniform(0, 2 * math.pi, _WAVES)
    return Waves(frequencies, phases, np.full(_WAVES, math.sqrt(2 / _WAVES)))


def clean_distance(samples: float, dimension: int) -> float:
    """Mean distance to the nearest of so many points on the torus of unit circles."""
    d = dimension
    ball = math.pi ** (d / 2) / math.gamma(d / 2 + 1)
    density = samples / (2 * math.pi) ** d
    distance: float = math.gamma(1 + 1 / d) * (ball * density) ** (-1 / d)
    return distance


def read(columns: Columns) -> list[Reading]:
    """The exponent at large sizes, and what it was at small ones."""
    sizes = np.asarray(columns["samples"], dtype=float)
    middle = float(sizes.max()) / 2 ** (OCTAVES / 2)

    def expect(at: Mapping[str, Any]) -> Expected:
        return expected(at, middle)

    found = read_slopes(columns, size="samples", losses=("l2", "l1"), by=BY, expect=expect)
    early = sizes <= sizes.min() * 2**OCTAVES
    if not early.all():
        first = {name: column[early] for name, column in columns.items()}
        found += read_slopes(
            first,
            size="samples",
            losses=("l2",),
            by=BY,
            name="alpha at small sizes",
            expect=lambda at: None,
        )
    return found


def expected(at: Mapping[str, Any], samples: float) -> Expected:
    """That of d without noise, of the whole space under thick noise, between them else."""
    d, ambient, thickness = at["dimension"], at["ambient"], at["thickness"]
    premises = {"loss": at["loss"], "approximator": "piecewise-constant", "dimension": d}
    if thickness == 0:
        return foretold(**premises)
    if thickness >= THICK * clean_distance(samples, d):
        told = foretold(0.1, noise="input", ambient=ambient, **premises)
        return replace(told, basis=f"{at['loss'][1:]}/{ambient}, the whole space")
    free = foretold(**premises)
    return Expected(free.value, free.basis, SOURCE, "<=")


STUDY = Study(
    name="input-noise",
    title="noise in the inputs",
    question="Does noise in the inputs change the exponent of the data?",
    source=SOURCE,
    axes=(
        axes.dimensions((2,), (2,), (1, 2, 3), why="it is made for thin tori in a wide space"),
        Axis(
            "ambients",
            "ambient",
            "coordinates of the space around the torus",
            (10,),
            (10,),
            (10,),
            axes.whole("the number of coordinates", 2, 256),
        ),
        Axis(
            "thicknesses",
            "thickness",
            "standard deviation of the noise of each coordinate; circles have radius 1",
            (0.0, 0.03, 0.1, 0.3),
            (0.0, 0.03, 0.1, 0.3),
            (0.0, 0.01, 0.03, 0.1, 0.3),
            lambda value: check_positive(value, "a thickness of noise", zero=True),
        ),
        axes.samples(axes.doubling(6, 13), axes.doubling(6, 15), axes.doubling(6, 18)),
        axes.seeds(4, 8, 8),
    ),
    size="samples",
    losses=("l2", "l1"),
    measured=("distance",),
    measure=measure,
    read=read,
    curve=BY,
    cells=cells,
    seconds={"quick": 2.0, "standard": 7.0},
    notes=(
        "A flat torus of unit circles is turned at random into the space.",
        "The targets are functions of the noisy input, so that no floor is added.",
        f"Noise counts as thick from {THICK:g} clean distances between neighbours on, "
        "in the middle of the sizes read.",
    ),
)
