"""What each piece of the forecasting rule is worth, and how straight lines and floors come out.

    python benchmarks/extrapolation_variants.py curves_dev.csv llm_curves_dev.csv

It prints every figure that docs/extrapolation.md quotes for variants of the rule:

- One constant of the shipped rule changed at a time, the median of the laws, single laws of the
  average, and single laws at their optimum under the rule's late weights. Error and domains are
  those of extrapolation.py, which also says which columns a file may have. The last two columns
  are the curves' own backtests, which look at the fitted rows only: RMSLE up to twice the points
  used, its mean over cuts and curves, and its geometric mean, by which the law weights are made.
- Simulated curves y = x^-slope + floor, with the bias of the forecast, the coverage of its
  90 % interval and how many findings X018 ("no bend seen yet") came.

Nothing here chooses a constant: the held-out rows are only looked at.
"""

# ruff: noqa: E402
from __future__ import annotations

import os

# before numpy is imported
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from extrapolation import ALL, SEED, BadFile, Method, Task, heading, late_law, measure, read_tasks

from lawcast._values import Array
from lawcast.fitting.extrapolation import averaging
from lawcast.fitting.extrapolation.averaging import Average, forecast
from lawcast.fitting.extrapolation.calibration import shipped
from lawcast.fitting.extrapolation.curve import Curve, prepare_curve
from lawcast.fitting.extrapolation.entry import extrapolate
from lawcast.fitting.extrapolation.families import LAWS
from lawcast.fitting.extrapolation.metrics import make_metric
from lawcast.fitting.extrapolation.rolling import LEAST_BINS
from lawcast.fitting.extrapolation.rule import Rule

CUTS = (1.5, 3.0)
"""Backtests forecast from the largest x over each of these: fewer than the library's, for time."""

NEAR = 2.04
"""Backtests count up to this many times the points used."""

LEAST = 1e-5
"""Smaller backtest errors count as this one, as in the library."""

REPEATS = 100
"""Simulated curves a row."""

POINTS, SPAN = 40, 100.0
"""Points of a simulated curve, and the factor in x that they span."""

TARGETS = ("2x", "4x", "8x")


@dataclass(frozen=True)
class Variant:
    """One change to the rule.

    Args:
        name: the row.
        rule: the constants.
        laws: what is averaged.
        bound: slope bound.
        median: take the median of the laws instead of their weighted mean.
    """

    name: str
    rule: Rule
    laws: tuple[str, ...] = LAWS
    bound: float = averaging.SLOPE_BOUND
    median: bool = False

    def log_y(self, made: Average) -> Array:
        """(q,) the forecast."""
        if not self.median or not made.laws:
            return made.log_y
        middle = np.median([law.log_y for law in made.laws], axis=0)
        return np.asarray(made.level + (1.0 - made.lean) * (middle - made.level))


def variants(rule: Rule) -> list[Variant]:
    """The rule as shipped, then one change at a time."""
    made = [Variant("shipped", rule)]
    changes: list[tuple[str, dict[str, Any]]] = [
        ("equal law weights", {"law_weights": dict.fromkeys(LAWS, 1.0 / len(LAWS))}),
        *((f"temper {value:g}", {"temper": value}) for value in (1.0, 20.0)),
        *((f"lean {value:g}", {"lean": value}) for value in (0.0, 3.0)),
        ("no bend prior", {"bend_spread": np.inf}),
        *((f"bend spread {value:g}", {"bend_spread": value}) for value in (0.05, 0.3)),
        *((f"power {value:g}", {"power": value}) for value in (0.0, 1.0, 2.0, 4.0)),
        *((f"misfit {value:g}", {"misfit": value}) for value in (0.001, 0.01)),
    ]
    made += [Variant(name, replace(rule, **change)) for name, change in changes]
    made += [Variant(f"slope bound {value:g}", rule, bound=value) for value in (1.2, 2.0, 3.0)]
    made.append(Variant("median of the laws", rule, median=True))
    made += [Variant(f"only {law}", rule, laws=(law,)) for law in LAWS]
    return made


