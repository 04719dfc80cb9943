"""What fits and bootstraps cost, in CPU seconds of one thread of one process.

    python benchmarks/fit_speed.py                       # the tables of the docs
    python benchmarks/fit_speed.py --figure speed.svg    # and the cost curves as a figure

Compared are 4,000 bootstrap draws of the Chinchilla law on the packaged 240 runs (drawing the
resamples and fitting each) with one-start L-BFGS-B per draw, started at the optimum of all runs
in the same centred coordinates, with and without an analytic gradient. L-BFGS-B is timed on a
subset of the draws and scaled. The PyPI package `chinchilla` is timed too where it is installed;
an environment of its own does: python -m venv other && other/bin/pip install . chinchilla==0.2.0
"""

# ruff: noqa: E402
from __future__ import annotations

import os

# before numpy is imported
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import importlib.util
import itertools
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
import scipy.optimize
from machine import machine, table

import lawcast
from lawcast._data import packaged
from lawcast.fitting.losses import make_loss
from lawcast.fitting.problem import Problem, make_problem
from lawcast.fitting.resampling import draw, make_plan, resample
from lawcast.fitting.solve import Around, prepare, search
from lawcast.laws.law import Law, Term
from lawcast.laws.registry import get_law
from lawcast.laws.sums import sum_of_powers
from lawcast.laws.surfaces import CHINCHILLA

TRUTHS = {
    2: (10.0, 0.06),
    3: (1.9, 2143.4, 0.3672),
    5: (1.8172, 477.8, 2143.4, 0.3473, 0.3672),
    7: (1.7, 477.8, 2143.4, 3e6, 0.3473, 0.3672, 0.45),
}
"""Parameters of the simulated sums of powers, by their number."""

CURVES = {
    "m3": (40.0, 1e-8, 0.2),
    "m4": (1.7, 8.0, 0.6, 140.0, 0.35),
    "bnsl": (1.5, 50.0, 0.2, 0.3, 3e8, 0.4),
}
DELTA = 1e-3

# a fourth term that no run needs, for the cost of parameters
SEVEN = sum_of_powers(
    name="seven",
    title="Chinchilla with a mixed term",
    formula="L = E + A/N^alpha + B/D^beta + M/(N^alpha·D^delta)",
    variables=("params", "tokens"),
    terms=(
        Term("E"),
        Term("A", {"params": "alpha"}),
        Term("B", {"tokens": "beta"}),
        Term("M", {"params": "alpha", "tokens": "delta"}),
    ),
    meanings={name: (name, name) for name in ("E", "A", "B", "M", "alpha", "beta", "delta")},
    source="for this benchmark",
    order=("E", "A", "B", "M", "alpha", "beta", "delta"),
    floor="E",
)


@dataclass(frozen=True)
class Case:
    """A problem at its optimum, ready for draws."""

    problem: Problem
    around: Around


def chinchilla_columns() -> dict[str, np.ndarray]:
    """The 240 runs of Besiroglu et al.: all but the five of lowest tokens per parameter."""
    with packaged("chinchilla.csv") as path:
        table = np.genfromtxt(path, delimiter=",", names=True)
    size, compute, loss = (table[name] for name in ("Model_Size", "Training_FLOP", "loss"))
    tokens = compute / (6.0 * size)
    kept = np.sort(np.argsort(tokens / size)[5:])
    return {"params": size[kept], "tokens": tokens[kept], "loss": loss[kept]}


def simulated_runs(count: int, seed: int, law: Law = CHINCHILLA) -> dict[str, np.ndarray]:
    """Runs of a known sum of powers, the refitted Chinchilla surface or like it, 0.6 % noise."""
    rng = np.random.default_rng([seed, count])
    size, tokens = np.exp(rng.uniform(np.log([[7e7], [1e9]]), np.log([[1e10], [3e11]]), (2, count)))
    columns = {"params": size, "tokens": tokens}
    loss = law([columns[v] for v in law.variables], np.array(TRUTHS[len(law.names)]))
    return {**columns, "loss": loss * np.exp(0.006 * rng.standard_normal(count))}


def curve(name: str, points: int, seed: int) -> dict[str, np.ndarray]:
    """A learning curve of a one-variable law with 0.5 % noise."""
    x = np.logspace(6, 11, points)
    y = get_law(name)([x], np.array(CURVES[name]))
    return {
        "tokens": x,
        "loss": y * np.exp(0.005 * np.random.default_rng(seed).normal(size=points)),
    }


