"""Neighbours are those of brute force, whatever the data, and options do what they say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast.geometry import neighbours, products, searching
from lawcast.geometry.neighbours import find_neighbours
from lawcast.geometry.points import Points
from lawcast.geometry.sources import ArraySource


def make(name: str) -> NDArray[Any]:
    """Data that is hard in some way."""
    rng = np.random.default_rng(7)
    normal = rng.standard_normal
    wide, step = 1e6 * normal((250, 10)), normal((250, 10))
    scales = 10.0 ** rng.uniform(-9, 9, (600, 1))
    made = {
        "float64": lambda: normal((1500, 20)),
        "float32": lambda: normal((1500, 20)).astype(np.float32),
        "float16": lambda: normal((700, 20)).astype(np.float16),
        "whole numbers": lambda: rng.integers(-9, 9, (700, 5)).astype(np.int16),
        "far from the origin": lambda: 1e6 + 0.1 * normal((700, 10)),
        "far, in float32": lambda: (1e3 + 0.3 * normal((700, 10))).astype(np.float32),
        "pairs 0.1 apart, 1e6 wide": lambda: np.concatenate([wide, wide + 0.1 * step]),
        "pairs 1e-9 apart": lambda: 1e-6 * np.concatenate([wide, wide + 1e-3 * step]),
        "k + 1 points": lambda: normal((13, 4)),
        "k + 2 points": lambda: normal((14, 4)),
        "one column": lambda: normal((900, 1)),
        "one sorted column": lambda: np.sort(normal((3000, 1)), axis=0)[::-1],
        "many columns": lambda: normal((200, 3000)).astype(np.float32),
        "triplicates": lambda: np.repeat(normal((200, 6)), 3, axis=0),
        "a grid": lambda: rng.integers(0, 3, (900, 5)).astype(float),
        "all equal": lambda: np.ones((700, 4)),
        "an outlier": lambda: np.concatenate([normal((600, 5)), np.full((1, 5), 1e30)]),
        "squares overflow": lambda: 1e200 * normal((300, 3)),
        "squares vanish": lambda: 1e-200 * normal((300, 3)),
        "one scale in a sea of another": lambda: normal((600, 4)) * scales,
    }  # fmt: skip
    return made[name]()


HARD = (
    "float64", "float32", "float16", "whole numbers", "far from the origin", "far, in float32",
    "pairs 0.1 apart, 1e6 wide", "pairs 1e-9 apart", "k + 1 points", "k + 2 points", "one column",
    "one sorted column", "many columns", "triplicates", "a grid", "all equal", "an outlier",
    "squares overflow", "squares vanish", "one scale in a sea of another",
)  # fmt: skip


def brute(X: NDArray[Any], k: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Distances by differences in float64; equal ones in the order of the numbers."""
    wide = X.astype(float)
    unit = 2.0 ** np.frexp(np.abs(wide).max())[1] if np.abs(wide).max() > 1e100 else 1.0
    unit = 2.0**-660 if np.abs(wide).max() < 1e-100 else unit
    gaps = cdist(wide / unit, wide / unit)
    np.fill_diagonal(gaps, np.inf)
    order = np.argsort(gaps, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(gaps, order, axis=1) * unit, order


@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize("memory", [2**20, 2**27])
def test_neighbours_are_those_of_brute_force(name: str, memory: int) -> None:
    X = make(name)
    found = find_neighbours(Points.from_array(X), 12, memory=memory)
    distances, order = brute(X, 12)
    np.testing.assert_allclose(found.distances, distances, rtol=1e-13, atol=0)
    # distances a last digit apart may be ranked either way
    close = np.isclose(found.distances, distances, rtol=1e-13, atol=0)
    assert close.all()
    assert np.mean(found.indices == order) > 0.999
    assert np.all(found.indices != found.queries[:, None])
    assert np.array_equal(found.distances == 0, distances == 0)


@pytest.mark.parametrize("k", [1, 2, 64, 299])
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_any_number_of_neighbours(k: int, precision: str) -> None:
    X = np.random.default_rng(k).standard_normal((300, 6))
    found = find_neighbours(Points.from_array(X), k, precision=precision)
    distances, order = brute(X, k)
    np.testing.assert_allclose(found.distances, distances, rtol=1e-13)
    assert np.array_equal(found.indices, order)
    assert (found.count, found.width, found.k) == (300, 6, k)


def test_points_are_passed_by_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "_COLUMNS", 256)
    X = np.random.default_rng(3).standard_normal((2000, 5))
    X = X[np.argsort(np.abs(X[:, 0]))[::-1]]  # every tile is nearer than the last
    distances, order = brute(X, 9)
    for memory in (2**20, 2**27):
        found = find_neighbours(Points.from_array(X), 9, memory=memory)
        assert np.array_equal(found.indices, order)
        np.testing.assert_allclose(found.distances, distances, rtol=1e-13)


