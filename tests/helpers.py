"""Known answers: NIST certified fits, published runs, laws with known parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lawcast._data import packaged_path
from lawcast._values import Array
from lawcast.laws.law import Law
from lawcast.laws.registry import get_law
from lawcast.laws.user import law

NIST_FOLDER = Path(__file__).resolve().parent / "data" / "nist"


# --- the NIST StRD problems of nonlinear regression ----------------------------------------------


def _enso(x: Any, b1: Any, b2: Any, b3: Any, b4: Any, b5: Any, b6: Any, b7: Any, b8: Any, b9: Any):
    turn = 2 * np.pi * x
    return (
        b1 + b2 * np.cos(turn / 12) + b3 * np.sin(turn / 12)
        + b5 * np.cos(turn / b4) + b6 * np.sin(turn / b4)
        + b8 * np.cos(turn / b7) + b9 * np.sin(turn / b7)
    )  # fmt: skip


def _gauss(x: Any, b1: Any, b2: Any, b3: Any, b4: Any, b5: Any, b6: Any, b7: Any, b8: Any):
    first = b3 * np.exp(-((x - b4) ** 2) / b5**2)
    return b1 * np.exp(-b2 * x) + first + b6 * np.exp(-((x - b7) ** 2) / b8**2)


def _lanczos(x: Any, b1: Any, b2: Any, b3: Any, b4: Any, b5: Any, b6: Any):
    return b1 * np.exp(-b2 * x) + b3 * np.exp(-b4 * x) + b5 * np.exp(-b6 * x)


def _cubic_ratio(x: Any, b1: Any, b2: Any, b3: Any, b4: Any, b5: Any, b6: Any, b7: Any):
    return (b1 + b2 * x + b3 * x**2 + b4 * x**3) / (1 + b5 * x + b6 * x**2 + b7 * x**3)


def _rise(x: Any, b1: Any, b2: Any):
    return b1 * (1 - np.exp(-b2 * x))


def _chwirut(x: Any, b1: Any, b2: Any, b3: Any):
    return np.exp(-b1 * x) / (b2 + b3 * x)


_NIST_MODELS: Mapping[str, Callable[..., Any]] = {
    "Bennett5": lambda x, b1, b2, b3: b1 * (b2 + x) ** (-1 / b3),
    "BoxBOD": _rise,
    "Chwirut1": _chwirut,
    "Chwirut2": _chwirut,
    "DanWood": lambda x, b1, b2: b1 * x**b2,
    "ENSO": _enso,
    "Eckerle4": lambda x, b1, b2, b3: (b1 / b2) * np.exp(-0.5 * ((x - b3) / b2) ** 2),
    "Gauss1": _gauss,
    "Gauss2": _gauss,
    "Gauss3": _gauss,
    "Hahn1": _cubic_ratio,
    "Kirby2": lambda x, b1, b2, b3, b4, b5: (b1 + b2 * x + b3 * x**2) / (1 + b4 * x + b5 * x**2),
    "Lanczos1": _lanczos,
    "Lanczos2": _lanczos,
    "Lanczos3": _lanczos,
    "MGH09": lambda x, b1, b2, b3, b4: b1 * (x**2 + x * b2) / (x**2 + x * b3 + b4),
    "MGH10": lambda x, b1, b2, b3: b1 * np.exp(b2 / (x + b3)),
    "MGH17": lambda x, b1, b2, b3, b4, b5: b1 + b2 * np.exp(-x * b4) + b3 * np.exp(-x * b5),
    "Misra1a": _rise,
    "Misra1b": lambda x, b1, b2: b1 * (1 - (1 + b2 * x / 2) ** -2),
    "Misra1c": lambda x, b1, b2: b1 * (1 - (1 + 2 * b2 * x) ** -0.5),
    "Misra1d": lambda x, b1, b2: b1 * b2 * x / (1 + b2 * x),
    "Nelson": lambda x1, x2, b1, b2, b3: b1 - b2 * x1 * np.exp(-b3 * x2),
    "Rat42": lambda x, b1, b2, b3: b1 / (1 + np.exp(b2 - b3 * x)),
    "Rat43": lambda x, b1, b2, b3, b4: b1 / (1 + np.exp(b2 - b3 * x)) ** (1 / b4),
    "Roszman1": lambda x, b1, b2, b3, b4: b1 - b2 * x - np.arctan(b3 / (x - b4)) / np.pi,
    "Thurber": _cubic_ratio,
}

NIST_NAMES = tuple(_NIST_MODELS)


@dataclass(frozen=True)
class NistProblem:
    """One certified problem: its table, its two published starts and the certified answer."""

    name: str
    columns: dict[str, Array]
    starts: tuple[dict[str, float], dict[str, float]]
    certified: Array
    residual_sum: float

    def law(self, start: int) -> Law:
        """The model as a user's law from published start 1 or 2."""
        return law(
            _NIST_MODELS[self.name],
            variables=[name for name in self.columns if name != "y"],
            parameters=list(self.starts[0]),
            start=self.starts[start - 1],
            response="y",
            name=self.name,
        )


