"""Cosine, Hamming and periodic distances are what their definitions say."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast.geometry.metrics import measured
from lawcast.geometry.neighbours import find_neighbours
from lawcast.geometry.points import Points


def ranked(gaps: NDArray[np.float64], k: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    np.fill_diagonal(gaps, np.inf)
    order = np.argsort(gaps, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(gaps, order, axis=1), order


def test_cosine_distances_are_angles() -> None:
    X = np.random.default_rng(0).standard_normal((500, 6)) * 1e3
    found = find_neighbours(Points.from_array(X), 7, metric="cosine")
    unit = X / np.linalg.norm(X, axis=1, keepdims=True)
    distances, order = ranked(np.arccos(np.clip(unit @ unit.T, -1, 1)), 7)
    np.testing.assert_allclose(found.distances, distances, atol=1e-7)
    assert np.array_equal(found.indices, order)


def test_a_circle_gives_its_arcs() -> None:
    turn = np.sort(np.random.default_rng(0).uniform(0, 2 * np.pi, 50))
    length = 10.0 ** np.linspace(-150, 150, 50)
    X = np.stack([np.cos(turn), np.sin(turn)], axis=1) * length[:, None]
    found = find_neighbours(Points.from_array(X), 49, metric="cosine")
    arcs = np.abs(turn[:, None] - turn[None])
    distances, _ = ranked(np.minimum(arcs, 2 * np.pi - arcs), 49)
    np.testing.assert_allclose(found.distances, distances, rtol=1e-7, atol=1e-14)


def test_zero_has_no_direction() -> None:
    X = np.ones((30, 3))
    X[[4, 17]] = 0
    kept = np.arange(1, 30)  # rows are named as the source numbers them
    with pytest.raises(ArgumentError, match=r"2 rows of zeros \(rows 4, 17\)"):
        find_neighbours(Points(Points.from_array(X).source, kept), 3, metric="cosine")


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.float32])
def test_hamming_counts_the_coordinates_that_differ(dtype: Any) -> None:
    X = np.random.default_rng(0).random((600, 24)) < 0.3
    found = find_neighbours(Points.from_array(X.astype(dtype)), 40, metric="hamming")
    distances, order = ranked(cdist(X.astype(float), X.astype(float), "cityblock"), 40)
    assert np.array_equal(found.distances, distances)
    assert np.array_equal(found.indices, order)
    assert len(found.doubtful) == 0


def test_hamming_with_most_rows_equal() -> None:
    X = np.zeros((1200, 5))
    X[600] = 1
    found = find_neighbours(Points.from_array(X), 3, metric="hamming")
    assert np.array_equal(found.distances[0], [0, 0, 0])
    assert np.array_equal(found.indices[0], [1, 2, 3])
    assert np.array_equal(found.distances[600], [5, 5, 5])


def test_hamming_wants_bits() -> None:
    X = np.zeros((30, 3))
    X[5, 2] = 0.5
    with pytest.raises(ArgumentError, match=r"has 0\.5 in row 5, column 2"):
        find_neighbours(Points.from_array(X), 3, metric="hamming")


@pytest.mark.parametrize("box", [1.5, np.array([1.0, 2.0])])
def test_periodic_distances_are_those_of_the_nearest_image(box: Any) -> None:
    X = np.random.default_rng(0).uniform(-4, 4, (400, 2))  # also outside the box
    found = find_neighbours(Points.from_array(X), 6, metric="periodic", box=box)
    sides = np.broadcast_to(box, 2)
    folded = X % sides
    shifts = np.array(list(itertools.product((-1, 0, 1), repeat=2))) * sides
    gaps = np.min([cdist(folded, folded + shift) for shift in shifts], axis=0)
    distances, order = ranked(gaps, 6)
    np.testing.assert_allclose(found.distances, distances, rtol=1e-9)
    assert np.array_equal(found.indices, order)
    assert found.redone == 0


@pytest.mark.parametrize(
    ("box", "message"),
    [
        (None, "needs the side lengths"),
        (np.ones(3), "2 columns"),
        (np.ones((1, 2)), "2 columns"),
        (0.0, "above 0"),
        (np.array([1.0, np.inf]), "finite"),
    ],
)
def test_a_box_has_a_side_for_each_column(box: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        measured(Points.from_array(np.ones((30, 2))), "periodic", box)


def test_lengths_and_distances_are_each_others_inverse() -> None:
    X = Points.from_array(np.ones((30, 2)))
    for metric in ("euclidean", "cosine"):
        space = measured(X, metric)
        values = np.linspace(0, 2, 9)
        np.testing.assert_allclose(space.distances(space.lengths(values)), values, atol=1e-15)


def test_unknown_metric() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'cosine'"):
        measured(Points.from_array(np.ones((30, 2))), "cosin")