def test_queries_are_answered_in_their_order() -> None:
    X = np.random.default_rng(0).standard_normal((400, 3))
    asked = np.array([399, 5, 5, 0], dtype=np.int32)
    found = find_neighbours(Points.from_array(X), 4, queries=asked)
    distances, order = brute(X, 4)
    assert np.array_equal(found.indices, order[asked])
    np.testing.assert_allclose(found.distances, distances[asked], rtol=1e-13)
    assert np.array_equal(found.queries, asked)


@dataclass(frozen=True, eq=False)
class InOrder(ArraySource):
    """An array that is read in order, as a Parquet file is."""

    @property
    def random(self) -> bool:
        return False


def test_a_source_that_is_read_in_order() -> None:
    X = np.random.default_rng(0).standard_normal((900, 4)).astype(np.float32)
    found = find_neighbours(Points(InOrder(X)), 6)
    distances, order = brute(X, 6)
    assert np.array_equal(found.indices, order)
    np.testing.assert_allclose(found.distances, distances, rtol=1e-13)


def test_rows_that_were_set_aside_are_nobodys_neighbours() -> None:
    X = np.random.default_rng(0).standard_normal((300, 4))
    kept = np.flatnonzero(np.arange(300) % 3)
    X[::3] = np.nan
    for source in (ArraySource(X), InOrder(X)):
        found = find_neighbours(Points(source, kept), 5)
        assert np.array_equal(found.indices, brute(X[kept], 5)[1])


def test_cancellation_is_reported_and_repaired() -> None:
    X = make("pairs 0.1 apart, 1e6 wide")
    X[250:] += 1e3 * (X[250:] - X[:250])  # 100 apart
    found = find_neighbours(Points.from_array(X), 3)
    assert len(found.doubtful) == len(X)
    calm = find_neighbours(Points.from_array(make("far from the origin")), 3)
    assert len(calm.doubtful) == 0
    wide = find_neighbours(Points.from_array(X), 3, precision="float64")
    assert len(wide.doubtful) == 0
    np.testing.assert_array_equal(found.distances, wide.distances)


