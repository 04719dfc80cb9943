"""How well are learning curves extrapolated, and do the intervals keep their promise?

    python benchmarks/extrapolation.py curves.csv                       # Domain, Task, Model, ...
    python benchmarks/extrapolation.py curves.csv llm_curves.csv        # pooled, one rule for all
    python benchmarks/extrapolation.py --format curves llm_curves.csv   # curve, tokens, loss
    python benchmarks/extrapolation.py curves.csv --methods "lawcast,M2,last value" --json

Two layouts of columns are read, told apart by the header (``--format`` forces one):

- ``tasks``: Domain, Task, Model, Seen Examples, Loss, Training. A curve is one (Domain, Task,
  Model); rows with Training 1 are fitted, rows with 0 are forecast.
- ``curves``: curve, tokens, loss, rows in time order. The first half of the rows of a curve
  (``len(rows) // 2``) is fitted, the rest is forecast. The domain is the name of the file.

For each domain, and for ``all`` of them, one row a method:

- mean, median, worst: over curves, of RMSLE = sqrt(mean over forecast rows of (log forecast -
  log truth)^2), natural logarithm (Alabdulmohsin et al. 2022).
- wins: share of the curves on which no other row of the table is nearer.
- cover: share of truths inside the 90 % interval; every curve weighs the same. A forecast for
  which a method quotes no interval counts as missed, if the method has intervals at all.
- half: median over curves of the curve's median half-width, (log high - log low) / 2.
- <half: share of curves with under half of their truths inside.
- CPU s, wall s: all curves one after the other, on one thread. For lawcast that includes the
  backtests and the intervals.

M2, M3, M4 and BNSL are fitted to the rows as they are, by weighted least squares of relative
residuals. "late" rows have the points and the weights of the library's rule instead. Where a method
fails on a curve, the last value stands in, and the curve is counted as failed.

``--json`` prints one JSON record a line for each method and domain; the rest goes to stderr. Its
``seconds`` are CPU seconds. A method without intervals has null there, and a dash in the table; so
has a half-width without bound, where most intervals of a method reach zero.

The methods of others, and the packages that were considered and left out, are in
extrapolation_peers.py.
"""

# ruff: noqa: E402
from __future__ import annotations

import os

# before numpy is imported
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import csv
import hashlib
import json
import platform
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import scipy.interpolate
import scipy.optimize
from extrapolation_peers import PEERS, NotInstalled, versions

import lawcast
from lawcast._errors import LawcastError
from lawcast._values import Array
from lawcast.fitting.extrapolation.calibration import shipped
from lawcast.fitting.extrapolation.curve import prepare_curve
from lawcast.fitting.extrapolation.entry import extrapolate
from lawcast.fitting.extrapolation.metrics import make_metric
from lawcast.fitting.extrapolation.polish import Polished, polish

LEVEL = 0.9
SEED = 0
ALL = "all"
TASKS = ("Domain", "Task", "Model", "Seen Examples", "Loss", "Training")
CURVES = ("curve", "tokens", "loss")
LAYOUTS = {"tasks": TASKS, "curves": CURVES}
EXPECTED = (LawcastError, ValueError, ArithmeticError, RuntimeError, np.linalg.LinAlgError)
"""What a method may raise on a curve that it cannot do; anything else is a fault of the script."""


class BadFile(Exception):
    """A file that is not what it should be; the text says what and where."""


@dataclass(frozen=True)
class Task:
    """One curve: what is fitted and what is forecast.

    Args:
        domain, name: where it belongs.
        x, y: (n,) sizes and losses that are fitted, in order of the file.
        at, truth: (t,) sizes and losses that are forecast.
    """

    domain: str
    name: str
    x: Array
    y: Array
    at: Array
    truth: Array


@dataclass(frozen=True)
class Outcome:
    """What a method made of one curve.

    Args:
        rmsle: its error.
        covered: share of truths inside the interval; None for a method without intervals.
        half_width: median half-width in log; None where no interval was quoted.
        failed: why the last value stands in; empty where the method did its work.
        cpu, wall: seconds.
    """

    rmsle: float
    covered: float | None
    half_width: float | None
    failed: str
    cpu: float
    wall: float


