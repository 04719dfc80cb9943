"""Whatever a user hands over becomes rows of numbers, or is refused with what to type."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse

import lawcast as lc
from lawcast.geometry.points import Points
from lawcast.geometry.sources import ScaledSource, as_source, read_tensor

G = np.random.default_rng(2).standard_normal((30, 4))
FRAME = pd.DataFrame(G, columns=["a", "b", "c", "d"])


def whole(X, dtype=np.float64):
    return Points(as_source(X)[0]).whole(dtype)


@pytest.mark.parametrize("kind", ["?", "i1", "u1", "i2", "u4", "i8", "f2", "f4", "f8", "g", ">f4"])
def test_every_real_type(kind):
    X = (G * 20).astype(np.int64).astype(kind)
    np.testing.assert_array_equal(whole(X), X.astype(np.float64))
    source = as_source(X)[0]
    np.testing.assert_array_equal(source.take(np.array([4, 1])), X[[4, 1]])


@pytest.mark.parametrize(
    "view",
    [
        np.asfortranarray(G),
        G[::-1, ::-1],
        G[::2],
        G.T,
        np.broadcast_to(G[:, :1], (30, 4)),
        G.view(np.memmap),
    ],
    ids=["fortran", "reversed", "strided", "transposed", "broadcast", "memmap"],
)
def test_every_layout(view):
    np.testing.assert_array_equal(whole(view), view)


def test_a_read_only_array_is_only_read():
    frozen = G.copy()
    frozen.flags.writeable = False
    np.testing.assert_array_equal(whole(frozen, np.float32), G.astype(np.float32))


def test_masked_entries_are_missing():
    X = np.ma.masked_greater(np.arange(12).reshape(4, 3), 9)
    assert np.isnan(whole(X)).sum() == 2
    assert np.isnan(as_source(X)[0].take(np.array([3]))).sum() == 2


def test_image_stacks_are_flattened_and_said_so():
    images = np.arange(30 * 4 * 5 * 3, dtype=np.uint8).reshape(30, 4, 5, 3)
    source, _ = as_source(images.swapaxes(1, 2))
    assert source.shape == (30, 60)
    assert source.notes == (
        "the array has 4 axes: its 30 items of 5 × 4 × 3 were flattened to 60 numbers each",
    )
    np.testing.assert_array_equal(
        source.take(np.array([7])), images.swapaxes(1, 2)[7].reshape(1, -1)
    )


def test_a_list_of_rows():
    np.testing.assert_array_equal(whole(G.tolist()), G)
    np.testing.assert_array_equal(whole([tuple(row) for row in G]), G)


@pytest.mark.parametrize(
    ("X", "says"),
    [
        (G.astype(object), "X.astype(float)"),
        (G.astype(str), "X.astype(float)"),
        (G.astype("S9"), "X.astype(float)"),
        (G + 1j, "np.concatenate([X.real, X.imag], axis=1)"),
        (G.astype("M8[D]"), "np.timedelta64(1, 'D')"),
        (G.astype("m8[s]"), "np.timedelta64(1, 's')"),
        (np.zeros(9, dtype=[("x", "f4"), ("y", "f4")]), "fields 'x', 'y'"),
        (np.zeros((9, 2), dtype="V2"), "2-byte values"),
        (G[:, 0], "X.reshape(-1, 1)"),
        (np.array(3.0), "single number"),
        (np.zeros((0, 4)), "no rows"),
        (np.zeros((30, 0)), "no columns"),
        (np.zeros((30, 0, 3)), "no columns"),
        ([[1, 2], [1, 2, 3]], "row 0 has 2 numbers and row 1 has 3 numbers"),
        ([[1, 2], 3], "row 1 has no length"),
        ([], "empty"),
        ([[1, "a"], [2, "b"]], "text"),
        ([G, G], "np.stack(X)"),
        ([{"a": 1}, {"a": 2}], "pandas.DataFrame(X)"),
        ({"a": [1, 2]}, "pandas.DataFrame(X)"),
        (scipy.sparse.csr_array(G), "X.toarray()"),
        (scipy.sparse.coo_matrix(G), "scipy.sparse.linalg.svds"),
        (None, "None"),
        (3.5, "type float"),
        ((row for row in G), "type generator"),
        (FRAME["a"], "X.to_numpy().reshape(-1, 1)"),
        (pl.Series([1.0, 2.0]), "single column"),
        (pl.DataFrame(G).lazy(), "X.collect()"),
        (FRAME.iloc[:0], "no rows"),
        (FRAME[[]], "no columns"),
    ],
)
def test_what_is_no_set_of_points(X, says):
    with pytest.raises(lc.ReadError) as caught:
        as_source(X)
    assert says in str(caught.value)


def test_objects_are_never_converted_on_the_way():
    class Trap:
        def __float__(self):
            raise AssertionError("a value was read")

    with pytest.raises(lc.ReadError, match="objects"):
        as_source(np.array([[Trap()]], dtype=object))


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, lambda X: pa.table(pd.DataFrame(X))])
def test_data_frames(make):
    source, name = as_source(make(G))
    assert name == "the data frame"
    assert len(source.columns) == 4
    np.testing.assert_array_equal(Points(source).whole(), G)
    np.testing.assert_array_equal(source.take(np.array([5, 5, 2])), G[[5, 5, 2]])


def test_a_frame_keeps_its_type():
    assert as_source(FRAME.astype(np.float32))[0].dtype == "float32"
    assert as_source(FRAME.astype(np.float16))[0].dtype == "float16"
    assert as_source(pl.DataFrame(G.astype(np.float32)))[0].dtype == "float32"
    assert as_source(FRAME.assign(k=1, b=True))[0].dtype == "float64"


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"a": pd.array([1, None, 3], "Int64"), "b": pd.array([True, None, False])}),
        pl.DataFrame({"a": [1, None, 3], "b": [True, None, False]}),
        pa.table({"a": [1, None, 3], "b": [True, None, False]}),
    ],
)
def test_missing_cells_become_nan(frame):
    np.testing.assert_array_equal(whole(frame), [[1, 1], [np.nan, np.nan], [3, 0]])


@pytest.mark.parametrize(
    ("frame", "named"),
    [
        (FRAME.assign(text="x", number="3"), ["'text'", "'number'", "pandas.to_numeric"]),
        (FRAME.assign(when=pd.Timestamp("2026-01-01")), ["'when'", "datetime64"]),
        (FRAME.assign(z=1j), ["'z'", "complex128"]),
        (FRAME.assign(k=pd.Categorical(["u"] * 30)), ["'k'", "category"]),
        (FRAME.assign(v=[np.zeros(2)] * 30), ["'v'", "object", "np.stack"]),
        (pl.DataFrame({"a": [1.0], "e": [[1.0, 2.0]]}), ["'e'", "List"]),
        (pa.table({"a": [1.0], "t": ["x"]}), ["'t'"]),
        (FRAME.set_axis([f"c{j}" for j in range(4)], axis=1).astype(str), ["'c0'", "'c3'"]),
    ],
)
def test_columns_without_numbers_are_named(frame, named):
    with pytest.raises(lc.ReadError) as caught:
        as_source(frame)
    assert all(part in str(caught.value) for part in named)


def test_two_columns_of_one_name_and_several_levels():
    np.testing.assert_array_equal(whole(FRAME.set_axis(["a"] * 4, axis=1)), G)
    levels = FRAME.set_axis(pd.MultiIndex.from_product([["u", "v"], ["x", "y"]]), axis=1)
    np.testing.assert_array_equal(whole(levels), G)


class Tensor:
    """What the adapter uses of a torch tensor; it fails where a real one would."""

    __module__ = "torch"
    layout = "torch.strided"

    def __init__(self, values, dtype="torch.float32", place="cuda", grad=True):
        self.values, self.dtype, self.place, self.grad = values, dtype, place, grad

    @property
    def shape(self):
        return self.values.shape

    def _as(self, **changed):
        state = {"dtype": self.dtype, "place": self.place, "grad": self.grad, **changed}
        return Tensor(self.values, **state)

    def __getitem__(self, key):
        return Tensor(self.values[key], self.dtype, self.place, self.grad)

    def detach(self):
        return self._as(grad=False)

    def float(self):
        return self._as(dtype="torch.float32")

    def cpu(self):
        return self._as(place="cpu")

    def numpy(self):
        if self.grad or self.place != "cpu" or self.dtype in ("torch.bfloat16", "torch.meta"):
            raise TypeError("can't convert this tensor to numpy")
        return self.values.astype(self.dtype.removeprefix("torch."))


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "int8"])
def test_tensors_are_read_by_blocks(dtype):
    values = np.round(G * 4).astype(np.float32)
    source, name = as_source(Tensor(values, f"torch.{dtype}"))
    assert (name, source.dtype, source.shape) == ("the tensor", dtype, (30, 4))
    np.testing.assert_array_equal(Points(source).whole(np.float32), values)
    np.testing.assert_array_equal(source.take(np.array([9, 1, 9])), values[[9, 1, 9]])
    assert read_tensor(Tensor(values[:2], f"torch.{dtype}")).shape == (2, 4)


def test_tensors_that_cannot_be_read():
    sparse = Tensor(G)
    sparse.layout = "torch.sparse_coo"
    with pytest.raises(lc.ReadError, match=r"X\.to_dense\(\)"):
        as_source(sparse)
    with pytest.raises(lc.ReadError, match="cannot be read as numbers"):
        as_source(Tensor(G, "torch.meta"))
    with pytest.raises(lc.ReadError, match="complex"):
        as_source(Tensor(G, "torch.complex64"))
    with pytest.raises(lc.ReadError, match="one axis"):
        as_source(Tensor(G[:, 0]))


class OnDisk:
    """An array in a file: sliced, or indexed by increasing numbers, and never read whole."""

    shape, dtype = (30, 4), np.dtype(np.float32)

    def __getitem__(self, key):
        if not isinstance(key, slice):
            assert (np.diff(key) > 0).all()
        part = G.astype(np.float32)[key]
        assert len(part) <= 10
        return part

    def __array__(self, dtype=None, copy=None):
        raise AssertionError("the array was read whole")


def test_arrays_on_disk_are_sliced():
    points = Points(as_source(OnDisk())[0])
    blocks = [block for _, block in points.blocks(8, np.float32)]
    np.testing.assert_array_equal(np.concatenate(blocks), G.astype(np.float32))
    taken = points.take(np.array([9, 1, 9]), np.float32)
    np.testing.assert_array_equal(taken, G.astype(np.float32)[[9, 1, 9]])


def test_scaling_by_a_power_of_two_loses_nothing():
    scaled = Points(ScaledSource(as_source(G * 2.0**600)[0], -600))
    np.testing.assert_array_equal(scaled.whole(), G)
    np.testing.assert_array_equal(scaled.take(np.array([3])), G[[3]])
