"""Changes of regime: how often they are found, missed and made up, and how well placed they are."""

from __future__ import annotations

import logging
from itertools import pairwise

import numpy as np
import pytest

from lawcast.theory.changes import (
    FEWEST_IN_REGIME,
    NARROWEST_REGIME,
    broken_lines,
    find_regimes,
    most_breaks,
)
from lawcast.theory.slopes import MOST_SIZES, Sizes, gather_sizes, local_rows
from theory.laws_made import sharp

FIGURES = logging.getLogger("figures")
"""What slow tests measured; -n 0 --log-cli-level=INFO shows it."""


def sizes_of(x: np.ndarray, loss: np.ndarray) -> Sizes:
    return gather_sizes(np.log(x), np.log(loss), np.ones(x.size))


def regimes(
    x: np.ndarray, loss: np.ndarray, seed: int = 0, groups: object = None, draws: int = 200
):
    rng = np.random.default_rng(seed)
    return find_regimes(sizes_of(x, loss), groups, level=0.9, draws=draws, rng=rng)


def test_how_many_breaks_sizes_can_bear() -> None:
    assert [most_breaks(n) for n in (3, 7, 8, 11, 12, 16, 50)] == [0, 0, 1, 1, 2, 3, 3]


def test_broken_lines_are_least_squares() -> None:
    x, loss, _ = sharp(14, 0.1, seed=1)
    sizes = sizes_of(x, loss)
    lines = broken_lines(sizes, 2)
    explained = lines.explained(sizes.mean[None, :])[:, 0]
    for c in (0, len(explained) // 2, -1):
        design = np.column_stack(
            [np.ones(14), sizes.u, *(np.clip(sizes.u - p, 0, None) for p in lines.places[c])]
        )
        solved, left, *_ = np.linalg.lstsq(design, sizes.mean)
        assert float(np.sum(sizes.mean**2) - explained[c]) == pytest.approx(float(left[0]))
        slopes = lines.slopes(np.array([c % len(explained)]), sizes.mean[None, :])[0]
        assert slopes == pytest.approx(np.cumsum(solved[1:]))
    assert np.all(np.diff(lines.places, axis=1) > 0)


def test_local_rows_give_a_parabola_exactly() -> None:
    u = np.sort(np.random.default_rng(0).uniform(0, 5, 15))
    v = 1.0 - 2.0 * u + 0.3 * u**2
    for window in (0.5, 2.0, np.inf):
        level, slope = local_rows(u, np.ones(15), u[[0, 7, 14]], window, 2)
        assert level @ v == pytest.approx(v[[0, 7, 14]])
        assert slope @ v == pytest.approx((-2.0 + 0.6 * u)[[0, 7, 14]])


def test_many_sizes_are_merged_without_moving_a_line() -> None:
    u = np.random.default_rng(1).uniform(0, 7, 5000)
    sizes = gather_sizes(u, 2.0 - 0.3 * u, np.ones(5000))
    assert sizes.u.size <= MOST_SIZES
    assert sizes.mean == pytest.approx(2.0 - 0.3 * sizes.u)


def test_one_and_two_breaks_are_found() -> None:
    for slopes in ((0.2, 0.6), (0.1, 0.5, 0.1)):
        x, loss, places = sharp(16, 0.01, seed=3, slopes=slopes)
        found = regimes(x, loss)
        assert np.exp(found.places) == pytest.approx(np.array(places), rel=0.15)
        assert -found.slopes == pytest.approx(np.array(slopes), abs=0.03)
        assert found.p < 0.01
        assert np.all(found.place_ends[:, 0] <= found.places)
        assert np.all(found.places <= found.place_ends[:, 1])


def test_a_break_within_the_noise_is_not_claimed() -> None:
    x, loss, _ = sharp(10, 0.05, seed=3, slopes=(0.30, 0.32))
    found = regimes(x, loss)
    assert found.places.size == 0
    assert found.detectable > 0.02


def test_every_regime_is_wide_and_holds_sizes() -> None:
    rng = np.random.default_rng(2)
    x = np.exp(np.sort(rng.uniform(0.0, 7.0, 80)))
    # a step within 0.06 decades is the shape that a narrow regime would follow
    loss = x**-0.1 * np.exp(-0.3 * ((x > 30.0) & (x < 34.0)) + 0.01 * rng.normal(size=80))
    found = regimes(x, loss)
    ends = np.array([np.log(x[0]), *found.places, np.log(x[-1])])
    assert found.places.size > 0
    assert np.all(np.diff(ends) >= NARROWEST_REGIME - 1e-9)
    for low, high in pairwise(ends):
        inside = (np.log(x) >= low - 1e-9) & (np.log(x) <= high + 1e-9)
        assert np.count_nonzero(inside) >= FEWEST_IN_REGIME


def test_seven_sizes_show_no_change() -> None:
    x, loss, _ = sharp(7, 0.001, seed=1)
    found = regimes(x, loss)
    assert found.places.size == 0
    assert found.detectable == np.inf


def test_exact_lines_and_constants_have_no_break() -> None:
    x = np.geomspace(1, 1e3, 12)
    assert regimes(x, x**-0.5).places.size == 0
    assert regimes(x, np.full(12, 2.0)).places.size == 0


@pytest.mark.parametrize("noise", [1e-3, 1e-4, 0.0])
def test_a_break_off_the_grid_is_one_break_however_small_the_noise(noise: float) -> None:
    u = np.linspace(0.0, 7.0, 13)
    found = 0
    for seed in range(4):
        v = -0.2 * u - 0.4 * np.maximum(u - 2.7183, 0.0)
        drawn = noise * np.random.default_rng(seed).normal(size=13)
        result = regimes(np.exp(u), np.exp(v + drawn), seed)
        assert result.places[0] == pytest.approx(2.7183, abs=20 * noise + 1e-3)
        found += result.places.size == 1
    assert found >= 3


@pytest.mark.slow
def test_what_is_detectable_is_seen_four_times_in_five() -> None:
    x, loss, _ = sharp(12, 0.02, seed=4, slopes=(0.3,))
    change = regimes(x, loss).detectable
    seen = 0
    for seed in range(60):
        x, loss, _ = sharp(12, 0.02, seed, slopes=(0.3, 0.3 + change))
        seen += regimes(x, loss, seed, draws=150).places.size > 0
    FIGURES.info(f"a change of {change:.3g}, called detectable, seen in {seen / 60:.3f}")
    assert 0.6 <= seen / 60 <= 0.97


def false_alarms(n: int, runs: int, groups: int = 0) -> float:
    found = 0
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        u = np.tile(np.linspace(0, 7, n), max(groups, 1))
        which = np.repeat(np.arange(max(groups, 1)), n)
        v = -0.3 * u + 0.02 * rng.normal(size=u.size)
        if groups:
            v += 0.05 * rng.normal(size=groups)[which] + 0.03 * rng.normal(size=groups)[which] * u
        of_group = which if groups else None
        result = regimes(np.exp(u), np.exp(v), seed, of_group, draws=150)
        found += result.places.size > 0
    return found / runs


def test_straight_laws_rarely_show_a_change() -> None:
    assert false_alarms(8, 80) <= 0.10


@pytest.mark.slow
@pytest.mark.parametrize(("n", "groups"), [(6, 0), (12, 0), (24, 0), (10, 4), (10, 8)])
def test_false_changes(n: int, groups: int) -> None:
    share = false_alarms(n, 200, groups)
    FIGURES.info(f"{n} sizes, {groups} groups: a change in {share:.3f} of straight laws")
    assert share <= 0.10


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "noise", "slopes"),
    [(8, 0.02, (0.2, 0.6)), (12, 0.01, (0.2, 0.6)), (24, 0.05, (0.2, 0.6)),
     (16, 0.01, (0.1, 0.5, 0.1))],
)  # fmt: skip
def test_coverage_of_places_and_slopes(n: int, noise: float, slopes: tuple[float, ...]) -> None:
    place, slope, right = [], [], 0
    for seed in range(120):
        x, loss, places = sharp(n, noise, seed, slopes=slopes)
        found = regimes(x, loss, seed)
        if found.places.size != len(places):
            continue
        right += 1
        ends = np.exp(found.place_ends)
        place += [low <= p <= high for p, (low, high) in zip(places, ends, strict=True)]
        of_slopes = -found.slope_ends[:, ::-1]
        slope += [low <= s <= high for s, (low, high) in zip(slopes, of_slopes, strict=True)]
    FIGURES.info(
        f"{n} sizes, noise {noise:g}, slopes {slopes}: breaks counted right {right / 120:.3f}, "
        f"place {np.mean(place):.3f}, slope {np.mean(slope):.3f}"
    )
    assert right >= 100
    assert np.mean(place) >= 0.80
    assert np.mean(slope) >= 0.83