Forecast = tuple[Array, Array | None, Array | None]
"""Value, low and high (t,); the ends are None for a method without intervals."""


# --- reading ---------------------------------------------------------------------------------


def layout_of(path: Path, header: Sequence[str], forced: str | None) -> str:
    """Which layout a file has; its header decides unless one is forced."""
    if forced is not None:
        missing = [name for name in LAYOUTS[forced] if name not in header]
        if missing:
            raise BadFile(f"{path.name} has no column {missing[0]!r}; format {forced} needs it")
        return forced
    for name, columns in LAYOUTS.items():
        if set(columns) <= set(header):
            return name
    raise BadFile(
        f"{path.name} has the columns {', '.join(header) or '(none)'}; expected "
        f"{', '.join(TASKS)}, or {', '.join(CURVES)}"
    )


def read_tasks(path: Path, forced: str | None = None) -> tuple[list[Task], list[str]]:
    """The curves of a file in order of appearance, and notes on what was set aside.

    Raises:
        BadFile: columns missing, text where a number belongs, no curve at all.
    """
    found: dict[tuple[str, str], list[tuple[float, float, bool]]] = {}
    with path.open(newline="", encoding="utf-8-sig") as stream:
        reader = csv.DictReader(stream)
        layout = layout_of(path, reader.fieldnames or [], forced)
        for row in reader:
            try:
                if layout == "tasks":
                    key = (row["Domain"], f"{row['Task']}/{row['Model']}")
                    fitted = float(row["Training"]) == 1.0
                    point = (float(row["Seen Examples"]), float(row["Loss"]), fitted)
                else:
                    key = (path.stem, row["curve"])
                    point = (float(row["tokens"]), float(row["loss"]), False)
            except (TypeError, ValueError):
                raise BadFile(f"{path.name}, line {reader.line_num}: not a number") from None
            found.setdefault(key, []).append(point)
    tasks, notes = [], []
    for (domain, name), rows in found.items():
        x, y, fit = (np.array(column) for column in zip(*rows, strict=True))
        fit = fit.astype(bool) if layout == "tasks" else np.arange(x.size) < x.size // 2
        good = np.isfinite(x) & np.isfinite(y) & (x > 0.0) & (y > 0.0)
        if not good.all():
            bad = int(np.sum(~good))
            notes.append(f"{path.name}: {domain} {name}: {bad} rows without a logarithm left out")
        if not (fit & good).any() or not (~fit & good).any():
            notes.append(f"{path.name}: {domain} {name}: nothing to fit or to forecast, left out")
            continue
        fit, test = fit & good, ~fit & good
        tasks.append(Task(domain, name, x[fit], y[fit], x[test], y[test]))
    if not tasks:
        raise BadFile(f"{path.name} holds no curve with rows to fit and rows to forecast")
    return tasks, notes


# --- our methods -----------------------------------------------------------------------------


def last_value(task: Task) -> Forecast:
    """The loss at the largest x; the last row of the file decides where several share it."""
    newest = task.y.size - 1 - int(np.argmax(task.x[::-1]))
    return np.full(task.at.size, task.y[newest]), None, None


def single_law(law: str) -> Callable[[Task], Forecast]:
    """One law at its optimum, every row of the file counting alike, as in the literature."""

    def run(task: Task) -> Forecast:
        order = np.argsort(task.x, kind="stable")
        x_max = float(task.x.max())
        best = polish(law, np.log(task.x[order] / x_max), task.y[order], x_max, None)
        return law_at(best, task, x_max)

    return run


def late_law(law: str) -> Callable[[Task], Forecast]:
    """One law under the library's rule: points prepared and binned, late ones weighing most."""

    def run(task: Task) -> Forecast:
        curve = prepare_curve(task.x, task.y, metric=make_metric("loss"), name=task.name)
        rule = shipped().rule
        best = polish(law, curve.u, curve.y, curve.x_max, rule, trust=curve.trust)
        return law_at(best, task, curve.x_max)

    return run


def law_at(best: Polished | None, task: Task, x_max: float) -> Forecast:
    """The fitted law at the places that are forecast."""
    if best is None:
        raise ValueError("no curve of this law falls")
    return np.exp(best.log_y(np.log(task.at / x_max))), None, None


