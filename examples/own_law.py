"""A law of your own over columns of your own: loss against learning rate and batch size.

Run it in any folder: python own_law.py. It writes own-law.json there.
"""

import numpy as np

import lawcast as lc


def bowl(rate, batch, best, rise, slope, bend):
    """The loss is lowest at a rate that grows with the batch, and rises like a parabola."""
    away = np.log(rate) - (slope * np.log(batch) + bend)
    return best + rise * away**2


law = lc.law(
    bowl,
    variables=["rate", "batch"],
    parameters=["best", "rise", "slope", "bend"],
    start={"best": (2.0, 4.0), "rise": (0.01, 0.5), "slope": (0.0, 1.0), "bend": (-15.0, -5.0)},
    domains={"rise": (0.0, np.inf)},
    positive=True,
    formula="L = best + rise·(log rate - slope·log batch - bend)²",
)

# A made-up grid of 35 runs: the best rate grows as the square root of the batch.
rng = np.random.default_rng(2)
rate, batch = (g.ravel() for g in np.meshgrid(np.geomspace(1e-4, 1e-2, 7), 2.0 ** np.arange(5, 10)))
loss = bowl(rate, batch, 2.9, 0.06, 0.5, -8.5) + rng.normal(0, 0.005, rate.size)
runs = lc.read_runs({"rate": rate, "batch": batch, "loss": loss}, columns=["rate", "batch"])

fit = lc.fit(runs, law=law, loss="l2", bootstrap=500, rng=0)
print(fit.summary())

slope = fit.parameters["slope"]
assert slope.interval is not None
ends = f"[{slope.interval.low:.2f}, {slope.interval.high:.2f}]"
print(f"the best rate grows as batch^{slope.value:.2f} {ends}")
print(fit.predict(rate=1e-3, batch=1024).summary())

# A saved fit of your own law opens again with the law.
fit.save("own-law.json")
assert lc.read_fit("own-law.json", law=law).summary() == fit.summary()
