"""Compute the constants of the forecasts from public learning curves, and write the packaged file.

    python benchmarks/calibrate_extrapolation.py curves_dev.csv llm_curves_dev.csv [--write FILE]

The point rule (weights, average) is fixed; see docs/extrapolation.md. This script computes the law
weights from backtests inside the training part of the curves, and what the intervals need from
the held-out ends of the same curves: the powers and weights of the scale, and the conformal
scores. It prints the coverage in five folds, with the scores of the other file, and by reach.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import platform
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import scipy
from scipy.optimize import minimize

import lawcast
from lawcast.fitting.extrapolation.averaging import forecast
from lawcast.fitting.extrapolation.calibration import Calibration, HeldOut, difficulty_of
from lawcast.fitting.extrapolation.curve import Curve, prepare_curve
from lawcast.fitting.extrapolation.families import LAWS
from lawcast.fitting.extrapolation.metrics import make_metric
from lawcast.fitting.extrapolation.rolling import LEAST_BINS, Rolling, roll
from lawcast.fitting.extrapolation.rule import Rule

LEVEL = 0.9
FARTHEST = 16.0
NESTED_CUTS = (2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)
NEAR = 2.04


def read_curves(path: Path) -> Iterator[tuple[str, str, np.ndarray, np.ndarray, np.ndarray]]:
    """Group, name, x, loss and which rows are held out, for either layout of columns."""
    found: dict[tuple[str, str], list[tuple[float, float, bool]]] = defaultdict(list)
    with path.open(newline="") as stream:
        for row in csv.DictReader(stream):
            if "Domain" in row:
                key = (path.stem, f"{row['Domain']}/{row['Task']}/{row['Model']}")
                test = row["Training"].strip() in ("0", "0.0")
                found[key].append((float(row["Seen Examples"]), float(row["Loss"]), test))
            else:
                key = (path.stem, row["curve"])
                found[key].append((float(row["tokens"]), float(row["loss"]), False))
    for (group, name), rows in found.items():
        x, y, test = (np.array(column) for column in zip(*rows, strict=True))
        if not test.any():
            test = np.arange(x.size) >= x.size // 2
        yield group, name, x, y, test.astype(bool)


def rolling_of(curve: Curve, rule: Rule) -> Rolling:
    """The curve's own backtest."""
    return roll(curve.u, curve.y, rule, trust=curve.trust)


def held_out(group: str, curve: Curve, rule: Rule, x: np.ndarray, y: np.ndarray) -> HeldOut:
    """The forecast of the held-out rows."""
    at = np.log(x / curve.x_max)
    made = forecast(curve.u, curve.y, at, rule, trust=curve.trust)
    error = made.log_y - np.log(y)
    typical = rolling_of(curve, rule).typical_error
    return HeldOut(difficulty_of(made, typical, np.exp(at)), error, group)


def nested(group: str, curve: Curve, rule: Rule) -> Iterator[HeldOut]:
    """Forecasts from earlier points of the training part, each with its own earlier backtest."""
    for ratio in NESTED_CUTS:
        used = curve.u <= -np.log(ratio) + 1e-9
        if used.sum() < LEAST_BINS + 1:
            return
        u, y = curve.u[used] - curve.u[used][-1], curve.y[used]
        at = curve.u[~used] - curve.u[used][-1]
        made = forecast(u, y, at, rule)
        error = made.log_y - np.log(curve.y[~used])
        typical = roll(u, y, rule).typical_error
        yield HeldOut(difficulty_of(made, typical, np.exp(at)), error, group)


def fit_powers(curves: list[HeldOut], calibration: Calibration) -> Calibration:
    """The powers that maximise a Student-t likelihood (4 degrees of freedom), curves equal."""
    groups = [curve.group for curve in curves]

    def with_powers(theta: np.ndarray) -> Calibration:
        error, noise, reach = (float(power) for power in theta[1:4])
        return replace(
            calibration,
            error_power=error,
            noise_power=noise,
            reach_power=reach,
            shift_weight=float(np.exp(theta[4])),
            bend_weight=float(np.exp(theta[5])),
        )

    def cost(theta: np.ndarray) -> float:
        made, total = with_powers(theta), 0.0
        for curve in curves:
            log_scale = theta[0] + np.log(made.scale(curve.difficulty))
            z = curve.error / np.exp(log_scale)
            total += np.mean(log_scale + 2.5 * np.log1p(z**2 / 4.0)) / groups.count(curve.group)
        return float(total)

    start = np.array([0.0, 0.7, 0.2, 0.6, 0.3, -0.9])
    options = {"maxiter": 8000, "xatol": 1e-4, "fatol": 1e-8}
    found = minimize(cost, start, method="Nelder-Mead", options=options).x
    weights = np.log(np.maximum(np.round(np.exp(found[4:]), 2), 1e-3))
    return with_powers(np.concatenate([found[:1], np.round(found[1:4], 2), weights]))


