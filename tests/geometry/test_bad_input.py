"""Bad input ends in a clear error or in a finding: never in a silent 0, NaN or infinity."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

import lawcast as lc
from lawcast.geometry.estimators import GENERAL

RNG = np.random.default_rng(30)
G = RNG.standard_normal((500, 4))


def codes(found):
    return {finding.code for finding in found.findings}


def check_sound(found):
    """Numbers are numbers; what is infinite is said to be."""
    assert found.value > 0
    assert math.isfinite(found.value) or not found.status.ok
    for estimate in found.estimates.values():
        assert estimate.value > 0
        if estimate.interval is not None:
            assert 0 < estimate.interval.low <= estimate.interval.high < math.inf
    for scale in found.scales:
        assert scale.value > 0
        assert scale.radius > 0
    assert np.isfinite(found.local).all()
    assert found.summary()
    assert found.to_dict()


def refused(X, match, kind=lc.FitRefused, **options):
    with pytest.raises(kind, match=match) as caught:
        lc.intrinsic_dimension(X, **options)
    return caught.value


LATTICE = np.array(list(itertools.product(range(8), repeat=3)), dtype=float)


@pytest.mark.parametrize("n", [1, 2, 19])
def test_fewer_than_twenty_points(n):
    error = refused(G[:n], "needs at least 20")
    assert "D006" in {finding.code for finding in error.findings}


@pytest.mark.parametrize("d", [1, 3, 50])
def test_twenty_points_have_a_wide_answer(d):
    found = lc.intrinsic_dimension(RNG.standard_normal((20, d)))
    check_sound(found)
    assert found.interval.high > 1.3 * found.interval.low
    assert not found.status.ok or found.interval.high == d  # no more than there are coordinates


def test_all_points_equal():
    refused(np.ones((100, 3)), "all 100 points of the array are equal")


def test_one_column():
    found = lc.intrinsic_dimension(G[:, :1])
    check_sound(found)
    assert found.value == pytest.approx(1.0, rel=0.1)
    refused(G[:, 0], "one axis of 500 numbers", lc.ReadError)


def test_constant_columns_count_for_nothing():
    padded = np.concatenate([G, np.full((500, 3), 7.0)], axis=1)
    found = lc.intrinsic_dimension(padded)
    assert found.value == pytest.approx(lc.intrinsic_dimension(G).value, rel=1e-9)
    assert "D005" in codes(found)


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_duplicates_count_once(share):
    again = np.concatenate([G, G[: int(share * 500)]])
    found = lc.intrinsic_dimension(again)
    check_sound(found)
    assert "D003" in codes(found)
    assert found.count == 500
    assert found.value == lc.intrinsic_dimension(G).value


@pytest.mark.parametrize("method", [one.name for one in GENERAL])
def test_duplicates_void_no_method(method):
    again = np.concatenate([G, G[:150]])
    check_sound(lc.intrinsic_dimension(again, method=method))


def test_nearly_all_duplicates():
    refused(G[RNG.integers(0, 10, 400)], "finite, distinct rows among 400")


def test_rows_with_nan_and_infinity():
    X = G.copy()
    X[::7, 1], X[3, 0] = np.nan, -np.inf
    found = lc.intrinsic_dimension(X)
    check_sound(found)
    assert "D002" in codes(found)
    refused(np.full((60, 3), np.nan), "0 finite, distinct rows among 60")


@pytest.mark.parametrize("method", [one.name for one in GENERAL])
def test_a_regular_lattice_is_refused_or_found_out(method):
    if method in ("combined", "extrapolated", "twonn", "twonn-ml", "twonn-calibrated", "gride-1"):
        error = refused(LATTICE, "equally far", method=method)
        assert "D028" in {finding.code for finding in error.findings}
        return
    found = lc.intrinsic_dimension(LATTICE, method=method)
    check_sound(found)
    assert {"D007", "D024"} <= codes(found)


def test_the_default_refuses_a_regular_lattice():
    error = refused(LATTICE, "neighbours 1 and 2 of every point are equally far")
    assert "lattice" in str(error)
    refused(LATTICE, "equally far", metric="periodic", box=8.0)


def test_points_scattered_on_a_grid():
    X = RNG.integers(0, 3, (4000, 8)).astype(float)
    found = lc.intrinsic_dimension(X)
    check_sound(found)
    assert {"D007", "D024"} <= codes(found)


def test_a_whole_grid_of_three_to_the_eighth():
    grid = np.array(list(itertools.product(range(3), repeat=8)), dtype=float)
    refused(grid, "equally far")


def test_one_hot_rows():
    refused(np.eye(60), "neighbours of every point are equally far")
    with pytest.raises(lc.FitRefused, match="D006"):
        lc.intrinsic_dimension(np.eye(10)[RNG.integers(0, 10, 500)])


def test_one_hot_rows_with_a_little_noise():
    found = lc.intrinsic_dimension(np.eye(100) + 1e-6 * RNG.standard_normal((100, 100)))
    check_sound(found)
    assert found.value <= 100


def test_two_far_clusters():
    pair = np.concatenate([G[:250], G[250:] + 1e7])
    found = lc.intrinsic_dimension(pair)
    check_sound(found)
    assert found.value == pytest.approx(4, rel=0.2)


def test_large_norm_and_small_spacing():
    found = lc.intrinsic_dimension(1e6 + 0.1 * G)
    check_sound(found)
    assert found.value == pytest.approx(lc.intrinsic_dimension(G).value, rel=1e-3)
    assert "D010" in codes(found)
    rounded = lc.intrinsic_dimension((1e6 + 0.1 * G).astype(np.float32))
    assert {"D008", "D010"} & codes(rounded)


@pytest.mark.parametrize("factor", [1e-300, 1e-30, 1e30, 1e300])
def test_extreme_units(factor):
    found = lc.intrinsic_dimension(G * factor)
    check_sound(found)
    assert found.value == pytest.approx(lc.intrinsic_dimension(G).value, rel=1e-6)


@pytest.mark.parametrize("width", [10**4, pytest.param(10**6, marks=pytest.mark.slow)])
def test_far_more_columns_than_points(width):
    wide = np.zeros((30, width), dtype=np.float32)
    wide[:, :: width // 20] = np.random.default_rng(0).standard_normal((30, 20))
    found = lc.intrinsic_dimension(wide, draws=20)
    check_sound(found)
    assert found.value <= 20
    assert found.interval.high > 1.3 * found.interval.low
    assert "D005" in codes(found)


def test_noise_of_more_dimensions_than_can_be_told():
    found = lc.intrinsic_dimension(RNG.standard_normal((60, 20_000)).astype(np.float32))
    check_sound(found)
    assert not found.status.ok
    assert math.isinf(found.value) or found.interval.high > 2 * found.interval.low
    assert found.adequacy.lower is None or math.isfinite(found.adequacy.lower)


def test_a_hub_and_heavy_tails():
    for X in (RNG.standard_cauchy((400, 3)), np.exp(8 * G)):
        check_sound(lc.intrinsic_dimension(X))


def test_types_that_are_no_numbers():
    refused(G.astype(object), "dtype object", lc.ReadError)
    refused(G.astype(str), "text", lc.ReadError)
    refused(G + 1j, "complex", lc.ReadError)
    refused(scipy.sparse.csr_matrix(G), "toarray", lc.ReadError)
    refused(pd.DataFrame({"a": ["x", "y"] * 30, "b": range(60)}), "a", lc.LawcastError)
    refused(None, "cannot read points from None", lc.ReadError)
    refused(7.0, "cannot read points|single number", lc.ReadError)
    refused([], "empty", lc.ReadError)
    refused(np.empty((0, 3)), "no rows", lc.ReadError)
    refused(np.empty((30, 0)), "no columns", lc.ReadError)
    refused(lambda: G, "cannot read points", lc.ReadError)


def test_booleans_are_numbers():
    found = lc.intrinsic_dimension(RNG.random((400, 20)) < 0.5)
    check_sound(found)
    assert "D007" in codes(found)


@pytest.mark.parametrize("method", ["gride-16", "gride-32"])
def test_more_neighbours_than_points(method):
    refused(G[:25], "has 25 points, so each has 24 neighbours", method=method)


def test_metrics_that_do_not_suit_the_data():
    refused(G, "0 and 1", lc.ArgumentError, metric="hamming")
    refused(G, "side lengths", lc.ArgumentError, metric="periodic")
    refused(G, "box= is for metric='periodic' alone", lc.ArgumentError, box=1.0)
    refused(np.concatenate([G, np.zeros((1, 4))]), "rows of zeros", lc.ArgumentError,
            metric="cosine")  # fmt: skip
    refused(G, "finite and above 0", lc.ArgumentError, metric="periodic", box=-1.0)
    rays = np.outer(RNG.random(50) + 0.1, [1.0, 2.0])
    refused(rays, "coincides|equally far", metric="cosine")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"level": 0}, "level lies between 0 and 1"),
        ({"level": 1}, "level lies between 0 and 1"),
        ({"level": math.nan}, "level lies between 0 and 1"),
        ({"level": "0.9"}, "level lies between 0 and 1"),
        ({"draws": 5}, "20 or more, or 0"),
        ({"draws": -1}, "20 or more, or 0"),
        ({"draws": 64.0}, "20 or more, or 0"),
        ({"rng": -1}, "seed of 0 or more"),
        ({"rng": "0"}, "seed of 0 or more"),
        ({"rng": None}, "seed of 0 or more"),
        ({"queries": 0}, "20 or more"),
        ({"queries": 2.5}, "20 or more"),
        ({"queries": True}, "20 or more"),
        ({"memory": 10}, "too little"),
        ({"memory": "1 GB"}, "whole number of bytes"),
        ({"threads": 0}, "at least 1"),
        ({"threads": "all"}, "how many threads"),
        ({"key": "x"}, "X is no file name"),
    ],
    ids=str,
)
def test_options_out_of_range(options, said):
    refused(G, said, lc.ArgumentError, **options)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"method": "twonn_ml"}, "did you mean 'twonn-ml'"),
        ({"method": "MLE"}, "there is no estimator 'MLE'"),
        ({"method": None}, "there is no estimator 'None'"),
        ({"method": 20}, "there is no estimator '20'"),
        ({"metric": "euclid"}, "did you mean 'euclidean'"),
        ({"metric": None}, "there is no metric"),
        ({"engine": "cuda"}, "there is no engine 'cuda'"),
        ({"precision": "float16"}, "there is no precision 'float16'"),
        ({"precision": 32}, "there is no precision '32'"),
    ],
    ids=str,
)
def test_names_that_are_unknown(options, said):
    refused(G, said, lc.UnknownNameError, **options)


def test_one_query_says_nothing_and_says_so():
    refused(G, "20 or more", lc.ArgumentError, queries=1)


def test_names_of_layers_that_read_the_same():
    refused({1: G, "1": G}, "read the same", lc.ArgumentError)


def test_a_name_is_text():
    refused(G, "name= is text", lc.ArgumentError, name=5)


def test_far_clusters_do_not_flatten_the_data():
    near = np.random.default_rng(0).standard_normal((1000, 5))
    found = lc.intrinsic_dimension(np.concatenate([near, near[:500] * 1.7 + 1e13]), draws=0)
    assert found.value > 1.5


def test_labels_that_do_not_fit():
    for labels in ([0, 1], [[0]] * 500, 3):
        with pytest.raises(lc.LawcastError):
            lc.intrinsic_dimension(G, labels=labels)


def test_the_input_is_not_written_to():
    X = G.copy()
    X.flags.writeable = False
    for metric, box in (("euclidean", None), ("cosine", None), ("periodic", 1.0)):
        lc.intrinsic_dimension(X, metric=metric, box=box, draws=0)
    np.testing.assert_array_equal(X, G)
