"""What a free limit costs: the exponent's spread with the limit known, fitted and ignored.

    python benchmarks/price_of_limit.py                  # the table of the docs
    python benchmarks/price_of_limit.py --draws 20000    # the same with less noise of its own

Each row is a simulated design: a power law above a limit at ten sizes, evenly spaced in their
logarithm, with independent noise of 2 % of the loss. It is fitted three ways, and the quantiles of
the estimates are printed. Ranges, exponents and noise are those of claim 34 ("a free limit costs
nothing in precision", which fails); ``lawcast paired-limit`` prints the same at your own design.
"""

# ruff: noqa: E402
from __future__ import annotations

import os

# before numpy is imported
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import platform
import time
from dataclasses import dataclass

import numpy as np
import scipy
from machine import machine

import lawcast as lc
from lawcast._tables import Table, bracket

SIZES = 10
NOISE = 0.02


@dataclass(frozen=True)
class Design:
    """One simulated design.

    Args:
        exponent: the true one.
        decades: between the smallest size and the largest.
        floor_share: limit over the loss at the smallest size.
    """

    exponent: float
    decades: float
    floor_share: float


DESIGNS = (
    Design(0.3, 1.5, 0.145),  # the two of claim 34
    Design(0.1, 3.0, 0.63),
    Design(0.3, 3.0, 0.145),  # twice the range
    Design(0.3, 1.5, 0.63),  # a large limit
)


def row(design: Design, draws: int, seed: int, level: float) -> tuple[str, ...]:
    """The design and its three spreads as text."""
    x = np.geomspace(1.0, 10.0**design.decades, SIZES)
    price = lc.price_of_limit(
        x, design.exponent, design.floor_share, NOISE, level=level, draws=draws, rng=seed
    )
    ends = {way: price[way].estimate.interval for way in ("known", "free")}
    assert ends["known"] is not None  # a simulated spread has ends
    assert ends["free"] is not None
    return (
        f"{design.exponent:g}",
        f"{design.decades:g}",
        f"{100 * design.floor_share:.3g} %",
        bracket(ends["known"].low, ends["known"].high, 3),
        bracket(ends["free"].low, ends["free"].high, 3),
        f"{price['free'].mean:.3f}",
        f"{price['none'].estimate.value:.3f}",
        f"{price.times_wider:.1f}",
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--draws", type=int, default=4000, help="simulated data sets a design")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--level", type=float, default=0.9)
    args = parser.parse_args()
    start = time.process_time()
    rows = tuple(row(design, args.draws, args.seed, args.level) for design in DESIGNS)
    seconds = time.process_time() - start
    print(
        f"lawcast {lc.__version__}, numpy {np.__version__}, scipy {scipy.__version__}, "
        f"Python {platform.python_version()}\n{machine()}; one thread; seed {args.seed}; "
        f"{args.draws} draws a design, {seconds:.1f} CPU seconds\n"
        f"{SIZES} sizes, noise {100 * NOISE:g} % of the loss; intervals hold "
        f"{100 * args.level:g} % of the estimates\n"
    )
    columns = ("true", "decades", "limit", "known", "fitted", "mean", "ignored", "wider")
    print(Table(columns, rows).text())
    print(
        "\nlimit: of the loss at the smallest size. known, fitted: interval of the exponent with\n"
        "the limit known and fitted; mean: of the fitted ones; ignored: median with nothing\n"
        "subtracted; wider: width of fitted over known."
    )


if __name__ == "__main__":
    main()
