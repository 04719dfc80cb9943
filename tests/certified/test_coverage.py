"""Do the intervals keep their promise? 400 simulated worlds a row, through ``lawcast.fit``.

The worlds are those of benchmarks/coverage.py, which prints the table of the docs. With 400 worlds
the standard error of a coverage of 90 % is 1.5 points.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import lawcast as lc

WORLDS = 400
PLACE = Path(__file__).resolve().parents[2] / "benchmarks" / "coverage.py"


@pytest.fixture(scope="module")
def benchmark() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("coverage_of_intervals", PLACE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclass looks itself up there
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.mark.slow
@pytest.mark.parametrize("noise", ["normal", "t4", "uneven"])
@pytest.mark.parametrize("runs", [60, 240])
def test_single_runs(benchmark: ModuleType, runs: int, noise: str) -> None:
    found = benchmark.coverage(benchmark.Setting(runs=runs, noise=noise), WORLDS)
    assert set(found) == {"alpha", "beta", "loss at 10x"}
    assert all(0.86 <= share <= 0.94 for share in found.values()), found


@pytest.mark.slow
@pytest.mark.parametrize("clusters", [6, 10, 20])
def test_few_clusters(benchmark: ModuleType, clusters: int) -> None:
    setting = benchmark.Setting(runs=max(60, 6 * clusters), clusters=clusters)
    found = benchmark.coverage(setting, WORLDS)
    assert all(share >= 0.84 for share in found.values()), found


@pytest.mark.slow
def test_floor_by_its_profile(benchmark: ModuleType) -> None:
    found = benchmark.coverage(benchmark.Setting(runs=60), WORLDS // 2, profile=True)
    assert 0.84 <= found["E (profile)"] <= 0.96, found


@pytest.mark.slow
@pytest.mark.parametrize("runs", [60, 240])
def test_new_runs_at_three_times_the_compute(benchmark: ModuleType, runs: int) -> None:
    """Runs that were really made, at the best split of 3x the largest compute."""
    setting = benchmark.Setting(runs=runs)
    inside = []
    for world in range(100):
        table = benchmark.draw_world(setting, world)
        fit = lc.fit(
            lc.read_runs(table, params_kind="total"), law="chinchilla", bootstrap=400,
            starts=16, diagnosis=False, rng=world,
        )  # fmt: skip
        compute = 3.0 * float(fit.runs["compute"].max())
        interval = fit.predict(compute=compute).new_run
        assert interval is not None
        noise = setting.scatter * np.random.default_rng([5, world]).normal(size=40)
        made = benchmark.best_loss(compute) * np.exp(noise)
        inside.append(np.mean((interval.low <= made) & (made <= interval.high)))
    assert 0.86 <= float(np.mean(inside)) <= 0.94, np.mean(inside)


def test_worlds_are_what_they_say(benchmark: ModuleType) -> None:
    """The truth that the intervals are held against, and the noise."""
    setting = benchmark.Setting(runs=4000)
    table = benchmark.draw_world(setting, 0)
    noise = np.log(table["loss"] / benchmark.true_loss(table["params"], table["tokens"]))
    assert noise.std() == pytest.approx(setting.scatter, rel=0.05)
    compute = 6 * table["params"] * table["tokens"]
    assert compute.max() / compute.min() == pytest.approx(1e4, rel=0.01)
    # no split of the compute is better than the closed form
    params = np.logspace(8, 12, 2001)
    assert benchmark.true_loss(params, 1e23 / 6 / params).min() == pytest.approx(
        benchmark.best_loss(1e23), rel=1e-6
    )
