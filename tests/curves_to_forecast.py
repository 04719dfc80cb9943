"""Simulated learning curves for the tests of the forecasts."""

from __future__ import annotations

import numpy as np


def floor_law(x: np.ndarray) -> np.ndarray:
    """1.7 + 2000 x^-0.35: falls by 6 % over one doubling at 1e10."""
    return 1.7 + 2e3 * np.asarray(x) ** -0.35


def noisy_curve(
    seed: int, *, size: int = 40, first: float = 1e8, last: float = 1e10, noise: float = 0.01
) -> tuple[np.ndarray, np.ndarray]:
    """x and y of a floor law with relative noise."""
    rng = np.random.default_rng(seed)
    x = np.geomspace(first, last, size)
    return x, floor_law(x) * np.exp(rng.normal(0.0, noise, size))


def many_curves(count: int, seed: int = 0, size: int = 40) -> dict[str, np.ndarray]:
    """Columns curve, tokens, loss of floor laws with varying exponents."""
    rng = np.random.default_rng(seed)
    names, xs, ys = [], [], []
    for i in range(count):
        c, floor = rng.uniform(0.2, 0.5), rng.uniform(1.0, 2.0)
        x = np.geomspace(1e8, 1e10, size)
        y = floor + 1.5 * (x / 1e8) ** -c
        names += [f"curve {i}"] * size
        xs.append(x)
        ys.append(y * np.exp(rng.normal(0, 0.005, size)))
    return {"curve": np.array(names), "tokens": np.concatenate(xs), "loss": np.concatenate(ys)}
