"""What a user may hand over as points, each kind made readable by blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from lawcast._errors import ReadError

_EXACT = frozenset("?bBhHiIefd")  # type characters whose values float64 holds exactly


@runtime_checkable
class Source(Protocol):
    """Rows of D real numbers, wherever they lie."""

    @property
    def shape(self) -> tuple[int, int]:
        """(n, D)."""

    @property
    def dtype(self) -> str:
        """Name of the type of the numbers at the source, such as ``"float16"``."""

    @property
    def random(self) -> bool:
        """Whether :meth:`take` costs no more than the rows it takes (false for Parquet)."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on how the source was understood, such as a stack of images flattened."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the D columns; empty where they have none."""

    def blocks(self, rows: int) -> Iterator[tuple[int, NDArray[Any]]]:
        """(start, block) in order: real numpy blocks of shape (<= rows, D), views if possible."""

    def take(self, indices: NDArray[np.int64]) -> NDArray[Any]:
        """The rows of these numbers, in this order, of shape (m, D)."""


@dataclass(frozen=True, eq=False)
class ArraySource:
    """A numpy array or memory map of shape (n, ...) and a real type; a row is flattened to D.

    Numbers that float64 cannot hold exactly (64-bit integers, long doubles) are rounded to it
    block by block, so that two rows that look equal to the arithmetic are equal here as well.
    Masked entries become NaN.
    """

    array: NDArray[Any]
    notes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """(n, D)."""
        return len(self.array), int(np.prod(self.array.shape[1:]))

    @property
    def dtype(self) -> str:
        """Name of the type, whatever its byte order."""
        return self.array.dtype.newbyteorder("=").name

    @property
    def random(self) -> bool:
        """Any row is as near as the next."""
        return True

    def blocks(self, rows: int) -> Iterator[tuple[int, NDArray[Any]]]:
        """Slices of the array."""
        for start in range(0, len(self.array), rows):
            block = self.array[start : start + rows]
            yield start, _exact(block.reshape(len(block), -1))

    def take(self, indices: NDArray[np.int64]) -> NDArray[Any]:
        """Rows by number."""
        return _exact(self.array[indices].reshape(len(indices), self.shape[1]))


@dataclass(frozen=True, eq=False)
class SlicedSource:
    """Anything that is sliced like an array and read slice by slice: tensors, HDF5, Zarr.

    Args:
        value: has a shape of (n, ...) and understands ``value[a:b]`` and ``value[increasing]``.
        read: turns such a part into a numpy array.
        dtype: name of the type of the numbers.
    """

    value: Any
    read: Callable[[Any], NDArray[Any]]
    dtype: str
    notes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """(n, D)."""
        sizes = [int(size) for size in self.value.shape]
        return sizes[0], int(np.prod(sizes[1:]))

    @property
    def random(self) -> bool:
        """Any row is as near as the next."""
        return True

    def blocks(self, rows: int) -> Iterator[tuple[int, NDArray[Any]]]:
        """Slices, read one at a time."""
        count, width = self.shape
        for start in range(0, count, rows):
            block = self.read(self.value[start : min(start + rows, count)])
            yield start, _exact(block.reshape(len(block), width))

    def take(self, indices: NDArray[np.int64]) -> NDArray[Any]:
        """Rows by number; HDF5 wants them increasing and each once."""
        once, back = np.unique(indices, return_inverse=True)
        block = self.read(self.value[once])
        return _exact(block.reshape(len(once), self.shape[1]))[back]


def as_source(X: Any) -> tuple[Source, str]:
    """What a user handed over, as rows of real numbers.

    Args:
        X: a numpy array or memory map of shape (n, D) or (n, ...) (images, flattened) and any
            real type; a pandas, polars or pyarrow frame of n rows and D numeric columns; a torch
            or jax array; an HDF5 or Zarr array; a list of n rows.

    Returns:
        (source, name): the rows, not copied, and how to speak of them.

    Raises:
        ReadError: not rows of real numbers; the message says what to type instead.
    """
    if isinstance(X, np.ndarray):
        return _from_array(X, "the array"), "the array"
    if isinstance(X, (list, tuple)):
        return _from_list(X), "the list"
    module = type(X).__module__.partition(".")[0]
    if module == "scipy" and hasattr(X, "toarray"):
        raise _sparse(X)
    if module == "torch" and hasattr(X, "detach"):
        return _from_tensor(X), "the tensor"
    if isinstance(X, Mapping) or module in ("pandas", "polars", "pyarrow", "modin", "cudf"):
        from lawcast.geometry.frames import frame_source

        return frame_source(X), "the data frame"
    if all(hasattr(X, name) for name in ("shape", "dtype", "__getitem__", "__array__")):
        return _from_sliced(X, np.asarray, str(X.dtype), "the array"), "the array"
    if hasattr(X, "__dataframe__") or hasattr(X, "__narwhals_dataframe__"):
        from lawcast.geometry.frames import frame_source

        return frame_source(X), "the data frame"
    raise ReadError(
        f"cannot read points from {_spoken(X)}: pass an array of shape (n, D), "
        "a data frame of numeric columns, a list of rows, or the name of a file"
    )


def _spoken(X: Any) -> str:
    return "None" if X is None else f"a value of type {type(X).__name__}"


def _from_array(X: NDArray[Any], name: str) -> ArraySource:
    refuse_dtype(X.dtype, name)
    return ArraySource(X, check_shape(X.shape, name))


def _from_list(X: list[Any] | tuple[Any, ...]) -> ArraySource:
    if not X:
        raise ReadError("the list is empty; points need one row of numbers each")
    first = None if _ragged(X[0]) else np.shape(X[0])
    if first is not None and len(first) > 1:
        raise ReadError(
            f"a list of {len(X):,} arrays of shape {first} is not one set of points. If they are "
            "images, type np.stack(X); if each is a set of points of its own, pass them one by one"
        )
    widths = [len(row) if hasattr(row, "__len__") else -1 for row in X]
    odd = next((i for i, width in enumerate(widths) if width != widths[0]), None)
    if odd is not None:
        raise ReadError(
            f"the rows of the list differ in length: row 0 has {_long(widths[0])} and row {odd} "
            f"has {_long(widths[odd])}. Points need the same coordinates; pad or cut the rows"
        )
    if any(isinstance(row, Mapping) for row in X):
        raise ReadError("the list holds dictionaries; type pandas.DataFrame(X) for a data frame")
    try:
        array = np.asarray(X)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ReadError(f"the list is not rows of numbers ({error}); pass an array") from error
    return _from_array(array, "the list")


def _ragged(row: Any) -> bool:
    try:
        np.shape(row)
    except (TypeError, ValueError, RuntimeError):
        return True
    return False


def _long(width: int) -> str:
    return "no length" if width < 0 else f"{width:,} numbers"


def _from_tensor(X: Any) -> SlicedSource:
    layout = str(getattr(X, "layout", "torch.strided"))
    if layout != "torch.strided":
        raise ReadError(
            f"the tensor is sparse ({layout}), and neighbours need every coordinate: "
            "type X.to_dense(), if it fits into memory"
        )
    return _from_sliced(X, read_tensor, str(X.dtype).removeprefix("torch."), "the tensor")


def read_tensor(part: Any) -> NDArray[Any]:
    """A part of a torch tensor as a numpy array: no gradient, on the CPU, a type numpy knows."""
    plain = part.detach()
    kind = str(plain.dtype)
    if kind == "torch.bfloat16" or "float8" in kind:  # numpy has no such types
        plain = plain.float()
    return np.asarray(plain.cpu().numpy())


def _from_sliced(
    X: Any, read: Callable[[Any], NDArray[Any]], dtype: str, name: str
) -> SlicedSource:
    shape = tuple(int(size) for size in X.shape)
    notes = check_shape(shape, name)
    try:
        probe = read(X[:1])
    except (AttributeError, NotImplementedError, RuntimeError, TypeError, ValueError) as error:
        raise ReadError(
            f"{name} ({type(X).__name__}) cannot be read as numbers: {error}; "
            "make a numpy array of it first"
        ) from error
    refuse_dtype(probe.dtype, name)
    return SlicedSource(X, read, dtype, notes)


def check_shape(shape: tuple[int, ...], name: str) -> tuple[str, ...]:
    """A note on the shape where rows are flattened.

    Raises:
        ReadError: fewer than two axes, no rows, or no columns.
    """
    if len(shape) == 0:
        raise ReadError(f"{name} is a single number; points need an array of shape (n, D)")
    if len(shape) == 1:
        raise ReadError(
            f"{name} has one axis of {shape[0]:,} numbers; points need an array of shape (n, D). "
            f"If these are {shape[0]:,} points on a line, type X.reshape(-1, 1)"
        )
    if 0 in shape:
        lack = "rows" if shape[0] == 0 else "columns"
        raise ReadError(f"{name} has the shape {shape}, so it has no {lack}: nothing to measure")
    if len(shape) == 2:
        return ()
    inner = " × ".join(f"{size:,}" for size in shape[1:])
    flat = int(np.prod(shape[1:]))
    return (
        f"{name} has {len(shape)} axes: its {shape[0]:,} items of {inner} were flattened to "
        f"{flat:,} numbers each",
    )


def refuse_dtype(dtype: np.dtype[Any], name: str) -> None:
    """Nothing, for a real type.

    Raises:
        ReadError: objects, text, times, complex numbers or records; says what to type.
    """
    if dtype.kind in "biuf" or _small_float(dtype):
        return
    if dtype.names is not None:
        fields = ", ".join(repr(field) for field in dtype.names[:4])
        raise ReadError(
            f"{name} holds records with the fields {fields}, not rows of numbers. "
            "Type np.column_stack([X[name] for name in X.dtype.names])"
        )
    reason = {
        "O": "objects (dtype object), which may be anything. "
        "Type X.astype(float); if a row is an array of its own, np.stack(X)",
        "U": "text. If it spells numbers, type X.astype(float)",
        "S": "bytes of text. If they spell numbers, type X.astype(float)",
        "T": "text. If it spells numbers, type X.astype(float)",
        "c": "complex numbers. Points have real coordinates: "
        "type np.concatenate([X.real, X.imag], axis=1)",
        "M": "dates, whose unit is arbitrary. Choose one: (X - X.min()) / np.timedelta64(1, 'D')",
        "m": "time spans, whose unit is arbitrary. Choose one: X / np.timedelta64(1, 's')",
    }.get(
        dtype.kind,
        f"{dtype.itemsize}-byte values of an unknown type ({dtype.str}). bfloat16 loses its "
        "name in a .npy file: save X.astype('float32') instead",
    )
    raise ReadError(f"{name} holds {reason}")


def _sparse(X: Any) -> ReadError:
    count, width = (*X.shape, 1)[:2]
    size = count * width * 8 / 2**20
    takes = f"{size / 1024:,.1f} GiB" if size >= 1024 else f"{max(size, 0.1):.1f} MiB"
    return ReadError(
        f"the matrix of shape {X.shape} is sparse, and neighbours need every coordinate: densify "
        f"or reduce it first. Type X.toarray() (takes {takes}), or reduce it to 100 "
        "columns: U, s, _ = scipy.sparse.linalg.svds(X.astype(float), k=100); X = U * s"
    )


def _small_float(dtype: np.dtype[Any]) -> bool:
    """Whether a type is bfloat16 or one of its kin, which jax adds to numpy."""
    return dtype.names is None and dtype.type.__module__.partition(".")[0] == "ml_dtypes"


def _exact(block: NDArray[Any]) -> NDArray[Any]:
    """A block of a type that converts to float64 without loss."""
    if isinstance(block, np.ma.MaskedArray):
        return np.asarray(np.ma.filled(block.astype(np.float64), np.nan))
    plain = np.asarray(block)
    if plain.dtype.char in _EXACT:
        return plain
    return plain.astype(np.float32 if _small_float(plain.dtype) else np.float64)


@dataclass(frozen=True, eq=False)
class ScaledSource:
    """Another source, its numbers times 2^power in float64; no digit of them changes.

    For numbers whose squares float64 cannot hold.
    """

    inner: Source
    power: int

    @property
    def shape(self) -> tuple[int, int]:
        """(n, D)."""
        return self.inner.shape

    @property
    def dtype(self) -> str:
        """Scaled numbers are float64, whatever they were."""
        return "float64"

    @property
    def random(self) -> bool:
        """As the inner source."""
        return self.inner.random

    @property
    def notes(self) -> tuple[str, ...]:
        """As the inner source."""
        return self.inner.notes

    @property
    def columns(self) -> tuple[str, ...]:
        """As the inner source."""
        return self.inner.columns

    def blocks(self, rows: int) -> Iterator[tuple[int, NDArray[Any]]]:
        """The inner blocks, scaled."""
        for start, block in self.inner.blocks(rows):
            yield start, self._scaled(block)

    def take(self, indices: NDArray[np.int64]) -> NDArray[Any]:
        """The inner rows, scaled."""
        return self._scaled(self.inner.take(indices))

    def _scaled(self, block: NDArray[Any]) -> NDArray[Any]:
        with np.errstate(over="ignore"):  # only rows that are set aside anyway
            return np.ldexp(block.astype(np.float64), self.power)