@contextmanager
def slope_bound(value: float) -> Iterator[None]:
    """The slope bound is no part of the rule; it is set for the length of a variant."""
    before = averaging.SLOPE_BOUND
    averaging.SLOPE_BOUND = value
    try:
        yield
    finally:
        averaging.SLOPE_BOUND = before


def rms(values: Array) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(np.square(values))))


def held_out_error(variant: Variant, task: Task, curve: Curve) -> float:
    """RMSLE on the rows that are forecast."""
    at = np.log(task.at / curve.x_max)
    made = forecast(curve.u, curve.y, at, variant.rule, trust=curve.trust, laws=variant.laws)
    return rms(variant.log_y(made) - np.log(task.truth))


def backtest_errors(variant: Variant, curve: Curve) -> Array:
    """(c,) RMSLE of forecasts from earlier points; empty where the curve is too short."""
    errors = []
    for ratio in CUTS:
        used = curve.u <= -np.log(ratio) + 1e-9
        if used.sum() < LEAST_BINS:
            break
        end = float(curve.u[used][-1])
        near = ~used & (curve.u - end <= np.log(NEAR))
        if not near.any():
            continue
        made = forecast(
            curve.u[used] - end,
            curve.y[used],
            curve.u[near] - end,
            variant.rule,
            trust=curve.trust[used],
            laws=variant.laws,
        )
        errors.append(rms(variant.log_y(made) - np.log(curve.y[near])))
    return np.array(errors)


# --- simulated curves ------------------------------------------------------------------------


@dataclass(frozen=True)
class World:
    """Simulated curves y = x^-slope + floor·(x_max^-slope), times exp(noise).

    Args:
        name: the row.
        slope: power.
        floor: floor over the reducible loss at the end of the points.
        noise: relative noise of a point; 0 makes one curve only.
    """

    name: str
    slope: float
    floor: float = 0.0
    noise: float = 0.0

    def truth(self, x: Array) -> Array:
        """The curve without noise."""
        return np.asarray(x**-self.slope + self.floor * SPAN**-self.slope)


WORLDS = (
    *(World(f"straight, slope {s:g}, no noise", s) for s in (0.1, 0.3, 0.5)),
    *(World(f"straight, slope {s:g}, noise 1 %", s, noise=0.01) for s in (0.1, 0.3, 0.5)),
    *(
        World(f"slope {s:g}, floor {f:g}x the rest, noise 1 %", s, f, 0.01)
        for s in (0.3, 0.5)
        for f in (0.25, 1.0, 4.0)
    ),
)


@dataclass
class Tally:
    """What came of the curves of one world, one entry a curve."""

    bias: list[Array] = field(default_factory=list)
    inside: list[np.ndarray] = field(default_factory=list)
    half: list[Array] = field(default_factory=list)
    straight: int = 0


def simulate(world: World, rng: np.random.Generator) -> Tally:
    """Forecast the curves of a world with the shipped constants."""
    x = np.geomspace(1.0, SPAN, POINTS)
    found = Tally()
    for _ in range(REPEATS if world.noise else 1):
        y = world.truth(x) * np.exp(world.noise * rng.standard_normal(x.size))
        made = extrapolate(x, y, at=TARGETS, calibration="shipped")
        truth = world.truth(made.at)
        found.bias.append(np.log(made.value / truth))
        found.inside.append((made.low <= truth) & (truth <= made.high))
        found.half.append(0.5 * np.log(made.high / made.low))
        found.straight += any(finding.code == "X018" for finding in made.findings)
    return found


# --- printing --------------------------------------------------------------------------------


def small(value: float) -> str:
    """Four digits after the point, without a leading zero."""
    return f"{value:.4f}".removeprefix("0") if value < 1.0 else f"{value:.3f}"


