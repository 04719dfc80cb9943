"""How many numbers does it take to say which point this is? And can this sample tell?

Run it in any folder: python intrinsic_dimension.py. It writes embeddings.npy there; the same answer
on the command line is: lawcast dimension embeddings.npy
"""

import numpy as np

import lawcast as lc


def embedded(latent, width, rng):
    """Made-up embeddings: ``width`` smooth functions of the few numbers that matter."""
    d = latent.shape[1]
    mix, shift = rng.normal(size=(d, width)) / np.sqrt(d), rng.normal(size=width)
    return np.tanh(latent @ mix + 0.3 * shift)


rng = np.random.default_rng(0)

# 1. 5,000 points of 64 numbers that depend on 8.
X = embedded(rng.uniform(-1, 1, (5_000, 8)), 64, rng).astype(np.float32)
np.save("embeddings.npy", X)
dim = lc.intrinsic_dimension(X, name="embeddings")
print(dim.summary())
assert dim.interval is not None
print(f"\nthe truth is 8; the interval holds it: {8 in dim.interval}")

# 2. What a law of the data would follow from it, if its premises hold: alpha = 4/d.
low, high = 4 / dim.interval.high, 4 / dim.interval.low
print(f"4/d = {4 / dim.value:.2f} [{low:.2f}, {high:.2f}]")

# 3. A sample that cannot tell: 2,500 points on a product of 20 circles look 40-dimensional,
#    because no two of them are near enough to see that circles are thin.
angles = rng.uniform(0, 2 * np.pi, (2_500, 20))
torus = lc.intrinsic_dimension(np.hstack([np.cos(angles), np.sin(angles)]))
assert torus.adequacy is not None
print(f"\n20 circles: {torus.value:.1f}, reliable: {torus.adequacy.ok}\n{torus.adequacy.text}")

# 4. Noise fills every direction, so the nearest neighbours see it and farther ones do not.
flat = np.zeros((4_000, 30))
flat[:, :3] = rng.uniform(-1, 1, (4_000, 3))
noisy = lc.intrinsic_dimension(flat + 0.01 * rng.normal(size=flat.shape))
print(f"\n3 dimensions under noise: {noisy.value:.2f}")
for scale in noisy.scales:
    print(f"  neighbours {scale.ranks:>7}: {scale.value:5.2f} at radius {scale.radius:.2f}")
for finding in noisy.findings:
    print(finding)
