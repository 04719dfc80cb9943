"""What is set aside, what is found, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lawcast as lc
from lawcast._errors import Severity
from lawcast.geometry.hygiene import KINDS, clean, read_points
from lawcast.geometry.points import Points
from lawcast.geometry.scan import hash_rows, repeated_rows, scan
from lawcast.geometry.sources import ArraySource, as_source

RNG = np.random.default_rng(5)
G = RNG.standard_normal((400, 5))


def found(X):
    points, findings = read_points(X)
    return points, {finding.code: finding for finding in findings}


def refused(X):
    with pytest.raises(lc.FitRefused) as caught:
        read_points(X)
    return caught.value


def test_codes_are_declared_once_and_belong_to_the_data():
    codes = [kind.code for kind in KINDS]
    assert codes == sorted(set(codes))
    assert all("D001" <= code <= "D019" for code in codes)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_clean_data_is_left_alone(dtype):
    X = G.astype(dtype)
    points, codes = found(X)
    assert codes == {}
    assert points.kept is None
    assert points.source.array is X
    np.testing.assert_allclose(points.centre, G.mean(axis=0), atol=2e-3)


def test_points_are_clean_already():
    points = Points.from_array(G)
    assert read_points(points) == (points, [])


def test_rows_with_holes_are_set_aside():
    X = G.copy()
    X[3, 1], X[7], X[399, 4] = np.nan, np.inf, -np.inf
    points, codes = found(X)
    assert points.count == 397
    assert codes["D002"].rows == (3, 7, 399)
    assert codes["D002"].severity is Severity.WARNING
    np.testing.assert_array_equal(points.whole(), X[np.isfinite(X).all(axis=1)])
    np.testing.assert_array_equal(points.source_rows(np.array([3, 396])), [4, 398])


def test_large_values_are_not_taken_for_infinite():
    X = np.full((30, 8), 3e38, dtype=np.float32)
    X[:, 0] = RNG.standard_normal(30)
    assert read_points(X)[0].count == 30


def test_a_column_without_values_is_named():
    X = pd.DataFrame(G, columns=list("abcde")).assign(c=np.nan)
    error = refused(X)
    assert [finding.code for finding in error.findings] == ["D002", "D006"]
    assert all(finding.severity is Severity.ERROR for finding in error.findings)
    assert "column 'c' hardly holds a value" in str(error)


def test_ten_per_cent_of_equal_rows():
    X = np.vstack([G, G[:40]])[RNG.permutation(440)]
    points, codes = found(X)
    assert points.count == 400
    assert len(np.unique(points.whole(), axis=0)) == 400
    finding = codes["D003"]
    assert finding.severity is Severity.WARNING
    assert finding.message.startswith("40 of 440 rows equal an earlier one (9.1 %)")
    assert len(finding.rows) == 40
    for row in finding.rows:
        assert (X[:row] == X[row]).all(axis=1).any()


def test_a_few_equal_rows_are_a_note():
    assert found(np.vstack([G, G[:1]]))[1]["D003"].severity is Severity.NOTE


def test_minus_zero_is_zero():
    for dtype in ("f2", "f4", ">f4", "f8", ">f8"):
        X = np.tile(G[:, :3], (2, 1)).astype(dtype)
        X[:400, 1], X[400:, 1] = 0.0, -0.0
        points = read_points(X)[0]
        assert points.count == len(np.unique(X.astype(float), axis=0)), dtype


@given(
    width=st.integers(1, 9),
    dtype=st.sampled_from(["f2", "f4", "f8", "i1", "i8", "?", ">f4"]),
    levels=st.integers(2, 5),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=60, deadline=None)
def test_distinct_rows_are_the_first_of_each(width, dtype, levels, seed):
    rng = np.random.default_rng(seed)
    X = (rng.integers(0, levels, (200, width)) - levels // 2).astype(dtype)
    source = ArraySource(X)
    repeated = repeated_rows(source, scan(source))
    _, first = np.unique(X, axis=0, return_index=True)
    np.testing.assert_array_equal(np.setdiff1d(np.arange(200), repeated), np.sort(first))


def test_equal_hashes_alone_do_not_make_rows_equal():
    source = ArraySource(np.repeat(np.arange(10.0), 3)[:, None])
    same = scan(source)
    same.hashes[:] = 7
    np.testing.assert_array_equal(repeated_rows(source, same), [i for i in range(30) if i % 3])


def test_rows_that_differ_in_signs_or_exponents_have_different_hashes():
    signs = np.array(np.meshgrid(*[[-1.0, 1.0]] * 12)).reshape(12, -1).T
    for dtype in (np.float32, np.float64):
        for values in (signs, 2.0**signs, signs * 2.0**60):
            hashes = hash_rows(np.ascontiguousarray(values, dtype=dtype))
            assert len(np.unique(hashes)) == len(values)


@pytest.mark.parametrize(
    "X", [np.ones((50, 4)), np.zeros((50, 1), np.uint8), np.full((30, 2), True)]
)
def test_all_points_equal(X):
    assert refused(X).findings[0].code == "D004"


@pytest.mark.parametrize("count", [1, 2, 3, 19])
def test_fewer_than_twenty_points(count):
    error = refused(G[:count])
    assert error.findings[0].code == "D006"
    assert f"has {count} row" in str(error)
    assert "at least 20" in str(error)


def test_fewer_than_twenty_distinct_points():
    error = refused(np.tile(G[:10], (30, 1)))
    assert "10 finite, distinct rows among 300" in str(error)
    assert {finding.code for finding in error.findings} == {"D003", "D006"}


def test_twenty_points_are_enough_and_one_column_too():
    assert read_points(G[:20])[0].count == 20
    points, codes = found(G[:, :1])
    assert (points.width, codes) == (1, {})


def test_constant_columns_are_a_note():
    X = np.insert(G, [2, 4], 3.0, axis=1)
    finding = found(X)[1]["D005"]
    assert finding.severity is Severity.NOTE
    assert finding.message.startswith("columns 2 and 5 of 7 never change")


def test_integer_grids_are_a_warning():
    finding = found(RNG.integers(0, 3, (500, 8)))[1]["D007"]
    assert finding.severity is Severity.WARNING
    assert "whole number from 0 to 2" in finding.message
    assert "3 different values (median)" in finding.message


def test_binary_data_points_to_its_metric():
    for X in (RNG.random((300, 40)) > 0.5, (RNG.random((300, 40)) > 0.5).astype(float)):
        assert "hamming" in found(X)[1]["D007"].fix


def test_fine_integers_are_a_note_and_wide_ones_nothing():
    finding = found(RNG.integers(0, 256, (300, 8, 8), dtype=np.uint8))[1]["D007"]
    assert finding.severity is Severity.NOTE
    assert "D007" not in found((G * 1e7).astype(np.int64))[1]


def test_rounding_is_a_warning_once_it_reaches_the_neighbours():
    X = RNG.random((3000, 3))
    assert "D008" not in found(np.round(X, 6))[1]
    warned = found(np.round(X, 2))[1]["D008"]
    assert warned.severity is Severity.WARNING
    assert "steps of about 0.010" in warned.message
    pixels = (RNG.integers(0, 256, (2000, 64)) / 255).astype(np.float32)
    assert found(pixels)[1]["D008"].severity is Severity.NOTE


def test_half_precision_far_from_zero_has_few_digits_left():
    assert "D008" not in found(G.astype(np.float16))[1]
    assert found((G + 1000).astype(np.float16))[1]["D008"].severity is Severity.WARNING


def test_a_discrete_column_beside_others_is_no_rounding():
    X = pd.DataFrame(G).assign(group=RNG.integers(0, 7, 400))
    assert found(X)[1] == {}


def test_sparse_activations_are_no_rounding():
    assert "D008" not in found(np.maximum(RNG.standard_normal((400, 30)) - 1.2, 0))[1]


def test_one_column_that_outweighs_all():
    finding = found(G * [1, 1, 1e3, 1, 1])[1]["D009"]
    assert finding.severity is Severity.NOTE
    assert finding.message.startswith("column 2 holds more than 99.9 %")
    assert "D009" not in found(G * [1, 1, 10, 1, 1])[1]
    assert "D009" not in found(np.c_[G[:, 0], np.ones(400)])[1]


def test_norm_a_million_with_spacing_a_tenth():
    points, codes = found(1e6 + 0.1 * G)
    assert codes["D010"].severity is Severity.NOTE
    assert "nothing is lost" in codes["D010"].message
    np.testing.assert_allclose(points.centre, 1e6 + 0.1 * G.mean(axis=0), rtol=1e-14)
    stored = found((1e6 + 0.1 * G).astype(np.float32))[1]
    assert {"D008", "D010"} <= set(stored)
    assert stored["D008"].severity is Severity.WARNING
    assert "D010" not in found(1e3 + G)[1]


@pytest.mark.parametrize("start", [0, 1, 1000])
def test_a_saved_index_is_no_coordinate(start):
    frame = pd.DataFrame(G, index=np.arange(start, start + 400)).reset_index()
    finding = found(frame)[1]["D011"]
    assert finding.severity is Severity.WARNING
    assert "column 'index' counts the rows" in finding.message


def test_sorted_values_are_not_row_numbers():
    assert "D011" not in found(np.sort(G, axis=0))[1]


@pytest.mark.parametrize("factor", [1e200, 1e-200, 1e300])
def test_values_whose_squares_overflow_are_rescaled(factor):
    points, codes = found(G * factor)
    assert set(codes) == {"D012"}
    X = points.whole()
    assert 0.1 < X.std() < 10
    np.testing.assert_allclose(X / X[0, 0], G / G[0, 0], rtol=1e-12)


def test_a_million_columns():
    X = np.zeros((50, 1_000_000), dtype=np.float16)
    X[:, :100] = RNG.standard_normal((50, 100))
    X[4, 999_999] = np.nan
    points, codes = found(X)
    assert points.count == 49
    assert "999,900 of" not in codes["D005"].message
    assert "column" in codes["D005"].message
    assert next(iter(points.blocks()))[1].shape == (1, 1_000_000)


def test_a_file_and_a_key(tmp_path):
    np.savez(tmp_path / "x.npz", a=G, b=np.vstack([G, G[:1]]))
    points, findings = read_points(tmp_path / "x.npz", key="b")
    assert (points.count, points.name) == (400, "x.npz[b]")
    assert [finding.code for finding in findings] == ["D003"]
    with pytest.raises(lc.ArgumentError, match="key="):
        read_points(G, key="a")


def test_how_the_data_was_read_is_a_finding():
    assert "flattened to 12 numbers" in found(RNG.random((30, 3, 4)))[1]["D001"].message


def test_parquet_is_cleaned_like_an_array(tmp_path):
    X = np.vstack([G, G[:30]])
    X[5, 2] = np.nan
    pd.DataFrame(X).set_axis(list("abcde"), axis=1).to_parquet(
        tmp_path / "x.parquet", row_group_size=64, index=False
    )
    from_file, findings = read_points(tmp_path / "x.parquet")
    from_array, expected = clean(*as_source(X))
    np.testing.assert_array_equal(from_file.whole(), from_array.whole())
    assert [f.to_dict() for f in findings] == [f.to_dict() for f in expected]


def test_many_rows_are_counted_and_not_listed():
    X = np.tile(RNG.standard_normal((700, 2)), (3, 1))
    finding = found(X)[1]["D003"]
    assert finding.message.startswith("1,400 of 2,100")
    assert finding.rows == ()


def test_equal_input_gives_equal_findings():
    X = RNG.integers(0, 4, (300, 4))
    assert read_points(X)[1] == read_points(X.copy())[1]
