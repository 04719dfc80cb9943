"""Other people's ways to extrapolate a curve, for benchmarks/extrapolation.py.

None of these packages is a dependency; a row whose package is absent is left out with a line that
says how to install it. Versions are those that were looked at in November 2026.

Runs:

- scipy: ``curve_fit`` of E + b x^-c, what a notebook does. Interval from its covariance.
- lmfit 1.3.4: its power law plus its constant, started where its own ``guess`` says.
- simple-scaling-laws 0.2.0: a law of one variable is a special case of its surfaces. It installs
  on Python 3.12 and later; its source runs on 3.11 too when put on PYTHONPATH. The row takes its
  default law with 200 bootstrap draws and its interval for a new run; every row of the file is a
  run of its own, though the package advises against checkpoints of one run. Losses up to 1 are
  declared an error rate, which keeps its floor positive; without that its mean error on the 47
  vision and language curves is two and a half times as large. "simple-scaling-laws broken" is its
  one-break law, some seconds a curve: it runs only when it is named.

Cannot run, or does not do this:

- lcpfn 0.1.3: needs torch 1.11 or older, which has no build for Python 3.11; pip refuses. Its
  trained network is no part of the package: it is downloaded when it is first imported.
- ifbo 0.4.1: installs, with torch; its trained network is no part of the package and is downloaded
  on first use. It is made for curves between 0 and 1 while hyperparameters are searched.
- nslpfn, ml-scalefit: not on the package index.
- learning-curves 0.2.2: pip refuses, because it requires a package that was withdrawn.
- chinchilla 0.2.0: a surface in parameters and tokens only; one curve does not determine it.
- scaling-law-probe 0.1.0: an exponent from the dimension of text embeddings; fits no curve.
- lcdb 0.1.0: a store of measured curves, without extrapolation.
- sktime: its forecaster for curves calls scipy's ``curve_fit`` on a function of the user, the row
  that is here already. statsmodels has no law that falls to a floor.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lawcast._values import Array

Forecast = tuple[Array, Array | None, Array | None]
DRAWS = 200


class NotInstalled(Exception):
    """The package of a row is absent; the text says what to type."""


@dataclass(frozen=True)
class Peer:
    """One row.

    Args:
        name: as printed.
        run: x (n,), y (n,), at (t,), level -> value, low, high (t,).
        usual: whether it runs when it is not named.
    """

    name: str
    run: Callable[[Array, Array, Array, float], Forecast]
    usual: bool = True


def scipy_curve_fit(x: Array, y: Array, at: Array, level: float) -> Forecast:
    """E + b x^-c by curve_fit from a sensible start; delta-method interval of a new point.

    The start: a floor a tenth under the lowest loss, c = 0.5, b from the first point. x is divided
    by its largest value.
    """
    from scipy.optimize import curve_fit
    from scipy.stats import t as student

    scaled, places = x / x.max(), at / x.max()

    def law(z: Array, E: float, b: float, c: float) -> Array:
        return E + b * z**-c

    first = int(np.argmin(scaled))
    floor = 0.9 * float(y.min())
    start = (floor, (float(y[first]) - floor) * float(scaled[first]) ** 0.5, 0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found, covariance = curve_fit(
            law, scaled, y, p0=start, bounds=(0.0, np.inf), max_nfev=10_000
        )
    _, b, c = found
    slopes = np.stack([np.ones(at.size), places**-c, -b * places**-c * np.log(places)])
    free = x.size - 3
    if free < 1 or not np.isfinite(covariance).all():
        nothing = np.full(at.size, np.nan)
        return law(places, *found), nothing, nothing
    scatter = float(np.sum((y - law(scaled, *found)) ** 2)) / free
    variance = np.einsum("it,ij,jt->t", slopes, covariance, slopes) + scatter
    half = student.ppf(0.5 + level / 2.0, free) * np.sqrt(np.maximum(variance, 0.0))
    value = law(places, *found)
    return value, value - half, value + half


def lmfit_power(x: Array, y: Array, at: Array, level: float) -> Forecast:
    """lmfit's PowerLawModel plus ConstantModel, started by its guess and a floor of zero."""
    models = _module("lmfit.models", "lmfit")
    scaled, places = x / x.max(), at / x.max()
    power, floor = models.PowerLawModel(), models.ConstantModel()
    start = power.guess(y, x=scaled)
    start.update(floor.make_params(c={"value": 0.0, "min": 0.0}))
    start["c"].set(value=0.1 * float(y.min()), min=0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = (power + floor).fit(y, start, x=scaled)
        value = np.asarray(found.eval(x=places), dtype=float) * np.ones(at.size)
        half = np.full(at.size, np.nan)
        if found.errorbars:
            found.eval_uncertainty(x=places, sigma=level)
            half = np.asarray(found.dely_predicted, dtype=float)
    return value, value - half, value + half


def simple_scaling_laws(law: str) -> Callable[[Array, Array, Array, float], Forecast]:
    """One of its laws; every row counts as a run of its own."""

    def run(x: Array, y: Array, at: Array, level: float) -> Forecast:
        package = _module("simple_scaling_laws", "simple-scaling-laws")
        polars = _module("polars", "polars")
        # a loss that may be an error rate is fitted on its logit: its floor cannot turn negative
        target = "test_loss__error_rate" if y.max() <= 1.0 else "test_loss__loss"
        rows = polars.DataFrame(
            {
                "training_run_id": [str(i) for i in range(x.size)],
                "dataset_size__x": x,
                target: y,
            }
        )
        tail = (1.0 - level) / 2.0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = package.fit(rows, law=law, n_draws=DRAWS, seed=0)
            made = model.predict(
                {"dataset_size__x": at}, kind="new-run", quantiles=(tail, 0.5, 1.0 - tail)
            )
        columns = [name for name in made.columns if name.startswith(target)]
        low, value, high = (made[name].to_numpy().astype(float) for name in columns)
        return value, low, high

    return run


PEERS = (
    Peer("scipy curve_fit", scipy_curve_fit),
    Peer("lmfit", lmfit_power),
    Peer("simple-scaling-laws", simple_scaling_laws("separable-power")),
    Peer("simple-scaling-laws broken", simple_scaling_laws("broken-power"), usual=False),
)


def versions() -> list[str]:
    """Names and versions of the peers that are installed."""
    found = []
    for name in ("lmfit", "simple-scaling-laws"):
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _module(name: str, package: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        raise NotInstalled(f"pip install {package}") from None
