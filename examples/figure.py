"""The figure of the README: the Chinchilla law fitted to the packaged runs.

Writes chinchilla.png, and the numbers in it as chinchilla.csv, into the current folder.
"""

from pathlib import Path

import lawcast as lc
from lawcast._data import packaged
from lawcast.reporting.figures_law import law_picture
from lawcast.reporting.picture import guarded

with packaged("chinchilla.csv") as path:
    runs = lc.read_runs(path)
# Besiroglu et al. 2024 leave these five runs out: the fewest tokens per parameter by far.
runs = runs.drop([2, 3, 4, 5, 6], reason="fewest tokens per parameter")
fit = lc.fit(runs, rng=0)
far = fit.predict(compute="10x")

picture = law_picture(fit, [far])
assert picture is not None
folder = Path.cwd()
picture.save_image(folder / "chinchilla.png")
(folder / "chinchilla.csv").write_text(guarded(picture.table).csv(), encoding="utf-8")
print(picture.description)