def lawcast_forecast(task: Task) -> Forecast:
    """The library, as it is called by a user with one curve."""
    made = extrapolate(task.x, task.y, at=task.at, level=LEVEL, calibration="shipped")
    return made.value, made.low, made.high


@dataclass(frozen=True)
class Method:
    """One row of the tables: how it forecasts, and whether it runs when it is not named."""

    name: str
    run: Callable[[Task], Forecast]
    usual: bool = True


OURS = (
    Method("last value", last_value),
    Method("M2", single_law("power-floor")),
    Method("M3", single_law("m3")),
    Method("M4", single_law("m4")),
    Method("BNSL", single_law("bnsl")),
    Method("M2 late", late_law("power-floor")),
    Method("M3 late", late_law("m3")),
)
LAWCAST = Method("lawcast", lawcast_forecast)


@cache
def methods() -> tuple[Method, ...]:
    """All rows, ours last: the eye ends there."""
    peers = [
        Method(peer.name, lambda task, p=peer: p.run(task.x, task.y, task.at, LEVEL), peer.usual)
        for peer in PEERS
    ]
    return (*OURS, *peers, LAWCAST)


def chosen_methods(names: str | None) -> list[Method]:
    """The methods of a comma-separated list; the usual ones where there is none.

    Raises:
        BadFile: an unknown name.
    """
    if names is None:
        return [method for method in methods() if method.usual]

    def plain(name: str) -> str:
        return name.strip().lower().replace("-", " ").replace("_", " ")

    known = {plain(method.name): method for method in methods()}
    wanted = [name for name in names.split(",") if name.strip()]
    unknown = [name.strip() for name in wanted if plain(name) not in known]
    if unknown or not wanted:
        listed = ", ".join(method.name for method in methods())
        raise BadFile(f"no method {', '.join(unknown) or '(none named)'}; there are: {listed}")
    return list({plain(name): known[plain(name)] for name in wanted}.values())


# --- scores ----------------------------------------------------------------------------------


def measure(method: Method, task: Task) -> Outcome:
    """Run a method on a curve and compare with the truth."""
    failed = ""
    cpu, wall = time.process_time(), time.perf_counter()
    try:
        value, low, high = method.run(task)
        if not (np.isfinite(value).all() and (value > 0.0).all()):
            failed = "a forecast that is no positive number"
    except (
        LawcastError,
        ValueError,
        ArithmeticError,
        RuntimeError,
        np.linalg.LinAlgError,
    ) as error:
        failed = f"{type(error).__name__}: {error}".splitlines()[0]
        low = high = None
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    if failed:
        value = last_value(task)[0]
    rmsle = float(np.sqrt(np.mean(np.square(np.log(value) - np.log(task.truth)))))
    covered = half = None
    if low is not None and high is not None:
        inside = (low <= task.truth) & (task.truth <= high)
        covered = float(np.mean(inside))
        # an end at or below zero has no logarithm: the interval is quoted but infinitely wide there
        with np.errstate(divide="ignore", invalid="ignore"):
            widths = 0.5 * (np.log(high) - np.log(np.maximum(low, 0.0)))
        quoted = widths[~np.isnan(widths)]
        half = float(np.median(quoted)) if quoted.size else None
    return Outcome(rmsle, covered, half, failed, cpu, wall)


def summarise(outcomes: Sequence[Outcome], best: Array) -> dict[str, Any]:
    """The figures of one method on the curves of one domain.

    Args:
        outcomes: one for each curve.
        best: (k,) lowest error of any method on each curve.
    """
    errors = np.array([one.rmsle for one in outcomes])
    figures: dict[str, Any] = {
        "curves": len(outcomes),
        "rmsle": float(errors.mean()),
        "coverage90": None,
        "halfwidth": None,
        "under_half": None,
        "seconds": sum(one.cpu for one in outcomes),
        "wall": sum(one.wall for one in outcomes),
        "median": float(np.median(errors)),
        "worst": float(errors.max()),
        "wins": float(np.mean(errors <= best)),
        "failed": sum(bool(one.failed) for one in outcomes),
    }
    if any(one.covered is not None for one in outcomes):
        covered = np.array([one.covered or 0.0 for one in outcomes])
        widths = [one.half_width for one in outcomes if one.half_width is not None]
        figures["coverage90"] = float(covered.mean())
        figures["under_half"] = float(np.mean(covered < 0.5))
        half = float(np.median(widths)) if widths else np.inf
        figures["halfwidth"] = half if np.isfinite(half) else None
    return figures


