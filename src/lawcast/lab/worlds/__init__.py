"""Worlds of known truth: where points live, what is to be learned, and the noise on it.

- ``spaces``: what a space and a manifold offer; exact neighbours; plain ``Euclidean`` space.
- ``manifolds``: torus, cube, ball, sphere, and ``find_manifold``.
- ``products``: products of manifolds.
- ``embeddings``: random smooth embeddings in R^D, and the Swiss roll.
- ``targets``: smooth random targets, additive targets, ``standardise``.
- ``rough``: isolated singularities and kinks.
- ``processes``: Gaussian-process draws, Matérn features, Brownian paths.
- ``teachers``: random ReLU, tanh and softplus networks.
- ``noise``: noise with its floor and its excess loss in closed form.
- ``checks``: what all of them check at the door.
"""
