"""The dimension of what each layer of a network sees, before and after training.

Run it in any folder: python dimension_of_layers.py. It writes layers/*.npy; the same table on the
command line is: lawcast dimension layers
"""

from itertools import pairwise
from pathlib import Path

import numpy as np

import lawcast as lc

rng = np.random.default_rng(0)

# 2,000 points of 40 numbers that depend on 6; the class depends on the first two of these alone.
latent = rng.uniform(-1, 1, (2_000, 6))
X = np.tanh(latent @ rng.normal(size=(6, 40)) / np.sqrt(6))
X = (X - X.mean(axis=0)) / X.std(axis=0)
target = np.where(latent[:, 0] ** 2 + latent[:, 1] > 0.3, 1.0, -1.0)

# A network of three layers, trained by gradient descent with momentum on the squared error.
widths = (40, 64, 64, 16, 1)
weights = [rng.normal(size=(a, b)) / np.sqrt(a) for a, b in pairwise(widths)]
speed = [np.zeros_like(w) for w in weights]


def layers():
    """What each layer puts out, the input first and the answer last."""
    values = [X]
    for w in weights[:-1]:
        values.append(np.tanh(values[-1] @ w))
    return [*values, values[-1] @ weights[-1]]


def dimensions():
    """The dimension of every layer but the answer."""
    hidden = layers()[:-1]
    return lc.intrinsic_dimension({f"layer {i}": values for i, values in enumerate(hidden)})


print(f"before training\n{dimensions().summary()}")
for _ in range(500):
    values = layers()
    slope = (values[-1][:, 0] - target)[:, None] / len(X)
    for i in reversed(range(len(weights))):
        step = values[i].T @ slope
        slope = (slope @ weights[i].T) * (1 - values[i] ** 2)
        speed[i] = 0.9 * speed[i] - 0.3 * step
        weights[i] += speed[i]
right = np.mean(np.sign(layers()[-1][:, 0]) == target)
print(f"\nafter training, {right:.1%} right\n{dimensions().summary()}")

Path("layers").mkdir(exist_ok=True)
for i, values in enumerate(layers()[:-1]):
    np.save(f"layers/layer{i}.npy", values.astype(np.float32))
