"""The manifolds that dimension estimators are judged by: sizes, streams, and their dimension."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent

PUBLISHED = [
    "M1_Sphere", "M2_Affine_3to5", "M3_Nonlinear_4to6", "M4_Nonlinear", "M5a_Helix1d",
    "M5b_Helix2d", "M6_Nonlinear", "M7_Roll", "M8_Nonlinear", "M9_Affine", "M10a_Cubic",
    "M10b_Cubic", "M10c_Cubic", "M10d_Cubic", "M11_Moebius", "M12_Norm", "M13a_Scurve",
    "M13b_Spiral", "Mbeta", "Mn1_Nonlinear", "Mn2_Nonlinear", "Mp1_Paraboloid", "Mp2_Paraboloid",
    "Mp3_Paraboloid",
]  # fmt: skip
FRESH = [
    "UnevenCurve1", "Saddle2", "Rotations3", "ThickRoll3", "TorusWaves3", "CliffordTorus4",
    "BlobImages4", "TwoClusters4", "CurveTimesBall5", "Planes6", "CubeWaves7", "RankOne8",
    "Ellipsoid9", "TanhNetwork10", "Dirichlet11", "VonMisesFisher12", "Frames13", "CutNormal14",
    "SphereProduct15", "RankTwo18", "CubeWaves22", "TanhNetwork25", "SphereProduct30", "RankTwo40",
    "Ball50", "Ellipsoid70",
]  # fmt: skip


@pytest.fixture(scope="module")
def modules() -> Iterator[tuple[ModuleType, ModuleType]]:
    """Both suites as modules; what importing them changes in the process is put back."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "benchmarks")
        yield importlib.import_module("manifolds"), importlib.import_module("manifolds_fresh")
        for name in ("manifolds", "manifolds_fresh"):
            sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def by_name(modules: tuple[ModuleType, ModuleType]) -> dict[str, Any]:
    return {m.name: m for m in (*modules[0].SUITE, *modules[1].FRESH)}


def local_spectrum(manifold: Any, rng: np.random.Generator) -> NDArray[np.float64]:
    """Singular values of a tiny neighbourhood of a random point, each direction in its own width.

    Central differences cancel the curvature, so what is left beyond d is of third order.
    """
    spread = manifold.latent(rng, 400).std(axis=0)
    centre = manifold.latent(rng, 1)
    steps = 1e-5 * spread * rng.standard_normal((10 * manifold.d + 50, centre.shape[1]))
    points = 0.5 * (manifold.embed(centre + steps) - manifold.embed(centre - steps))
    return np.linalg.svd(points, compute_uv=False)


def test_the_lists_are_what_the_docs_say(modules: tuple[ModuleType, ModuleType]) -> None:
    assert [m.name for m in modules[0].SUITE] == PUBLISHED
    assert [m.name for m in modules[1].FRESH] == FRESH


@pytest.mark.parametrize("name", PUBLISHED + FRESH)
def test_points_are_finite_and_of_the_stated_size(
    name: str, modules: tuple[ModuleType, ModuleType], by_name: dict[str, Any]
) -> None:
    points = modules[0].draw(by_name[name], 300, seed=0)
    assert points.shape == (300, by_name[name].D)
    assert points.dtype == np.float64
    assert np.isfinite(points).all()
    assert len(np.unique(points, axis=0)) == 300


@pytest.mark.parametrize("name", PUBLISHED + FRESH)
def test_a_seed_gives_the_same_points_and_another_seed_others(
    name: str, modules: tuple[ModuleType, ModuleType], by_name: dict[str, Any]
) -> None:
    draw, manifold = modules[0].draw, by_name[name]
    first = draw(manifold, 40, seed=3)
    for other in by_name.values():
        draw(other, 5, seed=3)
    np.testing.assert_array_equal(draw(manifold, 40, seed=3), first)
    assert not np.array_equal(draw(manifold, 40, seed=4), first)