def cpu_seconds(job: Callable[[], Any], repeats: int) -> float:
    """The least CPU time of a few repeats: other programs only ever add to it."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        job()
        times.append(time.process_time() - start)
    return min(times)


def make_case(law: Any, columns: dict[str, np.ndarray], seed: int) -> Case:
    """Fit all runs, from many starts."""
    problem = make_problem(law, make_loss("log-huber", DELTA), columns)
    found = search(problem, np.random.default_rng(seed))
    return Case(problem, prepare(problem, found.u))


def time_draws(case: Case, count: int, seed: int, repeats: int) -> float:
    """CPU seconds for drawing and fitting ``count`` resamples of the runs."""
    plan = make_plan(np.arange(case.problem.size), seed, method="case", cluster=None)
    return cpu_seconds(lambda: draw(case.problem, case.around, plan, count), repeats)


# --- one start of L-BFGS-B per draw ---------------------------------------------------------------


def time_lbfgsb(case: Case, weights: np.ndarray, gradient: bool) -> float:
    """CPU seconds for one-start L-BFGS-B on each row of ``weights``."""
    log_n, log_d = (np.log(x) for x in case.problem.x)
    log_y = np.log(case.problem.y)

    def objective(u: np.ndarray, weight: np.ndarray) -> Any:
        terms = np.exp(np.stack([u[0] + 0 * log_n, u[1] - u[3] * log_n, u[2] - u[4] * log_d]))
        total = terms.sum(axis=0)
        residual = np.log(total) - log_y
        inner = np.clip(residual, -DELTA, DELTA)
        # summed and scaled up, or the default tolerance stops far from the optimum
        value = 1e3 * float(weight @ (inner * (residual - 0.5 * inner)))
        if not gradient:
            return value
        slope = 1e3 * weight * inner * terms / total
        by_size, by_data = slope[1] @ log_n, slope[2] @ log_d
        return value, np.array([*slope.sum(axis=1), -by_size, -by_data])

    def job() -> None:
        for weight in weights:
            scipy.optimize.minimize(
                objective, case.around.u, args=(weight,), method="L-BFGS-B", jac=gradient
            )

    return cpu_seconds(job, 1)


# --- the PyPI package chinchilla ----------------------------------------------------------------


def time_chinchilla(columns: dict[str, np.ndarray], per_axis: int) -> tuple[float, str]:
    """CPU seconds of one fit by `chinchilla` from a grid of starts, and what it found."""
    import pandas as pd
    from chinchilla import Chinchilla  # type: ignore[import-not-found]
    from chinchilla._metrics import log_huber  # type: ignore[import-not-found]

    grid = {
        "e": np.linspace(0, 1, per_axis), "a": np.linspace(4, 8, per_axis),
        "b": np.linspace(5, 10, per_axis), "alpha": np.linspace(0.2, 0.5, per_axis),
        "beta": np.linspace(0.2, 0.5, per_axis),
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        model = Chinchilla(
            project_dir=folder,
            param_grid={name: tuple(values) for name, values in grid.items()},
            loss_fn=lambda y, fitted: log_huber(y, fitted, DELTA),
            log_level=50,
        )
        size, tokens = columns["params"], columns["tokens"]
        model.database.df = pd.DataFrame(
            {"C": 6 * size * tokens, "N": size, "D": tokens, "loss": columns["loss"]}
        )
        seconds = cpu_seconds(lambda: model.fit(parallel=False), 1)
    found = (model.E, model.A, model.B, model.alpha, model.beta)
    return seconds, "E {:.4f}, A {:.1f}, B {:.1f}, alpha {:.4f}, beta {:.4f}".format(
        *map(float, found)
    )


# --- tables ---------------------------------------------------------------------------------------


Costs = dict[str, list[tuple[int, float]]]


def measure_costs(seed: int, draws: int, runs: list[int], repeats: int) -> Costs:
    """CPU seconds against number of draws, runs and parameters, one varied at a time."""
    whole = make_case(CHINCHILLA, chinchilla_columns(), seed)
    costs: Costs = {"draws": [], "runs": [], "parameters": []}
    for count in (draws // 4, draws // 2, draws, 2 * draws):
        costs["draws"].append((count, time_draws(whole, count, seed, repeats)))
    for count in runs:
        case = make_case(CHINCHILLA, simulated_runs(count, seed), seed)
        costs["runs"].append((count, time_draws(case, draws, seed, repeats)))
    laws = (get_law("power").on("tokens"), get_law("power-floor").on("tokens"), CHINCHILLA, SEVEN)
    for law in laws:
        case = make_case(law, simulated_runs(240, seed, law), seed)
        costs["parameters"].append((len(law.names), time_draws(case, draws, seed, repeats)))
    return costs


def plot(costs: Costs, file: str) -> None:
    """The cost curves, one panel for each thing that is varied."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 3, figsize=(9, 3), layout="constrained")
    for panel, (what, points) in zip(panels, costs.items(), strict=True):
        x, y = zip(*points, strict=True)
        panel.plot(x, y, "o-", color="#0072B2")
        panel.set(xlabel=f"number of {what}", ylim=(0, None))
    panels[0].set_ylabel("CPU seconds")
    figure.savefig(file, metadata={"Date": None} if file.endswith(".svg") else None)
    plt.close(figure)


