"""A learning curve: how much would ten times the data help? Three laws, and where they disagree.

Run it in any folder: python learning_curve.py. It writes nothing.
"""

import numpy as np

import lawcast as lc

# Test error of one model on growing training sets: a power law with a floor at 8 %, 1 % noise.
rng = np.random.default_rng(1)
sizes = np.geomspace(500, 200_000, 14)
errors = (0.08 + 2.1 * sizes**-0.42) * np.exp(rng.normal(0, 0.01, sizes.size))
table = {"samples": sizes, "loss": errors}

runs = lc.read_runs(table)
target = 10 * sizes.max()
truth = 0.08 + 2.1 * target**-0.42

print(f"{'law':<14}{'floor':>22}{'error at 10x the data':>30}{'was off':>14}")
for name in ("power", "power-floor", "m3"):
    fit = lc.fit(runs, law=name, variable="tokens", bootstrap=500, rng=0)
    there = fit.predict(tokens=target)
    assert there.new_run is not None
    span = f"{there.value:.4f} [{there.new_run.low:.4f}, {there.new_run.high:.4f}]"
    floor = "none"
    if "E" in fit.parameters and fit.parameters["E"].interval is not None:
        low, high = fit.parameters["E"].interval.low, fit.parameters["E"].interval.high
        floor = f"{fit.parameters['E'].value:.3f} [{low:.3f}, {high:.3f}]"
    # its own record: refitted without the largest sets, how far off was it on them?
    assert fit.history is not None
    cut = min(fit.history.cuts, key=lambda c: abs(np.log10(c.reach) - 1.0))
    missed = f"{100 * cut.error:.1f} % at {cut.reach:.0f}x"
    print(f"{name:<14}{floor:>22}{span:>30}{missed:>14}")
print(f"the truth there is {truth:.4f}; the floor is 0.08")