@pytest.mark.parametrize("name", PUBLISHED + FRESH)
def test_a_tiny_neighbourhood_has_rank_d(name: str, by_name: dict[str, Any]) -> None:
    manifold = by_name[name]
    rng = np.random.default_rng(11)
    for _ in range(5):
        values = local_spectrum(manifold, rng)
        assert values[manifold.d - 1] > 1e-3 * values[0]
        assert np.all(values[manifold.d :] < 1e-4 * values[manifold.d - 1])


@pytest.mark.parametrize("name", FRESH)
def test_no_direction_of_a_fresh_manifold_is_hidden(name: str, by_name: dict[str, Any]) -> None:
    manifold = by_name[name]
    rng = np.random.default_rng(12)
    spectra = [local_spectrum(manifold, rng) for _ in range(15)]
    assert np.median([s[manifold.d - 1] / s[0] for s in spectra]) > 0.1


def test_the_fresh_suite_is_spread_over_the_dimensions(
    modules: tuple[ModuleType, ModuleType],
) -> None:
    d = np.array([m.d for m in modules[1].FRESH])
    assert np.sum(d <= 6) >= 6
    assert np.sum((d > 6) & (d <= 20)) >= 5
    assert np.sum(d > 20) >= 4
    assert d.min() == 1
    assert d.max() == 70


def test_noise_is_within_half_its_amplitude(
    modules: tuple[ModuleType, ModuleType], by_name: dict[str, Any]
) -> None:
    draw, manifold = modules[0].draw, by_name["M7_Roll"]
    clean, noisy = draw(manifold, 500, 0), draw(manifold, 500, 0, noise=0.2)
    moved = np.abs(noisy - clean)
    assert 0.09 < moved.max() <= 0.1


def test_relative_noise_follows_the_size_of_the_set(
    modules: tuple[ModuleType, ModuleType], by_name: dict[str, Any]
) -> None:
    draw, manifold = modules[0].draw, by_name["M7_Roll"]
    clean = draw(manifold, 500, 0)
    noisy = draw(manifold, 500, 0, noise=0.1, relative=True)
    radius = np.sqrt(np.mean(np.sum((clean - clean.mean(axis=0)) ** 2, axis=1)))
    length = np.sqrt(np.mean(np.sum((noisy - clean) ** 2, axis=1)))
    assert length == pytest.approx(0.1 * radius / np.sqrt(12.0), rel=0.05)


def test_the_faces_of_a_cube_hold_equal_shares(
    modules: tuple[ModuleType, ModuleType], by_name: dict[str, Any]
) -> None:
    points = modules[0].draw(by_name["M10a_Cubic"], 2200, seed=1)
    on_face = np.column_stack([points == 0.0, points == 1.0])
    assert np.all(on_face.sum(axis=0) == 100)


def test_rotations_frames_and_planes_are_what_they_are_called(
    modules: tuple[ModuleType, ModuleType], by_name: dict[str, Any]
) -> None:
    draw = modules[0].draw
    turn = draw(by_name["Rotations3"], 20, 0).reshape(-1, 3, 3)
    np.testing.assert_allclose(turn @ turn.transpose(0, 2, 1), np.tile(np.eye(3), (20, 1, 1)),
                               atol=1e-12)  # fmt: skip
    np.testing.assert_allclose(np.linalg.det(turn), 1.0)
    frame = draw(by_name["Frames13"], 20, 0).reshape(-1, 8, 2)
    np.testing.assert_allclose(frame.transpose(0, 2, 1) @ frame, np.tile(np.eye(2), (20, 1, 1)),
                               atol=1e-12)  # fmt: skip
    plane = draw(by_name["Planes6"], 20, 0).reshape(-1, 5, 5)
    np.testing.assert_allclose(plane @ plane, plane, atol=1e-12)
    np.testing.assert_allclose(np.trace(plane, axis1=1, axis2=2), 2.0)


def test_matrices_have_their_rank(
    modules: tuple[ModuleType, ModuleType], by_name: dict[str, Any]
) -> None:
    for name, rows, rank in (("RankOne8", 4, 1), ("RankTwo18", 5, 2), ("RankTwo40", 12, 2)):
        points = modules[0].draw(by_name[name], 20, 0)
        assert np.all(np.linalg.matrix_rank(points.reshape(20, rows, -1)) == rank)
