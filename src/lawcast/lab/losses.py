"""Losses of the studies, declared in one table: name, aliases, local order, function.

The *order* is that of the loss in the residual at its minimum: the m of ``alpha = m·r/d``. It
holds without label noise; a floor (noise, entropy) must be subtracted before a slope is read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast._values import Array


@dataclass(frozen=True)
class Loss:
    """A loss.

    Args:
        name: canonical name.
        aliases: other names that :func:`find_loss` takes.
        order: local order m in the residual, without noise.
        takes: ``"numbers"``, ``"probabilities"`` (last axis: classes) or ``"labels"``.
        formula: of a prediction f and a truth y, for lists.
        function: (prediction, truth) to one loss a point.
    """

    name: str
    aliases: tuple[str, ...]
    order: float
    takes: str
    formula: str
    function: Callable[[Array, Array], Array]

    def __call__(self, prediction: ArrayLike, truth: ArrayLike) -> Array:
        """One loss for each point.

        Args:
            prediction: (n,) numbers or labels, or (n, classes) probabilities.
            truth: the same shape.

        Raises:
            ArgumentError: different shapes, NaN, or probabilities out of range.
        """
        f, y = np.asarray(prediction), np.asarray(truth)
        if f.shape != y.shape:
            raise ArgumentError(
                f"{self.name} compares point with point, but the prediction has shape {f.shape} "
                f"and the truth {y.shape}"
            )
        if self.takes != "labels":
            f, y = f.astype(float), y.astype(float)
            if not (np.isfinite(f).all() and np.isfinite(y).all()):
                raise ArgumentError(
                    f"{self.name} got NaN or infinity, which has no loss; drop these points"
                )
        if self.takes == "probabilities":
            _check_probabilities(f, "the prediction")
            _check_probabilities(y, "the truth")
        return self.function(f, y)

    def mean(self, prediction: ArrayLike, truth: ArrayLike) -> float:
        """The mean over all points.

        Raises:
            ArgumentError: as a call does, and for no points at all.
        """
        each = self(prediction, truth)
        if not each.size:
            raise ArgumentError(f"{self.name} has no mean over no points")
        return float(each.mean())


def power_loss(power: float) -> Loss:
    """|f - y|^power.

    Raises:
        ArgumentError: the power is not a finite number above 0.
    """
    q = float(power)
    if not (math.isfinite(q) and q > 0):
        raise ArgumentError(f"the power of a loss is a finite number above 0, not {power!r}")

    def function(f: Array, y: Array) -> Array:
        return np.asarray(np.abs(f - y) ** q)

    return Loss(f"l{q:g}", (), q, "numbers", f"|f - y|^{q:g}", function)


def huber_loss(width: float = 1.0) -> Loss:
    """Half the square up to ``width``, linear beyond: order 2 as the residual vanishes.

    Raises:
        ArgumentError: the width is not a finite number above 0.
    """
    w = float(width)
    if not (math.isfinite(w) and w > 0):
        raise ArgumentError(f"the width of a Huber loss is a finite number above 0, not {width!r}")

    def function(f: Array, y: Array) -> Array:
        size = np.abs(f - y)
        return np.asarray(np.where(size <= w, size**2 / 2, w * (size - w / 2)))

    formula = f"(f - y)²/2 up to {w:g}, {w:g}|f - y| - {w * w / 2:g} beyond"
    return Loss("huber", (), 2.0, "numbers", formula, function)


def _absolute(f: Array, y: Array) -> Array:
    return np.asarray(np.abs(f - y))


def _square(f: Array, y: Array) -> Array:
    return np.asarray((f - y) ** 2)


def _fourth(f: Array, y: Array) -> Array:
    return np.asarray((f - y) ** 4)


def _divergence(f: Array, y: Array) -> Array:
    """Σ y log(y/f), summed as Σ [y log(y/f) - y + f]: no term is negative, so none cancels."""
    with np.errstate(divide="ignore", invalid="ignore"):
        # y log(y/f) - y + f = f ((1+u) log(1+u) - u), u = (y - f)/f; a series where u is small.
        u = (y - f) / f
        plain = y * np.log(y / f) - y + f
    near = np.where(np.abs(u) < 0.05, u, 0.0)
    total = np.zeros_like(near)
    for n in range(14, 1, -1):
        total = near * total + (-1.0) ** n / (n * (n - 1))
    plain = np.where(y == 0, f, np.where(f == 0, np.inf, plain))
    return np.asarray(np.where(np.abs(u) < 0.05, f * total * near**2, plain).sum(axis=-1))


def _cross_entropy(f: Array, y: Array) -> Array:
    from scipy.special import xlogy

    return np.asarray(-xlogy(y, f).sum(axis=-1))


def _mistake(f: Array, y: Array) -> Array:
    return np.asarray((f != y).astype(float))


LOSSES: tuple[Loss, ...] = (
    Loss("l1", ("mae", "absolute"), 1.0, "numbers", "|f - y|", _absolute),
    Loss("l2", ("mse", "squared"), 2.0, "numbers", "(f - y)²", _square),
    Loss("l4", (), 4.0, "numbers", "(f - y)⁴", _fourth),
    huber_loss(),
    Loss("kl", ("kullback-leibler",), 2.0, "probabilities", "Σ y log(y/f)", _divergence),
    Loss("cross-entropy", ("ce",), 2.0, "probabilities", "-Σ y log f", _cross_entropy),
    Loss(
        "cross-entropy-excess",
        ("ce-h", "cross-entropy minus entropy"),
        2.0,
        "probabilities",
        "-Σ y log f + Σ y log y",
        _divergence,
    ),
    Loss("0-1", ("zero-one", "error-rate"), 1.0, "labels", "1 where f ≠ y", _mistake),
)
"""Every named loss; ``l3``, ``l2.5`` and so on are made on demand."""


def loss_names() -> tuple[str, ...]:
    """Canonical names, in the order of the table."""
    return tuple(loss.name for loss in LOSSES)


def find_loss(name: str) -> Loss:
    """The loss of this name or alias; ``l<q>`` makes |f - y|^q.

    Raises:
        UnknownNameError: no loss of that name.
        ArgumentError: a power that is not above 0.
    """
    wanted = name.strip().lower()
    for loss in LOSSES:
        if wanted == loss.name or wanted in loss.aliases:
            return loss
    if re.fullmatch(r"l\d+(\.\d+)?", wanted):
        return power_loss(float(wanted[1:]))
    every = [known for loss in LOSSES for known in (loss.name, *loss.aliases)]
    raise UnknownNameError("loss", name, every, "Any power works too: l3, l2.5.")


def _check_probabilities(table: Array, what: str) -> None:
    if table.ndim < 1 or table.min(initial=0.0) < 0:
        raise ArgumentError(f"{what} must hold probabilities, and some are below 0")
    if not np.allclose(table.sum(axis=-1), 1.0, rtol=0, atol=1e-6):
        raise ArgumentError(
            f"{what} must hold probabilities that sum to 1 over the last axis; "
            "turn scores into probabilities with a softmax first"
        )