def print_row(
    name: str, errors: Sequence[float], backtests: Sequence[Array], tasks: Sequence[Task]
) -> None:
    """Mean error of all curves, of each domain, and of the backtests."""
    domains = [task.domain for task in tasks]
    cells = []
    for domain in columns(tasks):
        mine = [e for e, d in zip(errors, domains, strict=True) if domain in (d, ALL)]
        cells.append(small(float(np.mean(mine))))
    known = [one for one in backtests if one.size]
    if known:
        cells.append(small(float(np.mean([one.mean() for one in known]))))
        logs = [np.log(np.maximum(one, LEAST)).mean() for one in known]
        cells.append(small(float(np.exp(np.mean(logs)))))
    print(f"{name:34s}{''.join(f'{cell:>8s}' for cell in cells)}", flush=True)


def columns(tasks: Sequence[Task]) -> list[str]:
    """All curves, then the domains where there are several."""
    domains = list(dict.fromkeys(task.domain for task in tasks))
    return [ALL, *domains] if len(domains) > 1 else [ALL]


def print_variants(tasks: Sequence[Task], title: str) -> None:
    """The table of one file."""
    curves = [prepare_curve(t.x, t.y, metric=make_metric("loss"), name=t.name) for t in tasks]
    heads = [f"{name[:7]:>8s}" for name in (*columns(tasks), "back", "geo")]
    print(f"\n{title}, {len(tasks)} curves\n{'':34s}{''.join(heads)}")
    for variant in variants(shipped().rule):
        with slope_bound(variant.bound):
            errors = [held_out_error(variant, *pair) for pair in zip(tasks, curves, strict=True)]
            backtests = [backtest_errors(variant, curve) for curve in curves]
        print_row(variant.name, errors, backtests, tasks)
    for law in LAWS:
        method = Method(law, late_law(law))
        outcomes = [measure(method, task) for task in tasks]
        print_row(f"{law} at its optimum, late", [o.rmsle for o in outcomes], [], tasks)
        for task, outcome in zip(tasks, outcomes, strict=True):
            if outcome.failed:
                print(f"  the last value stands in on {task.name}: {outcome.failed}")


def print_worlds() -> None:
    """The simulated curves."""
    print(f"\nsimulated: {POINTS} points over a factor of {SPAN:g}, {REPEATS} curves a row")
    print(
        "with noise; mean bias of the log forecast, coverage of 90 % intervals, half-width in log"
    )

    def over_targets(values: Sequence[np.ndarray], put: Callable[[float], str]) -> str:
        return "".join(f"{put(float(value)):>7s}" for value in np.mean(values, axis=0))

    heads = "".join(f"{target:>7s}" for target in TARGETS)
    print(f"{'':43s}{'bias':>8s}{'':13s}{'cover':>8s}{'':13s}{'half':>8s}{'':13s}  X018")
    print(f"{'':43s}{heads}{heads}{heads}")
    for number, world in enumerate(WORLDS):
        found = simulate(world, np.random.default_rng([SEED, number]))
        print(
            f"{world.name:43s}{over_targets(found.bias, '{:+.3f}'.format)}"
            f"{over_targets(found.inside, '{:.2f}'.format)}"
            f"{over_targets(found.half, '{:.3f}'.format)}"
            f"  {found.straight / len(found.bias):.2f}",
            flush=True,
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    options = parser.parse_args(arguments)
    begun = time.perf_counter()
    try:
        read = {path: read_tasks(path) for path in options.files}
    except (BadFile, OSError, UnicodeDecodeError) as error:
        parser.error(str(error))
    print(heading(options.files, [task for tasks, _ in read.values() for task in tasks]))
    print(f"constants {shipped().sha256[:16]}")
    for path, (tasks, notes) in read.items():
        for note in notes:
            print(note, file=sys.stderr)
        print_variants(tasks, path.name)
    print_worlds()
    print(f"\n{time.perf_counter() - begun:.0f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
