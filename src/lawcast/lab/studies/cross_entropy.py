"""Cross-entropy: its excess over the entropy has the order of L2, the raw loss tends to a floor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lawcast._values import Array
from lawcast.lab.expecting import foretold
from lawcast.lab.losses import find_loss
from lawcast.lab.reading import Reading
from lawcast.lab.slopes import Expected, read_slopes
from lawcast.lab.studies import axes
from lawcast.lab.studies.interpolation import DEGREES, interpolate
from lawcast.lab.study import Columns, Config, Streams, Study
from lawcast.lab.worlds.manifolds import Torus
from lawcast.lab.worlds.targets import fourier_target

SOURCE = "Sharma & Kaplan 2020 section 2; claims 25 and 26"
CLASSES = 3
BY = ("dimension", "approximator", "probabilities")
LOSSES = ("kl", "excess", "raw")

_APPROXIMATORS = ("piecewise-constant", "piecewise-linear")
_TESTS = 8192


def softmax(logits: Array) -> Array:
    """Probabilities (n, classes) that stay off 0."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def clipped(logits: Array) -> Array:
    """Probabilities (n, classes) that are 0 for every class far below the best one."""
    raised = np.maximum(0.0, 1.0 + logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


LINKS: dict[str, Callable[[Array], Array]] = {"off-zero": softmax, "touching-zero": clipped}
"""Premise about the probabilities -> what makes them out of logits."""


def measure(config: Config, streams: Streams) -> Mapping[str, float]:
    """Losses of interpolated logits; both kinds of probabilities share points and logits."""
    d, n, name = int(config["dimension"]), int(config["samples"]), str(config["approximator"])
    torus = Torus(d)
    rng = streams.rng("target", "dimension", "seed")
    targets = [fourier_target(d, rng) for _ in range(CLASSES)]
    rng = streams.rng("points", "dimension", "samples", "seed")
    train, tests = torus.sample(n, rng), torus.sample(_TESTS, rng)
    known, logits = (np.stack([f(points) for f in targets], axis=1) for points in (train, tests))
    kind = str(config["probabilities"])
    truth = LINKS[kind](logits)
    fitted = LINKS[kind](interpolate(torus, name, train, known, tests))
    if kind == "touching-zero":
        # Where the fit is 0 and the truth is not, the loss is infinite: a fit must keep away from
        # 0 by as much as it may be wrong, which is D^(-(p+1)/d).
        share = n ** (-(DEGREES[name] + 1) / d)
        fitted = (1 - share) * fitted + share / CLASSES
    raw = find_loss("cross-entropy").mean(fitted, truth)
    entropy = find_loss("cross-entropy").mean(truth, truth)
    return {
        "kl": find_loss("kl").mean(fitted, truth),
        "excess": raw - entropy,
        "raw": raw,
        "entropy": entropy,
        "zero": float((truth == 0).any(axis=1).mean()),
    }


def read(columns: Columns) -> list[Reading]:
    """Exponents of the divergence, of cross-entropy minus entropy, and of cross-entropy itself."""
    return read_slopes(columns, size="samples", losses=LOSSES, by=BY, expect=_expected)


def _expected(at: Mapping[str, Any]) -> Expected:
    premises = {name: at[name] for name in BY}
    if at["loss"] == "kl":
        return foretold(loss="kl", **premises)
    floor = "raw" if at["loss"] == "raw" else "subtracted"
    return foretold(loss="cross-entropy", floor=floor, **premises)


STUDY = Study(
    name="cross-entropy",
    title="cross-entropy, its floor and its order",
    question="Does cross-entropy scale as L2, and does it fall to 0?",
    source=SOURCE,
    axes=(
        axes.dimensions((2,), (1, 2, 3), (1, 2, 3, 4)),
        axes.words("approximators", "approximator", "what interpolates the logits", _APPROXIMATORS),
        axes.words(
            "probabilities",
            "probabilities",
            "whether a true probability is 0 somewhere",
            tuple(LINKS),
        ),
        axes.samples(axes.doubling(9, 13), axes.doubling(10, 15), axes.doubling(10, 18), least=16),
        axes.seeds(4, 8, 8),
    ),
    size="samples",
    losses=LOSSES,
    measured=("entropy", "zero"),
    measure=measure,
    read=read,
    curve=BY,
    seconds={"quick": 2.0, "standard": 19.0},
    notes=(
        f"{CLASSES} classes; their logits are smooth, and interpolated from exact values.",
        "kl is summed without cancelling; excess is raw minus the entropy of the same tests.",
        "Where probabilities touch 0 the fit is mixed with D^(-(p+1)/d) of the uniform one.",
    ),
)
