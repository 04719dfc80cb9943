"""Points: blocks, rows by number and selections, whatever is kept of the source."""

import numpy as np
import pytest

import lawcast as lc
from lawcast.geometry.points import Points, block_rows
from lawcast.geometry.sources import ArraySource

X = np.random.default_rng(1).standard_normal((23, 3))


class InOrder(ArraySource):
    """An array that is read in order, in blocks of its own size, as Parquet is."""

    @property
    def random(self):
        return False

    def blocks(self, rows):
        yield from super().blocks(min(rows, 5))


def kept_points(kind):
    kept = np.array([0, 2, 3, 9, 10, 11, 20, 22])
    source = {"array": ArraySource, "in order": InOrder}[kind](X)
    return Points(source, kept), X[kept]


def test_clean_array():
    points = Points.from_array(X, name="embeddings.npy")
    assert (points.count, points.width, points.rows_read) == (23, 3, 23)
    assert (points.name, points.dtype, points.kept) == ("embeddings.npy", "float64", None)


@pytest.mark.parametrize("rows", [1, 4, 23, 100, None])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", ["array", "in order"])
def test_blocks_of_what_is_kept(rows, dtype, kind):
    points, expected = kept_points(kind)
    blocks = list(points.blocks(rows, dtype))
    starts = [start for start, _ in blocks]
    assert starts == list(range(0, 8, rows or 8))
    assert all(block.flags.c_contiguous and block.dtype == dtype for _, block in blocks)
    np.testing.assert_array_equal(np.concatenate([b for _, b in blocks]), expected.astype(dtype))


@pytest.mark.parametrize("source", [ArraySource(X), InOrder(X)])
def test_all_rows_by_blocks(source):
    blocks = list(Points(source).blocks(7))
    assert [start for start, _ in blocks] == [0, 7, 14, 21]
    assert [len(block) for _, block in blocks] == [7, 7, 7, 2]
    np.testing.assert_array_equal(np.concatenate([b for _, b in blocks]), X)


def test_blocks_stay_as_they_were_when_the_next_is_read():
    blocks = [block for _, block in Points(InOrder(X)).blocks(4)]
    np.testing.assert_array_equal(np.concatenate(blocks), X)


def test_a_block_is_a_view_where_it_can_be():
    points = Points.from_array(X)
    assert all(np.shares_memory(block, X) for _, block in points.blocks(4))
    assert np.shares_memory(points.whole(), X)
    assert not np.shares_memory(points.whole(np.float32), X)


@pytest.mark.parametrize("kind", ["array", "in order"])
def test_rows_by_number(kind):
    points, expected = kept_points(kind)
    chosen = np.array([7, 0, 0, 3])
    taken = points.take(chosen, np.float32)
    assert taken.dtype == np.float32
    assert taken.flags.c_contiguous
    np.testing.assert_array_equal(taken, expected[chosen].astype(np.float32))
    np.testing.assert_array_equal(points.whole(), expected)


def test_select_counts_among_the_kept():
    points, expected = kept_points("array")
    some = points.select(np.array([5, 1, 5]))
    np.testing.assert_array_equal(some.whole(), expected[[1, 5]])
    np.testing.assert_array_equal(some.kept, [2, 11])
    np.testing.assert_array_equal(points.source_rows(np.array([1, 5])), [2, 11])


def test_a_memory_map_is_not_read_whole(tmp_path):
    np.save(tmp_path / "a.npy", X.astype(np.float16))
    mapped = np.load(tmp_path / "a.npy", mmap_mode="r")
    points = Points.from_array(mapped)
    assert points.dtype == "float16"
    assert points.source.array is mapped
    assert next(iter(points.blocks(4, np.float32)))[1].shape == (4, 3)


def test_a_block_needs_a_row():
    with pytest.raises(lc.ArgumentError, match="at least one row"):
        Points.from_array(X).blocks(0)


def test_rows_a_block_adapt_to_the_width():
    assert block_rows(1_000_000, 8) == 1
    assert block_rows(10, 4) > 100_000
