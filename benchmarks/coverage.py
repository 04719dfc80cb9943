"""Do the intervals keep their promise? Simulated worlds with a known law, fitted from outside.

    python benchmarks/coverage.py                        # runs as units, 60 and 240 runs
    python benchmarks/coverage.py --clusters 6 10 20     # few families with a common error each

Every world draws runs from the refitted Chinchilla surface (Besiroglu et al. 2024) with noise,
fits them through ``lawcast.fit`` and asks whether the 90 % intervals hold the true exponents, the
true loss at ten times the largest compute, and the true floor (profile likelihood).
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from dataclasses import dataclass

import numpy as np

import lawcast as lc

TRUTH = {"E": 1.8172, "A": 477.8, "B": 2143.4, "alpha": 0.3473, "beta": 0.3672}


@dataclass(frozen=True)
class Setting:
    """One row of the table: how runs and their noise are drawn, and how they are fitted."""

    runs: int
    noise: str = "normal"  # normal, t4, or uneven (small runs three times noisier)
    loss: str = "log-huber"
    clusters: int = 0
    interval: str | None = None
    resample: str | None = None
    scatter: float = 0.006
    draws: int = 400


def true_loss(params: np.ndarray, tokens: np.ndarray) -> np.ndarray:
    """The surface that every world is drawn from."""
    t = TRUTH
    return t["E"] + t["A"] / params ** t["alpha"] + t["B"] / tokens ** t["beta"]


def best_loss(compute: float) -> float:
    """Its lowest loss at a compute, C = 6ND: closed form of the Chinchilla law."""
    t = TRUTH
    ratio = (t["alpha"] * t["A"] / (t["beta"] * t["B"])) ** (1 / (t["alpha"] + t["beta"]))
    params = ratio * (compute / 6) ** (t["beta"] / (t["alpha"] + t["beta"]))
    return float(true_loss(np.array(params), np.array(compute / 6 / params)))


def draw_world(setting: Setting, world: int) -> dict[str, np.ndarray]:
    """One simulated sweep: compute over four decades, 5 to 100 tokens a parameter."""
    rng = np.random.default_rng([17, world])
    n = setting.runs
    compute = np.exp(rng.uniform(np.log(1e18), np.log(1e22), n))
    ratio = np.exp(rng.uniform(np.log(5), np.log(100), n))
    params = np.sqrt(compute / 6 / ratio)
    tokens = compute / 6 / params
    noise = rng.standard_t(4, n) / np.sqrt(2) if setting.noise == "t4" else rng.normal(size=n)
    noise = setting.scatter * noise
    if setting.noise == "uneven":
        noise = noise * np.where(compute < np.median(compute), 1.5, 0.5)
    family = np.arange(n)
    if setting.clusters:
        family = np.arange(n) % setting.clusters
        noise = 0.5 * noise + setting.scatter * rng.normal(size=setting.clusters)[family]
    loss = true_loss(params, tokens) * np.exp(noise)
    return {
        "params": params,
        "tokens": tokens,
        "loss": loss,
        "family": np.array([f"f{k}" for k in family]),
    }


def hits_of(setting: Setting, world: int, profile: bool) -> dict[str, bool]:
    """Which of the intervals of one world hold the truth."""
    table = draw_world(setting, world)
    runs = lc.read_runs(table, params_kind="total")
    fit = lc.fit(
        runs,
        law="chinchilla",
        loss=setting.loss,
        bootstrap=setting.draws,
        interval=setting.interval,
        resample=setting.resample,
        cluster="family" if setting.clusters else None,
        starts=16,
        diagnosis=profile,
        rng=world,
    )
    compute = 10 * float(runs["compute"].max())
    prediction = fit.predict(compute=compute)
    inside = {}
    for name in ("alpha", "beta"):
        interval = fit.parameters[name].interval
        inside[name] = interval is not None and TRUTH[name] in interval
    inside["loss at 10x"] = prediction.interval is not None and (
        best_loss(compute) in prediction.interval
    )
    if profile:
        floor = fit.profile("E")
        assert floor is not None
        low = -np.inf if floor.low is None else floor.low
        high = np.inf if floor.high is None else floor.high
        inside["E (profile)"] = bool(low <= TRUTH["E"] <= high)
    return inside


def coverage(setting: Setting, worlds: int, profile: bool = False) -> dict[str, float]:
    """Share of worlds whose intervals hold the truth."""
    hits = [hits_of(setting, world, profile) for world in range(worlds)]
    return {name: float(np.mean([h[name] for h in hits])) for name in hits[0]}


def main() -> None:
    """Print the coverage table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worlds", type=int, default=400)
    parser.add_argument("--runs", type=int, nargs="*", default=[60, 240])
    parser.add_argument("--clusters", type=int, nargs="*", default=[])
    parser.add_argument("--noise", nargs="*", default=["normal", "t4", "uneven"])
    parser.add_argument("--loss", nargs="*", default=["log-huber"])
    parser.add_argument("--profile", action="store_true", help="also profile the floor (slower)")
    args = parser.parse_args()
    print(f"lawcast {lc.__version__}, numpy {np.__version__}, python {platform.python_version()},")
    print(f"{platform.machine()}, seeds 0 to {args.worlds - 1}, nominal 90 %, {args.worlds} worlds")
    settings = (
        [Setting(runs=max(60, 6 * g), clusters=g, loss=k) for g in args.clusters for k in args.loss]
        if args.clusters
        else [
            Setting(runs=n, noise=noise, loss=k)
            for n in args.runs
            for noise in args.noise
            for k in args.loss
        ]
    )
    for setting in settings:
        begin = time.process_time()
        result = coverage(setting, args.worlds, args.profile)
        shown = "  ".join(f"{name} {100 * share:.1f}" for name, share in result.items())
        kind = f"{setting.clusters} clusters" if setting.clusters else setting.noise
        print(
            f"{setting.runs:>4} runs  {kind:<11} {setting.loss:<10} {shown}  "
            f"({time.process_time() - begin:.0f} CPU s)",
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
