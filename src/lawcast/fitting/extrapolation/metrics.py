"""What a curve measures (loss, error, accuracy, perplexity), mapped to a number that falls."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast._values import Array

_SMALLEST, _LARGEST = 1e-100, 1e100

METRICS = ("loss", "error", "accuracy", "perplexity")


@dataclass(frozen=True)
class Metric:
    """A metric and the loss-like number behind it.

    Args:
        name: one of :data:`METRICS`.
        chance: value of a random guess, where known.
        ceiling: best accuracy possible; None for the other metrics.
    """

    name: str
    chance: float | None = None
    ceiling: float | None = None

    @property
    def falls(self) -> bool:
        """Whether better means lower."""
        return self.name != "accuracy"

    def to_loss(self, values: Array) -> Array:
        """(n,) the loss-like numbers: the value, ceiling - accuracy, or log perplexity."""
        if self.name == "accuracy":
            return self._top - values
        if self.name == "perplexity":
            with np.errstate(all="ignore"):
                return np.asarray(np.log(values))
        return values

    def from_loss(self, z: Array) -> Array:
        """(n,) the metric's values behind loss-like numbers; the inverse of :meth:`to_loss`.

        An accuracy is cut off at 0: a forecast of a falling one would go below.
        """
        if self.name == "accuracy":
            return np.asarray(np.clip(self._top - z, 0.0, self._top))
        if self.name == "perplexity":
            with np.errstate(over="ignore"):
                return np.asarray(np.exp(z))
        return z

    @property
    def loss_of_chance(self) -> float | None:
        """The loss-like number of a random guess."""
        if self.chance is None:
            return None
        return float(self.to_loss(np.array([self.chance]))[0])

    def relative_to(self, response: str) -> str:
        """What relative errors and noise are a share of, in words."""
        if self.name == "accuracy":
            return "distance to the ceiling"
        return "log perplexity" if self.name == "perplexity" else response

    def allowed(self, values: Array) -> np.ndarray:
        """(n,) whether each value is possible and has a logarithm on the loss-like scale."""
        with np.errstate(invalid="ignore"):
            if self.name == "accuracy":
                return (values >= 0.0) & (values < self._top)
            if self.name == "perplexity":
                return (values > 1.0) & (values < _LARGEST)
            return (values > _SMALLEST) & (values < _LARGEST)

    @property
    def domain_text(self) -> str:
        """The possible values in words."""
        if self.name == "accuracy":
            return f"from 0 to below the ceiling of {self._top:g}"
        return "above 1" if self.name == "perplexity" else "above 0"

    @property
    def _top(self) -> float:
        return 1.0 if self.ceiling is None else self.ceiling


def make_metric(
    name: str = "loss", *, chance: float | None = None, ceiling: float | None = None
) -> Metric:
    """The metric of that name.

    Args:
        name: one of :data:`METRICS`.
        chance: value of a random guess (accuracy of chance, log of the vocabulary for a loss).
        ceiling: best accuracy possible, 1 if not given; 100 for percentages.

    Raises:
        UnknownNameError: no such metric.
        ArgumentError: a chance or ceiling that the metric cannot have.
    """
    if name not in METRICS:
        raise UnknownNameError("metric", str(name), METRICS)
    for label, value in (("chance", chance), ("ceiling", ceiling)):
        if value is not None and not (_is_number(value) and math.isfinite(value)):
            raise ArgumentError(f"{label}= is a finite number, not {value!r}")
    if ceiling is not None and name != "accuracy":
        raise ArgumentError(
            f"ceiling= is the best accuracy possible; it does nothing for metric={name!r}. "
            "The value of a random guess is chance="
        )
    if ceiling is not None and ceiling <= 0.0:
        raise ArgumentError(f"the ceiling of an accuracy is positive, not {ceiling:g}")
    metric = Metric(name, chance, ceiling)
    if chance is not None and not bool(metric.allowed(np.array([chance]))[0]):
        raise ArgumentError(
            f"chance={chance:g} is no possible {name}: values lie {metric.domain_text}"
        )
    return metric


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