def records(tasks: Sequence[Task], results: dict[str, list[Outcome]]) -> list[dict[str, Any]]:
    """One record for each domain and method; ``all`` comes last."""
    domains = list(dict.fromkeys(task.domain for task in tasks))
    best = np.min([[one.rmsle for one in outcomes] for outcomes in results.values()], axis=0)
    made = []
    for domain in [*domains, ALL]:
        index = [i for i, task in enumerate(tasks) if domain in (task.domain, ALL)]
        for name, outcomes in results.items():
            figures = summarise([outcomes[i] for i in index], best[index])
            made.append({"method": name, "domain": domain, **figures})
    return made


# --- printing --------------------------------------------------------------------------------


def heading(files: Sequence[Path], tasks: Sequence[Task]) -> str:
    """Versions, machine, seed, threads and the hashes of the files."""
    shown = [f"lawcast {lawcast.__version__}", f"numpy {np.__version__}"]
    shown += [f"scipy {scipy.__version__}", f"Python {platform.python_version()}", *versions()]
    lines = [
        ", ".join(shown),
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, 1 thread, seed {SEED}, "
        f"{len(tasks)} curves, level {LEVEL:g}",
    ]
    for path in files:
        lines.append(f"{path.name} sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}")
    return "\n".join(lines)


def table(made: Sequence[dict[str, Any]]) -> str:
    """The records as text, one block a domain."""

    def number(value: float | None, places: int) -> str:
        if value is None:
            return "–"
        text = f"{value:.{places}f}"
        return text[1:] if places == 4 and text.startswith("0.") else text

    lines = []
    for domain in dict.fromkeys(record["domain"] for record in made):
        block = [record for record in made if record["domain"] == domain]
        title = f"{domain} ({block[0]['curves']})"
        lines += ["", f"{title:26s}  mean median  worst wins cover   half <half   CPU s  wall s"]
        for r in block:
            lines.append(
                f"{r['method']:24s} {number(r['rmsle'], 4):>7s}{number(r['median'], 4):>7s}"
                f"{number(r['worst'], 4):>7s}{number(r['wins'], 2):>5s}"
                f"{number(r['coverage90'], 3):>6s}{number(r['halfwidth'], 4):>7s}"
                f"{number(r['under_half'], 2):>6s}{number(r['seconds'], 2):>8s}"
                f"{number(r['wall'], 2):>8s}"
            )
    return "\n".join(lines)


def say(text: str) -> None:
    """A line on stderr."""
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--format", choices=list(LAYOUTS), help="force a layout of columns")
    parser.add_argument("--methods", help="rows to run, separated by commas")
    parser.add_argument("--json", action="store_true", help="one JSON record a line")
    options = parser.parse_args(arguments)
    tasks: list[Task] = []
    try:
        chosen = chosen_methods(options.methods)
        for path in options.files:
            read, notes = read_tasks(path, options.format)
            tasks += read
            for note in notes:
                say(note)
    except (BadFile, OSError, UnicodeDecodeError) as error:
        parser.error(str(error))
    head = heading(options.files, tasks)
    if options.json:
        say(head)
    else:
        print(head, flush=True)
    results: dict[str, list[Outcome]] = {}
    for method in chosen:
        try:
            outcomes = [measure(method, task) for task in tasks]
        except NotInstalled as absent:
            say(f"{method.name} is left out: {absent}")
            continue
        results[method.name] = outcomes
        for task, one in zip(tasks, outcomes, strict=True):
            if one.failed:
                say(f"{method.name} failed on {task.domain} {task.name}: {one.failed}")
    if not results:
        say("none of the methods can run here")
        return 1
    made = records(tasks, results)
    if options.json:
        for record in made:
            print(json.dumps(record, allow_nan=False))
        return 0
    print(table(made))
    return 0


if __name__ == "__main__":
    sys.exit(main())
