"""A law along compute: at the best split of every budget, or at a fixed ratio of tokens to size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lawcast._errors import UnitError, UnknownNameError
from lawcast._units import accounting as accounting_of
from lawcast._values import Array
from lawcast.laws.law import Law
from lawcast.runs.table import Runs

ALONG = ("optimal", "fixed-ratio")
"""Ways along compute: the best split of every budget, or tokens in proportion to parameters."""

_WIDEST = 7.0 * np.log(10.0)
"""Half-width, in log(tokens/parameters), of the range searched for the best split."""

_GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0


@dataclass(frozen=True)
class Frontier:
    """How compute is split between parameters and tokens.

    Args:
        along: one of :data:`ALONG`, or ``"compute"`` for a law of compute itself.
        flop: k in C = k·N·D.
        ratio: tokens per parameter, for ``"fixed-ratio"``.
        largest: largest compute in the data, FLOP.
    """

    along: str
    flop: float
    ratio: float
    largest: float

    def split(self, law: Law, theta: Array, compute: Array, given: Mapping[str, float]) -> Array:
        """Parameters and tokens for every budget.

        Args:
            law: the law.
            theta: (b, p) parameters.
            compute: (m,) FLOP.
            given: values of further variables of the law.

        Returns:
            (2, b, m): parameters and tokens; NaN where the law has no best split.
        """
        log_product = np.log(compute / self.flop)
        if self.along == "fixed-ratio":
            log_n = 0.5 * (log_product - np.log(self.ratio))
            log_n = np.broadcast_to(log_n, (theta.shape[0], compute.size))
        else:
            log_n = _closed_form(law, theta, log_product)
            if log_n is None:
                log_n = _best_split(law, theta, log_product, given)
        return np.asarray(np.exp(np.stack([log_n, log_product - log_n])))

    def describe(self) -> str:
        """In a few words."""
        if self.along == "fixed-ratio":
            return f"at {self.ratio:.3g} tokens per parameter, C = {self.flop:.3g}·N·D"
        if self.along == "compute":
            return "as a law of compute"
        return f"at the best split of compute, C = {self.flop:.3g}·N·D"


def frontier_of(
    law: Law, runs: Runs, along: str | None = None, ratio: float | None = None
) -> Frontier | None:
    """The frontier of a law on its runs; None where the law cannot be read along compute.

    Args:
        law: the law.
        runs: the runs it was fitted to.
        along: one of :data:`ALONG`; None for the best split.
        ratio: tokens per parameter for ``"fixed-ratio"``; None for that of the runs with the
            most compute (geometric mean over the top tenth).

    Raises:
        UnknownNameError: no such way along compute.
    """
    if along is not None and along not in ALONG:
        raise UnknownNameError("way along compute", along, ALONG)
    if law.variables == ("compute",):
        return Frontier("compute", 1.0, np.nan, float(np.max(runs["compute"])))
    if not {"params", "tokens"} <= set(law.variables):
        return None
    size, data = runs["params"], runs["tokens"]
    flop = flop_per_token_param(runs)
    compute = runs["compute"] if "compute" in runs else flop * size * data
    compute = np.where(np.isfinite(compute), compute, flop * size * data)
    if ratio is None:
        top = compute >= np.quantile(compute, 0.9)
        ratio = float(np.exp(np.mean(np.log(data[top] / size[top]))))
    return Frontier(along or "optimal", flop, ratio, float(compute.max()))


def flop_per_token_param(runs: Runs) -> float:
    """k in C = k·N·D for these runs: by name, or the geometric mean of the compute column."""
    known = accounting_of(runs.accounting).flop_per_token_param if runs.accounting else 6.0
    if known is not None:
        return known
    ratio = runs["compute"] / (runs["params"] * runs["tokens"])
    ratio = ratio[np.isfinite(ratio) & (ratio > 0)]
    return float(np.exp(np.mean(np.log(ratio)))) if ratio.size else 6.0


def require_frontier(frontier: Frontier | None, law: Law) -> Frontier:
    """The frontier, or a message that says why there is none.

    Raises:
        UnitError: the law does not read parameters and tokens, or compute.
    """
    if frontier is None:
        names = ", ".join(f"{v}=" for v in law.variables)
        raise UnitError(
            f"the law {law.name!r} reads {', '.join(law.variables)}, so compute alone does not say "
            f"where to predict; give {names} instead, or fit a law of params and tokens"
        )
    return frontier


def arguments_of(law: Law, split: Array, given: Mapping[str, float]) -> tuple[Array, ...]:
    """The law's variables, each (b, m), from a split and further given values."""
    columns = {"params": split[0], "tokens": split[1]}
    missing = [v for v in law.variables if v not in columns and v not in given]
    if missing:
        raise UnitError(
            f"the law {law.name!r} also reads {', '.join(missing)}: give "
            + ", ".join(f"{v}=" for v in missing)
        )
    return tuple(
        columns[v] if v in columns else np.broadcast_to(float(given[v]), split[0].shape)
        for v in law.variables
    )


