"""The figure of docs/extrapolation.md: a forecast of a learning curve, and what came after it.

Writes forecast.png, and the numbers in it as forecast.csv, into the current folder.
"""

from pathlib import Path

import numpy as np

import lawcast as lc
from lawcast.reporting.figures_curve import curve_picture
from lawcast.reporting.picture import guarded


def measured(samples, rng):
    """The made-up test error of learning_curve.py: a floor at 8 %, 1 % of noise."""
    return (0.08 + 2.1 * samples**-0.42) * np.exp(rng.normal(0, 0.01, samples.size))


samples = np.geomspace(500, 200_000, 14).round()
later = np.geomspace(250_000, 2_000_000, 10)
error = measured(samples, np.random.default_rng(1))
came = measured(later, np.random.default_rng(2))

forecast = lc.extrapolate(
    samples, error, at=["2x", "10x"], variable="samples", metric="error", name="a made-up model"
)
picture = curve_picture(forecast, (later, came))
folder = Path.cwd()
picture.save_image(folder / "forecast.png")
(folder / "forecast.csv").write_text(guarded(picture.table).csv(), encoding="utf-8")
print(picture.description)
band = forecast.band(later)
inside = (band["low"] <= came) & (came <= band["high"])
print(f"{inside.sum()} of {inside.size} later points lie inside the band")
