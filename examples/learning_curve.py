"""A learning curve: where will it be with ten times the data, and which law can be trusted?

Run it in any folder: python learning_curve.py. It writes curve.csv there; the same forecast on the
command line is: lawcast extrapolate curve.csv --y error --at 2x,10x
"""

import csv

import numpy as np

import lawcast as lc


def truth(samples):
    """A made-up test error: a power law with a floor at 8 %."""
    return 0.08 + 2.1 * samples**-0.42


# Fourteen training sets of growing size, and 1 % of noise.
rng = np.random.default_rng(1)
samples = np.geomspace(500, 200_000, 14).round()
error = truth(samples) * np.exp(rng.normal(0, 0.01, samples.size))
with open("curve.csv", "w", newline="", encoding="utf-8") as stream:
    writer = csv.writer(stream)
    writer.writerow(["samples", "error"])
    writer.writerows(zip(samples.astype(int), error.round(5), strict=True))

# 1. The forecast: an average of laws, with an interval that was tested on public curves.
forecast = lc.extrapolate(samples, error, at=["2x", "10x"], variable="samples", metric="error")
print(forecast.summary())

# 2. What each law alone would have said.
far = forecast.forecasts[-1]
assert far.value.interval is not None
print(f"\nat {far.reach:g}x the truth is {truth(far.x):.4f}", end="; ")
print("the interval holds it:", float(truth(far.x)) in far.value.interval)
for share in forecast.laws:
    print(f"  {share.law:<12} {share.value[-1]:.4f}  (weight {share.weight:.2f})")

# 3. How each law would have done on the past of this curve.
print()
print(lc.compare(samples, error, metric="error").summary())

# 4. One law, if you know its form: its parameters, with the floor's interval.
fit = lc.fit({"samples": samples, "loss": error}, law="power-floor", variable="tokens", rng=0)
floor = fit.parameters["E"]
assert floor.interval is not None
low, high = floor.interval.low, floor.interval.high
print(f"\nfloor {floor.value:.3f} [{low:.3f}, {high:.3f}]; it was 0.08")
there = fit.predict(tokens=far.x)
assert there.new_run is not None
print(f"that law at 10x: {there.value:.4f}", end=" ")
print(f"[{there.new_run.low:.4f}, {there.new_run.high:.4f}]")