def _closed_form(law: Law, theta: Array, log_product: Array) -> Array | None:
    """(b, m) log parameters at the best split of a law with one power term of each variable.

    There alpha·A·N^-alpha = beta·B·D^-beta (Hoffmann et al. 2022, equation 4). None for other laws;
    NaN where there is no best split in the range that :func:`_best_split` searches.
    """
    powers = [t for t in law.terms or () if t.exponents]
    if sorted(tuple(t.exponents) for t in powers) != [("params",), ("tokens",)]:
        return None
    columns = {name: theta[:, j, None] for j, name in enumerate(law.names)}
    log_slope = {}
    exponent = {}
    with np.errstate(divide="ignore", invalid="ignore"):
        for term in powers:
            ((variable, name),) = term.exponents.items()
            exponent[variable] = columns[name]
            log_slope[variable] = np.log(columns[name] * columns[term.coefficient])
        log_n = log_slope["params"] - log_slope["tokens"] + exponent["tokens"] * log_product
        log_n = log_n / (exponent["params"] + exponent["tokens"])
        inside = np.abs(log_n - 0.5 * log_product) < 0.5 * _WIDEST
    return np.where(inside, log_n, np.nan)


def _best_split(law: Law, theta: Array, log_product: Array, given: Mapping[str, float]) -> Array:
    """(b, m) log parameters that minimise the law at N·D = exp(log_product).

    A grid finds the valley, golden section its bottom; NaN where the bottom is at the edge of
    the grid (the law falls for ever in one direction).
    """
    centre = 0.5 * np.broadcast_to(log_product, (theta.shape[0], log_product.size))

    def value(log_n: Array) -> Array:
        split = np.exp(np.stack([log_n, log_product - log_n]))
        with np.errstate(all="ignore"):
            values = law(arguments_of(law, split, given), theta)
        return np.where(np.isfinite(values), values, np.inf)

    offsets = np.linspace(-0.5 * _WIDEST, 0.5 * _WIDEST, 65)
    best = np.full(centre.shape, np.inf)
    where = np.zeros(centre.shape, dtype=int)
    for k, offset in enumerate(offsets):
        here = value(centre + offset)
        where = np.where(here < best, k, where)
        best = np.minimum(best, here)
    edge = (where == 0) | (where == offsets.size - 1)
    step = offsets[1] - offsets[0]
    low = centre + offsets[where] - step
    high = centre + offsets[where] + step
    for _ in range(44):  # the bracket shrinks to 1e-9 of its width
        left = high - _GOLDEN * (high - low)
        right = low + _GOLDEN * (high - low)
        smaller = value(left) < value(right)
        high = np.where(smaller, right, high)
        low = np.where(smaller, low, left)
    return np.where(edge, np.nan, 0.5 * (low + high))