def read_nist(name: str) -> NistProblem:
    """The problem of that name, from the file as NIST published it."""
    lines = (NIST_FOLDER / f"{name}.dat").read_text(encoding="ascii").splitlines()
    header = {
        key: line
        for key in ("Starting Values", "Certified Values", "Data  ")
        for line in lines[:8]
        if key in line
    }

    def span(key: str) -> tuple[int, int]:
        first, last = header[key].split("(lines")[1].rstrip(" )").split("to")
        return int(first) - 1, int(last)

    low, high = span("Starting Values")
    table = [line.split("=")[1].split() for line in lines[low:high]]
    names = [line.split("=")[0].strip() for line in lines[low:high]]
    start_1, start_2, certified, _ = np.array(table, dtype=float).T
    residual = next(line for line in lines if line.startswith("Residual Sum of Squares"))
    low, high = span("Data  ")
    data = np.array([line.split() for line in lines[low:high]], dtype=float)
    y, *x = data.T
    if name == "Nelson":  # certified for log[y]
        y = np.log(y)
    variables = ["x"] if len(x) == 1 else [f"x{j + 1}" for j in range(len(x))]
    return NistProblem(
        name=name,
        columns={**dict(zip(variables, x, strict=True)), "y": y},
        starts=(
            dict(zip(names, start_1.tolist(), strict=True)),
            dict(zip(names, start_2.tolist(), strict=True)),
        ),
        certified=certified,
        residual_sum=float(residual.split(":")[1]),
    )


def certified_digits(found: Array, certified: Array) -> float:
    """Log relative error of the worst parameter: how many of its digits agree, 11 at most."""
    error = np.max(np.abs(found - certified) / np.abs(certified))
    return float(min(-np.log10(max(error, 1e-11)), 11.0))


# --- laws with known parameters -----------------------------------------------------------------

TRUTHS: Mapping[str, tuple[float, ...]] = {
    "chinchilla": (1.8, 480.0, 2100.0, 0.35, 0.37),
    "kaplan": (8.8e13, 5.4e13, 0.076, 0.095),
    "skaling": (1.75, 400.0, 4.3, 0.42, 0.43, 0.77),
    "data-constrained": (1.87, 520.0, 1490.0, 0.35, 0.35, 5.3, 15.4),
    "power": (10.0, 0.08),
    "power-floor": (1.7, 300.0, 0.35),
    "m3": (40.0, 1e-8, 0.2),
    "shifted": (1.7, 300.0, 3e7, 0.35),
    "m4": (1.7, 8.0, 0.6, 140.0, 0.35),
    "bnsl": (1.5, 50.0, 0.2, 0.3, 3e8, 0.4),
    "constant": (2.2,),
}
"""Parameters, in the order of the law, that a fit of a table made with them must give back."""


