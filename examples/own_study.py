"""A study of your own: a grid of small experiments, what is read off it, and what theory says.

Run it in any folder: python own_study.py. The studies that come with Lawcast: lawcast studies.
"""

from collections.abc import Mapping

import numpy as np

import lawcast as lc
from lawcast.lab.expecting import foretold
from lawcast.lab.slopes import read_slopes
from lawcast.lab.study import Config, Streams


def measure(config: Config, streams: Streams) -> Mapping[str, float]:
    """The nearest of D points on a circle answers for a smooth target."""
    # the same target for all sizes of a seed, fresh points in every cell
    phase = streams.rng("target", "seed").uniform(0, 2 * np.pi)
    rng = streams.rng("points")
    train, test = np.sort(rng.uniform(size=int(config["samples"]))), rng.uniform(size=20_000)
    after = np.searchsorted(train, test) % train.size
    gap = np.abs(test[:, None] - train[np.stack([after - 1, after], axis=1)])
    pick = np.argmin(np.minimum(gap, 1 - gap), axis=1)
    nearest = train[np.where(pick == 0, after - 1, after)]
    error = np.sin(2 * np.pi * test + phase) - np.sin(2 * np.pi * nearest + phase)
    return {"l1": float(np.mean(np.abs(error))), "l2": float(np.mean(error**2))}


def read(columns):
    """Exponents with intervals from seeds, beside what the rules foretell."""

    def expect(at):
        return foretold(0.05, loss=at["loss"], approximator="1-nn", dimension=1)

    return read_slopes(columns, size="samples", losses=("l1", "l2"), by=(), expect=expect)


SIZES = (256, 512, 1024, 2048, 4096)
CIRCLE = lc.Study(
    name="circle",
    title="the nearest neighbour on a circle",
    question="Is the exponent q/d in the loss |f - F|^q?",
    source="Bahri et al. 2102.06701, section 2.2",
    axes=(
        lc.Axis("samples", "samples", "training points", SIZES, SIZES, SIZES),
        lc.Axis("seeds", "seed", "repeats", (0, 1, 2, 3), (0, 1, 2, 3), (0, 1, 2, 3)),
    ),
    size="samples",
    losses=("l1", "l2"),
    measure=measure,
    read=read,
    curve=(),
)

if __name__ == "__main__":
    print(lc.run_study(CIRCLE, workers=1, rng=0).summary())
