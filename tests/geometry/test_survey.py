"""What one pass measures, against plain loops over all distances."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from lawcast.geometry.metrics import measured
from lawcast.geometry.points import Points
from lawcast.geometry.simplices import NEIGHBOURS, skewness
from lawcast.geometry.survey import take_survey

RNG = np.random.default_rng(8)
X = RNG.standard_normal((300, 5))
BITS = (RNG.random((300, 40)) < 0.3).astype(float)


def survey(X, k, *, queries=None, metric="euclidean", box=None, angles=True, far=True, rng=0,
           memory=2**27):  # fmt: skip
    return take_survey(
        Points.from_array(np.asarray(X, dtype=float)), k, np.random.default_rng(rng),
        queries=queries, metric=metric, box=box, precision="float32", engine="numpy",
        memory=memory, threads=None, progress=None, angles=angles, far=far,
    )  # fmt: skip


def distances(X, metric):
    if metric == "euclidean":
        return cdist(X, X)
    if metric == "cosine":
        unit = X / np.linalg.norm(X, axis=1, keepdims=True)
        return np.arccos(np.clip(unit @ unit.T, -1, 1))
    if metric == "hamming":
        return cdist(X, X, "sqeuclidean")
    gap = np.abs(X[:, None] - X[None]) % 1.0
    return np.sqrt((np.minimum(gap, 1 - gap) ** 2).sum(axis=2))


CASES = [
    ("euclidean", X, None),
    ("cosine", X, None),
    ("periodic", RNG.random((300, 3)), 1.0),
    ("hamming", BITS, None),
]


@pytest.mark.parametrize(("metric", "data", "box"), CASES, ids=[case[0] for case in CASES])
def test_near_and_far_distances_in_every_metric(metric, data, box):
    found = survey(data, 16, metric=metric, box=box)
    sorted_ = np.sort(distances(data, metric), axis=1)
    apart = sorted_[:, 1] > 1e-9
    np.testing.assert_array_equal(found.rows, np.flatnonzero(apart))
    np.testing.assert_allclose(np.exp(found.logs), sorted_[apart, 1:17], rtol=1e-6)
    np.testing.assert_allclose(found.means.logs, found.logs.mean(axis=0))
    assert found.far.ranks == (16, 32, 64)
    expected = np.log(sorted_[:, [16, 32, 64]])
    np.testing.assert_allclose(
        np.sort(found.far.logs, axis=0), np.sort(expected, axis=0), atol=1e-6
    )


def test_angles_of_the_nearest_neighbours():
    found = survey(X, 20)
    order = np.argsort(cdist(X, X), axis=1, kind="stable")[:, 1 : NEIGHBOURS + 1]
    expected = skewness(X[order])
    np.testing.assert_array_equal(found.angle_rows, np.arange(300))
    np.testing.assert_allclose(found.skewness, expected, rtol=1e-9)


def test_angles_do_not_see_the_seam_of_a_periodic_box():
    points = RNG.random((400, 2))
    moved = (points + 0.37) % 1.0
    first = survey(points, 16, metric="periodic", box=1.0)
    second = survey(moved, 16, metric="periodic", box=1.0)
    np.testing.assert_allclose(first.skewness, second.skewness, atol=1e-9)
    np.testing.assert_allclose(first.logs, second.logs, atol=1e-9)


def test_small_memory_gives_the_same_angles_and_near_distances():
    whole, parts = survey(X, 16), survey(X, 16, memory=2**20)
    np.testing.assert_array_equal(whole.logs, parts.logs)
    np.testing.assert_allclose(whole.skewness, parts.skewness, rtol=1e-12)


def test_queries_ask_among_all_points():
    asked = np.array([7, 30, 299, 4, 100])
    found = survey(X, 16, queries=asked)
    expected = np.sort(cdist(X[asked], X), axis=1)[:, 1:17]
    np.testing.assert_allclose(np.exp(found.logs), expected, rtol=1e-6)
    assert found.count == 300
    assert len(found.far.logs) == 5


def test_most_angles_and_far_distances_come_from_a_sample():
    big = RNG.standard_normal((2100, 2))
    found = survey(big, 16)
    assert len(found.angle_rows) == len(found.skewness) == 1000
    assert (np.diff(found.angle_rows) > 0).all()
    assert found.far.logs.shape == (500, 6)
    again = survey(big, 16)
    np.testing.assert_array_equal(found.angle_rows, again.angle_rows)
    np.testing.assert_array_equal(found.far.logs, again.far.logs)
    other = survey(big, 16, rng=1)
    assert not np.array_equal(found.angle_rows, other.angle_rows)


def test_points_that_coincide_in_the_metric_are_left_out():
    rows = np.concatenate([X, 2 * X[:3]])  # the same directions
    found = survey(rows, 16, metric="cosine")
    near = found.neighbours.distances[:, 0]
    assert len(found.rows) == (near > 0).sum()
    assert np.isfinite(found.logs).all()
    assert (found.angle_rows < len(found.rows)).all()


@pytest.mark.parametrize(("k", "angles", "far"), [(15, False, True), (20, True, True)])
def test_what_is_not_there_or_not_wanted_is_not_measured(k, angles, far):
    few = X[: 8 * k - 1]
    found = survey(few, k)
    assert found.far is None
    assert (len(found.angle_rows) > 0) is angles
    assert (survey(X[: 8 * k], k).far is not None) is far
    bare = survey(X, k, angles=False, far=False)
    assert bare.far is None
    assert len(bare.skewness) == 0
    assert bare.means.skewness is None


def test_the_angle_rows_belong_to_the_rows_with_distances():
    bits = np.concatenate([BITS, BITS[:20]])  # 20 pairs at distance zero come first
    found = survey(bits, 16, metric="hamming")
    asked = found.rows[found.angle_rows]
    space = measured(Points.from_array(bits), "hamming")
    offsets = space.points.take(found.neighbours.indices[asked][:, :16].ravel())
    expected = skewness(offsets.reshape(len(asked), 16, -1))
    np.testing.assert_allclose(found.skewness, expected, rtol=1e-9)
    assert (found.neighbours.distances[asked, 0] > 0).all()
