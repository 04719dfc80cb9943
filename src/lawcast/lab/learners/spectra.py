"""What the spectrum of a kernel predicts for the exponent of its regression.

Matched (the target is a draw of the kernel's own process): ``a_K = 2ν/d`` for L2 (Bahri et al.
2021; Bordelon et al. 2020). A smooth target instead saturates at ``2(2ν+d)/d`` on a closed manifold
(Spigler et al. 2020) and at ``(2ν+d+1)/d`` over a domain with a boundary.
"""

from __future__ import annotations

import numpy as np

from lawcast._errors import ArgumentError
from lawcast._values import Array
from lawcast.lab.learners.kernels import Kernel
from lawcast.lab.worlds.checks import check_count, check_dimension
from lawcast.lab.worlds.manifolds import Torus

_MOST_GRID = 4_000_000


def spectral_exponent(kernel: Kernel, dimension: int) -> float:
    """a_K = 2ν/d, where the n-th eigenvalue falls as n^-(1+a_K).

    Raises:
        ArgumentError: no whole dimension.
    """
    return 2 * kernel.smoothness / check_dimension(dimension)


def matched_exponent(kernel: Kernel, dimension: int, power: float = 2.0) -> float:
    """Exponent in L^power for a target drawn from the kernel's own process: power · ν / d.

    A kernel without bias on a solid domain sees directions only: give d - 1.

    Raises:
        ArgumentError: no whole dimension.
    """
    return power / 2 * spectral_exponent(kernel, dimension)


def smooth_exponent(kernel: Kernel, dimension: int, *, boundary: bool) -> float:
    """Exponent in L2 for a smooth generic target: 2(2ν+d)/d, or (2ν+d+1)/d with a boundary.

    Raises:
        ArgumentError: no whole dimension.
    """
    d = check_dimension(dimension)
    twice = 2 * kernel.smoothness
    return (twice + d + 1) / d if boundary else 2 * (twice + d) / d


def torus_spectrum(kernel: Kernel, dimension: int, grid: int) -> Array:
    """Eigenvalues of a stationary kernel on the embedded torus, largest first.

    The kernel on ``Torus(d).embed`` depends on the difference of two points alone, so its
    eigenvalues are its Fourier coefficients. They are taken from a grid: exact but for aliasing,
    which is small for the first tenth of them.

    Args:
        kernel: a Matérn kernel.
        dimension: d.
        grid: points along each axis.

    Returns:
        (grid^d,) eigenvalues under the uniform measure; they sum to the kernel's variance.

    Raises:
        ArgumentError: a grid of more than 4 million points.
    """
    d, side = check_dimension(dimension), check_count(grid, "the grid", least=2)
    if side**d > _MOST_GRID:
        raise ArgumentError(
            f"a grid of {side}^{d} points is too large; "
            f"take at most {int(_MOST_GRID ** (1 / d))} an axis"
        )
    axes = np.meshgrid(*[np.arange(side) / side] * d, indexing="ij")
    points = np.stack([axis.ravel() for axis in axes], axis=1)
    torus = Torus(d)
    row = kernel(torus.embed(np.zeros((1, d))), torus.embed(points))
    values = np.fft.fftn(row.reshape([side] * d)).real / side**d
    return np.sort(values.ravel())[::-1]
