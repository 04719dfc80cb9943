"""A sweep of small models, and what it says about one with a hundred times the compute.

Run it in any folder: python sweep.py. It writes sweep.csv, fit.json and report.html there.
"""

import csv

import numpy as np

import lawcast as lc

# A made-up sweep: four families of runs whose losses follow a known law with 0.4 % noise.
rng = np.random.default_rng(0)
with open("sweep.csv", "w", newline="", encoding="utf-8") as stream:
    writer = csv.writer(stream)
    writer.writerow(["family", "n_params", "tokens", "val_loss"])
    for family in range(4):
        for size in np.geomspace(40e6, 3e9, 6):
            for tokens in np.geomspace(1e9, 100e9, 5):
                loss = 1.8 + 480 / size**0.35 + 2100 / tokens**0.37
                loss *= np.exp(rng.normal(0, 0.004))
                writer.writerow([f"f{family}", int(size), int(tokens), round(loss, 4)])

# 1. Is anything wrong with the table?
runs = lc.read_runs("sweep.csv", params="n_params", loss="val_loss", params_kind="non-embedding")
print(runs.summary())
for finding in runs.check():
    print(finding)

# 2. The law, with intervals from whole families resampled together.
fit = lc.fit(runs, law="chinchilla", cluster="family", bootstrap=500, rng=0)
print(fit.summary())
alpha = fit.parameters["alpha"]
assert alpha.interval is not None
print(f"the exponent was 0.35; the interval holds it: {0.35 in alpha.interval}")

# 3. A hundred times the compute: the best size, the tokens, and the loss.
far = fit.predict(compute="100x", along="optimal")
print(far.summary())
truth = 1.8 + 480 / far.inputs["params"].value ** 0.35 + 2100 / far.inputs["tokens"].value ** 0.37
print(f"the law that made the data gives {truth:.4f} there")

# 4. Keep it: the fit for later, and one page to mail.
fit.save("fit.json")
lc.report(fit, far, title="A made-up sweep").save("report.html")
print("wrote", lc.read_fit("fit.json"), "and report.html")
