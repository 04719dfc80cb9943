"""Learners: functions from training points, their values and tests to predictions.

The local ones take ``(space, train, values, tests, ...)`` and share one neighbour search through
``near=``; the others take tables of points. Values of shape (n, t) are t targets at once.

- ``neighbours``: the nearest value, the mean of the k nearest.
- ``local_polynomial``: local least squares of degree 1 and 2.
- ``delaunay``: piecewise-linear interpolation on simplices, d ≤ 4.
- ``kernels``: Matérn and arc-cosine kernels, kernel ridge regression.
- ``weights``: linear learners as weights, and their loss averaged over a Gaussian process.
- ``spectra``: the exponents that a kernel's spectrum predicts.
- ``features``: random ReLU features, linear regression, the power-law world.
"""