def law_table(
    name: str, noise: float, rng: np.random.Generator, count: int = 80
) -> tuple[Law, dict[str, Array]]:
    """The law (over tokens if it has one variable) and a table made with ``TRUTHS[name]``.

    ``noise`` is the standard deviation of the logarithm of the response.
    """
    known = get_law(name)
    if known.free_variable:
        known = known.on("tokens")
        x = [np.logspace(6, 11, count)]
    else:
        sizes, data = np.meshgrid(np.logspace(7, 10, 9), np.logspace(8.5, 11.5, 9))
        x = [sizes.ravel(), data.ravel()]
        if name == "data-constrained":
            x.append(x[1] / np.tile([1.0, 4.0, 30.0], 27))
    y = known(x, np.array(TRUTHS[name]))
    y = y * np.exp(noise * rng.standard_normal(y.size))
    return known, {**dict(zip(known.variables, x, strict=True)), "loss": y}


def chinchilla_columns(runs: int = 240) -> dict[str, Array]:
    """Packaged Chinchilla runs: the ``runs`` of most tokens per parameter."""
    table = np.genfromtxt(packaged_path("chinchilla.csv"), delimiter=",", names=True)
    size, compute, loss = (table[name] for name in ("Model_Size", "Training_FLOP", "loss"))
    tokens = compute / (6.0 * size)
    kept = np.sort(np.argsort(tokens / size)[table.size - runs :])
    return {"params": size[kept], "tokens": tokens[kept], "loss": loss[kept]}


def bootstrap_weights(seed: int, block: int, runs: int, count: int = 256) -> Array:
    """(count, runs) how often a resample draws each run; a function of seed and block alone."""
    rng = np.random.Generator(np.random.Philox(key=[seed, block]))
    picks = rng.integers(0, runs, size=(count, runs), dtype=np.int32)
    picks += np.arange(count, dtype=np.int32)[:, None] * runs
    return np.bincount(picks.ravel(), minlength=count * runs).reshape(count, runs).astype(float)


# --- simulated sweeps, healthy unless asked otherwise ---------------------------------------------

SURFACE = {"E": 1.8172, "A": 477.8, "B": 2143.4, "alpha": 0.3473, "beta": 0.3672}
"""The refitted Chinchilla surface (Besiroglu et al. 2024), from which sweeps are drawn."""


def surface_loss(params: Array, tokens: Array) -> Array:
    """(n,) loss of the surface."""
    s = SURFACE
    return np.asarray(s["E"] + s["A"] / params ** s["alpha"] + s["B"] / tokens ** s["beta"])


def sweep_columns(
    runs: int = 60,
    seed: int = 0,
    noise: float = 0.006,
    decades: float = 4.0,
    ratios: tuple[float, float] = (5.0, 100.0),
) -> dict[str, Array]:
    """A sweep of the surface: compute from 1e18 FLOP up, log-uniform tokens per parameter."""
    rng = np.random.default_rng([seed, runs])
    compute = 1e18 * 10.0 ** rng.uniform(0.0, decades, runs)
    ratio = np.exp(rng.uniform(np.log(ratios[0]), np.log(ratios[1]), runs))
    params = np.sqrt(compute / 6.0 / ratio)
    tokens = ratio * params
    loss = surface_loss(params, tokens) * np.exp(noise * rng.standard_normal(runs))
    return {"params": params, "tokens": tokens, "loss": loss}


def line_law(**changes: Any) -> Law:
    """y = a + b·x as a user's law, for variables and responses of any sign."""
    arguments: dict[str, Any] = {
        "variables": ["x"], "parameters": ["a", "b"], "start": {"a": 0.5, "b": 0.5},
        "response": "y", "name": "line",
    }  # fmt: skip
    return law(lambda x, a, b: a + b * x, **(arguments | changes))


def line_columns(runs: int = 40, seed: int = 0) -> dict[str, Array]:
    """y = 1 + 2·x with noise, x from -5 to 5."""
    x = np.linspace(-5.0, 5.0, runs)
    return {"x": x, "y": 1.0 + 2.0 * x + 0.1 * np.random.default_rng(seed).standard_normal(runs)}
