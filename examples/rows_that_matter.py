"""What a few bad rows do to an exponent, and how the findings name them.

Run it in any folder: python rows_that_matter.py. It writes nothing.
"""

import numpy as np

import lawcast as lc

rng = np.random.default_rng(3)
size, tokens = (
    g.ravel() for g in np.meshgrid(np.geomspace(5e7, 5e9, 6), np.geomspace(2e9, 2e11, 6))
)
loss = (1.8 + 480 / size**0.35 + 2100 / tokens**0.37) * np.exp(rng.normal(0, 0.004, size.size))

good = lc.read_runs({"params": size, "tokens": tokens, "loss": loss})
clean = lc.fit(good, bootstrap=200, rng=0)
print(f"all rows right:      alpha = {clean.parameters['alpha'].value:.3f}")

# Somebody logs three runs in millions of parameters.
millions = size.copy()
millions[[4, 11, 17]] /= 1e6
try:
    lc.fit(lc.read_runs({"params": millions, "tokens": tokens, "loss": loss}))
except lc.TableError as refusal:
    for finding in refusal.findings:
        print(f"refused:             {finding}")

# Two runs diverge. The check says so, and which: leave them out, and it is remembered why.
diverged = loss.copy()
diverged[[29, 35]] *= 1.4
runs = lc.read_runs({"params": size, "tokens": tokens, "loss": diverged})
bent = lc.fit(runs, bootstrap=0, loss="l2", diagnosis=False)
print(f"with two divergences: alpha = {bent.parameters['alpha'].value:.3f} (least squares)")
for finding in runs.check():
    print(f"found:               {finding}")
suspects = [row for finding in runs.check() if finding.code == "R015" for row in finding.rows]
kept = runs.drop(suspects, reason="diverged")
again = lc.fit(kept, bootstrap=200, rng=0)
print(f"without them:        alpha = {again.parameters['alpha'].value:.3f}")
print(kept.summary())
