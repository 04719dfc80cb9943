"""``lc.intrinsic_dimension``: from whatever holds points to their dimension, or dimensions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lawcast._errors import ArgumentError, Finding, FitRefused, LawcastError
from lawcast._values import DEFAULT_LEVEL, Array
from lawcast.geometry.collection import Dimensions
from lawcast.geometry.estimators import DEFAULT
from lawcast.geometry.hygiene import LEAST_POINTS, TOO_FEW, clean, read_points
from lawcast.geometry.labels import check_labels
from lawcast.geometry.measuring import measure
from lawcast.geometry.options import Options, make_options
from lawcast.geometry.points import Points
from lawcast.geometry.result import Dimension
from lawcast.geometry.searching import Progress
from lawcast.geometry.sources import Source

DRAWS = 64
"""Half-samples behind an interval, unless said otherwise."""

_Reader = Callable[[], tuple[Points, list[Finding]]]


def intrinsic_dimension(
    X: Any,
    *,
    method: str = DEFAULT,
    labels: Any = None,
    metric: str = "euclidean",
    box: float | Array | None = None,
    queries: int | None = None,
    level: float = DEFAULT_LEVEL,
    draws: int = DRAWS,
    precision: str = "float32",
    engine: str = "numpy",
    memory: int | None = None,
    threads: int | None = None,
    key: str | None = None,
    name: str | None = None,
    rng: int | np.random.Generator = 0,
    progress: Progress | None = None,
) -> Dimension | Dimensions:
    """The intrinsic dimension of points, at every scale, with an interval and a verdict.

    Args:
        X: n points of D numbers: an array, memory map, data frame, torch or jax array, list of
            rows or file name; a stack of images (n, height, width, ...) is flattened. A list of
            arrays, or a mapping of names to them, gives one dimension for each (layers).
        method: name of an estimator. The default combines distances and angles; only its
            interval covers more than the sampling error. With ``metric="hamming"`` the default
            is "bid", the binary intrinsic dimension, in bits.
        labels: (n,) one class for each row of X: gives one dimension for each class.
        metric: "euclidean", "cosine" (angles), "hamming" (0/1 data) or "periodic".
        box: period of the coordinates, one number or (D,), for ``metric="periodic"``.
        queries: how many points, drawn at random, ask for their neighbours among all n. By
            default all below 50,000 points and 5,000 from there on; of "bid", as many as make
            2^24 distances, at least 100.
        level: nominal coverage of the intervals.
        draws: half-samples behind the interval; 0 for no interval, else at least 20.
        precision: "float32" or "float64", of the search; the distances found are float64.
        engine: "numpy", or "faiss" with the extra of that name.
        memory: bytes for work arrays beside the data; 128 MiB by default.
        threads: how many share the queries; by default as many as the numeric libraries use.
        key: the array of an .npz file, or the column of lists of a Parquet file.
        name: how to speak of the data.
        rng: seed or generator of the draws.
        progress: called as progress(stage, done, total).

    Returns:
        A :class:`Dimension`; with ``labels`` or several arrays a :class:`Dimensions`.

    Raises:
        ReadError: X is not rows of real numbers.
        FitRefused: fewer than 20 distinct finite points, or distances that never differ; carries
            the findings.
        ArgumentError: an option is out of range or contradicts another.
        UnknownNameError: no such method, metric, engine or precision.
        MissingExtraError: an optional package is needed.

    Example:
        >>> import numpy as np
        >>> import lawcast as lc
        >>> X = np.random.default_rng(0).standard_normal((500, 3))
        >>> dim = lc.intrinsic_dimension(X)
        >>> 2.5 < dim.value < 3.5
        True
    """
    options = make_options(
        method=method,
        metric=metric,
        box=box,
        queries=queries,
        level=level,
        draws=draws,
        precision=precision,
        engine=engine,
        memory=memory,
        threads=threads,
        rng=rng,
        progress=progress,
    )
    if name is not None and not isinstance(name, str):
        raise ArgumentError(f"name= is text, not {name!r}")
    layers = _layers(X)
    if layers is not None:
        if labels is not None or key is not None or name is not None:
            raise ArgumentError(
                "labels=, key= and name= belong to one array, and X holds several: pass one by one"
            )
        readers = {label: _layer_reader(label, layer) for label, layer in layers.items()}
        return _each(readers, "layer", options)
    points, noted = _read(X, key, name)
    if labels is None:
        return measure(points, noted, options)
    codes, classes = check_labels(labels, points.rows_read)
    codes = codes if points.kept is None else codes[points.kept]
    members = {str(label): np.flatnonzero(codes == code) for code, label in enumerate(classes)}
    if len(members) < len(classes):
        raise ArgumentError("two labels read the same as text: rename one of them")
    readers = {label: _class_reader(points, rows, label, noted) for label, rows in members.items()}
    return _each(readers, "class", options)


def _read(X: Any, key: str | None, name: str | None) -> tuple[Points, list[Finding]]:
    points, noted = clean(X, name or "the array") if isinstance(X, Source) else read_points(X, key)
    return (points if name is None else replace(points, name=name)), noted


def _layers(X: Any) -> dict[str, Any] | None:
    """The arrays of a list or mapping of arrays by name; None where X is one set of points."""
    if isinstance(X, Mapping):
        if not X:
            raise ArgumentError("X is an empty mapping: it has no array to measure")
        named = {str(label): layer for label, layer in X.items()}
        if len(named) < len(X):
            raise ArgumentError("two names of X read the same as text: rename one of them")
        return named
    if isinstance(X, (list, tuple)) and X and all(_is_array(layer) for layer in X):
        return {f"layer {i}": layer for i, layer in enumerate(X)}
    return None


def _is_array(layer: Any) -> bool:
    """Whether an element of a list is an array of points, and not a row of numbers."""
    shape = getattr(layer, "shape", None)
    return shape is not None and len(shape) >= 2


def _layer_reader(label: str, layer: Any) -> _Reader:
    return lambda: _read(layer, None, label)


def _class_reader(
    points: Points, rows: NDArray[np.integer[Any]], label: str, noted: list[Finding]
) -> _Reader:
    def read() -> tuple[Points, list[Finding]]:
        if len(rows) < LEAST_POINTS:
            text = f"{len(rows)} distinct points; a dimension needs {LEAST_POINTS}"
            raise FitRefused(text, (TOO_FEW.found(text),))
        return replace(points.select(rows), name=label), noted

    return read


def _each(readers: Mapping[str, _Reader], kind: str, options: Options) -> Dimensions:
    """Measure one set after the other; a set that is refused does not stop the rest."""
    measured: dict[str, Dimension] = {}
    refused: dict[str, str] = {}
    for label, reader in readers.items():
        # a seed gives each set the answer that it has by itself
        own = options
        if options.seed is not None:
            own = replace(options, rng=np.random.default_rng(options.seed))
        try:
            measured[label] = measure(*reader(), own)
        except LawcastError as error:
            if not isinstance(error, FitRefused) and kind == "class":
                raise
            refused[label] = str(error)
    if not measured:
        listed = "; ".join(f"{label}: {why}" for label, why in refused.items())
        raise FitRefused(f"no {kind} could be measured: {listed}")
    return Dimensions(measured, kind=kind, refused=refused, names=tuple(readers))
