"""Sums of power terms: value, gradient and true Hessian from sufficient statistics.

The logarithm of every term is linear in the coordinates over fixed functions of the data (1 and
-log x). With p_k the share of term k in the prediction, psi and h'' the derivatives of the loss
and w the weights, the Hessian in the space of the terms is

    H = sum_i (w h'' - w psi) p p^T + sum_i w psi diag(p),

and it is carried to the coordinates by products of those functions. So everything a Newton step
needs is a fixed linear map of moments: sums over the runs of a few masses (w psi, w psi p_k,
...) times a few functions (1, -log x, (log x)^2, ...). The shares add up to one, which spares the
masses of the first term, and a batch of resamples is one thin matrix product.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from lawcast._values import Array
from lawcast.fitting.losses import Loss
from lawcast.fitting.newton import Expansion
from lawcast.fitting.problem import Problem

Floats = NDArray[np.floating]
_Mass = tuple[int, ...]
_Combination = dict[_Mass, float]


@dataclass(frozen=True)
class Basis:
    """The fixed arrays of a sum of powers on one table.

    Args:
        where: for each term, the coordinates its logarithm is linear in.
        functions: for each term, the (q, n) functions that multiply them.
        products: (n, m) distinct products of two functions, and the functions themselves.
        first_map: (masses·m, p) from moments of the first-order masses to the gradient.
        second_map: (masses·m, p·p) from moments of all masses to the Hessian.
        log_y: (n,) logarithms of the scaled responses.
    """

    where: tuple[np.ndarray, ...]
    functions: tuple[Floats, ...]
    products: Floats
    first_map: Array
    second_map: Array
    log_y: Floats

    def single(self) -> Basis:
        """The same in single precision (the small maps stay double)."""
        return Basis(
            self.where,
            tuple(f.astype(np.float32) for f in self.functions),
            self.products.astype(np.float32),
            self.first_map,
            self.second_map,
            self.log_y.astype(np.float32),
        )


def make_basis(problem: Problem) -> Basis:
    """The fixed arrays of a problem whose law declares its terms."""
    law = problem.law
    assert law.terms is not None
    place = {name: j for j, name in enumerate(law.names)}
    logs = {v: -np.log(x) for v, x in zip(law.variables, problem.x, strict=True)}
    # a function is named by the variables whose logarithms it multiplies; () is the constant
    names = [[(), *((v,) for v in term.exponents)] for term in law.terms]
    where = [
        np.array([place[term.coefficient], *(place[e] for e in term.exponents.values())])
        for term in law.terms
    ]
    known = sorted({_product(f, g) for a in names for f in a for b in names for g in b})
    column = {name: j for j, name in enumerate(known)}
    products = np.stack(
        [np.prod([logs[v] for v in name], axis=0) + np.zeros(problem.size) for name in known],
        axis=1,
    )
    count, size, width = len(law.terms), problem.dimension, len(known)
    masses = list(_masses(count))
    row = {mass: m * width for m, mass in enumerate(masses)}
    first = np.zeros((count * width, size))
    second = np.zeros((len(masses) * width, size, size))
    for k in range(count):
        for i, f in zip(where[k], names[k], strict=True):
            for mass, factor in _slope_mass(k, count).items():
                first[row[mass] + column[f], i] += factor
                for j, g in zip(where[k], names[k], strict=True):
                    second[row[mass] + column[_product(f, g)], i, j] += factor
            for m in range(count):
                for j, g in zip(where[m], names[m], strict=True):
                    for mass, factor in _outer_mass(k, m, count).items():
                        second[row[mass] + column[_product(f, g)], i, j] += factor
    return Basis(
        tuple(where),
        tuple(np.stack([products[:, column[f]] for f in some]) for some in names),
        np.ascontiguousarray(products),
        first,
        second.reshape(len(masses) * width, size * size),
        np.log(problem.y),
    )


def _product(f: tuple[str, ...], g: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted((*f, *g)))


def _masses(count: int) -> Iterator[_Mass]:
    """Names of the masses in the order they are stored, for ``count`` terms.

    (0,) is w psi and (0, k) its product with the share of term k; (1,) is w h'' - w psi,
    (1, k) and (1, k, m) its products with one and two shares. Term 0 is left out.
    """
    others = range(1, count)
    yield (0,)
    yield from ((0, k) for k in others)
    yield (1,)
    yield from ((1, k) for k in others)
    yield from ((1, k, m) for k, m in combinations_with_replacement(others, 2))


def _slope_mass(k: int, count: int) -> _Combination:
    """w psi p_k as a combination of stored masses."""
    if k > 0:
        return {(0, k): 1.0}
    return {(0,): 1.0, **{(0, j): -1.0 for j in range(1, count)}}


def _outer_mass(k: int, m: int, count: int) -> _Combination:
    """(w h'' - w psi) p_k p_m as a combination of stored masses."""
    k, m = min(k, m), max(k, m)
    others = range(1, count)
    if k > 0:
        return {(1, k, m): 1.0}
    if m > 0:
        return {(1, m): 1.0, **{(1, min(j, m), max(j, m)): -1.0 for j in others}}
    result: _Combination = {(1,): 1.0}
    for j in others:
        result[1, j] = -2.0
        for i in others:
            pair = (1, min(i, j), max(i, j))
            result[pair] = result.get(pair, 0.0) + 1.0
    return result


class TermsObjective:
    """A batch of weighted fits of one sum of powers on the log scale.

    Args:
        problem: a problem whose law declares terms and whose loss is on the log scale.
        weights: (n,) for all fits or (s, n), one row a fit.
        response: (n,) for all fits or (s, n), scaled responses; the problem's own when None.
        metric: (p, p) damping metric shared by all fits; None to compute each fit's own.
        basis: from :func:`make_basis`, in the precision to work in.
    """

    def __init__(
        self,
        problem: Problem,
        weights: Array,
        response: Array | None = None,
        metric: Array | None = None,
        basis: Basis | None = None,
    ) -> None:
        self.low, self.high, self.unit = problem.low, problem.high, problem.unit
        self._loss: Loss = problem.loss
        self._basis = make_basis(problem) if basis is None else basis
        kind = self._basis.products.dtype
        self.rounding = 16.0 * float(np.finfo(kind).eps)
        self._weights = _Rows(weights.astype(kind, copy=False))
        log_y = self._basis.log_y if response is None else np.log(response).astype(kind, copy=False)
        self._log_y = _Rows(log_y)
        self._metric = None if metric is None else metric[None]
        self._terms = len(self._basis.where)
        self._masses = sum(1 for _ in _masses(self._terms))
        self._space = np.empty((0, 0, 0), dtype=kind)

    def expand(self, u: Array, which: np.ndarray) -> Expansion:
        """Expand the problems ``which`` (s,) at ``u`` (s, p)."""
        count, size = u.shape
        basis, terms = self._basis, self._terms
        weights, log_y = self._weights.take(which), self._log_y.take(which)
        space = self._work(count)
        shares, (total, spare, part) = space[:terms], space[terms : terms + 3]
        masses = space[terms + 3 :]
        with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):
            coordinates = u.astype(basis.products.dtype, copy=False)
            for k, (where, functions) in enumerate(zip(basis.where, basis.functions, strict=True)):
                if where.size == 1:  # a constant term
                    shares[k] = np.exp(coordinates[:, where])
                else:
                    np.exp(np.matmul(coordinates[:, where], functions, out=spare), out=shares[k])
            np.sum(shares, axis=0, out=total)
            shares[1:] /= total
            residual = np.log(total, out=total)
            residual -= log_y
            rho, psi, curvature = self._loss.derivatives(residual, spare, part)
            value = np.matmul(rho, weights) if weights.ndim == 1 else np.vecdot(rho, weights)
            slope = np.multiply(psi, weights, out=masses[0])
            np.multiply(slope, shares[1:], out=masses[1:terms])
            np.multiply(curvature, weights, out=masses[terms])
            masses[terms] -= slope
            moments = self._moments(masses, shares)
            gradient = moments[:, : basis.first_map.shape[0]] @ basis.first_map
            hessian = (moments @ basis.second_map).reshape(count, size, size)
            metric = self._metric
            if metric is None:
                np.multiply(self._loss.majorant(residual), weights, out=masses[terms])
                masses[:terms] = 0.0
                moments = self._moments(masses, shares)
                metric = (moments @ basis.second_map).reshape(count, size, size)
        return Expansion(value.astype(float), gradient, hessian, metric)

    def _moments(self, masses: Floats, shares: Floats) -> Array:
        """(s, masses·m) moments, the products of ``masses[terms]`` with the shares made here."""
        outer = self._terms
        last = 2 * outer
        np.multiply(masses[outer], shares[1:], out=masses[outer + 1 : last])
        for k in range(1, outer):
            room = outer - k
            np.multiply(masses[outer + k], shares[k:], out=masses[last : last + room])
            last += room
        sums = np.matmul(masses, self._basis.products)
        flat = sums.transpose(1, 0, 2).reshape(masses.shape[1], -1)
        return np.asarray(flat, dtype=float)

    def _work(self, count: int) -> Floats:
        """(arrays, count, n) that are used again: fresh memory costs more than the sums."""
        if self._space.shape[1] < count:
            arrays = self._terms + 3 + self._masses
            shape = (arrays, count, self._basis.log_y.shape[-1])
            self._space = np.empty(shape, dtype=self._basis.products.dtype)
        return self._space[:, :count]


class _Rows:
    """The rows of a table for the problems still in the batch, gathered once per batch."""

    def __init__(self, values: Floats) -> None:
        self._values = values
        self._kept = values
        self._which = np.arange(values.shape[0])
        self._room: Floats | None = None

    def take(self, which: np.ndarray) -> Floats:
        """Rows ``which``; the one row that all share where there is only one."""
        if self._values.ndim == 1 or np.array_equal(which, self._which):
            return self._kept
        if self._room is None:
            self._room = np.empty_like(self._values)
        # mode="clip" only because numpy copies through a buffer otherwise
        self._kept = self._values.take(which, axis=0, out=self._room[: which.size], mode="clip")
        self._which = which
        return self._kept