def main(arguments: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Cost of fits and bootstraps, CPU seconds.")
    parser.add_argument("--draws", type=int, default=4000)
    parser.add_argument("--subset", type=int, default=200, help="draws that L-BFGS-B is timed on")
    parser.add_argument("--runs", type=int, nargs="+", default=[60, 120, 240, 480, 960, 1920])
    parser.add_argument("--repeats", type=int, default=5, help="the least time of so many counts")
    parser.add_argument("--points", type=int, nargs="+", default=[60, 240], help="of the curves")
    parser.add_argument(
        "--starts", type=int, default=3, help="per axis, for the package chinchilla"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--figure", metavar="FILE", help="plot the cost curves to FILE")
    options = parser.parse_args(arguments)
    seed, draws = options.seed, options.draws
    print(
        f"lawcast {lawcast.__version__}, numpy {np.__version__}, scipy {scipy.__version__}, "
        f"Python {platform.python_version()}\n{machine()}; one thread; seed {seed}; "
        f"CPU seconds, least of {options.repeats}\n"
    )

    columns = chinchilla_columns()
    start = time.process_time()
    case = make_case(CHINCHILLA, columns, seed)
    certificate = time.process_time() - start
    ours = time_draws(case, draws, seed, options.repeats)
    plan = make_plan(np.arange(case.problem.size), seed, method="case", cluster=None)
    blocks = (resample(case.problem, case.around, plan, b, 256)[0] for b in itertools.count())
    weights = np.concatenate([next(blocks) for _ in range(-(-options.subset // 256))])
    weights = weights[: options.subset]
    scale = draws / len(weights)
    analytic = scale * time_lbfgsb(case, weights, gradient=True)
    few = weights[: max(1, options.subset // 4)]
    numeric = draws / len(few) * time_lbfgsb(case, few, gradient=False)
    rows = [
        ["one fit from 128 starts, polished", f"{certificate:.3f}", "", "measured"],
        [f"{draws:,} draws", f"{ours:.3f}", "1", "measured, resamples included"],
        [f"{draws:,} × L-BFGS-B, analytic gradient", f"{analytic:.2f}", f"{analytic / ours:.0f}",
         f"{len(weights)} measured, scaled"],
        [f"{draws:,} × L-BFGS-B, numeric gradient", f"{numeric:.2f}", f"{numeric / ours:.0f}",
         f"{len(few)} measured, scaled"],
    ]  # fmt: skip
    if importlib.util.find_spec("chinchilla") is not None:
        seconds, found = time_chinchilla(columns, options.starts)
        rows.append(
            [f"PyPI chinchilla, one fit, {options.starts**5} starts", f"{seconds:.2f}",
             f"{seconds / ours:.0f}", found]
        )  # fmt: skip
    print("Chinchilla law, 240 runs, log-Huber 1e-3")
    print(table(["what", "CPU s", "ratio", "how"], rows) + "\n")

    rows = []
    for name in ("kaplan", "skaling"):
        seconds = time_draws(make_case(get_law(name), columns, seed), draws, seed, options.repeats)
        rows.append([name, "240", str(len(get_law(name).names)), f"{seconds:.2f}"])
    for name, points in itertools.product(CURVES, options.points):
        law = get_law(name).on("tokens")
        case = make_case(law, curve(name, points, seed), seed)
        seconds = time_draws(case, draws, seed, max(1, options.repeats // 2))
        rows.append([name, str(points), str(len(law.names)), f"{seconds:.2f}"])
    print(f"Laws on the general path, {draws:,} draws")
    print(table(["law", "runs", "parameters", "CPU s"], rows) + "\n")

    costs = measure_costs(seed, draws, options.runs, options.repeats)
    print(f"Cost of sums of powers ({draws:,} draws, 240 runs, 5 parameters unless varied)")
    rows = [[what, f"{x:,}", f"{y:.3f}"] for what, points in costs.items() for x, y in points]
    print(table(["varied", "number", "CPU s"], rows))
    if options.figure:
        plot(costs, options.figure)
        print(f"\nFigure: {options.figure}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
