"""Counts within radii are those of all pairwise distances."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from lawcast._errors import ArgumentError
from lawcast.geometry.counting import count_within
from lawcast.geometry.points import Points


def brute(gaps: NDArray[np.float64], radii: NDArray[np.float64]) -> NDArray[np.int64]:
    np.fill_diagonal(gaps, np.inf)
    return np.stack([(gaps <= radius).sum(axis=1) for radius in radii], axis=1)


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("memory", [2**20, 2**27])
def test_counts_are_those_of_brute_force(precision: str, memory: int) -> None:
    X = np.random.default_rng(0).standard_normal((3000, 12)) + 50
    radii = np.array([0.0, 0.9, 2.0, 3.5, 5.0, 99.0])
    counts = count_within(Points.from_array(X), None, radii, precision=precision, memory=memory)
    expected = brute(cdist(X, X), radii)
    # a pair within rounding of a radius may be on either side
    assert np.abs(counts - expected).sum() <= (20 if precision == "float32" else 0)
    assert np.all(counts[:, -1] == 2999)


def test_only_the_queries_are_counted() -> None:
    X = np.random.default_rng(0).standard_normal((800, 3))
    asked = np.array([700, 3])
    counts = count_within(Points.from_array(X), asked, np.array([0.5, 1.0]))
    assert np.array_equal(counts, brute(cdist(X, X), np.array([0.5, 1.0]))[asked])


def test_small_radii_in_wide_data_are_counted_by_differences() -> None:
    rng = np.random.default_rng(0)
    wide = 1e6 * rng.standard_normal((300, 6))
    X = np.concatenate([wide, wide + 0.1 * rng.standard_normal((300, 6))])
    radii = np.array([0.1, 0.25, 0.5])
    counts = count_within(Points.from_array(X), None, radii)
    assert np.array_equal(counts, brute(cdist(X, X), radii))
    assert counts[:, 2].max() == 1


def test_a_point_at_the_radius_counts() -> None:
    X = np.stack(np.meshgrid(*[np.arange(5.0)] * 3), axis=-1).reshape(-1, 3)
    radii = np.sqrt(np.arange(9.0))
    wide = count_within(Points.from_array(X), None, radii)  # radius 0: differences
    assert np.array_equal(wide, brute(cdist(X, X), radii))


def test_other_metrics() -> None:
    rng = np.random.default_rng(0)
    bits = rng.random((500, 20)) < 0.5
    radii = np.array([0.0, 2.0, 5.9, 6.0, 20.0])
    counts = count_within(Points.from_array(bits), None, radii, metric="hamming")
    assert np.array_equal(counts, brute(cdist(bits * 1.0, bits * 1.0, "cityblock"), radii))

    X = rng.standard_normal((500, 4))
    unit = X / np.linalg.norm(X, axis=1, keepdims=True)
    radii = np.array([0.3, 1.0, 3.2])
    counts = count_within(Points.from_array(X), None, radii, metric="cosine")
    assert np.array_equal(counts, brute(np.arccos(np.clip(unit @ unit.T, -1, 1)), radii))

    line = rng.uniform(0, 1, (500, 1))
    gaps = np.abs(line - line.T)
    radii = np.array([0.01, 0.1, 0.5])
    counts = count_within(Points.from_array(line), None, radii, metric="periodic", box=1.0)
    assert np.array_equal(counts, brute(np.minimum(gaps, 1 - gaps), radii))


def test_outliers_beyond_float32() -> None:
    X = np.concatenate([np.random.default_rng(0).standard_normal((400, 5)), np.full((1, 5), 1e30)])
    radii = np.array([1.0, 2.0])
    counts = count_within(Points.from_array(X), None, radii)
    assert np.array_equal(counts, brute(cdist(X, X), radii))


def test_progress_ends_at_the_total() -> None:
    seen: list[tuple[str, int, int]] = []
    X = np.random.default_rng(0).standard_normal((900, 3))
    count_within(
        Points.from_array(X), None, np.ones(1), memory=2**20, progress=lambda *s: seen.append(s)
    )
    assert seen[-1] == ("counts", 900 * 900, 900 * 900)


@pytest.mark.parametrize(
    "radii", [[], [[1.0]], [2.0, 1.0], [-1.0, 1.0], [np.nan], [1.0, np.inf]], ids=str
)
def test_radii_must_be_ascending_numbers(radii: Any) -> None:
    with pytest.raises(ArgumentError, match="radii must be"):
        count_within(Points.from_array(np.ones((30, 2))), None, np.array(radii))