def test_what_float32_cannot_tell_apart_is_searched_again() -> None:
    rng = np.random.default_rng(0)
    # two clumps far from each other: within one, float32 products see nothing but rounding
    X = 1e-6 * rng.standard_normal((1200, 4)) + np.repeat([[1.0], [-1.0]], 600, axis=0)
    found = find_neighbours(Points.from_array(X), 5)
    assert found.redone == 1200
    np.testing.assert_allclose(found.distances, brute(X, 5)[0], rtol=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("width", [1, 7, 300])
def test_products_are_lower_bounds_within_their_slack(dtype: Any, width: int) -> None:
    rng = np.random.default_rng(width)
    X = rng.standard_normal((200, width)) * 10.0 ** rng.uniform(-3, 3, (200, 1))
    frame = products.make_frame(Points.from_array(X), dtype).keep()
    queries = frame.ask(np.arange(200))
    ((_, _, _, tile),) = products.tiles(frame, queries, 2**27, 1)
    scaled = (X.astype(np.longdouble) - frame.origin) * frame.scale
    true = (
        np.square(scaled[:, None] - scaled[None]).sum(axis=2) - np.square(scaled).sum(1)[:, None]
    ) / 2
    other = ~np.eye(200, dtype=bool)
    low = tile.astype(np.longdouble) - frame.growth * queries.norms[:, None] / 2
    assert np.all((true >= low)[other])
    for column in range(200):
        slack = frame.slack(queries.norms, tile[:, column])
        fine = other[:, column]
        assert np.all((true[:, column] <= tile[:, column] + slack)[fine])


def test_progress_rises_to_the_total_and_can_stop_the_search() -> None:
    X = np.random.default_rng(0).standard_normal((2500, 3))
    seen: list[tuple[str, int, int]] = []
    find_neighbours(Points.from_array(X), 3, progress=lambda *step: seen.append(step))
    done = [step[1] for step in seen]
    assert {step[0] for step in seen} == {"neighbours"}
    assert len(done) > 1
    assert done == sorted(done)
    assert done[-1] == seen[-1][2]

    def stop(stage: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        find_neighbours(Points.from_array(X), 3, progress=stop)


def test_threads_are_capped_and_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    from threadpoolctl import threadpool_info

    def most() -> int:
        return max((pool["num_threads"] for pool in threadpool_info()), default=1)

    before = most()
    during: list[int] = []
    X = np.random.default_rng(0).standard_normal((50, 3))
    find_neighbours(
        Points.from_array(X), 3, threads=1, progress=lambda *step: during.append(most())
    )
    assert set(during) == {1}
    assert most() == before


def test_a_memory_map_is_never_held_whole(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    X = np.random.default_rng(0).standard_normal((20000, 32)).astype(np.float16)
    np.save(tmp_path / "x.npy", X)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    sizes: list[int] = []
    read = ArraySource.blocks

    def watched(self: ArraySource, rows: int) -> Iterator[tuple[int, NDArray[Any]]]:
        sizes.append(rows)
        return read(self, rows)

    monkeypatch.setattr(ArraySource, "blocks", watched)
    asked = np.arange(0, 20000, 400)
    found = find_neighbours(Points.from_array(mapped), 4, queries=asked, memory=2**20)
    assert max(sizes) * 32 * 4 < 2**19
    gaps = np.sort(cdist(X[asked].astype(float), X.astype(float)), axis=1)[:, 1:5]
    np.testing.assert_allclose(found.distances, gaps, rtol=1e-13)


@pytest.mark.parametrize("k", [0, -1, 30, 31])
def test_k_must_leave_a_neighbour_for_each(k: int) -> None:
    points = Points.from_array(np.arange(90.0).reshape(30, 3))
    with pytest.raises(ArgumentError, match=rf"k={k} .* n=30 .* choose k from 1 to 29"):
        find_neighbours(points, k)


def test_one_point_has_no_neighbour() -> None:
    with pytest.raises(ArgumentError, match="at least two points"):
        find_neighbours(Points.from_array(np.ones((1, 3))), 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"queries": np.array([0, 30])}, "give numbers from 0 to 29"),
        ({"queries": np.array([-1])}, "queries run from -1"),
        ({"queries": np.array([0.0])}, "whole numbers"),
        ({"queries": np.array([], dtype=int)}, "whole numbers"),
        ({"memory": 1000}, "too little"),
        ({"threads": 0}, "at least 1"),
        ({"box": 1.0}, "periodic"),
        ({"engine": "faiss", "metric": "periodic", "box": 99.0}, "no periodic box"),
        ({"engine": "faiss", "precision": "float64"}, "float32 alone"),
    ],
)
def test_options_out_of_range(options: dict[str, Any], message: str) -> None:
    points = Points.from_array(np.arange(90.0).reshape(30, 3))
    with pytest.raises(ArgumentError, match=message):
        find_neighbours(points, 3, **options)


@pytest.mark.parametrize("what", ["metric", "precision", "engine"])
def test_unknown_names(what: str) -> None:
    points = Points.from_array(np.arange(90.0).reshape(30, 3))
    options: dict[str, Any] = {what: "nonsense"}
    with pytest.raises(UnknownNameError, match=f"no {what} 'nonsense'"):
        find_neighbours(points, 3, **options)


def test_data_beyond_float64() -> None:
    X = np.random.default_rng(0).standard_normal((9000, 2))
    X[-2] = 1e300  # between the rows that the scale is chosen from
    with pytest.raises(ArgumentError, match="orders of magnitude"):
        find_neighbours(Points.from_array(X), 3)
    wide = np.array([[1.7e308], [-1.7e308], [0.0]])
    with pytest.raises(ArgumentError, match="divide the data"):
        find_neighbours(Points.from_array(wide), 1)


def test_the_default_memory_is_what_the_docs_say() -> None:
    assert neighbours.MEMORY == 128 * 2**20
    assert searching.STAGE == "neighbours"
