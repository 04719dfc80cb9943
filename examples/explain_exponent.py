"""Why is the exponent what it is? From premises to a number, and from a number back to premises.

Run it in any folder: python explain_exponent.py. On the command line: lawcast exponent --help,
lawcast explain --help and lawcast claim --help.
"""

import numpy as np

import lawcast as lc

# 1. What theory says, with everything that it stands on.
said = lc.exponent(loss="l2", approximator="piecewise-linear", dimension=3)
print(said.summary())

# 2. One premise more, and the number is another: a ReLU teacher is not C^2.
kinked = lc.exponent(loss="l2", approximator="linear", target="relu-network", dimension=3)
print(f"\nsmooth target: {said.number}; ReLU teacher: {kinked.number}")

# 3. A claim that lost a premise on its way.
verdict = lc.check_claim("alpha >= 4/d", loss="l2")
print(f"\n{verdict.claim}: {verdict.outcome}\n  {verdict.reason}\n  true if {verdict.repair}")

# 4. The way back: an exponent and a dimension with intervals. Which premises do they leave?
alpha = lc.Estimate(0.50, lc.Interval(0.46, 0.54, 0.90, "bootstrap"))
d = lc.Estimate(6.0, lc.Interval(5.6, 6.4, 0.90, "half-samples"))
why = lc.explain(alpha, d, loss="l2", variable="data")
print(f"\n{why.conclusion}")
for experiment in why.experiments[:1]:
    print(f"to decide {experiment.between}: {experiment.text}")

# 5. One slope hides where the regime changes: the exponent at every size.
rng = np.random.default_rng(0)
x = np.geomspace(1e3, 1e7, 24)
loss = (x / 1e5) ** -0.5 * np.where(x < 1e5, 1.0, (x / 1e5) ** 0.3)
local = lc.local_exponent(x, loss * np.exp(0.01 * rng.normal(size=x.size)))
print(f"\n{local.status.text}")
