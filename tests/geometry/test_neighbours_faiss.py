"""The faiss engine: what faiss says is checked, ranked afresh, and searched again if unproven."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lawcast._errors import MissingExtraError
from lawcast.geometry.neighbours import find_neighbours
from lawcast.geometry.points import Points


class FlatIndex:
    """Squared distances by the product form in float32, as faiss computes them."""

    def __init__(self, width: int) -> None:
        self.rows = np.empty((0, width), np.float32)

    def add(self, rows: NDArray[np.float32]) -> None:
        assert rows.dtype == np.float32
        assert rows.flags.c_contiguous
        self.rows = np.concatenate([self.rows, rows])

    def search(self, asked: NDArray[np.float32], k: int) -> tuple[NDArray[Any], NDArray[Any]]:
        norms = np.vecdot(asked, asked)[:, None] + np.vecdot(self.rows, self.rows)
        squares = np.maximum(norms - 2 * asked @ self.rows.T, 0)
        order = np.argsort(squares, axis=1)[:, :k]
        return np.take_along_axis(squares, order, axis=1), order


@pytest.fixture(autouse=True)
def faiss(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = ModuleType("faiss")
    module.IndexFlatL2 = FlatIndex
    monkeypatch.setitem(sys.modules, "faiss", module)


@pytest.mark.parametrize("memory", [2**20, 2**27])
@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_faiss_and_numpy_agree(metric: str, memory: int) -> None:
    X = np.random.default_rng(0).standard_normal((2500, 30)).astype(np.float32) + 9
    points = Points.from_array(X)
    ours = find_neighbours(points, 8, metric=metric)
    theirs = find_neighbours(points, 8, metric=metric, engine="faiss", memory=memory)
    assert theirs.engine == "faiss"
    assert theirs.redone == 0
    assert np.array_equal(ours.indices, theirs.indices)
    np.testing.assert_array_equal(ours.distances, theirs.distances)


def test_hamming_distances_agree() -> None:
    bits = Points.from_array(np.random.default_rng(0).random((700, 16)) < 0.5)
    ours = find_neighbours(bits, 8, metric="hamming")
    theirs = find_neighbours(bits, 8, metric="hamming", engine="faiss")
    assert np.array_equal(ours.distances, theirs.distances)


def test_what_faiss_cannot_tell_apart_is_searched_again() -> None:
    rng = np.random.default_rng(0)
    wide = 1e6 * rng.standard_normal((80, 10))
    X = np.concatenate([wide, wide + 0.1 * rng.standard_normal((80, 10))] * 8)
    X += 1e-3 * rng.standard_normal(X.shape)
    points = Points.from_array(X)
    ours = find_neighbours(points, 5)
    theirs = find_neighbours(points, 5, engine="faiss")
    assert theirs.redone > 0
    np.testing.assert_array_equal(ours.distances, theirs.distances)


def test_more_copies_of_a_point_than_faiss_returns() -> None:
    X = np.random.default_rng(0).standard_normal((300, 4))
    X[100:160] = X[0]
    found = find_neighbours(Points.from_array(X), 5, engine="faiss")
    assert np.all(found.indices != found.queries[:, None])
    assert np.all(found.distances[100:160] == 0)
    assert np.array_equal(found.distances, find_neighbours(Points.from_array(X), 5).distances)


def test_fewer_points_than_it_is_asked_for() -> None:
    X = np.random.default_rng(0).standard_normal((9, 4))
    found = find_neighbours(Points.from_array(X), 8, engine="faiss")
    assert np.array_equal(found.indices, find_neighbours(Points.from_array(X), 8).indices)


def test_an_outlier_beyond_float32() -> None:
    X = np.concatenate([np.random.default_rng(0).standard_normal((300, 4)), np.full((1, 4), 1e30)])
    found = find_neighbours(Points.from_array(X), 5, engine="faiss")
    assert np.array_equal(found.distances, find_neighbours(Points.from_array(X), 5).distances)


def test_without_faiss_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(MissingExtraError, match=r'pip install "lawcast\[faiss\]"'):
        find_neighbours(Points.from_array(np.ones((30, 2))), 3, engine="faiss")
