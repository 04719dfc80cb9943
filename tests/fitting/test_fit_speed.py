"""The speed benchmark runs; its numbers are for a quiet machine, so only their order is tested."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from lawcast.fitting.solve import solve_many

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "fit_speed.py"


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fit_speed", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # dataclasses look their module up by name
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("sys").modules, "fit_speed", module)
        patch.syspath_prepend(SCRIPT.parent)
        spec.loader.exec_module(module)
        return module


def test_the_tables_and_the_figure(benchmark: ModuleType, tmp_path: Path, capsys) -> None:
    figure = tmp_path / "speed.svg"
    tiny = [
        "--draws",
        "256",
        "--subset",
        "8",
        "--runs",
        "40",
        "80",
        "--repeats",
        "1",
        "--points",
        "30",
    ]
    benchmark.main([*tiny, "--figure", str(figure)])
    out = capsys.readouterr().out
    assert "seed 0" in out
    for row in ("256 draws", "analytic gradient", "kaplan", "bnsl", "parameters  7"):
        assert row in out
    ratio = re.search(r"analytic gradient\s+[\d.]+\s+(\d+)", out)
    assert ratio is not None
    assert int(ratio[1]) >= 4  # about 80 with 4,000 draws on a quiet machine
    assert figure.read_text(encoding="utf-8").startswith("<?xml")


def test_the_rival_is_given_a_fair_chance(benchmark: ModuleType) -> None:
    """One start of L-BFGS-B from the optimum of all runs ends at the optimum of a draw."""
    import scipy.optimize

    case = benchmark.make_case(benchmark.CHINCHILLA, benchmark.chinchilla_columns(), 0)
    ends = []
    original = scipy.optimize.minimize

    def spy(*arguments, **options):
        found = original(*arguments, **options)
        ends.append(found.x)
        return found

    weights = np.random.default_rng(0).multinomial(240, np.full(240, 1 / 240), 6).astype(float)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scipy.optimize, "minimize", spy)
        benchmark.time_lbfgsb(case, weights, gradient=True)
    quick = solve_many(case.problem, case.around, weights=weights)
    assert np.median(np.abs(np.array(ends) - quick.u).max(axis=1)) < 1e-4