def coverage(
    curves: list[HeldOut], calibration: Calibration, level: float = LEVEL
) -> tuple[np.ndarray, np.ndarray]:
    """Share of covered points and median half-width of each curve."""
    covered, width = [], []
    for curve in curves:
        half = calibration.half_width(curve.difficulty, level)
        covered.append(float(np.mean(np.abs(curve.error) <= half)))
        width.append(float(np.median(half)))
    return np.array(covered), np.array(width)


def described(covered: np.ndarray, width: np.ndarray) -> str:
    """Coverage, median half-width and share of curves less than half covered."""
    return (
        f"coverage {covered.mean():.3f}  median half-width {np.median(width):.4f}  "
        f"under half covered {np.mean(covered < 0.5):.3f}  curves {covered.size}"
    )


def law_weights(rollings: list[tuple[str, Rolling]]) -> dict[str, float]:
    """Weights 1/(geometric mean backtest error), groups equal."""
    mean = {}
    for law in LAWS:
        of_group: dict[str, list[float]] = defaultdict(list)
        for group, rolling in rollings:
            score = rolling.score(law)
            if score is not None:
                of_group[group].append(score)
        mean[law] = float(np.mean([np.mean(scores) for scores in of_group.values()]))
    raw = {law: float(np.exp(-score)) for law, score in mean.items()}
    return {law: round(weight / sum(raw.values()), 3) for law, weight in raw.items()}


def main() -> None:
    """Read, compute, print and perhaps write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--write", type=Path, help="where to write the constants")
    arguments = parser.parse_args()
    print(
        f"lawcast {lawcast.__version__}, Python {sys.version.split()[0]}, "
        f"numpy {np.__version__}, scipy {scipy.__version__}, "
        f"{platform.machine()} {platform.system()}"
    )
    hashes = []
    for path in arguments.files:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        hashes.append(f"{path.name} (sha256 {digest[:16]})")
        print(path.name, digest)
    rule = Rule()
    metric = make_metric("loss")
    prepared = []
    for path in arguments.files:
        for group, name, x, y, test in read_curves(path):
            curve = prepare_curve(x[~test], y[~test], metric=metric, name=name)
            prepared.append((group, curve, x[test], y[test]))
    weights = law_weights([(group, rolling_of(curve, rule)) for group, curve, _, _ in prepared])
    rule = Rule(law_weights=weights)
    print("law weights from backtests:", weights)
    ends = [held_out(group, curve, rule, x, y) for group, curve, x, y in prepared]
    earlier = [h for group, curve, _, _ in prepared for h in nested(group, curve, rule)]
    empty = Calibration(rule, 0.0, 0.0, 0.0, 0.0, 0.0, np.zeros(2), len(ends), FARTHEST, "")
    powers = fit_powers([*ends, *earlier], empty)
    print(
        f"scale: error^{powers.error_power:g} noise^{powers.noise_power:g} "
        f"doublings^{powers.reach_power:g}, {powers.shift_weight:g} x bend shift, "
        f"{powers.bend_weight:g} x bend"
    )
    source = f"{len(ends)} public curves: {', '.join(hashes)}"
    made = powers.on(ends, source)
    names = sorted({curve.group for curve in ends})
    for name in names:
        mine = [curve for curve in ends if curve.group == name]
        print(f"{name:18s} all constants   {described(*coverage(mine, made))}")
        others = [curve for curve in ends if curve.group != name]
        if len(others) >= 20:
            print(f"{name:18s} other file's    {described(*coverage(mine, powers.on(others, '')))}")
    order = np.random.default_rng(0).permutation(len(ends))
    folds = [[ends[i] for i in order[k::5]] for k in range(5)]
    left_out: dict[str, list[tuple[np.ndarray, np.ndarray]]] = defaultdict(list)
    for k, fold in enumerate(folds):
        rest = [curve for j, other in enumerate(folds) if j != k for curve in other]
        refitted = fit_powers([*rest, *earlier], empty).on(rest, "")
        for name in names:
            left_out[name].append(coverage([c for c in fold if c.group == name], refitted))
    for name, found in left_out.items():
        covered, width = (np.concatenate(parts) for parts in zip(*found, strict=True))
        print(f"{name:18s} left out        {described(covered, width)}")
    print("earlier forecasts of the training parts, by reach, with the same constants:")
    for low, high in ((1.0, 1.5), (1.5, 2.0), (2.0, 4.0), (4.0, 8.0), (8.0, 16.0)):
        bands = []
        for curve in earlier:
            whole = curve.difficulty
            inside = (whole.reach > low) & (whole.reach <= high * 1.02)
            if inside.any():
                part = replace(
                    whole,
                    reach=whole.reach[inside],
                    bend_shift=whole.bend_shift[inside],
                    bend=whole.bend[inside],
                )
                bands.append(HeldOut(part, curve.error[inside], curve.group))
        print(f"  reach {low:g}-{high:g}: {described(*coverage(bands, made))}")
    if arguments.write:
        text = json.dumps(made.to_dict(), indent=1) + "\n"
        arguments.write.write_text(text, encoding="utf-8")
        print("written:", arguments.write, "sha256", hashlib.sha256(text.encode()).hexdigest())


if __name__ == "__main__":
    main()
