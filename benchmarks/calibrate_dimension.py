"""Make the table by which angles are turned into a dimension: run once, shipped with the package.

The mean skewness of the simplices of 16 neighbours (lawcast/geometry/simplices.py) in a uniform
sample of n points of the unit d-ball, for a grid of n and d. No sample of n points is drawn: seen
from a point at distance ρ from the centre its neighbours lie at distances F⁻¹(U), U the smallest of
n − 1 uniform numbers, in directions that are uniform among those that stay inside the ball.

    python benchmarks/calibrate_dimension.py                  # prints and writes the table
    python benchmarks/calibrate_dimension.py --check 2500     # beside samples really drawn
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from pathlib import Path

import numpy as np
import scipy
from scipy.special import betainc, betaincinv

import lawcast
from lawcast._values import Array
from lawcast.geometry.ball import lens
from lawcast.geometry.simplices import NEIGHBOURS, skewness

COUNTS = [20, 30, 50, 100, 200, 500, 1000, 2500, 5000, 10_000, 30_000, 100_000, 1_000_000, 10**7]
DIMENSIONS = [1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 22, 30, 40, 55, 75, 100, 140, 200, 300]
SHELLS = 50
QUERIES = 400  # for each shell
TABLE = Path(lawcast.__file__).parent / "data" / "dimension_angles.json"


def neighbours_in_ball(rho: float, d: int, n: int, m: int, rng: np.random.Generator) -> Array:
    """m independent sets of the k nearest of n − 1 points, seen from radius rho: (m, k, d)."""
    steps = rng.standard_exponential((m, NEIGHBOURS)).cumsum(axis=1)
    shares = steps / (steps[:, -1:] + rng.standard_gamma(n - NEIGHBOURS, (m, 1)))
    radii, inside = lens(rho, float(d), float(np.log(shares.min())))
    distance = np.exp(np.interp(np.log(shares), inside, radii))
    highest = np.clip((1 - rho**2 - distance**2) / (2 * rho * distance), -1, 1)
    a = (d - 1) / 2
    cosine = 2 * betaincinv(a, a, rng.random(distance.shape) * betainc(a, a, (1 + highest) / 2)) - 1
    sideways = rng.standard_normal((m, NEIGHBOURS, d - 1))
    sideways *= np.sqrt(1 - cosine**2)[..., None] / np.linalg.norm(sideways, axis=2, keepdims=True)
    return distance[..., None] * np.concatenate([cosine[..., None], sideways], axis=2)


def mean_skewness(d: int, n: int, rng: np.random.Generator) -> float:
    """Over the whole ball, by shells of equal volume."""
    if d == 1:
        return 0.0
    return float(
        np.mean(
            [
                skewness(neighbours_in_ball(u ** (1 / d), d, n, QUERIES, rng)).mean()
                for u in (np.arange(SHELLS) + 0.5) / SHELLS
            ]
        )
    )


def drawn_skewness(d: int, n: int, rng: np.random.Generator) -> float:
    """The same from samples that are really drawn, for the check."""
    from lawcast.geometry.neighbours import find_neighbours
    from lawcast.geometry.points import Points

    values = []
    for _ in range(8):
        X = rng.standard_normal((n, d))
        X *= rng.random((n, 1)) ** (1 / d) / np.linalg.norm(X, axis=1, keepdims=True)
        found = find_neighbours(Points.from_array(X), NEIGHBOURS)
        values.append(skewness(X[found.indices]).mean())
    return float(np.mean(values))


def main() -> None:
    """Print the table and write it, or check it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", type=int, metavar="N", help="compare with samples of N points")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    print(f"python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}")
    print(f"{platform.machine()}, {platform.system()}; seed {args.seed}")
    rng = np.random.default_rng(args.seed)
    if args.check:
        for d in (2, 5, 10, 20, 40, 100):
            ours, drawn = mean_skewness(d, args.check, rng), drawn_skewness(d, args.check, rng)
            ratio = (1 - ours) / (1 - drawn)
            print(f"d {d:3d}  computed {ours:.5f}  drawn {drawn:.5f}  1 - s: {ratio:.4f}")
        return
    begun = time.process_time()
    rows = []
    for n in COUNTS:
        rows.append([round(mean_skewness(d, n, rng), 6) for d in DIMENSIONS])
        print(f"n {n:9,d}", *(f"{value:.4f}" for value in rows[-1]), flush=True)
    table = {
        "what": "mean skewness of simplices of k neighbours among n points uniform in the d-ball",
        "made_by": "benchmarks/calibrate_dimension.py",
        "neighbours": NEIGHBOURS,
        "queries": SHELLS * QUERIES,
        "seed": args.seed,
        "counts": COUNTS,
        "dimensions": DIMENSIONS,
        "skewness": rows,
    }
    TABLE.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    print(f"{TABLE.name} written; {time.process_time() - begun:.0f} CPU s", file=sys.stderr)


if __name__ == "__main__":
    main()
