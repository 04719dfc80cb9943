"""Losses with known slopes, for the tests of local exponents and limits."""

from __future__ import annotations

import numpy as np


def sharp(
    n: int, noise: float, seed: int, slopes: tuple[float, ...] = (0.2, 0.6), decades: float = 3.0
) -> tuple[np.ndarray, np.ndarray, list[float]]:
    """Sizes, losses and places of breaks of a broken power law with sharp corners."""
    u = np.linspace(0.0, decades * np.log(10.0), n)
    places = [u[-1] * (k + 1) / len(slopes) for k in range(len(slopes) - 1)]
    v = -slopes[0] * u
    for before, after, place in zip(slopes, slopes[1:], places, strict=False):
        v = v - (after - before) * np.maximum(u - place, 0.0)
    drawn = np.random.default_rng(seed).normal(size=n)
    return np.exp(u), np.exp(v + noise * drawn), np.exp(places).tolist()


def smooth_slope(u: np.ndarray, middle: float, width: float = 1.0) -> np.ndarray:
    """Exponent 0.2 that becomes 0.6 over a few e-foldings about the middle."""
    return 0.2 + 0.4 / (1.0 + np.exp(-(u - middle) / width))


def smooth(
    n: int, noise: float, seed: int, decades: float = 3.0, width: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Sizes and losses of the smoothly broken law of :func:`smooth_slope`."""
    u = np.linspace(0.0, decades * np.log(10.0), n)
    v = -0.2 * u - 0.4 * width * np.log1p(np.exp((u - u[-1] / 2) / width))
    return np.exp(u), np.exp(v + noise * np.random.default_rng(seed).normal(size=n))
