"""Interpolators on the flat torus: the chain alpha = q (p + 1) / d, cell by cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lawcast._errors import ArgumentError
from lawcast._values import Array
from lawcast.lab.expecting import foretold
from lawcast.lab.learners.local_polynomial import default_neighbours, local_polynomial
from lawcast.lab.learners.neighbours import nearest_neighbour
from lawcast.lab.losses import find_loss
from lawcast.lab.reading import Reading
from lawcast.lab.slopes import Expected, read_slopes
from lawcast.lab.studies import axes
from lawcast.lab.study import Columns, Config, Streams, Study, Value
from lawcast.lab.worlds.manifolds import Torus
from lawcast.lab.worlds.targets import fourier_target

DEGREES = {"piecewise-constant": 0, "piecewise-linear": 1, "piecewise-quadratic": 2}
"""Approximator -> degree p: the nearest neighbour, and local least squares of degree 1 and 2."""

LOSSES = ("l1", "l2", "l4")

TESTS = 8192
"""Test points of a cell: a mean loss is then known to 1 or 2 %, and to 10 % in L4 at d = 1."""

FINEST = 2**17
"""Points along one direction above which rounding shows in the residual of the quadratic fit."""

CURVE = ("dimension", "approximator")


def interpolate(space: Torus, name: str, train: Array, values: Array, tests: Array) -> Array:
    """Predictions of an approximator of :data:`DEGREES`."""
    degree = DEGREES[name]
    if degree == 0:
        return nearest_neighbour(space, train, values, tests)
    return local_polynomial(space, train, values, tests, degree)


def measure(config: Config, streams: Streams) -> Mapping[str, float]:
    """Mean losses at fresh tests; all approximators of a seed see the same points and target."""
    d, n = int(config["dimension"]), int(config["samples"])
    torus = Torus(d)
    target = fourier_target(d, streams.rng("target", "dimension", "seed"))
    rng = streams.rng("points", "dimension", "samples", "seed")
    train, tests = torus.sample(n, rng), torus.sample(TESTS, rng)
    predicted = interpolate(torus, str(config["approximator"]), train, target(train), tests)
    truth = target(tests)
    return {loss: find_loss(loss).mean(predicted, truth) for loss in LOSSES}


def cells(values: Mapping[str, tuple[Value, ...]]) -> Iterable[Config]:
    """The product of the axes, without sizes at which rounding would show."""
    for dimension in values["dimensions"]:
        d = int(dimension)
        sizes = [int(n) for n in values["samples"] if int(n) <= FINEST**d]
        if not sizes:
            raise ArgumentError(
                f"at d = {d} rounding hides the residual above {FINEST**d:,} points; "
                "give smaller samples"
            )
        for name in values["approximators"]:
            degree = DEGREES[str(name)]
            least = default_neighbours(d, degree) if degree else 1
            if min(sizes) < least:
                raise ArgumentError(
                    f"a {name} fit at d = {d} takes the {least} nearest points, and a cell has "
                    f"{min(sizes)}; give samples of {least} or more"
                )
            for n in sizes:
                for seed in values["seeds"]:
                    yield {"dimension": d, "approximator": name, "samples": n, "seed": seed}


def expect(place: Mapping[str, Any]) -> Expected:
    """The rule of the calculus, with the tolerance that the dimension needs."""
    d, loss = place["dimension"], place["loss"]
    tolerance = 0.1 if loss == "l4" else 0.03 if d <= 3 else 0.08
    return foretold(tolerance, loss=loss, approximator=place["approximator"], dimension=d)


def read(columns: Columns) -> list[Reading]:
    """The exponent of every approximator, dimension and loss."""
    return read_slopes(columns, size="samples", losses=LOSSES, by=CURVE, expect=expect)


STUDY = Study(
    name="interpolation",
    title="interpolators on a torus of known dimension",
    question="Does a fit of degree p have the exponent q(p+1)/d in the loss |f - F|^q?",
    source="Bahri et al. 2102.06701, section 2.2; Sharma & Kaplan 2004.10802, section 2",
    axes=(
        axes.dimensions((1, 2, 3), (1, 2, 3, 4, 5), (1, 2, 3, 4, 5, 6)),
        axes.words("approximators", "approximator", "what is fitted: " + ", ".join(DEGREES),
                   tuple(DEGREES)),
        axes.samples(axes.doubling(11, 15), axes.doubling(11, 17), axes.doubling(9, 20)),
        axes.seeds(4, 6, 8),
    ),
    size="samples",
    losses=LOSSES,
    measure=measure,
    read=read,
    curve=CURVE,
    cells=cells,
    seconds={"quick": 6.0, "standard": 80.0},
    notes=(
        "Targets are random sums of the lowest waves; points and tests are independent and "
        "uniform, distances periodic, so there is no boundary.",
        "Local least squares use enough neighbours for the fourth moment of the error to exist.",
        "Tolerances were set beforehand: 3 % in L1 and L2 up to d = 3 and 8 % above, 10 % in L4. "
        "In many dimensions the spacing D^(-1/d) is not yet far below the wavelengths.",
        f"Sizes of more than {FINEST:,} points along one direction are left out: rounding would "
        "show in the quadratic fit.",
    ),
)  # fmt: skip
"""The study."""
